"""One function an operation: what to ask the client for, given the ledger row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from verifications.enums import CallOperation
from verifications.errors import DomainError
from verifications.models import Customer, ProviderCall, ProviderUser, Verification
from verifications.providers.types import SubmissionAccepted, UserCreated, UserState, VerificationClient
from verifications.services.call_requests import document_submission, url_submission
from verifications.services.provider_users import profile_changes, user_profile

CallResult = SubmissionAccepted | UserCreated | UserState | None

CHECK_USER_ID = "AA00PORTALCHECK0"
"""A well-formed id that no provider has issued: a refusal that names the user proves key, signature and nonce."""


def perform(call: ProviderCall, client: VerificationClient, *, now: dt.datetime) -> CallResult:
    """Make the row's call; raises the provider errors, or ``DomainError`` when it can't be built from the rows."""
    return OPERATIONS[CallOperation(call.operation)](call, client, now)


def _submit_documents(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> SubmissionAccepted:
    return client.submit_documents(document_submission(_verification(call)))


def _submit_document_urls(call: ProviderCall, client: VerificationClient, now: dt.datetime) -> SubmissionAccepted:
    return client.submit_document_urls(url_submission(_verification(call), now=now))


def _create_user(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> UserCreated:
    user = _provider_user(call)
    return client.create_user(user_profile(_customer(call), external_id=user.external_reference))


def _create_headless_user(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> UserCreated:
    return client.create_headless_user(_provider_user(call).external_reference)


def _get_user(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> UserState:
    return client.get_user(_provider_user(call).provider_reference)


def _update_user(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> None:
    client.update_user(_provider_user(call).provider_reference, profile_changes(_customer(call)))


def _check_connection(call: ProviderCall, client: VerificationClient, _now: dt.datetime) -> UserState:
    known = (
        call.account.provider_users.exclude(provider_reference="").values_list("provider_reference", flat=True).first()
    )
    return client.get_user(known or CHECK_USER_ID)


OPERATIONS: dict[CallOperation, Callable[[ProviderCall, VerificationClient, dt.datetime], CallResult]] = {
    CallOperation.SUBMIT_DOCUMENTS: _submit_documents,
    CallOperation.SUBMIT_DOCUMENT_URLS: _submit_document_urls,
    CallOperation.CREATE_USER: _create_user,
    CallOperation.CREATE_HEADLESS_USER: _create_headless_user,
    CallOperation.GET_USER: _get_user,
    CallOperation.UPDATE_USER: _update_user,
    CallOperation.CHECK_CONNECTION: _check_connection,
}


def _verification(call: ProviderCall) -> Verification:
    if call.verification is None:
        raise DomainError("This call speaks of no verification.")
    return call.verification


def _provider_user(call: ProviderCall) -> ProviderUser:
    if call.provider_user is None:
        raise DomainError("This call speaks of no provider user.")
    return call.provider_user


def _customer(call: ProviderCall) -> Customer:
    if call.customer is None:
        raise DomainError("This call speaks of no customer.")
    return call.customer
