"""The page that says whether the logs hold, and what it hands out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from tests.services.seal_support import SECOND, append, sealed, triggers_lifted
from tests.views.support import client_as
from verifications import signing
from verifications.enums import LogKind
from verifications.integrity import verify_records
from verifications.models import AuditEvent, LogAnchor, LogCheck, LogHead
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER
from verifications.selectors.seals import CHECK_LATE, head_of
from verifications.services.anchors import write_due_anchors
from verifications.services.log_checks import check_log
from verifications.views import records_integrity

pytestmark = pytest.mark.django_db
PAGE = "/records/integrity/"


@pytest.fixture
def auditor() -> Client:
    return signed_in(AUDITOR)


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def text_of(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def counted(client: Client) -> list[Any]:
    """What stands beside the page's entry in the navigation."""
    groups = client.get(PAGE).context["nav"]
    return [item["count"] for group in groups for item in group["items"] if item["url"] == PAGE]


def test_the_page_says_what_is_sealed_anchored_and_checked(auditor: Client, settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    now = timezone.now()
    sealed(LogKind.AUDIT, 1200, batch=1200)
    write_due_anchors(now=now)
    append(LogKind.AUDIT, 2, at=now)
    check_log(log=LogKind.AUDIT, actor="system:schedule", at=now)

    page = text_of(auditor)

    head = head_of(LogKind.AUDIT)
    assert head is not None
    assert f"{head.total:,} entries" in page
    assert f"anchors-{now:%Y-%m}.jsonl" in page
    assert "at most 15 min, could be cut off unseen" in page
    assert verify_records.fingerprint_of(signing.public_keys()["a1"]) in page
    assert "Schedule" in page
    assert "alert--bad" not in page
    assert counted(auditor) == [None]


def test_the_page_warns_where_nobody_seals(auditor: Client, settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    append(LogKind.ACCESS, 1, at=timezone.now() - 120 * SECOND)

    assert "Access log: nothing was sealed for 2 min" in text_of(auditor)
    assert counted(auditor) == [1]


def test_the_page_warns_where_anchors_fail_or_nobody_writes_any(auditor: Client, settings: Any) -> None:
    settings.ANCHOR_EMAIL = "anchors@example.org"
    LogAnchor.objects.create(
        log="AUDIT", number=1, total=1, digest="0" * 64, place="MAIL", at=timezone.now(), problem="SMTPException"
    )

    assert "Audit log: no anchor could be written (E-mail)" in text_of(auditor)
    assert counted(auditor) == [1]

    settings.ANCHOR_EMAIL = ""
    assert "No anchors are written" in text_of(auditor)


def test_the_page_shows_what_a_check_found(auditor: Client) -> None:
    LogCheck.objects.create(
        log="AUDIT", started_at=timezone.now(), finished_at=timezone.now(), entries=3, seals=1, unsealed=0,
        is_sound=False, actor="system:schedule",
        findings=[{"kind": "event_altered", "what": "Event 2 was <altered>.", "todo": "Compare.", "event": "e-1"}],
    )  # fmt: skip

    page = text_of(auditor)

    assert "Audit log: the last check found something" in page
    assert "Event 2 was &lt;altered&gt;." in page
    assert "e-1" in page
    assert counted(auditor) == [1]


def test_a_log_that_nobody_checks_any_more_is_told(auditor: Client) -> None:
    sealed(LogKind.ACCESS, 2)
    with triggers_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_logseal SET sealed_at = %s", [timezone.now() - CHECK_LATE - SECOND])

    assert "Access log: not verified for two days" in text_of(auditor)
    assert counted(auditor) == [1]
    check_log(log=LogKind.ACCESS, actor="system:schedule", at=timezone.now())
    assert "not verified for two days" not in text_of(auditor)


def test_a_small_log_is_verified_at_once(auditor: Client) -> None:
    sealed(LogKind.AUDIT, 5)
    LogHead.objects.update(holes=[])

    response = auditor.post(reverse("verifications:log_check", args=["audit"]), follow=True)

    check = LogCheck.objects.get()
    assert (check.log, check.is_sound) == ("AUDIT", True)
    assert check.actor.startswith("user:")
    assert AuditEvent.objects.filter(action="log.checked", actor=check.actor).exists()
    assert b"entries and 1 seals hold" in response.content


def test_a_large_log_is_verified_in_the_background(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(records_integrity, "AT_ONCE", 3)
    monkeypatch.setattr(records_integrity.current_app, "send_task", lambda *args, **kwargs: sent.append((args, kwargs)))
    sealed(LogKind.AUDIT, 5)

    auditor.post(reverse("verifications:log_check", args=["audit"]))

    assert not LogCheck.objects.exists()
    (((name,), arguments),) = sent
    assert name == "verifications.check_log"
    assert arguments["kwargs"]["log"] == "AUDIT"


def test_a_broker_that_is_away_is_told(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(records_integrity, "AT_ONCE", 3)
    monkeypatch.setattr(records_integrity.current_app, "send_task", fail)
    sealed(LogKind.AUDIT, 5)

    response = auditor.post(reverse("verifications:log_check", args=["audit"]), follow=True)

    assert b"Nothing was begun" in response.content


def test_a_log_that_is_none_is_not_found(auditor: Client) -> None:
    assert auditor.post("/records/integrity/else/check/").status_code == 404


def test_verifier_keys_and_anchors_are_handed_out(auditor: Client, settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    sealed(LogKind.AUDIT, 2)
    write_due_anchors(now=timezone.now())

    verifier = auditor.get(reverse("verifications:verifier_file"))
    keys = auditor.get(reverse("verifications:keys_file"))
    anchors = auditor.get(reverse("verifications:anchors_file"))

    assert verifier.content == Path(verify_records.__file__).read_bytes()
    assert verifier["Content-Disposition"] == 'attachment; filename="verify_records.py"'
    assert json.loads(keys.content) == signing.public_keys()
    assert b"".join(anchors) == next(tmp_path.iterdir()).read_bytes()


def test_who_may_see_the_page_and_who_may_verify() -> None:
    assert signed_in(OFFICER).get(PAGE).status_code == 403
    administrator = signed_in(ADMINISTRATOR)
    assert "Verify now" not in text_of(administrator)
    assert administrator.post(reverse("verifications:log_check", args=["audit"])).status_code == 403
    assert client_as("anonymous").get(PAGE).status_code == 302
