"""Asking a customer again: what can be asked for and how, and how the requests of a case stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from verifications.enums import (
    CLOSED_STATUSES,
    USABLE_LINK_STATUSES,
    CustomerKind,
    RequestStatus,
    RequestWay,
    SessionStatus,
    VerificationStatus,
)
from verifications.models import (
    Case,
    CustomerRequest,
    Document,
    KycLink,
    MessageTemplate,
    ProviderAccount,
    Verification,
    VerificationSession,
)
from verifications.policy.customer_texts import ADDRESS, CustomerText
from verifications.policy.customer_words import LANGUAGES
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.kyc_links import countries_of, sending_link_accounts
from verifications.selectors.sealed_texts import clear_texts
from verifications.selectors.sessions import accounts_that_may_send

MOST_SHOWN = 10
LOOKS = {RequestStatus.OPEN: "waiting", RequestStatus.ANSWERED: "good", RequestStatus.WITHDRAWN: "stopped"}


@dataclass(frozen=True)
class Way:
    """How a customer may answer; ``value`` is what the form carries."""

    way: RequestWay
    account: ProviderAccount | None = None

    @property
    def value(self) -> str:
        return f"{self.way.value}:{self.account.public_id}" if self.account else self.way.value


@dataclass(frozen=True)
class ShownRequest:
    """A request with its texts in clear. ``address``: "none", "coming", "ready", "used" or "gone"."""

    request: CustomerRequest
    text: CustomerText
    private_reason: str
    look: str
    address: str
    may_send: bool
    may_answer: bool
    may_withdraw: bool


@dataclass(frozen=True)
class RequestPanel:
    requests: tuple[ShownRequest, ...]
    has_email: bool
    email_mask: str

    @property
    def open_ones(self) -> tuple[ShownRequest, ...]:
        return tuple(one for one in self.requests if one.request.status == RequestStatus.OPEN)

    @property
    def earlier(self) -> tuple[ShownRequest, ...]:
        return tuple(one for one in self.requests if one.request.status != RequestStatus.OPEN)


def ways_for(case: Case) -> list[Way]:
    """Sessions for a person where a Transmit account may send, links where Capa takes the country, and a message."""
    found = []
    if case.customer.kind == CustomerKind.INDIVIDUAL:
        found += [Way(RequestWay.SESSION, account) for account in accounts_that_may_send()]
    country = case.customer.country
    found += [Way(RequestWay.LINK, account) for account in sending_link_accounts() if country in countries_of(account)]
    return [*found, Way(RequestWay.MESSAGE)]


def checks_to_replace(case: Case) -> list[Verification]:
    """The checks of the case, newest first, that something may be wrong with."""
    return list(verifications_of(case).exclude(status=VerificationStatus.DRAFT).select_related("account")[:50])


def documents_to_replace(checks: list[Verification]) -> list[Document]:
    return list(
        Document.objects.filter(verification__in=checks, removed_at__isnull=True)
        .select_related("verification__account")
        .order_by("-pk")[:100]
    )


def usable_templates() -> QuerySet[MessageTemplate]:
    """Approved and not retired; one a code and language."""
    return MessageTemplate.objects.filter(approved_at__isnull=False, retired_at__isnull=True).order_by(
        "language", "code"
    )


def fits_way(template: MessageTemplate, way: str) -> bool:
    """A text with an address goes with a session or a link, one without it with a message."""
    return (ADDRESS in template.body) == (way != RequestWay.MESSAGE)


def language_name(code: str) -> str:
    return LANGUAGES.get(code, code)


def open_check_at(case: Case, account: ProviderAccount, method: str) -> Verification | None:
    """A check of this customer there that waits for the customer, or has run out: its session or link is renewed."""
    return (
        Verification.objects.filter(customer_id=case.customer_id, account=account, method=method, case=case)
        .exclude(status__in=CLOSED_STATUSES)
        .filter(status__in=[VerificationStatus.WAITING_FOR_CUSTOMER, VerificationStatus.EXPIRED])
        .order_by("-pk")
        .first()
    )


def request_panel(case: Case, user: Any, now: dt.datetime) -> RequestPanel:
    """For the case page, in a fixed number of queries; texts come in clear, and the caller logs that they were read."""
    rows = list(
        case.customer_requests.select_related(
            "asked_by", "template", "verification__account", "document", "new_verification__account"
        ).order_by(F("ended_at").desc(nulls_first=True), "-pk")[:MOST_SHOWN]
    )
    for row in rows:
        row.case = case
    texts = clear_texts(case.customer_id, rows, "subject", "text", "private_reason")
    addresses = _addresses(rows, now)
    may = user.has_perm("verifications.ask_customer")
    has_email = case.customer.email is not None
    shown = []
    for row, (subject, text, private) in zip(rows, texts, strict=True):
        is_open = row.status == RequestStatus.OPEN
        address = addresses.get(row.pk, "none")
        shown.append(
            ShownRequest(
                request=row,
                text=CustomerText(subject=subject, text=text),
                private_reason=private,
                look=LOOKS[RequestStatus(row.status)],
                address=address,
                may_send=may and is_open and has_email and address in ("none", "ready"),
                may_answer=may and is_open and row.way == RequestWay.MESSAGE,
                may_withdraw=may and is_open,
            )
        )
    return RequestPanel(requests=tuple(shown), has_email=has_email, email_mask=str(case.customer.email or ""))


def _addresses(rows: list[CustomerRequest], now: dt.datetime) -> dict[int, str]:
    """Request -> how its address stands, with one query a kind."""
    checks = [row.new_verification_id for row in rows if row.new_verification_id]
    sessions = {
        one.verification_id: _session_state(one, now)
        for one in VerificationSession.objects.filter(verification__in=checks).order_by("pk")
    }
    links = {
        one.verification_id: _link_state(one, now)
        for one in KycLink.objects.filter(verification__in=checks).order_by("pk")
    }
    states = sessions | links
    return {row.pk: states.get(row.new_verification_id or 0, "gone") for row in rows if row.way != RequestWay.MESSAGE}


def _session_state(session: VerificationSession, now: dt.datetime) -> str:
    if session.status == SessionStatus.REQUESTED:
        return "coming"
    if session.status != SessionStatus.WAITING_FOR_CUSTOMER or (session.expires_at and now >= session.expires_at):
        return "used" if session.opened_at and session.is_live else "gone"
    return "ready" if session.start_token is not None and session.handover_token is not None else "used"


def _link_state(link: KycLink, now: dt.datetime) -> str:
    if link.status == "REQUESTED":
        return "coming"
    expired = link.expires_at is None or now >= link.expires_at
    return "ready" if link.status in USABLE_LINK_STATUSES and link.url is not None and not expired else "gone"
