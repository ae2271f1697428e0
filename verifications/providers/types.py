"""What goes into a provider client and what comes out: plain frozen dataclasses.

Values that a contract page spells out (document types, verification types, country codes) travel as ``str`` and are
checked by the preflight of each provider; an unknown value in an *answer* is kept as it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

JsonObject = dict[str, Any]


# --- people -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FullName:
    first_name: str
    last_name: str
    middle_name: str | None = None


@dataclass(frozen=True)
class Address:
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None
    province: str | None = None


@dataclass(frozen=True)
class TaxId:
    id: str
    issuing_country: str


@dataclass(frozen=True)
class UserProfile:
    """A user as both Payward APIs want it at creation; each client writes its own member names."""

    external_id: str
    email: str
    full_name: FullName
    residence: Address
    phone: str
    nationalities: tuple[str, ...]
    date_of_birth: dt.date | None = None
    city_of_birth: str | None = None
    country_of_birth: str | None = None
    occupation: str | None = None
    employer_name: str | None = None
    tax_ids: tuple[TaxId, ...] = ()
    language: str | None = None
    tos_version_accepted: int | None = None


@dataclass(frozen=True)
class ProfileChanges:
    """What a PATCH may change; ``None`` leaves a member alone. E-mail and external id are not among them."""

    full_name: FullName | None = None
    date_of_birth: dt.date | None = None
    residence: Address | None = None
    phone: str | None = None
    nationalities: tuple[str, ...] | None = None
    occupation: str | None = None
    employer_name: str | None = None
    city_of_birth: str | None = None
    country_of_birth: str | None = None
    tax_ids: tuple[TaxId, ...] | None = None
    language: str | None = None
    tos_version_accepted: int | None = None


# --- a submission -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Screening:
    """One list of a ``watchlists`` submission: the common block and its ``status`` (``Cleared`` or ``Matched``)."""

    status: str
    verifier: str
    verified_at: dt.datetime
    external_verification_id: str | None = None
    verifier_response: Any = None


@dataclass(frozen=True)
class SubmissionMetadata:
    """Everything a person entered about one check. Only the members that ``type`` needs are set."""

    type: str
    verifier: str = ""
    verified_at: dt.datetime | None = None
    verifier_response: Any = None
    external_verification_id: str | None = None
    expiration_date: dt.date | None = None
    full_name: FullName | None = None
    date_of_birth: dt.date | None = None
    document_type: str | None = None
    document_number: str | None = None
    issuing_country: str | None = None
    nationality: str | None = None
    address: Address | None = None
    selfie_type: str | None = None
    tax_id_type: str | None = None
    country: str | None = None
    sanctions: Screening | None = None
    pep: Screening | None = None
    negative_news: Screening | None = None


@dataclass(frozen=True)
class FilePart:
    """One file of a submission. ``slot`` names what it shows: ``front``, ``back``, ``document``, ``selfie``,
    ``tax_id``, ``verifier_response``, ``sanctions_verifier_response``, ``pep_verifier_response``,
    ``negative_news_verifier_response``. ``open`` gives a fresh binary stream from the first byte.
    """

    slot: str
    filename: str
    content_type: str
    size: int
    open: Callable[[], IO[bytes]] = field(repr=False)


@dataclass(frozen=True)
class FileAddress:
    """A presigned address of one file. It is a bearer credential: never logged, never stored, hidden from ``repr``."""

    slot: str
    url: str = field(repr=False)
    filename: str = ""
    content_type: str = ""
    size: int = 0


@dataclass(frozen=True)
class DocumentSubmission:
    user_id: str
    metadata: SubmissionMetadata
    files: tuple[FilePart, ...]


@dataclass(frozen=True)
class UrlSubmission:
    user_id: str
    metadata: SubmissionMetadata
    addresses: tuple[FileAddress, ...]


# --- answers ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SubmissionAccepted:
    verification_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserCreated:
    user_id: str


@dataclass(frozen=True)
class RequiredAction:
    """One open requirement as the provider lists it. ``kind`` is ``verification``, ``provide_details``, ``wait`` or
    whatever else came; ``subject`` the verification type, details type or wait code."""

    kind: str
    subject: str = ""
    reasons: tuple[str, ...] = ()
    deadline: str = ""


@dataclass(frozen=True)
class UserState:
    """A user's status as last read: ``state`` is ``ok``, ``disabled``, ``closed`` or whatever else came."""

    user_id: str
    state: str
    required_actions: tuple[RequiredAction, ...] = ()
    reasons: tuple[str, ...] = ()
    external_id: str = ""
    user_type: str = ""
    created_at: str = ""


