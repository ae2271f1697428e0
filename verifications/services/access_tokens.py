"""Access tokens of providers that want one (transmit-verify 3): one an account, shared by every process, sealed.

A token is renewed before it ends, by one process at a time; the fetch is a call on the ledger like any other. A token
that the provider no longer takes is forgotten, and the call that met the refusal goes once more.
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid

from django.db.models import Q
from django.utils import timezone

from verifications import masks
from verifications.enums import CallOperation, CallStatus, ProviderKind
from verifications.models import ProviderAccount, ProviderCall, ProviderToken
from verifications.providers.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from verifications.providers.transmit_tokens import fetch_token
from verifications.providers.types import Credentials
from verifications.services.call_records import write_outcome
from verifications.services.ledger_journal import LedgerJournal
from verifications.services.outcomes import TOKEN_REJECTED, Outcome, outcome_of_error
from verifications.services.provider_accounts import account_credentials
from verifications.services.sealed_values import open_value, seal

TOKEN_KINDS = frozenset({ProviderKind.TRANSMIT_VERIFY})
RENEW_BEFORE = dt.timedelta(seconds=60)
RENEWAL_LEASE = dt.timedelta(seconds=30)
ACTOR = "system:delivery"


def call_credentials(account: ProviderAccount, *, operation: str) -> Credentials:
    """What a client signs in with: the key pair, or the bearer token in place of the secret.

    Raises the provider errors of the token's address; nothing of the call itself has been sent then.
    """
    credentials = account_credentials(account, operation=operation)
    if account.kind not in TOKEN_KINDS:
        return credentials
    return Credentials(key_id=credentials.key_id, secret=_token(account, credentials))


def forget_rejected(error: ProviderError, *, account: ProviderAccount) -> None:
    """Drop the account's token when the provider said that it takes it no longer."""
    if error.code == TOKEN_REJECTED:
        ProviderToken.objects.filter(account=account).update(value=None, expires_at=None)


def _token(account: ProviderAccount, credentials: Credentials) -> str:
    row, _made = ProviderToken.objects.get_or_create(account=account)
    end = time.monotonic() + RENEWAL_LEASE.total_seconds()
    while True:
        now = timezone.now()
        if row.value is not None and row.expires_at is not None and row.expires_at - now > _margin():
            return open_value(row, "value")
        if _take_renewal(row, now):
            renewed = _renewed_meanwhile(row, now)
            return renewed or _renew(row, account, credentials)
        if row.value is not None and row.expires_at is not None and row.expires_at > now:
            return open_value(row, "value")  # another process renews it; this one is still good
        if time.monotonic() > end:
            raise ProviderUnavailable(
                "The access token is being renewed by another process and did not come in time. Nothing was sent. "
                "It is tried again by itself.",
                code="token_busy",
            )
        time.sleep(0.1)
        row.refresh_from_db()


def _margin() -> dt.timedelta:
    """A minute and a bit that differs by process, so that not all find the token old at once."""
    return RENEW_BEFORE + dt.timedelta(seconds=random.uniform(0, 20))  # noqa: S311 - spreading load, not a secret


def _take_renewal(row: ProviderToken, now: dt.datetime) -> bool:
    row.renewer = uuid.uuid4()
    return bool(
        ProviderToken.objects.filter(pk=row.pk)
        .filter(Q(renewer__isnull=True) | Q(renewer_expires_at__lt=now))
        .update(renewer=row.renewer, renewer_expires_at=now + RENEWAL_LEASE)
    )


def _renewed_meanwhile(row: ProviderToken, now: dt.datetime) -> str:
    """The token that another process got between our look and our turn; then the turn is given back."""
    there = ProviderToken.objects.get(pk=row.pk)
    if there.value is None or there.expires_at is None or there.expires_at == row.expires_at:
        return ""
    if there.expires_at - now <= RENEW_BEFORE:
        return ""
    ProviderToken.objects.filter(pk=row.pk, renewer=row.renewer).update(renewer=None, renewer_expires_at=None)
    return open_value(there, "value")


def _renew(row: ProviderToken, account: ProviderAccount, credentials: Credentials) -> str:
    mine = ProviderToken.objects.filter(pk=row.pk, renewer=row.renewer)
    now = timezone.now()
    call = ProviderCall.objects.create(
        account=account,
        operation=CallOperation.FETCH_TOKEN,
        status=CallStatus.SENDING,
        requested_by=ACTOR,
        created_at=now,
        not_before=now,
        started_at=now,
        claim_token=row.renewer,
        lease_expires_at=now + RENEWAL_LEASE,
    )
    journal = LedgerJournal(call=call, token=call.claim_token or uuid.uuid4(), lane_token=uuid.uuid4())
    try:
        token = fetch_token(base_url=account.base_url, credentials=credentials, journal=journal)
    except ProviderError as error:
        _record(call, outcome_of_error(error, call=call, bytes_left=journal.bytes_left), journal)
        mine.update(renewer=None, renewer_expires_at=None)
        if isinstance(error, OutcomeUnknown):  # of the token, not of the call that wants it
            raise ProviderUnavailable(error.message, code=error.code, http_status=error.http_status) from error
        raise
    _record(call, Outcome.succeeded(None), journal)
    seal(row, "value", token.token, mask=masks.mask_whole())
    mine.update(
        value=row.value,
        expires_at=timezone.now() + dt.timedelta(seconds=token.expires_in),
        renewer=None,
        renewer_expires_at=None,
    )
    return token.token


def _record(call: ProviderCall, outcome: Outcome, journal: LedgerJournal) -> None:
    call.refresh_from_db()
    write_outcome(call, outcome, journal.answer, timezone.now())
