"""The administrator's journey through the pages, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories import make_account, make_customer, make_draft, make_provider_user, specimen
from tests.fakes import FakeProvider
from tests.views.support import client_as
from verifications.enums import ProviderUserStatus, VerificationMethod, VerificationStatus, VerificationType
from verifications.forms.verifications import FORM_OF_TYPE
from verifications.models import (
    AccessEvent,
    AuditEvent,
    Case,
    Customer,
    Document,
    ProviderCall,
    ProviderUser,
    Verification,
)
from verifications.services.provider_calls import deliver_lane

pytestmark = pytest.mark.django_db

FILLED_IN = {
    "document_type": "passport",
    "document_number": "X1234567",
    "issuing_country": "AD",
    "first_name": "Zoë",
    "last_name": "Exämple",
    "date_of_birth": "1990-04-15",
    "verifier": "example-idv",
    "verified_at": "2026-11-01T10:00",
}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *_args, **_more: None)


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def edit(verification: Verification) -> str:
    return reverse("verifications:verification_edit", args=[verification.public_id])


def upload_path(verification: Verification) -> str:
    return reverse("verifications:document_upload", args=[verification.public_id])


def passport(name: str = "passport.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, specimen(), content_type="image/jpeg")


def test_from_a_new_customer_to_the_providers_answer(admin: Client) -> None:
    account = make_account()
    provider = FakeProvider()

    response = admin.post(
        "/customers/new/", {"kind": "INDIVIDUAL", "reference": "crm-7", "first_name": "Zoë", "last_name": "Exämple"}
    )
    customer = Customer.objects.get(reference="crm-7")
    assert response.headers["Location"] == customer.get_absolute_url()

    link = reverse("verifications:provider_user_add", args=[customer.public_id])
    response = admin.post(link, {"account": account.pk, "way": "link", "provider_reference": "AA95 N84G TEST 0001"})
    assert response.status_code == 302
    deliver_lane(key_id=account.key_id, client_factory=provider.client)
    user = ProviderUser.objects.get()
    assert (user.status, user.provider_reference) == (ProviderUserStatus.LINKED, "AA95 N84G TEST 0001")

    start = reverse("verifications:verification_create", args=[customer.public_id])
    response = admin.post(start, {"choice": f"{user.public_id}:DOCUMENTS", "type": "identity_document"})
    verification = Verification.objects.get()
    assert response.headers["Location"] == edit(verification)
    assert "Exämple" in admin.get(edit(verification)).content.decode()

    assert admin.post(edit(verification), {"document_number": "X1234567"}).status_code == 302
    assert Verification.objects.get().document_number is not None
    assert admin.post(upload_path(verification), {"slot": "front", "file": passport()}).status_code == 302
    assert admin.post(edit(verification), FILLED_IN | {"submit": "1"}).status_code == 302

    deliver_lane(key_id=account.key_id, client_factory=provider.client)
    verification = Verification.objects.get()
    assert verification.status == VerificationStatus.ACCEPTED
    page = admin.get(verification.get_absolute_url()).content.decode()
    assert verification.provider_reference in page
    assert "X1234567" not in page
    case = Case.objects.get()
    assert client_as("officer").get(case.get_absolute_url()).status_code == 200
    assert case.number in client_as("auditor").get("/").content.decode()


def test_submitting_an_incomplete_draft_shows_each_problem_at_its_field_and_sends_nothing(admin: Client) -> None:
    draft = make_draft(with_front=False)
    entered = FILLED_IN | {"document_number": "", "last_name": "", "submit": "1"}

    response = admin.post(edit(draft), entered)

    assert response.status_code == 422
    form = response.context["form"]
    assert {"document_number", "last_name"} <= set(form.errors)
    front = next(slot for slot in response.context["slots"] if slot["name"] == "front")
    assert front["problems"]
    assert response.context["problem_count"] >= 3
    assert not ProviderCall.objects.exists()
    draft.refresh_from_db()
    assert draft.is_draft
    assert draft.document_number is None


def test_check_shows_the_problems_of_what_is_stored_without_saving(admin: Client) -> None:
    draft = make_draft(with_front=False)
    events = AuditEvent.objects.count()

    response = admin.get(edit(draft) + "?check=1")

    assert response.status_code == 422
    assert next(slot for slot in response.context["slots"] if slot["name"] == "front")["problems"]
    assert AuditEvent.objects.count() == events


def test_the_second_of_two_submissions_is_told_so_and_sends_nothing_more(admin: Client) -> None:
    draft = make_draft()
    second = client_as("administrator")

    admin.post(edit(draft), FILLED_IN | {"submit": "1"})
    response = second.post(edit(draft), FILLED_IN | {"submit": "1"}, follow=True)

    assert "already submitted" in response.content.decode()
    assert ProviderCall.objects.filter(verification=draft).count() == 1


def test_a_queued_verification_is_cancelled_once_and_a_sent_one_not(admin: Client) -> None:
    draft = make_draft()
    cancel = reverse("verifications:verification_cancel", args=[draft.public_id])
    admin.post(edit(draft), FILLED_IN | {"submit": "1"})

    first = admin.post(cancel, follow=True)
    again = admin.post(cancel, follow=True)

    assert "Nothing was sent" in first.content.decode()
    assert "not possible" in again.content.decode()
    assert ProviderCall.objects.get(verification=draft).status == "CANCELLED"
    assert deliver_lane(key_id=draft.account.key_id, client_factory=FakeProvider().client) == 0


def test_a_cancelled_verification_is_corrected_as_a_new_draft_with_its_documents(admin: Client) -> None:
    draft = make_draft()
    admin.post(reverse("verifications:verification_cancel", args=[draft.public_id]))

    response = admin.post(reverse("verifications:verification_correct", args=[draft.public_id]))

    new = Verification.objects.exclude(pk=draft.pk).get()
    assert response.headers["Location"] == edit(new)
    assert new.supersedes_id == draft.pk
    assert new.documents.get().sha256 == draft.documents.get().sha256
    again = admin.post(reverse("verifications:verification_correct", args=[draft.public_id]), follow=True)
    assert "exists already" in again.content.decode()


@pytest.mark.parametrize("action", ["retry", "correct"])
def test_an_action_that_does_not_fit_the_state_is_told_so(action: str, admin: Client) -> None:
    draft = make_draft(with_front=False)

    response = admin.post(reverse(f"verifications:verification_{action}", args=[draft.public_id]), follow=True)

    assert response.status_code == 200
    assert "alert--bad" in response.content.decode()


def test_an_upload_by_script_answers_with_its_slot(admin: Client) -> None:
    draft = make_draft(with_front=False)

    response = admin.post(
        upload_path(draft), {"slot": "front", "file": passport()}, headers={"Accept": "application/json"}
    )

    assert response.status_code == 201
    assert "passport.jpg" in response.json()["html"]
    assert "csrfmiddlewaretoken" in response.json()["html"]


def test_a_second_upload_replaces_the_first_and_keeps_it_as_evidence(admin: Client) -> None:
    draft = make_draft()

    admin.post(upload_path(draft), {"slot": "front", "file": passport("again.jpg")})

    assert Document.objects.get(removed_at__isnull=True).display_name == "again.jpg"
    assert Document.objects.get(removed_at__isnull=False).display_name == "passport.jpg"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"slot": "front", "file": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, 422),
        ({"slot": "front", "file": b""}, 422),
        ({"slot": "selfie", "file": b"\xff\xd8\xff"}, 422),
        ({"slot": "no such slot", "file": b"\xff\xd8\xff"}, 422),
        ({"slot": "front"}, 400),
        ({}, 400),
    ],
)
@pytest.mark.parametrize("by_script", [True, False])
def test_a_refused_upload_says_why_and_keeps_nothing(
    sent: dict[str, Any], status: int, by_script: bool, admin: Client
) -> None:
    draft = make_draft(with_front=False)
    data = dict(sent)
    if "file" in data:
        data["file"] = SimpleUploadedFile("claimed.jpg", data["file"], content_type="image/jpeg")
    accept = "application/json" if by_script else "text/html"

    response = admin.post(upload_path(draft), data, headers={"Accept": accept})

    assert not Document.objects.exists()
    if by_script:
        assert response.status_code == status
        assert len(response.json()["error"]) > 10
    else:
        assert response.status_code == 302
        assert "alert--bad" in admin.get(edit(draft)).content.decode()


class Unread:
    """A body that must not be read."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("role", ["administrator", "officer", "anonymous"])
