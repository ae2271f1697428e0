"""What a reading of the details (C4, C5) says of a link and its verification, and when to read again.

Contract: capa-partner 7. Only ``VERIFIED`` and ``REJECTED`` are ends, and a late word never takes back an end.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any

from verifications import masks
from verifications.enums import (
    LINK_TRANSITIONS,
    AuditAction,
    LinkStatus,
    ProviderAnswer,
    VerificationStatus,
)
from verifications.errors import DomainError
from verifications.models import KycLink, ProviderCall, Verification
from verifications.policy.polling import link_wait
from verifications.providers.capa_answers import classify_result, needs_manual_review
from verifications.providers.link_types import LinkDetails
from verifications.services.audit import record_event
from verifications.services.cases import follow_verification
from verifications.services.extracted_values import store_values
from verifications.services.key_refusals import note_answer
from verifications.services.link_disagreements import DISAGREES, contradiction, note_disagreement
from verifications.services.link_records import (
    FOLLOWED_STATUSES,
    MOVED_FIELDS,
    READABLE_LINK_STATUSES,
    enqueue_details_read,
    locked_link,
    locked_verification,
    move_link,
    record_move,
)
from verifications.services.sealed_values import open_value, seal

ACTOR = "system:delivery"
NOTHING_YET = "NOT_STARTED"
UNREAD = "The details could not be read, so there is no answer yet. Read them again from this page."
UNKNOWN_RESULT = (
    "Capa gave a result that its contract does not name. Nothing was decided and reading goes on. Look at the sections "
    "below and ask Capa what the result means."
)


@dataclass(frozen=True)
class Meaning:
    """What one result means: where it takes the link, and what it answers."""

    link: LinkStatus
    answer: str
    explanation: str


MEANINGS = {
    "IN_PROGRESS": Meaning(LinkStatus.IN_PROGRESS, "", "The customer has begun; Capa has not finished."),
    "REVIEW_NEEDED": Meaning(LinkStatus.IN_REVIEW, ProviderAnswer.IN_REVIEW, "A person at Capa looks at it."),
    "VERIFIED": Meaning(LinkStatus.VERIFIED, ProviderAnswer.VERIFIED, "Capa verified the customer."),
    "REJECTED": Meaning(LinkStatus.REJECTED, ProviderAnswer.REJECTED, "Capa rejected the verification."),
    "UNKNOWN": Meaning(LinkStatus.IN_REVIEW, ProviderAnswer.UNREADABLE, UNKNOWN_RESULT),
}
MOST_COMPARED = 20
LONGEST_FOLLOWED = dt.timedelta(days=14)
"""How long a customer may still finish a check whose link our clock has given up."""
VERIFICATION_FIELDS = (
    "status",
    "attention",
    "answer",
    "answer_reasons",
    "answer_explanation",
    "accepted_at",
    "completed_at",
)
LINK_FIELDS = (
    *MOVED_FIELDS,
    "provider_status",
    "session_reference",
    "result",
    "sections",
    "watchlist_hits",
    "attention",
    "disagreed_at",
)
ENDS = (LinkStatus.VERIFIED, LinkStatus.REJECTED)


def details_read(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
    """Write down what was read, move link, verification and case, and look again later unless that was the end."""
    if not isinstance(result, LinkDetails):
        raise TypeError("reading details succeeds with LinkDetails")
    verification, link = _locked(call)
    before = _as_read(verification, link)
    link.read_at = at
    if link.polling_since is not None:
        link.polls += 1
    link.save(update_fields=["read_at", "polls"])
    if link.status not in READABLE_LINK_STATUSES or verification.status not in FOLLOWED_STATUSES:
        return
    word = NOTHING_YET if _says_nothing(result) else classify_result(result.result, found=result.found)
    if word != NOTHING_YET and _is_of_an_earlier_check(link, result):
        word = NOTHING_YET
    _clear(verification, link)
    if word != NOTHING_YET:
        _keep(verification, link, result, at)
        _answer(verification, link, word, result, call=call, actor=actor, at=at)
    if link.status not in ENDS:
        note_disagreement(verification=verification, link=link, word=word, at=at)
    _save(before, at)
    follow_verification(verification=verification, actor=actor, at=at)
    _read_on(verification, link, call, actor, at)


def reading_stopped(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """No reading, no answer: what waits for one says so, for nothing asks again by itself."""
    verification, link = _locked(call)
    if link.status not in READABLE_LINK_STATUSES or verification.status not in FOLLOWED_STATUSES:
        return
    before = _as_read(verification, link)
    link.attention = f"{UNREAD} {message}"[:500]
    verification.attention = link.attention
    _save(before, at)
    _stopped(link, call, actor, at, cause=call.error_code)


class ReadingEffects:
    """The effects of a reading's end (``call_effects.Effects``). Nothing but a reading ever decides."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        note_answer(call=call, actor=actor, at=at)
        details_read(call=call, result=result, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        note_answer(call=call, actor=actor, at=at)
        reading_stopped(call=call, message=message, actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        note_answer(call=call, actor=actor, at=at)
        if due is None:
            reading_stopped(call=call, message=message, actor=actor, at=at)

    unknown = staticmethod(reading_stopped)


def _answer(
    verification: Verification,
    link: KycLink,
    word: str,
    details: LinkDetails,
    *,
    call: ProviderCall,
    actor: str,
    at: dt.datetime,
) -> None:
    meaning = MEANINGS[word]
    before = (link.status, link.provider_status)
    link.provider_status = details.result[:100]
    if meaning.link in LINK_TRANSITIONS[LinkStatus(link.status)]:
        move_link(link, meaning.link, at=at)
    if before != (link.status, link.provider_status):
        record_move(link, before=before[0], actor=actor, at=at, call=str(call.public_id))
    reasons = [*needs_manual_review(details), *contradiction(verification=verification, link=link, word=word)]
    answer = meaning.answer
    if answer == ProviderAnswer.VERIFIED and reasons:
        answer = ProviderAnswer.VERIFIED_FINDINGS
    explanation = " ".join([meaning.explanation, *reasons])[:500]
    changed = (verification.answer, verification.answer_reasons) != (answer, reasons)
    verification.answer, verification.answer_reasons = answer, reasons
    verification.answer_explanation = explanation
    verification.attention = link.attention = UNKNOWN_RESULT if word == "UNKNOWN" else ""
    if verification.accepted_at is None:
        verification.accepted_at = at
        verification.status = VerificationStatus.ACCEPTED
        _event(AuditAction.VERIFICATION_ACCEPTED, verification, call, actor, at)
    if link.status in ENDS:
        verification.status = VerificationStatus.COMPLETED
        verification.completed_at = at
        _event(AuditAction.VERIFICATION_COMPLETED, verification, call, actor, at)
    elif changed and answer:
        _event(AuditAction.VERIFICATION_ANSWERED, verification, call, actor, at)


def _keep(verification: Verification, link: KycLink, details: LinkDetails, at: dt.datetime) -> None:
    """The whole answer sealed, the machine's words about it in clear."""
    document = json.dumps(details.document, ensure_ascii=False)
    if details.session_id:
        link.session_reference = details.session_id[:255]
    if document == open_value(link, "result"):
        return
    seal(link, "result", document, mask=masks.mask_whole())
    link.sections = [
        {**asdict(section), "reasons": list(section.reasons), "warnings": list(section.warnings)}
        for section in details.sections
    ]
    link.watchlist_hits = details.watchlist_hits
    store_values(verification=verification, values=details.values, at=at)


def _says_nothing(details: LinkDetails) -> bool:
    """No result and nothing checked yet: every member may be missing (capa-partner 5, C4)."""
    return not details.result and not details.sections and not details.values


def _is_of_an_earlier_check(link: KycLink, details: LinkDetails) -> bool:
    """Capa tells the *latest* check of a user: until the customer opens the new link, that is the one before."""
    earlier = KycLink.objects.filter(
        verification__provider_user_id=link.verification.provider_user_id,
        verification__status=VerificationStatus.COMPLETED,
        kind=link.kind,
    ).exclude(verification_id=link.verification_id)
    if details.session_id:
        return earlier.filter(session_reference=details.session_id[:255]).exists()
    now = _without_addresses(details.document)
    known = earlier.filter(result__isnull=False).order_by("-id")[:MOST_COMPARED]
    return any(_without_addresses(json.loads(open_value(one, "result"))) == now for one in known)


def _without_addresses(document: object) -> object:
    """The pictures' addresses differ from reading to reading."""
    return {name: value for name, value in document.items() if name != "media"} if isinstance(document, dict) else None


def _clear(verification: Verification, link: KycLink) -> None:
    """A reading that works again takes back what the failed one said."""
    for record in (verification, link):
        if record.attention.startswith((UNREAD, DISAGREES)):
            record.attention = ""


def _read_on(verification: Verification, link: KycLink, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    if link.status in ENDS:
        return
    if verification.case is not None and verification.case.closed_at is not None:
        _stopped(link, call, actor, at, cause="case_closed")
        return
    if link.status == LinkStatus.EXPIRED and link.expires_at is not None and at - link.expires_at > LONGEST_FOLLOWED:
        _stopped(link, call, actor, at, cause="expired_long_ago")
        return
    if link.disagreed_at is not None:
        wait = link_wait(since=link.disagreed_at, returned=False, polls=0, now=at)
    else:
        since = link.polling_since or link.issued_at or link.created_at
        returned = link.polling_since is not None
        wait = link_wait(since=since, returned=returned, polls=max(0, link.polls - 1), now=at)
    enqueue_details_read(link=link, actor=ACTOR, at=at, not_before=at + wait)


def _locked(call: ProviderCall) -> tuple[Verification, KycLink]:
    if call.link is None:
        raise DomainError("This call speaks of no link.")
    verification = locked_verification(call.link.verification_id)
    return verification, locked_link(call.link.pk)


def _as_read(verification: Verification, link: KycLink) -> list[tuple[Verification | KycLink, dict[str, Any]]]:
    """Both records with what stands in the columns that a reading may change."""
    return [
        (row, {name: getattr(row, name) for name in names})
        for row, names in ((verification, VERIFICATION_FIELDS), (link, LINK_FIELDS))
    ]


def _save(before: list[tuple[Verification | KycLink, dict[str, Any]]], at: dt.datetime) -> None:
    """Save what became another since ``_as_read``; a reading that brought nothing new leaves both records alone."""
    for row, kept in before:
        if new := [name for name, value in kept.items() if getattr(row, name) != value]:
            row.updated_at = at
            row.save(update_fields=[*new, "updated_at"])


def _event(action: AuditAction, verification: Verification, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    details = {"call": str(call.public_id), "answer": verification.answer}
    record_event(action=action, actor=actor, subject=verification, at=at, details=details)


def _stopped(link: KycLink, call: ProviderCall, actor: str, at: dt.datetime, *, cause: str) -> None:
    record_event(
        action=AuditAction.LINK_STOPPED,
        actor=actor,
        subject=link,
        at=at,
        details={"call": str(call.public_id), "cause": cause},
    )
