"""Verifications: drafted, filled in, checked, submitted, cancelled, tried again, corrected as a new draft."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    START_OPERATIONS,
    VERIFICATION_TRANSITIONS,
    AuditAction,
    CallOperation,
    CallStatus,
    DocumentSlot,
    ProviderUserStatus,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import DomainError, FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import Document, DocumentRendition, ProviderCall, ProviderUser, Verification
from verifications.providers.registry import definition
from verifications.selectors.marked_words import in_sentence, marked_words
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.call_requests import file_facts, provider_user_reference, submission_metadata
from verifications.services.cases import follow_verification, open_case_for
from verifications.services.documents import uploaded_documents
from verifications.services.machine_readings import refresh_comparisons
from verifications.services.provider_accounts import account_options
from verifications.services.verification_data import VerificationData, apply_data, verification_data

OPERATION_OF_METHOD = {
    VerificationMethod.DOCUMENTS: CallOperation.SUBMIT_DOCUMENTS,
    VerificationMethod.DOCUMENT_URLS: CallOperation.SUBMIT_DOCUMENT_URLS,
}


def check_transition(verification: Verification, after: VerificationStatus) -> None:
    """Raise ``InvalidTransition`` unless the verification may go from where it is to ``after``."""
    if after not in VERIFICATION_TRANSITIONS[VerificationStatus(verification.status)]:
        text = _("This verification is %(status)s; that step is not possible from there. Nothing changed.")
        raise InvalidTransition(text % {"status": in_sentence(verification.get_status_display())})


@transaction.atomic
def create_verification(
    *,
    provider_user_id: int,
    method: str,
    type: str,
    actor: str,
    at: dt.datetime,
) -> Verification:
    """Draft a verification for a linked provider user, filled in from the customer as far as known."""
    provider_user = ProviderUser.objects.select_related("account", "customer").get(pk=provider_user_id)
    account = provider_user.account
    provider = definition(account.kind)
    if provider_user.status != ProviderUserStatus.LINKED:
        raise InvalidTransition(
            _("The customer's user at this provider is not confirmed yet. Wait for it, then try again.")
        )
    if method not in provider.methods:
        raise NotAllowed(_("%(provider)s does not take documents that way.") % {"provider": provider.label})
    if type not in provider.verification_types:
        raise NotAllowed(_("%(provider)s does not know this kind of verification.") % {"provider": provider.label})
    if type not in account_options(account).enabled_types:
        raise NotAllowed(_("This kind of verification is not switched on for the account (see the account's options)."))
    verification = Verification(
        customer=provider_user.customer,
        account=account,
        provider_user=provider_user,
        method=method,
        type=type,
        first_name=provider_user.customer.first_name,
        middle_name=provider_user.customer.middle_name,
        last_name=provider_user.customer.last_name,
        created_by=actor,
        created_at=at,
        updated_at=at,
    )
    apply_data(verification, VerificationData.from_customer(provider_user.customer, type=type))
    verification.save()
    record_event(
        action=AuditAction.VERIFICATION_CREATED,
        actor=actor,
        subject=verification,
        at=at,
        details={"account": str(account.public_id), "method": method, "type": type},
    )
    return verification


@transaction.atomic
def change_metadata(*, verification_id: int, data: VerificationData, actor: str, at: dt.datetime) -> Verification:
    """Save what was entered on a draft, complete or not; the event names the fields, not their values."""
    verification = _locked(verification_id)
    if not verification.is_draft:
        raise InvalidTransition(_("This verification was already submitted; what was entered can't change any more."))
    before = verification_data(verification)
    changed = data.differences(before)
    if not changed:
        return verification
    apply_data(verification, data)
    verification.updated_at = at
    verification.save()
    refresh_comparisons(verification=verification)
    record_event(
        action=AuditAction.VERIFICATION_CHANGED,
        actor=actor,
        subject=verification,
        at=at,
        details={"fields": changed},
    )
    return verification


def preflight_problems(verification: Verification, *, now: dt.datetime) -> list[FieldProblem]:
    """Every rule of the provider that the draft breaks, next to its field; no network call."""
    account = verification.account
    problems = definition(account.kind).preflight(
        verification.method,
        provider_user_reference(verification),
        submission_metadata(verification),
        file_facts(verification, now=now),
        account_options(account),
        now,
    )
    return [FieldProblem(problem.field, marked_words(problem.message), problem.rule) for problem in problems]


@transaction.atomic
def submit_verification(*, verification_id: int, actor: str, at: dt.datetime) -> Verification:
    """Queue the draft for sending, open the customer's case when there is none.

    Raises ``PreflightFailed`` with the problems, or ``InvalidTransition`` when it is no draft any more: of two clicks,
    tabs or people, one submits and the other is told so.
    """
    verification = _locked(verification_id)
    check_transition(verification, VerificationStatus.QUEUED)
    if not verification.is_draft:  # others may go back to the queue as well, but not by this way
        raise InvalidTransition(_("This verification was submitted already. Nothing changed."))
    if not verification.external_verification_id:
        verification.external_verification_id = str(verification.public_id)
    problems = preflight_problems(verification, now=at)
    if problems:
        raise PreflightFailed(problems)
    verification.status = VerificationStatus.QUEUED
    verification.submitted_at = verification.updated_at = at
    verification.submitted_by = actor
    verification.case = open_case_for(customer=verification.customer, actor=actor, at=at)
    user = verification.provider_user
    verification.baseline_actions = user.required_actions if user is not None and user.read_at else None
    verification.save()
    record_event(
        action=AuditAction.VERIFICATION_SUBMITTED,
        actor=actor,
        subject=verification,
        at=at,
        details={"account": str(verification.account.public_id), "method": verification.method},
    )
    follow_verification(verification=verification, actor=actor, at=at)
    enqueue_call(
        account=verification.account,
        operation=OPERATION_OF_METHOD[VerificationMethod(verification.method)],
        actor=actor,
        at=at,
        verification=verification,
    )
    return verification


@transaction.atomic
def cancel_verification(*, verification_id: int, actor: str, at: dt.datetime) -> Verification:
    """Give up a draft, or a verification that still waits to be sent. What is being sent can't be called back."""
    waiting = ProviderCall.objects.filter(verification_id=verification_id, status=CallStatus.WAITING)
    list(waiting.select_for_update().values_list("pk"))  # the order of a worker that claims: the row, then the rest
    verification = _locked(verification_id)
    if verification.method not in OPERATION_OF_METHOD:
        raise InvalidTransition(
            _("A session or link is cancelled on its own page, so that the customer's address ends too.")
        )
    check_transition(verification, VerificationStatus.CANCELLED)
    waiting.update(status=CallStatus.CANCELLED, finished_at=at)
    ProviderCall.objects.filter(verification_id=verification_id, is_dead=True).update(is_dead=False)
    verification.status = VerificationStatus.CANCELLED
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    record_event(action=AuditAction.VERIFICATION_CANCELLED, actor=actor, subject=verification, at=at)
    follow_verification(verification=verification, actor=actor, at=at)
    return verification


