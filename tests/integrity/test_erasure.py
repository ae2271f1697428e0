"""Texts that were erased: counted, and covered by a later record of it, or a finding."""

from __future__ import annotations

from tests.integrity.building import Log, event, line_of, seals_over
from tests.integrity.checking import kinds, verdict_of

ANNA = "6f1c1f0a-0000-4000-8000-000000000001"
BELA = "6f1c1f0a-0000-4000-8000-000000000002"


def log_with(*erased: int, at: dict[int, str] | None = None, of_nobody: int = 0, after: int = 0) -> Log:
    """Twelve events of two customers in turn; ``at`` says where erasures of whom are recorded."""
    lines = []
    for number in range(1, 13):
        customer = "" if number == of_nobody else (ANNA, BELA)[number % 2]
        if at and number in at:
            record, texts = event(number, action="log.texts_erased", customer="", details={"customer": at[number]})
        else:
            record, texts = event(number, customer=customer)
        lines.append(line_of(record, b"{}" if number in erased else texts))
    seals = seals_over(lines, [4, 4, 4])[: 3 if not after else 2]
    return Log(lines[: after or 12], seals, lines[after:] if after else [])


def test_erased_texts_with_a_later_record_are_counted_and_no_finding() -> None:
    verdict = verdict_of(log_with(2, 4, 6, at={9: ANNA}))

    assert verdict.is_sound
    assert verdict.erased == 3


def test_erased_texts_without_a_record_are_a_finding_at_the_first() -> None:
    verdict = verdict_of(log_with(4, 6))

    assert kinds(verdict.findings) == [("erased_uncovered", 4, 4)]
    assert "2 events" in verdict.findings[0].what
    assert ANNA in verdict.findings[0].what


def test_a_record_before_the_event_does_not_cover_it() -> None:
    assert kinds(verdict_of(log_with(2, 8, at={5: ANNA})).findings) == [("erased_uncovered", 8, 8)]


def test_a_record_of_another_customer_does_not_cover() -> None:
    assert kinds(verdict_of(log_with(2, 3, at={9: BELA})).findings) == [("erased_uncovered", 2, 2)]


def test_texts_of_nobody_can_not_be_erased() -> None:
    assert kinds(verdict_of(log_with(4, of_nobody=4, at={9: ""})).findings) == [("erased_uncovered", 4, 4)]


def test_a_record_of_erasure_covers_even_when_its_own_texts_are_gone() -> None:
    log = log_with(2, 9, at={9: ANNA})

    assert [finding.first for finding in verdict_of(log).findings] == [9]


def test_a_record_that_is_not_sealed_yet_covers() -> None:
    verdict = verdict_of(log_with(2, at={10: ANNA}, after=8))

    assert verdict.is_sound
    assert (verdict.erased, verdict.unsealed) == (1, 4)


def test_unsealed_events_are_checked_against_their_commitments() -> None:
    log = log_with(11, after=8)
    log.unsealed[0] = log.unsealed[0].replace(b"because", b"since  ")

    assert kinds(verdict_of(log).findings) == [("event_texts", 9, 9), ("erased_uncovered", 11, 11)]


def test_a_wrong_shape_of_the_record_of_erasure_covers_nothing() -> None:
    log = log_with(2)
    record, texts = event(12, action="log.texts_erased", details={"customer": [ANNA]})
    log.lines[11] = line_of(record, texts)
    log.seals = seals_over(log.lines, [4, 4, 4])

    assert kinds(verdict_of(log).findings) == [("erased_uncovered", 2, 2)]
