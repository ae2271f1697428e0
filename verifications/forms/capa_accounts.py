"""An account at Capa: one key, the secret its webhooks are signed with, where links may lead (capa-partner 2, 3, 6)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind
from verifications.forms.account_fields import OWN_ADDRESS, AccountForm, SecretField, in_a_header
from verifications.forms.fields import LineField
from verifications.providers.link_types import COUNTRIES
from verifications.providers.preflight_links import check_link
from verifications.selectors.countries import country_choices
from verifications.services.provider_accounts import AccountData

STAGING, PRODUCTION = "https://staging-api.capa.fi", "https://production-api.capa.fi"
LONGEST_LINK_HOURS = 24
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,39}", re.ASCII)


class CapaAccountForm(AccountForm):
    ADDRESSES = {"Staging": STAGING, "Production": PRODUCTION}
    TEST_ADDRESSES = frozenset({STAGING})
    KEPT_SECRETS = ("secret", "webhook_secret")

    kind = forms.ChoiceField(
        choices=[(ProviderKind.CAPA_PARTNER.value, ProviderKind.CAPA_PARTNER.label)],
        initial=ProviderKind.CAPA_PARTNER,
        widget=forms.HiddenInput,
    )
    host = forms.ChoiceField(
        choices=[
            (STAGING, _("Staging (no real identity checks)")),
            (PRODUCTION, _("Production")),
            (OWN_ADDRESS, _("Another address")),
        ],
        initial=STAGING,
        required=False,
        label=_("Server"),
        help_text=(
            _(
                "Capa's texts name two live hosts, production-api.capa.fi and api.capa.fi. Confirm which one "
                "is yours before going live."
            )
        ),
    )
    base_url = LineField(
        max_length=300,
        required=False,
        label=_("Another address"),
        help_text=_("Only where neither server fits. Scheme and host, as in https://api.capa.fi."),
    )
    secret = SecretField(
        label=_("API key"),
        validators=[in_a_header],
        help_text=(
            _(
                "Capa's dashboard, Settings, Dev Tools. Stored encrypted and never shown again. Whether the "
                "old key goes on working after a new one is made is not documented: change it at a quiet "
                "hour."
            )
        ),
    )
    webhook_secret = SecretField(
        label=_("Webhook secret"),
        help_text=(
            _(
                "What Capa signs its webhooks with; they share it with you. Without it every webhook is "
                "refused, and results come by polling alone."
            )
        ),
    )
    enabled_countries = forms.MultipleChoiceField(
        choices=lambda: country_choices(COUNTRIES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Countries enabled for you"),
        help_text=(
            _(
                "Being on Capa's list does not mean a country is set up for your account: tick those Capa "
                "has confirmed. None ticked offers all 39."
            )
        ),
    )
    app_schemes = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        label=_("App schemes a link may return to"),
        help_text=_("One a line, as in myapp. Anything else returns to the portal's thank-you page."),
    )
    link_hours = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LINK_HOURS,
        initial=24,
        label=_("A link is usable for (hours)"),
        help_text=_("Capa publishes no lifetime. After this time the portal forgets the address and offers a new one."),
    )

    field_order = ["kind", "name", "environment", "host", "base_url", "secret", "webhook_secret"]

    def initial_of(self, account: Any) -> dict[str, Any]:
        known = super().initial_of(account)
        return known if known["host"] == OWN_ADDRESS else known | {"base_url": ""}

    def options_of(self, options: Any) -> dict[str, Any]:
        return {
            "enabled_countries": list(options.enabled_countries),
            "app_schemes": "\n".join(options.app_schemes),
            "link_hours": options.link_hours,
        }

    def clean_app_schemes(self) -> tuple[str, ...]:
        schemes = tuple(
            dict.fromkeys(one.removesuffix("://") for one in self.cleaned_data["app_schemes"].lower().split())
        )
        for scheme in schemes:
            if not SCHEME.fullmatch(scheme) or not _may_return_to(scheme):
                raise forms.ValidationError(
                    _("%(scheme)s can't be an app's own scheme. Write it as in myapp.") % {"scheme": scheme[:40]}
                )
        return schemes

    def account_data(self) -> AccountData:
        entered = dict(self.cleaned_data)
        entered["enabled_countries"] = tuple(code for code in COUNTRIES if code in entered["enabled_countries"])
        return AccountData(key_id="", **entered)


def _may_return_to(scheme: str) -> bool:
    """The same rule that a link's return address has to pass."""
    return not check_link(
        kind="KYC",
        country=COUNTRIES[0],
        enabled_countries=COUNTRIES,
        redirect_uri=f"{scheme}://return",
        own_host="portal.invalid",
        app_schemes=(scheme,),
    )
