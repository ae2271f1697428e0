"""The Capa link page in a real browser on a small screen: its policy lets the whole walk through, scripts off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.sandbox.capa_kit import Capa, until
from tests.screens import CHROMIUM

pytestmark = pytest.mark.browser
PATIENCE_MS = 30_000


class Portal(BaseHTTPRequestHandler):
    """Where a person returns to."""

    def do_GET(self) -> None:
        page = b"<!doctype html><title>Portal</title><h1>Welcome back</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def return_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/back/3f9a7c"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        yield browser
        browser.close()


def test_a_person_walks_through_and_is_taken_back(capa: Capa, browser: Browser, return_url: str) -> None:
    person, _ = capa.new_user()
    business, _ = capa.new_user("BUSINESS")
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))

    page.goto(capa.new_link(person, partnerRedirectUri=return_url))
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Full name").fill("Nguyễn Thị Ánh")
    page.get_by_label("Date of birth").fill("1988-02-29")
    page.get_by_label("ID number").fill("X 12/3")
    page.get_by_label("Rejected", exact=True).check()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(return_url)
    page.goto(capa.new_link(business, "kyb", partnerRedirectUri=return_url))
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Use sample data").click()
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("heading", name="Welcome back").wait_for()

    context.close()
    until(lambda: capa.result(person) == "REJECTED")
    until(lambda: capa.details(business, "kyb").json()["data"]["verificationStatus"] == "VERIFIED")
    assert heard == []
