"""Provider accounts: created, changed, switched off and on, tested. The secret goes in and never comes out."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications import masks
from verifications.enums import AccountEnvironment, AuditAction, CallOperation, CallStatus, ProviderKind
from verifications.errors import ConflictingRecord, NotAllowed
from verifications.models import ProviderAccount, ProviderCall, ProviderToken
from verifications.providers.types import AccountOptions, Credentials
from verifications.services.audit import record_event
from verifications.services.doorbell import ring_account
from verifications.services.sealed_values import open_value, seal


@dataclass(frozen=True)
class AccountData:
    """What an administrator enters. An empty secret keeps the one there is.

    ``key_id`` is the client id at Transmit Security; Capa has one key without an id, so it may stay empty there.
    Members of another kind of provider are left alone.
    """

    name: str
    kind: str
    environment: str
    base_url: str
    key_id: str
    secret: str = field(default="", repr=False)
    enabled_types: tuple[str, ...] = ("identity_document",)
    allowed_document_hosts: tuple[str, ...] = ()
    headless_users_allowed: bool = False
    version_header: str = "Payward-Version"
    version: str = "2025-04-15"
    max_file_bytes: int = 157_286_400
    upload_key_id: str = ""
    upload_secret: str = field(default="", repr=False)
    pipelined: bool = False
    calls_per_minute: int = 0
    webhook_secret: str = field(default="", repr=False)
    backend_capture_enabled: bool = False
    delete_after_days: int = 0
    enabled_countries: tuple[str, ...] = ()
    app_schemes: tuple[str, ...] = ()
    link_hours: int = 24

    def options(self) -> dict[str, object]:
        """What the account's ``options`` column holds for this kind of provider."""
        return {**self._options_of_kind(), "calls_per_minute": self.calls_per_minute}

    def _options_of_kind(self) -> dict[str, object]:
        if self.kind == ProviderKind.TRANSMIT_VERIFY:
            return {
                "backend_capture_enabled": self.backend_capture_enabled,
                "delete_after_days": self.delete_after_days,
                "max_file_bytes": self.max_file_bytes,
            }
        if self.kind == ProviderKind.CAPA_PARTNER:
            return {
                "enabled_countries": list(self.enabled_countries),
                "app_schemes": list(self.app_schemes),
                "link_hours": self.link_hours,
            }
        return {
            "enabled_types": list(self.enabled_types),
            "allowed_document_hosts": list(self.allowed_document_hosts),
            "headless_users_allowed": self.headless_users_allowed,
            "version_header": self.version_header,
            "version": self.version,
            "max_file_bytes": self.max_file_bytes,
            "pipelined": self.pipelined,
        }


PLAIN_FIELDS = ("name", "kind", "environment", "base_url", "key_id", "upload_key_id")
SECRETS = ("secret", "webhook_secret", "upload_secret")
TOKEN_FIELDS = frozenset({"kind", "base_url", "key_id", "secret"})


@transaction.atomic
def create_account(*, data: AccountData, actor: str, at: dt.datetime) -> ProviderAccount:
    """Create an account; raises ``NotAllowed`` for an unsafe address, ``ConflictingRecord`` for a taken name."""
    check_base_url(data.base_url, data.environment)
    if not data.secret:
        raise NotAllowed(_("An account needs its secret. Nothing was saved."))
    account = ProviderAccount(created_at=at, updated_at=at, options=data.options())
    _fill(account, data)
    _save(account)
    record_event(
        action=AuditAction.ACCOUNT_CREATED,
        actor=actor,
        subject=account,
        at=at,
        details={"kind": account.kind, "environment": account.environment, "base_url": account.base_url},
    )
    return account


@transaction.atomic
def change_account(*, account_id: int, data: AccountData, actor: str, at: dt.datetime) -> ProviderAccount:
    """Change an account; the event names the changed fields, never the secret. A stopped account stays so."""
    check_base_url(data.base_url, data.environment)
    data = replace(data, base_url=data.base_url.rstrip("/"))
    account = ProviderAccount.objects.select_for_update().get(pk=account_id)
    if data.kind == ProviderKind.CAPA_PARTNER and not data.key_id:
        data = replace(data, key_id=account.key_id)
    changed = [name for name in PLAIN_FIELDS if getattr(account, name) != getattr(data, name)]
    if account.kind != data.kind and account.provider_users.exists():
        raise NotAllowed(_("The provider can't be changed once users are linked. Create another account instead."))
    before = account.options
    changed += [name for name, value in data.options().items() if before.get(name) != value]
    changed += [name for name in SECRETS if getattr(data, name)]
    if not changed:
        return account
    account.options = {**before, **data.options()}
    account.updated_at = at
    _fill(account, data)
    _save(account)
    if TOKEN_FIELDS.intersection(changed):  # a token of the old credentials would hide that the new ones are wrong
        ProviderToken.objects.filter(account=account).update(value=None, expires_at=None)
    record_event(
        action=AuditAction.ACCOUNT_CHANGED, actor=actor, subject=account, at=at, details={"fields": sorted(changed)}
    )
    ring_account(account)
    return account


