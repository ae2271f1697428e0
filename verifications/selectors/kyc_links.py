"""Verification links as lists and as the page of one: where it stands, who set it, its stages and earlier links."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.enums import (
    VERIFICATION_TRANSITIONS,
    AuditAction,
    LinkStatus,
    ProviderKind,
    VerificationMethod,
    VerificationStatus,
)
from verifications.models import AuditEvent, Customer, KycLink, ProviderAccount, Verification
from verifications.providers.link_types import COUNTRIES
from verifications.selectors.paging import Page, keyset_page

RENEWABLE = (VerificationStatus.EXPIRED, VerificationStatus.WAITING_FOR_CUSTOMER)
UNREAD = (LinkStatus.REQUESTED, LinkStatus.REFUSED, LinkStatus.CANCELLED, LinkStatus.REPLACED)
FINAL = (LinkStatus.VERIFIED, LinkStatus.REJECTED)
_ORDER = {
    LinkStatus.ISSUED: 0,
    LinkStatus.RETURNED: 1,
    LinkStatus.IN_PROGRESS: 2,
    LinkStatus.IN_REVIEW: 3,
    LinkStatus.VERIFIED: 4,
    LinkStatus.REJECTED: 4,
}
_CURRENT = {-1: 0, 0: 1, 1: 2, 2: 2, 3: 3}
"""The furthest stage reached -> the one that things stand at: being issued and returning are moments, the rest last."""
_TELLS_ONLY = frozenset(
    {
        AuditAction.LINK_SENT,
        AuditAction.LINK_READ_REQUESTED,
        AuditAction.VERIFICATION_ANSWERED,
        AuditAction.CASE_OPENED,
    }
)
"""Events that leave the state as it is."""
_SECTION_NAMES: dict[str, Promise] = {
    "idInfo": gettext_lazy("Identity document"),
    "faceMatchInfo": gettext_lazy("Face match"),
    "faceLivenessInfo": gettext_lazy("Face liveness"),
    "fraudInsights": gettext_lazy("Signs of fraud"),
    "fraudInsights.relatedSessionInsights": gettext_lazy("Related sessions"),
    "amlInfo": gettext_lazy("Watch lists"),
    "businessInfo": gettext_lazy("Business"),
}


@dataclass(frozen=True)
class Stage:
    """One step of the progress list; ``words`` say it to whoever does not see the shape."""

    label: str
    css: str
    is_current: bool
    words: str


@dataclass(frozen=True)
class SectionRow:
    """One section of the provider's answer, in its own codes."""

    label: str
    name: str
    css: str
    codes: str
    score: str
    notes: list[str]


@dataclass(frozen=True)
class SetBy:
    """The event that brought the present state about."""

    what: str
    actor: str
    at: dt.datetime


def matching_links(*, status: str, kind: str, account: str, country: str) -> QuerySet[KycLink]:
    """Links that pass the filters, in no order."""
    links: QuerySet[KycLink] = KycLink.objects.all()
    for name, value in (("status", status), ("kind", kind), ("country", country), ("account__public_id", account)):
        if value:
            links = links.filter(**{name: value})
    return links


def links_for_list(*, status: str, kind: str, account: str, country: str, token: str) -> Page:
    """Newest first, with what a row shows in one query; an earlier link that was replaced is a row as well."""
    links = matching_links(status=status, kind=kind, account=account, country=country)
    return keyset_page(links.select_related("customer", "account", "verification"), order=("-id",), token=token)


def link_accounts() -> QuerySet[ProviderAccount]:
    return ProviderAccount.objects.filter(kind=ProviderKind.CAPA_PARTNER).order_by("name")


def sending_link_accounts() -> QuerySet[ProviderAccount]:
    """Accounts that a link can be asked for now."""
    return link_accounts().filter(is_enabled=True, paused_at__isnull=True)


def countries_of(account: ProviderAccount) -> tuple[str, ...]:
    """The countries enabled for an account; all of Capa's where nothing is limited."""
    return tuple(account.options.get("enabled_countries") or COUNTRIES)


def open_link_verification(customer: Customer) -> Verification | None:
    """The customer's verification by link that is still under way, if any."""
    closed = [status for status, after in VERIFICATION_TRANSITIONS.items() if not after]
    return (
        Verification.objects.filter(customer=customer, method=VerificationMethod.LINK)
        .exclude(status__in=closed)
        .select_related("account")
        .order_by("-id")
        .first()
    )


