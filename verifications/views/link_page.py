"""The page of one verification link, and the part of it that moves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.enums import CLOSED_STATUSES, CallStatus, LinkStatus, ProviderUserStatus, VerificationStatus
from verifications.forms.kyc_links import AdoptUserForm, LinkMailForm
from verifications.models import KycLink, Verification
from verifications.selectors.countries import country_name
from verifications.selectors.extracted_values import difference_count, extracted_rows
from verifications.selectors.kyc_links import (
    last_change,
    links_of,
    may_cancel,
    may_read,
    may_renew,
    section_rows,
    stages_of,
)
from verifications.selectors.records import calls_of, timeline_of
from verifications.selectors.status import ANSWER_TONES, CALL_LOOKS, LINK_LOOKS, VERIFICATION_LOOKS, Look
from verifications.selectors.timeline import timeline_lines
from verifications.services.kyc_links import email_text
from verifications.views.access import actor_of
from verifications.views.rows import expiry_label

USER_IS_LOST = Look(
    "unknown", gettext_lazy("Capa's support names the id; an administrator enters it, and the link is asked for.")
)
JUST_MADE = dt.timedelta(minutes=10)
QUICK, SLOW = 1, 5
"""Seconds between two looks at a page: while a call is out, and while the customer is at it."""


def link_page(
    request: HttpRequest,
    verification: Verification,
    *,
    mail: LinkMailForm | None = None,
    adopt: AdoptUserForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a verification by link; asked for by htmx, only what has moved since the page was drawn.

    ``mail`` and ``adopt`` are refused forms with what was typed. The caller has checked the permission.
    """
    now = timezone.now()
    links = links_of(verification)
    link = links[0] if links else None
    calls = calls_of(verification)
    events = timeline_of(verification.customer)
    marks = {"card": _mark(verification, links), "findings": _findings_mark(verification, link)}
    is_new = _is_new(request, link, now)
    waiting = next((call for call in calls if call.status == CallStatus.WAITING), None)
    seconds = _seconds(verification, link)
    context: dict[str, Any] = {
        "verification": verification,
        "customer": verification.customer,
        "link": link,
        "look": _look(verification, link),
        "state_label": _state_label(verification, link),
        "set_by": last_change(events, verification, link),
        "stages": stages_of(link, events),
        "answer_tone": ANSWER_TONES.get(verification.answer, ""),
        "attention": (link.attention if link else "") or verification.attention,
        "waiting_call": waiting,
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "timeline": timeline_lines(events),
        "live_seconds": seconds,
        "live_url": f"{verification.get_absolute_url()}?card={marks['card']}&findings={marks['findings']}"
        + ("&new=1" if is_new else ""),
        "country_name": country_name(link.country) if link else "",
        "user_is_lost": _user_is_lost(verification),
        "may_cancel": may_cancel(verification),
        "may_read": may_read(link),
        "may_retry": _may_retry(verification, calls),
    }
    if request.headers.get("HX-Request") == "true":
        changed = {name for name, mark in marks.items() if request.GET.get(name, "") != mark}
        context |= {"is_partial": True, "changed": changed}
        context |= _card(request, verification, links, is_new, mail, adopt, now) if "card" in changed else {}
        context |= _findings(verification, link) if "findings" in changed else {}
        return render(request, "verifications/_kyc_link_live.html", context)
    context |= _card(request, verification, links, is_new, mail, adopt, now) | _findings(verification, link)
    return render(request, "verifications/kyc_link_detail.html", context, status=status)


