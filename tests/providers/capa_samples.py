"""Invented people, businesses and answers for the Capa tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.providers.samples import OPTIONS, CannedTransport, RecordingJournal
from verifications.providers.capa_partner import CapaPartnerClient
from verifications.providers.http import Timeouts, Transport
from verifications.providers.link_types import LinkRequest, LinkUserRequest
from verifications.providers.types import Credentials

KEY = "throwaway-capa-key-never-issued-0123456789"
USER_ID = "7c1f0f62-3c1e-4b0a-8f5d-2a9e6d1b4e77"
EXTERNAL_ID = "0b9d0a0e-5b7a-4a55-9c11-5d2f6a4b7c10"
EMAIL = "anh.nguyen@example.org"
ALIAS = "Nguyễn Thị Ánh"
RETURN = "https://portal.example.org/verify/return/3f9a7cd0e1b24c58"
KYC_URL = "https://verify.example.net/s/aa11bb22"
USER = LinkUserRequest(type="INDIVIDUAL", email=EMAIL, external_user_id=EXTERNAL_ID, alias=ALIAS)
LINK = LinkRequest(user_id=USER_ID, country="MX", redirect_uri=RETURN)

KYC_DATA: dict[str, Any] = {
    "aipriseSummary": {"verificationResult": "VERIFIED"},
    "clientReferenceId": USER_ID,
    "verificationSessionId": "vs_000111222",
    "clientReferenceData": {"personalInfo": {"profession": "Teacher", "taxId": "NTA900517AB1"}},
    "faceLivenessInfo": {"result": "PASSED", "status": "APPROVED", "section_id": "sec_1"},
    "faceMatchInfo": {"faceMatchScore": 0.93, "result": "PASSED", "status": "APPROVED"},
    "fraudInsights": {
        "result": "CLEAN",
        "status": "APPROVED",
        "relatedSessionInsights": {"result": "CLEAN", "status": "APPROVED"},
    },
    "idInfo": {
        "status": "APPROVED",
        "fullName": ALIAS,
        "birthDate": "1990-05-17",
        "idType": "PASSPORT",
        "idNumber": "P00000471",
        "address": {"fullAddress": "Calle de Ejemplo 12, 01000"},
        "documentDetails": {"edition": 3, "scan": "https://files.example.net/scan?sig=secret"},
    },
    "amlInfo": {"numHits": 0, "entityHits": []},
    "media": {"frontIdImageUrl": "https://files.example.net/front.jpg?sig=secret"},
}
KYB_DATA: dict[str, Any] = {
    "verificationStatus": "IN_PROGRESS",
    "sessionUrl": "https://verify.example.net/b/77secret",
    "businessInfo": {"businessName": "김민준 Example SA", "countryOfConstitution": "MX", "taxId": "EXA000000AA0"},
    "beneficialOwners": [
        {"fullName": "O'Brien-Łukasz", "ownershipPercent": 60},
        {"fullName": "Suharto", "ownershipPercent": 39.5},
    ],
    "verificationSessionId": "vb_01",
    "createdAt": "2031-04-02T10:15:00.000Z",
}
NOTIFICATION: dict[str, Any] = {
    "id": "wn_1",
    "status": "FAILED",
    "eventType": "KYC",
    "retryAttempts": 5,
    "manualRetryCount": "1",
    "createdAt": "2024-04-05 13:45:27.063",
    "updatedAt": "2024-04-05 14:20:00.000",
}

CALLS: dict[str, Callable[[CapaPartnerClient], Any]] = {
    "C1": lambda client: client.create_user(USER),
    "C2": lambda client: client.create_kyc_link(LINK),
    "C3": lambda client: client.create_kyb_link(LINK),
    "C4": lambda client: client.get_kyc_details(USER_ID),
    "C5": lambda client: client.get_kyb_details(USER_ID),
    "C6": lambda client: client.set_webhook("https://portal.example.org/webhooks/capa"),
    "C7": lambda client: client.list_notifications(),
    "C8": lambda client: client.get_notification("wn_1"),
    "C9": lambda client: client.retry_notification("wn_1"),
}
DATA: dict[str, Any] = {
    "C1": {"userId": USER_ID},
    "C2": {"kycLink": KYC_URL},
    "C3": {"kybLink": "https://verify.example.net/b/cc33"},
    "C4": KYC_DATA,
    "C5": KYB_DATA,
    "C6": {"id": "ws_1", "url": "https://portal.example.org/webhooks/capa", "updatedAt": "2024-04-05 13:45:27.063"},
    "C7": {"count": 1, "total": 7, "data": [NOTIFICATION]},
    "C8": NOTIFICATION | {"payload": {"type": "KYC", "externalUserId": EXTERNAL_ID}, "latestErrorPayload": "no luck"},
    "C9": NOTIFICATION | {"status": "PENDING", "retryAttempts": 0},
}


def capa_client(
    base_url: str = "",
    journal: RecordingJournal | None = None,
    *,
    transport: Transport | None = None,
    timeouts: Timeouts | None = None,
    key: str = KEY,
) -> CapaPartnerClient:
    return CapaPartnerClient(
        base_url=base_url,
        credentials=Credentials("capa-test-key", key),
        options=OPTIONS,
        journal=journal or RecordingJournal(),
        transport=transport,
        timeouts=timeouts,
    )


def answered(call: str, status: int, body: object, **answer: Any) -> Any:
    """Make one call that is answered like this."""
    return CALLS[call](capa_client(transport=CannedTransport(status, body, **answer)))


def sent_json(transport: CannedTransport) -> Any:
    return json.loads(transport.sent_body)
