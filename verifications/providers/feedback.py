"""What Transmit Security says of an image just added, and what to do about it. Contract: transmit-verify 4, E5.

The provider may add values; ``feedback_of`` has a generic entry for those.
"""

from __future__ import annotations

from dataclasses import dataclass

from verifications.marking import Filled
from verifications.marking import gettext_noop as _

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


_TAKE_AGAIN = _("Take the picture again.")
_OTHER_DOCUMENT = _("Use another document.")

_ALL = (
    Feedback("ok", ACCEPTED, _("The picture was accepted."), _("Go on with what is still missing.")),
    Feedback(
        "document_not_found",
        NOT_USABLE,
        _("No document was found in the picture."),
        _("Take this side again, with the whole document in the picture."),
    ),
    Feedback(
        "document_face_not_found",
        NOT_USABLE,
        _("The portrait on the document was not found."),
        _("Take the side with the portrait again, with nothing covering it."),
    ),
    Feedback(
        "barcode_not_found",
        NOT_USABLE,
        _("The barcode of the document was not found."),
        _("Take the side with the barcode again, with nothing covering it."),
    ),
    Feedback(
        "wrong_document_side",
        NOT_USABLE,
        _("The picture shows the other side of the document."),
        _("Turn the document and take this side again."),
    ),
    Feedback(
        "blur",
        QUALITY,
        _("The picture is blurred."),
        _("Take the picture again. Hold the camera still and use more light."),
    ),
    Feedback(
        "glare", QUALITY, _("Light is reflected in the picture."), _("Take the picture again. Turn it away from lamps.")
    ),
    Feedback(
        "obstructed",
        QUALITY,
        _("Something covers part of the document."),
        _("Take the picture again. Leave nothing on it."),
    ),
    Feedback(
        "blur_selfie",
        QUALITY,
        _("The selfie is blurred."),
        _("Take the selfie again, holding still and in better light."),
    ),
    Feedback(
        "glare_selfie",
        QUALITY,
        _("Light is reflected in the selfie."),
        _("Take the selfie again, away from lamps and windows."),
    ),
    Feedback("document_not_supported", NOT_ALLOWED, _("This kind of document is not accepted."), _OTHER_DOCUMENT),
    Feedback(
        "document_not_matching",
        NOT_ALLOWED,
        _("The sides do not belong to the same document."),
        _("Take both sides of one document, or use another document."),
    ),
    Feedback("restricted_criteria", NOT_ALLOWED, _("The rules of the account exclude this document."), _OTHER_DOCUMENT),
    Feedback(
        "face_not_found",
        SELFIE,
        _("No face was found in the selfie."),
        _("Take the selfie again, with the face in view."),
    ),
    Feedback(
        "multi_face",
        SELFIE,
        _("The selfie shows more than one face."),
        _("Take the selfie again, with nobody else in it."),
    ),
    Feedback(
        "face_rotated",
        SELFIE,
        _("The face is tilted."),
        _("Take the selfie again, with the head and the camera upright."),
    ),
    Feedback(
        "face_too_small", SELFIE, _("The face is too far away."), _("Take the selfie again, closer to the camera.")
    ),
    Feedback(
        "face_too_close", SELFIE, _("The face is too close."), _("Take the selfie again, further from the camera.")
    ),
    Feedback("closed_eyes", SELFIE, _("The eyes are closed."), _("Take the selfie again, with both eyes open.")),
    Feedback(
        "face_angle_too_large",
        SELFIE,
        _("The face is turned away too far."),
        _("Take the selfie again, looking straight into the camera."),
    ),
    Feedback(
        "face_close_to_border",
        SELFIE,
        _("The face is too near the edge of the picture."),
        _("Take the selfie again, with the face in the middle."),
    ),
    Feedback(
        "face_occluded",
        SELFIE,
        _("Something covers part of the face."),
        _("Take the selfie again, without a mask, sunglasses or a hand in front of the face."),
    ),
    Feedback(
        "face_cropped",
        SELFIE,
        _("Part of the face is outside the picture."),
        _("Take the selfie again, with the whole face in the picture."),
    ),
    Feedback("other", UNKNOWN, _("The picture was not accepted, and no reason was given."), _TAKE_AGAIN),
)

FEEDBACK: dict[str, Feedback] = {feedback.value: feedback for feedback in _ALL}


def feedback_of(value: str) -> Feedback:
    """Give the words for a value; one the contract does not list gets a generic entry that names it."""
    known = FEEDBACK.get(value.strip().lower())
    if known is not None:
        return known
    return Feedback(
        value,
        UNKNOWN,
        Filled(_("The provider answered with an unknown word: %(word)s."), word=value or "none"),
        _TAKE_AGAIN,
    )
