"""Two people who go through the submissions of unknown outcome, as the pages let them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from django.utils import timezone

from verifications.enums import ReconciliationChoice, VerificationStatus
from verifications.errors import DomainError
from verifications.models import Verification
from verifications.services.reconciliations import decide_reconciliation, propose_reconciliation
from verifications.services.verifications import retry_delivery

FIRST, SECOND = "user:11", "user:12"
REASON = "Asked the provider's support desk by telephone."


def decide_some(record: list[dict[str, Any]], *, seed: int) -> Counter[str]:
    """Match, give up or send again about half of the unknown ones; the rest stays for the list. Counts the choices."""
    chance = random.Random(seed)
    received: dict[str, list[str]] = {}
    for row in record:
        received.setdefault(row["user_id"], []).append(row["verification_id"])
    made: Counter[str] = Counter()
    unknown = Verification.objects.filter(status=VerificationStatus.OUTCOME_UNKNOWN).select_related("provider_user")
    for verification in unknown.order_by("pk"):
        user = verification.provider_user
        ids = received.get(user.provider_reference, []) if user is not None else []
        choice = _choice(chance, bool(ids))
        if choice is None:
            continue
        try:
            _carry_out(verification, choice, reference=ids[0] if ids else "")
        except DomainError:
            made["overtaken by evidence"] += 1
        else:
            made[choice.label] += 1
    return made


def _choice(chance: random.Random, arrived: bool) -> ReconciliationChoice | None:
    drawn = chance.random()
    if drawn < 0.5:
        return None
    if drawn < 0.6:
        return ReconciliationChoice.SEND_AGAIN
    if arrived:
        return ReconciliationChoice.MATCH
    return ReconciliationChoice.NOT_RECEIVED if drawn < 0.8 else ReconciliationChoice.SEND_AGAIN


def _carry_out(verification: Verification, choice: ReconciliationChoice, *, reference: str) -> None:
    proposed = propose_reconciliation(
        verification_id=verification.pk,
        choice=choice,
        reason=REASON,
        reference=reference,
        actor=FIRST,
        at=timezone.now(),
    )
    if choice == ReconciliationChoice.MATCH:
        return
    decide_reconciliation(reconciliation_id=proposed.pk, approve=True, note="Agreed.", actor=SECOND, at=timezone.now())
    if choice == ReconciliationChoice.NOT_RECEIVED:
        retry_delivery(verification_id=verification.pk, actor=FIRST, at=timezone.now())
