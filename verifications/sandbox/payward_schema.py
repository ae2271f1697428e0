"""What Payward Services accepts in bodies. Contract: payward-services 4.1, 4.2, 5.3.

Loosely documented and accepted here: the names of the residence and selfie payloads, ``nationality``,
``external_verification_id`` and ``expiration_date`` as at Embed.
"""

from __future__ import annotations

import re

from . import words
from .checks import Check, anything, array, date, date_time, email, nullable, one_of, phone, record, text, variant

USER_ID = re.compile(r"[A-Z0-9 -]{14,42}", re.ASCII)

country = one_of(words.ISO_COUNTRIES)
full_name = record({"first_name": text(), "last_name": text()}, {"middle_name": text()})
birth = record({"date": date}, {"city": text(), "country": country})
residence = record(
    {"line1": text(), "city": text(), "postal_code": text(), "country": country},
    {"line2": text(), "province": text()},
)
url = text(1, 4096)

COMMON_REQUIRED: dict[str, Check] = {"verifier": text(), "verified_at": date_time}
COMMON_OPTIONAL: dict[str, Check] = {
    "verifier_response": anything,
    "external_verification_id": text(),
    "expiration_date": date,
}
_identity = record(
    {
        **COMMON_REQUIRED,
        "identity": record({"full_name": full_name, "birth": birth}),
        "document_type": one_of(words.IDENTITY_DOCUMENT_TYPES),
        "document_number": text(),
        "issuing_country": country,
    },
    {**COMMON_OPTIONAL, "nationality": country},
)
_residence = record(
    {**COMMON_REQUIRED, "address": residence, "document_type": one_of(words.RESIDENCE_DOCUMENT_TYPES)},
    COMMON_OPTIONAL,
)
_selfie = record({**COMMON_REQUIRED, "selfie_type": one_of(words.SELFIE_TYPES)}, COMMON_OPTIONAL)

_answer_url: dict[str, Check] = {"verifier_response_url": nullable(url)}
SUBMIT_URL = variant(
    "type",
    {
        "identity_document": record(
            {"type": anything, "metadata": _identity, "front_url": url}, {"back_url": nullable(url), **_answer_url}
        ),
        "residence_document": record({"type": anything, "metadata": _residence, "document_url": url}, _answer_url),
        "selfie": record({"type": anything, "metadata": _selfie, "selfie_url": url}, _answer_url),
    },
)

CREATE_USER = record(
    {
        "email": email,
        "external_reference": text(),
        "full_name": full_name,
        "residence": residence,
        "phone": phone,
        "nationalities": array(country, minimum=1),
    },
    {"birth": birth, "occupation": one_of(words.OCCUPATIONS)},
)
CREATE_HEADLESS = record({"external_reference": text()})
UPDATE_USER = record(
    {},
    {
        "email": email,
        "external_reference": text(),
        "full_name": full_name,
        "residence": residence,
        "phone": nullable(phone),
        "nationalities": nullable(array(country, minimum=1)),
        "birth": birth,
        "occupation": one_of(words.OCCUPATIONS),
    },
)
