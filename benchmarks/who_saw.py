"""Who saw a customer: the whole request, of one who was looked at 20,000 times among a million looks at 10,000.

``python -m benchmarks.who_saw --server postgres://postgres@127.0.0.1:5432/postgres --looks 1000000``
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from benchmarks.database import add_server_argument, start_django_on_own_database
from benchmarks.report import Timing, headline, line, timed
from benchmarks.requests_in_process import Portal

CUSTOMERS = 10_000
OFTEN = 50
"""Every how many looks is one at the customer who is looked at most."""
PEOPLE = 40
LOOKS = """
INSERT INTO verifications_accessevent
    (event_id, at, actor, actor_name, subject_type, subject_id, customer_id, request_id, source, details, salt,
     commitment, action, purpose, field)
SELECT gen_random_uuid(), timestamptz '2026-01-01' + n * interval '20 seconds', 'user:' || who, 'Person ' || who,
       'Document', gen_random_uuid()::text, customer.public_id, lpad(to_hex(n), 16, '0'), '10.0.0.' || who,
       '{"page": 1}', repeat('0', 32), repeat('0', 64),
       (array['document.preview_served', 'document.thumbnail_served', 'value.revealed', 'case.read'])[1 + n %% 4],
       CASE WHEN n %% 4 = 2 THEN 'REVIEW' ELSE '' END, CASE WHEN n %% 4 = 2 THEN 'phone' ELSE '' END
FROM (SELECT n, 1 + (random() * 1000000)::int %% %(people)s AS who,
             CASE WHEN n %% %(often)s = 0 THEN 0 ELSE 1 + (random() * 1000000)::int %% (%(customers)s - 1) END AS place
      FROM generate_series(1, %(looks)s) AS n) AS look
JOIN (SELECT public_id, row_number() OVER (ORDER BY id) - 1 AS place FROM verifications_customer) AS customer
  USING (place)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_server_argument(parser)
    parser.add_argument("--looks", type=int, default=1_000_000)
    chosen = parser.parse_args()
    version = start_django_on_own_database(chosen.server)
    headline("Who saw this customer", f"PostgreSQL {version} on the same machine; requests in process")
    often, seldom, portal = _fill(chosen.looks)
    empty = timed(portal.getter("/bench/empty"), rounds=200).fastest
    line("empty view", Timing(empty, empty))
    for words, customer in (("20,000 looks", often), ("100 looks", seldom)):
        address = f"/customers/{customer}/looks/"
        line(f"{words}: people and numbers alone", timed(_people(customer)))
        line(f"{words}: whole page", timed(portal.getter(address)))
        line(f"{words}: of one person", timed(portal.getter(f"{address}?person=user:8")))
        line(f"{words}: of somebody who never looked", timed(portal.getter(f"{address}?person=user:7")))
        line(f"{words}: of one kind", timed(portal.getter(f"{address}?kind=value")))
    line("one's own looks", timed(portal.getter("/me/looks/")))
    line("one's own looks of a kind there is none of", timed(portal.getter("/me/looks/?kind=original")))
    line("one's own looks at one customer", timed(portal.getter(f"/me/looks/?customer={often}")))


def _fill(looks: int) -> tuple[str, str, Portal]:
    """Portal ids of the customer looked at most and of another, and the portal as the one who looked often."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from verifications.models import Customer  # noqa: PLC0415

    began, now = time.perf_counter(), timezone.now()
    Customer.objects.bulk_create(
        (
            Customer(kind="INDIVIDUAL", reference=f"cust-{n}", last_name=f"Name {n}", created_at=now, updated_at=now)
            for n in range(CUSTOMERS)
        ),
        batch_size=2000,
    )
    user = get_user_model().objects.create_superuser("bench", "bench@example.org", "bench")
    with connection.cursor() as cursor:
        cursor.execute(LOOKS, {"people": PEOPLE, "often": OFTEN, "customers": CUSTOMERS, "looks": looks})
        cursor.execute("ALTER TABLE verifications_accessevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE verifications_accessevent SET actor = %s WHERE actor = 'user:7'", [f"user:{user.pk}"])
        cursor.execute("ALTER TABLE verifications_accessevent ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE verifications_accessevent")
    print(f"{looks:,} looks (written in {time.perf_counter() - began:.0f} s)")
    often, seldom = Customer.objects.order_by("id").values_list("public_id", flat=True)[:2]
    return str(often), str(seldom), Portal(user)


def _people(customer: str) -> Callable[[], object]:
    from verifications.models import Customer  # noqa: PLC0415
    from verifications.selectors.looks import lookers_of  # noqa: PLC0415

    found = Customer.objects.get(public_id=customer)
    return lambda: lookers_of(found)


if __name__ == "__main__":
    main()
