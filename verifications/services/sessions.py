"""Verification sessions at Transmit Security: asked for, renewed, given up, read, deleted (transmit-verify 4 to 7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from verifications.enums import (
    LIVE_SESSION_STATUSES,
    SESSION_TRANSITIONS,
    AccessAction,
    AuditAction,
    CallOperation,
    CallStatus,
    ProviderKind,
    SessionShape,
    SessionStatus,
    VerificationMethod,
    VerificationStatus,
    VerificationType,
)
from verifications.errors import DomainError, FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import Customer, ProviderAccount, ProviderCall, Verification, VerificationSession
from verifications.providers.preflight_sessions import check_capture_files
from verifications.providers.session_types import MockBehavior
from verifications.providers.transmit_verify import TRANSMIT_HOSTS
from verifications.selectors.marked_words import marked_words
from verifications.services.audit import record_access, record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.call_requests import file_facts
from verifications.services.cases import follow_verification, open_case_for
from verifications.services.provider_accounts import account_options
from verifications.services.sealed_values import open_value
from verifications.services.session_records import (
    enqueue_once,
    enqueue_result_read,
    move_session,
    open_call,
    save_session,
)
from verifications.services.verifications import check_transition

SHORTEST_REASON = 10
LIVE_HOSTS = frozenset(urlsplit(address).hostname for region, address in TRANSMIT_HOSTS.items() if region != "Sandbox")
READABLE = frozenset(SessionStatus) - {
    SessionStatus.DRAFT,
    SessionStatus.REQUESTED,
    SessionStatus.REFUSED,
    SessionStatus.DELETED,
}


@dataclass(frozen=True)
class SessionData:
    """What an administrator chooses for a session. Nothing here may name the customer.

    ``consent_granted`` and ``consent_document_id`` belong to the backend shape, ``mock`` to sandbox accounts.
    """

    organization_name: str = ""
    organization_id: str = ""
    consent_granted: bool = False
    consent_document_id: str = ""
    mock: MockBehavior | None = None


@transaction.atomic
def create_session(
    *, customer_id: int, account_id: int, shape: str, data: SessionData, actor: str, at: dt.datetime
) -> VerificationSession:
    """Ask for a session: a hosted one goes out at once, one with images of the portal starts as a draft to fill.

    Raises ``PreflightFailed`` next to the field, ``NotAllowed`` for an account that can't do it, ``InvalidTransition``
    when the customer has an open session there: of two clicks or two people, one makes it.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    account = ProviderAccount.objects.get(pk=account_id)
    _check_account(account)
    problems = _problems(account, shape, data)
    if problems:
        raise PreflightFailed(problems)
    if VerificationSession.objects.filter(
        customer=customer, account=account, status__in=LIVE_SESSION_STATUSES
    ).exists():
        raise InvalidTransition(
            _("This customer has an open session at that account. Use that one, or cancel it before you make another.")
        )
    verification = Verification.objects.create(
        customer=customer,
        account=account,
        method=VerificationMethod.SESSION,
        type=VerificationType.IDENTITY_SESSION,
        first_name=customer.first_name,
        middle_name=customer.middle_name,
        last_name=customer.last_name,
        created_by=actor,
        created_at=at,
        updated_at=at,
    )
    session = VerificationSession.objects.create(
        verification=verification,
        account=account,
        customer=customer,
        shape=shape,
        organization_name=data.organization_name,
        organization_id=data.organization_id,
        consent_document_id=data.consent_document_id if shape == SessionShape.BACKEND else "",
        mock_behavior=_mock_json(data.mock),
        created_at=at,
        created_by=actor,
        updated_at=at,
    )
    record_event(
        action=AuditAction.VERIFICATION_CREATED,
        actor=actor,
        subject=verification,
        at=at,
        details={"account": str(account.public_id), "method": verification.method, "type": verification.type},
    )
    if shape == SessionShape.HOSTED:
        _request(verification, session, actor=actor, at=at)
    return session


@transaction.atomic
def submit_session(*, verification_id: int, actor: str, at: dt.datetime) -> VerificationSession:
    """Send a draft with its images: the session is created, then each image goes as the provider asks for it."""
    verification = _locked(verification_id)
    check_transition(verification, VerificationStatus.QUEUED)
    session = _latest(verification)
    if session.status != SessionStatus.DRAFT:
        raise InvalidTransition(_("This session was sent already."))
    _check_account(verification.account)
    options = account_options(verification.account)
    if not options.backend_capture_enabled:
        raise NotAllowed(
            _("Sending images from the portal is no longer switched on for this account. Nothing was sent.")
        )
    found = check_capture_files(file_facts(verification, now=at), options)
    if found:
        raise PreflightFailed([FieldProblem(p.field, marked_words(p.message), p.rule) for p in found])
    _request(verification, session, actor=actor, at=at)
    return session


