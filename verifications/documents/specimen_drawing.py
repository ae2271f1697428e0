"""Drawn specimens: a passport page, cards and a face. Every sheet says SPECIMEN and shows an invented person."""

from __future__ import annotations

import colorsys
import functools
import math
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from verifications.documents.transliteration import to_latin

PASSPORT_SIZE = (1420, 1000)
CARD_SIZE = (1280, 808)
FACE_SIZE = (900, 1200)

_INK, _LABEL, _TITLE = (24, 26, 30), (104, 110, 118), (122, 28, 38)
_PHOTO, _FIGURE = (199, 206, 215), (154, 166, 178)
_BAND = (243, 241, 234)
_SKIN = ((244, 214, 190), (226, 184, 150), (198, 148, 110), (158, 108, 76), (110, 74, 52))
_HAIR = ((38, 30, 28), (84, 56, 38), (140, 98, 56), (206, 170, 110), (150, 150, 154))
_SHIRTS = ((48, 82, 130), (120, 52, 66), (54, 104, 84), (90, 90, 100), (176, 130, 60))

_OCR_B = Path(__file__).parent / "data" / "ocr-b" / "OCRB.otf"
_OCR_B_PITCH = 0.723  # width of a letter, in the size of the font

Fields = Sequence[tuple[str, str]]


def data_page(title: str, fields: Fields, lines: Sequence[str], *, seed: int) -> Image.Image:
    """A passport page: title, photo, fields and two machine-readable lines."""
    image = _sheet(PASSPORT_SIZE, seed, warm=True)
    draw = ImageDraw.Draw(image)
    draw.text((56, 44), title, font=font(40), fill=_TITLE)
    _portrait(image, (56, 130, 426, 612), seed)
    _fields(draw, (484, 128), fields, gap=96)
    _machine_lines(image, lines, height=200)
    return _framed(image)


def card_front(title: str, fields: Fields, *, seed: int) -> Image.Image:
    """A card with title, photo and fields."""
    image = _sheet(CARD_SIZE, seed, warm=False)
    draw = ImageDraw.Draw(image)
    draw.text((48, 38), title, font=font(36), fill=_TITLE)
    _portrait(image, (48, 124, 372, 546), seed)
    _fields(draw, (424, 120), fields, gap=90)
    return _framed(image)


def card_back(title: str, fields: Fields, lines: Sequence[str], *, seed: int) -> Image.Image:
    """The back of a card: fields, a chip, and the machine-readable lines, if it has any."""
    image = _sheet(CARD_SIZE, seed + 1, warm=False)
    draw = ImageDraw.Draw(image)
    draw.text((48, 38), title, font=font(30), fill=_TITLE)
    _fields(draw, (48, 112), fields, gap=80)
    draw.rounded_rectangle((1020, 130, 1180, 254), 18, fill=(214, 188, 120), outline=(150, 126, 70), width=3)
    for x in (1073, 1127):
        draw.line((x, 130, x, 254), fill=(150, 126, 70), width=3)
    draw.line((1020, 192, 1180, 192), fill=(150, 126, 70), width=3)
    if lines:
        _machine_lines(image, lines, height=260)
    return _framed(image)


def categories(title: str, rows: Sequence[tuple[str, str, str]], *, seed: int) -> Image.Image:
    """The back of a driving licence: a table of vehicle classes with their dates."""
    image = _sheet(CARD_SIZE, seed + 1, warm=False)
    draw = ImageDraw.Draw(image)
    draw.text((48, 38), title, font=font(30), fill=_TITLE)
    for index, row in enumerate((("Class", "From", "Until"), *rows)):
        y = 120 + index * 76
        for x, text in zip((72, 420, 800), row, strict=True):
            draw.text((x, y), text, font=font(24 if index == 0 else 32), fill=_LABEL if index == 0 else _INK)
        draw.line((48, y + 58, 1232, y + 58), fill=(176, 182, 188), width=2)
    return _framed(image)


