"""The review desk in Django's admin: the reasons of decisions can be changed, the decisions themselves only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from verifications.services.decision_reasons import save_reason


class DecisionReasonAdmin(admin.ModelAdmin):
    """Switched off rather than deleted: decisions name their reason."""

    list_display = ("label", "outcome", "code", "position", "is_active")
    list_filter = ("outcome", "is_active")
    ordering = ("outcome", "position", "pk")
    actions = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        save_reason(reason=obj, fields=form.changed_data, actor=f"user:{request.user.pk}", at=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        """What decisions are counted by stays: a reason for something else is another reason."""
        return ("code", "outcome") if obj is not None else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
