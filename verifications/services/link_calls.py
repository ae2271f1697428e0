"""One function an operation at Capa (capa-partner 5): what to ask the client for, given the ledger row."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from verifications.enums import CallOperation, CallStatus, LinkStatus
from verifications.errors import DomainError, InvalidTransition
from verifications.models import KycLink, ProviderCall
from verifications.providers.link_types import LinkClient, LinkCreated, LinkDetails, LinkRequest, LinkUserRequest
from verifications.providers.types import UserCreated
from verifications.services.ledger_journal import ClaimLost
from verifications.services.link_records import digest, return_address
from verifications.services.sealed_values import open_bytes, open_value

TOKEN_BYTES = 16
"""128 bits, as the contract wants for the return path (capa-partner 7)."""


def create_user(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> UserCreated:
    """C1. A repetition after a lost answer carries what the first try carried, whatever was corrected since (8)."""
    user = call.provider_user
    if user is None or call.customer is None:
        raise DomainError("This call speaks of no provider user.")
    return client.create_user(
        LinkUserRequest(
            type=call.customer.kind,
            email=_email_sent_before(call) or open_value(call.customer, "email"),
            external_user_id=user.external_reference,
        )
    )


def _create_kyc_link(call: ProviderCall, client: LinkClient, now: dt.datetime) -> LinkCreated:
    return client.create_kyc_link(_link_request(call, now))


def _create_kyb_link(call: ProviderCall, client: LinkClient, now: dt.datetime) -> LinkCreated:
    return client.create_kyb_link(_link_request(call, now))


def _get_kyc_details(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> LinkDetails:
    return client.get_kyc_details(_user_id(_link(call)))


def _get_kyb_details(call: ProviderCall, client: LinkClient, _now: dt.datetime) -> LinkDetails:
    return client.get_kyb_details(_user_id(_link(call)))


def _link_request(call: ProviderCall, now: dt.datetime) -> LinkRequest:
    link = _link(call)
    if link.status != LinkStatus.REQUESTED:
        raise InvalidTransition("This link is no longer wanted. Nothing was sent.")
    redirect_uri = link.app_return or return_address(_new_return_token(call, link, now))
    return LinkRequest(user_id=_user_id(link), country=link.country, redirect_uri=redirect_uri)


def _new_return_token(call: ProviderCall, link: KycLink, now: dt.datetime) -> str:
    """A new token a try, of which only the hash is kept: what came of an earlier try is nobody's any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        mine = ProviderCall.objects.select_for_update(of=("self",)).filter(
            pk=call.pk, claim_token=call.claim_token, status=CallStatus.SENDING
        )
        if not mine:
            raise ClaimLost(f"call {call.pk} has another owner")
        KycLink.objects.filter(pk=link.pk).update(return_hash=digest(token), updated_at=now)
    return token


def _email_sent_before(call: ProviderCall) -> str:
    lost = (
        ProviderCall.objects.filter(
            provider_user=call.provider_user, operation=CallOperation.CREATE_USER, status=CallStatus.UNKNOWN
        )
        .order_by("id")
        .first()
    )
    if lost is None:
        return ""
    try:
        sent = json.loads(open_bytes(lost, "request_original"))
    except ValueError:
        return ""
    email = sent.get("email") if isinstance(sent, dict) else None
    return email if isinstance(email, str) else ""


def _link(call: ProviderCall) -> KycLink:
    if call.link is None:
        raise DomainError("This call speaks of no link.")
    return call.link


def _user_id(link: KycLink) -> str:
    user = link.verification.provider_user
    if user is None or not user.provider_reference:
        raise DomainError("The customer has no user at Capa yet. Nothing was sent.")
    return user.provider_reference


OPERATIONS: Mapping[CallOperation, Callable[[ProviderCall, Any, dt.datetime], object]] = {
    CallOperation.CREATE_KYC_LINK: _create_kyc_link,
    CallOperation.CREATE_KYB_LINK: _create_kyb_link,
    CallOperation.GET_KYC_DETAILS: _get_kyc_details,
    CallOperation.GET_KYB_DETAILS: _get_kyb_details,
}
