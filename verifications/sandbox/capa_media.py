"""Small pictures drawn by the stand-in itself: a baseline JPEG of flat grey blocks, so that no file has to lie here."""

from __future__ import annotations

IMAGES = {
    "frontIdImageUrl": "front.jpg",
    "backIdImageUrl": "back.jpg",
    "selfieImageUrl": "selfie.jpg",
}
DRAWINGS = {
    "front.jpg": (
        "####################",
        "#                  #",
        "#  ###    +++++++  #",
        "# #####            #",
        "#  ###    +++++    #",
        "# #####            #",
        "#         +++++++  #",
        "#                  #",
        "#  ++++++++++++++  #",
        "####################",
    ),
    "back.jpg": (
        "####################",
        "####################",
        "#                  #",
        "#  +++++++++++++   #",
        "#                  #",
        "#  +++++++++       #",
        "#                  #",
        "#  ##############  #",
        "#  ##############  #",
        "####################",
    ),
    "selfie.jpg": (
        "++++++++++++",
        "++++    ++++",
        "+++      +++",
        "+++ #  # +++",
        "+++      +++",
        "+++  ##  +++",
        "++++    ++++",
        "+++++  +++++",
        "++        ++",
        "+          +",
    ),
}
SHADES = {" ": 235, "+": 170, "#": 60}
BLOCK = 8
# How many bits a difference of these shades can have, and the code that says so.
SIZE_CODES = {0: "000", 6: "001", 7: "010", 8: "011"}
END_OF_BLOCK = "0"


def picture(name: str) -> bytes | None:
    """The JPEG of this name, or None."""
    rows = DRAWINGS.get(name)
    return _jpeg([[SHADES[cell] for cell in row] for row in rows]) if rows else None


def _jpeg(shades: list[list[int]]) -> bytes:
    """Grey blocks of 8 by 8: only the first coefficient of each, with a quantum of 8, so that shade steps are 1."""
    height, width = len(shades) * BLOCK, len(shades[0]) * BLOCK
    size = height.to_bytes(2) + width.to_bytes(2)
    sizes = bytes([0, 0, len(SIZE_CODES)]) + bytes(13) + bytes(SIZE_CODES)
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            _segment(0xDB, b"\0" + bytes([8]) * 64),
            _segment(0xC0, b"\x08" + size + b"\1\1\x11\0"),
            _segment(0xC4, b"\0" + sizes),
            _segment(0xC4, b"\x10" + bytes([1]) + bytes(15) + b"\0"),
            _segment(0xDA, b"\1\1\0\0\x3f\0"),
            _scan([shade for row in shades for shade in row]),
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def _scan(shades: list[int]) -> bytes:
    bits, last = [], 0
    for shade in shades:
        level = shade - 128
        difference, last = level - last, level
        size = abs(difference).bit_length()
        value = difference if difference >= 0 else difference + (1 << size) - 1
        bits += [SIZE_CODES[size], f"{value:0{size}b}" if size else "", END_OF_BLOCK]
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    packed = int(text, 2).to_bytes(len(text) // 8)
    return packed.replace(b"\xff", b"\xff\0")
