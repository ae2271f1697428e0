"""Cases whose customers are asked again: with links at a stand-in of Capa, and by message."""

from __future__ import annotations

from typing import Any

from tests.factories import ACTOR, NOON, make_customer
from tests.fakes_links import FakeLinkProvider
from tests.services.decision_support import again, case_of, officer, seen
from tests.services.link_support import MEXICO, capa_account, capa_user, deliver
from verifications.enums import ProviderAnswer, VerificationStatus
from verifications.models import Case, CustomerRequest, KycLink, MessageTemplate, ProviderAccount
from verifications.services.cases import follow_verification
from verifications.services.customer_requests import AskData, ask_customer
from verifications.services.customers import AddressData
from verifications.services.kyc_links import request_link

PRIVATE = "CANARY the stamp looks glued on"


def template(code: str = "ask-again", language: str = "en") -> MessageTemplate:
    return MessageTemplate.objects.get(code=code, language=language, version=1)


def case_by_link(**changes: Any) -> tuple[Case, ProviderAccount]:
    """A case whose link was completed and answered: it needs a decision. Needs the clock at noon."""
    account = capa_account()
    address = AddressData(line1="Calle Mayor 1", city="Mérida", postal_code="97000", country="MX")
    customer = make_customer(**({"address": address} | changes))
    user = capa_user(customer, account)
    link = request_link(customer_id=user.customer_id, account_id=account.pk, data=MEXICO, actor=ACTOR, at=NOON)
    deliver(account, FakeLinkProvider())
    return complete(link), account


def complete(link: KycLink, says: str = ProviderAnswer.CHALLENGE) -> Case:
    """The customer went through the link and Capa's answer was read."""
    verification = (
        KycLink.objects.select_related("verification__account", "verification__customer").get(pk=link.pk).verification
    )
    verification.status, verification.answer = VerificationStatus.COMPLETED, says
    verification.accepted_at = verification.completed_at = NOON
    verification.save(update_fields=["status", "answer", "accepted_at", "completed_at"])
    follow_verification(verification=verification, actor=ACTOR, at=NOON)
    return case_of(verification)


def ask(case: Case, person: Any = None, *, code: str = "", language: str = "en", **changes: Any) -> CustomerRequest:
    """By message, unless an account is named."""
    way = changes.pop("way", "MESSAGE")
    chosen = template(code or ("ask-by-message" if way == "MESSAGE" else "ask-again"), language)
    entered: dict[str, Any] = {"item": "SELFIE", "reason": "BLURRED", "private_reason": PRIVATE, **changes}
    return ask_customer(
        case_id=case.pk,
        data=AskData(way=way, template_id=chosen.pk, **entered),
        person=person or officer(),
        at=NOON,
        **seen(again(case)),
    )
