"""Nothing goes out twice: an impatient hand, the back button, two tabs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import OpenAs

pytestmark = pytest.mark.browser
TOO_LATE = "This verification was already submitted"


def test_a_double_click_submits_once_and_the_back_button_is_told_so(
    known_customer: str, sandbox: steps.Sandbox, open_as: OpenAs
) -> None:
    page = open_as("tomas")
    draft = steps.new_draft(page, known_customer)
    steps.choose_file(page, "front", steps.specimen())
    steps.expect_received(page, "front")
    steps.fill_passport(page)
    taken_before = sandbox.accepted("kraken_embed")

    page.get_by_role("button", name="Submit to").dblclick(no_wait_after=True)
    steps.expect_state(page, "Answered")
    expect(page.get_by_role("row", name=re.compile("Submit files"))).to_have_count(1)
    assert sandbox.accepted("kraken_embed") == taken_before + 1

    page.go_back()
    if page.url == draft:
        page.get_by_role("button", name="Submit to").click()
    expect(page.get_by_text(TOO_LATE)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Submit files"))).to_have_count(1)
    assert sandbox.accepted("kraken_embed") == taken_before + 1


def test_the_second_of_two_tabs_is_told_that_the_first_has_submitted(
    known_customer: str, sandbox: steps.Sandbox, open_as: OpenAs
) -> None:
    first = open_as("tomas", expected=(422,))
    draft = steps.new_draft(first, known_customer)
    steps.choose_file(first, "front", steps.specimen())
    steps.expect_received(first, "front")
    steps.fill_passport(first)
    second = first.context.new_page()
    second.goto(draft)
    steps.fill_passport(second, number="K0000000")
    taken_before = sandbox.accepted("kraken_embed")

    steps.submit(first)
    steps.choose_file(second, "back", steps.specimen("id_back"))
    expect(steps.slot(second, "back").locator("[data-slot-error]")).to_be_visible()
    second.get_by_role("button", name="Submit to").click()

    expect(second.get_by_text(TOO_LATE)).to_be_visible()
    assert second.url == first.url
    steps.expect_state(first, "Answered")
    assert sandbox.accepted("kraken_embed") == taken_before + 1
