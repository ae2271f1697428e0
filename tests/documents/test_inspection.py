"""Facts, limits and words of an inspection."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.documents import pdf_samples as pdfs
from tests.documents import samples
from verifications.documents.active_content import find_in_trailer, find_markup
from verifications.documents.inspection import accepted_words, inspect_upload
from verifications.documents.types import Inspection, UploadRefused

MAX_BYTES = 20 * 1024 * 1024
PAPERS = frozenset({"image/jpeg", "image/png", "application/pdf"})


def inspect(
    path: Path, data: bytes, *, name: str = "a.jpg", accept: frozenset[str] | None = None, max_bytes: int = MAX_BYTES
) -> Inspection:
    path.write_bytes(data)
    return inspect_upload(path, claimed_name=name, accept=accept, max_bytes=max_bytes)


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def test_inspect_upload_takes_a_file_of_exactly_the_limit(upload: Path) -> None:
    data = samples.jpeg()

    inspection = inspect(upload, data, max_bytes=len(data))

    assert inspection.sha256 == hashlib.sha256(data).hexdigest()


def test_inspect_upload_takes_a_file_of_one_byte_less_than_the_limit(upload: Path) -> None:
    data = samples.jpeg()

    assert inspect(upload, data, max_bytes=len(data) + 1).size == len(data)


def test_inspect_upload_refuses_one_byte_over_the_limit_and_says_both_sizes(upload: Path) -> None:
    data = samples.jpeg()

    with pytest.raises(UploadRefused, match=f"{len(data):,} bytes; the limit is {len(data) - 1:,} bytes") as refusal:
        inspect(upload, data, max_bytes=len(data) - 1)

    assert refusal.value.code == "too_large"


def test_inspect_upload_names_what_is_accepted_and_what_the_name_claims(upload: Path) -> None:
    with pytest.raises(UploadRefused) as refusal:
        inspect(upload, samples.mp4(), name="passport.jpg", accept=PAPERS)

    assert refusal.value.code == "not_accepted"
    assert "an MP4 video, although its name ends in .jpg" in refusal.value.message
    assert "JPEG, PNG or PDF" in refusal.value.message


def test_inspect_upload_never_repeats_the_claimed_name(upload: Path) -> None:
    with pytest.raises(UploadRefused) as refusal:
        inspect(upload, b"<html></html>", name="Marta Kowalczyk 1991.<b>jpg</b>")

    assert "Marta" not in refusal.value.message
    assert "<" not in refusal.value.message


def test_inspect_upload_notes_a_wrong_extension(upload: Path) -> None:
    inspection = inspect(upload, samples.png(), name="front.jpg")

    assert inspection.notes == ("The name ends in .jpg, but this is a PNG picture. It is handled as .png.",)


def test_inspect_upload_has_no_notes_on_an_ordinary_photo(upload: Path) -> None:
    assert inspect(upload, samples.jpeg(), name="FRONT.JPEG").notes == ()


def test_inspect_upload_gives_the_size_as_a_person_sees_it(upload: Path) -> None:
    inspection = inspect(upload, samples.turned_jpeg(6))

    assert (inspection.width, inspection.height, inspection.orientation) == (240, 160, 6)


def test_inspect_upload_notes_place_and_turned_camera(upload: Path) -> None:
    notes = " ".join(inspect(upload, samples.photo_with_place()).notes)

    assert "GPS" in notes
    assert "upright" in notes


@pytest.mark.parametrize(
    ("make", "word"), [(lambda: samples.jpeg(mode="CMYK"), "CMYK"), (samples.rgb16_png, "16 bits")]
)
def test_inspect_upload_notes_unusual_colours(make: object, word: str, upload: Path) -> None:
    assert word in " ".join(inspect(upload, make()).notes)


def test_inspect_upload_counts_the_pages_of_a_pdf(upload: Path) -> None:
    inspection = inspect(upload, pdfs.pdf(3), name="bill.pdf")

    assert (inspection.family, inspection.pages) == ("pdf", 3)


def test_inspect_upload_reads_the_size_of_a_video(upload: Path) -> None:
    for data in (samples.mp4(), samples.webm()):
        inspection = inspect(upload, data)

        assert (inspection.family, inspection.width, inspection.height) == ("video", 64, 48)


def test_inspect_upload_takes_json_only_where_named(upload: Path) -> None:
    accept = frozenset({"application/json", "application/pdf"})

    inspection = inspect(upload, b'\xef\xbb\xbf {"result": "clear", "name": "\xe7\x8e\x8b"}', name="a", accept=accept)

    assert (inspection.family, inspection.extension, inspection.width) == ("data", "json", None)


@pytest.mark.parametrize("data", [b'{"a": ', b"[" * 100_000, b"{'a': 1}", b'{"a": NaN} x'])
def test_inspect_upload_refuses_broken_json(data: bytes, upload: Path) -> None:
    with pytest.raises(UploadRefused) as refusal:
        inspect(upload, data, accept=frozenset({"application/json"}))

    assert refusal.value.code == "json_damaged"


def test_inspect_upload_takes_plain_text_only_where_named(upload: Path) -> None:
    inspection = inspect(upload, "Überprüft\n".encode(), name="a.txt", accept=frozenset({"text/plain"}))

    assert (inspection.content_type, inspection.extension) == ("text/plain", "txt")


def test_accepted_words_reads_as_a_sentence() -> None:
    assert accepted_words(frozenset({"application/pdf"})) == "PDF"
    assert accepted_words(PAPERS) == "JPEG, PNG or PDF"
    assert "JSON" not in accepted_words(None)


def test_find_markup_passes_over_chance_hits_in_compressed_data() -> None:
    assert find_markup(b"\x00<svg >\x9c\x01\xff\xfe\x00\x00\x00\x00\x00\x00\x00\x00") is None
    assert find_markup(b"\x00<svg onload=alert(1)>") == "an SVG drawing"


def test_find_in_trailer_sees_markup_across_the_border_of_two_reads(upload: Path) -> None:
    border = 1024 * 1024
    upload.write_bytes(bytes(border - 4) + b"<script>alert(1)</script>" + bytes(20))

    with upload.open("rb") as stream:
        assert find_in_trailer(stream, 0, upload.stat().st_size) == "a script"
