"""The page of one verification session: state, checks, images, risk. Two queries of its own, whatever is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.enums import (
    OPEN_SESSION_STATUSES,
    AuditAction,
    CallOperation,
    CallStatus,
    ProviderAnswer,
    SessionShape,
    SessionStatus,
    VerificationStatus,
)
from verifications.models import (
    AuditEvent,
    ImageSubmission,
    ProviderCall,
    SessionImage,
    Verification,
    VerificationSession,
)
from verifications.providers.check_words import check_words, reason_words, recommendation_words
from verifications.providers.feedback import feedback_of
from verifications.selectors.marked_words import marked_words, quoted
from verifications.selectors.sessions import COPY_WITHIN
from verifications.selectors.status import CHECK_TONES, SESSION_LOOKS, Look

GONE_SOON = dt.timedelta(days=7)
IMAGE_TITLES: dict[str, Promise] = {
    "document_front": gettext_lazy("Document, front"),
    "document_back": gettext_lazy("Document, back"),
    "selfie": gettext_lazy("Selfie"),
}
MOVES = (AuditAction.SESSION_MOVED, AuditAction.SESSION_REQUESTED, AuditAction.VERIFICATION_CREATED)
SET_BY: dict[str, Promise] = {
    SessionStatus.WAITING_FOR_CUSTOMER: gettext_lazy("when the provider had created the session"),
    SessionStatus.CAPTURING: gettext_lazy("when the first picture was on its way"),
    SessionStatus.IN_PROGRESS: gettext_lazy("from the provider's answer"),
    SessionStatus.ACTION_REQUIRED: gettext_lazy("from the provider's answer"),
    SessionStatus.COMPLETED: gettext_lazy("from the provider's answer"),
    SessionStatus.FAILED: gettext_lazy("from the provider's answer"),
    SessionStatus.LOST: gettext_lazy("from the provider's answer"),
    SessionStatus.REFUSED: gettext_lazy("from the provider's answer"),
    SessionStatus.EXPIRED: gettext_lazy("when its time was over"),
    SessionStatus.DELETED: gettext_lazy("when the provider had confirmed it"),
}
NOT_UNDERSTOOD = Look(
    "unknown", gettext_lazy("The provider's answer is not one the portal knows. An officer looks and decides.")
)
UNDER_WAY = (CallStatus.WAITING, CallStatus.SENDING)
COPYING = (CallOperation.LIST_IMAGES, CallOperation.GET_IMAGE)
FLAG_WORDS: dict[str, Promise] = {
    "incognito": gettext_lazy("Private window"),
    "tampered": gettext_lazy("Tampered device"),
    "emulated": gettext_lazy("Emulated device"),
    "spoofed": gettext_lazy("Spoofed device"),
    "esim": gettext_lazy("eSIM"),
    "vpn": gettext_lazy("VPN"),
    "tor": gettext_lazy("Tor"),
    "proxy": gettext_lazy("Proxy"),
    "anonymizer": gettext_lazy("Anonymiser"),
    "device_type": gettext_lazy("Device"),
    "os": gettext_lazy("System"),
    "network_country": gettext_lazy("Country of the network"),
    "ip_type": gettext_lazy("Kind of network address"),
}


@dataclass(frozen=True)
class CheckLine:
    """One check: ``reasons`` are (words, the provider's own code)."""

    title: str
    tests: str
    result: str
    code: str
    tone: str
    icon: str
    reasons: list[tuple[str, str]]


@dataclass(frozen=True)
class ImageLine:
    title: str
    kind: str
    image: SessionImage


@dataclass(frozen=True)
class SentImage:
    """One picture the portal sent. ``says`` and ``do`` are empty while nothing was said of it."""

    slot: str
    submission: ImageSubmission
    says: str
    do: str
    css: str
    word: str


@dataclass(frozen=True)
class Copies:
    """Where the images' copies stand. ``tone`` is empty when nothing is to be said."""

    lines: list[ImageLine]
    missing: int
    tone: str
    kept_days: int
    is_copying: bool


@dataclass(frozen=True)
class SessionPage:
    session: VerificationSession
    earlier: list[VerificationSession]
    checks: list[CheckLine]
    copies: Copies
    sent: list[SentImage]
    facts: list[tuple[str, str]]
    flags: list[str]
    set_by: str
    set_at: dt.datetime
    is_moving: bool
    fingerprint: str
    """Changes when more than the moving part of the page has to be drawn again."""


def session_page(
    verification: Verification,
    *,
    sessions: list[VerificationSession],
    calls: list[ProviderCall],
    events: list[AuditEvent],
    now: dt.datetime,
) -> SessionPage:
    """Everything the page shows of the newest session; ``sessions`` as from ``sessions_of``, and not empty."""
    session = sessions[0]
    images = list(session.images.select_related("document").order_by("id"))
    sent = list(session.image_submissions.order_by("id")) if session.shape == SessionShape.BACKEND else []
    under_way = [call for call in calls if call.status in UNDER_WAY and call.session_id == session.pk]
    copies = _copies(session, images, under_way, now)
    set_by, set_at = _last_step(verification, session, events)
    return SessionPage(
        session=session,
        earlier=sessions[1:],
        checks=[check_line(check) for check in session.checks],
        copies=copies,
        sent=[_sent(submission) for submission in sent],
        facts=risk_facts(session.risk),
        flags=risk_flags(session.risk),
        set_by=set_by,
        set_at=set_at,
        is_moving=session.status in (SessionStatus.REQUESTED, *OPEN_SESSION_STATUSES) or bool(under_way),
        fingerprint=_fingerprint(verification, session, copies),
    )


def is_open_for_pictures(verification: Verification, session: VerificationSession) -> bool:
    """Whether pictures may be put into their slots: in a draft, or where the provider asks for another one."""
    if session.shape != SessionShape.BACKEND:
        return False
    return session.status == SessionStatus.DRAFT or (
        session.status == SessionStatus.ACTION_REQUIRED
        and verification.status == VerificationStatus.WAITING_FOR_CUSTOMER
        and bool(session.missing_images)
    )


def refused_pictures(session: VerificationSession) -> dict[str, tuple[uuid.UUID, str]]:
    """Slot -> the document last refused there, and what the provider said of it."""
    refused = {}
    for sent in session.image_submissions.filter(accepted=False).select_related("document").order_by("id"):
        said = feedback_of(sent.feedback)
        own_words = f" {quoted(sent.custom_feedback)}" if sent.custom_feedback else ""
        refused[sent.slot] = (
            sent.document.public_id,
            f"{marked_words(said.says)} {marked_words(said.do)}{own_words} ({sent.feedback})",
        )
    return refused


def is_no_pass(session: VerificationSession) -> str:
    """Why a completed session must not be read as a pass although no check said no; empty when there is no doubt."""
    if session.status not in (SessionStatus.COMPLETED, SessionStatus.DELETED) or not session.completed_at:
        return ""
    if session.is_deprecated_shape:
        return _("The result came in a shape that the provider has given up, so the portal does not interpret it.")
    if session.recommendation not in (ProviderAnswer.ALLOW, ProviderAnswer.CHALLENGE, ProviderAnswer.DENY):
        word = session.recommendation or _("nothing")
        return _("The provider recommends “%(word)s”, a word that the portal does not know.") % {"word": word}
    return ""


def look_of(session: VerificationSession) -> Look:
    """How the state looks; an answer that is not understood never looks like a good one."""
    if session.status == SessionStatus.COMPLETED and is_no_pass(session):
        return NOT_UNDERSTOOD
    return SESSION_LOOKS[session.status]


def risk_facts(risk: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of the risk summary's words and numbers."""
    facts = []
    if risk.get("recommendation"):
        facts.append((_("Recommendation"), str(risk["recommendation"])))
    if risk.get("risk_score") is not None:
        facts.append((_("Score"), str(risk["risk_score"])))
    for part in ("device", "network"):
        for name, value in (risk.get(part) or {}).items():
            if not isinstance(value, bool) and value not in ("", None):
                facts.append((str(FLAG_WORDS.get(name, name)), str(value)))
    return facts


def risk_flags(risk: dict[str, Any]) -> list[str]:
    """What the provider saw of device and network that is worth a look."""
    return [
        str(FLAG_WORDS.get(name, name))
        for part in ("device", "network")
        for name, value in (risk.get(part) or {}).items()
        if value is True
    ]


def risk_reasons(risk: dict[str, Any]) -> list[tuple[str, str]]:
    return [(marked_words(reason_words(str(reason))), str(reason)) for reason in risk.get("reasons") or []]


def check_line(check: dict[str, Any]) -> CheckLine:
    """One of the provider's checks in words; one the portal does not know is shown as it came."""
    name, code = str(check.get("name", "")), str(check.get("recommendation", ""))
    words = check_words(name)
    tone, icon = CHECK_TONES.get(code, ("unknown", "help"))
    return CheckLine(
        title=marked_words(words.title) or _("Unnamed check"),
        tests=marked_words(words.tests),
        result=marked_words(recommendation_words(code)) or _("No result"),
        code=code,
        tone=tone,
        icon=icon,
        reasons=[(marked_words(reason_words(str(reason))), str(reason)) for reason in check.get("reasons") or []],
    )


def _copies(
    session: VerificationSession, images: list[SessionImage], under_way: list[ProviderCall], now: dt.datetime
) -> Copies:
    order = {name: place for place, name in enumerate(IMAGE_TITLES)}
    images.sort(key=lambda image: (order.get(image.type, len(order)), image.type, not image.is_original, image.pk))
    missing = sum(image.document_id is None for image in images)
    left = session.kept_until - now
    is_copying = any(call.operation in COPYING for call in under_way)
    tone = ""
    if session.status == SessionStatus.COMPLETED and (missing or session.images_listed_at is None):
        overdue = session.completed_at is not None and now - session.completed_at > COPY_WITHIN
        tone = "bad" if left < GONE_SOON else "warn" if overdue or not is_copying else "info"
    return Copies(
        lines=[ImageLine(str(IMAGE_TITLES.get(i.type, i.type or _("Image"))), _kind(i), i) for i in images],
        missing=missing,
        tone=tone,
        kept_days=max(0, left.days),
        is_copying=is_copying,
    )


def _kind(image: SessionImage) -> str:
    if image.rejected:
        return _("rejected")
    return _("original") if image.is_original else _("refined")


def _sent(submission: ImageSubmission) -> SentImage:
    slot = submission.get_slot_display()
    if submission.judged_at is None:
        return SentImage(slot, submission, "", "", "moving", _("On its way"))
    if submission.accepted:
        said = "" if submission.feedback == "ok" else _("The answer was lost; the provider lists the picture.")
        return SentImage(slot, submission, said, "", "good", _("Accepted"))
    said_of = feedback_of(submission.feedback)
    return SentImage(slot, submission, marked_words(said_of.says), marked_words(said_of.do), "refused", _("Refused"))


def _last_step(
    verification: Verification, session: VerificationSession, events: list[AuditEvent]
) -> tuple[str, dt.datetime]:
    """Who set the state, on which occasion, and when: told by the newest event that moves a session."""
    about = {str(session.public_id), str(verification.public_id)}
    for event in events:
        if event.subject_id in about and event.action in MOVES:
            occasion = SET_BY.get(session.status, "")
            return f"{event.actor_name}, {occasion}" if occasion else event.actor_name, event.at
    return "", session.updated_at


def _fingerprint(verification: Verification, session: VerificationSession, copies: Copies) -> str:
    copied = "copying" if copies.is_copying else str(len(copies.lines) - copies.missing)
    opened = "opened" if session.opened_at else ""
    deleted = "asked" if session.delete_requested_at else ""
    return "-".join((str(session.pk), session.status, verification.status, opened, copied, deleted)).lower()
