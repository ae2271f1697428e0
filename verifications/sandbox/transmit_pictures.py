"""JPEG pictures: read and measured, refined, and specimens drawn. Contract: transmit-verify 4 (E5)."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

MIN_WIDTH, MAX_WIDTH = 640, 3840
MIN_HEIGHT, MAX_HEIGHT = 480, 2160
JPEG_MAGIC = b"\xff\xd8\xff"
CARD = (1280, 808)
PORTRAIT = (960, 1280)
INK, SKIN, PAPER, LINES = "#26323f", "#d9b99b", "#e8eef2", "#b9c7d1"


class PictureProblem(Exception):
    """Why bytes are not a picture the API takes; the message holds nothing of them."""


@dataclass(frozen=True)
class Picture:
    """A JPEG that was decoded once to the end."""

    content: bytes = field(repr=False)
    width: int
    height: int


def read_picture(content: bytes) -> Picture:
    """The picture, or PictureProblem when it is no whole JPEG or outside the documented dimensions."""
    if not content.startswith(JPEG_MAGIC):
        raise PictureProblem("is not a JPEG")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            width, height = image.size
            if not (MIN_WIDTH <= width <= MAX_WIDTH and MIN_HEIGHT <= height <= MAX_HEIGHT):
                raise PictureProblem("must be 640-3840 pixels wide and 480-2160 high")
            image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureProblem("cannot be decoded") from error
    return Picture(content, width, height)


def refine(picture: Picture, margins: dict[str, float] | None) -> Picture:
    """The vendor's own copy: cropped by the capture margins, or else a little, and encoded again."""
    inset = {"left": picture.width // 50, "right": picture.width // 50, "top": 0, "bottom": 0}
    wanted = {name: max(0, int(size)) for name, size in (margins or inset).items()}
    box = (wanted["left"], wanted["top"], picture.width - wanted["right"], picture.height - wanted["bottom"])
    if box[2] <= box[0] or box[3] <= box[1]:
        box = (0, 0, picture.width, picture.height)
    with Image.open(io.BytesIO(picture.content), formats=["JPEG"]) as image:
        return _encoded(image.convert("RGB").crop(box))


@functools.cache
def specimen(image_type: str) -> Picture:
    """An invented picture for one of the three image types."""
    size = PORTRAIT if image_type == "selfie" else CARD
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    if image_type == "selfie":
        _draw_person(draw, (160, 240, 800, 1280))
    elif image_type == "document_front":
        _draw_person(draw, (80, 200, 400, 640))
        _draw_lines(draw, left=460, right=1180)
    else:
        _draw_lines(draw, left=80, right=1180)
    draw.text((80, 60), "SPECIMEN", fill=INK, font=ImageFont.load_default(72))
    return _encoded(image)


def _draw_person(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    middle, head = (left + right) // 2, (right - left) // 4
    draw.rectangle(box, fill=LINES)
    draw.pieslice((left, bottom - head * 2, right, bottom + head * 2), 180, 360, fill=INK)
    draw.ellipse((middle - head, top + head // 2, middle + head, top + head * 3), fill=SKIN)


def _draw_lines(draw: ImageDraw.ImageDraw, *, left: int, right: int) -> None:
    for number in range(6):
        top = 220 + number * 80
        draw.rectangle((left, top, right - number % 3 * 160, top + 28), fill=LINES)


def _encoded(image: Image.Image) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return Picture(buffer.getvalue(), *image.size)
