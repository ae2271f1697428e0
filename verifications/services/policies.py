"""The policy in force: versions of rules, each written once."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import ConflictingRecord, FieldProblem, PreflightFailed
from verifications.models import PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY, Policy, PolicyProblem, PolicyProblems
from verifications.selectors.marked_words import marked_words
from verifications.services.audit import record_event

SHORTEST_NOTE = 10
RULE = "A changed policy says why"


def current_policy() -> tuple[PolicyVersion, Policy]:
    """The version in force and what it says; one query."""
    version = PolicyVersion.objects.order_by("-number").first()
    if version is None:
        version = _make_first()
    return version, policy_of(version)


def policy_of(version: PolicyVersion) -> Policy:
    """What a version says, parsed once a process: versions never change."""
    return _parsed(json.dumps(version.rules, sort_keys=True))


@transaction.atomic
def change_policy(*, rules: dict[str, Any], note: str, based_on: int, actor: str, at: dt.datetime) -> PolicyVersion:
    """Put a new version in force; decisions made before keep the version they were made under.

    Raises ``PreflightFailed`` next to what is wrong, ``ConflictingRecord`` when ``based_on`` is no longer the newest.
    """
    problems = [
        FieldProblem("rules", f"{problem.path}: {marked_words(problem.message)}", RULE) for problem in _problems(rules)
    ]
    if len(note.strip()) < SHORTEST_NOTE:
        problems.append(FieldProblem("note", _("Say in a few words why; auditors read it."), RULE))
    if problems:
        raise PreflightFailed(problems)
    newest = PolicyVersion.objects.order_by("-number").first()
    if newest is None or newest.number != based_on:
        raise ConflictingRecord(
            _("Somebody changed the policy meanwhile. Nothing was changed; look at the newest version.")
        )
    try:
        with transaction.atomic():
            version = PolicyVersion.objects.create(
                number=newest.number + 1, rules=rules, note=note.strip()[:500], made_by=actor, made_at=at
            )
    except IntegrityError as error:
        raise ConflictingRecord(_("Somebody changed the policy at the same moment. Nothing was changed.")) from error
    record_event(
        action=AuditAction.POLICY_CHANGED,
        actor=actor,
        subject=version,
        at=at,
        reason=version.note,
        details={"before": newest.number, "after": version.number},
    )
    return version


def ensure_first_policy(using: str = "default", **_kwargs: object) -> None:
    """The policy a new installation starts with; connected to ``post_migrate``."""
    if PolicyVersion._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before the review desk
    if not PolicyVersion.objects.using(using).exists():
        _make_first(using)


def _make_first(using: str = "default") -> PolicyVersion:
    version, _made = PolicyVersion.objects.using(using).get_or_create(
        number=1,
        defaults={
            "rules": DEFAULT_POLICY,
            "note": "The policy a new installation starts with.",
            "made_by": "system:setup",
            "made_at": timezone.now(),
        },
    )
    return version


def _problems(rules: dict[str, Any]) -> tuple[PolicyProblem, ...]:
    try:
        Policy.from_data(rules)
    except PolicyProblems as error:
        return tuple(error.problems)
    return ()


@lru_cache(maxsize=8)
def _parsed(rules: str) -> Policy:
    return Policy.from_data(json.loads(rules))
