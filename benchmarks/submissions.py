"""Submissions a second through the ledger, against the least two writes a submission can cost.

One lane is one API key; the provider is one that answers after ``--latency-ms`` without a network.

``python -m benchmarks.submissions --server postgres://postgres@127.0.0.1:5432/postgres --lanes 1 --number 1000``
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import threading
import time
from typing import Any

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import headline

_CALLS = """
INSERT INTO verifications_providercall
  (public_id, operation, status, number, requested_by, created_at, not_before, key_id, nonce, http_method, target,
   content_type, body_sha256, trace_id, error_code, message, account_id, customer_id, verification_id)
SELECT gen_random_uuid(), 'SUBMIT_DOCUMENTS', 'WAITING', 1, 'user:1', now(), now(), '', '', '', '', '', '', '', '', '',
  v.account_id, v.customer_id, v.id
FROM verifications_verification v
"""
_QUEUED = """
UPDATE verifications_verification SET status = 'QUEUED', accepted_at = NULL, provider_reference = '', answer = '',
  account_id = (SELECT min(id) FROM verifications_provideraccount) + id %% %s
"""
_USERS = """
UPDATE verifications_provideruser SET account_id = (SELECT min(id) FROM verifications_provideraccount) + id %% %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--number", type=int, default=1000, help="submissions")
    parser.add_argument("--lanes", type=int, default=1, help="API keys, each served by a thread")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline(
        "Submissions",
        f"PostgreSQL {version} on the same machine; {chosen.lanes} lane(s), {chosen.latency_ms:g} ms latency",
    )
    _prepare(chosen.number, chosen.lanes)
    bare = _bare(chosen.number, chosen.lanes, chosen.latency_ms / 1000)
    print(f"  two writes a submission and nothing else   {bare:8.1f} submissions/s")
    rate, busy = _portal(chosen.lanes, chosen.latency_ms / 1000)
    print(f"  portal, full ledger and audit              {rate:8.1f} submissions/s   {rate / bare:.2f} x two writes")
    print(f"  processor of this process a submission     {busy / chosen.number * 1000:8.2f} ms")
    if chosen.latency_ms:
        most = chosen.lanes / (chosen.latency_ms / 1000)
        print(f"  of lanes / latency ({most:.0f}/s)              {rate / most:8.2f}")


