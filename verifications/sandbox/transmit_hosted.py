"""The pages a person walks through at ``/verify/app/{start_token}``. Contract: transmit-verify 5.

The first browser that opens the address keeps it by a cookie; another one is told that the link was used. When the
checks are done the browser is sent to ``callback_url`` once, with ``sessionId`` and ``state``. The page looks again by
a Refresh header, so the way back is a plain navigation: Chromium holds the redirects after a form's POST to
``form-action``, and the portal's address cannot be listed there.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from . import transmit_hosted_html as html
from .api import Beside, Sandbox
from .body import read_multipart, receive
from .errors import ApiError
from .store import now_seconds
from .transmit_feedback import IMAGE_TYPES, words_for
from .transmit_flow import (
    ERROR,
    RECAPTURE,
    TAKES_IMAGES,
    Capture,
    begin_processing,
    is_expired,
    missing_images,
    recommendation_of,
    settle,
    take_picture,
)
from .transmit_pictures import PictureProblem, read_picture, specimen
from .transmit_schema import RECOMMENDATIONS
from .transmit_store import Session, TransmitStore, digest

COOKIE = "transmit_session"
PHOTO_LIMIT = 24 * 1024 * 1024
FORM_LIMIT = 16 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LOOK_AGAIN = {"Refresh": "1"}


@dataclass(frozen=True)
class Sent:
    """What a form carried: its fields, and the bytes of a photo."""

    fields: dict[str, str]
    photo: bytes = field(default=b"", repr=False)


class HostedPages(Beside):
    """Consent, photos, the tester's choice, checking, and back to the portal; one address, one page per step."""

    name: ClassVar[str] = "transmit_hosted"

    def __init__(self, sandbox: Sandbox, sessions: TransmitStore) -> None:
        self.sandbox = sandbox
        self.sessions = sessions
        self._answers = {
            "consent": self._consent,
            "photo": self._photo,
            "samples": self._samples,
            "outcome": self._outcome,
        }

    def rules(self) -> list[Rule]:
        page = "/verify/app/<token>"
        return [
            Rule("/verify/assets/hosted.css", methods=["GET"], endpoint="stylesheet"),
            Rule(page, methods=["GET"], endpoint="open"),
            *(Rule(f"{page}/{step}", methods=["POST"], endpoint=step) for step in self._answers),
        ]

    def respond(self, request: Request, operation: str, **arguments: str) -> Response:
        if operation == "stylesheet":
            css = Path(__file__).with_name("transmit_hosted.css").read_text(encoding="utf-8")
            return Response(css, mimetype="text/css", headers={"X-Content-Type-Options": "nosniff"})
        try:
            # A slow upload is taken in before anyone else has to wait for it.
            sent = self._receive(request) if request.method == "POST" else Sent({})
        except ApiError as error:
            return _page(html.message("This could not be read.", "Go back and try again."), status=error.status)
        with self.sessions.lock:
            return self._step(request, operation, arguments["token"], sent)

    def _step(self, request: Request, operation: str, token: str, sent: Sent) -> Response:
        session = self.sessions.session_by_start_token(token)
        if session is None or session.deleted:
            return _page(html.message("This link is not known.", "Ask for a new one."), status=404)
        settle(self.sessions, session, now=now_seconds())
        # A HEAD request is a program looking ahead, not the person.
        if request.method == "GET" and session.browser_digest is None:
            return self._bind(session, token)
        cookie = digest(request.cookies.get(COOKIE, ""))
        if session.browser_digest is None or not hmac.compare_digest(session.browser_digest, cookie):
            words = html.message("This link was already used.", "It works once, in the browser that opened it.")
            return _page(words, status=403)
        if operation == "open":
            return self._show(session, token)
        if problem := self._answers[operation](session, sent):
            return self._show(session, token, problem=problem, status=422)
        return Response(status=303, headers={**HEADERS, "Location": f"/verify/app/{token}"})

    def _bind(self, session: Session, token: str) -> Response:
        """Keep the session for this browser."""
        cookie = secrets.token_urlsafe(24)
        session.browser_digest = digest(cookie)
        if session.status == "pending" and not is_expired(session, now_seconds()):
            session.status = "capturing"
        self.sessions.save(session)
        response = self._show(session, token)
        response.set_cookie(COOKIE, cookie, path=f"/verify/app/{token}", httponly=True, samesite="Lax")
        return response

    # What is shown -----------------------------------------------------------------------------------------------

    def _show(self, session: Session, token: str, *, problem: str = "", status: int = 200) -> Response:
        """The page of the step this session is at."""
        if is_expired(session, now_seconds()):
            return _page(html.message("This link has expired.", "Ask for a new one."), status=410)
        if session.status in {"complete", "error"}:
            return self._leave(session)
        if session.status not in TAKES_IMAGES:
            return _page(html.checking(token), headers=LOOK_AGAIN)
        if session.consent_granted is None:
            return _page(html.consent(token, problem=problem), status=status)
        if not session.consent_granted:
            return _page(html.declined(token), status=status)
        images = self.sessions.images(session.session_id)
        missing = missing_images(session, images)
        if missing:
            last = images[-1] if images else None
            if not problem and last and last.rejected and last.attempt == session.attempt:
                problem = words_for(last.feedback)
            again = session.status == "recapture"
            return _page(html.photo(token, missing=missing, problem=problem, again=again), status=status)
        chosen = recommendation_of(session)
        return _page(html.outcome(token, chosen=chosen, first=not session.recaptured, problem=problem), status=status)

    def _leave(self, session: Session) -> Response:
        """Send the browser back, once: the portal burns its ``state`` with the first visit."""
        if session.returned or session.callback_url is None:
            return _page(html.message("All done.", "You may close this page."))
        session.returned = True
        self.sessions.save(session)
        return Response(status=303, headers={**HEADERS, "Location": _callback(session, session.callback_url)})

    # What is answered; each returns what was wrong, or an empty text ---------------------------------------------

    def _consent(self, session: Session, sent: Sent) -> str:
        form = sent.fields
        if session.status != "capturing" or form.get("answer") not in {"agree", "decline", "again"}:
            return "Choose one of the answers."
        if form["answer"] == "again":
            session.consent_granted = None
        else:
            session.consent_granted = form["answer"] == "agree"
            session.consent_at = now_seconds() if session.consent_granted else None
            session.passport = form.get("document") == "passport"
        self.sessions.save(session)
        return ""

    def _photo(self, session: Session, sent: Sent) -> str:
        type_ = sent.fields.get("type", "")
        if not self._may_take(session) or type_ not in IMAGE_TYPES:
            return "This photo is not wanted now."
        if not sent.photo:
            return "Choose a photo first."
        try:
            picture = read_picture(sent.photo)
        except PictureProblem as problem:
            return f"The photo {problem}."
        take_picture(self.sessions, session, Capture(type_, picture), now=now_seconds())
        return ""

    def _samples(self, session: Session, _sent: Sent) -> str:
        """Fill in whatever is missing with pictures drawn here."""
        if not self._may_take(session):
            return "Photos are not wanted now."
        for type_ in missing_images(session, self.sessions.images(session.session_id)):
            take_picture(self.sessions, session, Capture(type_, specimen(type_)), now=now_seconds())
        return ""

    def _outcome(self, session: Session, sent: Sent) -> str:
        chosen = sent.fields.get("outcome", "")
        allowed = {*RECOMMENDATIONS, ERROR} | (set() if session.recaptured else {RECAPTURE})
        missing = missing_images(session, self.sessions.images(session.session_id))
        if not self._may_take(session) or missing or chosen not in allowed:
            return "Choose what the checks shall say."
        session.outcome = chosen
        begin_processing(self.sessions, session, config=self.sandbox.config, now=now_seconds())
        return ""

    def _may_take(self, session: Session) -> bool:
        wanted = session.status in TAKES_IMAGES and not is_expired(session, now_seconds())
        return wanted and session.consent_granted is True

    def _receive(self, request: Request) -> Sent:
        """The fields and the photo of a form, or ApiError."""
        config = self.sandbox.config
        with contextlib.closing(receive(request, limit=PHOTO_LIMIT, config=config)) as body:
            if request.mimetype == "multipart/form-data":
                with read_multipart(request, body, config) as (form, files):
                    return Sent(form, files["photo"].read() if "photo" in files else b"")
            if body.size > FORM_LIMIT:
                raise ApiError(413, "too_large")
            try:
                fields = parse_qs(body.file.read().decode("utf-8", "replace"), max_num_fields=20)
            except ValueError as error:
                raise ApiError(400, "malformed") from error
            return Sent({name: values[-1] for name, values in fields.items()})


def _page(body: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=status, mimetype="text/html", headers={**HEADERS, **(headers or {})})


def _callback(session: Session, url: str) -> str:
    """The portal's address with our two parameters after whatever query it has."""
    parts = urlsplit(url)
    given = {"sessionId": session.session_id} | ({} if session.state is None else {"state": session.state})
    query = "&".join(filter(None, [parts.query, urlencode(given, errors="replace")]))
    return urlunsplit(parts._replace(query=query))
