"""Whatever is typed, pasted or forged: an answer in words, never a 500, never half a change."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_account, make_customer, make_draft, make_provider_user, make_user, specimen
from tests.views.decision_records import answered
from tests.views.support import client_as
from verifications.models import AuditEvent, Customer, Document, Verification
from verifications.policy.roles import OFFICER
from verifications.services.case_claims import claim_case
from verifications.services.verification_data import verification_data

pytestmark = pytest.mark.django_db

CUSTOMER = {
    "kind": "INDIVIDUAL",
    "reference": "crm-1",
    "first_name": "Zoë",
    "last_name": "Exämple",
    "email": "zoe@example.org",
    "phone": "+376300100",
    "date_of_birth": "1990-04-15",
    "nationalities": "AD",
    "line1": "Carrer Major 1",
    "city": "Andorra la Vella",
    "postal_code": "AD500",
    "country": "AD",
}
HOSTILE = {
    "nul": "a\x00b",
    "override": "abc\u202egnp.exe",
    "isolate": "a\u2066b",
    "escape": "\x1b[31mred",
    "next line": "a\u0085b",
    "long": "x" * 100_000,
}
HARMLESS = {
    "script": "<script>alert('1')</script>",
    "quote": """ O'Brien "the" \\ """,
    "template": "{{ 7|add:7 }} {% debug %}",
    "formula": "=HYPERLINK(1)",
    "emoji": "👩\u200d🚀🇦🇩",
    "right to left": "محمد عبد الله",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A",
    "astral": "𝕿𝖍𝖊",
    "joiner": "می\u200cخواهم",
}


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def rounds(values: dict[str, list[str]]) -> list[dict[str, str]]:
    """The first bad value of each field together, then the second of those that have one, and so on."""
    longest = max(len(bad) for bad in values.values())
    return [{name: bad[number] for name, bad in values.items() if number < len(bad)} for number in range(longest)]


def edit(verification: Verification) -> str:
    return reverse("verifications:verification_edit", args=[verification.public_id])


LINES = ("reference", "last_name", "city", "employer_name")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_line_with_control_characters_or_without_end_is_refused_at_its_field(text: str, admin: Client) -> None:
    response = admin.post("/customers/new/", CUSTOMER | dict.fromkeys(LINES, text))

    assert response.status_code == 422
    assert set(LINES) <= set(response.context["form"].errors)
    assert not Customer.objects.exists()


