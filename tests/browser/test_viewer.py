"""The document viewer: turning, zoom, light, loupe, two pages side by side, fingers; and each look is on record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
TURNED = re.compile(r"rotate\(90deg\)")
UPRIGHT = re.compile(r"rotate\(0deg\)")
STANDING = re.compile(r"(^|\s)is-loading")
PREVIEW = re.compile(r"/documents/([0-9a-f-]{36})/preview/(\d+)/$")
PICTURE = "canvas => canvas.toDataURL()"
LEFT_OF = "([image, x]) => image.getBoundingClientRect().x < x"
WIDER_THAN = "([image, width]) => image.getBoundingClientRect().width > width"


def test_a_turned_page_stays_turned_over_zoom_next_page_and_reload(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    image = page.locator("[data-image]")

    page.locator("[data-tool=right]").click()
    for tool in ("in", "in", "actual", "fit", "next", "previous"):
        page.locator(f"[data-tool={tool}]").click()
    _expect_shown(page)
    expect(image).to_have_attribute("style", TURNED)
    page.locator("[data-tool=next]").click()
    _expect_shown(page)
    expect(image).to_have_attribute("style", UPRIGHT)
    page.reload()

    _expect_shown(page)
    expect(image).to_have_attribute("style", TURNED)
    box = _box(image)
    assert box["height"] > box["width"]


def test_zoom_goes_to_single_pixels_and_an_enlarged_page_is_moved_by_arrows(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    zoom, image, stage = page.locator("[data-zoom]"), page.locator("[data-image]"), page.locator("[data-stage]")
    stage.focus()

    page.keyboard.press("1")
    expect(zoom).to_have_text("100 %")
    natural = image.evaluate("image => image.naturalWidth")
    assert _box(image)["width"] == pytest.approx(natural, abs=1)
    expect(image).not_to_have_class(re.compile("is-pixelated"))
    page.keyboard.press("8")
    expect(zoom).to_have_text("800 %")
    expect(image).to_have_css("image-rendering", "pixelated")
    before = _box(image)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(LEFT_OF, arg=[_handle(image), before["x"] - 50])
    expect(page.locator("[data-position]")).to_have_text("1 of 2")
    page.keyboard.press("PageDown")
    _expect_shown(page)

    expect(page.locator("[data-position]")).to_have_text("2 of 2")
    expect(page.locator("[data-status]")).to_have_text(re.compile(r"^Back, 2 of 2, zoom \d+ %$"))


def test_two_pages_stand_side_by_side_and_move_together_or_apart(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    stages, choices, boxes = page.locator("[data-stage]"), page.locator("[data-choose]"), page.locator("[data-pan]")
    stages.first.focus()

    page.keyboard.press("s")
    expect(stages).to_have_count(2)
    for number, label in enumerate(("1. Front", "2. Back")):
        expect(stages.nth(number)).not_to_have_class(STANDING)
        assert choices.nth(number).evaluate("choice => choice.selectedOptions[0].text") == label
    page.keyboard.press("+")
    page.keyboard.press("+")
    _wait_scale(boxes.nth(1), 1.6)
    together = (_scale(boxes.nth(0)), _scale(boxes.nth(1)))
    page.keyboard.press("t")
    page.keyboard.press("+")
    _wait_scale(boxes.nth(0), 2.1)
    left_behind = _scale(boxes.nth(1))
    page.keyboard.press("t")
    _wait_scale(boxes.nth(1), 2.1)
    page.keyboard.press("s")

    assert together[0] == pytest.approx(together[1])
    assert left_behind == pytest.approx(together[1])
    expect(stages).to_have_count(1)
    expect(page.locator(".viewer__caption")).to_contain_text("Front")


def test_the_loupe_follows_pointer_and_arrow_keys(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    lens, stage = page.locator("[data-lens]"), page.locator("[data-stage]")

    page.locator("[data-tool=loupe]").click()
    expect(lens).to_be_visible()
    expect(stage).to_be_focused()
    stage.hover(position={"x": 200, "y": 200})
    pointed = (lens.locator("canvas").evaluate(PICTURE), _box(lens))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = (lens.locator("canvas").evaluate(PICTURE), _box(lens))
    page.keyboard.press("Escape")

    assert pointed[0] != moved[0]
    assert moved[1]["x"] > pointed[1]["x"]
    expect(lens).to_be_hidden()
    expect(page.locator("[data-tool=loupe]")).to_have_attribute("aria-pressed", "false")


def test_light_is_changed_by_keys_said_and_put_back(portal: RunningPortal, open_as: OpenAs) -> None:
    page = open_as("ines")
    _open_case(page, portal)
    image, panel = page.locator("[data-image]"), page.get_by_role("group", name="Light")
    page.locator("[data-stage]").focus()

    page.keyboard.press("c")
    expect(panel.get_by_label("Brightness")).to_be_focused()
    page.keyboard.press("ArrowRight")
    panel.get_by_label("Contrast").fill("200")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("i")

    expect(image).to_have_css("filter", "brightness(1.05) contrast(2) invert(1)")
    expect(page.locator("[data-status]")).to_contain_text("light changed")
    page.get_by_role("button", name="Light changed: put it back").click()
    expect(image).to_have_css("filter", "none")


def test_two_fingers_enlarge_one_finger_moves_and_a_stroke_turns_the_page(
    portal: RunningPortal, open_as: OpenAs
) -> None:
    page = open_as("ines", size="390")
    _open_case(page, portal)
    stage, image, position = page.locator("[data-stage]"), page.locator("[data-image]"), page.locator("[data-position]")
    stage.scroll_into_view_if_needed()
    box = _box(stage)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fitted = _box(image)["width"]

    _touch(page, [(x + 90, y)], [(x + 20, y + 4)], [(x - 90, y + 6)])
    expect(position).to_have_text("2 of 2")
    _touch(page, [(x - 90, y)], [(x, y)], [(x + 90, y)])
    expect(position).to_have_text("1 of 2")
    _expect_shown(page)
    expect(stage).to_have_css("touch-action", "pan-y")
    _touch(page, [(x - 20, y), (x + 20, y)], [(x - 50, y), (x + 50, y)], [(x - 80, y), (x + 80, y)])
    page.wait_for_function(WIDER_THAN, arg=[_handle(image), fitted * 1.3])
    expect(stage).to_have_css("touch-action", "none")
    before = _box(image)
    _touch(page, [(x, y)], [(x - 20, y - 10)], [(x - 50, y - 30)])

    page.wait_for_function(LEFT_OF, arg=[_handle(image), before["x"] - 20])
    expect(position).to_have_text("1 of 2")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_shown_page_is_one_look_on_record_and_no_other_is(portal: RunningPortal, open_as: OpenAs) -> None:
    page, auditor = open_as("ines"), open_as("amara")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if PREVIEW.search(request.url) else None)
    _open_case(page, portal)
    customer = (page.locator(".page-head__meta a").get_attribute("href") or "").strip("/").split("/")[-1]
    looks_before = _looks(auditor, portal, customer)
    page.locator("[data-stage]").focus()

    for key in ("+", "r", "Shift+R", "l", "l", "8", "i", "i", "c", "Escape", "0"):
        page.keyboard.press(key)
    page.keyboard.press("s")
    expect(page.locator("[data-stage]")).to_have_count(2)
    expect(page.locator("[data-stage].is-loading")).to_have_count(0)
    page.keyboard.press("s")
    expect(page.locator("[data-stage]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    _expect_shown(page)
    page.keyboard.press("ArrowLeft")
    _expect_shown(page)

    front, back = asked[0], asked[1]
    assert asked == [front, back, back, front]
    assert front != back
    assert len(_looks(auditor, portal, customer) - looks_before) == len(asked) - 1


def _open_case(page: Page, portal: RunningPortal) -> None:
    """A case whose documents are a front and a back."""
    page.goto(f"{portal.url}/?view=closed")
    page.get_by_role("link", name=re.compile("Jonas Lindqvist")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Jonas Lindqvist")
    _expect_shown(page)


def _expect_shown(page: Page) -> None:
    expect(page.locator("[data-stage]")).not_to_have_class(STANDING)
    page.wait_for_function("document.querySelector('[data-image]').naturalWidth > 0")


def _handle(locator: Locator) -> Any:
    return locator.element_handle()


def _box(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box
    return box


def _scale(box: Locator) -> float:
    """How much a pane is enlarged over "fit"."""
    return float(box.evaluate("box => new DOMMatrix(getComputedStyle(box).transform).a"))


def _wait_scale(box: Locator, least: float) -> None:
    box.page.wait_for_function(
        "([box, least]) => new DOMMatrix(getComputedStyle(box).transform).a >= least", arg=[_handle(box), least]
    )


def _touch(page: Page, *steps: list[tuple[float, float]]) -> None:
    """Put fingers down at the first places, move them over the others, lift them."""
    session = page.context.new_cdp_session(page)
    for kind, fingers in zip(("touchStart", *["touchMove"] * (len(steps) - 1)), steps, strict=True):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _looks(page: Page, portal: RunningPortal, customer: str) -> set[str]:
    """As an auditor: the newest previews of this customer's documents in the access log, by the request's id."""
    page.goto(f"{portal.url}/access/?action=document.preview_served&customer={customer}")
    return set(page.locator("[data-label=Request]").all_inner_texts())
