"""Client of Transmit Security's document verification: each method makes one call. Contract: transmit-verify 4.

``credentials.secret`` is the access token that ``transmit_tokens.fetch_token`` gave, ``key_id`` the client id.
"""

from __future__ import annotations

from verifications.providers.errors import ProviderRefused
from verifications.providers.http import Timeouts, Transport
from verifications.providers.json_calls import JsonCaller
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
from verifications.providers.transmit_answers import (
    read_consent,
    read_created,
    read_feedback,
    read_images,
    read_result,
)
from verifications.providers.transmit_errors import LABEL, SESSION_WORDING, session_failure
from verifications.providers.transmit_requests import (
    JPEG_START,
    SESSIONS_PATH,
    image_body,
    image_segment,
    session_body,
    session_target,
)
from verifications.providers.types import AccountOptions, CallJournal, Credentials

TRANSMIT_HOSTS = {
    "Sandbox": "https://api.sbx.transmitsecurity.io",
    "US and global": "https://api.transmitsecurity.io",
    "EU": "https://api.eu.transmitsecurity.io",
    "Canada": "https://api.ca.transmitsecurity.io",
    "Australia": "https://api.au.transmitsecurity.io",
}
"""Region -> base address (contract 2). A tenant may have a host of its own, so any other may be entered too."""
FILE_SLOTS: dict[str, tuple[tuple[str, bool], ...]] = {
    "identity_session": (("front", True), ("back", False), ("selfie", True))
}
"""Type -> (slot, required) for capture by the portal; the hosted pages need no file."""
IMAGE_LIMIT = 20 * 1024 * 1024
"""Bytes of an image that is fetched."""

_IMAGE_ACCEPT = "image/jpg, image/jpeg, application/octet-stream"
_IMAGE_MEDIA_TYPES = frozenset({"image/jpg", "image/jpeg", "application/octet-stream"})


class TransmitVerifyClient:
    """Satisfies ``SessionClient``: a method makes one call, repeats nothing and raises the four errors only."""

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        options: AccountOptions,
        journal: CallJournal,
        timeouts: Timeouts | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._options = options
        self._caller = JsonCaller(
            transport=transport or Transport(base_url, provider=LABEL, timeouts=timeouts, wording=SESSION_WORDING),
            journal=journal,
            provider=LABEL,
            key_id=credentials.key_id,
            headers={"Authorization": f"Bearer {credentials.secret}"},
            failure_of=session_failure,
        )

    def create_session(self, request: SessionRequest) -> SessionCreated:
        """Create a session (E1). ``start_token`` is empty in the backend shape, and is never told to the journal."""
        if request.mock_behavior is not None and not self._options.is_sandbox:
            raise ProviderRefused(
                "A simulated outcome may be asked of the sandbox only, so nothing was sent. Start the session without.",
                code="mock_outside_sandbox",
            )
        answer, payload = self._caller.call(
            method="POST",
            target=SESSIONS_PATH,
            body=session_body(request),
            hidden_members=("start_token", "state"),
            hidden_values=(request.state,),
        )
        if (created := read_created(payload)) is None:
            raise self._caller.unreadable(answer, "without a session id", "no_session_id")
        return created

    def get_result(self, session_id: str) -> SessionResult:
        """Read status and result (E2), always asking for the current shape."""
        answer, payload = self._caller.call(method="GET", target=session_target(session_id, "result?detailed=true"))
        if (result := read_result(payload, session_id=session_id)) is None:
            raise self._caller.unreadable(answer, "without a status", "no_status")
        if result.session_id != session_id:
            raise self._caller.unreadable(answer, "about another session than the one asked for", "other_session")
        return result

    def delete_session(self, session_id: str) -> None:
        """Erase a session and its personal data at the provider (E3); one that is gone already counts as erased."""
        try:
            self._caller.call(method="DELETE", target=session_target(session_id))
        except ProviderRefused as error:
            if error.http_status != 404:
                raise

    def list_images(self, session_id: str) -> tuple[ImageFacts, ...]:
        """List a session's images (E4). An unknown session is not reliably a 404 here: ``get_result`` tells."""
        answer, payload = self._caller.call(method="GET", target=session_target(session_id, "images"))
        if (images := read_images(payload)) is None:
            raise self._caller.unreadable(answer, "without a list of images", "no_images")
        return images

    def add_image(self, session_id: str, image: ImageToAdd) -> ImageFeedback:
        """Send one image (E5). A 409 says that every image is in already, so this one was not taken."""
        target = session_target(session_id, "images")
        try:
            answer, payload = self._caller.call(
                method="POST", target=target, body=image_body(image), is_submission=True
            )
        except ProviderRefused as error:
            if error.http_status != 409:
                raise
            return ImageFeedback(feedback="", complete=True, all_in=True)
        if (feedback := read_feedback(payload)) is None:
            raise self._caller.unreadable(answer, "without saying whether the image can be used", "no_feedback")
        return feedback

    def get_image(self, session_id: str, image_id: str) -> ImageBytes:
        """Fetch an image (E6): a JPEG of at most ``IMAGE_LIMIT`` bytes, of which the journal keeps the size only."""
        answer, _payload = self._caller.call(
            method="GET",
            target=session_target(session_id, "images", image_segment(image_id) + "?format=raw"),
            accept=_IMAGE_ACCEPT,
            answer_limit=IMAGE_LIMIT,
            keep_answer=False,
        )
        media_type = answer.content_type.partition(";")[0].strip().lower()
        if media_type not in _IMAGE_MEDIA_TYPES or not answer.body.startswith(JPEG_START):
            raise self._caller.unreadable(answer, "with something else than a JPEG", "not_a_jpeg")
        return ImageBytes(content=answer.body)

    def get_consent(self, session_id: str) -> ConsentRead:
        """Read whether the person agreed, and when (E7)."""
        answer, payload = self._caller.call(method="GET", target=session_target(session_id, "consent"))
        if (consent := read_consent(payload)) is None:
            raise self._caller.unreadable(answer, "without saying whether consent was given", "no_consent")
        return consent
