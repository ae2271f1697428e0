"""One function an operation: what to ask the client for, given the ledger row. Each family has a module of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from verifications.enums import CallOperation, ProviderKind
from verifications.errors import DomainError
from verifications.models import Customer, ProviderCall, ProviderUser, Verification
from verifications.providers.types import SubmissionAccepted, UserCreated, UserState, VerificationClient
from verifications.services import link_calls, notification_calls, session_calls
from verifications.services.call_requests import document_submission, url_submission
from verifications.services.provider_users import profile_changes, user_profile

CHECK_USER_ID = "AA00PORTALCHECK0"
"""A well-formed id that no provider has issued: a refusal that names the user proves key, signature and nonce."""


def perform(call: ProviderCall, client: Any, *, now: dt.datetime) -> object:
    """Make the row's call; raises the provider errors, or ``DomainError`` when it can't be built from the rows."""
    return _operation(call)(call, client, now)


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


Operation = Callable[[ProviderCall, Any, dt.datetime], object]

OPERATIONS: Mapping[CallOperation, Operation] = {
    CallOperation.SUBMIT_DOCUMENTS: _submit_documents,
    CallOperation.SUBMIT_DOCUMENT_URLS: _submit_document_urls,
    CallOperation.CREATE_USER: _create_user,
    CallOperation.CREATE_HEADLESS_USER: _create_headless_user,
    CallOperation.GET_USER: _get_user,
    CallOperation.UPDATE_USER: _update_user,
    CallOperation.CHECK_CONNECTION: _check_connection,
    **session_calls.OPERATIONS,
    **link_calls.OPERATIONS,
    **notification_calls.OPERATIONS,
}
OF_KIND: Mapping[tuple[str, CallOperation], Operation] = {
    (ProviderKind.TRANSMIT_VERIFY, CallOperation.CHECK_CONNECTION): session_calls.check_connection,
    (ProviderKind.CAPA_PARTNER, CallOperation.CHECK_CONNECTION): notification_calls.check_connection,
    (ProviderKind.CAPA_PARTNER, CallOperation.CREATE_USER): link_calls.create_user,
}
"""Where one provider's way differs from the others'."""


def _operation(call: ProviderCall) -> Operation:
    operation = CallOperation(call.operation)
    return OF_KIND.get((call.account.kind, operation)) or OPERATIONS[operation]


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
