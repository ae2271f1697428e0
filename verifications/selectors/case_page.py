"""What the case page and the verification page show, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.enums import MOVING_STATUSES, CaseState, RenditionKind, VerificationStatus, VerificationType
from verifications.models import Case, Document, ProviderCall, Sealed, Verification
from verifications.providers import vocabulary
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.marked_words import marked_words
from verifications.selectors.records import calls_of


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
    is_moving: bool


MOST_CHECKS = 50
MOVING_STATES = (CaseState.SENDING, CaseState.WITH_PROVIDER)
LABELS: tuple[tuple[str, Promise], ...] = (
    ("document_type", gettext_lazy("Document")),
    ("document_number", gettext_lazy("Document number")),
    ("issuing_country", gettext_lazy("Issued by")),
    ("expiration_date", gettext_lazy("Expires")),
    ("first_name", gettext_lazy("First name")),
    ("middle_name", gettext_lazy("Middle name")),
    ("last_name", gettext_lazy("Last name")),
    ("date_of_birth", gettext_lazy("Date of birth")),
    ("nationality", gettext_lazy("Nationality")),
    ("address", gettext_lazy("Address")),
    ("selfie_type", gettext_lazy("Kind of selfie")),
    ("tax_id_type", gettext_lazy("Tax number")),
    ("screenings", gettext_lazy("Screening results")),
    ("verifier", gettext_lazy("Verifier")),
    ("verified_at", gettext_lazy("Verified at")),
    ("verifier_response", gettext_lazy("Verifier's answer")),
    ("external_verification_id", gettext_lazy("Our id of the check")),
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
    verifications = list(verifications_of(case).select_related("account", "provider_user")[:MOST_CHECKS])
    latest = verifications[0] if verifications else None
    documents = documents_of(verifications)
    return CasePage(
        verifications=verifications,
        latest=latest,
        documents=documents,
        viewer_items=viewer_items(documents),
        entered=entered_values(latest) if latest else [],
        calls=calls_of(latest) if latest else [],
        # The case was read before its checks: what it says to be under way counts even if an answer came in between.
        is_moving=case.state in MOVING_STATES
        or any(verification.status in MOVING_STATUSES for verification in verifications),
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
            "slot": document.slot,
            "origin": document.origin,
            "variant": document_label(document).removeprefix(document.get_slot_display()).lstrip(", "),
            "group": str(document.verification.public_id) if document.verification else "",
        }
        if not pages:
            kind = "video" if document.family == "video" else "none"
            items.append(
                common
                | {
                    "id": f"{document.public_id}-0",
                    "page": 1,
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
                    "page": page,
                    "kind": "image",
                    "page_label": (
                        _("Page %(page)s of %(pages)s") % {"page": page, "pages": document.pages}
                        if (document.pages or 1) > 1
                        else ""
                    ),
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
            shown.append(ShownValue(str(label), value.mask, is_sealed=True, reveal_url=url))
        else:
            shown.append(ShownValue(str(label), value_words(name, value)))
    return shown


def customer_values(customer: Any) -> list[ShownValue]:
    """The customer's record, masked where it is sealed."""
    labels = (
        ("date_of_birth", _("Date of birth")),
        ("city_of_birth", _("City of birth")),
        ("country_of_birth", _("Country of birth")),
        ("nationalities", _("Nationalities")),
        ("country", _("Country of residence")),
        ("address", _("Address")),
        ("email", _("E-mail")),
        ("phone", _("Phone")),
        ("tax_ids", _("Tax numbers")),
        ("occupation", _("Occupation")),
        ("employer_name", _("Employer")),
        ("language", _("Language")),
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
            shown.append(ShownValue(label, marked_words(dict(vocabulary.OCCUPATIONS).get(value, value))))
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
        return _("%(size)s kB") % {"size": f"{size / 1024:.0f}"}
    return _("%(size)s MB") % {"size": number_format(size / 1024 / 1024, 1)}


def short_hash(sha256: str) -> str:
    return f"{sha256[:4]}…{sha256[-4:]}"


def value_words(name: str, value: Any) -> str:
    """A value that is not sealed, as people read it."""
    if name in {"document_type", "selfie_type", "tax_id_type"}:
        return marked_words(_WORDS[value]) if value in _WORDS else value
    if name == "verified_at":
        return _("%(time)s UTC") % {"time": f"{value:%Y-%m-%d %H:%M}"}
    return str(value)
