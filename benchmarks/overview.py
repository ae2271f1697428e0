"""Server time of the overview and of the lists its numbers open, at growing sizes.

``python -m benchmarks.overview --server postgres://postgres@127.0.0.1:5432/postgres --sizes 10000 100000``
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import Timing, headline, line, timed
from benchmarks.requests_in_process import Portal

PAGES = {
    "overview, 7 days": "/overview/?period=7",
    "overview, 30 days": "/overview/?period=30",
    "overview, 90 days": "/overview/?period=90",
    "overview, a year": "/overview/?from={year_ago}&until={today}",
    "cases opened, 90 days": "/overview/cases/opened/?period=90",
    "cases closed late, 90 days": "/overview/cases/late/?period=90",
    "verifications accepted, 90 days": "/overview/checks/accepted/?period=90",
    "decisions, 90 days": "/decisions/?period=90",
    "decisions without a second person, 90 days": "/decisions/?second=missing&period=90",
    "expiring documents": "/expiring/?days=90",
    "expiring approvals": "/expiring/?what=approvals&days=90",
    "replay of 90 days": "/policy/replay/?days=90",
}
_SPREAD_CASES = """
UPDATE verifications_case SET
  opened_at = now() - (id * 7919 %% 31536000) * interval '1 second',
  due_at = now() - (id * 7919 %% 31536000) * interval '1 second' + interval '3 days',
  breached_at = CASE WHEN id %% 17 = 0
    THEN now() - (id * 7919 %% 31536000) * interval '1 second' + interval '3 days' END,
  state = CASE WHEN id %% 10 = 0 THEN state ELSE 'CLOSED' END,
  outcome = CASE WHEN id %% 10 = 0 THEN '' WHEN id %% 9 = 0 THEN 'DECLINE' ELSE 'APPROVE' END,
  closed_at = CASE WHEN id %% 10 <> 0 THEN least(now(),
    now() - (id * 7919 %% 31536000) * interval '1 second' + (id %% 100) * interval '1 hour') END,
  decided_at = CASE WHEN id %% 10 <> 0 THEN least(now(),
    now() - (id * 7919 %% 31536000) * interval '1 second' + (id %% 100) * interval '1 hour') END
WHERE id BETWEEN %(start)s AND %(end)s
"""
_SPREAD_CHECKS = """
UPDATE verifications_verification SET
  submitted_at = now() - (id * 7919 %% 31536000) * interval '1 second',
  accepted_at = CASE WHEN id %% 16 <> 0 THEN now() - (id * 7919 %% 31536000) * interval '1 second' END,
  completed_at = CASE WHEN id %% 8 <> 0
    THEN now() - (id * 7919 %% 31536000) * interval '1 second' + (id %% 500) * interval '1 minute' END,
  status = CASE WHEN id %% 8 <> 0 THEN 'COMPLETED' WHEN id %% 16 = 0 THEN 'REFUSED' ELSE 'ACCEPTED' END,
  answer = CASE WHEN id %% 8 <> 0 THEN 'REQUIREMENT_MET' ELSE '' END,
  document_ends_date = current_date + (id * 31 %% 3650)::int
WHERE id BETWEEN %(start)s AND %(end)s
"""
_DECISIONS = """
INSERT INTO verifications_decision
  (id, public_id, case_id, outcome, reason_id, reason_label, rationale, policy_id, risk, rules, facts, needs_second,
   needs_senior, evidence, evidence_hash, approval_ends_date, made_by_id, made_at, expires_at)
SELECT c.id, gen_random_uuid(), c.id, c.outcome, reason.id, 'A reason', 'YWJj.•••', policy.id,
  CASE WHEN c.id %% 5 = 0 THEN 'HIGH' ELSE 'STANDARD' END, '[]',
  jsonb_build_object('customer_kind', 'INDIVIDUAL', 'countries', jsonb_build_array(customer.country, 'PL'),
    'answers', jsonb_build_array((ARRAY['REQUIREMENT_MET', 'DENY', 'VERIFIED'])[1 + c.id %% 3]),
    'watchlist_hit', c.id %% 50 = 0, 'unresolved_differences', c.id %% 4, 'duplicates', 0, 'escalated', false),
  c.id %% 5 = 0, false, '[]', md5('e' || c.id) || md5('f' || c.id),
  CASE WHEN c.outcome = 'APPROVE' THEN c.closed_at::date + 1095 - (c.id %% 1095)::int END, %(owner)s, c.closed_at,
  CASE WHEN c.id %% 5 = 0 THEN c.closed_at + interval '3 days' END
FROM verifications_case c, verifications_customer customer,
  (SELECT min(id) AS id FROM verifications_decisionreason) reason,
  (SELECT min(id) AS id FROM verifications_policyversion) policy
WHERE customer.id = c.customer_id AND c.closed_at IS NOT NULL AND c.id BETWEEN %(start)s AND %(end)s
"""
_REVIEWS = """
INSERT INTO verifications_decisionreview
  (public_id, decision_id, choice, made_by_id, reviewed_by_id, reviewed_at, evidence_hash, changed)
SELECT gen_random_uuid(), d.id, 'APPROVED', d.made_by_id, %(second)s, d.made_at + (d.id %% 50) * interval '1 hour',
  d.evidence_hash, '[]'
FROM verifications_decision d WHERE d.needs_second AND d.id BETWEEN %(start)s AND %(end)s
"""
_STANDING = """
UPDATE verifications_case SET decision_id = id WHERE closed_at IS NOT NULL AND id BETWEEN %(start)s AND %(end)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline(
        "Overview",
        f"PostgreSQL {version} on the same machine; whole requests in process; ratios between fastest runs",
        "a year of cases, nine of ten closed, one decision each, every fifth with a second person",
    )
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()
    from django.db import connection  # noqa: PLC0415

    from benchmarks import rows  # noqa: PLC0415

    owner = rows.make_owner()
    second = get_user_model().objects.create_user("second", "second@example.org", "bench-" + "y" * 20)
    portal = Portal(get_user_model().objects.get(pk=owner))
    smallest: dict[str, Timing] = {}
    filled = 0
    for size in sorted(chosen.sizes):
        began = time.perf_counter()
        rows.fill(start=filled + 1, end=size, owner=owner)
        values = {"start": filled + 1, "end": size, "owner": owner, "second": second.pk}
        with connection.cursor() as cursor:
            for statement in (_SPREAD_CASES, _SPREAD_CHECKS, _DECISIONS, _REVIEWS, _STANDING):
                cursor.execute(statement, values)
            cursor.execute("VACUUM FULL ANALYZE")
        filled = size
        print(f"{size:,} cases (written in {time.perf_counter() - began:.0f} s)")
        measured = _measure(portal)
        for name, timing in measured.items():
            before = smallest.get(name)
            line(name, timing, before.fastest if before else None, "the smallest size")
        smallest = smallest or measured
        print(flush=True)


def _measure(portal: Portal) -> dict[str, Timing]:
    from django.utils import timezone  # noqa: PLC0415 - after django.setup()

    today = timezone.localdate()
    days = {"today": today, "year_ago": today - dt.timedelta(days=364)}
    return {name: timed(portal.getter(address.format(**days)), rounds=20) for name, address in PAGES.items()}


if __name__ == "__main__":
    main()
