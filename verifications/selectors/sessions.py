"""Verification sessions as a list, and which accounts can make them."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from verifications.enums import ProviderKind, SessionStatus
from verifications.models import ProviderAccount, SessionImage, Verification, VerificationSession
from verifications.selectors.paging import Page, keyset_page

COPY_WITHIN = dt.timedelta(hours=24)
"""By then what the file needs has to be here (transmit-verify 7)."""


def matching_sessions(
    *, status: str, account: uuid.UUID | None, uncopied: bool, now: dt.datetime
) -> QuerySet[VerificationSession]:
    """Sessions that pass the filters, in no order."""
    sessions: QuerySet[VerificationSession] = VerificationSession.objects.all()
    if status:
        sessions = sessions.filter(status=status)
    if account is not None:
        sessions = sessions.filter(account__public_id=account)
    if uncopied:
        sessions = _without_copies(sessions, now)
    return sessions


def sessions_for_list(*, status: str, account: uuid.UUID | None, uncopied: bool, now: dt.datetime, token: str) -> Page:
    """Newest first, with what a row shows in one query."""
    sessions = matching_sessions(status=status, account=account, uncopied=uncopied, now=now)
    rows = sessions.select_related("customer", "account", "verification")
    return keyset_page(rows, order=("-id",), token=token)


def session_accounts() -> QuerySet[ProviderAccount]:
    """Accounts that have, or could have, sessions."""
    return ProviderAccount.objects.filter(kind=ProviderKind.TRANSMIT_VERIFY).order_by("name")


def accounts_that_may_send() -> list[ProviderAccount]:
    return [account for account in session_accounts() if account.may_send]


def sessions_of(verification: Verification) -> list[VerificationSession]:
    """Newest first; each knows its verification and account without another query."""
    sessions = list(verification.sessions.order_by("-id"))
    for session in sessions:
        session.verification, session.account, session.customer = (
            verification,
            verification.account,
            verification.customer,
        )
    return sessions


def _without_copies(sessions: QuerySet[VerificationSession], now: dt.datetime) -> QuerySet[VerificationSession]:
    not_here = SessionImage.objects.filter(session=OuterRef("pk"), document__isnull=True)
    return sessions.filter(status=SessionStatus.COMPLETED, completed_at__lt=now - COPY_WITHIN).filter(
        Q(images_listed_at__isnull=True) | Exists(not_here)
    )
