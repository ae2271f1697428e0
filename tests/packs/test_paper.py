"""The paper of the summary: the same bytes each time, every script readable, nothing outside of the margins."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable

import pypdf
import pypdfium2
import pytest

from tests.factories import NOON, specimen
from verifications.packs.paper import FONTS, REPLACEMENT, TALLEST_PICTURE, WIDTH, Paper, picture_size

SCRIPTS = {
    "Latin": "Zoë Ōkřęć-Łuszczyńska",
    "Cyrillic": "Пётр Їжак",
    "Greek": "Ελένη Παπαδοπούλου",
    "Arabic": "محمد بن عبد الله",
    "Hebrew": "יוסף כהן",
    "Chinese": "张伟 臺灣",
    "Japanese": "山田太郎 さくら カナ",
    "Korean": "김민수",
    "Devanagari": "अनिता शर्मा",
}


def paper(fill: Callable[[Paper], None], *, made: dt.datetime = NOON) -> bytes:
    with new_paper(made) as sheet:
        sheet.add_page()
        fill(sheet)
        return bytes(sheet.output())


def new_paper(made: dt.datetime = NOON) -> Paper:
    return Paper(title="T", running="Evidence pack CASE-1", footer="CASE-1 · pack 1", language="en", made=made)


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def ink_box(content: bytes, page: int) -> tuple[float, float]:
    """Left and right end of what is drawn on a page, in millimetres."""
    document = pypdfium2.PdfDocument(content)
    try:
        picture = document[page].render(scale=1).to_pil().convert("L").point(lambda grey: 255 if grey < 250 else 0)
        left, _top, right, _bottom = picture.getbbox()
        return left * 210 / picture.width, right * 210 / picture.width
    finally:
        document.close()


def test_the_same_content_gives_the_same_bytes_and_another_time_other_ones() -> None:
    def fill(sheet: Paper) -> None:
        sheet.paragraph(" ".join(SCRIPTS.values()))
        sheet.picture(specimen(), width=1200, height=860, about="Front")

    assert paper(fill) == paper(fill)
    assert paper(fill) != paper(fill, made=NOON + dt.timedelta(seconds=1))


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_of_every_script_have_their_letters(script: str) -> None:
    with new_paper() as sheet:
        assert REPLACEMENT not in sheet.fit(SCRIPTS[script])


def test_a_letter_that_no_font_has_is_seen_to_be_missing_and_invisible_ones_are_gone() -> None:
    with new_paper() as sheet:
        assert sheet.fit("a\U00012000b\x07c") == f"a{REPLACEMENT}bc"


def test_a_table_repeats_its_head_on_every_page_and_pages_are_numbered() -> None:
    rows = [[f"row {number}", "x " * 60] for number in range(70)]

    pages = pages_of(paper(lambda sheet: sheet.listing(["Number of it", "Words"], rows, [1, 3])))

    assert len(pages) > 2
    assert all("Number of it" in page for page in pages)
    assert [f"{number} of {len(pages)}" in page for number, page in enumerate(pages, start=1)] == [True] * len(pages)
    assert sum(page.count("row ") for page in pages) == 70
    assert all("CASE-1 · pack 1" in page for page in pages)


def test_nothing_reaches_beyond_the_margins_however_long_a_word_is() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 12

    def fill(sheet: Paper) -> None:
        sheet.heading(word)
        sheet.subheading(word, word)
        sheet.paragraph(word)
        sheet.quote(f"{word}\n\n{word}")
        sheet.facts([("Label " + word, word), ("Id", "f" * 300)], mono=("Id",))
        sheet.listing([word, "b"], [[word, "c" * 200]], [1, 1], mono=[1])
        sheet.box("Outcome", word)

    content = paper(fill)

    for page in range(len(pages_of(content))):
        left, right = ink_box(content, page)
        assert left > 17
        assert right < 193.5


@pytest.mark.parametrize(("width", "height"), [(4000, 300), (300, 4000), (100, 80), (1600, 1100)])
def test_a_picture_fits_and_is_not_blown_up(width: int, height: int) -> None:
    wide, tall = picture_size(width, height)

    assert wide <= WIDTH + 0.01
    assert tall <= TALLEST_PICTURE + 0.01
    assert wide <= width * 25.4 / 110 + 0.01
    assert abs(wide / tall - width / height) < 0.01


def test_the_fonts_are_the_ones_that_are_noted_with_their_licences() -> None:
    noted = dict(re.findall(r"^\| `([\w.-]+)` .* `([0-9a-f]{64})` \|$", (FONTS / "FONTS.md").read_text(), re.MULTILINE))

    assert noted == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.ttf")}
    assert len(list(FONTS.glob("LICENSE-*"))) == 3
