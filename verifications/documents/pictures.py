"""Pictures in the decoding process: proof that they decode, and the JPEGs a browser or a provider gets instead."""

from __future__ import annotations

import errno
import io
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from PIL import Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from verifications.documents.active_content import find_in_trailer
from verifications.documents.image_structure import jpeg_end, png_end, png_header, webp_frame
from verifications.documents.iso_media import last_box_end
from verifications.documents.jobs import Facts, Job, Picture
from verifications.documents.refusals import refuse
from verifications.documents.shrinking import Source, shrink, source_of, to_srgb
from verifications.documents.signatures import HEIC, JPEG, PNG, WEBP
from verifications.documents.types import DecoderUnavailable, Limits, RenditionName

QUALITY: dict[RenditionName, int] = {"PREVIEW": 85, "THUMBNAIL": 80, "DELIVERY": 92, "CAPTURE": 92}
CAPTURE_LEAST, CAPTURE_MOST = (640, 480), (3840, 2160)
"""Width and height in pixels of an image sent to a verification session (transmit-verify 4, E5)."""
DELIVERY_MAX_PIXELS = 25_000_000  # larger ones are sent at half size: memory, and no provider reads more
CONVERTED = frozenset({HEIC.content_type, WEBP.content_type})  # types the providers do not take

_DRAFT_SIDE = 1600  # a JPEG decoded at reduced size is at least this long: small print stays legible
_PROOF_SIDE = 320
_ZONE_SIDE = 2400  # letters of a passport that fills a third of the picture are still told apart
_ORIENTATION, _GPS = 0x0112, 0x8825
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DECODING_FAILED = (OSError, SyntaxError, ValueError, EOFError, struct.error, UnidentifiedImageError, RuntimeError)


def look_at_picture(job: Job) -> Facts:
    """Check, decode and, where asked, re-encode one picture; raises ``UploadRefused``."""
    facts = Facts()
    with job.path.open("rb") as stream:
        size = job.path.stat().st_size
        end = _structure(stream, job, size, facts)
        if end < size:
            if hidden := find_in_trailer(stream, end, size):
                raise refuse("polyglot", found="a picture", hidden=hidden)
            facts.notes.append(
                "Other data stand behind the picture (as phones write for motion photos). They stay in the original; "
                "the pictures shown here do not have them."
            )
    try:
        source = _decode(job, facts)
    except MemoryError:
        raise
    except _DECODING_FAILED as error:
        raise refuse("truncated" if "truncated" in str(error) else "damaged") from error
    if job.zone:
        from verifications.documents.mrz_reader import read_mrz  # noqa: PLC0415 - loaded only where needed

        facts.zone = read_mrz(upright(shrink(source, _ZONE_SIDE), facts.orientation))
        return facts
    if job.wants("CAPTURE"):
        _write_capture(job, facts, source)
    if job.content_type in CONVERTED:
        _write_delivery(job, facts, source)
    # Last, for what is shown may be shrunk in the memory of the source.
    shown = upright(shrink(source, job.limits.preview_side), facts.orientation)
    write_shown(job, facts, shown, page=1)
    return facts


def upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def write_shown(job: Job, facts: Facts, image: Image.Image, *, page: int) -> None:
    """Write the preview and the thumbnail of one page. Shrinks ``image`` in place."""
    if job.wants("PREVIEW"):
        _save(job, facts, image, "PREVIEW", page)
    if job.wants("THUMBNAIL"):
        side = job.limits.thumbnail_side
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        _save(job, facts, image, "THUMBNAIL", page)


def check_pixels(width: int, height: int, limit: int) -> None:
    """Refuse a picture by the size its header states, before any of it is decoded."""
    if width * height > limit:
        megapixels = f"{width * height / 1e6:,.1f}"
        raise refuse("too_many_pixels", megapixels=megapixels, limit=f"{limit / 1e6:g}")


