"""The audit log, the access log, the style page and the health check."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from verifications.enums import AccessAction, AuditAction, ExportKind
from verifications.models import Customer
from verifications.selectors.paging import Page
from verifications.selectors.records import access_events_for_list, as_uuid, audit_events_for_list
from verifications.views.access import needs
from verifications.views.reports import record_look
from verifications.views.style_samples import samples

FILTERS = ("action", "actor", "customer")


AUDIT: dict[str, str | Promise] = {
    "name": "audit log",
    "records": ExportKind.AUDIT.value,
    "title": _("Audit log"),
    "lead": _("Who did what to which record. The database itself refuses to change or delete an entry."),
    "one": _("event"),
    "many": _("events"),
}
ACCESS: dict[str, str | Promise] = {
    "name": "access log",
    "records": ExportKind.ACCESS.value,
    "title": _("Access log"),
    "lead": _("Every value revealed, every image and original served, every search: who, whose, what for."),
    "one": _("look"),
    "many": _("looks"),
}


@require_safe
@needs("view_auditevent")
def audit_log(request: HttpRequest) -> HttpResponse:
    return _log_page(request, AUDIT, audit_events_for_list, AuditAction.choices)


@require_safe
@needs("view_accessevent")
def access_log(request: HttpRequest) -> HttpResponse:
    return _log_page(request, ACCESS, access_events_for_list, AccessAction.choices)


@require_safe
@needs("view_case")
def style_page(request: HttpRequest) -> HttpResponse:
    """Every component of the design system in every state."""
    return render(request, "style.html", samples(request))


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answers when the process serves and the database answers; says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


def _log_page(
    request: HttpRequest,
    log: dict[str, str | Promise],
    events_for_list: Callable[..., Page],
    actions: Sequence[tuple[str, str | Promise]],
) -> HttpResponse:
    chosen = {name: request.GET.get(name, "")[:100] for name in FILTERS}
    page = events_for_list(**chosen, token=request.GET.get("after", ""))
    context = {"log": log, "page": page, "chosen": chosen, "actions": actions, "filtered": any(chosen.values())}
    about = as_uuid(chosen["customer"])
    customer = Customer.objects.filter(public_id=about).first() if about is not None else None
    record_look(request, str(log["name"]), FILTERS, action=AccessAction.LOG_READ, subject=customer)
    return render(request, "verifications/log.html", context)
