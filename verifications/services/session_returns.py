"""The customer's way into a hosted session and back (transmit-verify 5).

The customer gets an address of the portal, never the provider's: a link preview or a second look burns nothing, the
provider's start token stays sealed until it is used, and is used once. The way back proves nothing and causes a look.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from django.db import transaction
from django.utils.translation import gettext as _

from verifications import masks
from verifications.enums import OPEN_SESSION_STATUSES, AuditAction, SessionStatus
from verifications.errors import DomainError
from verifications.models import Verification, VerificationSession
from verifications.services.audit import record_event
from verifications.services.sealed_values import open_value, seal
from verifications.services.session_calls import hash_of
from verifications.services.session_records import poll_quickly, save_session

logger = logging.getLogger(__name__)

HANDOVER_BYTES = 20
STATE_LIMIT = 256
ACTOR = "customer"


class LinkDead(DomainError):
    """The address was used, has ended, or never was one; the customer asks for a new one."""


@dataclass(frozen=True)
class HandoverPage:
    """What the customer's page shows. ``state`` is ``open``, ``used``, ``ended`` or ``unknown``."""

    state: Literal["open", "used", "ended", "unknown"]
    organization: str = ""


def new_handover(session: VerificationSession, start_token: str, *, at: dt.datetime) -> str:
    """Give a session its address; returns what keeps it from working, empty when nothing does."""
    if not start_token:
        return "The provider sent no start token, so the customer can't open the session. Make a new one."
    token = secrets.token_urlsafe(HANDOVER_BYTES)
    seal(session, "start_token", start_token, mask=masks.mask_whole())
    seal(session, "handover_token", token, mask=masks.mask_whole())
    session.handover_hash = hash_of(token)
    save_session(session, at, "start_token", "handover_token", "handover_hash")
    return ""


def hand_over(*, token: str, at: dt.datetime) -> HandoverPage:
    """What the address shows now. Changes nothing, so that a link preview does no harm."""
    session = VerificationSession.objects.filter(handover_hash=hash_of(token)).first() if token else None
    if session is None:
        return HandoverPage("unknown")
    return HandoverPage(_state(session, at), session.organization_name)


@transaction.atomic
def open_hosted_page(*, token: str, at: dt.datetime) -> str:
    """Use the start token up and give the provider's address to go to; raises ``LinkDead`` when there is none."""
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .filter(handover_hash=hash_of(token))
        .first()
    )
    if session is None or _state(session, at) != "open":
        raise LinkDead(_("This address can no longer be used. Ask for a new one."))
    start_token = open_value(session, "start_token")
    session.start_token = None
    session.opened_at = at
    save_session(session, at, "start_token", "opened_at")
    record_event(action=AuditAction.SESSION_OPENED, actor=ACTOR, subject=session, at=at)
    return f"{session.account.base_url}/verify/app/{quote(start_token, safe='')}"


@transaction.atomic
def customer_returned(*, state: str, session_reference: str, at: dt.datetime) -> bool:
    """The browser came back. ``True`` causes a look, ``False`` moves nothing; a state counts once in any case.

    The state must be known, unused and of a session that is still followed, and the session id must be the one stored
    with it; both are compared in constant time.
    """
    if not 0 < len(state) <= STATE_LIMIT:
        return False
    wanted = hash_of(state)
    found = VerificationSession.objects.filter(state_hash=wanted).values_list("pk", "verification_id").first()
    if found is None:
        logger.warning("A return from a provider had a state that is not known or was used before.")
        return False
    Verification.objects.select_for_update(of=("self",)).get(pk=found[1])
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "verification")
        .get(pk=found[0])
    )
    known = hmac.compare_digest(session.state_hash, wanted)
    same = hmac.compare_digest(session.provider_reference.encode(), session_reference.encode("utf-8", "replace"))
    ended = session.expires_at is not None and at > session.expires_at
    if not (known and same and session.provider_reference) or session.returned_at is not None or ended:
        logger.warning("A return from a provider did not fit its session %s.", session.public_id)
        if known:
            session.state_hash = ""  # a state counts once, whatever came with it
            save_session(session, at, "state_hash")
        record_event(
            action=AuditAction.SESSION_RETURN_REFUSED,
            actor=ACTOR,
            subject=session,
            at=at,
            details={"known": known, "same_session": same, "used": session.returned_at is not None, "ended": ended},
        )
        return False
    session.state_hash = ""
    session.returned_at = at
    save_session(session, at, "state_hash", "returned_at")
    record_event(action=AuditAction.SESSION_RETURNED, actor=ACTOR, subject=session, at=at)
    if session.status in OPEN_SESSION_STATUSES:
        poll_quickly(session, actor="system:delivery", at=at)
    return True


def _state(session: VerificationSession, at: dt.datetime) -> Literal["open", "used", "ended"]:
    ended = session.expires_at is not None and at >= session.expires_at
    if session.status in OPEN_SESSION_STATUSES and session.opened_at is not None:
        return "used"
    if ended or session.status != SessionStatus.WAITING_FOR_CUSTOMER or session.start_token is None:
        return "ended"
    return "open"