def test_one_byte_too_many_is_refused_before_the_body_is_read(role: str) -> None:
    account = make_account(max_file_bytes=1024 * 1024)
    draft = make_draft(make_provider_user(account=account), with_front=False)
    client = client_as(role, enforce_csrf_checks=True)

    response = client.generic(
        "POST",
        upload_path(draft),
        content_type="multipart/form-data; boundary=x",
        headers={"Accept": "application/json"},
        **{"CONTENT_LENGTH": str(1024 * 1024 + 64 * 1024 + 1), "wsgi.input": Unread()},
    )

    assert response.status_code == {"administrator": 413, "officer": 403, "anonymous": 302}[role]


@pytest.mark.parametrize("path", ["/account/login/", "/customers/new/", "/search/", "/admin/login/"])
def test_a_body_no_form_needs_is_refused_before_it_is_read(path: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(
        "POST",
        path,
        content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(50 * 1024 * 1024), "wsgi.input": Unread()},
    )

    assert response.status_code == 413


def test_a_form_without_its_token_changes_nothing() -> None:
    client = client_as("administrator", enforce_csrf_checks=True)
    draft = make_draft()
    front = draft.documents.get()
    posts = {
        "/customers/new/": {"kind": "INDIVIDUAL", "reference": "forged", "last_name": "Forged"},
        edit(draft): FILLED_IN | {"submit": "1"},
        upload_path(draft): {"slot": "front", "file": passport("forged.jpg")},
        reverse("verifications:document_remove", args=[front.public_id]): {},
        reverse("verifications:provider_account_switch", args=[draft.account.public_id]): {"enabled": "0"},
        "/search/": {"q": "x"},
    }
    events = AuditEvent.objects.count()

    answers = {path: client.post(path, data) for path, data in posts.items()}

    assert {answer.status_code for answer in answers.values()} == {403}
    assert AuditEvent.objects.count() == events
    assert draft.documents.get(removed_at__isnull=True).display_name == "passport.jpg"
    assert "open too long" in answers["/customers/new/"].content.decode()


