"""The machine-readable zone of a stored file, read in the decoding process and checked again here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from verifications.documents.decoding import decode
from verifications.documents.jobs import Job
from verifications.documents.mrz_checks import Lines, fits, layout_of
from verifications.documents.mrz_reader import available
from verifications.documents.signatures import PDF
from verifications.documents.types import DEFAULT_LIMITS, DecoderUnavailable, Limits

READING_LIMITS = replace(DEFAULT_LIMITS, cpu_seconds=8, cpu_seconds_hard=10)


class ReaderNotInstalled(DecoderUnavailable):
    """The reader is an extra of the installation, and this one lacks it (``requirements-ocr.txt``)."""


@dataclass(frozen=True)
class ReadZone:
    """Lines whose check digits all fit. ``form`` is TD1, TD2 or TD3.

    ``to_confirm`` are the places no check digit covers, as (line, first, behind the last): names, kind of document,
    states and sex. A person confirms them.
    """

    form: str
    lines: Lines
    to_confirm: tuple[tuple[int, int, int], ...]


def reads(content_type: str) -> bool:
    """Whether files of this type can hold a zone: pictures and PDFs."""
    return content_type.startswith("image/") or content_type == PDF.content_type


def read_machine_zone(path: Path, *, content_type: str, limits: Limits = READING_LIMITS) -> ReadZone | None:
    """The zone in a picture or on the first page of a PDF; None where none was read for certain.

    ``content_type`` is the one its inspection gave. Raises ``UploadRefused`` for a file that does not open within the
    limits, ``ReaderNotInstalled`` where numpy is missing, and ``DecoderUnavailable``.
    """
    if not reads(content_type):
        return None
    if not available():
        raise ReaderNotInstalled("The reader of machine-readable zones is not installed (requirements-ocr.txt).")
    lines = decode(Job(path.absolute(), content_type, None, frozenset(), limits, zone=True)).zone
    if lines is None:
        return None
    layout = layout_of(lines)
    if layout is None or not fits(lines):  # a decoder that was taken over might answer anything
        raise DecoderUnavailable("The decoding process answered with lines that are no machine-readable zone.")
    return ReadZone(layout.name, tuple(lines), layout.unchecked)
