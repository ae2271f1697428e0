"""From any kind of picture to an 8-bit sRGB one of bounded size, band by band, so that memory holds one copy only."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from PIL import ImageCms

_BAND_PIXELS = 2_000_000
_MATTE = (255, 255, 255)


@dataclass(frozen=True)
class Source:
    """A decoded picture that hands out rows ``top`` to ``bottom``; ``profile`` is its ICC profile, if it has one.

    ``image`` is the whole picture, where it is at hand as one.
    """

    width: int
    height: int
    rows: Callable[[int, int], Image.Image]
    profile: bytes | None = None
    image: Image.Image | None = None


def source_of(image: Image.Image) -> Source:
    profile = image.info.get("icc_profile")
    return Source(
        image.width,
        image.height,
        lambda top, bottom: image.crop((0, top, image.width, bottom)),
        profile if isinstance(profile, bytes) else None,
        image,
    )


def to_srgb(source: Source, *, factor: int = 1) -> Image.Image:
    """Return the whole picture as RGB in sRGB on white, each side divided by ``factor`` (rounded up)."""
    if factor == 1 and source.profile is None and source.image is not None and _is_plain_rgb(source.image):
        return source.image
    result = Image.new("RGB", (-(-source.width // factor), -(-source.height // factor)))
    step = max(1, _BAND_PIXELS // source.width // factor) * factor
    transforms: dict[str, ImageCms.ImageCmsTransform | None] = {}
    for top in range(0, source.height, step):
        band = _plain(source.rows(top, min(source.height, top + step)))
        if factor > 1:
            band = band.reduce(factor)
        if source.profile and band.mode not in transforms:
            transforms[band.mode] = _transform(source.profile, band.mode)
        if transform := transforms.get(band.mode):
            band = transform.apply(band)
        result.paste(band if band.mode == "RGB" else band.convert("RGB"), (0, top // factor))
    return result


def shrink(source: Source, side: int) -> Image.Image:
    """Return the picture in sRGB with its long side at most ``side`` pixels."""
    long_side = max(source.width, source.height)
    image = to_srgb(source, factor=max(1, long_side // side))
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def _is_plain_rgb(image: Image.Image) -> bool:
    return image.mode == "RGB" and "transparency" not in image.info


def _plain(band: Image.Image) -> Image.Image:
    """The band as L, RGB or CMYK of 8 bits, without transparency."""
    if band.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in band.info:
        band = band.convert("RGBA")
        matte = Image.new("RGB", band.size, _MATTE)
        matte.paste(band, mask=band.getchannel("A"))
        return matte
    if band.mode.startswith("I"):  # 16 bits of grey
        return band.convert("I").point(lambda value: value / 256).convert("L")
    if band.mode in {"L", "RGB", "CMYK"}:
        return band
    return band.convert("L" if band.mode == "1" else "RGB")


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """A transform from the picture's own colours to sRGB; None if they already are, or the profile is of no use."""
    try:
        from PIL import ImageCms  # noqa: PLC0415 - loaded only for pictures that need it
    except ImportError as error:  # beside a large picture there may be no room left to load it
        raise MemoryError from error

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return None
        return ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
