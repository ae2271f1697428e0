"""A zone typed or pasted, names confirmed, a reading set aside, a difference resolved."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import DifferenceReason
from verifications.forms.decisions import TextField
from verifications.forms.fields import LineField


class ReadingForm(forms.Form):
    """The lines as typed or pasted. A barcode's text has control characters between its elements, which are kept."""

    text = forms.CharField(
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Type or paste the lines at the foot of the document, or the text of its barcode."),
            "max_length": _("This is too long for a zone or a barcode. Paste only its lines."),
        },
    )


class ConfirmForm(forms.Form):
    """The names as the document gives them; a person of one name has one."""

    surname = LineField(max_length=200, required=False)
    given_names = LineField(max_length=200, required=False)


class SetAsideForm(forms.Form):
    reason = LineField(max_length=500, required=False)


class DifferenceForm(forms.Form):
    """Which difference, and why the values may stand or really differ; the rules are the service's."""

    field = forms.SlugField(max_length=60)
    values_hash = forms.CharField(max_length=64)
    reason = forms.ChoiceField(
        choices=DifferenceReason.choices, error_messages={"required": _("Choose why the values differ.")}
    )
    explanation = TextField(error_messages={"required": _("Say in a few words why; auditors read it.")})
