"""Texts that the queue is searched for: sealed in the session, named by a random key in addresses."""

from __future__ import annotations

import contextlib
import secrets

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from verifications import vault
from verifications.enums import AccessAction, KeyPurpose
from verifications.errors import DomainError
from verifications.selectors.keys import purpose_key, search_hash
from verifications.services.audit import record_access
from verifications.views.access import actor_of

KEPT = "queue_texts"
MOST_KEPT = 10
LONGEST_TEXT = 200
_CONTEXT = "session.queue_text"


def keep_text(request: HttpRequest, text: str, *, hits: int) -> str:
    """Keep what was searched for in the session and give its key; the search itself is an access event.

    A name or number typed here stands in no address, no log and in no table in clear.
    """
    with transaction.atomic():
        record_access(
            action=AccessAction.SEARCHED,
            actor=actor_of(request),
            subject=None,
            at=timezone.now(),
            details={"hits": hits, "query_hash": search_hash(text, purpose="query")[:16], "list": "queue"},
        )
    key = secrets.token_urlsafe(9)
    sealed = vault.seal(plaintext=text.encode(), wrapped_key=purpose_key(KeyPurpose.INSTALLATION), context=_CONTEXT)
    kept = list(request.session.get(KEPT, {}).items())[-(MOST_KEPT - 1) :]
    request.session[KEPT] = dict([*kept, (key, sealed)])
    return key


def kept_text(request: HttpRequest, key: str) -> str:
    """The text of a key of this session; empty when there is none, because the session or the key is another."""
    sealed = request.session.get(KEPT, {}).get(key)
    if not sealed:
        return ""
    with contextlib.suppress(DomainError, UnicodeDecodeError):
        opened = vault.unseal(token=sealed, wrapped_key=purpose_key(KeyPurpose.INSTALLATION), context=_CONTEXT)
        return opened.decode()
    return ""
