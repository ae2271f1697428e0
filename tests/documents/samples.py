"""Files of every kind the portal takes or refuses, made in code. Pictures show four coloured quarters, so that turning
or mirroring one shows in its corners.
"""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms

QUARTERS = {"tl": (200, 30, 30), "tr": (30, 160, 60), "bl": (40, 60, 200), "br": (245, 245, 245)}
UPRIGHT_SIZE = (240, 160)
# What a camera does to the picture before it writes the EXIF orientation that undoes it.
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
# The same four quarters at 96 x 64, kept on its side with a HEIF rotation, EXIF orientation 6 and a GPS position.
_HEIC = """
AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAaBtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA
ADRpbG9jAAAAAERAAAIAAQAAAAABxAABAAAAAAAAAGMAAgAAAAACJwABAAAAAAAAAKwAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA
AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA32lwcnAAAAC/aXBjbwAAAHdodmNDAQQIAAAA
njgAAAAAHvAA/P/4+AAADwNgAAEAF0ABDAH//wQIAAADAJ44AAADAAAeugJAYQABACpCAQEECAAAAwCeOAAAAwAAHpAGECCy3Ukl
Nc3AQ0GBAAADABkAAAMAAQhiAAEACEQBwXKGDAIkAAAAE2NvbHJuY2x4AAEADQAGgAAAABRpc3BlAAAAAAAAAGAAAABAAAAAEHBp
eGkAAAAAAwgICAAAAAlpcm90AwAAABhpcG1hAAAAAAAAAAEAAQWBAgMEhQAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAABF21k
YXQAAABfKAGvWIrgMFNipkl//8rXf/1H+Q+UAw6NxbrPIOf8HMoDJtQtNuYjo7B4QoP/ppXj4sA3/PK1NOKs03ITgF2aG6e4bene
qAZoZnfFxPvg0P0Fl95kmf4Jo+LX8CJh8lQAAAAGRXhpZgAATU0AKgAAAAgAAwEPAAIAAAAJAAAAMgESAAMAAAABAAYAAIglAAQA
AAABAAAAPAAAAABTcGVjaW1lbgAAAAQAAQACAAAAAk4AAAAAAgAFAAAAAwAAAHIAAwACAAAAAkUAAAAABAAFAAAAAwAAAIoAAAAA
AAAANAAAAAEAAAANAAAAAQAAAAAAAAABAAAAFQAAAAEAAAAAAAAAAQAAAB4AAAAB
"""


