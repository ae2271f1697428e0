"""Lists of customers: what is read of them, and that each row has its own result."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_customer
from tests.fakes_links import FakeLinkProvider
from tests.services.link_support import capa_account, deliver, fresh
from verifications.errors import NotAllowed
from verifications.models import KycLink
from verifications.services.link_batches import BatchRow, read_batch, request_links

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "cust-1,MX,examplebank://done\ncust-2,ES\n",
        "reference,country,app\ncust-1,MX,examplebank://done\ncust-2,ES,\n",
        "\ufeffReference;Country;App\r\ncust-1;MX;examplebank://done\r\ncust-2;ES\r\n",
        "cust-1\tMX\texamplebank://done\ncust-2\tES",
        '\n\n"cust-1" , "MX" , "examplebank://done"\n,,\n  cust-2 , ES \n\n',
    ],
    ids=["plain", "head", "semicolons", "tabs", "untidy"],
)
def test_every_usual_way_to_write_a_list_is_read_the_same(text: str) -> None:
    rows = read_batch(text)

    assert [(row.reference, row.country, row.app_return, row.problem) for row in rows] == [
        ("cust-1", "MX", "examplebank://done", ""),
        ("cust-2", "ES", "", ""),
    ]


def test_a_plain_list_of_references_is_a_list() -> None:
    rows = read_batch("cust-1\nKlient Żółć\n顧客-3\n")

    assert [row.reference for row in rows] == ["cust-1", "Klient Żółć", "顧客-3"]
    assert [row.number for row in rows] == [1, 2, 3]


def test_each_row_says_what_is_wrong_with_it() -> None:
    rows = read_batch("a,MX\n,ES\na,MX\nb,MX,app://x,more\nb,MX\n")

    assert [bool(row.problem) for row in rows] == [False, True, True, True, True]
    assert "names no customer" in rows[1].problem
    assert "line 1" in rows[2].problem
    assert "three columns" in rows[3].problem


@pytest.mark.parametrize("text", ["", "\n \n,,\n", "reference,country\n"])
def test_a_list_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed, match="no customer"):
        read_batch(text)


def test_a_list_may_have_five_hundred_rows() -> None:
    assert len(read_batch("\n".join(f"c-{number}" for number in range(500)))) == 500

    with pytest.raises(NotAllowed, match="501"):
        read_batch("\n".join(f"c-{number}" for number in range(501)))


@pytest.mark.parametrize("text", ["x" * 200_001, "a," + "x" * 150_000])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed):
        read_batch(text)


def test_every_row_has_its_own_result(clock: Any) -> None:
    account = capa_account()
    good = make_customer(reference="good", first_name="", last_name="Suharto")
    make_customer(reference="mailless", email="")
    make_customer(reference="elsewhere")
    rows = read_batch("good\nnobody\nmailless\nelsewhere,FR\ngood\n")

    results = request_links(account_id=account.pk, rows=rows, country="MX", actor=ACTOR, at=NOON)

    assert [(result.reference, result.ok) for result in results] == [
        ("good", True),
        ("nobody", False),
        ("mailless", False),
        ("elsewhere", False),
        ("good", False),
    ]
    assert results[0].link is not None
    assert results[0].link.customer == good
    assert "No customer" in results[1].message
    assert "e-mail" in results[2].message
    assert "country" in results[3].message
    assert "line 1" in results[4].message
    assert KycLink.objects.count() == 1


def test_a_row_names_its_own_country_and_the_others_take_the_one_chosen(clock: Any) -> None:
    account = capa_account()
    for reference in ("one", "two"):
        make_customer(reference=reference)

    request_links(account_id=account.pk, rows=read_batch("one,es\ntwo"), country="MX", actor=ACTOR, at=NOON)

    assert list(KycLink.objects.order_by("id").values_list("country", flat=True)) == ["ES", "MX"]


def test_running_a_list_twice_makes_nothing_twice(clock: Any) -> None:
    account = capa_account()
    make_customer(reference="one")
    rows = [BatchRow(number=1, reference="one", country="MX")]

    first = request_links(account_id=account.pk, rows=rows, actor=ACTOR, at=NOON)
    second = request_links(account_id=account.pk, rows=rows, actor=ACTOR, at=NOON)

    assert (first[0].ok, second[0].ok) == (True, False)
    assert "already" in second[0].message
    assert KycLink.objects.count() == 1


def test_persons_and_businesses_of_one_list_get_their_own_kind(clock: Any) -> None:
    account = capa_account()
    make_customer(reference="person", first_name="Thị Ánh", last_name="Nguyễn")
    make_customer(reference="firm", kind="BUSINESS", business_name="Ōsaka Trading", first_name="", last_name="")

    results = request_links(account_id=account.pk, rows=read_batch("person\nfirm"), country="DO", actor=ACTOR, at=NOON)
    deliver(account, FakeLinkProvider())

    links = [fresh(result.link) for result in results if result.link is not None]
    assert [(link.kind, link.status) for link in links] == [("KYC", "ISSUED"), ("KYB", "ISSUED")]
