"""A new verification session: at which account, who takes the pictures, what a sandbox shall pretend."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import SessionShape
from verifications.forms.fields import LineField
from verifications.models import ProviderAccount
from verifications.providers.session_types import MockBehavior
from verifications.services.provider_accounts import account_options
from verifications.services.sessions import SessionData, may_mock

DURATION = re.compile(r"(?=\d)(\d{1,3}m)?(\d{1,4}s)?", re.ASCII)
INFO_MEMBERS = ("person_details", "document_details")
RECOMMENDATIONS = (
    ("", _("Let the sandbox decide")),
    ("ALLOW", _("Allow: every check passes")),
    ("CHALLENGE", _("Challenge: a check does not pass")),
    ("DENY", _("Deny: fraud is likely")),
)
MOCK_FIELDS = ("mock_recommendation", "mock_processing_time", "mock_force_retry", "mock_info")
CONSENT_FIELDS = ("consent_granted", "consent_document_id")


class SessionForm(forms.Form):
    """``accounts``: the Transmit Security accounts to choose from. What belongs to another choice must stay empty."""

    account = forms.ModelChoiceField(
        queryset=ProviderAccount.objects.none(),
        to_field_name="public_id",
        empty_label=None,
        label=_("Provider account"),
    )
    shape = forms.ChoiceField(
        choices=[
            (SessionShape.HOSTED, _("The customer, on the provider's own pages. You hand over an address.")),
            (SessionShape.BACKEND, _("The portal sends them. You upload pictures that the customer gave you.")),
        ],
        widget=forms.RadioSelect,
        initial=SessionShape.HOSTED,
        label=_("Who takes the pictures?"),
    )
    organization_name = LineField(
        max_length=120,
        required=False,
        label=_("Organisation or branch"),
        help_text=_("The customer sees it. No name of a person: the provider keeps it outside the protected data."),
    )
    organization_id = LineField(
        max_length=120,
        required=False,
        label=_("Its id"),
        help_text=_("Your own id of the branch. No personal data here."),
    )
    consent_granted = forms.BooleanField(
        required=False, label=_("The customer has agreed to the check and to the use of the pictures")
    )
    consent_document_id = LineField(
        max_length=120,
        required=False,
        label=_("Id of the consent text"),
        help_text=_("Which wording, in which version, the customer agreed to. The provider keeps it as evidence."),
    )
    mock_recommendation = forms.ChoiceField(choices=RECOMMENDATIONS, required=False, label=_("Recommendation"))
    mock_processing_time = LineField(
        max_length=9, required=False, label=_("Processing time"), help_text=_("Like 15s or 1m30s. Empty: at once.")
    )
    mock_force_retry = forms.BooleanField(required=False, label=_("The first attempt has to be taken again"))
    mock_info = forms.CharField(
        max_length=4000,
        required=False,
        label=_("Data that is “read” (JSON)"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off", "class": "mono"}),
        help_text=_(
            'An object with person_details and document_details, like {"person_details": {"surname": '
            '"Doe"}}. Use invented people only.'
        ),
    )

    def __init__(self, *args: Any, accounts: Sequence[ProviderAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = list(accounts)
        self.capture_accounts = [a for a in self.accounts if account_options(a).backend_capture_enabled]
        self.mock_accounts = [a for a in self.accounts if may_mock(a)]
        field = self.fields["account"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = ProviderAccount.objects.filter(pk__in=[a.pk for a in self.accounts]).order_by("name")
        if self.accounts:
            self.initial.setdefault("account", self.accounts[0].public_id)
        if not self.capture_accounts:
            del self.fields["consent_granted"], self.fields["consent_document_id"]
            self.fields["shape"].choices = self.fields["shape"].choices[:1]  # type: ignore[attr-defined]
        if not self.mock_accounts:
            for name in MOCK_FIELDS:
                del self.fields[name]

    def clean_mock_processing_time(self) -> str:
        text: str = self.cleaned_data["mock_processing_time"]
        if text and not DURATION.fullmatch(text):
            raise forms.ValidationError(_("Write minutes and seconds like 15s or 1m30s."))
        return text

    def clean_mock_info(self) -> dict[str, Any] | None:
        text: str = self.cleaned_data["mock_info"].strip()
        if not text:
            return None
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not JSON. Check quotes, commas and brackets: names and texts stand in double quotes.")
            ) from error
        if not isinstance(parsed, dict) or not all(isinstance(part, dict) for part in parsed.values()):
            raise forms.ValidationError(_("Write an object whose members are objects themselves."))
        unknown = [name[:40] for name in parsed if name not in INFO_MEMBERS]
        if unknown:
            raise forms.ValidationError(
                _("Only %(known)s are known, not: %(unknown)s.")
                % {"known": " and ".join(INFO_MEMBERS), "unknown": ", ".join(unknown)}
            )
        return parsed

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        account = data.get("account")
        if account is None:
            return data
        if data.get("shape") == SessionShape.BACKEND:
            self._check_capture(data, account)
        if account not in self.mock_accounts:
            for name in MOCK_FIELDS:
                if data.get(name):
                    self.add_error(
                        name,
                        _("%(name)s is no sandbox: only a sandbox pretends a result. Leave it out.")
                        % {"name": account.name},
                    )
        return data

    def session_data(self) -> SessionData:
        entered = self.cleaned_data
        mock = MockBehavior(
            recommendation=entered.get("mock_recommendation", ""),
            processing_time=entered.get("mock_processing_time", ""),
            force_retry=True if entered.get("mock_force_retry") else None,
            info=entered.get("mock_info"),
        )
        return SessionData(
            organization_name=entered["organization_name"],
            organization_id=entered["organization_id"],
            consent_granted=bool(entered.get("consent_granted")),
            consent_document_id=entered.get("consent_document_id", ""),
            mock=mock if mock != MockBehavior() else None,
        )

    def _check_capture(self, data: dict[str, Any], account: ProviderAccount) -> None:
        if account not in self.capture_accounts:
            self.add_error(
                "shape",
                _("Sending pictures from the portal is not switched on for %(name)s. Choose another way.")
                % {"name": account.name},
            )
            return
        if not data.get("consent_granted"):
            self.add_error("consent_granted", _("Without the customer's consent no picture may be sent."))
        if not data.get("consent_document_id") and "consent_document_id" not in self.errors:
            self.add_error("consent_document_id", _("Name the consent text that the customer agreed to."))
