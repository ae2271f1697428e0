"""Who may decide a case and what speaks against it: one list for the page that explains and for the refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from verifications.enums import DECIDABLE_STATES, CaseState, DecisionOutcome, ProviderAnswer
from verifications.models import Case, Decision, Verification
from verifications.models.verifications import ACCEPTED_STATUSES
from verifications.selectors.case_facts import verifications_of

DECIDE = "verifications.decide_case"
DECIDE_ESCALATED = "verifications.decide_escalated"
NO_ANSWERS = ("", ProviderAnswer.IN_REVIEW, ProviderAnswer.UNREADABLE, ProviderAnswer.NO_RESULT)
WITHOUT_APPROVAL = frozenset({CaseState.WITH_PROVIDER, CaseState.WAITING_FOR_CUSTOMER})
"""What is still under way may be declined, asked about or escalated; an approval needs its answer."""


@dataclass(frozen=True)
class Refusal:
    """Why not. ``of_person``: another person might; otherwise nobody can at this moment."""

    text: str
    of_person: bool = False


def refusals(case: Case, person: Any, now: dt.datetime) -> list[Refusal]:
    """What keeps ``person`` from deciding the case, whatever the outcome; empty when nothing does.

    A closed case is no refusal here: deciding it again is a correction.
    """
    found = list(_of_person(case, person, now))
    if case.state not in DECIDABLE_STATES and case.state != CaseState.CLOSED:
        found.append(Refusal(_not_now(case)))
    return found


def outcome_refusals(case: Case, outcome: str) -> list[Refusal]:
    """What speaks against this outcome at this moment."""
    if outcome == DecisionOutcome.APPROVE and (case.state in WITHOUT_APPROVAL or not has_answer(case)):
        return [Refusal(_("No provider has answered yet, and an approval needs an answer. Nothing was decided."))]
    if outcome == DecisionOutcome.ESCALATE and case.is_escalated and case.closed_at is None:
        return [Refusal(_("The case is escalated already. Nothing was changed."))]
    if case.closed_at is not None and outcome not in (DecisionOutcome.APPROVE, DecisionOutcome.DECLINE):
        return _reopening_refusals(case)
    return []


def review_refusals(decision: Decision, person: Any, now: dt.datetime) -> list[Refusal]:
    """What keeps ``person`` from approving or returning a staged decision as its second person."""
    if decision.made_by_id == person.pk:
        return [
            Refusal(
                _("You made this decision, so somebody else has to approve it. You can withdraw it."), of_person=True
            )
        ]
    found = list(_of_person(decision.case, person, now))
    if decision.needs_senior and not person.has_perm(DECIDE_ESCALATED):
        found.append(Refusal(_("This decision needs a senior officer as its second person."), of_person=True))
    return found


def made_case(case: Case, person: Any, checks: Iterable[Verification] | None = None) -> bool:
    """Entered or submitted one of its checks, other than one made because a customer was asked again.

    ``checks``: those of ``verifications_of``, where the caller has them already.
    """
    actor = f"user:{person.pk}"
    own = Q(created_by=actor) | Q(submitted_by=actor)
    ids = [check.pk for check in (verifications_of(case) if checks is None else checks)]
    return Verification.objects.filter(own, pk__in=ids, answered_request__isnull=True).exists()


def has_answer(case: Case) -> bool:
    """Some provider said something about the customer; what is pending, unreadable or without a result says nothing."""
    return verifications_of(case).filter(status__in=ACCEPTED_STATUSES).exclude(answer__in=NO_ANSWERS).exists()


def _of_person(case: Case, person: Any, now: dt.datetime) -> list[Refusal]:
    if not person.is_active or not person.has_perm(DECIDE):
        return [Refusal(_("Your role does not decide cases."), of_person=True)]
    found = []
    if case.is_escalated and not person.has_perm(DECIDE_ESCALATED):
        found.append(Refusal(_("The case is escalated: a senior officer decides it."), of_person=True))
    if made_case(case, person):
        found.append(
            Refusal(_("You entered or submitted what is checked here, so somebody else decides it."), of_person=True)
        )
    if case.claim_holds(now) and case.claimed_by_id != person.pk and case.claimed_by is not None:
        name = case.claimed_by.get_full_name() or case.claimed_by.get_username()
        text = _("%(name)s is working on this case. Ask them, or take it over with a reason.") % {"name": name}
        found.append(Refusal(text, of_person=True))
    return found


def _not_now(case: Case) -> str:
    match case.state:
        case CaseState.SECOND_APPROVAL:
            return _("A decision waits for its second person already. Nothing was changed.")
        case CaseState.OUTCOME_UNKNOWN:
            return _("Nobody knows yet whether the documents arrived. Reconcile that first; nothing was decided.")
    return _("The documents are on their way to the provider. Wait for its answer; nothing was decided.")


def _reopening_refusals(case: Case) -> list[Refusal]:
    others = Case.objects.filter(customer_id=case.customer_id, closed_at__isnull=True).exclude(pk=case.pk)
    if others.exists():
        return [Refusal(_("Another case of this customer is open. Decide there; this one stays as it is."))]
    return []
