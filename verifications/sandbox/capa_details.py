"""What C4 and C5 answer about a session, in the shape of the contract's examples. Contract: capa-partner 5."""

from __future__ import annotations

from typing import Any

from .capa_media import IMAGES
from .capa_store import Link
from .signed_api import utc_text

SAMPLE_PERSON = {"full_name": "Ximena Sample-Núñez", "birth_date": "1990-05-17", "id_number": "SAMPLE0000117"}
SAMPLE_BUSINESS: dict[str, Any] = {
    "business_name": "Muestra y Ejemplo SA de CV",
    "country": "MX",
    "tax_id": "MUE000101AA0",
    "owners": [
        {"full_name": "Ximena Sample-Núñez", "share": 60},
        {"full_name": "Đặng Thị Ví Dụ", "share": 40},
    ],
}
ID_TYPES = {"MX": "INE", "DO": "CEDULA"}
FINAL = ("VERIFIED", "REJECTED", "REVIEW_NEEDED")


def kyc_details(link: Link, *, now: float) -> dict[str, Any]:
    """``data`` of C4 for a session that was started."""
    status = link.status_at(now)
    data: dict[str, Any] = {
        "aipriseSummary": {"verificationResult": status},
        "clientReferenceId": link.user_id,
        "verificationSessionId": link.session_id,
        "createdAt": utc_text(link.started_at or link.created_at),
    }
    if status == "IN_PROGRESS":
        return data
    passed = status != "REJECTED"
    return data | {
        "clientReferenceData": {"personalInfo": {"profession": "Teacher", "birthCountry": link.country}},
        "faceLivenessInfo": _section("liveness"),
        "faceMatchInfo": {"faceMatchScore": 0.93 if passed else 0.21, **_face_match(passed)},
        "fraudInsights": {**_fraud(link.outcome == "section"), "relatedSessionInsights": _section("related", "CLEAN")},
        "idInfo": {**_id_section(status), **_identity(link)},
        "amlInfo": _aml(link),
        "media": {name: f"{link.address}/capa/media/{link.session_id}/{image}" for name, image in IMAGES.items()},
    }


def kyb_details(link: Link, *, now: float) -> dict[str, Any]:
    """``data`` of C5 for a link, started or not. The session can be resumed until it is submitted or lapses."""
    data: dict[str, Any] = {
        "verificationStatus": link.status_at(now),
        "verificationSessionId": link.session_id,
        "createdAt": utc_text(link.created_at),
    }
    if link.submitted_at is None and now < link.expires_at:
        data["sessionUrl"] = link_url(link)
    if link.entered:
        entered = link.entered
        data["businessInfo"] = {
            "businessName": entered["business_name"],
            "countryOfConstitution": entered["country"],
            "taxId": entered["tax_id"],
        }
        data["beneficialOwners"] = [
            {"fullName": owner["full_name"], "ownershipPercent": owner["share"]} for owner in entered["owners"]
        ]
    return data


def link_url(link: Link) -> str:
    return f"{link.address}/capa/verify/{link.token}"


def _section(name: str, result: str = "PASSED", status: str = "APPROVED", *reasons: str) -> dict[str, Any]:
    return {
        "result": result,
        "status": status,
        "section_id": f"sec_{name}",
        "checkSummary": {"total": 1, "passed": 0 if reasons else 1},
        "statusReasons": [{"code": reason, "message": reason.replace("_", " ").capitalize()} for reason in reasons],
        "warnings": [],
    }


def _face_match(passed: bool) -> dict[str, Any]:
    return _section("match") if passed else _section("match", "FAILED", "DECLINED", "FACE_DOES_NOT_MATCH")


def _fraud(warned: bool) -> dict[str, Any]:
    if not warned:
        return _section("fraud", "CLEAN")
    warning = {
        "code": "DEVICE_SEEN_BEFORE",
        "message": "The device was used in another session",
        "warningId": "wrn_1",
        "resolutionStatus": "UNRESOLVED",
    }
    return {**_section("fraud", "WARNING", "REVIEW", "DEVICE_SEEN_BEFORE"), "warnings": [warning]}


def _id_section(status: str) -> dict[str, Any]:
    if status == "VERIFIED":
        return _section("id")
    if status == "REJECTED":
        return _section("id", "FAILED", "DECLINED", "DOCUMENT_NOT_AUTHENTIC")
    return _section("id", "INCONCLUSIVE", "REVIEW", "DOCUMENT_HARD_TO_READ")


def _identity(link: Link) -> dict[str, Any]:
    entered = link.entered
    names = entered["full_name"].split()
    parts = {"firstName": names[0]} | ({"lastName": names[-1]} if len(names) > 1 else {})
    middle = {"middleName": " ".join(names[1:-1])} if len(names) > 2 else {}
    return {
        **parts,
        **middle,
        "fullName": entered["full_name"],
        "birthDate": entered["birth_date"],
        "nationalityCode": link.country,
        "idType": ID_TYPES.get(link.country, "PASSPORT"),
        "idNumber": entered["id_number"],
        "idIssueDate": "2022-03-01",
        "idExpiryDate": "2037-02-28",
        "issueCountryCode": link.country,
        "address": {"fullAddress": f"Calle Ejemplo 12, 01000, {link.country}"},
        "documentDetails": {"version": "sample"},
    }


def _aml(link: Link) -> dict[str, Any]:
    name = link.entered["full_name"]
    search = {"searchTerm": name, "fuzzinessScore": 0.5, "exactMatch": False}
    if link.outcome != "watchlist":
        return {"numHits": 0, "entityHits": [], "searchCriteria": search}
    hit = {
        "id": "hit_1",
        "entityType": "person",
        "name": name,
        "nameMatchScore": 0.97,
        "alsoKnownAs": ["Example Alias"],
        "dateOfBirth": link.entered["birth_date"],
        "dateOfBirthMatchScore": 1,
        "amlHits": [{"listName": "Example Watch List", "hitType": "SANCTION"}],
        "resolutionStatus": "UNRESOLVED",
    }
    other = {
        **hit,
        "id": "hit_2",
        "nameMatchScore": 0.71,
        "amlHits": [{"listName": "Example News", "hitType": "MEDIA"}],
    }
    return {
        "numHits": 2,
        "entityHits": [hit, other],
        "amlHitSummary": {"sanctions": 1, "media": 1},
        "searchCriteria": search,
    }