def links_of(verification: Verification) -> list[KycLink]:
    """The link that counts first, then the earlier ones."""
    return list(verification.links.select_related("customer", "account").order_by("-id")[:50])


def last_change(events: list[AuditEvent], verification: Verification, link: KycLink | None) -> SetBy | None:
    """The newest event that set the state of the link or its verification, from the customer's timeline."""
    about = {str(record.public_id) for record in (verification, link) if record is not None}
    if verification.provider_user is not None and (link is None or link.status == LinkStatus.REQUESTED):
        about.add(str(verification.provider_user.public_id))
    event = next((one for one in events if one.subject_id in about and _sets_state(one, link)), None)
    if event is None:
        return None
    actor = _("The customer") if event.action == AuditAction.LINK_RETURNED else event.actor_name
    return SetBy(event.get_action_display(), actor, event.at)


def stages_of(link: KycLink | None, events: list[AuditEvent]) -> list[Stage]:
    """Issued, returned, in progress, review, result: what was reached, and what was passed without a sign."""
    reached = _reached(link)
    seen = {0, reached} | _seen(link, events)
    is_over = link is None or link.status not in (LinkStatus.REQUESTED, *_ORDER) or link.status in FINAL
    stages = []
    for number, label in enumerate((_("Issued"), _("Returned"), _("In progress"), _("Review"), _("Result"))):
        done = number <= reached and number in seen
        current = number == _CURRENT.get(reached) and not is_over
        if current:
            words, css = _("now"), ""
        elif done:
            words, css = _("done"), "is-done"
        elif number < reached:
            words, css = _("no sign"), "is-skipped"
        else:
            words, css = _("to come"), ""
        stages.append(Stage(label, css, current, words))
    return stages


def may_renew(verification: Verification) -> bool:
    return verification.status in RENEWABLE


def may_cancel(verification: Verification) -> bool:
    return (
        VerificationStatus.CANCELLED in VERIFICATION_TRANSITIONS[VerificationStatus(verification.status)]
        and verification.status != VerificationStatus.DRAFT
    )


def may_read(link: KycLink | None) -> bool:
    return link is not None and link.status not in UNREAD and link.status not in FINAL


def section_rows(link: KycLink | None) -> list[SectionRow]:
    """The answer's sections as received; members of the wrong shape are left out, never a reason to fail."""
    sections = link.sections if link and isinstance(link.sections, list) else []
    return [_section_row(section) for section in sections if isinstance(section, dict)]


def _section_row(section: dict[str, Any]) -> SectionRow:
    name, status = str(section.get("name", "")), str(section.get("status") or "")
    codes = ", ".join(code for code in (str(section.get("result") or ""), status) if code)
    score = section.get("score")
    notes = [str(note) for member in ("reasons", "warnings") for note in _texts(section.get(member))]
    return SectionRow(
        label=str(_SECTION_NAMES.get(name, name)),
        name=name,
        css="good" if status == "APPROVED" else "waiting" if not status else "attention",
        codes=codes or _("no result"),
        score=f"{score:.0%}" if isinstance(score, float) and 0 <= score <= 1 else "",
        notes=notes,
    )


def _texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sets_state(event: AuditEvent, link: KycLink | None) -> bool:
    if event.action == AuditAction.LINK_RETURNED:
        return link is not None and link.status == LinkStatus.RETURNED
    return event.action not in _TELLS_ONLY


def _seen(link: KycLink | None, events: list[AuditEvent]) -> set[int]:
    """The stages that left a sign: a return, or a move that the log holds."""
    if link is None:
        return set()
    moves = {
        event.details.get("after")
        for event in events
        if event.action == AuditAction.LINK_MOVED and event.subject_id == str(link.public_id)
    }
    return {number for status, number in _ORDER.items() if status in moves} | ({1} if link.returned_at else set())


def _reached(link: KycLink | None) -> int:
    """The number of the furthest stage; -1 before the link is there."""
    if link is None or link.issued_at is None:
        return -1
    known = _ORDER.get(LinkStatus(link.status)) if link.status in LinkStatus.values else None
    return known if known is not None else (1 if link.returned_at else 0)
