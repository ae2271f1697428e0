"""The one place that holds auditors to the time they were given, whatever page, part, file or admin they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from verifications.selectors.engagements import audit_access

STAYS_OPEN = frozenset({"account_logout"})
"""Signing out; what needs no sign-in stays open as well."""


class AuditGateMiddleware:
    """Puts ``request.audit_access`` for the banner, and refuses with 403 an auditor whose time is not now.

    Stands behind sign-in and the person's language. Reads what was given with each request: a shortened time holds at
    once, on all devices.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        now = timezone.now()
        access = audit_access(request.user, now)
        request.audit_access = access  # type: ignore[attr-defined]
        if access is None or access.is_open or not getattr(view, "login_required", True):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in STAYS_OPEN:
            return None
        response = render(request, "verifications/audit_access_over.html", {"access": access}, status=403)
        if request.headers.get("HX-Request") == "true":
            response.headers["HX-Refresh"] = "true"  # a part of a page that is still open: all of it is over
        return response
