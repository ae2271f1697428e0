"""An auditor's day: a filtered log, a value revealed for a purpose, an export followed to its file, and its proof.

The file is checked as an auditor would: in a folder of its own, by a Python that sees nothing of the portal.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.test_keyboard import _press, _tab_to
from tests.browser.test_pages import STANDARDS, _axe
from tests.running_portal import RunningPortal

pytestmark = pytest.mark.browser
CUSTOMER, AMARA = "Marta Kowalczyk", "Amara Okafor"


def test_a_day_of_an_auditor_ends_with_a_file_that_holds_up(
    portal: RunningPortal, open_as: OpenAs, tmp_path: Path
) -> None:
    amara = open_as("amara", expected=(422,), accept_downloads=True)
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    _filters_the_audit_log(amara, portal)
    _exports_what_it_shows(amara)
    file = _takes_along(amara, "#download", folder)
    bundle = _takes_along(amara, "a[href$='proof.zip']", tmp_path)
    with zipfile.ZipFile(bundle) as parts:
        parts.extractall(folder)
    _checks_it_there(amara.locator(".export-steps code").inner_text(), file)
    _reveals_a_value(amara, portal)
    _exports_personal_data_for_a_purpose(amara, portal)
    _finds_her_own_traces(amara, portal)


def _filters_the_audit_log(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile("/audit/"))
    _tab_to(page, "#filter-action")
    page.keyboard.type("Customer cr")
    expect(page.locator("#filter-action option:checked")).to_have_text("Customer created")
    _press(page, ".filters .button")
    page.wait_for_url(re.compile("action=customer.created"))
    expect(page.locator("tbody tr").first).to_contain_text("Customer created")


def _exports_what_it_shows(page: Page) -> None:
    shown = page.locator("tbody tr").count()
    page.get_by_role("link", name="Export…").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Export: Audit log")
    expect(page.locator("#id_action option:checked")).to_have_text("Customer created")
    expect(page.locator("#export-count")).to_contain_text(f"{shown} rows")
    _tab_to(page, "#id_until")
    page.locator("#id_until").fill("2020-01-01")
    page.keyboard.press("Tab")
    expect(page.locator("#export-count")).to_contain_text("0 rows")
    page.locator("#id_until").fill("")
    page.keyboard.press("Tab")
    expect(page.locator("#export-count")).to_contain_text(f"{shown} rows")
    assert "\n".join(_sound(page)) == ""
    page.get_by_role("button", name="Start the export").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    expect(page.locator("#download")).to_be_visible()
    expect(page.locator("#export-said")).to_have_text("Export: Ready")
    expect(page.get_by_text("Action", exact=True).locator("xpath=following-sibling::dd[1]")).to_have_text(
        "Customer created"
    )
    assert "\n".join(_sound(page)) == ""


def _takes_along(page: Page, selector: str, folder: Path) -> Path:
    with page.expect_download() as begun:
        page.locator(selector).press("Enter")
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path


def _checks_it_there(command: str, file: Path) -> None:
    """With the very command that the page shows, on the file and then on the file with one digit changed."""
    python, *arguments = shlex.split(command)
    assert python == "python3"

    def checked() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=file.parent, env={}, capture_output=True, text=True, check=False
        )

    sound = checked()
    content = file.read_bytes()
    file.write_bytes(content.replace(b"customer.created", b"customer.changed", 1))
    altered = checked()

    assert (sound.returncode, sound.stderr) == (0, ""), sound.stdout + sound.stderr
    assert "\nSOUND" in sound.stdout
    assert altered.returncode == 1
    assert "\nNOT SOUND" in altered.stdout


def _reveals_a_value(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/customers/")
    page.get_by_role("link", name=re.compile(CUSTOMER)).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(CUSTOMER)
    page.get_by_role("button", name="Reveal E-mail").press("Enter")
    purpose = page.get_by_label("Purpose of seeing the e-mail")
    expect(purpose).to_be_visible()
    _tab_to(page, "select[name=purpose]")
    page.keyboard.type("Audit")
    expect(purpose).to_have_value("AUDIT")
    _press(page, ".pop .button--primary")
    expect(page.locator("[data-revealed]")).to_contain_text("@")


def _exports_personal_data_for_a_purpose(page: Page, portal: RunningPortal) -> None:
    page.goto(f"{portal.url}/exports/new/?records=CUSTOMERS")
    page.locator("[name=sensitive][value=last_name]").press("Space")
    start = page.get_by_role("button", name="Start the export")
    start.press("Enter")
    expect(page.get_by_text("Choose what the personal data is needed for.")).to_be_visible()
    expect(page.locator("[name=sensitive][value=last_name]")).to_be_checked()
    assert "\n".join(_sound(page)) == ""
    page.locator("#id_purpose").select_option("AUDIT")
    start.press("Enter")
    expect(page.locator("#download")).to_be_visible()
    page.get_by_role("link", name="← Exports").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(page.locator("tbody tr .status--good").count())
    expect(page.locator("tbody tr").first).to_contain_text("personal data in clear")
    assert "\n".join(_sound(page)) == ""


def _finds_her_own_traces(page: Page, portal: RunningPortal) -> None:
    for path in (
        "/audit/?action=export.requested",
        "/access/?action=export.downloaded",
        "/access/?action=value.revealed",
    ):
        page.goto(portal.url + path)
        row = page.locator("tbody tr", has_text=AMARA).first
        expect(row).to_be_visible()
        if "revealed" in path:
            expect(row).to_contain_text("Audit")
            expect(row).to_contain_text("email")


def _sound(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    return _axe(page, STANDARDS)
