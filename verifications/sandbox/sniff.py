"""What a file is, by its first bytes; and which extensions may stand for it.

Contract: payward-services 4.3 (JPEG, PNG, PDF, MP4/M4V, WebM, MOV).
"""

from __future__ import annotations

HEAD_BYTES = 4096
EXTENSIONS = {
    "jpeg": frozenset({"jpg", "jpeg"}),
    "png": frozenset({"png"}),
    "pdf": frozenset({"pdf"}),
    "mp4": frozenset({"mp4", "m4v"}),
    "mov": frozenset({"mov", "qt"}),
    "webm": frozenset({"webm"}),
}
MP4_BRANDS = frozenset({b"isom", b"avc1", b"mp41", b"mp42", b"mp71", b"dash", b"MSNV", b"M4V ", b"M4VH", b"M4VP"})
OLD_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def detect(head: bytes) -> str | None:
    """Return a key of ``EXTENSIONS``, or None for anything that is not accepted. ``head``: up to ``HEAD_BYTES``."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"\x42\x82\x84webm" in head[:128] else None
    return _detect_iso_media(head)


def _detect_iso_media(head: bytes) -> str | None:
    atom, brand = head[4:8], head[8:12]
    if atom == b"ftyp":
        if brand == b"qt  ":
            return "mov"
        if brand in MP4_BRANDS or brand[:3] == b"iso":
            return "mp4"
        return None
    return "mov" if len(head) >= 8 and atom in OLD_QUICKTIME_ATOMS else None


def is_json(head: bytes) -> bool:
    """Whether the bytes begin like a JSON object or array; enough for a vendor's answer, which nobody reads here."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
