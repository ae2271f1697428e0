"""Every page as each role, wide and narrow, light and dark: no complaint of browser, policy or axe."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser import check_steps as checks
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal
from tests.screens import AUDITORS, OVERSIGHT, addresses
from verifications.samples.people import PEOPLE

pytestmark = pytest.mark.browser
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What a change of theme can break; every other rule looks at the same document and layout again."""
PROVOKED = (403, 404, 422)
FIRST = PEOPLE[0][0]
OFFICERS_LOOK = {*(OVERSIGHT.keys() - {"texts"}), "queue-closed", "security", "not-found"} | {
    f"case-{name}" for name in ("unknown", "waiting", "many", "escalated", "business", "closed")
}
"""Pages on which an administrator sees what the officer sees, or a button less."""
OWN = {
    "miriam": ("case-staged", "case-escalated", "case-closed", "policy", "policy-new", "policy-replay"),
    "amara": [
        "queue",
        "case",
        "case-staged",
        "customer",
        "verification-refused",
        "provider",
        "session",
        "link",
        "reconciliation",
        "text",
        "audit",
        "access",
        *AUDITORS,
        "sample",
        "sample-again",
        "export",
        "pack",
        "customer-looks",
    ],
}
"""Who sees as the officer does, or less: what is theirs, and a few for what is missing."""
SETTLED = "() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null)))"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("size", ["1440", "390"])
@pytest.mark.parametrize("username", [person[0] for person in PEOPLE])
def test_every_page_is_sound(portal: RunningPortal, open_as: OpenAs, username: str, size: str) -> None:
    page = open_as(username, size=size, expected=PROVOKED, color_scheme="light", reduced_motion="reduce")
    found: list[str] = []

    paths = addresses(page, portal, username)
    assert all(path != "/" for name, path in paths.items() if name != "queue")
    names = OWN.get(username) or [name for name in paths if username == FIRST or name not in OFFICERS_LOOK]
    for name in names:
        page.goto(portal.url + paths[name])
        found += [f"{name}: {problem}" for problem in _problems(page, size)]

    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", ["1440", "390"])
def test_what_a_search_finds_is_sound(portal: RunningPortal, open_as: OpenAs, size: str) -> None:
    page = open_as("ines", size=size, color_scheme="light", reduced_motion="reduce")
    found: list[str] = []

    for text in ("cust-88", "nobody-is-called-so"):
        page.goto(f"{portal.url}/customers/")
        page.fill("#search", text)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{portal.url}/search/")
        found += [f"{text}: {problem}" for problem in _problems(page, size)]

    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", ["1440", "390"])
def test_the_pages_of_signing_in_are_sound(portal: RunningPortal, open_as: OpenAs, size: str) -> None:
    page = open_as("", size=size, expected=PROVOKED, color_scheme="light", reduced_motion="reduce")
    found: list[str] = []

    for path in ("/account/login/", "/account/password/reset/", "/account/signup/", "/nowhere/"):
        page.goto(portal.url + path)
        found += [f"{path}: {problem}" for problem in _problems(page, size)]

    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", ["1440", "390"])
def test_the_pages_that_customers_see_are_sound(
    portal: RunningPortal, waiting_session: str, open_as: OpenAs, size: str
) -> None:
    """They have no switch of themes: the theme is the one of the customer's device."""
    page = open_as("", size=size, expected=(400, 404), color_scheme="light", reduced_motion="reduce")
    found: list[str] = []

    for address in (waiting_session, f"{portal.url}/start/{'x' * 27}/", f"{portal.url}/return/session/?state=x"):
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            name = (page.get_by_role("heading", level=1).text_content() or "", theme)
            found += [f"{name}: {problem}" for problem in _axe(page, STANDARDS)]
        found += [f"{name}: too wide"] * (int(page.evaluate(SIDEWAYS)) > 0)

    assert "\n".join(found) == ""


@pytest.fixture(scope="module")
def waiting_session(portal: RunningPortal, module_open_as: OpenAs) -> str:
    """The address of a session that no customer has begun."""
    return checks.make_hosted_session(module_open_as("tomas"), portal)[1]


def _problems(page: Page, size: str) -> list[str]:
    """What is wrong with the page that is open; the dark theme's colours are looked at once, on the wide page."""
    page.evaluate(AXE_SCRIPT)
    _choose_theme(page, "light")
    too_wide = int(page.evaluate(SIDEWAYS))
    problems = [f"{too_wide} px wider than the window"] if too_wide > 0 else []
    problems += _axe(page, STANDARDS)
    if size != "1440":
        return problems
    _choose_theme(page, "dark")
    return problems + [f"dark {problem}" for problem in _axe(page, COLOUR_RULES)]


def _choose_theme(page: Page, theme: str) -> None:
    page.locator(f"[data-theme-choice={theme}]").first.evaluate("button => button.click()")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.evaluate(SETTLED)


def _axe(page: Page, rules: list[str]) -> list[str]:
    """``rules``: tags of standards, or names of rules."""
    violations: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then((result) => result.violations)",
        {"runOnly": rules, "resultTypes": ["violations"]},
    )
    return [f"{violation['id']} at {node['target']}" for violation in violations for node in violation["nodes"]]
