"""The Big List of Naughty Strings through create, page, list, search and audit log (target I1)."""

from __future__ import annotations

import html
import itertools
import json
from pathlib import Path

import pytest
from django.urls import reverse

from tests.views.support import client_as
from verifications.forms.fields import CONTROL
from verifications.models import AuditEvent, Customer

pytestmark = pytest.mark.django_db

STRINGS: list[str] = json.loads(
    (Path(__file__).parent.parent / "data" / "blns" / "blns.json").read_text(encoding="utf-8")
)
LONGEST = 120
FIELDS = ("last_name", "first_name", "employer_name")
LAWFUL = [text for text in STRINGS if 0 < len(text.strip()) <= LONGEST and not CONTROL.search(text.strip())]
UNLAWFUL = [text for text in STRINGS if len(text.strip()) > LONGEST or CONTROL.search(text.strip())]


def entries(strings: list[str]) -> list[dict[str, str]]:
    """The strings as customers, three a customer; the last ones again where they do not fill one."""
    wheel = itertools.cycle(strings)
    count = -(-len(strings) // len(FIELDS))
    return [
        {"kind": "INDIVIDUAL", "reference": f"n{number}", **{name: next(wheel) for name in FIELDS}}
        for number in range(count)
    ]


@pytest.mark.parametrize("part", range(4))
def test_every_lawful_string_is_taken_found_and_shown_as_entered(part: int) -> None:
    admin, officer = client_as("administrator"), client_as("officer")

    wrong = []
    for entered in entries(LAWFUL)[part::4]:
        response = admin.post("/customers/new/", entered)
        if response.status_code != 302:
            wrong.append((entered, "should be taken"))
            continue
        page = officer.get(response.headers["Location"]).content.decode()
        wrong += [
            (entered[name], "not as entered") for name in FIELDS if html.escape(entered[name].strip()) not in page
        ]
        if officer.post("/search/", {"q": entered["last_name"]}).status_code not in {200, 302}:
            wrong.append((entered, "search"))

    assert wrong == []
    newest = Customer.objects.latest("pk")
    assert html.escape(newest.display_name) in officer.get("/customers/").content.decode()
    auditor = client_as("auditor")
    assert auditor.get("/audit/").status_code == auditor.get("/access/").status_code == 200
    assert AuditEvent.objects.filter(action="customer.created").count() == Customer.objects.count()


def test_every_unlawful_string_is_refused_at_its_field() -> None:
    admin = client_as("administrator")

    for entered in entries(UNLAWFUL):
        response = admin.post("/customers/new/", entered)
        assert response.status_code == 422, entered
        assert set(FIELDS[:2]) <= set(response.context["form"].errors), entered

    assert not Customer.objects.exists()


def test_every_string_can_stand_in_every_filter_and_address() -> None:
    operator = client_as("superuser")

    wrong = []
    for text in STRINGS[::4]:
        for name in ("case_queue", "verification_list", "audit_log"):
            answer = operator.get(
                reverse(f"verifications:{name}"), {"status": text, "provider": text, "customer": text, "after": text}
            )
            if answer.status_code != 200 or (f">{text}<" in answer.content.decode() and "<" in text):
                wrong.append((name, text))

    assert wrong == []
