"""The page that asks for an evidence pack: whom it is for, what it is needed for, and who sees it at all."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.views.decision_records import answered
from tests.views.support import client_as
from verifications.models import Case, Export
from verifications.policy.roles import SENIOR_OFFICER

pytestmark = pytest.mark.django_db


def pack_path(case: Case) -> str:
    return reverse("verifications:case_pack", args=[case.public_id])


def test_an_auditor_chooses_variant_and_purpose_and_is_led_to_the_export() -> None:
    client, case = client_as("auditor"), answered()

    page = client.get(pack_path(case)).content.decode()
    response = client.post(pack_path(case), {"variant": "COURT", "purpose": "AUDIT"})

    export = Export.objects.get()
    assert page.count('type="radio"') == 3
    assert "checked" not in page
    assert response.url == reverse("verifications:export_detail", args=[export.public_id])
    assert (export.kind, export.variant, export.case_id, export.purpose) == ("PACK", "COURT", case.pk, "AUDIT")
    assert client.get(response.url).status_code == 200


def test_what_is_left_out_is_said_beside_it_and_what_was_chosen_stays() -> None:
    client, case = client_as("auditor"), answered()

    nothing = client.post(pack_path(case))
    half = client.post(pack_path(case), {"variant": "SUBJECT", "purpose": "NOSE"})

    assert nothing.status_code == half.status_code == 422
    assert "Choose whom the pack is for." in nothing.content.decode()
    assert "Choose what the personal data is needed for." in nothing.content.decode()
    assert 'value="SUBJECT" checked' in half.content.decode()
    assert not Export.objects.exists()


def test_a_refusal_of_the_service_is_shown_and_keeps_the_form() -> None:
    client, case = client_as("auditor"), answered()
    for _number in range(10):
        client.post(pack_path(case), {"variant": "COURT", "purpose": "AUDIT"})

    response = client.post(pack_path(case), {"variant": "COURT", "purpose": "AUDIT"})

    assert response.status_code == 422
    assert "Ten of your exports wait already" in response.content.decode()
    assert Export.objects.count() == 10


def test_the_case_page_offers_it_to_those_who_may() -> None:
    case = answered()
    senior = Client()
    senior.force_login(make_user(SENIOR_OFFICER))

    shown = {role: pack_path(case) in client_as(role).get(case.get_absolute_url()).content.decode()
             for role in ("officer", "administrator", "auditor")}  # fmt: skip

    assert shown == {"officer": False, "administrator": False, "auditor": True}
    assert pack_path(case) in senior.get(case.get_absolute_url()).content.decode()
    assert senior.get(pack_path(case)).status_code == 200


def test_the_right_to_export_alone_gives_no_pack() -> None:
    case, person = answered(), make_user()
    person.user_permissions.set(Permission.objects.filter(codename__in=["add_export", "view_case"]))
    client = Client()
    client.force_login(person)

    assert client.get(pack_path(case)).status_code == 403
    assert client.post(pack_path(case), {"variant": "COURT", "purpose": "AUDIT"}).status_code == 403
    assert pack_path(case) not in client.get(case.get_absolute_url()).content.decode()
