"""Search as a person does it, the whole request, against the admin's way of searching (``icontains``).

``python -m benchmarks.search --server postgres://postgres@127.0.0.1:5432/postgres --sizes 10000 100000 1000000``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import headline, line, timed
from benchmarks.requests_in_process import Portal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline(
        "Search", f"PostgreSQL {version} on the same machine; whole requests in process; ratios between fastest runs"
    )
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    from benchmarks import rows  # noqa: PLC0415

    owner = rows.make_owner()
    portal = Portal(get_user_model().objects.get(pk=owner))
    filled = 0
    for size in sorted(chosen.sizes):
        began = time.perf_counter()
        rows.fill(start=filled + 1, end=size, owner=owner)
        filled = size
        print(f"{size:,} customers (written in {time.perf_counter() - began:.0f} s)")
        empty = timed(portal.getter("/bench/empty"), rounds=200).fastest
        for word, (query, baseline) in _searches(size, rows.RARE).items():
            stock = timed(baseline, rounds=5, seconds=8, warm_up=1)
            mine = timed(_search(portal, query), rounds=12, seconds=8, warm_up=1)
            line(f"{word}: icontains and a count", stock)
            line(f"{word}: portal", mine, stock.fastest, f"icontains, {mine.fastest / empty:5.1f} x empty view")
        print(flush=True)


def _search(portal: Portal, query: str) -> Callable[[], object]:
    """The request, or its redirect when there is a single hit."""
    return lambda: portal.post("/search/", q=query)


def _searches(size: int, rare: str) -> dict[str, tuple[str, Callable[[], object]]]:
    from django.db.models import Q  # noqa: PLC0415

    from verifications.models import Customer  # noqa: PLC0415

    def stock(text: str) -> Callable[[], object]:
        found = Customer.objects.filter(
            Q(reference__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
        )
        return lambda: (list(found.order_by("-id")[:100]), found.count())

    return {
        "rare word": (rare.lower(), stock(rare)),
        "common word": ("lindqvist", stock("lindqvist")),
        "exact reference": (f"cust-{size // 2}", stock(f"cust-{size // 2}")),
        "provider's verification id": (f"ver_{size // 2}", stock(f"ver_{size // 2}")),
        "nothing found": ("qqqqxxxx", stock("qqqqxxxx")),
    }


if __name__ == "__main__":
    main()
