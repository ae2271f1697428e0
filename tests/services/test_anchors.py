"""Anchors: the head of each log written down outside the database, wherever the settings say."""

from __future__ import annotations

import datetime as dt
import json
import os
import smtplib
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from django.core import mail

from tests.factories import NOON
from tests.services.seal_support import SECOND, sealed
from verifications import signing
from verifications.enums import AnchorPlace, LogKind
from verifications.integrity.verify_records import canonical, is_anchor
from verifications.models import AuditEvent, LogAnchor
from verifications.selectors.seals import head_of, log_state
from verifications.services import anchors
from verifications.services.anchors import write_due_anchors

pytestmark = pytest.mark.django_db
QUARTER = dt.timedelta(minutes=15)
LOG = LogKind.AUDIT


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ANCHOR_DIR = str(tmp_path / "anchors")
    return tmp_path / "anchors"


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().splitlines()]


def check_line(said: dict[str, Any]) -> None:
    head = head_of(LogKind(said["log"]))
    assert head is not None
    assert is_anchor(said)
    assert (said["number"], said["total"], said["digest"]) == (head.number, head.total, head.digest)
    signature = said.pop("signature")
    assert signing.is_signed(canonical(said), key_id=said["key_id"], signature=signature)


def failures() -> int:
    return AuditEvent.objects.filter(action="log.anchor_failed").count()


def test_an_anchor_is_a_signed_line_in_the_file_of_its_month(folder: Path) -> None:
    sealed(LOG, 5)
    sealed(LogKind.ACCESS, 3)

    assert write_due_anchors(now=NOON) == 2

    assert [path.name for path in folder.iterdir()] == [f"anchors-{NOON:%Y-%m}.jsonl"]
    audit, access = lines(folder)
    assert (audit["log"], access["log"], audit["total"], access["total"]) == ("AUDIT", "ACCESS", 5, 3)
    check_line(audit)
    check_line(access)
    row = LogAnchor.objects.get(log=LOG)
    assert (row.place, row.total, row.reference, row.problem) == ("FILE", 5, f"anchors-{NOON:%Y-%m}.jsonl", "")


def test_an_anchor_is_written_once_an_interval_and_only_when_the_head_moved(folder: Path) -> None:
    sealed(LOG, 2)
    write_due_anchors(now=NOON)

    assert write_due_anchors(now=NOON + QUARTER) == 0
    sealed(LOG, 1)
    assert write_due_anchors(now=NOON + QUARTER - SECOND) == 0
    assert write_due_anchors(now=NOON + QUARTER) == 1
    sealed(LOG, 1)
    assert write_due_anchors(now=NOON + QUARTER + 14 * 60 * SECOND) == 0

    assert [line["total"] for line in lines(folder)] == [2, 3]


def test_nothing_is_written_where_nothing_is_set(settings: Any) -> None:
    settings.ANCHOR_DIR = settings.ANCHOR_BUCKET = settings.ANCHOR_EMAIL = ""
    sealed(LOG, 1)

    assert write_due_anchors(now=NOON) == 0
    assert log_state(LOG, now=NOON).places == []


def test_an_anchor_is_mailed(settings: Any) -> None:
    settings.ANCHOR_EMAIL = "anchors@example.org"
    sealed(LOG, 2)

    write_due_anchors(now=NOON)

    (message,) = mail.outbox
    assert message.to == ["anchors@example.org"]
    (line,) = [text for text in message.body.splitlines() if text.startswith("{")]
    check_line(json.loads(line))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (lambda: smtplib.SMTPServerDisconnected("to secret@example.org"), "SMTPServerDisconnected"),
        (lambda: OSError(28, "No space left on device", "/secret"), "OSError: No space left on device"),
        (lambda: anchors.AnchorRefused("refused: AccessDenied"), "refused: AccessDenied"),
    ],
)
def test_a_place_that_fails_is_told_of_once_and_keeps_no_other(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], told: str
) -> None:
    settings.ANCHOR_EMAIL = "anchors@example.org"
    mailed = anchors._WRITERS[AnchorPlace.MAIL]

    def fail(*_args: Any) -> str:
        raise error()

    monkeypatch.setitem(anchors._WRITERS, AnchorPlace.MAIL, fail)
    sealed(LOG, 2)

    assert write_due_anchors(now=NOON) == 1
    assert write_due_anchors(now=NOON + QUARTER) == 0
    assert failures() == 1
    assert [row.problem for row in LogAnchor.objects.filter(place="MAIL")] == [told, told]
    assert [place.place for place in log_state(LOG, now=NOON).failing_places] == ["MAIL"]
    assert [line["total"] for line in lines(folder)] == [2]

    monkeypatch.setitem(anchors._WRITERS, AnchorPlace.MAIL, mailed)
    write_due_anchors(now=NOON + 2 * QUARTER)
    assert log_state(LOG, now=NOON).failing_places == []

    monkeypatch.setitem(anchors._WRITERS, AnchorPlace.MAIL, fail)
    sealed(LOG, 1)
    write_due_anchors(now=NOON + 3 * QUARTER)
    assert failures() == 2