# --- the journal of a call --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SentRequest:
    """What is about to leave, told to the journal before the first byte does.

    ``redacted`` is safe to show (no signature, secret, presigned address, document number or personal data);
    ``original`` is what a sealed column may keep: the exact JSON bytes with presigned addresses replaced by
    ``{{slot}}`` marks, or for multipart the metadata bytes and the list of parts, never file contents.
    """

    method: str
    target: str
    key_id: str
    nonce: str
    body_sha256: str
    body_size: int
    content_type: str
    redacted: JsonObject
    original: bytes = field(repr=False, default=b"")
    exact: bytes = field(repr=False, default=b"")
    """The body as it left, where ``original`` holds marks in its place; for a sealed column that nobody is shown."""


@dataclass(frozen=True)
class ReceivedAnswer:
    """What came back, as far as it came. ``body`` is capped and goes to a sealed column, ``redacted`` may be shown."""

    http_status: int
    duration_ms: int
    content_type: str
    trace_id: str
    body: bytes = field(repr=False)
    redacted: JsonObject = field(default_factory=dict)


class CallJournal(Protocol):
    """How a client asks for its nonce and reports what it does; the services write it to the ledger."""

    def next_nonce(self) -> int:
        """A nonce above every earlier one of the key, taken right before signing."""

    def sending(self, request: SentRequest) -> None:
        """Called after signing and before the first byte. When it raises, nothing is sent."""

    def request_left(self) -> None:
        """Called when the last byte was handed to the network, before the answer is awaited (signed calls only)."""

    def answered(self, answer: ReceivedAnswer) -> None:
        """Called once the headers and the capped body are in, before they are interpreted."""


class VerificationClient(Protocol):
    """What Kraken Embed and Payward Services have in common. Each method makes one call and never repeats it.

    Every method may raise the four errors of ``providers.errors`` and nothing else.
    """

    def submit_documents(self, submission: DocumentSubmission) -> SubmissionAccepted: ...

    def submit_document_urls(self, submission: UrlSubmission) -> SubmissionAccepted: ...

    def create_user(self, profile: UserProfile) -> UserCreated: ...

    def create_headless_user(self, external_id: str) -> UserCreated: ...

    def get_user(self, user_id: str) -> UserState: ...

    def update_user(self, user_id: str, changes: ProfileChanges) -> None: ...


# --- preflight --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FileFacts:
    """What is known of a file before it is sent: its slot, the name it will carry and what its bytes are."""

    slot: str
    filename: str
    content_type: str
    size: int
    url_host: str = ""
    url_scheme: str = ""


@dataclass(frozen=True)
class AccountOptions:
    """What an administrator has set for one provider account."""

    enabled_types: frozenset[str] = frozenset({"identity_document"})
    allowed_document_hosts: frozenset[str] = frozenset()
    headless_users_allowed: bool = False
    version_header: str = "Payward-Version"
    version: str = "2025-04-15"
    max_file_bytes: int = 157_286_400
    backend_capture_enabled: bool = False
    delete_after_days: int = 0
    enabled_countries: tuple[str, ...] = ()
    app_schemes: tuple[str, ...] = ()
    link_hours: int = 24
    is_sandbox: bool = True


@dataclass(frozen=True)
class Problem:
    """One broken rule: the form field or file slot it belongs to, what to change in plain words, the rule's source."""

    field: str
    message: str
    rule: str


Preflight = Callable[[str, str, SubmissionMetadata, Sequence[FileFacts], AccountOptions, dt.datetime], list[Problem]]
"""``preflight(method, user_id, metadata, files, options, now)`` -> problems, empty when the submission may go."""


@dataclass(frozen=True)
class Credentials:
    key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class ProviderDefinition:
    """A line of the registry: what a provider kind is called, can do and checks."""

    kind: str
    label: str
    contract: str
    default_base_url: str
    methods: tuple[str, ...]
    """Of ``DOCUMENTS``, ``DOCUMENT_URLS``, ``SESSION`` and ``LINK``."""
    verification_types: tuple[str, ...]
    confirmed_types: frozenset[str]
    file_slots: Mapping[str, tuple[tuple[str, bool], ...]]
    """Verification type -> ((slot, required), ...) in the order a form shows them."""
    repeatable_operations: frozenset[str]
    """Operations whose unknown outcome may simply be repeated (reads, changes, creates by unique reference)."""
    preflight: Preflight
    open_questions: tuple[str, ...] = ()
