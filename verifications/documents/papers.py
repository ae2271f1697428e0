"""What a PDF is made of: pages, and everything in it that could act. Reads dictionaries only, decodes no page.

Two looks, because programs read broken files differently: the words of the raw bytes, and every object that can be
reached from the root as pypdf understands the file. pdfium is asked a third time when the pages are drawn.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from verifications.documents.active_content import CHUNK, find_in_trailer
from verifications.documents.refusals import refuse
from verifications.documents.types import Limits, UploadRefused

_MAX_PAGE_DEPTH = 64
_TAIL_BYTES = 64 * 1024
_SKIPPED = {"/StructTreeRoot", "/ParentTree", "/Parent", "/P"}  # tags for screen readers, and ways back up
_RAW = (
    (re.compile(rb"/JavaScript(?![A-Za-z0-9])"), "pdf_javascript"),
    (re.compile(rb"/Launch(?![A-Za-z0-9])"), "pdf_launch"),
    (re.compile(rb"/EmbeddedFiles?(?![A-Za-z0-9])"), "pdf_embedded_file"),
    (re.compile(rb"/RichMedia(?![A-Za-z0-9])"), "pdf_embedded_file"),
)
_RAW_OVERLAP = 32
_ACTIONS = {
    "/JavaScript": "pdf_javascript",
    "/Launch": "pdf_launch",
    "/GoToR": "pdf_launch",
    "/GoToE": "pdf_launch",
    "/SubmitForm": "pdf_form_actions",
    "/ImportData": "pdf_form_actions",
    "/Rendition": "pdf_embedded_file",
    "/Movie": "pdf_embedded_file",
    "/Sound": "pdf_embedded_file",
    "/RichMediaExecute": "pdf_embedded_file",
}
_LEADS_TO_ACTIONS = ("/OpenAction", "/AA", "/A", "/PA", "/Next", "/Names")
_ANNOTATIONS = {"/FileAttachment", "/RichMedia", "/3D", "/Movie", "/Screen", "/Sound"}


def check_paper(stream: BinaryIO, size: int, limits: Limits) -> int:
    """Return the number of pages, or raise ``UploadRefused``."""
    _check_raw(stream)
    _check_end(stream, size)
    try:
        reader = PdfReader(stream, strict=False)
        if "/Encrypt" in reader.trailer:
            raise refuse("pdf_encrypted")
        _check_objects(reader, limits)
        return _count_pages(reader, limits)
    except (UploadRefused, MemoryError):
        raise
    except RecursionError as error:
        raise refuse("pdf_page_loop") from error
    except Exception as error:  # pypdf answers broken files with errors of every kind, assertions included
        raise refuse("pdf_damaged") from error


def _check_raw(stream: BinaryIO) -> None:
    stream.seek(0)
    before = b""
    while chunk := stream.read(CHUNK):
        window = before + chunk
        for pattern, code in _RAW:
            if pattern.search(window):
                raise refuse(code)
        before = window[-_RAW_OVERLAP:]


def _check_end(stream: BinaryIO, size: int) -> None:
    start = max(0, size - _TAIL_BYTES)
    stream.seek(start)
    position = stream.read().rfind(b"%%EOF")
    if position < 0:
        raise refuse("pdf_truncated")
    if hidden := find_in_trailer(stream, start + position + 5, size):
        raise refuse("polyglot", found="a PDF", hidden=hidden)


def _check_objects(reader: PdfReader, limits: Limits) -> None:
    """Visit everything that hangs from the trailer, once each."""
    seen: set[tuple[int, int]] = set()
    pending: list[Any] = [reader.trailer]
    count = 0
    while pending:
        item = pending.pop()
        if isinstance(item, IndirectObject):
            key = (item.idnum, item.generation)
            if key in seen:
                continue
            seen.add(key)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            count += 1
            _check_dictionary(item, limits)
            pending.extend(item.raw_get(name) for name in item if name not in _SKIPPED)
        elif isinstance(item, ArrayObject):
            pending.extend(list.__iter__(item))
        if count > limits.max_pdf_objects:
            raise refuse("pdf_too_complex", limit=f"{limits.max_pdf_objects:,}")


def _check_dictionary(item: DictionaryObject, limits: Limits) -> None:
    if (code := _ACTIONS.get(_name(item, "/S"))) is not None:
        raise refuse(code)
    for key in _LEADS_TO_ACTIONS:
        # What we can't follow, a more forgiving reader may still find and run.
        if key in item and not isinstance(_value(item, key), (DictionaryObject, ArrayObject)):
            raise refuse("pdf_damaged")
    if "/JS" in item or "/JavaScript" in item:
        raise refuse("pdf_javascript")
    if "/XFA" in item:
        raise refuse("pdf_form_actions")
    is_attachment = _name(item, "/Subtype") in _ANNOTATIONS or _name(item, "/Type") == "/EmbeddedFile"
    if is_attachment or "/EF" in item or "/EmbeddedFiles" in item:
        raise refuse("pdf_embedded_file")
    if _name(item, "/Subtype") == "/Image":
        width, height = _value(item, "/Width"), _value(item, "/Height")
        if isinstance(width, int) and isinstance(height, int) and width * height > limits.max_pixels:
            megapixels = f"{width * height / 1e6:,.1f}"
            raise refuse("too_many_pixels", megapixels=megapixels, limit=f"{limits.max_pixels / 1e6:g}")


def _value(item: DictionaryObject, key: str) -> Any:
    """The value, followed where it is a reference; None if there is none. (``get`` hands out the reference itself.)"""
    if key not in item:
        return None
    return item[key]


def _name(item: DictionaryObject, key: str) -> str:
    value = _value(item, key)
    return value if isinstance(value, str) else ""


def _count_pages(reader: PdfReader, limits: Limits) -> int:
    """Walk the page tree ourselves: a page or node met twice is a loop."""
    root = reader.trailer["/Root"]
    if not isinstance(root, DictionaryObject) or "/Pages" not in root:
        raise refuse("pdf_no_pages")
    pending: list[tuple[Any, int]] = [(root.raw_get("/Pages"), 0)]
    seen: set[tuple[int, int]] = set()
    pages = 0
    while pending:
        node, depth = pending.pop()
        if isinstance(node, IndirectObject):
            key = (node.idnum, node.generation)
            if key in seen:
                raise refuse("pdf_page_loop")
            seen.add(key)
            node = node.get_object()
        if depth > _MAX_PAGE_DEPTH:
            raise refuse("pdf_page_loop")
        if not isinstance(node, DictionaryObject):
            continue
        children = _value(node, "/Kids")
        if isinstance(children, ArrayObject):
            pending.extend((child, depth + 1) for child in list.__iter__(children))
        elif _name(node, "/Type") != "/Pages":
            pages += 1
        if pages > limits.max_pdf_pages:
            raise refuse("pdf_too_many_pages", limit=str(limits.max_pdf_pages))
    if not pages:
        raise refuse("pdf_no_pages")
    return pages
