"""A zone typed, pasted or read from an image: compared with what was entered, warned about, never in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.documents import zones
from tests.factories import ACTOR, IDENTITY, NOON, make_customer, make_draft, make_provider_user
from tests.services.decision_support import again, answered_case, decide, officer
from tests.services.reading_support import BARCODE, compared, draft, passport, reading, unconfirmed
from tests.services.support import actions
from verifications.documents.mrz_reading import ReaderNotInstalled, ReadZone
from verifications.enums import ValueComparison, VerificationType
from verifications.errors import DomainError, InvalidTransition
from verifications.models import AccessEvent, AuditEvent, Case, MachineReading, MachineValue, Verification
from verifications.selectors.case_facts import facts_of, verifications_of
from verifications.selectors.grid_values import LABELS
from verifications.selectors.keys import search_hash
from verifications.selectors.reading_words import finding_words, findings_today
from verifications.services import machine_readings
from verifications.services.customers import change_customer, customer_data
from verifications.services.extracted_values import store_values
from verifications.services.machine_readings import (
    ReadingRefused,
    confirm_reading,
    read_image,
    record_reading,
    refresh_comparisons,
    remove_reading,
)
from verifications.services.sealed_values import open_value
from verifications.services.verifications import change_metadata

pytestmark = pytest.mark.django_db
SAME, DIFFERENT, NOT_ON_RECORD = ValueComparison.SAME, ValueComparison.DIFFERENT, ValueComparison.NOT_ON_RECORD


def values(found: MachineReading) -> dict[str, str]:
    return {value.name: open_value(value, "value") for value in found.values.all()}


def test_a_typed_zone_is_kept_sealed_and_compared_with_what_was_entered() -> None:
    check = draft()

    found = reading(check)

    assert (found.format, found.source, found.is_confirmed, found.confirmed_by) == ("TD3", "TYPED", True, ACTOR)
    assert values(found) == {
        "last_name": "EXAEMPLE",
        "first_name": "ZOE",
        "date_of_birth": "1990-04-15",
        "document_number": "X1234567",
        "issuing_country": "AD",
        "nationality": "AD",
        "expiration_date": "2031-02-03",
    }
    assert compared(found) == {
        "last_name": SAME,
        "first_name": SAME,
        "date_of_birth": SAME,
        "document_number": SAME,
        "issuing_country": SAME,
        "nationality": SAME,
        "expiration_date": NOT_ON_RECORD,
    }
    assert found.document_number_hash == search_hash("X1234567", purpose="document_number")
    assert open_value(found, "text") == passport()


def test_masks_show_names_and_countries_and_hide_numbers_and_dates_of_birth() -> None:
    found = reading(draft())

    masks = {value.name: str(value.value) for value in found.values.all()}

    assert masks["last_name"] == "EXAEMPLE"
    assert masks["document_number"] == "•••• 4567"
    assert masks["date_of_birth"] == "••••-••-••"
    assert str(found.text) == "TD3"


@pytest.mark.parametrize(
    ("changes", "different"),
    [
        ({"surname": "Muster"}, {"last_name"}),
        ({"surname": "Exämple-Muster"}, {"last_name"}),
        ({"given_names": "Zoë Anna"}, {"first_name"}),
        ({"number": "X1234568"}, {"document_number"}),
        ({"birth_date": dt.date(1990, 4, 16)}, {"date_of_birth"}),
        ({"country": "ES"}, {"issuing_country", "nationality"}),
    ],
)
def test_what_differs_or_is_only_similar_wants_a_person(changes: dict[str, Any], different: set[str]) -> None:
    found = reading(draft(), passport(**changes))

    assert {name for name, comparison in compared(found).items() if comparison == DIFFERENT} == different


def test_a_middle_name_that_the_document_leaves_out_is_no_difference() -> None:
    check = make_draft(data=replace(IDENTITY, middle_name="Marisol"), with_front=False)

    found = reading(check)

    assert compared(found)["first_name"] == SAME


@pytest.mark.parametrize(
    "text",
    [
        passport(surname="", given_names="Suharto"),
        passport(surname="Wolfeschlegelsteinhausenbergerdorff", given_names="Hubert Blaine Maximilian Alexander"),
        passport(expiry_date=dt.date(2019, 1, 1)),
        passport(country="XX"),
        passport(number="12"),
        passport()[:-1] + "7",
        passport().replace("900415", "90<<<<"),
        passport().lower().replace("\n", " "),
        passport().replace("X1234567", "XI234567"),
    ],
)
def test_odd_passports_are_read_with_warnings_and_none_blocks(text: str) -> None:
    found = reading(draft(), text)

    assert found.is_confirmed
    assert found.values.exists()


ODD = {
    "one name": (zones.passport("SUHARTO"), "one_name"),
    "filler as the optional check digit": (zones.passport(optional_digit="<"), "mrz_and_optional_digit_blank"),
    "Germany's single letter": (zones.passport(head="P<D<<", nationality="D"), ""),
    "its own digit is wrong": (zones.passport(number="BZ0123456", number_digit="8"), "check_digit_wrong"),
    "a name cut short": (zones.passport("WOLFESCHLEGELSTEINHAUSENBERGERDORFF<<HUBERT"), "name_may_be_truncated"),
    "an unknown day of birth": (zones.passport(birth="8510<<"), "date_partly_unknown"),
    "a refugee's travel document": (zones.passport(nationality="XXB"), "not_a_state"),
    "a state that does not exist": (zones.passport(head="P<QQX"), "unknown_issuing_state"),
    "a long number on a card": (zones.card(number="X1234567890"), "long_document_number"),
    "a miscount of fillers": (zones.passport().replace("JUNE<", "JUNE", 1), "line_length_repaired"),
}
"""Real documents break the rules: each of these is one that was published, with another person in it."""


@pytest.mark.parametrize(("text", "code"), ODD.values(), ids=ODD)
def test_the_odd_documents_that_were_published_are_read_and_explain_themselves(text: str, code: str) -> None:
    case = answered_case()

    found = reading(verifications_of(case).get(), text)

    told = [one for one in found.findings if one["code"] == code]
    words = [finding_words(told, severity=severity, labels=LABELS) for severity in ("warning", "note")]
    assert bool(told) == bool(code)
    assert len([*words[0], *words[1]]) == len(told)
    assert not any("%(" in text for text in (*words[0], *words[1]))
    assert found.is_confirmed
    assert found.values.filter(name="last_name").exists()
    assert decide(case, officer(), "DECLINE").outcome == "DECLINE"


@pytest.mark.parametrize(
    ("text", "form"), [(zones.card(), "TD1"), (zones.large_card(), "TD2"), (zones.passport(), "TD3")]
)
def test_cards_and_passports_are_read_alike(text: str, form: str) -> None:
    found = reading(draft(), text)

    said = values(found)
    assert found.format == form
    assert (said["last_name"], said["first_name"], said["document_number"]) == ("RIVERSTONE", "MARLA JUNE", "X12345678")
    assert (said["date_of_birth"], said["expiration_date"]) == ("1985-10-01", "2031-03-04")
    assert open_value(found, "text") == text


def test_a_document_that_expires_after_it_was_read_warns_from_then_on() -> None:
    found = reading(draft(), passport(expiry_date=dt.date(2031, 2, 3)))
    told: dict[str, Any] = {"expires": "2031-02-03"}

    on_the_last_day = findings_today(found.findings, today=dt.date(2031, 2, 3), **told)
    the_day_after = findings_today(found.findings, today=dt.date(2031, 2, 4), **told)
    later = findings_today(the_day_after, today=dt.date(2031, 2, 6), **told)

    assert not any(one["code"] == "expired" for one in on_the_last_day)
    assert finding_words(the_day_after, severity="warning", labels=LABELS) == [
        "Expires: The document expired 1 day ago."
    ]
    assert finding_words(later, severity="warning", labels=LABELS) == ["Expires: The document expired 3 days ago."]


def test_a_refusal_counts_the_characters_of_each_line() -> None:
    with pytest.raises(ReadingRefused) as caught:
        reading(draft(), passport().replace("\nX1", "\nX"))

    assert str(caught.value) == (
        "Line 1 has 44 characters, line 2 has 43 characters; a passport has 2 lines of 44. "
        "Count the < signs, or type the lines again."
    )


def recorded_case() -> Case:
    """Nothing was entered for its check, so that its zone is compared with the customer's record."""
    case = answered_case()
    Verification.objects.filter(case=case).update(first_name="", last_name="", middle_name="")
    return again(case)


