"""The registry: what each kind is said to be able to do, and that its client and rules agree."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from tests.providers.samples import EMBED_SECRET, OPTIONS, RecordingJournal
from verifications.providers.capa_partner import CapaPartnerClient
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.link_types import LinkClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.provider_rules import RULES, metadata_members
from verifications.providers.registry import PROVIDERS, ProviderClient, build_client, definition
from verifications.providers.session_types import SessionClient
from verifications.providers.transmit_verify import TRANSMIT_HOSTS, TransmitVerifyClient
from verifications.providers.types import Credentials, VerificationClient

CLASSES = {
    "KRAKEN_EMBED": (KrakenEmbedClient, VerificationClient),
    "PAYWARD_SERVICES": (PaywardServicesClient, VerificationClient),
    "TRANSMIT_VERIFY": (TransmitVerifyClient, SessionClient),
    "CAPA_PARTNER": (CapaPartnerClient, LinkClient),
}


def build(kind: str, base_url: str = "https://provider.example") -> ProviderClient:
    return build_client(
        kind,
        base_url=base_url,
        credentials=Credentials("key", EMBED_SECRET),
        options=OPTIONS,
        journal=RecordingJournal(),
    )


@pytest.mark.parametrize("kind", PROVIDERS)
def test_each_line_is_whole(kind: str) -> None:
    line = definition(kind)

    assert line.kind == kind
    assert isinstance(build(kind), CLASSES[kind][0])
    assert line.confirmed_types <= set(line.verification_types)
    assert set(line.file_slots) <= set(line.verification_types)
    assert line.open_questions


@pytest.mark.parametrize("kind", RULES)
def test_a_provider_that_takes_files_has_slots_and_rules_for_each_type(kind: str) -> None:
    line = definition(kind)

    assert set(line.verification_types) == set(line.file_slots) == set(RULES[kind].members)
    assert all(metadata_members(kind, one) for one in line.verification_types)


@pytest.mark.parametrize("kind", CLASSES)
def test_each_client_has_the_methods_of_the_interface(kind: str) -> None:
    client, interface = CLASSES[kind]
    for name, method in inspect.getmembers(interface, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(method) == inspect.signature(getattr(client, name))


def test_only_payward_may_repeat_a_creation() -> None:
    assert {"CREATE_USER", "CREATE_HEADLESS_USER"} <= PROVIDERS["PAYWARD_SERVICES"].repeatable_operations
    assert PROVIDERS["KRAKEN_EMBED"].repeatable_operations == {"GET_USER", "UPDATE_USER", "CHECK_CONNECTION"}
    for line in PROVIDERS.values():
        assert not {"SUBMIT_DOCUMENTS", "SUBMIT_DOCUMENT_URLS"} & line.repeatable_operations
    assert not {"CREATE_USER", "RETRY_NOTIFICATION"} & PROVIDERS["CAPA_PARTNER"].repeatable_operations


def test_transmit_may_repeat_everything_but_an_image() -> None:
    assert PROVIDERS["TRANSMIT_VERIFY"].repeatable_operations == {
        "CREATE_SESSION", "GET_RESULT", "DELETE_SESSION", "LIST_IMAGES", "GET_IMAGE", "GET_CONSENT", "FETCH_TOKEN",
        "CHECK_CONNECTION",
    }  # fmt: skip


def test_transmit_starts_at_its_sandbox_and_knows_every_region() -> None:
    assert PROVIDERS["TRANSMIT_VERIFY"].default_base_url == "https://api.sbx.transmitsecurity.io"
    assert set(TRANSMIT_HOSTS.values()) == {
        f"https://api{region}.transmitsecurity.io" for region in (".sbx", "", ".eu", ".ca", ".au")
    }


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        definition("ACME")


def test_the_providers_package_imports_no_django() -> None:
    script = (
        "import sys\nimport verifications.providers.registry\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
