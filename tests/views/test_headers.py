"""What every answer says to the browser (target C2), and how documents are served (targets U6, design 7)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.factories import specimen
from tests.views.support import World, ask, body_of, client_as, make_world, pages
from verifications.models import AccessEvent

pytestmark = pytest.mark.django_db

ALSO = (
    "/no/such/page",
    "/cases/00000000-0000-4000-8000-000000000000/",
    "/customers/?after=broken",
    "/account/login/?next=//evil.example",
    "/files/forged/front.jpg",
)


@pytest.fixture
def world() -> World:
    return make_world().whole()


def problems_of(response: Any) -> list[str]:
    """What is missing from an answer's headers, in words; empty when nothing is."""
    headers = response.headers
    policy = headers.get("Content-Security-Policy", "")
    is_file = "sandbox" in policy
    wrong = []
    if "unsafe-" in policy or "default-src 'none'" not in policy:
        wrong.append(f"policy {policy!r}")
    framed = headers.get("X-Frame-Options") != "DENY" if is_file else "frame-ancestors 'none'" not in policy
    if framed:
        wrong.append("may stand in a frame")
    if "no-store" not in headers.get("Cache-Control", ""):
        wrong.append("no-store")
    if headers.get("X-Content-Type-Options") != "nosniff":
        wrong.append("nosniff")
    if headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        wrong.append("referrer")
    if len(headers.get("X-Request-Id", "")) != 16:
        wrong.append("request id")
    return wrong


@pytest.mark.parametrize("role", ["anonymous", "nobody", "administrator", "auditor"])
def test_every_answer_carries_the_headers(role: str, world: World) -> None:
    client = client_as(role)

    wrong = {}
    for name, path in pages(world, also=ALSO):
        for method in ("GET", "POST"):
            problems = problems_of(ask(client, method, path))
            if problems:
                wrong[f"{method} {name}"] = problems

    assert wrong == {}


def test_a_failed_request_carries_the_headers_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_kwargs: Any) -> None:
        raise RuntimeError("canary-of-an-exception")

    monkeypatch.setattr("verifications.views.customers.customers_for_list", fail)
    client = client_as("officer", raise_request_exception=False)

    response = client.get("/customers/")

    assert response.status_code == 500
    assert problems_of(response) == []
    assert b"canary-of-an-exception" not in response.content
    assert b"Traceback" not in response.content


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("/", {"HTTP_HOST": "evil.example"}),
        ("/account/login/", {"HTTP_HOST": "evil.example:8000"}),
    ],
)
def test_a_request_for_another_host_is_refused_with_the_headers(path: str, extra: dict[str, str]) -> None:
    response = Client().get(path, **extra)

    assert response.status_code == 400
    assert problems_of(response) == []


def test_a_request_id_is_the_portals_own() -> None:
    response = Client().get("/healthz", headers={"X-Request-Id": "chosen-by-the-caller"})

    assert response.headers["X-Request-Id"] != "chosen-by-the-caller"


def test_error_pages_name_the_request() -> None:
    response = client_as("officer").get("/no/such/page")

    assert response.status_code == 404
    assert response.headers["X-Request-Id"] in response.content.decode()


@pytest.mark.parametrize("kind", ["preview", "thumbnail"])
def test_a_picture_is_reencoded_sandboxed_and_logged(kind: str, world: World) -> None:
    client = client_as("officer")

    response = client.get(reverse(f"verifications:document_{kind}", args=[world.document.public_id, 1]))
    content = body_of(response)

    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"] == "inline"
    assert content != specimen()
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "JPEG"
        assert "exif" not in picture.info
    event = AccessEvent.objects.get()
    assert (event.action, event.actor) == (
        f"document.{kind}_served",
        f"user:{client.user.pk}",  # type: ignore[attr-defined]
    )
    assert event.customer_id == world.customer.public_id


def test_an_original_is_a_download_of_no_type_byte_for_byte(world: World) -> None:
    response = client_as("auditor").get(reverse("verifications:document_original", args=[world.document.public_id]))

    assert body_of(response) == specimen()
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert world.document.display_name not in response.headers["Content-Disposition"]
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert AccessEvent.objects.get().action == "document.original_served"


@pytest.mark.parametrize("page", [0, 2, 32768, 10**30])
def test_a_page_that_is_not_there_is_not_found_and_not_logged(page: int, world: World) -> None:
    response = client_as("officer").get(f"/documents/{world.document.public_id}/preview/{page}/")

    assert response.status_code == 404
    assert not AccessEvent.objects.exists()


def test_a_file_that_vanished_is_said_in_words_and_not_logged_as_seen(world: World) -> None:
    from verifications.services.documents import documents_storage

    documents_storage().delete(world.document.storage_name)

    response = client_as("officer").get(reverse("verifications:document_original", args=[world.document.public_id]))

    assert response.status_code == 404
    assert b"missing from storage" in response.content
    assert not AccessEvent.objects.exists()


def test_a_signed_address_serves_the_file_to_its_provider_and_is_over_in_time(world: World, settings: Any) -> None:
    address = world.address

    response = Client().get(address)

    assert body_of(response) == specimen()
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert AccessEvent.objects.get().actor == f"provider:{world.account.public_id}"
    settings.DOCUMENT_ADDRESS_SECONDS = -1
    assert Client().get(world.address).status_code == 404


@pytest.mark.parametrize("change", ["name", "token", "switched_off"])
def test_a_signed_address_that_was_changed_or_withdrawn_is_not_found(change: str, world: World) -> None:
    head, token, name = world.address.rsplit("/", 2)
    if change == "switched_off":
        world.account.is_enabled = False
        world.account.save()
    changed = {"name": f"{head}/{token}/x.jpg", "token": f"{head}/{token[:-1]}/{name}"}.get(
        change, f"{head}/{token}/{name}"
    )

    response = Client().get(changed)

    assert response.status_code == 404
    assert response.content == b"Not found."
    assert not AccessEvent.objects.exists()


def test_the_head_of_a_signed_address_has_no_body(world: World) -> None:
    response = Client().head(world.address)

    assert body_of(response) == b""
    assert response.headers["Content-Length"] == str(len(specimen()))
