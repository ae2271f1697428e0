"""One key, several senders, bodies of very different sizes, a stand-in that takes no nonce late: refusals and rate.

``python -m tests.chaos.lanes --database-url postgres://postgres@127.0.0.1:5432/postgres`` measures lane and pipelined.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.databases import open_database

LATENCIES_MS = (50, 200)
SENDERS = 8


@dataclass(frozen=True)
class Figures:
    """What came of one run under one key. ``given_up``: submissions that were not accepted in the end."""

    submissions: int
    seconds: float
    sent: int
    refused: int
    given_up: int

    @property
    def rate(self) -> float:
        return self.submissions / self.seconds


def submit_mixed(account: Any, control: Any, *, number: int) -> list[int]:
    """Screenings of a few hundred bytes between passports of 165 KiB, all waiting under one key."""
    from django.utils import timezone

    from tests.chaos.submitters import add_user, attach, draft_for
    from tests.factories import make_draft, specimen, upload
    from verifications.services.verifications import submit_verification

    sample = upload(make_draft(add_user(account, control), with_front=False), "front", specimen())
    pks = []
    for one in range(number):
        draft = draft_for(add_user(account, control), screening=one % 3 != 0, verifier="example-idv", by_address=False)
        if one % 3 == 0:
            attach(draft, sample)
        submit_verification(verification_id=draft.pk, actor="user:1", at=timezone.now())
        pks.append(draft.pk)
    return pks


def send_all(account: Any, pks: list[int], *, senders: int = SENDERS) -> Figures:
    """Let so many threads send under the one key until every submission has ended."""
    from django.db import connection

    from verifications.models import ProviderCall, Verification
    from verifications.services.provider_calls import deliver_lane

    submits = ProviderCall.objects.filter(verification_id__in=pks)
    errors: list[BaseException] = []

    def send() -> None:
        try:
            while submits.filter(status__in=["WAITING", "SENDING"]).exists() and not errors:
                if not deliver_lane(key_id=account.key_id):
                    time.sleep(0.04)  # stands for the doorbell, which nobody hears here
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(senders)]
    began = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    last = submits.order_by("-finished_at").values_list("finished_at", flat=True)[0]
    assert last is not None
    sent = ProviderCall.objects.filter(account=account).exclude(nonce="")
    return Figures(
        submissions=len(pks),
        seconds=last.timestamp() - began,
        sent=sent.count(),
        refused=sent.filter(error_code__icontains="nonce").count(),
        given_up=Verification.objects.filter(pk__in=pks).exclude(status__in=["ACCEPTED", "COMPLETED"]).count(),
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.lanes", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--submissions", type=int, default=150)
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that a stopped run drops its database too
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-lanes-")))
        database = stack.enter_context(open_database(chosen.database_url, folder))
        os.environ |= {
            "DATABASE_URL": database.url,
            "DJANGO_SETTINGS_MODULE": "compliance_portal.settings",
            "ENVIRONMENT": "embedded",
            "VAR_DIR": str(folder),
            "CELERY_BROKER_URL": "memory://",
            "LOG_LEVEL": "ERROR",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        from verifications.sandbox.testing import running_sandbox

        stack.callback(connections.close_all)
        call_command("migrate", verbosity=0, interactive=False)
        stand_in = stack.enter_context(running_sandbox(folder / "stand-in", in_process=True, review_seconds=0.2))
        print("| latency | mode | senders | submissions a second | nonces refused | given up |\n" + "| --- " * 6 + "|")
        roles = iter(("main", "second", "third", "main"))
        for latency in LATENCIES_MS:
            stand_in.control("POST", "latency", {"api": "kraken_embed", "latency_ms": latency})
            for pipelined in (False, True):
                account = _account(stand_in, next(roles), pipelined=pipelined)
                done = send_all(account, submit_mixed(account, stand_in.control, number=chosen.submissions))
                print(
                    f"| {latency} ms | {'pipelined' if pipelined else 'lane'} | {SENDERS} | {done.rate:.1f} | "
                    f"{done.refused} of {done.sent} | {done.given_up} |",
                    flush=True,
                )
    return 0


def _account(stand_in: Any, role: str, *, pipelined: bool) -> Any:
    from tests.factories import make_account

    keys = stand_in.keys
    pair = keys["kraken_embed"] if role == "main" else keys["further"]["kraken_embed"][role]
    return make_account(base_url=stand_in.base_url, key_id=pair["key_id"], secret=pair["secret"], pipelined=pipelined)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
