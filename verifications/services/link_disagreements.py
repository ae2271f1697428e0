"""A webhook that says otherwise than the details: the details count, the difference is watched (capa-partner 7)."""

from __future__ import annotations

import datetime as dt

from verifications.models import KycLink, ReceivedWebhook, Verification

PATIENCE = dt.timedelta(minutes=30)
EVENT_SAYS = {"VERIFIED_USER": "VERIFIED", "REJECTED_KYC": "REJECTED", "REVIEW_NEEDED_KYC": "REVIEW_NEEDED"}
OPPOSITES = {"VERIFIED": "REJECTED", "REJECTED": "VERIFIED"}
DISAGREES = "Capa's webhook says otherwise than its details"
ALARM = DISAGREES + " for half an hour. The details count and reading goes on. Ask Capa which of the two is right."
CONTRADICTED = "Capa's last webhook says the opposite of its details. Ask Capa before deciding."


def note_disagreement(*, verification: Verification, link: KycLink, word: str, at: dt.datetime) -> None:
    """Keep since when webhook and details differ, and say so after half an hour. The caller saves both records."""
    said = _said(verification, link)
    if not said or said == word:
        link.disagreed_at = None
        return
    link.disagreed_at = link.disagreed_at or at
    if at - link.disagreed_at >= PATIENCE and not verification.attention:
        verification.attention = link.attention = ALARM


def contradiction(*, verification: Verification, link: KycLink, word: str) -> tuple[str, ...]:
    """A reason to look for a person where the details end one way and the last webhook said the other."""
    said = _said(verification, link) if word in OPPOSITES else ""
    return (CONTRADICTED,) if said and said == OPPOSITES[word] else ()


def _said(verification: Verification, link: KycLink) -> str:
    """What the last webhook about this link's time said, in the words of the details; ``""`` without one."""
    event = (
        ReceivedWebhook.objects.filter(
            verification=verification, event__in=EVENT_SAYS, received_at__gte=link.issued_at or link.created_at
        )
        .order_by("-received_at", "-id")
        .values_list("event", flat=True)
        .first()
    )
    return EVENT_SAYS.get(event or "", "")
