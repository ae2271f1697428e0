"""The rows of ``benchmarks.rows`` that a search meets, for a database without PostgreSQL's functions."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from benchmarks.rows import COUNTRIES, FIRST, LAST, RARE

BATCH = 5000


def make_owner() -> int:
    """As ``rows.make_owner``."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    from verifications.models import ProviderAccount  # noqa: PLC0415

    user = get_user_model().objects.create_superuser("bench", "bench@example.org", "bench-" + "x" * 20)
    now = timezone.now()
    ProviderAccount.objects.create(
        id=1,
        name="account 1",
        kind="KRAKEN_EMBED",
        base_url="http://127.0.0.1:9",
        key_id="k",
        created_at=now,
        updated_at=now,
    )
    return int(user.pk)


def fill(*, start: int, end: int, owner: int) -> None:  # noqa: ARG001 - as rows.fill
    """Customers with their search text, users and accepted verifications from ``start`` to ``end``, both included."""
    for first in range(start, end + 1, BATCH):
        _batch(range(first, min(first + BATCH, end + 1)))


def _batch(numbers: range) -> None:
    from verifications.models import Case, Customer, CustomerSearchText, ProviderUser, Verification  # noqa: PLC0415
    from verifications.search_text import search_text  # noqa: PLC0415

    now = timezone.now()
    customers, texts, users, verifications, cases = [], [], [], [], []
    for n in numbers:
        last = RARE if n % 50_000 == 777 else f"{LAST[n // 7 % len(LAST)]} {n % 9973}"
        names = (FIRST[n % len(FIRST)], "", last, "")
        customers.append(
            Customer(
                id=n,
                reference=f"cust-{n}",
                first_name=names[0],
                last_name=last,
                search_name=f"{names[0]} {last}".lower(),
                country=COUNTRIES[n // 3 % len(COUNTRIES)],
                email_hash=_hash(f"email{n}"),
                phone_hash=_hash(f"phone{n}"),
                created_at=now,
                updated_at=now,
            )
        )
        texts.append(CustomerSearchText(customer_id=n, text=search_text(names=names, reference=f"cust-{n}")))
        users.append(
            ProviderUser(
                id=n, customer_id=n, account_id=1, origin="CREATED", status="LINKED",
                provider_reference=f"AA00BENCH{n}", created_at=now,
            )
        )  # fmt: skip
        cases.append(Case(id=n, customer_id=n, state="WITH_PROVIDER", opened_at=now, due_at=now, updated_at=now))
        verifications.append(
            Verification(
                id=n, customer_id=n, account_id=1, provider_user_id=n, case_id=n, method="DOCUMENT_URLS",
                type="identity_document", status="ACCEPTED", provider_reference=f"ver_{n}", accepted_at=now,
                document_number_hash=_hash(f"number{n}"), created_by="user:1", created_at=now, updated_at=now,
                submitted_at=now,
            )
        )  # fmt: skip
    for model, rows in (
        (Customer, customers),
        (CustomerSearchText, texts),
        (ProviderUser, users),
        (Case, cases),
        (Verification, verifications),
    ):
        model.objects.bulk_create(rows)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
