"""Entering a customer, and linking or creating the customer's user at a provider."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

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
from verifications.services.customers import AddressData, CustomerData

OLDEST = 130
LONGEST_FOLDED_NAME = 500
"""What the column for search holds; one ligature may stand for eighteen letters."""


class CustomerForm(forms.Form):
    """Everything about a customer. Only the reference and a name are needed to begin; the rest can follow."""

    kind = forms.ChoiceField(
        choices=CustomerKind, widget=forms.RadioSelect, initial=CustomerKind.INDIVIDUAL, label="Kind"
    )
    reference = LineField(
        max_length=64, label="Reference", help_text="Your own id of this customer, for example a CRM number."
    )
    first_name = LineField(max_length=120, required=False, label="First name")
    middle_name = LineField(max_length=120, required=False, label="Middle name")
    last_name = LineField(
        max_length=120, required=False, label="Last name", help_text="A person with one name only: enter it here."
    )
    business_name = LineField(max_length=200, required=False, label="Business name")
    date_of_birth = DateField(required=False, label="Date of birth")
    nationalities = NationalitiesField(required=False, label="Nationalities")
    email = forms.EmailField(required=False, max_length=254, label="E-mail")
    phone = LineField(max_length=20, required=False, label="Phone", help_text="International form, like +48500100200.")
    line1 = LineField(max_length=200, required=False, label="Street and number")
    line2 = LineField(max_length=200, required=False, label="Address, second line")
    postal_code = LineField(max_length=20, required=False, label="Postal code")
    city = LineField(max_length=120, required=False, label="City")
    province = LineField(max_length=120, required=False, label="Province or state")
    country = CountryField(required=False, label="Country of residence")
    occupation = forms.ChoiceField(choices=[("", "Not given"), *OCCUPATIONS], required=False, label="Occupation")
    employer_name = LineField(max_length=200, required=False, label="Employer")
    city_of_birth = LineField(max_length=120, required=False, label="City of birth")
    country_of_birth = CountryField(required=False, label="Country of birth")
    tax_ids = TaxIdsField(required=False, label="Tax numbers")
    language = LineField(max_length=2, required=False, label="Language", help_text="Two letters, like en or pl.")
    tos_version_accepted = forms.IntegerField(
        min_value=0,
        max_value=2_147_483_647,
        required=False,
        label="Version of the provider's terms accepted",
        help_text="Kraken Embed asks for it when it creates a user.",
    )

    NAME_FIELDS = ("first_name", "middle_name", "last_name")

    def clean_phone(self) -> str:
        phone = "".join(self.cleaned_data["phone"].split())
        digits = phone.removeprefix("+")
        if phone and (not digits.isdecimal() or not digits.isascii() or digits.startswith("0") or len(digits) > 15):
            raise forms.ValidationError("Write the number in international form: + and country code, digits only.")
        return phone

    def clean_date_of_birth(self) -> dt.date | None:
        born: dt.date | None = self.cleaned_data["date_of_birth"]
        today = timezone.localdate()
        if born and born >= today:
            raise forms.ValidationError("The date of birth lies in the future.")
        if born and today.year - born.year > OLDEST:
            raise forms.ValidationError(f"The date of birth is more than {OLDEST} years ago.")
        return born

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"].lower()
        if language and not (len(language) == 2 and language.isascii() and language.isalpha()):
            raise forms.ValidationError("Two letters, like en or pl.")
        return language

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == CustomerKind.INDIVIDUAL and not data.get("last_name") and "last_name" not in self.errors:
            self.add_error("last_name", "A person needs a last name (or the one name they have).")
        if data.get("kind") == CustomerKind.BUSINESS and not data.get("business_name"):
            self.add_error("business_name", "A business needs its name.")
        for names in (self.NAME_FIELDS, ("business_name",)):
            if len(fold_name(" ".join(data.get(name) or "" for name in names))) > LONGEST_FOLDED_NAME:
                self.add_error(names[-1], "Written out, this name is too long. Use its usual letters.")
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
        queryset=ProviderAccount.objects.none(), empty_label="Choose an account", label="Provider account"
    )
    way = forms.ChoiceField(
        choices=[
            (LINK, "Link a user that exists at the provider"),
            (CREATE, "Create the user with this customer's profile"),
            (HEADLESS, "Create the user without a profile (needs a licence that allows it)"),
        ],
        widget=forms.RadioSelect,
        initial=LINK,
        label="How",
    )
    provider_reference = LineField(
        max_length=42,
        required=False,
        strip=False,
        label="User id at the provider",
        help_text="14 to 42 characters, exactly as the provider shows it, spaces included.",
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
            self.add_error("provider_reference", "Enter the user's id at the provider.")
        return data
