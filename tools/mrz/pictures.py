"""Pictures of documents that no state issued: random zones in OCR-B, drawn on sheets and photographed badly on purpose.

For training and measuring the reader. Every picture comes with the places of its characters.
"""

from __future__ import annotations

import functools
import io
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from verifications.documents import mrz_checks
from verifications.documents.mrz import check_digit
from verifications.documents.mrz_band import homography

FONTS = Path(mrz_checks.__file__).parent / "data" / "ocr-b"
_PITCH = 0.723  # of an OCR-B letter, in its size
_CONFUSED = "O0B8S5I1Z2G6QD"
_STATES = (
    "UTO",
    "D<<",
    "FRA",
    "POL",
    "UKR",
    "KEN",
    "IND",
    "USA",
    "BRA",
    "JPN",
    "SWE",
    "NGA",
    "VNM",
    "XXA",
    "QZW",
    "HJM",
)
_LETTERS = np.array(list(mrz_checks.LETTERS))
_COMMON = np.array(list("AEIONRSTLMKDUBCGHPVZYJFW"))


@dataclass(frozen=True)
class Sheet:
    """A drawn document in grey, and the middle of each character in it, line by line."""

    image: Image.Image
    lines: tuple[str, ...]
    places: NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """How a sheet is photographed."""

    width: int = 1500
    angle: float = 0.0
    tilt: float = 0.0
    desk: float = 0.0
    shade: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    quality: int | None = None
    turn: int = 0


def random_lines(dice: np.random.Generator, form: str) -> tuple[str, ...]:
    """The lines of an invented document; ``form`` is TD1, TD2 or TD3."""
    state, nation = dice.choice(_STATES), dice.choice(_STATES)
    number = "".join(dice.choice(list(_CONFUSED if dice.random() < 0.4 else mrz_checks.ALPHABET[:36]), 9))
    number = number[: dice.integers(7, 10)].ljust(9, "<")
    number += check_digit(number)
    birth = _date(dice, 40, 110)
    expiry = _date(dice, 24, 40)
    sex = dice.choice(list("MF<X"), p=[0.45, 0.45, 0.08, 0.02])
    kind = "P" if form == "TD3" else dice.choice(list("ICA"))
    kind += dice.choice(_LETTERS) if dice.random() < 0.2 else "<"
    optional_length = {"TD3": 14, "TD2": 7, "TD1": 15}[form]
    optional = _optional(dice, optional_length)
    if form == "TD1":
        first = kind + state + number + optional
        rest = _optional(dice, 11)
        composite = check_digit(first[5:] + birth + expiry + rest)
        return first, birth + sex + expiry + nation + rest + composite, _names(dice, 30)
    length = 44 if form == "TD3" else 36
    middle = optional
    if form == "TD3":
        middle += check_digit(optional) if optional.strip("<") or dice.random() < 0.5 else "<"
    composite = check_digit(number + birth + expiry + middle)
    second = number + nation + birth + sex + expiry + middle + composite
    return kind + state + _names(dice, length - 5), second


def draw_sheet(dice: np.random.Generator, lines: tuple[str, ...]) -> Sheet:
    """A sheet with print, a portrait and fine lines in the background, and the zone at its foot."""
    rows, columns = len(lines), len(lines[0])
    width = 1500
    margin = dice.uniform(0.02, 0.05) * width
    pitch = (width - 2 * margin) / columns
    apart = pitch * dice.uniform(1.9, 2.6)
    height = int(width * (0.7 if rows == 2 else 0.63))
    paper = int(dice.integers(190, 250))
    image = Image.new("L", (width, height), paper)
    draw = ImageDraw.Draw(image)
    _decorate(draw, dice, paper, width, height)
    foot = dice.uniform(0.9, 1.6) * pitch + pitch / 2
    top = height - foot - apart * (rows - 1)
    if dice.random() < 0.6:
        draw.rectangle((0, top - apart * 0.8, width, height), fill=min(255, paper + int(dice.integers(0, 14))))
    elif dice.random() < 0.5:
        _waves(draw, dice, paper - int(dice.integers(6, 28)), width, height)
    size = pitch / _PITCH * dice.uniform(0.93, 1.04)
    name = "OCRBS.otf" if dice.random() < 0.3 else "OCRB.otf"
    letters = _font(name, round(size, 1))
    stroke = 1 if dice.random() < 0.2 else 0
    ink = int(dice.integers(10, 70))
    places = np.zeros((rows, columns, 2))
    for row, line in enumerate(lines):
        baseline = top + row * apart + pitch / 2
        left = margin + dice.uniform(-0.2, 0.2) * pitch
        for column, character in enumerate(line):
            x = left + (column + 0.5) * pitch
            draw.text((x, baseline), character, font=letters, fill=ink, anchor="ms", stroke_width=stroke)
            places[row, column] = x, baseline - pitch / 2
    return Sheet(image, lines, places)


