"""Server time of the review queue at growing sizes, against an empty view and against the admin's list.

``python -m benchmarks.queue_page --server postgres://postgres@127.0.0.1:5432/postgres --sizes 10000 100000 1000000``
"""

from __future__ import annotations

import argparse
import time

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import Timing, headline, line, timed
from benchmarks.requests_in_process import Portal

PAGES = {
    "first page": "/",
    "view unassigned": "/?view=unassigned",
    "view mine": "/?view=mine",
    "view due today": "/?view=due",
    "view overdue": "/?view=overdue",
    "view problems": "/?view=problems",
    "state NEEDS_DECISION": "/?state=NEEDS_DECISION",
    "state ESCALATED (no such case)": "/?state=ESCALATED",
    "two states": "/?state=PROVIDER_REFUSED&state=OUTCOME_UNKNOWN",
    "view second approval (nobody)": "/?view=second",
    "view high risk (nobody)": "/?view=high",
    "view closed (nobody)": "/?view=closed",
    "risk STANDARD": "/?risk=STANDARD",
    "owner nobody": "/?owner=none",
    "age 1 day and older (nobody)": "/?age=1",
    "due in 24 h": "/?due=soon",
    "newest first": "/?sort=newest",
    "most urgent first": "/?sort=priority",
    "newest first, country NL": "/?sort=newest&country=NL",
    "most urgent first, country XK (nobody)": "/?sort=priority&country=XK",
    "provider KRAKEN_EMBED": "/?provider=KRAKEN_EMBED",
    "country NL": "/?country=NL",
    "country XK (nobody)": "/?country=XK",
    "problems, Payward, NL (nobody)": "/?view=problems&provider=PAYWARD_SERVICES&country=NL",
}
ADMIN = {
    "admin list, first page": "/admin/verifications/case/",
    "admin list, last page": "/admin/verifications/case/?p={last}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline(
        "Queue page",
        f"PostgreSQL {version} on the same machine; whole requests in process; ratios between fastest runs",
    )
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    from benchmarks import rows  # noqa: PLC0415

    owner = rows.make_owner()
    portal = Portal(get_user_model().objects.get(pk=owner))
    smallest: dict[str, Timing] = {}
    filled = 0
    for size in sorted(chosen.sizes):
        began = time.perf_counter()
        rows.fill(start=filled + 1, end=size, owner=owner)
        filled = size
        print(f"{size:,} open cases (written in {time.perf_counter() - began:.0f} s)")
        measured = _measure(portal, size)
        empty = measured["empty view"].fastest
        for name, timing in measured.items():
            line(name, timing, empty, "empty view" + _growth(name, timing, smallest))
        first = measured["first page"].fastest
        for name in ADMIN:
            print(f"  first page is {measured[name].fastest / first:.1f} x faster than the {name}")
        smallest = smallest or measured
        print(flush=True)


def _measure(portal: Portal, size: int) -> dict[str, Timing]:
    measured = {"empty view": timed(portal.getter("/bench/empty"), rounds=400)}
    for name, address in PAGES.items():
        measured[name] = timed(portal.getter(address))
    measured["a page from the middle"] = timed(portal.getter(_middle()))
    for name, address in ADMIN.items():
        last = (size - 1) // 100 + 1
        measured[name] = timed(portal.getter(address.format(last=last)), rounds=10, seconds=6, warm_up=1)
    return measured


def _middle() -> str:
    """The address of a page half-way down the queue."""
    from verifications.models import Case  # noqa: PLC0415
    from verifications.selectors.paging import keyset_page  # noqa: PLC0415

    middle = Case.objects.order_by("due_at", "id")[Case.objects.count() // 2]
    page = keyset_page(Case.objects.filter(due_at__gte=middle.due_at), order=("due_at", "id"), size=1)
    return f"/?after={page.next_token}"


def _growth(name: str, timing: Timing, smallest: dict[str, Timing]) -> str:
    return f", {timing.fastest / smallest[name].fastest:5.2f} x the smallest size" if name in smallest else ""


if __name__ == "__main__":
    main()
