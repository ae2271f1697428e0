"""What is entered about a verification, in clear, and its way into and out of the sealed columns."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from verifications import masks
from verifications.enums import VerificationType
from verifications.models import Customer, Verification
from verifications.selectors.keys import search_hash
from verifications.services.customers import AddressData, customer_data
from verifications.services.sealed_values import open_value, seal


@dataclass(frozen=True, repr=False)
class ScreeningData:
    """One list of a watch-list screening as entered; an empty ``status`` means the list was not screened."""

    status: str = ""
    verifier: str = ""
    verified_at: dt.datetime | None = None
    external_verification_id: str = ""


@dataclass(frozen=True, repr=False)
class VerificationData:
    """Lives for one request or one call. Which members count is told by the verification's type."""

    verifier: str = ""
    verified_at: dt.datetime | None = None
    verifier_response: str = ""
    """JSON text, or empty."""
    external_verification_id: str = ""
    expiration_date: dt.date | None = None
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    date_of_birth: dt.date | None = None
    document_type: str = ""
    document_number: str = ""
    issuing_country: str = ""
    nationality: str = ""
    address: AddressData = field(default_factory=AddressData)
    selfie_type: str = ""
    tax_id_type: str = ""
    sanctions: ScreeningData = field(default_factory=ScreeningData)
    pep: ScreeningData = field(default_factory=ScreeningData)
    negative_news: ScreeningData = field(default_factory=ScreeningData)

    @classmethod
    def from_customer(cls, customer: Customer, *, type: str) -> VerificationData:
        """What the customer's record already knows of this kind of check."""
        known = customer_data(customer)
        if type == VerificationType.IDENTITY_DOCUMENT:
            return cls(
                first_name=known.first_name,
                middle_name=known.middle_name,
                last_name=known.last_name,
                date_of_birth=known.date_of_birth,
                nationality=known.nationalities[0] if len(known.nationalities) == 1 else "",
            )
        if type == VerificationType.RESIDENCE_DOCUMENT:
            return cls(address=known.address)
        return cls()

    def differences(self, before: VerificationData) -> list[str]:
        """Names of the members that differ, for the audit event."""
        old = asdict(before)
        return sorted(name for name, value in asdict(self).items() if value != old[name])

    def without_external_id(self) -> VerificationData:
        return replace(self, external_verification_id="")


PLAIN_FIELDS = (
    "verifier",
    "verified_at",
    "external_verification_id",
    "expiration_date",
    "first_name",
    "middle_name",
    "last_name",
    "document_type",
    "issuing_country",
    "nationality",
    "selfie_type",
    "tax_id_type",
)
SCREENED_LISTS = ("sanctions", "pep", "negative_news")


def apply_data(verification: Verification, data: VerificationData) -> None:
    """Fill the columns, sealing what is sealed; the caller saves."""
    for name in PLAIN_FIELDS:
        setattr(verification, name, getattr(data, name))
    is_identity = verification.type == VerificationType.IDENTITY_DOCUMENT
    verification.document_ends_date = data.expiration_date if is_identity else None
    born = data.date_of_birth.isoformat() if data.date_of_birth else ""
    seal(verification, "date_of_birth", born, mask=masks.mask_date(born))
    seal(verification, "document_number", data.document_number, mask=masks.mask_number(data.document_number))
    verification.document_number_hash = search_hash(data.document_number, purpose="document_number")
    seal(verification, "verifier_response", data.verifier_response, mask=masks.mask_whole())
    seal(
        verification,
        "address",
        json.dumps(asdict(data.address), ensure_ascii=False) if data.address != AddressData() else "",
        mask=masks.mask_address(data.address.country),
    )
    screenings = {
        name: _screening_json(getattr(data, name)) for name in SCREENED_LISTS if getattr(data, name) != ScreeningData()
    }
    lists = ", ".join(name.replace("_", " ") for name in screenings)
    seal(verification, "screenings", json.dumps(screenings) if screenings else "", mask=f"•••• ({lists})")


def verification_data(verification: Verification) -> VerificationData:
    """Everything entered, in clear. For the edit form, the preflight and sending; never to show."""
    born = open_value(verification, "date_of_birth")
    address = json.loads(open_value(verification, "address") or "{}")
    screenings = json.loads(open_value(verification, "screenings") or "{}")
    return VerificationData(
        **{name: getattr(verification, name) for name in PLAIN_FIELDS},
        date_of_birth=dt.date.fromisoformat(born) if born else None,
        document_number=open_value(verification, "document_number"),
        verifier_response=open_value(verification, "verifier_response"),
        address=AddressData(**address),
        sanctions=_screening(screenings.get("sanctions")),
        pep=_screening(screenings.get("pep")),
        negative_news=_screening(screenings.get("negative_news")),
    )


def _screening_json(screening: ScreeningData) -> dict[str, Any]:
    stored = asdict(screening)
    stored["verified_at"] = screening.verified_at.isoformat() if screening.verified_at else None
    return stored


def _screening(stored: dict[str, Any] | None) -> ScreeningData:
    if not stored:
        return ScreeningData()
    at = stored["verified_at"]
    return ScreeningData(**{**stored, "verified_at": dt.datetime.fromisoformat(at) if at else None})
