"""A customer's user at Capa: created once (C1), repeated at most once after a lost answer, else a person asks Capa.

Contract: capa-partner 5 and 8. Nobody can look the user up there, so the id in the answer is the only way to it.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    AuditAction,
    CallOperation,
    CallStatus,
    LinkStatus,
    ProviderKind,
    ProviderUserStatus,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import ConflictingRecord, FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import KycLink, ProviderCall, ProviderUser, Verification
from verifications.providers.calls import identifier_of
from verifications.providers.types import UserCreated
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call
from verifications.services.cases import follow_verification
from verifications.services.key_refusals import note_answer
from verifications.services.link_records import MOVED_FIELDS, enqueue_creation, move_link

REPEAT_AFTER = dt.timedelta(seconds=4)
TAKEN = "user_conflict"
"""Capa has a user with our id or e-mail already, and no way to look it up."""
ID_TAKEN = "Capa answered with an id that already belongs to another customer here. Ask Capa which of the two it means."


def needs_operator(user: ProviderUser) -> str:
    """What a person has to do about a user who may exist at Capa."""
    return (
        "Capa may have this customer's user already, but its id never came here and can't be looked up. Nothing more "
        f"is sent. Give Capa's support the external id {user.external_reference}, ask for the user's id and enter it "
        "here."
    )


@transaction.atomic
def confirm_user(*, user: ProviderUser, provider_reference: str, actor: str, at: dt.datetime, **details: str) -> bool:
    """Keep the id and ask for the links that wait for it; ``False`` when the id belongs to another customer."""
    user.provider_reference = provider_reference
    user.status = ProviderUserStatus.LINKED
    user.problem = ""
    try:
        with transaction.atomic():
            user.save(update_fields=["provider_reference", "status", "problem"])
    except IntegrityError:
        user.refresh_from_db(fields=["provider_reference", "status", "problem"])
        return False
    _withdraw_creations(user, at)
    record_event(
        action=AuditAction.PROVIDER_USER_CONFIRMED,
        actor=actor,
        subject=user,
        at=at,
        details={"reference": provider_reference, **details},
    )
    for verification, link in _waiting(user):
        verification.attention = ""
        verification.updated_at = at
        verification.save(update_fields=["attention", "updated_at"])
        enqueue_creation(link=link, verification=verification, actor=actor, at=at)
    return True


@transaction.atomic
def adopt_provider_user(*, provider_user_id: int, provider_reference: str, actor: str, at: dt.datetime) -> ProviderUser:
    """Enter the user's id that Capa's support gave; the links that wait for it are asked for at once.

    Raises ``PreflightFailed`` for what can't be an id, ``ConflictingRecord`` for an id of another customer.
    """
    provider_reference = provider_reference.strip()
    if identifier_of(provider_reference) != provider_reference or not provider_reference:
        message = _("Enter the user's id exactly as Capa gave it, without spaces.")
        raise PreflightFailed([FieldProblem("provider_reference", message, "Capa 5 (C1)")])
    user = (
        ProviderUser.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .filter(pk=provider_user_id)
        .first()
    )
    if user is None or user.account.kind != ProviderKind.CAPA_PARTNER:
        raise NotAllowed(_("Only a user at Capa is entered by its id. Nothing was changed."))
    if user.status not in (ProviderUserStatus.OUTCOME_UNKNOWN, ProviderUserStatus.REFUSED):
        raise InvalidTransition(_("This user has its id already, or is still being created. Nothing was changed."))
    if not confirm_user(user=user, provider_reference=provider_reference, actor=actor, at=at, step="entered"):
        raise ConflictingRecord(
            _(
                "This id belongs to another customer, or the customer has another user at this account by "
                "now. Nothing was changed; check the id with Capa."
            )
        )
    return user


def user_created(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
    """The answer came, if need be late: the repetition that still waits is withdrawn."""
    if not isinstance(result, UserCreated):
        raise TypeError("creating a user succeeds with UserCreated")
    user = _locked(call)
    if user.status == ProviderUserStatus.LINKED:
        return
    if not confirm_user(user=user, provider_reference=result.user_id, actor=actor, at=at, call=str(call.public_id)):
        _refuse(user, call, ID_TAKEN, actor, at)


def user_refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """No user was created, unless an earlier answer was lost: then the refusal may be of the second one only."""
    user = _locked(call)
    if user.status == ProviderUserStatus.LINKED:
        return
    if _may_exist(user, call) or call.error_code == TAKEN:
        _ask_operator(user, call, actor, at)
    else:
        _refuse(user, call, message, actor, at)


def user_unknown(*, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    """The user may exist now: once more with identical data, and after that never again."""
    user = _locked(call)
    if user.status == ProviderUserStatus.LINKED:
        return
    if _may_exist(user, call):
        _ask_operator(user, call, actor, at)
        return
    record_event(
        action=AuditAction.PROVIDER_USER_UNKNOWN,
        actor=actor,
        subject=user,
        at=at,
        details={"call": str(call.public_id), "code": call.error_code, "step": "repeated_once"},
    )
    enqueue_call(
        account=user.account,
        operation=CallOperation.CREATE_USER,
        actor=call.requested_by,
        at=at,
        not_before=at + REPEAT_AFTER,
        provider_user=user,
        previous=call,
    )


def user_not_processed(
    *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
) -> None:
    """It goes again by itself (``due``), or stops; what waits for the user says so."""
    user = _locked(call)
    if user.status == ProviderUserStatus.LINKED:
        return
    if due is not None:
        user.problem = message[:500]
        user.save(update_fields=["problem"])
        for verification, _link in _waiting(user):
            _tell(verification, message, at)
            record_event(
                action=AuditAction.VERIFICATION_NOT_SENT,
                actor=actor,
                subject=verification,
                at=at,
                details={
                    "call": str(call.public_id),
                    "code": call.error_code,
                    "next_try": due.isoformat(timespec="seconds"),
                },
            )
    elif _may_exist(user, call):
        _ask_operator(user, call, actor, at)
    else:
        _stop(user, call, f"Delivery stopped after try {call.number}. {message}", actor, at)


class UserEffects:
    """The effects of C1's end (``call_effects.Effects``)."""

    @staticmethod
    def succeeded(*, call: ProviderCall, result: object, actor: str, at: dt.datetime) -> None:
        note_answer(call=call, actor=actor, at=at)
        user_created(call=call, result=result, actor=actor, at=at)

    @staticmethod
    def refused(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
        user_refused(call=call, message=message, actor=actor, at=at)

    @staticmethod
    def not_processed(
        *, call: ProviderCall, message: str, due: dt.datetime | None, actor: str, at: dt.datetime
    ) -> None:
        user_not_processed(call=call, message=message, due=due, actor=actor, at=at)

    @staticmethod
    def unknown(*, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:  # noqa: ARG004
        user_unknown(call=call, actor=actor, at=at)


USER_EFFECTS = UserEffects


def _ask_operator(user: ProviderUser, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    user.status = ProviderUserStatus.OUTCOME_UNKNOWN
    user.problem = needs_operator(user)
    user.save(update_fields=["status", "problem"])
    record_event(
        action=AuditAction.PROVIDER_USER_UNKNOWN,
        actor=actor,
        subject=user,
        at=at,
        details={"call": str(call.public_id), "code": call.error_code, "step": "needs_operator"},
    )
    for verification, _link in _waiting(user):
        _tell(verification, user.problem, at)


def _stop(user: ProviderUser, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """Nothing was refused and nothing exists: what waits goes on when a person has it tried again."""
    user.problem = message[:500]
    user.save(update_fields=["problem"])
    for verification, _link in _waiting(user):
        _tell(verification, message, at)
        record_event(
            action=AuditAction.VERIFICATION_STOPPED,
            actor=actor,
            subject=verification,
            at=at,
            details={"call": str(call.public_id), "code": call.error_code},
        )


def _refuse(user: ProviderUser, call: ProviderCall, message: str, actor: str, at: dt.datetime) -> None:
    """No user, no link: everything that waited for it is refused with the same words."""
    _withdraw_creations(user, at)
    user.status = ProviderUserStatus.REFUSED
    user.problem = message[:500]
    user.save(update_fields=["status", "problem"])
    details = {"call": str(call.public_id), "code": call.error_code}
    record_event(action=AuditAction.PROVIDER_USER_REFUSED, actor=actor, subject=user, at=at, details=details)
    for verification, link in _waiting(user):
        move_link(link, LinkStatus.REFUSED, at=at)
        link.attention = message[:500]
        link.save(update_fields=[*MOVED_FIELDS, "attention"])
        record_event(action=AuditAction.LINK_REFUSED, actor=actor, subject=link, at=at, details=details)
        verification.status = VerificationStatus.REFUSED
        _tell(verification, message, at)
        record_event(action=AuditAction.VERIFICATION_REFUSED, actor=actor, subject=verification, at=at, details=details)
        follow_verification(verification=verification, actor=actor, at=at)


def _withdraw_creations(user: ProviderUser, at: dt.datetime) -> None:
    creations = user.calls.filter(operation=CallOperation.CREATE_USER, status=CallStatus.WAITING)
    creations.update(status=CallStatus.CANCELLED, finished_at=at)


def _tell(verification: Verification, message: str, at: dt.datetime) -> None:
    verification.attention = message[:500]
    verification.updated_at = at
    verification.save(update_fields=["status", "attention", "updated_at"])


def _waiting(user: ProviderUser) -> list[tuple[Verification, KycLink]]:
    """The verifications that wait for the user, locked, each with the link it wants."""
    verifications = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .filter(provider_user=user, method=VerificationMethod.LINK, status=VerificationStatus.QUEUED)
        .order_by("id")
    )
    links = KycLink.objects.select_for_update(of=("self",)).select_related("customer", "account")
    return [
        (verification, link)
        for verification in verifications
        if (link := links.filter(verification=verification, status=LinkStatus.REQUESTED).first()) is not None
    ]


def _may_exist(user: ProviderUser, call: ProviderCall) -> bool:
    """Whether the answer to an earlier try was lost."""
    lost = user.calls.filter(operation=CallOperation.CREATE_USER, status=CallStatus.UNKNOWN)
    return lost.exclude(pk=call.pk).exists()


def _locked(call: ProviderCall) -> ProviderUser:
    return ProviderUser.objects.select_for_update(of=("self",)).select_related("account", "customer").get(calls=call)
