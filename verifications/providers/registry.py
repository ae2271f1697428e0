"""The providers the portal knows: one line each. What a kind is called, what it can do, how its client is built."""

from __future__ import annotations

from typing import Protocol

from verifications.providers import kraken_embed, payward_services
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.preflight import preflight_kraken_embed, preflight_payward_services
from verifications.providers.provider_rules import KRAKEN_EMBED, PAYWARD_SERVICES
from verifications.providers.types import (
    AccountOptions,
    CallJournal,
    Credentials,
    ProviderDefinition,
    VerificationClient,
)

GET_USER = "GET_USER"
UPDATE_USER = "UPDATE_USER"
CREATE_USER = "CREATE_USER"
CREATE_HEADLESS_USER = "CREATE_HEADLESS_USER"
SUBMIT_DOCUMENTS = "SUBMIT_DOCUMENTS"
SUBMIT_DOCUMENT_URLS = "SUBMIT_DOCUMENT_URLS"
CHECK_CONNECTION = "CHECK_CONNECTION"

_HARMLESS = frozenset({GET_USER, UPDATE_USER, CHECK_CONNECTION})

PROVIDERS: dict[str, ProviderDefinition] = {
    "KRAKEN_EMBED": ProviderDefinition(
        kind="KRAKEN_EMBED",
        label=kraken_embed.LABEL,
        contract="docs/providers/kraken-embed.md",
        default_base_url="https://nexus.kraken.com",
        methods=KRAKEN_EMBED.methods,
        verification_types=tuple(KRAKEN_EMBED.members),
        confirmed_types=frozenset({"identity_document"}),
        file_slots=KRAKEN_EMBED.file_slots,
        repeatable_operations=_HARMLESS,
        preflight=preflight_kraken_embed,
        open_questions=(
            "Which address and keys does the test system have, and can outcomes be steered there?",
            "Multipart submissions are signed over the whole encoded body. Is that what the server checks?",
            "Is the version sent as Payward-Version or as Kraken-Version, and what applies without it?",
            "Which kinds of verification beyond the identity document are switched on for this partner, and what do "
            "their payloads look like?",
            "Which file types and sizes does the multipart form take, and under which names do the files of tax and "
            "watchlist submissions travel?",
            "When are presigned addresses downloaded, how long must they live, and may they redirect?",
            "What does an error look like, and which status comes with nonce and signature errors?",
            "How many calls a minute are allowed, and per what?",
            "Does a repeated external verification id prevent a duplicate? Can a verification be read back?",
            "Which reasons and wait codes can a user's status carry?",
            "Are user ids written with or without spaces in addresses?",
            "How wide is the nonce window, and may each worker have a key of its own?",
        ),
    ),
    "PAYWARD_SERVICES": ProviderDefinition(
        kind="PAYWARD_SERVICES",
        label=payward_services.LABEL,
        contract="docs/providers/payward-services.md",
        default_base_url="https://api.services.payward.com",
        methods=PAYWARD_SERVICES.methods,
        verification_types=tuple(PAYWARD_SERVICES.members),
        confirmed_types=frozenset({"identity_document"}),
        file_slots=PAYWARD_SERVICES.file_slots,
        repeatable_operations=_HARMLESS | {CREATE_USER, CREATE_HEADLESS_USER},
        preflight=preflight_payward_services,
        open_questions=(
            "Does the sandbox host serve the user and verification addresses with partner keys?",
            "What does an error look like, and is a 503 a promise that nothing was taken in?",
            "How many calls a minute are allowed, per key or per partner?",
            "How are the residence and selfie payloads and their file addresses named? Are tax and watchlist "
            "submissions taken at all?",
            "Which members of the identity metadata are required, and are nationality, expiry and an external id of "
            "the check taken? They are not sent until then.",
            "Does a submission honour an idempotency key, or can it be read back?",
            "Is the file downloaded before the answer, within which time, and from which addresses?",
            "Which members has a required action, and which reasons and wait codes exist?",
            "How wide is a nonce, when is it checked, and may a partner have several keys?",
            "Do user ids hold separators or check digits?",
        ),
    ),
}


class _ClientClass(Protocol):
    def __call__(
        self, *, base_url: str, credentials: Credentials, options: AccountOptions, journal: CallJournal
    ) -> VerificationClient: ...


_CLIENTS: dict[str, _ClientClass] = {"KRAKEN_EMBED": KrakenEmbedClient, "PAYWARD_SERVICES": PaywardServicesClient}


def definition(kind: str) -> ProviderDefinition:
    """Give the registry's line for a kind; ``KeyError`` for an unknown one."""
    return PROVIDERS[kind]


def build_client(
    kind: str, *, base_url: str, credentials: Credentials, options: AccountOptions, journal: CallJournal
) -> VerificationClient:
    """Build the client of one account; it opens no connection before a method is called. ``KeyError`` as above."""
    return _CLIENTS[kind](base_url=base_url, credentials=credentials, options=options, journal=journal)
