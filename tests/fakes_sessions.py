"""Transmit Security as a test wants it: a session client that answers what it is told, through the same journal."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.documents.samples import jpeg
from tests.factories import NOON
from verifications.enums import DocumentSlot
from verifications.providers.session_types import (
    ConsentRead,
    ImageBytes,
    ImageFacts,
    ImageFeedback,
    ImageToAdd,
    SessionCreated,
    SessionRequest,
    SessionResult,
)
from verifications.providers.types import CallJournal, Credentials, ReceivedAnswer, SentRequest

EXPIRES = NOON.replace(day=27)
"""When a created session ends: a week after noon."""
FRONT, BACK, SELFIE = "document_front", "document_back", "selfie"
TYPE_OF = {DocumentSlot.FRONT: FRONT, DocumentSlot.BACK: BACK, DocumentSlot.SELFIE: SELFIE}
_ids = itertools.count(1)


def created(*missing: str, **changes: Any) -> SessionCreated:
    number = next(_ids)
    answer: dict[str, Any] = {
        "session_id": f"sid-{number}",
        "expiration": EXPIRES,
        "missing_images": missing or (FRONT, SELFIE),
        "start_token": f"start-token-{number:08d}",
    }
    return SessionCreated(**(answer | changes))


def result(status: str = "complete", recommendation: str = "ALLOW", **more: Any) -> SessionResult:
    return SessionResult(
        session_id="asked-for",
        status=status,
        recommendation=recommendation if status == "complete" else "",
        document={"status": status},
        **more,
    )


def feedback(word: str = "ok", *missing: str, complete: bool = False, **more: Any) -> ImageFeedback:
    return ImageFeedback(feedback=word, complete=complete, missing_images=missing, **more)


ALL_IN = ImageFeedback(feedback="", complete=True, all_in=True)
DEFAULTS: dict[str, Callable[[], Any]] = {
    "create_session": created,
    "get_result": lambda: result("pending"),
    "delete_session": lambda: None,
    "list_images": tuple[ImageFacts, ...],
    "add_image": lambda: feedback("ok", complete=True),
    "get_image": lambda: ImageBytes(jpeg((700, 500))),
    "get_consent": lambda: ConsentRead(granted=True, date="2026-11-20T12:00:00Z"),
}


@dataclass
class FakeSessionProvider:
    """Hand ``provider.client`` to a service as its client factory.

    ``answers``: by method what comes next, one a call; an error is raised. What is not set gets the default, which is a
    customer who has not begun. ``before_bytes``: raise before ``journal.sending``. ``after_sending`` runs between the
    moment the row says "sending" and the answer.
    """

    answers: dict[str, list[Any]] = field(default_factory=dict)
    before_bytes: bool = False
    after_sending: Callable[[], None] = field(default=lambda: None)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    """The bytes of the images that were sent."""
    tokens: list[str] = field(default_factory=list)
    """The bearer token of each call."""

    def client(self, _kind: str, *, journal: CallJournal, credentials: Credentials, **_more: Any) -> FakeSessionClient:
        return FakeSessionClient(self, journal, credentials)

    def will(self, method: str, *answers: Any) -> FakeSessionProvider:
        self.answers.setdefault(method, []).extend(answers)
        return self

    def names(self) -> list[str]:
        return [name for name, _argument in self.calls]

    def asked(self, method: str) -> list[Any]:
        return [argument for name, argument in self.calls if name == method]


class FakeSessionClient:
    def __init__(self, provider: FakeSessionProvider, journal: CallJournal, credentials: Credentials) -> None:
        self._provider = provider
        self._journal = journal
        self._token = credentials.secret

    def create_session(self, request: SessionRequest) -> SessionCreated:
        answer: SessionCreated = self._call("create_session", request)
        return answer

    def get_result(self, session_id: str) -> SessionResult:
        answer: SessionResult = self._call("get_result", session_id)
        return answer

    def delete_session(self, session_id: str) -> None:
        self._call("delete_session", session_id)

    def list_images(self, session_id: str) -> tuple[ImageFacts, ...]:
        answer: tuple[ImageFacts, ...] = self._call("list_images", session_id)
        return answer

    def add_image(self, session_id: str, image: ImageToAdd) -> ImageFeedback:
        with image.open() as stream:
            content = b"".join(iter(lambda: stream.read(65536), b""))
        answer: ImageFeedback = self._call("add_image", (session_id, image), content)
        return answer

    def get_image(self, session_id: str, image_id: str) -> ImageBytes:
        answer: ImageBytes = self._call("get_image", (session_id, image_id))
        return answer

    def get_consent(self, session_id: str) -> ConsentRead:
        answer: ConsentRead = self._call("get_consent", session_id)
        return answer

    def _call(self, name: str, argument: Any, content: bytes = b"") -> Any:
        provider = self._provider
        waiting = provider.answers.get(name)
        answer = waiting.pop(0) if waiting else DEFAULTS[name]()
        if isinstance(answer, BaseException) and provider.before_bytes:
            raise answer
        body = content or name.encode()
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
                original=name.encode(),
            )
        )
        provider.calls.append((name, argument))
        provider.tokens.append(self._token)
        if content:
            provider.pictures.append(content)
        provider.after_sending()
        if isinstance(answer, BaseException):
            raise answer
        self._journal.answered(
            ReceivedAnswer(
                http_status=200, duration_ms=5, content_type="application/json", trace_id="", body=b"{}", redacted={}
            )
        )
        return answer
