"""Many cases at once: chosen in the queue, shown row by row, done only then, with a result for each.

There are three actions, and none decides anything: a decision is made case by case, on the case's own page.
"""

from __future__ import annotations

import contextlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from verifications.enums import CasePriority
from verifications.forms.assignments import NOBODY, BulkAssignForm, PriorityForm
from verifications.models import Case
from verifications.selectors.assignees import Planned, assignees, plan_assignment
from verifications.selectors.queue import match_text, matching_cases, rows_of
from verifications.selectors.queue_filter import QueueFilter
from verifications.services.case_batches import assign_cases, set_priorities
from verifications.services.list_exports import export_cases
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.queue_texts import kept_text

KEPT = "queue_bulk"
"""Where the session keeps the last runs: keys of cases and results in words, no personal data of customers."""
MOST_RUNS = 3
MOST_CASES = 500
PIECE = 100
ACTIONS = {"assign": gettext_lazy("Assign"), "priority": gettext_lazy("Set priority"), "export": gettext_lazy("Export")}
NEEDED = {"assign": "assign_case", "priority": "assign_case", "export": "view_case"}


@dataclass(frozen=True)
class Preview:
    """The rows of a run before it happens; ``ready`` is whether what is asked for is complete."""

    rows: list[Planned]
    ready: bool
    fields: dict[str, Any]

    @property
    def will(self) -> int:
        return sum(row.will for row in self.rows)

    @property
    def needs_reason(self) -> bool:
        return any(row.needs_reason for row in self.rows)


