"""A note about a case, new or changed. Files come beside the form; the service says what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.forms.decisions import TextField


class NoteForm(forms.Form):
    """``confirmed`` is asked for once, where the text speaks of a report to the authorities."""

    text = TextField(
        label=_("Note"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sealed. Read by everybody who works on the case, never by the customer. @name tells a colleague."),
        error_messages={"required": _("Write something.")},
    )
    mentions = forms.TypedMultipleChoiceField(
        coerce=int, required=False, label=_("Tell colleagues"), widget=forms.CheckboxSelectMultiple
    )
    confirmed = forms.BooleanField(required=False, label=_("Save it as it is"))
    based_on = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, colleagues: Sequence[Any] = (), is_change: bool = False, **kwargs: Any) -> None:
        kwargs["auto_id"] = "note-%s"
        super().__init__(*args, **kwargs)
        self.is_change = is_change
        names = [(person.pk, person.get_full_name() or person.get_username()) for person in colleagues]
        field = self.fields["mentions"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = names
        if not names:
            del self.fields["mentions"]

    @property
    def asks_to_confirm(self) -> bool:
        return "confirmed" in self.errors
