"""The evidence pack of a case, asked for on a page of its own; the page of the export shows how it comes along."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from verifications.enums import ExportKind
from verifications.errors import DomainError
from verifications.forms.evidence_packs import PackForm
from verifications.models import Case
from verifications.services.evidence_packs import request_pack
from verifications.services.exports import may_export
from verifications.views.access import FORM_METHODS, needs


@require_http_methods(FORM_METHODS)
@needs("add_export")
def case_pack(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Choose the variant and the purpose; the pack is made in the background."""
    if not may_export(request.user, ExportKind.PACK, with_sensitive=True):
        raise PermissionDenied
    case = get_object_or_404(Case.objects.select_related("customer"), public_id=public_id)
    form = PackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            export = request_pack(
                case_id=case.pk,
                variant=form.cleaned_data["variant"],
                purpose=form.cleaned_data["purpose"],
                person=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("verifications:export_detail", export.public_id)
    context = {"case": case, "form": form}
    return render(request, "verifications/case_pack.html", context, status=422 if form.is_bound else 200)
