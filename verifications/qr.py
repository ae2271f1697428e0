"""QR codes as the outline of an SVG: no picture file, no style, nothing that a strict page policy would refuse."""

from __future__ import annotations

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Light modules around the code, as the standard wants them."""


@dataclass(frozen=True, repr=False)
class QrPicture:
    """``side`` is the length of the view box, ``outline`` the ``d`` of one path that fills every dark module."""

    side: int
    outline: str


def qr_picture(text: str) -> QrPicture:
    """The QR code of an address, with a quarter of slack for a bad print or a dirty screen."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    outline = "".join(_runs(y, row) for y, row in enumerate(rows))
    return QrPicture(side=len(rows), outline=outline)


def _runs(y: int, row: list[bool]) -> str:
    """Each run of dark modules in a row as one rectangle."""
    found, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            found.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
        x += 1
    return "".join(found)
