"""The hosted page of Transmit Security, walked through as a browser does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import urllib3

from tests.sandbox.signer import BOUNDARY, multipart
from tests.sandbox.transmit_client import TransmitClient, jpeg
from verifications.sandbox.testing import RunningSandbox

CALLBACK = "https://portal.example/sessions/callback"
STATE = "s/+ä=&1"


@dataclass
class Browser:
    """Keeps the cookie, follows redirects that stay here, and goes where a page's forms lead."""

    base_url: str
    path: str
    cookie: str = field(default="", repr=False)
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def send(self, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
        headers = {**({"Cookie": self.cookie} if self.cookie else {}), **more.pop("headers", {})}
        url = self.base_url + path
        answer = self.pool.request(method, url, headers=headers, redirect=False, **more)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        if answer.status == 303 and answer.headers["Location"].startswith("/"):
            return self.send("GET", answer.headers["Location"])
        return answer

    def open(self) -> urllib3.BaseHTTPResponse:
        return self.send("GET", self.path)

    def post(self, step: str, **fields: str) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", f"{self.path}/{step}", body=urlencode(fields), headers=headers)

    def upload(self, type_: str, content: bytes) -> urllib3.BaseHTTPResponse:
        parts = [("type", None, type_.encode()), ("photo", "photo.jpg", content)]
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.send("POST", f"{self.path}/photo", body=multipart(parts), headers=headers)

    def wait(self) -> urllib3.BaseHTTPResponse:
        """Look again as the Refresh header asks, only sooner."""
        end = time.monotonic() + 20
        while (answer := self.open()).headers.get("Refresh") and time.monotonic() < end:
            time.sleep(0.02)
        return answer


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> TransmitClient:
    return TransmitClient(sandbox)


def hosted(transmit: TransmitClient, **body: Any) -> tuple[str, Browser]:
    created = transmit.create(**{"callback_url": CALLBACK, "state": STATE, **body})
    return created["session_id"], Browser(transmit.sandbox.base_url, f"/verify/app/{created['start_token']}")


def heading(answer: urllib3.BaseHTTPResponse) -> str:
    match = re.search(r"<h1>(.*?)</h1>", answer.data.decode())
    return match[1] if match else ""


def test_a_person_walks_through_to_the_portal(transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit)

    steps = [heading(browser.open())]
    opened = transmit.result(sid).json()["status"]
    steps.append(heading(browser.post("consent", answer="agree", document="card")))
    steps += [heading(browser.upload(side, jpeg())) for side in ("document_front", "document_back", "selfie")]
    steps.append(heading(browser.post("outcome", outcome="CHALLENGE")))
    answer = browser.wait()

    assert steps == [
        "Verify your identity",
        "Front of the document",
        "Back of the document",
        "Selfie",
        "Photos complete",
        "Checking",
    ]
    assert opened == "capturing"
    address = urlsplit(answer.headers["Location"])
    assert answer.status == 303
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
    assert parse_qsl(address.query) == [("sessionId", sid), ("state", STATE)]
    assert transmit.result(sid).json()["recommendation"] == "CHALLENGE"
    assert transmit.call("GET", f"/{sid}/consent").json()["consent_granted"] is True
    assert heading(browser.open()) == "All done."


def test_sample_pictures_fill_in_what_is_missing(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit, mock_behavior={"recommendation": "DENY"})
    browser.open()
    browser.post("consent", answer="agree", document="passport")

    page = browser.post("samples")

    images = sandbox.sessions()[-1]["images"]
    assert heading(page) == "Photos complete"
    assert 'value="DENY" checked' in page.data.decode()
    assert [image["type"] for image in images if image["original"]] == ["document_front", "selfie"]
    assert not any(image["rejected"] for image in images)
    browser.post("outcome", outcome="ALLOW")
    browser.wait()
    assert transmit.result(sid).json()["recommendation"] == "ALLOW"
    assert transmit.result(sid).json()["document"]["type"] == "passport"


def test_the_address_works_in_one_browser(transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit)
    other = Browser(browser.base_url, browser.path)
    looked_ahead = other.send("HEAD", browser.path)
    unopened = transmit.result(sid).json()["status"]
    before = other.post("consent", answer="agree")
    browser.open()

    refused = [other.open(), other.post("consent", answer="agree"), other.post("samples"), other.upload("selfie", b"")]

    assert (looked_ahead.status, unopened, before.status) == (403, "pending", 403)
    assert [answer.status for answer in refused] == [403] * 4
    assert heading(refused[0]) == "This link was already used."
    assert heading(browser.open()) == "Verify your identity"


def test_the_cookie_is_for_this_page_and_not_for_scripts(transmit: TransmitClient) -> None:
    _, browser = hosted(transmit)

    answer = browser.open()

    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", f"Path={browser.path}"))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"style=|<style|<script|onclick", answer.data.decode())
    assert browser.send("GET", "/verify/assets/hosted.css").headers["Content-Type"].startswith("text/css")


def test_a_declined_consent_leaves_the_session_waiting(transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit)
    browser.open()

    declined = browser.post("consent", answer="decline")

    consent = transmit.call("GET", f"/{sid}/consent").json()
    assert heading(declined) == "You declined"
    assert consent == {"consent_granted": False, "consent_date": ""}
    assert transmit.result(sid).json()["status"] == "capturing"
    assert browser.post("samples").status == 422
    assert heading(browser.post("consent", answer="again")) == "Verify your identity"
    assert heading(browser.post("consent", answer="agree")) == "Front of the document"


def test_a_photo_is_checked_as_the_api_checks_it(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    _, browser = hosted(transmit)
    browser.open()
    browser.post("consent", answer="agree")

    answers = [
        browser.upload("document_front", content)
        for content in (b"", b"GIF89a", jpeg(kind="PNG"), jpeg(100, 100), jpeg()[:500])
    ]
    elsewhere = browser.upload("passport", jpeg())
    blurred = browser.upload("document_front", jpeg(641, 480))
    after = browser.upload("document_front", jpeg())

    assert [answer.status for answer in (*answers, elsewhere)] == [422] * 6
    assert all('role="alert"' in answer.data.decode() for answer in (*answers, elsewhere, blurred))
    assert (blurred.status, heading(blurred)) == (200, "Front of the document")
    assert "The photo is blurred." in blurred.data.decode()
    assert heading(after) == "Back of the document"
    assert "alert" not in after.data.decode()
    assert [image["rejected"] for image in sandbox.sessions()[-1]["images"]] == [True, False, False]


def test_photos_can_be_wanted_again_once(transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit)
    browser.open()
    browser.post("consent", answer="agree")
    browser.post("samples")
    browser.post("outcome", outcome="RECAPTURE")

    again = browser.wait()
    status = transmit.result(sid).json()["status"]
    second = browser.post("samples")
    third = browser.post("outcome", outcome="RECAPTURE")
    browser.post("outcome", outcome="ALLOW")
    answer = browser.wait()

    assert (status, heading(again)) == ("recapture", "Front of the document")
    assert "Please take them again" in again.data.decode()
    assert "RECAPTURE" not in second.data.decode()
    assert third.status == 422
    assert answer.headers["Location"].startswith(CALLBACK)
    assert transmit.result(sid).json()["recommendation"] == "ALLOW"


def test_a_session_can_end_in_error(transmit: TransmitClient) -> None:
    sid, browser = hosted(transmit)
    browser.open()
    browser.post("consent", answer="agree")
    browser.post("samples")
    browser.post("outcome", outcome="ERROR")

    answer = browser.wait()

    assert answer.headers["Location"].startswith(CALLBACK)
    assert transmit.result(sid).json() == {"session_id": sid, "status": "error"}


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("https://portal.example/back?case=7", "https://portal.example/back?case=7&sessionId={sid}&state=abc"),
        ("https://portal.example/back#part", "https://portal.example/back?sessionId={sid}&state=abc#part"),
    ],
)
def test_the_parameters_follow_a_query_that_is_there(transmit: TransmitClient, callback: str, expected: str) -> None:
    sid, browser = hosted(transmit, callback_url=callback, state="abc", mock_behavior={"processing_time": "0s"})
    browser.open()
    browser.post("consent", answer="agree")
    browser.post("samples")
    sent = browser.post("outcome", outcome="ALLOW")

    assert sent.headers["Location"] == expected.format(sid=sid)


