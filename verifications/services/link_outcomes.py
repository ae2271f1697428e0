"""What the outcome of a link's creation (C2, C3) changes; its readings and its user have modules of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from verifications import masks
from verifications.enums import LINK_CREATIONS, LINK_READS, AuditAction, CallOperation, LinkStatus, VerificationStatus
from verifications.errors import DomainError
from verifications.models import KycLink, ProviderCall
from verifications.policy.polling import link_wait
from verifications.providers.link_types import LinkCreated
from verifications.services.audit import record_event
from verifications.services.cases import follow_verification
from verifications.services.key_refusals import note_answer
from verifications.services.link_readings import ReadingEffects
from verifications.services.link_records import (
    MOVED_FIELDS,
    digest,
    enqueue_details_read,
    locked_link,
    locked_verification,
    move_link,
)
from verifications.services.link_users import USER_EFFECTS
from verifications.services.provider_accounts import account_options
from verifications.services.sealed_values import seal
from verifications.services.submission_outcomes import (
    submission_not_processed,
    submission_refused,
    submission_stopped,
)

__all__ = ["EFFECTS", "USER_EFFECTS", "link_issued", "link_refused"]


def link_issued(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
    """Keep the address sealed while it is usable, and look from time to time whether the customer has been there."""
    if not isinstance(result, LinkCreated):
        raise TypeError("creating a link succeeds with LinkCreated")
    link = _link_of(call)
    verification = locked_verification(link.verification_id)
    link = locked_link(link.pk)
    if link.status != LinkStatus.REQUESTED or verification.status != VerificationStatus.SENDING:
        return
    move_link(link, LinkStatus.ISSUED, at=at)
    seal(link, "url", result.url, mask=f"link {masks.DOTS} {result.url[-4:]}")
    link.url_hash = digest(result.url)
    link.issued_at = at
    link.expires_at = at + dt.timedelta(hours=account_options(link.account).link_hours)
    link.attention = ""
    link.save(update_fields=[*MOVED_FIELDS, "url_hash", "issued_at", "expires_at", "attention"])
    verification.status = VerificationStatus.WAITING_FOR_CUSTOMER
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    record_event(
        action=AuditAction.LINK_ISSUED,
        actor=actor,
        subject=link,
        at=at,
        details={"call": str(call.public_id), "expires_at": link.expires_at.isoformat(timespec="seconds")},
    )
    follow_verification(verification=verification, actor=actor, at=at)
    enqueue_details_read(
        link=link, actor=actor, at=at, not_before=at + link_wait(since=at, returned=False, polls=0, now=at)
    )


def link_refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """Capa gives no link: verification and link say why, a person changes something and asks again."""
    submission_refused(call=call, message=message, actor=actor, at=at)
    link = locked_link(_link_of(call).pk)
    if link.status != LinkStatus.REQUESTED:
        return
    move_link(link, LinkStatus.REFUSED, at=at)
    link.attention = message[:500]
    link.save(update_fields=[*MOVED_FIELDS, "attention"])
    record_event(
        action=AuditAction.LINK_REFUSED,
        actor=actor,
        subject=link,
        at=at,
        details={"call": str(call.public_id), "code": call.error_code},
    )


class CreationEffects:
    """The effects of a creation's end (``call_effects.Effects``). A lost answer is asked for again."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        note_answer(call=call, actor=actor, at=at)
        link_issued(call=call, result=result, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        note_answer(call=call, actor=actor, at=at)
        link_refused(call=call, message=message, actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        note_answer(call=call, actor=actor, at=at)
        if due is None:
            submission_stopped(call=call, message=message, actor=actor, at=at)
        else:
            submission_not_processed(call=call, message=message, due=due, actor=actor, at=at)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        submission_stopped(call=call, message=message, actor=actor, at=at)


def _link_of(call: ProviderCall) -> KycLink:
    if call.link is None:
        raise DomainError("This call speaks of no link.")
    return call.link


EFFECTS: Mapping[CallOperation, Any] = {
    **dict.fromkeys(LINK_CREATIONS, CreationEffects),
    **dict.fromkeys(LINK_READS, ReadingEffects),
}