@transaction.atomic
def renew_session(*, verification_id: int, actor: str, at: dt.datetime) -> VerificationSession:
    """A new session for a customer whose session ended without a result, or who has to start again.

    The old one is given up and stays readable; the new one has the same settings. Raises ``InvalidTransition``.
    """
    verification = _locked(verification_id)
    check_transition(verification, VerificationStatus.QUEUED)
    if verification.status == VerificationStatus.SENDING:
        raise InvalidTransition(_("The session is being created at this moment. Wait for it. Nothing changed."))
    old = _latest(verification)
    if old.shape != SessionShape.HOSTED:
        raise InvalidTransition(
            _("A session with images of the portal is not renewed: make a new one for the customer.")
        )
    _check_account(verification.account)
    if old.is_live:
        _cancel_waiting(verification, at)
        move_session(old, SessionStatus.CANCELLED, actor=actor, at=at)
        if old.provider_reference:
            _enqueue_deletion(old, actor=actor, at=at, reason="Another session took its place")
    session = VerificationSession.objects.create(
        verification=verification,
        account=old.account,
        customer=old.customer,
        shape=old.shape,
        organization_name=old.organization_name,
        organization_id=old.organization_id,
        mock_behavior=old.mock_behavior,
        created_at=at,
        created_by=actor,
        updated_at=at,
    )
    _request(verification, session, actor=actor, at=at)
    return session


@transaction.atomic
def cancel_session(*, verification_id: int, actor: str, at: dt.datetime) -> VerificationSession:
    """Give up a session that has no result: the customer's address stops working, the provider is told to delete it."""
    waiting = ProviderCall.objects.filter(verification_id=verification_id, status=CallStatus.WAITING)
    list(waiting.select_for_update().values_list("pk"))  # the order of a worker that claims: the row, then the rest
    verification = _locked(verification_id)
    check_transition(verification, VerificationStatus.CANCELLED)
    session = _latest(verification)
    _cancel_waiting(verification, at)
    verification.status = VerificationStatus.CANCELLED
    verification.attention = ""
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])
    if SessionStatus.CANCELLED in _after(session):
        move_session(session, SessionStatus.CANCELLED, actor=actor, at=at)
    record_event(action=AuditAction.VERIFICATION_CANCELLED, actor=actor, subject=verification, at=at)
    follow_verification(verification=verification, actor=actor, at=at)
    if session.provider_reference:
        _enqueue_deletion(session, actor=actor, at=at)
    return session


