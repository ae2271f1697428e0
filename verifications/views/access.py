"""Deny by default: every view names the permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]
FORM_METHODS = ["GET", "HEAD", "POST"]


def needs(codename: str) -> Callable[[View], View]:
    """Refuse with 403 whoever lacks ``verifications.<codename>``; the name is kept for the access matrix."""

    def decorate(view: View) -> View:
        guarded: Any = permission_required(f"verifications.{codename}", raise_exception=True)(view)
        guarded.permission = codename
        return guarded

    return decorate


def actor_of(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"
