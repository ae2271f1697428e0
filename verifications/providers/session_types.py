"""What goes into the Transmit client and what comes out (transmit-verify 3 and 4): plain frozen dataclasses.

Statuses, recommendations, checks, reasons and document types of an *answer* are open texts, kept as they came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

IMAGE_TYPES = ("document_front", "document_back", "selfie")


@dataclass(frozen=True)
class AccessToken:
    """A bearer token and its lifetime in seconds as the provider said it."""

    token: str = field(repr=False)
    expires_in: float


@dataclass(frozen=True)
class Consent:
    granted: bool
    document_id: str


@dataclass(frozen=True)
class MockBehavior:
    """What a sandbox shall pretend (E1). ``info`` holds ``person_details`` and ``document_details``."""

    recommendation: str = ""
    processing_time: str = ""
    force_retry: bool | None = None
    info: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SessionRequest:
    """One E1 request. ``consent`` set means the backend shape (``start``); hosted sends callback and state instead."""

    external_user_id: str
    organization_name: str = ""
    organization_id: str = ""
    callback_url: str = ""
    state: str = field(default="", repr=False)
    consent: Consent | None = None
    mock_behavior: MockBehavior | None = None


@dataclass(frozen=True)
class SessionCreated:
    session_id: str
    expiration: dt.datetime | None
    missing_images: tuple[str, ...]
    start_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class SessionCheck:
    """One member of ``checks``: ``recommendation`` is ``ALLOW``, ``CHALLENGE``, ``DENY``, ``N/A`` or whatever came."""

    name: str
    recommendation: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionResult:
    """What E2 said. ``status`` and ``recommendation`` exactly as received (cleaned of control characters).

    ``values`` are the extracted texts by dotted path (``person.full_name``, ``document.number``,
    ``additional_info.address.city`` ...), personal data, hidden from ``repr``. ``risk`` is ``risk_details`` with what
    no database takes replaced, ``unknown_members`` names top-level members the contract does not know.
    ``is_deprecated_shape`` says that the answer came in the old shape: it is kept and never read as a pass.
    """

    session_id: str
    status: str
    recommendation: str = ""
    checks: tuple[SessionCheck, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    risk: Mapping[str, Any] = field(default_factory=dict, repr=False)
    image_ids: tuple[str, ...] = ()
    unknown_members: tuple[str, ...] = ()
    is_deprecated_shape: bool = False
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer as JSON, for the sealed column."""


@dataclass(frozen=True)
class ImageFacts:
    """One item of E4."""

    image_id: str
    type: str = ""
    rejected: bool = False
    original: bool = True
    original_id: str = ""
    format: str = ""


@dataclass(frozen=True)
class ImageToAdd:
    """One E5 request. ``open`` gives the JPEG's bytes from the start; ``size`` in bytes, ``width``/``height`` in px."""

    image_type: str
    image_id: str
    size: int
    width: int
    height: int
    open: Callable[[], IO[bytes]] = field(repr=False)


@dataclass(frozen=True)
class ImageFeedback:
    """What E5 answered. ``all_in`` says that the provider had every image already (409), so nothing was taken."""

    feedback: str
    complete: bool
    missing_images: tuple[str, ...] = ()
    custom_feedback: str = ""
    all_in: bool = False


@dataclass(frozen=True)
class ImageBytes:
    """One E6 answer: a JPEG, checked by its first bytes, at most ``IMAGE_LIMIT`` bytes."""

    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ConsentRead:
    granted: bool
    date: str = ""


class SessionClient(Protocol):
    """Transmit Security. Each method makes one call and never repeats it; the four errors of ``providers.errors`` only.

    A 401 is ``ProviderUnavailable`` with code ``token_rejected``: the services renew the token and try once more.
    A 404 is ``ProviderRefused`` with ``http_status`` 404, except where a method says otherwise.
    """

    def create_session(self, request: SessionRequest) -> SessionCreated: ...

    def get_result(self, session_id: str) -> SessionResult: ...

    def delete_session(self, session_id: str) -> None:
        """404 counts as deleted (E3)."""

    def list_images(self, session_id: str) -> tuple[ImageFacts, ...]: ...

    def add_image(self, session_id: str, image: ImageToAdd) -> ImageFeedback:
        """409 is an answer (``all_in``), not an error."""

    def get_image(self, session_id: str, image_id: str) -> ImageBytes: ...

    def get_consent(self, session_id: str) -> ConsentRead: ...
