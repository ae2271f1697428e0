"""Client of the Kraken Embed (b2b) API: each method makes one signed call. Contract: kraken-embed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from verifications.providers.addresses import address_members
from verifications.providers.answers import ParsedAnswer
from verifications.providers.calls import (
    Body,
    SignedCaller,
    encode_json,
    header_name,
    identifier_of,
    json_body,
    path_segment,
)
from verifications.providers.errors import ProviderRefused
from verifications.providers.http import RawAnswer, Timeouts, Transport
from verifications.providers.kraken_requests import changes_object, metadata_object, user_object
from verifications.providers.multipart import MultipartBody
from verifications.providers.redaction import clean_text, kept_text, redacted, redacted_filename, sent_texts
from verifications.providers.signing import hashed_part_of_multipart
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

LABEL = "Kraken Embed"

_EVIDENCE = ("verifier_response", False)
FILE_SLOTS: dict[str, tuple[tuple[str, bool], ...]] = {
    "identity_document": (("front", True), ("back", False), _EVIDENCE),
    "residence_document": (("document", True), _EVIDENCE),
    "selfie": (("selfie", True), _EVIDENCE),
    "tax_id_document": (("tax_id", True), _EVIDENCE),
    "watchlists": (
        ("sanctions_verifier_response", False),
        ("pep_verifier_response", False),
        ("negative_news_verifier_response", False),
    ),
}
"""Type -> (slot, required). In multipart the slot is the field name, in JSON ``<slot>_url`` the member.

