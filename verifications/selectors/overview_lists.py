"""The records behind the numbers of the overview: each number is the count of one of these lists."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind, VerificationStatus
from verifications.models import Case, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.selectors.paging import Page, keyset_page
from verifications.selectors.periods import Period
from verifications.selectors.queue import ROW_FIELDS, rows_of

LATE = Q(breached_at__isnull=False) | Q(closed_at__gt=F("due_at"))
CASE_LISTS: dict[str, Promise] = {
    "opened": _("Cases opened"),
    "closed": _("Cases closed"),
    "on-time": _("Cases closed on time"),
    "late": _("Cases closed late"),
    "breached": _("Cases that missed their due time"),
}
CASE_COLUMNS = {"opened": "opened_at", "breached": "breached_at"}
"""By which moment a list goes; the others by when the case was closed."""
CHECK_LISTS: dict[str, Promise] = {
    "submitted": _("Verifications submitted"),
    "accepted": _("Verifications a provider accepted"),
    "refused": _("Verifications a provider refused"),
    "unknown": _("Verifications of unknown outcome"),
    "answered": _("Verifications a provider answered"),
}


def cases_behind(what: str, period: Period) -> QuerySet[Case]:
    """Cases of a list of ``CASE_LISTS``, in no order."""
    cases = Case.objects.filter(**period.within(CASE_COLUMNS.get(what, "closed_at")))
    match what:
        case "closed":
            return cases.filter(closed_at__isnull=False)
        case "late":
            return cases.filter(LATE, closed_at__isnull=False)
        case "on-time":
            return cases.filter(closed_at__isnull=False, breached_at__isnull=True, closed_at__lte=F("due_at"))
    return cases


def cases_page(what: str, period: Period, *, token: str) -> Page:
    column = CASE_COLUMNS.get(what, "closed_at")
    rows = rows_of(cases_behind(what, period)).only(*ROW_FIELDS, "breached_at", "decided_at")
    return keyset_page(rows, order=(f"-{column}", "-id"), token=token)


def checks_behind(what: str, period: Period, *, provider: str = "") -> QuerySet[Verification]:
    """Verifications of a list of ``CHECK_LISTS``, of one kind of provider or of all, in no order."""
    checks = Verification.objects.filter(**period.within("submitted_at"))
    if provider:
        checks = checks.filter(account__kind=provider)
    match what:
        case "accepted":
            return checks.filter(status__in=ACCEPTED_STATUSES)
        case "refused":
            return checks.filter(status=VerificationStatus.REFUSED)
        case "unknown":
            return checks.filter(status=VerificationStatus.OUTCOME_UNKNOWN)
        case "answered":
            return checks.filter(completed_at__isnull=False)
    return checks


def checks_page(what: str, period: Period, *, provider: str, token: str) -> Page:
    rows = checks_behind(what, period, provider=provider).select_related("customer", "account")
    return keyset_page(rows, order=("-submitted_at", "-id"), token=token)


def known_provider(word: str) -> str:
    return word if word in ProviderKind.values else ""
