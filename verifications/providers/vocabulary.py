"""The words of the two contracts with plain labels for forms: (value, label), in the order a form shows them.

Contract: kraken-embed 4.2, 4.3, 7.3; payward-services names the same values where it names any.
"""

from __future__ import annotations

from verifications.marking import gettext_noop as _
from verifications.providers.countries import COUNTRIES, COUNTRY_CODES, READ_ONLY_COUNTRY_CODES

__all__ = [
    "COUNTRIES",
    "COUNTRY_CODES",
    "DOCUMENT_TYPES",
    "FILE_SLOT_LABELS",
    "IDENTITY_DOCUMENT_TYPES",
    "OCCUPATIONS",
    "READ_ONLY_COUNTRY_CODES",
    "REQUIREMENT_LABELS",
    "RESIDENCE_DOCUMENT_TYPES",
    "SATISFIES",
    "SCREENING_STATUSES",
    "SELFIE_TYPES",
    "TAX_DOCUMENT_TYPES",
    "TAX_ID_TYPES",
    "VERIFICATION_TYPES",
    "WATCHLIST_REQUIREMENTS",
    "Choices",
    "values",
]

Choices = tuple[tuple[str, str], ...]

VERIFICATION_TYPES: Choices = (
    ("identity_document", "Identity document"),
    ("residence_document", "Proof of residence"),
    ("selfie", "Selfie"),
    ("tax_id_document", "Tax number document"),
    ("watchlists", "Watchlist screening"),
)

IDENTITY_DOCUMENT_TYPES: Choices = (
    ("passport", _("Passport")),
    ("id_card", _("Identity card")),
    ("drivers_license", _("Driving licence")),
    ("residence_card", _("Residence card")),
    ("special_permanent_residence_card", _("Special permanent residence card")),
)

RESIDENCE_DOCUMENT_TYPES: Choices = (
    ("utility_bill", _("Utility bill")),
    ("bank_statement", _("Bank statement")),
    ("credit_card_statement", _("Credit card statement")),
    ("internet_or_cable_bill", _("Internet or cable bill")),
    ("mobile_phone_bill", _("Mobile phone bill")),
    ("rental_or_lease_agreement", _("Rental or lease agreement")),
    ("mortgage_statement", _("Mortgage statement")),
    ("home_or_rental_insurance", _("Home or rental insurance")),
    ("residence_certificate", _("Certificate of residence")),
    ("passport_address_page", _("Address page of a passport")),
    ("official_government_letter", _("Letter from an authority")),
    ("government_issued_document", _("Document issued by an authority")),
    ("employer_letter_or_work_contract", _("Employer's letter or work contract")),
    ("social_insurance_payment_receipt", _("Receipt of a social insurance payment")),
    ("tax_receipt", _("Tax receipt")),
    ("tax_return", _("Tax return")),
    ("other", _("Another document")),
)

SELFIE_TYPES: Choices = (("selfie", _("Photo")), ("selfie_capture_video", _("Short video")))

TAX_ID_TYPES: Choices = (
    ("tax_identification_number", _("Tax identification number")),
    ("ssn", _("Social security number (United States)")),
    ("individual_taxpayer_identification_number", _("Individual taxpayer number (United States)")),
    ("sin", _("Social insurance number (Canada)")),
    ("national_insurance_number", _("National insurance number (United Kingdom)")),
    ("personal_public_service_number", _("Personal public service number (Ireland)")),
    ("cpf", _("CPF (Brazil)")),
    ("curp", _("CURP (Mexico)")),
)

TAX_DOCUMENT_TYPES: Choices = (("tax_return", _("Tax return")), ("other", _("Another document")))

SCREENING_STATUSES: Choices = (("Cleared", _("Cleared: no match")), ("Matched", _("Matched: a person is on the list")))

OCCUPATIONS: Choices = (
    ("agriculture", _("Agriculture")),
    ("business_management", _("Business management")),
    ("computers_and_it", _("Computers and IT")),
    ("construction", _("Construction")),
    ("education", _("Education")),
    ("finance", _("Finance")),
    ("government", _("Government")),
    ("healthcare", _("Healthcare")),
    ("hospitality", _("Hospitality")),
    ("manufacturing", _("Manufacturing")),
    ("marketing", _("Marketing")),
    ("media", _("Media")),
    ("science", _("Science")),
    ("self_employed", _("Self-employed")),
    ("student", _("Student")),
    ("transportation", _("Transportation")),
    ("unemployed", _("Unemployed")),
    ("other", _("Another occupation")),
)
"""``employed`` stands in a partner's schema only and is therefore not offered."""

DOCUMENT_TYPES: dict[str, Choices] = {
    "identity_document": IDENTITY_DOCUMENT_TYPES,
    "residence_document": RESIDENCE_DOCUMENT_TYPES,
    "tax_id_document": TAX_DOCUMENT_TYPES,
}

WATCHLIST_REQUIREMENTS: dict[str, str] = {
    "sanctions": "sanctions_check",
    "pep": "pep_check",
    "negative_news": "negative_news_check",
}

SATISFIES: dict[str, tuple[str, ...]] = {
    "identity_document": ("identity",),
    "residence_document": ("residence",),
    "selfie": ("selfie",),
    "tax_id_document": ("tax_id",),
    "watchlists": tuple(WATCHLIST_REQUIREMENTS.values()),
}
"""Submitted type -> the requirements it can meet. The pairs are inferred from the names (kraken-embed 4.2)."""

REQUIREMENT_LABELS: dict[str, str] = {
    "identity": "proof of identity",
    "residence": "proof of residence",
    "selfie": "selfie",
    "tax_id": "tax number",
    "sanctions_check": "sanctions check",
    "pep_check": "check for politically exposed persons",
    "negative_news_check": "check for negative news",
}

FILE_SLOT_LABELS: dict[str, str] = {
    "front": _("Front"),
    "back": _("Back"),
    "document": _("Document"),
    "selfie": _("Selfie"),
    "tax_id": _("Tax number document"),
    "verifier_response": _("Verifier's answer"),
    "sanctions_verifier_response": _("Answer on sanctions"),
    "pep_verifier_response": _("Answer on politically exposed persons"),
    "negative_news_verifier_response": _("Answer on negative news"),
}


def values(choices: Choices) -> frozenset[str]:
    """Give the values of a list of choices."""
    return frozenset(value for value, _label in choices)
