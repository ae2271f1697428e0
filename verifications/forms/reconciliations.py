"""What a person says of a submission whose outcome nobody knows."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import ReconciliationChoice
from verifications.forms.fields import CONTROL, LineField

CONSEQUENCES = {
    ReconciliationChoice.MATCH: (
        _(
            "The provider named its verification id. The verification counts as accepted at once, and "
            "the user's status brings the answer. One person is enough: nothing is sent."
        )
    ),
    ReconciliationChoice.NOT_RECEIVED: (
        _(
            "The provider says it has nothing of it. The submission then stands as not sent: it can be "
            "sent again without a risk, or cancelled. A second person decides."
        )
    ),
    ReconciliationChoice.SEND_AGAIN: (
        _(
            "The same files go out again with the same id of ours. If the first did arrive, the provider "
            "has the documents twice. A second person decides, and it is sent when they approve."
        )
    ),
}


class ReasonField(forms.CharField):
    """A reason that auditors read: a few lines, without control characters. The service says how long it has to be."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 500)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        return CONTROL.sub(" ", super().clean(value)).strip()


class ReconciliationForm(forms.Form):
    """The rules are the service's: it names each problem by the field it belongs to."""

    choice = forms.ChoiceField(
        choices=ReconciliationChoice, widget=forms.RadioSelect, required=False, label=_("Choice")
    )
    reference = LineField(
        max_length=255,
        required=False,
        label=_("The provider's verification id"),
        help_text=_("As the provider named it, letter for letter."),
    )
    reason = ReasonField(
        label=_("How you know"),
        error_messages={"required": _("Say in a few words how you know; auditors read it.")},
        help_text=_("Whom you asked, when, and what they said. The second person and auditors read it."),
    )
