"""From rows to what a provider client takes: sealed values are opened here, right before a call, and nowhere else."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from verifications.enums import DocumentSlot, VerificationMethod, VerificationType
from verifications.models import Document, Verification
from verifications.providers.types import (
    Address,
    DocumentSubmission,
    FileAddress,
    FileFacts,
    FilePart,
    FullName,
    Screening,
    SubmissionMetadata,
    UrlSubmission,
)
from verifications.services.customers import AddressData
from verifications.services.document_addresses import presigned_address
from verifications.services.documents import delivery_file, open_checked, uploaded_documents
from verifications.services.verification_data import ScreeningData, VerificationData, verification_data


def submission_metadata(verification: Verification) -> SubmissionMetadata:
    """What was entered, as the client and the preflight take it. Members another type needs are left out."""
    data = verification_data(verification)
    common: dict[str, Any] = {
        "type": verification.type,
        "verifier": data.verifier,
        "verified_at": data.verified_at,
        "verifier_response": json.loads(data.verifier_response) if data.verifier_response else None,
        "external_verification_id": data.external_verification_id or None,
        "expiration_date": data.expiration_date,
    }
    match verification.type:
        case VerificationType.IDENTITY_DOCUMENT:
            return SubmissionMetadata(
                **common,
                full_name=FullName(data.first_name, data.last_name, data.middle_name or None),
                date_of_birth=data.date_of_birth,
                document_type=data.document_type or None,
                document_number=data.document_number or None,
                issuing_country=data.issuing_country or None,
                nationality=data.nationality or None,
            )
        case VerificationType.RESIDENCE_DOCUMENT:
            return SubmissionMetadata(
                **common, document_type=data.document_type or None, address=_address(data.address)
            )
        case VerificationType.SELFIE:
            return SubmissionMetadata(**common, selfie_type=data.selfie_type or None)
        case VerificationType.TAX_ID_DOCUMENT:
            return SubmissionMetadata(
                **common,
                document_type=data.document_type or None,
                tax_id_type=data.tax_id_type or None,
                country=data.issuing_country or None,
            )
    return SubmissionMetadata(
        type=verification.type,
        sanctions=_screening(data.sanctions, data),
        pep=_screening(data.pep, data),
        negative_news=_screening(data.negative_news, data),
    )


def provider_user_reference(verification: Verification) -> str:
    """The provider's id of the customer's user; empty where the provider knows no users."""
    return verification.provider_user.provider_reference if verification.provider_user is not None else ""


def current_documents(verification: Verification) -> list[Document]:
    order = list(DocumentSlot.values)
    documents = uploaded_documents(verification)
    return sorted(documents, key=lambda document: order.index(document.slot))


def file_facts(verification: Verification, *, now: dt.datetime) -> list[FileFacts]:
    """The files as they would be sent, for the preflight: name, type, size, and for addresses their host."""
    facts = []
    for document in current_documents(verification):
        _name, content_type, size, _sha256, filename = delivery_file(document)
        host = scheme = ""
        if verification.method == VerificationMethod.DOCUMENT_URLS:
            parts = urlsplit(_address_base(document, verification, now))
            host, scheme = parts.netloc, parts.scheme
        facts.append(
            FileFacts(
                slot=document.slot,
                filename=filename,
                content_type=content_type,
                size=size,
                url_host=host,
                url_scheme=scheme,
            )
        )
    return facts


def document_submission(verification: Verification) -> DocumentSubmission:
    """Files for a multipart submission; each is opened when the client reads it, and checked against its hash."""
    return DocumentSubmission(
        user_id=provider_user_reference(verification),
        metadata=submission_metadata(verification),
        files=tuple(file_part(document) for document in current_documents(verification)),
    )


def file_part(document: Document) -> FilePart:
    """One document as a multipart form carries it."""
    storage_name, content_type, size, sha256, filename = delivery_file(document)
    return FilePart(
        slot=document.slot,
        filename=filename,
        content_type=content_type,
        size=size,
        open=partial(open_checked, storage_name, sha256),  # type: ignore[arg-type]
    )


def url_submission(verification: Verification, *, now: dt.datetime) -> UrlSubmission:
    """Presigned addresses, made now: they live a few minutes and stand nowhere but in the request."""
    addresses = []
    for document in current_documents(verification):
        storage_name, content_type, size, sha256, filename = delivery_file(document)
        with open_checked(storage_name, sha256) as stored:
            stored.check()  # a file that vanished or changed is told now, not by the provider
        addresses.append(
            FileAddress(
                slot=document.slot,
                url=presigned_address(document=document, account=verification.account, at=now),
                filename=filename,
                content_type=content_type,
                size=size,
            )
        )
    return UrlSubmission(
        user_id=provider_user_reference(verification),
        metadata=submission_metadata(verification),
        addresses=tuple(addresses),
    )


def _address_base(document: Document, verification: Verification, now: dt.datetime) -> str:
    if settings.DOCUMENTS_BUCKET:
        return presigned_address(document=document, account=verification.account, at=now)
    return str(settings.PUBLIC_URL)


def _address(address: AddressData) -> Address:
    return Address(
        line1=address.line1,
        line2=address.line2 or None,
        city=address.city,
        province=address.province or None,
        postal_code=address.postal_code,
        country=address.country,
    )


def _screening(screening: ScreeningData, data: VerificationData) -> Screening | None:
    if not screening.status:
        return None
    return Screening(
        status=screening.status,
        verifier=screening.verifier or data.verifier,
        verified_at=screening.verified_at or data.verified_at,  # type: ignore[arg-type]
        external_verification_id=screening.external_verification_id or data.external_verification_id or None,
    )
