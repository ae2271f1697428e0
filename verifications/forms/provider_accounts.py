"""A provider account: address, keys, options. The secret is typed in and never shown."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import RegexValidator

from verifications.enums import AccountEnvironment, ProviderKind, VerificationType
from verifications.errors import NotAllowed
from verifications.forms.fields import LineField
from verifications.models import ProviderAccount
from verifications.providers.registry import definition
from verifications.providers.signing import check_secret
from verifications.services.provider_accounts import AccountData, account_options, check_base_url

HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?", re.ASCII)
AUTHORITY = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
in_a_header = RegexValidator(
    r"\A[\x21-\x7e]+\Z", "Letters, digits and signs only, without spaces: it travels in a header."
)
header_name = RegexValidator(r"\A[A-Za-z0-9-]+\Z", "The name of a header: letters, digits and hyphens.")
MEBIBYTE = 1024 * 1024


class ProviderAccountForm(forms.Form):
    kind = forms.ChoiceField(choices=ProviderKind, label="Provider")
    name = LineField(max_length=80, label="Name", help_text="How your team calls this account.")
    environment = forms.ChoiceField(choices=AccountEnvironment, widget=forms.RadioSelect, label="Environment")
    base_url = LineField(
        max_length=300,
        label="Base address",
        help_text=(
            "Scheme and host only. Live: https://nexus.kraken.com for Kraken Embed, "
            "https://api.services.payward.com for Payward Services."
        ),
    )
    key_id = LineField(
        max_length=200, validators=[in_a_header], label="API key", help_text="The public half of the key pair."
    )
    secret = forms.CharField(
        max_length=400,
        required=False,
        label="API secret",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text="The private half, base64. Stored encrypted and never shown again.",
    )
    enabled_types = forms.MultipleChoiceField(
        choices=VerificationType,
        widget=forms.CheckboxSelectMultiple,
        label="Kinds of verification",
        help_text="Only identity documents are official; switch on others once your account manager confirms.",
        initial=[VerificationType.IDENTITY_DOCUMENT],
    )
    allowed_document_hosts = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Document hosts the provider has allowed",
        help_text="One a line. Presigned addresses may only point there; the provider keeps the same list.",
    )
    headless_users_allowed = forms.BooleanField(required=False, label="Users without a profile are licensed")
    version_header = LineField(
        max_length=40,
        required=False,
        validators=[header_name],
        initial="Payward-Version",
        label="Name of the version header",
    )
    version = LineField(
        max_length=20, required=False, validators=[in_a_header], initial="2025-04-15", label="API version"
    )
    max_file_mib = forms.IntegerField(min_value=1, max_value=150, initial=150, label="Largest file (MiB)")

    def __init__(self, *args: Any, account: ProviderAccount | None = None, **kwargs: Any) -> None:
        if account is not None:
            kwargs.setdefault("initial", self._initial(account))
        super().__init__(*args, **kwargs)
        self.account = account
        if account is None:
            self.fields["secret"].required = True
        else:
            self.fields["secret"].help_text = "Leave empty to keep the secret there is. It is never shown."

    @staticmethod
    def _initial(account: ProviderAccount) -> dict[str, Any]:
        options = account_options(account)
        return {
            "kind": account.kind,
            "name": account.name,
            "environment": account.environment,
            "base_url": account.base_url,
            "key_id": account.key_id,
            "enabled_types": sorted(options.enabled_types),
            "allowed_document_hosts": "\n".join(sorted(options.allowed_document_hosts)),
            "headless_users_allowed": options.headless_users_allowed,
            "version_header": options.version_header,
            "version": options.version,
            "max_file_mib": options.max_file_bytes // MEBIBYTE,
        }

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"].strip()
        problem = check_secret(secret) if secret else None
        if problem:
            raise forms.ValidationError(problem)
        return secret

    def clean_allowed_document_hosts(self) -> tuple[str, ...]:
        hosts = tuple(dict.fromkeys(self.cleaned_data["allowed_document_hosts"].lower().split()))
        for host in hosts:
            if not HOST.fullmatch(host):
                raise forms.ValidationError(f"{host[:80]} is not a host name. Write it without https:// and path.")
        return hosts

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("base_url") and data.get("environment"):
            try:
                check_base_url(data["base_url"], data["environment"])
                if not AUTHORITY.fullmatch(urlsplit(data["base_url"]).netloc):
                    raise NotAllowed("The base address names no host. Write it as https://host.")
            except NotAllowed as error:
                self.add_error("base_url", str(error))
        kind = data.get("kind")
        unknown = set(data.get("enabled_types", ())) - set(definition(kind).verification_types) if kind else set()
        if unknown:
            labels = ", ".join(str(VerificationType(name).label) for name in sorted(unknown))
            self.add_error("enabled_types", f"This provider does not know: {labels}.")
        return data

    def account_data(self) -> AccountData:
        entered = dict(self.cleaned_data)
        entered["enabled_types"] = tuple(entered["enabled_types"])
        entered["max_file_bytes"] = entered.pop("max_file_mib") * MEBIBYTE
        entered["version_header"] = entered["version_header"] or "Payward-Version"
        entered["version"] = entered["version"] or "2025-04-15"
        return AccountData(**entered)
