"""What a connection test found, written onto the account."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from verifications.enums import AuditAction, CallStatus
from verifications.models import ProviderAccount, ProviderCall
from verifications.services.audit import record_event
from verifications.services.provider_accounts import resume_account

PASSED = "Reached, key and signature accepted."


@transaction.atomic
def record_check(*, call: ProviderCall, status: CallStatus, message: str, actor: str, at: dt.datetime) -> None:
    """A refusal of the *user id* (400, 404) proves that key, signature and nonce were accepted; 403 does not.

    A passed test lets a stopped account send again.
    """
    passed = status == CallStatus.SUCCEEDED or (status == CallStatus.REFUSED and call.http_status in (400, 404))
    account = ProviderAccount.objects.select_for_update().get(pk=call.account_id)
    account.checked_at = at
    account.check_passed = passed
    account.check_message = PASSED if passed else message[:500]
    account.save(update_fields=["checked_at", "check_passed", "check_message"])
    record_event(
        action=AuditAction.ACCOUNT_CHECKED,
        actor=actor,
        subject=account,
        at=at,
        details={"call": str(call.public_id), "passed": passed, "http_status": call.http_status},
    )
    if passed:
        resume_account(account_id=account.pk, actor=actor, at=at)
