"""What a tester tells the stand-in of Transmit Security, below ``/_sandbox/``: revoke tokens, look into sessions,
force any result, documented or not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from .api import Beside
from .checks import Check, array, one_of, record, text
from .control import ControlRefusal, read_wish, steer
from .signed_api import json_response, utc_text
from .store import now_seconds
from .transmit_flow import missing_images, settle
from .transmit_schema import boolean, number
from .transmit_store import Session, TransmitStore

NO_BODY = record({})


def _anything(_value: Any, _path: str, _problems: list[str]) -> None:
    """Any JSON value, null too: a result may be forced to be nonsense."""


def _members(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, dict):
        problems.append(f"{path}: must be an object")


FORCED: Mapping[str, Check] = {
    "status": text(),
    "recommendation": _anything,
    "checks": _anything,
    "person": _anything,
    "document": _anything,
    "result": _members,
    "without": array(text()),
    "shape": one_of(("current", "deprecated", "asked")),
    "expires_in": number,
    "accept_images": boolean,
}
SESSION_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
CHANGE_SESSION = record({}, {"session_id": text(pattern=SESSION_ID), "latest": boolean, "set": record({}, FORCED)})


class TransmitControl(Beside):
    """``/_sandbox/tokens/revoke`` and ``/_sandbox/sessions``."""

    name: ClassVar[str] = "control"

    def __init__(self, sessions: TransmitStore) -> None:
        self.sessions = sessions
        self._handlers = {"revoke_tokens": self._revoke, "sessions": self._list, "change_session": self._change}

    def rules(self) -> list[Rule]:
        return [
            Rule("/_sandbox/tokens/revoke", methods=["POST"], endpoint="revoke_tokens"),
            Rule("/_sandbox/sessions", methods=["GET"], endpoint="sessions"),
            Rule("/_sandbox/sessions", methods=["POST"], endpoint="change_session"),
        ]

    def respond(self, request: Request, operation: str, **_arguments: str) -> Response:
        return steer(request, self._handlers[operation])

    def _revoke(self, request: Request) -> Response:
        read_wish(request, NO_BODY)
        return json_response({"revoked": self.sessions.revoke_tokens()})

    def _list(self, _request: Request) -> Response:
        with self.sessions.lock:
            return json_response({"sessions": [self._facts(session) for session in self.sessions.sessions()]})

    def _change(self, request: Request) -> Response:
        """Force ``set`` upon one session; what is not named stays as it is."""
        wanted = read_wish(request, CHANGE_SESSION)
        if ("session_id" in wanted) == wanted.get("latest", False):
            raise ControlRefusal("name a session_id, or latest: true")
        with self.sessions.lock:
            given = wanted.get("session_id")
            session = self.sessions.session(given) if given else self.sessions.latest_session()
            if session is None or session.deleted:
                raise ControlRefusal("session_id: there is no such session", status=404)
            settle(self.sessions, session, now=now_seconds())
            _force(session, wanted.get("set", {}), now=now_seconds())
            self.sessions.save(session)
            return json_response(self._facts(session))

    def _facts(self, session: Session) -> dict[str, Any]:
        """What a test may compare: no state, no address, no token."""
        settle(self.sessions, session, now=now_seconds())
        images = self.sessions.images(session.session_id)
        return {
            "session_id": session.session_id,
            "status": session.status,
            "created_at": utc_text(session.created_at),
            "expires_at": utc_text(session.expires_at),
            "deleted": session.deleted,
            "backend": session.backend,
            "opened": session.browser_digest is not None,
            "returned": session.returned,
            "customer_information": session.customer,
            "external_user_id": session.customer.get("external_user_id"),
            "mock_behavior": session.mock,
            "consent_granted": session.consent_granted,
            "consent_document_id": session.consent_document_id,
            "attempt": session.attempt,
            "missing_images": missing_images(session, images),
            "images": [{**vars(image), "rejected": image.rejected, "original": image.original} for image in images],
        }


def _force(session: Session, wanted: dict[str, Any], *, now: float) -> None:
    if "status" in wanted:
        if wanted["status"] == "recapture" and session.status != "recapture":
            session.attempt += 1
        session.status, session.ready_at = wanted["status"], None
    for name in ("recommendation", "checks", "person", "document"):
        if name in wanted:
            session.set_result[name] = wanted[name]
    session.set_result |= wanted.get("result", {})
    session.left_out = wanted.get("without", session.left_out)
    session.accept_images = wanted.get("accept_images", session.accept_images)
    if "shape" in wanted:
        session.shape = "" if wanted["shape"] == "asked" else wanted["shape"]
    if "expires_in" in wanted:
        seconds = wanted["expires_in"]
        if not -1e9 < seconds < 1e9 or math.isnan(seconds):
            raise ControlRefusal("expires_in: must be seconds from now")
        session.expires_at = now + seconds
