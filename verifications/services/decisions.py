"""Decisions about cases: each a row that is written once, with the evidence on screen, the policy and the reason.

``make_decision`` is the only way to one, and ``decision_reviews`` the only way from a staged one to its effect.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import FINAL_OUTCOMES, AuditAction, DecisionOutcome
from verifications.errors import EvidenceChanged, FieldProblem, InvalidTransition, PreflightFailed, StaleRecord
from verifications.models import Case, Decision, DecisionReason, PolicyVersion
from verifications.policy.rules import Facts, Gate, Policy, assess
from verifications.selectors.case_facts import facts_of
from verifications.selectors.deciders import outcome_refusals, refusals
from verifications.selectors.evidence import DECISION_KEY, Evidence, changes, evidence_of, labels_of
from verifications.selectors.marked_words import label_words
from verifications.selectors.policy_gate import policies_for, strictest
from verifications.services.audit import record_event
from verifications.services.cases import locked_case
from verifications.services.decision_effects import stage, take_effect
from verifications.services.decision_gate import RULE, check_refusals, checked_reason, fresh_person, words_mask
from verifications.services.policies import current_policy
from verifications.services.sealed_values import seal


def decidable(*, case: Case, person: Any, now: dt.datetime) -> list[str]:
    """Why this person can't decide the case now, in words; empty when they can."""
    return [refusal.text for refusal in refusals(case, person, now)]


@transaction.atomic
def make_decision(
    *,
    case_id: int,
    outcome: str,
    reason_code: str,
    rationale: str,
    evidence_hash: str,
    person: Any,
    at: dt.datetime,
    seen: Mapping[str, str] | None = None,
    corrects: uuid.UUID | None = None,
) -> Decision:
    """Decide a case, or stage the decision for its second person where the policy asks for one.

    ``evidence_hash`` and ``seen`` are what the person had on screen; ``corrects`` names the decision of a closed case
    that this one supersedes. Raises ``NotAllowed`` for a person who may not, ``InvalidTransition`` when nobody can,
    ``PreflightFailed`` next to what is missing, ``StaleRecord`` when somebody decided meanwhile, ``EvidenceChanged``
    when something else did, and ``ConflictingRecord`` for a case that can't be opened again. Nothing is changed then.
    """
    person = fresh_person(person)
    case = locked_case(case_id)
    if outcome not in DecisionOutcome.values:
        raise PreflightFailed([FieldProblem("outcome", _("Choose what you decide."), RULE)])
    # Before the evidence: what changes in between is then a change of what was on screen, and refused as one.
    version, policy = current_policy()
    facts = facts_of(case)
    evidence = evidence_of(case)
    _check_seen(case, evidence, evidence_hash=evidence_hash, seen=seen, yours=(outcome, reason_code), corrects=corrects)
    check_refusals(refusals(case, person, at))
    check_refusals(outcome_refusals(case, outcome))
    reason = checked_reason(outcome=outcome, code=reason_code, rationale=rationale)
    decision = _new_decision(
        case,
        evidence,
        version=version,
        policy=policy,
        facts=facts,
        outcome=outcome,
        reason=reason,
        person=person,
        at=at,
    )
    seal(decision, "rationale", rationale.strip(), mask=words_mask(rationale))
    decision.save(force_insert=True)
    actor = f"user:{person.pk}"
    _record(decision, actor, at)
    if decision.needs_second:
        stage(case=case, decision=decision, actor=actor, at=at)
    else:
        take_effect(case=case, decision=decision, actor=actor, at=at)
    return decision


def _check_seen(
    case: Case,
    evidence: Evidence,
    *,
    evidence_hash: str,
    seen: Mapping[str, str] | None,
    yours: tuple[str, str],
    corrects: uuid.UUID | None,
) -> None:
    """The person decides on what stands there now, and on no decision but the one they saw.

    ``yours``: what they decided, and the code of their reason.
    """
    standing = case.decision.public_id if case.closed_at is not None and case.decision is not None else None
    if evidence_hash == evidence.hash:
        if standing == corrects:
            return
        if corrects is None:
            raise InvalidTransition(_("The case is closed. Correct its decision instead; nothing was changed."))
        raise _stale(case, *yours)
    found = changes(seen, evidence) if seen is not None else []
    if standing != corrects or any(key == DECISION_KEY for key, _words in found):
        raise _stale(case, *yours)
    raise EvidenceChanged(labels_of(found) or [_("What was on the page is not known any more.")])


def _stale(case: Case, outcome: str, reason_code: str) -> StaleRecord:
    latest = case.decisions.select_related("made_by").order_by("-pk").first()
    yours = DecisionOutcome(outcome).label
    if latest is None:
        return StaleRecord(_("The case was changed meanwhile. Nothing was decided."), [(_("Decision"), "", str(yours))])
    who = latest.made_by.get_full_name() or latest.made_by.get_username()
    reason = DecisionReason.objects.filter(code=reason_code).first()
    return StaleRecord(
        _("%(name)s decided this case before you. Yours was not recorded; look at theirs first.") % {"name": who},
        [
            (_("Decision"), latest.get_outcome_display(), str(yours)),
            (_("Reason"), label_words(latest.reason_label), label_words(reason.label) if reason else ""),
            (_("Made by"), who, _("you")),
        ],
    )


def _new_decision(
    case: Case,
    evidence: Evidence,
    *,
    version: PolicyVersion,
    policy: Policy,
    facts: Facts,
    outcome: str,
    reason: DecisionReason,
    person: Any,
    at: dt.datetime,
) -> Decision:
    asked = strictest(policies_for(person, version), facts, outcome)
    return Decision(
        case=case,
        outcome=outcome,
        reason=reason,
        reason_label=reason.label,
        policy=version,
        risk=asked.risk,
        rules=_rules(policy, facts, asked),
        facts=facts.to_data(),
        needs_second=asked.needs_second,
        needs_senior=asked.needs_senior,
        evidence=evidence.to_data(),
        evidence_hash=evidence.hash,
        approval_ends_date=_approval_ends(policy, asked, outcome, at),
        supersedes=_superseded(case),
        made_by=person,
        made_at=at,
        expires_at=policy.staged_until(at) if asked.needs_second else None,
    )


def _superseded(case: Case) -> Decision | None:
    """What this decision takes the place of: that of a closed case, or one that stood while its case was open again."""
    standing = case.decision
    if standing is not None and (case.closed_at is not None or standing.outcome in FINAL_OUTCOMES):
        return standing
    return None


def _rules(policy: Policy, facts: Facts, asked: Gate) -> list[str]:
    hits = (*assess(policy, facts).reasons, *asked.reasons)
    return list(dict.fromkeys(hit.id for hit in hits))


def _approval_ends(policy: Policy, asked: Gate, outcome: str, at: dt.datetime) -> dt.date | None:
    if outcome != DecisionOutcome.APPROVE:
        return None
    approved_on = at.astimezone(ZoneInfo(policy.business.timezone)).date()
    return policy.approval_ends(risk=asked.risk, approved_on=approved_on)


def _record(decision: Decision, actor: str, at: dt.datetime) -> None:
    record_event(
        action=AuditAction.DECISION_STAGED if decision.needs_second else AuditAction.DECISION_MADE,
        actor=actor,
        subject=decision,
        at=at,
        details={
            "case": decision.case.number,
            "outcome": decision.outcome,
            "reason": decision.reason.code,
            "risk": decision.risk,
            "rules": decision.rules,
            "policy": decision.policy.number,
            "evidence_hash": decision.evidence_hash,
            "supersedes": str(decision.supersedes.public_id) if decision.supersedes else "",
        },
    )
