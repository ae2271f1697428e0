"""The file of an export over HTTP: whole, in ranges, resumed; what proves it; and who fetched what."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from tests.views.export_records import CONTENT, asked, ready
from tests.views.support import body_of, client_as
from verifications import signing
from verifications.enums import ExportStatus
from verifications.models import AccessEvent, Export
from verifications.policy.roles import AUDITOR, SENIOR_OFFICER
from verifications.services.document_files import documents_storage
from verifications.views import export_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> Any:
    return client_as("auditor")


@pytest.fixture
def export(auditor: Any) -> Export:
    return ready(auditor.user)


def file_of(export: Export) -> str:
    return reverse("verifications:export_file", args=[export.public_id])


def proof_of(export: Export, name: str) -> str:
    return reverse("verifications:export_proof", args=[export.public_id, name])


def events() -> list[tuple[Any, ...]]:
    rows = AccessEvent.objects.filter(action="export.downloaded").order_by("id").values_list("details", flat=True)
    return [(row.get("first"), row.get("last"), row.get("resumed"), row.get("part")) for row in rows]


def status_of(client: Client, path: str) -> int:
    response = client.get(path)
    body_of(response)
    return response.status_code


def test_the_whole_file_is_a_download_that_says_its_length_and_what_it_is(auditor: Any, export: Export) -> None:
    response = auditor.get(file_of(export))

    assert response.status_code == 200
    assert body_of(response) == CONTENT
    name = f"customers-{export.requested_at:%Y-%m-%d}-{str(export.public_id)[:8]}.csv"
    expected = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Length": "1000",
        "Accept-Ranges": "bytes",
        "ETag": f'"{export.sha256}"',
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert "Content-Range" not in response.headers


def test_head_says_the_same_and_sends_nothing_so_it_leaves_no_event(auditor: Any, export: Export) -> None:
    response = auditor.head(file_of(export), headers={"Range": "bytes=5-"})

    assert (response.status_code, response.headers["Content-Length"]) == (200, "1000")
    assert response.headers["ETag"] == f'"{export.sha256}"'
    assert body_of(response) == b""
    assert events() == []


@pytest.mark.parametrize(
    ("asked_for", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=400-", 400, 999), ("bytes=-100", 900, 999), ("bytes=990-5000", 990, 999)],
)
def test_a_range_is_sent_alone_with_its_place(
    asked_for: str, first: int, last: int, auditor: Any, export: Export
) -> None:
    response = auditor.get(file_of(export), headers={"Range": asked_for})

    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/1000"
    assert response.headers["Content-Length"] == str(last - first + 1)
    assert body_of(response) == CONTENT[first : last + 1]
    assert events() == [(first, last, first > 0, None)]


def test_a_download_that_broke_off_goes_on_and_gives_the_same_file(auditor: Any, export: Export) -> None:
    begun = auditor.get(file_of(export))
    head = body_of(begun)[:300]

    rest = auditor.get(file_of(export), headers={"Range": f"bytes={len(head)}-", "If-Range": begun.headers["ETag"]})

    assert head + body_of(rest) == CONTENT
    assert events() == [(None, None, None, None), (300, 999, True, None)]
    page = auditor.get(reverse("verifications:export_detail", args=[export.public_id])).content.decode()
    assert "the file, resumed at byte 300" in page


def test_a_range_of_a_file_that_is_another_one_now_gets_the_whole(auditor: Any, export: Export) -> None:
    response = auditor.get(file_of(export), headers={"Range": "bytes=300-", "If-Range": '"something else"'})

    assert response.status_code == 200
    assert body_of(response) == CONTENT


@pytest.mark.parametrize(
    ("headers", "status", "says"),
    [
        ({"Range": "bytes=1000-"}, 416, {"Content-Range": "bytes */1000"}),
        ({"If-Match": '"something else"'}, 412, {}),
    ],
)
def test_what_can_not_be_sent_is_refused_without_an_event(
    headers: dict[str, str], status: int, says: dict[str, str], auditor: Any, export: Export
) -> None:
    response = auditor.get(file_of(export), headers=headers)

    assert response.status_code == status
    assert body_of(response) == b""
    assert {name: response.headers[name] for name in says} == says
    assert events() == []


@pytest.mark.parametrize("asked_for", ["bytes=5-1", "bytes=0-1,4-5", "lines=1-", "nonsense"])
def test_what_is_no_range_gets_the_whole_file(asked_for: str, auditor: Any, export: Export) -> None:
    response = auditor.get(file_of(export), headers={"Range": asked_for})

    assert response.status_code == 200
    assert body_of(response) == CONTENT


def test_a_large_file_comes_in_pieces(auditor: Any) -> None:
    content = bytes(5 * export_files.CHUNK // 2)
    export = ready(auditor.user, content=content)

    whole = auditor.get(file_of(export))
    pieces = [len(piece) for piece in whole.streaming_content]
    part = auditor.get(file_of(export), headers={"Range": f"bytes=7-{export_files.CHUNK + 7}"})

    assert pieces == [export_files.CHUNK, export_files.CHUNK, export_files.CHUNK // 2]
    assert [len(piece) for piece in part.streaming_content] == [export_files.CHUNK, 1]


class StoreOfObjects:
    """A file of an object store as django-storages opens it: reading it would fetch all of it first."""

    def __init__(self) -> None:
        self.obj = self
        self.ranges: list[str] = []

    def get(self, *, Range: str) -> dict[str, Any]:  # noqa: N803 - the store's own word
        self.ranges.append(Range)
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(CONTENT[int(first) : int(last) + 1])}

    def close(self) -> None:
        self.obj = None  # type: ignore[assignment]


def test_an_object_store_is_asked_for_the_range_alone(
    auditor: Any, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = StoreOfObjects()
    monkeypatch.setattr("verifications.services.export_downloads.open_stored", lambda _name: stored)

    response = auditor.get(file_of(export), headers={"Range": "bytes=10-19"})

    assert body_of(response) == CONTENT[10:20]
    assert stored.ranges == ["bytes=10-19"]
    assert stored.obj is None


def test_others_files_are_not_there_for_a_senior_officer_and_are_for_an_auditor(auditor: Any, export: Export) -> None:
    person = make_user(SENIOR_OFFICER)
    senior = Client()
    senior.force_login(person)
    mine, colleagues = ready(person), ready(make_user(SENIOR_OFFICER))

    answers = {
        "another's": status_of(senior, file_of(export)),
        "its proof": status_of(senior, proof_of(export, "manifest.json")),
        "its page": status_of(senior, reverse("verifications:export_detail", args=[export.public_id])),
        "a colleague's": status_of(senior, file_of(colleagues)),
        "own": status_of(senior, file_of(mine)),
        "an auditor's of theirs": status_of(auditor, file_of(mine)),
    }

    assert answers == {
        "another's": 404,
        "its proof": 404,
        "its page": 404,
        "a colleague's": 404,
        "own": 200,
        "an auditor's of theirs": 200,
    }


def test_personal_data_goes_to_whoever_asked_for_it_alone(auditor: Any) -> None:
    export = ready(make_user(AUDITOR), columns=["email"], with_sensitive=True, purpose="AUDIT")

    page = auditor.get(reverse("verifications:export_detail", args=[export.public_id])).content.decode()
    response = auditor.get(file_of(export))

    assert "only whoever asked for it can download it" in page
    assert file_of(export) not in page
    assert response.status_code == 403
    assert events() == []


@pytest.mark.parametrize("status", [ExportStatus.QUEUED, ExportStatus.REMOVED])
def test_an_export_without_a_file_says_so(status: str, auditor: Any) -> None:
    export = asked(auditor.user) if status == ExportStatus.QUEUED else ready(auditor.user)
    Export.objects.filter(pk=export.pk).update(status=status)

    response = auditor.get(file_of(export))

    assert response.status_code == 404
    assert b"no file" in response.content
    assert events() == []


def test_a_file_that_vanished_is_said_in_words_and_not_logged_as_fetched(auditor: Any, export: Export) -> None:
    documents_storage().delete(export.storage_name)

    response = auditor.get(file_of(export))

    assert response.status_code == 404
    assert b"missing from storage" in response.content
    assert events() == []


def test_each_part_of_the_proof_is_a_file_of_its_own(auditor: Any, export: Export) -> None:
    parts = {name: auditor.get(proof_of(export, name)) for name in export_files.PROOF}

    manifest = parts["manifest.json"].content
    signature = json.loads(parts["manifest.sig"].content)
    assert json.loads(manifest) == export.manifest
    assert signing.is_signed(manifest, key_id=signature["key_id"], signature=signature["signature"])
    assert json.loads(parts["keys.json"].content) == signing.public_keys()
    assert b"def merkle_root" in parts["verify_records.py"].content
    assert {name: part.headers["Content-Disposition"] for name, part in parts.items()} == {
        name: f'attachment; filename="{name}"' for name in export_files.PROOF
    }
    assert [event[3] for event in events()] == ["manifest.json", "manifest.sig", "keys.json"]


def test_the_proof_in_one_file_holds_all_parts_and_is_the_same_each_time(auditor: Any, export: Export) -> None:
    first, second = (auditor.get(proof_of(export, "proof.zip")).content for _time in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as bundle:
        assert bundle.namelist() == list(export_files.PROOF)
        assert json.loads(bundle.read("manifest.json")) == export.manifest
    assert [event[3] for event in events()] == ["proof.zip", "proof.zip"]


def test_the_proof_stays_once_the_file_is_removed(auditor: Any, export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(status=ExportStatus.REMOVED)

    assert auditor.get(proof_of(export, "manifest.json")).status_code == 200


@pytest.mark.parametrize("name", ["manifest.txt", "..", "manifest.json ", "keys.jsonx"])
def test_there_are_no_other_parts(name: str, auditor: Any, export: Export) -> None:
    assert auditor.get(f"/exports/{export.public_id}/proof/{name}").status_code == 404


def test_an_export_that_is_not_made_yet_proves_nothing(auditor: Any) -> None:
    assert auditor.get(proof_of(asked(auditor.user), "manifest.json")).status_code == 404


def test_a_person_who_lost_the_right_gets_the_file_no_more(auditor: Any, export: Export) -> None:
    auditor.user.groups.clear()

    assert auditor.get(file_of(export)).status_code == 403
    assert events() == []


def test_the_entry_says_who_fetched_what_of_which_export(auditor: Any, export: Export) -> None:
    before = timezone.now()

    body_of(auditor.get(file_of(export)))

    event = AccessEvent.objects.get(action="export.downloaded")
    assert (event.actor, event.subject_type, event.subject_id) == (
        f"user:{auditor.user.pk}",
        "Export",
        str(export.public_id),
    )
    assert event.details == {"kind": "CUSTOMERS", "format": "CSV", "sha256": export.sha256}
    assert event.at >= before
