"""The queue and the case page."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from verifications.enums import CaseState, ProviderKind
from verifications.models import Case
from verifications.selectors.case_page import case_page, customer_values
from verifications.selectors.paging import COUNT_CAP
from verifications.selectors.queue import DeliveryFigures, QueueFilter, delivery_figures, queue_counts, queue_page
from verifications.selectors.status import ANSWER_TONES, CALL_LOOKS, CASE_LOOKS, VERIFICATION_LOOKS
from verifications.views.access import needs
from verifications.views.rows import case_row, count_label, span

TABS = (
    ("", "All open", "all"),
    ("unassigned", "Unassigned", "unassigned"),
    ("due", "Due in 24 h", "due"),
    ("overdue", "Overdue", "overdue"),
    ("problems", "Provider problems", "problems"),
)


@require_safe
@needs("view_case")
def case_queue(request: HttpRequest) -> HttpResponse:
    """Open cases, soonest due first; filters live in the address."""
    now = timezone.now()
    user_id = request.user.pk or 0
    chosen = QueueFilter(**{name: request.GET.get(name, "")[:40] for name in ("view", "state", "provider", "country")})
    page = queue_page(chosen=chosen, user_id=user_id, now=now, token=request.GET.get("after", ""))
    counts = queue_counts(user_id=user_id, now=now)
    return render(
        request,
        "verifications/case_queue.html",
        {
            "chosen": chosen,
            "rows": [case_row(case, now) for case in page.rows],
            "page": page,
            "tabs": [(view, label, count_label(counts[key], COUNT_CAP)) for view, label, key in TABS],
            "kpis": _kpis(counts, delivery_figures(now=now)),
            "states": [choice for choice in CaseState.choices if choice[0] != CaseState.CLOSED],
            "providers": ProviderKind.choices,
            "filtered": any((chosen.state, chosen.provider, chosen.country)),
        },
    )


@require_safe
@needs("view_case")
def case_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Everything about a customer's file: documents, what was entered, what the provider said, the timeline."""
    case = get_object_or_404(
        Case.objects.select_related("customer", "owner", "latest_verification"), public_id=public_id
    )
    page = case_page(case)
    now = timezone.now()
    context = {
        "case": case,
        "customer": case.customer,
        "look": CASE_LOOKS[case.state],
        "row": case_row(case, now),
        "page": page,
        "calls": [(call, CALL_LOOKS[call.status]) for call in page.calls],
        "verifications": [
            (row, VERIFICATION_LOOKS[row.status], ANSWER_TONES.get(row.answer, "")) for row in page.verifications
        ],
        "viewer_items": page.viewer_items,
        "timeline": page.timeline,
        "values": customer_values(case.customer),
    }
    context["is_partial"] = partial = request.headers.get("HX-Request") == "true"
    return render(request, "verifications/_case_live.html" if partial else "verifications/case_detail.html", context)


def _kpis(counts: dict[str, int], figures: DeliveryFigures) -> list[tuple[str, str, str]]:
    """Label, value and a word on it."""
    accepted, answer = figures.accepted_percent, figures.median_answer
    return [
        ("Needs decision", count_label(counts["decision"], COUNT_CAP), "answered by the provider"),
        ("Overdue", count_label(counts["overdue"], COUNT_CAP), "past the due time"),
        ("Submitted, 24 h", count_label(figures.submitted, COUNT_CAP), "to all providers"),
        ("Accepted by providers, 24 h", "—" if accepted is None else f"{accepted:.0f} %", "of those with an outcome"),
        ("Median time to answer, 24 h", "—" if answer is None else span(answer), "from submission"),
    ]
