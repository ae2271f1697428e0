"""Starting a verification, and one metadata form a type: only what the chosen provider and type need."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind, ProviderUserStatus, VerificationMethod, VerificationType
from verifications.forms.fields import SIGNED_KINDS, CountryField, DateField, LineField, MomentField, as_utc
from verifications.models import Customer, ProviderUser, Verification
from verifications.providers.registry import definition
from verifications.providers.vocabulary import (
    IDENTITY_DOCUMENT_TYPES,
    RESIDENCE_DOCUMENT_TYPES,
    SCREENING_STATUSES,
    SELFIE_TYPES,
    TAX_DOCUMENT_TYPES,
    TAX_ID_TYPES,
)
from verifications.selectors.marked_words import in_sentence, shown_choices
from verifications.services.customers import AddressData
from verifications.services.provider_accounts import account_options
from verifications.services.verification_data import SCREENED_LISTS, ScreeningData, VerificationData

DEEPEST_JSON = 64
"""Levels a verifier's answer may nest; deeper ones only serve to trip up whoever parses them next."""


class VerificationStartForm(forms.Form):
    """Which provider user, what kind of check, by which method: every combination offered here is possible."""

    choice = forms.ChoiceField(widget=forms.RadioSelect, label=_("Provider and method"))
    type = forms.ChoiceField(choices=VerificationType, widget=forms.RadioSelect, label=_("What is verified"))

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = (
            customer.provider_users.filter(
                status=ProviderUserStatus.LINKED, account__is_enabled=True, account__kind__in=SIGNED_KINDS
            )
            .select_related("account")
            .order_by("account__name")
        )
        self.users: dict[str, ProviderUser] = {str(user.public_id): user for user in users}
        choices = [
            (f"{key}:{method}", f"{user.account.name}: {in_sentence(VerificationMethod(method).label)}")
            for key, user in self.users.items()
            for method in definition(user.account.kind).methods
        ]
        enabled = {name for user in self.users.values() for name in account_options(user.account).enabled_types}
        for name, values in (
            ("choice", choices),
            ("type", [pair for pair in VerificationType.choices if pair[0] in enabled]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = values
            if len(values) == 1:
                field.initial = values[0][0]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        key, _colon, method = data.get("choice", "").partition(":")
        user = self.users.get(key)
        if user is not None:
            data["provider_user"], data["method"] = user, method
            kind = data.get("type")
            if kind and kind not in account_options(user.account).enabled_types:
                self.add_error(
                    "type",
                    _("%(name)s has not switched on this kind (see the account's options).")
                    % {"name": user.account.name},
                )
        return data


def _refuse_constant(name: str) -> None:
    """``NaN`` and ``Infinity`` are Python's, not JSON's: the provider would refuse them."""
    raise ValueError(name)


def _depth(text: str) -> int:
    """How deep a JSON text nests, told without walking what was parsed."""
    deepest = depth = 0
    for bracket in re.findall(r"[\[{\]}]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


class MetadataForm(forms.Form):
    """Common members. A draft saves incomplete: what is missing is told by the preflight, not by this form."""

    verifier = LineField(
        max_length=120,
        required=False,
        label=_("Verifier"),
        help_text=_("Who did the check: your KYC vendor, or your own team."),
    )
    verified_at = MomentField(required=False, label=_("Verified at"), help_text=_("When the check was done (UTC)."))
    expiration_date = DateField(required=False, label=_("Document expires"))
    external_verification_id = LineField(
        max_length=120,
        required=False,
        label=_("Your id of this check"),
        help_text=_("Left empty, the portal uses its own id."),
    )
    verifier_response = forms.CharField(
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        label=_("Verifier's answer (JSON)"),
        help_text=_("The vendor's raw answer, as evidence. Stored encrypted."),
    )

    TITLE = _("Details")
    PAYWARD_LEAVES_OUT: tuple[str, ...] = ("expiration_date", "external_verification_id")

    def __init__(self, *args: Any, verification: Verification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if verification.account.kind == ProviderKind.PAYWARD_SERVICES:
            for name in self.PAYWARD_LEAVES_OUT:
                self.fields.pop(name, None)

    def clean_verifier_response(self) -> str:
        text: str = self.cleaned_data["verifier_response"].strip()
        if not text:
            return ""
        try:
            parsed = json.loads(text, parse_constant=_refuse_constant)
            if _depth(text) > DEEPEST_JSON:
                raise forms.ValidationError(
                    _("This is nested more than %(levels)s levels deep.") % {"levels": DEEPEST_JSON}
                )
            compact = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
            compact.encode()
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not valid JSON. Paste the answer exactly as the vendor gave it.")
            ) from error
        return compact

    def data_members(self) -> dict[str, Any]:
        entered = dict(self.cleaned_data)
        if "verified_at" in entered:
            entered["verified_at"] = as_utc(entered["verified_at"])
        return entered

    def verification_data(self) -> VerificationData:
        return VerificationData(**self.data_members())

    def initial_from(self, data: VerificationData) -> dict[str, Any]:
        return {name: getattr(data, name) for name in self.fields if hasattr(data, name)}


class IdentityDocumentForm(MetadataForm):
    TITLE = _("Identity document")
    PAYWARD_LEAVES_OUT = (*MetadataForm.PAYWARD_LEAVES_OUT, "nationality")

    document_type = forms.ChoiceField(
        choices=[("", _("Choose a document")), *shown_choices(IDENTITY_DOCUMENT_TYPES)],
        required=False,
        label=_("Document"),
    )
    document_number = LineField(
        max_length=80, required=False, label=_("Document number"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    issuing_country = CountryField(required=False, label=_("Issued by"))
    first_name = LineField(max_length=120, required=False, label=_("First name"))
    middle_name = LineField(max_length=120, required=False, label=_("Middle name"))
    last_name = LineField(max_length=120, required=False, label=_("Last name"))
    date_of_birth = DateField(required=False, label=_("Date of birth"))
    nationality = CountryField(required=False, label=_("Nationality"))

    field_order = [
        "document_type",
        "document_number",
        "issuing_country",
        "expiration_date",
        "first_name",
        "middle_name",
        "last_name",
        "date_of_birth",
        "nationality",
        "verifier",
        "verified_at",
        "external_verification_id",
        "verifier_response",
    ]


class ResidenceDocumentForm(MetadataForm):
    TITLE = _("Proof of residence")

    document_type = forms.ChoiceField(
        choices=[("", _("Choose a document")), *shown_choices(RESIDENCE_DOCUMENT_TYPES)],
        required=False,
        label=_("Document"),
    )
    line1 = LineField(max_length=200, required=False, label=_("Street and number"))
    line2 = LineField(max_length=200, required=False, label=_("Address, second line"))
    postal_code = LineField(max_length=20, required=False, label=_("Postal code"))
    city = LineField(max_length=120, required=False, label=_("City"))
    province = LineField(max_length=120, required=False, label=_("Province or state"))
    country = CountryField(required=False, label=_("Country"))

    ADDRESS = ("line1", "line2", "city", "province", "postal_code", "country")
    field_order = ["document_type", "line1", "line2", "postal_code", "city", "province", "country"]

    def data_members(self) -> dict[str, Any]:
        entered = super().data_members()
        address = AddressData(**{name: entered.pop(name) for name in self.ADDRESS})
        return entered | {"address": address}

    def initial_from(self, data: VerificationData) -> dict[str, Any]:
        return super().initial_from(data) | {name: getattr(data.address, name) for name in self.ADDRESS}


class SelfieForm(MetadataForm):
    TITLE = _("Selfie")

    selfie_type = forms.ChoiceField(
        choices=[("", _("Choose a kind")), *shown_choices(SELFIE_TYPES)], required=False, label=_("Kind of selfie")
    )
    field_order = ["selfie_type"]


class TaxIdDocumentForm(MetadataForm):
    TITLE = _("Tax document")

    tax_id_type = forms.ChoiceField(
        choices=[("", _("Choose a number")), *shown_choices(TAX_ID_TYPES)],
        required=False,
        label=_("Kind of tax number"),
    )
    document_type = forms.ChoiceField(
        choices=[("", _("Choose a document")), *shown_choices(TAX_DOCUMENT_TYPES)], required=False, label=_("Document")
    )
    issuing_country = CountryField(required=False, label=_("Country"))
    field_order = ["tax_id_type", "document_type", "issuing_country"]


class WatchlistsForm(forms.Form):
    """Up to three lists, each with its own result."""

    TITLE = _("Watch-list screening")
    LABELS = {"sanctions": _("Sanctions"), "pep": _("Politically exposed persons"), "negative_news": _("Negative news")}

    def __init__(self, *args: Any, verification: Verification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del verification
        statuses = [("", _("Not screened")), *shown_choices(SCREENING_STATUSES)]
        for name in SCREENED_LISTS:
            label = self.LABELS[name]
            self.fields[f"{name}_status"] = forms.ChoiceField(
                choices=statuses, required=False, label=_("%(label)s: result") % {"label": label}
            )
            self.fields[f"{name}_verifier"] = LineField(
                max_length=120, required=False, label=_("%(label)s: verifier") % {"label": label}
            )
            self.fields[f"{name}_verified_at"] = MomentField(
                required=False, label=_("%(label)s: screened at (UTC)") % {"label": label}
            )
            self.fields[f"{name}_external_verification_id"] = LineField(
                max_length=120, required=False, label=_("%(label)s: your id") % {"label": label}
            )

    MEMBERS = ("status", "verifier", "verified_at", "external_verification_id")

    def verification_data(self) -> VerificationData:
        lists = {}
        for name in SCREENED_LISTS:
            entered = {member: self.cleaned_data[f"{name}_{member}"] for member in self.MEMBERS}
            entered["verified_at"] = as_utc(entered["verified_at"])
            lists[name] = ScreeningData(**entered)
        return VerificationData(sanctions=lists["sanctions"], pep=lists["pep"], negative_news=lists["negative_news"])

    def initial_from(self, data: VerificationData) -> dict[str, Any]:
        return {
            f"{name}_{member}": getattr(getattr(data, name), member)
            for name in SCREENED_LISTS
            for member in self.MEMBERS
        }


FORM_OF_TYPE: dict[str, type[MetadataForm] | type[WatchlistsForm]] = {
    VerificationType.IDENTITY_DOCUMENT: IdentityDocumentForm,
    VerificationType.RESIDENCE_DOCUMENT: ResidenceDocumentForm,
    VerificationType.SELFIE: SelfieForm,
    VerificationType.TAX_ID_DOCUMENT: TaxIdDocumentForm,
    VerificationType.WATCHLISTS: WatchlistsForm,
}

FIELD_OF_MEMBER = {
    "full_name": "last_name",
    "full_name.first_name": "first_name",
    "full_name.last_name": "last_name",
    "full_name.middle_name": "middle_name",
}


def field_of_problem(member: str) -> str:
    """The form field that shows a preflight problem of this member: ``address.line1`` -> ``line1``."""
    if member in FIELD_OF_MEMBER:
        return FIELD_OF_MEMBER[member]
    head, _dot, tail = member.partition(".")
    if head == "address":
        return tail or "line1"
    if head in SCREENED_LISTS:
        return f"{head}_{tail or 'status'}"
    if member == "country":
        return "issuing_country"
    return member
