"""The portal's addresses and, beside them, the least a view can do."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse(b"")


urlpatterns = [path("bench/empty", empty), path("", include("compliance_portal.urls"))]
