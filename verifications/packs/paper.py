"""Paper for the summary: fonts for every script, headings, facts, tables that go over pages, pictures."""

from __future__ import annotations

import datetime as dt
import functools
import io
import logging
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
FALLBACKS = {"Devanagari": "Lohit-Devanagari.ttf", "Wide": "DroidSansFallback.ttf"}
"""Loaded only where a text needs them: the second has three megabytes."""
INK, MUTED, RULE, TINT, ACCENT = (28, 32, 36), (96, 100, 108), (217, 217, 224), (246, 247, 249), (13, 116, 206)
LEFT, TOP, BOTTOM, WIDTH, HEIGHT = 18.0, 22.0, 20.0, 174.0, 297.0
TEXT, SMALL, LINE, SMALL_LINE = 9.0, 7.5, 4.6, 3.8
GAP = 3.0
REPLACEMENT = "\ufffd"
FIRST_SHAPED = "\u0300"
"""Below it stand the letters of Latin scripts, one after another."""
TALLEST_PICTURE = 96.0

for _name in ("fpdf", "fontTools"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # what they tell of missing letters quotes the text


@functools.cache
def _letters(file: str) -> frozenset[int]:
    """The code points a font has."""
    with TTFont(FONTS / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def picture_size(width: int, height: int) -> tuple[float, float]:
    """Millimetres: as large as fits, never larger than the pixels at 110 dpi."""
    scale = min(WIDTH / width, TALLEST_PICTURE / height, 25.4 / 110)
    return width * scale, height * scale


class Paper(FPDF):
    """An A4 document whose bytes follow from what is put on it: its time is the one it is given. Used with ``with``."""

    def __init__(self, *, title: str, running: str, footer: str, language: str, made: dt.datetime) -> None:
        super().__init__(format="A4", unit="mm")
        self._running, self._footer = running, footer
        self._loaded: set[str] = set()
        self.set_creation_date(made)
        self.set_title(title)
        self.set_lang(language)
        self.set_creator("Compliance portal")
        self.set_producer("Compliance portal")
        self.set_margins(LEFT, TOP, LEFT)
        self.c_margin = 0
        self.set_auto_page_break(True, BOTTOM)
        self.add_font("Sans", "", FONTS / "DejaVuSans.ttf")
        self.add_font("Sans", "B", FONTS / "DejaVuSans-Bold.ttf")
        self.add_font("Mono", "", FONTS / "DejaVuSansMono.ttf")
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.plain()

    def __enter__(self) -> Paper:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the fonts' files, also where the document was never finished."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def header(self) -> None:
        if self.page_no() == 1:
            return
        self.set_y(10)
        self._font(SMALL, MUTED)
        self.cell(WIDTH, 4, self._running)
        self.set_y(15.5)
        self.line(LEFT, 15.5, LEFT + WIDTH, 15.5)
        self.set_y(TOP)
        self.plain()

    def footer(self) -> None:
        self.set_y(-14)
        self.line(LEFT, self.get_y(), LEFT + WIDTH, self.get_y())
        self.set_y(-12)
        self._font(SMALL, MUTED)
        self.cell(WIDTH - 30, 4, self._footer)
        pages = _("%(page)d of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        too_wide = self.get_string_width("{nb}") - self.get_string_width("00")
        self.cell(30 + too_wide, 4, pages, align="R")
        self.plain()

    def cell(self, *args: Any, **kwargs: Any) -> Any:
        self._shape(args[2] if len(args) > 2 else kwargs.get("text", ""))
        return super().cell(*args, **kwargs)

    def multi_cell(self, *args: Any, **kwargs: Any) -> Any:
        self._shape(args[2] if len(args) > 2 else kwargs.get("text", ""))
        return super().multi_cell(*args, **kwargs)

    @property
    def room(self) -> float:
        """Height that is left on the page."""
        return HEIGHT - BOTTOM - self.get_y()

    def plain(self) -> None:
        self._font(TEXT, INK)

    def fit(self, text: object) -> str:
        """The text with the fonts it needs loaded; a letter that no font has becomes a replacement sign."""
        letters = unicodedata.normalize("NFC", str(text).replace("\r\n", "\n").replace("\t", " "))
        known = _letters("DejaVuSans.ttf")
        missing = {letter for letter in letters if ord(letter) not in known and letter != "\n"}
        for name, file in FALLBACKS.items():
            if missing and any(ord(letter) in _letters(file) for letter in missing):
                self._load(name, file)
                missing = {letter for letter in missing if ord(letter) not in _letters(file)}
        if not missing:
            return letters
        return "".join(
            "" if unicodedata.category(letter) in ("Cf", "Cc") else REPLACEMENT if letter in missing else letter
            for letter in letters
        )

    def heading(self, text: str, *, needs: float = 30.0) -> None:
        """A part of the document, also in its outline; on a new page where little room is left."""
        if self.room < needs:
            self.add_page()
        elif self.get_y() > TOP + 1:
            self.ln(5)
        self.start_section(self.fit(text))
        self._font(13, INK, bold=True)
        self.multi_cell(WIDTH, 6.5, self.fit(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*ACCENT)
        self.set_line_width(0.5)
        self.line(LEFT, self.get_y() + 0.8, LEFT + 14, self.get_y() + 0.8)
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.ln(3.5)
        self.plain()

    def subheading(self, text: str, note: str = "", *, needs: float = 22.0) -> None:
        """What comes next within a part, with a word beside it in small letters."""
        if self.room < needs:
            self.add_page()
        elif self.get_y() > TOP + 1:
            self.ln(1.5)
        self._font(10, INK, bold=True)
        self.multi_cell(WIDTH, 5.2, self.fit(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if note:
            self.small(note)
        self.ln(0.8)
        self.plain()

    def paragraph(self, text: object, *, indent: float = 0.0) -> None:
        """Text over the whole width; goes over pages."""
        self.plain()
        for part in self.fit(text).split("\n"):
            self.set_x(LEFT + indent)
            self.multi_cell(WIDTH - indent, LINE, part or " ", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def small(self, text: object, *, mono: bool = False) -> None:
        """A line of small grey letters."""
        self._font(SMALL, MUTED, mono=mono)
        self.multi_cell(WIDTH, SMALL_LINE, self.fit(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.plain()

    def quote(self, text: object) -> None:
        """What a person wrote, with a rule beside it; goes over pages."""
        self.plain()
        for part in self.fit(text).split("\n"):
            for line in self._lines(part, WIDTH - 6) or [" "]:
                if self.room < LINE:
                    self.add_page()
                y = self.get_y()
                self.set_fill_color(*RULE)
                self.rect(LEFT, y, 0.8, LINE, style="F")
                self.set_xy(LEFT + 4, y)
                self.cell(WIDTH - 6, LINE, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.5)

    def facts(
        self, pairs: Iterable[tuple[str, object]], *, label_width: float = 44.0, mono: Sequence[str] = ()
    ) -> None:
        """Label and value under each other; empty values are left out. ``mono``: labels of ids and hashes."""
        for label, value in pairs:
            if value in (None, ""):
                continue
            text, name = self.fit(value), self.fit(label)
            is_mono = label in mono
            self._value_font(is_mono)
            width = WIDTH - label_width - GAP
            height = max(self._height(text, width), self._label_height(name, label_width))
            if height > self.room and height < HEIGHT - TOP - BOTTOM:
                self.add_page()
            page, y = self.page, self.get_y()
            self._font(TEXT, MUTED)
            self.set_xy(LEFT, y)
            self.multi_cell(label_width, LINE, name, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            label_end = self.get_y()
            self._value_font(is_mono)
            self.set_xy(LEFT + label_width + GAP, y)
            self.multi_cell(width, LINE, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            if self.page == page:
                self.set_y(max(self.get_y(), label_end))
            self.ln(0.7)
        self.plain()

    def listing(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[object]],
        shares: Sequence[float],
        *,
        mono: Sequence[int] = (),
    ) -> None:
        """A table over the whole width; its head is repeated on every page it goes over. ``mono``: columns."""
        widths = [WIDTH * share / sum(shares) for share in shares]
        titles = [self.fit(title) for title in head]
        self._table_head(titles, widths)
        for row in rows:
            cells = [self.fit(cell) for cell in row]
            height = max(
                self._cell_height(text, width, column in mono)
                for column, (text, width) in enumerate(zip(cells, widths, strict=True))
            )
            if height > self.room:
                self.add_page()
                self._table_head(titles, widths)
            self._row(cells, widths, height, mono)
        self.ln(2)
        self.plain()

    def picture(self, content: bytes, *, width: int, height: int, about: str) -> None:
        """A picture as large as ``picture_size`` says; on a new page where it must."""
        wide, tall = picture_size(width, height)
        if tall + 4 > self.room:
            self.add_page()
        y = self.get_y()
        self.image(io.BytesIO(content), x=LEFT, y=y, w=wide, h=tall, alt_text=about)
        self.rect(LEFT, y, wide, tall)
        self.set_y(y + tall + 3)

    def box(self, title: str, text: str) -> None:
        """What matters most of a page."""
        title, text = self.fit(title), self.fit(text)
        self._font(15, INK, bold=True)
        height = 13 + 7 * len(self._lines(text, WIDTH - 14))
        y = self.get_y()
        self.set_fill_color(*TINT)
        self.rect(LEFT, y, WIDTH, height, style="F")
        self.set_fill_color(*ACCENT)
        self.rect(LEFT, y, 1.4, height, style="F")
        self.set_xy(LEFT + 7, y + 3.5)
        self._font(SMALL, MUTED)
        self.cell(WIDTH - 14, 4, title)
        self.set_xy(LEFT + 7, y + 8.5)
        self._font(15, INK, bold=True)
        self.multi_cell(WIDTH - 14, 7, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(y + height + 4)
        self.plain()

    def large(self, text: str, size: float) -> None:
        """A line of a title page."""
        self._font(size, INK, bold=True)
        self.multi_cell(WIDTH, size * 0.5, self.fit(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.plain()

    def _table_head(self, titles: Sequence[str], widths: Sequence[float]) -> None:
        self._font(SMALL, MUTED, bold=True)
        height = max(len(self._lines(text, width - GAP)) for text, width in zip(titles, widths, strict=True))
        tall = height * SMALL_LINE + 2.4
        if tall + 8 > self.room:
            self.add_page()
        self._font(SMALL, MUTED, bold=True)
        x, y = LEFT, self.get_y()
        self.set_fill_color(*TINT)
        self.rect(LEFT, y, WIDTH, tall, style="F")
        for text, width in zip(titles, widths, strict=True):
            self.set_xy(x + GAP / 2, y + 1.2)
            self.multi_cell(width - GAP, SMALL_LINE, text, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
            x += width
        self.set_y(y + tall)

    def _row(self, cells: Sequence[str], widths: Sequence[float], height: float, mono: Sequence[int]) -> None:
        x, y = LEFT, self.get_y()
        self.set_auto_page_break(False)
        for column, (text, width) in enumerate(zip(cells, widths, strict=True)):
            self._cell_font(column in mono)
            self.set_xy(x + GAP / 2, y + 1)
            self.multi_cell(width - GAP, SMALL_LINE, text, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
            x += width
        self.set_auto_page_break(True, BOTTOM)
        self.set_y(y + height)
        self.line(LEFT, y + height, LEFT + WIDTH, y + height)

    def _cell_height(self, text: str, width: float, is_mono: bool) -> float:
        self._cell_font(is_mono)
        return len(self._lines(text, width - GAP)) * SMALL_LINE + 2

    def _cell_font(self, is_mono: bool) -> None:
        self._font(6.2 if is_mono else SMALL, INK, mono=is_mono)

    def _value_font(self, is_mono: bool) -> None:
        self._font(7.6 if is_mono else TEXT, INK, mono=is_mono)

    def _height(self, text: str, width: float) -> float:
        return len(self._lines(text, width)) * LINE

    def _label_height(self, text: str, width: float) -> float:
        self._font(TEXT, MUTED)
        return self._height(text, width)

    def _lines(self, text: str, width: float) -> list[str]:
        """The lines the text takes in the present font."""
        self._shape(text)
        if "\n" not in text and self.get_string_width(text) < width:
            return [text]
        lines = self.multi_cell(width, LINE, text, align="L", dry_run=True, output=MethodReturnValue.LINES)
        return list(lines) if isinstance(lines, list) else [text]

    def _shape(self, text: str) -> None:
        """Joining and ordering of letters, where a script asks for it: it takes most of the time there is."""
        self.set_text_shaping(bool(text) and max(text) >= FIRST_SHAPED)

    def _load(self, name: str, file: str) -> None:
        if name not in self._loaded:
            self.add_font(name, "", FONTS / file)
            self._loaded.add(name)
            self.set_fallback_fonts([one for one in FALLBACKS if one in self._loaded], exact_match=False)

    def _font(self, size: float, color: tuple[int, int, int], *, bold: bool = False, mono: bool = False) -> None:
        self.set_font("Mono" if mono else "Sans", "B" if bold and not mono else "", size)
        self.set_text_color(*color)
