"""What people do in the portal, step by step, and what the stand-in can be told. Steps wait for their page."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Locator, Page, expect

from tests.running_portal import RunningPortal
from verifications.documents.specimens import SpecimenKind, make_specimen

KRAKEN, PAYWARD = "Kraken Embed stand-in", "Payward stand-in"
FILES, ADDRESSES = "send the files", "send presigned addresses"
PATIENCE_MS = 60_000


class Sandbox:
    """The stand-in's control address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def arm(self, *, api: str, fault: str, operation: str = "*", times: int = 1, latency_ms: int = 0) -> None:
        self._post("faults", api=api, fault=fault, operation=operation, times=times, latency_ms=latency_ms)

    def clear(self) -> None:
        requests.delete(f"{self.url}/_sandbox/faults", timeout=10).raise_for_status()

    def make_user(self, api: str) -> str:
        """Create a user that the portal doesn't know; gives its id."""
        return str(self._post("users", api=api, reference=f"elsewhere-{secrets.token_hex(4)}")["user_id"])

    def accepted(self, api: str) -> int:
        """How many submissions this API has taken."""
        answer = requests.get(f"{self.url}/_sandbox/record", params={"api": api}, timeout=10)
        return len(answer.json()["submissions"])

    def arm_capa(self, *, operation: str, row: str, times: int = 1) -> None:
        """The next calls of this operation are answered with a row of Capa's error table."""
        self._post("capa/errors", operation=operation, row=row, times=times)

    def clear_capa(self) -> None:
        requests.delete(f"{self.url}/_sandbox/capa/errors", timeout=10).raise_for_status()

    def expire_link(self, address: str) -> None:
        """This link of Capa's can be opened no more."""
        self._post("capa/links", link=address, expire=True)

    def fail_deliveries(self, database: Path) -> None:
        """As if Capa had given up on all its webhooks, which takes it half an hour."""
        with sqlite3.connect(database, timeout=30) as db:
            db.execute("UPDATE capa_events SET status = 'FAILED', next_at = NULL WHERE status = 'SENT'")

    def _post(self, name: str, **document: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_sandbox/{name}", json=document, timeout=10)
        assert answer.ok, answer.text
        return dict(answer.json())


@dataclass(frozen=True)
class Person:
    """An invented person, with a reference nobody else has."""

    reference: str
    first_name: str = "Søren"
    last_name: str = "Ødegård"


def new_person() -> Person:
    return Person(reference=f"no-{secrets.token_hex(4)}")


def specimen(kind: SpecimenKind = "passport") -> dict[str, Any]:
    """A picture of an invented document, as Playwright gives files to a form."""
    content, _name, content_type = make_specimen(
        kind,
        name="Søren Ødegård",
        number="K7654321",
        country="NO",
        birth_date=dt.date(1988, 5, 6),
        expiry_date=dt.date(2031, 1, 1),
        seed=3,
    )
    return {"name": "Søren pass.JPG", "mimeType": content_type, "buffer": content}


def add_customer(page: Page, portal: RunningPortal, person: Person) -> str:
    """Fill in the customer form; gives the address of the customer's page."""
    page.goto(f"{portal.url}/customers/new/")
    for name, value in {
        "reference": person.reference,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "date_of_birth": "1988-05-06",
        "nationalities": "NO",
        "email": f"{person.reference}@example.org",
        "phone": "+47 90 00 00 00",
        "line1": "Storgata 1",
        "postal_code": "0150",
        "city": "Oslo",
        "tos_version_accepted": "1",
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=country]", "NO")
    page.select_option("[name=occupation]", "science")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_text("Customer created.")).to_be_visible()
    return page.url


def ask_for_user(page: Page, *, account: str, existing_id: str = "") -> None:
    """On a customer's page: have the user created, or linked by its id, and wait until the provider has confirmed."""
    page.get_by_role("link", name="Link or create user").first.click()
    page.select_option("[name=account]", label=account)
    if existing_id:
        page.check("input[name=way][value=link]")
        page.fill("[name=provider_reference]", existing_id)
    else:
        page.check("input[name=way][value=create]")
    page.get_by_role("button", name="Ask the provider").click()
    expect(page.locator(".status", has_text="Linked")).to_be_visible(timeout=PATIENCE_MS)


def start_verification(
    page: Page, *, account: str = KRAKEN, method: str = FILES, kind: str = "identity_document"
) -> None:
    """On a customer's page with a linked user: begin a draft."""
    page.get_by_role("link", name="New verification").click()
    page.get_by_label(f"{account}: {method}").check()
    page.check(f"input[name=type][value={kind}]")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()


def new_draft(page: Page, customer_url: str) -> str:
    """Begin a draft of an identity document for this customer, files to Kraken Embed; gives the draft's address."""
    page.goto(customer_url)
    start_verification(page)
    return page.url


def new_customers_draft(page: Page, portal: RunningPortal, *, account: str = KRAKEN) -> str:
    """From nothing to a draft of an identity document; gives the draft's address."""
    add_customer(page, portal, new_person())
    ask_for_user(page, account=account)
    start_verification(page, account=account)
    return page.url


def fill_passport(page: Page, *, number: str = "K7654321") -> None:
    page.select_option("[name=document_type]", "passport")
    page.fill("[name=document_number]", number)
    page.select_option("[name=issuing_country]", "NO")
    fill_verifier(page)


def fill_verifier(page: Page) -> None:
    page.fill("[name=verifier]", "example-idv")
    page.fill("[name=verified_at]", (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))


def slot(page: Page, name: str) -> Locator:
    return page.locator(f"#slot-{name}")


def choose_file(page: Page, name: str, file: Any) -> None:
    slot(page, name).locator(f"#slot-{name}-file").set_input_files(file)


def expect_received(page: Page, name: str) -> None:
    expect(slot(page, name).get_by_text("Received")).to_be_visible(timeout=PATIENCE_MS)


def drop_file(page: Page, name: str, file: dict[str, Any]) -> None:
    """Drag a file over a slot and let it go, as the browser's own events tell it."""
    handle = page.evaluate_handle(
        """({name, mimeType, content}) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            transfer.items.add(new File([bytes], name, {type: mimeType}));
            return transfer;
        }""",
        {**file, "content": base64.b64encode(file["buffer"]).decode(), "buffer": None},
    )
    place = slot(page, name)
    for event in ("dragenter", "dragover"):
        place.dispatch_event(event, {"dataTransfer": handle})
        expect(place).to_have_class("slot is-over")
    place.dispatch_event("drop", {"dataTransfer": handle})


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit to").click()
    expect(page.get_by_text("Submitted. The state moves by itself")).to_be_visible()


def submit_passport(page: Page, *, number: str = "K7654321") -> str:
    """On a draft: fill in a passport, upload its picture, submit; gives the verification's address."""
    choose_file(page, "front", specimen())
    expect_received(page, "front")
    fill_passport(page, number=number)
    submit(page)
    return page.url


def state(page: Page) -> Locator:
    """The large word that says where the verification, call or account stands."""
    return page.locator(".status--large").first


def expect_state(page: Page, words: str) -> None:
    expect(state(page)).to_have_text(words, timeout=PATIENCE_MS)
