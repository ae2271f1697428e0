"""Invented people and tiny files for the tests of the stand-in."""

from __future__ import annotations

import itertools
import json
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
PDF = b"%PDF-1.7\n" + b"\x00" * 40
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00" * 40
M4V = b"\x00\x00\x00\x18ftypM4V \x00\x00\x02\x00isomiso2" + b"\x00" * 40
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + b"\x00" * 40
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + b"\x00" * 40
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 40

_numbers = itertools.count(1)


def kraken_user(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "email": f"amaia{number}@example.org",
        "external_id": f"cust-{number}",
        "tos_version_accepted": 1,
        "full_name": {"first_name": "Amaia", "last_name": "Etxeberria"},
        "date_of_birth": "1990-04-15",
        "residence": {"line1": "Kale Nagusia 3", "city": "Bilbo", "postal_code": "48001", "country": "ES"},
        "phone": "+34600000000",
        "nationalities": ["ES"],
        "occupation": "education",
    } | changes


def payward_user(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "email": f"zoe{number}@example.org",
        "external_reference": f"cust-{number}",
        "full_name": {"first_name": "Ζωή", "last_name": "Παπαδοπούλου"},
        "residence": {"line1": "Ερμού 5", "city": "Αθήνα", "postal_code": "10563", "country": "GR"},
        "phone": "+302100000000",
        "nationalities": ["GR"],
        "birth": {"date": "1988-02-29", "city": "Πάτρα", "country": "GR"},
        "occupation": "science",
    } | changes


COMMON = {"verifier": "example-idv", "verified_at": "2025-03-13T12:34:56Z"}


def identity(number: str = "P1234567", **changes: Any) -> dict[str, Any]:
    """Metadata of an identity document for Kraken Embed."""
    return {
        **COMMON,
        "identity": {"full_name": {"first_name": "玲奈", "last_name": "佐藤"}, "date_of_birth": "1990-04-15"},
        "document_type": "id_card",
        "document_number": number,
        "issuing_country": "JP",
        "external_verification_id": f"own-{next(_numbers)}",
    } | changes


def payward_identity(number: str = "P1234567", **changes: Any) -> dict[str, Any]:
    """The same for Payward Services, where the birth date sits elsewhere."""
    document = identity(number)
    document["identity"] = {"full_name": {"first_name": "玲奈", "last_name": "佐藤"}, "birth": {"date": "1990-04-15"}}
    return document | changes


RESIDENCE = {
    **COMMON,
    "address": {"line1": "Rue Haute 1", "city": "Liège", "postal_code": "4000", "country": "BE"},
    "document_type": "utility_bill",
}
SELFIE = {**COMMON, "selfie_type": "selfie_capture_video"}
TAX_ID = {**COMMON, "tax_id_type": "sin", "document_type": "tax_return", "country": "CA"}
WATCHLISTS = {"sanctions": {**COMMON, "status": "Cleared"}, "pep": {**COMMON, "status": "Cleared"}}

Part = tuple[str, str | None, bytes]


def parts_of(type_: str, metadata: Any, *files: Part) -> list[Part]:
    return [("type", None, type_.encode()), ("metadata", None, json.dumps(metadata).encode()), *files]


def identity_parts(number: str = "P1234567", **changes: Any) -> list[Part]:
    files: list[Part] = [("front", "front.png", PNG), ("back", "back.jpg", JPEG)]
    return parts_of("identity_document", identity(number, **changes), *files)
