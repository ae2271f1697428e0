"""What another policy would have asked of decisions that were made: read, compared, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from verifications.models import Case, Decision, PolicyVersion
from verifications.policy.rules import Change, Facts, PastDecision, Policy, ReplayReport, replay
from verifications.selectors.decision_list import rows_of
from verifications.selectors.periods import Period

MOST_DECISIONS = 10_000
MOST_SHOWN = 50
WAYS = ("second_now", "second_no_longer", "senior_now", "senior_no_longer", "risk_raised", "risk_lowered")


@dataclass(frozen=True)
class Replay:
    """``report`` over the decisions of a period; ``rows`` by way of change: the first of the decisions.

    ``is_cut``: there were more decisions, and these are the newest. ``skipped``: kept no facts.
    """

    report: ReplayReport
    rows: dict[str, list[Decision]]
    period: Period
    is_cut: bool = False
    skipped: int = 0


def replayed(*, new: Policy, old: Policy | None, period: Period) -> Replay:
    """Compare what ``new`` asks with what ``old`` does; without ``old`` with what each decision's own version asked.

    Three queries, or two when nothing changed.
    """
    made = Decision.objects.filter(**period.within("made_at"))
    found = list(
        made.order_by("-made_at", "-id").values_list("public_id", "facts", "outcome", "policy_id")[: MOST_DECISIONS + 1]
    )
    is_cut = len(found) > MOST_DECISIONS
    groups: dict[int, list[PastDecision]] = {}
    skipped = 0
    for public_id, facts, outcome, policy_id in found[:MOST_DECISIONS]:
        if "customer_kind" not in facts:
            skipped += 1
            continue
        decision = PastDecision(id=str(public_id), facts=Facts.from_data(facts), outcome=outcome)
        groups.setdefault(policy_id if old is None else 0, []).append(decision)
    before = _versions(groups) if old is None else {0: old}
    report = _merged(
        replay(before[policy_id], new, decisions, keep=MOST_SHOWN) for policy_id, decisions in groups.items()
    )
    return Replay(report=report, rows=_rows(report), period=period, is_cut=is_cut, skipped=skipped)


def staged_count() -> int:
    """Decisions that wait for a second person: each rests on the policy in force."""
    return Case.objects.filter(closed_at__isnull=True, staged_decision__isnull=False).count()


def _versions(groups: Iterable[int]) -> dict[int, Policy]:
    versions = PolicyVersion.objects.filter(pk__in=list(groups))
    return {version.pk: Policy.from_data(version.rules) for version in versions}


def _merged(reports: Iterable[ReplayReport]) -> ReplayReport:
    total = changed = 0
    ways: dict[str, Any] = {way.name: Change() for way in fields(ReplayReport) if way.name in WAYS}
    for report in reports:
        total += report.total
        changed += report.changed
        for name, way in ways.items():
            part: Change = getattr(report, name)
            way.count += part.count
            way.ids += part.ids
    return ReplayReport(total=total, changed=changed, **ways)


def _rows(report: ReplayReport) -> dict[str, list[Decision]]:
    """At most ``MOST_SHOWN`` of each way, newest first; one query for all of them."""
    wanted = {name: getattr(report, name).ids[:MOST_SHOWN] for name in WAYS}
    ids = {public_id for some in wanted.values() for public_id in some}
    if not ids:
        return {name: [] for name in WAYS}
    rows = {str(row.public_id): row for row in rows_of(Decision.objects.filter(public_id__in=ids))}
    return {
        name: sorted((rows[public_id] for public_id in some), key=lambda row: row.made_at, reverse=True)
        for name, some in wanted.items()
    }