@require_POST
@needs("view_case")
def queue_bulk(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and what is to be done with it; nothing happens yet."""
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        messages.error(request, _("Choose cases, then what to do with them."))
        return _to_queue(request)
    _check(request, action)
    keys, is_cut = _chosen_cases(request)
    if not keys:
        messages.error(request, _("No case is chosen. Tick some first."))
        return _to_queue(request)
    run = secrets.token_hex(8)
    kept = list(request.session.get(KEPT, {}).items())[-(MOST_RUNS - 1) :]
    state = {"action": action, "cases": keys, "is_cut": is_cut, "query": _query(request).query}
    state |= {"so_far": [], "results": None}
    request.session[KEPT] = dict([*kept, (run, state)])
    return redirect("verifications:queue_bulk_run", run=run)


@require_http_methods(FORM_METHODS)
@needs("view_case")
def queue_bulk_run(request: HttpRequest, run: str) -> HttpResponse:
    """GET shows what would happen, or what did; POST does it, once. An interrupted run can simply be sent again."""
    kept = request.session.get(KEPT, {}).get(run)
    if kept is None:
        messages.info(request, _("This list is no longer kept. Choose the cases again."))
        return _to_queue(request)
    _check(request, kept["action"])
    if request.method == "POST" and kept["action"] == "export":
        return _file(request, kept)
    if request.method == "POST" and kept["results"] is None:
        preview = _preview(kept, request.POST)
        if not preview.ready or (preview.needs_reason and not preview.fields.get("reason", "").strip()):
            return _page(request, run, kept, preview, problem=_problem(preview), status=422)
        _do(request, kept, preview)
        return redirect("verifications:queue_bulk_run", run=run)
    done = kept["results"] is not None
    preview = Preview([], ready=True, fields={}) if done else _preview(kept, request.GET)
    return _page(request, run, kept, preview)


def _page(
    request: HttpRequest, run: str, kept: dict[str, Any], preview: Preview, *, problem: str = "", status: int = 200
) -> HttpResponse:
    results = kept["results"]
    context = {
        "run": run,
        "action": kept["action"],
        "heading": ACTIONS[kept["action"]],
        "count": len(kept["cases"]),
        "most": MOST_CASES,
        "is_cut": kept["is_cut"],
        "back": f"{reverse('verifications:case_queue')}?{kept['query']}",
        "preview": preview,
        "results": results,
        "so_far": len(kept["so_far"]),
        "done": sum(result["ok"] for result in results or ()),
        "problem": problem,
        "people": assignees(now=timezone.now()) if kept["action"] == "assign" and results is None else [],
        "priorities": CasePriority.choices,
    }
    return render(request, "verifications/queue_bulk.html", context, status=status)


def _preview(kept: dict[str, Any], data: QueryDict) -> Preview:
    cases = list(rows_of(Case.objects.filter(pk__in=kept["cases"])).select_related("staged_decision").defer(None))
    by_key = {case.pk: case for case in cases}
    cases = [by_key[key] for key in kept["cases"] if key in by_key]
    match kept["action"]:
        case "assign":
            return _assign_preview(cases, data)
        case "priority":
            return _priority_preview(cases, data)
    return Preview([Planned(case, will=True, words="") for case in cases], ready=True, fields={})


def _assign_preview(cases: list[Case], data: QueryDict) -> Preview:
    form = BulkAssignForm(data)
    chosen = form.chosen()
    fields = {"person": data.get("person", "")[:12], "reason": data.get("reason", "")[:500]}
    if chosen is False:
        return Preview([Planned(case, will=False, words="") for case in cases], ready=False, fields=fields)
    person = get_user_model().objects.filter(pk=chosen).first() if chosen is not None else None
    if chosen is not None and person is None:
        return Preview([Planned(case, will=False, words="") for case in cases], ready=False, fields=fields)
    return Preview(plan_assignment(cases, person=person, now=timezone.now()), ready=True, fields=fields)


def _priority_preview(cases: list[Case], data: QueryDict) -> Preview:
    form = PriorityForm(data)
    fields = {"priority": data.get("priority", "")[:2], "reason": data.get("reason", "")[:500]}
    if not form.is_valid():
        return Preview([Planned(case, will=False, words="") for case in cases], ready=False, fields=fields)
    wanted = form.cleaned_data["priority"]
    rows = []
    for case in cases:
        if case.closed_at is not None:
            rows.append(Planned(case, will=False, words=_("It is closed.")))
        elif case.priority == wanted:
            rows.append(Planned(case, will=False, words=_("Nothing to do: it is so already.")))
        else:
            words = _("Is %(priority)s now.") % {"priority": CasePriority(case.priority).label}
            rows.append(Planned(case, will=True, words=words))
    return Preview(rows, ready=True, fields=fields | {"priority": str(wanted)})


def _do(request: HttpRequest, kept: dict[str, Any], preview: Preview) -> None:
    """One transaction and one event a row; a row that is refused keeps no other waiting.

    What is done is kept after each piece: sent again after an interruption, the run goes on where it stopped.
    """
    actor, now = actor_of(request), timezone.now()
    fields = preview.fields
    while len(kept["so_far"]) < len(kept["cases"]):
        piece = kept["cases"][len(kept["so_far"]) :][:PIECE]
        if kept["action"] == "assign":
            to = None if fields["person"] == NOBODY else int(fields["person"])
            rows = assign_cases(case_ids=piece, to_person_id=to, reason=fields["reason"], actor=actor, at=now)
        else:
            priority = int(fields["priority"])
            rows = set_priorities(case_ids=piece, priority=priority, reason=fields["reason"], actor=actor, at=now)
        kept["so_far"] += [{"number": row.case_number, "ok": row.ok, "message": row.message} for row in rows]
        request.session.modified = True
        request.session.save()
    kept["results"] = kept["so_far"]
    request.session.modified = True


def _problem(preview: Preview) -> str:
    if not preview.ready:
        return _("Choose from the list first. Nothing was changed.")
    return _("Some of these cases are taken from somebody: say why; auditors read it. Nothing was changed.")


def _file(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    """Each download is an export of its own, with its own event."""
    file = export_cases(case_ids=kept["cases"], actor=actor_of(request), at=timezone.now())
    response = HttpResponse(file.content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="cases.csv"'
    return response


def _chosen_cases(request: HttpRequest) -> tuple[list[int], bool]:
    """Keys of the ticked cases, or of all the list matches; and whether there were more than may be."""
    if request.POST.get("all") == "1":
        chosen = _query(request)
        text = kept_text(request, chosen.find) if chosen.find else ""
        match = match_text(text) if text else None
        cases = matching_cases(chosen=chosen, user_id=request.user.pk or 0, now=timezone.now(), match=match)
        keys = list(cases.order_by(*chosen.order).values_list("pk", flat=True)[: MOST_CASES + 1])
    else:
        ids = _uuids(request.POST.getlist("case")[: MOST_CASES + 1])
        keys = list(Case.objects.filter(public_id__in=ids).order_by("due_at", "pk").values_list("pk", flat=True))
    return keys[:MOST_CASES], len(keys) > MOST_CASES


def _uuids(ids: list[str]) -> list[uuid.UUID]:
    found = []
    for one in ids:
        with contextlib.suppress(ValueError):
            found.append(uuid.UUID(one))
    return found


def _query(request: HttpRequest) -> QueueFilter:
    return QueueFilter.read(QueryDict(request.POST.get("query", "")[:2000]))


def _to_queue(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('verifications:case_queue')}{_query(request).url}")


def _check(request: HttpRequest, action: str) -> None:
    if not request.user.has_perm(f"verifications.{NEEDED[action]}"):
        raise PermissionDenied
