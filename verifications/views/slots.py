"""Upload slots as the templates show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from verifications.enums import DocumentSlot, RenditionKind, VerificationMethod
from verifications.models import Document, Verification
from verifications.selectors.case_page import short_hash, size_label
from verifications.services.documents import accepted_types, uploaded_documents
from verifications.services.verifications import slots_for

HELP = {
    DocumentSlot.FRONT: gettext_lazy("JPEG, PNG, HEIC, WebP or PDF. All four corners visible, no glare."),
    DocumentSlot.BACK: gettext_lazy("For two-sided documents. Leave it out for a passport."),
    DocumentSlot.DOCUMENT: gettext_lazy("JPEG, PNG, HEIC, WebP or PDF. Name, address and date readable."),
    DocumentSlot.SELFIE: gettext_lazy("A picture, or a short MP4, MOV or WebM video."),
    DocumentSlot.TAX_ID: gettext_lazy("JPEG, PNG, HEIC, WebP or PDF."),
}
SESSION_HELP = {
    DocumentSlot.FRONT: gettext_lazy(
        "JPEG, PNG, HEIC or WebP. The side with the portrait, all four corners visible, no glare."
    ),
    DocumentSlot.BACK: gettext_lazy("JPEG, PNG, HEIC or WebP. Leave it out for a passport."),
    DocumentSlot.SELFIE: gettext_lazy("JPEG, PNG, HEIC or WebP. One face, straight, in good light."),
}
ACCEPT = {
    "image/jpeg": ".jpg,.jpeg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic,.heif",
    "application/pdf": ".pdf",
    "video/mp4": ".mp4,.m4v",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}


def slot_contexts(
    verification: Verification, problems: Mapping[str, Sequence[str]], *, may_remove: bool
) -> list[dict[str, Any]]:
    """One dict a slot, in the order of the form."""
    current = {document.slot: document for document in uploaded_documents(verification)}
    return [
        slot_context(
            slot,
            method=verification.method,
            required=required,
            document=current.get(slot),
            problems=problems.get(slot, ()),
            may_remove=may_remove,
        )
        for slot, required in slots_for(verification)
    ]


def slot_context(
    slot: DocumentSlot,
    *,
    method: str,
    required: bool,
    document: Document | None,
    problems: Sequence[str] = (),
    may_remove: bool,
) -> dict[str, Any]:
    types = sorted(accepted_types(slot, method))
    help_texts = SESSION_HELP if method == VerificationMethod.SESSION else HELP
    return {
        "name": slot.value,
        "label": slot.label,
        "help": help_texts.get(slot, _("An image or PDF with the verifier's answer. Optional.")),
        "required": required,
        "accept": ",".join([*types, *(ACCEPT[name] for name in types)]),
        "problems": list(problems),
        "document": _document(document, may_remove=may_remove) if document else None,
    }


def _document(document: Document, *, may_remove: bool) -> dict[str, Any]:
    has_thumbnail = any(r.kind == RenditionKind.THUMBNAIL and r.page == 1 for r in document.renditions.all())
    return {
        "public_id": document.public_id,
        "display_name": document.display_name,
        "content_type": document.content_type,
        "size_label": size_label(document.size),
        "dimension_label": _dimensions(document),
        "sha256": document.sha256,
        "sha256_short": short_hash(document.sha256),
        "thumbnail_url": reverse("verifications:document_thumbnail", args=[document.public_id, 1])
        if has_thumbnail
        else "",
        "remove_url": reverse("verifications:document_remove", args=[document.public_id]) if may_remove else "",
        "notes": document.notes,
    }


def _dimensions(document: Document) -> str:
    if document.family == "pdf" and document.pages:
        return ngettext("%(count)d page", "%(count)d pages", document.pages) % {"count": document.pages}
    return f"{document.width} × {document.height}" if document.width else ""