def _structure(stream: BinaryIO, job: Job, size: int, facts: Facts) -> int:
    """Where the picture ends in the file; its parts are complete and the canvas is within the limits."""
    if job.content_type == JPEG.content_type:
        return jpeg_end(stream, size)
    if job.content_type == PNG.content_type:
        header = png_header(stream)
        check_pixels(header.width, header.height, job.limits.max_pixels)
        if header.bits > 8:
            facts.notes.append("The picture has 16 bits a colour; the pictures shown here have 8.")
        return png_end(stream, size)
    if job.content_type == WEBP.content_type:
        frame = webp_frame(stream, size)
        check_pixels(frame.width, frame.height, min(job.limits.max_pixels, job.limits.max_webp_pixels))
        return frame.end
    return last_box_end(stream, size)


def _decode(job: Job, facts: Facts) -> Source:
    if job.content_type == HEIC.content_type:
        return _decode_heic(job.path, job.limits, facts)
    image: Image.Image
    if job.content_type == JPEG.content_type:
        image = _decode_jpeg(job)
        stated = _stated_size(image)
    elif job.content_type == PNG.content_type:
        image = PngImagePlugin.PngImageFile(job.path)
        stated = image.size
        image.load()
    else:
        image = _decode_webp(job.path)
        stated = image.size
    if image.mode == "CMYK":
        facts.notes.append("The picture is in printing colours (CMYK); the pictures shown here are converted to RGB.")
    _read_exif(image, facts)
    facts.width, facts.height = stated[::-1] if facts.orientation >= 5 else stated
    return source_of(image)


def _decode_jpeg(job: Job) -> Image.Image:
    """Decode at reduced size, which reads every byte of the picture and so proves it as a full decode would."""
    image = JpegImagePlugin.JpegImageFile(job.path)
    width, height = image.size
    check_pixels(width, height, job.limits.max_pixels)
    if image.info.get("progressive"):
        _check_coefficients(image, job.limits)
    image.info["stated_size"] = (width, height)
    side = _DRAFT_SIDE if job.out_dir else _PROOF_SIDE
    if job.zone:
        side = _ZONE_SIDE
    if job.wants("CAPTURE"):
        side = CAPTURE_MOST[0]
    share = side / max(width, height)
    if share < 1:
        image.draft(image.mode, (max(1, int(width * share)), max(1, int(height * share))))
    image.load()
    return image


def _stated_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.info.pop("stated_size")
    return width, height


