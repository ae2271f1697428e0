"""What Kraken Embed accepts in bodies. Contract: kraken-embed 4.3 (metadata), 5 (URL body), 7.2 and 7.3 (users)."""

from __future__ import annotations

import re

from . import words
from .checks import (
    Check,
    anything,
    array,
    date,
    date_time,
    email,
    integer,
    nullable,
    one_of,
    phone,
    record,
    text,
    variant,
)

USER_ID = re.compile(r"[A-Z0-9 ]{14,42}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)

country = one_of(words.EMBED_COUNTRIES)
full_name = record({"first_name": text(), "last_name": text()}, {"middle_name": nullable(text())})
address = record(
    {"line1": text(), "city": text(), "postal_code": text(), "country": country},
    {"line2": text(), "province": text()},
)

COMMON_REQUIRED: dict[str, Check] = {"verifier": text(), "verified_at": date_time}
COMMON_OPTIONAL: dict[str, Check] = {
    "verifier_response": anything,
    "external_verification_id": text(),
    "expiration_date": date,
}


def _document(**members: Check) -> Check:
    return record({**COMMON_REQUIRED, **members}, COMMON_OPTIONAL)


METADATA: dict[str, Check] = {
    "identity_document": record(
        {
            **COMMON_REQUIRED,
            "identity": record({"full_name": full_name, "date_of_birth": date}),
            "document_type": one_of(words.IDENTITY_DOCUMENT_TYPES),
            "document_number": text(),
            "issuing_country": country,
        },
        {**COMMON_OPTIONAL, "nationality": country},
    ),
    "residence_document": _document(address=address, document_type=one_of(words.RESIDENCE_DOCUMENT_TYPES)),
    "selfie": _document(selfie_type=one_of(words.SELFIE_TYPES)),
    "tax_id_document": _document(
        tax_id_type=one_of(words.TAX_ID_TYPES), document_type=one_of(words.TAX_DOCUMENT_TYPES), country=country
    ),
    "watchlists": record({}, dict.fromkeys(words.WATCHLISTS, _document(status=one_of(words.WATCHLIST_STATUSES)))),
}

_identifier = record({"type": anything, "value": text()})
CLIENT_IDENTIFIER = variant(
    "type",
    {
        "concat": record({"type": anything, "value": text(), "calculated_at": date_time}),
        "passport": _identifier,
        "national_id": _identifier,
        "tax_id": _identifier,
        "lei": _identifier,
        "unknown": record({"type": anything}),
    },
)

_profile_required: dict[str, Check] = {
    "tos_version_accepted": integer,
    "full_name": full_name,
    "date_of_birth": date,
    "residence": address,
    "phone": phone,
    "nationalities": array(country, minimum=1),
    "occupation": one_of(words.OCCUPATIONS),
}
_profile_optional: dict[str, Check] = {
    "employer_name": text(),
    "city_of_birth": text(),
    "country_of_birth": country,
    "tax_ids": array(record({"id": text(), "issuing_country": country})),
    "client_identifier": CLIENT_IDENTIFIER,
    "language": text(2, 2, LANGUAGE),
}
CREATE_USER = record({"email": email, "external_id": text(), **_profile_required}, _profile_optional)
CREATE_HEADLESS = record({"external_id": text()})
UPDATE_USER = record({}, {**_profile_required, **_profile_optional})
