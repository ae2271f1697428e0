"""Documents: taken into a slot or refused with a reason, served with a trace, sent only as they were uploaded."""

from __future__ import annotations

import hashlib
import io
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from tests.factories import ACTOR, NOON, make_account, make_draft, make_provider_user, specimen, upload
from tests.services.support import actions, submitted
from verifications.enums import RenditionKind
from verifications.errors import InvalidTransition
from verifications.models import AccessEvent, AuditEvent, Document, DocumentRendition
from verifications.services import document_intake, documents
from verifications.services.documents import (
    DocumentRefused,
    FileMissing,
    HashedReader,
    documents_storage,
    open_checked,
    open_original,
    open_rendition,
    remove_document,
    spooled,
    store_upload,
)

pytestmark = pytest.mark.django_db


def _stored() -> list[str]:
    root = Path(documents_storage().location)  # type: ignore[attr-defined]
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def _store(verification: Any, path: Path, **changes: Any) -> Document:
    asked: dict[str, Any] = {"slot": "front", "claimed_name": "passport.jpg"} | changes
    return store_upload(verification_id=verification.pk, path=path, actor=ACTOR, at=NOON, **asked)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(specimen())
    return path


def test_store_upload_keeps_the_original_byte_for_byte(file: Path) -> None:
    draft = make_draft(with_front=False)

    document = _store(draft, file, claimed_name="../Mon Passeport é.jpg")

    with documents_storage().open(document.storage_name) as stream:
        assert stream.read() == specimen()
    assert document.sha256 == hashlib.sha256(specimen()).hexdigest()
    assert (document.size, document.slot, document.customer_id) == (len(specimen()), "front", draft.customer_id)
    assert "/" not in document.display_name
    assert "Passeport" not in document.storage_name
    assert {rendition.kind for rendition in document.renditions.all()} >= {"PREVIEW", "THUMBNAIL"}


def test_store_upload_writes_hash_and_size_into_its_event(file: Path) -> None:
    document = _store(make_draft(with_front=False), file)

    event = AuditEvent.objects.get(action="document.uploaded")
    assert event.details == {
        "verification": str(document.verification.public_id),
        "slot": "front",
        "sha256": document.sha256,
        "size": document.size,
        "content_type": document.content_type,
    }


def test_store_upload_replaces_what_was_in_the_slot_and_keeps_it_as_evidence(file: Path) -> None:
    draft = make_draft()
    first = draft.documents.get()

    second = _store(draft, file)

    first.refresh_from_db()
    assert first.removed_at == NOON
    assert second.removed_at is None
    assert documents_storage().exists(first.storage_name)
    assert actions()[-2:] == ["document.removed", "document.uploaded"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "passport.jpg"),
        (b"<html><script>alert(1)</script></html>", "passport.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "passport.png"),
        (b"MZ" + b"\0" * 500, "passport.jpg"),
    ],
    ids=["empty", "html", "svg", "program"],
)
def test_store_upload_refuses_with_a_reason_and_stores_nothing(tmp_path: Path, content: bytes, name: str) -> None:
    draft = make_draft(with_front=False)
    path = tmp_path / "upload"
    path.write_bytes(content)

    with pytest.raises(DocumentRefused) as refused:
        _store(draft, path, claimed_name=name)

    event = AuditEvent.objects.get(action="document.refused")
    assert str(refused.value)
    assert event.details == {"slot": "front", "code": refused.value.code}
    assert not Document.objects.exists()
    assert _stored() == []


def test_store_upload_refuses_a_file_over_the_accounts_limit(file: Path) -> None:
    account = make_account(max_file_bytes=1000)
    draft = make_draft(make_provider_user(account=account), with_front=False)

    with pytest.raises(DocumentRefused):
        _store(draft, file)

    assert _stored() == []


@pytest.mark.parametrize("slot", ["selfie", "document", "nowhere", ""])
def test_store_upload_refuses_a_slot_that_the_type_has_not(file: Path, slot: str) -> None:
    with pytest.raises(DocumentRefused):
        _store(make_draft(with_front=False), file, slot=slot)


def test_store_upload_and_remove_document_refuse_what_was_submitted(file: Path, clock: Any) -> None:
    verification = submitted()
    before = _stored()

    with pytest.raises(InvalidTransition):
        _store(verification, file)
    with pytest.raises(InvalidTransition):
        remove_document(document_id=verification.documents.get().pk, actor=ACTOR, at=NOON)

    assert _stored() == before
    assert verification.documents.get().removed_at is None


