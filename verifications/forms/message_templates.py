"""A text to customers. What it may hold is the service's to say, which names each problem by its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.forms.decisions import TextField
from verifications.forms.fields import LineField
from verifications.policy.customer_words import LANGUAGES


class TemplateForm(forms.Form):
    """``code`` and ``language`` stay as they are once a first version exists."""

    code = LineField(
        max_length=60, label=_("Short name"), help_text=_("The same in all languages, like ask-for-selfie.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=list(LANGUAGES.items()))
    title = LineField(max_length=120, label=_("Title"), help_text=_("Officers choose it by this."))
    subject = LineField(max_length=200, label=_("Subject"))
    body = TextField(
        label=_("Text"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_(
            "{name}, {item}, {reason} and {address} are put in. With {address} it goes with a session or a link, "
            "without it with a message."
        ),
        error_messages={"required": _("Write something here; the customer reads it.")},
    )

    def __init__(self, *args: Any, is_next: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_next:
            del self.fields["code"], self.fields["language"]
