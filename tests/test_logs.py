"""What leaves in a log line: no signed address, no query, no key, no text of an exception."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing

from verifications import context
from verifications.logs import CleanRecords, clean

TOKEN = signing.dumps(["8f14e45f-ceea-467f-a0e6-5d1c1c1c1c1c", 1, 1_900_000_000], salt="verifications.document-address")
SIGNATURE = "kt0rYHYOXaeI197Iy0UqqUTmCYEf/q6DP2lPSfoZrHu2xBoBFHwi1e6CIuD9wNr0W0vyPoW6zLtABxHKGuhhAw=="


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with the console's filter and format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(CleanRecords())
    handler.setFormatter(logging.Formatter("%(levelname)s [%(request_id)s] %(message)s"))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        (f"Not Found: /files/{TOKEN}/front.jpg", "/files/…/front.jpg", TOKEN),
        (f"GET http://127.0.0.1:8000/files/{TOKEN}/front.jpg", "http://127.0.0.1:8000/files/…/front.jpg", TOKEN),
        ("GET /search/?q=Zoe+Example HTTP/1.1", "/search/?…", "Zoe"),
        ("https://s3.example.org/b/front.png?X-Amz-Signature=abc&X-Amz-Date=1 failed", "front.png?… failed", "Amz"),
        (f"API-Sign: {SIGNATURE}", "API-Sign: …", SIGNATURE[:40]),
        ("secret=dGhyb3dhd2F5LWVtYmVkLXZlY3Rvci1zZWNyZXQtbmV2ZXItaXNzdWVkLWJ5LWFueW9uZQ==", "secret=…", "dGhyb3"),
        ("Call 42 was refused (http_400).", "Call 42 was refused (http_400).", "\x00"),
    ],
    ids=["path", "address", "query", "presigned", "signature", "secret", "plain"],
)
def test_clean_takes_out_what_opens_or_names_something(text: str, kept: str, gone: str) -> None:
    cleaned = clean(text)

    assert kept in cleaned
    assert gone not in cleaned


def test_an_exception_is_shown_by_type_and_place(log: Any) -> None:
    logger, stream = log

    def fail() -> None:
        try:
            raise KeyError("Zoë Exämple X1234567")
        except KeyError as error:
            raise ValueError("born 1990-04-15") from error

    try:
        fail()
    except ValueError:
        logger.exception("Call %s failed in the portal itself.", 7)

    line = stream.getvalue()
    assert "Call 7 failed in the portal itself. | ValueError at test_logs.py:" in line
    assert "caused by KeyError at test_logs.py:" in line
    assert "Zoë" not in line
    assert "1990" not in line
    assert "Traceback" not in line


def test_arguments_are_cleaned_with_the_text(log: Any) -> None:
    logger, stream = log

    logger.warning("Could not fetch %s", f"/files/{TOKEN}/front.jpg")

    assert TOKEN not in stream.getvalue()


def test_a_line_whose_arguments_do_not_fit_is_no_error_of_the_caller(log: Any) -> None:
    logger, stream = log

    logger.warning("Call %d was lost", "x")

    assert "Call %d was lost" in stream.getvalue()


def test_every_line_carries_the_request_id(log: Any) -> None:
    logger, stream = log

    with context.acting(request_id="abc123"):
        logger.info("inside")
    logger.info("outside")

    assert stream.getvalue().splitlines() == ["INFO [abc123] inside", "INFO [-] outside"]
