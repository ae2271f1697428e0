"""The policy of an organisation as a whole: its rules, its times and its office hours, from and to JSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifications.enums import CaseKind, CaseRisk
from verifications.marking import gettext_noop
from verifications.policy.business_time import MIDNIGHT, Calendar, is_holiday_code, is_zone
from verifications.policy.conditions import Rule, read_rule
from verifications.policy.reading import Reader

MOST_RULES = 200
YEAR_OF_WORK = 2500
_TIME = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_CLOSING = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_HOLIDAYS = re.compile("[A-Z]{2}(?:-[A-Z0-9]{1,5})?")
_A_TIME = gettext_noop("Must be a time, as in 09:00.")
_A_CLOSING = gettext_noop("Must be a time, as in 17:00 or 24:00.")
_A_COUNTRY = gettext_noop("Must be a country or a part of one, as in DE or DE-BY.")


@dataclass(frozen=True)
class Policy:
    """Rules in the order in which they are shown, and times. Hours are working hours but for ``staged_hours``."""

    rules: tuple[Rule, ...]
    due_hours: Mapping[str, Mapping[str, float]] = field(hash=False)
    """By kind of case and risk."""
    warn_hours: float
    """How long before it is due a case is warned about."""
    approval_days: Mapping[str, int] = field(hash=False)
    """How long an approval holds, by risk."""
    review_before_days: int
    """How long before an approval ends the review opens."""
    staged_hours: float
    """How long a staged decision waits for the second person, by the clock on the wall."""
    business: Calendar

    @classmethod
    def from_data(cls, data: object) -> Policy:
        """The policy that the data describes; PolicyProblems names every wrong place."""
        return _read_policy(data)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON from which ``from_data`` makes this policy again."""
        return {
            "rules": [rule.to_data() for rule in self.rules],
            "due_hours": {kind: dict(hours) for kind, hours in self.due_hours.items()},
            "warn_hours": self.warn_hours,
            "approval_days": dict(self.approval_days),
            "review_before_days": self.review_before_days,
            "staged_hours": self.staged_hours,
            "business": {
                "timezone": self.business.timezone,
                "days": list(self.business.days),
                "from": f"{self.business.opens:%H:%M}",
                "to": "24:00" if self.business.closes == MIDNIGHT else f"{self.business.closes:%H:%M}",
                "holidays": list(self.business.holidays),
                "extra_days_off": [day.isoformat() for day in sorted(self.business.days_off)],
            },
        }

    def due_at(self, *, kind: str, risk: str, opened_at: dt.datetime) -> dt.datetime:
        """When a case is due."""
        return self.business.add(opened_at, self.due_hours[kind][risk])

    def warn_at(self, due_at: dt.datetime) -> dt.datetime:
        """From when on people are warned that a case will be late."""
        return self.business.add(due_at, -self.warn_hours)

    def staged_until(self, staged_at: dt.datetime) -> dt.datetime:
        """Until when a second person may approve."""
        return staged_at + dt.timedelta(hours=self.staged_hours)

    def approval_ends(self, *, risk: str, approved_on: dt.date) -> dt.date:
        """The last day of an approval."""
        return approved_on + dt.timedelta(days=self.approval_days[risk])

    def review_opens(self, approval_ends: dt.date) -> dt.date:
        """The day on which the review before an approval's end opens."""
        return approval_ends - dt.timedelta(days=self.review_before_days)


