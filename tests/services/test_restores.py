"""After a restore: nothing that may have been sent since the backup goes out by itself."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.factories import ACTOR, NOON, make_account, make_customer, make_draft, make_provider_user
from tests.factories_sessions import make_sent_session
from tests.fakes import WAIT, FakeProvider
from tests.services.seal_support import sealed, triggers_lifted
from tests.services.support import SECOND, actions, deliver, reads, submissions, submitted
from verifications.enums import LogKind
from verifications.models import ApiKeyLane, AuditEvent, ProviderCall, ProviderUser, Verification
from verifications.providers.errors import ProviderRefused, ProviderUnavailable
from verifications.services import lanes
from verifications.services.anchors import write_due_anchors
from verifications.services.call_sweep import sweep
from verifications.services.log_checks import check_log
from verifications.services.outcomes import MOST_TRIES
from verifications.services.provider_calls import claim_next
from verifications.services.provider_users import create_provider_user, link_provider_user
from verifications.services.restores import RestoreReport, after_restore
from verifications.services.verifications import submit_verification

HOUR_NS = 3600 * 10**9


def restore(at: Any = NOON) -> RestoreReport:
    return after_restore(actor=ACTOR, at=at)


@pytest.mark.django_db
def test_after_restore_takes_a_waiting_submission_for_unknown_and_reads_the_user(clock: Any) -> None:
    verification = submitted()

    report = restore()

    verification.refresh_from_db()
    assert report.unknown == 1
    assert [(call.status, call.error_code, call.sending_at) for call in submissions(verification)] == [
        ("UNKNOWN", "restored", None)
    ]
    assert verification.status == "OUTCOME_UNKNOWN"
    assert verification.attention.startswith("The portal was restored from a backup.")
    assert [call.status for call in reads(verification)] == ["WAITING"]
    assert {"verification.outcome_unknown", "database.restored"} <= set(actions())


@pytest.mark.django_db
@pytest.mark.parametrize("bytes_left", [False, True])
def test_after_restore_takes_a_submission_that_was_being_sent_for_unknown(clock: Any, bytes_left: bool) -> None:
    verification = submitted()
    claim_next(key_id=verification.account.key_id, now=NOON)
    ProviderCall.objects.update(sending_at=NOON if bytes_left else None)
    provider = FakeProvider(actions=(WAIT,))

    restore()
    sweep(now=NOON + 3600 * SECOND)
    clock.move_to(NOON + 3600 * SECOND)
    deliver(verification.account, provider)

    assert [name for name, _argument in provider.calls if name.startswith("submit")] == []
    assert [(call.status, call.claim_token) for call in submissions(verification)] == [("UNKNOWN", None)]


@pytest.mark.django_db
def test_after_restore_lets_evidence_settle_what_arrived(clock: Any) -> None:
    verification = submitted()
    restore()
    clock.shift(2)

    deliver(verification.account, FakeProvider())

    verification.refresh_from_db()
    assert verification.status == "COMPLETED"


@pytest.mark.django_db
def test_after_restore_lets_go_on_what_may_be_repeated(clock: Any) -> None:
    account = make_account()
    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=account.pk,
        provider_reference="AA95N84GTESTREAD",
        actor=ACTOR,
        at=NOON,
    )
    claim_next(key_id=account.key_id, now=NOON)

    report = restore()
    deliver(account, FakeProvider())

    user.refresh_from_db()
    assert (report.unknown, report.repeated) == (0, 1)
    assert user.status == "LINKED"


@pytest.mark.django_db
def test_after_restore_lets_the_creation_of_a_session_go_on(clock: Any) -> None:
    session = make_sent_session()
    claim_next(key_id=session.account.key_id, now=NOON)

    report = restore()

    assert (report.unknown, report.repeated) == (0, 1)
    assert Verification.objects.get().status == "QUEUED"
    assert claim_next(key_id=session.account.key_id, now=NOON) is not None


@pytest.mark.django_db
def test_after_restore_takes_the_creation_of_a_user_for_unknown_where_it_may_not_be_repeated(clock: Any) -> None:
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=make_account().pk, headless=True, actor=ACTOR, at=NOON
    )

    restore()

    assert ProviderUser.objects.get(pk=user.pk).status == "OUTCOME_UNKNOWN"


@pytest.mark.django_db
def test_after_restore_warns_on_what_a_person_may_have_started_since(clock: Any) -> None:
    verification = submitted()
    ProviderCall.objects.update(number=MOST_TRIES)
    deliver(verification.account, FakeProvider(fails_with=[ProviderUnavailable("Busy.")]))

    report = restore()

    verification.refresh_from_db()
    assert report.stopped == 1
    assert (verification.status, verification.attention[:38]) == ("QUEUED", "The portal was restored from a backup.")


@pytest.mark.django_db
def test_after_restore_leaves_what_is_over_alone(clock: Any) -> None:
    refused, accepted = submitted(), submitted()
    deliver(refused.account, FakeProvider(fails_with=[ProviderRefused("No.", http_status=400)]))
    clock.shift(1)
    deliver(accepted.account, FakeProvider(actions=(WAIT,)))

    restore()

    assert sorted(Verification.objects.values_list("status", flat=True)) == ["ACCEPTED", "REFUSED"]


@pytest.mark.django_db
def test_after_restore_lifts_every_key_above_what_it_may_have_given_out(clock: Any) -> None:
    for key, last in (("behind", 5), ("ahead", int(NOON.timestamp() + 30) * 10**9)):
        lanes.take_lane(key_id=key, now=NOON)
        ApiKeyLane.objects.filter(key_id=key).update(last_nonce=last)

    restore()

    assert set(ApiKeyLane.objects.values_list("holder", flat=True)) == {None}
    for lane in ApiKeyLane.objects.all():
        assert lane.last_nonce >= int(NOON.timestamp()) * 10**9 + HOUR_NS
        token = lanes.take_lane(key_id=lane.key_id, now=NOON)
        assert token is not None
        assert lanes.next_nonce(key_id=lane.key_id, token=token) > lane.last_nonce


@pytest.mark.django_db
def test_after_restore_twice_changes_nothing_more(clock: Any) -> None:
    submitted()
    restore()
    before = actions()

    again = restore(NOON + SECOND)

    assert not again.changed
    assert actions() == before


@pytest.mark.django_db
def test_the_command_does_nothing_without_yes(clock: Any) -> None:
    verification = submitted()

    with pytest.raises(CommandError, match="1 calls wait or were being sent"):
        call_command("after_restore")

    verification.refresh_from_db()
    assert verification.status == "QUEUED"


@pytest.mark.django_db
def test_the_command_says_what_it_did(clock: Any) -> None:
    submitted()
    out = io.StringIO()

    call_command("after_restore", "--yes", stdout=out)

    assert "1 calls of unknown outcome" in out.getvalue()


@pytest.fixture
def restored_from() -> Any:
    """Give a function that takes a backup of the test database and one that puts it back, with the real tools."""
    return _on_sqlite() if connection.vendor == "sqlite" else _on_postgres()


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_after_the_backup_is_not_sent_again_after_the_restore(restored_from: Any, tmp_path: Path) -> None:
    take, put_back = restored_from
    account = make_account()
    first = make_draft(make_provider_user(account=account))
    second = make_draft(make_provider_user(account=account))
    submit_verification(verification_id=first.pk, actor=ACTOR, at=NOON)
    provider = FakeProvider(actions=(WAIT,))

    take(tmp_path / "backup")
    submit_verification(verification_id=second.pk, actor=ACTOR, at=NOON)
    deliver(account, provider)
    put_back(tmp_path / "backup")
    call_command("after_restore", "--yes", stdout=io.StringIO())
    sweep(now=NOON + 3600 * SECOND)
    deliver(account, provider)

    sent = [argument.user_id for name, argument in provider.calls if name == "submit_documents"]
    assert sorted(sent) == sorted({first.provider_user.provider_reference, second.provider_user.provider_reference})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("OUTCOME_UNKNOWN", "DRAFT")
    assert provider.nonces == sorted(set(provider.nonces))


def _on_sqlite() -> tuple[Any, Any]:
    """The online backup of SQLite, there and back again."""

    def take(path: Path) -> None:
        connection.ensure_connection()
        with sqlite3.connect(path) as backup:
            connection.connection.backup(backup)

    def put_back(path: Path) -> None:
        connection.ensure_connection()
        with sqlite3.connect(path) as backup:
            backup.backup(connection.connection)

    return take, put_back


def _on_postgres() -> tuple[Any, Any]:
    """``pg_dump`` and ``pg_restore``, into an emptied schema as a person restores into a new database."""
    if shutil.which("pg_dump") is None:
        pytest.skip("needs pg_dump")
    at = connection.settings_dict
    environment = os.environ | {"PGPASSWORD": at["PASSWORD"] or ""}
    where = ["-h", at["HOST"] or "127.0.0.1", "-p", str(at["PORT"] or 5432), "-U", at["USER"] or "postgres"]

    def run(*command: str) -> None:
        subprocess.run([*command], check=True, capture_output=True, env=environment, timeout=100)

    def take(path: Path) -> None:
        run("pg_dump", *where, "-Fc", "-f", str(path), at["NAME"])

    def put_back(path: Path) -> None:
        connection.close()
        with psycopg.connect(
            host=where[1], port=where[3], user=where[5], password=at["PASSWORD"], dbname=at["NAME"], autocommit=True
        ) as raw:
            raw.execute("DROP SCHEMA public CASCADE")
            raw.execute("CREATE SCHEMA public")
        run("pg_restore", *where, "-d", at["NAME"], str(path))

    return take, put_back


@pytest.mark.django_db
def test_after_restore_names_the_seals_the_logs_are_at_where_anchors_outside_know_later_ones(
    settings: Any, tmp_path: Path
) -> None:
    settings.ANCHOR_DIR = str(tmp_path)
    sealed(LogKind.AUDIT, 20, batch=10)
    write_due_anchors(now=NOON)
    with triggers_lifted(), connection.cursor() as cursor:  # as the backup was: the second seal came after it
        cursor.execute("DELETE FROM verifications_logseal WHERE number = 2")
        cursor.execute("DELETE FROM verifications_loganchor")
        cursor.execute("DELETE FROM verifications_auditevent WHERE id > (SELECT highest_id FROM verifications_logseal)")
        cursor.execute("UPDATE verifications_loghead SET reached_id = (SELECT highest_id FROM verifications_logseal)")

    report = restore(NOON + SECOND)
    again = restore(NOON + 2 * SECOND)

    assert (report.lost, again.lost, again.changed) == (1, 0, False)
    event = AuditEvent.objects.get(action="database.restored")
    assert event.details["logs"] == {"AUDIT": 1, "ACCESS": 0}
    check = check_log(log=LogKind.AUDIT, actor=ACTOR, at=NOON + 3 * SECOND)
    assert check.is_sound
    assert "restored from a backup" in check.findings[0]["what"]
