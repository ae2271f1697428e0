"""Machine-readable zones are read with all the oddities of real documents, and every oddity explains itself."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.zones import TODAY, card, large_card, passport
from verifications.documents.mrz import card_lines, check_digit, passport_lines
from verifications.documents.mrz_parsing import parse_mrz
from verifications.documents.readings import NOTES, WARNINGS, Finding, MrzReading, NotAnMrz, ParseProblem

CHECKED = ("document_number", "date_of_birth", "expiration_date", "composite")


def codes(reading: MrzReading, field: str | None = None) -> set[str]:
    return {found.code for found in reading.findings if field in {None, found.field}} - {"specimen"}


def only(reading: MrzReading, code: str) -> Finding:
    (found,) = [found for found in reading.findings if found.code == code]
    return found


@pytest.mark.parametrize(("text", "kind"), [(passport(), "TD3"), (card(), "TD1"), (large_card(), "TD2")])
def test_parse_mrz_reads_every_field_of_each_kind(text: str, kind: str) -> None:
    reading = parse_mrz(text, today=TODAY)

    values = {name: field.value for name, field in reading.fields.items()}
    assert reading.format == kind
    assert reading.lines == tuple(text.splitlines())
    assert values["issuing_state"] == values["nationality"] == "UTO"
    assert values["document_number"] == "X12345678"
    assert (values["surname"], values["given_names"]) == ("RIVERSTONE", "MARLA JUNE")
    assert values["date_of_birth"] == dt.date(1985, 10, 1)
    assert values["expiration_date"] == dt.date(2031, 3, 4)
    assert values["sex"] == "F"
    assert {reading.fields[name].check for name in CHECKED} == {"ok"}
    assert reading.fields["surname"].check == "none"
    assert codes(reading) == set()


@pytest.mark.parametrize(
    "spoil",
    [
        str.lower,
        lambda text: text.replace("\n", ""),
        lambda text: text.replace("\n", "\r\n\r\n"),
        lambda text: text.replace("\n", " "),
        " ".join,
        lambda text: text.replace("<", "‹"),
        lambda text: text.replace("<<", "«"),
        lambda text: text.replace("<", "«"),
        lambda text: text.replace("<", "&lt;"),
        lambda text: text.replace("<", " "),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if c > " " else c for c in text),  # full width
        lambda text: "As on the card:\n" + text + "\nKind regards",
        lambda text: "\n".join(f"Line {number}: {line}" for number, line in enumerate(text.splitlines(), 1)),
        lambda text: "\n".join(text[index : index + 22] for index in range(0, len(text), 22)),
    ],
)
@pytest.mark.parametrize("text", [passport(), card(), large_card()])
def test_parse_mrz_does_not_mind_how_the_lines_were_pasted(text: str, spoil: object) -> None:
    assert callable(spoil)

    reading = parse_mrz(spoil(text), today=TODAY)

    assert reading.lines == tuple(text.splitlines())
    assert codes(reading) == set()


def test_parse_mrz_reads_one_name_that_stands_where_given_names_do() -> None:
    reading = parse_mrz(passport("<<ZEHRAWI", head="P<IND", nationality="IND"), today=TODAY)

    assert (reading.fields["surname"].value, reading.fields["given_names"].value) == ("", "ZEHRAWI")
    assert only(reading, "one_name").severity == "note"


def test_parse_mrz_reads_one_name_without_the_separator() -> None:
    reading = parse_mrz(passport("SUNDARI", head="P<PAK", nationality="PAK"), today=TODAY)

    assert (reading.fields["surname"].value, reading.fields["given_names"].value) == ("SUNDARI", "")
    assert only(reading, "one_name").field == "surname"


def test_parse_mrz_accepts_a_blank_check_digit_of_blank_optional_data() -> None:
    reading = parse_mrz(passport(optional_digit="<"), today=TODAY)

    assert reading.fields["optional_data"].check == "absent"
    assert reading.fields["composite"].check == "ok"
    assert codes(reading) == {"mrz_and_optional_digit_blank"}


def test_parse_mrz_says_that_written_optional_data_lacks_its_digit() -> None:
    reading = parse_mrz(passport(optional="0815", optional_digit="<"), today=TODAY)

    assert only(reading, "check_digit_missing").field == "optional_data"


def test_parse_mrz_knows_the_single_letter_of_germany() -> None:
    reading = parse_mrz(passport(head="P<D<<", nationality="D"), today=TODAY)

    assert reading.fields["issuing_state"].value == reading.fields["nationality"].value == "D"
    assert codes(reading) == set()


def test_parse_mrz_reports_a_wrong_digit_of_the_document_itself() -> None:
    text = passport(number="BZ0123456", number_digit="8", head="P<BWA", nationality="BWA")

    reading = parse_mrz(text, today=TODAY)

    wrong = only(reading, "check_digit_wrong")
    assert (wrong.field, wrong.severity) == ("document_number", "warning")
    assert wrong.message == f"The document's own check digit is 8, computed {check_digit('BZ0123456')}."
    assert reading.fields["document_number"].value == "BZ0123456"
    assert reading.fields["composite"].check == "ok"


@pytest.mark.parametrize("number", ["D23456789012", "A1234567890123", "X123456789"])
def test_parse_mrz_joins_a_long_document_number(number: str) -> None:
    reading = parse_mrz(card(number=number, optional="7"), today=TODAY)

    assert reading.fields["document_number"].value == number
    assert reading.fields["document_number"].check == "ok"
    assert reading.fields["optional_data"].value == "7"
    assert codes(reading) == {"long_document_number"}


def test_parse_mrz_tells_of_names_that_fill_the_line() -> None:
    reading = parse_mrz(passport("RIVERSTONE<WETHERBY<<MARLA<JUNE<CONSTANTINA"), today=TODAY)

    assert codes(reading, "given_names") == {"name_may_be_truncated"}
    assert reading.fields["given_names"].value == "MARLA JUNE CONSTAN"


def test_parse_mrz_tells_of_a_surname_that_leaves_no_room() -> None:
    reading = parse_mrz(passport("A" * 39), today=TODAY)

    assert codes(reading) == {"name_may_be_truncated"}
    assert reading.fields["given_names"].value == ""


@pytest.mark.parametrize("birth", ["<<<<<<", "85<<<<", "8510<<", "850000", "851000", "85XXXX"])
def test_parse_mrz_gives_no_date_where_a_part_is_unknown(birth: str) -> None:
    reading = parse_mrz(passport(birth=birth), today=TODAY)

    assert reading.fields["date_of_birth"].value is None
    assert reading.fields["date_of_birth"].text == birth
    assert codes(reading) == {"date_partly_unknown"}


def test_parse_mrz_calls_an_impossible_date_so() -> None:
    reading = parse_mrz(passport(birth="851332"), today=TODAY)

    assert codes(reading) == {"impossible_date"}


@pytest.mark.parametrize(
    ("birth", "year"), [("260315", 2026), ("260316", 1926), ("851001", 1985), ("250101", 2025), ("000229", 2000)]
)
def test_parse_mrz_takes_the_latest_year_of_birth_that_is_not_ahead(birth: str, year: int) -> None:
    reading = parse_mrz(passport(birth=birth), today=TODAY)

    value = reading.fields["date_of_birth"].value
    assert isinstance(value, dt.date)
    assert value.year == year


def test_parse_mrz_says_when_the_century_of_birth_is_a_guess() -> None:
    reading = parse_mrz(passport(birth="190704"), today=TODAY)

    assert "2019 was taken, 1919" in only(reading, "century_ambiguous").message


def test_parse_mrz_tells_how_long_ago_a_document_expired() -> None:
    reading = parse_mrz(passport(expiry="260313"), today=TODAY)

    assert only(reading, "expired").message == "The document expired 2 days ago."
    assert reading.fields["expiration_date"].value == dt.date(2026, 3, 13)


def test_parse_mrz_reads_expiry_dates_of_the_last_century() -> None:
    reading = parse_mrz(passport(expiry="991231"), today=TODAY)

    assert reading.fields["expiration_date"].value == dt.date(1999, 12, 31)


def test_parse_mrz_takes_digits_for_the_letters_that_look_like_them() -> None:
    reading = parse_mrz(passport().replace("851001", "8SIOO1"), today=TODAY)

    assert reading.fields["date_of_birth"].value == dt.date(1985, 10, 1)
    assert reading.fields["date_of_birth"].text == "8SIOO1"
    assert reading.fields["date_of_birth"].check == "ok"
    found = [found for found in reading.findings if found.code == "look_alike_character"]
    assert [found.suggestion for found in found] == ["851001"] * 4
    assert "851001" not in " ".join(found.message for found in found)


def test_parse_mrz_takes_letters_for_digits_in_names_and_states() -> None:
    reading = parse_mrz(passport("R1VERST0NE<<MARLA", head="P<UT0"), today=TODAY)

    assert reading.fields["surname"].value == "RIVERSTONE"
    assert reading.fields["issuing_state"].value == "UTO"
    assert codes(reading) == {"look_alike_character"}


def test_parse_mrz_suggests_the_number_that_fits_its_check_digit() -> None:
    reading = parse_mrz(passport(number="XO0120077").replace("XO0120077", "XO01Z0077"), today=TODAY)

    found = next(found for found in reading.findings if found.field == "document_number")
    assert (found.code, found.suggestion) == ("check_digit_wrong", "XO0120077")
    assert reading.fields["document_number"].value == "XO01Z0077"


def test_parse_mrz_warns_of_a_state_that_does_not_exist() -> None:
    reading = parse_mrz(passport(head="P<QQX"), today=TODAY)

    assert only(reading, "unknown_issuing_state").message == "No state or organisation has the code QQX."


@pytest.mark.parametrize("code", ["UNO", "XXA", "EUE", "GBN", "RKS", "XPO"])
def test_parse_mrz_knows_codes_that_are_no_countries(code: str) -> None:
    reading = parse_mrz(passport(nationality=code), today=TODAY)

    assert "unknown_nationality" not in codes(reading)


def test_parse_mrz_reads_visas() -> None:
    text = passport(head="V<UTO")
    text = text[:-2] + "<0"  # a visa has no last check digit but longer optional data

    reading = parse_mrz(text, today=TODAY)

    assert reading.format == "MRVA"
    assert reading.fields["composite"].check == "none"
    assert "visa" in codes(reading)


def test_parse_mrz_reads_french_identity_cards() -> None:
    second = "120375012345" + check_digit("120375012345") + "MARLA<<JUNE".ljust(14, "<")
    second += "851001" + check_digit("851001") + "F"
    first = "IDFRARIVERSTONE".ljust(30, "<") + "750123"
    text = first + "\n" + second + check_digit(first + second)

    reading = parse_mrz(text, today=TODAY)

    assert reading.format == "FRID"
    assert reading.fields["given_names"].value == "MARLA JUNE"
    assert reading.fields["document_number"].value == "120375012345"
    assert reading.fields["composite"].check == "ok"
    assert codes(reading) == set()


@pytest.mark.parametrize(("line", "change"), [(0, -2), (0, 3), (1, -2), (1, 3)])
def test_parse_mrz_mends_a_miscount_of_fillers(line: int, change: int) -> None:
    lines = passport().splitlines()
    run = "<" * 10
    lines[line] = lines[line].replace(run, "<" * (10 + change), 1)

    reading = parse_mrz("\n".join(lines), today=TODAY)

    assert "\n".join(reading.lines) == passport()
    assert str(44 + change) in only(reading, "line_length_repaired").message


def test_parse_mrz_refuses_to_guess_where_another_character_is_missing() -> None:
    first, second = passport().splitlines()

    with pytest.raises(ParseProblem) as problem:
        parse_mrz(first + "\n" + second[:20] + second[21:], today=TODAY)

    assert problem.value.code == "wrong_length"
    assert problem.value.message.startswith("Line 1 has 44 characters, line 2 has 43 characters; a passport has 2")
    assert not isinstance(problem.value, NotAnMrz)


def test_parse_mrz_says_that_a_line_is_missing() -> None:
    with pytest.raises(ParseProblem, match="Line 1 has 44 characters; a passport has 2 lines of 44"):
        parse_mrz(passport().splitlines()[0], today=TODAY)


def test_parse_mrz_names_the_place_of_a_character_no_zone_has() -> None:
    with pytest.raises(ParseProblem, match="Line 1 has a character at position 6"):
        parse_mrz(passport().replace("RIVER", "ŘIVER"), today=TODAY)


@pytest.mark.parametrize(
    "text", ["", "hello", "<", "<" * 88, "A" * 88, "1" * 90, "x" * 20_000, "a < b and c < d", "\x00" * 88, "<>" * 44]
)
def test_parse_mrz_refuses_what_is_no_zone(text: str) -> None:
    with pytest.raises(NotAnMrz) as problem:
        parse_mrz(text, today=TODAY)

    assert problem.value.message


@given(text=st.text(max_size=10_000))
@settings(max_examples=60, deadline=None)
def test_parse_mrz_ends_with_a_reading_or_a_problem_for_any_text(text: str) -> None:
    try:
        reading = parse_mrz(text, today=TODAY)
    except ParseProblem:
        return

    assert reading.fields


@given(text=st.text(alphabet="AOP01<\n «", min_size=60, max_size=400))
@settings(max_examples=150, deadline=None)
def test_parse_mrz_ends_for_text_that_is_nearly_a_zone(text: str) -> None:
    with contextlib.suppress(ParseProblem):
        parse_mrz("P<UTO" + text, today=TODAY)


@given(
    body=st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", min_size=43, max_size=43),
    second=st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", min_size=44, max_size=44),
)
@settings(max_examples=300, deadline=None)
def test_parse_mrz_reads_whatever_stands_in_two_lines_of_the_right_length(body: str, second: str) -> None:
    try:
        reading = parse_mrz("P" + body + "\n" + second, today=TODAY)
    except ParseProblem:
        return

    assert {found.code for found in reading.findings} <= {*WARNINGS, *NOTES}
    assert all("%" not in found.message for found in reading.findings)


@given(text=st.sampled_from(["<", "<<", "A<", "P<\n", "P<UTO<<<<<<<<<<<<<<<<<<<<<<<<<<\n", "«", "< ", "DAQ"]))
def test_parse_mrz_ends_for_long_repetitions(text: str) -> None:
    with pytest.raises(ParseProblem):
        parse_mrz((text * 10_000)[:10_000], today=TODAY)


SCRIPTS = (
    "abcxyzäöüßñøåłçéğış -'",
    "абвгдежзиюяьщй",
    "αβγδεζηθικψωάή",
    "ابتثجحخ",
    "김이박최정",
    "山田太郎",
    "अआइकखग",
    "ぁあいう",
)


NAMES = st.one_of([st.text(alphabet=letters, min_size=1, max_size=40) for letters in SCRIPTS])
PEOPLE = st.fixed_dictionaries(
    {
        "surname": NAMES,
        "given_names": NAMES,
        "number": st.text(alphabet="ABCXYZ0123456789", min_size=1, max_size=9),
        "country": st.sampled_from(["PL", "DE", "GB", "JP", "BR", "ZZ"]),
        "birth_date": st.dates(dt.date(1930, 1, 1), dt.date(2025, 12, 31)),
        "expiry_date": st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31)),
        "sex": st.sampled_from("MF<"),
    }
)


@given(person=PEOPLE)
@settings(max_examples=200, deadline=None)
def test_parse_mrz_reads_back_what_was_written_in_any_script(person: dict[str, Any]) -> None:
    for lines in (passport_lines(**person), card_lines(**person)):
        reading = parse_mrz("\n".join(lines), today=TODAY)

        assert reading.lines == lines
        assert reading.fields["document_number"].value == person["number"]
        assert reading.fields["date_of_birth"].value == person["birth_date"]
        assert reading.fields["expiration_date"].value == person["expiry_date"]
        assert {reading.fields[name].check for name in CHECKED} == {"ok"}
        assert not codes(reading) & {"check_digit_wrong", "look_alike_character", "unknown_nationality"}
