"""What the case page and the verification page show, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from verifications.enums import MOVING_STATUSES, RenditionKind, VerificationStatus, VerificationType
from verifications.models import Case, Document, ProviderCall, Sealed, Verification
from verifications.providers import vocabulary
from verifications.selectors.records import calls_of, timeline_of
from verifications.selectors.timeline import TimelineLine, timeline_lines


@dataclass(frozen=True)
class ShownValue:
    """One line of what was entered. A sealed one shows its mask, and ``reveal_url`` where it can be revealed."""

    label: str
    text: str
    is_sealed: bool = False
    reveal_url: str = ""


@dataclass(frozen=True)
class CasePage:
    verifications: list[Verification]
    latest: Verification | None
    documents: list[Document]
    viewer_items: list[dict[str, Any]]
    entered: list[ShownValue]
    calls: list[ProviderCall]
    timeline: list[TimelineLine]
    is_moving: bool


LABELS: tuple[tuple[str, str], ...] = (
    ("document_type", "Document"),
    ("document_number", "Document number"),
    ("issuing_country", "Issued by"),
    ("expiration_date", "Expires"),
    ("first_name", "First name"),
    ("middle_name", "Middle name"),
    ("last_name", "Last name"),
    ("date_of_birth", "Date of birth"),
    ("nationality", "Nationality"),
    ("address", "Address"),
    ("selfie_type", "Kind of selfie"),
    ("tax_id_type", "Tax number"),
    ("screenings", "Screening results"),
    ("verifier", "Verifier"),
    ("verified_at", "Verified at"),
    ("verifier_response", "Verifier's answer"),
    ("external_verification_id", "Our id of the check"),
)
NAMES = ("first_name", "middle_name", "last_name")
_WORDS = dict(
    vocabulary.IDENTITY_DOCUMENT_TYPES
    + vocabulary.RESIDENCE_DOCUMENT_TYPES
    + vocabulary.SELFIE_TYPES
    + vocabulary.TAX_ID_TYPES
    + vocabulary.TAX_DOCUMENT_TYPES
)


def case_page(case: Case) -> CasePage:
    verifications = list(
        Verification.objects.filter(case=case).select_related("account", "provider_user").order_by("-id")[:50]
    )
    latest = verifications[0] if verifications else None
    documents = documents_of(verifications)
    return CasePage(
        verifications=verifications,
        latest=latest,
        documents=documents,
        viewer_items=viewer_items(documents),
        entered=entered_values(latest) if latest else [],
        calls=calls_of(latest) if latest else [],
        timeline=timeline_lines(timeline_of(case.customer)),
        is_moving=any(verification.status in MOVING_STATUSES for verification in verifications),
    )


def documents_of(verifications: list[Verification]) -> list[Document]:
    """Documents that count, newest verification first; a corrected copy hides the one it was copied from."""
    documents = (
        Document.objects.filter(verification__in=verifications, removed_at__isnull=True)
        .prefetch_related("renditions")
        .select_related("verification", "session_image")
        .order_by("-verification_id", "id")
    )
    seen: set[str] = set()
    shown = []
    for document in documents:
        if document.storage_name not in seen:
            seen.add(document.storage_name)
            shown.append(document)
    return shown


def viewer_items(documents: list[Document]) -> list[dict[str, Any]]:
    """Items for the document viewer, one a page."""
    items: list[dict[str, Any]] = []
    for document in documents:
        pages = sorted(r.page for r in document.renditions.all() if r.kind == RenditionKind.PREVIEW)
        thumbnails = {r.page for r in document.renditions.all() if r.kind == RenditionKind.THUMBNAIL}
        meta = f"{size_label(document.size)} · SHA-256 {short_hash(document.sha256)}"
        common = {
            "label": document_label(document),
            "name": document.display_name,
            "meta": meta,
            "download_url": reverse("verifications:document_original", args=[document.public_id]),
        }
        if not pages:
            kind = "video" if document.family == "video" else "none"
            items.append(
                common
                | {
                    "id": f"{document.public_id}-0",
                    "kind": kind,
                    "page_label": "",
                    "preview_url": "",
                    "thumbnail_url": "",
                }
            )
        for page in pages:
            thumbnail = reverse("verifications:document_thumbnail", args=[document.public_id, page])
            items.append(
                common
                | {
                    "id": f"{document.public_id}-{page}",
                    "kind": "image",
                    "page_label": f"Page {page} of {document.pages}" if (document.pages or 1) > 1 else "",
                    "preview_url": reverse("verifications:document_preview", args=[document.public_id, page]),
                    "thumbnail_url": thumbnail if page in thumbnails else "",
                }
            )
    return items


def document_label(document: Document) -> str:
    """The slot; of a provider's copy also which of its versions it is. Costs no query with ``documents_of``."""
    image = getattr(document, "session_image", None)
    if image is None:
        return document.get_slot_display()
    version = "rejected" if image.rejected else "original" if image.is_original else "refined"
    return f"{document.get_slot_display()}, {version}"


def entered_values(verification: Verification) -> list[ShownValue]:
    """What was entered, masked where it is sealed; empty members are left out."""
    hidden = () if verification.type == VerificationType.IDENTITY_DOCUMENT else NAMES
    shown = []
    for name, label in LABELS:
        value = getattr(verification, name)
        if not value or name in hidden:
            continue
        if isinstance(value, Sealed):
            url = reverse("verifications:value_reveal", args=["verification", verification.public_id, name])
            shown.append(ShownValue(label, value.mask, is_sealed=True, reveal_url=url))
        else:
            shown.append(ShownValue(label, _words(name, value)))
    return shown


def customer_values(customer: Any) -> list[ShownValue]:
    """The customer's record, masked where it is sealed."""
    labels = (
        ("date_of_birth", "Date of birth"),
        ("city_of_birth", "City of birth"),
        ("country_of_birth", "Country of birth"),
        ("nationalities", "Nationalities"),
        ("country", "Country of residence"),
        ("address", "Address"),
        ("email", "E-mail"),
        ("phone", "Phone"),
        ("tax_ids", "Tax numbers"),
        ("occupation", "Occupation"),
        ("employer_name", "Employer"),
        ("language", "Language"),
    )
    shown = []
    for name, label in labels:
        value = getattr(customer, name)
        if not value:
            continue
        if isinstance(value, Sealed):
            url = reverse("verifications:value_reveal", args=["customer", customer.public_id, name])
            shown.append(ShownValue(label, value.mask, is_sealed=True, reveal_url=url))
        elif name == "nationalities":
            shown.append(ShownValue(label, ", ".join(value)))
        elif name == "occupation":
            shown.append(ShownValue(label, dict(vocabulary.OCCUPATIONS).get(value, value)))
        else:
            shown.append(ShownValue(label, str(value)))
    return shown


def is_moving(verification: Verification) -> bool:
    return verification.status in MOVING_STATUSES or verification.status == VerificationStatus.OUTCOME_UNKNOWN


def size_label(size: int) -> str:
    """``1887436`` -> ``1.8 MB``."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} kB"
    return f"{size / 1024 / 1024:.1f} MB"


def short_hash(sha256: str) -> str:
    return f"{sha256[:4]}…{sha256[-4:]}"


def _words(name: str, value: Any) -> str:
    if name in {"document_type", "selfie_type", "tax_id_type"}:
        return _WORDS.get(value, value)
    if name == "verified_at":
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)
