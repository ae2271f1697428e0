"""Links in any state, brought there by the services that the pages and the worker call; the clock is the real one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tests.factories import ACTOR, make_customer
from tests.fakes_links import FakeLinkProvider
from tests.services.link_support import capa_account, deliver
from verifications.enums import CallStatus, ProviderUserStatus
from verifications.models import (
    Customer,
    KycLink,
    ProviderAccount,
    ProviderCall,
    ProviderNotification,
    ProviderUser,
)
from verifications.providers.link_types import LinkDetails
from verifications.services.kyc_links import LinkData, request_details_read, request_link


def asked(customer: Customer | None = None, account: ProviderAccount | None = None, **data: Any) -> KycLink:
    """A link that Capa has not made yet."""
    return request_link(
        customer_id=(customer or make_customer()).pk,
        account_id=(account or capa_account()).pk,
        data=LinkData(**({"country": "MX"} | data)),
        actor=ACTOR,
        at=timezone.now(),
    )


def live(customer: Customer | None = None, account: ProviderAccount | None = None, **data: Any) -> KycLink:
    """A link that the customer may open now."""
    link = asked(customer, account, **data)
    deliver(link.account, FakeLinkProvider())
    return again(link)


def answered(says: LinkDetails, customer: Customer | None = None) -> KycLink:
    """A link whose details were read."""
    link = live(customer)
    request_details_read(link_id=link.pk, actor=ACTOR, at=timezone.now())
    deliver(link.account, FakeLinkProvider(says=[says]))
    return again(link)


def lost(customer: Customer | None = None) -> KycLink:
    """A link whose user may exist at Capa: the answer with the id never came."""
    link = asked(customer)
    user = ProviderUser.objects.get(customer=link.customer)
    ProviderCall.objects.filter(provider_user=user).update(status=CallStatus.UNKNOWN, finished_at=timezone.now())
    user.status = ProviderUserStatus.OUTCOME_UNKNOWN
    user.problem = "Capa may have created this customer's user."
    user.save(update_fields=["status", "problem"])
    return again(link)


def delivery(account: ProviderAccount | None = None, **changes: Any) -> ProviderNotification:
    row: dict[str, Any] = {
        "provider_reference": f"note-{ProviderNotification.objects.count()}",
        "status": "FAILED",
        "event_type": "VERIFIED_USER",
        "provider_created_at": "2026-11-20T12:00:00.000Z",
        "read_at": timezone.now(),
    }
    return ProviderNotification.objects.create(account=account or capa_account(), **(row | changes))


def again(link: KycLink) -> KycLink:
    return KycLink.objects.select_related("verification", "account", "customer").get(pk=link.pk)
