"""Saying why two values that differ may stand, or that they really differ."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verifications.errors import DomainError, NotAllowed, PreflightFailed
from verifications.forms.readings import DifferenceForm
from verifications.models import Case
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.value_grid import value_grid
from verifications.services.differences import resolve_difference
from verifications.views.access import actor_of, needs


@require_POST
@needs("decide_case")
def case_difference(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Resolve one difference: refused next to the field, or a conflict when a value or the case changed."""
    case = get_object_or_404(Case.objects.select_related("customer"), public_id=public_id)
    form = DifferenceForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        resolve_difference(
            case_id=case.pk, person=request.user, actor=actor_of(request), at=timezone.now(), **form.cleaned_data
        )
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field, problem.message)
        return _page(request, case, form, status=422)
    except NotAllowed as error:
        return _page(request, case, form, status=403, message=str(error))
    except DomainError as error:
        case.refresh_from_db()
        return _page(request, case, form, status=409, message=str(error))
    messages.success(request, _("Recorded. It holds for exactly these values."))
    check = _check(request)
    return redirect(f"{case.get_absolute_url()}{f'?check={check}' if check else ''}#grid")


def _check(request: HttpRequest) -> str:
    """The check that the grid was narrowed to, or nothing."""
    try:
        return str(uuid.UUID(request.POST.get("check", "")))
    except ValueError:
        return ""


def _page(request: HttpRequest, case: Case, form: Any, *, status: int, message: str = "") -> HttpResponse:
    """The values as they are now, with what was typed kept in a form that goes by them."""
    grid = value_grid(case, list(verifications_of(case)), request.user, chosen=_check(request))
    field = str(form.data.get("field", ""))
    context = {
        "case": case,
        "customer": case.customer,
        "grid": grid,
        "row": next((row for row in grid.rows if row.field == field and row.is_different), None),
        "difference_form": form,
        "message": message,
    }
    return render(request, "verifications/difference_refused.html", context, status=status)
