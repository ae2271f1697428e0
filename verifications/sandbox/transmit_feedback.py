"""What an image is answered with, and how to provoke it. Contract: transmit-verify 4 (E5)."""

from __future__ import annotations

import re

IMAGE_TYPES = ("document_front", "document_back", "selfie")
ACCEPTED = "ok"
RESTRICTED = "restricted_criteria"
CUSTOM_FEEDBACK = "Only documents issued in the last ten years are accepted here."
UNDOCUMENTED = "hologram_not_visible"
# Every documented value but ``ok``, with the words of the hosted page for it.
WORDS = {
    "blur": "The photo is blurred.",
    "glare": "There is glare on the document.",
    "obstructed": "Something covers the document.",
    "blur_selfie": "The selfie is blurred.",
    "glare_selfie": "There is glare on your face.",
    "document_not_found": "No document can be seen.",
    "document_face_not_found": "The portrait on the document cannot be seen.",
    "barcode_not_found": "The barcode cannot be read.",
    "wrong_document_side": "This is the other side of the document.",
    "document_not_supported": "This kind of document is not supported.",
    "document_not_matching": "This side belongs to another document.",
    RESTRICTED: CUSTOM_FEEDBACK,
    "face_not_found": "No face can be seen.",
    "multi_face": "There is more than one face.",
    "face_rotated": "The face is turned.",
    "face_too_small": "The face is too far away.",
    "face_too_close": "The face is too close.",
    "closed_eyes": "The eyes are closed.",
    "face_angle_too_large": "Look straight into the camera.",
    "face_close_to_border": "The face is at the edge of the photo.",
    "face_occluded": "Something covers the face.",
    "face_cropped": "The face is cut off.",
    "other": "The photo cannot be used.",
}
# A width stands for one answer: it comes through a portal that encodes pictures again and sends no names.
BY_WIDTH = dict(enumerate([*WORDS, UNDOCUMENTED], start=641))
FEEDBACK_ID = re.compile(r"feedback-([a-z_]+)(?:-.*)?", re.ASCII | re.DOTALL)


def feedback_for(*, width: int, image_id: str) -> str:
    """``ok``, or what the picture's width or its ``image_id`` (``feedback-blur-1``) asks for."""
    match = FEEDBACK_ID.fullmatch(image_id)
    if match and (match[1] in WORDS or match[1] in (ACCEPTED, UNDOCUMENTED)):
        return match[1]
    return BY_WIDTH.get(width, ACCEPTED)


def words_for(feedback: str) -> str:
    """What a person is told about a photo that was not taken."""
    return WORDS.get(feedback, WORDS["other"])
