"""Entering a customer, and linking or creating the customer's user at a provider."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from verifications.enums import CustomerKind
from verifications.forms.fields import (
    SIGNED_KINDS,
    CountryField,
    DateField,
    LineField,
    NationalitiesField,
    TaxIdsField,
)
from verifications.models import Customer, ProviderAccount
from verifications.names import fold_name
from verifications.providers.vocabulary import OCCUPATIONS
from verifications.selectors.marked_words import shown_choices
from verifications.services.customers import AddressData, CustomerData

OLDEST = 130
LONGEST_FOLDED_NAME = 500
"""What the column for search holds; one ligature may stand for eighteen letters."""


class CustomerForm(forms.Form):
    """Everything about a customer. Only the reference and a name are needed to begin; the rest can follow."""

    kind = forms.ChoiceField(
        choices=CustomerKind, widget=forms.RadioSelect, initial=CustomerKind.INDIVIDUAL, label=_("Kind")
    )
    reference = LineField(
        max_length=64, label=_("Reference"), help_text=_("Your own id of this customer, for example a CRM number.")
    )
    first_name = LineField(max_length=120, required=False, label=_("First name"))
    middle_name = LineField(max_length=120, required=False, label=_("Middle name"))
    last_name = LineField(
        max_length=120, required=False, label=_("Last name"), help_text=_("A person with one name only: enter it here.")
    )
    business_name = LineField(max_length=200, required=False, label=_("Business name"))
    date_of_birth = DateField(required=False, label=_("Date of birth"))
    nationalities = NationalitiesField(required=False, label=_("Nationalities"))
    email = forms.EmailField(required=False, max_length=254, label="E-mail")
    phone = LineField(
        max_length=20, required=False, label=_("Phone"), help_text=_("International form, like +48500100200.")
    )
    line1 = LineField(max_length=200, required=False, label=_("Street and number"))
    line2 = LineField(max_length=200, required=False, label=_("Address, second line"))
    postal_code = LineField(max_length=20, required=False, label=_("Postal code"))
    city = LineField(max_length=120, required=False, label=_("City"))
    province = LineField(max_length=120, required=False, label=_("Province or state"))
    country = CountryField(required=False, label=_("Country of residence"))
    occupation = forms.ChoiceField(
        choices=[("", _("Not given")), *shown_choices(OCCUPATIONS)], required=False, label=_("Occupation")
    )
    employer_name = LineField(max_length=200, required=False, label=_("Employer"))
    city_of_birth = LineField(max_length=120, required=False, label=_("City of birth"))
    country_of_birth = CountryField(required=False, label=_("Country of birth"))
    tax_ids = TaxIdsField(required=False, label=_("Tax numbers"))
    language = LineField(max_length=2, required=False, label=_("Language"), help_text=_("Two letters, like en or pl."))
    tos_version_accepted = forms.IntegerField(
        min_value=0,
        max_value=2_147_483_647,
        required=False,
        label=_("Version of the provider's terms accepted"),
        help_text=_("Kraken Embed asks for it when it creates a user."),
    )

    NAME_FIELDS = ("first_name", "middle_name", "last_name")

    def clean_phone(self) -> str:
        phone = "".join(self.cleaned_data["phone"].split())
        digits = phone.removeprefix("+")
        if phone and (not digits.isdecimal() or not digits.isascii() or digits.startswith("0") or len(digits) > 15):
            raise forms.ValidationError(_("Write the number in international form: + and country code, digits only."))
        return phone

    def clean_date_of_birth(self) -> dt.date | None:
        born: dt.date | None = self.cleaned_data["date_of_birth"]
        today = timezone.localdate()
        if born and born >= today:
            raise forms.ValidationError(_("The date of birth lies in the future."))
        if born and today.year - born.year > OLDEST:
            raise forms.ValidationError(_("The date of birth is more than %(years)s years ago.") % {"years": OLDEST})
        return born

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"].lower()
        if language and not (len(language) == 2 and language.isascii() and language.isalpha()):
            raise forms.ValidationError(_("Two letters, like en or pl."))
        return language

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == CustomerKind.INDIVIDUAL and not data.get("last_name") and "last_name" not in self.errors:
            self.add_error("last_name", _("A person needs a last name (or the one name they have)."))
        if data.get("kind") == CustomerKind.BUSINESS and not data.get("business_name"):
            self.add_error("business_name", _("A business needs its name."))
        for names in (self.NAME_FIELDS, ("business_name",)):
            if len(fold_name(" ".join(data.get(name) or "" for name in names))) > LONGEST_FOLDED_NAME:
                self.add_error(names[-1], _("Written out, this name is too long. Use its usual letters."))
        return data

    def customer_data(self) -> CustomerData:
        entered = dict(self.cleaned_data)
        address = AddressData(
            **{name: entered.pop(name) for name in ("line1", "line2", "city", "province", "postal_code", "country")}
        )
        return CustomerData(address=address, **entered)

    @staticmethod
    def initial_of(data: CustomerData) -> dict[str, Any]:
        """The form's initial values from what is stored, in clear."""
        initial = {name: getattr(data, name) for name in data.__dataclass_fields__ if name != "address"}
        return initial | {name: getattr(data.address, name) for name in data.address.__dataclass_fields__}


class ProviderUserForm(forms.Form):
    """Link the customer's user at an account by its id, or have the provider create it."""

    LINK, CREATE, HEADLESS = "link", "create", "headless"

    account = forms.ModelChoiceField(
        queryset=ProviderAccount.objects.none(), empty_label=_("Choose an account"), label=_("Provider account")
    )
    way = forms.ChoiceField(
        choices=[
            (LINK, _("Link a user that exists at the provider")),
            (CREATE, _("Create the user with this customer's profile")),
            (HEADLESS, _("Create the user without a profile (needs a licence that allows it)")),
        ],
        widget=forms.RadioSelect,
        initial=LINK,
        label=_("How"),
    )
    provider_reference = LineField(
        max_length=42,
        required=False,
        strip=False,
        label=_("User id at the provider"),
        help_text=_("14 to 42 characters, exactly as the provider shows it, spaces included."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = customer.provider_users.exclude(status="REFUSED").values("account_id")
        field = self.fields["account"]
        if isinstance(field, forms.ModelChoiceField):
            accounts = ProviderAccount.objects.filter(is_enabled=True, kind__in=SIGNED_KINDS)
            field.queryset = accounts.exclude(pk__in=taken).order_by("name")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("way") == self.LINK and not data.get("provider_reference"):
            self.add_error("provider_reference", _("Enter the user's id at the provider."))
        return data