def _prepare(number: int, lanes: int) -> None:
    from django.db import connection  # noqa: PLC0415 - after django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks import rows  # noqa: PLC0415
    from verifications.models import Customer, ProviderAccount  # noqa: PLC0415
    from verifications.services.provider_accounts import AccountData, create_account  # noqa: PLC0415
    from verifications.services.sealed_values import make_customer_key  # noqa: PLC0415

    rows.fill(start=1, end=number, owner=rows.make_owner())
    now = timezone.now()
    for customer in Customer.objects.all():
        make_customer_key(customer=customer, at=now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE verifications_verification SET account_id = 1")
        cursor.execute("UPDATE verifications_provideruser SET account_id = 1")
        cursor.execute("SELECT setval(pg_get_serial_sequence('verifications_provideraccount', 'id'), 1000)")
        for table in ("customer", "provideruser", "case", "verification"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('verifications_{table}', 'id'), {number})")
    secret = base64.b64encode(b"benchmark only, issued by nobody").decode()
    made = [
        create_account(
            data=AccountData(
                name=f"lane {lane}", kind="KRAKEN_EMBED", environment="SANDBOX", base_url="http://127.0.0.1:9",
                key_id=f"lane-{lane}", secret=secret,
            ),
            actor="system:command",
            at=now,
        )
        for lane in range(lanes)
    ]  # fmt: skip
    first = min(account.pk for account in made)
    with connection.cursor() as cursor:
        for statement in (_QUEUED, _USERS):
            cursor.execute(
                statement.replace("(SELECT min(id) FROM verifications_provideraccount)", str(first)), [lanes]
            )
        cursor.execute(_CALLS)
        cursor.execute("VACUUM ANALYZE")
    ProviderAccount.objects.filter(pk__lt=first).delete()


def _bare(number: int, lanes: int, latency: float) -> float:
    """Claim a row, wait, write the outcome: two transactions, no ledger, no events."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (id int PRIMARY KEY, status text NOT NULL, reference text)")
        cursor.execute("INSERT INTO bench_bare SELECT n, 'WAITING' FROM generate_series(0, %s) n", [number - 1])

    def work(lane: int) -> None:
        try:
            with connection.cursor() as cursor:
                for row in range(lane, number, lanes):
                    cursor.execute(
                        "UPDATE bench_bare SET status = 'SENDING' WHERE id = %s AND status = 'WAITING'", [row]
                    )
                    time.sleep(latency)
                    cursor.execute(
                        "UPDATE bench_bare SET status = 'DONE', reference = %s WHERE id = %s", [f"v{row}", row]
                    )
        finally:
            connection.close()

    return number / _in_threads(work, lanes)


def _portal(lanes: int, latency: float) -> tuple[float, float]:
    """Send every submission with the portal's own delivery; returns submissions a second and processor seconds.

    A lane sends what is due longest, so its first reading of a user comes after its last submission and ends the lane.
    """
    from django.db import connection  # noqa: PLC0415

    from verifications.enums import CallOperation, CallStatus  # noqa: PLC0415
    from verifications.models import ProviderCall, Verification  # noqa: PLC0415
    from verifications.services.provider_calls import deliver_lane  # noqa: PLC0415

    submissions = ProviderCall.objects.filter(operation=CallOperation.SUBMIT_DOCUMENTS)

    def build(_kind: str, *, journal: Any, **_more: Any) -> Client:
        return Client(journal, latency)

    def work(lane: int) -> None:
        mine = submissions.filter(status=CallStatus.WAITING, account__key_id=f"lane-{lane}")
        try:
            while mine.exists():
                deliver_lane(key_id=f"lane-{lane}", client_factory=build)
        except LaneDone:
            pass
        finally:
            connection.close()

    number = submissions.count()
    processor = time.process_time()
    began = time.time()
    _in_threads(work, lanes)
    processor = time.process_time() - processor
    done = submissions.filter(status=CallStatus.SUCCEEDED)
    if done.count() != number or Verification.objects.exclude(status__in=["ACCEPTED", "COMPLETED"]).exists():
        raise RuntimeError("not every submission was accepted")
    last = done.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    return number / (last.timestamp() - began), processor


def _in_threads(work: Any, number: int) -> float:
    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(number)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


class LaneDone(BaseException):
    """Every submission of the lane is sent. No ``Exception``, which delivery would take for a fault of the portal."""


class Client:
    """A provider that takes every submission after ``latency`` seconds."""

    def __init__(self, journal: Any, latency: float) -> None:
        self._journal = journal
        self._latency = latency

    def submit_documents(self, _submission: Any) -> Any:
        from verifications.providers.types import SubmissionAccepted  # noqa: PLC0415

        return SubmissionAccepted(f"ver_{self._call('POST', '/submit')}")

    def get_user(self, _user_id: str) -> Any:
        raise LaneDone

    def _call(self, method: str, target: str) -> int:
        from verifications.providers.types import ReceivedAnswer, SentRequest  # noqa: PLC0415

        nonce = int(self._journal.next_nonce())
        body = b'{"type":"identity_document","metadata":{"verifier":"example-idv"}}'
        self._journal.sending(
            SentRequest(
                method=method, target=target, key_id="bench", nonce=str(nonce), body_size=len(body),
                body_sha256=hashlib.sha256(body).hexdigest(), content_type="application/json",
                redacted={"type": "identity_document"}, original=body,
            )
        )  # fmt: skip
        if self._latency:
            time.sleep(self._latency)
        self._journal.answered(
            ReceivedAnswer(
                http_status=200, duration_ms=0, content_type="application/json", trace_id="", body=b"{}", redacted={}
            )
        )
        return nonce


if __name__ == "__main__":
    main()
