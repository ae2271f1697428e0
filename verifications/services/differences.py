"""Differences between what was entered and read, resolved by a person with a reason. Rows are written once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, DifferenceReason
from verifications.errors import FieldProblem, InvalidTransition, NotAllowed, PreflightFailed, StaleRecord
from verifications.models import DifferenceResolution
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.deciders import DECIDE, made_case
from verifications.selectors.differences import differences_of
from verifications.services.audit import record_event
from verifications.services.case_risk import reassess
from verifications.services.cases import locked_case
from verifications.services.decision_gate import LONGEST_TEXT, fresh_person, words_mask
from verifications.services.sealed_values import seal

SHORTEST_EXPLANATION = 5
RULE = "A difference is resolved with a reason"


@transaction.atomic
def resolve_difference(
    *,
    case_id: int,
    field: str,
    values_hash: str,
    reason: str,
    explanation: str,
    person: Any,
    actor: str,
    at: dt.datetime,
) -> DifferenceResolution:
    """Say why exactly these values may stand, or that they really differ; an earlier word on them stays on record.

    Raises ``NotAllowed`` for whoever does not decide cases or entered the values, ``PreflightFailed`` next to what is
    missing, and ``StaleRecord`` when the values are not the ones that were on screen.
    """
    case = locked_case(case_id)
    person = fresh_person(person)
    if not person.has_perm(DECIDE):
        raise NotAllowed(_("Your role does not decide cases. Nothing was resolved."))
    if made_case(case, person):
        raise NotAllowed(_("You entered or submitted what is compared here, so somebody else resolves it."))
    if case.closed_at is not None:
        raise InvalidTransition(_("This case is closed; its differences stay as they were decided on."))
    _check(reason, explanation)
    difference = differences_of(case, list(verifications_of(case))).get(field)
    if difference is None:
        raise StaleRecord(_("These values do not differ any more. Nothing was resolved."))
    if not difference.values_hash or difference.values_hash != values_hash:
        raise StaleRecord(_("One of the values changed after you looked. Nothing was resolved; look at them again."))
    resolution = DifferenceResolution(
        case=case, field=field, values_hash=values_hash, reason=reason, resolved_by=person, resolved_at=at
    )
    seal(resolution, "explanation", explanation.strip(), mask=words_mask(explanation))
    resolution.save(force_insert=True)
    record_event(
        action=AuditAction.DIFFERENCE_RESOLVED,
        actor=actor,
        subject=case,
        at=at,
        details={"resolution": str(resolution.public_id), "field": field, "reason": reason},
    )
    reassess(case=case, actor=actor, at=at)
    return resolution


def _check(reason: str, explanation: str) -> None:
    problems = []
    if reason not in DifferenceReason.values:
        problems.append(FieldProblem("reason", _("Choose why the values differ."), RULE))
    if len(explanation.strip()) < SHORTEST_EXPLANATION:
        problems.append(FieldProblem("explanation", _("Say in a few words why; auditors read it."), RULE))
    elif len(explanation) > LONGEST_TEXT:
        message = _("Keep it under %(most)d characters; longer texts belong in a note.") % {"most": LONGEST_TEXT}
        problems.append(FieldProblem("explanation", message, RULE))
    if problems:
        raise PreflightFailed(problems)
