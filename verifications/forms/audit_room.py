"""Forms of the auditor's room: access for a time, samples, questions and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from verifications.enums import CaseKind, CaseRisk, DecisionOutcome, ProviderKind
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.decisions import TextField
from verifications.forms.fields import DateField, LineField, MomentField
from verifications.selectors.audit_samples import BY, SampleFilter
from verifications.selectors.periods import Period
from verifications.services.audit_samples import LARGEST, LONGEST_SEED

ANY = ("", _("any"))


class AccessForm(forms.Form):
    """Who may look, what for, and from when until when; in the zone of whoever fills it in."""

    auditor = forms.TypedChoiceField(label=_("Auditor"), coerce=int)
    title = LineField(label=_("What for"), max_length=200, help_text=_("Like: External audit 2026."))
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))

    def __init__(self, *args: Any, people: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["auditor"]
        if isinstance(field, forms.TypedChoiceField):
            names = [(person.pk, person.get_full_name() or person.get_username()) for person in people]
            field.choices = [("", _("Choose a person")), *names]


class AccessChangeForm(forms.Form):
    ends_at = MomentField(label=_("Until"), help_text=_("A time that is over ends the access now."))
    reason = LineField(label=_("Reason"), max_length=500, help_text=_("Read by auditors."))


class SampleForm(forms.Form):
    """Which cases are the population, how many to take, and by which seed."""

    title = LineField(label=_("What for"), max_length=200, help_text=_("Like: Declined cases, third quarter."))
    by = forms.ChoiceField(label=_("Cases that were"), choices=lambda: list(BY.items()))
    first = DateField(label=_("From"), help_text=_("The first day."))
    last = DateField(label=_("Until"), help_text=_("The last day, included."))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=[ANY, *DecisionOutcome.choices], required=False)
    risk = forms.ChoiceField(label=_("Risk"), choices=[ANY, *CaseRisk.choices], required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *CaseKind.choices], required=False)
    provider = forms.ChoiceField(label=_("Provider"), choices=[ANY, *ProviderKind.choices], required=False)
    size = forms.IntegerField(label=_("How many"), min_value=1, max_value=LARGEST, initial=25)
    seed = LineField(
        label=_("Seed"),
        max_length=LONGEST_SEED,
        required=False,
        help_text=_("Type any text that nobody here could foresee, like a throw of dice. Empty: the portal draws one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not dt.date(2000, 1, 1) <= day <= dt.date(2199, 12, 31):
                self.add_error(name, _("Choose a day of this century."))
        if first and last and last < first:
            self.add_error("last", _("This is before the first day."))
        return cleaned

    def to_filter(self) -> SampleFilter:
        """The days as moments in UTC, so that the filter means the same wherever it is read."""
        period = Period("", self.cleaned_data["first"], self.cleaned_data["last"])
        return SampleFilter(
            by=self.cleaned_data["by"],
            first=period.start.astimezone(dt.UTC).isoformat(),
            until=period.end.astimezone(dt.UTC).isoformat(),
            **{name: self.cleaned_data[name] for name in ("outcome", "risk", "kind", "provider")},
        )

    @staticmethod
    def initial_now() -> dict[str, Any]:
        """The last ninety days."""
        today = timezone.localdate()
        return {"first": today - dt.timedelta(days=89), "last": today, "size": 25}


class QuestionForm(forms.Form):
    """A question about a case."""

    text = TextField(
        label=_("Question"),
        max_length=10_000,
        help_text=_("Sealed. Read by everybody who works on the case; it can’t be changed later."),
        error_messages={"required": _("Write something.")},
    )


class AnswerForm(forms.Form):
    """An answer to one."""

    text = TextField(
        label=_("Answer"),
        max_length=10_000,
        help_text=_("Sealed. Read by auditors; it can’t be changed later."),
        error_messages={"required": _("Write something.")},
    )


def tell(form: forms.Form, error: DomainError) -> None:
    """Put what a service refused next to the field it speaks of."""
    if not isinstance(error, PreflightFailed):
        form.add_error(None, str(error))
        return
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
