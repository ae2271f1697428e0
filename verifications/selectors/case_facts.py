"""What the policy may ask about a case, gathered in a fixed number of queries. No personal data comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from verifications.enums import CaseKind, ValueComparison, VerificationStatus
from verifications.models import (
    Case,
    Document,
    ExtractedValue,
    KycLink,
    MachineReading,
    MachineValue,
    Verification,
)
from verifications.policy.rules import Facts
from verifications.selectors.differences import differences_among
from verifications.selectors.opener import Opener

MATCHED = "Matched"
"""A list of a screening on which the customer was found (kraken-embed 4.1)."""
COUNTRY_PATHS = ("document.country", "idInfo.issueCountryCode", "idInfo.nationalityCode")
COUNTRY_NAMES = ("issuing_country", "nationality")
MOST_DUPLICATES = 50
_COUNTRY = re.compile("[A-Z]{2}")


def verifications_of(case: Case) -> QuerySet[Verification]:
    """The checks that a decision about the case rests on, newest first, with their accounts.

    Those of the case itself; a review that has none yet looks at the newest of each kind that the customer completed.
    """
    checks = Verification.objects.select_related("account").order_by("-id")
    own = Verification.objects.filter(case_id=case.pk) if case.pk else Verification.objects.none()
    if case.kind != CaseKind.REVIEW:
        return checks.filter(case_id=case.pk) if case.pk else checks.none()
    completed = Verification.objects.filter(customer_id=case.customer_id, status=VerificationStatus.COMPLETED)
    newer = completed.filter(type=OuterRef("type"), pk__gt=OuterRef("pk"))
    newest = Q(customer_id=case.customer_id, status=VerificationStatus.COMPLETED) & ~Exists(newer)
    earlier = newest & ~Q(Exists(own.exclude(status=VerificationStatus.CANCELLED)))
    return checks.filter(Q(case_id=case.pk) | earlier) if case.pk else checks.filter(newest)


def facts_of(case: Case) -> Facts:
    """What the rules of a policy may ask about the case as it stands; the number of queries does not grow with it."""
    hits = KycLink.objects.filter(verification=OuterRef("pk"), watchlist_hits__gt=0)
    checks = list(verifications_of(case).annotate(link_hit=Exists(hits)))
    return _facts(case, checks) if checks else _facts_without_checks(case)


def _facts_without_checks(case: Case) -> Facts:
    return Facts(
        customer_kind=case.customer.kind, countries=_countries(_of_customer(case)), escalated=case.is_escalated
    )


def _facts(case: Case, checks: list[Any]) -> Facts:
    ids = [check.pk for check in checks]
    extracted = list(
        ExtractedValue.objects.filter(verification_id__in=ids).filter(
            Q(comparison=ValueComparison.DIFFERENT) | ~Q(value_hash="") | Q(name__in=COUNTRY_PATHS)
        )
    )
    counting = Q(reading__verification_id__in=ids, reading__removed_at__isnull=True, reading__is_confirmed=True)
    machine = list(
        MachineValue.objects.filter(
            counting, Q(comparison=ValueComparison.DIFFERENT) | Q(name__in=COUNTRY_NAMES)
        ).select_related("reading")
    )
    opener = Opener(case.customer_id)
    return Facts(
        customer_kind=case.customer.kind,
        countries=_countries(
            [
                *_of_customer(case),
                *(code for check in checks for code in (check.nationality, check.issuing_country)),
                *(opener.text(value, "value") for value in extracted if value.name in COUNTRY_PATHS),
                *(opener.text(value, "value") for value in machine if value.name in COUNTRY_NAMES),
            ]
        ),
        answers=frozenset(check.answer for check in checks if check.answer),
        watchlist_hit=any(check.link_hit or _is_matched(opener.text(check, "screenings")) for check in checks),
        unresolved_differences=sum(
            one.is_open for one in differences_among(case, checks, extracted, machine, opener).values()
        ),
        duplicates=_duplicates(case, checks, extracted),
        escalated=case.is_escalated,
    )


def _of_customer(case: Case) -> list[str]:
    return [case.customer.country, *map(str, case.customer.nationalities)]


def _countries(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(code for code in codes if _COUNTRY.fullmatch(code))


def _is_matched(screenings: str) -> bool:
    return any(listed.get("status") == MATCHED for listed in json.loads(screenings or "{}").values())


def _duplicates(case: Case, checks: Collection[Any], extracted: Iterable[ExtractedValue]) -> int:
    """Other customers with the same document number or the same file; counted up to a bound for each source."""
    ids = [check.pk for check in checks]
    readings = MachineReading.objects.filter(removed_at__isnull=True).exclude(document_number_hash="")
    numbers = {check.document_number_hash for check in checks} | {value.value_hash for value in extracted}
    numbers |= set(readings.filter(verification_id__in=ids).values_list("document_number_hash", flat=True))
    numbers -= {""}
    documents = Document.objects.filter(verification__isnull=False, removed_at__isnull=True)
    files = set(documents.filter(verification_id__in=ids).values_list("sha256", flat=True))
    sources: list[tuple[QuerySet[Any], str, str, set[str]]] = [
        (Verification.objects.all(), "document_number_hash", "customer_id", numbers),
        (ExtractedValue.objects.all(), "value_hash", "customer_id", numbers),
        (readings, "document_number_hash", "verification__customer_id", numbers),
        (documents, "sha256", "customer_id", files),
    ]
    found: set[int] = set()
    for rows, column, owner, wanted in sources:
        if wanted:
            others = rows.filter(**{f"{column}__in": wanted}).exclude(**{owner: case.customer_id})
            found.update(others.values_list(owner, flat=True).distinct()[:MOST_DUPLICATES])
    return len(found)
