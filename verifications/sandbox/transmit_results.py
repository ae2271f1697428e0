"""The result of a session in both shapes. Contract: transmit-verify 4 (E2)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from .signed_api import utc_text
from .transmit_flow import is_passport, recommendation_of
from .transmit_store import Session, SessionImage

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PERSON = {
    "given_name": "Mika",
    "surname": "Specimen",
    "full_name": "Mika Specimen",
    "gender": "other",
    "national_id": "X0000001",
    "date_of_birth": "1990-05-17T00:00:00.000Z",
}
DOCUMENT = {
    "type": "national_id",
    "country": "PT",
    "region": "",
    "number": "P000001",
    "serial_number": "S-100200",
    "issue_date": "2024-01-10T00:00:00.000Z",
    "expiration_date": "2034-01-09T00:00:00.000Z",
}
ADDITIONAL = {
    "address": {
        "country": "PRT",
        "city": "Porto",
        "street": "Rua do Exemplo",
        "house_number": "1",
        "postcode": "4000-001",
        "full_address": "Rua do Exemplo 1, 4000-001 Porto",
    },
    "national_status": {"citizen": True, "resident": True},
    "employment": {"profession": "gardener"},
}
RISK = {
    "general": {
        "correlation_id": "00000000-0000-4000-8000-000000000001",
        "action_type": "verification",
        "recommendation": "trust",
        "risk_score": 12.5,
    },
    "device": {"os": "Android", "browser": "Chrome", "device_type": "mobile", "incognito": False, "emulated": False},
    "network": {"network_country": "PT", "ip_address": "192.0.2.10", "vpn": False, "tor": False, "proxy": False},
    "recommendation_reasons": ["KNOWN_DEVICE"],
}
CHECKS = (
    "document_validation",
    "document_authentication",
    "document_liveness",
    "biometric_matching",
    "biometric_liveness",
    "flagged_identity",
)
FAILED_CHECKS: dict[str, dict[str, list[str]]] = {
    "CHALLENGE": {
        "document_validation": ["data_comparison_failed"],
        "biometric_matching": ["biometric_mismatch"],
    },
    "DENY": {
        "document_authentication": ["document_tampering", "face_tampering"],
        "document_liveness": ["presentation_attack"],
    },
}
REJECTIONS = {
    "CHALLENGE": ["The selfie does not match the portrait on the document"],
    "DENY": ["The document was tampered with", "The document is shown on a screen"],
}
# Countries as the two shapes write them; a mocked country beyond these is passed on as it came.
ALPHA_2 = {
    "AUS": "AU", "AUT": "AT", "BEL": "BE", "BRA": "BR", "CAN": "CA", "CHE": "CH", "CHN": "CN", "CZE": "CZ",
    "DEU": "DE", "DNK": "DK", "EGY": "EG", "ESP": "ES", "FIN": "FI", "FRA": "FR", "GBR": "GB", "GRC": "GR",
    "IDN": "ID", "IND": "IN", "IRL": "IE", "ITA": "IT", "JPN": "JP", "KOR": "KR", "MEX": "MX", "NGA": "NG",
    "NLD": "NL", "NOR": "NO", "POL": "PL", "PRT": "PT", "ROU": "RO", "SWE": "SE", "TUR": "TR", "UKR": "UA",
    "USA": "US", "VNM": "VN", "ZAF": "ZA",
}  # fmt: skip
ALPHA_3 = {short: long for long, short in ALPHA_2.items()}


def result_of(session: Session, images: list[SessionImage], *, detailed: bool) -> dict[str, Any]:
    """What E2 answers: id and status alone until the session is complete, then the shape that was asked for.

    ``detailed`` is overruled by a shape that a tester set, as are the members named in ``set_result`` and ``left_out``.
    """
    document: dict[str, Any] = {"session_id": session.session_id, "status": session.status}
    if session.status == "complete":
        current = session.shape == "current" or (detailed and session.shape != "deprecated")
        document |= _current(session, images) if current else _deprecated(session)
        document |= session.set_result
    return {name: value for name, value in document.items() if name not in session.left_out}


def _current(session: Session, images: list[SessionImage]) -> dict[str, Any]:
    recommendation = recommendation_of(session)
    return {
        "recommendation": recommendation,
        "person": _person(session),
        "document": _document(session),
        "checks": _checks(recommendation),
        "additional_info": ADDITIONAL,
        "risk_details": RISK,
        "verification_images": [
            {"id": image.image_id, "type": image.type}
            for image in images
            if image.original and not image.rejected and image.attempt == session.attempt
        ],
    }


def _checks(recommendation: str) -> dict[str, Any]:
    """Each check with the documented reasons of a failed one; the risk of a challenged session was not looked at."""
    failed = FAILED_CHECKS.get(recommendation, {})
    checks: dict[str, Any] = {name: {"recommendation": "ALLOW"} for name in CHECKS}
    for name, reasons in failed.items():
        checks[name] = {"recommendation": recommendation, "reasons": reasons}
    risk: dict[str, Any] = {"recommendation": "N/A" if recommendation == "CHALLENGE" else "ALLOW"}
    if recommendation == "DENY":
        risk = {"recommendation": "DENY", "reasons": ["other"]}
    return checks | {"risk_recommendation": risk}


def _person(session: Session) -> dict[str, Any]:
    mocked = session.mock.get("info", {}).get("person_details", {})
    person: dict[str, Any] = PERSON | {name: mocked[name] for name in PERSON if name in mocked}
    if not {"full_name"} & mocked.keys() and {"given_name", "surname"} & mocked.keys():
        person["full_name"] = f"{person['given_name']} {person['surname']}".strip()
    person["date_of_birth"] = _midnight(person["date_of_birth"])
    age = mocked.get("age", _age(person["date_of_birth"], session.created_at))
    return person | ({} if age is None else {"age": age})


def _document(session: Session) -> dict[str, Any]:
    mocked = session.mock.get("info", {}).get("document_details", {})
    renamed = {
        "type": mocked.get("type"),
        "country": ALPHA_2.get(mocked.get("country", ""), mocked.get("country")),
        "region": mocked.get("region"),
        "number": mocked.get("id_value"),
        "serial_number": mocked.get("document_serial_number"),
        "issue_date": mocked.get("issue_date"),
        "expiration_date": mocked.get("valid_until"),
    }
    kind = {"type": "passport"} if is_passport(session) else {}
    document = DOCUMENT | kind | {name: value for name, value in renamed.items() if value is not None}
    return document | {name: _midnight(document[name]) for name in ("issue_date", "expiration_date")}


def _deprecated(session: Session) -> dict[str, Any]:
    """The shape of old: ``verified_info`` for ALLOW, else ``extracted_info`` and why it was rejected."""
    recommendation = recommendation_of(session)
    person, document = _person(session), _document(session)
    names = {name: person[name] for name in ("given_name", "surname", "full_name", "date_of_birth")}
    info = {
        "person": {name: value for name, value in person.items() if name != "national_id"}
        | {"address": ADDITIONAL["address"]},
        "document": {
            "type": document["type"],
            "country": ALPHA_3.get(document["country"], document["country"]),
            "region": document["region"],
            "issue_date": document["issue_date"],
            "document_serial_number": document["serial_number"],
            "id_value": document["number"],
            "valid_until": document["expiration_date"],
            **names,
        },
    }
    if recommendation == "ALLOW":
        return {"recommendation": recommendation, "verified_info": info}
    return {
        "recommendation": recommendation,
        "rejection_description": REJECTIONS.get(recommendation, []),
        "extracted_info": info,
    }


def _midnight(value: str) -> str:
    """A plain date as the date-time at midnight UTC that the API writes; anything else as it is."""
    return f"{value}T00:00:00.000Z" if DATE.fullmatch(value) else value


def _age(date_of_birth: str, created_at: float) -> int | None:
    try:
        born = dt.date.fromisoformat(date_of_birth[:10])
    except ValueError:
        return None
    today = dt.date.fromisoformat(utc_text(created_at)[:10])
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
