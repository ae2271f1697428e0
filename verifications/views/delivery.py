"""The delivery pages of operators: what waits and how calls fare, and submissions of unknown outcome."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from verifications.enums import CallStatus, VerificationMethod
from verifications.selectors.delivery import delivery_rows, totals_of, unsettled_counts
from verifications.selectors.delivery_figures import QUARTER, Quarter, figures_by_quarter
from verifications.selectors.paging import COUNT_CAP
from verifications.selectors.reconciliations import unknown_for_list
from verifications.selectors.records import accounts_for_list
from verifications.views.access import needs
from verifications.views.account_state import account_state
from verifications.views.people import names_of
from verifications.views.rows import count_label, span

OUTCOMES = (
    (CallStatus.SUCCEEDED, gettext_lazy("Succeeded")),
    (CallStatus.REFUSED, gettext_lazy("Refused")),
    (CallStatus.NOT_SENT, gettext_lazy("Not processed")),
    (CallStatus.UNKNOWN, gettext_lazy("Outcome unknown")),
)
"""In the order they are stacked from the ground up."""
LATE = dt.timedelta(minutes=5)
"""What has been due for longer is marked."""
BY_METHOD = (VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS)


@require_safe
@needs("view_providercall")
def delivery_overview(request: HttpRequest) -> HttpResponse:
    """Each account with what waits and what came of its calls; asked for by htmx, one of its two moving parts."""
    now = timezone.now()
    partial = request.headers.get("HX-Request") == "true"
    if partial and request.GET.get("part") == "figures":
        return render(request, "verifications/_delivery_figures.html", _plots(request, now))
    context = _live(now)
    if partial:
        return render(request, "verifications/_delivery_live.html", context)
    return render(request, "verifications/delivery_overview.html", context | _plots(request, now) | tabs("overview"))


@require_safe
@needs("view_providercall")
def delivery_unknown(request: HttpRequest) -> HttpResponse:
    """Submissions whose outcome nobody knows, oldest first, with what was proposed about each."""
    now = timezone.now()
    account = account_filter(request)
    page, unknown = unknown_for_list(account=account, token=request.GET.get("after", ""))
    names = names_of(row.proposal.proposed_by for row in unknown if row.proposal)
    context = {
        "page": page,
        "rows": [
            {
                "unknown": row,
                "age": _age(row.verification.submitted_at, now),
                "by": names[row.proposal.proposed_by] if row.proposal else "",
                "is_mine": row.proposal is not None and row.proposal.proposed_by == f"user:{request.user.pk}",
                "can_reconcile": row.verification.method in BY_METHOD,
            }
            for row in unknown
        ],
        "accounts": list(accounts_for_list()),
        "account": account,
    }
    return render(request, "verifications/delivery_unknown.html", context | tabs("unknown"))


def tabs(current: str) -> dict[str, Any]:
    """What the line of tabs over the delivery pages needs."""
    unknown, dead = (count_label(count, COUNT_CAP) for count in unsettled_counts())
    return {"tab": current, "unknown_count": unknown, "dead_count": dead}


def account_filter(request: HttpRequest) -> str:
    """The public id an address asks for; one that is no id finds nothing rather than everything."""
    text = request.GET.get("account", "")
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.UUID(int=0))


def _live(now: dt.datetime) -> dict[str, Any]:
    rows = delivery_rows(now=now)
    totals = totals_of(rows)
    return {
        "rows": [
            {
                "delivery": row,
                "account": row.account,
                "state": account_state(row.account, now=now),
                "waits_behind": row.backlog.due,
                "age": _age(row.backlog.due_since, now),
                "is_late": _is_late(row.backlog.due_since, now),
                "pace": int(row.account.options.get("calls_per_minute", 0)),
                "pipelined": bool(row.account.options.get("pipelined", False)),
                "hour": _shown(row.hour),
                "day": _shown(row.day),
            }
            for row in rows
        ],
        "totals": totals,
        "total_age": _age(totals.due_since, now),
        "total_is_late": _is_late(totals.due_since, now),
        "total_day": _shown(totals.day),
        "unknown": sum(row.unknown for row in rows),
        "dead": sum(row.dead for row in rows),
        "now": now,
    }


def _plots(request: HttpRequest, now: dt.datetime) -> dict[str, Any]:
    """The figures of the last day for the plots and for the table beside them."""
    accounts = list(accounts_for_list())
    chosen = account_filter(request)
    ids = [account.pk for account in accounts if not chosen or str(account.public_id) == chosen]
    quarters = figures_by_quarter(ids, now=now)
    return {
        "accounts": accounts,
        "chosen": next((account for account in accounts if str(account.public_id) == chosen), None),
        "account": chosen,
        "outcomes": [(status.value.lower(), label) for status, label in OUTCOMES],
        "plot": _series(quarters),
        "quarters": [_quarter_row(quarter) for quarter in reversed(quarters) if quarter.figures.total],
    }


def _series(quarters: list[Quarter]) -> dict[str, Any]:
    """Columns as the plots take them: seconds since 1970, calls by outcome, milliseconds or nothing."""
    return {
        "zone": settings.TIME_ZONE,
        "step": int(QUARTER.total_seconds()),
        "starts": [int(quarter.start.timestamp()) for quarter in quarters],
        "outcomes": {
            status.value.lower(): [quarter.figures.outcomes[status] for quarter in quarters]
            for status, _label in OUTCOMES
        },
        "p50": [quarter.figures.median_ms for quarter in quarters],
        "p95": [quarter.figures.p95_ms for quarter in quarters],
    }


def _quarter_row(quarter: Quarter) -> dict[str, Any]:
    figures = quarter.figures
    return {
        "start": quarter.start,
        "end": quarter.start + QUARTER,
        "outcomes": [figures.outcomes[status] for status, _label in OUTCOMES],
        "p50": duration_label(figures.median_ms),
        "p95": duration_label(figures.p95_ms),
    }


def _shown(figures: Any) -> dict[str, str | int]:
    """Figures of a span in words: share, number of calls, median and 95th percentile."""
    percent = figures.success_percent
    return {
        "percent": "" if percent is None else f"{_tenths(percent)} %",
        "is_low": percent is not None and percent < 90,
        "total": figures.total,
        "median": duration_label(figures.median_ms),
        "p95": duration_label(figures.p95_ms),
    }


def duration_label(milliseconds: int | None) -> str:
    """``340 ms``, ``1.2 s``, ``95 s``; nothing for nothing."""
    if milliseconds is None:
        return ""
    if milliseconds < 1000:
        return _("%(count)s ms") % {"count": milliseconds}
    if milliseconds < 10_000:
        return _("%(count)s s") % {"count": number_format(milliseconds / 1000, 1)}
    return _("%(count)s s") % {"count": milliseconds // 1000}


def _age(since: dt.datetime | None, now: dt.datetime) -> str:
    return span(now - since) if since is not None else ""


def _is_late(since: dt.datetime | None, now: dt.datetime) -> bool:
    return since is not None and now - since > LATE


def _tenths(percent: float) -> str:
    """To one digit, and without it where it is nought."""
    rounded = round(percent, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1)
