"""A customer's user at a provider account: linked by id, or created there with or without a profile."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from verifications.enums import (
    AuditAction,
    CallOperation,
    CallStatus,
    ProviderKind,
    ProviderUserOrigin,
    ProviderUserStatus,
)
from verifications.errors import ConflictingRecord, FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import Customer, ProviderAccount, ProviderCall, ProviderUser
from verifications.providers.preflight import check_user_id, check_user_profile
from verifications.providers.types import Address, FullName, ProfileChanges, TaxId, UserProfile
from verifications.selectors.marked_words import marked_words
from verifications.services.audit import record_event
from verifications.services.call_queue import enqueue_call, enqueue_read
from verifications.services.customers import customer_data

WITH_PROFILES = frozenset({ProviderKind.KRAKEN_EMBED, ProviderKind.PAYWARD_SERVICES})


@transaction.atomic
def link_provider_user(
    *, customer_id: int, account_id: int, provider_reference: str, actor: str, at: dt.datetime
) -> ProviderUser:
    """Link a user that exists at the provider: the id is kept exactly as given and read there before it counts."""
    _check_account(ProviderAccount.objects.get(pk=account_id))
    problem = check_user_id(provider_reference)
    if problem is not None:
        raise PreflightFailed([FieldProblem("provider_reference", marked_words(problem.message), problem.rule)])
    provider_user = _new_user(
        customer_id=customer_id,
        account_id=account_id,
        origin=ProviderUserOrigin.LINKED,
        provider_reference=provider_reference,
        at=at,
    )
    record_event(action=AuditAction.PROVIDER_USER_LINKED, actor=actor, subject=provider_user, at=at)
    enqueue_read(provider_user=provider_user, actor=actor, at=at)
    return provider_user


@transaction.atomic
def create_provider_user(
    *, customer_id: int, account_id: int, headless: bool, actor: str, at: dt.datetime
) -> ProviderUser:
    """Have the provider create the customer's user; raises ``PreflightFailed`` when the profile lacks something."""
    account = ProviderAccount.objects.get(pk=account_id)
    _check_account(account)
    customer = Customer.objects.get(pk=customer_id)
    if headless and not account.options.get("headless_users_allowed"):
        raise NotAllowed(
            _("This account's licence does not allow users without a profile (see the account's options).")
        )
    if not headless:
        problems = check_user_profile(account.kind, user_profile(customer, external_id=str(customer.public_id)))
        if problems:
            raise PreflightFailed([FieldProblem(p.field, marked_words(p.message), p.rule) for p in problems])
    provider_user = _new_user(
        customer_id=customer_id,
        account_id=account_id,
        origin=ProviderUserOrigin.HEADLESS if headless else ProviderUserOrigin.CREATED,
        external_reference=str(customer.public_id),
        at=at,
    )
    record_event(
        action=AuditAction.PROVIDER_USER_CREATED,
        actor=actor,
        subject=provider_user,
        at=at,
        details={"account": str(account.public_id), "headless": headless},
    )
    enqueue_call(
        account=account,
        operation=CallOperation.CREATE_HEADLESS_USER if headless else CallOperation.CREATE_USER,
        actor=actor,
        at=at,
        provider_user=provider_user,
    )
    return provider_user


@transaction.atomic
def request_profile_update(*, provider_user_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Send the customer's present profile to the provider (PATCH)."""
    provider_user = _linked(provider_user_id)
    waiting = provider_user.calls.filter(
        operation=CallOperation.UPDATE_USER, status__in=[CallStatus.WAITING, CallStatus.SENDING]
    ).first()
    if waiting is not None:
        return waiting
    record_event(action=AuditAction.PROVIDER_USER_UPDATE_REQUESTED, actor=actor, subject=provider_user, at=at)
    return enqueue_call(
        account=provider_user.account,
        operation=CallOperation.UPDATE_USER,
        actor=actor,
        at=at,
        provider_user=provider_user,
    )


@transaction.atomic
def request_status_read(*, provider_user_id: int, actor: str, at: dt.datetime) -> ProviderCall:
    """Read the user's status at the provider now instead of at the next poll."""
    provider_user = _linked(provider_user_id)
    record_event(
        action=AuditAction.PROVIDER_USER_READ,
        actor=actor,
        subject=provider_user,
        at=at,
        details={"step": "requested"},
    )
    return enqueue_read(provider_user=provider_user, actor=actor, at=at)


def user_profile(customer: Customer, *, external_id: str) -> UserProfile:
    """The customer as both Payward APIs want a user; opened sealed values, so never shown or logged."""
    data = customer_data(customer)
    return UserProfile(
        external_id=external_id,
        email=data.email,
        full_name=FullName(data.first_name, data.last_name, data.middle_name or None),
        residence=Address(
            line1=data.address.line1,
            line2=data.address.line2 or None,
            city=data.address.city,
            province=data.address.province or None,
            postal_code=data.address.postal_code,
            country=data.address.country,
        ),
        phone=data.phone,
        nationalities=data.nationalities,
        date_of_birth=data.date_of_birth,
        city_of_birth=data.city_of_birth or None,
        country_of_birth=data.country_of_birth or None,
        occupation=data.occupation or None,
        employer_name=data.employer_name or None,
        tax_ids=tuple(TaxId(number, country) for number, country in data.tax_ids),
        language=data.language or None,
        tos_version_accepted=data.tos_version_accepted,
    )


def profile_changes(customer: Customer) -> ProfileChanges:
    """Everything of the profile that is filled in; what is empty here is left alone at the provider."""
    profile = user_profile(customer, external_id="")
    has_address = bool(profile.residence.line1 and profile.residence.city and profile.residence.postal_code)
    return ProfileChanges(
        full_name=profile.full_name if profile.full_name.first_name and profile.full_name.last_name else None,
        date_of_birth=profile.date_of_birth,
        residence=profile.residence if has_address else None,
        phone=profile.phone or None,
        nationalities=profile.nationalities or None,
        occupation=profile.occupation,
        employer_name=profile.employer_name,
        city_of_birth=profile.city_of_birth,
        country_of_birth=profile.country_of_birth,
        tax_ids=profile.tax_ids or None,
        language=profile.language,
        tos_version_accepted=profile.tos_version_accepted,
    )


def _linked(provider_user_id: int) -> ProviderUser:
    provider_user = (
        ProviderUser.objects.select_for_update(of=("self",))
        .select_related("account", "customer")
        .get(pk=provider_user_id)
    )
    if provider_user.status != ProviderUserStatus.LINKED:
        raise InvalidTransition(_("This user is not linked yet; wait until the provider has confirmed it."))
    return provider_user


def _check_account(account: ProviderAccount) -> None:
    if account.kind not in WITH_PROFILES:
        raise NotAllowed(
            _(
                "Users are linked and created at Kraken Embed and Payward Services only. At Capa, ask for a "
                "link: it makes the user. Transmit Security knows no users."
            )
        )


def _new_user(
    *,
    customer_id: int,
    account_id: int,
    origin: ProviderUserOrigin,
    at: dt.datetime,
    provider_reference: str = "",
    external_reference: str = "",
) -> ProviderUser:
    try:
        with transaction.atomic():
            return ProviderUser.objects.create(
                customer_id=customer_id,
                account_id=account_id,
                origin=origin,
                provider_reference=provider_reference,
                external_reference=external_reference,
                created_at=at,
            )
    except IntegrityError as error:
        raise ConflictingRecord(
            _(
                "This customer already has a user at that account, or the id belongs to another customer. "
                "Nothing was changed."
            )
        ) from error
