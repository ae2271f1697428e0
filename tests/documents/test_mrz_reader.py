"""Reading the machine-readable zone out of pictures: exact lines or none, in this process and in the bounded one."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.mrz.pictures import Plan, Sheet, draw_sheet, photograph, random_lines
from verifications.documents import mrz_reading
from verifications.documents.decoding import run_decoder
from verifications.documents.jobs import Facts, Job
from verifications.documents.mrz_checks import ALPHABET, LAYOUTS, fits, layout_of
from verifications.documents.mrz_reader import read_mrz
from verifications.documents.mrz_reading import READING_LIMITS, ReaderNotInstalled, read_machine_zone
from verifications.documents.specimens import make_specimen
from verifications.documents.types import DecoderUnavailable, UploadRefused

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024

# The examples of ICAO Doc 9303, parts 4, 5 and 6.
PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
CARD = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
LONG_NUMBER = ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<")
SMALL_BOOK = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
VISA = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")

PLANS = {
    "clean": Plan(),
    "jpeg": Plan(quality=40),
    "noise": Plan(noise=18),
    "blur": Plan(blur=1.8),
    "small": Plan(width=675, quality=80),
    "turned a little": Plan(angle=3, quality=80),
    "on a desk": Plan(width=1200, angle=5, tilt=0.05, desk=0.2, shade=0.4, noise=4, quality=80),
    "upside down": Plan(turn=180, quality=80),
    "sideways": Plan(turn=90, quality=80),
    "sideways, the other way": Plan(turn=270, angle=-2, desk=0.1),
}
SPECIMEN = {"number": "ZS1234567", "country": "PL", "birth_date": dt.date(1974, 8, 12)}


def drawn(form: str, seed: int) -> Sheet:
    dice = np.random.default_rng(seed)
    return draw_sheet(dice, random_lines(dice, form))


def specimen(kind: str) -> bytes:
    data, _, _ = make_specimen(kind, name="Marta Anna Kowalczyk", expiry_date=dt.date(2032, 4, 15), seed=7, **SPECIMEN)
    return data


def stored(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "stored"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("form", ["TD3", "TD1"])
@pytest.mark.parametrize("fault", PLANS)
def test_read_mrz_reads_every_character(fault: str, form: str) -> None:
    sheet = drawn(form, seed=len(fault))
    picture, _ = photograph(np.random.default_rng(3), sheet, PLANS[fault])

    assert read_mrz(picture) == sheet.lines


def test_read_mrz_reads_two_lines_of_36() -> None:
    sheet = drawn("TD2", seed=5)
    picture, _ = photograph(np.random.default_rng(4), sheet, Plan(angle=-2, quality=70))

    assert read_mrz(picture) == sheet.lines


@pytest.mark.parametrize("lines", [PASSPORT, CARD, LONG_NUMBER, SMALL_BOOK], ids=["TD3", "TD1", "long", "TD2"])
def test_read_mrz_reads_the_examples_of_the_standard(lines: tuple[str, ...]) -> None:
    sheet = draw_sheet(np.random.default_rng(6), lines)

    assert read_mrz(sheet.image) == lines


@pytest.mark.parametrize("place", [(1, 0), (1, 5), (1, 15), (1, 23), (1, 30), (1, 43)])
def test_read_mrz_reads_nothing_where_a_check_digit_is_wrong(place: tuple[int, int]) -> None:
    row, column = place
    lines = list(PASSPORT)
    other = {"0": "1", "L": "K"}.get(lines[row][column], "0")
    lines[row] = lines[row][:column] + other + lines[row][column + 1 :]
    sheet = draw_sheet(np.random.default_rng(7), tuple(lines))

    assert read_mrz(sheet.image) is None


def test_read_mrz_reads_nothing_of_a_visa_which_has_no_composite_digit() -> None:
    assert read_mrz(draw_sheet(np.random.default_rng(8), VISA).image) is None


@pytest.mark.parametrize("kind", ["selfie", "id_front", "driving_back", "residence_permit_front"])
def test_read_mrz_reads_nothing_where_there_is_no_zone(kind: str) -> None:
    assert read_mrz(Image.open(io.BytesIO(specimen(kind)))) is None


@pytest.mark.parametrize("size", [(1, 1), (40, 3000), (250, 250), (1600, 1200)])
def test_read_mrz_reads_nothing_in_empty_pictures_and_noise(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(9).integers(0, 256, (size[1], size[0]), dtype=np.uint8)

    assert read_mrz(Image.new("RGB", size, (240, 240, 240))) is None
    assert read_mrz(Image.fromarray(noise)) is None


def test_read_mrz_reads_nothing_of_other_print_in_the_same_letters() -> None:
    dice = np.random.default_rng(10)
    lines = tuple("".join(dice.choice(list(ALPHABET), 44)) for _ in range(2))

    assert read_mrz(draw_sheet(dice, lines).image) is None


@pytest.mark.parametrize("lines", [PASSPORT, CARD, LONG_NUMBER, SMALL_BOOK], ids=["TD3", "TD1", "long", "TD2"])
def test_fits_accepts_the_examples_of_the_standard_and_no_altered_digit(lines: tuple[str, ...]) -> None:
    layout = layout_of(lines)
    assert layout is not None
    open_places = {(row, column) for row, first, last in layout.unchecked for column in range(first, last)}

    accepted = [
        (row, column, digit)
        for row, line in enumerate(lines)
        for column, character in enumerate(line)
        if character.isdigit() and (row, column) not in open_places
        for digit in "0123456789"
        if digit != character and fits((*lines[:row], line[:column] + digit + line[column + 1 :], *lines[row + 1 :]))
    ]

    assert fits(lines)
    assert accepted == []


@pytest.mark.parametrize("lines", [VISA, ("", ""), (), PASSPORT[:1], CARD[:2], ("é" * 44, "é" * 44), ("<" * 44,) * 2])
def test_fits_refuses_what_is_no_zone(lines: tuple[str, ...]) -> None:
    assert not fits(lines)


def test_layouts_say_what_each_place_may_hold() -> None:
    for layout in LAYOUTS:
        assert [len(places) for places in layout.allowed] == [layout.columns] * layout.rows


def test_read_machine_zone_reads_a_stored_picture_and_says_what_to_confirm(tmp_path: Path) -> None:
    path = stored(tmp_path, specimen("passport"))

    zone = read_machine_zone(path, content_type="image/jpeg")

    assert zone is not None
    assert zone.form == "TD3"
    assert zone.lines[0] == "P<POLKOWALCZYK<<MARTA<ANNA".ljust(44, "<")
    assert zone.lines[1].startswith("ZS1234567")
    assert [zone.lines[row][first:last] for row, first, last in zone.to_confirm] == [zone.lines[0], "POL", "<"]


def test_read_machine_zone_reads_the_first_page_of_a_pdf(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.open(io.BytesIO(specimen("id_back"))).save(target, "PDF", resolution=180)

    zone = read_machine_zone(stored(tmp_path, target.getvalue()), content_type="application/pdf")

    assert zone is not None
    assert zone.form == "TD1"
    assert zone.lines[2].startswith("KOWALCZYK<<MARTA<ANNA<")


def test_read_machine_zone_follows_the_orientation_a_camera_wrote(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    target = io.BytesIO()
    turned = Image.open(io.BytesIO(specimen("passport"))).rotate(90, expand=True)
    turned.save(target, "JPEG", quality=90, exif=exif)

    assert read_machine_zone(stored(tmp_path, target.getvalue()), content_type="image/jpeg") is not None


def test_read_machine_zone_finds_none(tmp_path: Path) -> None:
    assert read_machine_zone(stored(tmp_path, specimen("selfie")), content_type="image/jpeg") is None
    assert read_machine_zone(stored(tmp_path, b"{}"), content_type="application/json") is None


def test_read_machine_zone_refuses_a_damaged_file(tmp_path: Path) -> None:
    path = stored(tmp_path, specimen("passport")[:20_000])

    with pytest.raises(UploadRefused):
        read_machine_zone(path, content_type="image/jpeg")


def test_read_machine_zone_says_that_the_reader_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mrz_reading, "available", lambda: False)

    with pytest.raises(ReaderNotInstalled, match="requirements-ocr"):
        read_machine_zone(stored(tmp_path, specimen("passport")), content_type="image/jpeg")


def test_read_machine_zone_believes_no_answer_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mrz_reading, "decode", lambda _job: Facts(zone=("<script>", "x")))

    with pytest.raises(DecoderUnavailable, match="no machine-readable zone"):
        read_machine_zone(stored(tmp_path, b"x"), content_type="image/jpeg")


def test_reading_the_largest_picture_stays_within_its_bounds(tmp_path: Path) -> None:
    sheet = drawn("TD3", seed=11)
    target = io.BytesIO()
    sheet.image.resize((7000, 4900)).convert("RGB").save(target, "JPEG", quality=80)
    job = Job(stored(tmp_path, target.getvalue()), "image/jpeg", None, frozenset(), READING_LIMITS, zone=True)

    outcome = run_decoder(job)

    assert outcome.facts is not None
    assert outcome.facts.zone == sheet.lines
    assert outcome.usage is not None
    assert outcome.usage.peak_bytes <= 300 * MIB


def test_reading_is_stopped_by_its_bounds(tmp_path: Path) -> None:
    limits = replace(READING_LIMITS, data_bytes=40 * MIB)

    with pytest.raises((UploadRefused, DecoderUnavailable)):
        read_machine_zone(stored(tmp_path, specimen("passport")), content_type="image/jpeg", limits=limits)


def test_the_portal_does_not_load_numpy() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import verifications.documents.mrz_reading; "
        "print('numpy' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, check=True, text=True)

    assert answer.stdout.strip() == "False"