def _check_coefficients(image: JpegImagePlugin.JpegImageFile, limits: Limits) -> None:
    """A progressive JPEG keeps all its coefficients (two bytes each) until the last scan; refuse what can't fit."""
    layers = image.layer
    widest, highest = max(layer[1] for layer in layers), max(layer[2] for layer in layers)
    share = sum(layer[1] * layer[2] for layer in layers) / (widest * highest)
    if image.width * image.height * share * 2 > limits.data_bytes * 0.8:
        raise refuse("too_demanding", memory=str(limits.data_bytes // 2**20), seconds=str(limits.cpu_seconds))


def _decode_webp(path: Path) -> Image.Image:
    from PIL import WebPImagePlugin  # noqa: PLC0415 - each decoder is loaded only for its own files

    image = WebPImagePlugin.WebPImageFile(path)
    image.load()
    image.getexif()
    del image._decoder  # it keeps two more copies of the canvas
    return image


def _decode_heic(path: Path, limits: Limits, facts: Facts) -> Source:
    """Decode the primary picture of a HEIC; libheif turns it upright itself, its EXIF orientation does not count."""
    import pi_heif  # noqa: PLC0415 - each decoder is loaded only for its own files

    options = pi_heif.options
    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    with path.open("rb") as stream:
        container = pi_heif.open_heif(stream, convert_hdr_to_8bit=True)
    picture = container[container.primary_index]
    width, height = picture.size
    check_pixels(width, height, limits.max_pixels)
    facts.width, facts.height = width, height
    exif = Image.Exif()
    with suppress(*_DECODING_FAILED):
        exif.load(picture.info.get("exif") or b"")
        _note_place(exif, facts)
    stride, mode = picture.stride, picture.mode
    if int(picture.info.get("bit_depth", 8)) > 8:
        facts.notes.append("The picture has more than 8 bits a colour; the pictures shown here have 8.")

    def rows(top: int, bottom: int) -> Image.Image:  # holds on to the picture, whose memory ``data`` only points at
        part = picture.data[top * stride : bottom * stride]
        return Image.frombuffer(mode, (width, bottom - top), part, "raw", mode, stride, 1)

    if len(picture.data) < stride * height:
        raise refuse("damaged")
    profile = picture.info.get("icc_profile")
    return Source(width, height, rows, profile if isinstance(profile, bytes) else None)


def _read_exif(image: Image.Image, facts: Facts) -> None:
    """Orientation and whether a place is stored; an EXIF block that can't be read counts as none."""
    with suppress(*_DECODING_FAILED):
        exif = image.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        if orientation in _UPRIGHT:
            facts.orientation = orientation
            facts.notes.append("The camera was held turned; the pictures shown here stand upright.")
        _note_place(exif, facts)


def _note_place(exif: Image.Exif, facts: Facts) -> None:
    if exif.get_ifd(_GPS):
        facts.notes.append(
            "The original holds the place where it was taken (GPS). It stays in the original; "
            "the pictures shown here do not have it."
        )


def _write_delivery(job: Job, facts: Facts, source: Source) -> None:
    """A JPEG at full size for providers that do not take the original's type."""
    if not job.wants("DELIVERY"):
        return
    factor = 1 if source.width * source.height <= DELIVERY_MAX_PIXELS else 2
    image = upright(to_srgb(source, factor=factor), facts.orientation)
    size = "at full size" if factor == 1 else f"at {image.width:,} × {image.height:,} pixels"
    facts.notes.append(f"Providers do not take this type: they get a JPEG of it {size}. The original is kept.")
    _save(job, facts, image, "DELIVERY", 1)


def _write_capture(job: Job, facts: Facts, source: Source) -> None:
    """A JPEG within the sizes a verification session takes; a smaller picture is refused: enlarging adds nothing."""
    width, height = (source.height, source.width) if facts.orientation >= 5 else (source.width, source.height)
    # Never a whole copy of a large picture: there is memory for one.
    factor = max(1, int(max(width / CAPTURE_MOST[0], height / CAPTURE_MOST[1])))
    image = upright(to_srgb(source, factor=factor), facts.orientation)
    share = min(1.0, CAPTURE_MOST[0] / image.width, CAPTURE_MOST[1] / image.height)
    if share < 1:
        image = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)
    if image.width < CAPTURE_LEAST[0] or image.height < CAPTURE_LEAST[1]:
        raise refuse("too_small", width=str(facts.width), height=str(facts.height))
    _save(job, facts, image, "CAPTURE", 1)


def _save(job: Job, facts: Facts, image: Image.Image, kind: RenditionName, page: int) -> None:
    if job.out_dir is None:
        return
    name = f"{kind.lower()}-{page:03d}.jpg"
    image.info = {}  # the JPEG writer would copy a comment from here
    encoded = io.BytesIO()  # not straight to disk: Pillow passes over errors of writing
    image.save(encoded, "JPEG", quality=QUALITY[kind])
    try:
        (job.out_dir / name).write_bytes(encoded.getbuffer())
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise refuse(
                "too_demanding", memory=str(job.limits.data_bytes // 2**20), seconds=str(job.limits.cpu_seconds)
            ) from error
        raise DecoderUnavailable(f"A picture can't be written ({errno.errorcode.get(error.errno or 0)}).") from error
    facts.pictures.append(Picture(kind, page, name, image.width, image.height))