def _read_policy(data: object) -> Policy:
    reader = Reader()
    needed = ("rules", "due_hours", "warn_hours", "approval_days", "review_before_days", "staged_hours", "business")
    policy = reader.members(data, "", needed=needed)
    rules = _read_rules(reader, policy["rules"])
    due_hours = _read_due_hours(reader, policy["due_hours"])
    warn_hours = reader.number(policy["warn_hours"], "warn_hours", least=0, most=YEAR_OF_WORK)
    days = reader.members(policy["approval_days"], "approval_days", needed=CaseRisk.values)
    approval_days = {
        risk: reader.whole(days[risk], f"approval_days.{risk}", least=1, most=36500) for risk in CaseRisk.values
    }
    review_before_days = reader.whole(policy["review_before_days"], "review_before_days", least=0, most=365)
    staged_hours = reader.number(policy["staged_hours"], "staged_hours", least=1, most=24 * 90)
    business = _read_business(reader, policy["business"])
    reader.check()

    if warn_hours >= min(hours for by_risk in due_hours.values() for hours in by_risk.values()):
        reader.problem(
            "warn_hours", gettext_noop("Must be less than the shortest of due_hours, or every such case starts warned.")
        )
    if review_before_days >= min(approval_days.values()):
        message = gettext_noop(
            "Must be less than the shortest of approval_days, or the review opens with the approval."
        )
        reader.problem("review_before_days", message)
    reader.check()
    return Policy(
        rules=rules,
        due_hours=due_hours,
        warn_hours=warn_hours,
        approval_days=approval_days,
        review_before_days=review_before_days,
        staged_hours=staged_hours,
        business=business,
    )


def _read_rules(reader: Reader, data: object) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for path, item in reader.items(data, "rules", most=MOST_RULES):
        rule = read_rule(reader, item, path)
        if rule.id and rule.id in rules:
            reader.problem(f"{path}.id", gettext_noop("Another rule has this id."))
        rules[rule.id] = rule
    return tuple(rules.values())


def _read_due_hours(reader: Reader, data: object) -> dict[str, dict[str, float]]:
    kinds = reader.members(data, "due_hours", needed=CaseKind.values)
    found: dict[str, dict[str, float]] = {}
    for kind in CaseKind.values:
        path = f"due_hours.{kind}"
        hours = reader.members(kinds[kind], path, needed=CaseRisk.values)
        found[kind] = {
            risk: reader.number(hours[risk], f"{path}.{risk}", least=0.25, most=YEAR_OF_WORK)
            for risk in CaseRisk.values
        }
    return found


def _read_business(reader: Reader, data: object) -> Calendar:
    needed = ("timezone", "days", "from", "to", "holidays", "extra_days_off")
    business = reader.members(data, "business", needed=needed)
    timezone = reader.text(business["timezone"], "business.timezone", most=60)
    if timezone != "-" and not is_zone(timezone):
        reader.problem("business.timezone", gettext_noop("Is no time zone. Write it as in Europe/Berlin or UTC."))
    days = {
        reader.whole(item, path, least=0, most=6)
        for path, item in reader.items(business["days"], "business.days", most=7)
    }
    if business["days"] == []:
        reader.problem("business.days", gettext_noop("Must name at least one day, from 0 for Monday to 6 for Sunday."))
    opens = reader.shaped(business["from"], "business.from", pattern=_TIME, wanted=_A_TIME)
    closes = reader.shaped(business["to"], "business.to", pattern=_CLOSING, wanted=_A_CLOSING)
    if opens and closes and opens >= closes:
        reader.problem("business.to", gettext_noop("Must be later than business.from."))
    holidays = tuple(
        _read_holidays(reader, item, path)
        for path, item in reader.items(business["holidays"], "business.holidays", most=20)
    )
    days_off = {
        reader.date(item, path)
        for path, item in reader.items(business["extra_days_off"], "business.extra_days_off", most=1000)
    }
    if reader.problems:
        return Calendar("UTC")
    return Calendar(
        timezone=timezone,
        days=tuple(sorted(days)),
        opens=dt.time.fromisoformat(opens),
        closes=MIDNIGHT if closes == "24:00" else dt.time.fromisoformat(closes),
        holidays=holidays,
        days_off=frozenset(day for day in days_off if day),
    )


def _read_holidays(reader: Reader, data: object, path: str) -> str:
    code = reader.shaped(data, path, pattern=_HOLIDAYS, wanted=_A_COUNTRY)
    if code and not is_holiday_code(code):
        reader.problem(
            path, gettext_noop("No public holidays are known for it. List the days in extra_days_off instead.")
        )
    return code
