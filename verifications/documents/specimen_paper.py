"""A one-page PDF of a drawn-up household bill, written by hand: text and lines, no picture."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from verifications.documents.transliteration import to_latin

_A4 = (595, 842)
_STREETS = ("Lindenweg", "Harbour Road", "Rue des Tilleuls", "Calle Mayor", "Mill Lane", "Via Roma")
_MONEY_ROWS = ("Standing charge", "Electricity, day", "Electricity, night", "Grid fee", "Value added tax")


def utility_bill(*, name: str, number: str, country: str, issued: dt.date, seed: int) -> bytes:
    """Return a PDF bill addressed to ``name``, marked SPECIMEN, issued on the given day."""
    dice = random.Random(seed)  # noqa: S311 - looks, not secrets
    amounts = [dice.randint(400, 6000) for _ in _MONEY_ROWS]
    address = f"{dice.choice(_STREETS)} {dice.randint(1, 180)}"
    marks = [
        "0.11 0.31 0.52 rg 0 762 595 80 re f 1 1 1 rg",
        _text(48, 806, 22, "Utopia Power and Water", bold=True),
        _text(48, 784, 11, "SPECIMEN - not a real company, not a real bill"),
        "0 0 0 rg",
        _text(48, 706, 11, to_latin(name).title() or "Specimen"),
        _text(48, 690, 11, address),
        _text(48, 674, 11, f"{dice.randint(10000, 99999)} Specimen, {country.upper()}"),
        _text(380, 706, 10, f"Bill date   {issued:%d %b %Y}"),
        _text(380, 690, 10, f"Customer   {to_latin(number)}"),
        _text(380, 674, 10, f"Meter   {dice.randint(10**7, 10**8)}"),
        _text(48, 610, 15, f"Your bill for {issued:%B %Y}", bold=True),
    ]
    for row, (label, cents) in enumerate(zip(_MONEY_ROWS, amounts, strict=True)):
        y = 570 - row * 26
        marks += [_text(48, y, 11, label), _text(470, y, 11, f"{cents / 100:8.2f} EUR")]
        marks.append(f"0.8 G 48 {y - 8} m 547 {y - 8} l S")
    marks += [
        _text(48, 424, 13, "To pay", bold=True),
        _text(462, 424, 13, f"{sum(amounts) / 100:8.2f} EUR", bold=True),
        "0.90 0.90 0.92 rg",
        "q 0.707 0.707 -0.707 0.707 170 110 cm " + _text(0, 0, 84, "SPECIMEN", bold=True) + " Q",
    ]
    return pdf_of_pages(["\n".join(marks)])


def pdf_of_pages(contents: Sequence[str], *, size: tuple[int, int] = _A4) -> bytes:
    """Return a PDF whose pages draw the given content streams; fonts F1 (regular) and F2 (bold) are at hand."""
    first_page = 5
    kids = " ".join(f"{first_page + 2 * index} 0 R" for index in range(len(contents)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for index, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] "
            f"/Contents {first_page + 2 * index + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for index, item in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{index} 0 obj\n{item}\nendobj\n".encode("latin-1")
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    return body + trailer.encode() + f"startxref\n{len(body)}\n%%EOF\n".encode()


def _text(x: int, y: int, size: int, text: str, *, bold: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{'F2' if bold else 'F1'} {size} Tf {x} {y} Td ({escaped}) Tj ET"