def test_store_upload_takes_its_files_back_when_the_draft_was_submitted_meanwhile(file: Path, monkeypatch: Any) -> None:
    draft = make_draft(with_front=False)
    real = document_intake.process_upload

    def submit_meanwhile(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        type(draft).objects.filter(pk=draft.pk).update(status="CANCELLED")
        return result

    monkeypatch.setattr(document_intake, "process_upload", submit_meanwhile)
    with pytest.raises(InvalidTransition):
        _store(draft, file)

    assert _stored() == []
    assert not Document.objects.exists()


def test_store_upload_takes_its_files_back_when_the_event_can_not_be_written(file: Path, monkeypatch: Any) -> None:
    draft = make_draft(with_front=False)

    def refuse(**_row: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(AuditEvent.objects, "create", refuse)
    with pytest.raises(RuntimeError):
        _store(draft, file)

    assert _stored() == []
    assert not Document.objects.exists()
    assert not DocumentRendition.objects.exists()


def test_remove_document_keeps_row_and_file() -> None:
    document = make_draft().documents.get()

    for _click in range(2):
        remove_document(document_id=document.pk, actor=ACTOR, at=NOON)

    document.refresh_from_db()
    assert document.removed_at == NOON
    assert documents_storage().exists(document.storage_name)
    assert actions().count("document.removed") == 1


@pytest.mark.parametrize(
    ("kind", "action"), [("PREVIEW", "document.preview_served"), ("THUMBNAIL", "document.thumbnail_served")]
)
def test_open_rendition_gives_a_re_encoded_picture_and_leaves_a_trace(kind: str, action: str) -> None:
    document = make_draft().documents.get()

    with open_rendition(document=document, kind=RenditionKind(kind), page=1, actor=ACTOR, at=NOON) as stream:
        content = stream.read()

    assert content.startswith(b"\xff\xd8\xff")
    assert content != specimen()
    event = AccessEvent.objects.get()
    assert (event.action, event.subject_id, event.details) == (action, str(document.public_id), {"page": 1})


def test_open_original_gives_the_original_and_leaves_a_trace() -> None:
    document = make_draft().documents.get()

    with open_original(document=document, actor=ACTOR, at=NOON) as stream:
        assert stream.read() == specimen()

    assert AccessEvent.objects.get().action == "document.original_served"


def test_a_missing_file_is_told_and_leaves_no_trace_of_a_look() -> None:
    document = make_draft().documents.get()
    documents_storage().delete(document.storage_name)

    with pytest.raises(FileMissing, match="Restore"):
        open_original(document=document, actor=ACTOR, at=NOON)
    with pytest.raises(FileMissing):
        open_rendition(document=document, kind=RenditionKind.PREVIEW, page=9, actor=ACTOR, at=NOON)

    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("size", [-1, 1, 7, 4096])
def test_hashed_reader_gives_unchanged_bytes(size: int) -> None:
    content = b"0123456789" * 50
    reader = HashedReader(io.BytesIO(content), hashlib.sha256(content).hexdigest())

    pieces = []
    assert reader.read(0) == b""
    while piece := reader.read(size):
        pieces.append(piece)

    assert b"".join(pieces) == content


@pytest.mark.parametrize("size", [-1, 7, 4096])
@pytest.mark.parametrize(
    "damage",
    [lambda c: c[:-1], lambda c: c + b"x", lambda c: b"x" + c[1:], lambda c: c[:0]],
    ids=["cut", "longer", "changed", "empty"],
)
def test_hashed_reader_fails_at_its_end_when_the_bytes_changed(size: int, damage: Any) -> None:
    content = b"0123456789" * 50
    reader = HashedReader(io.BytesIO(damage(content)), hashlib.sha256(content).hexdigest())

    with pytest.raises(FileMissing):
        b"".join(iter(partial(reader.read, size), b""))


def test_open_checked_checks_a_whole_file_in_pieces() -> None:
    document = make_draft().documents.get()

    with open_checked(document.storage_name, document.sha256) as stream:
        stream.check()
    with pytest.raises(FileMissing), open_checked(document.storage_name, "0" * 64) as stream:
        stream.check()


def test_spooled_gives_a_path_whichever_handler_took_the_upload() -> None:
    on_disk = TemporaryUploadedFile("a.jpg", "image/jpeg", 3, None)
    on_disk.write(b"abc")
    on_disk.flush()

    for taken in (SimpleUploadedFile("a.jpg", b"abc"), on_disk):
        with spooled(taken) as path:
            assert path.read_bytes() == b"abc"
    on_disk.close()


def test_a_delivery_copy_is_sent_where_the_provider_takes_no_such_type() -> None:
    draft = make_draft()
    document = draft.documents.get()
    DocumentRendition.objects.create(
        document=document,
        kind="DELIVERY",
        storage_name="x/delivery/front.jpg",
        content_type="image/jpeg",
        size=5,
        sha256="a" * 64,
        width=1,
        height=1,
    )

    sent = documents.delivery_file(document)

    assert sent == ("x/delivery/front.jpg", "image/jpeg", 5, "a" * 64, "front.jpg")


def test_uploads_of_one_draft_stand_beside_each_other() -> None:
    draft = make_draft()

    upload(draft, "back", specimen())

    assert sorted(draft.documents.values_list("slot", flat=True)) == ["back", "front"]
