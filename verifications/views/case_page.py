"""The case page: everything about a customer's file, and what keeps it true while it is open."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import AccessAction
from verifications.errors import DomainError
from verifications.forms.case_notes import NoteForm
from verifications.forms.fields import one_line
from verifications.models import Case
from verifications.selectors.audit_questions import questions_panel
from verifications.selectors.case_notes import notes_panel
from verifications.selectors.case_page import CasePage, case_page
from verifications.selectors.case_state import risk_words, state_story
from verifications.selectors.case_timeline import case_timeline, kinds_for_page
from verifications.selectors.check_panel import check_panel
from verifications.selectors.customer_requests import request_panel
from verifications.selectors.decision_panel import decision_panel
from verifications.selectors.duplicates import customer_panel
from verifications.selectors.presence import who_is_looking
from verifications.selectors.reading_panel import reading_panel
from verifications.selectors.status import CALL_LOOKS, CASE_LOOKS
from verifications.selectors.value_grid import reading_of, value_grid
from verifications.services.audit import record_access
from verifications.services.case_claims import claim_case, keep_presence, release_claim
from verifications.services.policies import current_policy
from verifications.views.access import actor_of, needs
from verifications.views.neighbours import neighbours_of
from verifications.views.rows import case_row

OPEN_SECONDS = 900
RELATED = (
    "customer",
    "owner",
    "claimed_by",
    "latest_verification__account",
    "staged_decision",
    "decision",
)


@require_safe
@needs("view_case")
def case_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The whole page, with an event in the access log; or for htmx the parts that move."""
    case = _case(public_id)
    if request.headers.get("HX-Request") == "true":
        _record_part(request, case)
        return render(request, "verifications/_case_live.html", _moving(request, case))
    _record_look(request, case)
    # First: what changes while the page is put together is newer than what the decision's form goes by, never older.
    deciding = {"decision_panel": decision_panel(case, request.user, timezone.now())}
    moving = _moving(request, case)
    context = deciding | moving | _standing(request, case, moving["page"])
    return render(request, "verifications/case_detail.html", context)


@require_safe
@needs("view_case")
def case_timeline_part(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """More of the timeline, or another kind of it; without scripts the whole case page answers the same parameters."""
    case = _case(public_id)
    _record_part(request, case)
    timeline = case_timeline(case.customer, kind=request.GET.get("kind", ""), token=request.GET.get("older", ""))
    context = {"case": case, "timeline": timeline, "kinds": kinds_for_page(), "is_continued": "older" in request.GET}
    return render(request, "verifications/_case_timeline.html", context)


@require_POST
@needs("view_case")
def case_presence(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The page says that it is open: who else is looking, who works on it, and whether it moved on meanwhile."""
    case = _case(public_id)
    now = timezone.now()
    if request.user.has_perm("verifications.change_case"):
        keep_presence(case_id=case.pk, person=request.user, at=now)
        if request.POST.get("opened") == "1" and not case.claim_holds(now):
            case = _claimed(request, case)
    return render(
        request,
        "verifications/_case_presence.html",
        _presence(request, case) | {"case": case, "row": case_row(case, timezone.now()), "is_beat": True},
    )


@require_POST
@needs("change_case")
def case_claim(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Start working on the case, or take it over from somebody with a reason."""
    case = _case(public_id)
    reason = one_line(request.POST.get("reason", ""))
    try:
        claim_case(
            case_id=case.pk, person=request.user, at=timezone.now(), take_over=bool(reason.strip()), reason=reason
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You are working on this case now. Others see it."))
    return redirect(case)


@require_POST
@needs("change_case")
def case_release(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Give the case back and go to the queue."""
    case = _case(public_id)
    release_claim(case_id=case.pk, person=request.user, at=timezone.now())
    messages.success(request, _("%(number)s is free for others to work on.") % {"number": case.number})
    return redirect("verifications:case_queue")


def _record_look(request: HttpRequest, case: Case, **details: str) -> None:
    with transaction.atomic():
        record_access(
            action=AccessAction.CASE_READ,
            actor=actor_of(request),
            subject=case,
            at=timezone.now(),
            details={"number": case.number, **details},
        )
    cache.set(_open_key(request, case), True, OPEN_SECONDS)


def _record_part(request: HttpRequest, case: Case) -> None:
    """A part of the page is a look as well, but a page that is open asks for its parts again and again.

    So it is an event of its own where the page was not opened, or was last seen to be open a quarter of an hour ago.
    """
    if cache.get(_open_key(request, case)) is None:
        _record_look(request, case, part="kept open")


def _open_key(request: HttpRequest, case: Case) -> str:
    return f"case-open:{request.user.pk}:{case.pk}"


def _case(public_id: uuid.UUID) -> Case:
    return get_object_or_404(Case.objects.select_related(*RELATED), public_id=public_id)


def _claimed(request: HttpRequest, case: Case) -> Case:
    """Opening a case to work on it claims it; who can't decide it only looks."""
    try:
        claim_case(case_id=case.pk, person=request.user, at=timezone.now())
    except DomainError:
        return case
    return _case(case.public_id)


def _moving(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What changes by itself while work is under way."""
    page = case_page(case)
    drawn = request.GET.get("state", "")
    return {
        "case": case,
        "customer": case.customer,
        "look": CASE_LOOKS[case.state],
        "story": state_story(case),
        "page": page,
        "row": case_row(case, timezone.now()),
        "calls": [(call, CALL_LOOKS[call.status]) for call in page.calls],
        "checked": check_panel(page.verifications),
        "has_moved": bool(drawn) and drawn != case.state,
        "is_partial": request.headers.get("HX-Request") == "true",
    }


def _standing(request: HttpRequest, case: Case, page: CasePage) -> dict[str, Any]:
    """What stays as it was drawn until the page is opened again: nothing that is being typed is swapped away."""
    notes = notes_panel(case, request.user)
    chosen, readings = request.GET.get("check", ""), reading_of(page.verifications)
    return {
        "notes_panel": notes,
        "note_form": NoteForm(colleagues=notes.colleagues),
        "questions_panel": questions_panel(case, request.user),
        "request_panel": request_panel(case, request.user, timezone.now()),
        "grid": value_grid(case, page.verifications, request.user, chosen=chosen, readings=readings),
        "reading_panel": reading_panel(
            page.verifications,
            page.documents,
            request.user,
            today=timezone.localdate(),
            chosen=chosen,
            readings=readings,
        ),
        "customer_panel": customer_panel(case),
        "timeline": case_timeline(case.customer, kind=request.GET.get("kind", ""), token=request.GET.get("older", "")),
        "kinds": kinds_for_page(),
        "risk_words": risk_words(case, current_policy()[1]) if case.risk_reasons else [],
        "neighbours": neighbours_of(request, case, timezone.now()),
    } | _presence(request, case)


def _presence(request: HttpRequest, case: Case) -> dict[str, Any]:
    now = timezone.now()
    holds = case.claim_holds(now)
    drawn = request.POST.get("version", "")
    return {
        "others": who_is_looking(case, now=now, besides=request.user),
        "claim_holds": holds,
        "claim_is_mine": holds and case.claimed_by_id == request.user.pk,
        "may_work": request.user.has_perm("verifications.decide_case") and case.closed_at is None,
        "is_changed": bool(drawn) and drawn != f"{case.version}.{case.state}",
        "presence_url": reverse("verifications:case_presence", args=[case.public_id]),
    }
