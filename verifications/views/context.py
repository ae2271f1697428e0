"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from verifications import context
from verifications.names import initials
from verifications.selectors.navigation import environment_badge, navigation
from verifications.services.roles import role_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """Navigation, role and search of the signed-in person; a partial asked for by htmx needs none of it.

    ``request_id`` stands on every page, error pages included: it is what a person names when asking for help.
    """
    request_id = {"request_id": context.current().request_id}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.headers.get("HX-Request") == "true":
        return request_id
    name = user.get_full_name() or user.get_username()
    access = getattr(request, "audit_access", None)
    query = request.META.get("QUERY_STRING", "")
    return request_id | {
        "nav": navigation(user, path=request.path, query=query, known=getattr(request, "known_counts", None)),
        "user_role": role_of(user),
        "access_ends_soon": access is not None and access.ends_soon(timezone.now()),
        "user_initials": initials(name),
        "environment_badge": environment_badge(),
        "search_url": reverse("verifications:search") if user.has_perm("verifications.view_customer") else "",
    }
