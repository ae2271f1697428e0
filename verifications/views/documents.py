"""Uploads in, pictures and originals out; and the signed addresses a provider fetches from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import IO

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import DocumentSlot, RenditionKind
from verifications.errors import DomainError, NotAllowed
from verifications.middleware import announced_length, limits_own_body
from verifications.models import Document, Verification
from verifications.services.document_addresses import open_presigned
from verifications.services.documents import (
    FileMissing,
    open_original,
    open_rendition,
    remove_document,
    spooled,
    store_upload,
    upload_limit,
)
from verifications.services.verifications import slots_for
from verifications.views.access import actor_of, needs
from verifications.views.slots import slot_context

SANDBOXED = "default-src 'none'; sandbox"
FORM_OVERHEAD = 64 * 1024
"""What a multipart form adds around the file: boundaries, headers, the slot's name."""
CHUNK = 256 * 1024


@limits_own_body
@require_POST
@needs("add_document")
@csrf_exempt
def document_upload(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take one file for one slot of a draft. Over the limit is refused by its announced length, before it is read.

    The CSRF check reads the body, so it is left out here and made in ``_take_upload``, once the length is known to fit.
    """
    verification = get_object_or_404(Verification.objects.select_related("account", "customer"), public_id=public_id)
    limit = upload_limit(verification.account)
    if announced_length(request) > limit + FORM_OVERHEAD:
        text = _("The file is larger than %(limit)s MiB, the most this account may send.") % {
            "limit": limit // 1024 // 1024
        }
        return _refused(request, verification, text, status=413)
    return _take_upload(request, verification)


@csrf_protect
def _take_upload(request: HttpRequest, verification: Verification) -> HttpResponse:
    upload = request.FILES.get("file")
    slot = request.POST.get("slot", "")
    if upload is None:
        return _refused(request, verification, _("No file arrived. Choose it again."), status=400)
    try:
        with spooled(upload) as path:
            document = store_upload(
                verification_id=verification.pk,
                slot=slot,
                path=path,
                claimed_name=upload.name or "",
                actor=actor_of(request),
                at=timezone.now(),
            )
    except DomainError as error:
        return _refused(request, verification, str(error), status=422)
    if not _wants_json(request):
        messages.success(request, _("Document added."))
        return redirect("verifications:verification_edit", verification.public_id)
    return JsonResponse({"html": _slot_html(request, verification, slot, document)}, status=201)


@require_POST
@needs("delete_document")
def document_remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Off its draft; what is attached to a note is no document of a check and stays."""
    document = get_object_or_404(Document.objects.select_related("verification__account"), public_id=public_id)
    verification = document.verification
    if verification is None:
        raise Http404
    try:
        remove_document(document_id=document.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, verification, str(error), status=409)
    if not _wants_json(request):
        return redirect("verifications:verification_edit", verification.public_id)
    return JsonResponse({"html": _slot_html(request, verification, document.slot, None)})


@require_safe
@needs("view_document")
def document_preview(request: HttpRequest, public_id: uuid.UUID, page: int) -> HttpResponseBase:
    return _rendition(request, public_id, RenditionKind.PREVIEW, page)


@require_safe
@needs("view_document")
def document_thumbnail(request: HttpRequest, public_id: uuid.UUID, page: int) -> HttpResponseBase:
    return _rendition(request, public_id, RenditionKind.THUMBNAIL, page)


@require_safe
@needs("download_original")
def document_original(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The original as a download; a browser never shows it."""
    document = get_object_or_404(Document.objects.select_related("customer"), public_id=public_id)
    try:
        stream = open_original(document=document, actor=actor_of(request), at=timezone.now())
    except FileMissing as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    response = FileResponse(
        stream, as_attachment=True, filename=f"{document.slot}-{document.public_id}.{document.extension}"
    )
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Security-Policy"] = SANDBOXED
    return response


@login_not_required
@require_safe
def document_address(request: HttpRequest, token: str, filename: str) -> HttpResponseBase:
    """A file for a provider, by a signed address that is over soon. Anything wrong looks the same: 404."""
    try:
        served = open_presigned(token=token, filename=filename, at=timezone.now())
    except (NotAllowed, FileMissing):
        return HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")
    if request.method == "HEAD":
        served.stream.close()
        body: Iterable[bytes] = ()
    else:
        body = _Pieces(served.stream)
    response = StreamingHttpResponse(body, content_type=served.content_type)
    response.headers["Content-Length"] = str(served.size)
    response.headers["Content-Disposition"] = f'attachment; filename="{served.filename}"'
    response.headers["Content-Security-Policy"] = SANDBOXED
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _rendition(request: HttpRequest, public_id: uuid.UUID, kind: RenditionKind, page: int) -> HttpResponseBase:
    document = get_object_or_404(Document.objects.select_related("customer"), public_id=public_id)
    try:
        stream = open_rendition(document=document, kind=kind, page=page, actor=actor_of(request), at=timezone.now())
    except FileMissing as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    response = FileResponse(stream, content_type="image/jpeg")
    response.headers["Content-Security-Policy"] = SANDBOXED
    response.headers["Content-Disposition"] = "inline"
    return response


class _Pieces:
    """A stream in pieces; closed with the response, also when the caller went away before the first piece."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.close = stream.close

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._stream.read(CHUNK):
            yield piece


def _refused(request: HttpRequest, verification: Verification, text: str, *, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": text}, status=status)
    messages.error(request, text)
    return redirect("verifications:verification_edit", verification.public_id)


def _slot_html(request: HttpRequest, verification: Verification, slot: str, document: Document | None) -> str:
    required = dict(slots_for(verification)).get(DocumentSlot(slot), False)
    may_remove = request.user.has_perm("verifications.delete_document")
    context = {
        "slot": slot_context(
            DocumentSlot(slot), method=verification.method, required=required, document=document, may_remove=may_remove
        ),
        "upload_url": reverse("verifications:document_upload", args=[verification.public_id]),
        "max_bytes": upload_limit(verification.account),
        "editable": True,
    }
    return render_to_string("components/_upload_slot.html", context, request=request)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
