"""The body of a call built again from what is kept, and proved by the hash that was written before it left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from verifications.enums import LINK_CREATIONS, CallOperation
from verifications.errors import DomainError
from verifications.models import ImageSubmission, ProviderCall
from verifications.providers.errors import ProviderError
from verifications.providers.multipart import MultipartBody
from verifications.providers.transmit_requests import image_body
from verifications.services.call_requests import current_documents, file_part
from verifications.services.sealed_values import open_bytes
from verifications.services.session_calls import image_to_add

FORM = "multipart/form-data; boundary="
ONE_TIME = (CallOperation.CREATE_SESSION, CallOperation.FETCH_TOKEN, *LINK_CREATIONS)
"""Carry a state, a return address or a secret that is nowhere stored."""


class NotRebuildable(DomainError):
    """The body can't be built again: nothing was sent, a key was destroyed, or a file is missing."""


@dataclass(frozen=True)
class Rebuilt:
    """What came out: its hash and size beside the ones on the ledger."""

    sha256: str
    size: int
    expected_sha256: str
    expected_size: int

    @property
    def is_proved(self) -> bool:
        return (self.sha256, self.size) == (self.expected_sha256, self.expected_size)


def prove_body(call: ProviderCall) -> Rebuilt:
    """Build the body again and hash it; raises ``NotRebuildable`` with the reason when that can't be done."""
    digest, size = hashlib.sha256(), 0
    for piece in rebuilt_body(call):
        digest.update(piece)
        size += len(piece)
    return Rebuilt(digest.hexdigest(), size, call.body_sha256, call.body_size or 0)


def rebuilt_body(call: ProviderCall) -> Iterator[bytes]:
    """The body's bytes in pieces, memory independent of its size; raises ``NotRebuildable``."""
    if call.sending_at is None:
        raise NotRebuildable(_("Nothing of this call was sent."))
    if not call.body_size:
        return
    try:
        if call.content_type.startswith(FORM):
            yield from _form(call)
        elif call.operation == CallOperation.ADD_IMAGE:
            yield from _image(call)
        elif call.operation in ONE_TIME:
            raise NotRebuildable(_("The one-time token in it was never kept, only its hash; the rest is on this page."))
        else:
            yield open_bytes(call, "request_exact") or open_bytes(call, "request_original")
    except (ProviderError, OSError, KeyError, ValueError) as error:
        raise NotRebuildable(
            _("What was sent can't be built again: a file or part of the record is missing.")
        ) from error


def _form(call: ProviderCall) -> Iterator[bytes]:
    if call.verification is None:
        raise NotRebuildable("This call speaks of no verification.")
    kept = json.loads(open_bytes(call, "request_original"))
    documents = {document.slot: document for document in current_documents(call.verification)}
    parts = [file_part(documents[part["name"]]) for part in kept["parts"]]
    fields = (("type", kept["type"]), ("metadata", kept["metadata"]))
    with MultipartBody(fields=fields, files=parts, boundary=call.content_type.removeprefix(FORM)) as form:
        yield from form


def _image(call: ProviderCall) -> Iterator[bytes]:
    submission = ImageSubmission.objects.select_related("document").get(public_id=call.argument)
    image, _sha256 = image_to_add(submission)
    yield from image_body(image).content
