"""PDFs in the decoding process: checked, then drawn page by page by pdfium."""

from __future__ import annotations

import time

import pypdfium2
import pypdfium2.raw as pdfium

from verifications.documents.jobs import Facts, Job
from verifications.documents.papers import check_paper
from verifications.documents.pictures import write_shown
from verifications.documents.refusals import refuse

POINTS_PER_INCH = 72
DPI = 150
_CPU_SHARE = 0.7  # of the processor time allowed: past it no further page is begun


def look_at_paper(job: Job) -> Facts:
    """Check a PDF and draw its first pages; the first must draw. Raises ``UploadRefused``."""
    with job.path.open("rb") as stream:
        pages = check_paper(stream, job.path.stat().st_size, job.limits)
    facts = Facts(pages=pages)
    try:
        document = pypdfium2.PdfDocument(job.path)
        _ask_pdfium(document)
        shown = 0
        for number in range(min(pages, len(document), job.limits.preview_pages if job.out_dir else 1)):
            if shown and time.process_time() > _CPU_SHARE * job.limits.cpu_seconds:
                break
            _draw(document, number, job, facts)
            shown += 1
    except pypdfium2.PdfiumError as error:
        raise refuse("pdf_damaged") from error
    if not shown:
        raise refuse("pdf_no_pages")
    if job.out_dir and shown < pages:
        facts.notes.append(f"Pictures are shown of the first {shown} of {pages} pages; the original has all of them.")
    return facts


def _ask_pdfium(document: pypdfium2.PdfDocument) -> None:
    """A second opinion on scripts and attachments, from the program that draws the pages."""
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        raise refuse("pdf_javascript")
    if pdfium.FPDFDoc_GetAttachmentCount(document) > 0:
        raise refuse("pdf_embedded_file")


def _draw(document: pypdfium2.PdfDocument, number: int, job: Job, facts: Facts) -> None:
    page = document[number]
    width, height = page.get_size()
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise refuse("pdf_damaged")
    scale = min(DPI / POINTS_PER_INCH, job.limits.preview_side / max(width, height))
    image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    page.close()
    side = job.limits.preview_side
    if max(image.size) > side:  # the renderer rounds up
        image.thumbnail((side, side))
    if number == 0:
        facts.width, facts.height = image.size
    if job.zone:
        from verifications.documents.mrz_reader import read_mrz  # noqa: PLC0415 - loaded only where needed

        facts.zone = read_mrz(image)
    write_shown(job, facts, image, page=number + 1)