def face(*, seed: int, shift: float = 0.0) -> Image.Image:
    """A drawn selfie. ``shift`` from -1 to 1 turns the head a little, for the frames of a video."""
    dice = random.Random(seed)  # noqa: S311 - looks, not secrets
    skin, hair, shirt = dice.choice(_SKIN), dice.choice(_HAIR), dice.choice(_SHIRTS)
    image = _gradient(FACE_SIZE, (226, 230, 236), (176, 186, 198))
    draw = ImageDraw.Draw(image)
    x = 450 + round(36 * shift)
    draw.ellipse((90, 880, 810, 1640), fill=shirt)
    draw.rounded_rectangle((370, 740, 530, 960), 70, fill=_darker(skin, 0.9))
    draw.ellipse((x - 232, 250, x + 232, 790), fill=hair)
    draw.ellipse((x - 200, 300, x + 200, 850), fill=skin)
    draw.chord((x - 214, 262, x + 214, 620), 190, 350, fill=hair)
    look = round(14 * shift)
    for side in (-1, 1):
        eye = x + side * 82 + look
        draw.ellipse((eye - 34, 540, eye + 34, 578), fill=(250, 250, 250))
        draw.ellipse((eye - 15 + look, 543, eye + 15 + look, 574), fill=(52, 44, 40))
        draw.arc((eye - 48, 490, eye + 48, 560), 205, 335, fill=_darker(hair, 0.9), width=11)
    draw.arc((x - 30 + look, 590, x + 34 + look, 668), 20, 160, fill=_darker(skin, 0.75), width=8)
    draw.arc((x - 86 + look, 640, x + 86 + look, 750), 25, 155, fill=(166, 78, 78), width=12)
    draw.text((24, 1146), "SPECIMEN · drawn, not a person", font=font(28), fill=(250, 250, 250))
    return image


@functools.cache
def font(size: int, name: str = "DejaVuSans.ttf") -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of Debian's where it is installed, else the plain one that Pillow brings (basic Latin only)."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return ImageFont.load_default(size=size)


def drawable(text: str, size: int = 32) -> str:
    """The text, or its spelling in A to Z where the font at hand lacks one of its letters."""
    missing = bytes(font(size).getmask("\uffff"))
    if all(character.isspace() or bytes(font(size).getmask(character)) != missing for character in text):
        return text
    return to_latin(text) or "SPECIMEN"


def _sheet(size: tuple[int, int], seed: int, *, warm: bool) -> Image.Image:
    """Tinted paper with fine wavy lines, a different tint for each seed."""
    dice = random.Random(seed)  # noqa: S311 - looks, not secrets
    hue = dice.uniform(0.09, 0.15) if warm else dice.uniform(0.35, 0.68)
    paper = _rgb(hue, 0.075, 0.91)
    image = _gradient(size, paper, _rgb(hue, 0.10, 0.87))
    draw = ImageDraw.Draw(image)
    line = _rgb(hue, 0.13, 0.84)
    for wave in range(0, size[1] + 120, 26):
        points = [(x, wave - 60 + 26 * math.sin(x / 130 + wave / 90)) for x in range(0, size[0] + 20, 20)]
        draw.line(points, fill=line, width=2)
    return image


def _portrait(image: Image.Image, box: tuple[int, int, int, int], seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - looks, not secrets
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    photo = Image.new("RGB", (width, height), _PHOTO)
    draw = ImageDraw.Draw(photo)
    slim = dice.uniform(0.21, 0.25)
    draw.ellipse((width * 0.14, height * 0.57, width * 0.86, height * 1.25), fill=_FIGURE)
    draw.ellipse((width * (0.5 - slim), height * 0.16, width * (0.5 + slim), height * 0.62), fill=_FIGURE)
    draw.rectangle((0, height * 0.88, width, height), fill=_PHOTO)
    image.paste(photo, (left, top))


def _fields(draw: ImageDraw.ImageDraw, corner: tuple[int, int], fields: Fields, *, gap: int) -> None:
    x, y = corner
    for label, value in fields:
        draw.text((x, y), label, font=font(23), fill=_LABEL)
        draw.text((x, y + 28), drawable(value), font=font(36), fill=_INK)
        y += gap


def _machine_lines(image: Image.Image, lines: Sequence[str], *, height: int) -> None:
    """Letters of OCR-B in cells of one width, as on real documents."""
    draw = ImageDraw.Draw(image)
    top = image.height - height
    draw.rectangle((0, top, image.width, image.height), fill=_BAND)
    cell = (image.width - 88) / max(len(line) for line in lines)
    step = (height - 40) / len(lines)
    letters = font(round(cell / _OCR_B_PITCH), str(_OCR_B))
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            place = (44 + (column + 0.5) * cell, top + 20 + (row + 0.5) * step + cell / 2)
            draw.text(place, character, font=letters, fill=_INK, anchor="ms")


def _framed(image: Image.Image) -> Image.Image:
    """The sheet with rounded corners on a dark table, as a photo shows it."""
    table = Image.new("RGB", (image.width + 80, image.height + 80), (38, 42, 50))
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, image.width - 1, image.height - 1), 26, fill=255)
    table.paste(image, (40, 40), mask)
    return table


def _gradient(size: tuple[int, int], above: tuple[int, int, int], below: tuple[int, int, int]) -> Image.Image:
    shade = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, below), Image.new("RGB", size, above), shade)


def _darker(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    return round(colour[0] * share), round(colour[1] * share), round(colour[2] * share)


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
