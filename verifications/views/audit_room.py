"""Where an auditor begins: until when they may look, samples, open questions, the state of the records, exports."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from verifications.enums import LogKind
from verifications.models import Export, LogCheck
from verifications.selectors.audit_questions import counts_by_status, newest_open
from verifications.selectors.audit_samples import samples_for_list
from verifications.views.access import needs

MOST = 5


@require_safe
@needs("view_auditsample")
def audit_room(request: HttpRequest) -> HttpResponse:
    access = getattr(request, "audit_access", None)
    checks = [(log.label, LogCheck.objects.filter(log=log).order_by("-pk").first()) for log in LogKind]
    context = {
        "engagement": access.current if access else None,
        "samples": samples_for_list()[:MOST],
        "counts": counts_by_status(),
        "questions": newest_open(MOST),
        "checks": checks,
        "exports": Export.objects.filter(requested_by_id=request.user.pk).order_by("-pk")[:MOST],
    }
    return render(request, "verifications/audit_room.html", context)
