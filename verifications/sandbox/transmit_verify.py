"""Stand-in of Transmit Security's document verification. Contract: transmit-verify 2 to 7."""

from __future__ import annotations

import base64
import binascii
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from . import transmit_schema as schema
from .api import Beside, Call, Handler, Sandbox
from .checks import Check, parse_json_object, problems_of
from .errors import ApiError
from .signed_api import json_response, utc_text
from .transmit_control import TransmitControl
from .transmit_feedback import CUSTOM_FEEDBACK, RESTRICTED
from .transmit_flow import (
    TAKES_IMAGES,
    Capture,
    begin_processing,
    is_expired,
    missing_images,
    settle,
    take_picture,
)
from .transmit_hosted import HostedPages
from .transmit_page import sections
from .transmit_pictures import PictureProblem, read_picture
from .transmit_results import result_of
from .transmit_store import Session, TransmitStore, digest
from .transmit_tokens import check_bearer, issue_token

BODY_LIMIT = 96 * 1024 * 1024
TEXTS = {
    "no_token": "Unauthorized",
    "bad_token": "Unauthorized",
    "audience": "Unauthorized",
    "invalid_key": "Unauthorized",
    "invalid_signature": "Unauthorized",
    "invalid_nonce": "Unauthorized",
    "lockout": "Unauthorized",
    "permission": "Forbidden",
    "arguments": "Validation failed",
    "malformed": "Malformed body",
    "media_type": "Unsupported Media Type",
    "too_large": "Payload Too Large",
    "no_session": "Session not found",
    "no_user": "Session not found",
    "no_image": "Image not found",
    "no_route": "Not Found",
    "method": "Method Not Allowed",
    "all_in": "All required images were already submitted",
    "conflict": "Conflict",
    "rate_limit": "Too Many Requests",
    "timeout": "Request Timeout",
    "unavailable": "Service Unavailable",
}


