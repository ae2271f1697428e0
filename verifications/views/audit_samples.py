"""Samples of cases: drawn by a seed, worked through case by case, drawn again to compare."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications.enums import CaseKind, CaseRisk, DecisionOutcome, ProviderKind, SampleConclusion
from verifications.errors import DomainError
from verifications.forms.audit_room import SampleForm, tell
from verifications.models import AuditSample, AuditSampleItem
from verifications.selectors.audit_samples import BY, draw_again, filter_of, items_of, samples_for_list
from verifications.services.audit_samples import OWN_SEED, conclude_item, draw_sample, list_population
from verifications.views.access import FORM_METHODS, needs
from verifications.views.rows import case_row

LABELS: dict[str, dict[str, Any]] = {
    "outcome": dict(DecisionOutcome.choices),
    "risk": dict(CaseRisk.choices),
    "kind": dict(CaseKind.choices),
    "provider": dict(ProviderKind.choices),
}
LINES_AT_ONCE = 2000


@require_safe
@needs("view_auditsample")
def audit_sample_list(request: HttpRequest) -> HttpResponse:
    context = {"samples": samples_for_list()}
    return render(request, "verifications/audit_sample_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_auditsample")
def audit_sample_create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = SampleForm(initial=SampleForm.initial_now())
        return render(request, "verifications/audit_sample_form.html", {"form": form})
    form = SampleForm(request.POST)
    if form.is_valid():
        try:
            sample = draw_sample(
                title=form.cleaned_data["title"],
                chosen=form.to_filter(),
                size=form.cleaned_data["size"],
                seed=form.cleaned_data["seed"],
                person=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Sample drawn. Seed and population are on record."))
            return redirect("verifications:audit_sample_detail", public_id=sample.public_id)
    return render(request, "verifications/audit_sample_form.html", {"form": form}, status=422)


@require_safe
@needs("view_auditsample")
def audit_sample_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _page(request, _sample(public_id))


@require_safe
@needs("view_auditsample")
def audit_sample_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The sample, with the same draw from what matches now beside it."""
    sample = _sample(public_id)
    return _page(request, sample, comparison=draw_again(sample))


@require_POST
@needs("add_auditsample")
def audit_sample_conclude(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A word about one case of the sample, by its position."""
    sample = _sample(public_id)
    position = request.POST.get("position", "")
    item = None
    if position.isascii() and position.isdigit() and len(position) < 6:
        item = AuditSampleItem.objects.filter(sample=sample, position=int(position)).first()
    if item is None:
        messages.error(request, _("Choose a case of the sample."))
        return redirect("verifications:audit_sample_detail", public_id=sample.public_id)
    try:
        conclude_item(
            item_id=item.pk, conclusion=request.POST.get("conclusion", ""), person=request.user, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error))
    response = redirect("verifications:audit_sample_detail", public_id=sample.public_id)
    response["Location"] += f"#case-{item.position}"
    return response


@require_POST
@needs("view_auditsample")
def audit_sample_population(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The case numbers the sample was drawn from, one a line, for drawing it again elsewhere."""
    sample = _sample(public_id)
    numbers = list_population(sample=sample, person=request.user, at=timezone.now())
    response = StreamingHttpResponse(_pieces(numbers), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="population.txt"'
    return response


def _pieces(numbers: Iterator[str]) -> Iterator[str]:
    lines = []
    for number in numbers:
        lines.append(f"{number}\n")
        if len(lines) == LINES_AT_ONCE:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _sample(public_id: uuid.UUID) -> AuditSample:
    return get_object_or_404(AuditSample.objects.select_related("drawn_by"), public_id=public_id)


def _page(request: HttpRequest, sample: AuditSample, **more: Any) -> HttpResponse:
    now = timezone.now()
    items = items_of(sample)
    context = {
        "sample": sample,
        "filters": _filter_words(sample),
        "seed_is_ours": sample.seed.startswith(OWN_SEED),
        "rows": [(item, case_row(item.case, now)) for item in items],
        "concluded": sum(bool(item.conclusion) for item in items),
        "findings": sum(item.conclusion == SampleConclusion.EXCEPTION for item in items),
        "conclusions": SampleConclusion.choices,
        **more,
    }
    return render(request, "verifications/audit_sample_detail.html", context)


def _filter_words(sample: AuditSample) -> list[str]:
    """The population in words."""
    chosen = filter_of(sample)
    span = {"how": BY[chosen.by], "first": _time(chosen.first), "until": _time(chosen.until)}
    words = [_("%(how)s from %(first)s until before %(until)s") % span]
    return words + [str(LABELS[name][value]) for name in LABELS if (value := getattr(chosen, name))]


def _time(text: str) -> str:
    return date_format(timezone.localtime(dt.datetime.fromisoformat(text)), "j M Y H:i")