def rename(case: Case, last_name: str) -> None:
    data = replace(customer_data(again(case).customer), last_name=last_name)
    change_customer(customer_id=case.customer_id, data=data, actor=ACTOR, at=NOON)


def test_correcting_the_customers_record_compares_the_zone_anew() -> None:
    case = recorded_case()
    reading(verifications_of(case).get(), passport(surname="Muster"))
    before = facts_of(again(case)).unresolved_differences

    rename(case, "Muster")

    assert (before, facts_of(again(case)).unresolved_differences) == (1, 0)


def test_a_record_that_moves_away_from_the_zone_raises_the_question() -> None:
    case = recorded_case()
    found = reading(verifications_of(case).get())
    before = facts_of(again(case)).unresolved_differences

    rename(case, "Other")

    assert (before, facts_of(again(case)).unresolved_differences) == (0, 1)
    assert compared(found)["last_name"] == DIFFERENT


def test_what_a_provider_read_keeps_how_it_compared_when_it_came() -> None:
    case = recorded_case()
    check = verifications_of(case).get()
    store_values(verification=check, values={"person.surname": "Muster"}, at=NOON)

    rename(case, "Muster")

    assert check.extracted_values.get().comparison == DIFFERENT


def test_warnings_hold_codes_and_counts_and_nothing_of_the_holder() -> None:
    found = reading(draft(), passport(expiry_date=dt.date(2019, 1, 1)).replace("X1234567", "X1234569"))

    told = {(one["code"], one["field"]) for one in found.findings if one["severity"] == "warning"}
    assert ("expired", "expiration_date") in told
    assert ("check_digit_wrong", "document_number") in told
    assert "1234569" not in str(found.findings)