def test_a_name_that_grows_too_long_when_written_out_is_refused_at_its_field(admin: Client) -> None:
    person = admin.post("/customers/new/", CUSTOMER | {"last_name": "\ufdfa" * 120})
    business = admin.post("/customers/new/", CUSTOMER | {"kind": "BUSINESS", "business_name": "\ufdfa" * 200})

    assert "last_name" in person.context["form"].errors
    assert "business_name" in business.context["form"].errors
    assert not Customer.objects.exists()


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_any_lawful_text_is_kept_and_shown_as_entered(text: str, admin: Client) -> None:
    response = admin.post("/customers/new/", CUSTOMER | {"last_name": text, "city": text, "reference": text[:30]})

    assert response.status_code == 302
    customer = Customer.objects.get()
    assert customer.last_name == text.strip()
    page = client_as("officer").get(customer.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "{{ 7|add:7 }}" in page or "14 {%" not in page
    form = admin.get(reverse("verifications:customer_edit", args=[customer.public_id])).context["form"]
    assert form["city"].value() == text.strip()


IMPOSSIBLE = {
    "date_of_birth": ["2999-01-01", "1850-01-01", "0000-00-00", "1990-02-30", "15/04/1990"],
    "email": [
        "nobody",
        "a@b\x00.org",
        "a" * 300 + "@example.org",
    ],
    "phone": ["+0123", "+", "+37630٠", "1" * 17],
    "nationalities": [
        "XX",
        "AD;" * 100,
    ],
    "country": ["Andorra"],
    "language": ["eng", "ßß"],
    "tax_ids": ["12345", "XX 1", "AD 1\u202e2"],
    "tos_version_accepted": ["-1", "9" * 30, "1e5"],
    "occupation": ["spy"],
    "last_name": [""],
    "reference": [""],
}


@pytest.mark.parametrize("values", [*rounds(IMPOSSIBLE), {"kind": "GOVERNMENT"}])
def test_an_impossible_value_is_refused_at_its_field(values: dict[str, str], admin: Client) -> None:
    response = admin.post("/customers/new/", CUSTOMER | values)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(values)
    assert not Customer.objects.exists()


def test_a_reference_belongs_to_one_customer(admin: Client) -> None:
    make_customer(reference="crm-1")
    other = make_customer(reference="crm-2")

    created = admin.post("/customers/new/", CUSTOMER)
    changed = admin.post(reverse("verifications:customer_edit", args=[other.public_id]), CUSTOMER)

    assert (created.status_code, changed.status_code) == (422, 422)
    assert "already belongs to another customer" in changed.content.decode()
    other.refresh_from_db()
    assert other.reference == "crm-2"


def test_a_business_has_a_name_and_needs_no_person(admin: Client) -> None:
    nameless = admin.post("/customers/new/", {"kind": "BUSINESS", "reference": "b-1"})
    named = admin.post("/customers/new/", {"kind": "BUSINESS", "reference": "b-1", "business_name": "Exämple S.A."})

    assert "business_name" in nameless.context["form"].errors
    assert named.status_code == 302


JSON_BOMBS = {
    "deep list": "[" * 50_000,
    "closed deep list": "[" * 900 + "]" * 900,
    "deep object": '{"a":' * 900 + "1" + "}" * 900,
    "just too deep": "[" * 65 + "]" * 65,
    "not a number": "[NaN]",
    "infinity": '{"a": -Infinity}',
    "lone surrogate": '"\\ud800"',
    "huge number": "9" * 50_000,
    "two values": "{} {}",
    "words": "passed",
    "too long": json.dumps("x" * 100_000),
}


@pytest.mark.parametrize("text", JSON_BOMBS.values(), ids=JSON_BOMBS)
def test_a_verifiers_answer_that_is_no_sound_json_is_refused_at_its_field(text: str, admin: Client) -> None:
    draft = make_draft(with_front=False)

    response = admin.post(edit(draft), {"verifier_response": text})

    assert response.status_code == 422
    assert "verifier_response" in response.context["form"].errors


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "[[[[ \\" {{{{ \\\\", "name": "Zoë \\ud83d\\ude00", "nul": "\\u0000"}',
        "[" * 64 + "]" * 64,
        "null",
        "[" + "{}," * 9_000 + "{}]",
    ],
)
def test_a_verifiers_answer_in_sound_json_is_kept_and_can_be_revealed(text: str, admin: Client) -> None:
    draft = make_draft(with_front=False)

    assert admin.post(edit(draft), {"verifier_response": text}).status_code == 302

    draft.refresh_from_db()
    assert json.loads(verification_data(draft).verifier_response) == json.loads(text)
    reveal = reverse("verifications:value_reveal", args=["verification", draft.public_id, "verifier_response"])
    assert admin.post(reveal, {"purpose": "REVIEW"}).status_code == 200
    assert admin.post(edit(draft), {"verifier_response": text, "submit": "1"}).status_code == 422


IMPOSSIBLE_METADATA = {
    "verified_at": [
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "0001-01-01T00:00",
        "2026-02-30T10:00",
        "yesterday",
    ],
    "expiration_date": ["2026-13-01", "99999-01-01"],
    "document_type": ["library_card"],
    "document_number": ["a\x00b", "9" * 81],
    "issuing_country": ["Atlantis"],
    "verifier": ["a\u202eb"],
}


@pytest.mark.parametrize("values", rounds(IMPOSSIBLE_METADATA))
def test_impossible_metadata_is_refused_at_its_field(values: dict[str, str], admin: Client) -> None:
    draft = make_draft(with_front=False)
    events = AuditEvent.objects.count()

    response = admin.post(edit(draft), values | {"submit": "1"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(values)
    assert AuditEvent.objects.count() == events


UNUSABLE = {
    "base_url": [
        "https://a b",
        "https://[::1",
        "https://",
        "https://host/path",
        "https://user:word@host",
        "https://host?x=1",
        "http://nexus.example",
        "http://127.0.0.1.example",
        "ftp://host",
        "javascript:alert(1)",
        "https://host\\@evil.example",
        "https://host:99999",
    ],
    "key_id": ["clé", "two words", "a\r\nX-Header: b"],
    "version_header": ["Payward Version", "X: y"],
    "version": ["2025 04"],
    "secret": ["not base64!", "a\x00b"],
    "name": ["", "x" * 81],
    "allowed_document_hosts": ["https://host/", "höst"],
    "max_file_mib": ["0", "151"],
    "enabled_types": ["no_such_type"],
}


@pytest.mark.parametrize("values", [*rounds(UNUSABLE), {"kind": "ACME"}, {"environment": "STAGING"}])
def test_an_account_no_client_could_use_is_refused_at_its_field(values: dict[str, str], admin: Client) -> None:
    account = make_account()
    entered = {
        "kind": account.kind,
        "name": account.name,
        "environment": "SANDBOX",
        "base_url": account.base_url,
        "key_id": account.key_id,
        "enabled_types": ["identity_document"],
        "max_file_mib": "150",
    }
    path = reverse("verifications:provider_account_edit", args=[account.public_id])
    assert admin.post(path, entered).status_code == 302
    events = AuditEvent.objects.count()

    response = admin.post(path, entered | values)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(values)
    assert AuditEvent.objects.count() == events


LISTS = ("case_queue", "customer_list", "verification_list", "audit_log", "access_log")


def token(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "é",
        "%ff",
        "AAAA",
        token("x"),
        token([]),
        token([[1]]),
        token([2**80]),
        token([True]),
        token([{"a": 1}]),
        token(["2026-01-01T00:00:00", 1]),
        "A" * 100_000,
    ],
)
def test_a_broken_page_token_starts_over(after: str) -> None:
    client = client_as("superuser")

    answers = [client.get(reverse(f"verifications:{name}"), {"after": after}).status_code for name in LISTS]

    assert answers == [200] * len(LISTS)


FORGED_TOKENS = {
    "time for an id": token(["2026-01-01T00:00:00+00:00"]),
    "id for a time": token([1, 1]),
    "two times": token(["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"]),
    "before the first year": token(["0001-01-01T00:00:00+14:00", 1]),
    "after the last year": token(["9999-12-31T23:59:59-14:00", 1]),
    "nested without end": base64.urlsafe_b64encode(b"[" * 3000).decode(),
}


@pytest.mark.parametrize("after", FORGED_TOKENS.values(), ids=FORGED_TOKENS)
def test_a_forged_page_token_starts_over(after: str) -> None:
    client = client_as("superuser")

    answers = [client.get(reverse(f"verifications:{name}"), {"after": after}).status_code for name in LISTS]

    assert answers == [200] * len(LISTS)


@pytest.mark.parametrize("value", ["'%_", "é\u202e", "x" * 100_000])
def test_any_filter_is_answered(value: str) -> None:
    client = client_as("superuser")
    names = ("view", "state", "provider", "country", "status", "action", "actor", "customer", "after")

    answers = [
        client.get(reverse(f"verifications:{page}"), {name: value}).status_code for page in LISTS for name in names
    ]

    assert set(answers) == {200}


@pytest.mark.parametrize("path", ["/?state=%00", "/audit/?actor=a%00b", "/admin/auth/user/?q=%00", "/healthz?%00"])
def test_a_nul_in_an_address_is_refused(path: str) -> None:
    assert client_as("superuser").get(path).status_code == 400


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/customers/%00/", 404),
        ("/customers/not-a-uuid/", 404),
        ("/%ff%fe/", 404),
        ("/files/%00/x", 404),
        ("/files/a:b:c/%E2%80%AE.jpg", 404),
        ("/files/" + "a" * 5000 + "/front.jpg", 404),
        ("/values/customer/00000000-0000-4000-8000-000000000000/email/", 405),
        ("/documents/00000000-0000-4000-8000-000000000000/preview/" + "9" * 4000 + "/", 404),
        ("/customers/?" + "a=1&" * 5000, 400),
        ("/customers/?a=" + "x" * 100_000, 200),
    ],
)
def test_any_address_is_answered(path: str, expected: int) -> None:
    assert client_as("superuser").get(path).status_code == expected


def test_ten_thousand_form_fields_and_a_long_body_are_refused(admin: Client) -> None:
    many = admin.post("/customers/new/", {f"field{number}": "1" for number in range(10_000)})
    long = admin.post("/search/", {"q": "x" * (1024 * 1024 + 1)})

    assert many.status_code == 400
    assert long.status_code == 413


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe%zz=%", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"q=1", "multipart/form-data; boundary=" + "x" * 300),
        (b"q=\xc3\x28", "application/x-www-form-urlencoded; charset=utf-8"),
        (b"q=1", "application/x-www-form-urlencoded; charset=no-such"),
    ],
)
def test_a_malformed_body_is_answered(body: bytes, content_type: str, admin: Client) -> None:
    draft = make_draft(with_front=False)
    paths = ["/search/", "/customers/new/", reverse("verifications:document_upload", args=[draft.public_id])]

    answers = {admin.generic("POST", path, body, content_type).status_code for path in paths}

    assert answers <= {200, 302, 400, 413, 415, 422}
    assert not Document.objects.exists()


