"""Presigned addresses: good for one document, one account and a short while; nothing else opens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing

from tests.factories import ACTOR, NOON, make_draft
from tests.services.support import SECOND, deliver, submitted
from tests.services.test_documents import FileMissing, documents_storage
from verifications.errors import NotAllowed
from verifications.models import AccessEvent, Document, ProviderCall, Verification
from verifications.services.document_addresses import SALT, open_presigned, presigned_address
from verifications.services.provider_accounts import set_account_enabled
from verifications.services.sealed_values import open_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> Document:
    return make_draft().documents.select_related("verification__account", "customer").get()


def _address(document: Document) -> str:
    return presigned_address(document=document, account=document.verification.account, at=NOON)


def _open(address: str, *, at: Any = NOON, name: str | None = None) -> Any:
    _files, token, filename = urlsplit(address).path.strip("/").split("/")
    return open_presigned(token=token, filename=name or filename, at=at)


def test_presigned_address_ends_in_a_clean_name_with_its_true_extension(document: Document, settings: Any) -> None:
    address = _address(document)

    assert address.startswith(f"{settings.PUBLIC_URL}/files/")
    assert urlsplit(address).path.rsplit("/", 1)[-1] == f"front.{document.extension}"
    assert urlsplit(address).query == ""


def test_open_presigned_gives_the_file_and_leaves_a_trace(document: Document) -> None:
    served = _open(_address(document))

    with served.stream as stream:
        content = stream.read()
    event = AccessEvent.objects.get()
    assert (len(content), served.content_type) == (document.size, document.content_type)
    assert event.action == "document.provider_fetched"
    assert event.actor == f"provider:{document.verification.account.public_id}"
    assert event.actor_name == document.verification.account.name
    assert event.details == {"sha256": document.sha256}


def test_open_presigned_is_over_after_its_time(document: Document, settings: Any) -> None:
    address = _address(document)

    _open(address, at=NOON + settings.DOCUMENT_ADDRESS_SECONDS * SECOND).stream.close()
    with pytest.raises(NotAllowed, match="over"):
        _open(address, at=NOON + (settings.DOCUMENT_ADDRESS_SECONDS + 1) * SECOND)


def test_open_presigned_refuses_what_was_forged(document: Document) -> None:
    address = _address(document)
    name = f"front.{document.extension}"
    token = urlsplit(address).path.split("/")[2]
    ends = int(NOON.timestamp()) + 900
    forged = [
        token[:-2] + ("aa" if not token.endswith("aa") else "bb"),
        token.split(":")[0],
        "",
        "x:y:z",
        signing.dumps([str(document.public_id), document.verification.account_id, ends], salt="other"),
        signing.dumps("nothing", salt=SALT),
        signing.dumps([1, 2], salt=SALT),
    ]

    for one in forged:
        with pytest.raises(NotAllowed):
            open_presigned(token=one, filename=name, at=NOON)
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("name", ["back.jpg", "front.png.exe", "front"])
def test_open_presigned_refuses_another_name(document: Document, name: str) -> None:
    with pytest.raises(NotAllowed):
        _open(_address(document), name=name)


def test_open_presigned_refuses_an_account_that_is_off(document: Document) -> None:
    address = _address(document)
    set_account_enabled(account_id=document.verification.account_id, enabled=False, actor=ACTOR, at=NOON)

    with pytest.raises(NotAllowed):
        _open(address)


def test_open_presigned_tells_that_a_file_vanished(document: Document) -> None:
    address = _address(document)
    documents_storage().delete(document.storage_name)

    with pytest.raises(FileMissing):
        _open(address)

    assert not AccessEvent.objects.exists()


def test_an_address_stands_nowhere_after_it_was_sent(clock: Any) -> None:
    from tests.services.support import HookedProvider

    verification = submitted(method="DOCUMENT_URLS")
    provider = HookedProvider()
    deliver(verification.account, provider)
    token = urlsplit(provider.calls[0][1].addresses[0].url).path.split("/")[2]

    stored = [str(list(model.objects.values())) for model in (Document, Verification, ProviderCall, AccessEvent)]
    originals = [open_bytes(call, "request_original") for call in ProviderCall.objects.all()]

    assert not any(token in text for text in stored)
    assert not any(token.encode() in original for original in originals)
    assert token not in repr(provider.calls[0][1])
