"""What every provider account has: name, environment, address, credentials. Secrets are typed in and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from verifications.enums import AccountEnvironment, ProviderKind
from verifications.errors import NotAllowed
from verifications.forms.fields import CONTROL, LineField
from verifications.models import ProviderAccount
from verifications.services.provider_accounts import AccountData, account_options, check_base_url

AUTHORITY = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
OWN_ADDRESS = "own"
MEBIBYTE = 1024 * 1024
MOST_A_MINUTE = 6000
in_a_header = RegexValidator(
    r"\A[\x21-\x7e]+\Z", _("Letters, digits and signs only, without spaces: it travels in a header.")
)


class SecretField(forms.CharField):
    """Typed in, stored encrypted, never given back to a page."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 400)
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if CONTROL.search(text):
            raise forms.ValidationError(_("This contains an invisible control character. Copy it again."))
        return text


class AccountForm(forms.Form):
    """Base of the forms of the providers. ``ADDRESSES``: the provider's own base addresses with their names.

    ``TEST_ADDRESSES`` are those of them that do no real checks: an account's environment has to say the same.
    """

    ADDRESSES: ClassVar[Mapping[str, str]] = {}
    TEST_ADDRESSES: ClassVar[frozenset[str]] = frozenset()
    KEPT_SECRETS: ClassVar[tuple[str, ...]] = ("secret",)
    REQUIRED_SECRETS: ClassVar[tuple[str, ...]] = ("secret",)

    kind = forms.ChoiceField(choices=ProviderKind, label=_("Provider"))
    name = LineField(max_length=80, label=_("Name"), help_text=_("How your team calls this account."))
    environment = forms.ChoiceField(
        choices=AccountEnvironment, widget=forms.RadioSelect, initial=AccountEnvironment.SANDBOX, label=_("Environment")
    )
    base_url = LineField(max_length=300, label=_("Base address"), help_text=_("Scheme and host only."))
    calls_per_minute = forms.IntegerField(
        min_value=0,
        max_value=MOST_A_MINUTE,
        initial=0,
        required=False,
        label=_("Calls a minute, at most"),
        help_text=_(
            "0 sets no limit. With one, calls leave evenly spaced; the delivery page shows what waits meanwhile."
        ),
    )

    def __init__(self, *args: Any, account: ProviderAccount | None = None, **kwargs: Any) -> None:
        if account is not None:
            kwargs.setdefault("initial", self.initial_of(account))
        super().__init__(*args, **kwargs)
        self.fields["calls_per_minute"] = self.fields.pop("calls_per_minute")  # after what the provider needs
        self.account = account
        for name in self.REQUIRED_SECRETS if account is None else ():
            self.fields[name].required = True
        for name in self.KEPT_SECRETS:
            if account is not None and getattr(account, name) is not None:
                self.fields[name].help_text = _("Leave empty to keep the one there is. It is never shown.")

    def initial_of(self, account: ProviderAccount) -> dict[str, Any]:
        """The form's initial values from an account; the secrets stay where they are."""
        known = account.base_url in self.ADDRESSES.values()
        return {
            "kind": account.kind,
            "name": account.name,
            "environment": account.environment,
            "host": account.base_url if known else OWN_ADDRESS,
            "base_url": account.base_url,
            "key_id": account.key_id,
            "calls_per_minute": int(account.options.get("calls_per_minute", 0)),
        } | self.options_of(account_options(account))

    def options_of(self, options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def account_data(self) -> AccountData:
        raise NotImplementedError

    def clean_calls_per_minute(self) -> int:
        return self.cleaned_data["calls_per_minute"] or 0

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        host = data.pop("host", "")
        if host and host != OWN_ADDRESS:
            if data.get("base_url"):
                label = dict(self.fields["host"].choices)[OWN_ADDRESS]  # type: ignore[attr-defined]
                self.add_error(
                    "base_url",
                    _("Choose “%(label)s” above for this address to count, or leave it empty.") % {"label": label},
                )
            data["base_url"] = host
        elif "base_url" in data and not data["base_url"] and "host" not in self.errors:
            self.add_error("base_url", _("Enter the base address, as in https://host."))
        if data.get("base_url") and data.get("environment"):
            self._check_address(data["base_url"], data["environment"])
        return data

    def _check_address(self, base_url: str, environment: str) -> None:
        try:
            check_base_url(base_url, environment)
            if not AUTHORITY.fullmatch(urlsplit(base_url).netloc):
                raise NotAllowed(_("The base address names no host. Write it as https://host."))
        except NotAllowed as error:
            self.add_error("base_url", str(error))
            return
        address = base_url.rstrip("/")
        if not self.TEST_ADDRESSES or address not in self.ADDRESSES.values():
            return
        is_test = address in self.TEST_ADDRESSES
        if is_test and environment == AccountEnvironment.LIVE:
            self.add_error("environment", _("This address does no real checks. Choose Sandbox, or another address."))
        if not is_test and environment == AccountEnvironment.SANDBOX:
            self.add_error("environment", _("This address does real checks. Choose Live, or the test address."))
