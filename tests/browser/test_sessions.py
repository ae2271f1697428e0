"""Sessions at Transmit Security: what the customer does on a phone, and what the portal shows of it meanwhile."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import check_steps as checks
from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
BLURRED_WIDTH = 641
"""The stand-in calls a picture of this width blurred."""
NATURAL_WIDTH = "image => image.naturalWidth"
USED = "This address was opened before"
OVER = "This address is over"
REFUSED = "There is nothing more to do here"


@dataclass(frozen=True)
class Hosted:
    """A session from its making to its result. ``second`` is what another phone saw at its address meanwhile."""

    page: Page
    url: str
    address: str
    second: tuple[int, str]


@pytest.fixture(scope="module")
def hosted(portal: RunningPortal, module_open_as: OpenAs) -> Hosted:
    page, phone = module_open_as("tomas"), module_open_as("", size="390")
    other = module_open_as("", size="390", expected=(410,))
    url, address = checks.make_hosted_session(page, portal)
    checks.take_pictures(phone, address)
    answer = other.goto(address)
    second = (answer.status if answer else 0, other.get_by_role("heading", level=1).text_content() or "")
    checks.finish_session(phone, outcome="Challenge: one check does not pass")
    assert not phone.context.cookies(portal.url)
    steps.expect_state(page, "Completed")
    return Hosted(page, url, address, second)


def test_a_hosted_session_moves_by_itself_from_the_address_to_checks_and_images(
    portal: RunningPortal, hosted: Hosted
) -> None:
    page = hosted.page

    expect(page.locator("#live")).to_contain_text("Challenge")
    found = page.locator("section", has=page.locator("#results-title")).locator(".checks > li")
    expect(found).to_have_count(7)
    expect(found.get_by_text("Passed", exact=True)).to_have_count(4)
    expect(found.get_by_text("Did not pass: look yourself", exact=True)).to_have_count(2)
    expect(found.get_by_text("Not carried out", exact=True)).to_have_count(1)
    copied = page.locator("section", has=page.locator("#images-title")).get_by_text("Copied", exact=True)
    expect(copied).to_have_count(6, timeout=steps.PATIENCE_MS)
    items = page.locator("[data-viewer] [data-item]")
    expect(items).to_have_count(6)
    for number, label in enumerate(("Front", "Front", "Back", "Back", "Selfie", "Selfie")):
        items.nth(number).click()
        expect(page.locator(".viewer__caption")).to_contain_text(label)
        expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
        assert page.locator("[data-viewer] [data-image]").evaluate(NATURAL_WIDTH) > 300
    expect(page.get_by_text("Read, but not verified")).to_be_visible()
    assert hosted.address not in page.content()
    assert page.url.startswith(portal.url)


def test_the_address_of_a_session_works_once(hosted: Hosted, open_as: OpenAs) -> None:
    late = open_as("", size="390", expected=(410,))

    answer = late.goto(hosted.address)

    assert hosted.second == (410, USED)
    assert answer is not None
    assert answer.status == 410
    expect(late.get_by_role("heading", level=1)).to_have_text(OVER)
    expect(late.get_by_role("link")).to_have_count(0)


def test_an_officer_reads_a_session_and_changes_nothing(portal: RunningPortal, hosted: Hosted, open_as: OpenAs) -> None:
    page = open_as("ines", expected=(403,))

    page.goto(hosted.url)

    steps.expect_state(page, "Completed")
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
    for words in ("Read result now", "Copy images now", "Cancel the session", "Read now", "Delete at the provider…"):
        expect(page.get_by_role("button", name=words)).to_have_count(0)
    own = hosted.page.locator("form[action^='/sessions/']").first.get_attribute("action") or ""
    session = own.rsplit("/", 2)[0]
    for step in ("read", "images", "consent", "delete", "address", "renew", "cancel"):
        assert _status_of_post(page, f"{portal.url}{session}/{step}/") == 403


def test_a_return_with_a_wrong_state_is_refused_and_changes_nothing(portal: RunningPortal, open_as: OpenAs) -> None:
    page, phone = open_as("tomas"), open_as("", size="390")
    stranger = open_as("", expected=(400,))
    _url, address = checks.make_hosted_session(page, portal)
    checks.take_pictures(phone, address)
    right = _return_address(phone)
    state = right.rpartition("state=")[2]
    wrong = right.replace(state, state[:-1] + ("A" if state[-1] != "A" else "B"))

    for refused in (wrong, right.partition("&state=")[0]):
        answer = stranger.goto(refused)
        assert answer is not None
        assert answer.status == 400
        expect(stranger.get_by_role("heading", level=1)).to_have_text(REFUSED)
    now = open_as("tomas")  # the first page may be showing itself anew at this very moment
    now.goto(page.url)
    expect(steps.state(now)).to_have_text("Waiting for the customer")
    expect(now.locator("#live dt", has_text="Came back")).to_have_count(0)

    phone.goto(right)
    expect(phone.get_by_role("heading", level=1)).to_have_text(checks.THANKS)
    steps.expect_state(page, "Completed")
    expect(page.locator("#live dt", has_text="Came back")).to_have_count(1)
    stranger.goto(right)
    expect(stranger.get_by_role("heading", level=1)).to_have_text(REFUSED)


def test_a_picture_that_is_refused_is_replaced_and_the_session_goes_on(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("tomas", expected=(422,))
    steps.add_customer(page, portal, steps.new_person())
    page.get_by_role("link", name="New session").first.click()
    page.get_by_label("The portal sends them.").check()
    page.get_by_role("button", name="Make the session").click()
    expect(page.get_by_text("Without the customer's consent no picture may be sent.")).to_be_visible()
    page.get_by_label("The customer has agreed to the check").check()
    page.get_by_label("Id of the consent text").fill("consent-2026-11")
    page.get_by_role("button", name="Make the session").click()
    for slot, kind in (("front", None), ("back", "id_back"), ("selfie", "selfie")):
        steps.choose_file(page, slot, steps.specimen(kind) if kind else _picture(BLURRED_WIDTH))  # type: ignore[arg-type]
        steps.expect_received(page, slot)

    page.get_by_role("button", name="Send to Transmit Security").click()

    steps.expect_state(page, "Another picture is needed")
    front = steps.slot(page, "front")
    expect(front.get_by_text("The picture is blurred.")).to_be_visible()
    expect(front.get_by_text("Hold the camera still and use more light.")).to_be_visible()
    sent = page.locator("section", has=page.locator("#sent-title"))
    expect(sent).to_contain_text("The picture is blurred.")
    steps.choose_file(page, "front", steps.specimen("id_front"))
    expect(front.get_by_text("Received")).to_be_visible(timeout=steps.PATIENCE_MS)
    expect(front.get_by_text("The picture is blurred.")).to_have_count(0)
    page.get_by_role("button", name="Send the new picture").click()
    steps.expect_state(page, "Completed")
    accepted = page.locator("section", has=page.locator("#sent-title")).get_by_text("Accepted", exact=True)
    expect(accepted).to_have_count(3)
    expect(page.get_by_text("The provider verified this data")).to_be_visible()


def _return_address(phone: Page) -> str:
    """End the session by the hosted page's own requests and keep the address that would lead back."""
    hosted = phone.url
    choice = phone.request.post(f"{hosted}/outcome", form={"outcome": "ALLOW"}, max_redirects=0)
    assert choice.status == 303
    for _ in range(100):
        answer = phone.request.get(hosted, max_redirects=0)
        if answer.status == 303:
            return answer.headers["location"]
        phone.wait_for_timeout(200)
    raise AssertionError(f"the stand-in does not lead back from {urlsplit(hosted).netloc}")


def _picture(width: int) -> dict[str, Any]:
    content = io.BytesIO()
    Image.effect_noise((width, 480), 60).convert("RGB").save(content, "JPEG", quality=90)
    return {"name": "vorne.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def _status_of_post(page: Page, address: str) -> int:
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    return page.request.post(address, form={"csrfmiddlewaretoken": token}, max_redirects=0).status
