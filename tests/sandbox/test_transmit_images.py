"""Images of Transmit Security: taken, refused, fed back on, listed and handed out; and the round after a recapture."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.sandbox.transmit_client import SIDES, TransmitClient, jpeg
from verifications.sandbox.testing import RunningSandbox
from verifications.sandbox.transmit_feedback import BY_WIDTH, UNDOCUMENTED, WORDS

# The contract's table, written down a second time.
FEEDBACK = """ok document_not_found document_face_not_found barcode_not_found wrong_document_side blur glare obstructed
    blur_selfie glare_selfie document_not_supported document_not_matching restricted_criteria face_not_found multi_face
    face_rotated face_too_small face_too_close closed_eyes face_angle_too_large face_close_to_border face_occluded
    face_cropped other"""
WIDTHS = {feedback: width for width, feedback in BY_WIDTH.items()} | {"ok": 1280}


@pytest.fixture
def transmit(sandbox: RunningSandbox) -> TransmitClient:
    return TransmitClient(sandbox)


def test_the_widths_stand_for_every_documented_value() -> None:
    assert set(FEEDBACK.split()) == {"ok", *WORDS}
    assert len(FEEDBACK.split()) == 24
    assert list(BY_WIDTH) == list(range(641, 665))
    assert (BY_WIDTH[641], BY_WIDTH[642], BY_WIDTH[664]) == ("blur", "glare", UNDOCUMENTED)


@pytest.mark.parametrize("feedback", [*FEEDBACK.split(), UNDOCUMENTED])
def test_a_width_or_an_image_id_provokes_its_feedback(transmit: TransmitClient, feedback: str) -> None:
    sid = transmit.start()

    by_width = transmit.add(sid, "document_front", jpeg(WIDTHS[feedback], 480)).json()
    by_id = transmit.add(sid, "selfie", image_id=f"feedback-{feedback}-1").json()

    assert (by_width["feedback"], by_id["feedback"]) == (feedback, feedback)
    assert ("custom_feedback" in by_width) == (feedback == "restricted_criteria")
    assert by_id["missing_images"] == (["document_back"] if feedback == "ok" else list(SIDES))


def test_an_image_id_of_ones_own_provokes_nothing(transmit: TransmitClient) -> None:
    sid = transmit.start()

    answers = [transmit.add(sid, "selfie", image_id=name).json() for name in ("a", "feedback-", "feedback-dance-1")]

    assert [answer["feedback"] for answer in answers] == ["ok", "ok", "ok"]


def test_complete_comes_as_boolean_and_as_text(transmit: TransmitClient) -> None:
    seen = []
    for _ in range(2):
        sid = transmit.start()
        seen += [transmit.add(sid, side).json()["complete"] for side in SIDES]

    assert seen in ([False, "false", True, "false", False, "true"], ["false", False, "true", False, "false", True])


def test_when_all_are_in_further_images_are_a_conflict(transmit: TransmitClient) -> None:
    sid = transmit.start(mock_behavior={"processing_time": "1h"})
    transmit.add_all(sid)

    assert transmit.add(sid, "selfie").status == 409
    assert len(transmit.call("GET", f"/{sid}/images").json()["session_images"]) == 6


def test_a_completed_session_takes_no_image(transmit: TransmitClient) -> None:
    sid = transmit.start(mock_behavior={"processing_time": "0s"})
    transmit.add_all(sid)
    transmit.wait_for(sid, "complete")

    assert transmit.add(sid, "selfie").status == 409


def test_a_hosted_session_takes_no_image_of_the_portal(transmit: TransmitClient) -> None:
    assert transmit.add(transmit.create()["session_id"], "selfie").status == 400


def test_a_passport_is_complete_without_a_reverse_side(transmit: TransmitClient) -> None:
    sid = transmit.start(customer_information={"external_user_id": "PASSPORT-1"})

    first = transmit.add(sid, "document_front").json()
    last = transmit.add(sid, "selfie").json()

    assert (first["missing_images"], last["missing_images"]) == (["selfie"], [])
    assert last["complete"] in {True, "true"}


@pytest.mark.parametrize(
    "image",
    [
        {"format": "png"},
        {"format": "jpeg"},
        {"image_type": "front"},
        {"type": "selfie"},
        {"content": ""},
        {"content": 7},
        {"content": "not base64!"},
        {"content": "ключ"},
        {"content": "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()},
        {"content": base64.b64encode(jpeg()).decode() + "\n"},
        {"content": base64.b64encode(jpeg()).decode()[:-1]},
        {"content": base64.b64encode(jpeg(kind="PNG")).decode()},
        {"content": base64.b64encode(jpeg()[:400]).decode()},
        {"content": base64.b64encode(b"\xff\xd8\xff\xe0" + b"\x00" * 40).decode()},
        {"content": base64.b64encode(jpeg(639, 600)).decode()},
        {"content": base64.b64encode(jpeg(640, 479)).decode()},
        {"content": base64.b64encode(jpeg(3841, 600)).decode()},
        {"content": base64.b64encode(jpeg(640, 2161)).decode()},
        {"image_id": 7},
        {"capture_margins": {"top": 1, "bottom": 1, "left": 1}},
        {"capture_margins": {"top": 1, "bottom": 1, "left": 1, "right": "1"}},
        {"capture_margins": {"top": 1, "bottom": 1, "left": 1, "right": float("inf")}},
    ],
)
def test_an_image_outside_the_contract_is_refused(transmit: TransmitClient, image: dict[str, Any]) -> None:
    sid = transmit.start()

    assert transmit.add(sid, "selfie", **image).status == 400
    assert transmit.call("GET", f"/{sid}/images").json() == {"session_images": []}


@pytest.mark.parametrize("size", [(640, 480), (3840, 2160)])
def test_the_documented_dimensions_are_inclusive(transmit: TransmitClient, size: tuple[int, int]) -> None:
    assert transmit.add(transmit.start(), "document_front", jpeg(*size)).json()["feedback"] == "ok"


@pytest.mark.parametrize("margins", [{"left": 10.5, "right": 10}, {"left": 1e300, "right": -5}])
def test_capture_margins_crop_the_refined_copy(
    sandbox: RunningSandbox, transmit: TransmitClient, margins: dict[str, float]
) -> None:
    sid = transmit.start()

    answer = transmit.add(sid, "selfie", capture_margins={"top": 0, "bottom": 0, **margins})

    refined = sandbox.sessions()[-1]["images"][1]
    assert answer.status == 200
    assert refined["width"] == (780 if margins["right"] == 10 else 800)


def test_device_information_is_optional_and_checked(transmit: TransmitClient) -> None:
    sid = transmit.start()
    image = {"format": "jpg", "image_type": "selfie", "content": base64.b64encode(jpeg()).decode()}
    device = {"model": "", "os": "Android", "used_camera": {"label": "front"}, "cameras": [{"label": "front"}, {}]}

    good = transmit.call("POST", f"/{sid}/images", {"image": image, "device_info": device})
    bad = [
        transmit.call("POST", f"/{sid}/images", {"image": image, "device_info": wrong})
        for wrong in (7, {"owner": "김민준"}, {"cameras": ["front"]}, {"cameras": 7}, {"used_camera": "front"})
    ]
    missing = transmit.call("POST", f"/{sid}/images", {"device_info": device})

    assert (good.status, missing.status) == (200, 400)
    assert [answer.status for answer in bad] == [400] * 5


def test_the_list_shows_rejected_original_and_refined_images(transmit: TransmitClient) -> None:
    sid = transmit.start()
    transmit.add(sid, "document_front", jpeg(641, 480))
    transmit.add(sid, "document_front")

    rejected, original, refined = transmit.call("GET", f"/{sid}/images").json()["session_images"]

    assert rejected == {**rejected, "rejected": True, "original": True, "type": "document_front", "format": "jpg"}
    assert (original["rejected"], original["original"]) == (False, True)
    assert (refined["original"], refined["original_id"]) == (False, original["id"])
    assert "original_id" not in original


def test_the_list_of_an_unknown_session_is_empty(transmit: TransmitClient) -> None:
    answer = transmit.call("GET", "/nobody/images")

    assert (answer.status, answer.json()) == (200, {"session_images": []})


def test_an_image_comes_back_byte_for_byte(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()
    transmit.add(sid, "document_front", jpeg(1000, 700))
    image, refined = transmit.call("GET", f"/{sid}/images").json()["session_images"]

    plain = transmit.call("GET", f"/{sid}/images/{image['id']}")
    raw = transmit.call("GET", f"/{sid}/images/{image['id']}?format=raw")
    text = transmit.call("GET", f"/{sid}/images/{image['id']}?format=base64")
    copy = transmit.call("GET", f"/{sid}/images/{refined['id']}")

    assert (plain.status, plain.headers["Content-Type"], plain.data) == (200, "image/jpg", jpeg(1000, 700))
    assert raw.data == plain.data
    assert text.headers["Content-Type"].startswith("text/plain")
    assert base64.b64decode(text.data, validate=True) == plain.data
    assert copy.data.startswith(b"\xff\xd8\xff")
    facts = sandbox.sessions()[-1]["images"][0]
    assert (facts["sha256"], facts["size"]) == (hashlib.sha256(plain.data).hexdigest(), len(plain.data))
    assert (facts["width"], facts["height"], facts["rejected"]) == (1000, 700, False)


def test_an_image_is_found_only_in_its_session_and_format(transmit: TransmitClient) -> None:
    sid, other = transmit.start(), transmit.start()
    transmit.add(sid, "selfie")
    image = transmit.call("GET", f"/{sid}/images").json()["session_images"][0]["id"]

    assert transmit.call("GET", f"/{other}/images/{image}").status == 404
    assert transmit.call("GET", f"/{sid}/images/none").status == 404
    assert transmit.call("GET", f"/{sid}/images/{image}?format=png").status == 400


def test_force_retry_wants_every_image_once_more(transmit: TransmitClient) -> None:
    sid = transmit.start(mock_behavior={"force_retry": True, "processing_time": "0s", "recommendation": "CHALLENGE"})
    transmit.add_all(sid)

    again = transmit.wait_for(sid, "recapture")
    first = transmit.add(sid, "document_front").json()
    between = transmit.result(sid).json()["status"]
    transmit.add(sid, "document_back")
    transmit.add(sid, "selfie")

    assert again == {"session_id": sid, "status": "recapture"}
    assert (first["missing_images"], between) == (["document_back", "selfie"], "capturing")
    result = transmit.wait_for(sid, "complete")
    assert result["recommendation"] == "CHALLENGE"
    assert len(result["verification_images"]) == 3
    assert len(transmit.call("GET", f"/{sid}/images").json()["session_images"]) == 12


def test_a_recapture_may_take_no_images(sandbox: RunningSandbox, transmit: TransmitClient) -> None:
    sid = transmit.start()
    sandbox.control("POST", "sessions", {"session_id": sid, "set": {"status": "recapture", "accept_images": False}})

    assert transmit.add(sid, "document_front").status == 409
