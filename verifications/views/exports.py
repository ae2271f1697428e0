"""Exports: the list, the form, and the page of one with its progress, its proof and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from verifications import signing
from verifications.enums import UNMADE_EXPORTS, ExportFormat, ExportKind, ExportStatus
from verifications.errors import DomainError
from verifications.forms.exports import ExportForm
from verifications.integrity.verify_records import fingerprint_of
from verifications.models import AccessEvent, Export
from verifications.selectors.export_columns import UnknownFilter
from verifications.selectors.export_list import (
    SEES_ALL,
    ExportFilter,
    exports_page,
    people_with_exports,
)
from verifications.selectors.export_page import downloads_of, events_of, heads_of, percent_of
from verifications.selectors.export_wishes import COUNTED, filters_in, rows_found
from verifications.selectors.export_words import Names, column_labels, filter_words, in_short, names_in, what_of
from verifications.selectors.status import EXPORT_LOOKS, Look
from verifications.selectors.workload import name_of_person
from verifications.services.export_downloads import file_name
from verifications.services.exports import cancel_export, may_export, may_see, request_export, retry_export
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.export_files import BUNDLE, PROOF, VERIFIER, find_export
from verifications.views.reports import record_look

LISTED = tuple(kind for kind in ExportKind if kind != ExportKind.PACK)
"""What the form offers; an evidence pack is asked for on its case."""
FILTERS = ("kind", "person", "state")
QUARTER = 25
"""Progress is read out in steps of so many per cent."""


@dataclass(frozen=True)
class ExportRow:
    export: Export
    what: str
    words: str
    look: Look
    percent: int | None
    by: str

    @property
    def has_file(self) -> bool:
        return self.export.status == ExportStatus.READY


@require_safe
@needs("view_export")
def export_list(request: HttpRequest) -> HttpResponse:
    """Newest first; filters live in the address. Asked for by htmx, the table alone, which is no further look."""
    chosen = ExportFilter.read(request.GET)
    page = exports_page(chosen, request.user, token=request.GET.get("after", ""))
    names = names_in(export.filters for export in page.rows)
    context = {
        "chosen": chosen,
        "page": page,
        "rows": [_row(export, names) for export in page.rows],
        "is_moving": any(export.status in UNMADE_EXPORTS for export in page.rows),
        "sees_all": request.user.has_perm(SEES_ALL),
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "verifications/_export_rows.html", context)
    if context["sees_all"]:
        record_look(request, "exports", FILTERS)
    context |= {
        "kinds": ExportKind.choices,
        "states": ExportStatus.choices,
        "people": people_with_exports() if context["sees_all"] else [],
    }
    return render(request, "verifications/export_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_export")
def export_new(request: HttpRequest) -> HttpResponse:
    """What to export: first of which records, then the form, which begins with the filters of the address."""
    kind = _kind(request)
    if not kind:
        return _kinds_page(request, status=422 if request.method == "POST" else 200)
    if request.method == "POST":
        form = _form(request, kind)
        if form.is_valid():
            export = _request(request, kind, form)
            if export is not None:
                return redirect("verifications:export_detail", export.public_id)
        return _form_page(request, kind, form, status=422)
    filters, unknown = filters_in(kind, request.GET, user_id=request.user.pk or 0, now=timezone.now())
    return _form_page(request, kind, _form(request, kind, filters), unknown=unknown, filters=filters)


@require_POST
@needs("add_export")
def export_count(request: HttpRequest) -> HttpResponse:
    """How many rows the filters of the form find; without htmx the form comes back with everything in it."""
    kind = _kind(request)
    if not kind:
        return _kinds_page(request, status=422)
    form = _form(request, kind)
    form.is_valid()
    form.forget_problems_of_others()
    if request.headers.get("HX-Request") == "true":
        return render(request, "verifications/_export_count.html", _count(request, kind, form))
    return _form_page(request, kind, form, status=422 if form.errors else 200)


@require_safe
@needs("view_export")
def export_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One export; asked for by htmx, the part that moves, with what is to be read out when that is news."""
    export = find_export(request, public_id)
    percent = percent_of(export)
    said = f"{export.status}-{percent // QUARTER * QUARTER}" if percent is not None else str(export.status)
    partial = request.headers.get("HX-Request") == "true"
    may_have = may_see(export, request.user)
    public_key = signing.public_keys().get(export.key_id, "")
    context = {
        "export": export,
        "url": reverse("verifications:export_detail", args=[export.public_id]),
        "what": what_of(export),
        "look": EXPORT_LOOKS[export.status],
        "percent": percent,
        "is_moving": export.status in UNMADE_EXPORTS,
        "is_own": export.requested_by_id == request.user.pk,
        "has_file": export.status == ExportStatus.READY and may_have,
        "again_url": _again_url(export, request.user),
        "by": name_of_person(export.requested_by),
        "filters": filter_words(export, names_in([export.filters])),
        "columns": column_labels(export, sensitive=False),
        "sensitive": column_labels(export, sensitive=True),
        "file_name": file_name(export),
        "heads": heads_of(export),
        "public_key": public_key,
        "fingerprint": fingerprint_of(public_key) if public_key else "",
        "is_bundle": export.format in (ExportFormat.LOG, ExportFormat.ZIP),
        "may_prove": may_have,
        "proof": PROOF,
        "bundle": BUNDLE,
        "command": _command(export, public_key),
        "downloads": [(event, _fetched(event)) for event in downloads_of(export)],
        "events": events_of(export),
        "said": said,
        "words": _said(export, percent),
        "is_news": partial and request.GET.get("said") != said,
    }
    if not partial and not context["is_own"]:
        record_look(request, "export", (), subject=export)
    template = "verifications/_export_live.html" if partial else "verifications/export_detail.html"
    return render(request, template, context)


