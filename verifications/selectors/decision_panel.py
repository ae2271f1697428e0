"""What the case page shows about deciding: whether this person can, who else it takes, what waits, what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from verifications import vault
from verifications.enums import CaseState, DecisionOutcome
from verifications.errors import SealedValueUnavailable
from verifications.models import Case, Decision, DecisionReason, DecisionReview, PolicyVersion
from verifications.policy.rules import Policy, RuleHit
from verifications.selectors.case_facts import facts_of
from verifications.selectors.deciders import outcome_refusals, refusals, review_refusals
from verifications.selectors.evidence import Evidence, changes, evidence_of, kept, labels_of
from verifications.selectors.evidence_seen import seen_token
from verifications.selectors.keys import customer_key, seal_context
from verifications.selectors.marked_words import continued, label_words
from verifications.selectors.policy_gate import policies_for, strictest

MOST_SHOWN = 20
KEYS = {
    DecisionOutcome.APPROVE: "a",
    DecisionOutcome.DECLINE: "d",
    DecisionOutcome.ASK_FOR_MORE: "m",
    DecisionOutcome.ESCALATE: "e",
}
LOOKS = {
    DecisionOutcome.APPROVE: "good",
    DecisionOutcome.DECLINE: "refused",
    DecisionOutcome.ASK_FOR_MORE: "waiting",
    DecisionOutcome.ESCALATE: "attention",
}


@dataclass(frozen=True)
class Choice:
    """One outcome: its key, its reasons, who else it takes, and why it is not possible now."""

    outcome: str
    label: str
    key: str
    reasons: tuple[DecisionReason, ...]
    needs: str
    why_not: str


@dataclass(frozen=True)
class PastDecision:
    """A decision with its texts in clear and what became of it."""

    decision: Decision
    rationale: str
    review: DecisionReview | None
    note: str
    look: str
    state: str
    stands: bool


@dataclass(frozen=True)
class DecisionPanel:
    """``mode`` is "open", "staged" or "closed"; ``why_not`` is empty when this person may decide, or review."""

    mode: str
    why_not: tuple[str, ...]
    choices: tuple[Choice, ...]
    seen: str
    staged: PastDecision | None
    is_mine: bool
    changed: tuple[str, ...]
    rules: tuple[str, ...]
    standing: PastDecision | None
    history: tuple[PastDecision, ...]
    latest: str
    """Public id of the newest decision: a draft written before it is out of date."""

    @property
    def may(self) -> bool:
        return not self.why_not

    @property
    def needs(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.needs)

    @property
    def summary(self) -> str:
        """Which outcomes take a second person, known before anything is decided; ``needs`` says why."""
        outcomes = ", ".join(choice.label for choice in self.needs)
        return _("Second officer needed: %(outcomes)s") % {"outcomes": outcomes} if outcomes else ""


def decision_panel(case: Case, user: Any, now: dt.datetime, *, with_texts: bool = True) -> DecisionPanel:
    """For the case page, in a fixed number of queries.

    Rationales come in clear, and the caller logs that the case was read; ``with_texts=False`` leaves them closed.
    """
    decisions = list(
        case.decisions.select_related("made_by", "reason", "policy", "review__reviewed_by").order_by("-pk")[:MOST_SHOWN]
    )
    past = _past(case, decisions, with_texts=with_texts)
    staged = next((one for one in past if one.decision.pk == case.staged_decision_id), None)
    evidence = evidence_of(case, besides=staged.decision if staged else None)
    mode = "staged" if staged else "closed" if case.state == CaseState.CLOSED else "open"
    return DecisionPanel(
        mode=mode,
        why_not=tuple(_why_not(case, staged, user, now)),
        choices=() if staged else tuple(_choices(case, _policies(user))),
        seen=seen_token(case, user, evidence),
        staged=staged,
        is_mine=staged is not None and staged.decision.made_by_id == user.pk,
        changed=tuple(_changed(staged, evidence)),
        rules=tuple(_rule_labels(staged.decision)) if staged else (),
        standing=next((one for one in past if one.decision.pk == case.decision_id), None),
        history=tuple(one for one in past if one is not staged and one.decision.pk != case.decision_id),
        latest=str(decisions[0].public_id) if decisions else "",
    )


def needs_words(asked: Sequence[RuleHit], *, senior: bool) -> str:
    rules = ", ".join(continued(label_words(hit.label)) for hit in asked)
    if senior:
        return _("Needs a senior officer as second person: %(rules)s") % {"rules": rules}
    return _("Needs a second officer: %(rules)s") % {"rules": rules}


def _policies(user: Any) -> tuple[Policy, ...]:
    return policies_for(user, PolicyVersion.objects.order_by("-number").first())


def _why_not(case: Case, staged: PastDecision | None, user: Any, now: dt.datetime) -> list[str]:
    if staged is not None:
        staged.decision.case = case
        return [refusal.text for refusal in review_refusals(staged.decision, user, now)]
    return [refusal.text for refusal in refusals(case, user, now)]


def _choices(case: Case, policies: Sequence[Policy]) -> list[Choice]:
    facts = facts_of(case)
    reasons: dict[str, list[DecisionReason]] = {}
    for reason in DecisionReason.objects.filter(is_active=True).order_by("position", "pk"):
        reasons.setdefault(reason.outcome, []).append(reason)
    found = []
    for outcome in DecisionOutcome:
        asked = strictest(policies, facts, outcome)
        against = outcome_refusals(case, outcome)
        found.append(
            Choice(
                outcome=outcome.value,
                label=str(outcome.label),
                key=KEYS[outcome],
                reasons=tuple(reasons.get(outcome, ())),
                needs=needs_words(asked.reasons, senior=asked.needs_senior) if asked.needs_second else "",
                why_not=against[0].text if against else "",
            )
        )
    return found


def _changed(staged: PastDecision | None, evidence: Evidence) -> list[str]:
    if staged is None or staged.decision.evidence_hash == evidence.hash:
        return []
    return labels_of(changes(kept(staged.decision), evidence))


def _rule_labels(decision: Decision) -> list[str]:
    """As the policy of the decision called them."""
    labels = {rule["id"]: label_words(rule["label"]) for rule in decision.policy.rules.get("rules", ())}
    return [labels.get(rule, rule) for rule in decision.rules]


def _past(case: Case, decisions: list[Decision], *, with_texts: bool) -> list[PastDecision]:
    reviews = [getattr(decision, "review", None) for decision in decisions]
    texts = _texts if with_texts else _masks
    rationales = texts(case, decisions, "rationale")
    notes = texts(case, [review for review in reviews if review], "note")
    superseded = {
        decision.supersedes_id
        for decision, review in zip(decisions, reviews, strict=True)
        if decision.supersedes_id and _took_effect(decision, review)
    }
    found = []
    for decision, review, rationale in zip(decisions, reviews, rationales, strict=True):
        stands = _took_effect(decision, review) and decision.pk not in superseded
        found.append(
            PastDecision(
                decision=decision,
                rationale=rationale,
                review=review,
                note=notes.pop(0) if review else "",
                look=LOOKS[DecisionOutcome(decision.outcome)] if stands else "stopped",
                state=_state(decision, review, superseded=decision.pk in superseded),
                stands=stands,
            )
        )
    return found


def _took_effect(decision: Decision, review: DecisionReview | None) -> bool:
    return not decision.needs_second or (review is not None and review.choice == "APPROVED")


def _state(decision: Decision, review: DecisionReview | None, *, superseded: bool) -> str:
    if superseded:
        return _("Superseded by a correction")
    if review is not None:
        return review.get_choice_display()
    return _("Waits for a second person") if decision.needs_second else ""


def _texts(case: Case, records: Sequence[Any], field: str) -> list[str]:
    """The sealed texts of one customer's records, with one look at the key; empty once it was destroyed."""
    if not records:
        return []
    try:
        key = customer_key(case.customer_id)
    except SealedValueUnavailable:
        return [""] * len(records)
    return [_text(record, field, key) for record in records]


def _masks(_case: Case, records: Sequence[Any], field: str) -> list[str]:
    return [str(getattr(record, field) or "") for record in records]


def _text(record: Any, field: str, key: str) -> str:
    sealed = getattr(record, field)
    if sealed is None:
        return ""
    return vault.unseal(token=sealed.token, wrapped_key=key, context=seal_context(record, field)).decode()
