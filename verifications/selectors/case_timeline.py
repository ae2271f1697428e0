"""One timeline of a customer's file: what was done and what was looked at, merged by time, filterable by kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from verifications.enums import AccessAction, AuditAction
from verifications.models import AccessEvent, AuditEvent, Customer
from verifications.selectors.timeline import TimelineLine, timeline_lines

LINES = 40
READ_AHEAD = 120
"""Events of each log looked at for one page: those told elsewhere and looks drawn together take no line."""
ONE_LOOK = dt.timedelta(minutes=10)
"""Looks of one person, or copies of images, within this time are one line."""
SALT = "verifications.case_timeline"

ALL = ""
LOOKS = "looks"
KINDS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (ALL, _("Everything"), ()),
    ("decisions", _("Decisions"), ("decision.", "difference.", "customer_request.", "reading.")),
    ("notes", _("Notes"), ("note.", "audit_question.")),
    ("documents", _("Documents"), ("document.", "verification_session.image", "reading.")),
    (
        "provider",
        _("Providers"),
        ("verification.", "verification_session.", "link.", "webhook.", "provider_", "reconciliation."),
    ),
    (LOOKS, _("Looks"), ()),
    ("work", _("Case and people"), ("case.", "customer.")),
)
"""Word in the address, words on the page, and which actions it means; the first that fits names a line's kind."""
IMAGES = (AccessAction.PREVIEW_SERVED, AccessAction.THUMBNAIL_SERVED)


@dataclass(frozen=True)
class CaseLine:
    """One line. ``kind`` is a word of ``KINDS``; ``count`` is how many looks it draws together."""

    what: str
    more: str
    actor: str
    who: str
    """``person``, ``provider`` or ``system``."""
    at: dt.datetime
    css: str
    kind: str
    count: int = 1


@dataclass(frozen=True)
class CaseTimeline:
    lines: list[CaseLine]
    kind: str
    older: str
    """Token of the next page, empty at the end."""


def case_timeline(customer: Customer, *, kind: str = ALL, token: str = "") -> CaseTimeline:
    """Newest first, in two queries at most. A kind or token that means nothing shows everything from the start."""
    if kind not in {name for name, _label, _prefixes in KINDS}:
        kind = ALL
    audit_before, access_before = _read(token)
    done = [] if kind == LOOKS else _events(AuditEvent.objects.all(), customer, audit_before, _actions_of(kind))
    looks = _events(AccessEvent.objects.all(), customer, access_before, ()) if kind in (ALL, LOOKS) else []
    lines: list[CaseLine] = []
    older = ""
    for event in _merged(done, looks):
        line = _line(event)
        if line is None:
            pass
        elif lines and _is_same_look(lines[-1], line):
            lines[-1] = replace(lines[-1], count=lines[-1].count + 1)
        elif len(lines) == LINES:
            older = signing.dumps([audit_before, access_before], salt=SALT)
            break
        else:
            lines.append(line)
        if isinstance(event, AuditEvent):
            audit_before = event.pk
        else:
            access_before = event.pk
    if not older and (len(done) == READ_AHEAD or len(looks) == READ_AHEAD):
        older = signing.dumps([audit_before, access_before], salt=SALT)
    return CaseTimeline([_told(line) for line in lines], kind, older)


def _events(events: QuerySet[Any], customer: Customer, before: int, actions: tuple[str, ...]) -> list[Any]:
    events = events.filter(customer_id=customer.public_id)
    if before:
        events = events.filter(pk__lt=before)
    if actions:
        events = events.filter(action__in=actions)
    return list(events.order_by("-id")[:READ_AHEAD])


def _merged(done: list[AuditEvent], looks: list[AccessEvent]) -> Iterator[AuditEvent | AccessEvent]:
    """By time, each log in its own order. Where one list was cut, nothing older than its end is told yet."""
    ends = [events[-1].at for events in (done, looks) if len(events) == READ_AHEAD]
    horizon = max(ends) if ends else None
    left, right = iter(done), iter(looks)
    event, look = next(left, None), next(right, None)
    while event is not None or look is not None:
        first = event if look is None or (event is not None and event.at >= look.at) else look
        if first is None or (horizon is not None and first.at < horizon):
            return
        yield first
        if first is event:
            event = next(left, None)
        else:
            look = next(right, None)


def _line(event: AuditEvent | AccessEvent) -> CaseLine | None:
    if isinstance(event, AccessEvent):
        return CaseLine(
            what=_looked(event),
            more=event.get_purpose_display() if event.purpose else "",
            actor=event.actor_name,
            who=_who(event.actor),
            at=event.at,
            css="is-quiet",
            kind=LOOKS,
        )
    told: list[TimelineLine] = timeline_lines([event])
    if not told:
        return None
    one = told[0]
    return CaseLine(
        what=one.what,
        more=one.more,
        actor=one.actor,
        who=_who(event.actor),
        at=one.at,
        css=one.css,
        kind=_kind_of(event.action),
    )


def _looked(event: AccessEvent) -> str:
    if event.action in IMAGES:
        return str(AccessAction.PREVIEW_SERVED.label)
    if event.action == AccessAction.VALUE_REVEALED and event.field:
        return f"{event.get_action_display()}: {event.field.replace('_', ' ')}"
    return str(event.get_action_display())


def _is_same_look(line: CaseLine, other: CaseLine) -> bool:
    """Looks of one kind by one person, or copies of a provider's images, right after each other."""
    if (line.kind, line.what, line.actor) != (other.kind, other.what, other.actor):
        return False
    is_look = other.kind == LOOKS and line.more == other.more
    is_copy = other.what == str(AuditAction.SESSION_IMAGE_COPIED.label)
    return (is_look or is_copy) and line.at - other.at < ONE_LOOK


def _told(line: CaseLine) -> CaseLine:
    """Several looks as one: "5 images shown"."""
    if line.count == 1:
        return line
    if line.what == str(AccessAction.PREVIEW_SERVED.label):
        what = ngettext("%(count)d image shown", "%(count)d images shown", line.count) % {"count": line.count}
    elif line.kind != LOOKS:
        what = ngettext(
            "%(count)d image copied from the provider", "%(count)d images copied from the provider", line.count
        ) % {"count": line.count}
        return replace(line, what=what, more="")
    else:
        what = ngettext("%(what)s, %(count)d time", "%(what)s, %(count)d times", line.count) % {
            "what": line.what,
            "count": line.count,
        }
    return replace(line, what=what)


def _actions_of(kind: str) -> tuple[str, ...]:
    prefixes = _prefixes(kind)
    return tuple(action for action in AuditAction.values if action.startswith(prefixes)) if prefixes else ()


def _kind_of(action: str) -> str:
    for name, _label, prefixes in KINDS:
        if prefixes and action.startswith(prefixes):
            return name
    return "work"


def _prefixes(kind: str) -> tuple[str, ...]:
    return next((prefixes for name, _label, prefixes in KINDS if name == kind), ())


def _who(actor: str) -> str:
    head = actor.partition(":")[0]
    return {"user": "person", "customer": "person", "provider": "provider"}.get(head, "system")


def _read(token: str) -> tuple[int, int]:
    if not token:
        return 0, 0
    try:
        audit, access = signing.loads(token, salt=SALT)
        return int(audit), int(access)
    except (signing.BadSignature, ValueError, TypeError, RecursionError):
        return 0, 0


def kinds_for_page() -> Iterable[tuple[str, str]]:
    return [(name, str(label)) for name, label, _prefixes in KINDS]
