"""Asking a customer again: a decision, a new session or link on the same case, and the exact words, in one change.

What was submitted before stays. The private reason goes into the file and nowhere near what the customer reads.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from verifications.enums import (
    AuditAction,
    DecisionOutcome,
    RequestItem,
    RequestReason,
    RequestStatus,
    RequestWay,
    SessionShape,
    VerificationMethod,
)
from verifications.errors import DomainError, FieldProblem, NotAllowed, PreflightFailed
from verifications.models import (
    Case,
    Customer,
    CustomerRequest,
    DecisionReason,
    Document,
    MessageTemplate,
    ProviderAccount,
    ProviderCall,
    Verification,
)
from verifications.policy.customer_texts import CustomerText, fill_in
from verifications.policy.restricted_words import restricted_in_note
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.customer_requests import fits_way, open_check_at, usable_templates, ways_for
from verifications.selectors.marked_words import quoted
from verifications.services.audit import record_event
from verifications.services.cases import locked_case
from verifications.services.decision_gate import words_mask
from verifications.services.decisions import make_decision
from verifications.services.kyc_links import LinkData, renew_link, request_link
from verifications.services.sealed_values import seal
from verifications.services.sessions import SessionData, create_session, renew_session

RULE = "Asking again"
ASK = "verifications.ask_customer"
LONGEST_PRIVATE = 2000
DECISION_REASONS: dict[str, str] = {
    RequestReason.BLURRED: "document-unreadable",
    RequestReason.CUT_OFF: "document-unreadable",
    RequestReason.EXPIRED: "document-expired",
    RequestReason.WRONG_DOCUMENT: "wrong-document",
    RequestReason.NOT_MATCHING: "data-does-not-match",
    RequestReason.OTHER_PERSON: "data-does-not-match",
    RequestReason.INCOMPLETE: "information-missing",
}
METHODS = {RequestWay.SESSION: VerificationMethod.SESSION, RequestWay.LINK: VerificationMethod.LINK}


@dataclass(frozen=True)
class AskData:
    """What an officer chooses. ``verification_id`` is the check to replace, ``document_id`` the file that is wrong.

    ``confirmed``: the private reason speaks of a report to the authorities and is to be kept all the same.
    """

    item: str
    reason: str
    way: str
    template_id: int
    account_id: int | None = None
    private_reason: str = ""
    verification_id: int | None = None
    document_id: int | None = None
    confirmed: bool = False


def preview_of(*, case: Case, item: str, reason: str, template: MessageTemplate) -> CustomerText:
    """Exactly what the customer will read, with ``{address}`` where the address goes."""
    return fill_in(
        subject=template.subject,
        body=template.body,
        language=template.language,
        name=case.customer.display_name,
        item=item,
        reason=reason,
    )


@transaction.atomic
def ask_customer(
    *,
    case_id: int,
    data: AskData,
    evidence_hash: str,
    person: Any,
    at: dt.datetime,
    seen: Mapping[str, str] | None = None,
    corrects: uuid.UUID | None = None,
) -> CustomerRequest:
    """Ask again. It is a decision like any other, so it passes the same gate and raises what ``make_decision`` raises.

    Also ``PreflightFailed`` next to what was chosen, and what making a session or link raises; nothing is changed then.
    """
    if not person.has_perm(ASK):
        raise NotAllowed(_("Your role does not ask customers."))
    case = _case(case_id)
    chosen = _checked(case, data)
    account = chosen.account
    existing = open_check_at(case, account, METHODS[RequestWay(data.way)]) if account is not None else None
    _lock_in_order(case, existing)
    decision = make_decision(
        case_id=case.pk,
        outcome=DecisionOutcome.ASK_FOR_MORE,
        reason_code=_decision_reason(data),
        rationale=_rationale(data),
        evidence_hash=evidence_hash,
        seen=seen,
        corrects=corrects,
        person=person,
        at=at,
    )
    if decision.needs_second:
        raise NotAllowed(
            _("The policy wants a second person before customers are asked. Escalate the case; nothing was asked.")
        )
    actor = f"user:{person.pk}"
    if existing is not None:
        _give_way(existing, actor, at)
    check = _new_check(case, data, account, existing, actor, at)
    case = locked_case(case.pk)
    request = CustomerRequest(
        case=case,
        decision=decision,
        item=data.item,
        reason=data.reason,
        way=data.way,
        template=chosen.template,
        verification=chosen.verification,
        document=chosen.document,
        new_verification=check,
        asked_by=person,
        asked_at=at,
    )
    text = preview_of(case=case, item=data.item, reason=data.reason, template=chosen.template)
    seal(request, "subject", text.subject, mask=words_mask(text.subject))
    seal(request, "text", text.text, mask=words_mask(text.text))
    seal(request, "private_reason", data.private_reason.strip(), mask=words_mask(data.private_reason))
    request.save(force_insert=True)
    record_event(
        action=AuditAction.REQUEST_MADE,
        actor=actor,
        subject=request,
        at=at,
        details={
            "case": case.number,
            "item": data.item,
            "reason": data.reason,
            "way": data.way,
            "template": f"{chosen.template.code} {chosen.template.language} {chosen.template.version}",
            "verification": str(chosen.verification.public_id) if chosen.verification else "",
            "new_verification": str(check.public_id) if check else "",
            "decision": str(decision.public_id),
        },
    )
    return request


@dataclass(frozen=True)
class _Chosen:
    template: MessageTemplate
    account: ProviderAccount | None
    verification: Verification | None
    document: Document | None


def _checked(case: Case, data: AskData) -> _Chosen:
    """What the ids stand for, or ``PreflightFailed`` next to whatever does not belong here."""
    problems = []
    template = usable_templates().filter(pk=data.template_id).first()
    way = next((way for way in ways_for(case) if way.way == data.way and _pk(way.account) == data.account_id), None)
    checks = verifications_of(case)
    verification = checks.filter(pk=data.verification_id or 0).first()
    document = Document.objects.filter(pk=data.document_id or 0, verification__in=checks.values("pk")).first()
    if data.item not in RequestItem.values:
        problems.append(FieldProblem("item", _("Choose what is wrong."), RULE))
    if data.reason not in RequestReason.values:
        problems.append(FieldProblem("reason", _("Choose why."), RULE))
    if way is None:
        problems.append(FieldProblem("way", _("Choose how the customer answers; this way is not open now."), RULE))
    if template is None:
        problems.append(FieldProblem("template", _("Choose a text that is approved."), RULE))
    elif way is not None and not fits_way(template, way.way):
        text = _("This text does not go with the way chosen: one with an address needs a session or a link.")
        problems.append(FieldProblem("template", text, RULE))
    if (data.verification_id and verification is None) or (data.document_id and document is None):
        problems.append(FieldProblem("wrong", _("This does not belong to the case."), RULE))
    if len(data.private_reason) > LONGEST_PRIVATE:
        problems.append(FieldProblem("private_reason", _("Keep it short; longer texts belong in a note."), RULE))
    words = restricted_in_note(data.private_reason)
    if words and not data.confirmed:
        text = _(
            "This speaks of %(words)s. Keep such references out of decisions: they can be disclosed. Change the "
            "text, or keep it as it is."
        )
        problems.append(FieldProblem("confirmed", text % {"words": ", ".join(map(quoted, words))}, RULE))
    if problems or template is None or way is None:
        raise PreflightFailed(problems)
    if document is not None:
        verification = document.verification
    return _Chosen(template, way.account, verification, document)


def _new_check(  # noqa: PLR0917
    case: Case,
    data: AskData,
    account: ProviderAccount | None,
    existing: Verification | None,
    actor: str,
    at: dt.datetime,
) -> Verification | None:
    """The session or link that the customer answers through; ``None`` for a message."""
    if account is None:
        return None
    if data.way == RequestWay.SESSION:
        if existing is not None:
            return renew_session(verification_id=existing.pk, actor=actor, at=at).verification
        session = create_session(
            customer_id=case.customer_id,
            account_id=account.pk,
            shape=SessionShape.HOSTED,
            data=SessionData(),
            actor=actor,
            at=at,
        )
        return session.verification
    if existing is not None:
        return renew_link(verification_id=existing.pk, actor=actor, at=at).verification
    wanted = LinkData(country=case.customer.country)
    return request_link(
        customer_id=case.customer_id, account_id=account.pk, data=wanted, actor=actor, at=at
    ).verification


def _give_way(check: Verification, actor: str, at: dt.datetime) -> None:
    """A check that is renewed answers the newest request; the one it was made for before is withdrawn."""
    earlier = CustomerRequest.objects.select_related("case__customer").filter(new_verification=check).first()
    if earlier is None:
        return
    was_open = earlier.status == RequestStatus.OPEN
    if was_open:
        earlier.status, earlier.ended_at = RequestStatus.WITHDRAWN, at
    earlier.new_verification = None
    earlier.save(update_fields=["status", "ended_at", "new_verification"])
    details = {"verification": str(check.public_id), "cause": "asked again"}
    record_event(action=AuditAction.REQUEST_WITHDRAWN, actor=actor, subject=earlier, at=at, details=details)


def _lock_in_order(case: Case, existing: Verification | None) -> None:
    """Calls, check, customer, case: the order in which whoever makes a session or a link takes them."""
    if existing is not None:
        list(ProviderCall.objects.select_for_update().filter(verification=existing, status="WAITING").values("pk"))
        Verification.objects.select_for_update().filter(pk=existing.pk).first()
    Customer.objects.select_for_update().filter(pk=case.customer_id).first()


def _decision_reason(data: AskData) -> str:
    """The decision's reason that fits the request's; another active one where an organisation has dropped it."""
    wanted = DECISION_REASONS[data.reason]
    if data.item == RequestItem.PROOF_OF_ADDRESS and data.reason == RequestReason.INCOMPLETE:
        wanted = "address-not-proved"
    active = DecisionReason.objects.filter(outcome=DecisionOutcome.ASK_FOR_MORE, is_active=True)
    codes = list(active.order_by("position", "pk").values_list("code", flat=True))
    return wanted if wanted in codes or not codes else codes[0]


def _rationale(data: AskData) -> str:
    with override(settings.LANGUAGE_CODE):  # kept in the record, so in the language of the records
        opening = _("Asked for again.")
        asked = f"{RequestItem(data.item).label}: {RequestReason(data.reason).label}."
    return f"{opening} {asked} {data.private_reason.strip()}".strip()


def _case(case_id: int) -> Case:
    case = Case.objects.select_related("customer").filter(pk=case_id).first()
    if case is None:
        raise DomainError(_("This case does not exist."))
    return case


def _pk(account: ProviderAccount | None) -> int | None:
    return account.pk if account is not None else None
