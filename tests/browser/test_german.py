"""German in the browser: what scripts say is in the language of the page, for whoever reads German there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
GERMAN = {"locale": "de-DE"}


def test_an_upload_is_told_in_german(known_customer: str, open_as: OpenAs) -> None:
    english = open_as("tomas")
    steps.new_draft(english, known_customer)
    page = open_as("tomas", **GERMAN)
    page.goto(english.url)

    steps.choose_file(page, "front", {"name": "leer.jpg", "mimeType": "image/jpeg", "buffer": b""})

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(steps.slot(page, "front").get_by_role("alert")).to_have_text("„leer.jpg“ ist leer.")
    steps.choose_file(page, "front", steps.specimen())
    expect(steps.slot(page, "front").get_by_text("Empfangen", exact=True)).to_be_visible()


@pytest.mark.usefixtures("known_customer")
def test_the_plots_and_the_copy_buttons_speak_german(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("tomas", **GERMAN)
    page.goto(f"{portal.url}/delivery/")
    plot = page.locator('[data-plot="outcomes"] .u-over')
    plot.hover(position={"x": 30, "y": 40})

    expect(page.locator('[data-plot-readout="outcomes"]')).to_have_text(
        re.compile(r"^\d\d:\d\d–\d\d:\d\d: kein Aufruf$")
    )
    assert page.locator("body").get_attribute("data-copied") == "Kopiert"
