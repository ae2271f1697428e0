"""Asking for a verification link, sending it by e-mail, and entering a user's id that Capa's support gave."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.forms.fields import CONTROL, LineField
from verifications.models import Customer
from verifications.selectors.countries import country_choices
from verifications.selectors.kyc_links import countries_of, sending_link_accounts
from verifications.services.kyc_links import LinkData
from verifications.services.link_handover import LONGEST_SUBJECT, LONGEST_TEXT, PLACEHOLDER
from verifications.services.provider_accounts import account_options

PORTAL, APP = "portal", "app"


class LinkForm(forms.Form):
    """Which account, for which country, and where the customer goes afterwards."""

    account = forms.ModelChoiceField(
        queryset=sending_link_accounts().none(), empty_label=None, label=_("Account at Capa")
    )
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=(
            _(
                "Decides which of Capa's verification templates is used. Whether it means the customer's "
                "residence or the document's country is not documented; take the residence."
            )
        ),
    )
    way_back = forms.ChoiceField(
        choices=[(PORTAL, _("To the portal's thank-you page")), (APP, _("Into an app"))],
        widget=forms.RadioSelect,
        initial=PORTAL,
        label=_("Where the customer goes afterwards"),
    )
    app_return = LineField(
        max_length=200,
        required=False,
        label=_("The app's address"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "myapp://verified"}),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = list(sending_link_accounts())
        codes = {code for account in self.accounts for code in countries_of(account)}
        schemes = sorted({scheme for account in self.accounts for scheme in account_options(account).app_schemes})
        account, country = self.fields["account"], self.fields["country"]
        if isinstance(account, forms.ModelChoiceField) and isinstance(country, forms.ChoiceField):
            account.queryset = sending_link_accounts()
            account.initial = self.accounts[0] if self.accounts else None
            country.choices = [("", _("Choose a country")), *country_choices(codes)]
            country.initial = customer.country if customer.country in codes else ""
        if schemes:
            allowed = ", ".join(f"{scheme}://" for scheme in schemes)
            self.fields["app_return"].help_text = _("Allowed: %(schemes)s") % {"schemes": allowed}
        else:
            del self.fields["way_back"], self.fields["app_return"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        account, country = data.get("account"), data.get("country")
        if account and country and country not in countries_of(account):
            self.add_error(
                "country",
                _("%(name)s has not enabled this country (see the account's settings).") % {"name": account.name},
            )
        if data.get("way_back") != APP:
            data["app_return"] = ""
        elif not data.get("app_return") and "app_return" not in self.errors:
            self.add_error("app_return", _("Enter the app's address, as in myapp://verified."))
        return data

    def link_data(self) -> LinkData:
        return LinkData(country=self.cleaned_data["country"], app_return=self.cleaned_data.get("app_return", ""))


class LinkMailForm(forms.Form):
    """The e-mail that carries the link; the address itself is put in when it leaves."""

    subject = LineField(max_length=LONGEST_SUBJECT, label=_("Subject"))
    text = forms.CharField(
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 11}),
        label=_("Text"),
        help_text=_("{link} stands for the customer's link and is put in when the e-mail leaves."),
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if CONTROL.search(text.replace("\n", "").replace("\t", "")):
            raise forms.ValidationError(_("This contains an invisible control character. Type it again by hand."))
        if PLACEHOLDER not in text:
            raise forms.ValidationError(
                _("Put {link} where the customer's link belongs; without it nobody can open it.")
            )
        return text


class AdoptUserForm(forms.Form):
    """The user's id, as Capa's support gave it."""

    provider_reference = LineField(
        max_length=255,
        label=_("User id at Capa"),
        help_text=_("Exactly as Capa's support wrote it, like 7c1f0f62-3c1e-4b0a-8f5d-2a9e6d1b4e77."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