Kraken publishes the multipart names of the first three types (4.1). For ``tax_id_document`` and ``watchlists`` only the
URL names are known (5); their multipart names are inferred from them by leaving out ``_url``.
"""


class KrakenEmbedClient:
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
        make_boundary: Callable[[], str] | None = None,
    ) -> None:
        self._options = options
        self._make_boundary = make_boundary or _random_boundary
        version_header = header_name(options.version_header)
        self._caller = SignedCaller(
            transport=transport or Transport(base_url, provider=LABEL, timeouts=timeouts),
            credentials=credentials,
            journal=journal,
            provider=LABEL,
            headers={version_header: options.version} if version_header and options.version else {},
            tags=False,
        )

    def submit_documents(self, submission: DocumentSubmission) -> SubmissionAccepted:
        """Send files in one multipart form (contract 4). The outcome is read later from the user's status."""
        kind = submission.metadata.type
        target = f"/b2b/verifications/{path_segment(submission.user_id)}"
        metadata = metadata_object(submission.metadata)
        metadata_text = encode_json(metadata).decode("utf-8")
        _check_slots(kind, [part.slot for part in submission.files])
        fields = (("type", kind), ("metadata", metadata_text))
        with MultipartBody(fields=fields, files=submission.files, boundary=self._make_boundary()) as form:
            body = Body(
                content=form,
                size=form.length,
                sha256=form.sha256,
                content_type=form.content_type,
                shown=_shown_form(kind, metadata, submission),
                original=_original_form(kind, metadata_text, submission),
                sent_values=[*sent_texts(metadata), *(part.filename for part in submission.files)],
            )
            answer, parsed = self._caller.call(
                "POST", target, body, hashed=hashed_part_of_multipart(form), is_submission=True
            )
        return self._accepted(answer, parsed)

    def submit_document_urls(self, submission: UrlSubmission) -> SubmissionAccepted:
        """Send presigned addresses in JSON, which Kraken downloads from (contract 5)."""
        kind = submission.metadata.type
        metadata = metadata_object(submission.metadata)
        slots = [slot for slot, _required in FILE_SLOTS[kind]]
        urls, marks = address_members(submission.addresses, slots=slots, options=self._options, rule="Kraken Embed 5")
        head: JsonObject = {"type": kind, "metadata": metadata}
        body = json_body(head | urls, original=head | marks)
        target = f"/b2b/verifications/{path_segment(submission.user_id)}/url"
        answer, parsed = self._caller.call("POST", target, body, is_submission=True)
        return self._accepted(answer, parsed)

    def create_user(self, profile: UserProfile) -> UserCreated:
        """Create a user with a full profile (contract 7.3). Not repeatable: no idempotency is documented."""
        answer, parsed = self._caller.call("POST", "/b2b/users", json_body(user_object(profile)))
        return self._created(answer, parsed)

    def create_headless_user(self, external_id: str) -> UserCreated:
        """Create a user without a profile, which only some licences allow (contract 7.2)."""
        if not external_id:
            raise ProviderRefused("The user's own reference is missing, so nothing was sent.", code="missing_value")
        answer, parsed = self._caller.call("POST", "/b2b/subaccounts", json_body({"external_id": external_id}))
        return self._created(answer, parsed)

    def get_user(self, user_id: str) -> UserState:
        """Read a user's state and open requirements (contract 7.4)."""
        answer, parsed = self._caller.call("GET", f"/b2b/users/{path_segment(user_id)}")
        user = (parsed.payload or {}).get("result")
        if not isinstance(user, dict):
            raise self._caller.unreadable(answer, "without the user's data", "no_result")
        state, actions, reasons = read_status(user.get("status"))
        return UserState(
            user_id=identifier_of(user.get("user")) or user_id,
            state=state,
            required_actions=actions,
            reasons=reasons,
            external_id=kept_text(user.get("external_id")),
            user_type=kept_text(user.get("user_type")),
            created_at=kept_text(user.get("created_at")),
        )

    def update_user(self, user_id: str, changes: ProfileChanges) -> None:
        """Change a profile (contract 7.2); repeating it does no harm."""
        members = changes_object(changes)
        if not members:
            raise ProviderRefused("There is nothing to change, so nothing was sent.", code="no_changes")
        answer, parsed = self._caller.call("PATCH", f"/b2b/users/{path_segment(user_id)}", json_body(members))
        if (parsed.payload or {}).get("result") is None:
            raise self._caller.unreadable(answer, "without a result", "no_result")

    def _accepted(self, answer: RawAnswer, parsed: ParsedAnswer) -> SubmissionAccepted:
        result = (parsed.payload or {}).get("result")
        verification_id = identifier_of(result.get("verification_id")) if isinstance(result, dict) else ""
        if not verification_id:
            raise self._caller.unreadable(answer, "without a verification id", "no_verification_id")
        return SubmissionAccepted(
            verification_id=verification_id, warnings=tuple(clean_text(w.text) for w in parsed.warnings)
        )

    def _created(self, answer: RawAnswer, parsed: ParsedAnswer) -> UserCreated:
        result = (parsed.payload or {}).get("result")
        user_id = identifier_of(result.get("user")) if isinstance(result, dict) else ""
        if not user_id:
            raise self._caller.unreadable(answer, "without a user id", "no_user_id")
        return UserCreated(user_id=user_id)


def _random_boundary() -> str:
    return f"portal-{secrets.token_hex(16)}"


def _check_slots(kind: str, slots: list[str]) -> None:
    known = {slot for slot, _required in FILE_SLOTS[kind]}
    if not known.issuperset(slots) or len(set(slots)) != len(slots):
        raise ProviderRefused(
            "A file has no place in the chosen kind of verification, so nothing was sent. Remove it and submit again.",
            code="bad_slot",
        )


def _shown_form(kind: str, metadata: JsonObject, submission: DocumentSubmission) -> JsonObject:
    files = [
        {"slot": f.slot, "filename": redacted_filename(f.filename), "content_type": f.content_type, "size": f.size}
        for f in submission.files
    ]
    return {**redacted({"type": kind, "metadata": metadata}), "files": files}


def _original_form(kind: str, metadata_text: str, submission: DocumentSubmission) -> bytes:
    parts = [
        {"name": f.slot, "filename": f.filename, "content_type": f.content_type, "size": f.size}
        for f in submission.files
    ]
    return encode_json({"type": kind, "metadata": metadata_text, "parts": parts})
