"""Exports: the list, the form, the page that follows one, and the way there from the lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_account, make_customer, make_user
from tests.views.export_records import DIGEST, asked, failed, ready, running
from tests.views.support import client_as
from verifications.enums import ExportKind, ExportStatus
from verifications.models import AccessEvent, AuditEvent, Customer, Export
from verifications.policy.roles import AUDITOR, SENIOR_OFFICER
from verifications.selectors import export_wishes
from verifications.selectors.export_columns import columns_of, filters_of
from verifications.services import exports

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}
NEW = "/exports/new/?records="
PLAIN = [column.name for column in columns_of("CUSTOMERS") if not column.sensitive]


@pytest.fixture
def auditor() -> Any:
    return client_as("auditor")


@pytest.fixture
def senior() -> Any:
    client = Client()
    client.user = make_user(SENIOR_OFFICER)  # type: ignore[attr-defined]
    client.force_login(client.user)  # type: ignore[attr-defined]
    return client


def page_of(client: Client, export: Export, **options: Any) -> str:
    return client.get(reverse("verifications:export_detail", args=[export.public_id]), **options).content.decode()


def act(client: Client, export: Export, what: str) -> str:
    path = reverse(f"verifications:export_{what}", args=[export.public_id])
    return client.post(path, follow=True).content.decode()


@pytest.mark.parametrize("actor", [f"user:{'9' * 90}", "user:٣", "user:0", "9" * 20])
def test_a_number_that_no_person_has_breaks_no_page(actor: str, auditor: Any) -> None:
    export = asked(auditor.user, kind="AUDIT", columns=["at"], filters={"actor": actor})

    assert auditor.get(reverse("verifications:export_list")).status_code == 200
    assert actor in page_of(auditor, export)


# The form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in ExportKind.values if kind != "PACK"])
def test_the_form_offers_every_filter_and_column_of_its_records(kind: str, auditor: Any) -> None:
    response = auditor.get(f"{NEW}{kind}")

    form = response.context["form"]
    text = response.content.decode()
    assert form.filter_names == [one.name for one in filters_of(kind)]
    assert all(f'value="{column.name}"' in text for column in columns_of(kind))
    assert [column.name for column, is_on in form.plain_columns if not is_on] == []
    assert [column.name for column, is_on in form.sensitive_columns if is_on] == []
    assert ('value="LOG"' in text) is (kind in {"AUDIT", "ACCESS"})


def test_an_address_without_records_asks_which(auditor: Any, senior: Any) -> None:
    offered = {
        client: [value for value, _label in client.get("/exports/new/").context["kinds"]]
        for client in (auditor, senior)
    }

    assert offered[auditor] == [kind for kind in ExportKind.values if kind != "PACK"]
    assert set(offered[auditor]) - set(offered[senior]) == {"AUDIT", "ACCESS"}
    assert auditor.get(f"{NEW}PACK").context["kinds"]
    assert auditor.post("/exports/new/", {"format": "CSV"}).status_code == 422


def test_records_a_person_does_not_see_can_not_be_asked_for(senior: Any) -> None:
    assert senior.get(f"{NEW}AUDIT").status_code == 403
    assert senior.post(f"{NEW}AUDIT", {"format": "LOG"}).status_code == 403
    assert not Export.objects.exists()


def test_an_export_is_asked_for_with_what_was_chosen(auditor: Any) -> None:
    wish = {"format": "JSONL", "column": ["country", "customer_id"], "from": "2026-01-01", "until": "2026-12-31"}

    response = auditor.post(f"{NEW}CUSTOMERS", wish)

    export = Export.objects.get()
    assert response.url == reverse("verifications:export_detail", args=[export.public_id])
    assert (export.kind, export.format, export.requested_by) == ("CUSTOMERS", "JSONL", auditor.user)
    assert export.columns == ["customer_id", "country"]
    assert export.filters == {"from": "2026-01-01", "until": "2026-12-31"}
    assert not export.with_sensitive
    assert AuditEvent.objects.filter(action="export.requested", subject_id=str(export.public_id)).count() == 1


def test_personal_data_takes_a_purpose_and_nothing_typed_is_lost(auditor: Any) -> None:
    wish = {"format": "CSV", "column": ["country"], "sensitive": ["email", "phone"], "from": "2026-01-01"}

    refused = auditor.post(f"{NEW}CUSTOMERS", wish)
    taken = auditor.post(f"{NEW}CUSTOMERS", wish | {"purpose": "AUDIT"})

    form = refused.context["form"]
    assert refused.status_code == 422
    assert list(form.errors) == ["purpose"]
    assert form["from"].value() == "2026-01-01"
    assert [column.name for column, is_on in form.plain_columns if is_on] == ["country"]
    assert [column.name for column, is_on in form.sensitive_columns if is_on] == ["email", "phone"]
    assert taken.status_code == 302
    export = Export.objects.get()
    assert (export.with_sensitive, export.purpose) == (True, "AUDIT")
    assert set(export.columns) == {"country", "email", "phone"}


def test_personal_data_is_offered_by_its_own_permission_only(senior: Any) -> None:
    page = senior.get(f"{NEW}CUSTOMERS").content.decode()
    senior.post(f"{NEW}CUSTOMERS", {"format": "CSV", "column": ["email"]})
    senior.post(f"{NEW}CUSTOMERS", {"format": "CSV", "column": ["country"], "sensitive": ["email"], "purpose": "AUDIT"})

    assert "Personal data in clear" not in page
    assert "date_of_birth" not in page
    assert [export.columns for export in Export.objects.all()] == [["country"]]


@pytest.mark.parametrize(
    ("kind", "wish", "field", "says"),
    [
        ("CUSTOMERS", {"format": "PDF", "column": ["country"]}, "format", "Select a valid choice"),
        ("CUSTOMERS", {"column": ["country"]}, "format", "required"),
        ("CUSTOMERS", {"format": "LOG", "column": ["country"]}, "format", "Select a valid choice"),
        ("CUSTOMERS", {"format": "CSV"}, "column", "at least one column"),
        ("CUSTOMERS", {"format": "CSV", "column": ["nonsense"]}, "column", "Select a valid choice"),
        ("CUSTOMERS", {"format": "CSV", "column": ["country"], "from": "1.1.2026"}, "from", "Write the date"),
        (
            "CUSTOMERS",
            {"format": "CSV", "column": ["country"], "from": "2026-02-01", "until": "2026-01-01"},
            "until",
            "before the first",
        ),
        ("VERIFICATIONS", {"format": "CSV", "column": ["status"], "status": "LOST"}, "status", "valid choice"),
        ("CASES", {"format": "CSV", "column": ["case"], "country": "Spain"}, "country", "knows no such value"),
        ("AUDIT", {"format": "CSV", "column": ["at"], "customer": "nobody"}, "customer", "knows no such value"),
        ("AUDIT", {"format": "CSV", "column": ["at"], "actor": "a\u202eb"}, "actor", "invisible control"),
        ("AUDIT", {"format": "LOG", "action": "session.signed_in"}, "format", "Take the filters off"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    kind: str, wish: dict[str, Any], field: str, says: str, auditor: Any
) -> None:
    response = auditor.post(f"{NEW}{kind}", wish)

    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert list(response.context["form"].errors) == [field]
    assert not Export.objects.exists()


def test_a_whole_log_needs_no_columns(auditor: Any) -> None:
    response = auditor.post(f"{NEW}AUDIT", {"format": "LOG", "column": ["at"]})

    assert response.status_code == 302
    assert (Export.objects.get().format, Export.objects.get().columns) == ("LOG", [])


def test_more_than_may_wait_is_refused_over_the_form_with_everything_kept(
    auditor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_WAITING", 1)
    asked(auditor.user)

    response = auditor.post(f"{NEW}CUSTOMERS", {"format": "XLSX", "column": ["country"]})

    assert response.status_code == 422
    assert "wait already" in str(response.context["form"].non_field_errors())
    assert response.context["form"]["format"].value() == "XLSX"
    assert Export.objects.count() == 1


# Filters from the lists ----------------------------------------------------------------------------------------------


def test_filters_of_an_address_stand_in_the_form(auditor: Any) -> None:
    account = make_account()

    verifications = auditor.get(f"{NEW}VERIFICATIONS&status=REFUSED&provider=PAYWARD_SERVICES").context["form"]
    calls = auditor.get(f"{NEW}CALLS&account={account.public_id}&dead=1").context["form"]
    cases = auditor.get(f"{NEW}CASES&state=ESCALATED&state=NEEDS_DECISION&country=es&view=open").context["form"]
    decisions = auditor.get(f"{NEW}DECISIONS&period=7").context["form"]

    today = timezone.localdate()
    assert (verifications["status"].value(), verifications["provider"].value()) == ("REFUSED", "PAYWARD_SERVICES")
    assert (calls["account"].value(), calls["dead"].value()) == (str(account.public_id), "1")
    assert cases["state"].value() == ["ESCALATED", "NEEDS_DECISION"]
    assert (cases["country"].value(), cases["view"].value()) == ("ES", "open")
    assert decisions["from"].value() == (today - dt.timedelta(days=6)).isoformat()
    assert decisions["until"].value() == today.isoformat()


def test_what_a_list_does_not_know_is_left_out_and_said(auditor: Any) -> None:
    response = auditor.get(f"{NEW}VERIFICATIONS&status=LOST&provider=PAYWARD_SERVICES&after=x&find=abcdefgh")

    text = response.content.decode()
    assert response.context["unknown"] == ["State"]
    assert "does not know the value: State" in text
    assert "The text you searched for does not come along" in text
    assert response.context["form"]["status"].value() is None
    assert response.context["form"]["provider"].value() == "PAYWARD_SERVICES"


def test_a_person_who_decides_no_more_can_still_be_filtered_by(auditor: Any) -> None:
    gone = make_user(first_name="Ewa", last_name="Zimmer")

    page = auditor.get(f"{NEW}DECISIONS&person={gone.pk}").content.decode()
    sent = auditor.post(f"{NEW}DECISIONS", {"format": "CSV", "column": ["outcome"], "person": gone.pk})

    assert f'<option value="{gone.pk}" selected>Ewa Zimmer</option>' in page
    assert sent.status_code == 302
    assert Export.objects.get().filters == {"person": str(gone.pk)}


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/customers/?after=x", "?records=CUSTOMERS"),
        ("/verifications/?status=REFUSED", "?status=REFUSED&amp;records=VERIFICATIONS"),
        ("/sessions/?status=LOST&copies=missing", "?status=LOST&amp;records=SESSIONS&amp;uncopied=1"),
        ("/kyc-links/?kind=KYB&country=ES", "?kind=KYB&amp;country=ES&amp;records=LINKS"),
        ("/?state=ESCALATED&risk=HIGH", "?state=ESCALATED&amp;risk=HIGH&amp;records=CASES&amp;view=open"),
        ("/?view=closed", "?view=closed&amp;records=CASES"),
        ("/decisions/?outcome=DECLINE&period=90", "?outcome=DECLINE&amp;period=90&amp;records=DECISIONS"),
        ("/decisions/", "?period=30&amp;records=DECISIONS"),
        ("/delivery/", "?records=CALLS"),
        ("/delivery/dead/?operation=GET_USER", "?operation=GET_USER&amp;records=CALLS&amp;dead=1"),
        ("/audit/?action=session.signed_in", "?action=session.signed_in&amp;records=AUDIT"),
        ("/access/?actor=user%3A5", "?actor=user%3A5&amp;records=ACCESS"),
    ],
)
def test_every_list_leads_to_its_export_with_its_filters(path: str, leads_to: str, auditor: Any) -> None:
    page = auditor.get(path).content.decode()
    query = page.partition('href="/exports/new/?')[2].partition('"')[0]

    assert sorted(query.split("&amp;")) == sorted(leads_to.removeprefix("?").split("&amp;"))
    form = auditor.get(f"/exports/new/?{query.replace('&amp;', '&')}")
    assert form.context["unknown"] == []


def test_who_may_not_export_finds_no_button() -> None:
    for role in ("officer", "administrator"):
        client = client_as(role)
        for path in ("/customers/", "/verifications/", "/sessions/", "/kyc-links/", "/", "/decisions/", "/delivery/"):
            assert "/exports/" not in client.get(path).content.decode(), (role, path)


# How many ------------------------------------------------------------------------------------------------------------


def test_the_rows_are_counted_before_it_begins(auditor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        make_customer()
    Customer.objects.filter(pk=make_customer().pk).update(created_at="2025-06-01T12:00Z")

    everything = auditor.get(f"{NEW}CUSTOMERS")
    some = auditor.post("/exports/new/count/?records=CUSTOMERS", {"until": "2025-12-31"}, headers=HX)
    monkeypatch.setattr(export_wishes, "COUNTED", 2)
    monkeypatch.setattr("verifications.views.exports.COUNTED", 2)
    many = auditor.post("/exports/new/count/?records=CUSTOMERS", {}, headers=HX)

    assert "<b>4</b> rows" in everything.content.decode()
    assert "<b>1</b> row<" in some.content.decode()
    assert "More than <b>2</b> rows" in many.content.decode()
    assert b"<html" not in some.content


def test_counting_without_scripts_brings_the_form_back_as_it_was(auditor: Any) -> None:
    wish = {"until": "2025-12-31", "format": "XLSX", "column": ["country"], "sensitive": ["email"]}

    response = auditor.post("/exports/new/count/?records=CUSTOMERS", wish)

    form = response.context["form"]
    assert response.status_code == 200
    assert form.errors == {}
    assert (form["until"].value(), form["format"].value()) == ("2025-12-31", "XLSX")
    assert [column.name for column, is_on in form.sensitive_columns if is_on] == ["email"]
    assert "<b>0</b> rows" in response.content.decode()
    assert not Export.objects.exists()


def test_wrong_filters_are_not_counted(auditor: Any) -> None:
    partial = auditor.post("/exports/new/count/?records=CASES", {"country": "Spain"}, headers=HX)
    whole = auditor.post("/exports/new/count/?records=CASES", {"country": "Spain"})
    backwards = auditor.post(
        "/exports/new/count/?records=CASES", {"from": "2026-02-01", "until": "2026-01-01"}, headers=HX
    )

    assert "Correct the filters" in partial.content.decode()
    assert whole.status_code == 422
    assert list(whole.context["form"].errors) == ["country"]
    assert "Correct the filters" in backwards.content.decode()


# The list ------------------------------------------------------------------------------------------------------------


def test_auditors_see_all_and_senior_officers_their_own(auditor: Any, senior: Any) -> None:
    of_auditor, of_senior = asked(auditor.user), ready(senior.user)

    listed = {
        client: [row.export.pk for row in client.get("/exports/").context["rows"]] for client in (auditor, senior)
    }

    assert listed == {auditor: [of_senior.pk, of_auditor.pk], senior: [of_senior.pk]}
    assert 'name="person"' not in senior.get("/exports/").content.decode()
    assert senior.get(f"/exports/?person={auditor.user.pk}").context["rows"] == []


def test_the_list_says_what_each_is_in_words(auditor: Any) -> None:
    account = make_account()
    asked(
        auditor.user,
        kind="CALLS",
        columns=[],
        filters={"account": str(account.public_id), "from": "2026-03-01", "dead": "1"},
    )
    running(auditor.user, done=30, expected=120)
    ready(auditor.user, columns=["email"], with_sensitive=True, purpose="AUDIT")

    page = auditor.get("/exports/").content.decode()

    assert f"Account: {account.name} · Dead letters: only these · From: 1 Mar 2026" in page
    assert '<progress max="100" value="25"' in page
    assert "personal data in clear" in page
    assert "all of them" in page
    assert "1000" in page or "1.0" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=CALLS", ["CALLS"]),
        ("state=READY", ["CUSTOMERS"]),
        ("person={other}", ["CUSTOMERS"]),
        ("kind=CALLS&state=READY", []),
        ("kind=nonsense&state=x&person=0&after=broken", ["CALLS", "CUSTOMERS"]),
    ],
)
def test_the_list_is_filtered_by_kind_state_and_person(query: str, found: list[str], auditor: Any) -> None:
    export = ready(make_user(AUDITOR))
    asked(auditor.user, kind="CALLS", columns=[])

    response = auditor.get(f"/exports/?{query.format(other=export.requested_by_id)}")

    assert [row.export.kind for row in response.context["rows"]] == found
    assert ("No export matches" in response.content.decode()) is (found == [])


def test_the_list_costs_the_same_for_two_exports_and_for_twenty(auditor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_WAITING", 100)

    def grow(count: int) -> None:
        for _number in range(count):
            filters = {"account": str(make_account().public_id)}
            asked(make_user(AUDITOR), kind="CALLS", columns=[], filters=filters)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert auditor.get("/exports/").status_code == 200
        return len(captured)

    grow(2)
    few = cost()
    grow(18)

    assert cost() == few <= 16


def test_the_list_asks_again_only_while_something_moves(auditor: Any) -> None:
    ready(auditor.user)
    still = auditor.get("/exports/").content.decode()
    asked(auditor.user)

    moving = auditor.get("/exports/?kind=CUSTOMERS").content.decode()
    partial = auditor.get("/exports/?kind=CUSTOMERS", headers=HX).content.decode()

    assert "hx-trigger" not in still.partition("<main")[2]
    assert 'hx-get="/exports/?kind=CUSTOMERS"' in moving
    assert partial.strip().startswith('<div class="table-wrap" id="exports"')


# The page of one -----------------------------------------------------------------------------------------------------


def test_the_page_follows_the_making_and_reads_out_only_what_is_new(auditor: Any) -> None:
    export = running(auditor.user, done=30, expected=100)

    first = page_of(auditor, export)
    again = page_of(auditor, export, headers=HX, data={"said": "RUNNING-25"})
    Export.objects.filter(pk=export.pk).update(rows_done=55)
    later = page_of(auditor, export, headers=HX, data={"said": "RUNNING-25"})
    Export.objects.filter(pk=export.pk).update(status=ExportStatus.CANCELLED)
    ended = page_of(auditor, export, headers=HX, data={"said": "RUNNING-50"})

    assert '<progress max="100" value="30"' in first
    assert "30 of 100 rows" in first
    assert "?said=RUNNING-25" in first
    assert "hx-swap-oob" not in again
    assert '<div id="export-said" hx-swap-oob="innerHTML">Export: 50 per cent done</div>' in later
    assert "Export: Cancelled" in ended
    assert "hx-trigger" not in ended


def test_the_page_of_a_finished_export_shows_all_that_proves_it(auditor: Any) -> None:
    export = ready(auditor.user, filters={"from": "2026-01-01"})

    page = page_of(auditor, export)

    for shown in (
        export.sha256,
        export.signature,
        export.key_id,
        DIGEST,
        "seal 3, 120 entries",
        "1 Jan 2026",
        "Country, Created",
        f"python3 -I verify_records.py customers-{export.requested_at:%Y-%m-%d}",
        f"/exports/{export.public_id}/file/",
        f"/exports/{export.public_id}/proof/proof.zip",
        f"/exports/{export.public_id}/proof/verify_records.py",
        "Export requested",
        "Nobody yet.",
    ):
        assert shown in page, shown
    assert "Cancel the export" not in page


def test_only_whoever_asked_can_cancel(auditor: Any) -> None:
    own, others = asked(auditor.user), asked()

    assert "Cancel the export" not in page_of(auditor, others)
    assert "somebody else" in act(auditor, others, "cancel")
    assert "Cancel the export" in page_of(auditor, own)
    assert "Cancelled. No file was kept." in act(auditor, own, "cancel")

    states = dict(Export.objects.values_list("pk", "status"))
    assert states == {own.pk: ExportStatus.CANCELLED, others.pk: ExportStatus.QUEUED}


def test_a_failed_export_says_why_and_is_tried_again(auditor: Any) -> None:
    export = failed(auditor.user, problem="The storage did not take the file.")

    page = page_of(auditor, export)
    after = act(auditor, export, "retry")

    assert "The storage did not take the file." in page
    assert "Try again" in page
    assert "Asked for again" in after
    export.refresh_from_db()
    assert export.status == ExportStatus.QUEUED


def test_what_can_not_be_done_any_more_is_said(auditor: Any) -> None:
    export = ready(auditor.user)

    assert "no longer possible" in act(auditor, export, "cancel")
    assert "no longer possible" in act(auditor, export, "retry")


def test_an_export_whose_file_is_gone_leads_to_the_same_again(auditor: Any) -> None:
    export = ready(auditor.user, kind="VERIFICATIONS", columns=[], filters={"status": "REFUSED"})
    Export.objects.filter(pk=export.pk).update(status=ExportStatus.REMOVED)

    page = page_of(auditor, export)

    assert 'href="/exports/new/?records=VERIFICATIONS&amp;status=REFUSED"' in page
    assert "Download the file" not in page
    assert export.sha256 in page


def test_the_page_costs_the_same_however_long_the_logs_are(auditor: Any) -> None:
    export = ready(auditor.user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(auditor, export)
        return len(captured)

    few = cost()
    for _number in range(5):
        auditor.get(reverse("verifications:export_proof", args=[export.public_id, "keys.json"]))

    assert cost() == few <= 16


def test_looking_at_what_colleagues_export_is_a_look_and_at_ones_own_is_none(auditor: Any, senior: Any) -> None:
    others, own = asked(), asked(senior.user)

    auditor.get("/exports/?state=QUEUED")
    auditor.get("/exports/", headers=HX)
    page_of(auditor, others)
    page_of(auditor, others, headers=HX)
    senior.get("/exports/")
    page_of(senior, own)

    looks = AccessEvent.objects.filter(action="report.read").order_by("id")
    assert [(look.actor, look.details, look.subject_id) for look in looks] == [
        (f"user:{auditor.user.pk}", {"report": "exports", "filters": ["state"]}, ""),
        (f"user:{auditor.user.pk}", {"report": "export", "filters": []}, str(others.public_id)),
    ]


def test_the_navigation_leads_there_with_a_key(auditor: Any) -> None:
    assert 'href="/exports/" data-go="x"' in auditor.get("/").content.decode()
    assert 'href="/exports/"' not in client_as("officer").get("/").content.decode()
