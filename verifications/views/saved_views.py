"""Saving the filters on screen as a view, and looking after one's own views."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from verifications.errors import DomainError
from verifications.forms.fields import one_line
from verifications.models import SavedView
from verifications.selectors.queue_filter import QueueFilter
from verifications.selectors.saved_views import views_for
from verifications.services.saved_views import change_view, remove_view, save_view
from verifications.views.access import actor_of, needs
from verifications.views.queue import columns_of


@require_safe
@needs("view_case")
def saved_view_list(request: HttpRequest) -> HttpResponse:
    """One's own views, to rename, share and remove, and those of others."""
    views = views_for(request.user)
    context = {
        "own": [(view, view.chosen.chips()) for view in views if view.is_own],
        "shared": [(view, view.chosen.chips()) for view in views if not view.is_own],
    }
    return render(request, "verifications/saved_views.html", context)


@require_POST
@needs("view_case")
def saved_view_save(request: HttpRequest) -> HttpResponse:
    """Save what is on screen under a name; leads back to it."""
    chosen = QueueFilter.read(QueryDict(request.POST.get("query", "")[:2000]))
    try:
        view = save_view(
            person=request.user,
            name=one_line(request.POST.get("name", ""), longest=200),
            chosen=chosen,
            shared=request.POST.get("shared") == "1",
            columns=columns_of(request, chosen) if request.POST.get("with_columns") == "1" else (),
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('verifications:case_queue')}{chosen.url}")
    messages.success(request, _("View saved."))
    return redirect(f"{reverse('verifications:case_queue')}{QueueFilter.read(view.query).url}")


@require_POST
@needs("view_case")
def saved_view_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Rename, share, or take back."""
    view = _usable(request, public_id)
    try:
        change_view(
            public_id=view.public_id,
            person=request.user,
            name=one_line(request.POST.get("name", ""), longest=200),
            shared=request.POST.get("shared") == "1",
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("View changed."))
    return redirect("verifications:saved_view_list")


@require_POST
@needs("view_case")
def saved_view_remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    view = _usable(request, public_id)
    try:
        remove_view(public_id=view.public_id, person=request.user, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("View removed. The cases in it stay as they are."))
    return redirect("verifications:saved_view_list")


def _usable(request: HttpRequest, public_id: uuid.UUID) -> SavedView:
    """A view the person may see; another's private one is not there for them."""
    return get_object_or_404(SavedView, Q(owner_id=request.user.pk) | Q(is_shared=True), public_id=public_id)
