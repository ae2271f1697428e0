"""The barcode of a driving licence is read in every version of its standard, and when control characters are lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.zones import TODAY
from verifications.documents.aamva import parse_aamva
from verifications.documents.readings import AamvaReading, NotABarcode

ELEMENTS = {
    **{"DAQ": "Y4815162", "DCS": "DAVIDSON", "DDE": "N", "DAC": "DAISY", "DDF": "N", "DAD": "DALE ANN", "DDG": "N"},
    **{"DCA": "C", "DCB": "NONE", "DCD": "NONE", "DBD": "10052022", "DBB": "08041969", "DBA": "08042027", "DBC": "2"},
    **{"DAU": "066 IN", "DAY": "BRO", "DAG": "12 DAHLIA ST", "DAI": "DALLAS", "DAJ": "CA", "DAK": "940010000  "},
    **{"DCF": "0123/ABC", "DCG": "USA", "DDA": "F", "DDB": "10012015", "DDK": "1"},
}


def licence(version: int = 8, issuer: str = "636014", kind: str = "DL", **changes: str | None) -> str:
    """The text as a scanner gives it; an element that is None is left out."""
    elements = {name: value for name, value in {**ELEMENTS, **changes}.items() if value is not None}
    body = "\n".join(name + value for name, value in elements.items())
    own_version = "" if version < 2 else "00"
    header = f"@\n\x1e\rANSI {issuer}{version:02}{own_version}02{kind}00410268ZC03090030"
    return f"{header}{kind}{body}\rZCZCAN\nZCBDAQ\r"


def codes(reading: AamvaReading) -> set[str]:
    return {found.code for found in reading.findings}


@pytest.mark.parametrize("version", range(1, 11))
def test_parse_aamva_reads_every_field_of_each_version(version: int) -> None:
    reading = parse_aamva(licence(version), today=TODAY)

    values = {name: field.value for name, field in reading.fields.items()}
    assert (reading.version, reading.issuer_number, reading.jurisdiction) == (version, "636014", "CA")
    assert values == {
        "document_code": "DL",
        "issuing_state": "USA",
        "document_number": "Y4815162",
        "surname": "DAVIDSON",
        "given_names": "DAISY DALE ANN",
        "suffix": "",
        "date_of_birth": dt.date(1969, 8, 4),
        "expiration_date": dt.date(2027, 8, 4),
        "issue_date": dt.date(2022, 10, 5),
        "sex": "F",
        "address_street": "12 DAHLIA ST",
        "address_line_2": "",
        "address_city": "DALLAS",
        "address_region": "CA",
        "address_postal_code": "94001",
        "optional_data": "0123/ABC",
    }
    assert codes(reading) == set()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: " ".join(text.split()),
        lambda text: "".join(character for character in text if character >= " "),
        lambda text: text.replace("\n", " ").replace("\r", " ").replace("\x1e", ""),
    ],
)
def test_parse_aamva_warns_where_separators_are_lost_and_reads_on(spoil: Callable[[str], str]) -> None:
    reading = parse_aamva(spoil(licence()), today=TODAY)

    whole = parse_aamva(licence(), today=TODAY)
    assert "separators_lost" in codes(reading)
    assert {name: field.value for name, field in reading.fields.items()} == {
        name: field.value for name, field in whole.fields.items()
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\x1e", "").replace("\r", ""),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\\n").replace("\r", "\\r").replace("\x1e", "\\u001e"),
        lambda text: text.replace("\n", "<LF>").replace("\r", "<CR>").replace("\x1e", "<RS>"),
        lambda text: "\n\n" + text + "\n\n",
    ],
)
def test_parse_aamva_does_not_mind_how_control_characters_are_written(spoil: Callable[[str], str]) -> None:
    reading = parse_aamva(spoil(licence()), today=TODAY)

    assert reading.fields["surname"].value == "DAVIDSON"
    assert reading.fields["optional_data"].value == "0123/ABC"
    assert codes(reading) == set()


def test_parse_aamva_reads_dates_of_canada() -> None:
    text = licence(issuer="636012", DBB="19690804", DBA="20270804", DBD="20221005", DCG="CAN", DAK="K1A 0B1", DAJ="ON")

    reading = parse_aamva(text, today=TODAY)

    assert (reading.jurisdiction, reading.fields["issuing_state"].value) == ("ON", "CAN")
    assert reading.fields["date_of_birth"].value == dt.date(1969, 8, 4)
    assert reading.fields["address_postal_code"].value == "K1A0B1"
    assert codes(reading) == set()


def test_parse_aamva_notes_dates_in_the_order_of_the_other_country() -> None:
    reading = parse_aamva(licence(version=1, DBB="19690804"), today=TODAY)

    assert reading.fields["date_of_birth"].value == dt.date(1969, 8, 4)
    assert codes(reading) == {"date_order_unusual"}


@pytest.mark.parametrize("whole", ["MERIDIAN,TESSA,ROSE,", "MERIDIAN, TESSA ROSE   ", "MERIDIAN$TESSA$ROSE"])
def test_parse_aamva_divides_the_whole_name_of_the_first_version(whole: str) -> None:
    text = licence(version=1, DAA=whole, DCS=None, DAC=None, DAD=None, DDE=None, DDF=None, DDG=None)

    reading = parse_aamva(text, today=TODAY)

    assert (reading.fields["surname"].value, reading.fields["given_names"].value) == ("MERIDIAN", "TESSA ROSE")


def test_parse_aamva_reads_given_names_in_one_element() -> None:
    reading = parse_aamva(licence(version=3, DAC=None, DAD=None, DCT="JEAN,LUC"), today=TODAY)

    assert reading.fields["given_names"].value == "JEAN LUC"


def test_parse_aamva_reads_no_middle_name_where_the_card_says_none() -> None:
    assert parse_aamva(licence(DAD="NONE"), today=TODAY).fields["given_names"].value == "DAISY"


def test_parse_aamva_reads_identity_cards() -> None:
    assert parse_aamva(licence(kind="ID"), today=TODAY).fields["document_code"].value == "ID"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"DBA": "03142026"}, "expired", "expiration_date"),
        ({"DBB": "13452000"}, "impossible_date", "date_of_birth"),
        ({"DBB": "08042027"}, "born_after_today", "date_of_birth"),
        ({"DBC": "7"}, "unknown_sex", "sex"),
        ({"DDG": "T"}, "name_may_be_truncated", "given_names"),
        ({"DCS": None}, "one_name", "given_names"),
        ({"DAQ": None}, "missing", "document_number"),
        ({"DBA": "00000000"}, "no_expiration", "expiration_date"),
        ({"issuer": "636999"}, "unknown_issuer", "issuing_state"),
    ],
)
def test_parse_aamva_explains_what_is_odd(changes: dict[str, str | None], code: str, field: str) -> None:
    reading = parse_aamva(licence(**changes), today=TODAY)  # type: ignore[arg-type]

    assert (code, field) in {(found.code, found.field) for found in reading.findings}


def test_parse_aamva_reads_a_fragment_without_header() -> None:
    reading = parse_aamva(licence().partition("DLDAQ")[2].join(["DAQ", ""]), today=TODAY)

    assert reading.version is None
    assert reading.fields["surname"].value == "DAVIDSON"
    assert codes(reading) == {"header_missing"}


@pytest.mark.parametrize(
    "text", ["", "hello", "@\n\x1e\rANSI 636014080002DL", "DAQ", "D" * 10_000, "DCSX\n", "x" * 20_000]
)
def test_parse_aamva_refuses_what_is_no_barcode(text: str) -> None:
    with pytest.raises(NotABarcode) as problem:
        parse_aamva(text, today=TODAY)

    assert problem.value.message


@given(text=st.one_of(st.text(max_size=10_000), st.text(alphabet="DABCSQ01 \n", max_size=600)))
@settings(max_examples=150, deadline=None)
def test_parse_aamva_ends_with_a_reading_or_a_refusal_for_any_text(text: str) -> None:
    for before in ("", "@\n\x1e\rANSI 636014080002DL00410268DL"):
        try:
            reading = parse_aamva(before + text, today=TODAY)
        except NotABarcode:
            continue
        assert reading.fields


@pytest.mark.parametrize("piece", ["DAQ", "DAQ ", "DAQ\n", "DCSDBB", "ZAZAA", "DL00000000", "\\n", "<LF>"])
def test_parse_aamva_ends_for_long_repetitions(piece: str) -> None:
    with pytest.raises(NotABarcode):
        parse_aamva((piece * 10_000)[:10_000], today=TODAY)
