"""Signing in and out: recorded, limited, closed to strangers, and without a trace of what was typed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from tests.factories import make_user
from tests.views.logs import captured_log
from tests.views.support import client_as
from verifications.middleware import client_address
from verifications.models import AuditEvent
from verifications.policy.roles import ADMINISTRATOR, OFFICER

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def portal_log() -> Iterator[io.StringIO]:
    with captured_log() as written:
        yield written


def sign_in(client: Client, login: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/account/login/", {"login": login, "password": password}, **more)


def events() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("id").values_list("action", "actor"))


def test_signing_in_and_out_is_recorded_with_person_request_and_source(portal_log: io.StringIO) -> None:
    user = make_user(OFFICER, username="ines", first_name="Ines", last_name="Roth")
    client = Client()

    response = sign_in(client, "ines", REMOTE_ADDR="192.0.2.7")
    client.post("/account/logout/")

    assert response.headers["Location"] == "/"
    actor = f"user:{user.pk}"
    assert events() == [("session.signed_in", actor), ("session.signed_out", actor)]
    event = AuditEvent.objects.first()
    assert event is not None
    assert (event.actor_name, event.source, len(event.request_id)) == ("Ines Roth", "192.0.2.7", 16)
    assert client.get("/").status_code == 302
    assert PASSWORD not in portal_log.getvalue()


def test_signing_in_by_e_mail_works_too() -> None:
    make_user(OFFICER, username="ines")
    user = get_user_model().objects.get()

    assert sign_in(Client(), user.email).headers["Location"] == "/"


def test_a_failed_sign_in_is_recorded_without_what_was_typed(portal_log: io.StringIO) -> None:
    make_user(OFFICER, username="ines")

    for login, password in (("ines", "wrong-canary"), ("my-password-canary", "x"), ("canary@example.org", "y")):
        response = sign_in(Client(), login, password)
        assert response.status_code == 200
        assert "wrong-canary" not in response.content.decode()

    assert events() == [("session.sign_in_failed", "anonymous")] * 3
    assert "canary" not in str(AuditEvent.objects.values_list())
    assert "canary" not in portal_log.getvalue()
    hashes = {event.details["login_hash"] for event in AuditEvent.objects.all()}
    assert len(hashes) == 3


def test_a_failed_sign_in_looks_the_same_for_a_person_who_is_not_there() -> None:
    make_user(OFFICER, username="ines")

    there = sign_in(Client(), "ines", "wrong").context["form"].errors
    not_there = sign_in(Client(), "nobody-of-that-name", "wrong").context["form"].errors

    assert there == not_there


def test_a_disabled_person_cannot_sign_in() -> None:
    make_user(OFFICER, username="ines", is_active=False)
    client = Client()

    sign_in(client, "ines")

    assert client.get("/").status_code == 302
    assert [action for action, _actor in events()] in ([], ["session.sign_in_failed"])


@pytest.mark.parametrize("login", ["\x00", "a\x00b", "x" * 100_000, "<script>", "' OR 1=1 --", "é\u202e", ""])
def test_anything_can_be_typed_as_a_name(login: str) -> None:
    response = sign_in(Client(), login, "x")

    assert response.status_code == 200
    assert "<script>'" not in response.content.decode()


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_leads_nowhere_else(target: str) -> None:
    make_user(OFFICER, username="ines")

    response = Client().post("/account/login/", {"login": "ines", "password": PASSWORD, "next": target})

    assert response.headers["Location"] == "/"


def test_sign_up_is_closed() -> None:
    before = get_user_model().objects.count()
    entered = {"username": "new", "email": "n@example.org", "password1": PASSWORD, "password2": PASSWORD}

    page, posted = Client().get("/account/signup/"), Client().post("/account/signup/", entered)

    assert (page.status_code, posted.status_code) == (200, 200)
    assert b"password1" not in page.content + posted.content
    assert get_user_model().objects.count() == before


def test_too_many_failures_for_one_name_are_stopped_also_with_the_right_password() -> None:
    make_user(OFFICER, username="ines")
    client = Client()
    for _try in range(5):
        sign_in(client, "ines", "wrong")

    response = sign_in(client, "ines")

    assert "Too many failed" in response.content.decode()
    assert client.get("/").status_code == 302


def test_too_many_sign_ins_from_one_place_are_answered_429_and_others_are_let_in() -> None:
    make_user(OFFICER, username="ines")
    answers = [sign_in(Client(), f"guess-{number}", "wrong").status_code for number in range(31)]

    elsewhere = sign_in(Client(), "ines", REMOTE_ADDR="192.0.2.9")

    assert answers[-1] == 429
    assert elsewhere.status_code == 302


def test_behind_a_proxy_the_limit_counts_callers_and_not_the_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    make_user(OFFICER, username="ines")
    for number in range(31):
        last = sign_in(Client(), f"guess-{number}", "wrong", headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.5"})

    other = sign_in(Client(), "ines", headers={"X-Forwarded-For": "203.0.113.9"})

    assert last.status_code == 429
    assert other.status_code == 302
    assert AuditEvent.objects.latest("id").source == "203.0.113.9"


def test_a_forwarded_address_counts_only_as_far_as_the_proxies_are_ours(rf: Any, settings: Any) -> None:
    request = rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2, 3.3.3.3"}, REMOTE_ADDR="10.0.0.1")

    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request) == "3.3.3.3"
    settings.TRUSTED_PROXY_COUNT = 2
    assert client_address(request) == "2.2.2.2"
    settings.TRUSTED_PROXY_COUNT = 4
    assert client_address(request) == "10.0.0.1"


def test_the_pages_of_totp_passkeys_and_recovery_codes_open(django_capture_on_commit_callbacks: Any) -> None:
    user = make_user(OFFICER, username="ines")
    client = Client()
    sign_in(client, "ines")
    assert "/account/reauthenticate/" in client.get("/account/2fa/totp/activate/").headers["Location"]
    client.post("/account/reauthenticate/", {"password": PASSWORD})

    opened = {
        path: client.get(f"/account/2fa/{path}").status_code
        for path in ("", "totp/activate/", "webauthn/", "webauthn/add/")
    }

    assert opened == dict.fromkeys(opened, 200)
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    code = _code(secret)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/account/2fa/totp/activate/", {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    assert client.get("/account/2fa/recovery-codes/").status_code == 200
    assert ("user.security_changed", f"user:{user.pk}") in events()


def test_with_totp_a_password_alone_signs_nobody_in() -> None:
    user = make_user(ADMINISTRATOR, username="ines", is_staff=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client = Client()

    for path in ("/account/login/", "/admin/login/"):
        client.post(path, {"login": "ines", "username": "ines", "password": PASSWORD})
        assert client.get("/").status_code == 302
        assert client.get("/admin/").status_code == 302
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/account/2fa/authenticate/", {"code": _code(secret)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_changing_the_own_password_and_address_is_recorded() -> None:
    user = make_user(OFFICER, username="ines")
    client = Client()
    sign_in(client, "ines")

    new = "another long passphrase"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post("/account/email/", {"action_add": "", "email": "new@example.org"})

    changed = [event.details for event in AuditEvent.objects.filter(action="user.security_changed").order_by("id")]
    assert {"changed": "password"} in changed
    if EmailAddress.objects.filter(user=user, email="new@example.org").exists():
        assert {"changed": "email"} in changed
    assert "new@example.org" not in str(AuditEvent.objects.values_list())
    assert new not in str(AuditEvent.objects.values_list())


def test_a_password_reset_tells_a_stranger_nothing_and_is_recorded_when_done() -> None:
    user = make_user(OFFICER, username="ines")

    there = Client().post("/account/password/reset/", {"email": user.email})
    not_there = Client().post("/account/password/reset/", {"email": "nobody@example.org"})

    assert (there.status_code, not_there.status_code) == (302, 302)
    assert there.headers["Location"] == not_there.headers["Location"]
    letter = next(str(message.body) for message in mail.outbox if user.email in message.to)
    link = next(word for word in letter.split() if "/password/reset/key/" in word)
    client = Client()
    form = client.get(link.partition("testserver")[2], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert sign_in(Client(), "ines", "a brand new phrase").status_code == 302
    assert AuditEvent.objects.filter(action="user.security_changed").exists()


def test_the_admins_own_ways_in_and_to_a_new_password_lead_to_the_portals() -> None:
    make_user(ADMINISTRATOR, username="ines", is_staff=True)

    anonymous = Client().post("/admin/login/", {"username": "ines", "password": PASSWORD})
    signed_in = client_as("administrator").post("/admin/login/", {"username": "ines", "password": PASSWORD})
    change = client_as("administrator").get("/admin/password_change/")

    assert anonymous.headers["Location"].startswith("/account/login/")
    assert signed_in.headers["Location"] == "/admin/"
    assert change.headers["Location"] == "/account/password/change/"


def test_a_name_longer_than_the_logs_column_does_not_stop_a_person() -> None:
    user = make_user(ADMINISTRATOR, username="ines", first_name="I" * 150, last_name="R" * 150)
    client = Client()
    client.force_login(user)

    response = client.post("/customers/new/", {"kind": "INDIVIDUAL", "reference": "r", "last_name": "X"})

    assert response.status_code == 302
    assert len(AuditEvent.objects.latest("id").actor_name) == 200


def test_the_secret_of_a_second_factor_is_stored_sealed(settings: Any) -> None:
    settings.MFA_ADAPTER = "verifications.sign_in.SealedMfaAdapter"
    user = make_user(OFFICER, username="ines")
    secret = generate_totp_secret()

    TOTP.activate(user, secret)

    stored = Authenticator.objects.get(user=user)
    assert secret not in str(stored.data)
    assert TOTP(stored).validate_code(_code(secret))
    assert not TOTP(stored).validate_code("000000")
