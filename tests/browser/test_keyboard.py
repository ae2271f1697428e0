"""Without a mouse: everything is reached, seen to be reached, and done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import check_steps as checks
from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
FOCUSED = """
() => {
  const element = document.activeElement;
  const label = document.querySelector(`label[for="${CSS.escape(element.id || "-")}"]`);
  const isRing = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const places = [element, label, element.parentElement].filter(Boolean);
  const name = element.getAttribute("aria-label") || element.textContent || element.name || "";
  const part = ["main", "nav#nav", "header"].find((selector) => element.closest(selector)) ?? "page";
  return {
    name: name.trim().replace(/\\s+/g, " ").slice(0, 60),
    part: part.slice(0, 6).replace("nav#na", "nav"),
    visible: element.getBoundingClientRect().width > 0,
    ringed: places.some((place) => isRing(getComputedStyle(place))),
  };
}
"""
MOST_TABS = 90


def test_signing_in_takes_only_the_keyboard(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("")
    page.goto(f"{portal.url}/account/login/")

    _tab_to(page, "input[name=login]")
    page.keyboard.type("ines")
    _tab_to(page, "input[name=password]")
    page.keyboard.type(portal.passwords["ines"])
    page.keyboard.press("Enter")

    page.wait_for_url(f"{portal.url}/")


def test_slash_searches_and_escape_leaves_the_search(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    page.goto(f"{portal.url}/")

    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")
    page.keyboard.type("j/k")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("cust-88213")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Marta Kowalczyk")


def test_j_k_and_enter_walk_the_queue_and_open_a_case(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    page.goto(f"{portal.url}/")
    rows = page.locator("[data-rows] tbody tr")

    for key in "jjjk":
        page.keyboard.press(key)
    expect(rows.nth(1)).to_have_class(re.compile("is-active"))
    expect(page.locator("tr.is-active")).to_have_count(1)
    assert page.evaluate(FOCUSED)["ringed"]
    wanted = rows.nth(1).locator(".row-link b").text_content() or ""
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(wanted)


def test_tab_walks_the_case_page_in_reading_order_and_shows_where_it_is(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)

    page.keyboard.press("Tab")
    first = page.evaluate(FOCUSED)
    stops = [first, *_tab_to(page, "#calls-title ~ *, section[aria-labelledby=calls-title] a")]

    assert first["name"] == "Skip to the page"
    parts = [stop["part"] for stop in stops]
    assert parts == sorted(parts, key=["page", "nav", "header", "main"].index)
    assert [stop["name"] for stop in stops if not (stop["ringed"] and stop["visible"])] == []
    names = [stop["name"] for stop in stops]
    assert names.index("← Queue") < names.index("Zoom in (+)") < names.index("Reveal Document number")
    page.goto(page.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_viewer_is_worked_by_keys(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    page.goto(f"{portal.url}/?view=closed")
    page.get_by_role("link", name=re.compile("Jonas Lindqvist")).click()
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
    zoom, caption, image = page.locator("[data-zoom]"), page.locator(".viewer__caption"), page.locator("[data-image]")
    _tab_to(page, "[data-stage]")
    fitted = zoom.text_content() or ""

    page.keyboard.press("+")
    expect(zoom).not_to_have_text(fitted)
    page.keyboard.press("-")
    expect(zoom).to_have_text(fitted)
    for _ in range(3):
        page.keyboard.press("+")
    page.keyboard.press("0")
    expect(zoom).to_have_text(fitted)
    page.keyboard.press("r")
    expect(image).to_have_attribute("style", re.compile(r"rotate\(90deg\)"))
    page.keyboard.press("Shift+R")
    expect(image).to_have_attribute("style", re.compile(r"rotate\(0deg\)"))
    expect(caption).to_contain_text("Front")
    page.keyboard.press("ArrowRight")
    expect(caption).to_contain_text("Back")
    page.keyboard.press("ArrowLeft")
    expect(caption).to_contain_text("Front")


def test_a_value_is_revealed_hidden_and_masked_again_by_itself(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    page.clock.install()
    _open_case(page, portal)
    value = page.locator("[data-sealed]", has=page.locator("[aria-label='Reveal Document number']")).first
    expect(value).to_contain_text("••••")

    _tab_to(page, "[data-sealed]:has([aria-label='Reveal Document number']) [data-reveal-open]")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Purpose of seeing the document number").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Reveal Document number")).to_have_count(0)
    _reveal_by_keys(page)
    _tab_to(page, "[data-reveal-hide]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-revealed]")).to_have_count(0)
    expect(page.locator("[data-reveal-open]:focus")).to_have_count(1)

    _reveal_by_keys(page)
    expect(page.locator("[data-seconds-left]")).to_have_text(re.compile(r"^2\d s$"))
    page.clock.fast_forward(31_000)

    expect(page.locator("[data-revealed]")).to_have_count(0)
    assert "ZS1234567" not in page.content()


def test_the_list_of_keys_opens_with_a_question_mark_and_closes_with_escape(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    page = open_as("ines")
    page.goto(f"{portal.url}/")
    dialog = page.get_by_role("dialog", name="Keyboard")

    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(f"{portal.url}/customers/")


def test_a_link_is_made_and_shown_by_keys_alone(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("tomas")
    page.goto(f"{portal.url}/kyc-links/")
    person = checks.new_customer(page, portal, first_name="", last_name="Suharto")

    _press(page, "a[href='/kyc-links/new/']")
    expect(page.get_by_role("heading", name="New KYC link")).to_be_visible()
    _tab_to(page, "#find-customer")
    page.keyboard.type("Suharto")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    _press(page, f"a[href='{person}kyc-link/']")
    expect(page.locator("[name=country]")).to_be_visible()
    stops = _tab_to(page, "[name=country]")
    page.keyboard.type("Mexico")
    stops += _tab_to(page, "main form button")
    page.keyboard.press("Enter")

    steps.expect_state(page, "Issued")
    expect(page.get_by_label("The customer's link", exact=True)).to_have_value(re.compile("^http"))
    stops += _tab_to(page, '[aria-label="Copy the customer\'s link"]')
    assert [stop["name"] for stop in stops if not (stop["ringed"] and stop["visible"])] == []
    _press(page, "[data-dialog=cancel-link]")
    expect(page.get_by_role("dialog", name="Cancel this check?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-dialog=cancel-link]")).to_be_focused()


def _press(page: Page, selector: str) -> None:
    _tab_to(page, selector)
    page.keyboard.press("Enter")


def _open_case(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/")
    page.get_by_role("link", name=re.compile("Marta Kowalczyk")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marta Kowalczyk")
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))


def _reveal_by_keys(page: Page) -> None:
    """From the focused button "Reveal": open the form, keep the first purpose, send it."""
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-revealed]")).to_contain_text("ZS1234567")


def _tab_to(page: Page, selector: str) -> list[dict[str, Any]]:
    """Press Tab until ``selector`` has the focus; gives every stop on the way, the last included."""
    stops = []
    for _ in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return stops
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    raise AssertionError(f"{selector} is not reached by Tab: {[stop['name'] for stop in stops]}")
