"""Names and values are compared as a person would: the same, worth a look, different, or not to be compared."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.test_mrz_parsing import PEOPLE
from tests.documents.zones import TODAY, passport
from verifications.documents.aamva import parse_aamva
from verifications.documents.comparison import PersonNames, compare_names, compare_person, compare_values
from verifications.documents.mrz import card_lines, passport_lines
from verifications.documents.mrz_parsing import parse_mrz
from verifications.documents.readings import MrzField
from verifications.documents.states import ALPHA_3, alpha_2, is_known_state

NAMES = [
    # entered, read, result, code
    ("MARLA", "MARLA", "same", "identical"),
    ("Marla", "MARLA", "same", "case_or_accents"),
    ("Hélène", "HELENE", "same", "case_or_accents"),
    ("Hélène", "Helene", "same", "case_or_accents"),
    ("İpek", "IPEK", "same", "case_or_accents"),
    ("O'Brien", "OBRIEN", "same", "hyphen_or_space"),
    ("Jean-Luc", "JEAN LUC", "same", "hyphen_or_space"),
    ("van der Berg", "VANDERBERG", "same", "hyphen_or_space"),
    ("Müller", "MUELLER", "same", "transliteration"),
    ("Müller", "MUXXLLER", "same", "transliteration"),
    ("Müller", "MULLER", "same", "case_or_accents"),
    ("Søren", "SOEREN", "same", "transliteration"),
    ("Søren", "SOREN", "same", "transliteration"),
    ("Muñoz", "MUNOZ", "same", "case_or_accents"),
    ("Muñoz", "MUNXXOZ", "same", "transliteration"),
    ("Łukasz", "LUKASZ", "same", "transliteration"),
    ("Großmann", "GROSSMANN", "same", "case_or_accents"),
    ("Þóra", "THORA", "same", "transliteration"),
    ("Åse", "AASE", "same", "transliteration"),
    ("Νίκος", "NIKOS", "same", "transliteration"),
    ("Παπαδόπουλος", "PAPADOPOULOS", "same", "transliteration"),
    ("Мария", "MARIIA", "same", "transliteration"),
    ("Мария", "MARIYA", "same", "transliteration"),
    ("Юлия Сергеевна", "IULIIA SERGEEVNA", "same", "transliteration"),
    ("Олександр", "OLEKSANDR", "same", "transliteration"),
    ("김", "GIM", "same", "transliteration"),
    ("김", "KIM", "similar", "sound"),
    ("محمد", "MOHAMED", "similar", "sound"),
    ("山田", "YAMADA", "not_compared", "script"),
    ("山田 Taro", "YAMADA TARO", "not_compared", "script"),
    ("山田", "山田", "same", "identical"),
    ("Мария", "МАРИЯ", "same", "case_or_accents"),
    ("Maria Anna", "ANNA MARIA", "similar", "order"),
    ("Marla June", "MARLA", "similar", "name_missing_in_document"),
    ("Marla", "MARLA JUNE", "similar", "name_missing_in_entry"),
    ("Kowalczyk", "KOWALCZYK NOWAK", "similar", "name_missing_in_entry"),
    ("Kowalczyk-Nowak", "KOWALCZYK", "similar", "name_missing_in_document"),
    ("Marla J.", "MARLA JUNE", "similar", "initial"),
    ("Marla June", "MARLA J", "similar", "initial"),
    ("Katherine", "KATHERYNE", "similar", "one_letter"),
    ("Kathreine", "KATHERINE", "similar", "one_letter"),
    ("Александр", "ALEXANDER", "similar", "sounds_alike"),
    ("Riverstone", "RIVERSTEEN", "similar", "few_letters"),
    ("Riverstone", "WETHERBY", "different", "different"),
    ("Ann", "BOB", "different", "different"),
    ("Li", "LU", "different", "different"),
    ("Мария", "OLGA", "different", "different"),
    ("", "MARLA", "not_compared", "not_entered"),
    ("Marla", "", "not_compared", "not_read"),
    ("Marla", "<<<", "not_compared", "not_read"),
]


@pytest.mark.parametrize(("entered", "read", "result", "code"), NAMES)
def test_compare_names_says_how_two_spellings_belong_together(entered: str, read: str, result: str, code: str) -> None:
    comparison = compare_names(entered, read)

    assert (comparison.result, comparison.code) == (result, code)
    assert comparison.why
    assert "%" not in comparison.why


@pytest.mark.parametrize(
    ("entered", "read", "result", "code"),
    [
        ("Marla June Constantina", "MARLA JUNE CONSTAN", "same", "truncated"),
        ("Мария Константиновна", "MARIIA KONSTANT", "same", "truncated"),
        ("Jürgen Maximilian", "JUERGEN MAXI", "same", "truncated"),
        ("Marla June Constantina", "MARLA J C", "similar", "shortened"),
        ("Marla June Constantina", "MARLA GERDA", "different", "different"),
    ],
)
def test_compare_names_allows_for_names_that_were_cut(entered: str, read: str, result: str, code: str) -> None:
    comparison = compare_names(entered, read, truncated=True)

    assert (comparison.result, comparison.code) == (result, code)
    assert compare_names(entered, read).result != "same"


@pytest.mark.parametrize(
    ("names", "entered", "surname", "given_names"),
    [
        ("RIVERSTONE<<MARLA<JUNE", ("Marla", "June", "Riverstone"), "case_or_accents", "case_or_accents"),
        ("RIVERSTONE<<MARLA<JUNE", ("Marla", "", "Riverstone"), "case_or_accents", "name_missing_in_entry"),
        ("RIVERSTONE<<MARLA", ("Marla", "June", "Riverstone"), "case_or_accents", "name_missing_in_document"),
        ("RIVERSTONE<<MARLA", ("Riverstone", "", "Marla"), "swapped", "swapped"),
        ("<<ZEHRAWI", ("", "", "Zehrawi"), "one_name", "case_or_accents"),
        ("<<ZEHRAWI", ("Zehrawi", "", ""), "not_entered", "case_or_accents"),
        ("SUNDARI", ("Sundari", "", ""), "case_or_accents", "one_name"),
        ("SUNDARI", ("Sundari", "", "Prakash"), "name_missing_in_document", "one_name"),
        ("SUNDARI", ("Olga", "", "Prakash"), "different", "one_name"),
        (
            "RIVERSTONE<WETHERBY<<MARLA<JUNE<CONSTANTINA",
            ("Marla", "June Constantina", "Riverstone-Wetherby"),
            "hyphen_or_space",
            "truncated",
        ),
    ],
)
def test_compare_person_understands_how_documents_write_names(
    names: str, entered: tuple[str, str, str], surname: str, given_names: str
) -> None:
    reading = parse_mrz(passport(names), today=TODAY)

    comparison = compare_person(PersonNames(*entered), reading)

    assert (comparison.surname.code, comparison.given_names.code) == (surname, given_names)


def test_compare_person_takes_the_reading_of_a_barcode() -> None:
    reading = parse_aamva("DAQ1\nDCSMUELLER\nDACMARLA\nDADJUNE\nDBB08041969", today=TODAY)

    comparison = compare_person(PersonNames("Marla", "June", "Müller"), reading)

    assert (comparison.surname.code, comparison.given_names.code) == ("transliteration", "case_or_accents")


@pytest.mark.parametrize(
    ("entered", "read", "result", "code"),
    [
        ("DE", "D", "same", "same_country"),
        ("DE", "D<<", "same", "same_country"),
        ("de", "DEU", "same", "same_country"),
        ("GB", "GBR", "same", "same_country"),
        ("GB", "GBN", "similar", "british_status"),
        ("XK", "RKS", "same", "same_country"),
        ("RO", "ROM", "same", "same_country"),
        ("USA", "USA", "same", "identical"),
        ("HK", "CHN", "similar", "sovereign_state"),
        ("PR", "USA", "similar", "sovereign_state"),
        ("PL", "CZE", "different", "different_country"),
        ("FR", "UNO", "not_compared", "not_a_country"),
        ("FR", "XXA", "not_compared", "not_a_country"),
        ("FR", "QQX", "not_compared", "unknown_code"),
        ("", "FRA", "not_compared", "not_entered"),
    ],
)
def test_compare_values_knows_the_codes_of_countries(entered: str, read: str, result: str, code: str) -> None:
    comparison = compare_values("nationality", entered, read)

    assert (comparison.result, comparison.code) == (result, code)


@pytest.mark.parametrize(
    ("entered", "read", "result", "code"),
    [
        ("X12345678", "X12345678", "same", "identical"),
        ("x-123 456 78", "X12345678", "same", "spacing"),
        ("XO2345678", "X02345678", "similar", "look_alike"),
        ("345678", "X12345678", "similar", "only_a_part"),
        ("78", "X12345678", "different", "different_number"),
        ("X12345679", "X12345678", "similar", "one_character"),
        ("Y98765432", "X12345678", "different", "different_number"),
    ],
)
def test_compare_values_compares_numbers_without_their_dress(entered: str, read: str, result: str, code: str) -> None:
    comparison = compare_values("document_number", entered, read)

    assert (comparison.result, comparison.code) == (result, code)


@pytest.mark.parametrize(
    ("entered", "birth", "result", "code"),
    [
        (dt.date(1985, 10, 1), "851001", "same", "identical"),
        ("1985-10-01", "851001", "same", "identical"),
        (dt.date(1985, 1, 10), "851001", "similar", "day_and_month"),
        (dt.date(1919, 7, 4), "190704", "similar", "century"),
        (dt.date(1985, 10, 1), "85<<<<", "similar", "known_part_agrees"),
        (dt.date(1985, 10, 1), "850000", "similar", "known_part_agrees"),
        (dt.date(1986, 10, 1), "85<<<<", "different", "different_date"),
        (dt.date(1985, 10, 1), "<<<<<<", "not_compared", "not_read"),
        (dt.date(1985, 10, 1), "851332", "not_compared", "no_date"),
        (dt.date(1985, 10, 2), "851001", "different", "different_date"),
        (None, "851001", "not_compared", "not_entered"),
        ("soon", "851001", "not_compared", "not_entered"),
    ],
)
def test_compare_values_compares_dates_as_far_as_they_are_known(
    entered: dt.date | str | None, birth: str, result: str, code: str
) -> None:
    field = parse_mrz(passport(birth=birth), today=TODAY).fields["date_of_birth"]

    comparison = compare_values("date_of_birth", entered, field)

    assert (comparison.result, comparison.code) == (result, code)


@pytest.mark.parametrize(
    ("entered", "read", "result"),
    [("F", "F", "same"), ("female", "F", "same"), ("M", "F", "different"), ("X", "", "not_compared")],
)
def test_compare_values_compares_sexes(entered: str, read: str, result: str) -> None:
    assert compare_values("sex", entered, MrzField("sex", read or "<", read)).result == result


def test_every_country_has_one_code_and_goes_back_to_itself() -> None:
    assert len(ALPHA_3) == 250
    assert {alpha_2(code) for code in ALPHA_3.values()} == set(ALPHA_3)
    assert all(is_known_state(code) for code in ALPHA_3.values())


@given(person=PEOPLE)
@settings(max_examples=200, deadline=None)
def test_compare_person_finds_nobody_different_from_their_own_document(person: dict[str, Any]) -> None:
    entered = PersonNames(person["given_names"], "", person["surname"])
    for lines in (passport_lines(**person), card_lines(**person)):
        comparison = compare_person(entered, parse_mrz("\n".join(lines), today=TODAY))

        if "SPECIMEN" not in "".join(lines):  # stands in where no letter has a sound
            assert comparison.surname.result != "different"
            assert comparison.given_names.result != "different"


@given(entered=st.text(max_size=10_000), read=st.text(max_size=10_000), truncated=st.booleans())
@settings(max_examples=100, deadline=None)
def test_compare_names_ends_for_any_text(entered: str, read: str, truncated: bool) -> None:
    assert compare_names(entered, read, truncated=truncated).why


@given(text=st.text(alphabet="ЯИЙЮEÄÖABÆŒΟΥ-' ", max_size=300), read=st.text(alphabet="IAYJEO ", max_size=300))
@settings(max_examples=150, deadline=None)
def test_compare_names_ends_where_every_letter_has_many_spellings(text: str, read: str) -> None:
    assert compare_names(text, read, truncated=True).why


@given(entered=st.text(max_size=60), read=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_compare_values_ends_for_any_field_and_text(entered: str, read: str) -> None:
    for field in ("document_number", "nationality", "sex", "date_of_birth", "optional_data", "surname"):
        assert compare_values(field, entered, MrzField(field, read, read)).why
