"""Files from outside, looked at before anything of them is kept: for the slots of a check and for notes alike."""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from verifications.documents.jobs import UPLOAD_KINDS
from verifications.documents.naming import safe_display_name
from verifications.documents.previews import process_upload
from verifications.documents.types import DecoderUnavailable, Inspection, Rendition, UploadRefused
from verifications.errors import DomainError
from verifications.models import Customer, Document

logger = logging.getLogger(__name__)

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
PAPERS = IMAGES | {"application/pdf"}
VIDEOS = frozenset({"video/mp4", "video/quicktime", "video/webm"})
UNCHECKED = "decoder_unavailable"
"""Nothing is wrong with the file as far as anybody knows."""


class DocumentRefused(DomainError):
    """The file was looked at and not taken; ``code`` names the reason. Nothing was stored."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def looked_at(
    path: Path, *, claimed_name: str, accept: frozenset[str], max_bytes: int, kinds: Any = UPLOAD_KINDS
) -> Iterator[tuple[Inspection, list[Rendition]]]:
    """What a file is and the pictures made of it, for the block; raises ``DocumentRefused`` with a plain reason.

    ``DecoderUnavailable`` goes up: it says nothing about the file.
    """
    with tempfile.TemporaryDirectory(prefix="renditions-") as folder:
        try:
            found = process_upload(
                path,
                claimed_name=claimed_name,
                accept=accept,
                max_bytes=max_bytes,
                out_dir=Path(folder),
                kinds=kinds,
            )
        except UploadRefused as error:
            raise DocumentRefused(error.message, code=error.code) from error
        yield found


@contextmanager
def upload_looked_at(path: Path, **how: Any) -> Iterator[tuple[Inspection, list[Rendition]]]:
    """As ``looked_at``, for a person who waits: also what the portal lacks is told as ``DocumentRefused``."""
    try:
        with looked_at(path, **how) as found:
            yield found
    except DecoderUnavailable as error:
        logger.exception("An upload could not be looked at.")
        raise DocumentRefused(
            _(
                "The file could not be checked: the portal lacks something it needs for that (space on disk, "
                "perhaps). Nothing was stored. Try again; if it stays so, tell the operator."
            ),
            code=UNCHECKED,
        ) from error


def new_document(
    inspection: Inspection, *, customer: Customer, slot: str, claimed_name: str, actor: str, at: dt.datetime, **of: Any
) -> Document:
    """A row that is not saved yet; ``of`` is the verification or the note it belongs to."""
    return Document(
        customer=customer,
        slot=slot,
        display_name=safe_display_name(claimed_name),
        content_type=inspection.content_type,
        extension=inspection.extension,
        family=inspection.family,
        size=inspection.size,
        sha256=inspection.sha256,
        width=inspection.width,
        height=inspection.height,
        pages=inspection.pages,
        notes=list(inspection.notes),
        uploaded_by=actor,
        uploaded_at=at,
        **of,
    )
