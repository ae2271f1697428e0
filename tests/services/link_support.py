"""Links under a test's control: an account at Capa, a customer with a link, and what stands on the ledger for it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.factories import ACTOR, NOON, make_account, make_customer, make_provider_user
from tests.fakes_links import FakeLinkProvider
from verifications.enums import CallStatus
from verifications.models import Customer, KycLink, ProviderAccount, ProviderCall, ProviderUser
from verifications.services.kyc_links import LinkData, request_link
from verifications.services.provider_calls import deliver_lane

WEBHOOK_SECRET = "shared-webhook-secret-of-nobody"
MEXICO = LinkData(country="MX")


def capa_account(**changes: Any) -> ProviderAccount:
    entered: dict[str, Any] = {
        "enabled_countries": ("MX", "ES", "DO"),
        "app_schemes": ("examplebank",),
        "webhook_secret": WEBHOOK_SECRET,
        "link_hours": 24,
    }
    return make_account("CAPA_PARTNER", **(entered | changes))


def capa_user(customer: Customer | None = None, account: ProviderAccount | None = None) -> ProviderUser:
    """A user that Capa has confirmed, as after C1."""
    customer = customer or make_customer()
    return make_provider_user(
        customer,
        account or capa_account(),
        origin="CREATED",
        external_reference=str(customer.public_id),
        provider_reference=f"capa-{customer.pk}",
        required_actions=[],
    )


def requested(user: ProviderUser | None = None, data: LinkData = MEXICO) -> KycLink:
    user = user or capa_user()
    return request_link(customer_id=user.customer_id, account_id=user.account_id, data=data, actor=ACTOR, at=NOON)


def issued(user: ProviderUser | None = None, data: LinkData = MEXICO) -> KycLink:
    """A link whose address the customer may use since noon. Needs the clock at noon."""
    link = requested(user, data)
    deliver(link.account, FakeLinkProvider())
    return fresh(link)


def deliver(account: ProviderAccount, provider: FakeLinkProvider) -> int:
    return deliver_lane(key_id=account.key_id, client_factory=provider.client)


def fresh(link: KycLink) -> KycLink:
    return KycLink.objects.select_related("verification__case", "account", "customer").get(pk=link.pk)


def waiting_reads(link: KycLink) -> list[ProviderCall]:
    calls = ProviderCall.objects.filter(link=link, operation__startswith="GET_", status=CallStatus.WAITING)
    return list(calls.order_by("id"))


def signed(event: dict[str, Any], secret: str = WEBHOOK_SECRET) -> tuple[bytes, str]:
    """A webhook as Capa sends it: compact JSON and its signature."""
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return body, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
