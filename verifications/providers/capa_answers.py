"""Capa's answers as dataclasses: both envelopes and none, every member optional and of any type.

Contract: capa-partner 4, 5. Nothing here raises. A reader gives ``None`` (or an empty text) where the
expected key is missing; the client makes the error of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from verifications.providers.answers import parse_json
from verifications.providers.calls import identifier_of
from verifications.providers.capa_sections import aml_hits, read_sections
from verifications.providers.capa_values import plain_json, read_values, whole_number, word
from verifications.providers.link_types import LinkDetails, Notification, NotificationPage, WebhookSettings
from verifications.providers.redaction import clean_text, kept_text

PAGE_LIMIT = 100
"""Items of one page of C7, the contract's maximum."""
HITS_LIMIT = 1_000_000

LinkResult = Literal["NOT_STARTED", "IN_PROGRESS", "REVIEW_NEEDED", "VERIFIED", "REJECTED", "UNKNOWN"]

_RESULTS: dict[str, LinkResult] = {
    "NOT_STARTED": "NOT_STARTED",
    "IN_PROGRESS": "IN_PROGRESS",
    "REVIEW_NEEDED": "REVIEW_NEEDED",
    "VERIFIED": "VERIFIED",
    "REJECTED": "REJECTED",
}
_DETAILS_MEMBERS = frozenset({
    "aipriseSummary", "verificationSessionId", "clientReferenceId", "clientReferenceData", "faceLivenessInfo",
    "faceMatchInfo", "fraudInsights", "idInfo", "amlInfo", "media", "verificationStatus", "sessionUrl", "businessInfo",
    "beneficialOwners",
})  # fmt: skip
_LINK = re.compile(r"https?://[!-~]{1,4080}", re.IGNORECASE)


def envelope(parsed: Any) -> dict[str, Any] | None:
    """Take ``data`` when it is an object, else the root (4); ``None`` for no object, or one that says it failed."""
    if not isinstance(parsed, dict) or parsed.get("success") is False:
        return None
    data = parsed.get("data")
    return data if isinstance(data, dict) else parsed


def read_user_id(parsed: Any) -> str:
    """C1: the user's id, or an empty text."""
    return identifier_of((envelope(parsed) or {}).get("userId"))


def read_link(parsed: Any, *, member: str) -> str:
    """C2, C3: the address, or an empty text. Nothing is read out of it; it must only be one a browser may open."""
    url = (envelope(parsed) or {}).get(member)
    return url if isinstance(url, str) and _LINK.fullmatch(url) else ""


def read_kyc_details(parsed: Any) -> LinkDetails | None:
    """C4: the latest verification of a user."""
    data = _details_data(parsed)
    if data is None:
        return None
    summary = data.get("aipriseSummary")
    return _details(data, summary.get("verificationResult") if isinstance(summary, dict) else None)


def read_kyb_details(parsed: Any) -> LinkDetails | None:
    """C5: the verification of a business."""
    data = _details_data(parsed)
    return None if data is None else _details(data, data.get("verificationStatus"))


def classify_result(result: str, *, found: bool = True) -> LinkResult:
    """Read a result by the exact known words; nothing else ever counts as one, and a 404 is "nothing yet"."""
    if not found and not result:
        return "NOT_STARTED"
    return _RESULTS.get(result, "UNKNOWN")


def needs_manual_review(details: LinkDetails) -> tuple[str, ...]:
    """Say in plain words why a ``VERIFIED`` goes to a person all the same (7); empty when it does not.

    Other results have ways of their own and give no reasons here.
    """
    if classify_result(details.result) != "VERIFIED":
        return ()
    reasons = []
    if details.watchlist_hits > 0:
        noun = "hit" if details.watchlist_hits == 1 else "hits"
        reasons.append(f"The watch-list screening found {details.watchlist_hits} {noun}.")
    elif aml_hits(details.document.get("amlInfo")) is None:
        reasons.append("The result of the watch-list screening cannot be read.")
    reasons += [
        f"The section “{clean_text(section.name, limit=80)}” has the status “{clean_text(section.status, limit=80)}”."
        for section in details.sections
        if section.status not in ("", "APPROVED")
    ]
    return tuple(reasons)


def read_webhook(parsed: Any) -> WebhookSettings | None:
    """C6: the address in use, empty when delivery is off."""
    data = envelope(parsed)
    if data is None or "url" not in data:
        return None
    return WebhookSettings(url=kept_text(data["url"], limit=2048), updated_at=word(data.get("updatedAt")))


def read_page(parsed: Any) -> NotificationPage | None:
    """C7: the list, nested twice as documented, or once."""
    page = envelope(parsed)
    items = page.get("data") if page is not None else None
    if page is None or not isinstance(items, list):
        return None
    read = [read_notification_item(item) for item in items[:PAGE_LIMIT]]
    notifications = tuple(item for item in read if item is not None)
    return NotificationPage(total=max(whole_number(page.get("total")) or 0, len(notifications)), items=notifications)


def read_notification(parsed: Any, *, asked_id: str = "") -> Notification | None:
    """C8, C9. ``asked_id`` stands in for the id of an answer to C9, whose members are not published."""
    data = envelope(parsed)
    return None if data is None else read_notification_item(data, asked_id=asked_id)


def read_notification_item(item: Any, *, asked_id: str = "") -> Notification | None:
    if not isinstance(item, dict):
        return None
    found_id = item.get("id")
    notification_id = identifier_of(str(found_id) if type(found_id) is int else found_id) or asked_id
    if not notification_id:
        return None
    return Notification(
        id=notification_id,
        status=word(item.get("status")),
        event_type=word(item.get("eventType")),
        retry_attempts=whole_number(item.get("retryAttempts")) or 0,
        manual_retry_count=whole_number(item.get("manualRetryCount")) or 0,
        created_at=word(item.get("createdAt")),
        updated_at=word(item.get("updatedAt")),
        payload=_payload(item.get("payload")),
        latest_error=_latest_error(item.get("latestErrorPayload")),
    )


def _details_data(parsed: Any) -> dict[str, Any] | None:
    data = envelope(parsed)
    if data is None or (data is parsed and not _DETAILS_MEMBERS & data.keys()):
        return None
    return data


def _details(data: Mapping[str, Any], result: Any) -> LinkDetails:
    values = read_values(data)
    session_id = data.get("verificationSessionId")
    return LinkDetails(
        found=True,
        result=word(result),
        session_id=identifier_of(str(session_id) if type(session_id) is int else session_id),
        sections=read_sections(data, values),
        watchlist_hits=min(aml_hits(data.get("amlInfo")) or 0, HITS_LIMIT),
        values=values,
        document=plain_json(data),
    )


def _payload(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, str):
        value = parse_json(value.encode("utf-8", "replace"))
    return plain_json(value) if isinstance(value, dict) else None


def _latest_error(value: Any) -> str:
    if value is None:
        return ""
    return clean_text(value if isinstance(value, str) else json.dumps(plain_json(value), ensure_ascii=False))
