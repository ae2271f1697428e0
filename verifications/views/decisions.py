"""Deciding a case, and the second person's part in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verifications.enums import DecisionOutcome
from verifications.errors import DomainError, EvidenceChanged, NotAllowed, PreflightFailed, StaleRecord
from verifications.forms.decisions import LONGEST_SEEN, DecisionForm, ReviewForm
from verifications.models import Case, Decision
from verifications.selectors.decision_panel import decision_panel
from verifications.selectors.evidence_seen import read_seen
from verifications.services.decision_reviews import approve_decision, return_decision, withdraw_decision
from verifications.services.decisions import make_decision
from verifications.views.access import needs


@require_POST
@needs("decide_case")
def case_decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Decide what was on the page: refused next to the field, or as a conflict that names what is different now."""
    case = _case(public_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    entered = form.cleaned_data
    seen = read_seen(case, request.user, entered["seen"])
    try:
        decision = make_decision(
            case_id=case.pk,
            outcome=entered["outcome"],
            reason_code=entered["reason"],
            rationale=entered["rationale"],
            evidence_hash=seen.hash,
            seen=seen.items,
            corrects=entered["corrects"],
            person=request.user,
            at=timezone.now(),
        )
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field, problem.message)
        return _page(request, case, form, status=422)
    except (EvidenceChanged, StaleRecord) as error:
        return _conflict(request, case, error, form)
    except NotAllowed as error:
        return _not_allowed(request, case, error)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(case)
    messages.success(request, _said(decision))
    return redirect(case)


@require_POST
@needs("decide_case")
def decision_approve(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let another person's decision take effect."""
    return _review(request, public_id, approve_decision, _("Approved. The decision stands."), with_note=True)


@require_POST
@needs("decide_case")
def decision_return(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Give another person's decision back, with a word on why."""
    return _review(request, public_id, return_decision, _("Returned. The case needs a decision again."), with_note=True)


@require_POST
@needs("decide_case")
def decision_withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take back one's own decision while it waits."""
    return _review(request, public_id, withdraw_decision, _("Withdrawn. Nothing was decided."), with_note=False)


def _review(
    request: HttpRequest, public_id: uuid.UUID, act: Callable[..., Any], done: str, *, with_note: bool
) -> HttpResponse:
    decision = get_object_or_404(Decision, public_id=public_id)
    case = _case_of(decision)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    more = {"note": form.cleaned_data["note"]} if with_note else {}
    try:
        act(decision_id=decision.pk, person=request.user, at=timezone.now(), **more)
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field, problem.message)
        return _page(request, case, form, status=422)
    except EvidenceChanged as error:
        return _conflict(request, case, error, form)
    except NotAllowed as error:
        if with_note:
            return _not_allowed(request, case, error)
        messages.error(request, str(error))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(case)


def _said(decision: Decision) -> str:
    if decision.needs_second:
        return _("Recorded. It takes effect when a second person approves it.")
    match decision.outcome:
        case DecisionOutcome.APPROVE:
            return _("Approved. The case is closed.")
        case DecisionOutcome.DECLINE:
            return _("Declined. The case is closed.")
    return _("Escalated. A senior officer decides next.")


def _page(request: HttpRequest, case: Case, form: Any, *, status: int) -> HttpResponse:
    """The panel alone with what was typed and what is missing; asked for by htmx, nothing around it.

    It goes by what was on screen before: the evidence itself is not shown again here.
    """
    partial = request.headers.get("HX-Request") == "true"
    template = "verifications/_case_decision.html" if partial else "verifications/decision_refused.html"
    context = _context(request, case, form)
    if isinstance(form, DecisionForm):
        seen = str(form.data.get("seen", ""))[:LONGEST_SEEN]
        context["decision_panel"] = replace(context["decision_panel"], seen=seen)
    return render(request, template, context, status=status)


def _conflict(request: HttpRequest, case: Case, error: EvidenceChanged | StaleRecord, form: Any) -> HttpResponse:
    """What is different now, item by item, with what was typed kept in a form that goes by what stands there now."""
    case = _case(case.public_id)
    context = _context(request, case, form) | {
        "message": str(error),
        "changed": error.changed if isinstance(error, EvidenceChanged) else (),
        "versions": error.versions if isinstance(error, StaleRecord) else (),
    }
    return render(request, "verifications/decision_conflict.html", context, status=409)


def _not_allowed(request: HttpRequest, case: Case, error: NotAllowed) -> HttpResponse:
    context = {"case": case, "customer": case.customer, "message": str(error)}
    return render(request, "verifications/decision_not_allowed.html", context, status=403)


def _context(request: HttpRequest, case: Case, form: Any) -> dict[str, Any]:
    panel = decision_panel(case, request.user, timezone.now(), with_texts=False)
    return {"case": case, "customer": case.customer, "decision_panel": panel, "decision_form": form}


def _case(public_id: uuid.UUID) -> Case:
    return get_object_or_404(_cases(), public_id=public_id)


def _case_of(decision: Decision) -> Case:
    return get_object_or_404(_cases(), pk=decision.case_id)


def _cases() -> Any:
    return Case.objects.select_related("customer", "claimed_by", "decision", "staged_decision")