@transaction.atomic
def retry_delivery(*, verification_id: int, actor: str, at: dt.datetime) -> Verification:
    """Send again what stopped without having been processed; raises ``InvalidTransition`` for anything else."""
    verification = _locked(verification_id)
    last = verification.calls.filter(operation__in=START_OPERATIONS).order_by("-id").first()
    if last is None and verification.provider_user is not None:  # a link that waits for its user
        last = verification.provider_user.calls.filter(operation=CallOperation.CREATE_USER).order_by("-id").first()
    if verification.status != VerificationStatus.QUEUED or last is None or last.status != CallStatus.NOT_SENT:
        raise InvalidTransition(_("There is nothing to try again: it is on its way, or its outcome is known."))
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["attention", "updated_at"])
    ProviderCall.objects.filter(pk=last.pk, is_dead=True).update(is_dead=False)
    record_event(action=AuditAction.VERIFICATION_RETRIED, actor=actor, subject=verification, at=at)
    enqueue_call(
        account=verification.account,
        operation=CallOperation(last.operation),
        actor=actor,
        at=at,
        verification=last.verification,
        provider_user=last.provider_user,
        session=last.session,
        link=last.link,
        argument=last.argument,
        previous=last,
        number=1,
    )
    return verification


@transaction.atomic
def draft_correction(*, verification_id: int, actor: str, at: dt.datetime) -> Verification:
    """A new draft with everything of one refused or answered, documents included; the old one stays as it is."""
    old = _locked(verification_id)
    if old.method not in OPERATION_OF_METHOD:
        raise InvalidTransition(_("Sessions and links are not corrected: make a new one for the customer."))
    if old.status not in (
        VerificationStatus.REFUSED,
        VerificationStatus.COMPLETED,
        VerificationStatus.CANCELLED,
        VerificationStatus.EXPIRED,
    ):
        raise InvalidTransition(_("Only a verification that was refused, answered or cancelled can be corrected."))
    if Verification.objects.filter(supersedes=old).exists():
        raise InvalidTransition(_("A corrected draft of this verification exists already; open that one."))
    new = Verification(
        customer=old.customer,
        account=old.account,
        provider_user=old.provider_user,
        method=old.method,
        type=old.type,
        supersedes=old,
        created_by=actor,
        created_at=at,
        updated_at=at,
    )
    data = verification_data(old)
    if data.external_verification_id == str(old.public_id):
        data = data.without_external_id()
    apply_data(new, data)
    new.save()
    for document in uploaded_documents(old):
        _copy_document(document, new, actor=actor, at=at)
    record_event(
        action=AuditAction.VERIFICATION_CREATED,
        actor=actor,
        subject=new,
        at=at,
        details={"supersedes": str(old.public_id)},
    )
    return new


def slots_for(verification: Verification) -> list[tuple[DocumentSlot, bool]]:
    """The document slots of this verification's type at its provider, in order: (slot, required)."""
    slots = definition(verification.account.kind).file_slots.get(verification.type, ())
    return [(DocumentSlot(name), required) for name, required in slots]


def _copy_document(document: Document, verification: Verification, *, actor: str, at: dt.datetime) -> None:
    renditions = list(document.renditions.all())
    document.pk = None
    document._state.adding = True
    document.public_id = uuid.uuid4()
    document.verification = verification
    document.uploaded_by, document.uploaded_at = actor, at
    document.save()
    for rendition in renditions:
        rendition.pk = None
        rendition._state.adding = True
        rendition.document = document
    DocumentRendition.objects.bulk_create(renditions)


def _locked(verification_id: int) -> Verification:
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("account", "customer", "provider_user")
        .filter(pk=verification_id)
        .first()
    )
    if verification is None:
        raise DomainError(_("This verification does not exist."))
    return verification
