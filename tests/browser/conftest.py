"""One running portal and one browser for all tests of this folder; every page is watched for complaints.

The fixtures end with the folder: while Playwright's loop is open, Django refuses the database to other tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState, expect, sync_playwright

from tests.browser import steps
from tests.browser.steps import Sandbox
from tests.running_portal import RunningPortal, running_portal
from tests.screens import CHROMIUM, SIZES, sign_in

PATIENCE_MS = 40_000
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.effectiveDirective} ${event.blockedURI} on ${location.pathname}`));
"""


@dataclass
class Complaints:
    """What the browser said about the pages of a test. ``expected``: statuses or words that the test provokes."""

    expected: tuple[int | str, ...] = ()
    heard: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.report(f"{message.text} [{message.page.url if message.page else ''}]")

    def report(self, complaint: str) -> None:
        reasons = (f"status of {reason}" if isinstance(reason, int) else reason for reason in self.expected)
        if not any(reason in complaint for reason in reasons):
            self.heard.append(complaint)


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    with running_portal(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="package")
def sandbox(portal: RunningPortal) -> Sandbox:
    return Sandbox(portal.sandbox_url)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as engine:
        expect.set_options(timeout=PATIENCE_MS)
        browser = engine.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def session_of(portal: RunningPortal, browser: Browser) -> Callable[[str], StorageState]:
    """Cookies of a signed-in person. Each person signs in once: the portal counts sign-ins."""
    known: dict[str, StorageState] = {}

    def session(username: str) -> StorageState:
        if username not in known:
            context = browser.new_context()
            sign_in(context.new_page(), portal, username)
            known[username] = context.storage_state()
            context.close()
        return known[username]

    return session


OpenAs = Callable[..., Page]


@pytest.fixture(scope="package")
def known_customer(portal: RunningPortal, browser: Browser, session_of: Callable[[str], StorageState]) -> str:
    """The page of a customer whose user at Kraken Embed is linked: drafts that need nothing else start there."""
    context = browser.new_context(storage_state=session_of("tomas"))
    page = context.new_page()
    steps.add_customer(page, portal, steps.new_person())
    steps.ask_for_user(page, account=steps.KRAKEN)
    address = page.url
    context.close()
    return address


@pytest.fixture(scope="module")
def module_open_as(browser: Browser, session_of: Callable[[str], StorageState]) -> Iterator[OpenAs]:
    """``open_as`` for fixtures that live as long as their module."""
    yield from _opener(browser, session_of)


@pytest.fixture
def open_as(browser: Browser, session_of: Callable[[str], StorageState]) -> Iterator[OpenAs]:
    """``open_as(username, size="1440", expected=(422,), **context options)`` gives a fresh, watched page.

    ``username`` "" opens it signed out. The test fails at its end if the browser met an unexpected console error, a
    script error or a violation of the content security policy.
    """
    yield from _opener(browser, session_of)


def _opener(browser: Browser, session_of: Callable[[str], StorageState]) -> Iterator[OpenAs]:
    opened: list[tuple[BrowserContext, Complaints]] = []

    def open_page(username: str, *, size: str = "1440", expected: tuple[int | str, ...] = (), **options: Any) -> Page:
        width, height = SIZES[size]
        complaints = Complaints(expected)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            storage_state=session_of(username) if username else None,
            **({"has_touch": True, "is_mobile": True} if size == "390" else {}),
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.expose_function("reportViolation", complaints.report)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", complaints.hear)
        context.on("weberror", lambda problem: complaints.report(str(problem.error)))
        opened.append((context, complaints))
        return context.new_page()

    yield open_page
    for context, _complaints in opened:
        context.close()
    assert [line for _context, complaints in opened for line in complaints.heard] == []
