"""Every request gets an id and its actor; every page is kept out of shared caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from verifications import context

GetResponse = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., Any])
ACTOR_NAME_LENGTH = 200
"""What the log's column holds; a first and a last name together may be longer."""


def limits_own_body(view: View) -> View:
    """Mark a view that takes uploads and checks ``announced_length`` itself before anything reads the body."""
    view.limits_own_body = True  # type: ignore[attr-defined]
    return view


def announced_length(request: HttpRequest) -> int:
    """The body's length as the caller announced it; without one the server hands over no body."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else 0


class RequestContextMiddleware:
    """Opens the request's context, answers with ``X-Request-Id`` and ``Cache-Control: no-store``.

    Static files never come here. The id is made by the portal; one sent by a caller is not trusted.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = context.new_request_id()
        with context.acting(request_id=request_id, source=client_address(request), actor="anonymous", actor_name=""):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        return response

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Refuse a body no form needs by its announced length: the CSRF check and the form parser would read it all.

        Nor does any filter hold a NUL, which PostgreSQL takes in no text.
        """
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("a NUL character in the address")
        if getattr(view, "limits_own_body", False):
            return None
        if announced_length(request) <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return None
        return HttpResponse("The request is too large.", status=413, content_type="text/plain; charset=utf-8")


class ActorMiddleware:
    """Names the signed-in person for the audit log."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with context.acting(actor=f"user:{user.pk}", actor_name=name_in_log(user)):
            return self.get_response(request)


def name_in_log(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())[:ACTOR_NAME_LENGTH]


def client_address(request: HttpRequest) -> str:
    """The caller's address; ``X-Forwarded-For`` counts only as far as ``TRUSTED_PROXY_COUNT`` proxies are ours."""
    if settings.TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXY_COUNT:
            return hops[-settings.TRUSTED_PROXY_COUNT][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]