class TransmitVerify:
    """``/oidc/token`` and ``/verify/api/v1/verification...``; hosted pages and a tester's requests stand beside it."""

    name: ClassVar[str] = "transmit_verify"
    title: ClassVar[str] = "Transmit Security"
    prefix: ClassVar[str] = "/verify/"

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.config = sandbox.config
        self.sessions = TransmitStore(sandbox.store)
        self.beside: tuple[Beside, ...] = (
            HostedPages(sandbox, self.sessions),
            TransmitControl(self.sessions),
        )
        self._created_statuses = itertools.cycle((200, 201))
        self._complete_as_text = itertools.cycle((False, True))
        self._error_shapes: Iterator[Callable[[ApiError, str], Response]] = itertools.cycle(
            (_plain_error, _listed_error, _coded_error, _empty_error)
        )
        self._handlers: dict[str, Handler] = {
            "create_session": self.create_session,
            "get_result": self.get_result,
            "delete_session": self.delete_session,
            "list_images": self.list_images,
            "add_image": self.add_image,
            "get_image": self.get_image,
            "get_consent": self.get_consent,
        }

    def rules(self) -> Sequence[Rule]:
        base = "/verify/api/v1/verification"
        return [
            Rule("/oidc/token", methods=["POST"], endpoint="token"),
            Rule(base, methods=["POST"], endpoint="create_session"),
            Rule(f"{base}/<sid>", methods=["DELETE"], endpoint="delete_session"),
            Rule(f"{base}/<sid>/result", methods=["GET"], endpoint="get_result"),
            Rule(f"{base}/<sid>/images", methods=["GET"], endpoint="list_images"),
            Rule(f"{base}/<sid>/images", methods=["POST"], endpoint="add_image"),
            Rule(f"{base}/<sid>/images/<image>", methods=["GET"], endpoint="get_image"),
            Rule(f"{base}/<sid>/consent", methods=["GET"], endpoint="get_consent"),
        ]

    def body_limit(self, operation: str) -> int:
        return BODY_LIMIT if operation == "add_image" else 1024 * 1024

    def authenticate(self, call: Call) -> None:
        """A good bearer token for every operation but the one that issues tokens."""
        if call.operation != "token":
            call.key_id = check_bearer(self.sandbox, self.sessions, call)

    def handle(self, call: Call, **arguments: str) -> Response:
        if call.operation == "token":
            return issue_token(self.sandbox, self.sessions, call)
        with self.sessions.lock:
            return self._handlers[call.operation](call, **arguments)

    def success(self, payload: Any, *, status: int = 200) -> Response:
        return json_response(payload, status=status)

    def error_response(self, error: ApiError) -> Response:
        """The error bodies are not documented, so one comes after another: text, list, code, nothing (contract 7)."""
        words = TEXTS.get(error.kind, "Internal Server Error")
        response = next(self._error_shapes)(error, words)
        response.headers.update(error.headers)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def warning(self) -> dict[str, Any]:
        return {}

    def page_sections(self) -> list[tuple[str, str]]:
        return sections()

    # Sessions ----------------------------------------------------------------------------------------------------

    def create_session(self, call: Call) -> Response:
        """Documented as 200 and as 201, so they take turns; no ``start_token`` for a session started at once."""
        body = self._json(call, schema.CREATE_SESSION, may_be_empty=True)
        backend = "start" in body or body.get("auto_start", False)
        consent = body.get("start", {}).get("consent", {})
        start_token = None if backend else secrets.token_urlsafe(24)
        session = Session(
            session_id=secrets.token_urlsafe(12),
            client_id=call.key_id,
            created_at=call.now,
            expires_at=call.now + self.config.session_seconds,
            status="capturing" if backend else "pending",
            backend=backend,
            callback_url=body.get("callback_url"),
            state=body.get("state"),
            customer=body.get("customer_information", {}),
            mock=body.get("mock_behavior") or {},
            start_digest=digest(start_token) if start_token else None,
            consent_granted=consent.get("granted"),
            consent_at=call.now if consent.get("granted") else None,
            consent_document_id=consent.get("document_id"),
        )
        self.sessions.add_session(session)
        answer: dict[str, Any] = {"start_token": start_token} if start_token else {}
        answer |= {
            "session_id": session.session_id,
            "expiration": utc_text(session.expires_at),
            "missing_images": missing_images(session, []),
        }
        return self.success(answer, status=next(self._created_statuses))

    def get_result(self, call: Call, sid: str) -> Response:
        """The current shape for ``detailed=true``; the deprecated one for false and, by choice here, when absent."""
        detailed = call.request.args.get("detailed", "false")
        if detailed not in {"true", "false"}:
            raise ApiError(400, "arguments", ["detailed must be a boolean"])
        session = self._session(sid, now=call.now)
        images = self.sessions.images(session.session_id)
        return self.success(result_of(session, images, detailed=detailed == "true"))

    def delete_session(self, call: Call, sid: str) -> Response:
        self.sessions.erase(self._session(sid, now=call.now))
        return Response(status=200)

    def get_consent(self, call: Call, sid: str) -> Response:
        session = self._session(sid, now=call.now)
        date = utc_text(session.consent_at) if session.consent_granted and session.consent_at else ""
        return self.success({"consent_granted": bool(session.consent_granted), "consent_date": date})

    # Images ------------------------------------------------------------------------------------------------------

    def list_images(self, _call: Call, sid: str) -> Response:
        """Rejected, original and refined images. No 404 is documented here: an unknown session has none."""
        images = []
        for image in self.sessions.images(sid):
            item = {
                "id": image.image_id,
                "type": image.type,
                "format": "jpg",
                "rejected": image.rejected,
                "original": image.original,
            }
            images.append(item if image.original else {**item, "original_id": image.original_id})
        return self.success({"session_images": images})

    def add_image(self, call: Call, sid: str) -> Response:
        session = self._session(sid, now=call.now)
        if is_expired(session, call.now):
            raise ApiError(404, "no_session")
        image = self._json(call, schema.ADD_IMAGE)["image"]
        if session.status == "pending":
            raise ApiError(400, "arguments", ["the session was created without start"])
        if session.status not in TAKES_IMAGES or (session.status == "recapture" and not session.accept_images):
            raise ApiError(409, "all_in")
        try:
            picture = read_picture(base64.b64decode(image["content"], validate=True))
        except (binascii.Error, ValueError) as error:
            raise ApiError(400, "arguments", ["image.content must be base64"]) from error
        except PictureProblem as error:
            raise ApiError(400, "arguments", [f"image.content {error}"]) from error
        capture = Capture(image["image_type"], picture, image.get("image_id", ""), image.get("capture_margins"))
        feedback, missing = take_picture(self.sessions, session, capture, now=call.now)
        if not missing:
            begin_processing(self.sessions, session, config=self.config, now=call.now)
        complete: bool | str = not missing
        if next(self._complete_as_text):
            complete = str(complete).lower()
        answer = {"feedback": feedback, "complete": complete, "missing_images": missing}
        return self.success(answer | ({"custom_feedback": CUSTOM_FEEDBACK} if feedback == RESTRICTED else {}))

    def get_image(self, call: Call, sid: str, image: str) -> Response:
        form = call.request.args.get("format", "raw")
        if form not in {"raw", "base64"}:
            raise ApiError(400, "arguments", ["format must be raw or base64"])
        content = self.sessions.content(sid, image)
        if content is None:
            raise ApiError(404, "no_image")
        if form == "base64":
            return Response(base64.b64encode(content), mimetype="text/plain")
        return Response(content, mimetype="image/jpg")

    # -------------------------------------------------------------------------------------------------------------

    def _session(self, sid: str, *, now: float) -> Session:
        """The session as it stands now, or ApiError 404 for one that is unknown or deleted."""
        session = self.sessions.session(sid)
        if session is None or session.deleted:
            raise ApiError(404, "no_session")
        settle(self.sessions, session, now=now)
        return session

    def _json(self, call: Call, check: Check, *, may_be_empty: bool = False) -> dict[str, Any]:
        """The body as an object that passed ``check``, or ApiError 400; documented is no other status for a body."""
        if may_be_empty and call.body.size == 0:
            return {}
        document = parse_json_object(call.body.file.read()) if call.request.mimetype == "application/json" else None
        if document is None:
            raise ApiError(400, "malformed", ["the body must be one JSON object, sent as application/json"])
        if problems := problems_of(check, document):
            raise ApiError(400, "arguments", problems)
        return document


def _plain_error(error: ApiError, words: str) -> Response:
    text = "; ".join([words, *error.details])
    return json_response({"message": text, "error_code": error.status}, status=error.status)


def _listed_error(error: ApiError, words: str) -> Response:
    return json_response({"message": error.details or [words], "error_code": error.status}, status=error.status)


def _coded_error(error: ApiError, words: str) -> Response:
    document = {"message": words, "error_code": error.status, "ts_error_code": error.kind}
    return json_response(document, status=error.status)


def _empty_error(error: ApiError, _words: str) -> Response:
    return Response(status=error.status)
