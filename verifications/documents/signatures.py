"""What a file is by its first bytes, never by its name. The portal's own allow-list, and names for what is not on it.

Contract: payward-services 4.3 and kraken-embed 4.4 for the types providers take; HEIC and WebP are converted for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from verifications.documents.types import Family

HEAD_BYTES = 4096


@dataclass(frozen=True)
class FileType:
    """One accepted kind of file; ``label`` reads after "This is"."""

    content_type: str
    extension: str
    family: Family
    label: str
    extensions: frozenset[str]


@dataclass(frozen=True)
class Unwelcome:
    """A kind that is recognised in order to say no; ``code`` names the refusal."""

    code: str
    label: str


JPEG = FileType("image/jpeg", "jpg", "image", "a JPEG picture", frozenset({"jpg", "jpeg", "jpe", "jfif"}))
PNG = FileType("image/png", "png", "image", "a PNG picture", frozenset({"png"}))
WEBP = FileType("image/webp", "webp", "image", "a WebP picture", frozenset({"webp"}))
HEIC = FileType("image/heic", "heic", "image", "a HEIC picture", frozenset({"heic", "heif", "hif"}))
PDF = FileType("application/pdf", "pdf", "pdf", "a PDF", frozenset({"pdf"}))
MP4 = FileType("video/mp4", "mp4", "video", "an MP4 video", frozenset({"mp4", "m4v"}))
M4V = FileType("video/mp4", "m4v", "video", "an M4V video", frozenset({"m4v", "mp4"}))
MOV = FileType("video/quicktime", "mov", "video", "a QuickTime video", frozenset({"mov", "qt"}))
WEBM = FileType("video/webm", "webm", "video", "a WebM video", frozenset({"webm"}))
JSON = FileType("application/json", "json", "data", "a JSON file", frozenset({"json"}))
TEXT = FileType("text/plain", "txt", "data", "plain text", frozenset({"txt", "text", "log"}))

ACCEPTED = (JPEG, PNG, WEBP, HEIC, PDF, MP4, M4V, MOV, WEBM, JSON, TEXT)
ONLY_WHEN_NAMED = frozenset({JSON.content_type, TEXT.content_type})  # taken only where a caller says so

# Extensions a computer runs or a browser treats as a page: no document of a customer has them.
DANGEROUS_EXTENSIONS = frozenset(
    {
        *("app", "bat", "chm", "cmd", "com", "cpl", "exe", "hta", "htm", "html", "jar", "js", "jse", "lnk", "mht"),
        *("mhtml", "mjs", "msi", "msp", "php", "phtml", "pif", "ps1", "py", "reg", "scr", "sh", "shtml", "svg", "svgz"),
        *("swf", "url", "vb", "vbe", "vbs", "wsf", "wsh", "xht", "xhtml", "xml", "xsl"),
    }
)

_MP4_BRANDS = frozenset({b"avc1", b"mp41", b"mp42", b"mp71", b"dash", b"MSNV"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIC_SEQUENCES = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

_PREFIXES: tuple[tuple[bytes, FileType | Unwelcome], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"%PDF-", PDF),
    (b"GIF8", Unwelcome("unsupported_image", "GIF")),
    (b"II*\x00", Unwelcome("unsupported_image", "TIFF or camera raw")),
    (b"MM\x00*", Unwelcome("unsupported_image", "TIFF or camera raw")),
    (b"BM", Unwelcome("unsupported_image", "BMP")),
    (b"8BPS", Unwelcome("unsupported_image", "Photoshop")),
    (b"\x00\x00\x01\x00", Unwelcome("unsupported_image", "icon")),
    (b"\xff\x0a", Unwelcome("unsupported_image", "JPEG XL")),
    (b"\x00\x00\x00\x0cJXL ", Unwelcome("unsupported_image", "JPEG XL")),
    (b"\x00\x00\x00\x0cjP  ", Unwelcome("unsupported_image", "JPEG 2000")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Unwelcome("office", "an office document")),
    (b"{\\rtf", Unwelcome("office", "an office document")),
    (b"%!PS", Unwelcome("script", "a PostScript program")),
    (b"PK\x03\x04", Unwelcome("archive", "a ZIP archive")),
    (b"PK\x05\x06", Unwelcome("archive", "a ZIP archive")),
    (b"Rar!\x1a\x07", Unwelcome("archive", "a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Unwelcome("archive", "a 7z archive")),
    (b"\x1f\x8b", Unwelcome("archive", "a gzip archive")),
    (b"BZh", Unwelcome("archive", "a bzip2 archive")),
    (b"\xfd7zXZ\x00", Unwelcome("archive", "an xz archive")),
    (b"\x28\xb5\x2f\xfd", Unwelcome("archive", "a zstd archive")),
    (b"MZ", Unwelcome("executable", "a Windows program")),
    (b"\x7fELF", Unwelcome("executable", "a Linux program")),
    (b"\xcf\xfa\xed\xfe", Unwelcome("executable", "a macOS program")),
    (b"\xca\xfe\xba\xbe", Unwelcome("executable", "a Java or macOS program")),
    (b"\x00asm", Unwelcome("executable", "a WebAssembly program")),
    (b"ID3", Unwelcome("audio", "a sound recording")),
    (b"OggS", Unwelcome("unsupported_video", "Ogg")),
    (b"FLV\x01", Unwelcome("unsupported_video", "Flash")),
    (b"\x00\x00\x01\xba", Unwelcome("unsupported_video", "MPEG")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Unwelcome("unsupported_video", "Windows Media")),
)

_UNKNOWN = Unwelcome("unknown_type", "a file of no known kind")
_SVG = Unwelcome("svg", "an SVG drawing")
_HTML = Unwelcome("html", "a web page")
_XML = Unwelcome("xml", "an XML file")
_SCRIPT = Unwelcome("script", "a script")
_HTML_TAG = re.compile(
    r"<(!doctype\s+html|html|head|body|script|iframe|meta|title|div|img|a|p|h1|style|link|form)[\s>/]", re.IGNORECASE
)


def identify(head: bytes) -> FileType | Unwelcome:
    """Say what a file is; ``head`` is its first ``HEAD_BYTES`` bytes, or all of it if shorter."""
    if head.startswith(b"PK\x03\x04") and (b"[Content_Types].xml" in head or b"mimetypeapplication/vnd." in head):
        return Unwelcome("office", "an office document")
    for prefix, found in _PREFIXES:
        if head.startswith(prefix):
            return found
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[4:8] in _OLD_QUICKTIME:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"\x42\x82\x84webm" in head[:128] else Unwelcome("unsupported_video", "Matroska")
    return _text(head)


def _riff(form: bytes) -> FileType | Unwelcome:
    if form == b"WEBP":
        return WEBP
    return Unwelcome("unsupported_video", "AVI") if form == b"AVI " else Unwelcome("audio", "a sound recording")


def _iso_media(head: bytes) -> FileType | Unwelcome:
    length = min(int.from_bytes(head[:4], "big"), 256)
    major = head[8:12]
    brands = {head[position : position + 4] for position in range(16, length - 3, 4)} | {major}
    if brands & _AVIF_BRANDS:
        return Unwelcome("unsupported_image", "AVIF")
    if major in _HEIC_SEQUENCES:
        return Unwelcome("animated", "an animated HEIC picture")
    if major in _HEIC_BRANDS or (major == b"mif1" and brands & _HEIC_BRANDS):
        return HEIC
    if major == b"qt  ":
        return MOV
    if major[:3] == b"M4V":
        return M4V
    if major[:3] in {b"M4A", b"M4B", b"M4P"}:
        return Unwelcome("audio", "a sound recording")
    if major in _MP4_BRANDS or major[:3] == b"iso":
        return MP4
    name = "3GP" if major[:3] in {b"3gp", b"3g2"} else "MPEG-4"
    return Unwelcome("unsupported_video", name)


def _text(head: bytes) -> FileType | Unwelcome:
    text = _decoded(head)
    if text is None:
        return Unwelcome("pdf_header", "a PDF behind other data") if _holds_pdf(head) else _UNKNOWN
    start = text.lstrip("\ufeff\x00 \t\r\n")
    lowered = start.lower()
    if lowered.startswith("#!") or "<?php" in lowered or lowered.startswith("@echo off"):
        return _SCRIPT
    if start[:1] in {"{", "["}:
        return JSON
    if re.search(r"<svg[\s>]", lowered):
        return _SVG
    if lowered.startswith("<?xml"):
        return _HTML if re.search(r"<html[\s>]", lowered) else _XML
    if _HTML_TAG.search(start):
        return _HTML
    if lowered.startswith("<"):
        return _XML
    return Unwelcome("pdf_header", "a PDF behind other data") if _holds_pdf(head) else TEXT


def _holds_pdf(head: bytes) -> bool:
    return re.search(rb"%PDF-\d", head) is not None


def _decoded(head: bytes) -> str | None:
    """The head as text, or None if it is not text."""
    encoding = "utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # more than a character cut in two at the end of the head
            return None
        text = head[: error.start].decode(encoding)
    return None if any(ord(character) < 32 and character not in "\t\n\r\f" for character in text) else text
