"""Samples of cases: the population a filter means, the draw from it, and how far an auditor has come."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import SampleConclusion
from verifications.models import AuditSample, AuditSampleItem, Case
from verifications.models.cases import case_number
from verifications.policy.sampling import Draw, draw

BY: dict[str, Promise] = {
    "decided": _("decided"),
    "closed": _("closed"),
    "opened": _("opened"),
}
"""By which moment of a case a population goes."""
CHOICES = ("outcome", "risk", "kind", "provider")
SHORTEST = 5
"""Digits of a case's number at least."""
AT_ONCE = 5000
MOST_ROWS = 200


@dataclass(frozen=True)
class SampleFilter:
    """``first`` and ``until`` are moments in UTC, the second one excluded; what is empty does not filter."""

    by: str
    first: str
    until: str
    outcome: str = ""
    risk: str = ""
    kind: str = ""
    provider: str = ""

    def stored(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Comparison:
    """The same draw from what matches now. ``left`` and ``joined`` are cases of one draw that the other has not."""

    now: Draw
    left: tuple[str, ...]
    joined: tuple[str, ...]
    is_same_population: bool

    @property
    def is_same_sample(self) -> bool:
        return not self.left and not self.joined


def population(chosen: SampleFilter, *, before: dt.datetime) -> QuerySet[Case]:
    """Cases that match and were opened before that moment, in no order."""
    column = f"{chosen.by}_at"
    span = {f"{column}__gte": _moment(chosen.first), f"{column}__lt": _moment(chosen.until)}
    cases = Case.objects.filter(opened_at__lt=before).filter(**span)
    wanted = {name: getattr(chosen, name) for name in CHOICES}
    return cases.filter(**{name: value for name, value in wanted.items() if value})


def sorted_numbers(cases: QuerySet[Case]) -> Iterator[str]:
    """The numbers of these cases in the order of their characters, as any tool sorts them; memory stays flat.

    Numbers of one length come in the order of their keys, so the lengths are walked side by side.
    """
    highest = cases.aggregate(highest=Max("pk"))["highest"] or 0
    lengths = range(SHORTEST, max(len(str(highest)), SHORTEST) + 1)
    return heapq.merge(*(_of_length(cases, length) for length in lengths))


def draw_from(chosen: SampleFilter, *, before: dt.datetime, seed: str, size: int) -> Draw:
    return draw(sorted_numbers(population(chosen, before=before)), seed=seed, size=size)


def key_of(number: str) -> int:
    """The key of the case with this number."""
    return int(number.removeprefix("CASE-"))


def filter_of(sample: AuditSample) -> SampleFilter:
    return SampleFilter(**sample.filters)


def draw_again(sample: AuditSample) -> Comparison:
    """What the sample's seed takes from the population as it is now."""
    now = draw_from(filter_of(sample), before=sample.drawn_at, seed=sample.seed, size=sample.size)
    kept = [item.case.number for item in sample.items.select_related("case").order_by("position")]
    return Comparison(
        now=now,
        left=tuple(number for number in kept if number not in now.numbers),
        joined=tuple(number for number in now.numbers if number not in kept),
        is_same_population=now.population_hash == sample.population_hash,
    )


def samples_for_list(**condition: Any) -> list[AuditSample]:
    """Newest first, each with ``total``, ``concluded`` and ``findings``."""
    samples = AuditSample.objects.filter(**condition).select_related("drawn_by").order_by("-pk")
    return list(
        samples.annotate(
            total=Count("items"),
            concluded=Count("items", filter=~Q(items__conclusion="")),
            findings=Count("items", filter=Q(items__conclusion=SampleConclusion.EXCEPTION)),
        )[:MOST_ROWS]
    )


def items_of(sample: AuditSample) -> list[AuditSampleItem]:
    """In the order they were drawn, with what a row shows."""
    related = ("customer", "owner", "claimed_by", "latest_verification")
    items = sample.items.select_related("concluded_by", *(f"case__{name}" for name in related))
    return list(items.order_by("position"))


def _of_length(cases: QuerySet[Case], length: int) -> Iterator[str]:
    """Cases whose key has that many digits; those below the shortest are filled up with noughts."""
    least = 0 if length == SHORTEST else 10 ** (length - 1)
    keys = cases.filter(pk__gte=least, pk__lt=10**length).order_by("pk").values_list("pk", flat=True)
    return map(case_number, keys.iterator(chunk_size=AT_ONCE))


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
