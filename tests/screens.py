"""``make screens``: starts the portal, signs in as each role and photographs every page into ``docs/screens/``.

``python -m tests.screens --all`` takes each page at 1440 and 390 px, light and dark, as each role that sees it;
without it only the pictures of the README are taken.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.running_portal import ROOT, RunningPortal, running_portal

CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}
MOST_HEIGHT = 1150
PAGES_SHOWN = (0, 1, 4)
SIZES = {"1440": (1440, 900), "390": (390, 844)}
OFFICERS, SENIOR = ("ines", "miriam"), "miriam"
OVERSIGHT = {
    "me": "/me/",
    "views": "/queue/views/",
    "queue-empty": "/?view=overdue",
    "mentions": "/mentions/",
    "overview": "/overview/",
    "overview-cases": "/overview/cases/opened/",
    "overview-checks": "/overview/checks/submitted/",
    "decisions": "/decisions/",
    "expiring": "/expiring/",
    "policy": "/policy/",
    "policy-replay": "/policy/replay/",
    "texts": "/texts/",
    "questions": "/audit-room/questions/",
}
AUDITORS = {
    "integrity": "/records/integrity/",
    "looks": "/me/looks/",
    "room": "/audit-room/",
    "samples": "/audit-room/samples/",
    "sample-new": "/audit-room/samples/new/",
    "controls": "/audit-room/controls/",
    "control-list": "/audit-room/controls/rights/",
    "exports": "/exports/",
    "export-kinds": "/exports/new/",
    "export-new": "/exports/new/?records=CUSTOMERS",
    "export-cases": "/exports/new/?records=CASES&state=ESCALATED&view=open&find=abcdefgh&risk=NONE",
}
LINK = re.compile(r'href="(/(?:cases|customers|verifications|providers|calls)/[0-9a-f-]{36}/)"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "screens")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_portal(Path(folder)) as portal, sync_playwright() as engine:
        browser = engine.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        for name in _pictures(browser, portal, chosen.to, everything=chosen.all):
            print(name)


def sign_in(page: Page, portal: RunningPortal, username: str) -> None:
    page.goto(f"{portal.url}/account/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", portal.passwords[username])
    page.click("form button[type=submit], form button.button--primary")
    page.wait_for_url(f"{portal.url}/")


def _pictures(browser: Browser, portal: RunningPortal, to: Path, *, everything: bool) -> Iterator[str]:
    if not everything:
        for name in _readme_pictures(browser, portal, to):
            _shrink(to / name)
            yield name
        return
    for size in SIZES:
        for theme in ("light", "dark"):
            for username in portal.passwords:
                page = _page(browser, size, theme)
                if username == "ines":
                    page.goto(f"{portal.url}/account/login/")
                    yield _shoot(page, to / f"sign-in-{size}-{theme}.png")
                sign_in(page, portal, username)
                for name, address in addresses(page, portal, username).items():
                    page.goto(portal.url + address)
                    page.wait_for_timeout(700)
                    yield _shoot(page, to / f"{username}-{name}-{size}-{theme}.png")
                page.context.close()


def _readme_pictures(browser: Browser, portal: RunningPortal, to: Path) -> Iterator[str]:
    page = _page(browser, "1440", "light")
    sign_in(page, portal, "ines")
    yield _shoot(page, to / "queue.png")
    case = _first(page, "Łukasz O'Brien-Wójcik")
    page.goto(f"{portal.url}/sessions/?status=COMPLETED")
    session = _first(page, "Wójcik")
    for name, path in {
        "case": case,
        "ask": f"{case}ask/",
        "session": session,
        "delivery": "/delivery/",
        "overview": "/overview/",
        "policy": "/policy/",
    }.items():
        page.goto(portal.url + path)
        if name == "ask":
            _choose_request(page)
        page.wait_for_timeout(2500)
        yield _shoot(page, to / f"{name}.png", most=MOST_HEIGHT)
    auditor = _page(browser, "1440", "light")
    sign_in(auditor, portal, "amara")
    yield _pack_pages(auditor, portal, case, to / "pack.png")
    for name, path in {"integrity": "/records/integrity/", "controls": "/audit-room/controls/"}.items():
        auditor.goto(portal.url + path)
        auditor.wait_for_timeout(700)
        yield _shoot(auditor, to / f"{name}.png", most=MOST_HEIGHT)
    dark = _page(browser, "1440", "dark")
    sign_in(dark, portal, "miriam")
    yield _shoot(dark, to / "queue-dark.png", most=MOST_HEIGHT)


def _shrink(path: Path) -> None:
    """The same picture in fewer bytes."""
    with Image.open(path) as picture:
        plain = picture.convert("RGB")
    plain.save(path, optimize=True)


def _choose_request(page: Page) -> None:
    """Something wrong and why, so that the text to the customer stands beside it."""
    page.select_option("[name=item]", "SELFIE")
    page.select_option("[name=reason]", "BLURRED")
    page.locator("#ask-preview .mail__text").wait_for()


def addresses(page: Page, portal: RunningPortal, username: str) -> dict[str, str]:
    """Every page this person sees: a name for it, and its path. ``page`` is signed in as that person."""
    found = {"queue": "/", "customers": "/customers/", "verifications": "/verifications/", "providers": "/providers/"}
    found |= _cases(page, portal)
    page.goto(f"{portal.url}{found['case']}")
    found["customer"] = next(path for path in LINK.findall(page.content()) if path.startswith("/customers/"))
    page.goto(f"{portal.url}/verifications/?status=REFUSED")
    found["verification-refused"] = _first(page, "Identity document")
    page.goto(f"{portal.url}/verifications/?status=OUTCOME_UNKNOWN")
    found["verification-unknown"] = _first(page, "Identity document")
    page.goto(f"{portal.url}{found['verification-refused']}")
    found["call"] = next(path for path in LINK.findall(page.content()) if path.startswith("/calls/"))
    page.goto(f"{portal.url}/providers/")
    found["provider"] = _first(page, "Kraken Embed stand-in")
    found["provider-capa"] = _first(page, "Capa stand-in")
    found["deliveries"] = f"{found['provider-capa']}deliveries/"
    found |= _sessions_and_links(page, portal)
    found |= {"delivery": "/delivery/", "unknown": "/delivery/unknown/", "dead": "/delivery/dead/"}
    found["reconciliation"] = f"{found['verification-unknown']}reconcile/"
    found["security"] = "/account/2fa/"
    found["not-found"] = "/cases/00000000-0000-0000-0000-000000000000/"
    found |= OVERSIGHT | {"text": _first_of(page, portal, "/texts/", "main tbody a")}
    if username in OFFICERS:
        found |= {"assign": f"{found['case']}assign/", "ask": f"{found['case']}ask/", "forbidden": "/texts/new/"}
    if username == SENIOR:
        found["policy-new"] = "/policy/new/"
    if username == "tomas":
        page.goto(f"{portal.url}/verifications/?status=DRAFT")
        draft = _first(page, "Identity document")
        customer = found["customer"]
        found |= {
            "draft": f"{draft}edit/",
            "draft-problems": f"{draft}edit/?check=1",
            "customer-new": "/customers/new/",
            "customer-edit": f"{customer}edit/",
            "user-new": f"{customer}users/new/",
            "verification-new": f"{customer}verifications/new/",
            "session-new": f"{customer}session/",
            "link-start": "/kyc-links/new/",
            "link-new": f"{customer}kyc-link/",
            "link-batch": "/kyc-links/batch/",
            "provider-new": "/providers/new/",
            "provider-new-transmit": "/providers/new/?kind=TRANSMIT_VERIFY",
            "provider-new-capa": "/providers/new/?kind=CAPA_PARTNER",
            "text-new": "/texts/new/",
            "text-change": f"{found['text']}change/",
            "style": "/style/",
            "auditors": "/auditors/",
            "auditors-new": "/auditors/new/",
        }
    if username == "amara":
        found |= {"audit": "/audit/", "access": "/access/"} | AUDITORS | {"sample": _drawn_sample(page, portal)}
        found["sample-again"] = f"{found['sample']}again/"
        found["export"] = _made_export(page, portal)
        found |= {"pack": f"{found['case']}pack/", "customer-looks": f"{found['customer']}looks/"}
    return found


def _made_export(page: Page, portal: RunningPortal) -> str:
    """The path of an export of all links."""
    page.goto(f"{portal.url}/exports/new/?records=LINKS")
    page.click("main form button.button--primary")
    page.locator("#download").wait_for()
    return page.url.removeprefix(portal.url)


def _pack_pages(page: Page, portal: RunningPortal, case: str, path: Path) -> str:
    """The first pages of the summary of a case's evidence pack, side by side."""
    page.goto(f"{portal.url}{case}pack/")
    page.check("[name=variant][value=REGULATOR]")
    page.select_option("[name=purpose]", "AUDIT")
    page.click("main form button.button--primary")
    page.locator("#download").wait_for(timeout=120_000)
    with page.expect_download() as download:
        page.click("#download")
    with zipfile.ZipFile(download.value.path()) as pack:
        summary = pypdfium2.PdfDocument(pack.read("summary.pdf"))
    try:
        sheets = [summary[number].render(scale=0.9).to_pil() for number in PAGES_SHOWN if number < len(summary)]
    finally:
        summary.close()
    gap, (width, height) = 12, sheets[0].size
    shown = Image.new("RGB", ((width + gap) * len(sheets) + gap, height + 2 * gap), "#d9d9e0")
    for number, sheet in enumerate(sheets):
        shown.paste(sheet, (gap + number * (width + gap), gap))
    shown.save(path)
    return path.name


