"""An account at Transmit Security: a region, a client and its secret (transmit-verify 2 and 3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind
from verifications.forms.account_fields import MEBIBYTE, OWN_ADDRESS, AccountForm, SecretField, in_a_header
from verifications.forms.fields import LineField
from verifications.providers.transmit_verify import TRANSMIT_HOSTS
from verifications.services.provider_accounts import AccountData

LONGEST_KEPT_DAYS = 90


class TransmitAccountForm(AccountForm):
    ADDRESSES = TRANSMIT_HOSTS
    TEST_ADDRESSES = frozenset({TRANSMIT_HOSTS["Sandbox"]})

    kind = forms.ChoiceField(
        choices=[(ProviderKind.TRANSMIT_VERIFY.value, ProviderKind.TRANSMIT_VERIFY.label)],
        initial=ProviderKind.TRANSMIT_VERIFY,
        widget=forms.HiddenInput,
    )
    host = forms.ChoiceField(
        choices=[
            *((address, region) for region, address in TRANSMIT_HOSTS.items()),
            (OWN_ADDRESS, _("A host of your own")),
        ],
        initial=TRANSMIT_HOSTS["Sandbox"],
        required=False,
        label=_("Region"),
        help_text=_("Where your tenant lives. A tenant may have a host of its own instead: enter it below."),
    )
    base_url = LineField(
        max_length=300,
        required=False,
        label=_("Host of your own"),
        help_text=_("Only without a region. Scheme and host, as in https://identity.example.org."),
    )
    key_id = LineField(
        max_length=200,
        validators=[in_a_header],
        label=_("Client id"),
        help_text=_("Of the application in Transmit's Admin Portal."),
    )
    secret = SecretField(label=_("Client secret"), help_text=_("Stored encrypted and never shown again."))
    backend_capture_enabled = forms.BooleanField(
        required=False,
        label=_("The portal may send the pictures itself"),
        help_text=(
            _(
                "Off unless Transmit confirms it for your tenant: the newest public edition of the API no "
                "longer lists the address the pictures go to. The hosted pages work without it."
            )
        ),
    )
    delete_after_days = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_KEPT_DAYS,
        initial=0,
        label=_("Delete sessions at Transmit after (days)"),
        help_text=(
            _(
                "Counted from the result, once its images are copied here. 0 leaves it to Transmit, which "
                "keeps them for 90 days unless agreed otherwise."
            )
        ),
    )
    max_file_mib = forms.IntegerField(
        min_value=1,
        max_value=150,
        initial=20,
        label=_("Largest picture (MiB)"),
        help_text=_("For pictures the portal sends. Transmit publishes no limit: ask, then set it here."),
    )

    field_order = ["kind", "name", "environment", "host", "base_url", "key_id", "secret"]

    def initial_of(self, account: Any) -> dict[str, Any]:
        known = super().initial_of(account)
        return known if known["host"] == OWN_ADDRESS else known | {"base_url": ""}

    def options_of(self, options: Any) -> dict[str, Any]:
        return {
            "backend_capture_enabled": options.backend_capture_enabled,
            "delete_after_days": options.delete_after_days,
            "max_file_mib": max(options.max_file_bytes // MEBIBYTE, 1),
        }

    def account_data(self) -> AccountData:
        entered = dict(self.cleaned_data)
        entered["max_file_bytes"] = entered.pop("max_file_mib") * MEBIBYTE
        return AccountData(**entered)
