"""Submissions whose outcome nobody knows: a person matches them, or two decide that they did not arrive or go again.

Matching to an id the provider named needs one person. What could send a document twice, or leave one unsent, needs a
second: one proposes with a reason, another carries it out. Evidence that comes meanwhile overtakes both.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from verifications.enums import (
    SUBMIT_OPERATIONS,
    AuditAction,
    CallOperation,
    CallStatus,
    ReconciliationChoice,
    ReconciliationStatus,
    VerificationStatus,
)
from verifications.errors import ConflictingRecord, FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import ProviderCall, Reconciliation, Verification
from verifications.providers.calls import identifier_of
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call, enqueue_read
from verifications.services.cases import follow_verification

SHORTEST_REASON = 10
RULE = "Two people decide what may send twice"


@transaction.atomic
def propose_reconciliation(
    *, verification_id: int, choice: str, reason: str, actor: str, at: dt.datetime, reference: str = ""
) -> Reconciliation:
    """Choose what happens to a submission of unknown outcome; a match is carried out at once.

    Raises ``PreflightFailed`` next to the field, ``InvalidTransition`` when the outcome is known by now, and
    ``ConflictingRecord`` when a choice waits already or the id belongs to another verification.
    """
    verification, call = _unknown(verification_id)
    problems = []
    if choice not in ReconciliationChoice.values:
        problems.append(FieldProblem("choice", _("Choose what happened."), RULE))
    if len(reason.strip()) < SHORTEST_REASON:
        problems.append(FieldProblem("reason", _("Say in a few words how you know; auditors read it."), RULE))
    if choice == ReconciliationChoice.MATCH and not identifier_of(reference.strip()):
        problems.append(
            FieldProblem(
                "reference", _("Give the verification id as the provider named it, 255 characters at most."), RULE
            )
        )
    if problems:
        raise PreflightFailed(problems)
    try:
        with transaction.atomic():
            proposed = Reconciliation.objects.create(
                verification=verification,
                call=call,
                choice=choice,
                reference=reference.strip() if choice == ReconciliationChoice.MATCH else "",
                reason=reason.strip()[:500],
                proposed_by=actor,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise ConflictingRecord(
            _("A choice about this submission waits for its second person already. Nothing was changed.")
        ) from error
    record_event(
        action=AuditAction.RECONCILIATION_PROPOSED,
        actor=actor,
        subject=verification,
        at=at,
        reason=proposed.reason,
        details={
            "reconciliation": str(proposed.public_id),
            "choice": choice,
            "call": str(call.public_id),
            "reference": proposed.reference,
        },
    )
    if choice == ReconciliationChoice.MATCH:
        _carry_out(proposed, verification, call, note="", actor=actor, at=at)
    else:
        with override(settings.LANGUAGE_CODE):  # kept in the record, so in the language of the records
            choice_words = proposed.get_choice_display().lower()
        verification.attention = f"Waits for a second person: {choice_words}."
        verification.updated_at = at
        verification.save(update_fields=["attention", "updated_at"])
    return proposed


@transaction.atomic
def decide_reconciliation(
    *, reconciliation_id: int, approve: bool, note: str, actor: str, at: dt.datetime
) -> Reconciliation:
    """Carry out or decline what another person proposed.

    Raises ``NotAllowed`` for one's own proposal, ``InvalidTransition`` when it was decided or the outcome is known.
    """
    proposed, verification, call = _proposed(reconciliation_id)
    if proposed.proposed_by == actor:
        raise NotAllowed(_("Somebody else has to decide what you proposed. You can withdraw it."))
    if approve:
        _carry_out(proposed, verification, call, note=note, actor=actor, at=at)
    else:
        _settle(proposed, ReconciliationStatus.DECLINED, note=note, actor=actor, at=at)
        _back_to_unknown(verification, "The proposal was declined. Choose again, or read the status.", at)
    return proposed


@transaction.atomic
def withdraw_reconciliation(*, reconciliation_id: int, actor: str, at: dt.datetime) -> Reconciliation:
    """Take back one's own proposal; raises ``NotAllowed`` for another person's."""
    proposed, verification, _call = _proposed(reconciliation_id)
    if proposed.proposed_by != actor:
        raise NotAllowed(_("Only who proposed it can withdraw it. You can decline it."))
    _settle(proposed, ReconciliationStatus.WITHDRAWN, note="", actor=actor, at=at)
    _back_to_unknown(verification, "The proposal was withdrawn. Choose again, or read the status.", at)
    return proposed


def _carry_out(
    proposed: Reconciliation, verification: Verification, call: ProviderCall, *, note: str, actor: str, at: dt.datetime
) -> None:
    _settle(proposed, ReconciliationStatus.CARRIED_OUT, note=note, actor=actor, at=at)
    if proposed.choice == ReconciliationChoice.MATCH:
        _match(proposed, verification, call, actor=actor, at=at)
    elif proposed.choice == ReconciliationChoice.NOT_RECEIVED:
        _not_received(verification, call, actor=actor, at=at)
    else:
        _send_again(proposed, verification, call, actor=actor, at=at)


def _match(
    proposed: Reconciliation, verification: Verification, call: ProviderCall, *, actor: str, at: dt.datetime
) -> None:
    others = Verification.objects.filter(account=verification.account, provider_reference=proposed.reference)
    if others.exclude(pk=verification.pk).exists():
        raise ConflictingRecord(_("Another verification of this account has that id already. Nothing was changed."))
    _finish(call, CallStatus.SUCCEEDED, "Matched to the provider's id by a person.")
    verification.status = VerificationStatus.ACCEPTED
    verification.provider_reference = proposed.reference
    verification.accepted_at = verification.updated_at = at
    verification.attention = ""
    verification.save(update_fields=["status", "provider_reference", "accepted_at", "updated_at", "attention"])
    record_event(
        action=AuditAction.VERIFICATION_ACCEPTED,
        actor=actor,
        subject=verification,
        at=at,
        details={"call": str(call.public_id), "reference": proposed.reference, "evidence": "matched_by_person"},
    )
    follow_verification(verification=verification, actor=actor, at=at)
    if verification.provider_user is not None:
        enqueue_read(provider_user=verification.provider_user, actor=actor, at=at)


def _not_received(verification: Verification, call: ProviderCall, *, actor: str, at: dt.datetime) -> None:
    """Known not to have arrived: it stands where a delivery stands that stopped, and a person may start it again."""
    _finish(call, CallStatus.NOT_SENT, "Two people found that it did not arrive.", is_dead=True)
    verification.status = VerificationStatus.QUEUED
    verification.attention = "It did not arrive, as two people found. Send it when everything is right, or cancel it."
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    record_event(
        action=AuditAction.VERIFICATION_STOPPED,
        actor=actor,
        subject=verification,
        at=at,
        details={"call": str(call.public_id), "cause": "not_received"},
    )
    follow_verification(verification=verification, actor=actor, at=at)


def _send_again(
    proposed: Reconciliation, verification: Verification, call: ProviderCall, *, actor: str, at: dt.datetime
) -> None:
    """The same submission with the same id of ours, knowing that it may arrive a second time."""
    verification.status = VerificationStatus.QUEUED
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    record_event(
        action=AuditAction.VERIFICATION_RESENT,
        actor=actor,
        subject=verification,
        at=at,
        reason=proposed.reason,
        details={"after_call": str(call.public_id), "proposed_by": proposed.proposed_by},
    )
    follow_verification(verification=verification, actor=actor, at=at)
    enqueue_call(
        account=verification.account,
        operation=CallOperation(call.operation),
        actor=actor,
        at=at,
        verification=verification,
        previous=call,
        number=1,
    )


def _finish(call: ProviderCall, status: CallStatus, message: str, *, is_dead: bool = False) -> None:
    call.status, call.message, call.is_dead = status, message, is_dead
    call.save(update_fields=["status", "message", "is_dead"])


def _settle(proposed: Reconciliation, status: ReconciliationStatus, *, note: str, actor: str, at: dt.datetime) -> None:
    proposed.status = status
    proposed.decided_by, proposed.decided_at = actor, at
    proposed.decision_note = note.strip()[:500]
    proposed.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    record_event(
        action=AuditAction.RECONCILIATION_DECIDED,
        actor=actor,
        subject=proposed.verification,
        at=at,
        reason=proposed.decision_note,
        details={"reconciliation": str(proposed.public_id), "choice": proposed.choice, "status": status},
    )


def _back_to_unknown(verification: Verification, attention: str, at: dt.datetime) -> None:
    verification.attention = attention
    verification.updated_at = at
    verification.save(update_fields=["attention", "updated_at"])


def _proposed(reconciliation_id: int) -> tuple[Reconciliation, Verification, ProviderCall]:
    found = Reconciliation.objects.filter(pk=reconciliation_id).values_list("verification_id", flat=True).first()
    if found is None:
        raise InvalidTransition(_("There is no such proposal."))
    verification, call = _unknown(found)
    proposed = Reconciliation.objects.select_for_update(of=("self",)).get(pk=reconciliation_id)
    if proposed.status != ReconciliationStatus.PROPOSED:
        raise InvalidTransition(_("This proposal was decided already. Nothing was changed."))
    proposed.verification = verification
    return proposed, verification, call


def _unknown(verification_id: int) -> tuple[Verification, ProviderCall]:
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("customer", "account", "provider_user__account")
        .get(pk=verification_id)
    )
    call = verification.calls.filter(operation__in=SUBMIT_OPERATIONS).order_by("-id").first()
    if verification.status != VerificationStatus.OUTCOME_UNKNOWN or call is None or call.status != CallStatus.UNKNOWN:
        raise InvalidTransition(_("The outcome of this submission is known by now. Nothing was changed."))
    return verification, call
