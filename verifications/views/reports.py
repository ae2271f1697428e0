"""Looks at logs and reports are looks, too: each page of one that leaves the server stands in the access log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from verifications.enums import AccessAction
from verifications.services.audit import record_access
from verifications.views.access import actor_of

View = Callable[..., HttpResponse]
PAGE = "after"
"""The parameter of paging: which page it was is told as the first or a further one."""


def leaves_look(report: str, *filters: str, action: AccessAction = AccessAction.REPORT_READ) -> Callable[[View], View]:
    """Record every page that the view gives, first or further, under the name of the report. Stands below ``needs``.

    A page that can't be recorded is not given. ``filters`` are the names the report knows: those in use are kept, their
    values never, for a value may be a name or a number of somebody.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                record_look(request, report, filters, action=action)
            return response

        return recorded

    return decorate


def record_look(
    request: HttpRequest,
    report: str,
    filters: tuple[str, ...],
    *,
    action: AccessAction = AccessAction.REPORT_READ,
    subject: models.Model | None = None,
) -> None:
    """One look at a report. ``subject``: the record it is about, where it is about one."""
    details: dict[str, Any] = {"report": report, "filters": [name for name in filters if request.GET.get(name)]}
    if request.GET.get(PAGE):
        details["page"] = "further"
    with transaction.atomic():
        record_access(action=action, actor=actor_of(request), subject=subject, at=timezone.now(), details=details)
