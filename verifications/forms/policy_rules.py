"""One rule of a policy as a part of the form."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from verifications.enums import CaseRisk, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.policy.rules import Rule

FLAGS = ("watchlist_hit", "overrides_deny", "unresolved_differences", "escalated", "duplicate")
LISTS = ("customer_kinds", "answers", "recommendations", "outcomes", "risk")
_FLAG_VALUES = {"yes": True, "no": False}
_RECOMMENDATIONS = (ProviderAnswer.ALLOW, ProviderAnswer.CHALLENGE, ProviderAnswer.DENY)


class LinesField(forms.CharField):
    """Words separated by commas, spaces or lines; gives a list without repetitions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (tuple, list)) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(part for part in re.split(r"[,;\s]+", super().to_python(value) or "") if part))

    def run_validators(self, value: Any) -> None:
        super().run_validators(" ".join(value))


class YesNoField(forms.ChoiceField):
    """Asked, asked the other way round, or of no account."""

    def __init__(self, label: Any, yes: Any, no: Any) -> None:
        choices = [("", _("does not matter")), ("yes", yes), ("no", no)]
        super().__init__(label=label, choices=choices, required=False)


def _ticks(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


class RuleForm(forms.Form):
    """All conditions that are set must hold; what is left empty does not matter."""

    id = forms.CharField(
        label=_("Id"), required=False, max_length=60, help_text=_("Decisions name it. Empty: made of the name.")
    )
    label = forms.CharField(label=_("Name"), required=False, max_length=120)
    countries = LinesField(
        label=_("Countries"),
        required=False,
        help_text=_("Two-letter codes, separated by commas. Residence, nationality and issuing country count."),
    )
    customer_kinds = _ticks(_("Kind of customer"), CustomerKind.choices)
    outcomes = _ticks(_("Decision"), DecisionOutcome.choices)
    risk = _ticks(_("Risk of the case"), CaseRisk.choices)
    recommendations = _ticks(_("Provider’s advice"), [(one.value, one.label) for one in _RECOMMENDATIONS])
    answers = _ticks(_("Provider’s answer"), ProviderAnswer.choices)
    watchlist_hit = YesNoField(_("Watch list"), _("has a hit"), _("has no hit"))
    overrides_deny = YesNoField(_("Against a provider’s answer"), _("it goes against one"), _("it does not"))
    unresolved_differences = YesNoField(_("Unresolved differences"), _("there are some"), _("there are none"))
    escalated = YesNoField(_("Escalated"), _("it was"), _("it was not"))
    duplicate = YesNoField(_("Possibly known already"), _("yes"), _("no"))
    then_risk = forms.BooleanField(label=_("The risk is high"), required=False)
    then_second = forms.BooleanField(label=_("A second person has to approve"), required=False)
    then_senior = forms.BooleanField(label=_("The second person has to be a senior one"), required=False)
    remove = forms.BooleanField(label=_("Remove this rule"), required=False)

    @staticmethod
    def initial_of(rule: Rule) -> dict[str, Any]:
        return {
            "id": rule.id,
            "label": rule.label,
            "countries": list(rule.countries),
            **{name: list(getattr(rule, name)) for name in LISTS},
            **{name: {True: "yes", False: "no", None: ""}[getattr(rule, name)] for name in FLAGS},
            "then_risk": bool(rule.then_risk),
            "then_second": rule.then_second,
            "then_senior": rule.then_senior,
        }

    @property
    def is_left_out(self) -> bool:
        """Removed, or never filled in."""
        if self["remove"].value():
            return True
        return not any(field.value() for field in self)

    def to_data(self) -> dict[str, Any]:
        """As the policy's reader takes it; conditions that are not set are left out."""
        entered = self.cleaned_data
        when: dict[str, Any] = {"countries": [code.upper() for code in entered["countries"]]}
        when |= {name: entered[name] for name in LISTS}
        when = {name: value for name, value in when.items() if value}
        when |= {name: _FLAG_VALUES[entered[name]] for name in FLAGS if entered[name]}
        then: dict[str, Any] = {"risk": CaseRisk.HIGH.value} if entered["then_risk"] else {}
        then |= {"second": True} if entered["then_second"] else {}
        then |= {"senior": True} if entered["then_senior"] else {}
        key = entered["id"].strip() or slugify(entered["label"])[:60].strip("-") or "rule"
        return {"id": key, "label": entered["label"].strip(), "when": when, "then": then}

    def place(self, part: str, message: str) -> None:
        """Put a problem next to the field of this part of the rule."""
        name = "then_risk" if part == "then" else part
        self.add_error(name if name in self.fields else None, message)


def whole(number: float) -> float:
    """``16`` rather than ``16.0``, as people write it."""
    return int(number) if number == int(number) else number
