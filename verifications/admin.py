"""Django's admin: people, roles and a read-only look at the tables, with the same audit log as the portal."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from verifications.admin_desk import DecisionReasonAdmin
from verifications.enums import AuditAction
from verifications.models import (
    ApiKeyLane,
    Case,
    Customer,
    DecisionReason,
    ProviderAccount,
    ProviderUser,
    Verification,
)
from verifications.services.audit import record_event

User = get_user_model()


class AuditedUserAdmin(UserAdmin):
    """People: every change is an event in the transaction that makes it. Deactivate rather than delete."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record_event(
            action=AuditAction.USER_CHANGED if change else AuditAction.USER_CREATED,
            actor=f"user:{request.user.pk}",
            subject=obj,
            at=timezone.now(),
            details={"fields": sorted(set(form.changed_data) - {"password", "password1", "password2"})},
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _roles(form.instance)
        super().save_related(request, form, formsets, change)
        after = _roles(form.instance)
        if before != after:
            record_event(
                action=AuditAction.USER_CHANGED,
                actor=f"user:{request.user.pk}",
                subject=form.instance,
                at=timezone.now(),
                details={"roles_before": before, "roles_after": after},
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302:
                record_event(
                    action=AuditAction.SECURITY_CHANGED,
                    actor=f"user:{request.user.pk}",
                    subject=User.objects.get(pk=id),
                    at=timezone.now(),
                    details={"changed": "password"},
                )
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody makes themselves more than they are: superuser and single permissions are for superusers."""
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        hidden = {"is_superuser", "user_permissions"}
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody gives themselves another role or switches themselves off; somebody else does it for them."""
        names = super().get_readonly_fields(request, obj)
        if obj is None or obj.pk != request.user.pk or request.user.is_superuser:
            return names
        return (*names, "groups", "is_staff", "is_active")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class ReadOnlyAdmin(admin.ModelAdmin):
    """A look without a hand: these records change through the portal's services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[models.Model]:
        return super().get_queryset(request).order_by("-pk")


class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("reference", "kind", "country", "created_at")
    search_fields = ("reference",)
    exclude = ("email_hash", "phone_hash")


class ProviderAccountAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "environment", "is_enabled", "paused_at")
    exclude = ("secret",)


class VerificationAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "type", "method", "status", "created_at")
    list_filter = ("status", "type")
    exclude = ("document_number_hash",)


class ProviderUserAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "status", "state", "read_at")


class CaseAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "opened_at", "due_at")


class ApiKeyLaneAdmin(ReadOnlyAdmin):
    list_display = ("pk", "last_nonce", "holder_expires_at")
    exclude = ("key_id",)


def _roles(user: Any) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True)) if user.pk else []


def sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    """One way to sign in: the portal's, with its second factor and rate limits. Who gets here has come that way."""
    if not admin.site.has_permission(request):
        raise PermissionDenied
    return redirect("admin:index")


def change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    """The admin's own page for it writes no event: send people to the portal's."""
    return redirect("account_change_password")


admin.site.login = sign_in  # type: ignore[method-assign]
admin.site.password_change = change_password  # type: ignore[assignment, method-assign]
admin.site.site_header = "Compliance Portal: administration"
admin.site.site_title = "Compliance Portal"
admin.site.enable_nav_sidebar = False
for unaudited in (Group, User, EmailAddress, Authenticator):
    admin.site.unregister(unaudited)
admin.site.register(User, AuditedUserAdmin)
for model, look in (
    (Customer, CustomerAdmin),
    (ProviderAccount, ProviderAccountAdmin),
    (ProviderUser, ProviderUserAdmin),
    (Verification, VerificationAdmin),
    (Case, CaseAdmin),
    (ApiKeyLane, ApiKeyLaneAdmin),
    (DecisionReason, DecisionReasonAdmin),
):
    admin.site.register(model, look)
