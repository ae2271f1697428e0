"""Sign-in: closed sign-up, and every sign-in, failed sign-in and sign-out in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import (
    email_added,
    email_changed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from verifications import context, vault
from verifications.enums import AuditAction, KeyPurpose
from verifications.middleware import client_address, name_in_log
from verifications.selectors.keys import purpose_key, search_hash
from verifications.services.audit import record_event


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """People are made by an operator; nobody signs themselves up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address rate limits count by: the same one the audit log names, also behind our own proxies."""
        return client_address(request) or "unknown"


class SealedMfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors are stored under the installation's key: a copy of the table makes no codes."""

    CONTEXT = "mfa_authenticator.data"

    def encrypt(self, text: str) -> str:
        key = purpose_key(KeyPurpose.INSTALLATION)
        return vault.seal(plaintext=text.encode(), wrapped_key=key, context=self.CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        key = purpose_key(KeyPurpose.INSTALLATION)
        return vault.unseal(token=encrypted_text, wrapped_key=key, context=self.CONTEXT).decode()


@receiver(user_logged_in, dispatch_uid="audit.signed_in")
def record_sign_in(user: Any, **_kwargs: Any) -> None:
    actor = f"user:{user.pk}"
    with transaction.atomic(), context.acting(actor=actor, actor_name=name_in_log(user)):
        record_event(action=AuditAction.SIGNED_IN, actor=actor, subject=user, at=timezone.now())


@receiver(user_logged_out, dispatch_uid="audit.signed_out")
def record_sign_out(user: Any, **_kwargs: Any) -> None:
    if user is None:
        return
    with transaction.atomic():
        record_event(action=AuditAction.SIGNED_OUT, actor=f"user:{user.pk}", subject=user, at=timezone.now())


@receiver(user_login_failed, dispatch_uid="audit.sign_in_failed")
def record_failed_sign_in(credentials: dict[str, Any], **_kwargs: Any) -> None:
    """What was typed may be a password in the wrong box: only its keyed hash is kept, enough to count attempts."""
    typed = str(credentials.get("username") or credentials.get("email") or credentials.get("login") or "")
    with transaction.atomic():
        record_event(
            action=AuditAction.SIGN_IN_FAILED,
            actor="anonymous",
            subject=None,
            at=timezone.now(),
            details={"login_hash": search_hash(typed, purpose="login")[:16]},
        )


@receiver([password_changed, password_reset, password_set], dispatch_uid="audit.password")
def record_password_change(user: Any, **_kwargs: Any) -> None:
    _record_security_change(user, "password")


@receiver([email_added, email_changed, email_removed], dispatch_uid="audit.email")
def record_email_change(user: Any, **_kwargs: Any) -> None:
    _record_security_change(user, "email")


@receiver([post_save, post_delete], sender=Authenticator, dispatch_uid="audit.authenticator")
def record_authenticator_change(
    instance: Authenticator, update_fields: frozenset[str] | None = None, **_kwargs: Any
) -> None:
    """By the row itself: allauth's own signals come after the commit, too late for an event beside the change."""
    if update_fields is None or set(update_fields) - {"last_used_at"}:
        _record_security_change(instance.user, str(instance.type))


def _record_security_change(user: Any, what: str) -> None:
    with transaction.atomic():
        record_event(
            action=AuditAction.SECURITY_CHANGED,
            actor=f"user:{user.pk}",
            subject=user,
            at=timezone.now(),
            details={"changed": what},
        )


ON_THEIR_OWN = frozenset({"account_login", "account_logout", "account_reset_password", "account_signup"})
"""Routes that change no account: they hash passwords or send mail, for which no other writer should wait."""


def in_one_transaction(urls: str) -> list[URLPattern | URLResolver]:
    """allauth's routes with each request in one transaction: what it changes then commits with the event above."""
    return _in_one_transaction(import_module(urls).urlpatterns)


def _in_one_transaction(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    made: list[URLPattern | URLResolver] = []
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = _in_one_transaction(entry.url_patterns)
            made.append(URLResolver(entry.pattern, inner, entry.default_kwargs, entry.app_name, entry.namespace))
        elif entry.name in ON_THEIR_OWN:
            made.append(entry)
        else:
            made.append(URLPattern(entry.pattern, _whole(entry.callback), entry.default_args, entry.name))
    return made


def _whole(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def whole(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with transaction.atomic():
            try:
                return view(request, *args, **kwargs)
            except ImmediateHttpResponse as answer:  # an answer like any other, not a failure to undo
                return answer.response

    return whole