def test_an_announced_length_that_is_no_number_is_no_body(admin: Client) -> None:
    path = reverse("verifications:document_upload", args=[make_draft(with_front=False).public_id])

    for announced in ("abc", "-1", "", "1.5"):
        response = admin.generic("POST", path, CONTENT_LENGTH=announced, headers={"Accept": "application/json"})
        assert response.status_code == 400, announced


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\x00.jpg",
        "\u202egpj.exe",
        "<img src=x onerror=alert(1)>.jpg",
        '"; filename="x.html',
        "x" * 400 + ".jpg",
        "passport.jpg\r\nX-Header: y",
        "身份证.jpg",
        "   ",
    ],
)
def test_a_hostile_file_name_is_shown_harmless_and_never_stored_by(name: str, admin: Client) -> None:
    draft = make_draft(with_front=False)
    path = reverse("verifications:document_upload", args=[draft.public_id])
    file = SimpleUploadedFile("x.jpg", specimen())
    file.name = name  # past the cleaning of SimpleUploadedFile, as a forged request would

    response = admin.post(path, {"slot": "front", "file": file}, headers={"Accept": "application/json"})

    assert response.status_code in {201, 400, 422}
    if response.status_code == 201:
        document = draft.documents.get()
        assert document.storage_name == f"{document.public_id}/front.jpg"
        assert "<img src=x" not in response.json()["html"]
        assert "\u202e" not in document.display_name
        assert admin.get(draft.get_absolute_url()).status_code == 200


