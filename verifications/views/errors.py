"""Pages for what went wrong before a view could say so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from verifications import context


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form was too old or came from elsewhere: say what to do, keep nothing half done."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """The address or the form could not be read; the page names the request for whoever is asked about it."""
    return render(request, "400.html", {"request_id": context.current().request_id}, status=400)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """A fault of the portal: nothing of it is shown but the request's id, which the log has too."""
    page = loader.render_to_string("500.html", {"request_id": context.current().request_id})
    return HttpResponse(page, status=500)
