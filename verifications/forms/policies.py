"""A policy as a form: times and office hours, one part a rule, and plain JSON for whoever prefers it.

What is wrong stands next to its field: the places that the policy's reader names are fields here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from verifications.enums import CaseKind, CaseRisk
from verifications.forms.person_settings import zone_names
from verifications.forms.policy_rules import LinesField, RuleForm, whole
from verifications.policy.rules import Policy, PolicyProblem, PolicyProblems
from verifications.selectors.marked_words import marked_words
from verifications.services.policies import SHORTEST_NOTE

MOST_RULES = 25
"""Of a policy with more, only the JSON is shown: a request takes so many fields and no more."""
SPARE_RULES = 1
_RULE = re.compile(r"rules\[(\d+)\](?:\.(?:when\.)?(\w+))?")
_FIELDS = {"from": "opens", "to": "closes", "extra_days_off": "days_off"}


def _hours(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, widget=forms.NumberInput(attrs={"step": "0.25", "min": "0"}))


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=36500)


class PolicyForm(forms.Form):
    """Rules are forms of their own (``rule_forms``); ``to_policy`` puts everything together."""

    due_onboarding_standard = _hours(_("Onboarding, standard risk"))
    due_onboarding_high = _hours(_("Onboarding, high risk"))
    due_review_standard = _hours(_("Review, standard risk"))
    due_review_high = _hours(_("Review, high risk"))
    warn_hours = _hours(_("Warn before it is due"))
    staged_hours = forms.FloatField(
        label=_("A second person has"), help_text=_("Hours by the clock, nights and weekends included.")
    )
    approval_standard = _days(_("Approval at standard risk holds"))
    approval_high = _days(_("Approval at high risk holds"))
    review_before_days = _days(_("Review opens before the end"))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=lambda: [(name, name) for name in zone_names()])
    opens = forms.CharField(label=_("From"), max_length=5, help_text=_("As in 09:00."))
    closes = forms.CharField(label=_("To"), max_length=5, help_text=_("As in 17:00; 24:00 is midnight."))
    days = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    holidays = LinesField(
        label=_("Public holidays of"), required=False, help_text=_("Countries or parts of them, as in DE, DE-BY.")
    )
    days_off = LinesField(label=_("Further days off"), required=False, help_text=_("Dates as in 2027-12-24."))
    use_json = forms.BooleanField(
        label=_("Take this instead of the fields above"),
        required=False,
        help_text=_("For whoever keeps the policy in a file."),
    )
    json = forms.CharField(
        label=_("The policy as JSON"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Why it is changed"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Auditors read it, beside your name."),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    rules = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_RULES + SPARE_RULES)

    def __init__(self, data: Any = None, *, policy: Policy | None = None, number: int = 0) -> None:
        """Filled in by a person, or with a policy that stands."""
        initial = None if policy is None else _initial(policy, number)
        super().__init__(data, initial=initial)
        self.rule_forms: list[RuleForm] = []
        self.is_json_only = False
        if policy is not None:
            self.is_json_only = len(policy.rules) > MOST_RULES
            known = [] if self.is_json_only else [RuleForm.initial_of(rule) for rule in policy.rules]
            self.rule_forms = [RuleForm(initial=one, prefix=f"rule-{index}") for index, one in enumerate([*known, {}])]
            self.initial["rules"] = len(self.rule_forms)
        elif data is not None:
            count = str(data.get("rules", ""))
            known_count = min(int(count), MOST_RULES + SPARE_RULES) if count.isdecimal() and len(count) < 4 else 0
            self.rule_forms = [RuleForm(data, prefix=f"rule-{index}") for index in range(known_count)]
            self.is_json_only = known_count == 0
        if self.is_json_only:
            self.fields["use_json"].widget = forms.HiddenInput()
            self.initial["use_json"] = True

    def to_policy(self) -> Policy | None:
        """The policy that was entered; ``None`` with everything that is wrong next to its field."""
        by_json = self["use_json"].value() in (True, "on", "True", "true", "1")
        if by_json:
            return self._of_json()
        if not all([self.is_valid(), *(form.is_valid() for form in self.rule_forms if not form.is_left_out)]):
            return None
        kept = [form for form in self.rule_forms if not form.is_left_out]
        try:
            return Policy.from_data(self._data(kept))
        except PolicyProblems as error:
            for problem in error.problems:
                self._place(problem, kept)
        return None

    def check_note(self) -> bool:
        """Whether the note says something; only saving asks for it."""
        note = str(self["note"].value() or "")
        if len(note.strip()) < SHORTEST_NOTE:
            self.add_error("note", _("Say in a few words why; auditors read it."))
            return False
        return True

    @property
    def number(self) -> int:
        """The version it was filled in over; 0 for none."""
        value = str(self["based_on"].value() or "")
        return int(value) if value.isdecimal() and len(value) < 10 else 0

    def rebase(self, number: int) -> None:
        """Let what was typed count as filled in over another version from here on."""
        data: Any = self.data
        data = data.copy()
        data["based_on"] = str(number)
        self.data = data

    def _of_json(self) -> Policy | None:
        for form in (self, *self.rule_forms):
            form.errors.clear()  # what stands in the other fields is not asked for
        try:
            return Policy.from_data(json.loads(str(self["json"].value() or "")[:200_000]))
        except (ValueError, RecursionError) as error:
            self.add_error("json", _("Is no JSON: %(why)s.") % {"why": str(error)[:200]})
        except PolicyProblems as error:
            for problem in error.problems:
                self.add_error("json", f"{problem.path}: {marked_words(problem.message)}")
        return None

    def _data(self, rules: list[RuleForm]) -> dict[str, Any]:
        entered = self.cleaned_data
        return {
            "rules": [form.to_data() for form in rules],
            "due_hours": {
                kind: {risk: whole(entered[f"due_{kind}_{risk}".lower()]) for risk in CaseRisk.values}
                for kind in CaseKind.values
            },
            "warn_hours": whole(entered["warn_hours"]),
            "approval_days": {risk: entered[f"approval_{risk}".lower()] for risk in CaseRisk.values},
            "review_before_days": entered["review_before_days"],
            "staged_hours": whole(entered["staged_hours"]),
            "business": {
                "timezone": entered["timezone"],
                "days": sorted(entered["days"]),
                "from": entered["opens"],
                "to": entered["closes"],
                "holidays": [code.upper() for code in entered["holidays"]],
                "extra_days_off": entered["days_off"],
            },
        }

    def _place(self, problem: PolicyProblem, rules: list[RuleForm]) -> None:
        """Put a problem next to the field its place stands for."""
        found = _RULE.match(problem.path)
        if found and int(found[1]) < len(rules):
            rules[int(found[1])].place(found[2] or "", marked_words(problem.message))
            return
        head, _dot, rest = problem.path.partition(".")
        rest = re.sub(r"\[.*", "", rest)
        name = {
            "due_hours": f"due_{rest.replace('.', '_')}".lower(),
            "approval_days": f"approval_{rest}".lower(),
            "business": _FIELDS.get(rest, rest),
        }.get(head, head)
        self.add_error(name if name in self.fields and name != "rules" else None, marked_words(problem.message))


def _initial(policy: Policy, number: int) -> dict[str, Any]:
    data = policy.to_data()
    business = data["business"]
    return {
        **{
            f"due_{kind}_{risk}".lower(): hours
            for kind, some in data["due_hours"].items()
            for risk, hours in some.items()
        },
        **{f"approval_{risk}".lower(): days for risk, days in data["approval_days"].items()},
        **{name: data[name] for name in ("warn_hours", "staged_hours", "review_before_days")},
        "timezone": business["timezone"],
        "opens": business["from"],
        "closes": business["to"],
        "days": business["days"],
        "holidays": business["holidays"],
        "days_off": business["extra_days_off"],
        "json": json.dumps(data, indent=2, ensure_ascii=False),
        "based_on": number,
    }
