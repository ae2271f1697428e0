"""Specimens: the machine-readable zone is right, every kind passes the portal's own inspection."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import get_args

import pytest

from verifications.documents.inspection import inspect_upload
from verifications.documents.mrz import card_lines, check_digit, passport_lines, state_code
from verifications.documents.specimen_video import video_of_size
from verifications.documents.specimens import SpecimenKind, make_specimen, split_name
from verifications.documents.transliteration import to_latin

BIRTH, EXPIRY = dt.date(1974, 8, 12), dt.date(2012, 4, 15)
NAMES = ["Marta Anna Kowalczyk", "Zoë Ångström-Müller", "Олександр Шевченко", "محمد العربي", "김민준", "王 小明", ""]


def specimen(kind: str, name: str = NAMES[0], seed: int = 7) -> tuple[bytes, str, str]:
    return make_specimen(
        kind, name=name, number="ZS1234567", country="PL", birth_date=BIRTH, expiry_date=EXPIRY, seed=seed
    )


@pytest.mark.parametrize("kind", get_args(SpecimenKind))
def test_make_specimen_makes_what_it_says(kind: str, tmp_path: Path) -> None:
    data, name, content_type = specimen(kind)
    path = tmp_path / name
    path.write_bytes(data)

    inspection = inspect_upload(path, claimed_name=name, accept=None, max_bytes=2 * 1024 * 1024)

    assert inspection.content_type == content_type
    assert inspection.notes == ()


@pytest.mark.parametrize("name", NAMES)
def test_make_specimen_draws_names_of_every_script(name: str) -> None:
    for kind in ("passport", "id_back", "utility_bill_pdf"):
        assert len(specimen(kind, name)[0]) > 1000


def test_make_specimen_depends_on_its_arguments_only() -> None:
    assert specimen("passport") == specimen("passport")
    assert specimen("passport", seed=1)[0] != specimen("passport", seed=2)[0]


def test_make_specimen_refuses_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="no specimen of the kind"):
        specimen("library_card")


def test_card_lines_match_the_example_of_the_standard() -> None:
    lines = card_lines(
        surname="Eriksson",
        given_names="Anna Maria",
        number="D23145890",
        country="--",
        birth_date=BIRTH,
        expiry_date=EXPIRY,
        sex="F",
    )

    assert lines == (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )


def test_passport_lines_carry_the_digits_of_the_standard() -> None:
    first, second = passport_lines(
        surname="Eriksson",
        given_names="Anna Maria",
        number="L898902C3",
        country="--",
        birth_date=BIRTH,
        expiry_date=EXPIRY,
        sex="F",
    )

    assert first == "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    assert second[:28] == "L898902C36UTO7408122F1204159"
    assert second[-1] == check_digit(second[:10] + second[13:20] + second[21:43])


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_of_their_length_for_every_name(name: str) -> None:
    surname, given_names = split_name(name + " X" * 40 if name else name)
    arguments = {"number": "A-1", "country": "DE", "birth_date": BIRTH, "expiry_date": EXPIRY}

    assert {len(line) for line in passport_lines(surname=surname, given_names=given_names, **arguments)} == {44}
    assert {len(line) for line in card_lines(surname=surname, given_names=given_names, **arguments)} == {30}


def test_check_digit_refuses_what_no_document_carries() -> None:
    with pytest.raises(ValueError, match="not found"):
        check_digit("Ä")


def test_state_code_knows_germany_and_no_such_state() -> None:
    assert (state_code("de"), state_code("PL"), state_code("??")) == ("D<<", "POL", "UTO")


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Zoë Ångström-Müller", "ZOE AANGSTROEM-MUELLER"),
        ("Łukasz Żółć", "LUKASZ ZOLC"),
        ("Олександр Шевченко", "OLEKSANDR SHEVCHENKO"),
        ("Νίκος Παπαδόπουλος", "NIKOS PAPADOPOYLOS"),
        ("김민준", "GIMMINJUN"),
        ("さくら", "SAKURA"),
        ("राम", "RAAMA"),
        ("O’Brien", "O'BRIEN"),
        ("王小明", ""),
    ],
)
def test_to_latin(name: str, latin: str) -> None:
    assert to_latin(name) == latin


def test_split_name_takes_both_orders() -> None:
    assert split_name("Marta Anna Kowalczyk") == ("Kowalczyk", "Marta Anna")
    assert split_name("Kowalczyk Nowak, Marta") == ("Kowalczyk Nowak", "Marta")


def test_video_of_size_writes_exactly_that_size(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    for size in (4096, 1024 * 1024 + 1):
        video_of_size(path, size)

        assert path.stat().st_size == size
        assert inspect_upload(path, claimed_name="v.mp4", accept=None, max_bytes=size).content_type == "video/mp4"


def test_video_of_size_refuses_too_small_a_size(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="4096"):
        video_of_size(tmp_path / "v.mp4", 4095)
