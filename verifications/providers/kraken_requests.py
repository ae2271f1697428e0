"""The JSON objects of the Kraken Embed API, members and order as in its contract. Contract: kraken-embed 4.3, 5, 7.3.

Of all submission types only ``identity_document`` is shown on Kraken's own page; the rest follows a partner's published
schema and stays behind the account's switch.
"""

from __future__ import annotations

from verifications.providers.errors import ProviderRefused
from verifications.providers.types import (
    Address,
    FullName,
    JsonObject,
    ProfileChanges,
    Screening,
    SubmissionMetadata,
    TaxId,
    UserProfile,
)
from verifications.providers.wire_values import date_text, required, utc_text, without_missing

WATCHLISTS = ("sanctions", "pep", "negative_news")


def metadata_object(metadata: SubmissionMetadata) -> JsonObject:
    """Write ``metadata`` for the type it names. Raises ``ProviderRefused`` when a required member is not set."""
    match metadata.type:
        case "identity_document":
            own = _identity(metadata)
        case "residence_document":
            own = {
                "address": _address(required(metadata.address, "address")),
                "document_type": required(metadata.document_type, "document_type"),
            }
        case "selfie":
            own = {"selfie_type": required(metadata.selfie_type, "selfie_type")}
        case "tax_id_document":
            own = {
                "tax_id_type": required(metadata.tax_id_type, "tax_id_type"),
                "document_type": required(metadata.document_type, "document_type"),
                "country": required(metadata.country, "country"),
            }
        case "watchlists":
            return _watchlists(metadata)
        case _:
            raise ProviderRefused(
                "Kraken Embed has no such kind of verification, so nothing was sent. Choose another kind.",
                code="unsupported_type",
            )
    return own | _common(metadata)


def user_object(profile: UserProfile) -> JsonObject:
    """Write a user for ``POST /b2b/users``. Raises ``ProviderRefused`` when a required member is not set."""
    return without_missing({
        "email": required(profile.email, "email"),
        "external_id": required(profile.external_id, "external_id"),
        "tos_version_accepted": required(profile.tos_version_accepted, "tos_version_accepted"),
        "full_name": _full_name(profile.full_name),
        "date_of_birth": date_text(required(profile.date_of_birth, "date_of_birth")),
        "residence": _address(profile.residence),
        "phone": required(profile.phone, "phone"),
        "nationalities": list(required(profile.nationalities, "nationalities")),
        "occupation": required(profile.occupation, "occupation"),
        "employer_name": profile.employer_name,
        "city_of_birth": profile.city_of_birth,
        "country_of_birth": profile.country_of_birth,
        "tax_ids": _tax_ids(profile.tax_ids) or None,
        "language": profile.language,
    })  # fmt: skip


def changes_object(changes: ProfileChanges) -> JsonObject:
    """Write what a PATCH changes; members that are ``None`` are left alone."""
    return without_missing({
        "tos_version_accepted": changes.tos_version_accepted,
        "full_name": None if changes.full_name is None else _full_name(changes.full_name),
        "date_of_birth": date_text(changes.date_of_birth),
        "residence": None if changes.residence is None else _address(changes.residence),
        "phone": changes.phone,
        "nationalities": None if changes.nationalities is None else list(changes.nationalities),
        "occupation": changes.occupation,
        "employer_name": changes.employer_name,
        "city_of_birth": changes.city_of_birth,
        "country_of_birth": changes.country_of_birth,
        "tax_ids": None if changes.tax_ids is None else _tax_ids(changes.tax_ids),
        "language": changes.language,
    })  # fmt: skip


def _identity(metadata: SubmissionMetadata) -> JsonObject:
    return without_missing({
        "identity": {
            "full_name": _full_name(required(metadata.full_name, "full_name")),
            "date_of_birth": date_text(required(metadata.date_of_birth, "date_of_birth")),
        },
        "document_type": required(metadata.document_type, "document_type"),
        "document_number": required(metadata.document_number, "document_number"),
        "issuing_country": required(metadata.issuing_country, "issuing_country"),
        "nationality": metadata.nationality,
    })  # fmt: skip


def _common(block: SubmissionMetadata | Screening) -> JsonObject:
    expiration = block.expiration_date if isinstance(block, SubmissionMetadata) else None
    return without_missing({
        "verifier": required(block.verifier, "verifier"),
        "verified_at": utc_text(required(block.verified_at, "verified_at")),
        "verifier_response": block.verifier_response,
        "external_verification_id": block.external_verification_id,
        "expiration_date": date_text(expiration),
    })  # fmt: skip


def _watchlists(metadata: SubmissionMetadata) -> JsonObject:
    given = {name: getattr(metadata, name) for name in WATCHLISTS if getattr(metadata, name) is not None}
    lists: dict[str, Screening] = required(given or None, "sanctions, pep or negative_news")
    return {name: {"status": required(one.status, f"{name}.status"), **_common(one)} for name, one in lists.items()}


def _full_name(name: FullName) -> JsonObject:
    return without_missing({
        "first_name": required(name.first_name, "first_name"),
        "last_name": required(name.last_name, "last_name"),
        "middle_name": name.middle_name,
    })  # fmt: skip


def _address(address: Address) -> JsonObject:
    return without_missing({
        "line1": required(address.line1, "line1"),
        "line2": address.line2,
        "city": required(address.city, "city"),
        "province": address.province,
        "postal_code": required(address.postal_code, "postal_code"),
        "country": required(address.country, "country"),
    })  # fmt: skip


def _tax_ids(tax_ids: tuple[TaxId, ...]) -> list[JsonObject]:
    return [{"id": one.id, "issuing_country": one.issuing_country} for one in tax_ids]
