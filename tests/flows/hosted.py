"""A customer on the stand-in's hosted pages, over plain HTTP as a phone without scripts would go through them."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit

import requests

PATIENCE_SECONDS = 60


def walk_through(address: str, *, outcome: str = "ALLOW") -> dict[str, str]:
    """Agree, let the samples be taken, choose an outcome, wait; gives the query with which the browser is sent back."""
    base = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}"
    with requests.Session() as browser:
        browser.get(address, timeout=10).raise_for_status()
        for step, fields in (
            ("consent", {"answer": "agree", "document": "card"}),
            ("samples", {}),
            ("outcome", {"outcome": outcome}),
        ):
            answer = browser.post(f"{address}/{step}", data=fields, timeout=30, allow_redirects=False)
            assert answer.status_code == 303, (step, answer.status_code)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            answer = browser.get(address, timeout=10, allow_redirects=False)
            if answer.status_code == 303 and not answer.headers["Location"].startswith((base, "/")):
                return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
            time.sleep(0.05)
    raise AssertionError("the hosted page did not send the browser back")
