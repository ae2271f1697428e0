"""Whose document or approval ends soon, and the review that looks at it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import CaseCause
from verifications.errors import DomainError
from verifications.models import Case, Customer
from verifications.policy.rules import Policy
from verifications.selectors.expiring import (
    LOOK_BACK,
    WINDOWS,
    ending_approvals,
    ending_counts,
    ending_documents,
    today_of,
)
from verifications.selectors.paging import COUNT_CAP, keyset_page
from verifications.services.policies import current_policy
from verifications.services.reviews import open_review
from verifications.views.access import actor_of, needs
from verifications.views.rows import count_label

KINDS = {"documents": gettext_lazy("Documents"), "approvals": gettext_lazy("Approvals")}
CAUSES = {"documents": CaseCause.DOCUMENT_ENDS, "approvals": CaseCause.APPROVAL_ENDS}
ENDED = 0
"""Days ahead that stand for what has ended already."""


@require_safe
@needs("view_case")
def expiring(request: HttpRequest) -> HttpResponse:
    """Approved customers by when their document or their approval ends, the soonest first."""
    now = timezone.now()
    _version, policy = current_policy()
    what, days = _asked(request.GET.get("what", ""), request.GET.get("days", ""))
    today = today_of(policy, now)
    first, last = _span(days, today)
    listed, order = (
        (ending_documents, ("document_ends_date", "id"))
        if what == "documents"
        else (ending_approvals, ("approval_ends_date", "id"))
    )
    ending = listed(first=first, last=last, today=today)
    page = keyset_page(ending, order=order, token=request.GET.get("after", ""))
    cases = _open_cases(page.rows)
    context = {
        "what": what,
        "days": days,
        "what_label": KINDS[what],
        "tabs": _tabs(what, days, ending_counts(today=today)),
        "page": page,
        "rows": [_row(row, what, today, policy) | {"case": cases.get(row.open_case)} for row in page.rows],
        "review_before_days": policy.review_before_days,
    }
    return render(request, "verifications/expiring.html", context)


@require_POST
@needs("change_case")
def customer_review(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Open the review of an approved customer now; leads to the case, or back with what is in the way."""
    customer = get_object_or_404(Customer, public_id=public_id)
    what, days = _asked(request.POST.get("what", ""), request.POST.get("days", ""))
    try:
        case = open_review(customer_id=customer.pk, cause=CAUSES[what], actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_url(what, days))
    messages.success(request, _("The review is open: %(number)s.") % {"number": case.number})
    return redirect(case)


def _asked(what: str, days: str) -> tuple[str, int]:
    known = {str(span): span for span in (ENDED, *WINDOWS)}
    return (what if what in KINDS else "documents"), known.get(days, WINDOWS[0])


def _span(days: int, today: dt.date) -> tuple[dt.date, dt.date]:
    if days == ENDED:
        return today - LOOK_BACK, today - dt.timedelta(days=1)
    return today, today + dt.timedelta(days=days)


def _row(row: Any, what: str, today: dt.date, policy: Policy) -> dict[str, Any]:
    ends = row.document_ends_date if what == "documents" else row.approval_ends_date
    left = (ends - today).days
    opens = policy.review_opens(ends)
    return {
        "customer": row.customer if what == "documents" else row.case.customer,
        "ends": ends,
        "left": _left(left),
        "css": "due--late" if left < 0 else "due--soon" if left <= policy.review_before_days else "",
        "document": row.get_type_display() if what == "documents" else "",
        "approved_at": row.approved_at if what == "documents" else row.made_at,
        "opens": opens if opens > today else None,
    }


def _left(days: int) -> str:
    if days < 0:
        return ngettext("ended %(count)d day ago", "ended %(count)d days ago", -days) % {"count": -days}
    if days == 0:
        return _("ends today")
    return ngettext("%(count)d day left", "%(count)d days left", days) % {"count": days}


def _open_cases(rows: list[Any]) -> dict[uuid.UUID, Case]:
    """The reviews on the page; one query."""
    ids = [row.open_case for row in rows if row.open_case]
    return {case.public_id: case for case in Case.objects.filter(public_id__in=ids)} if ids else {}


def _tabs(what: str, days: int, counts: dict[str, dict[int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "label": KINDS[kind],
            "spans": [
                {
                    "label": _("ended already") if span == ENDED else _("in %(days)d days") % {"days": span},
                    "count": count_label(counts[kind][span], COUNT_CAP),
                    "url": _url(kind, span),
                    "is_current": (kind, span) == (what, days),
                }
                for span in (*WINDOWS, ENDED)
            ],
        }
        for kind in KINDS
    ]


def _url(what: str, days: int) -> str:
    return f"{reverse('verifications:expiring')}?what={what}&days={days}"