def _drawn_sample(page: Page, portal: RunningPortal) -> str:
    """The path of a sample of the cases opened lately."""
    page.goto(f"{portal.url}/audit-room/samples/new/")
    page.fill("[name=title]", "Cases opened this quarter")
    page.select_option("[name=by]", "opened")
    page.fill("[name=seed]", "dice 4 2 6 1")
    page.click("main form button.button--primary")
    page.locator("#cases-title").wait_for()
    return page.url.removeprefix(portal.url)


def _cases(page: Page, portal: RunningPortal) -> dict[str, str]:
    """Cases as they can stand: open, without an outcome, waiting, with many documents, staged, escalated, closed."""
    names = {
        "case": "Marta Kowalczyk",
        "case-unknown": "Adaeze Obi",
        "case-waiting": "Suharto",
        "case-many": "Łukasz O'Brien-Wójcik",
        "case-staged": "Rafael Peña",
        "case-escalated": "김",
        "case-business": "Comercializadora Río Verde",
    }
    found = {}
    for view in ("/", "/?view=closed"):
        page.goto(f"{portal.url}{view}")
        for name in names.keys() - found.keys():
            links = page.locator("a.row-link", has_text=names[name])
            if links.count():
                found[name] = links.first.get_attribute("href") or "/"
    found["case-closed"] = _first_of(page, portal, "/?view=closed", "a.row-link")
    found["queue-closed"] = "/?view=closed"
    return found


