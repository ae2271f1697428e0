"""A 401 on the calls about a user: once it may speak of that user, for five minutes it speaks of the key.

Contract: capa-partner 8. The other calls of Capa stop the account at their first 401 (``outcomes``).
"""

from __future__ import annotations

import datetime as dt

from verifications.models import ProviderAccount, ProviderCall
from verifications.services.provider_accounts import pause_account

KEY_REJECTED = "key_rejected_once"
PATIENCE = dt.timedelta(minutes=5)
STOPPED = (
    "Capa has not accepted the API key on any call for five minutes. Everything is kept and the account's calls stop. "
    "An administrator should check key and base address, then test the connection."
)


def note_answer(*, call: ProviderCall, actor: str, at: dt.datetime) -> None:
    """Keep since when every answer is a 401, and stop the account after five minutes of nothing else.

    Any other answer ends the count, "not your user" included; no answer at all says nothing about the key.
    """
    account = ProviderAccount.objects.filter(pk=call.account_id)
    if call.error_code != KEY_REJECTED:
        if call.http_status is not None:
            account.filter(refused_since__isnull=False).update(refused_since=None)
        return
    account.filter(refused_since__isnull=True).update(refused_since=at)
    since = account.values_list("refused_since", flat=True).get()
    if since is not None and at - since >= PATIENCE:
        account.update(refused_since=None)  # once a person lets it send again, the count starts anew
        pause_account(account=call.account, reason=STOPPED, actor=actor, at=at)
