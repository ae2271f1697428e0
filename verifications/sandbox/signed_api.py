"""What the two APIs with signed requests share: the check of the signature, users by id, files by URL."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from .api import Call, Handler, Sandbox
from .body import read_json
from .checks import Check, problems_of
from .config import JSON_LIMIT_BYTES
from .download import fetch
from .errors import ApiError, FileProblem
from .files import ALL_KINDS, FileFact
from .signature import authenticate
from .submissions import accepted_kinds

ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class SignedApi:
    """Base of the two API modules; ``invalid_status`` is what a body that breaks the schema is answered with."""

    name: ClassVar[str]
    title: ClassVar[str]
    prefix: ClassVar[str]
    invalid_status: ClassVar[int]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.config = sandbox.config
        self.handlers: dict[str, Handler] = {}

    def body_limit(self, operation: str) -> int:  # noqa: ARG002 - an API may differ by operation
        return JSON_LIMIT_BYTES

    def authenticate(self, call: Call) -> None:
        key = authenticate(
            api=self.name,
            headers=call.request.headers,
            target=call.target,
            digest=call.body.nonce_digest,
            keys=self.sandbox.keys,
            store=self.store,
            nonce_window=self.config.nonce_window,
        )
        call.key_id = key.key_id

    def handle(self, call: Call, **arguments: str) -> Response:
        return self.handlers[call.operation](call, **arguments)

    def warning(self) -> dict[str, Any]:
        return {}

    def checked_json(self, call: Call, check: Check) -> dict[str, Any]:
        """The body as an object that passed ``check``, or ApiError."""
        document = read_json(call.request, call.body)
        self.refuse_if(problems_of(check, document))
        return document

    def refuse_if(self, problems: list[str]) -> None:
        if problems:
            raise ApiError(self.invalid_status, "arguments", problems)

    def refuse_file(self, problem: FileProblem) -> ApiError:
        """The refusal for a file: 413 when it is too large, else the status of an invalid body."""
        status = 413 if problem.too_large else self.invalid_status
        kind = "too_large" if problem.too_large else "arguments"
        return ApiError(status, kind, [f"{problem.member}: {problem.reason}"])

    def fetch_all(self, urls: dict[str, str], *, vendor_answer: frozenset[str] = ALL_KINDS) -> list[FileFact]:
        """Download every ``*_url`` member in turn; the first bad one refuses them all."""
        facts = []
        for member, url in urls.items():
            kinds = accepted_kinds(member.removesuffix("_url"), vendor_answer=vendor_answer)
            try:
                facts.append(fetch(member=member, url=url, accepted=kinds, config=self.config))
            except FileProblem as problem:
                raise self.refuse_file(problem) from problem
        return facts


def json_response(document: Any, *, status: int = 200, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(document), status=status, mimetype=mimetype)


def random_text(length: int) -> str:
    """Capital letters and digits that are not mistaken for one another."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(length))


def new_user_id() -> str:
    """Sixteen characters in the form of an IIBAN: two letters, two digits, twelve letters or digits."""
    return f"AA{secrets.randbelow(90) + 10}{random_text(12)}"


def utc_text(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