def test_the_token_of_the_page_lets_an_upload_through() -> None:
    client = client_as("administrator", enforce_csrf_checks=True)
    draft = make_draft(with_front=False)
    client.get(edit(draft))
    token = client.cookies["csrftoken"].value

    by_form = client.post(upload_path(draft), {"slot": "front", "file": passport(), "csrfmiddlewaretoken": token})
    by_script = client.post(
        upload_path(draft),
        {"slot": "back", "file": passport()},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )

    assert (by_form.status_code, by_script.status_code) == (302, 201)


def test_removing_a_document_leaves_the_row_and_refuses_once_it_was_submitted(admin: Client) -> None:
    draft = make_draft()
    document = draft.documents.get()
    remove = reverse("verifications:document_remove", args=[document.public_id])

    by_script = admin.post(remove, headers={"Accept": "application/json"})

    assert "html" in by_script.json()
    assert Document.objects.get().removed_at is not None
    admin.post(upload_path(draft), {"slot": "front", "file": passport()})
    admin.post(edit(draft), FILLED_IN | {"submit": "1"})
    sent = Document.objects.get(removed_at__isnull=True)
    refused = admin.post(
        reverse("verifications:document_remove", args=[sent.public_id]), headers={"Accept": "application/json"}
    )
    assert refused.status_code == 409
    assert admin.post(upload_path(draft), {"slot": "front", "file": passport()}).status_code == 302
    assert Document.objects.get(removed_at__isnull=True).pk == sent.pk


