"""The words of the two contracts with plain labels for forms: (value, label), in the order a form shows them.

Contract: kraken-embed 4.2, 4.3, 7.3; payward-services names the same values where it names any.
"""

from __future__ import annotations

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
    ("passport", "Passport"),
    ("id_card", "Identity card"),
    ("drivers_license", "Driving licence"),
    ("residence_card", "Residence card"),
    ("special_permanent_residence_card", "Special permanent residence card"),
)

RESIDENCE_DOCUMENT_TYPES: Choices = (
    ("utility_bill", "Utility bill"),
    ("bank_statement", "Bank statement"),
    ("credit_card_statement", "Credit card statement"),
    ("internet_or_cable_bill", "Internet or cable bill"),
    ("mobile_phone_bill", "Mobile phone bill"),
    ("rental_or_lease_agreement", "Rental or lease agreement"),
    ("mortgage_statement", "Mortgage statement"),
    ("home_or_rental_insurance", "Home or rental insurance"),
    ("residence_certificate", "Certificate of residence"),
    ("passport_address_page", "Address page of a passport"),
    ("official_government_letter", "Letter from an authority"),
    ("government_issued_document", "Document issued by an authority"),
    ("employer_letter_or_work_contract", "Employer's letter or work contract"),
    ("social_insurance_payment_receipt", "Receipt of a social insurance payment"),
    ("tax_receipt", "Tax receipt"),
    ("tax_return", "Tax return"),
    ("other", "Another document"),
)

SELFIE_TYPES: Choices = (("selfie", "Photo"), ("selfie_capture_video", "Short video"))

TAX_ID_TYPES: Choices = (
    ("tax_identification_number", "Tax identification number"),
    ("ssn", "Social security number (United States)"),
    ("individual_taxpayer_identification_number", "Individual taxpayer number (United States)"),
    ("sin", "Social insurance number (Canada)"),
    ("national_insurance_number", "National insurance number (United Kingdom)"),
    ("personal_public_service_number", "Personal public service number (Ireland)"),
    ("cpf", "CPF (Brazil)"),
    ("curp", "CURP (Mexico)"),
)

TAX_DOCUMENT_TYPES: Choices = (("tax_return", "Tax return"), ("other", "Another document"))

SCREENING_STATUSES: Choices = (("Cleared", "Cleared: no match"), ("Matched", "Matched: a person is on the list"))

OCCUPATIONS: Choices = (
    ("agriculture", "Agriculture"),
    ("business_management", "Business management"),
    ("computers_and_it", "Computers and IT"),
    ("construction", "Construction"),
    ("education", "Education"),
    ("finance", "Finance"),
    ("government", "Government"),
    ("healthcare", "Healthcare"),
    ("hospitality", "Hospitality"),
    ("manufacturing", "Manufacturing"),
    ("marketing", "Marketing"),
    ("media", "Media"),
    ("science", "Science"),
    ("self_employed", "Self-employed"),
    ("student", "Student"),
    ("transportation", "Transportation"),
    ("unemployed", "Unemployed"),
    ("other", "Another occupation"),
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
    "front": "Front",
    "back": "Back",
    "document": "Document",
    "selfie": "Selfie",
    "tax_id": "Tax number document",
    "verifier_response": "Verifier's answer",
    "sanctions_verifier_response": "Answer on sanctions",
    "pep_verifier_response": "Answer on politically exposed persons",
    "negative_news_verifier_response": "Answer on negative news",
}


def values(choices: Choices) -> frozenset[str]:
    """Give the values of a list of choices."""
    return frozenset(value for value, _label in choices)
