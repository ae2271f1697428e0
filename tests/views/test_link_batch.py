"""Links from a list: shown row by row first, made only then, and the results to keep."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_customer
from tests.services.link_support import capa_account
from tests.views.link_records import live
from tests.views.support import client_as
from verifications.exporting.formulas import guarded
from verifications.models import KycLink, ProviderAccount

pytestmark = pytest.mark.django_db

BATCH, RESULTS, CSV = "/kyc-links/batch/", "/kyc-links/batch/results/", "/kyc-links/batch/results.csv"


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


@pytest.fixture
def account() -> ProviderAccount:
    return capa_account()


def check(client: Client, account: ProviderAccount, text: str, **more: Any) -> Any:
    return client.post(BATCH, {"account": account.pk, "country": "", "text": text, "check": "1"} | more)


def test_the_check_names_who_kind_and_problems_and_makes_nothing(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="p-1", first_name="", last_name="محمد")
    make_customer(reference="b-1", kind="BUSINESS", business_name="김민준 주식회사", first_name="", last_name="")
    make_customer(reference="no-mail", email="")
    under_way = live(account=account).customer.reference
    text = f"reference,country\np-1,mx\nb-1,ES\nno-mail,MX\n{under_way},MX\nnobody,MX\np-1,ES\nb-1x\np-2,FR,,\n"

    response = check(admin, account, text)

    rows = response.context["rows"]
    assert [(row.reference, row.kind, bool(row.problem)) for row in rows] == [
        ("p-1", "KYC", False),
        ("b-1", "KYB", False),
        ("no-mail", "KYC", True),
        (under_way, "KYC", True),
        ("nobody", "", True),
        ("p-1", "KYC", True),
        ("b-1x", "", True),
        ("p-2", "", True),
    ]
    text = response.content.decode()
    for words in (
        "2 of 8 can be asked for",
        "محمد",
        "e-mail address is missing",
        "under way for this customer",
        "No customer has this reference.",
        "stands in line 2 already",
        "Nothing was made yet",
    ):
        assert words in text
    assert KycLink.objects.count() == 1


def test_a_country_that_is_missing_or_not_enabled_is_told(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="p-1")
    make_customer(reference="p-2")

    rows = check(admin, account, "p-1,FR\np-2\n").context["rows"]
    chosen = check(admin, account, "p-1,FR\np-2\n", country="ES").context["rows"]

    assert ["not enabled" in row.problem for row in rows] == [True, False]
    assert "No country" in rows[1].problem
    assert [row.problem == "" for row in chosen] == [False, True]


def test_the_check_costs_the_same_whatever_the_length(admin: Client, account: ProviderAccount) -> None:
    references = [make_customer().reference for _number in range(12)]

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert check(admin, account, "\n".join(references[:count]), country="MX").status_code == 200
        return len(captured)

    assert cost(12) == cost(2)


def test_making_them_gives_each_row_its_result_which_survives_a_reload(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="p-1", last_name="Suharto", first_name="")
    text = "p-1,MX\nnobody,MX\n"

    response = admin.post(BATCH, {"account": account.pk, "country": "", "text": text, "create": "1"})
    admin.get(RESULTS)
    shown = admin.get(RESULTS).content.decode()

    link = KycLink.objects.get()
    assert response.headers["Location"] == RESULTS
    assert link.get_absolute_url() in shown
    assert "No customer has this reference." in shown
    assert "1 link asked for, 1 row left out" in shown


def test_a_list_that_is_run_twice_makes_nothing_twice(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="p-1")
    entered = {"account": account.pk, "country": "MX", "text": "p-1", "create": "1"}

    admin.post(BATCH, entered)
    admin.post(BATCH, entered)

    assert KycLink.objects.count() == 1
    assert "already" in admin.get(RESULTS).content.decode()


def test_the_csv_holds_every_row_and_no_formula(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="p-1")
    text = 'p-1,MX\n"=HYPERLINK(1)",MX\n+1,MX\n@x,MX\n'
    admin.post(BATCH, {"account": account.pk, "country": "", "text": text, "create": "1"})

    response = admin.get(CSV)

    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert response.headers["Content-Type"].startswith("text/csv")
    assert rows[0] == ["line", "reference", "result", "message", "verification"]
    assert [row[1] for row in rows[1:]] == ["p-1", "'=HYPERLINK(1)", "'+1", "'@x"]
    assert rows[1][2] == "made"
    assert rows[1][4].endswith(KycLink.objects.get().get_absolute_url())


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_begins_like_a_formula_is_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert guarded("O'Brien-Łukasz") == "O'Brien-Łukasz"


def test_a_file_takes_the_place_of_the_list(admin: Client, account: ProviderAccount) -> None:
    make_customer(reference="from-file")
    file = SimpleUploadedFile("list.csv", "\ufeffreference;country\r\nfrom-file;MX\r\n".encode(), "text/csv")

    response = check(admin, account, "pasted,MX", file=file)

    assert [row.reference for row in response.context["rows"]] == ["from-file"]
    assert "from-file;MX" in response.content.decode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00\x01", "not UTF-8"),
        (b"a\x00b", "no text file"),
        (b"x" * (512 * 1024 + 1), "larger than"),
        (b"", "empty"),
        (b"\n\n\n", "no customer in this list"),
    ],
)
def test_a_file_that_is_no_list_is_refused_at_its_field(
    content: bytes, says: str, admin: Client, account: ProviderAccount
) -> None:
    response = check(admin, account, "", file=SimpleUploadedFile("list.csv", content, "text/csv"))

    assert response.status_code == 422
    assert says in str(response.context["form"].errors["file"])


def test_what_was_typed_survives_a_refusal(admin: Client, account: ProviderAccount) -> None:
    text = "\n".join(f"kept-{number}" for number in range(501))

    response = check(admin, account, text, country="MX")
    empty = check(admin, account, "  \n ")

    assert response.status_code == 422
    assert "500 rows" in str(response.context["form"].errors["text"])
    assert "kept-500" in response.content.decode()
    assert "Write one reference a line." in str(empty.context["form"].errors["text"])


def test_hostile_references_are_shown_as_text(admin: Client, account: ProviderAccount) -> None:
    response = check(admin, account, "<script>alert(1)</script>,MX\n</textarea><b>,MX\n")

    text = response.content.decode()
    assert "<script>alert" not in text
    assert "</textarea><b>" not in text


def test_results_without_a_list_lead_back(admin: Client) -> None:
    for path in (RESULTS, CSV):
        assert admin.get(path).headers["Location"] == reverse("verifications:kyc_link_batch")


def test_without_an_account_the_page_says_so(admin: Client) -> None:
    assert "No account at Capa that may send" in admin.get(BATCH).content.decode()