@pytest.mark.parametrize("text", ["", "   ", "hello", "P<AD", "X" * 10_001])
def test_what_is_no_zone_is_refused_and_nothing_is_kept(text: str) -> None:
    with pytest.raises(ReadingRefused):
        record_reading(verification_id=draft().pk, text=text, actor=ACTOR, at=NOON)

    assert not MachineReading.objects.exists()


def test_the_barcode_of_a_driving_licence_is_read_as_well() -> None:
    found = reading(draft(), BARCODE)

    said = values(found)
    assert found.format == "AAMVA"
    assert (said["document_number"], said["issuing_country"], said["sex"]) == ("D12345678", "US", "F")
    assert said["address"].startswith("1 MAIN ST")
    assert compared(found)["document_number"] == DIFFERENT
    assert compared(found)["address"] == DIFFERENT


def test_a_newer_reading_sets_the_older_aside_and_says_so() -> None:
    check = draft()
    old = reading(check)

    new = reading(check, passport(surname="Muster"))

    old.refresh_from_db()
    assert (old.removed_at, new.removed_at) == (NOON, None)
    assert AuditEvent.objects.latest("id").details["replaces"] == str(old.public_id)


def test_a_session_without_entered_values_is_compared_with_the_record_and_the_providers_values() -> None:
    check = make_draft(data=replace(IDENTITY, document_number="", date_of_birth=None, issuing_country=""))
    store_values(verification=check, values={"document.number": "Y7654321", "document.country": "AD"}, at=NOON)

    found = reading(check)

    why = dict(found.values.values_list("name", "why"))
    assert compared(found)["date_of_birth"] == SAME
    assert why["date_of_birth"].startswith("same:identical:record")
    assert compared(found)["document_number"] == DIFFERENT
    assert why["document_number"].startswith("different:different_number:provider")
    assert compared(found)["issuing_country"] == SAME


def test_the_names_that_a_session_bears_are_the_records_and_not_entered() -> None:
    check = draft()
    Verification.objects.filter(pk=check.pk).update(type=VerificationType.IDENTITY_SESSION, last_name="Outdated")
    check.refresh_from_db()

    found = reading(check)

    assert found.values.get(name="last_name").why.split(":")[2] == "record"
    assert compared(found)["last_name"] == SAME


def test_a_provider_that_answers_later_is_compared_with_the_zone_then() -> None:
    check = make_draft(data=replace(IDENTITY, document_number=""), with_front=False)
    found = reading(check)
    before = compared(found)["document_number"]

    store_values(verification=check, values={"document.number": "Y7654321"}, at=NOON)

    assert (before, compared(found)["document_number"]) == (NOT_ON_RECORD, DIFFERENT)


def test_changing_the_draft_compares_anew() -> None:
    check = draft()
    found = reading(check, passport(surname="Muster"))

    change_metadata(verification_id=check.pk, data=replace(IDENTITY, last_name="Muster"), actor=ACTOR, at=NOON)

    assert compared(found)["last_name"] == SAME


