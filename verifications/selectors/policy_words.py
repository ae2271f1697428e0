"""A policy in plain words: each rule as a sentence, the times, and how two versions differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from verifications.enums import FINAL_OUTCOMES, CaseKind, CaseRisk, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.policy.business_time import MIDNIGHT, Calendar
from verifications.policy.rules import Policy, Rule
from verifications.selectors.countries import country_name
from verifications.selectors.marked_words import in_sentence, label_words, quoted

DAYS_AHEAD = 120
MOST_DAYS_OFF = 12


def rule_words(rule: Rule) -> str:
    """``When residence, nationality or issuing country is Iran: the risk is high.``, one sentence for each effect."""
    found = []
    if rule.then_risk:
        found.append(_sentence(_of_case(rule), _("the risk is high")))
    if rule.then_senior:
        found.append(_sentence(_of_decision(rule), _("a second person has to approve, a senior one")))
    elif rule.then_second:
        found.append(_sentence(_of_decision(rule), _("a second person has to approve")))
    return " ".join(found)


def time_words(policy: Policy) -> list[tuple[str, str]]:
    """(what, how long) for everything that is a length of time."""
    found = [
        (
            _("%(kind)s, risk %(risk)s: due after")
            % {"kind": CaseKind(kind).label, "risk": in_sentence(CaseRisk(risk).label)},
            hours_words(hours),
        )
        for kind, by_risk in policy.due_hours.items()
        for risk, hours in by_risk.items()
    ]
    found.append((_("Warned before it is due"), hours_words(policy.warn_hours)))
    found += [
        (_("An approval at risk %(risk)s holds") % {"risk": in_sentence(CaseRisk(risk).label)}, days_words(days))
        for risk, days in policy.approval_days.items()
    ]
    found.append((_("The review opens before an approval or a document ends"), days_words(policy.review_before_days)))
    found.append(
        (
            _("A decision waits for its second person at most"),
            _("%(hours)s hours by the clock") % {"hours": _number(policy.staged_hours)},
        )
    )
    return found


def calendar_words(calendar: Calendar) -> list[tuple[str, str]]:
    closes = "24:00" if calendar.closes == MIDNIGHT else f"{calendar.closes:%H:%M}"
    return [
        (_("Time zone"), calendar.timezone.replace("_", " ")),
        (_("Working days"), ", ".join(str(WEEKDAYS[day]) for day in calendar.days)),
        (_("Working hours"), f"{calendar.opens:%H:%M}–{closes}"),
        (_("Public holidays of"), ", ".join(calendar.holidays) or _("nowhere")),
        (_("Further days off"), _dates(sorted(calendar.days_off)) or pgettext("days", "none")),
    ]


def days_off(calendar: Calendar, now: dt.datetime) -> list[dt.date]:
    """The next days on which nobody works although it is a working day of the week."""
    zone = ZoneInfo(calendar.timezone)
    today = now.astimezone(zone).date()
    found = []
    for number in range(DAYS_AHEAD):
        day = today + dt.timedelta(days=number)
        start = dt.datetime.combine(day, dt.time.min, tzinfo=zone)
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=zone)
        if day.weekday() in calendar.days and not calendar.between(start, end):
            found.append(day)
    return found[:MOST_DAYS_OFF]


def differences(old: Policy, new: Policy) -> list[str]:
    """What is different in ``new``, one sentence each; empty when nothing is."""
    return [
        *_rule_differences(old.rules, new.rules),
        *_value_differences(time_words(old), time_words(new)),
        *_value_differences(calendar_words(old.business), calendar_words(new.business)),
    ]


def hours_words(hours: float) -> str:
    return _("%(hours)s working hours") % {"hours": _number(hours)}


def days_words(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _sentence(conditions: list[str], consequence: str) -> str:
    if not conditions:
        return _("In every case %(consequence)s.") % {"consequence": consequence}
    return _("When %(conditions)s: %(consequence)s.") % {"conditions": _and(conditions), "consequence": consequence}


def _of_case(rule: Rule) -> list[str]:
    found = []
    if rule.countries:
        names = _or([country_name(code) for code in rule.countries])
        found.append(_("residence, nationality or issuing country is %(countries)s") % {"countries": names})
    if rule.customer_kinds:
        kinds = _or([in_sentence(CustomerKind(kind).label) for kind in rule.customer_kinds])
        found.append(_("the customer is of the kind %(kinds)s") % {"kinds": kinds})
    for asked in (rule.answers, rule.recommendations):
        if asked:
            words = _or([quoted(ProviderAnswer(answer).label) for answer in asked])
            found.append(_("a provider answered %(answers)s") % {"answers": words})
    for name, (yes, no) in _flag_words().items():
        flag = getattr(rule, name)
        if flag is not None:
            found.append(yes if flag else no)
    return found


def _of_decision(rule: Rule) -> list[str]:
    found = _of_case(rule)
    if rule.risk:
        risks = _or([in_sentence(CaseRisk(risk).label) for risk in rule.risk])
        found.append(_("the risk is %(risks)s") % {"risks": risks})
    if rule.overrides_deny and not rule.outcomes:
        return found  # which only an approval does
    outcomes = rule.outcomes or tuple(outcome for outcome in DecisionOutcome if outcome in FINAL_OUTCOMES)
    words = _or([quoted(DecisionOutcome(outcome).label) for outcome in outcomes])
    found.append(_("the decision is %(outcomes)s") % {"outcomes": words})
    return found


def _flag_words() -> dict[str, tuple[str, str]]:
    return {
        "watchlist_hit": (_("a watch list has a hit"), _("no watch list has a hit")),
        "overrides_deny": (
            _("the approval goes against a provider’s answer"),
            _("the decision goes against no provider’s answer"),
        ),
        "unresolved_differences": (_("differences are unresolved"), _("no difference is unresolved")),
        "escalated": (_("the case was escalated"), _("the case was not escalated")),
        "duplicate": (_("the customer may be known already"), _("no other customer looks the same")),
    }


def _rule_differences(old: Sequence[Rule], new: Sequence[Rule]) -> list[str]:
    before, after = {rule.id: rule for rule in old}, {rule.id: rule for rule in new}
    found = [
        _("Rule “%(label)s” is new. %(words)s") % {"label": label_words(rule.label), "words": rule_words(rule)}
        for key, rule in after.items()
        if key not in before
    ]
    found += [
        _("Rule “%(label)s” is gone. It said: %(words)s")
        % {"label": label_words(rule.label), "words": rule_words(rule)}
        for key, rule in before.items()
        if key not in after
    ]
    for key, rule in after.items():
        was = before.get(key)
        if was is None or was == rule:
            continue
        if was.label != rule.label:
            found.append(
                _("Rule “%(old)s” is called “%(new)s” now.")
                % {"old": label_words(was.label), "new": label_words(rule.label)}
            )
        if rule_words(was) != rule_words(rule):
            words = {"label": label_words(rule.label), "new": rule_words(rule), "old": rule_words(was)}
            found.append(_("Rule “%(label)s” says now: %(new)s Before: %(old)s") % words)
    return found


def _value_differences(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> list[str]:
    before = dict(old)
    return [
        _("%(what)s: %(new)s, before %(old)s.") % {"what": what, "new": value, "old": before.get(what, "—")}
        for what, value in new
        if before.get(what) != value
    ]


def _or(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _and(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _number(number: float) -> str:
    return str(number_format(round(number, 2), 0 if number == int(number) else 2))


def _dates(days: Sequence[dt.date]) -> str:
    return ", ".join(date_format(day, "j M Y") for day in days)
