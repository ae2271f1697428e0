"""A provider client that does what a test tells it, through the same journal as the real ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from verifications.providers.types import (
    CallJournal,
    DocumentSubmission,
    ProfileChanges,
    ReceivedAnswer,
    RequiredAction,
    SentRequest,
    SubmissionAccepted,
    UrlSubmission,
    UserCreated,
    UserProfile,
    UserState,
)

WANTED = RequiredAction("verification", "identity", ("initial_onboarding",))
WAIT = RequiredAction("wait", "processing")


@dataclass
class FakeProvider:
    """Hand ``provider.client`` to a service as its client factory.

    ``fails_with``: errors raised one a call, ``None`` for a call that succeeds. ``before_bytes``: raise them before
    ``journal.sending``, as for a connection that never came about. ``actions``: what ``get_user`` lists.
    """

    fails_with: list[Exception | None] = field(default_factory=list)
    before_bytes: bool = False
    actions: tuple[RequiredAction, ...] = ()
    state: str = "ok"
    calls: list[tuple[str, Any]] = field(default_factory=list)
    nonces: list[int] = field(default_factory=list)

    def client(self, _kind: str, *, journal: CallJournal, **_more: Any) -> FakeClient:
        return FakeClient(self, journal)


class FakeClient:
    def __init__(self, provider: FakeProvider, journal: CallJournal) -> None:
        self._provider = provider
        self._journal = journal

    def submit_documents(self, submission: DocumentSubmission) -> SubmissionAccepted:
        for part in submission.files:
            with part.open() as stream:
                while stream.read(65536):
                    pass
        self._call("submit_documents", submission)
        return SubmissionAccepted(f"ver_{len(self._provider.calls):04d}")

    def submit_document_urls(self, submission: UrlSubmission) -> SubmissionAccepted:
        self._call("submit_document_urls", submission)
        return SubmissionAccepted(f"ver_{len(self._provider.calls):04d}")

    def create_user(self, profile: UserProfile) -> UserCreated:
        self._call("create_user", profile)
        return UserCreated(f"AA00FAKEUSER{len(self._provider.calls):04d}")

    def create_headless_user(self, external_id: str) -> UserCreated:
        self._call("create_headless_user", external_id)
        return UserCreated(f"AA00FAKEUSER{len(self._provider.calls):04d}")

    def get_user(self, user_id: str) -> UserState:
        self._call("get_user", user_id)
        return UserState(user_id=user_id, state=self._provider.state, required_actions=self._provider.actions)

    def update_user(self, user_id: str, changes: ProfileChanges) -> None:
        self._call("update_user", (user_id, changes))

    def _call(self, name: str, argument: Any) -> None:
        provider = self._provider
        error = provider.fails_with.pop(0) if provider.fails_with else None
        if error is not None and provider.before_bytes:
            raise error
        nonce = self._journal.next_nonce()
        provider.nonces.append(nonce)
        body = name.encode()
        self._journal.sending(
            SentRequest(
                method="POST",
                target=f"/fake/{name}",
                key_id="key-fake",
                nonce=str(nonce),
                body_sha256=hashlib.sha256(body).hexdigest(),
                body_size=len(body),
                content_type="application/json",
                redacted={"operation": name},
                original=body,
            )
        )
        provider.calls.append((name, argument))
        if error is not None:
            raise error
        self._journal.answered(
            ReceivedAnswer(
                http_status=200, duration_ms=5, content_type="application/json", trace_id="", body=b"{}", redacted={}
            )
        )
