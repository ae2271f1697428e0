"""Stand-in of Kraken Embed. Contract: kraken-embed 3 to 7."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from werkzeug.datastructures import FileStorage
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from . import kraken_schema as schema
from .api import Call, Sandbox, known_user
from .body import read_multipart
from .checks import anything, parse_json_object, problems_of, record, text
from .config import JSON_LIMIT_BYTES, MULTIPART_LIMIT_BYTES
from .errors import ApiError, FileProblem
from .files import VENDOR_ANSWER_KINDS, FileFact, examine
from .outcomes import new_actions, status_at
from .signed_api import SignedApi, json_response, new_user_id, utc_text
from .store import ReferenceTaken, User
from .submissions import FILE_RULES, accept_submission, accepted_kinds, member_problems
from .words import API_VERSION

CHUNK_BYTES = 256 * 1024
VERSION_HEADERS = ("Payward-Version", "Kraken-Version")
SPACES_MARK = "SPACES"
TEXTS = {
    "missing_key": "Missing API-Key",
    "missing_header": "EAPI:Missing header",
    "invalid_key": "EAPI:Invalid key",
    "invalid_signature": "EAPI:Invalid signature",
    "invalid_nonce": "EAPI:Invalid nonce",
    "lockout": "EGeneral:Temporary lockout",
    "permission": "EGeneral:Permission denied",
    "arguments": "EGeneral:Invalid arguments",
    "malformed": "EGeneral:Invalid request",
    "too_large": "EGeneral:Request too large",
    "media_type": "EGeneral:Unsupported media type",
    "user_id": "ENexus:Invalid user ID",
    "no_user": "ENexus:Unknown user",
    "no_route": "EGeneral:Unknown method",
    "method": "EGeneral:Method not allowed",
    "conflict": "ENexus:Conflict",
    "rate_limit": "EAPI:Rate limit exceeded",
    "timeout": "EService:Deadline elapsed",
    "internal": "EGeneral:Internal error",
    "unavailable": "EService:Unavailable",
}
URL_MEMBERS = {f"{name}_url" for rule in FILE_RULES.values() for name in (*rule.required, *rule.optional)}
URL_BODY = record({"type": text(), "metadata": anything}, dict.fromkeys(sorted(URL_MEMBERS), text(1, 4096)))


class KrakenEmbed(SignedApi):
    """``/b2b/...``: verifications by multipart or by URL, users, headless users."""

    name: ClassVar[str] = "kraken_embed"
    title: ClassVar[str] = "Kraken Embed"
    prefix: ClassVar[str] = "/b2b/"
    invalid_status: ClassVar[int] = 400

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.handlers = {
            "create_user": self.create_user,
            "create_headless": self.create_headless,
            "get_user": self.get_user,
            "update_user": self.update_user,
            "submit": self.submit,
            "submit_url": self.submit_url,
        }

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("/b2b/users", methods=["POST"], endpoint="create_user"),
            Rule("/b2b/subaccounts", methods=["POST"], endpoint="create_headless"),
            Rule("/b2b/users/<user>", methods=["GET"], endpoint="get_user"),
            Rule("/b2b/users/<user>", methods=["PATCH"], endpoint="update_user"),
            Rule("/b2b/verifications/<user>", methods=["POST"], endpoint="submit"),
            Rule("/b2b/verifications/<user>/url", methods=["POST"], endpoint="submit_url"),
        ]

    def body_limit(self, operation: str) -> int:
        return MULTIPART_LIMIT_BYTES if operation == "submit" else JSON_LIMIT_BYTES

    def authenticate(self, call: Call) -> None:
        super().authenticate(call)
        for name in VERSION_HEADERS:
            if call.request.headers.get(name, API_VERSION) != API_VERSION:
                raise ApiError(400, "arguments", [f"{name}: is not a published version"])

    def success(self, payload: Any, *, status: int = 200) -> Response:
        return json_response({"result": payload}, status=status)

    def error_response(self, error: ApiError) -> Response:
        words = TEXTS[error.kind]
        response = json_response(
            {"error": [f"{words}:{detail}" for detail in error.details] or [words]}, status=error.status
        )
        response.headers.update(error.headers)
        return response

    def warning(self) -> dict[str, Any]:
        return {"error": ["WGeneral:Deprecated:version"]}

    # Users -------------------------------------------------------------------------------------------------------

    def create_user(self, call: Call) -> Response:
        profile = self.checked_json(call, schema.CREATE_USER)
        return self._add_user(profile, headless=False, now=call.now, status=201)

    def create_headless(self, call: Call) -> Response:
        profile = self.checked_json(call, schema.CREATE_HEADLESS)
        return self._add_user(profile, headless=True, now=call.now, status=200)

    def _add_user(self, profile: dict[str, Any], *, headless: bool, now: float, status: int) -> Response:
        reference = profile["external_id"]
        user_id = new_user_id()
        if SPACES_MARK in reference:
            user_id = " ".join(user_id[at : at + 4] for at in range(0, 16, 4))
        user = User(self.name, user_id, reference, headless, profile, now, actions=new_actions())
        try:
            self.store.add_user(user)
        except ReferenceTaken as error:
            raise ApiError(409, "conflict", ["external_id"]) from error
        return self.success({"user": user_id}, status=status)

    def get_user(self, call: Call, user: str) -> Response:
        found = known_user(self.store, self.name, user, schema.USER_ID)
        return self.success(
            {
                "user": found.user_id,
                "external_id": found.reference,
                "user_type": "individual",
                "created_at": utc_text(found.created_at),
                "status": status_at(found, self.store.submissions(found), now=call.now),
            }
        )

    def update_user(self, call: Call, user: str) -> Response:
        changes = self.checked_json(call, schema.UPDATE_USER)
        found = known_user(self.store, self.name, user, schema.USER_ID)
        self.store.update_profile(found, changes, at=call.now)
        return self.success("success")

    # Verifications -----------------------------------------------------------------------------------------------

    def submit(self, call: Call, user: str) -> Response:
        with read_multipart(call.request, call.body, self.config) as (form, files):
            document: dict[str, Any] = dict(form)
            self.refuse_if(problems_of(record({"type": text(), "metadata": text(1, 2**24)}), document))
            metadata = parse_json_object(document["metadata"].encode())
            self.refuse_if([] if metadata is not None else ["metadata: must be one JSON object"])
            return self._accept(
                call,
                user,
                type_=document["type"],
                metadata=metadata,
                members=files,
                suffix="",
                read_files=lambda: [self._examine(name, file) for name, file in files.items()],
            )

    def _examine(self, member: str, file: FileStorage) -> FileFact:
        def chunks() -> Iterator[bytes]:
            while chunk := file.stream.read(CHUNK_BYTES):
                yield chunk

        try:
            return examine(
                member=member,
                filename=file.filename or "",
                chunks=chunks(),
                limit=self.config.file_limit,
                accepted=accepted_kinds(member, vendor_answer=VENDOR_ANSWER_KINDS),
            )
        except FileProblem as problem:
            raise self.refuse_file(problem) from problem

    def submit_url(self, call: Call, user: str) -> Response:
        document = self.checked_json(call, URL_BODY)
        urls = {name: value for name, value in document.items() if name.endswith("_url")}
        return self._accept(
            call,
            user,
            type_=document["type"],
            metadata=document["metadata"],
            members=urls,
            suffix="_url",
            read_files=lambda: self.fetch_all(urls, vendor_answer=VENDOR_ANSWER_KINDS),
        )

    def _accept(
        self, call: Call, user: str, *, type_: str, metadata: Any, members: Any, suffix: str, read_files: Any
    ) -> Response:
        self.refuse_if([] if type_ in FILE_RULES else ["type: is not one of the accepted values"])
        problems = problems_of(record({"metadata": schema.METADATA[type_]}), {"metadata": metadata})
        self.refuse_if(problems + member_problems(type_, list(members), suffix=suffix))
        submission = accept_submission(
            sandbox=self.sandbox,
            api=self,
            call=call,
            user=known_user(self.store, self.name, user, schema.USER_ID),
            type_=type_,
            metadata=metadata,
            read_files=read_files,
            verification_id=str(uuid.uuid4()),
        )
        return self.success({"verification_id": submission.verification_id})
