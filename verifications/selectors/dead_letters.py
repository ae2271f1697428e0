"""Dead letters: calls that were not processed and are not tried again by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from verifications.models import ProviderCall
from verifications.selectors.delivery import BODIES, dead_calls
from verifications.selectors.paging import Page, keyset_page


def matching_calls(
    *, account: str, operation: str, status: str = "", only_dead: bool = False
) -> QuerySet[ProviderCall]:
    """Calls that pass the filters, in no order; ``account`` is a public id."""
    calls = dead_calls() if only_dead else ProviderCall.objects.all()
    for name, value in (("account__public_id", account), ("operation", operation), ("status", status)):
        if value:
            calls = calls.filter(**{name: value})
    return calls


def dead_calls_for_list(*, account: str, operation: str, token: str) -> Page:
    """Newest first, with what a row shows in one query; ``account`` is a public id."""
    calls = matching_calls(account=account, operation=operation, only_dead=True)
    return keyset_page(_with_subject(calls), order=("-id",), token=token)


def calls_by_public_id(public_ids: Sequence[str]) -> list[ProviderCall]:
    """The calls that a person has chosen, in the order of the ledger; what is no call is left out."""
    return list(_with_subject(ProviderCall.objects.filter(public_id__in=public_ids)).order_by("-id"))


def _with_subject(calls: QuerySet[ProviderCall]) -> QuerySet[ProviderCall]:
    return calls.select_related("account", "customer", "verification").defer(*BODIES)
