"""Client of the Payward Services API: each method makes one signed call. Contract: payward-services."""

from __future__ import annotations

from verifications.providers.addresses import address_members
from verifications.providers.answers import ParsedAnswer
from verifications.providers.calls import SignedCaller, identifier_of, json_body, path_segment
from verifications.providers.errors import ProviderRefused
from verifications.providers.http import RawAnswer, Timeouts, Transport
from verifications.providers.payward_requests import changes_object, metadata_object, user_object
from verifications.providers.redaction import clean_text, kept_text
from verifications.providers.types import (
    AccountOptions,
    CallJournal,
    Credentials,
    DocumentSubmission,
    JsonObject,
    ProfileChanges,
    SubmissionAccepted,
    UrlSubmission,
    UserCreated,
    UserProfile,
    UserState,
)
from verifications.providers.user_state import read_status

LABEL = "Payward Services"

NOT_PROCESSED = frozenset({429})
"""Contract 6.1 counts every 5xx, 503 too, as an outcome nobody knows: the download runs inside the request."""
_EVIDENCE = ("verifier_response", False)
FILE_SLOTS: dict[str, tuple[tuple[str, bool], ...]] = {
    "identity_document": (("front", True), ("back", False), _EVIDENCE),
    "residence_document": (("document", True), _EVIDENCE),
    "selfie": (("selfie", True), _EVIDENCE),
}
"""Type -> (slot, required); the JSON member is ``<slot>_url``. The names of the last two types are the sister API's."""


class PaywardServicesClient:
    """Satisfies ``VerificationClient``: a method makes one call, repeats nothing and raises the four errors only."""

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
        self._caller = SignedCaller(
            transport=transport or Transport(base_url, provider=LABEL, timeouts=timeouts),
            credentials=credentials,
            journal=journal,
            provider=LABEL,
            headers={},
            tags=True,
            not_processed=NOT_PROCESSED,
        )

    def submit_documents(self, submission: DocumentSubmission) -> SubmissionAccepted:  # noqa: ARG002
        """Refuse without sending: this API takes documents by address only (contract 1)."""
        raise ProviderRefused(
            "Payward Services takes documents by presigned address only, so nothing was sent. "
            "Choose the method with document addresses.",
            code="unsupported_method",
        )

    def submit_document_urls(self, submission: UrlSubmission) -> SubmissionAccepted:
        """Send presigned addresses, which Payward downloads from before it answers (contract 4)."""
        kind = submission.metadata.type
        metadata = metadata_object(submission.metadata)
        slots = [slot for slot, _required in FILE_SLOTS[kind]]
        urls, marks = address_members(
            submission.addresses, slots=slots, options=self._options, rule="Payward Services 4.3"
        )
        head: JsonObject = {"type": kind, "metadata": metadata}
        body = json_body(head | urls, original=head | marks)
        target = f"/v1/users/{path_segment(submission.user_id)}/verifications/url"
        answer, parsed = self._caller.call("POST", target, body, is_submission=True)
        data = (parsed.payload or {}).get("data")
        verification_id = identifier_of(data.get("verification_id")) if isinstance(data, dict) else ""
        if not verification_id:
            raise self._caller.unreadable(answer, "without a verification id", "no_verification_id")
        return SubmissionAccepted(
            verification_id=verification_id, warnings=tuple(clean_text(w.text) for w in parsed.warnings)
        )

    def create_user(self, profile: UserProfile) -> UserCreated:
        """Create a user with profile (contract 5.3). Repeatable: the reference is unique and kept for retries."""
        answer, parsed = self._caller.call("POST", "/v1/users", json_body(user_object(profile)))
        return self._created(answer, parsed)

    def create_headless_user(self, external_id: str) -> UserCreated:
        """Create a user without profile (contract 5.2). Repeatable, like ``create_user``."""
        if not external_id:
            raise ProviderRefused("The user's own reference is missing, so nothing was sent.", code="missing_value")
        answer, parsed = self._caller.call("POST", "/v1/users/headless", json_body({"external_reference": external_id}))
        return self._created(answer, parsed)

    def get_user(self, user_id: str) -> UserState:
        """Read a user's state and open requirements (contract 5.4)."""
        answer, parsed = self._caller.call("GET", f"/v1/users/{path_segment(user_id)}")
        user = (parsed.payload or {}).get("data")
        if not isinstance(user, dict):
            raise self._caller.unreadable(answer, "without the user's data", "no_data")
        state, actions, reasons = read_status(user.get("status"))
        return UserState(
            user_id=identifier_of(user.get("id")) or user_id,
            state=state,
            required_actions=actions,
            reasons=reasons,
            external_id=kept_text(user.get("external_reference")),
            user_type=kept_text(user.get("type")),
            created_at=kept_text(user.get("created_at")),
        )

    def update_user(self, user_id: str, changes: ProfileChanges) -> None:
        """Change a profile (contract 5.2); repeating it does no harm."""
        members = changes_object(changes)
        if not members:
            raise ProviderRefused("There is nothing to change, so nothing was sent.", code="no_changes")
        answer, parsed = self._caller.call("PATCH", f"/v1/users/{path_segment(user_id)}", json_body(members))
        if (parsed.payload or {}).get("data") is None:
            raise self._caller.unreadable(answer, "without its data", "no_data")

    def _created(self, answer: RawAnswer, parsed: ParsedAnswer) -> UserCreated:
        data = (parsed.payload or {}).get("data")
        user_id = identifier_of(data.get("id")) if isinstance(data, dict) else ""
        if not user_id:
            raise self._caller.unreadable(answer, "without a user id", "no_user_id")
        return UserCreated(user_id=user_id)