def test_a_folder_that_can_not_be_written_is_a_problem_and_no_crash(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.ANCHOR_DIR = str(tmp_path / "file")
    sealed(LOG, 1)

    assert write_due_anchors(now=NOON) == 0
    assert LogAnchor.objects.get().problem == "FileExistsError: File exists"


def test_a_bucket_that_does_not_answer_is_a_problem_and_no_crash(settings: Any) -> None:
    settings.ANCHOR_BUCKET = "anchors"
    settings.S3_ACCESS = {
        "endpoint_url": "http://127.0.0.1:9", "region_name": "us-east-1", "access_key": "a", "secret_key": "b",
        "addressing_style": "path",
    }  # fmt: skip
    sealed(LOG, 1)

    assert write_due_anchors(now=NOON) == 0
    assert LogAnchor.objects.get().problem == "EndpointConnectionError"


@pytest.fixture
def answering() -> Iterator[tuple[str, list[Any]]]:
    """A server that takes every object, and what it was sent: method, path, headers, body."""
    taken: list[Any] = []

    class Take(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_anchor_in_a_bucket_is_locked_for_its_days(answering: tuple[str, list[Any]], settings: Any) -> None:
    address, taken = answering
    settings.ANCHOR_BUCKET = "anchors"
    settings.ANCHOR_BUCKET_DAYS = 3650
    settings.S3_ACCESS = {
        "endpoint_url": address, "region_name": "us-east-1", "access_key": "a", "secret_key": "b",
        "addressing_style": "path",
    }  # fmt: skip
    sealed(LOG, 1)

    assert write_due_anchors(now=NOON) == 1

    ((path, headers, _body),) = taken
    assert path == f"/anchors/{LogAnchor.objects.get().reference}"
    assert headers["x-amz-object-lock-mode"] == "COMPLIANCE"
    until = dt.datetime.fromisoformat(headers["x-amz-object-lock-retain-until-date"])
    assert abs(until - NOON - dt.timedelta(days=3650)) < SECOND


@pytest.fixture
def bucket(settings: Any) -> Any:
    """A bucket of the test's own; gives a client."""
    settings.ANCHOR_BUCKET = f"anchors-{uuid.uuid4().hex[:12]}"
    settings.S3_ACCESS = {
        "endpoint_url": os.environ["S3_ENDPOINT_URL"],
        "region_name": "us-east-1",
        "access_key": os.environ["S3_ACCESS_KEY"],
        "secret_key": os.environ["S3_SECRET_KEY"],
        "addressing_style": "path",
    }
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        aws_access_key_id=os.environ["S3_ACCESS_KEY"],
        aws_secret_access_key=os.environ["S3_SECRET_KEY"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=settings.ANCHOR_BUCKET)
    return client


@pytest.mark.s3
def test_an_anchor_is_an_object_of_its_own(bucket: Any, settings: Any) -> None:
    sealed(LOG, 2)

    assert write_due_anchors(now=NOON) == 1

    stored = bucket.get_object(Bucket=settings.ANCHOR_BUCKET, Key=LogAnchor.objects.get().reference)
    check_line(json.loads(stored["Body"].read()))


@pytest.mark.s3
def test_a_bucket_that_is_not_there_is_a_problem(bucket: Any, settings: Any) -> None:
    settings.ANCHOR_BUCKET = "not-there"
    sealed(LOG, 1)

    assert write_due_anchors(now=NOON) == 0
    assert LogAnchor.objects.get().problem == "refused: NoSuchBucket"