def test_another_accounts_or_customers_things_cannot_be_named(admin: Client) -> None:
    other, someone = make_customer(), make_account()
    path = reverse("verifications:provider_user_add", args=[other.public_id])
    for account in ("999999", "9" * 40, "-1", "\x00", someone.name, ""):
        response = admin.post(path, {"account": account, "way": "link", "provider_reference": "A" * 20})
        assert response.status_code == 422, account
    assert not other.provider_users.exists()


@pytest.mark.parametrize("reference", ["short", "x" * 43, "a\x00" * 10, "a" * 14 + "\n", "a\u202e" * 10, "../" * 8])
def test_a_provider_reference_that_breaks_the_contract_is_refused(reference: str, admin: Client) -> None:
    customer, account = make_customer(), make_account()
    path = reverse("verifications:provider_user_add", args=[customer.public_id])

    response = admin.post(path, {"account": account.pk, "way": "link", "provider_reference": reference})

    assert response.status_code == 422
    assert "provider_reference" in response.context["form"].errors
    assert not customer.provider_users.exists()


def test_a_user_is_read_only_once_it_is_linked(admin: Client) -> None:
    waiting = make_provider_user(status="WAITING", provider_reference="")

    for action in ("read", "update"):
        path = reverse(f"verifications:provider_user_{action}", args=[waiting.public_id])
        assert "alert--bad" in admin.post(path, follow=True).content.decode()


@pytest.mark.parametrize("route", ["case_take", "case_claim"])
def test_a_reason_without_a_form_is_kept_without_invisible_characters_and_no_longer_than_its_column(route: str) -> None:
    """PostgreSQL takes no NUL in a text."""
    officer, case = client_as("officer"), answered()
    claim_case(case_id=case.pk, person=make_user(OFFICER), at=timezone.now())

    response = officer.post(
        reverse(f"verifications:{route}", args=[case.public_id]), {"reason": "They\x00left\u202e " + "x" * 600}
    )

    assert response.status_code == 302
    event = AuditEvent.objects.filter(action="case.claimed").latest("pk")
    assert event.actor == f"user:{officer.user.pk}"  # type: ignore[attr-defined]
    assert event.reason.startswith("They left  xxx")
    assert len(event.reason) == 500
