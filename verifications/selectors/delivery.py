"""What waits at each account, and what came of the calls sent lately: the delivery page's rows.

Every query goes by account and by an index of the ledger, so that its cost follows what waits and what was sent in the
last day, never the size of the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from verifications.enums import CallStatus, VerificationStatus
from verifications.models import ProviderAccount, ProviderCall, Verification
from verifications.selectors.delivery_figures import Figures, figures_by_account
from verifications.selectors.paging import capped_count

BODIES = ("request_redacted", "request_original", "request_exact", "answer_redacted", "answer_original")
"""Columns of a call that no list shows."""
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LOOKED_BACK = dt.timedelta(days=30)
"""How far back a last success is looked for."""


@dataclass(frozen=True)
class Backlog:
    """``due`` could go now, the oldest since ``due_since``; ``later`` is planned for a time to come."""

    due: int = 0
    due_since: dt.datetime | None = None
    later: int = 0
    sending: int = 0


@dataclass(frozen=True)
class AccountDelivery:
    account: ProviderAccount
    backlog: Backlog
    hour: Figures
    day: Figures
    last_success: dt.datetime | None
    unknown: int
    dead: int


@dataclass(frozen=True)
class DeliveryTotals:
    due: int
    due_since: dt.datetime | None
    later: int
    sending: int
    day: Figures


def delivery_rows(*, now: dt.datetime) -> list[AccountDelivery]:
    """Every account by name, in a fixed number of queries."""
    accounts = list(_with_last_success(now))
    ids = [account.pk for account in accounts]
    backlogs = _backlogs(ids, now)
    hour = figures_by_account(ids, since=now - HOUR)
    day = figures_by_account(ids, since=now - DAY)
    unknown = dict(_per_account(unknown_submissions()))
    dead = dict(_per_account(dead_calls()))
    return [
        AccountDelivery(
            account=account,
            backlog=backlogs.get(account.pk, Backlog()),
            hour=hour.get(account.pk, Figures()),
            day=day.get(account.pk, Figures()),
            last_success=account.last_success,  # type: ignore[attr-defined]  # annotated
            unknown=unknown.get(account.pk, 0),
            dead=dead.get(account.pk, 0),
        )
        for account in accounts
    ]


def totals_of(rows: Sequence[AccountDelivery]) -> DeliveryTotals:
    return DeliveryTotals(
        due=sum(row.backlog.due for row in rows),
        due_since=min((row.backlog.due_since for row in rows if row.backlog.due_since), default=None),
        later=sum(row.backlog.later for row in rows),
        sending=sum(row.backlog.sending for row in rows),
        day=sum((row.day for row in rows), Figures()),
    )


def unknown_submissions() -> QuerySet[Verification]:
    """Submissions whose outcome nobody knows now; a call stays "unknown" on the ledger after it was settled."""
    return Verification.objects.filter(status=VerificationStatus.OUTCOME_UNKNOWN)


def dead_calls() -> QuerySet[ProviderCall]:
    return ProviderCall.objects.filter(is_dead=True)


def unsettled_counts() -> tuple[int, int]:
    """Submissions of unknown outcome and dead letters, capped: what the navigation shows."""
    return capped_count(unknown_submissions()), capped_count(dead_calls())


def _with_last_success(now: dt.datetime) -> QuerySet[ProviderAccount]:
    succeeded = ProviderCall.objects.filter(
        account=OuterRef("pk"), finished_at__gte=now - LOOKED_BACK, status=CallStatus.SUCCEEDED
    )
    return ProviderAccount.objects.order_by("name").annotate(
        last_success=Subquery(succeeded.order_by("-finished_at").values("finished_at")[:1])
    )


def _backlogs(account_ids: Sequence[int], now: dt.datetime) -> dict[int, Backlog]:
    is_waiting, is_due = Q(status=CallStatus.WAITING), Q(status=CallStatus.WAITING, not_before__lte=now)
    found = (
        ProviderCall.objects.filter(account_id__in=account_ids, status__in=(CallStatus.WAITING, CallStatus.SENDING))
        .values("account_id")
        .annotate(
            due=Count("id", filter=is_due),
            due_since=Min("not_before", filter=is_due),
            waiting=Count("id", filter=is_waiting),
            sending=Count("id", filter=Q(status=CallStatus.SENDING)),
        )
    )
    return {
        row["account_id"]: Backlog(
            due=row["due"], due_since=row["due_since"], later=row["waiting"] - row["due"], sending=row["sending"]
        )
        for row in found.order_by()
    }


def _per_account(rows: QuerySet[Verification] | QuerySet[ProviderCall]) -> list[tuple[int, int]]:
    """(account, rows). Grouped by an expression: by the bare column, SQLite walks the whole ledger in its order."""
    grouped = rows.order_by().annotate(of_account=F("account_id") + 0).values("of_account").annotate(rows=Count("id"))
    return list(grouped.values_list("of_account", "rows"))
