"""Second steps that people turn on by themselves: an authenticator app, and a passkey of a virtual authenticator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.running_portal import RunningPortal
from tests.screens import sign_in

pytestmark = pytest.mark.browser
TOTP_SECONDS = 30
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(portal: RunningPortal, open_as: OpenAs) -> Page:
    """Signed out, at the host name that a browser lets use passkeys without https."""
    return open_as("", base_url=_on_localhost(portal).url)


def test_an_authenticator_app_is_set_up_asked_for_and_switched_off(portal: RunningPortal, page: Page) -> None:
    local = _on_localhost(portal)
    sign_in(page, local, "amara")

    page.goto("/account/2fa/")
    page.get_by_role("link", name="Set up").click()
    _confirm(page, local.passwords["amara"])
    expect(page.get_by_alt_text("QR code for your authenticator app")).to_be_visible()
    assert page.get_by_alt_text("QR code for your authenticator app").evaluate("image => image.naturalWidth") > 0
    secret = page.locator("#authenticator_secret").text_content() or ""
    page.fill("input[name=code]", "000000")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".errorlist")).to_be_visible()
    page.fill("input[name=code]", _code(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name=re.compile("Recovery codes|Sign-in security")).first).to_be_visible()

    _sign_out(page)
    page.fill("input[name=login]", "amara")
    page.fill("input[name=password]", local.passwords["amara"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/account/"))
    page.goto("/account/2fa/authenticate/")
    page.fill("input[name=code]", _code(secret))
    page.get_by_role("button", name="Continue").first.click()
    page.wait_for_url(f"{local.url}/")

    page.goto("/account/2fa/")
    expect(page.get_by_text("Codes of your authenticator app are asked for at every sign-in.")).to_be_visible()
    page.get_by_role("link", name="Switch off").click()
    _confirm(page, local.passwords["amara"])
    page.get_by_role("button", name="Switch off").click()
    page.goto("/account/2fa/")
    expect(page.get_by_role("link", name="Set up")).to_be_visible()


def test_a_passkey_is_added_signs_in_alone_and_is_removed(portal: RunningPortal, page: Page) -> None:
    local = _on_localhost(portal)
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, local, "ines")

    page.goto("/account/2fa/webauthn/add/")
    _confirm(page, local.passwords["ines"])
    page.fill("input[name=name]", "Work laptop")
    page.check("input[name=passwordless]")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(lambda url: "/account/2fa/" in url and not url.endswith("/add/"))  # asking the page would be eval
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_role("row", name=re.compile("Work laptop"))).to_contain_text("Passkey")

    _sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{local.url}/")
    expect(page.get_by_role("button", name="Account: Ines Roth")).to_be_visible()

    page.goto("/account/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    _confirm(page, local.passwords["ines"])
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No key has been added")).to_be_visible()


def _on_localhost(portal: RunningPortal) -> RunningPortal:
    return replace(portal, url=portal.url.replace("127.0.0.1", "localhost"))


def _confirm(page: Page, password: str) -> None:
    """Changing how one signs in asks for the password once more."""
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Continue").click()


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Account: ")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _code(secret: str) -> str:
    """The six digits an authenticator app shows now (RFC 6238); waits out a period that is nearly over."""
    if TOTP_SECONDS - time.time() % TOTP_SECONDS < 3:
        time.sleep(3)
    counter = struct.pack(">Q", int(time.time()) // TOTP_SECONDS)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
