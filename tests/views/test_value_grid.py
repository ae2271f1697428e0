"""The grid, the zone and the provider's checks on the pages: what is shown, who may act, what a look costs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import NOON, make_draft
from tests.services.decision_support import again, answered_case
from tests.services.reading_support import BARCODE, passport, reading, unconfirmed
from tests.views.logs import captured_log
from tests.views.support import client_as
from verifications.documents import mrz_reading
from verifications.enums import AccessAction
from verifications.models import AccessEvent, AuditEvent, Case, DifferenceResolution, MachineReading, Verification
from verifications.selectors import reading_panel
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.check_panel import check_panel
from verifications.selectors.value_grid import Grid, value_grid
from verifications.services.extracted_values import store_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return answered_case()


def check_of(case: Case) -> Verification:
    found = verifications_of(case).last()
    assert found is not None
    return found


def grid_of(case: Case, **more: Any) -> Grid:
    return value_grid(again(case), list(verifications_of(case)), client_as("officer").user, **more)  # type: ignore[attr-defined]


def row(grid: Grid, field: str) -> Any:
    return next(row for row in grid.rows if row.field == field)


def record_url(case: Case) -> str:
    return reverse("verifications:verification_reading", args=[check_of(case).public_id])


def difference(case: Case, **changes: str) -> dict[str, str]:
    shown = row(grid_of(case), "last_name")
    return {
        "field": "last_name",
        "values_hash": shown.values_hash,
        "reason": "NAME_CHANGE",
        "explanation": "Marriage certificate on file.",
    } | changes


def test_the_three_columns_stand_side_by_side_masked(case: Case) -> None:
    store_values(
        verification=check_of(case), values={"person.surname": "Muster", "document.number": "X1234567"}, at=NOON
    )
    reading(check_of(case))

    grid = grid_of(case)

    surname, number = row(grid, "last_name"), row(grid, "document_number")
    assert [cells[0].text for cells in (surname.entered, surname.provider, surname.machine)] == [
        "Exämple",
        "Muster",
        "EXAEMPLE",
    ]
    assert {cells[0].text for cells in (number.entered, number.provider, number.machine)} == {"•••• 4567"}
    assert (surname.provider[0].sign, surname.machine[0].sign) == ("≠", "✓")
    assert (number.machine[0].check_sign, number.is_different) == ("✓", False)
    assert (grid.difference_count, grid.unresolved_count) == (1, 1)


def test_a_difference_says_why_in_words_beside_its_shape(case: Case) -> None:
    reading(check_of(case), passport(surname="Exampla"))

    page = client_as("officer").get(case.get_absolute_url()).content.decode()

    assert "1 difference" in page
    assert "Similar, compared with what was entered:" in page
    assert "Resolve: surname" in page


def test_another_check_of_the_case_can_be_looked_at(case: Case) -> None:
    first = check_of(case)
    reading(first, passport(surname="Muster"))
    second = make_draft(first.provider_user, with_front=False)
    Verification.objects.filter(pk=second.pk).update(case=case)
    reading(second)

    newest, chosen = grid_of(case), grid_of(case, chosen=str(first.public_id))

    assert row(newest, "last_name").machine[0].text == "EXAEMPLE"
    assert str(first.public_id) in row(newest, "last_name").elsewhere
    assert row(chosen, "last_name").machine[0].text == "MUSTER"
    assert row(chosen, "last_name").elsewhere == ""


def test_an_officer_types_a_zone_and_comes_back_to_the_case(case: Case) -> None:
    client = client_as("officer")

    answer = client.post(record_url(case), {"text": passport(), "case": str(case.public_id)})

    assert answer["Location"] == f"{case.get_absolute_url()}#reading"
    assert MachineReading.objects.get().recorded_by == f"user:{client.user.pk}"  # type: ignore[attr-defined]


def test_what_cannot_be_read_is_kept_in_the_field(case: Case) -> None:
    answer = client_as("officer").post(record_url(case), {"text": "P<ADX typed", "case": str(case.public_id)})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "P&lt;ADX typed" in page
    assert not MachineReading.objects.exists()


def test_the_zone_typed_is_in_no_address_log_or_event(case: Case) -> None:
    client, text = client_as("officer"), passport(number="Q9876543", surname="Canaryname")

    with captured_log() as log:
        answer = client.post(record_url(case), {"text": text}, follow=True)

    told = str(list(AuditEvent.objects.values())) + str(list(AccessEvent.objects.values())) + log.getvalue()
    assert "Q9876543" not in answer.content.decode()
    assert not any(secret in told + str(answer.redirect_chain) for secret in ("9876543", "CANARYNAME"))


def test_the_picture_is_read_and_its_names_are_confirmed(case: Case) -> None:
    client, document = client_as("officer"), check_of(case).documents.get()

    client.post(reverse("verifications:document_read", args=[document.public_id]), {"case": str(case.public_id)})
    page = client.get(case.get_absolute_url()).content.decode()
    found = MachineReading.objects.get()
    client.post(
        reverse("verifications:reading_confirm", args=[found.public_id]), {"surname": "EXAEMPLE", "given_names": "ZOE"}
    )

    assert 'value="EXAEMPLE"' in page
    found.refresh_from_db()
    assert found.is_confirmed


def test_a_reading_is_set_aside_with_a_reason(case: Case) -> None:
    found, client = reading(check_of(case)), client_as("officer")
    url = reverse("verifications:reading_remove", args=[found.public_id])

    client.post(url, {"reason": "no"})
    found.refresh_from_db()
    kept = found.removed_at
    client.post(url, {"reason": "Another person's passport"})

    found.refresh_from_db()
    assert (kept, found.removed_at is not None) == (None, True)


def test_a_value_of_the_zone_is_revealed_with_its_access_event(case: Case) -> None:
    value = reading(check_of(case)).values.get(name="document_number")

    url = reverse("verifications:value_reveal", args=["machine", value.public_id, "value"])
    answer = client_as("officer").post(url, {"purpose": "REVIEW"})

    assert "X1234567" in answer.content.decode()
    assert AccessEvent.objects.filter(action=AccessAction.VALUE_REVEALED).get().subject_id == str(value.public_id)


@pytest.mark.parametrize("role", ["auditor", "nobody"])
def test_who_may_not_write_is_refused(case: Case, role: str) -> None:
    found, client = unconfirmed(check_of(case)), client_as(role)

    answers = [
        client.post(record_url(case), {"text": passport()}),
        client.post(reverse("verifications:reading_confirm", args=[found.public_id]), {"surname": "A"}),
        client.post(reverse("verifications:reading_remove", args=[found.public_id]), {"reason": "Some reason"}),
        client.post(reverse("verifications:document_read", args=[check_of(case).documents.get().public_id])),
        client.post(reverse("verifications:case_difference", args=[case.public_id]), {}),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_an_auditor_sees_the_grid_without_forms(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))

    page = client_as("auditor").get(case.get_absolute_url()).content.decode()

    assert "MUSTER" in page
    assert "Resolve: surname" not in page
    assert "Type or paste it" not in page


def test_a_difference_is_resolved_and_shown_with_who_and_why(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    client, url = client_as("officer"), reverse("verifications:case_difference", args=[case.public_id])

    client.post(url, difference(case))
    page = client.get(case.get_absolute_url()).content.decode()

    assert "Marriage certificate on file." in page
    assert "Name change, with evidence" in page
    assert "all resolved" in page


def test_a_conflict_keeps_what_was_typed_and_goes_by_what_stands_there_now(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    client, url = client_as("officer"), reverse("verifications:case_difference", args=[case.public_id])
    typed = difference(case)
    reading(check_of(case), passport(surname="Other"))

    answer = client.post(url, typed)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Marriage certificate on file." in page
    fresh = re.search(r'name="values_hash" value="([0-9a-f]{64})"', page)
    assert fresh is not None
    assert fresh.group(1) != typed["values_hash"]
    assert client.post(url, typed | {"values_hash": fresh.group(1)}).status_code == 302


@pytest.mark.parametrize("changes", [{"reason": ""}, {"explanation": ""}, {"explanation": "no"}])
def test_a_resolution_without_its_why_comes_back_with_what_was_typed(case: Case, changes: dict[str, str]) -> None:
    reading(check_of(case), passport(surname="Muster"))

    url = reverse("verifications:case_difference", args=[case.public_id])
    answer = client_as("officer").post(url, difference(case, **changes))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not DifferenceResolution.objects.exists()


def test_the_verification_page_has_the_zone_too(case: Case) -> None:
    reading(check_of(case))

    page = client_as("administrator").get(check_of(case).get_absolute_url()).content.decode()

    assert "Machine-readable zone" in page
    assert "Type or paste it anew" in page


def test_the_grid_and_the_checks_take_the_same_queries_for_one_check_and_for_many(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    store_values(verification=check_of(case), values={"person.surname": "Muster"}, at=NOON)
    user = client_as("officer").user  # type: ignore[attr-defined]

    def queries() -> int:
        checks = list(verifications_of(case))
        with CaptureQueriesContext(connection) as captured:
            value_grid(again(case), checks, user)
            check_panel(checks)
        return len(captured)

    queries()  # which asks once for the permissions of the person
    few = queries()
    for _number in range(5):
        more = make_draft(check_of(case).provider_user, with_front=False)
        Verification.objects.filter(pk=more.pk).update(case=case)
        reading(more, passport(surname="Muster"))
        store_values(verification=more, values={"person.surname": "Muster"}, at=NOON)

    assert queries() == few


def test_a_case_of_twenty_checks_and_documents_costs_the_queries_of_one(case: Case) -> None:
    client, first = client_as("officer"), check_of(case)
    reading(first, passport(surname="Muster"))
    store_values(verification=first, values={"person.surname": "Muster", "document.country": "ES"}, at=NOON)
    url = case.get_absolute_url()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _number in range(19):
        more = make_draft(first.provider_user)
        Verification.objects.filter(pk=more.pk).update(case=case)
        reading(more, passport(surname="Muster"), document_id=more.documents.get().pk)
        store_values(verification=more, values={"person.surname": "Muster", "document.country": "ES"}, at=NOON)

    assert verifications_of(case).count() == 20
    assert queries() == few


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"surname": " ", "given_names": ""}, "Write at least one name"),
        ({"surname": "Mus\u202eter", "given_names": "Zoe Canary"}, "Zoe Canary"),
        ({"surname": "M" * 201, "given_names": "Zoe Canary"}, "Zoe Canary"),
    ],
)
def test_names_that_cannot_be_taken_come_back_beside_what_is_wrong(
    case: Case, typed: dict[str, str], kept: str
) -> None:
    found = unconfirmed(check_of(case))
    url = reverse("verifications:reading_confirm", args=[found.public_id])

    answer = client_as("officer").post(url, typed | {"case": str(case.public_id)})
    page = answer.content.decode()

    found.refresh_from_db()
    assert (answer.status_code, found.is_confirmed) == (422, False)
    assert kept in page
    assert 'id="reading-surname-error" role="alert"' in page
    assert "Not confirmed" in page


def test_a_reason_that_is_too_short_comes_back_beside_what_is_wrong(case: Case) -> None:
    found = reading(check_of(case))

    answer = client_as("officer").post(
        reverse("verifications:reading_remove", args=[found.public_id]), {"reason": "nope", "case": case.public_id}
    )
    page = answer.content.decode()

    assert answer.status_code == 422
    assert 'value="nope"' in page
    assert "Say in a few words why it does not count" in page


def test_a_reading_that_was_set_aside_meanwhile_is_said_and_nothing_is_written(case: Case) -> None:
    old, client = unconfirmed(check_of(case)), client_as("officer")
    new = unconfirmed(check_of(case))

    answers = [
        client.post(reverse("verifications:reading_confirm", args=[old.public_id]), {"surname": "Muster"}, follow=True),
        client.post(reverse("verifications:reading_remove", args=[old.public_id]), {"reason": "A reason"}, follow=True),
    ]

    new.refresh_from_db()
    assert all("set aside meanwhile" in answer.content.decode() for answer in answers)
    assert (new.is_confirmed, new.removed_at) == (False, None)


def test_a_conflict_shows_the_values_as_they_are_now(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    typed = difference(case)
    reading(check_of(case), passport(surname="Other"))

    page = client_as("officer").post(reverse("verifications:case_difference", args=[case.public_id]), typed)

    assert "OTHER" in page.content.decode()
    assert "Surname, as it stands now" in page.content.decode()
    assert "look at them again" in page.content.decode()


def test_a_case_closed_meanwhile_keeps_what_was_typed_on_screen(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    typed = difference(case)
    Case.objects.filter(pk=case.pk).update(closed_at=NOON, state="CLOSED")

    answer = client_as("officer").post(reverse("verifications:case_difference", args=[case.public_id]), typed)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Marriage certificate on file." in page
    assert "This case is closed" in page
    assert 'name="values_hash"' not in page
    assert not DifferenceResolution.objects.exists()


def test_who_entered_the_values_is_told_before_typing_and_refused_after(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    client, typed = client_as("officer"), difference(case)
    Verification.objects.filter(case=case).update(submitted_by=f"user:{client.user.pk}")  # type: ignore[attr-defined]

    page = client.get(case.get_absolute_url()).content.decode()
    answer = client.post(reverse("verifications:case_difference", args=[case.public_id]), typed)

    assert "somebody else resolves it" in page
    assert "Resolve: surname" not in page
    assert answer.status_code == 403
    assert "Marriage certificate on file." in answer.content.decode()
    assert not DifferenceResolution.objects.exists()


def test_who_looked_at_one_check_comes_back_to_it(case: Case) -> None:
    first = check_of(case)
    reading(first, passport(surname="Muster"))
    second = make_draft(first.provider_user, with_front=False)
    Verification.objects.filter(pk=second.pk).update(case=case)
    client, chosen = client_as("officer"), {"check": str(first.public_id)}

    page = client.get(case.get_absolute_url(), chosen).content.decode()
    resolved = client.post(reverse("verifications:case_difference", args=[case.public_id]), difference(case) | chosen)
    typed = client.post(record_url(case), {"text": passport(), "case": str(case.public_id), "chosen": "1"})

    assert f'name="check" value="{first.public_id}"' in page
    assert 'name="chosen" value="1"' in page
    assert resolved["Location"] == f"{case.get_absolute_url()}?check={first.public_id}#grid"
    assert typed["Location"] == f"{case.get_absolute_url()}?check={first.public_id}#reading"


@pytest.mark.parametrize("is_there", [True, False])
def test_reading_from_the_image_is_offered_where_the_extra_is_installed(
    case: Case, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    monkeypatch.setattr(reading_panel, "available", lambda: is_there)
    client = client_as("officer")

    page = client.get(case.get_absolute_url()).content.decode()

    assert ("Read from the image:" in page) is is_there
    assert ("needs an extra that this installation lacks" in page) is not is_there
    assert "Type or paste it" in page


def test_without_the_extra_an_old_page_is_told_to_type_the_zone(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mrz_reading, "available", lambda: False)
    document = check_of(case).documents.get()

    answer = client_as("officer").post(
        reverse("verifications:document_read", args=[document.public_id]), {"case": str(case.public_id)}, follow=True
    )

    assert "Type or paste the zone." in answer.content.decode()
    assert not MachineReading.objects.exists()


def test_a_document_that_expired_since_it_was_read_warns_on_the_page(case: Case) -> None:
    day = timezone.localdate() - dt.timedelta(days=2)
    reading(check_of(case), passport(expiry_date=day), at=timezone.now() - dt.timedelta(days=30))

    page = client_as("officer").get(case.get_absolute_url()).content.decode()

    assert not any(one["code"] == "expired" for one in MachineReading.objects.get().findings)
    assert "Expires: The document expired 2 days ago." in page
    assert "No warnings." not in page


def test_every_difference_carries_words_and_a_shape_and_a_way_to_resolve_it(case: Case) -> None:
    reading(check_of(case), BARCODE)
    store_values(
        verification=check_of(case),
        values={
            "person.full_name": "Other Person",
            "person.date_of_birth": "1980-01-01",
            "document.number": "Z9",
            "idInfo.nationalityCode": "FR",
            "additional_info.address.city": "Elsewhere",
        },
        at=NOON,
    )
    client = client_as("officer")

    grid = grid_of(case)
    different = [shown for shown in grid.rows if shown.is_different]
    page = client.get(case.get_absolute_url()).content.decode()

    assert len(different) == grid.difference_count >= 5
    for shown in different:
        values = [value for value in (*shown.provider, *shown.machine) if value.is_different]
        assert values
        assert all(value.sign == "≠" and value.sign_words and value.why for value in values)
        assert f"Resolve: {shown.label.lower()}" in page
        said = {
            "field": shown.field,
            "values_hash": shown.values_hash,
            "reason": "READING_ERROR",
            "explanation": "The provider misread it.",
        }
        client.post(reverse("verifications:case_difference", args=[case.public_id]), said)
    assert grid_of(case).unresolved_count == 0


def test_the_words_of_a_resolution_are_in_no_address_log_or_event(case: Case) -> None:
    reading(check_of(case), passport(surname="Muster"))
    client = client_as("officer")

    with captured_log() as log:
        answer = client.post(
            reverse("verifications:case_difference", args=[case.public_id]),
            difference(case, explanation="Canaryexplanation on file."),
            follow=True,
        )

    told = str(list(AuditEvent.objects.values())) + str(list(AccessEvent.objects.values())) + log.getvalue()
    assert "Canaryexplanation" in answer.content.decode()
    assert "Canaryexplanation" not in told + str(answer.redirect_chain)
    assert "Canaryexplanation" not in str(list(DifferenceResolution.objects.values()))


def test_without_the_permission_to_reveal_no_value_opens(case: Case) -> None:
    value = reading(check_of(case)).values.get(name="document_number")
    url = reverse("verifications:value_reveal", args=["machine", value.public_id, "value"])

    answer = client_as("nobody").post(url, {"purpose": "REVIEW"})

    assert answer.status_code == 403
    assert not AccessEvent.objects.filter(action=AccessAction.VALUE_REVEALED).exists()


def test_nothing_breaks_once_the_customers_key_is_destroyed(case: Case, client: Client) -> None:
    from verifications.models import DataKey

    reading(check_of(case), passport(surname="Muster"))
    DataKey.objects.filter(customer=case.customer).delete()

    grid = grid_of(case)

    assert row(grid, "last_name").is_different
    assert row(grid, "last_name").values_hash == ""
    page = client_as("officer").get(case.get_absolute_url()).content.decode()
    assert "key was destroyed" in page
    assert "Resolve: surname" not in page
