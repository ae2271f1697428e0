"""Dead letters: the list with cause and history, and what a person does about one or many."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import CallOperation
from verifications.errors import DomainError
from verifications.forms.fields import CONTROL
from verifications.models import ProviderCall
from verifications.selectors.dead_letters import calls_by_public_id, dead_calls_for_list
from verifications.selectors.paging import PAGE_SIZE
from verifications.selectors.records import accounts_for_list
from verifications.selectors.status import CALL_LOOKS
from verifications.selectors.tries import tries_before
from verifications.services.dead_letters import SHORTEST_REASON, retry_dead_calls, set_aside
from verifications.views.access import actor_of, needs
from verifications.views.delivery import account_filter, tabs

TOO_SHORT = gettext_lazy("Say in a few words why it is not needed; auditors read it.")


@require_safe
@needs("view_providercall")
def delivery_dead(request: HttpRequest) -> HttpResponse:
    return _list_page(request)


@require_POST
@needs("retry_providercall")
def dead_retry(request: HttpRequest) -> HttpResponse:
    """Each chosen call on its own: one that can't go leaves the others alone."""
    calls = _chosen(request)
    if not calls:
        return _nothing_chosen(request)
    problems = retry_dead_calls(call_ids=[call.pk for call in calls], actor=actor_of(request), at=timezone.now())
    return _results(request, calls, problems, done=_("Waits to be sent again"), title=_("Tried again"))


@require_POST
@needs("retry_providercall")
def dead_set_aside(request: HttpRequest) -> HttpResponse:
    """Off the list for a reason; without one the list comes back as it was, with what was chosen."""
    calls = _chosen(request)
    reason = CONTROL.sub(" ", request.POST.get("reason", "")).strip()[:500]
    if not calls:
        return _nothing_chosen(request)
    if len(reason) < SHORTEST_REASON:
        return _list_page(request, chosen={call.pk for call in calls}, reason=reason, problem=str(TOO_SHORT))
    problems = {call.pk: _set_aside(request, call, reason) for call in calls}
    done = pgettext("participle", "Set aside")
    return _results(request, calls, problems, done=done, title=done)


def _set_aside(request: HttpRequest, call: ProviderCall, reason: str) -> str:
    """What kept the call from being set aside, empty when nothing did."""
    try:
        set_aside(call_id=call.pk, reason=reason, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        return str(error)
    return ""


def _list_page(
    request: HttpRequest, *, chosen: set[int] | None = None, reason: str = "", problem: str = ""
) -> HttpResponse:
    account = account_filter(request)
    operation = request.GET.get("operation", "")[:24]
    page = dead_calls_for_list(account=account, operation=operation, token=request.GET.get("after", ""))
    before = tries_before(page.rows)
    context = {
        "page": page,
        "rows": [(call, _with_looks(before[call.pk]), call.pk in (chosen or set())) for call in page.rows],
        "accounts": list(accounts_for_list()),
        "account": account,
        "operations": CallOperation.choices,
        "operation": operation,
        "reason": reason,
        "problem": problem,
        "shortest_reason": SHORTEST_REASON,
    }
    return render(request, "verifications/delivery_dead.html", context | tabs("dead"), status=422 if problem else 200)


def _results(
    request: HttpRequest, calls: list[ProviderCall], problems: dict[int, str], *, done: str, title: str
) -> HttpResponse:
    rows = [(call, problems[call.pk]) for call in calls]
    context = {
        "rows": rows,
        "done": done,
        "title": title,
        "done_count": sum(not problem for _call, problem in rows),
    }
    return render(request, "verifications/delivery_dead_results.html", context | tabs("dead"))


def _chosen(request: HttpRequest) -> list[ProviderCall]:
    """The calls whose boxes were ticked, at most a page of them; what is no id of a call counts for nothing."""
    ids = []
    for text in request.POST.getlist("call")[:PAGE_SIZE]:
        try:
            ids.append(str(uuid.UUID(text)))
        except ValueError:
            continue
    return calls_by_public_id(ids)


def _nothing_chosen(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Choose at least one call. Nothing was changed."))
    return redirect(f"{reverse('verifications:delivery_dead')}?{request.GET.urlencode()}")


def _with_looks(calls: list[ProviderCall]) -> list[tuple[ProviderCall, Any]]:
    return [(call, CALL_LOOKS[call.status]) for call in calls]
