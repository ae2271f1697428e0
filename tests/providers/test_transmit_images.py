"""Adding an image to a session (E5): written in blocks, kept as a hash, answered with feedback. transmit-verify 4."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest

from tests.providers.loopback import LoopbackServer, always
from tests.providers.samples import SHORT, RecordingJournal
from tests.providers.transmit_samples import JPEG, SESSION, Canned, image, told, transmit_client
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.providers.session_types import IMAGE_TYPES, ImageFeedback
from verifications.providers.transmit_requests import IMAGE_BLOCK, image_body

OK = {"feedback": "ok", "complete": False, "missing_images": ["document_back", "selfie"]}


class Trickle(io.BytesIO):
    """Gives a few bytes at a time, as a store over the network may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.mark.parametrize("extra", [0, 1, 2, 3, IMAGE_BLOCK - len(JPEG), IMAGE_BLOCK, 2 * IMAGE_BLOCK + 1])
@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
def test_an_image_of_any_size_arrives_as_the_json_of_the_contract(extra: int, stream: type[io.BytesIO]) -> None:
    content = JPEG + bytes(extra)
    journal = RecordingJournal()
    with LoopbackServer(always(200, json.dumps(OK).encode())) as server:
        client = transmit_client(base_url=server.base_url, journal=journal)

        client.add_image(SESSION, image(content, image_id="our-id", open=lambda: stream(content)))

    [received], [sent] = server.requests, journal.sent
    assert (received.method, received.target) == ("POST", f"/verify/api/v1/verification/{SESSION}/images")
    assert json.loads(received.body) == {
        "image": {
            "format": "jpg",
            "image_type": "document_front",
            "image_id": "our-id",
            "content": base64.b64encode(content).decode(),
        }
    }
    assert (sent.body_size, sent.body_sha256) == (len(received.body), hashlib.sha256(received.body).hexdigest())


@pytest.mark.parametrize("image_type", IMAGE_TYPES)
def test_every_type_of_image_is_sent_under_its_name(image_type: str) -> None:
    transport = Canned(200, OK)

    transmit_client(transport).add_image(SESSION, image(image_type=image_type, image_id=""))

    sent = json.loads(transport.sent_body)["image"]
    assert sent["image_type"] == image_type
    assert "image_id" not in sent
    assert transport.request is not None
    assert transport.request.is_submission


def test_the_journal_keeps_hash_and_size_instead_of_the_picture() -> None:
    journal = RecordingJournal()

    transmit_client(Canned(200, OK), journal).add_image(SESSION, image(image_id="our-id"))

    kept = {
        "image": {
            "format": "jpg",
            "image_type": "document_front",
            "image_id": "our-id",
            "content": {"sha256": hashlib.sha256(JPEG).hexdigest(), "bytes": len(JPEG)},
        }
    }
    assert json.loads(journal.sent[0].original) == journal.sent[0].redacted == kept
    assert base64.b64encode(JPEG).decode()[8:40] not in told(journal)
    assert journal.received[0].redacted == OK


def test_a_large_picture_is_never_whole_in_memory() -> None:
    size = 12 * 1024 * 1024

    class Zeros(io.RawIOBase):
        left = size
        first = JPEG[:3]

        def read(self, wanted: int = -1) -> bytes:
            piece = (self.first + bytes(max(min(wanted, self.left) - len(self.first), 0)))[: max(wanted, 0)]
            self.first = b""
            self.left -= len(piece)
            return piece if piece and self.left >= 0 else b""

    tracemalloc.start()
    body = image_body(image(size=size, open=Zeros))
    sent = sum(len(piece) for piece in body.content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent == body.size > size
    assert most < 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "feedback"),
    [
        (OK, ImageFeedback("ok", complete=False, missing_images=("document_back", "selfie"))),
        ({"feedback": "ok", "complete": True, "missing_images": []}, ImageFeedback("ok", complete=True)),
        ({"feedback": "ok", "complete": "true"}, ImageFeedback("ok", complete=True)),
        ({"feedback": "blur", "complete": "False", "missing_images": None}, ImageFeedback("blur", complete=False)),
        ({"feedback": "brand_new", "complete": 1}, ImageFeedback("brand_new", complete=False)),
        (
            {"feedback": "restricted_criteria", "complete": False, "custom_feedback": "Only EU\npassports"},
            ImageFeedback("restricted_criteria", complete=False, custom_feedback="Only EU passports"),
        ),
    ],
)
def test_feedback_is_read_in_every_form(body: dict[str, Any], feedback: ImageFeedback) -> None:
    assert transmit_client(Canned(200, body)).add_image(SESSION, image()) == feedback


