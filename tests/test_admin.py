"""Django's admin: the same audit as the portal, nothing sealed in sight, nobody above themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from tests.factories import SECRET, make_user
from tests.views.support import client_as, make_world
from verifications.models import AuditEvent, DecisionReason, SealedField
from verifications.policy.roles import ADMINISTRATOR, AUDITOR, OFFICER

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def change_path(user: Any) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def entered(user: Any, **changes: Any) -> dict[str, Any]:
    """The change form as the browser would send it back."""
    form: dict[str, Any] = {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "groups": [group.pk for group in user.groups.all()],
    }
    if user.is_active:
        form["is_active"] = "on"
    return form | changes


def test_a_new_person_is_recorded_without_the_password(admin: Client) -> None:
    password = "a passphrase of length"

    response = admin.post(
        reverse("admin:auth_user_add"),
        {"username": "new", "usable_password": "true", "password1": password, "password2": password},
    )

    user = User.objects.get(username="new")
    assert response.status_code == 302
    event = AuditEvent.objects.get(action="user.created")
    assert (event.actor, event.subject_id) == (f"user:{admin.user.pk}", str(user.pk))  # type: ignore[attr-defined]
    assert password not in str(event.details)
    assert "password" not in str(event.details.get("fields"))


def test_a_change_of_a_person_and_of_their_role_is_recorded(admin: Client) -> None:
    user = make_user(OFFICER)
    auditors = Group.objects.get(name=AUDITOR)

    admin.post(change_path(user), entered(user, first_name="Ines", groups=[auditors.pk]))

    user.refresh_from_db()
    assert user.first_name == "Ines"
    details = [event.details for event in AuditEvent.objects.filter(action="user.changed").order_by("id")]
    assert "first_name" in details[0]["fields"]
    assert details[1] == {"roles_before": [OFFICER], "roles_after": [AUDITOR]}


def test_switching_a_person_off_is_recorded(admin: Client) -> None:
    user = make_user(OFFICER)
    form = entered(user)
    del form["is_active"]

    admin.post(change_path(user), form)

    user.refresh_from_db()
    assert not user.is_active
    assert "is_active" in AuditEvent.objects.get(action="user.changed").details["fields"]


@pytest.mark.parametrize("page", ["change", "add", "password"])
def test_without_its_event_nothing_about_a_person_changes(
    page: str, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(OFFICER)
    hashed = user.password
    admin.raise_request_exception = False

    def fail(**_kwargs: Any) -> None:
        raise RuntimeError("the log can't be written")

    monkeypatch.setattr("verifications.admin.record_event", fail)
    new = {"password1": "a passphrase of length", "password2": "a passphrase of length", "usable_password": "true"}
    path, data = {
        "change": (change_path(user), entered(user, first_name="Changed")),
        "add": (reverse("admin:auth_user_add"), {"username": "new", **new}),
        "password": (reverse("admin:auth_user_password_change", args=[user.pk]), new),
    }[page]

    response = admin.post(path, data)

    assert response.status_code == 500
    user.refresh_from_db()
    assert (user.first_name, user.password) == ("", hashed)
    assert not User.objects.filter(username="new").exists()


def test_a_new_password_for_a_person_is_recorded_and_ends_their_sessions(admin: Client) -> None:
    officer = client_as("officer")
    password = "a passphrase of length"

    response = admin.post(
        reverse("admin:auth_user_password_change", args=[officer.user.pk]),  # type: ignore[attr-defined]
        {"password1": password, "password2": password, "usable_password": "true"},
    )

    assert response.status_code == 302
    assert AuditEvent.objects.get(action="user.security_changed").details == {"changed": "password"}
    assert officer.get("/").status_code == 302


def test_nobody_is_deleted_not_even_by_an_operator() -> None:
    user = make_user(OFFICER)

    for role in ("administrator", "superuser"):
        client = client_as(role)
        assert client.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
        client.post(
            reverse("admin:auth_user_changelist"),
            {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"},
        )
        assert User.objects.filter(pk=user.pk).exists()
        User.objects.filter(username="root").delete()


def test_a_superuser_is_out_of_an_administrators_reach(admin: Client) -> None:
    root = User.objects.create_superuser("root", "root@example.org", "correct horse battery")
    hashed = root.password
    password = "a passphrase of length"

    changed = admin.post(change_path(root), entered(root, username="taken"))
    reset = admin.post(
        reverse("admin:auth_user_password_change", args=[root.pk]), {"password1": password, "password2": password}
    )

    root.refresh_from_db()
    assert (changed.status_code, reset.status_code) == (403, 403)
    assert (root.username, root.password) == ("root", hashed)


@pytest.mark.parametrize("field", ["is_superuser", "user_permissions"])
def test_an_administrator_hands_out_no_powers_beyond_the_roles(field: str, admin: Client) -> None:
    user = make_user(OFFICER)

    page = admin.get(change_path(user)).content.decode()
    admin.post(change_path(user), entered(user, **{field: "1"}))

    user.refresh_from_db()
    assert f'name="{field}"' not in page
    assert not user.is_superuser
    assert not user.user_permissions.exists()


def test_an_administrator_cannot_take_another_role_or_switch_themselves_off(admin: Client) -> None:
    me = admin.user  # type: ignore[attr-defined]
    officers = Group.objects.get(name=OFFICER)

    response = admin.post(change_path(me), entered(me, first_name="Me", groups=[officers.pk], is_active=""))

    me.refresh_from_db()
    assert response.status_code == 302
    assert me.first_name == "Me"
    assert [group.name for group in me.groups.all()] == [ADMINISTRATOR]
    assert (me.is_active, me.is_staff) == (True, True)


def test_only_people_and_reasons_can_be_written_here_everything_else_is_a_look() -> None:
    world = make_world()
    operator = client_as("superuser")
    before = str(world.customer.updated_at)

    for model, model_admin in site._registry.items():
        if model in (User, DecisionReason):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        record = model._default_manager.first()
        assert record is not None, name
        assert operator.get(reverse(f"{name}_changelist")).status_code == 200
        assert operator.get(reverse(f"{name}_change", args=[record.pk])).status_code == 200
        for action in ("change", "delete"):
            assert operator.post(reverse(f"{name}_{action}", args=[record.pk]), {"post": "yes"}).status_code == 403
        assert operator.post(reverse(f"{name}_add"), {}).status_code == 403
        assert model_admin.get_actions(_request(operator)) == {}
    world.customer.refresh_from_db()
    assert str(world.customer.updated_at) == before
    assert not AuditEvent.objects.filter(actor__startswith=f"user:{operator.user.pk}").exclude(  # type: ignore[attr-defined]
        action__startswith="session."
    )


def _request(client: Client) -> Any:
    return client.get("/admin/").wsgi_request


def test_groups_addresses_and_second_factors_are_not_written_here() -> None:
    registered = {model.__name__ for model in site._registry}

    assert registered.isdisjoint({"Group", "Permission", "EmailAddress", "Authenticator", "AuditEvent", "AccessEvent"})


def test_no_sealed_column_secret_or_search_hash_is_printed() -> None:
    world = make_world()
    operator = client_as("superuser")

    pages = ""
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for record in model._default_manager.all()[:3]:
            pages += operator.get(reverse(f"{name}_change", args=[record.pk])).content.decode()
            pages += operator.get(reverse(f"{name}_history", args=[record.pk])).content.decode()
        pages += operator.get(reverse(f"{name}_changelist")).content.decode()

    tokens = [
        getattr(record, field.name).token
        for record in (world.customer, world.sent, world.account)
        for field in record._meta.get_fields()
        if isinstance(field, SealedField) and getattr(record, field.name)
    ]
    assert len(tokens) > 5
    assert [token for token in tokens if token in pages] == []
    for hidden in (SECRET, world.customer.email_hash, world.sent.document_number_hash, "1990-04-15", "Carrer Major"):
        assert hidden not in pages


@pytest.mark.parametrize("query", ["q=" + "x" * 5000, "o=999", "p=99999", "all=1", "e=1"])
def test_a_changelist_answers_whatever_is_asked(query: str) -> None:
    make_user(OFFICER)
    operator = client_as("superuser")

    answers = [
        operator.get(f"/admin/{where}/?{query}").status_code
        for where in ("auth/user", "verifications/customer", "verifications/verification")
    ]

    assert set(answers) <= {200, 302}


def test_people_cannot_be_found_by_their_password_hash(admin: Client) -> None:
    user = make_user(OFFICER)

    response = admin.get(f"/admin/auth/user/?password__startswith={user.password[:8]}", follow=True)

    assert response.status_code in {200, 400}
    assert user.password[10:] not in response.content.decode()
