"""Asking for an export: the filters of the list, the format, the columns, and what personal data is needed for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import ExportFormat, RevealPurpose
from verifications.forms.fields import DateField, LineField
from verifications.selectors.export_columns import Column, Filter, columns_of, filters_of
from verifications.selectors.export_wishes import offered
from verifications.selectors.export_words import DAYS, names_in, value_words
from verifications.services.exports import formats_of

ANY = ("", _("any"))
OWN_FIELDS = ("format", "column", "sensitive", "purpose")
"""What is not a filter."""
FORMAT_HELP = {
    ExportFormat.CSV: _("For spreadsheets: UTF-8, commas, one line a record. No cell is taken for a formula."),
    ExportFormat.JSONL: _("For programs: one JSON object a line, under the names of the columns."),
    ExportFormat.XLSX: _("For Excel and LibreOffice: every cell is text, and a last sheet describes the columns."),
    ExportFormat.LOG: _("The whole log with its seals and the verifier, without filters. For proving it."),
}


class ExportForm(forms.Form):
    """How records of one kind are exported. The fields are the filters of their list, by the same names, then our own.

    ``with_sensitive``: the person may have personal data in clear, and so the columns of it are offered.
    """

    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect, initial=ExportFormat.CSV)
    column = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple, required=False)
    sensitive = forms.MultipleChoiceField(
        label=_("Personal data in clear"), widget=forms.CheckboxSelectMultiple, required=False
    )
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[("", _("Choose a purpose")), *RevealPurpose.choices],
        required=False,
        help_text=_("Your name, the purpose and the time go to the access log, for every record in the file."),
    )

    def __init__(self, *args: Any, kind: str, with_sensitive: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.filter_names = [one.name for one in filters_of(kind)]
        plain = [column for column in columns_of(kind) if not column.sensitive]
        personal = [column for column in columns_of(kind) if column.sensitive] if with_sensitive else []
        self._choices("format", [(value.value, value.label) for value in formats_of(kind)])
        self._choices("column", _names(plain))
        self._choices("sensitive", _names(personal))
        self.initial.setdefault("column", [column.name for column in plain])
        if not personal:
            del self.fields["sensitive"], self.fields["purpose"]
        for one in filters_of(kind):
            self.fields[one.name] = self._field(one)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = (data.get(name) for name in DAYS)
        if first and last and last < first:
            self.add_error(DAYS[1], _("The last day lies before the first."))
        if data.get("format") == ExportFormat.LOG:
            if self.filters:
                self.add_error("format", _("A log that can be verified is whole. Take the filters off."))
        elif not data.get("column") and not data.get("sensitive") and "column" not in self.errors:
            self.add_error("column", _("Choose at least one column."))
        if self.wants_personal_data and not data.get("purpose") and "purpose" not in self.errors:
            self.add_error("purpose", _("Choose what the personal data is needed for."))
        return data

    @property
    def wants_personal_data(self) -> bool:
        return bool(self.cleaned_data.get("sensitive")) and self.cleaned_data.get("format") != ExportFormat.LOG

    @property
    def filters(self) -> dict[str, Any]:
        """The filters that were filled in, as ``request_export`` takes them."""
        entered = {name: self.cleaned_data.get(name) for name in self.filter_names}
        return {name: value.isoformat() if name in DAYS else value for name, value in entered.items() if value}

    @property
    def columns(self) -> list[str]:
        if self.cleaned_data["format"] == ExportFormat.LOG:
            return []
        return [*self.cleaned_data["column"], *self.cleaned_data.get("sensitive", [])]

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.filter_names]

    @property
    def formats(self) -> list[tuple[str, Any, Any, bool]]:
        """Value, label, what it is good for, and whether it is chosen."""
        chosen = self["format"].value()
        return [(one.value, one.label, FORMAT_HELP[one], one.value == chosen) for one in formats_of(self.kind)]

    @property
    def plain_columns(self) -> list[tuple[Column, bool]]:
        return self._columns("column")

    @property
    def all_columns(self) -> bool:
        return all(is_chosen for _column, is_chosen in self.plain_columns)

    @property
    def sensitive_columns(self) -> list[tuple[Column, bool]]:
        return self._columns("sensitive") if "sensitive" in self.fields else []

    def forget_problems_of_others(self) -> None:
        """Keep what is wrong with the filters alone: the rest is not looked at yet."""
        for name in OWN_FIELDS:
            self.errors.pop(name, None)

    def _columns(self, name: str) -> list[tuple[Column, bool]]:
        ticked = self[name].value() or []
        sensitive = name == "sensitive"
        return [(one, one.name in ticked) for one in columns_of(self.kind) if one.sensitive is sensitive]

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _field(self, one: Filter) -> forms.Field:
        label = str(one.label)
        if one.name in DAYS:
            return DateField(label=label, required=False)
        choices = offered(self.kind, one)
        if choices is None:
            return _TypedFilter(one)
        if one.several:
            return forms.MultipleChoiceField(
                label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )
        return forms.ChoiceField(label=label, choices=[ANY, *self._with_given(one, choices)], required=False)

    def _with_given(self, one: Filter, choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """With the value that was asked for, where it is lawful and offered no more: a colleague who left, say."""
        source: Mapping[str, Any] = self.data if self.is_bound else self.initial
        given = str(source.get(one.name) or "")
        if not given or given in {value for value, _label in choices} or not one.takes(given):
            return choices
        return [*choices, (given, value_words(one, given, names_in([{one.name: given}])))]


class _TypedFilter(LineField):
    """A filter whose value is typed: a country's code, an actor, an id."""

    def __init__(self, one: Filter) -> None:
        super().__init__(label=str(one.label), required=False, max_length=100)
        self.filter = one
        if one.name == "country":
            self.widget.attrs |= {"autocapitalize": "characters", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        text = text.upper() if self.filter.name == "country" else text
        if text and not self.filter.takes(text):
            raise forms.ValidationError(_("This list knows no such value."))
        return text


def _names(columns: list[Column]) -> list[tuple[str, Any]]:
    return [(column.name, column.label) for column in columns]
