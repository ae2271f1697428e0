"""Who works on a case right now. A claim lapses by itself when its holder gives no sign of life."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction
from verifications.errors import InvalidTransition, NotAllowed
from verifications.models import Case, CasePresence
from verifications.selectors.presence import PRESENCE_LASTS
from verifications.selectors.workload import name_of_person, why_not
from verifications.services.audit import record_event
from verifications.services.cases import locked_case

__all__ = ["CLAIM_LASTS", "PRESENCE_LASTS", "claim_case", "forget_presences", "hold", "keep_presence", "release_claim"]

CLAIM_LASTS = dt.timedelta(minutes=15)
PRESENCES_KEPT = dt.timedelta(days=1)
SHORTEST_REASON = 5


@transaction.atomic
def claim_case(*, case_id: int, person: Any, at: dt.datetime, take_over: bool = False, reason: str = "") -> Case:
    """Note that ``person`` works on the case from now on; of two at once one does and the other is told who.

    Raises ``InvalidTransition`` for a closed case, and ``NotAllowed`` for who can't decide it, and while somebody else
    works on it unless it is taken over with a reason.
    """
    case = locked_case(case_id)
    if case.closed_at is not None:
        raise InvalidTransition(_("This case is closed. Nothing was changed."))
    if refusal := why_not(case, person):
        raise NotAllowed(refusal)
    check_free(case, person, at, take_over=take_over, reason=reason)
    hold(case=case, person=person, at=at, reason=reason if take_over else "")
    return case


@transaction.atomic
def release_claim(*, case_id: int, person: Any, at: dt.datetime) -> Case:
    """Give the case back for others to work on; nothing when ``person`` does not hold it."""
    case = locked_case(case_id)
    if case.claimed_by_id == person.pk:
        case.claimed_by = case.claimed_at = case.claim_ends_at = None
        case.save(update_fields=["claimed_by", "claimed_at", "claim_ends_at"])
        record_event(action=AuditAction.CASE_RELEASED, actor=f"user:{person.pk}", subject=case, at=at)
    return case


@transaction.atomic
def keep_presence(*, case_id: int, person: Any, at: dt.datetime) -> None:
    """Note that ``person`` has the case open, and keep up the claim they hold; one that lapsed stays lapsed.

    What a page says of itself every few seconds: no audit event. Who looked at what is in the access log.
    """
    mine = CasePresence.objects.filter(case_id=case_id, person_id=person.pk)
    if not mine.filter(seen_at__gt=at - PRESENCE_LASTS).update(seen_at=at):
        CasePresence.objects.bulk_create(
            [CasePresence(case_id=case_id, person_id=person.pk, since=at, seen_at=at)],
            update_conflicts=True,
            unique_fields=["case", "person"],
            update_fields=["since", "seen_at"],
        )
    held = Case.objects.filter(pk=case_id, claimed_by_id=person.pk, claim_ends_at__gt=at)
    held.update(claim_ends_at=at + CLAIM_LASTS)


def forget_presences(*, now: dt.datetime) -> int:
    """Delete what pages said of themselves a day ago; returns how many."""
    return CasePresence.objects.filter(seen_at__lt=now - PRESENCES_KEPT).delete()[0]


def check_free(case: Case, person: Any, at: dt.datetime, *, take_over: bool = False, reason: str = "") -> None:
    """Raise ``NotAllowed`` when somebody else works on a locked case, unless it is taken over with a reason."""
    if not case.claim_holds(at) or case.claimed_by_id == person.pk or case.claimed_by is None:
        return
    name = name_of_person(case.claimed_by)
    if not take_over:
        raise NotAllowed(
            _("%(name)s is working on this case. Ask them, or take it over with a reason.") % {"name": name}
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(_("Say why you take the case over from %(name)s; auditors read it.") % {"name": name})


def hold(*, case: Case, person: Any, at: dt.datetime, reason: str = "") -> None:
    """Let ``person`` hold a locked, free case, or hold it longer. The caller has the transaction."""
    is_held = case.claim_holds(at) and case.claimed_by_id == person.pk
    before = case.claimed_by_id
    lapsed = before is not None and not case.claim_holds(at)
    case.claim_ends_at = at + CLAIM_LASTS
    if is_held:
        case.save(update_fields=["claim_ends_at"])
        return
    case.claimed_by, case.claimed_at = person, at
    case.save(update_fields=["claimed_by", "claimed_at", "claim_ends_at"])
    details = {"before": f"user:{before}", "lapsed": lapsed} if before is not None else {}
    record_event(
        action=AuditAction.CASE_CLAIMED,
        actor=f"user:{person.pk}",
        subject=case,
        at=at,
        reason=reason.strip(),
        details=details,
    )
