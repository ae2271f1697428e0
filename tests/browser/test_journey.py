"""The main job: a document goes from a browser to a provider, and the answer comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal
from verifications.documents.specimen_video import video_of_size

pytestmark = pytest.mark.browser
REMEMBER_STATES = """
() => {
  window.sameDocument = true;
  window.states = [];
  const look = () => {
    const words = document.querySelector(".status--large").textContent;
    if (window.states.at(-1) !== words) window.states.push(words);
  };
  look();
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""
NATURAL_WIDTH = "image => image.naturalWidth"


@dataclass(frozen=True)
class Answered:
    """A verification that the provider has answered, watched from submission to answer without a reload."""

    page: Page
    person: steps.Person
    states: list[str]
    same_document: bool

    @property
    def case_path(self) -> str:
        return self.page.locator(".page-head__meta a[href^='/cases/']").get_attribute("href") or ""


@pytest.fixture(scope="module")
def answered(portal: RunningPortal, module_open_as: OpenAs) -> Answered:
    """Kraken Embed, files: an identity card with front and back, by an administrator."""
    page, person = module_open_as("tomas"), steps.new_person()
    steps.add_customer(page, portal, person)
    steps.ask_for_user(page, account=steps.KRAKEN)
    steps.start_verification(page, account=steps.KRAKEN, method=steps.FILES)
    steps.drop_file(page, "front", steps.specimen("id_front"))
    steps.expect_received(page, "front")
    steps.choose_file(page, "back", steps.specimen("id_back"))
    steps.expect_received(page, "back")
    steps.fill_passport(page)
    page.select_option("[name=document_type]", "id_card")
    return _watch(page, person)


def _watch(page: Page, person: steps.Person) -> Answered:
    steps.submit(page)
    page.evaluate(REMEMBER_STATES)
    steps.expect_state(page, "Answered")
    return Answered(page, person, page.evaluate("window.states"), page.evaluate("window.sameDocument === true"))


def test_files_go_to_kraken_and_the_answer_comes_back_without_a_reload(answered: Answered) -> None:
    page = answered.page

    assert answered.same_document
    assert len(answered.states) > 1
    assert answered.states[-1] == "Answered"
    expect(page.locator("#live")).not_to_have_attribute("hx-trigger", re.compile(""))
    _expect_answer(page, calls={"Submit files", "Read user"})


def test_documents_are_seen_as_images(answered: Answered) -> None:
    page = answered.page
    large, film = page.locator("[data-viewer] [data-image]"), page.locator("[data-viewer] .viewer__thumb")

    for number, label in enumerate(("Front", "Back")):
        page.locator("[data-viewer] [data-item]").nth(number).click()
        expect(page.locator(".viewer__caption")).to_contain_text(label)
        expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
        assert large.evaluate(NATURAL_WIDTH) > 600
        film.nth(number).scroll_into_view_if_needed()
        page.wait_for_function("image => image.naturalWidth > 0", arg=film.nth(number).element_handle())


def test_a_call_of_the_table_opens_its_ledger_entry(answered: Answered, open_as: OpenAs) -> None:
    page = open_as("tomas")
    page.goto(answered.page.url)

    page.get_by_role("row", name=re.compile("Submit files")).get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Submit files")
    expect(steps.state(page)).to_have_text("Succeeded")
    ledger = page.locator("section", has=page.get_by_role("heading", name="Ledger entry"))
    for term in ("Call id", "Request", "Key id", "Nonce", "Body", "First byte", "Finished", "Took", "HTTP status"):
        expect(ledger.locator("dt").get_by_text(term, exact=True)).to_be_visible()
    expect(ledger).to_contain_text("POST /b2b/verifications/")
    expect(ledger).to_contain_text(re.compile(r"SHA-256 [0-9a-f]{64}"))
    assert "K7654321" not in page.content()
    page.get_by_role("link", name="← Verification").click()
    steps.expect_state(page, "Answered")


@pytest.mark.parametrize(
    ("account", "api", "links"),
    [(steps.KRAKEN, "kraken_embed", True), (steps.PAYWARD, "payward_services", False)],
    ids=["kraken", "payward"],
)
def test_presigned_addresses_go_out_and_the_answer_comes_back(
    portal: RunningPortal, sandbox: steps.Sandbox, open_as: OpenAs, *, account: str, api: str, links: bool
) -> None:
    page, person = open_as("tomas", expected=(422,)), steps.new_person()
    steps.add_customer(page, portal, person)
    existing_id = sandbox.make_user(api) if links else ""
    steps.ask_for_user(page, account=account, existing_id=existing_id)
    if links:
        expect(page.locator("#live")).to_contain_text(existing_id)
    steps.start_verification(page, account=account, method=steps.ADDRESSES)
    taken_before = sandbox.accepted(api)

    page.get_by_role("button", name="Submit to").click()
    _expect_problem(page, "document_type")
    _expect_problem(page, "document_number")
    _expect_problem(page, "verifier")
    expect(steps.slot(page, "front").locator(".errorlist")).to_be_visible()
    assert sandbox.accepted(api) == taken_before

    steps.choose_file(page, "front", steps.specimen())
    steps.expect_received(page, "front")
    steps.fill_passport(page)
    watched = _watch(page, person)

    assert watched.same_document
    assert len(watched.states) > 1
    _expect_answer(page, calls={"Submit presigned addresses", "Read user"})
    assert sandbox.accepted(api) == taken_before + 1


def test_a_long_upload_shows_its_progress(portal: RunningPortal, open_as: OpenAs, tmp_path: Path) -> None:
    page = open_as("tomas")
    steps.add_customer(page, portal, steps.new_person())
    steps.ask_for_user(page, account=steps.KRAKEN)
    steps.start_verification(page, kind="selfie")
    video = tmp_path / "Selfie Søren.mp4"
    video_of_size(video, 20 * 1024 * 1024)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8 * 1024 * 1024},
    )

    steps.choose_file(page, "selfie", video)

    place = steps.slot(page, "selfie")
    expect(place.get_by_role("progressbar")).to_be_visible()
    expect(place.locator("[data-slot-filename]")).to_have_text("Selfie Søren.mp4")
    expect(place.locator("[data-slot-percent]")).to_have_text(re.compile(r"^[1-9]\d? % of 20\.0 MB$"))
    steps.expect_received(page, "selfie")
    expect(place.get_by_role("progressbar")).to_be_hidden()
    page.select_option("[name=selfie_type]", "selfie_capture_video")
    steps.fill_verifier(page)
    steps.submit(page)
    steps.expect_state(page, "Answered")


