"""How a session moves: which images are missing, when the checks end, and where they lead.

Contract: transmit-verify 4 (E5) and 6. A passport has no reverse side.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from .config import SandboxConfig
from .transmit_feedback import ACCEPTED, IMAGE_TYPES, feedback_for
from .transmit_pictures import Picture, refine
from .transmit_schema import RECOMMENDATIONS, seconds_of
from .transmit_store import Session, SessionImage, TransmitStore

TAKES_IMAGES = frozenset({"capturing", "recapture"})
ERROR, RECAPTURE = "ERROR", "RECAPTURE"


@dataclass(frozen=True)
class Capture:
    """One picture as it came in."""

    type: str
    picture: Picture
    image_id: str = ""
    margins: dict[str, float] | None = None


def is_passport(session: Session) -> bool:
    """Whether the session is about a passport: said by mock behaviour, by the external id or on the hosted page."""
    details = session.mock.get("info", {}).get("document_details", {})
    marked = "PASSPORT" in session.customer.get("external_user_id", "").upper()
    return session.passport or marked or details.get("type") == "passport"


def missing_images(session: Session, images: list[SessionImage]) -> list[str]:
    """What this round still needs, in the order to ask for it."""
    have = {image.type for image in images if image.attempt == session.attempt and not image.rejected}
    return [name for name in IMAGE_TYPES if name not in have and not (name == "document_back" and is_passport(session))]


def is_expired(session: Session, now: float) -> bool:
    """Whether time ran out while images were still to come."""
    return now >= session.expires_at and session.status in {"pending", *TAKES_IMAGES}


def take_picture(sessions: TransmitStore, session: Session, capture: Capture, *, now: float) -> tuple[str, list[str]]:
    """Keep a picture and, when it is good, a refined copy. Returns the feedback and what is still missing."""
    feedback = feedback_for(width=capture.picture.width, image_id=capture.image_id)
    session.status = "capturing"
    image = _keep(sessions, session, capture.type, capture.picture, feedback=feedback, original_id=None, now=now)
    if feedback == ACCEPTED:
        refined = refine(capture.picture, capture.margins)
        _keep(sessions, session, capture.type, refined, feedback=ACCEPTED, original_id=image.image_id, now=now)
    sessions.save(session)
    return feedback, missing_images(session, sessions.images(session.session_id))


def _keep(
    sessions: TransmitStore,
    session: Session,
    type_: str,
    picture: Picture,
    *,
    feedback: str,
    original_id: str | None,
    now: float,
) -> SessionImage:
    image = SessionImage(
        image_id=f"img-{secrets.token_hex(8)}",
        session_id=session.session_id,
        type=type_,
        attempt=session.attempt,
        feedback=feedback,
        original_id=original_id,
        sha256=hashlib.sha256(picture.content).hexdigest(),
        size=len(picture.content),
        width=picture.width,
        height=picture.height,
        received_at=now,
    )
    sessions.add_image(image, picture.content)
    return image


def begin_processing(sessions: TransmitStore, session: Session, *, config: SandboxConfig, now: float) -> None:
    """Every image is in: the checks run for the mocked time, or else for the time of a plain review."""
    mocked = seconds_of(session.mock.get("processing_time", ""))
    session.status = "processing"
    session.ready_at = now + (config.review_seconds if mocked is None else mocked)
    sessions.save(session)


def settle(sessions: TransmitStore, session: Session, *, now: float) -> None:
    """Move on a session whose checks have ended. One without ``ready_at`` stays where a tester put it."""
    if session.status != "processing" or session.ready_at is None or now < session.ready_at:
        return
    session.ready_at = None
    wants_more = session.outcome == RECAPTURE or session.mock.get("force_retry", False)
    if session.outcome == ERROR:
        session.status = "error"
    elif wants_more and not session.recaptured:
        session.status, session.recaptured, session.outcome = "recapture", True, ""
        session.attempt += 1
    else:
        session.status = "complete"
    sessions.save(session)


def recommendation_of(session: Session) -> str:
    """What the checks recommend: chosen on the hosted page, else mocked, else ALLOW."""
    mocked = session.mock.get("recommendation") or session.mock.get("mock_recommendation")
    return session.outcome if session.outcome in RECOMMENDATIONS else mocked or "ALLOW"
