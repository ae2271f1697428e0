"""Sessions and links step by step: the administrator's part in the portal, the customer's on the provider's page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.running_portal import RunningPortal

TRANSMIT, CAPA = "Transmit Security stand-in", "Capa stand-in"
ORGANISATION = "Sparkasse Königsbrück"
THANKS = "Thank you. You may close this page."


def path_of(account: str, portal: RunningPortal, page: Page) -> str:
    """The page of a provider account, by its name."""
    page.goto(f"{portal.url}/providers/")
    return page.get_by_role("link", name=account).first.get_attribute("href") or ""


def post(page: Page, portal: RunningPortal, path: str, form: Mapping[str, str] | None = None) -> str:
    """Send a form as this person's browser would, without drawing a page; gives the path that was led to.

    ``page`` has a page of the portal open, whose token goes along.
    """
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    answer = page.request.post(portal.url + path, form={**(form or {}), "csrfmiddlewaretoken": token}, max_redirects=0)
    assert answer.status == 302, f"{path}: {answer.status}"
    return answer.headers["location"].partition("?")[0]


def new_customer(page: Page, portal: RunningPortal, **changed: str) -> str:
    """A customer made without drawing the form; gives the path of the customer's page."""
    person = steps.new_person()
    values = {
        "kind": "INDIVIDUAL",
        "reference": person.reference,
        "first_name": "Thị Ánh",
        "last_name": "Nguyễn",
        "date_of_birth": "1992-10-21",
        "country": "MX",
        "email": f"{person.reference}@example.org",
    }
    return post(page, portal, "/customers/new/", values | changed)


def new_business(page: Page, portal: RunningPortal) -> str:
    empty = {"first_name": "", "last_name": "", "date_of_birth": ""}
    return new_customer(page, portal, kind="BUSINESS", business_name="Comercializadora Ñandú SA", **empty)


# Sessions ------------------------------------------------------------------------------------------------------------


def make_hosted_session(page: Page, portal: RunningPortal) -> tuple[str, str]:
    """A new customer and a session on the provider's pages; gives the session's page and the customer's address."""
    steps.add_customer(page, portal, steps.new_person())
    page.get_by_role("link", name="New session").first.click()
    page.fill("[name=organization_name]", ORGANISATION)
    page.get_by_role("button", name="Make the session").click()
    address = page.get_by_label("The customer's address", exact=True)
    expect(address).to_have_value(re.compile(rf"^{portal.url}/start/[\w-]{{20,}}/$"))
    return page.url.partition("?")[0], address.input_value()


def take_pictures(phone: Page, address: str) -> None:
    """As the customer: from the portal's address through consent and pictures, up to the tester's choice."""
    phone.goto(address)
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Sparkasse Königsbrück asks you to confirm your identity"
    )
    phone.get_by_role("link", name="Continue").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Verify your identity")
    phone.get_by_role("button", name="Agree and continue").click()
    phone.get_by_role("button", name="Use sample pictures").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Photos complete")


def finish_session(phone: Page, *, outcome: str) -> None:
    phone.get_by_label(outcome).check()
    phone.get_by_role("button", name="Start checking").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(THANKS)


# Links ---------------------------------------------------------------------------------------------------------------


def request_link(page: Page, portal: RunningPortal, customer: str, *, country: str = "MX") -> str:
    """Ask for a link at the stand-in's account; gives the path of its page."""
    page.goto(f"{portal.url}{customer}kyc-link/")
    account = page.locator("[name=account] option", has_text=CAPA).first.get_attribute("value") or ""
    return post(page, portal, f"{customer}kyc-link/", {"account": account, "country": country})


def show_link(page: Page) -> str:
    """The customer's address, shown at once or asked for."""
    address = page.get_by_label("The customer's link", exact=True)
    button = page.get_by_role("button", name="Show link and QR code")
    expect(address.or_(button).first).to_be_visible(timeout=steps.PATIENCE_MS)
    if button.is_visible() and not address.is_visible():
        button.click()
    expect(address).to_be_visible()
    return address.input_value()


def submit_link(phone: Page, address: str, *, outcome: str) -> None:
    """As the customer: the whole check at Capa."""
    phone.goto(address)
    phone.get_by_role("button", name="Start").click()
    phone.get_by_role("button", name="Use sample data").click()
    phone.get_by_label(outcome, exact=True).check()
    phone.get_by_role("button", name="Submit").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Submitted")


def return_from_link(phone: Page) -> None:
    phone.get_by_role("link", name="Continue").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(THANKS)
