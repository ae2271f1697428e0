"""Samples of cases drawn by a seed, and what an auditor concluded about each case."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from verifications.enums import AuditAction, SampleConclusion
from verifications.errors import DomainError, FieldProblem, PreflightFailed
from verifications.models import AuditSample, AuditSampleItem
from verifications.policy.sampling import METHOD
from verifications.selectors.audit_samples import SampleFilter, draw_from, filter_of, key_of, population, sorted_numbers
from verifications.services.audit import record_event

LARGEST = 500
LONGEST_SEED = 64
OWN_SEED = "portal-"
"""How a seed begins that the portal drew; nobody types one that looks so."""
RULE = "Samples can be drawn again"


def draw_sample(*, title: str, chosen: SampleFilter, size: int, seed: str, person: Any, at: dt.datetime) -> AuditSample:
    """Draw ``size`` cases of those that match now and keep which; an empty ``seed`` is drawn by the portal.

    Walks the whole population once, before anything is locked. Raises ``PreflightFailed`` next to ``title``, ``size``,
    ``seed`` or ``first``.
    """
    seed = seed.strip()
    problems = _problems(title, size, seed)
    if problems:
        raise PreflightFailed(problems)
    seed = seed or OWN_SEED + secrets.token_hex(16)
    drawn = draw_from(chosen, before=at, seed=seed, size=size)
    if not drawn.numbers:
        raise PreflightFailed([FieldProblem("first", _("No case matches. Choose other days or filters."), RULE)])
    sample = AuditSample(
        title=title.strip(),
        seed=seed,
        method=METHOD,
        filters=chosen.stored(),
        population=drawn.population,
        population_hash=drawn.population_hash,
        size=size,
        drawn_by=person,
        drawn_at=at,
    )
    _keep(sample, drawn.numbers, person, at)
    return sample


@transaction.atomic
def conclude_item(*, item_id: int, conclusion: str, person: Any, at: dt.datetime) -> AuditSampleItem:
    """What an auditor found about one case of a sample; a later word replaces it, and the log keeps both.

    Raises ``DomainError`` for a word that is none.
    """
    if conclusion not in SampleConclusion.values:
        raise DomainError(_("Choose “No finding” or “Finding”."))
    item = AuditSampleItem.objects.select_for_update(of=("self",)).select_related("sample", "case").get(pk=item_id)
    if item.conclusion == conclusion:
        return item
    details = {"position": item.position, "case": item.case.number, "before": item.conclusion, "conclusion": conclusion}
    item.conclusion, item.concluded_by, item.concluded_at = conclusion, person, at
    item.save(update_fields=["conclusion", "concluded_by", "concluded_at"])
    record_event(
        action=AuditAction.SAMPLE_CONCLUDED, actor=f"user:{person.pk}", subject=item.sample, at=at, details=details
    )
    return item


@transaction.atomic
def list_population(*, sample: AuditSample, person: Any, at: dt.datetime) -> Iterator[str]:
    """The case numbers a sample was drawn from as they match now, sorted, to be walked once; leaves its event."""
    details = {"list": "population", "format": "txt"}
    record_event(action=AuditAction.LIST_EXPORTED, actor=f"user:{person.pk}", subject=sample, at=at, details=details)
    return sorted_numbers(population(filter_of(sample), before=sample.drawn_at))


@transaction.atomic
def _keep(sample: AuditSample, numbers: tuple[str, ...], person: Any, at: dt.datetime) -> None:
    sample.save(force_insert=True)
    keys = [key_of(number) for number in numbers]
    AuditSampleItem.objects.bulk_create(
        [AuditSampleItem(sample=sample, position=position, case_id=key) for position, key in enumerate(keys, start=1)]
    )
    details = {
        "method": sample.method,
        "seed_sha256": hashlib.sha256(sample.seed.encode()).hexdigest(),
        "filters": sample.filters,
        "population": sample.population,
        "population_sha256": sample.population_hash,
        "size": len(numbers),
    }
    record_event(action=AuditAction.SAMPLE_DRAWN, actor=f"user:{person.pk}", subject=sample, at=at, details=details)


def _problems(title: str, size: int, seed: str) -> list[FieldProblem]:
    problems = []
    if not title.strip():
        problems.append(FieldProblem("title", _("Say what the sample is for."), RULE))
    if not 1 <= size <= LARGEST:
        problems.append(FieldProblem("size", _("Draw 1 to %(most)d cases.") % {"most": LARGEST}, RULE))
    if len(seed) > LONGEST_SEED:
        problems.append(
            FieldProblem("seed", _("A seed has %(most)d characters at most.") % {"most": LONGEST_SEED}, RULE)
        )
    if seed.startswith(OWN_SEED):
        message = _("Seeds that begin so are drawn by the portal. Type another, or leave it empty.")
        problems.append(FieldProblem("seed", message, RULE))
    return problems