@transaction.atomic
def request_result_read(*, session_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read the result now instead of at the next poll."""
    session = _readable(session_id)
    record_event(action=AuditAction.SESSION_READ_REQUESTED, actor=actor, subject=session, at=at)
    return enqueue_result_read(session, actor=actor, at=at)


@transaction.atomic
def request_images(*, session_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """List the session's images now, and copy what is not here yet."""
    session = _readable(session_id)
    record_event(
        action=AuditAction.SESSION_READ_REQUESTED, actor=actor, subject=session, at=at, details={"what": "images"}
    )
    unjudged = session.image_submissions.filter(judged_at__isnull=True).first()
    argument = str(unjudged.public_id) if unjudged else ""
    return enqueue_once(session, CallOperation.LIST_IMAGES, actor=actor, at=at, argument=argument)


@transaction.atomic
def request_consent_read(*, session_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read the customer's consent as the provider recorded it (E7)."""
    session = _readable(session_id)
    record_event(
        action=AuditAction.SESSION_READ_REQUESTED, actor=actor, subject=session, at=at, details={"what": "consent"}
    )
    return enqueue_once(session, CallOperation.GET_CONSENT, actor=actor, at=at)


@transaction.atomic
def request_deletion(*, session_id: int, reason: str, actor: str, at: dt.datetime) -> ProviderCall:
    """Have the session and its personal data deleted at the provider; what was copied here stays.

    Raises ``NotAllowed`` without a reason, ``InvalidTransition`` while the customer may still use the session or its
    images are being copied.
    """
    session = _readable(session_id)
    if session.is_live:
        raise InvalidTransition(_("The customer may still use this session. Cancel it, or wait for its result."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(_("Say in a few words why it is deleted; auditors read it. Nothing was deleted."))
    copying = session.calls.filter(
        operation__in=[CallOperation.LIST_IMAGES, CallOperation.GET_IMAGE],
        status__in=[CallStatus.WAITING, CallStatus.SENDING],
    )
    if copying.exists():
        raise InvalidTransition(_("Its images are being copied. Try again in a moment, so that none is lost."))
    return _enqueue_deletion(session, actor=actor, at=at, reason=reason.strip())


@transaction.atomic
def delete_by_retention(*, session: VerificationSession, actor: str, at: dt.datetime) -> ProviderCall:
    """The account's rule says that the session has been at the provider long enough."""
    return _enqueue_deletion(session, actor=actor, at=at, reason="Retention rule of the provider account")


@transaction.atomic
def handover_address(
    *, session_id: int, actor: str, at: dt.datetime, action: AccessAction = AccessAction.ADDRESS_SHOWN
) -> str:
    """The address to hand to the customer, with its access event. Raises ``InvalidTransition`` once it is no use."""
    session = VerificationSession.objects.select_related("verification", "customer").get(pk=session_id)
    is_over = session.expires_at is not None and at >= session.expires_at
    is_usable = session.handover_token is not None and session.start_token is not None
    if session.status != SessionStatus.WAITING_FOR_CUSTOMER or not is_usable or is_over:
        raise InvalidTransition(_("The address of this session no longer works. Make a new session for the customer."))
    token = open_value(session, "handover_token")
    record_access(action=action, actor=actor, subject=session, at=at)
    return settings.PUBLIC_URL + reverse("verifications:session_start", args=[token])


def _request(verification: Verification, session: VerificationSession, *, actor: str, at: dt.datetime) -> None:
    """Queue the session's creation, open the customer's case when there is none."""
    if session.mock_behavior and not may_mock(verification.account):
        raise NotAllowed(_("Pretended results are for sandbox accounts only. Nothing was sent."))
    first = verification.submitted_at is None
    verification.status = VerificationStatus.QUEUED
    verification.attention = ""
    verification.updated_at = at
    if first:
        verification.submitted_at, verification.submitted_by = at, actor
        verification.case = open_case_for(customer=verification.customer, actor=actor, at=at)
    verification.accepted_at = None
    verification.answer = verification.answer_explanation = ""
    verification.answer_reasons = []
    verification.save()
    session.status = SessionStatus.REQUESTED
    save_session(session, at, "status")
    record_event(
        action=AuditAction.SESSION_REQUESTED,
        actor=actor,
        subject=session,
        at=at,
        details={"verification": str(verification.public_id), "shape": session.shape},
    )
    if first:
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
        operation=CallOperation.CREATE_SESSION,
        actor=actor,
        at=at,
        verification=verification,
        session=session,
    )


def _problems(account: ProviderAccount, shape: str, data: SessionData) -> list[FieldProblem]:
    rule = "Transmit Security 4, E1"
    problems = []
    options = account_options(account)
    if shape not in SessionShape.values:
        problems.append(FieldProblem("shape", _("Choose how the pictures are taken."), rule))
    if shape == SessionShape.BACKEND:
        if not options.backend_capture_enabled:
            problems.append(
                FieldProblem("shape", _("Sending images from the portal is not switched on for this account."), rule)
            )
        if not data.consent_granted:
            problems.append(
                FieldProblem("consent_granted", _("The customer must have agreed before images are sent."), rule)
            )
        if not data.consent_document_id:
            problems.append(
                FieldProblem("consent_document_id", _("Name the consent text that the customer agreed to."), rule)
            )
    if data.mock is not None and not may_mock(account):
        problems.append(
            FieldProblem("mock_recommendation", _("Pretended results are for sandbox accounts only."), f"{rule}, mock")
        )
    return problems


def may_mock(account: ProviderAccount) -> bool:
    """Pretended results go to a sandbox account whose address is none of the provider's live hosts."""
    return account_options(account).is_sandbox and urlsplit(account.base_url).hostname not in LIVE_HOSTS


def _check_account(account: ProviderAccount) -> None:
    if account.kind != ProviderKind.TRANSMIT_VERIFY:
        raise NotAllowed(_("Sessions are made at a Transmit Security account. Choose one."))
    if not account.is_enabled:
        raise NotAllowed(_("This provider account is switched off. Switch it on, or choose another."))


def _mock_json(mock: MockBehavior | None) -> dict[str, Any] | None:
    return asdict(mock) if mock is not None else None


def _enqueue_deletion(session: VerificationSession, *, actor: str, at: dt.datetime, reason: str = "") -> ProviderCall:
    """Each asking has its event and its reason; one that is asked for while another waits is that one."""
    waiting = open_call(session, CallOperation.DELETE_SESSION)
    if waiting is None:
        session.delete_requested_at = at
        save_session(session, at, "delete_requested_at")
        record_event(action=AuditAction.SESSION_DELETE_REQUESTED, actor=actor, subject=session, at=at, reason=reason)
    return enqueue_once(session, CallOperation.DELETE_SESSION, actor=actor, at=at)


def _cancel_waiting(verification: Verification, at: dt.datetime) -> None:
    ProviderCall.objects.filter(verification=verification, status=CallStatus.WAITING).update(
        status=CallStatus.CANCELLED, finished_at=at
    )


def _after(session: VerificationSession) -> frozenset[SessionStatus]:
    return SESSION_TRANSITIONS[SessionStatus(session.status)]


def _readable(session_id: int) -> VerificationSession:
    session = (
        VerificationSession.objects.select_for_update(of=("self",))
        .select_related("verification", "account", "customer")
        .get(pk=session_id)
    )
    if session.status not in READABLE or not session.provider_reference:
        raise InvalidTransition(
            _("There is nothing of this session at the provider: it was not created, or is deleted.")
        )
    return session


def _latest(verification: Verification) -> VerificationSession:
    session = (
        verification.sessions.select_for_update(of=("self",))
        .select_related("account", "customer", "verification")
        .order_by("-id")
        .first()
    )
    if session is None:
        raise DomainError(_("This verification has no session."))
    return session


def _locked(verification_id: int) -> Verification:
    verification = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .filter(pk=verification_id, method=VerificationMethod.SESSION)
        .first()
    )
    if verification is None:
        raise DomainError(_("This verification has no session."))
    return verification
