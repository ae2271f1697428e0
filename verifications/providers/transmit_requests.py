"""What is sent to Transmit Security: addresses, the session to create, and an image read in blocks.

Contract: transmit-verify 4, E1 and E5.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO
from urllib.parse import quote

from verifications.providers.calls import ID_LIMIT, Body, encode_json, json_body
from verifications.providers.errors import ProviderRefused, ProviderUnavailable
from verifications.providers.session_types import IMAGE_TYPES, ImageToAdd, MockBehavior, SessionRequest
from verifications.providers.types import JsonObject

SESSIONS_PATH = "/verify/api/v1/verification"
IMAGE_BLOCK = 3 * 64 * 1024
"""Bytes that become base64 at a time; a multiple of three, so that padding stands at the very end only."""
MIN_WIDTH, MAX_WIDTH, MIN_HEIGHT, MAX_HEIGHT = 640, 3840, 480, 2160
JPEG_START = b"\xff\xd8\xff"


def session_target(session_id: str, *rest: str) -> str:
    """Give the path of one session or of something in it; ids are opaque and percent-encoded as one segment each."""
    return "/".join((SESSIONS_PATH, _segment(session_id, "session"), *rest))


def image_segment(image_id: str) -> str:
    """Percent-encode an image's id for the path."""
    return _segment(image_id, "image")


def session_body(request: SessionRequest) -> Body:
    """Write E1. The journal gets it without ``state``, which is stored nowhere but as a hash."""
    body: JsonObject = {}
    kept: JsonObject = {}
    if request.consent is not None:
        consent = {"granted": request.consent.granted, "document_id": request.consent.document_id}
        body["start"] = {"consent": consent}
    else:
        if not request.callback_url or not request.state:
            raise ProviderRefused(
                "The address to come back to or its mark is missing, so nothing was sent. Start the session again.",
                code="missing_value",
            )
        body |= {"callback_url": request.callback_url, "state": request.state}
        kept["state"] = "{{state}}"
    customer = {
        "external_user_id": request.external_user_id,
        "organization_name": request.organization_name,
        "organization_id": request.organization_id,
    }
    if customer := {name: value for name, value in customer.items() if value}:
        body["customer_information"] = customer
    if request.mock_behavior is not None and (mock := _mock_object(request.mock_behavior)):
        body["mock_behavior"] = mock
    sent = json_body(body, original=body | kept)
    return replace(sent, shown=json_body(body | kept).shown)


def image_body(image: ImageToAdd) -> Body:
    """Write E5 without holding the image: read once for size and hashes now, read again block by block when sent.

    Raises ``ProviderRefused`` for what the contract does not take (``bad_image_type``, ``bad_image_size``,
    ``not_a_jpeg``) and when the file is gone or has another size (``file_changed``), ``ProviderUnavailable`` when the
    store cannot be read (``document_store``). Nothing has been sent then.
    """
    if image.image_type not in IMAGE_TYPES:
        raise ProviderRefused(
            "A session takes the front, the back and a selfie only, so nothing was sent. Choose one of these.",
            code="bad_image_type",
        )
    if not (MIN_WIDTH <= image.width <= MAX_WIDTH and MIN_HEIGHT <= image.height <= MAX_HEIGHT):
        raise ProviderRefused(
            f"A picture must be {MIN_WIDTH} to {MAX_WIDTH} pixels wide and {MIN_HEIGHT} to {MAX_HEIGHT} high; this one "
            "is not, so nothing was sent. Take it again.",
            code="bad_image_size",
        )
    content = _ImageContent(image)
    kept = _image_object(image)
    kept["image"]["content"] = {"sha256": content.image_sha256, "bytes": image.size}
    return Body(
        content=content,
        size=content.size,
        sha256=content.sha256,
        content_type="application/json",
        shown=kept,
        original=encode_json(kept),
        sent_values=[],
    )


class _ImageContent:
    """The JSON of one image, iterable again and again; memory holds one block of it."""

    def __init__(self, image: ImageToAdd) -> None:
        self._image = image
        # The content is the last member of the inner object: cut the closing marks off, and put them behind it.
        opened = encode_json(_image_object(image))
        self._head = opened.removesuffix(b"}}") + b',"content":"'
        self._tail = b'"}}'
        self.size = len(self._head) + 4 * ((image.size + 2) // 3) + len(self._tail)
        self.image_sha256, self.sha256 = self._hashes()

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes to send. Raises ``OSError`` when the file reads otherwise than at first: the request then
        breaks off before its end, so that no half picture can pass for a whole one."""
        yield self._head
        digest = hashlib.sha256()
        try:
            with self._image.open() as stream:
                for block in _blocks(stream):
                    digest.update(block)
                    yield base64.b64encode(block)
        except OSError:
            raise
        except Exception as error:  # every storage backend has its own errors; none of them may look like an answer
            raise OSError("the picture could not be read to its end") from error
        if digest.hexdigest() != self.image_sha256:
            raise OSError("the picture changed while it was sent")
        yield self._tail

    def _hashes(self) -> tuple[str, str]:
        image, wire = hashlib.sha256(), hashlib.sha256(self._head)
        size, start = 0, b""
        try:
            with self._image.open() as stream:
                for block in _blocks(stream):
                    start = start or block[:3]
                    size += len(block)
                    if size > self._image.size:
                        break
                    image.update(block)
                    wire.update(base64.b64encode(block))
        except FileNotFoundError as error:
            raise _changed("is no longer in the document store") from error
        except Exception as error:  # as above
            raise ProviderUnavailable(
                "The picture could not be read just now, so nothing was sent, and the session is kept. It is tried "
                "again; if this lasts, an administrator should look at the document store.",
                code="document_store",
            ) from error
        if size != self._image.size:
            raise _changed("no longer has the size it had when it was added")
        if start != JPEG_START:
            raise ProviderRefused("The picture is no JPEG, so nothing was sent. Add it again.", code="not_a_jpeg")
        wire.update(self._tail)
        return image.hexdigest(), wire.hexdigest()


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Read blocks of ``IMAGE_BLOCK`` bytes, whole but for the last, however little the store gives at a time."""
    waiting = b""
    while piece := stream.read(IMAGE_BLOCK - len(waiting)):
        waiting += piece
        if len(waiting) >= IMAGE_BLOCK:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting


def _image_object(image: ImageToAdd) -> JsonObject:
    members: JsonObject = {"format": "jpg", "image_type": image.image_type}
    if image.image_id:
        members["image_id"] = image.image_id
    return {"image": members}


def _mock_object(mock: MockBehavior) -> JsonObject:
    members = {
        "recommendation": mock.recommendation,
        "processing_time": mock.processing_time,
        "force_retry": mock.force_retry,
        "info": dict(mock.info) if mock.info else None,
    }
    return {name: value for name, value in members.items() if value not in (None, "")}


def _segment(value: str, what: str) -> str:
    if not value.strip(".") or len(value) > ID_LIMIT:
        raise ProviderRefused(
            f"The provider's id of the {what} is missing or not usable, so nothing was sent. Start a new session.",
            code=f"bad_{what}_id",
        )
    return quote(value.encode("utf-8", "replace"), safe="")


def _changed(what: str) -> ProviderRefused:
    return ProviderRefused(
        f"The picture {what}, so nothing was sent. Check the document, or add it again.", code="file_changed"
    )
