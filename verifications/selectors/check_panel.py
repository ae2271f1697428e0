"""The provider's checks across all verifications of a case: status, answer, reasons and every single check stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifications.models import KycLink, Verification, VerificationSession
from verifications.selectors.kyc_links import section_rows
from verifications.selectors.session_page import check_line
from verifications.selectors.status import ANSWER_TONES, VERIFICATION_LOOKS, Look

SHAPES = {"good": "good", "warn": "attention", "bad": "refused", "outline": "stopped"}


@dataclass(frozen=True)
class SingleCheck:
    title: str
    result: str
    shape: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CheckedVerification:
    verification: Verification
    look: Look
    tone: str
    checks: tuple[SingleCheck, ...]


def check_panel(verifications: Sequence[Verification]) -> list[CheckedVerification]:
    """Each verification with what its provider found; two queries, however many there are."""
    ids = [verification.pk for verification in verifications]
    single: dict[int, tuple[SingleCheck, ...]] = {}
    for session in VerificationSession.objects.filter(verification_id__in=ids).order_by("pk"):
        lines = [check_line(check) for check in session.checks if isinstance(check, dict)]
        if lines or session.verification_id not in single:
            single[session.verification_id] = tuple(
                SingleCheck(
                    title=line.title,
                    result=line.result,
                    shape=SHAPES.get(line.tone, "unknown"),
                    notes=tuple(words for words, _code in line.reasons),
                )
                for line in lines
            )
    for link in KycLink.objects.filter(verification_id__in=ids).order_by("pk"):
        sections = section_rows(link)
        if sections or link.verification_id not in single:
            single[link.verification_id] = tuple(
                SingleCheck(title=row.label, result=row.codes, shape=row.css, notes=tuple(row.notes))
                for row in sections
            )
    return [
        CheckedVerification(
            verification=verification,
            look=VERIFICATION_LOOKS[verification.status],
            tone=ANSWER_TONES.get(verification.answer, ""),
            checks=single.get(verification.pk, ()),
        )
        for verification in verifications
    ]
