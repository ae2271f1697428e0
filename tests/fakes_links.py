"""Capa as a test tells it to be, through the same journal as the real client."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from verifications.providers.link_types import (
    DetailsSection,
    LinkCreated,
    LinkDetails,
    LinkRequest,
    LinkUserRequest,
    Notification,
    NotificationPage,
    WebhookSettings,
)
from verifications.providers.types import CallJournal, ReceivedAnswer, SentRequest, UserCreated

NOTHING_YET = LinkDetails(found=False)


def details(result: str, *, session_id: str = "vs_0001", hits: int = 0, **changes: Any) -> LinkDetails:
    """What C4 or C5 says of one session."""
    document = {"aipriseSummary": {"verificationResult": result}, "verificationSessionId": session_id}
    row: dict[str, Any] = {
        "found": True,
        "result": result,
        "session_id": session_id,
        "watchlist_hits": hits,
        "sections": (DetailsSection("idInfo", result="PASSED", status="APPROVED"),),
        "values": {"idInfo.fullName": "Zoë Exämple"},
        "document": document,
    }
    return LinkDetails(**(row | changes))


@dataclass
class FakeLinkProvider:
    """Hand ``provider.client`` to a service as its client factory.

    ``fails_with``: errors raised one a call, ``None`` for a call that succeeds. ``says``: what the details are, the
    last one for ever. ``notifications``: Capa's list of deliveries.
    """

    fails_with: list[Exception | None] = field(default_factory=list)
    says: list[LinkDetails] = field(default_factory=lambda: [NOTHING_YET])
    notifications: list[Notification] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def client(self, _kind: str, *, journal: CallJournal, **_more: Any) -> FakeLinkClient:
        return FakeLinkClient(self, journal)

    @property
    def names(self) -> list[str]:
        return [name for name, _argument in self.calls]


class FakeLinkClient:
    def __init__(self, provider: FakeLinkProvider, journal: CallJournal) -> None:
        self._provider = provider
        self._journal = journal

    def create_user(self, request: LinkUserRequest) -> UserCreated:
        body = {"type": request.type, "email": request.email, "externalUserId": request.external_user_id}
        self._call("create_user", request, body)
        return UserCreated(f"capa-user-{len(self._provider.calls):04d}")

    def create_kyc_link(self, request: LinkRequest) -> LinkCreated:
        self._call("create_kyc_link", request)
        return LinkCreated(f"https://verify.example.net/s/{len(self._provider.calls):04d}abcd")

    def create_kyb_link(self, request: LinkRequest) -> LinkCreated:
        self._call("create_kyb_link", request)
        return LinkCreated(f"https://verify.example.net/b/{len(self._provider.calls):04d}abcd")

    def get_kyc_details(self, user_id: str) -> LinkDetails:
        self._call("get_kyc_details", user_id)
        return self._details()

    def get_kyb_details(self, user_id: str) -> LinkDetails:
        self._call("get_kyb_details", user_id)
        return self._details()

    def set_webhook(self, url: str | None) -> WebhookSettings:
        self._call("set_webhook", url)
        return WebhookSettings(url=url or "", updated_at="2026-11-20 12:00:00.000")

    def list_notifications(self, *, status: str = "", skip: int = 0, limit: int = 100) -> NotificationPage:
        self._call("list_notifications", (status, skip, limit))
        everything = self._provider.notifications
        return NotificationPage(total=len(everything), items=tuple(everything[skip : skip + limit]))

    def get_notification(self, notification_id: str) -> Notification:
        self._call("get_notification", notification_id)
        return next(one for one in self._provider.notifications if one.id == notification_id)

    def retry_notification(self, notification_id: str) -> Notification:
        self._call("retry_notification", notification_id)
        return Notification(id=notification_id, status="")

    def _details(self) -> LinkDetails:
        says = self._provider.says
        return says.pop(0) if len(says) > 1 else says[0]

    def _call(self, name: str, argument: Any, sent: dict[str, str] | None = None) -> None:
        provider = self._provider
        body = json.dumps(sent or {}).encode()
        self._journal.sending(
            SentRequest(
                method="POST",
                target=f"/fake/{name}",
                key_id="key-fake",
                nonce="",
                body_sha256=hashlib.sha256(body).hexdigest(),
                body_size=len(body),
                content_type="application/json",
                redacted={"operation": name},
                original=body,
            )
        )
        provider.calls.append((name, argument))
        error = provider.fails_with.pop(0) if provider.fails_with else None
        if error is not None:
            raise error
        self._journal.answered(
            ReceivedAnswer(
                http_status=200, duration_ms=5, content_type="application/json", trace_id="", body=b"{}", redacted={}
            )
        )