def quarters(size: tuple[int, int] = UPRIGHT_SIZE, mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", size, QUARTERS["br"])
    half = size[0] // 2, size[1] // 2
    image.paste(QUARTERS["tl"], (0, 0, *half))
    image.paste(QUARTERS["tr"], (half[0], 0, size[0], half[1]))
    image.paste(QUARTERS["bl"], (0, half[1], half[0], size[1]))
    return image if mode == "RGB" else image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(size: tuple[int, int] = UPRIGHT_SIZE, mode: str = "RGB", **options: object) -> bytes:
    return encoded(quarters(size, mode), "JPEG", quality=90, **options)


def png(size: tuple[int, int] = UPRIGHT_SIZE, mode: str = "RGB", **options: object) -> bytes:
    return encoded(quarters(size, mode), "PNG", **options)


def webp(size: tuple[int, int] = UPRIGHT_SIZE, **options: object) -> bytes:
    return encoded(quarters(size), "WEBP", quality=80, **options)


def heic() -> bytes:
    return base64.b64decode(_HEIC)


def exif(orientation: int = 1, *, place: bool = False) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Specimen camera"
    if place:
        block.get_ifd(0x8825).update({1: "N", 2: (52.0, 13.0, 0.0), 3: "E", 4: (21.0, 0.0, 30.0)})
    return block.tobytes()


def turned_jpeg(orientation: int) -> bytes:
    image = quarters()
    if orientation in TURNED:
        image = image.transpose(TURNED[orientation])
    return encoded(image, "JPEG", quality=92, exif=exif(orientation), subsampling=0)


def swapped_profile() -> bytes:
    """An RGB profile whose red and blue are exchanged: what it says red is blue in sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"----", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"----", b"bXYZ", 1)
    return profile.replace("sRGB".encode("utf-16-be"), "Test".encode("utf-16-be"))


def photo_with_place() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return jpeg(exif=exif(6, place=True), comment=b"taken at home", icc_profile=profile)


def animated(kind: str) -> bytes:
    others = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    return encoded(Image.new("RGB", (40, 30), "green"), kind, save_all=True, append_images=others, duration=100)


def jpeg_with_comment(comment: bytes) -> bytes:
    return jpeg(comment=comment)


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def flat_png(width: int, height: int, *, bits: int, colour_type: int, bytes_per_row: int) -> bytes:
    """A PNG of one colour, however large; ``bytes_per_row`` without the filter byte."""
    packer = zlib.compressobj(9 if bits == 1 else 1)
    row = b"\x00" + (b"\x00" if bits == 1 else b"\xc8") * bytes_per_row
    block, rest = divmod(height, 100)
    packed = b"".join(packer.compress(row * 100) for _ in range(block)) + packer.compress(row * rest) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    return start + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


def bomb_png() -> bytes:
    """169 megapixels in about 20 KB."""
    return flat_png(13_000, 13_000, bits=1, colour_type=0, bytes_per_row=1625)


def rgb16_png(width: int = 60, height: int = 40) -> bytes:
    return flat_png(width, height, bits=16, colour_type=2, bytes_per_row=width * 6)


def grey16_png() -> bytes:
    image = Image.new("I;16", (60, 40), 0xC8C8)
    return encoded(image, "PNG")


def archive(name: str = "passport.jpg") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(name, b"x" * 64)
    return target.getvalue()


def zip_behind(picture: bytes) -> bytes:
    """A picture that unpackers take for an archive, its offsets made to fit."""
    target = io.BytesIO(picture)
    with zipfile.ZipFile(target, "a") as packed:
        packed.writestr("run.js", b"1")
    return target.getvalue()


def motion_photo() -> bytes:
    return jpeg() + mp4()


def mp4(brand: bytes = b"isom", handler: bytes = b"vide") -> bytes:
    from verifications.documents.specimen_video import mp4_of_frames

    video = mp4_of_frames([jpeg((64, 48))] * 3, width=64, height=48)
    return video.replace(b"isom", brand, 1).replace(b"vide", handler, 1)


def old_quicktime() -> bytes:
    """A QuickTime file from before the ``ftyp`` box was thought of."""
    video = mp4()
    length = int.from_bytes(video[:4], "big")
    return struct.pack(">I4s", length, b"wide") + bytes(length - 8) + video[length:]


def element(name: str, content: bytes, *, unknown: bool = False) -> bytes:
    length = b"\x01" + b"\xff" * 7 if unknown else b"\x01" + len(content).to_bytes(7, "big")
    return bytes.fromhex(name) + length + content


def webm(*, doctype: bytes = b"webm", track_type: int = 1, live: bool = False, clusters: int = 2) -> bytes:
    header = b"\x1a\x45\xdf\xa3" + b"\x9f" + b"\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08"
    kind = b"\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    filler = 31 - 16 - len(kind)
    header += kind + b"\xec" + bytes([0x80 | filler - 2]) + bytes(filler - 2)
    picture = element("e0", element("b0", (64).to_bytes(2, "big")) + element("ba", (48).to_bytes(2, "big")))
    entry = element("ae", element("d7", b"\x01") + element("83", bytes([track_type])) + picture)
    block = element("a3", b"\x81\x00\x00\x80" + bytes(60))
    media = [element("1f43b675", element("e7", b"\x00") + block, unknown=live) for _ in range(clusters)]
    return header + element("18538067", element("1654ae6b", entry) + b"".join(media), unknown=live)
