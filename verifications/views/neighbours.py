"""The way back to the queue as it was left, and the cases before and after in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from verifications.models import Case
from verifications.selectors.paging import keyset_neighbours
from verifications.selectors.queue import matching_cases
from verifications.views.queue import last_queue


@dataclass(frozen=True)
class Neighbours:
    """Addresses; ``previous`` and ``next`` are empty at the ends of the list."""

    queue: str
    previous: str
    next: str


def neighbours_of(request: HttpRequest, case: Case, now: dt.datetime) -> Neighbours:
    """By the filters and order of the list this browser showed last, without its text; two queries by its index.

    A case that left the list meanwhile keeps its place in it, so that "next" goes on from there.
    """
    chosen = last_queue(request)
    queue = reverse("verifications:case_queue") + chosen.url
    if chosen.view == "closed" and case.closed_at is None:
        chosen = chosen.having(view="")
    listed = matching_cases(chosen=chosen.having(find=""), user_id=request.user.pk or 0, now=now)
    if case.closed_at is not None and chosen.view != "closed":
        return Neighbours(queue=queue, previous="", next="")
    before, after = keyset_neighbours(listed, order=chosen.order, row=case)
    return Neighbours(
        queue=queue,
        previous=before.get_absolute_url() if before else "",
        next=after.get_absolute_url() if after else "",
    )