@require_POST
@needs("add_export")
def export_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, cancel_export, _("Cancelled. No file was kept."))


@require_POST
@needs("add_export")
def export_retry(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _act(request, public_id, retry_export, _("Asked for again. It begins within seconds."))


def _kind(request: HttpRequest) -> str:
    """The records that the address names, empty for none. Raises ``PermissionDenied`` for what the person can't see."""
    kind = request.GET.get("records", "")
    if kind not in LISTED:
        return ""
    if not may_export(request.user, kind):
        raise PermissionDenied
    return kind


def _form(request: HttpRequest, kind: str, filters: dict[str, Any] | None = None) -> ExportForm:
    with_sensitive = may_export(request.user, kind, with_sensitive=True)
    data = request.POST if request.method == "POST" else None
    return ExportForm(data, kind=kind, with_sensitive=with_sensitive, initial=filters)


def _request(request: HttpRequest, kind: str, form: ExportForm) -> Export | None:
    """The export as it was asked for; nothing when it was refused, with the reason on the form."""
    try:
        return request_export(
            kind=kind,
            format=form.cleaned_data["format"],
            filters=form.filters,
            columns=form.columns,
            with_sensitive=form.wants_personal_data,
            purpose=form.cleaned_data.get("purpose", "") if form.wants_personal_data else "",
            person=request.user,
            at=timezone.now(),
        )
    except UnknownFilter as error:
        form.add_error(error.name if error.name in form.fields else None, str(error))
    except DomainError as error:
        form.add_error(None, str(error))
    return None


def _kinds_page(request: HttpRequest, *, status: int) -> HttpResponse:
    kinds = [(kind.value, kind.label) for kind in LISTED if may_export(request.user, kind)]
    return render(request, "verifications/export_kinds.html", {"kinds": kinds}, status=status)


def _form_page(
    request: HttpRequest,
    kind: str,
    form: ExportForm,
    *,
    unknown: list[str] | None = None,
    filters: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "kind": kind,
        "records": ExportKind(kind).label,
        "form": form,
        "unknown": unknown or [],
        "lost_text": bool(request.GET.get("find")),
        **_count(request, kind, form, filters),
    }
    return render(request, "verifications/export_new.html", context, status=status)


def _count(request: HttpRequest, kind: str, form: ExportForm, filters: dict[str, Any] | None = None) -> dict[str, Any]:
    """How many rows there are, capped; nothing while a filter is wrong."""
    if filters is None and any(name in form.errors for name in form.filter_names):
        return {"count": None}
    chosen = form.filters if filters is None else filters
    try:
        count = rows_found(kind, chosen, user_id=request.user.pk or 0, now=timezone.now())
    except DomainError:
        return {"count": None}
    return {"count": min(count, COUNTED), "is_more": count > COUNTED}


def _row(export: Export, names: Names) -> ExportRow:
    words = filter_words(export, names)
    of_all = export.get_variant_display() or _("all of them")
    return ExportRow(
        export=export,
        what=what_of(export),
        words=in_short(words) or str(of_all),
        look=EXPORT_LOOKS[export.status],
        percent=percent_of(export),
        by=name_of_person(export.requested_by),
    )


def _said(export: Export, percent: int | None) -> str:
    """What is read out: the state, and while it is being made how far it is, in quarters."""
    if percent is None:
        return _("Export: %(state)s") % {"state": export.get_status_display()}
    return _("Export: %(percent)s per cent done") % {"percent": percent // QUARTER * QUARTER}


def _command(export: Export, public_key: str) -> str:
    """How the file is checked without the portal, as it is typed."""
    key = f" --key {export.key_id}:{public_key}" if public_key else ""
    return f"python3 -I {VERIFIER} {file_name(export)}{key}"


def _fetched(event: AccessEvent) -> str:
    """What of it was downloaded: the file, from where, or one of the parts that prove it."""
    if event.details.get("part"):
        return str(event.details["part"])
    first = event.details.get("first", 0)
    return _("the file, resumed at byte %(first)s") % {"first": intcomma(first)} if first else _("the file")


def _again_url(export: Export, person: Any) -> str:
    """The form with the same filters, for whoever may ask for it."""
    if export.kind == ExportKind.PACK or not may_export(person, export.kind):
        return ""
    query = urlencode({"records": export.kind, **export.filters}, doseq=True)
    return f"{reverse('verifications:export_new')}?{query}"


def _act(request: HttpRequest, public_id: uuid.UUID, service: Callable[..., Any], done: str) -> HttpResponse:
    export = find_export(request, public_id)
    try:
        service(export_id=export.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("verifications:export_detail", export.public_id)