def test_an_officer_reads_the_case_and_changes_nothing(
    portal: RunningPortal, answered: Answered, open_as: OpenAs
) -> None:
    page = open_as("ines", expected=(403,))
    page.goto(f"{portal.url}/")
    page.locator("#search").fill(answered.person.reference)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Søren Ødegård")

    page.goto(portal.url + answered.case_path)
    expect(steps.state(page)).to_have_text("Needs decision")
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
    assert page.locator("[data-viewer] [data-image]").evaluate(NATURAL_WIDTH) > 600
    expect(page.get_by_role("row", name=re.compile("Submit files"))).to_contain_text("Succeeded")
    expect(page.get_by_text("New verification")).to_have_count(0)

    page.goto(answered.page.url)
    steps.expect_state(page, "Answered")
    for words in ("Correct in a new draft", "Cancel", "Read status now", "Continue the draft"):
        expect(page.get_by_role("button", name=words)).to_have_count(0)
    for action in ("correct", "cancel", "retry", "edit", "documents"):
        assert _post(page, f"{answered.page.url}{action}/") == 403


def test_an_auditor_reads_the_case_and_both_logs(portal: RunningPortal, answered: Answered, open_as: OpenAs) -> None:
    page = open_as("amara", expected=(403,))
    page.goto(portal.url + answered.case_path)
    expect(page.locator("[data-stage]")).not_to_have_class(re.compile("is-loading"))
    page.get_by_role("button", name="Reveal Document number").click()
    page.get_by_label("Purpose of seeing the document number").first.select_option("AUDIT")
    page.get_by_role("button", name="Reveal for 30 seconds").click()
    expect(page.locator("[data-revealed]")).to_contain_text("K7654321")
    assert _post(page, f"{answered.page.url}correct/") == 403

    customer_id = (page.locator(".page-head__meta a").get_attribute("href") or "").split("/")[2]
    page.goto(f"{portal.url}/audit/")
    page.get_by_label("Customer id").fill(customer_id)
    page.get_by_role("button", name="Filter").click()
    for words in ("Customer created", "Document uploaded", "Verification submitted", "Accepted by the provider"):
        expect(page.locator("tbody td.lead").get_by_text(words, exact=True).first).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("Tomáš Novák")

    page.goto(f"{portal.url}/access/")
    page.get_by_label("Customer id").fill(customer_id)
    page.get_by_role("button", name="Filter").click()
    revealed = page.get_by_role("row", name=re.compile("Value revealed")).filter(has_text="Amara Okafor")
    expect(revealed.first).to_contain_text("document_number")
    expect(revealed.first).to_contain_text("Audit")
    shown = page.get_by_role("row", name=re.compile("Image shown"))
    expect(shown.filter(has_text="Amara Okafor").first).to_be_visible()
    assert "K7654321" not in page.content()


def _expect_answer(page: Page, *, calls: set[str]) -> None:
    facts = page.locator("#live dl.facts")
    expect(facts.locator("dt", has_text="Provider's verification id").locator("+ dd")).not_to_be_empty()
    expect(facts.locator("dt", has_text="User's status says").locator("+ dd")).to_contain_text("Requirement met")
    rows = page.locator("section", has=page.locator("#calls-title")).locator("tbody tr")
    for operation in calls:
        row = rows.filter(has_text=operation).first
        expect(row.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-\d\d-\d\dT"))
        expect(row.locator("[data-label=Outcome]")).to_have_text("Succeeded")
        expect(row.locator("[data-label=HTTP]")).to_have_text(re.compile("^20[01]$"))
        expect(row.locator("[data-label=Took]")).to_have_text(re.compile(r"^\d+ ms$"))


def _expect_problem(page: Page, name: str) -> None:
    field = page.locator(".field", has=page.locator(f"[name={name}]"))
    expect(field.locator(".errorlist")).to_be_visible()
    expect(page.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")


def _post(page: Page, address: str) -> int:
    """Send a form as this person's browser would, with a valid token; gives the answer's status."""
    return int(
        page.evaluate(
            """async (address) => (await fetch(address, {
                method: "POST", body: new FormData(), redirect: "manual",
                headers: {"X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content},
            })).status""",
            address,
        )
    )
