"""An officer's morning with the keyboard alone, and the second officer who approves what the first one staged."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.browser.test_keyboard import _tab_to
from tests.browser.test_pages import STANDARDS, _axe
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
CUSTOMER = "Łukasz O'Brien-Wójcik"


def test_a_morning_of_review_takes_only_the_keyboard(portal: RunningPortal, open_as: OpenAs) -> None:
    ines = open_as("ines")

    _takes_next(ines, portal)
    _finds_the_case(ines, portal)
    _looks_at_each_document(ines)
    _resolves_a_difference(ines)
    _stages_an_approval(ines)
    _second_officer_approves(open_as("miriam"), portal)
    _asks_another_customer_again(ines, portal)


def _takes_next(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", name="Decision", exact=True)).to_be_visible()


def _finds_the_case(page: Page, portal: RunningPortal) -> None:
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(re.compile(rf"^{portal.url}/(\?.*)?$"))
    page.keyboard.press("f")
    expect(page.locator("#queue-find")).to_be_focused()
    page.keyboard.type("wojcik")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("find="))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(CUSTOMER)


def _looks_at_each_document(page: Page) -> None:
    stage = page.locator("[data-stage]").first
    _tab_to(page, "[data-stage]")
    count = page.locator("[data-item]").count()
    assert count > 1
    for number in range(1, count + 1):
        expect(page.locator("[data-position]")).to_have_text(f"{number} of {count}")
        expect(stage).not_to_have_class(re.compile("is-loading"))
        page.keyboard.press("PageDown")


def _resolves_a_difference(page: Page) -> None:
    unresolved = page.locator("#grid summary", has_text="Resolve:")
    expect(unresolved.first).to_be_visible()
    field = unresolved.first.text_content() or ""
    _tab_to(page, "#grid summary")
    while not (page.locator(":focus").text_content() or "").startswith("Resolve:"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("A real")
    page.keyboard.press("Tab")
    page.keyboard.type("The passport shows one surname only.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The passport shows one surname only.")).to_be_visible()
    expect(page.locator("#grid summary", has_text=field.strip())).to_have_count(0)


def _stages_an_approval(page: Page) -> None:
    _tab_to(page, "#decision-reason")
    page.keyboard.type("Differences found")
    _tab_to(page, "#decision-rationale")
    page.keyboard.type("Second surname left out by the issuing office; the rest agrees.")
    page.keyboard.press("Tab")
    expect(page.locator("button[value=APPROVE]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("waits for a second person").first).to_be_visible()
    assert "\n".join(_sound(page)) == ""


def _second_officer_approves(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/?view=second")
    page.keyboard.press("f")
    page.keyboard.type("wojcik")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("find="))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(CUSTOMER)
    expect(page.get_by_text("Second surname left out by the issuing office")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Approved. The decision stands.")).to_be_visible()
    expect(page.locator("#decision")).to_contain_text("Miriam Keller")
    assert "\n".join(_sound(page)) == ""


def _asks_another_customer_again(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/")
    page.keyboard.press("f")
    page.keyboard.type("marchetti")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("find="))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sofia Marchetti")
    page.keyboard.press("m")
    page.wait_for_url(re.compile("/ask/"))
    preview = page.get_by_role("region", name="What the customer reads")
    assert "\n".join(_sound(page)) == ""

    for field, typed, chosen in (
        ("wrong", "Back", "Back (id-back.jpg)"),
        ("item", "Back", "Back of the document"),
        ("reason", "Cut", "Cut off or covered"),
    ):
        _tab_to(page, f"select[name={field}]")
        page.keyboard.type(typed)
        expect(page.locator(f"select[name={field}] option:checked")).to_have_text(chosen)
    expect(preview).to_contain_text("a picture of the back of your identity document")
    _tab_to(page, "input[name=way]:checked")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Message only")).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("New verification session")).to_be_checked()
    _tab_to(page, "select[name=template]")
    page.keyboard.type("Deutsch")
    expect(preview).to_contain_text("Guten Tag")
    read = _words(preview.locator(".mail__text").inner_text())
    _tab_to(page, "[name=private_reason]")
    page.keyboard.type("The corner with the serial number is missing.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask the customer")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Asked. The address appears on the request")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sofia Marchetti")
    expect(page.locator(".page-head .status")).to_have_text("Waiting for customer")
    card = page.get_by_role("region", name="Asked of the customer")
    expect(card.locator(".status")).to_be_visible()
    expect(card).to_contain_text("Back of the document Cut off or covered")
    _tab_to(page, "#requests summary")
    page.keyboard.press("Enter")
    assert read in _words(card.inner_text())
    while "Private reason" not in (page.locator(":focus").text_content() or ""):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("The corner with the serial number is missing.")
    expect(card.get_by_role("button", name="Show address")).to_be_visible(timeout=steps.PATIENCE_MS)
    assert "\n".join(_sound(page)) == ""


def _words(text: str) -> str:
    return " ".join(text.split())


def _sound(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    return _axe(page, STANDARDS)
