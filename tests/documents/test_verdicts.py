"""One written verdict for every kind of file: accepted as what, or refused for which reason."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents import pdf_samples as pdfs
from tests.documents import samples
from verifications.documents.inspection import inspect_upload
from verifications.documents.types import UploadRefused

MAX_BYTES = 20 * 1024 * 1024
JSON = frozenset({"application/json", "image/jpeg"})
PAPERS = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"})

ACCEPTED: dict[str, tuple[Callable[[], bytes], str, str, str]] = {
    # kind: bytes, claimed name, content type, true extension
    "JPEG": (samples.jpeg, "passport.jpg", "image/jpeg", "jpg"),
    "JPEG, upper case": (samples.jpeg, "PASSPORT.JPG", "image/jpeg", "jpg"),
    "JPEG without extension": (samples.jpeg, "passport", "image/jpeg", "jpg"),
    "JPEG called PNG": (samples.jpeg, "passport.png", "image/jpeg", "jpg"),
    "JPEG, progressive": (lambda: samples.jpeg(progressive=True), "a.jpeg", "image/jpeg", "jpg"),
    "JPEG, grey": (lambda: samples.jpeg(mode="L"), "a.jpg", "image/jpeg", "jpg"),
    "JPEG, CMYK": (lambda: samples.jpeg(mode="CMYK"), "a.jpg", "image/jpeg", "jpg"),
    "JPEG, motion photo": (samples.motion_photo, "a.jpg", "image/jpeg", "jpg"),
    "JPEG, padded": (lambda: samples.jpeg() + bytes(5000), "a.jpg", "image/jpeg", "jpg"),
    "JPEG, second picture": (lambda: samples.jpeg() + samples.jpeg((40, 30)), "a.jpg", "image/jpeg", "jpg"),
    "JPEG, one pixel": (lambda: samples.jpeg((2, 1)), "a.jpg", "image/jpeg", "jpg"),
    "JPEG, cut short but closed": (  # libjpeg fills what is missing with grey and does not tell: a person sees it
        lambda: samples.jpeg((900, 900))[:3000] + b"\xff\xd9",
        "a.jpg",
        "image/jpeg",
        "jpg",
    ),
    "PNG": (samples.png, "id.png", "image/png", "png"),
    "PNG, palette": (lambda: samples.png(mode="P"), "id.png", "image/png", "png"),
    "PNG, transparent": (lambda: samples.png(mode="RGBA"), "id.png", "image/png", "png"),
    "PNG, black and white": (lambda: samples.png(mode="1"), "id.png", "image/png", "png"),
    "PNG, 16 bit": (samples.rgb16_png, "id.png", "image/png", "png"),
    "PNG, 16 bit grey": (samples.grey16_png, "id.png", "image/png", "png"),
    "WebP": (samples.webp, "id.webp", "image/webp", "webp"),
    "WebP, lossless": (lambda: samples.webp(lossless=True), "id.webp", "image/webp", "webp"),
    "WebP, with metadata": (lambda: samples.webp(exif=samples.exif(6)), "id.webp", "image/webp", "webp"),
    "HEIC": (samples.heic, "IMG_0001.HEIC", "image/heic", "heic"),
    "HEIC called JPEG": (samples.heic, "IMG_0001.jpg", "image/heic", "heic"),
    "PDF": (pdfs.pdf, "bill.pdf", "application/pdf", "pdf"),
    "PDF, 50 pages": (lambda: pdfs.pdf(50), "bill.pdf", "application/pdf", "pdf"),
    "PDF with a web link": (pdfs.with_link, "bill.pdf", "application/pdf", "pdf"),
    "MP4": (samples.mp4, "selfie.mp4", "video/mp4", "mp4"),
    "M4V": (lambda: samples.mp4(b"M4V "), "selfie.m4v", "video/mp4", "m4v"),
    "MOV": (lambda: samples.mp4(b"qt  "), "selfie.mov", "video/quicktime", "mov"),
    "MOV, old": (samples.old_quicktime, "selfie.mov", "video/quicktime", "mov"),
    "WebM": (samples.webm, "selfie.webm", "video/webm", "webm"),
    "WebM, recorded live": (lambda: samples.webm(live=True), "selfie.webm", "video/webm", "webm"),
}

REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    # kind: bytes, claimed name, code of the refusal
    "empty": (lambda: b"", "a.jpg", "empty"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.jpg", "svg"),
    "SVG behind an XML header": (lambda: b'<?xml version="1.0"?>\n<!-- x --><svg onload="x"/>', "a.png", "svg"),
    "HTML": (lambda: b"<!DOCTYPE html><html><body>hi</body></html>", "a.pdf", "html"),
    "HTML behind text": (lambda: b"\n\n hello <script >alert(1)</script>", "a.jpg", "html"),
    "HTML in UTF-16": (lambda: "<html><body>x</body></html>".encode("utf-16"), "a.jpg", "html"),
    "XML": (lambda: b'<?xml version="1.0"?><a/>', "a.jpg", "xml"),
    "shell script": (lambda: b"#!/bin/sh\nrm -r /\n", "a.jpg", "script"),
    "PHP": (lambda: b"<?php phpinfo(); ?>", "a.jpg", "script"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0\n", "a.pdf", "script"),
    "plain text": (lambda: b"just words\n", "a.jpg", "text"),
    "JSON, not asked for": (lambda: b'{"a": 1}', "a.json", "not_accepted"),
    "ZIP": (samples.archive, "a.jpg", "archive"),
    "Word": (lambda: samples.archive("[Content_Types].xml"), "a.docx", "office"),
    "old Word": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "office"),
    "gzip": (lambda: b"\x1f\x8b\x08" + bytes(60), "a.jpg", "archive"),
    "RAR": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(60), "a.jpg", "archive"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(60), "a.jpg", "archive"),
    "Windows program": (lambda: b"MZ\x90\x00" + bytes(600), "a.jpg", "executable"),
    "Linux program": (lambda: b"\x7fELF\x02\x01\x01" + bytes(600), "a.jpg", "executable"),
    "GIF": (lambda: samples.encoded(samples.quarters(), "GIF"), "a.gif", "unsupported_image"),
    "TIFF": (lambda: samples.encoded(samples.quarters(), "TIFF"), "a.tif", "unsupported_image"),
    "BMP": (lambda: samples.encoded(samples.quarters(), "BMP"), "a.bmp", "unsupported_image"),
    "AVIF": (lambda: samples.encoded(samples.quarters(), "AVIF"), "a.avif", "unsupported_image"),
    "noise": (lambda: bytes(range(255, 0, -1)) * 20, "a.jpg", "unknown_type"),
    "program's name": (samples.jpeg, "passport.jpg.exe", "dangerous_name"),
    "page's name": (samples.jpeg, "passport.html", "dangerous_name"),
    # polyglots
    "JPEG + HTML": (lambda: samples.jpeg() + b"<html><script>alert(document.domain)</script>", "a.jpg", "polyglot"),
    "JPEG + script far behind": (
        lambda: samples.jpeg() + bytes(1_100_000) + b"<script src=//example.com/x></script>",
        "a.jpg",
        "polyglot",
    ),
    "JPEG + SVG": (lambda: samples.jpeg() + b'<svg onload="alert(1)">', "a.jpg", "polyglot"),
    "JPEG + PHP": (lambda: samples.jpeg() + b"<?php system($_GET[1]); ?>", "a.jpg", "polyglot"),
    "JPEG + PDF": (lambda: samples.jpeg() + pdfs.pdf(), "a.jpg", "polyglot"),
    "JPEG + ZIP": (lambda: samples.zip_behind(samples.jpeg()), "a.jpg", "polyglot"),
    "JPEG + program": (lambda: samples.jpeg() + b"MZ" + bytes(200), "a.jpg", "polyglot"),
    "JPEG, script in its comment": (
        lambda: samples.jpeg_with_comment(b"<script>alert(document.cookie)</script>"),
        "a.jpg",
        "polyglot",
    ),
    "JPEG, PDF in its comment": (lambda: samples.jpeg_with_comment(b"%PDF-1.4 1 0 obj"), "a.jpg", "polyglot"),
    "PNG + HTML": (lambda: samples.png() + b"<html><body onload=x></body></html>", "a.png", "polyglot"),
    "PNG + ZIP": (lambda: samples.zip_behind(samples.png()), "a.png", "polyglot"),
    "WebP + HTML": (lambda: samples.webp() + b"<html><body onload=x></body></html>", "a.webp", "polyglot"),
    "HEIC + HTML": (lambda: samples.heic() + b"<html><body onload=x></body></html>", "a.heic", "polyglot"),
    "MP4 + ZIP": (lambda: samples.zip_behind(samples.mp4()), "a.mp4", "polyglot"),
    "PDF + ZIP": (lambda: samples.zip_behind(pdfs.pdf()), "a.pdf", "polyglot"),
    "PDF + HTML": (lambda: pdfs.pdf() + b"<html><script>alert(1)</script></html>", "a.pdf", "polyglot"),
    "PDF, HTML at its start": (
        lambda: pdfs.pdf().replace(b"%PDF-1.4\n", b"%PDF-1.4\n%<html><script>alert(1)</script>\n", 1),
        "a.pdf",
        "polyglot",
    ),
    "PDF behind text": (lambda: b"Hello\n" + pdfs.pdf(), "a.pdf", "pdf_header"),
    # pictures
    "PNG bomb": (samples.bomb_png, "a.png", "too_many_pixels"),
    "JPEG header of 4 gigapixels": (
        lambda: samples.jpeg().replace(struct.pack(">HH", 160, 240), b"\xff\xf0\xff\xf0", 1),
        "a.jpg",
        "too_many_pixels",
    ),
    "animated PNG": (lambda: samples.animated("PNG"), "a.png", "animated"),
    "animated WebP": (lambda: samples.animated("WEBP"), "a.webp", "animated"),
    "HEIC sequence": (lambda: samples.heic()[:8] + b"hevc" + samples.heic()[12:], "a.heic", "animated"),
    "JPEG, half": (lambda: samples.jpeg()[: len(samples.jpeg()) // 2], "a.jpg", "truncated"),
    "JPEG, last byte missing": (lambda: samples.jpeg()[:-1], "a.jpg", "truncated"),
    "JPEG, only its first bytes": (lambda: b"\xff\xd8\xff\xe0", "a.jpg", "truncated"),
    "PNG, half": (lambda: samples.png()[: len(samples.png()) // 2], "a.png", "truncated"),
    "PNG, wrong checksum": (lambda: samples.png()[:60] + b"\x00\x01" + samples.png()[62:], "a.png", "damaged"),
    "PNG, too few rows": (lambda: samples.png().replace(*_taller_header()), "a.png", "truncated"),
    "WebP, half": (lambda: samples.webp()[: len(samples.webp()) // 2], "a.webp", "truncated"),
    "HEIC, half": (lambda: samples.heic()[: len(samples.heic()) // 2], "a.heic", "truncated"),
    "HEIC, no picture in it": (lambda: samples.heic()[:28], "a.heic", "damaged"),
    # PDFs
    "PDF, script on opening": (lambda: pdfs.with_open_action("JavaScript"), "a.pdf", "pdf_javascript"),
    "PDF, named script": (pdfs.with_named_script, "a.pdf", "pdf_javascript"),
    "PDF, script under an escaped name": (pdfs.with_hidden_script, "a.pdf", "pdf_javascript"),
    "PDF, script in a packed object": (pdfs.with_packed_script, "a.pdf", "pdf_javascript"),
    "PDF, launch on opening": (lambda: pdfs.with_open_action("Launch"), "a.pdf", "pdf_launch"),
    "PDF, launch named elsewhere": (pdfs.with_launch_named_elsewhere, "a.pdf", "pdf_launch"),
    "PDF, 51 pages listed elsewhere": (lambda: pdfs.with_kids_elsewhere(51), "a.pdf", "pdf_too_many_pages"),
    "PDF, launch on a page": (lambda: pdfs.with_page_action("Launch"), "a.pdf", "pdf_launch"),
    "PDF, opens a file elsewhere": (lambda: pdfs.with_page_action("GoToR"), "a.pdf", "pdf_launch"),
    "PDF, link that launches": (lambda: pdfs.with_link("Launch"), "a.pdf", "pdf_launch"),
    "PDF, form that sends": (lambda: pdfs.with_page_action("SubmitForm"), "a.pdf", "pdf_form_actions"),
    "PDF, dynamic form": (pdfs.with_dynamic_form, "a.pdf", "pdf_form_actions"),
    "PDF, attachment": (pdfs.with_attachment, "a.pdf", "pdf_embedded_file"),
    "PDF, attachment as a note": (lambda: pdfs.with_annotation("FileAttachment"), "a.pdf", "pdf_embedded_file"),
    "PDF, film": (lambda: pdfs.with_annotation("Movie"), "a.pdf", "pdf_embedded_file"),
    "PDF, encrypted": (lambda: pdfs.encrypted("secret"), "a.pdf", "pdf_encrypted"),
    "PDF, encrypted without password": (lambda: pdfs.encrypted(""), "a.pdf", "pdf_encrypted"),
    "PDF, page loop": (pdfs.page_loop, "a.pdf", "pdf_page_loop"),
    "PDF, 51 pages": (lambda: pdfs.pdf(51), "a.pdf", "pdf_too_many_pages"),
    "PDF, no pages": (pdfs.no_pages, "a.pdf", "pdf_no_pages"),
    "PDF, huge picture": (pdfs.with_huge_image, "a.pdf", "too_many_pixels"),
    "PDF, too many parts": (lambda: pdfs.of_many_objects(20_001), "a.pdf", "pdf_too_complex"),
    "PDF, action that leads nowhere": (
        lambda: pdfs.with_packed_script().replace(b"/Type /ObjStm", b"/Type /Objstm"),
        "a.pdf",
        "pdf_damaged",
    ),
    "PDF, half": (lambda: pdfs.pdf()[: len(pdfs.pdf()) // 2], "a.pdf", "pdf_truncated"),
    "PDF, only a header": (lambda: b"%PDF-1.7\nnothing\n%%EOF", "a.pdf", "pdf_damaged"),
    # videos
    "MP4, half": (lambda: samples.mp4()[: len(samples.mp4()) // 2], "a.mp4", "video_truncated"),
    "MP4, no table": (lambda: samples.mp4()[: samples.mp4().index(b"moov") - 4], "a.mp4", "video_truncated"),
    "MP4, no media": (lambda: samples.mp4().replace(b"mdat", b"free", 1), "a.mp4", "video_truncated"),
    "MP4, only sound": (lambda: samples.mp4(handler=b"soun"), "a.mp4", "video_no_picture"),
    "MP4, only a header": (lambda: samples.mp4()[:28], "a.mp4", "video_damaged"),
    "M4A": (lambda: samples.mp4(b"M4A "), "a.mp4", "audio"),
    "3GP": (lambda: samples.mp4(b"3gp4"), "a.mp4", "unsupported_video"),
    "AVI": (lambda: b"RIFF\x40\x00\x00\x00AVI LIST" + bytes(60), "a.mp4", "unsupported_video"),
    "Matroska": (lambda: samples.webm(doctype=b"matroska"), "a.webm", "unsupported_video"),
    "WebM, half": (lambda: samples.webm()[: len(samples.webm()) // 2], "a.webm", "video_truncated"),
    "WebM, no media": (lambda: samples.webm(clusters=0), "a.webm", "video_truncated"),
    "WebM, only sound": (lambda: samples.webm(track_type=2), "a.webm", "video_no_picture"),
}


def _taller_header() -> tuple[bytes, bytes]:
    old = samples.png()[8:33]
    return old, samples.png_chunk(b"IHDR", struct.pack(">II", 240, 400) + old[16:21])


@pytest.mark.parametrize("kind", ACCEPTED)
def test_inspect_upload_accepts(kind: str, tmp_path: Path) -> None:
    make, name, content_type, extension = ACCEPTED[kind]
    path = tmp_path / "upload"
    path.write_bytes(make())

    inspection = inspect_upload(path, claimed_name=name, accept=None, max_bytes=MAX_BYTES)

    assert (inspection.content_type, inspection.extension) == (content_type, extension)
    assert inspection.size == path.stat().st_size
    assert inspection.width
    assert inspection.height


@pytest.mark.parametrize("kind", REFUSED)
def test_inspect_upload_refuses(kind: str, tmp_path: Path) -> None:
    make, name, code = REFUSED[kind]
    path = tmp_path / "upload"
    path.write_bytes(make())

    with pytest.raises(UploadRefused) as refusal:
        inspect_upload(path, claimed_name=name, accept=None, max_bytes=MAX_BYTES)

    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert "{" not in refusal.value.message
