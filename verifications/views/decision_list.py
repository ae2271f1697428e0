"""The list of decisions, with filters in the address."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from verifications.enums import DecisionOutcome
from verifications.models import Decision, DecisionReason, PolicyVersion
from verifications.selectors.decision_list import (
    SECONDS,
    STATES,
    DecisionFilter,
    decisions_page,
    matching_decisions,
    state_of,
)
from verifications.selectors.marked_words import label_words
from verifications.selectors.periods import PERIODS, read_period
from verifications.selectors.workload import DECIDE, MOST_PEOPLE, name_of_person
from verifications.views.access import needs
from verifications.views.reports import leaves_look

STATE_CSS = {"effective": "good", "waiting": "waiting", "returned": "attention"}
MOST_CHOICES = 200


@require_safe
@needs("view_decision")
@leaves_look("decisions", "period", "from", "until", *(field.name for field in fields(DecisionFilter)))
def decision_list(request: HttpRequest) -> HttpResponse:
    """What people decided in a period, newest first; rationales are on the cases."""
    chosen = DecisionFilter.read(request.GET)
    period = read_period(request.GET, timezone.now())
    page = decisions_page(chosen, period, token=request.GET.get("after", ""))
    context = {
        "chosen": chosen,
        "period": period,
        "periods": PERIODS.items(),
        "page": page,
        "rows": [_row(decision) for decision in page.rows],
        "count": matching_decisions(chosen, period).count(),
        "filters": _filters(chosen),
    }
    return render(request, "verifications/decision_list.html", context)


def _row(decision: Decision) -> dict[str, Any]:
    state = state_of(decision)
    review = getattr(decision, "review", None)
    return {
        "decision": decision,
        "case": decision.case,
        "maker": name_of_person(decision.made_by),
        "state": STATES[state],
        "state_css": STATE_CSS.get(state, "stopped"),
        "second": name_of_person(review.reviewed_by) if review is not None and review.reviewed_by else "",
    }


def _filters(chosen: DecisionFilter) -> list[dict[str, Any]]:
    """What may be chosen: name, label, and values with the one that is chosen marked."""
    people = get_user_model().objects.with_perm(DECIDE, include_superusers=False).order_by("first_name", "last_name")
    reasons = DecisionReason.objects.order_by("outcome", "position", "label").values_list("code", "label")
    numbers = PolicyVersion.objects.order_by("-number").values_list("number", flat=True)[:MOST_CHOICES]
    choices: dict[str, list[tuple[str, Any]]] = {
        "outcome": list(DecisionOutcome.choices),
        "state": list(STATES.items()),
        "person": [(str(person.pk), name_of_person(person)) for person in people[:MOST_PEOPLE]],
        "reason": [(code, label_words(label)) for code, label in reasons[:MOST_CHOICES]],
        "second": list(SECONDS.items()),
        "policy": [(str(number), str(number)) for number in numbers],
    }
    return [
        {"name": name, "choices": [(value, label, value == getattr(chosen, name)) for value, label in values]}
        for name, values in choices.items()
    ]
