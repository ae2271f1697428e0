"""The rules of each provider as data: which members a type has, which files, and where the contract says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from verifications.providers import kraken_embed, payward_services

Members = tuple[tuple[str, bool], ...]
"""((member name as in ``SubmissionMetadata``, required), ...) in the order a form shows them."""

_CHECK: Members = (("verifier", True), ("verified_at", True), ("verifier_response", False))
_KRAKEN_CHECK: Members = (*_CHECK, ("external_verification_id", False), ("expiration_date", False))
_NAME: Members = (("full_name.first_name", True), ("full_name.middle_name", False), ("full_name.last_name", True))
_ADDRESS: Members = (
    ("address.line1", True),
    ("address.line2", False),
    ("address.city", True),
    ("address.province", False),
    ("address.postal_code", True),
    ("address.country", True),
)
_IDENTITY: Members = (
    *_NAME,
    ("date_of_birth", True),
    ("document_type", True),
    ("document_number", True),
    ("issuing_country", True),
)
_SCREENING: Members = (
    ("status", True),
    ("verifier", True),
    ("verified_at", True),
    ("external_verification_id", False),
    ("verifier_response", False),
)


@dataclass(frozen=True)
class ProviderRules:
    """One provider's rules. The last block cites the contract section of each group of rules."""

    kind: str
    label: str
    methods: tuple[str, ...]
    members: Mapping[str, Members]
    file_slots: Mapping[str, tuple[tuple[str, bool], ...]]
    user_id_pattern: re.Pattern[str]
    passport_back_refused: bool
    screening_members: Members
    required_profile_members: tuple[str, ...]
    cite_method: str
    cite_type: str
    cite_metadata: str
    cite_countries: str
    cite_files: str
    cite_addresses: str
    cite_back: str
    cite_user_id: str
    cite_profile: str


_PROFILE = (
    "email", "external_id", "full_name.first_name", "full_name.last_name", "residence.line1", "residence.city",
    "residence.postal_code", "residence.country", "phone", "nationalities",
)  # fmt: skip

KRAKEN_EMBED = ProviderRules(
    kind="KRAKEN_EMBED",
    label=kraken_embed.LABEL,
    methods=("DOCUMENTS", "DOCUMENT_URLS"),
    members={
        "identity_document": (*_IDENTITY, ("nationality", False), *_KRAKEN_CHECK),
        "residence_document": (*_ADDRESS, ("document_type", True), *_KRAKEN_CHECK),
        "selfie": (("selfie_type", True), *_KRAKEN_CHECK),
        "tax_id_document": (("tax_id_type", True), ("document_type", True), ("country", True), *_KRAKEN_CHECK),
        "watchlists": (),
    },
    file_slots=kraken_embed.FILE_SLOTS,
    user_id_pattern=re.compile(r"[A-Z0-9 ]{14,42}"),
    passport_back_refused=False,
    screening_members=_SCREENING,
    required_profile_members=(*_PROFILE, "date_of_birth", "occupation", "tos_version_accepted"),
    cite_method="Kraken Embed 4 and 5",
    cite_type="Kraken Embed 4.2",
    cite_metadata="Kraken Embed 4.3",
    cite_countries="Kraken Embed 4.5",
    cite_files="Kraken Embed 4.4",
    cite_addresses="Kraken Embed 5",
    cite_back="Kraken Embed 4.1",
    cite_user_id="Kraken Embed 7.1",
    cite_profile="Kraken Embed 7.3",
)

PAYWARD_SERVICES = ProviderRules(
    kind="PAYWARD_SERVICES",
    label=payward_services.LABEL,
    methods=("DOCUMENT_URLS",),
    members={
        "identity_document": (*_IDENTITY, *_CHECK),
        "residence_document": (*_ADDRESS, ("document_type", True), *_CHECK),
        "selfie": (("selfie_type", True), *_CHECK),
    },
    file_slots=payward_services.FILE_SLOTS,
    user_id_pattern=re.compile(r"[A-Z0-9 -]{14,42}"),
    passport_back_refused=True,
    screening_members=(),
    required_profile_members=_PROFILE,
    cite_method="Payward Services 1",
    cite_type="Payward Services 4.1",
    cite_metadata="Payward Services 4.2",
    cite_countries="Payward Services 4.2",
    cite_files="Payward Services 4.3",
    cite_addresses="Payward Services 4.3",
    cite_back="Payward Services 4.1",
    cite_user_id="Payward Services 5.1",
    cite_profile="Payward Services 5.3",
)

RULES: dict[str, ProviderRules] = {rules.kind: rules for rules in (KRAKEN_EMBED, PAYWARD_SERVICES)}


def metadata_members(kind: str, verification_type: str) -> Members:
    """Give the members a form shows for a type, dotted as in ``SubmissionMetadata``; empty for an unknown type."""
    rules = RULES[kind]
    if verification_type == "watchlists" and verification_type in rules.members:
        lists = ("sanctions", "pep", "negative_news")
        return tuple((f"{one}.{name}", needed) for one in lists for name, needed in rules.screening_members)
    return rules.members.get(verification_type, ())
