"""The registry: what each kind is said to be able to do, and that its client and rules agree."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from tests.providers.samples import EMBED_SECRET, OPTIONS, RecordingJournal
from verifications.providers.kraken_embed import KrakenEmbedClient
from verifications.providers.payward_services import PaywardServicesClient
from verifications.providers.provider_rules import RULES, metadata_members
from verifications.providers.registry import PROVIDERS, build_client, definition
from verifications.providers.types import Credentials, VerificationClient

CLASSES = {"KRAKEN_EMBED": KrakenEmbedClient, "PAYWARD_SERVICES": PaywardServicesClient}


def build(kind: str, base_url: str = "https://provider.example") -> VerificationClient:
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
    assert isinstance(build(kind), CLASSES[kind])
    assert line.confirmed_types <= set(line.verification_types) == set(line.file_slots) == set(RULES[kind].members)
    assert line.open_questions
    assert all(metadata_members(kind, one) for one in line.verification_types)


@pytest.mark.parametrize("kind", CLASSES)
def test_each_client_has_the_methods_of_the_interface(kind: str) -> None:
    for name, method in inspect.getmembers(VerificationClient, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(method) == inspect.signature(getattr(CLASSES[kind], name))


def test_only_payward_may_repeat_a_creation() -> None:
    assert {"CREATE_USER", "CREATE_HEADLESS_USER"} <= PROVIDERS["PAYWARD_SERVICES"].repeatable_operations
    assert PROVIDERS["KRAKEN_EMBED"].repeatable_operations == {"GET_USER", "UPDATE_USER", "CHECK_CONNECTION"}
    for line in PROVIDERS.values():
        assert not {"SUBMIT_DOCUMENTS", "SUBMIT_DOCUMENT_URLS"} & line.repeatable_operations


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        definition("ACME")


def test_the_providers_package_imports_no_django() -> None:
    script = (
        "import sys\nimport verifications.providers.registry\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
