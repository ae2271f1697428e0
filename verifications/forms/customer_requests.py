"""Asking a customer again, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from verifications.enums import DocumentSlot, RequestItem, RequestReason, RequestWay, VerificationType
from verifications.forms.decisions import TextField
from verifications.models import Case, Document, MessageTemplate, Verification
from verifications.policy.customer_texts import language_for
from verifications.selectors.customer_requests import (
    Way,
    checks_to_replace,
    documents_to_replace,
    fits_way,
    language_name,
    usable_templates,
    ways_for,
)
from verifications.services.customer_requests import LONGEST_PRIVATE, AskData

CHECK, FILE = "check", "file"
ITEM_OF_SLOT = {
    DocumentSlot.FRONT: RequestItem.IDENTITY_DOCUMENT,
    DocumentSlot.BACK: RequestItem.DOCUMENT_BACK,
    DocumentSlot.SELFIE: RequestItem.SELFIE,
}


class MarkedSelect(forms.Select):
    """A list whose options carry what a script goes by: value -> attributes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marks: dict[str, dict[str, str]] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"] |= self.marks.get(str(value), {})
        return option


class AskForm(forms.Form):
    """What is wrong, why, how the customer answers, and in which words."""

    wrong = forms.ChoiceField(
        required=False,
        label=_("What is wrong"),
        widget=MarkedSelect,
        help_text=_("Stays as it is. What comes next stands beside it."),
    )
    item = forms.ChoiceField(label=_("Ask for"), choices=[("", _("Choose what you need")), *RequestItem.choices])
    reason = forms.ChoiceField(label=_("Why"), choices=[("", _("Choose why")), *RequestReason.choices])
    way = forms.ChoiceField(label=_("How the customer answers"), widget=forms.RadioSelect)
    template = forms.ChoiceField(label=_("Text to the customer"), widget=MarkedSelect)
    private_reason = TextField(
        required=False,
        label=_("Private reason, never shown to the customer"),
        max_length=LONGEST_PRIVATE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Sealed in the file, beside the decision. Auditors read it."),
    )
    confirmed = forms.BooleanField(required=False, label=_("Keep it as it is"))
    seen = forms.CharField(max_length=200_000, required=False, widget=forms.HiddenInput)
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.value: way for way in ways_for(case)}
        self.checks = {str(check.public_id): check for check in checks_to_replace(case)}
        self.documents = {str(one.public_id): one for one in documents_to_replace(list(self.checks.values()))}
        self.templates = {str(one.public_id): one for one in usable_templates()}
        language = language_for(case.customer.language)
        self._choices("way", [(value, _way_label(way)) for value, way in self.ways.items()])
        self._choices("wrong", _wrong_choices(self.checks, self.documents))
        self._choices("template", _template_choices(list(self.templates.values()), language))
        self._mark("template", {value: _template_marks(one) for value, one in self.templates.items()})
        self._mark("wrong", {f"{FILE}:{value}": _file_marks(one) for value, one in self.documents.items()})
        first = next(iter(self.ways.values()))
        self.initial.setdefault("way", first.value)
        fitting = [one for one in self.templates.values() if fits_way(one, first.way)]
        fitting.sort(key=lambda one: one.language != language)
        if fitting:
            self.initial.setdefault("template", str(fitting[0].public_id))

    @property
    def asks_to_confirm(self) -> bool:
        return "confirmed" in self.errors

    @property
    def is_misfit(self) -> bool:
        """The text chosen has an address where none will be, or none where one is needed."""
        way, template = self.ways.get(self.cleaned_data.get("way", "")), self.chosen_template
        return way is not None and template is not None and not fits_way(template, way.way)

    @property
    def chosen_template(self) -> MessageTemplate | None:
        return self.templates.get(self.cleaned_data.get("template", ""))

    def ask_data(self) -> AskData:
        entered = self.cleaned_data
        way, template = self.ways[entered["way"]], self.templates[entered["template"]]
        kind, _colon, public_id = entered["wrong"].partition(":")
        check, document = self.checks.get(public_id), self.documents.get(public_id)
        return AskData(
            item=entered["item"],
            reason=entered["reason"],
            way=way.way,
            account_id=way.account.pk if way.account else None,
            template_id=template.pk,
            private_reason=entered["private_reason"],
            verification_id=check.pk if kind == CHECK and check else None,
            document_id=document.pk if kind == FILE and document else None,
            confirmed=entered["confirmed"],
        )

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _mark(self, name: str, marks: dict[str, dict[str, str]]) -> None:
        widget = self.fields[name].widget
        if isinstance(widget, MarkedSelect):
            widget.marks = marks


def _template_marks(template: MessageTemplate) -> dict[str, str]:
    fits = RequestWay.MESSAGE if fits_way(template, RequestWay.MESSAGE) else "ADDRESS"
    return {"data-fits": str(fits), "data-language": template.language}


def _file_marks(document: Document) -> dict[str, str]:
    item = ITEM_OF_SLOT.get(DocumentSlot(document.slot))
    if document.verification is not None and document.verification.type == VerificationType.RESIDENCE_DOCUMENT:
        item = RequestItem.PROOF_OF_ADDRESS
    return {"data-item": item.value} if item else {}


def _way_label(way: Way) -> str:
    label = str(RequestWay(way.way).label)
    return f"{label} · {way.account.name}" if way.account else label


def _wrong_choices(checks: dict[str, Verification], documents: dict[str, Document]) -> list[Any]:
    """Each check with the files in it."""
    choices: list[Any] = [("", gettext("Nothing in particular"))]
    for public_id, check in checks.items():
        label = f"{check.get_type_display()} · {check.account.name} · {localtime(check.created_at):%Y-%m-%d}"
        inside = [(f"{CHECK}:{public_id}", gettext("The whole check"))]
        inside += [
            (f"{FILE}:{one.public_id}", f"{one.get_slot_display()} ({one.display_name})")
            for one in documents.values()
            if one.verification_id == check.pk
        ]
        choices.append((label, inside))
    return choices


def _template_choices(templates: Sequence[MessageTemplate], language: str) -> list[Any]:
    """By what they go with; the customer's language first."""
    ordered = sorted(templates, key=lambda one: (one.language != language, one.language, one.title))
    groups = (
        (gettext("For a session or a link"), RequestWay.LINK),
        (gettext("For a message"), RequestWay.MESSAGE),
    )
    return [
        (
            label,
            [
                (str(one.public_id), f"{language_name(one.language)} · {one.title} (v{one.version})")
                for one in ordered
                if fits_way(one, way)
            ],
        )
        for label, way in groups
    ]
