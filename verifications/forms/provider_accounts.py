"""The form of each kind of provider account: what its provider needs, and nothing of another's."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind, VerificationType
from verifications.forms.account_fields import MEBIBYTE, AccountForm, SecretField, in_a_header
from verifications.forms.capa_accounts import CapaAccountForm
from verifications.forms.fields import SIGNED_KINDS, LineField
from verifications.forms.transmit_accounts import TransmitAccountForm
from verifications.providers.registry import definition
from verifications.providers.signing import check_secret
from verifications.services.provider_accounts import AccountData

SUBMITTED_TYPES = tuple(
    VerificationType(name)
    for name in dict.fromkeys(name for kind in SIGNED_KINDS for name in definition(kind).verification_types)
)
HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?", re.ASCII)
header_name = RegexValidator(r"\A[A-Za-z0-9-]+\Z", _("The name of a header: letters, digits and hyphens."))


class SignedAccountForm(AccountForm):
    """Kraken Embed and Payward Services: a key pair that signs each call."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in SIGNED_KINDS], label=_("Provider"))
    base_url = LineField(
        max_length=300,
        label=_("Base address"),
        help_text=(
            _(
                "Scheme and host only. Live: https://nexus.kraken.com for Kraken Embed, "
                "https://api.services.payward.com for Payward Services."
            )
        ),
    )
    key_id = LineField(
        max_length=200, validators=[in_a_header], label=_("API key"), help_text=_("The public half of the key pair.")
    )
    secret = SecretField(
        label=_("API secret"), help_text=_("The private half, base64. Stored encrypted and never shown again.")
    )
    enabled_types = forms.MultipleChoiceField(
        choices=[(name.value, name.label) for name in SUBMITTED_TYPES],
        widget=forms.CheckboxSelectMultiple,
        label=_("Kinds of verification"),
        help_text=_("Only identity documents are official; switch on others once your account manager confirms."),
        initial=[VerificationType.IDENTITY_DOCUMENT],
    )
    allowed_document_hosts = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label=_("Document hosts the provider has allowed"),
        help_text=_("One a line. Presigned addresses may only point there; the provider keeps the same list."),
    )
    headless_users_allowed = forms.BooleanField(required=False, label=_("Users without a profile are licensed"))
    version_header = LineField(
        max_length=40,
        required=False,
        validators=[header_name],
        initial="Payward-Version",
        label=_("Name of the version header"),
    )
    version = LineField(
        max_length=20, required=False, validators=[in_a_header], initial="2025-04-15", label=_("API version")
    )
    max_file_mib = forms.IntegerField(min_value=1, max_value=150, initial=150, label=_("Largest file (MiB)"))

    upload_key_id = LineField(
        max_length=200,
        required=False,
        validators=[in_a_header],
        label=_("API key for files"),
        help_text=(
            _(
                "A second key pair for calls that carry files, so that a long upload holds up no other call. "
                "Leave empty to send everything under the one above."
            )
        ),
    )
    upload_secret = SecretField(
        label=_("API secret for files"), help_text=_("Of that second key. Stored encrypted and never shown again.")
    )
    pipelined = forms.TypedChoiceField(
        choices=[
            (
                "False",
                _("One after another: each call waits for the answer to the one before. No nonce is ever refused."),
            ),
            (
                "True",
                # xgettext:no-python-format  # noqa: ERA001
                _(
                    "Pipelined: the next call leaves once this one is out. More calls a second, but one that "
                    "overtakes another is refused for its nonce and goes again. Past 1 % of refusals in an hour, "
                    "ten minutes of one after another follow by themselves."
                ),
            ),
        ],
        coerce=lambda value: value == "True",
        required=False,
        initial="False",
        widget=forms.RadioSelect,
        label=_("How calls follow each other under a key"),
        help_text=_("The provider wants rising nonces, in order of arrival."),
    )

    KEPT_SECRETS = ("secret", "upload_secret")
    field_order = ["kind", "name", "environment", "base_url", "key_id", "secret", "upload_key_id", "upload_secret"]

    def initial_of(self, account: Any) -> dict[str, Any]:
        return super().initial_of(account) | {
            "upload_key_id": account.upload_key_id,
            "pipelined": str(bool(account.options.get("pipelined", False))),
        }

    def options_of(self, options: Any) -> dict[str, Any]:
        return {
            "enabled_types": sorted(set(SUBMITTED_TYPES) & options.enabled_types),
            "allowed_document_hosts": "\n".join(sorted(options.allowed_document_hosts)),
            "headless_users_allowed": options.headless_users_allowed,
            "version_header": options.version_header,
            "version": options.version,
            "max_file_mib": options.max_file_bytes // MEBIBYTE,
        }

    def clean_secret(self) -> str:
        return _checked_secret(self.cleaned_data["secret"])

    def clean_upload_secret(self) -> str:
        return _checked_secret(self.cleaned_data["upload_secret"])

    def clean_allowed_document_hosts(self) -> tuple[str, ...]:
        hosts = tuple(dict.fromkeys(self.cleaned_data["allowed_document_hosts"].lower().split()))
        for host in hosts:
            if not HOST.fullmatch(host):
                raise forms.ValidationError(
                    _("%(host)s is not a host name. Write it without https:// and path.") % {"host": host[:80]}
                )
        return hosts

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("kind")
        unknown = set(data.get("enabled_types", ())) - set(definition(kind).verification_types) if kind else set()
        if unknown:
            labels = ", ".join(str(VerificationType(name).label) for name in sorted(unknown))
            self.add_error("enabled_types", _("This provider does not know: %(labels)s.") % {"labels": labels})
        self._check_upload_key(data)
        return data

    def clean_pipelined(self) -> bool:
        return bool(self.cleaned_data["pipelined"])

    def _check_upload_key(self, data: dict[str, Any]) -> None:
        """A second key comes with its secret, and is another one than the first."""
        key_id, secret = data.get("upload_key_id", ""), data.get("upload_secret", "")
        if "upload_key_id" in self.errors or "upload_secret" in self.errors:
            return
        if secret and not key_id:
            self.add_error("upload_key_id", _("Enter the key this secret belongs to, or leave both empty."))
        elif key_id and key_id == data.get("key_id"):
            self.add_error("upload_key_id", _("This is the key above. Leave it empty, or enter another."))
        elif key_id and not secret and (self.account is None or self.account.upload_key_id != key_id):
            self.add_error("upload_secret", _("Enter the secret of this key."))

    def account_data(self) -> AccountData:
        entered = dict(self.cleaned_data)
        entered["enabled_types"] = tuple(entered["enabled_types"])
        entered["max_file_bytes"] = entered.pop("max_file_mib") * MEBIBYTE
        entered["version_header"] = entered["version_header"] or "Payward-Version"
        entered["version"] = entered["version"] or "2025-04-15"
        return AccountData(**entered)


def _checked_secret(text: str) -> str:
    secret = text.strip()
    problem = check_secret(secret) if secret else None
    if problem:
        raise forms.ValidationError(problem)
    return secret


ACCOUNT_FORMS: dict[str, type[AccountForm]] = {
    ProviderKind.KRAKEN_EMBED: SignedAccountForm,
    ProviderKind.PAYWARD_SERVICES: SignedAccountForm,
    ProviderKind.TRANSMIT_VERIFY: TransmitAccountForm,
    ProviderKind.CAPA_PARTNER: CapaAccountForm,
}


def account_form(kind: str) -> type[AccountForm]:
    """The form of a kind; an unknown kind gets one that names it as the problem."""
    return ACCOUNT_FORMS.get(kind, SignedAccountForm)
