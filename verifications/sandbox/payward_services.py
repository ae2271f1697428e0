"""Stand-in of Payward Services. Contract: payward-services 3 to 6."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from . import payward_schema as schema
from .api import Call, Sandbox, known_user
from .errors import ApiError
from .outcomes import new_actions, status_at
from .signed_api import SignedApi, json_response, new_user_id, random_text, utc_text
from .store import ReferenceTaken, User
from .submissions import accept_submission

TAG = "tag:kraken.com,2025:"
EMBED_VERSION_HEADERS = ("Payward-Version", "Kraken-Version")
ACCOUNT_NAMES = ("main", "secondary")
TITLES = {
    "missing_key": ("MissingKey", "Missing API-Key"),
    "missing_header": ("MissingHeader", "API: Missing header"),
    "invalid_key": ("InvalidKey", "API: Invalid key"),
    "invalid_signature": ("InvalidSignature", "API: Invalid signature"),
    "invalid_nonce": ("InvalidNonce", "API: Invalid nonce"),
    "lockout": ("TemporaryLockout", "General: Temporary lockout"),
    "permission": ("PermissionDenied", "General: Permission denied"),
    "arguments": ("InvalidArguments", "General: Invalid arguments"),
    "malformed": ("MalformedRequest", "General: Malformed request"),
    "too_large": ("TooLarge", "General: Too large"),
    "media_type": ("UnsupportedMediaType", "General: Unsupported media type"),
    "user_id": ("InvalidUserId", "User: Invalid id"),
    "no_user": ("UserNotFound", "User: Not found"),
    "no_route": ("UnknownMethod", "General: Unknown method"),
    "method": ("MethodNotAllowed", "General: Method not allowed"),
    "conflict": ("Conflict", "User: Conflict"),
    "rate_limit": ("RateLimitExceeded", "API: Rate limit exceeded"),
    "timeout": ("Timeout", "Service: Timeout"),
    "internal": ("InternalError", "General: Internal error"),
    "unavailable": ("Unavailable", "Service: Unavailable"),
}
GATEWAY_KINDS = frozenset({"missing_key", "missing_header", "invalid_key", "invalid_signature", "invalid_nonce"})


class PaywardServices(SignedApi):
    """``/v1/users...``: verifications by URL, users, headless users."""

    name: ClassVar[str] = "payward_services"
    title: ClassVar[str] = "Payward Services"
    prefix: ClassVar[str] = "/v1/"
    invalid_status: ClassVar[int] = 422

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.handlers = {
            "create_user": self.create_user,
            "create_headless": self.create_headless,
            "get_user": self.get_user,
            "update_user": self.update_user,
            "submit_url": self.submit_url,
        }

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("/v1/users", methods=["POST"], endpoint="create_user"),
            Rule("/v1/users/headless", methods=["POST"], endpoint="create_headless"),
            Rule("/v1/users/<user_id>", methods=["GET"], endpoint="get_user"),
            Rule("/v1/users/<user_id>", methods=["PATCH"], endpoint="update_user"),
            Rule("/v1/users/<user_id>/verifications/url", methods=["POST"], endpoint="submit_url"),
        ]

    def success(self, payload: Any, *, status: int = 200) -> Response:
        return _traced(json_response({"data": payload}, status=status))

    def error_response(self, error: ApiError) -> Response:
        """Problem JSON; an unknown route alone is answered with an array of strings (contract 6.1)."""
        code, title = TITLES[error.kind]
        if error.kind == "no_route":
            return _traced(json_response({"error": ["EGeneral:Unknown method"]}, status=error.status))
        document: dict[str, Any] = {
            "type": TAG + code,
            "status": error.status,
            "title": title,
            "data": {"problems": error.details} if error.details else {},
        }
        if error.details:
            document["detail"] = "; ".join(error.details)
        if error.kind in GATEWAY_KINDS:
            document["source"] = "Gateway"
        response = json_response(document, status=error.status, mimetype="application/problem+json")
        response.headers.update(error.headers)
        if error.kind == "unavailable":
            response.headers.setdefault("Retry-After", "1")
        return _traced(response)

    # Users -------------------------------------------------------------------------------------------------------

    def create_user(self, call: Call) -> Response:
        return self._create(call, self.checked_json(call, schema.CREATE_USER), headless=False)

    def create_headless(self, call: Call) -> Response:
        return self._create(call, self.checked_json(call, schema.CREATE_HEADLESS), headless=True)

    def _create(self, call: Call, profile: dict[str, Any], *, headless: bool) -> Response:
        """A new user with 201; for a known reference the same user's latest state with 200 (contract 5.2)."""
        reference = profile["external_reference"]
        accounts = [{"id": random_text(16), "name": name} for name in ACCOUNT_NAMES]
        stored = {**profile, "accounts": accounts}
        user = User(self.name, new_user_id(), reference, headless, stored, call.now, actions=new_actions())
        try:
            self.store.add_user(user)
        except ReferenceTaken as error:
            found = self.store.user_by_reference(self.name, reference)
            if found is None or found.headless != headless or found.profile.get("email") != profile.get("email"):
                raise ApiError(409, "conflict", ["external_reference: belongs to another user"]) from error
            return self.success(self._state(found, now=call.now))
        return self.success({"id": user.user_id, "accounts": accounts}, status=201)

    def get_user(self, call: Call, user_id: str) -> Response:
        found = known_user(self.store, self.name, user_id, schema.USER_ID)
        return self.success(self._state(found, now=call.now))

    def _state(self, user: User, *, now: float) -> dict[str, Any]:
        return {
            "id": user.user_id,
            "external_reference": user.reference,
            "type": "individual",
            "status": status_at(user, self.store.submissions(user), now=now),
            "created_at": utc_text(user.created_at),
            "accounts": user.profile.get("accounts", []),
        }

    def update_user(self, call: Call, user_id: str) -> Response:
        changes = self.checked_json(call, schema.UPDATE_USER)
        found = known_user(self.store, self.name, user_id, schema.USER_ID)
        try:
            self.store.update_profile(found, changes, at=call.now, reference=changes.get("external_reference"))
        except ReferenceTaken as error:
            raise ApiError(409, "conflict", ["external_reference: belongs to another user"]) from error
        return self.success("success")

    # Verifications -----------------------------------------------------------------------------------------------

    def submit_url(self, call: Call, user_id: str) -> Response:
        document = self.checked_json(call, schema.SUBMIT_URL)
        urls = {name: value for name, value in document.items() if name.endswith("_url") and value is not None}
        metadata = document["metadata"]
        if metadata.get("document_type") == "passport" and "back_url" in urls:
            raise ApiError(422, "arguments", ["back_url: must be left out for a passport"])
        submission = accept_submission(
            sandbox=self.sandbox,
            api=self,
            call=call,
            user=known_user(self.store, self.name, user_id, schema.USER_ID),
            type_=document["type"],
            metadata=metadata,
            read_files=lambda: self.fetch_all(urls),
            verification_id=f"ver_{_sortable_id(call.now)}",
            notes=[
                f"{name} does not belong to this API" for name in EMBED_VERSION_HEADERS if name in call.request.headers
            ],
        )
        return self.success({"verification_id": submission.verification_id})


def _traced(response: Response) -> Response:
    response.headers["x-trace-id"] = uuid.uuid4().hex
    return response


def _sortable_id(now: float) -> str:
    """26 letters and digits in the form of a ULID: milliseconds, then chance."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = (int(now * 1000) << 80) | secrets.randbits(80)
    return "".join(alphabet[(number >> shift) & 31] for shift in range(125, -1, -5))
