"""The review desk: two people at one case, new work in an open queue, large type, little motion, what is said aloud."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import check_steps as checks
from tests.browser.conftest import OpenAs
from tests.browser.test_officers_morning import _sound
from tests.browser.test_pages import SIDEWAYS
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
RATIONALE = "The selfie shows the person of the passport; ćwierć profilu, good light."
LISTEN = """
window.said = [];
new MutationObserver((changes) => {
  for (const { target, attributeName } of changes) {
    if (!target.matches?.('[role="status"] *')) continue;
    if (attributeName === "aria-hidden" && !target.hasAttribute("aria-hidden")) window.said.push(target.textContent);
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-hidden"] });
"""
"""Notes what a live region comes to hold after it was there: what a screen reader says."""
USABLE = """
() => [...document.querySelectorAll("main :is(button, a[href], input, select, textarea, summary)")]
  .filter((control) => control.checkVisibility({ visibilityProperty: true }) && control.type !== "hidden")
  .map((control) => {
    const { left, right, width, height } = control.getBoundingClientRect();
    const name = control.getAttribute("aria-label") || control.textContent || control.name || "";
    const isScrolled = control.closest(".table-wrap, .tabs, [data-film]") !== null;
    const inside = isScrolled || (left >= 0 && right <= document.documentElement.clientWidth + 0.5);
    return { name: name.trim().replace(/\\s+|\\d+ %/g, " "), fits: inside && width > 0 && height > 0 };
  })
"""
MOVING = """
() => [...document.querySelectorAll("*")].flatMap((element) => [null, "::before", "::after"].map((part) => {
  const { transitionDuration, animationName, animationDuration } = getComputedStyle(element, part);
  const durations = `${transitionDuration}, ${animationName === "none" ? "0s" : animationDuration}`;
  return Math.max(...durations.split(", ").map(parseFloat));
})).filter((seconds) => seconds > 0.001).length
"""


def test_of_two_who_decide_the_second_sees_both_versions_and_loses_nothing(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    ines, miriam = open_as("ines", expected=(409,)), open_as("miriam")
    _open_case(ines, portal, "Lerato Nkosi")
    _write(ines, "Identity confirmed", RATIONALE)

    _open_case(miriam, portal, "Lerato Nkosi")
    miriam.get_by_text("Take over", exact=True).click()
    miriam.get_by_label("Why", exact=True).fill("Ines is in a meeting")
    miriam.get_by_role("button", name="Take over the case").click()
    expect(miriam.get_by_role("button", name="Stop working on it")).to_be_visible()
    _write(miriam, "beyond", "A selfie alone is not enough for this country.")
    miriam.locator("button[value=ESCALATE]").click()
    expect(miriam.get_by_text("Escalated. A senior officer decides next.")).to_be_visible()
    ines.locator("button[value=APPROVE]").click()

    expect(ines.get_by_role("heading", level=1)).to_have_text("Something changed meanwhile")
    both = ines.get_by_role("region", name="Theirs and yours")
    for theirs, yours in (
        ("Escalate", "Approve"),
        ("Beyond my mandate", "Identity confirmed"),
        ("Miriam Keller", "you"),
    ):
        row = both.get_by_role("row").filter(has_text=theirs)
        expect(row.get_by_role("cell").last).to_contain_text(yours)
    expect(ines.locator("#decision-rationale, .quote").filter(has_text=RATIONALE)).to_be_visible()
    assert "\n".join(_sound(ines)) == ""
    ines.get_by_role("link", name="Back to the case").click()
    expect(ines.locator(".page-head .status")).to_have_text("Escalated")


def test_what_was_decided_is_said_on_the_page_that_follows(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("miriam")
    page.add_init_script(LISTEN)
    _open_case(page, portal, "山田")
    page.locator("[data-case-actions] [data-key=t]").click()
    _write(page, "Identity confirmed", "Passport, name and date of birth agree with the record.")

    page.locator("button[value=APPROVE]").click()

    expect(page.locator(".page-head .status")).to_have_text("Closed")
    page.wait_for_function("() => window.said.some((text) => text.includes('Approved. The case is closed.'))")
    expect(page.locator("#messages [aria-hidden=true]:not(svg)")).to_have_count(0)


def test_new_work_appears_in_an_open_queue_without_a_reload(portal: RunningPortal, open_as: OpenAs) -> None:
    officer, administrator = open_as("ines"), open_as("tomas")
    officer.clock.install()
    officer.goto(f"{portal.url}/")
    news = officer.locator("#queue-news")
    expect(news).to_be_empty()
    officer.evaluate("window.sameDocument = true")
    officer.locator("[data-rows] tbody tr").nth(1).get_by_role("checkbox").check()

    checks.make_hosted_session(administrator, portal)
    officer.clock.fast_forward(21_000)

    expect(news).to_contain_text("1 new case")
    assert officer.evaluate("window.sameDocument") is True
    expect(officer.locator("[data-rows] tbody tr").nth(1).get_by_role("checkbox")).to_be_checked()
    news.get_by_role("link", name="Show").click()
    expect(officer.locator("[data-rows]").get_by_text("Søren Ødegård").first).to_be_visible()
    expect(news).to_be_empty()


@pytest.mark.parametrize("where", ["case", "queue", "ask"])
def test_at_twice_the_size_nothing_is_cut_off_or_lost(portal: RunningPortal, open_as: OpenAs, where: str) -> None:
    """A window of 1440 px zoomed to 200 % is 720 px wide."""
    page = open_as("ines")
    page.goto(f"{portal.url}/")
    if where != "queue":
        _open_case(page, portal, "Marta Kowalczyk")
    if where == "ask":
        page.goto(f"{page.url}ask/")
    at_once = {control["name"] for control in page.evaluate(USABLE)}

    page.set_viewport_size({"width": 720, "height": 450})

    assert page.evaluate(SIDEWAYS) <= 0
    controls = page.evaluate(USABLE)
    assert [control["name"] for control in controls if not control["fits"]] == []
    assert at_once - {control["name"] for control in controls} == set()
    page.locator("#main").focus()
    for _ in controls:
        page.keyboard.press("Tab")
        if page.locator("#main :focus").count():
            assert _is_in_view(page.locator(":focus"))


def test_who_wants_little_motion_gets_none(portal: RunningPortal, open_as: OpenAs) -> None:
    """The page of the design shows everything that can move."""
    lively, calm = open_as("tomas"), open_as("tomas", reduced_motion="reduce")

    for page in (lively, calm):
        page.goto(f"{portal.url}/style/")
    moving = lively.evaluate(MOVING)
    still = [calm.evaluate(MOVING)]
    for path in ("/", "/overview/", "/delivery/"):
        calm.goto(f"{portal.url}{path}")
        still.append(calm.evaluate(MOVING))

    assert moving > 0
    assert still == [0, 0, 0, 0]


def test_the_list_of_keys_names_every_key_that_works(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("miriam")
    listed = page.locator("#shortcuts kbd")
    page.goto(f"{portal.url}/")
    places = ["/", page.get_by_role("link", name=re.compile("Marta Kowalczyk")).get_attribute("href") or ""]
    places += [page.get_by_role("link", name=re.compile("Rafael Peña")).get_attribute("href") or ""]

    for path in places:
        page.goto(f"{portal.url}{path}")
        keys = page.locator("[data-key]:not(:disabled)").evaluate_all("all => all.map((one) => one.dataset.key)")
        going = page.locator(".nav [data-go]").evaluate_all("all => all.map((one) => one.dataset.go).filter(Boolean)")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        known = set(listed.all_inner_texts())
        assert {key.upper() for key in keys} - known == set()
        assert {key.upper() for key in going} - known == set()
        assert len(going) >= 12
        assert len(going) == len(set(going))
        page.keyboard.press("Escape")
        for control in page.locator("[data-key]:not(:disabled)").all():
            expect(control).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0


def test_no_key_acts_while_somebody_types(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    typed = "admet[]nfjkxgq/? "
    _open_case(page, portal, "Marta Kowalczyk")
    address = page.url
    fields = page.locator("#decision-rationale, #search, .notes__add [name=text]")
    page.get_by_text("Write a note", exact=True).click()

    expect(fields).to_have_count(3)
    for field in fields.all():
        field.fill("")
        field.focus()
        page.keyboard.type(typed)
        expect(field).to_have_value(typed)
    page.locator("#decision-reason").focus()
    page.keyboard.type("n")

    assert page.url == address
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_single_letters_are_switched_off_and_on_by_each_person(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("amara")
    _set_shortcuts(page, portal, on=False)

    page.goto(f"{portal.url}/")
    for key in ("j", "f", "/", "g", "c"):
        page.keyboard.press(key)
    expect(page.locator("tr.is-active")).to_have_count(0)
    expect(page.locator("#queue-find:focus, #search:focus")).to_have_count(0)
    expect(page).to_have_url(f"{portal.url}/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Single-letter shortcuts are off.")
    page.get_by_role("link", name="Your settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your settings")
    _set_shortcuts(page, portal, on=True)

    page.goto(f"{portal.url}/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(f"{portal.url}/overview/")


def _set_shortcuts(page: Page, portal: RunningPortal, *, on: bool) -> None:
    page.goto(f"{portal.url}/me/")
    page.locator("[name=shortcuts]").set_checked(on)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_be_visible()
    expect(page.locator("[name=shortcuts]")).to_be_checked(checked=on)


def _open_case(page: Page, portal: RunningPortal, customer: str) -> None:
    page.goto(f"{portal.url}/")
    page.locator("[data-rows]").get_by_role("link", name=re.compile(customer)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(customer)


def _write(page: Page, reason: str, rationale: str) -> None:
    choice = page.locator("#decision-reason option", has_text=re.compile(reason, re.IGNORECASE)).first
    page.select_option("#decision-reason", choice.get_attribute("value"))
    page.fill("#decision-rationale", rationale)


def _is_in_view(locator: Locator) -> bool:
    box: Any = locator.bounding_box()
    return bool(box and box["x"] >= 0 and box["x"] + box["width"] <= 720.5 and box["y"] + box["height"] >= 0)