def test_an_image_reading_counts_once_its_names_are_confirmed() -> None:
    case = answered_case()
    check = verifications_of(case).get()
    found = unconfirmed(check, passport(surname="Muster"))
    before = facts_of(again(case)).unresolved_differences

    confirm_reading(reading_id=found.pk, surname="Muster", given_names="Zoe", actor=ACTOR, at=NOON)

    assert (before, facts_of(again(case)).unresolved_differences) == (0, 1)
    assert AuditEvent.objects.filter(action="reading.confirmed").get().details["corrected"] is False


def test_names_corrected_at_confirming_are_compared_as_corrected_and_stay_so() -> None:
    check = draft()
    found = unconfirmed(check, passport(surname="Muster"))

    confirm_reading(reading_id=found.pk, surname="Example", given_names="Zoe", actor=ACTOR, at=NOON)
    refresh_comparisons(verification=check)

    assert values(found)["last_name"] == "Example"
    assert compared(found)["last_name"] == SAME
    assert AuditEvent.objects.filter(action="reading.confirmed").get().details["corrected"] is True


def test_confirming_twice_or_without_a_name_is_refused() -> None:
    found = unconfirmed(draft())

    with pytest.raises(DomainError):
        confirm_reading(reading_id=found.pk, surname=" ", given_names="", actor=ACTOR, at=NOON)
    confirm_reading(reading_id=found.pk, surname="EXAMPLE", given_names="ZOE", actor=ACTOR, at=NOON)
    with pytest.raises(InvalidTransition):
        confirm_reading(reading_id=found.pk, surname="EXAMPLE", given_names="ZOE", actor=ACTOR, at=NOON)


def test_a_reading_is_set_aside_with_a_reason_and_counts_no_more() -> None:
    case = answered_case()
    found = reading(verifications_of(case).get(), passport(surname="Muster"))
    before = facts_of(again(case)).unresolved_differences

    with pytest.raises(DomainError):
        remove_reading(reading_id=found.pk, reason=" ", actor=ACTOR, at=NOON)
    remove_reading(reading_id=found.pk, reason="Another person's passport", actor=ACTOR, at=NOON)

    assert (before, facts_of(again(case)).unresolved_differences) == (1, 0)
    with pytest.raises(InvalidTransition):
        remove_reading(reading_id=found.pk, reason="Another person's passport", actor=ACTOR, at=NOON)


def test_the_zone_of_a_picture_is_read_in_the_decoding_process_and_waits_for_its_names() -> None:
    check = make_draft()

    found = read_image(document_id=check.documents.get().pk, actor=ACTOR, at=NOON)

    assert (found.source, found.is_confirmed, found.document) == ("IMAGE", False, check.documents.get())
    assert values(found)["document_number"] == "X1234567"


@pytest.mark.parametrize("answer", [None, ReaderNotInstalled("No numpy.")])
def test_where_nothing_is_read_for_certain_it_can_be_typed(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_args: object, **_kwargs: object) -> ReadZone | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(machine_readings, "read_machine_zone", read)

    with pytest.raises(ReadingRefused, match="Type or paste"):
        read_image(document_id=make_draft().documents.get().pk, actor=ACTOR, at=NOON)
    assert not MachineReading.objects.exists()


def test_a_document_of_another_check_is_refused() -> None:
    other = make_draft().documents.get()

    with pytest.raises(DomainError):
        reading(draft(), document_id=other.pk)


def test_events_hold_ids_and_codes_and_nothing_that_was_read() -> None:
    found = unconfirmed(draft(), passport(number="Q9876543"))
    confirm_reading(reading_id=found.pk, surname="Canaryname", given_names="Zoe", actor=ACTOR, at=NOON)
    remove_reading(reading_id=found.pk, reason="Another document", actor=ACTOR, at=NOON)

    told = str(list(AuditEvent.objects.values())) + str(list(AccessEvent.objects.values()))

    assert actions()[-3:] == ["reading.recorded", "reading.confirmed", "reading.removed"]
    assert not any(secret in told for secret in ("9876543", "Canaryname", "EXAEMPLE", "900415"))
    assert not any(secret in str(list(MachineValue.objects.values("why"))) for secret in ("9876543", "Canaryname"))


def test_a_reading_of_another_number_is_a_possible_duplicate_of_that_customer() -> None:
    case = answered_case()
    data = replace(IDENTITY, document_number="Q9876543")
    make_draft(make_provider_user(make_customer()), data=data, with_front=False)
    before = facts_of(again(case)).duplicates

    reading(verifications_of(case).get(), passport(number="Q9876543"))

    assert facts_of(again(case)).duplicates == before + 1