def test_a_session_that_has_every_image_is_an_answer() -> None:
    feedback = transmit_client(Canned(409, b"")).add_image(SESSION, image())

    assert feedback == ImageFeedback("", complete=True, all_in=True)


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"feedback": None, "complete": True}])
def test_an_answer_without_feedback_leaves_the_outcome_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, body)).add_image(SESSION, image())

    assert caught.value.code == "no_feedback"


def _missing() -> IO[bytes]:
    raise FileNotFoundError("gone")


def _broken() -> IO[bytes]:
    raise RuntimeError("the store said no")


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"image_type": "portrait"}, ProviderRefused, "bad_image_type"),
        ({"width": 639}, ProviderRefused, "bad_image_size"),
        ({"width": 3841}, ProviderRefused, "bad_image_size"),
        ({"height": 479}, ProviderRefused, "bad_image_size"),
        ({"height": 2161}, ProviderRefused, "bad_image_size"),
        ({"size": len(JPEG) + 1}, ProviderRefused, "file_changed"),
        ({"size": len(JPEG) - 1}, ProviderRefused, "file_changed"),
        ({"open": _missing}, ProviderRefused, "file_changed"),
        ({"open": _broken}, ProviderUnavailable, "document_store"),
        ({"open": lambda: io.BytesIO(b"\x89PNG"), "size": 4}, ProviderRefused, "not_a_jpeg"),
        ({"open": lambda: io.BytesIO(b""), "size": 0}, ProviderRefused, "not_a_jpeg"),
    ],
)
def test_a_picture_that_cannot_go_is_stopped_before_anything_is_noted(
    changes: dict[str, Any], error: type[Exception], code: str
) -> None:
    transport, journal = Canned(200, OK), RecordingJournal()

    with pytest.raises(error, match="nothing was sent") as caught:
        transmit_client(transport, journal).add_image(SESSION, image(**changes))

    assert caught.value.code == code  # type: ignore[attr-defined]
    assert (transport.request, journal.steps) == (None, [])


@pytest.mark.parametrize("edges", [(640, 480), (3840, 2160)])
def test_pictures_at_the_edges_of_the_contract_go(edges: tuple[int, int]) -> None:
    assert transmit_client(Canned(200, OK)).add_image(SESSION, image(width=edges[0], height=edges[1])).feedback == "ok"


class _HalfWay(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise RuntimeError("the store went away")
        return super().read(min(size or 0, 10))


@pytest.mark.parametrize(
    "second", [lambda: io.BytesIO(JPEG[:-1] + b"X"), lambda: _HalfWay(JPEG), lambda: io.BytesIO(JPEG[:50]), _missing]
)
def test_a_picture_that_changes_while_it_is_sent_is_never_sent_to_its_end(second: Callable[[], IO[bytes]]) -> None:
    opens: Iterator[Callable[[], IO[bytes]]] = iter([lambda: io.BytesIO(JPEG), second])

    def reopened() -> IO[bytes]:
        return next(opens)()

    with LoopbackServer(always(200, json.dumps(OK).encode())) as server:
        client = transmit_client(base_url=server.base_url, timeouts=SHORT)

        with pytest.raises(OutcomeUnknown):
            client.add_image(SESSION, image(open=reopened))

    assert server.requests == []
