"""The JSON objects of the Payward Services API, with its own member names. Contract: payward-services 4.1, 4.2, 5.3.

Only members that its pages show, or that its sister API has inside the very same object (middle name, second address
line), are written. ``nationality``, ``expiration_date`` and ``external_verification_id`` are not shown there and are
left out; the residence and selfie payloads carry the sister API's names and stay behind the account's switch.
"""

from __future__ import annotations

from verifications.providers.errors import ProviderRefused
from verifications.providers.types import (
    Address,
    FullName,
    JsonObject,
    ProfileChanges,
    SubmissionMetadata,
    UserProfile,
)
from verifications.providers.wire_values import date_text, required, utc_text, without_missing


def metadata_object(metadata: SubmissionMetadata) -> JsonObject:
    """Write ``metadata`` for the type it names. Raises ``ProviderRefused`` when a required member is not set."""
    match metadata.type:
        case "identity_document":
            own = {
                "identity": {
                    "full_name": _full_name(required(metadata.full_name, "full_name")),
                    "birth": {"date": date_text(required(metadata.date_of_birth, "date_of_birth"))},
                },
                "document_type": required(metadata.document_type, "document_type"),
                "document_number": required(metadata.document_number, "document_number"),
                "issuing_country": required(metadata.issuing_country, "issuing_country"),
            }
        case "residence_document":
            own = {
                "address": _residence(required(metadata.address, "address")),
                "document_type": required(metadata.document_type, "document_type"),
            }
        case "selfie":
            own = {"selfie_type": required(metadata.selfie_type, "selfie_type")}
        case _:
            raise ProviderRefused(
                "Payward Services has no such kind of verification, so nothing was sent. Choose another kind.",
                code="unsupported_type",
            )
    return own | without_missing({
        "verifier": required(metadata.verifier, "verifier"),
        "verified_at": utc_text(required(metadata.verified_at, "verified_at")),
        "verifier_response": metadata.verifier_response,
    })  # fmt: skip


def user_object(profile: UserProfile) -> JsonObject:
    """Write a user for ``POST /v1/users``. Raises ``ProviderRefused`` when a required member is not set."""
    return without_missing({
        "email": required(profile.email, "email"),
        "external_reference": required(profile.external_id, "external_id"),
        "full_name": _full_name(profile.full_name),
        "residence": _residence(profile.residence),
        "phone": required(profile.phone, "phone"),
        "nationalities": list(required(profile.nationalities, "nationalities")),
        "birth": _birth(profile),
        "occupation": profile.occupation,
    })  # fmt: skip


def changes_object(changes: ProfileChanges) -> JsonObject:
    """Write what a PATCH changes; members that are ``None`` are left alone."""
    return without_missing({
        "full_name": None if changes.full_name is None else _full_name(changes.full_name),
        "residence": None if changes.residence is None else _residence(changes.residence),
        "phone": changes.phone,
        "nationalities": None if changes.nationalities is None else list(changes.nationalities),
        "birth": _birth(changes),
        "occupation": changes.occupation,
    })  # fmt: skip


def _birth(person: UserProfile | ProfileChanges) -> JsonObject | None:
    birth = {"date": date_text(person.date_of_birth), "city": person.city_of_birth, "country": person.country_of_birth}
    return without_missing(birth) or None


def _full_name(name: FullName) -> JsonObject:
    return without_missing({
        "first_name": required(name.first_name, "first_name"),
        "last_name": required(name.last_name, "last_name"),
        "middle_name": name.middle_name,
    })  # fmt: skip


def _residence(address: Address) -> JsonObject:
    return without_missing({
        "line1": required(address.line1, "line1"),
        "line2": address.line2,
        "city": required(address.city, "city"),
        "province": address.province,
        "postal_code": required(address.postal_code, "postal_code"),
        "country": required(address.country, "country"),
    })  # fmt: skip
