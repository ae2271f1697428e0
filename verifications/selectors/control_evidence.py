"""How well the controls held in a period: each number is the count of one list, and each list can be opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateTimeField, Exists, ExpressionWrapper, OuterRef, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import AccessAction, AuditAction, RevealPurpose
from verifications.models import (
    AccessEvent,
    AuditEvent,
    Case,
    Decision,
    Export,
    LogAnchor,
    LogCheck,
    PolicyVersion,
)
from verifications.policy.rules import Facts, Policy, gate
from verifications.selectors.decision_list import DecisionFilter, matching_decisions, rows_of
from verifications.selectors.paging import Page, keyset_page
from verifications.selectors.periods import Period
from verifications.selectors.queue import ROW_FIELDS
from verifications.selectors.queue import rows_of as case_rows_of

DECIDED_WITHIN = dt.timedelta(days=14)
"""How long after a look at a value, taken to review a case, a decision on that customer is waited for."""
MOST_REPLAYED = 10_000
"""Decisions that are held against the policy in force, the newest first."""
MOST_PEOPLE = 200
RIGHTS = (
    AuditAction.USER_CREATED,
    AuditAction.USER_CHANGED,
    AuditAction.ENGAGEMENT_GIVEN,
    AuditAction.ENGAGEMENT_CHANGED,
)
DOWNLOADS = (AccessAction.EXPORT_DOWNLOADED, AccessAction.ORIGINAL_SERVED)


@dataclass(frozen=True)
class Control:
    """``rows(period, now)`` are the records in no order; ``moment`` is when one happened.

    ``person``: the column that says whose they are, if they are counted by person; an ``actor`` is ``user:5``.
    """

    title: Promise
    words: Promise
    rows: Callable[[Period, dt.datetime], QuerySet[Any]]
    moment: str
    person: str = ""


@dataclass(frozen=True)
class FourEyes:
    """Decisions made in the period: that needed a second person, had one, stand, and stand without one."""

    needed: int
    approved: int
    standing: int
    missing: int


def four_eyes(period: Period) -> FourEyes:
    return FourEyes(
        **{
            name: matching_decisions(DecisionFilter(second=second), period).count()
            for name, second in (
                ("needed", "asked"),
                ("approved", "approved"),
                ("standing", "standing"),
                ("missing", "missing"),
            )
        }
    )


def control_rows(what: str, period: Period, now: dt.datetime, *, person: str = "") -> QuerySet[Any]:
    """The records behind the number of a control, of everybody or of one person.

    ``person`` is the key of one, ``none`` for nobody, or an actor that is no person, like ``system:setup``.
    """
    control = CONTROLS[what]
    rows = control.rows(period, now)
    if not person or not control.person:
        return rows
    if control.person == "actor":
        return rows.filter(actor=f"user:{person}" if person.isdecimal() else person)
    return rows.filter(**{control.person: int(person)} if person.isdecimal() else {f"{control.person}__isnull": True})


def counts_by_person(what: str, period: Period, now: dt.datetime) -> list[tuple[str, int]]:
    """Whose the records are and how many, most first: keys of people, ``none`` for nobody."""
    control = CONTROLS[what]
    counted = control.rows(period, now).order_by().values(control.person).annotate(count=Count("pk"))
    found = counted.order_by("-count", control.person).values_list(control.person, "count")[:MOST_PEOPLE]
    return [(_key(value), count) for value, count in found]


def control_page(what: str, period: Period, now: dt.datetime, *, person: str, token: str) -> Page:
    """Newest first, with what a line shows."""
    rows = control_rows(what, period, now, person=person)
    return keyset_page(_with_what_is_shown(rows), order=(f"-{CONTROLS[what].moment}", "-id"), token=token)


def one_person_decisions(period: Period) -> tuple[list[int], bool]:
    """Keys of decisions one person made for which the policy in force asks two; whether there were too many to ask.

    Only decisions under another version are asked again: under the one in force the answer is known.
    """
    current = PolicyVersion.objects.order_by("-number").first()
    if current is None:
        return [], False
    made = Decision.objects.filter(**period.within("made_at"), needs_second=False).exclude(policy=current)
    rows = list(made.order_by("-made_at", "-id").values_list("pk", "facts", "outcome")[: MOST_REPLAYED + 1])
    policy = Policy.from_data(current.rules)
    asked: dict[tuple[Facts, str], bool] = {}  # there are many decisions, and few kinds of them
    found = []
    for key, data, outcome in rows[:MOST_REPLAYED]:
        if "customer_kind" not in data:
            continue
        facts = Facts.from_data(data)
        if (facts, outcome) not in asked:
            asked[facts, outcome] = gate(policy, facts, outcome).needs_second
        if asked[facts, outcome]:
            found.append(key)
    return found, len(rows) > MOST_REPLAYED


def _one_person(period: Period, _now: dt.datetime) -> QuerySet[Decision]:
    return Decision.objects.filter(pk__in=one_person_decisions(period)[0])


def _late_cases(period: Period, _now: dt.datetime) -> QuerySet[Case]:
    return Case.objects.filter(breached_at__isnull=False, **period.within("breached_at"))


def _reveals_without_decision(period: Period, now: dt.datetime) -> QuerySet[AccessEvent]:
    """Those whose time for a decision is over."""
    reveals = AccessEvent.objects.filter(
        action=AccessAction.VALUE_REVEALED,
        purpose=RevealPurpose.REVIEW,
        customer_id__isnull=False,
        at__lte=now - DECIDED_WITHIN,
        **period.within("at"),
    )
    until = ExpressionWrapper(OuterRef("at") + Value(DECIDED_WITHIN), output_field=DateTimeField())
    decided = Decision.objects.filter(
        case__customer__public_id=OuterRef("customer_id"), made_at__gte=OuterRef("at"), made_at__lte=until
    )
    return reveals.filter(~Exists(decided))


def _exports(period: Period, _now: dt.datetime) -> QuerySet[Export]:
    return Export.objects.filter(**period.within("requested_at"))


def _downloads(period: Period, _now: dt.datetime) -> QuerySet[AccessEvent]:
    return AccessEvent.objects.filter(action__in=DOWNLOADS, **period.within("at"))


def _failed_sign_ins(period: Period, _now: dt.datetime) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(action=AuditAction.SIGN_IN_FAILED, **period.within("at"))


def _rights(period: Period, _now: dt.datetime) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(action__in=RIGHTS, **period.within("at"))


def _failed_checks(period: Period, _now: dt.datetime) -> QuerySet[LogCheck]:
    return LogCheck.objects.filter(is_sound=False, **period.within("finished_at"))


def _failed_anchors(period: Period, _now: dt.datetime) -> QuerySet[LogAnchor]:
    return LogAnchor.objects.filter(**period.within("at")).exclude(problem="")


CONTROLS: dict[str, Control] = {
    "one-person": Control(
        _("Decisions by one person that now take two"),
        _("Made under an earlier policy without a second person; the policy in force would ask for one."),
        _one_person,
        "made_at",
        "made_by",
    ),
    "late-cases": Control(
        _("Late cases"),
        _("Their due time passed in the period before they were decided; counted by who owns them now."),
        _late_cases,
        "breached_at",
        "owner",
    ),
    "reveals": Control(
        _("Reveals without a decision"),
        _(
            "A value of a customer was revealed to review a case, and nobody decided a case of that customer in the 14 "
            "days after. Counted once those days are over."
        ),
        _reveals_without_decision,
        "at",
        "actor",
    ),
    "exports": Control(
        _("Exports"),
        _("Files asked for in the period, evidence packs included, whatever became of them."),
        _exports,
        "requested_at",
        "requested_by",
    ),
    "downloads": Control(
        _("Downloads"),
        _("Exports and original documents handed out, each time anew."),
        _downloads,
        "at",
        "actor",
    ),
    "failed-sign-ins": Control(
        _("Failed sign-ins"),
        _("Wrong name or password. Who tried is not known; the log keeps a keyed hash of what was typed."),
        _failed_sign_ins,
        "at",
    ),
    "rights": Control(
        _("Access rights changed"),
        _("People added or changed, roles given or taken, access of auditors given or changed; by who did it."),
        _rights,
        "at",
        "actor",
    ),
    "failed-checks": Control(
        _("Log checks that found something"),
        _("A verification of a whole log in place that did not find every entry as it was sealed."),
        _failed_checks,
        "finished_at",
    ),
    "failed-anchors": Control(
        _("Anchors that failed"),
        _("The head of a log could not be written down outside the database."),
        _failed_anchors,
        "at",
    ),
}


def _with_what_is_shown(rows: QuerySet[Any]) -> QuerySet[Any]:
    if rows.model is Decision:
        return rows_of(rows)
    if rows.model is Case:
        return case_rows_of(rows).only(*ROW_FIELDS, "breached_at")
    if rows.model is Export:
        return rows.select_related("requested_by", "case")
    return rows


def _key(value: Any) -> str:
    return "none" if value is None else str(value).removeprefix("user:")
