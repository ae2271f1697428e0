"""The enumerations of the two contracts, written down here a second time on purpose.

Contracts: kraken-embed 4.2, 4.3, 4.5, 7.3; payward-services 4.2, 5.3.
"""

from __future__ import annotations

API_VERSION = "2025-04-15"

ISO_COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT
    JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - reads better than 249 literals
)
EMBED_COUNTRIES = ISO_COUNTRIES | {"0C", "AC", "AN", "AP", "CP", "DG", "EA", "EU", "IC", "JX", "QO", "TA", "XK"}

IDENTITY_DOCUMENT_TYPES = (
    "passport",
    "drivers_license",
    "id_card",
    "residence_card",
    "special_permanent_residence_card",
)
RESIDENCE_DOCUMENT_TYPES = (
    "bank_statement",
    "credit_card_statement",
    "employer_letter_or_work_contract",
    "government_issued_document",
    "home_or_rental_insurance",
    "internet_or_cable_bill",
    "mobile_phone_bill",
    "mortgage_statement",
    "official_government_letter",
    "passport_address_page",
    "rental_or_lease_agreement",
    "residence_certificate",
    "social_insurance_payment_receipt",
    "tax_receipt",
    "tax_return",
    "utility_bill",
    "other",
)
SELFIE_TYPES = ("selfie", "selfie_capture_video")
TAX_ID_TYPES = (
    "cpf",
    "curp",
    "individual_taxpayer_identification_number",
    "national_insurance_number",
    "personal_public_service_number",
    "sin",
    "ssn",
    "tax_identification_number",
)
TAX_DOCUMENT_TYPES = ("tax_return", "other")
WATCHLIST_STATUSES = ("Cleared", "Matched")
WATCHLISTS = {"sanctions": "sanctions_check", "pep": "pep_check", "negative_news": "negative_news_check"}

OCCUPATIONS = (
    "agriculture",
    "business_management",
    "computers_and_it",
    "construction",
    "education",
    "employed",
    "finance",
    "government",
    "healthcare",
    "hospitality",
    "manufacturing",
    "marketing",
    "media",
    "other",
    "science",
    "self_employed",
    "student",
    "transportation",
    "unemployed",
)
VERIFICATION_TYPES = (
    "identity",
    "residence",
    "selfie",
    "tax_id",
    "sanctions_check",
    "pep_check",
    "negative_news_check",
)