def _first_of(page: Page, portal: RunningPortal, path: str, selector: str) -> str:
    page.goto(f"{portal.url}{path}")
    return page.locator(selector).first.get_attribute("href") or "/"


def _sessions_and_links(page: Page, portal: RunningPortal) -> dict[str, str]:
    found = {"sessions": "/sessions/", "links": "/kyc-links/"}
    page.goto(f"{portal.url}/sessions/?status=COMPLETED")
    found["session"] = _first(page, "Łukasz O'Brien-Wójcik")
    page.goto(f"{portal.url}/sessions/?status=WAITING_FOR_CUSTOMER")
    found["session-waiting"] = _first(page, "Suharto")
    page.goto(f"{portal.url}/kyc-links/?country=DO")
    found["link"] = _first(page, "Rafael Peña")
    page.goto(f"{portal.url}/kyc-links/?country=PT")
    found["link-issued"] = _first(page, "João Silva e Souza")
    page.goto(f"{portal.url}/kyc-links/?status=IN_REVIEW")
    found["link-business"] = _first(page, "Comercializadora Río Verde")
    return found


def _first(page: Page, text: str) -> str:
    link = page.locator("a", has_text=text).first
    return link.get_attribute("href") or "/"


def _page(browser: Browser, size: str, theme: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        device_scale_factor=1,
        has_touch=size == "390",
        is_mobile=size == "390",
    )
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and print(f"console: {message.text}"))
    return page


def _shoot(page: Page, path: Path, *, most: int = 0) -> str:
    """The whole page, or its first ``most`` pixels, in a window that is as high: the navigation fills it."""
    width = (page.viewport_size or {"width": 0})["width"]
    before = page.viewport_size
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(height, most) if most else height})
    page.wait_for_timeout(300)
    page.screenshot(path=path)
    if before:
        page.set_viewport_size(before)
    return path.name


if __name__ == "__main__":
    main()