def random_plan(dice: np.random.Generator) -> Plan:
    """One of many ways to take a bad picture; most have two or three faults at once."""

    def sometimes(share: float, low: float, high: float) -> float:
        return float(dice.uniform(low, high)) if dice.random() < share else 0.0

    plan = Plan(width=int(dice.choice([1000, 1250, 1500, 1800])))
    if dice.random() < 0.25:
        plan = replace(plan, width=int(dice.integers(620, 900)))
    fine = plan.width / 1500
    return replace(
        plan,
        angle=sometimes(0.6, -7, 7),
        tilt=sometimes(0.5, 0.01, 0.10),
        desk=sometimes(0.6, 0.04, 0.3),
        shade=sometimes(0.5, 0.1, 0.5),
        blur=sometimes(0.5, 0.4, 2.2 * fine),
        noise=sometimes(0.5, 3, 20 * min(1.0, fine)),
        quality=int(dice.integers(30, 90)) if dice.random() < 0.7 else None,
    )


def photograph(dice: np.random.Generator, sheet: Sheet, plan: Plan) -> tuple[Image.Image, NDArray[np.float64]]:
    """The sheet as the plan has it, and where its characters are now."""
    scale = plan.width / sheet.image.width
    size = np.array([plan.width, sheet.image.height * scale])
    border = plan.desk * plan.width
    turn = math.radians(plan.angle)
    corners = np.array([(0, 0), (1, 0), (0, 1), (1, 1)]) * size
    if plan.tilt:
        corners = corners + dice.uniform(-plan.tilt, plan.tilt, (4, 2)) * size[1]
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    corners = (corners - size / 2) @ rotation
    low, high = corners.min(axis=0) - border, corners.max(axis=0) + border
    corners -= low
    canvas = np.ceil(high - low).astype(int)
    straight = np.array([(0, 0), (1, 0), (0, 1), (1, 1)]) * np.array(sheet.image.size)
    forth, back = homography(straight, corners), homography(corners, straight)
    source = sheet.image
    if scale < 0.75:
        source = source.filter(ImageFilter.GaussianBlur(0.45 / scale))
    options = {"resample": Image.Resampling.BICUBIC}
    data = tuple(back.ravel()[:8])
    seen = source.transform(tuple(canvas), Image.Transform.PERSPECTIVE, data, **options)
    mask = Image.new("L", source.size, 255).transform(tuple(canvas), Image.Transform.PERSPECTIVE, data, **options)
    photo = _desk(dice, canvas)
    photo.paste(seen, mask=mask)
    flat = np.concatenate([sheet.places.reshape(-1, 2), np.ones((sheet.places.size // 2, 1))], axis=1) @ forth.T
    places = (flat[:, :2] / flat[:, 2:]).reshape(sheet.places.shape)
    photo = _spoil(dice, photo, plan)
    if plan.turn:
        wide, high_ = photo.size
        photo = photo.rotate(plan.turn, expand=True)
        x, y = places[..., 0], places[..., 1]
        moved = {90: (y, wide - 1 - x), 180: (wide - 1 - x, high_ - 1 - y), 270: (high_ - 1 - y, x)}[plan.turn]
        places = np.stack(moved, axis=-1)
    return photo, places


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _spoil(dice: np.random.Generator, photo: Image.Image, plan: Plan) -> Image.Image:
    if plan.blur:
        photo = photo.filter(ImageFilter.GaussianBlur(plan.blur))
    values = np.asarray(photo, dtype=np.float32)
    if plan.shade:
        down, across = np.mgrid[0 : values.shape[0], 0 : values.shape[1]]
        course = np.cos(dice.uniform(0, 2 * math.pi)) * across / values.shape[1]
        course = course + np.sin(dice.uniform(0, 2 * math.pi)) * down / values.shape[0]
        course = (course - course.min()) / max(1e-6, course.max() - course.min())
        values = values * (1 - plan.shade * course)
    if plan.noise:
        values = values + dice.normal(0, plan.noise, values.shape)
    photo = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    if plan.quality:
        photo = Image.open(io.BytesIO(as_jpeg(photo, plan.quality))).convert("L")
    return photo


def _desk(dice: np.random.Generator, size: NDArray[np.int_]) -> Image.Image:
    wide, high = int(size[0]), int(size[1])
    grain = dice.normal(int(dice.integers(30, 200)), dice.uniform(1, 14), (max(1, high // 6), max(1, wide // 6)))
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).resize((wide, high), Image.Resampling.BILINEAR)


def _decorate(draw: ImageDraw.ImageDraw, dice: np.random.Generator, paper: int, width: int, height: int) -> None:
    _waves(draw, dice, paper - int(dice.integers(4, 22)), width, height)
    tone = int(dice.integers(90, 180))
    draw.rectangle((60, 110, 60 + width // 4, 110 + height // 2), fill=tone)
    draw.ellipse((110, 160, 10 + width // 4, 60 + height // 2), fill=tone - 40)
    left = 100 + width // 4
    for row in range(int(dice.integers(3, 7))):
        y = 100 + row * height // 11
        for part in range(int(dice.integers(1, 3))):
            text = "".join(dice.choice(_LETTERS, dice.integers(4, 16)))
            letters = _font(str(dice.choice(["DejaVuSans.ttf", "DejaVuSerif-Bold.ttf"])), int(dice.integers(20, 40)))
            draw.text((left + part * width // 3, y), text, font=letters, fill=int(dice.integers(10, 90)))


def _waves(draw: ImageDraw.ImageDraw, dice: np.random.Generator, tone: int, width: int, height: int) -> None:
    step, deep, long = int(dice.integers(12, 34)), dice.uniform(6, 30), dice.uniform(60, 200)
    for wave in range(-40, height + 60, step):
        points = [(x, wave + deep * math.sin(x / long + wave / 90)) for x in range(0, width + 20, 20)]
        draw.line(points, fill=tone, width=int(dice.integers(1, 3)))


@functools.lru_cache(maxsize=400)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(str(FONTS / name) if name.startswith("OCR") else name, size)
    except OSError:
        if name.startswith("OCR"):
            raise
        return ImageFont.load_default(size=size)


def _date(dice: np.random.Generator, first: int, last: int) -> str:
    text = f"{dice.integers(first, last) % 100:02d}{dice.integers(1, 13):02d}{dice.integers(1, 29):02d}"
    return text + check_digit(text)


def _optional(dice: np.random.Generator, length: int) -> str:
    if dice.random() < 0.5:
        return "<" * length
    text = "".join(dice.choice(list(mrz_checks.ALPHABET[:36]), dice.integers(3, length + 1)))
    return text.ljust(length, "<")


def _names(dice: np.random.Generator, length: int) -> str:
    def word() -> str:
        letters = _LETTERS if dice.random() < 0.4 else _COMMON  # every letter is met, rare ones too
        return "".join(dice.choice(letters, dice.integers(2, 11)))

    surnames = "<".join(word() for _ in range(dice.integers(1, 3)))
    given = "<".join(word() for _ in range(dice.integers(0, 4)))
    return (surnames + "<<" + given if given else surnames)[:length].rstrip("<").ljust(length, "<")
