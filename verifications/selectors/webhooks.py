"""An account's webhooks as its page shows them: what came in, and what the provider says it sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from verifications.enums import CallOperation, CallStatus, WebhookOutcome
from verifications.models import ProviderAccount, ProviderCall, ProviderNotification, ReceivedWebhook
from verifications.selectors.paging import Page, keyset_page

COUNTED = 1000
"""The newest ones that are counted: the cost of the page does not grow with the table."""
SHOWN = 8
BUSY = (CallStatus.WAITING, CallStatus.SENDING)


@dataclass(frozen=True)
class WebhookSummary:
    """``outcomes``: (label, count), most first; ``reserialised``: signed over the compact form instead of the bytes."""

    total: int
    is_capped: bool
    outcomes: list[tuple[str, int]]
    reserialised: int
    newest: list[ReceivedWebhook]


def webhook_summary(account: ProviderAccount) -> WebhookSummary:
    """What became of the webhooks received last."""
    received = ReceivedWebhook.objects.filter(account=account).order_by("-id")
    counted = list(received.values_list("outcome", "signed_over")[:COUNTED])
    by_outcome = Counter(outcome for outcome, _over in counted)
    return WebhookSummary(
        total=len(counted),
        is_capped=len(counted) == COUNTED,
        outcomes=[
            (str(WebhookOutcome(name).label) if name in WebhookOutcome.values else name, count)
            for name, count in by_outcome.most_common()
        ],
        reserialised=sum(over == "reserialised" for _outcome, over in counted),
        newest=list(received.select_related("verification")[:SHOWN]),
    )


def notifications_for_list(account: ProviderAccount, *, status: str, token: str) -> Page:
    """Deliveries as last read at the provider, newest row first."""
    notifications = ProviderNotification.objects.filter(account=account)
    if status:
        notifications = notifications.filter(status=status)
    return keyset_page(notifications, order=("-id",), token=token)


def is_busy(account: ProviderAccount, *operations: CallOperation) -> bool:
    """Whether a call of one of these operations is out or waits for its turn."""
    return ProviderCall.objects.filter(account=account, operation__in=operations, status__in=BUSY).exists()


def last_call(account: ProviderAccount, operation: CallOperation) -> ProviderCall | None:
    return ProviderCall.objects.filter(account=account, operation=operation).order_by("-id").first()