@transaction.atomic
def set_account_enabled(*, account_id: int, enabled: bool, actor: str, at: dt.datetime) -> ProviderAccount:
    """The one-click switch. Calls of an account that is off wait and go out when it is on again."""
    account = ProviderAccount.objects.select_for_update().get(pk=account_id)
    if account.is_enabled == enabled:
        return account
    account.is_enabled = enabled
    account.updated_at = at
    account.save(update_fields=["is_enabled", "updated_at"])
    record_event(
        action=AuditAction.ACCOUNT_CHANGED,
        actor=actor,
        subject=account,
        at=at,
        details={"fields": ["is_enabled"], "is_enabled": enabled},
    )
    if enabled:
        ring_account(account)
    return account


@transaction.atomic
def pause_account(*, account: ProviderAccount, reason: str, actor: str, at: dt.datetime) -> None:
    """Stop an account's calls until a person looks: wrong credentials repeat into a lock-out."""
    paused = ProviderAccount.objects.filter(pk=account.pk, paused_at__isnull=True).update(
        paused_at=at, paused_reason=reason[:500], updated_at=at
    )
    if paused:
        record_event(
            action=AuditAction.ACCOUNT_PAUSED, actor=actor, subject=account, at=at, details={"code": "protocol"}
        )


@transaction.atomic
def resume_account(*, account_id: int, actor: str, at: dt.datetime) -> ProviderAccount:
    """Let a stopped account send again; what waited goes out."""
    account = ProviderAccount.objects.select_for_update().get(pk=account_id)
    if account.paused_at is None:
        return account
    account.paused_at = None
    account.paused_reason = ""
    account.updated_at = at
    account.save(update_fields=["paused_at", "paused_reason", "updated_at"])
    record_event(action=AuditAction.ACCOUNT_RESUMED, actor=actor, subject=account, at=at)
    ring_account(account)
    return account


@transaction.atomic
def request_connection_check(*, account_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Queue a signed read; one that waits already is returned instead of a second."""
    account = ProviderAccount.objects.select_for_update().get(pk=account_id)
    waiting = ProviderCall.objects.filter(
        account=account,
        operation=CallOperation.CHECK_CONNECTION,
        status__in=[CallStatus.WAITING, CallStatus.SENDING],
    ).first()
    if waiting is None:
        waiting = ProviderCall.objects.create(
            account=account,
            operation=CallOperation.CHECK_CONNECTION,
            requested_by=actor,
            created_at=at,
            not_before=at,
        )
        record_event(
            action=AuditAction.ACCOUNT_CHECKED,
            actor=actor,
            subject=account,
            at=at,
            details={"call": str(waiting.public_id), "step": "requested"},
        )
    ring_account(account)
    return waiting


def account_options(account: ProviderAccount) -> AccountOptions:
    """The account's options as the provider clients take them."""
    stored = account.options
    defaults = AccountOptions()
    return AccountOptions(
        enabled_types=frozenset(stored.get("enabled_types", defaults.enabled_types)),
        allowed_document_hosts=frozenset(stored.get("allowed_document_hosts", ())),
        headless_users_allowed=bool(stored.get("headless_users_allowed", False)),
        version_header=str(stored.get("version_header", defaults.version_header)),
        version=str(stored.get("version", defaults.version)),
        max_file_bytes=int(stored.get("max_file_bytes", defaults.max_file_bytes)),
        backend_capture_enabled=bool(stored.get("backend_capture_enabled", False)),
        delete_after_days=int(stored.get("delete_after_days", 0)),
        enabled_countries=tuple(stored.get("enabled_countries", ())),
        app_schemes=tuple(stored.get("app_schemes", ())),
        link_hours=int(stored.get("link_hours", defaults.link_hours)),
        is_sandbox=account.environment == AccountEnvironment.SANDBOX,
    )


def account_credentials(account: ProviderAccount, *, operation: str = "") -> Credentials:
    """The key pair in clear, for building a client of this operation. Never passed to a page, a task or a log."""
    if account.key_for(operation) == account.upload_key_id:
        return Credentials(key_id=account.upload_key_id, secret=open_value(account, "upload_secret"))
    return Credentials(key_id=account.key_id, secret=open_value(account, "secret"))


def check_base_url(base_url: str, environment: str) -> None:
    """Refuse an address a client must not talk to: https only, no user-info, query or fragment.

    Plain http is accepted for a loopback host of a sandbox account outside production, where the stand-in runs.
    """
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAllowed(_("The base address is not an address. Write it as https://host.")) from error
    if not host or parts.scheme not in {"https", "http"}:
        raise NotAllowed(_("The base address needs a scheme and a host, as in https://nexus.kraken.com."))
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise NotAllowed(_("The base address is scheme and host only: no user name, path, query or fragment."))
    loopback = host == "localhost" or _is_loopback(host)
    if parts.scheme == "http" and not (
        loopback and environment == AccountEnvironment.SANDBOX and not settings.IS_PRODUCTION
    ):
        raise NotAllowed(_("The base address must be https; http is only for a stand-in on this machine."))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fill(account: ProviderAccount, data: AccountData) -> None:
    for name in PLAIN_FIELDS:
        setattr(account, name, getattr(data, name))
    account.base_url = data.base_url.rstrip("/")
    if account.kind == ProviderKind.CAPA_PARTNER and not account.key_id:
        account.key_id = f"capa-{account.public_id.hex[:12]}"
    for name in SECRETS:
        if value := getattr(data, name):
            seal(account, name, value, mask=masks.mask_whole())


def _save(account: ProviderAccount) -> None:
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise ConflictingRecord(
            _("There is already an account named %(name)s. Nothing was saved.") % {"name": account.name}
        ) from error
