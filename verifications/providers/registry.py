"""The providers the portal knows: one line each. What a kind is called, what it can do, how its client is built."""

from __future__ import annotations

from typing import Protocol

from verifications.providers import capa_errors, kraken_embed, payward_services, transmit_verify
from verifications.providers.capa_partner import CapaPartnerClient
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.link_types import LinkClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.preflight import preflight_kraken_embed, preflight_payward_services
from verifications.providers.preflight_links import preflight_link
from verifications.providers.preflight_sessions import preflight_session
from verifications.providers.provider_rules import KRAKEN_EMBED, PAYWARD_SERVICES
from verifications.providers.session_types import SessionClient
from verifications.providers.transmit_verify import TransmitVerifyClient
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
CREATE_SESSION = "CREATE_SESSION"
GET_RESULT = "GET_RESULT"
DELETE_SESSION = "DELETE_SESSION"
LIST_IMAGES = "LIST_IMAGES"
GET_IMAGE = "GET_IMAGE"
GET_CONSENT = "GET_CONSENT"
FETCH_TOKEN = "FETCH_TOKEN"  # noqa: S105 - an operation
CREATE_KYC_LINK = "CREATE_KYC_LINK"
CREATE_KYB_LINK = "CREATE_KYB_LINK"
GET_KYC_DETAILS = "GET_KYC_DETAILS"
GET_KYB_DETAILS = "GET_KYB_DETAILS"
SET_WEBHOOK = "SET_WEBHOOK"
LIST_NOTIFICATIONS = "LIST_NOTIFICATIONS"
GET_NOTIFICATION = "GET_NOTIFICATION"

ProviderClient = VerificationClient | SessionClient | LinkClient

_HARMLESS = frozenset({GET_USER, UPDATE_USER, CHECK_CONNECTION})
_TRANSMIT_REPEATABLE = frozenset({
    CREATE_SESSION, GET_RESULT, DELETE_SESSION, LIST_IMAGES, GET_IMAGE, GET_CONSENT, FETCH_TOKEN, CHECK_CONNECTION,
})  # fmt: skip
_CAPA_REPEATABLE = frozenset({
    CREATE_KYC_LINK, CREATE_KYB_LINK, GET_KYC_DETAILS, GET_KYB_DETAILS, SET_WEBHOOK, LIST_NOTIFICATIONS,
    GET_NOTIFICATION, CHECK_CONNECTION,
})  # fmt: skip

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
    "TRANSMIT_VERIFY": ProviderDefinition(
        kind="TRANSMIT_VERIFY",
        label=transmit_verify.LABEL,
        contract="docs/providers/transmit-verify.md",
        default_base_url=transmit_verify.TRANSMIT_HOSTS["Sandbox"],
        methods=("SESSION",),
        verification_types=tuple(transmit_verify.FILE_SLOTS),
        confirmed_types=frozenset(transmit_verify.FILE_SLOTS),
        file_slots=transmit_verify.FILE_SLOTS,
        repeatable_operations=_TRANSMIT_REPEATABLE,
        preflight=preflight_session,
        open_questions=(
            "Can new tenants still add images themselves? The newest public description leaves that call out.",
            "In which shape does a result come when the request does not say?",
            "How long does a session stay open, and what does its result say afterwards?",
            "What comes back to the portal when the person cancels or refuses consent?",
            "When images must be taken again, does the portal go on in the same session or open a new one?",
            "What does an error look like, and which header carries an id to ask about?",
            "How often may a result be read, and how many calls a minute are allowed?",
            "Do simulated outcomes work outside the sandbox?",
            "How is the member named that says what a session is for?",
            "Must the return address be registered, is its query kept, and is plain http taken?",
            "In which media type does an image come when it is asked for as base64?",
            "Does an image id prevent that the same image is added twice?",
            "How many bytes may an added image have?",
        ),
    ),
    "CAPA_PARTNER": ProviderDefinition(
        kind="CAPA_PARTNER",
        label=capa_errors.LABEL,
        contract="docs/providers/capa-partner.md",
        default_base_url="https://staging-api.capa.fi",
        methods=("LINK",),
        verification_types=("kyc_link", "kyb_link"),
        confirmed_types=frozenset({"kyc_link", "kyb_link"}),
        file_slots={},
        repeatable_operations=_CAPA_REPEATABLE,
        preflight=preflight_link,
        open_questions=(
            "What does an error look like, and does it carry an id to ask about?",
            "Which status and code come back for a reference or e-mail address used twice, and how is a user found "
            "whose creation was never confirmed?",
            "How long does a link live, what does asking twice do, who may still be given one, and how often?",
            "Which words can the overall result, the results of the sections and their statuses be?",
            "What do the KYC details answer before, during and after a session, and with which errors?",
            "What is added to the return address, is its query kept, is plain http or localhost taken in staging, and "
            "must it be registered?",
            "Which webhook events come for businesses?",
            "How is the webhook secret given out and changed, are exactly the raw bytes signed, how long may the "
            "answer take, and from which addresses do deliveries come?",
            "How many calls a minute are allowed?",
            "Is the live host production-api.capa.fi or api.capa.fi?",
            "Which countries are enabled for this partner, for persons and for businesses?",
            "How are a rejection and a review brought about in staging?",
            "How long do the addresses of the pictures work, how long are data kept, and how are they deleted?",
            "Is the country of a link the partner's, the person's residence or the document's?",
        ),
    ),
}


class _ClientClass(Protocol):
    def __call__(
        self, *, base_url: str, credentials: Credentials, options: AccountOptions, journal: CallJournal
    ) -> ProviderClient: ...


_CLIENTS: dict[str, _ClientClass] = {
    "KRAKEN_EMBED": KrakenEmbedClient,
    "PAYWARD_SERVICES": PaywardServicesClient,
    "TRANSMIT_VERIFY": TransmitVerifyClient,
    "CAPA_PARTNER": CapaPartnerClient,
}


def definition(kind: str) -> ProviderDefinition:
    """Give the registry's line for a kind; ``KeyError`` for an unknown one."""
    return PROVIDERS[kind]


def build_client(
    kind: str, *, base_url: str, credentials: Credentials, options: AccountOptions, journal: CallJournal
) -> ProviderClient:
    """Build the client of one account; it opens no connection before a method is called. ``KeyError`` as above."""
    return _CLIENTS[kind](base_url=base_url, credentials=credentials, options=options, journal=journal)