def test_without_a_callback_address_the_page_says_it_is_done(transmit: TransmitClient) -> None:
    created = transmit.create(mock_behavior={"processing_time": "0s"})
    browser = Browser(transmit.sandbox.base_url, f"/verify/app/{created['start_token']}")
    browser.open()
    browser.post("consent", answer="agree")
    browser.post("samples")

    assert heading(browser.post("outcome", outcome="ALLOW")) == "All done."


def test_unknown_deleted_and_expired_addresses_are_told_apart(
    sandbox: RunningSandbox, transmit: TransmitClient
) -> None:
    unknown = Browser(sandbox.base_url, "/verify/app/nobody").open()
    deleted_id, deleted = hosted(transmit)
    transmit.call("DELETE", f"/{deleted_id}")
    expired_id, expired = hosted(transmit)
    sandbox.control("POST", "sessions", {"session_id": expired_id, "set": {"expires_in": -1}})

    assert (unknown.status, deleted.open().status) == (404, 404)
    assert (expired.open().status, transmit.result(expired_id).json()["status"]) == (410, "pending")


def test_steps_out_of_order_change_nothing(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    _, browser = hosted(transmit)
    browser.open()

    early = [browser.post("samples"), browser.upload("selfie", jpeg()), browser.post("outcome", outcome="ALLOW")]
    unclear = [browser.post("consent", answer="maybe"), browser.post("consent")]
    browser.post("consent", answer="agree")
    incomplete = browser.post("outcome", outcome="ALLOW")

    assert [answer.status for answer in (*early, *unclear, incomplete)] == [422] * 6
    assert sandbox.sessions()[-1]["images"] == []
    assert sandbox.sessions()[-1]["status"] == "capturing"


def test_a_form_that_cannot_be_read_is_answered_with_a_page(transmit: TransmitClient) -> None:
    _, browser = hosted(transmit)
    browser.open()

    broken = browser.send(
        "POST", f"{browser.path}/photo", body=b"x", headers={"Content-Type": "multipart/form-data; boundary=a"}
    )
    many = browser.post("consent", **{f"field{number}": "1" for number in range(40)})
    large = browser.post("consent", answer="a" * 20_000)

    assert [answer.status for answer in (broken, many, large)] == [400, 400, 413]
    assert heading(broken) == "This could not be read."
