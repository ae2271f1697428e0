"""Every row of Capa's error table (capa-partner 8), told in plain words on the page where a person looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser import check_steps as checks
from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal
from verifications.sandbox.capa_errors import ROWS

pytestmark = pytest.mark.browser
USER, KYC, KYB = "create_user", "create_kyc_link", "create_kyb_link"
MANY = 50
"""How often an error is answered: until the test is over."""
REFUSED, WANTED = "Refused by the provider", "Being created"


@dataclass(frozen=True)
class Row:
    """``happened`` and ``next``: the words that say what Capa said, and what to do or what goes on by itself."""

    operation: str
    name: str
    happened: str
    next: str


LINK_ROWS = (
    Row(USER, "invalid_user_input", "found a value it does not take", "Correct what it names, then try again"),
    Row(USER, "email_not_valid", "does not accept the e-mail address", "Correct the address, then try again"),
    Row(KYC, "partner_missing", "could not tell which partner", "An administrator should check the account's key"),
    Row(KYC, "user_not_associated", "this user belongs to another partner", "in the same environment"),
    Row(KYC, "kyc_for_business", "the other kind of link", "ask for the matching link"),
    Row(KYB, "kyb_for_individual", "the other kind of link", "ask for the matching link"),
    Row(KYC, "kyc_template_not_configured", "no verification set up for this country", "Choose another country"),
    Row(KYB, "kyb_template_not_configured", "no verification set up for this country", "Choose another country"),
    Row(KYC, "user_not_found", "does not know this user", "check that the account is the one"),
)
LATER_ROWS = (
    Row(KYC, "key_unknown", "did not accept the API key for this call", "the account stops if every call"),
    Row(KYC, "link_failed", "failed while it created the link", "A new one is asked for by itself"),
    Row(KYC, "too_many_requests", "takes no more calls for the moment", "It is tried again by itself"),
)
STOPPING_ROWS = (
    Row(USER, "invalid_partner_flow", "has not finished setting up this partner account", "complete the set-up"),
    Row(USER, "key_missing", "found no API key in the call", "enter the key again and test the connection"),
    Row(USER, "key_malformed", "the API key has the wrong form", "copy the key again from Capa's dashboard"),
    Row(USER, "key_unknown", "does not know the API key", "check that key and base address belong to the same"),
)
MAY_EXIST_ROWS = (
    Row(USER, "duplicate_400", "may have this customer's user already", "ask for the user's id and enter it here"),
    Row(USER, "duplicate_409", "may have this customer's user already", "ask for the user's id and enter it here"),
    Row(USER, "duplicate_500", "may have this customer's user already", "ask for the user's id and enter it here"),
    Row(USER, "user_creation_failed", "may have this customer's user already", "enter it here"),
)
READ_ROWS = (
    Row("get_kyc_details", "kyc_details_failed", "failed while it read the data", "asked again by itself"),
    Row("get_kyb_details", "kyb_details_failed", "failed while it read the data", "asked again by itself"),
)
NOTHING_YET_ROWS = (
    Row("get_kyc_details", "kyc_not_found", "", ""),
    Row("get_kyb_details", "kyb_not_found", "", ""),
)
DELIVERY_ROWS = (
    Row("get_notification", "notification_not_found", "has no such webhook delivery", "Read the list of deliveries"),
    Row("retry_notification", "retry_not_failed", "delivers this webhook no more", "Read the customer's details"),
    Row("retry_notification", "retries_used_up", "delivers this webhook no more", "Read the customer's details"),
    Row("retry_notification", "retries_too_fast", "ten redeliveries a minute", "tried again after a minute"),
)
ALL_ROWS = (*LINK_ROWS, *LATER_ROWS, *STOPPING_ROWS, *MAY_EXIST_ROWS, *READ_ROWS, *NOTHING_YET_ROWS, *DELIVERY_ROWS)


def each(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


@pytest.fixture(autouse=True)
def no_error_stays(sandbox: steps.Sandbox) -> Iterator[None]:
    yield
    sandbox.clear_capa()


@pytest.fixture(scope="module")
def desk(portal: RunningPortal, module_open_as: OpenAs) -> Page:
    """One tab of an administrator for the whole table."""
    page = module_open_as("tomas")
    page.goto(f"{portal.url}/kyc-links/")
    return page


@pytest.fixture(scope="module")
def account_url(portal: RunningPortal, desk: Page) -> str:
    return portal.url + checks.path_of(checks.CAPA, portal, desk)


@pytest.fixture(scope="module")
def refused(portal: RunningPortal, desk: Page) -> dict[str, str]:
    """A customer for each operation: after a refusal the same one may be asked again."""
    return {
        USER: checks.new_customer(desk, portal),
        KYC: checks.new_customer(desk, portal),
        KYB: checks.new_business(desk, portal),
    }


@pytest.fixture(scope="module")
def issued(portal: RunningPortal, desk: Page) -> dict[str, str]:
    """The pages of a person's and a business's link that nobody has opened, by the operation that reads them."""
    return {
        "get_kyc_details": _issued_link(portal, desk, checks.new_customer(desk, portal)),
        "get_kyb_details": _issued_link(portal, desk, checks.new_business(desk, portal)),
    }


@pytest.fixture(scope="module")
def deliveries(portal: RunningPortal, sandbox: steps.Sandbox, desk: Page, account_url: str) -> Iterator[str]:
    """Addresses of deliveries that Capa has given up on, each to be used once."""
    sandbox.fail_deliveries(portal.var_dir / "sandbox" / "sandbox.sqlite3")
    desk.goto(f"{account_url}deliveries/")
    desk.get_by_role("button", name="Read Capa's list").click()
    failed = desk.get_by_role("row").filter(has_text="FAILED")
    expect(failed.nth(len(DELIVERY_ROWS) - 1)).to_be_visible(timeout=steps.PATIENCE_MS)
    links = failed.locator("a.row-link").all()
    return iter([portal.url + (link.get_attribute("href") or "") for link in links])


def test_no_row_of_the_table_is_left_out() -> None:
    assert {row.name for row in ALL_ROWS} == set(ROWS)


@each(*LINK_ROWS)
def test_a_refusal_says_what_happened_and_what_to_do(
    portal: RunningPortal, sandbox: steps.Sandbox, desk: Page, refused: dict[str, str], row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)

    desk.goto(portal.url + checks.request_link(desk, portal, refused[row.operation]))

    steps.expect_state(desk, REFUSED)
    _expect_words(desk, row)
    expect(desk.get_by_role("button", name="Try again now")).to_have_count(0)
    expect(desk.get_by_role("link", name="Ask the customer again")).to_be_visible()


@each(*LATER_ROWS)
def test_what_passes_by_itself_says_when_it_goes_again(
    portal: RunningPortal, sandbox: steps.Sandbox, desk: Page, row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)

    _ask_for_link(portal, desk)

    _expect_words(desk, row)
    expect(desk.locator("#live .alert")).to_contain_text(re.compile(r"Next try: \d\d:\d\d:\d\d"))
    steps.expect_state(desk, WANTED)
    sandbox.clear_capa()
    steps.expect_state(desk, "Issued")
    expect(desk.locator("#live .alert")).to_have_count(0)


@each(*STOPPING_ROWS)
def test_what_concerns_the_account_stops_it_and_what_waits_goes_out_afterwards(
    portal: RunningPortal, sandbox: steps.Sandbox, desk: Page, account_url: str, row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)

    _ask_for_link(portal, desk)

    _expect_words(desk, row)
    link_url = desk.url
    desk.locator("#live .alert").get_by_role("link", name=checks.CAPA).click()
    assert desk.url == account_url
    steps.expect_state(desk, "Stopped")
    expect(desk.locator("#live .alert--bad strong")).to_contain_text(row.happened)
    sandbox.clear_capa()
    desk.get_by_role("button", name="Send again without a test").click()
    steps.expect_state(desk, "On")
    desk.goto(link_url)
    steps.expect_state(desk, "Issued")


@each(*MAY_EXIST_ROWS)
def test_a_user_who_may_exist_is_left_to_a_person(
    portal: RunningPortal, sandbox: steps.Sandbox, desk: Page, row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)

    _ask_for_link(portal, desk)

    card = desk.locator("section", has=desk.locator("#lost-title"))
    expect(card).to_contain_text(row.happened, timeout=steps.PATIENCE_MS)
    expect(card).to_contain_text(row.next)
    expect(desk.get_by_label("User id at Capa")).to_be_visible()
    creations = desk.get_by_role("row").filter(has_text="Create user")
    expect(creations).to_have_count(2 if ROWS[row.name].status == 500 else 1)


@each(*READ_ROWS)
def test_a_reading_that_fails_is_in_the_ledger_and_decides_nothing(
    sandbox: steps.Sandbox, desk: Page, issued: dict[str, str], row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)
    desk.goto(issued[row.operation])

    desk.get_by_role("button", name="Read details now").click()

    told = desk.locator("#link-calls").get_by_role("row").filter(has_text=row.happened).first
    expect(told).to_be_visible(timeout=steps.PATIENCE_MS)
    expect(told).to_contain_text(row.next)
    expect(told).to_contain_text("500")
    expect(steps.state(desk)).to_have_text("Issued")


@each(*NOTHING_YET_ROWS)
def test_nothing_yet_is_no_failure(sandbox: steps.Sandbox, desk: Page, issued: dict[str, str], row: Row) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)
    desk.goto(issued[row.operation])

    desk.get_by_role("button", name="Read details now").click()

    read = desk.locator("#link-calls").get_by_role("row").filter(has_text="404").first
    expect(read).to_contain_text("Succeeded", timeout=steps.PATIENCE_MS)
    expect(steps.state(desk)).to_have_text("Issued")
    expect(desk.locator("#live .alert")).to_have_count(0)


@each(*DELIVERY_ROWS)
def test_a_delivery_says_why_it_is_not_read_or_repeated(
    sandbox: steps.Sandbox, desk: Page, deliveries: Iterator[str], row: Row
) -> None:
    sandbox.arm_capa(operation=row.operation, row=row.name, times=MANY)
    desk.goto(next(deliveries))

    desk.get_by_role("button", name="Read it now" if row.operation == "get_notification" else "Deliver again").click()

    _expect_words(desk, row)
    expect(steps.state(desk)).to_have_text("FAILED")


def test_a_webhook_address_that_capa_refuses_is_told_on_the_accounts_page(
    sandbox: steps.Sandbox, desk: Page, account_url: str
) -> None:
    row = Row("set_webhook", "invalid_user_input", "found a value it does not take", "Correct what it names")
    sandbox.arm_capa(operation=row.operation, row=row.name)
    desk.goto(account_url)

    desk.get_by_role("button", name="Confirm again").click()

    card = desk.locator("section", has=desk.locator("#webhooks-title"))
    expect(card.locator(".alert")).to_contain_text(row.happened, timeout=steps.PATIENCE_MS)
    expect(card.locator(".alert")).to_contain_text(row.next)
    expect(card.get_by_text("Capa delivers here")).to_be_visible()


def _ask_for_link(portal: RunningPortal, desk: Page) -> None:
    desk.goto(portal.url + checks.request_link(desk, portal, checks.new_customer(desk, portal)))


def _issued_link(portal: RunningPortal, desk: Page, customer: str) -> str:
    desk.goto(portal.url + checks.request_link(desk, portal, customer))
    steps.expect_state(desk, "Issued")
    return desk.url


def _expect_words(desk: Page, row: Row) -> None:
    alert = desk.locator("#live .alert").first
    expect(alert).to_contain_text(row.happened, timeout=steps.PATIENCE_MS)
    expect(alert).to_contain_text(row.next)