def _card(  # noqa: PLR0917
    request: HttpRequest,
    verification: Verification,
    links: list[KycLink],
    is_new: bool,
    mail: LinkMailForm | None,
    adopt: AdoptUserForm | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """The link itself, its e-mail, its earlier ones, and a user whose id is missing."""
    link = links[0] if links else None
    user = verification.provider_user
    usable = link is not None and link.is_usable and link.url is not None and bool(expiry_label(link, now)[0])
    if usable and link is not None and mail is None and request.user.has_perm("verifications.send_kyclink"):
        subject, text = email_text(link)
        mail = LinkMailForm(initial={"subject": subject, "text": text})
    return {
        "usable": usable,
        "expiry": expiry_label(link, now) if link else ("", ""),
        "show_at_once": usable and is_new,
        "address": "",
        "mail": mail,
        "adopt": adopt or AdoptUserForm(),
        "user": user,
        "earlier": [(one, LINK_LOOKS[one.status]) for one in links[1:]],
        "may_renew": may_renew(verification),
        "may_start_over": verification.status
        in (VerificationStatus.COMPLETED, VerificationStatus.REFUSED, VerificationStatus.CANCELLED),
    }


def _findings(verification: Verification, link: KycLink | None) -> dict[str, Any]:
    extracted = extracted_rows(verification, verification.customer)
    return {
        "sections": section_rows(link),
        "extracted": extracted,
        "differences": difference_count(extracted),
        "answer_url": reverse("verifications:value_reveal", args=["kyc_link", link.public_id, "result"])
        if link and link.result
        else "",
        "extracted_note": _("Capa's answer holds no value that was read."),
    }


def _look(verification: Verification, link: KycLink | None) -> Look:
    """The link's own state, until there is none or something else keeps it."""
    if _user_is_lost(verification):
        return USER_IS_LOST
    if link is None or verification.status == VerificationStatus.OUTCOME_UNKNOWN:
        return VERIFICATION_LOOKS[verification.status]
    return LINK_LOOKS[link.status]


def _state_label(verification: Verification, link: KycLink | None) -> str:
    if _user_is_lost(verification):
        return _("The user's id is missing")
    if link is None or verification.status == VerificationStatus.OUTCOME_UNKNOWN:
        return str(verification.get_status_display())
    return str(link.get_status_display())


def _user_is_lost(verification: Verification) -> bool:
    user = verification.provider_user
    return (
        user is not None
        and user.status == ProviderUserStatus.OUTCOME_UNKNOWN
        and verification.status not in CLOSED_STATUSES
    )


def _seconds(verification: Verification, link: KycLink | None) -> int:
    """How often the page looks for news; 0 when nothing moves by itself any more."""
    if link is None or link.status == LinkStatus.REQUESTED:
        return QUICK if verification.status in (VerificationStatus.QUEUED, VerificationStatus.SENDING) else 0
    open_ones = (LinkStatus.ISSUED, LinkStatus.RETURNED, LinkStatus.IN_PROGRESS, LinkStatus.IN_REVIEW)
    return SLOW if link.status in open_ones else 0


def _may_retry(verification: Verification, calls: list[Any]) -> bool:
    own = (call for call in calls if call.verification_id == verification.pk or call.operation == "CREATE_USER")
    last = next(own, None)
    return verification.status == VerificationStatus.QUEUED and last is not None and last.status == CallStatus.NOT_SENT


def _mark(verification: Verification, links: list[KycLink]) -> str:
    """Changes with whatever the card shows, so that a form somebody types in is left alone otherwise."""
    link = links[0] if links else None
    user = verification.provider_user
    parts = (
        str(may_renew(verification)),
        str(may_cancel(verification)),
        str(link.public_id) if link else "",
        str(bool(link and link.is_usable and link.url is not None)),
        str(link.status in (LinkStatus.EXPIRED, LinkStatus.REQUESTED) if link else ""),
        verification.status
        if verification.status in (VerificationStatus.EXPIRED, VerificationStatus.COMPLETED)
        else "",
        user.status if user else "",
        str(link.sent_at) if link else "",
    )
    return _short(parts)


def _findings_mark(verification: Verification, link: KycLink | None) -> str:
    parts = (verification.status, str(len(link.sections)) if link else "", str(link.result is not None) if link else "")
    return _short(parts)


def _short(parts: tuple[str, ...]) -> str:
    return salted_hmac("verifications.link_page", "|".join(parts)).hexdigest()[:12]


def _is_new(request: HttpRequest, link: KycLink | None, now: dt.datetime) -> bool:
    """Right after a person made a link, its address is shown to that person without being asked for."""
    return (
        request.GET.get("new") == "1"
        and link is not None
        and link.created_by == actor_of(request)
        and now - link.created_at < JUST_MADE
        and request.user.has_perm("verifications.change_kyclink")
    )
