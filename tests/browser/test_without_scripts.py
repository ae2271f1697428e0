"""The main job with JavaScript switched off: plainer, and complete."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser


def test_a_draft_is_filled_in_saved_submitted_and_answered_without_scripts(
    known_customer: str, open_as: OpenAs
) -> None:
    page = open_as("tomas", expected=(422,), java_script_enabled=False)
    steps.new_draft(page, known_customer)

    front = steps.slot(page, "front")
    for words in ("Choose file", "Drop a file here, or", "Take photo"):
        expect(front.get_by_text(words)).to_be_hidden()
    front.locator("input[name=file]").set_input_files(
        {"name": "passport.jpg", "mimeType": "image/jpeg", "buffer": b"<html>no</html>"}
    )
    front.get_by_role("button", name="Upload").click()
    expect(page.locator("#messages")).to_contain_text("This is a web page (HTML)")
    front.locator("input[name=file]").set_input_files(steps.specimen())
    front.get_by_role("button", name="Upload").click()
    expect(page.locator("#messages")).to_contain_text("Document added.")
    steps.expect_received(page, "front")

    page.get_by_role("button", name="Submit to").click()
    expect(page.locator(".field", has=page.locator("[name=document_type]")).locator(".errorlist")).to_be_visible()
    steps.fill_passport(page)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Draft saved.")
    expect(page.locator("[name=verifier]")).to_have_value("example-idv")
    steps.submit(page)

    _reload_until(page, "Answered")
    expect(page.get_by_role("row", name=re.compile("Submit files"))).to_contain_text("Succeeded")


def test_the_queue_and_a_case_with_its_documents_are_readable_without_scripts(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    # Chromium dresses a bare image up with its own style and script, which the answer's policy refuses.
    own_dress = ("Applying inline style", "style-src-attr inline on /documents/", "Blocked script execution")
    page = open_as("ines", expected=own_dress, java_script_enabled=False)
    page.goto(f"{portal.url}/?view=closed")
    page.get_by_role("link", name=re.compile("Jonas Lindqvist")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Jonas Lindqvist")
    large = page.locator("[data-stage] noscript img, [data-stage] > img").first
    expect(large).to_be_visible()
    assert (large.bounding_box() or {"width": 0})["width"] > 200
    expect(page.get_by_role("toolbar")).to_be_hidden()
    expect(page.get_by_text("Loading the document")).to_be_hidden()
    with page.expect_response(re.compile(r"/documents/.+/preview/1/")) as shown:
        page.locator("[data-viewer] [data-item]").first.click()
    assert shown.value.headers["content-type"] == "image/jpeg"


def _reload_until(page: Page, words: str) -> None:
    """Without scripts a person reloads: for half a minute at most."""
    end = time.monotonic() + 30
    while steps.state(page).text_content() != words and time.monotonic() < end:
        time.sleep(0.5)
        page.reload()
    expect(steps.state(page)).to_have_text(words)
