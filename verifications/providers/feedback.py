"""What Transmit Security says of an image just added, and what to do about it. Contract: transmit-verify 4, E5.

The provider may add values; ``feedback_of`` has a generic entry for those.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED = "accepted"
NOT_USABLE = "not_usable"
QUALITY = "quality"
NOT_ALLOWED = "not_allowed"
SELFIE = "selfie"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Feedback:
    """``says`` in plain words what the provider found, ``do`` what to do next; both whole sentences."""

    value: str
    group: str
    says: str
    do: str


_TAKE_AGAIN = "Take the picture again."
_SELFIE_AGAIN = "Take the selfie again"
_OTHER_DOCUMENT = "Use another document."

_ALL = (
    Feedback("ok", ACCEPTED, "The picture was accepted.", "Go on with what is still missing."),
    Feedback(
        "document_not_found",
        NOT_USABLE,
        "No document was found in the picture.",
        "Take this side again, with the whole document in the picture.",
    ),
    Feedback(
        "document_face_not_found",
        NOT_USABLE,
        "The portrait on the document was not found.",
        "Take the side with the portrait again, with nothing covering it.",
    ),
    Feedback(
        "barcode_not_found",
        NOT_USABLE,
        "The barcode of the document was not found.",
        "Take the side with the barcode again, with nothing covering it.",
    ),
    Feedback(
        "wrong_document_side",
        NOT_USABLE,
        "The picture shows the other side of the document.",
        "Turn the document and take this side again.",
    ),
    Feedback("blur", QUALITY, "The picture is blurred.", f"{_TAKE_AGAIN} Hold the camera still and use more light."),
    Feedback("glare", QUALITY, "Light is reflected in the picture.", f"{_TAKE_AGAIN} Turn it away from lamps."),
    Feedback("obstructed", QUALITY, "Something covers part of the document.", f"{_TAKE_AGAIN} Leave nothing on it."),
    Feedback("blur_selfie", QUALITY, "The selfie is blurred.", f"{_SELFIE_AGAIN}, holding still and in better light."),
    Feedback(
        "glare_selfie", QUALITY, "Light is reflected in the selfie.", f"{_SELFIE_AGAIN}, away from lamps and windows."
    ),
    Feedback("document_not_supported", NOT_ALLOWED, "This kind of document is not accepted.", _OTHER_DOCUMENT),
    Feedback(
        "document_not_matching",
        NOT_ALLOWED,
        "The sides do not belong to the same document.",
        "Take both sides of one document, or use another document.",
    ),
    Feedback("restricted_criteria", NOT_ALLOWED, "The rules of the account exclude this document.", _OTHER_DOCUMENT),
    Feedback("face_not_found", SELFIE, "No face was found in the selfie.", f"{_SELFIE_AGAIN}, with the face in view."),
    Feedback("multi_face", SELFIE, "The selfie shows more than one face.", f"{_SELFIE_AGAIN}, with nobody else in it."),
    Feedback("face_rotated", SELFIE, "The face is tilted.", f"{_SELFIE_AGAIN}, with the head and the camera upright."),
    Feedback("face_too_small", SELFIE, "The face is too far away.", f"{_SELFIE_AGAIN}, closer to the camera."),
    Feedback("face_too_close", SELFIE, "The face is too close.", f"{_SELFIE_AGAIN}, further from the camera."),
    Feedback("closed_eyes", SELFIE, "The eyes are closed.", f"{_SELFIE_AGAIN}, with both eyes open."),
    Feedback(
        "face_angle_too_large",
        SELFIE,
        "The face is turned away too far.",
        f"{_SELFIE_AGAIN}, looking straight into the camera.",
    ),
    Feedback(
        "face_close_to_border",
        SELFIE,
        "The face is too near the edge of the picture.",
        f"{_SELFIE_AGAIN}, with the face in the middle.",
    ),
    Feedback(
        "face_occluded",
        SELFIE,
        "Something covers part of the face.",
        f"{_SELFIE_AGAIN}, without a mask, sunglasses or a hand in front of the face.",
    ),
    Feedback(
        "face_cropped",
        SELFIE,
        "Part of the face is outside the picture.",
        f"{_SELFIE_AGAIN}, with the whole face in the picture.",
    ),
    Feedback("other", UNKNOWN, "The picture was not accepted, and no reason was given.", _TAKE_AGAIN),
)

FEEDBACK: dict[str, Feedback] = {feedback.value: feedback for feedback in _ALL}


def feedback_of(value: str) -> Feedback:
    """Give the words for a value; one the contract does not list gets a generic entry that names it."""
    known = FEEDBACK.get(value.strip().lower())
    if known is not None:
        return known
    return Feedback(value, UNKNOWN, f"The provider answered with an unknown word: {value or 'none'}.", _TAKE_AGAIN)
