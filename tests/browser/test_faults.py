"""What goes wrong, as people see it: every fault ends in words and a next step, and nothing is lost."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
WRONG_SECRET = base64.b64encode(b"not the secret of this key" * 3).decode()


@pytest.fixture(autouse=True)
def no_fault_stays(sandbox: steps.Sandbox) -> Iterator[None]:
    yield
    sandbox.clear()


def test_a_wrong_secret_stops_the_account_and_its_correction_lets_the_waiting_submission_go(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    page, tab = open_as("tomas"), open_as("tomas")
    keys = json.loads((portal.var_dir / "sandbox" / "keys.json").read_text())["further"]["kraken_embed"]["third"]
    name = f"Second key {secrets.token_hex(3)}"
    account_url = _add_account(tab, portal, name=name, **keys)
    steps.new_customers_draft(page, portal, account=name)
    _set_secret(tab, account_url, WRONG_SECRET)

    verification_url = steps.submit_passport(page)

    alert = page.locator("#live .alert")
    expect(alert).to_contain_text("Next try")
    expect(alert.get_by_role("link", name=name)).to_be_visible()
    steps.expect_state(page, "Waiting to be sent")
    tab.goto(account_url)
    steps.expect_state(tab, "Stopped")
    expect(tab.locator("#live .alert--bad")).to_contain_text("Nothing more is sent")
    expect(tab.locator("#live .alert--bad strong")).to_contain_text(re.compile("signature|secret", re.IGNORECASE))

    _set_secret(tab, account_url, keys["secret"])
    steps.expect_state(tab, "Stopped")
    tab.get_by_role("button", name="Test connection").click()

    steps.expect_state(tab, "On")
    expect(tab.locator("#live .status--good")).to_have_count(2 + _succeeded_calls(tab))
    steps.expect_state(page, "Answered")
    assert page.url == verification_url
    submissions = page.get_by_role("row", name=re.compile("Submit files"))
    expect(submissions.filter(has_text="Not processed").first).to_be_visible()
    expect(submissions.filter(has_text="Succeeded")).to_have_count(1)


def test_a_provider_that_is_down_is_tried_again_by_itself(
    known_customer: str, sandbox: steps.Sandbox, open_as: OpenAs
) -> None:
    page = open_as("tomas")
    steps.new_draft(page, known_customer)
    sandbox.arm(api="kraken_embed", operation="submit", fault="FAULT-503")

    steps.submit_passport(page)

    expect(page.locator("#live .alert")).to_contain_text(re.compile(r"Next try: \d\d:\d\d:\d\d"))
    steps.expect_state(page, "Waiting to be sent")
    steps.expect_state(page, "Answered")
    submissions = page.get_by_role("row", name=re.compile("Submit files"))
    expect(submissions).to_have_count(2)
    expect(submissions.first).to_contain_text("try 2")
    expect(submissions.first).to_contain_text("Succeeded")
    expect(submissions.last).to_contain_text("Not processed")
    expect(submissions.last.locator("[data-label=HTTP]")).to_have_text("503")


def test_a_lost_answer_is_told_as_unknown_and_not_sent_again(
    portal: RunningPortal, sandbox: steps.Sandbox, open_as: OpenAs
) -> None:
    page = open_as("tomas")
    steps.new_customers_draft(page, portal)
    sandbox.arm(api="kraken_embed", operation="submit", fault="DROP-BEFORE")
    taken_before = sandbox.accepted("kraken_embed")

    steps.submit_passport(page)

    steps.expect_state(page, "Outcome unknown")
    expect(page.locator("#live [role=status]").first).to_contain_text("not sent again by itself")
    expect(page.locator("#live .alert--unknown")).not_to_be_empty()
    submissions = page.get_by_role("row", name=re.compile("Submit files"))
    expect(submissions).to_have_count(1)
    expect(submissions).to_contain_text("Outcome unknown")
    assert sandbox.accepted("kraken_embed") == taken_before
    page.locator(".page-head__meta a[href^='/cases/']").click()
    expect(steps.state(page)).to_have_text("Outcome unknown")


def test_a_web_page_named_as_a_picture_is_refused_under_its_slot(known_customer: str, open_as: OpenAs) -> None:
    page = open_as("tomas", expected=(422,))
    steps.new_draft(page, known_customer)
    disguised = {"name": "passport.jpg", "mimeType": "image/jpeg", "buffer": b"<!doctype html><script>1</script>"}

    steps.choose_file(page, "front", disguised)

    reason = steps.slot(page, "front").get_by_role("alert")
    expect(reason).to_contain_text("This is a web page (HTML)")
    expect(reason).to_contain_text("not a document")
    expect(steps.slot(page, "front").locator("[data-slot-choose]")).to_be_visible()
    steps.choose_file(page, "front", steps.specimen())
    steps.expect_received(page, "front")
    expect(steps.slot(page, "front").get_by_role("alert")).to_have_count(0)


def test_an_upload_without_a_session_says_so_and_keeps_the_draft(
    portal: RunningPortal, known_customer: str, open_as: OpenAs
) -> None:
    page = open_as("tomas")
    draft = steps.new_draft(page, known_customer)
    page.context.clear_cookies(name="sessionid")

    steps.choose_file(page, "front", steps.specimen())

    expect(steps.slot(page, "front").get_by_role("alert")).to_contain_text("You were signed out")
    expect(steps.slot(page, "front").get_by_role("progressbar")).to_be_hidden()
    page.goto(draft)
    page.fill("input[name=login]", "tomas")
    page.fill("input[name=password]", portal.passwords["tomas"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    assert page.url == draft


def test_a_broken_connection_keeps_the_file_and_tries_again(known_customer: str, open_as: OpenAs) -> None:
    page = open_as("tomas", expected=("ERR_CONNECTION_RESET",))
    steps.new_draft(page, known_customer)
    page.route("**/documents/", lambda route: route.abort("connectionreset"))

    steps.choose_file(page, "front", steps.specimen())

    place = steps.slot(page, "front")
    expect(place.get_by_role("alert")).to_contain_text("The connection broke off. The file is still chosen.")
    page.unroute("**/documents/")
    place.get_by_role("button", name="Try again").click()
    steps.expect_received(page, "front")


def _add_account(page: Page, portal: RunningPortal, *, name: str, key_id: str, secret: str) -> str:
    page.goto(f"{portal.url}/providers/new/")
    page.select_option("[name=kind]", "KRAKEN_EMBED")
    page.fill("[name=name]", name)
    page.check("[name=environment][value=SANDBOX]")
    page.fill("[name=base_url]", portal.sandbox_url)
    page.fill("[name=key_id]", key_id)
    page.fill("[name=secret]", secret)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Account created.")).to_be_visible()
    assert secret not in page.content()
    return page.url


def _set_secret(page: Page, account_url: str, secret: str) -> None:
    page.goto(f"{account_url}edit/")
    page.fill("[name=secret]", secret)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Account saved.")).to_be_visible()


def _succeeded_calls(page: Page) -> int:
    return page.locator("#live tbody .status--good").count()
