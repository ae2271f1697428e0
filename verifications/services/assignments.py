"""Who answers for a case, and how urgent it is. Nobody is given a case they made or a decision they staged."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, CasePriority
from verifications.errors import InvalidTransition, NotAllowed
from verifications.models import Case
from verifications.selectors.workload import away_until, name_of_person, offered_to, why_not
from verifications.services.audit import record_event
from verifications.services.case_claims import SHORTEST_REASON, check_free, hold
from verifications.services.cases import check_version, locked_case, touch


@transaction.atomic
def take_case(*, case_id: int, person: Any, at: dt.datetime, reason: str = "", version: int | None = None) -> Case:
    """Make ``person`` the owner and let them hold the case.

    Raises what ``assign_case`` raises; a case that another owns or works on is taken with a reason only.
    """
    case = locked_case(case_id)
    check_version(case, version)
    _check_may_get(case, person)
    if case.owner_id != person.pk:
        _check_reason(case, person, reason, at)
        _set_owner(case, person, reason=reason, actor=f"user:{person.pk}", at=at)
    else:
        check_free(case, person, at, take_over=bool(reason), reason=reason)
    hold(case=case, person=person, at=at, reason=reason)
    return case


@transaction.atomic
def take_next(*, person: Any, at: dt.datetime, besides_id: int | None = None) -> Case | None:
    """The next case to work on, now owned and held by ``person``; ``None`` when nothing waits.

    What they own and have not finished comes first, then what nobody owns; each by priority, then age. Two people who
    ask at once get two cases. ``besides_id``: the case they come from, which is not offered again.
    """
    offered = offered_to(person, now=at).select_related("customer")
    if besides_id is not None:
        offered = offered.exclude(pk=besides_id)
    for cases in (offered.filter(owner=person), offered.filter(owner__isnull=True)):
        case = cases.select_for_update(of=("self",), skip_locked=True).first()
        if case is not None:
            if case.owner_id is None:
                _set_owner(case, person, reason="", actor=f"user:{person.pk}", at=at)
            hold(case=case, person=person, at=at)
            return case
    return None


@transaction.atomic
def assign_case(
    *,
    case_id: int,
    to_person_id: int | None,
    reason: str,
    actor: str,
    at: dt.datetime,
    version: int | None = None,
) -> Case:
    """Give the case to somebody, or back to nobody; who held it for its old owner holds it no longer.

    Raises ``NotAllowed`` when that person can't decide it or is away, and without a reason when it is taken from
    somebody; ``InvalidTransition`` when it is theirs already or closed; ``StaleRecord`` over an older ``version``.
    """
    case = locked_case(case_id)
    check_version(case, version)
    person = None
    if to_person_id is not None:
        person = get_user_model().objects.select_related("portal_settings").filter(pk=to_person_id).first()
        if person is None:
            raise NotAllowed(_("This person is not known. Nothing was changed."))
    if case.owner_id == to_person_id:
        raise InvalidTransition(_already(person))
    _check_may_get(case, person)
    until = away_until(person, at) if person is not None else None
    if person is not None and until is not None:
        raise NotAllowed(
            _("%(name)s is away until %(date)s. Choose somebody else.")
            % {"name": name_of_person(person), "date": until.isoformat()}
        )
    _check_reason(case, person, reason, at)
    _set_owner(case, person, reason=reason, actor=actor, at=at)
    return case


@transaction.atomic
def set_priority(
    *, case_id: int, priority: int, actor: str, at: dt.datetime, reason: str = "", version: int | None = None
) -> Case:
    """Change how soon a case comes up. ``InvalidTransition`` when it is closed or has that priority already."""
    case = locked_case(case_id)
    check_version(case, version)
    if priority not in CasePriority.values:
        raise NotAllowed(_("This priority is not known. Nothing was changed."))
    if case.closed_at is not None:
        raise InvalidTransition(_("This case is closed. Nothing was changed."))
    if case.priority == priority:
        raise InvalidTransition(_("It has this priority already."))
    before, case.priority = case.priority, priority
    touch(case, at, "priority")
    record_event(
        action=AuditAction.CASE_PRIORITISED,
        actor=actor,
        subject=case,
        at=at,
        reason=reason.strip(),
        details={"before": CasePriority(before).name, "after": CasePriority(priority).name},
    )
    return case


def _check_may_get(case: Case, person: Any) -> None:
    if case.closed_at is not None:
        raise InvalidTransition(_("This case is closed. Nothing was changed."))
    if person is not None and (refusal := why_not(case, person)):
        raise NotAllowed(refusal)


def _check_reason(case: Case, person: Any, reason: str, at: dt.datetime) -> None:
    """Taking a case from its owner, or from who works on it, wants a reason."""
    holder = case.claimed_by if case.claim_holds(at) else None
    loser = case.owner or (holder if holder != person else None)
    if loser is not None and len(reason.strip()) < SHORTEST_REASON:
        raise NotAllowed(
            _("Say why the case is taken from %(name)s; auditors read it.") % {"name": name_of_person(loser)}
        )


def _set_owner(case: Case, person: Any, *, reason: str, actor: str, at: dt.datetime) -> None:
    before, case.owner = case.owner_id, person
    fields = ["owner"]
    if case.claimed_by_id is not None and (person is None or case.claimed_by_id != person.pk):
        case.claimed_by = case.claimed_at = case.claim_ends_at = None
        fields += ["claimed_by", "claimed_at", "claim_ends_at"]
    touch(case, at, *fields)
    record_event(
        action=AuditAction.CASE_ASSIGNED,
        actor=actor,
        subject=case,
        at=at,
        reason=reason.strip(),
        details={
            "before": f"user:{before}" if before else "",
            "after": f"user:{person.pk}" if person is not None else "",
        },
    )


def _already(person: Any) -> str:
    if person is None:
        return _("Nobody owns this case already.")
    return _("%(name)s owns this case already.") % {"name": name_of_person(person)}
