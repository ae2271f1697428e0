"""Search as a person does it, the whole request, against the admin's way of searching (``icontains``).

``python -m benchmarks.search --server postgres://postgres@127.0.0.1:5432/postgres --sizes 10000 100000 1000000``
``python -m benchmarks.search --sqlite --sizes 100000``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.database import add_server_argument, start_django_on_own_database, start_django_on_own_sqlite
from benchmarks.report import Timing, headline, line, timed
from benchmarks.requests_in_process import Portal

NUMBER = "BENCH 555-01"
"""The document number of one verification."""
KINDS_OF_ALL = ("customer", "case", "verification", "session", "link", "call", "delivery", "account")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sqlite", action="store_true", help="on a SQLite file of the run's own")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    chosen = parser.parse_args()
    version = start_django_on_own_sqlite() if chosen.sqlite else start_django_on_own_database(chosen.server)
    name = "SQLite" if chosen.sqlite else "PostgreSQL"
    headline("Search", f"{name} {version} on the same machine; requests in process; ratios between fastest runs")
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    if chosen.sqlite:
        from benchmarks import rows_by_orm as rows  # noqa: PLC0415
    else:
        from benchmarks import rows  # type: ignore[no-redef]  # noqa: PLC0415

    owner = rows.make_owner()
    portal = Portal(get_user_model().objects.get(pk=owner))
    filled = 0
    for size in sorted(chosen.sizes):
        began = time.perf_counter()
        rows.fill(start=filled + 1, end=size, owner=owner)
        filled = size
        print(f"{size:,} customers (written in {time.perf_counter() - began:.0f} s)")
        empty = timed(portal.getter("/bench/empty"), rounds=200).fastest
        line("empty view", Timing(empty, empty))
        for word, query in _searches(size).items():
            _measure(portal, word, query, empty)
        print(flush=True)


def _measure(portal: Portal, word: str, query: str, empty: float) -> None:
    line(f"{word}: SQL of the search", _timed_by_itself(_sql_time(query)))
    line(f"{word}: SQL and template", timed(_search_and_template(query), rounds=40, seconds=5))
    whole = timed(lambda: portal.post("/search/", q=query), rounds=40, seconds=5)
    line(f"{word}: whole request", whole, empty, "empty view")
    if word in {"rare word", "common word", "nothing found"}:
        suggested = timed(lambda: portal.post("/search/suggestions/", q=query), rounds=40, seconds=5)
        line(f"{word}: suggestions, whole request", suggested, empty, "empty view")
        stock = timed(_icontains(query), rounds=5, seconds=8, warm_up=1)
        line(f"{word}: icontains and a count", stock, whole.fastest, "whole request")


def _sql_time(query: str) -> Callable[[], float]:
    """The milliseconds spent in the database by one search."""
    from django.db import connection  # noqa: PLC0415

    from verifications.selectors.search import search  # noqa: PLC0415

    def run() -> float:
        spent = 0.0

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal spent
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent += (time.perf_counter() - began) * 1000

        with connection.execute_wrapper(watch):
            search(query, kinds=KINDS_OF_ALL)
        return spent

    return run


def _timed_by_itself(work: Callable[[], float], rounds: int = 20) -> Timing:
    """As ``timed``, of work that says itself how long it took."""
    taken = [work() for _round in range(rounds)][2:]
    return Timing(min(taken), statistics.median(taken))


def _search_and_template(query: str) -> Callable[[], object]:
    """The search and its page, or the address it leads to when there is one."""
    from django.template.loader import render_to_string  # noqa: PLC0415

    from verifications.selectors.search import MOST_FOUND, search  # noqa: PLC0415

    def run() -> object:
        found = search(query, kinds=KINDS_OF_ALL)
        return found.only_page() or render_to_string(
            "verifications/search_results.html",
            {
                "query": query,
                "found": found,
                "hits": len(found.hits),
                "limit": MOST_FOUND,
                "groups": found.groups(),
            },
        )

    return run


def _icontains(text: str) -> Callable[[], object]:
    from django.db.models import Q  # noqa: PLC0415

    from verifications.models import Customer  # noqa: PLC0415

    found = Customer.objects.filter(
        Q(reference__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    )
    return lambda: (list(found.order_by("-id")[:100]), found.count())


def _searches(size: int) -> dict[str, str]:
    from benchmarks.rows import RARE  # noqa: PLC0415
    from verifications.models import Verification  # noqa: PLC0415
    from verifications.selectors.keys import search_hash  # noqa: PLC0415

    middle = size // 2
    hashed = search_hash(NUMBER, purpose="document_number")
    Verification.objects.filter(document_number_hash=hashed).update(document_number_hash="")
    Verification.objects.filter(pk=middle).update(document_number_hash=hashed)
    return {
        "rare word": RARE.lower(),
        "part of a rare word": RARE.lower()[3:9],
        "common word": "lindqvist",
        "in every text": "cust",
        "two words": f"lindq {size // 3 % 9973}",
        "two letters": "ad",
        "exact reference": f"cust-{middle}",
        "id of the portal": str(Verification.objects.values_list("public_id", flat=True).get(pk=middle)),
        "provider's verification id": f"ver_{middle}",
        "provider's user id": f"AA00BENCH{middle}",
        "case number": f"CASE-{middle:05d}",
        "document number": NUMBER,
        "nothing found": "qqqqxxxx",
    }


if __name__ == "__main__":
    main()
