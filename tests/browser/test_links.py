"""Links at Capa: made, opened by the customer on a phone, returned from, answered, renewed once they have lapsed."""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser import check_steps as checks
from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
LONG_AGO = "2020-01-01 00:00:00"


@dataclass(frozen=True)
class Lapsed:
    """A link whose time is over at Capa and here; the portal marks it when its schedule comes round."""

    page: Page
    address: str


@pytest.fixture(scope="module", autouse=True)
def lapsed(portal: RunningPortal, sandbox: steps.Sandbox, module_open_as: OpenAs) -> Lapsed:
    """Made before the other tests of this module, so that nobody waits for the schedule."""
    page = module_open_as("tomas")
    page.goto(f"{portal.url}/kyc-links/")
    path = checks.request_link(page, portal, checks.new_customer(page, portal))
    page.goto(portal.url + path)
    address = checks.show_link(page)
    sandbox.expire_link(address)
    with sqlite3.connect(portal.var_dir / "portal.sqlite3", timeout=30) as db:
        changed = db.execute(
            "UPDATE verifications_kyclink SET expires_at = ? WHERE verification_id = "
            "(SELECT id FROM verifications_verification WHERE public_id = ?)",
            (LONG_AGO, path.split("/")[2].replace("-", "")),
        )
        assert changed.rowcount == 1
    return Lapsed(page, address)


def test_a_link_leads_the_customer_to_capa_and_back_and_ends_verified(portal: RunningPortal, open_as: OpenAs) -> None:
    page, phone = open_as("tomas"), open_as("", size="390")
    stranger = open_as("", expected=(400,))
    steps.add_customer(page, portal, steps.new_person())
    page.get_by_role("link", name="New KYC link").click()
    page.get_by_label("Country").select_option(label="Mexico")
    page.get_by_role("button", name="Make the link").click()
    address = checks.show_link(page)
    expect(page.get_by_role("img", name="QR code of the customer's link")).to_be_visible()
    steps.expect_state(page, "Issued")

    stranger.goto(f"{portal.url}/return/{secrets.token_urlsafe(16)}/")
    checks.submit_link(phone, address, outcome="Verified")
    checks.return_from_link(phone)

    returned_to = phone.url
    steps.expect_state(page, "Verified")
    assert not phone.context.cookies(portal.url)
    facts = page.locator("#live dl.facts")
    expect(facts.locator("dt", has_text="Customer returned").locator("+ dd")).not_to_be_empty()
    expect(facts.locator("dt", has_text="Capa says").locator("+ dd")).to_contain_text("Verified")
    checked = page.locator("section", has=page.locator("#sections-title")).locator(".checks > li")
    expect(checked).to_have_count(5)
    expect(checked.locator(".status--good")).to_have_count(5)
    expect(page.locator("#link-card")).to_contain_text("the portal has forgotten the address")
    assert address not in page.content()
    again = stranger.goto(returned_to)
    assert again is not None
    assert again.status == 400
    expect(stranger.get_by_role("heading", level=1)).to_have_text(checks.THANKS)
    path = page.url.partition("?")[0].removeprefix(portal.url)
    page.goto(portal.url + checks.path_of(checks.CAPA, portal, page))
    received = page.locator("section", has=page.locator("#webhooks-title")).get_by_role("row")
    mine = received.filter(has=page.locator(f"a[href='{path}']"))
    expect(mine.filter(has_text="VERIFIED_USER")).to_have_count(1)
    expect(mine.filter(has_text="CREATED_KYC")).to_have_count(1)


def test_watch_list_hits_go_to_manual_review_whatever_the_result_says(portal: RunningPortal, open_as: OpenAs) -> None:
    page, phone, officer = open_as("tomas"), open_as("", size="390"), open_as("ines", expected=(403,))
    page.goto(f"{portal.url}/kyc-links/")
    page.goto(portal.url + checks.request_link(page, portal, checks.new_customer(page, portal), country="DO"))
    address = checks.show_link(page)

    checks.submit_link(phone, address, outcome="Verified with watch-list hits")
    checks.return_from_link(phone)

    hits = re.compile("watch-list hits?: an officer reviews this by hand")
    expect(page.locator("#live").get_by_text(hits)).to_be_visible(timeout=steps.PATIENCE_MS)
    expect(page.locator("#live")).to_contain_text("Verified, with findings")
    officer.goto(page.url)
    expect(officer.locator("#live").get_by_text(hits)).to_be_visible()
    for words in ("New link", "Read details now", "Cancel the check", "Ask the customer again"):
        expect(officer.get_by_text(words, exact=True)).to_have_count(0)
    officer.locator(".page-head__meta a[href^='/cases/']").click()
    expect(steps.state(officer)).to_have_text("Needs decision")


def test_a_lapsed_link_is_renewed_and_the_new_one_is_answered_by_webhook_alone(
    portal: RunningPortal, lapsed: Lapsed, open_as: OpenAs
) -> None:
    page, phone = lapsed.page, open_as("", size="390", expected=(410,))

    steps.expect_state(page, "Expired")
    expect(page.locator("#live .alert")).to_contain_text("The link has expired before the customer finished.")
    expect(page.locator("#link-card")).to_contain_text("the portal has forgotten the address")
    page.get_by_role("button", name="New link").click()
    steps.expect_state(page, "Issued")
    address = checks.show_link(page)

    assert address != lapsed.address
    earlier = page.locator("section", has=page.locator("#earlier-title")).locator("tbody tr")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("Replaced by a new link")
    assert lapsed.address not in page.content()
    answer = phone.goto(lapsed.address)
    assert answer is not None
    assert answer.status == 410
    expect(phone.get_by_role("heading", level=1)).to_have_text("This link has expired")
    checks.submit_link(phone, address, outcome="Verified, and the tab stays open")
    steps.expect_state(page, "Verified")
    expect(page.locator("#live dt", has_text="Customer returned")).to_have_count(0)
