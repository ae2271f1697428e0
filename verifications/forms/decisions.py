"""What a person says when they decide a case, and what they say of another's decision."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import DecisionOutcome
from verifications.forms.fields import CONTROL

OUTCOMES = [choice for choice in DecisionOutcome.choices if choice[0] != DecisionOutcome.ASK_FOR_MORE]
LINES = str.maketrans({"\r": None})
LONGEST_SEEN = 200_000


class TextField(forms.CharField):
    """Some lines that auditors read, without invisible characters. The service says how long it has to be."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 4000)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        lines = str(super().clean(value)).translate(LINES).split("\n")
        return "\n".join(CONTROL.sub(" ", line) for line in lines).strip()


class DecisionForm(forms.Form):
    """``outcome`` is the button that was pressed; the rules are the service's, which names each problem by its field.

    Asking the customer has a form of its own.
    """

    outcome = forms.ChoiceField(choices=OUTCOMES, error_messages={"required": _("Choose what you decide.")})
    reason = forms.SlugField(max_length=60, error_messages={"required": _("Choose a reason.")})
    rationale = TextField(error_messages={"required": _("Say in a few words why; auditors read it.")})
    seen = forms.CharField(max_length=LONGEST_SEEN, required=False)
    corrects = forms.UUIDField(required=False)

    @property
    def corrected(self) -> uuid.UUID | None:
        """The decision to be corrected, also of a form that has other problems."""
        try:
            return uuid.UUID(str(self.data.get("corrects", "")))
        except ValueError:
            return None


class ReviewForm(forms.Form):
    """A second person's word; whether it is needed is the service's to say."""

    note = TextField(required=False)
