"""A revealed value leaves the page by itself, and whoever looked at it finds the look, as does an auditor."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser

NUMBER = "ZS1234567"
AWAY = """
Object.defineProperty(document, "hidden", { configurable: true, get: () => %s });
document.dispatchEvent(new Event("visibilitychange"));
"""


def test_a_revealed_value_does_not_outlast_the_eyes_on_it(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    page.clock.install()
    _open_case(page, portal)

    _reveal(page)
    expect(page.locator("[data-seconds-left]")).to_have_attribute("aria-hidden", "true")
    assert page.locator("[aria-live] [data-revealed], [role=status] [data-revealed]").count() == 0
    page.emulate_media(media="print")
    expect(page.locator("[data-revealed] .sealed__value")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    _expect_masked(page)

    _reveal(page)
    page.evaluate(AWAY % "true")
    page.clock.fast_forward(2_000)
    page.evaluate(AWAY % "false")
    expect(page.locator("[data-revealed]")).to_contain_text(NUMBER)
    page.evaluate(AWAY % "true")
    page.clock.fast_forward(6_000)
    _expect_masked(page)
    page.evaluate(AWAY % "false")

    _reveal(page)
    page.goto(f"{portal.url}/me/")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marta Kowalczyk")
    _expect_masked(page)


def test_a_look_is_found_by_who_looked_and_by_an_auditor(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    _reveal(page)
    customer = page.locator(".case-head a.id").get_attribute("href")

    _number(page).locator("[data-reveal-hide]").click()
    _number(page).locator("[data-reveal-open]").click()
    page.get_by_role("dialog", name="Reveal Document number").get_by_role("link", name="Your looks are listed").click()

    expect(page.get_by_role("heading", name="Your looks")).to_be_visible()
    mine = page.get_by_role("row", name=re.compile("Value revealed")).first
    expect(mine).to_contain_text("Marta Kowalczyk")
    expect(mine).to_contain_text("document_number")
    mine.get_by_role("link", name="only these").click()
    expect(page).to_have_url(re.compile("customer="))

    auditor = open_as("amara")
    auditor.goto(f"{portal.url}{customer}")
    auditor.get_by_role("link", name="Who saw this").click()
    person = auditor.get_by_role("row", name=re.compile("Ines Roth")).first
    expect(person).to_contain_text(re.compile(r"Values revealed \d"))
    person.get_by_role("link").click()
    expect(auditor.locator("#filter-person option:checked")).to_have_text("Ines Roth")
    auditor.locator("#filter-kind").select_option("value")
    auditor.get_by_role("button", name="Filter").click()
    look = auditor.get_by_role("row", name=re.compile("Value revealed")).first
    expect(look).to_contain_text("Reviewing the case")
    expect(look).to_contain_text("127.0.0.1")


def _open_case(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/")
    page.get_by_role("link", name=re.compile("Marta Kowalczyk")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marta Kowalczyk")
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))


def _number(page: Page) -> Locator:
    return page.locator("[data-sealed]", has=page.get_by_text("Document number", exact=True)).first


def _reveal(page: Page) -> None:
    page.locator("[aria-label='Reveal Document number']").locator("xpath=..").locator(
        "[data-reveal-open]"
    ).first.click()
    page.get_by_role("dialog", name="Reveal Document number").get_by_role("button").click()
    expect(page.locator("[data-revealed]")).to_contain_text(NUMBER)


def _expect_masked(page: Page) -> None:
    expect(page.locator("[data-revealed]")).to_have_count(0)
    assert NUMBER not in page.content()
