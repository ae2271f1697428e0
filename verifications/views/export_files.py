"""An export's file, whole or from where a download broke off, and what proves it.

Every request that sends bytes of the file leaves an entry in the access log; a resumed one says from which byte. A HEAD
and a refused range send none, and leave none.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from verifications.enums import ExportStatus
from verifications.errors import DomainError, NotAllowed
from verifications.integrity import verify_records
from verifications.models import Export
from verifications.selectors.export_list import visible_exports
from verifications.services.document_files import FileMissing
from verifications.services.export_downloads import Proof, content_type, file_name, open_download, open_manifest
from verifications.views.access import needs
from verifications.views.byte_ranges import Changed, NotSatisfiable, Piece, wanted_piece
from verifications.views.documents import SANDBOXED

CHUNK = 256 * 1024
VERIFIER = "verify_records.py"
BUNDLE = "proof.zip"
PROOF = ("manifest.json", "manifest.sig", "keys.json", VERIFIER)
"""What is put beside the file to check it, one by one or together as ``BUNDLE``; each address ends in the name."""
_TYPES = {".json": "application/json", ".sig": "application/json", ".py": "text/x-python", ".zip": "application/zip"}
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def find_export(request: HttpRequest, public_id: uuid.UUID) -> Export:
    """One that this person may see; anybody else's is as if it were not there."""
    return get_object_or_404(visible_exports(request.user), public_id=public_id)


@require_safe
@needs("view_export")
def export_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The file, or the one range of it that is asked for; ``HEAD`` says how long it is."""
    export = find_export(request, public_id)
    if export.status != ExportStatus.READY or export.size is None:
        return _text(_("This export has no file."), status=404)
    etag = f'"{export.sha256}"'
    is_get = request.method == "GET"
    try:
        piece, is_part = wanted_piece(request.headers if is_get else {}, size=export.size, etag=etag)
        body = _opened(request, export, piece, is_part=is_part) if is_get else ()
    except NotSatisfiable:
        return _text("", status=416, headers={"Content-Range": f"bytes */{export.size}"})
    except Changed:
        return _text("", status=412, headers={"ETag": etag})
    except DomainError as error:
        return _refused(error)
    response = StreamingHttpResponse(body, status=206 if is_part else 200, content_type=content_type(export))
    response.headers["Content-Length"] = str(piece.length)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    if is_part:
        response.headers["Content-Range"] = piece.content_range
    return _as_download(response, file_name(export))


@require_safe
@needs("view_export")
def export_proof(request: HttpRequest, public_id: uuid.UUID, name: str) -> HttpResponseBase:
    """One of the files that prove an export, by its name, or all of them together."""
    export = find_export(request, public_id)
    if name not in (*PROOF, BUNDLE) or not export.sha256:
        raise Http404
    if name == VERIFIER:
        content = _verifier()
    else:
        try:
            proof, export = open_manifest(export_id=export.pk, person=request.user, at=timezone.now(), part=name)
        except DomainError as error:
            return _refused(error)
        content = _bundle(proof) if name == BUNDLE else _part(proof, name)
    return _as_download(HttpResponse(content, content_type=_TYPES[Path(name).suffix]), name)


class _Pieces:
    """So many bytes of a stream, a few at a time; closed with the response, also when the caller went away before.

    An object store is asked for the range alone; anything else is read from its first byte on.
    """

    def __init__(self, stream: IO[bytes], piece: Piece) -> None:
        self._stream = stream
        self._piece = piece
        self.close = stream.close

    def __iter__(self) -> Iterator[bytes]:
        left = self._piece.length
        source = self._source() if left else self._stream
        while left > 0 and (chunk := source.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk

    def _source(self) -> Any:
        stored: Any = getattr(self._stream, "obj", None)
        if stored is None:
            self._stream.seek(self._piece.first)
            return self._stream
        return stored.get(Range=f"bytes={self._piece.first}-{self._piece.last}")["Body"]


def _opened(request: HttpRequest, export: Export, piece: Piece, *, is_part: bool) -> _Pieces:
    ranged = {"first": piece.first, "last": piece.last} if is_part else {}
    stream, _export = open_download(export_id=export.pk, person=request.user, at=timezone.now(), **ranged)
    return _Pieces(stream, piece)


def _part(proof: Proof, name: str) -> bytes:
    return {"manifest.json": proof.manifest, "manifest.sig": proof.signature, "keys.json": proof.keys}[name]


def _bundle(proof: Proof) -> bytes:
    """The same bytes for the same proof: a ZIP whose entries have no time of their own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in PROOF:
            content = _verifier() if name == VERIFIER else _part(proof, name)
            bundle.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _verifier() -> bytes:
    return Path(verify_records.__file__).read_bytes()


def _as_download(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """Kept, and never shown by a browser. The name is of letters, digits and dashes: it needs no escaping."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = SANDBOXED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(error: DomainError) -> HttpResponse:
    if isinstance(error, FileMissing):
        return _text(_("The file is missing from storage. Restore it from a backup, or export again."), status=404)
    return _text(str(error), status=403 if isinstance(error, NotAllowed) else 404)


def _text(text: str, *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