def test_a_user_that_lacks_profile_fields_is_told_which_and_nothing_is_asked(admin: Client) -> None:
    account = make_account()
    customer = make_customer(phone="", email="")

    response = admin.post(
        reverse("verifications:provider_user_add", args=[customer.public_id]), {"account": account.pk, "way": "create"}
    )

    assert response.status_code == 422
    assert any(problem.startswith("Phone") for problem in response.context["problems"])
    assert not ProviderUser.objects.exists()
    assert not ProviderCall.objects.exists()


def test_a_customer_has_one_user_at_an_account(admin: Client) -> None:
    user = make_provider_user()
    taken = make_provider_user(account=user.account)
    path = reverse("verifications:provider_user_add", args=[user.customer.public_id])

    same_account = admin.post(path, {"account": user.account_id, "way": "link", "provider_reference": "A" * 20})
    other = make_customer()
    path = reverse("verifications:provider_user_add", args=[other.public_id])
    same_id = admin.post(
        path, {"account": user.account_id, "way": "link", "provider_reference": taken.provider_reference}
    )

    assert (same_account.status_code, same_id.status_code) == (422, 422)
    assert "belongs to another customer" in same_id.content.decode()


def test_only_combinations_that_exist_can_be_started(admin: Client) -> None:
    user = make_provider_user(account=make_account(enabled_types=("identity_document",)))
    other = make_provider_user()
    path = reverse("verifications:verification_create", args=[user.customer.public_id])
    wrong = [
        {"choice": f"{other.public_id}:DOCUMENTS", "type": "identity_document"},
        {"choice": f"{user.public_id}:SESSION", "type": "identity_document"},
        {"choice": f"{user.public_id}:DOCUMENTS", "type": "watchlists"},
        {"choice": f"{user.public_id}", "type": "identity_document"},
        {"choice": "\x00", "type": "\x00"},
    ]

    assert [admin.post(path, data).status_code for data in wrong] == [422] * len(wrong)
    assert not Verification.objects.exists()


@pytest.mark.parametrize("kind", FORM_OF_TYPE)
@pytest.mark.parametrize("method", [VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS])
def test_every_kind_has_its_form_and_says_what_is_missing(kind: str, method: str, admin: Client) -> None:
    from tests.factories import ACTOR, NOON
    from verifications.services.verifications import create_verification

    draft = create_verification(
        provider_user_id=make_provider_user().pk, method=method, type=kind, actor=ACTOR, at=NOON
    )

    assert admin.get(edit(draft)).status_code == 200
    assert admin.post(edit(draft), {"save": "1"}).status_code == 302
    assert admin.post(edit(draft), {"submit": "1"}).status_code == 422
    assert not ProviderCall.objects.exists()


def test_a_watch_list_screening_is_kept_sealed_and_shown_again_for_editing(admin: Client) -> None:
    from tests.factories import ACTOR, NOON
    from verifications.services.verifications import create_verification

    draft = create_verification(
        provider_user_id=make_provider_user().pk,
        method=VerificationMethod.DOCUMENTS,
        type=VerificationType.WATCHLISTS,
        actor=ACTOR,
        at=NOON,
    )

    admin.post(edit(draft), {"pep_status": "Cleared", "pep_verifier": "acme", "pep_verified_at": "2026-11-01T10:00"})

    form = admin.get(edit(draft)).context["form"]
    assert form["pep_verifier"].value() == "acme"
    assert "acme" not in admin.get(draft.get_absolute_url()).content.decode()


def test_each_value_an_edit_form_shows_is_one_access_event(admin: Client) -> None:
    draft = make_draft(with_front=False)

    admin.get(edit(draft))

    fields = AccessEvent.objects.filter(subject_id=str(draft.public_id)).values_list("field", "purpose")
    assert sorted(fields) == [("date_of_birth", "DATA_ENTRY"), ("document_number", "DATA_ENTRY")]
