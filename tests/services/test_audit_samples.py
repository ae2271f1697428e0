"""Samples: the same seed takes the same cases from the same population, and everything it went by is kept."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_customer
from tests.services.audit_writes import ALL, DAY, auditor, drawn
from verifications.enums import AuditAction
from verifications.errors import DomainError, PreflightFailed
from verifications.models import AuditEvent, AuditSample, AuditSampleItem, Case
from verifications.models.audit import AppendOnlyError
from verifications.policy.sampling import draw
from verifications.selectors.audit_samples import SampleFilter, draw_again, population, samples_for_list, sorted_numbers
from verifications.services.audit_samples import conclude_item, list_population
from verifications.services.cases import open_case_for

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs" / "auditors.md"


def cases(count: int, **changes: Any) -> list[Case]:
    rows = [open_case_for(customer=make_customer(), actor=ACTOR, at=NOON) for _number in range(count)]
    if changes:
        Case.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)
    return rows


def numbered(*keys: int) -> list[str]:
    """Cases with these keys, which no other case of the test has."""
    rows = cases(len(keys))
    for row in rows:
        Case.objects.filter(pk=row.pk).update(id=-row.pk)
    for row, key in zip(rows, keys, strict=True):
        Case.objects.filter(pk=-row.pk).update(id=key)
    return [Case(pk=key).number for key in keys]


def taken(sample: AuditSample) -> list[str]:
    return [item.case.number for item in sample.items.order_by("position")]


def test_draw_takes_what_the_rule_takes_and_keeps_what_it_went_by() -> None:
    numbers = sorted(row.number for row in cases(9))

    sample = drawn(size=4)

    expected = draw(numbers, seed="dice 4 2 6", size=4)
    assert taken(sample) == list(expected.numbers)
    assert (sample.population, sample.method, sample.seed) == (9, "sha256-rank-1", "dice 4 2 6")
    assert sample.population_hash == hashlib.sha256("".join(f"{one}\n" for one in numbers).encode()).hexdigest()
    event = AuditEvent.objects.get(action=AuditAction.SAMPLE_DRAWN)
    assert event.details["population_sha256"] == sample.population_hash
    assert event.details["seed_sha256"] == hashlib.sha256(b"dice 4 2 6").hexdigest()
    assert "dice" not in str(event.details)


def test_the_same_seed_takes_the_same_cases_and_another_one_others() -> None:
    cases(30)

    first, second, other = drawn(), drawn(), drawn(seed="other")

    assert taken(first) == taken(second)
    assert taken(first) != taken(other)


def test_on_both_databases_the_same_numbers_make_the_same_sample() -> None:
    """What stands here was computed with sha256sum alone."""
    numbered(7, 42, 99999, 100000, 123456, 1000001)

    sample = drawn(size=3)

    assert taken(sample) == ["CASE-1000001", "CASE-100000", "CASE-99999"]
    assert sample.population_hash == "29863f31783a37988c88f161674d7d54efb31959cea117a716c405364dc25df0"


def test_numbers_come_in_the_order_of_their_characters() -> None:
    numbers = numbered(99999, 100000, 7, 1000001, 123456)

    found = list(sorted_numbers(population(ALL, before=NOON + DAY)))

    assert found == sorted(numbers)
    assert found != [Case(pk=key).number for key in sorted((99999, 100000, 7, 1000001, 123456))]


def test_an_empty_seed_is_drawn_by_the_portal_and_says_so() -> None:
    cases(2)

    first, second = drawn(seed=" "), drawn(seed="")

    assert first.seed.startswith("portal-")
    assert first.seed != second.seed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"size": 0}, "size"),
        ({"size": 501}, "size"),
        ({"seed": "x" * 65}, "seed"),
        ({"seed": "portal-1"}, "seed"),
        ({"chosen": SampleFilter("opened", NOON.isoformat(), NOON.isoformat())}, "first"),
    ],
)
def test_draw_refuses_next_to_the_field(changes: dict[str, Any], field: str) -> None:
    cases(1)

    with pytest.raises(PreflightFailed) as caught:
        drawn(**changes)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert not AuditSample.objects.exists()


def test_filters_choose_the_population() -> None:
    declined = cases(3, outcome="DECLINE", risk="HIGH", provider="CAPA_PARTNER", decided_at=NOON)
    cases(2, outcome="APPROVE", decided_at=NOON)
    cases(1, outcome="DECLINE", risk="HIGH", provider="CAPA_PARTNER", decided_at=NOON + DAY)
    chosen = SampleFilter("decided", ALL.first, ALL.until, outcome="DECLINE", risk="HIGH", provider="CAPA_PARTNER")

    sample = drawn(chosen=chosen, size=50)

    assert sorted(taken(sample)) == sorted(row.number for row in declined)
    assert sample.filters["outcome"] == "DECLINE"


def test_a_case_opened_after_the_draw_is_in_no_later_comparison() -> None:
    cases(5)
    sample = drawn(at=NOON + DAY / 2)
    later = cases(4, opened_at=NOON + DAY * 3 / 4)

    found = draw_again(sample)

    assert len(later) == 4
    assert found.is_same_population
    assert found.is_same_sample


def test_drawing_again_tells_a_population_that_changed_and_what_is_taken_instead() -> None:
    rows = cases(6, outcome="DECLINE")
    sample = drawn(chosen=SampleFilter("opened", ALL.first, ALL.until, outcome="DECLINE"), size=2)
    gone = taken(sample)[0]
    Case.objects.filter(pk=next(row.pk for row in rows if row.number == gone)).update(outcome="APPROVE")

    found = draw_again(sample)

    assert not found.is_same_population
    assert found.now.population == 5
    assert found.left == (gone,)
    assert len(found.joined) == 1


def test_a_sample_is_written_once() -> None:
    cases(1)
    sample = drawn()

    with pytest.raises(AppendOnlyError):
        sample.save()
    with pytest.raises(AppendOnlyError):
        AuditSample.objects.update(seed="other")


def test_a_conclusion_can_be_replaced_and_the_log_keeps_both() -> None:
    cases(1)
    item = drawn().items.get()
    person = auditor()

    for word in ("SATISFACTORY", "SATISFACTORY", "EXCEPTION"):
        conclude_item(item_id=item.pk, conclusion=word, person=person, at=NOON)

    item.refresh_from_db()
    assert (item.conclusion, item.concluded_by) == ("EXCEPTION", person)
    events = AuditEvent.objects.filter(action=AuditAction.SAMPLE_CONCLUDED).order_by("pk")
    assert [(event.details["before"], event.details["conclusion"]) for event in events] == [
        ("", "SATISFACTORY"),
        ("SATISFACTORY", "EXCEPTION"),
    ]


def test_a_conclusion_is_one_of_two_words() -> None:
    cases(1)
    item = drawn().items.get()

    with pytest.raises(DomainError):
        conclude_item(item_id=item.pk, conclusion="FINE", person=auditor(), at=NOON)

    assert AuditSampleItem.objects.get().conclusion == ""


def test_samples_say_how_far_they_are(django_assert_num_queries: Any) -> None:
    cases(4)
    first, _second = drawn(size=3), drawn(size=2)
    items = list(first.items.order_by("position"))
    conclude_item(item_id=items[0].pk, conclusion="EXCEPTION", person=auditor(), at=NOON)
    conclude_item(item_id=items[1].pk, conclusion="SATISFACTORY", person=auditor(), at=NOON)

    with django_assert_num_queries(1):
        found = samples_for_list()

    progress = [(one.total, one.concluded, one.findings) for one in found]  # type: ignore[attr-defined]
    assert progress == [(2, 0, 0), (3, 2, 1)]


def test_the_list_of_the_population_leaves_its_event_and_hashes_to_what_is_on_record() -> None:
    cases(7)
    sample = drawn()

    numbers = list_population(sample=sample, person=auditor(), at=NOON)

    assert hashlib.sha256("".join(f"{one}\n" for one in numbers).encode()).hexdigest() == sample.population_hash
    assert AuditEvent.objects.get(action=AuditAction.LIST_EXPORTED).subject_id == str(sample.public_id)


def test_the_program_of_the_documentation_draws_the_same_sample(tmp_path: Path) -> None:
    cases(40)
    sample = drawn(size=8)
    numbers = list(sorted_numbers(population(ALL, before=sample.drawn_at)))
    (tmp_path / "population.txt").write_text("".join(f"{one}\n" for one in numbers))
    found = re.search(r"```python\n(# Draws a sample again.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None

    ran = subprocess.run(
        [sys.executable, "-c", found.group(1), "population.txt", sample.seed, "8"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.split() == ["40", sample.population_hash, *taken(sample)]
