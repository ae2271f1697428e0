"""Words for what Transmit Security says: image feedback, checks, reasons, recommendations, statuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifications.providers import check_words as words
from verifications.providers import feedback
from verifications.providers.feedback import FEEDBACK, feedback_of

GROUPS = {
    feedback.ACCEPTED: {"ok"},
    feedback.NOT_USABLE: {
        "document_not_found", "document_face_not_found", "barcode_not_found", "wrong_document_side",
    },
    feedback.QUALITY: {"blur", "glare", "obstructed", "blur_selfie", "glare_selfie"},
    feedback.NOT_ALLOWED: {"document_not_supported", "document_not_matching", "restricted_criteria"},
    feedback.SELFIE: {
        "face_not_found", "multi_face", "face_rotated", "face_too_small", "face_too_close", "closed_eyes",
        "face_angle_too_large", "face_close_to_border", "face_occluded", "face_cropped",
    },
    feedback.UNKNOWN: {"other"},
}  # fmt: skip
REASONS = [
    "data_extraction_failed", "data_validation_failed", "data_comparison_failed", "mrz_check_digits_invalid",
    "face_tampering", "face_not_found", "missing_security_features", "document_tampering", "document_text_tampering",
    "wrong_font", "document_damaged", "document_template_mismatch", "presentation_attack", "biometric_mismatch",
    "age_mismatch", "gender_mismatch", "screen_capture", "printed_copy_capture", "printed_cutout", "mask_detected",
    "injection_attack_detected", "selfie_liveness_attack", "multiple_faces_detected",
    "multiple_same_identity_attempts", "previous_document_fraud", "previous_face_fraud",
]  # fmt: skip


def test_every_documented_feedback_stands_in_its_group() -> None:
    found = {group: {one.value for one in FEEDBACK.values() if one.group == group} for group in GROUPS}

    assert found == GROUPS
    assert len(FEEDBACK) == 24


def test_every_feedback_says_what_is_wrong_and_what_to_do_in_sentences_of_its_own() -> None:
    says = [one.says for one in FEEDBACK.values()]

    assert len(set(says)) == len(says)
    for one in FEEDBACK.values():
        for sentence in (one.says, one.do):
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert one.value not in sentence or one.value in ("ok", "other", "blur", "glare")


@pytest.mark.parametrize("value", FEEDBACK)
def test_a_known_feedback_is_found(value: str) -> None:
    assert feedback_of(value) is FEEDBACK[value]
    assert feedback_of(f" {value.upper()} ") is FEEDBACK[value]


@pytest.mark.parametrize(("value", "named"), [("brand_new", "brand_new"), ("", "none")])
def test_an_unknown_feedback_is_named_and_asks_for_another_picture(value: str, named: str) -> None:
    found = feedback_of(value)

    assert (found.value, found.group) == (value, feedback.UNKNOWN)
    assert named in found.says
    assert found.do == "Take the picture again."


def test_the_seven_checks_have_a_title_and_a_meaning() -> None:
    assert list(words.CHECKS) == [
        "document_validation",
        "document_authentication",
        "document_liveness",
        "biometric_matching",
        "biometric_liveness",
        "flagged_identity",
        "risk_recommendation",
    ]
    assert all(words.check_words(name).title and words.check_words(name).tests for name in words.CHECKS)
    assert words.check_words("brand_new") == words.CheckWords("brand_new", "")


def test_every_documented_reason_has_words_of_its_own() -> None:
    known = [code for codes in words.REASONS.values() for code in codes]

    assert sorted(known) == sorted(REASONS)
    assert set(words.REASONS) <= set(words.CHECKS)
    assert len({words.reason_words(code) for code in REASONS}) == len(REASONS)


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_known_with_spaces_and_capitals(code: str) -> None:
    assert words.reason_words(code.replace("_", " ")) == words.reason_words(code) != code
    assert words.reason_words(code.upper()) == words.reason_words(code)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("device_emulator", "Device: emulator"),
        ("IP_HIGH_RISK_COUNTRY", "Network address: high risk country"),
        ("behavior_bot", "Behaviour: bot"),
        ("action_velocity", "Action: velocity"),
        ("profile_new_device", "Profile: new device"),
        ("user_new", "User: new"),
        ("other", "Another risk signal"),
        ("device", "device"),
        ("Brand new", "Brand new"),
        ("", ""),
    ],
)
def test_a_risk_value_is_told_by_its_family_and_anything_else_as_it_came(reason: str, shown: str) -> None:
    assert words.reason_words(reason) == shown


@pytest.mark.parametrize("value", ["ALLOW", "CHALLENGE", "DENY", "N/A"])
def test_a_recommendation_is_told_in_words(value: str) -> None:
    assert words.recommendation_words(value) not in ("", value)


@pytest.mark.parametrize("value", ["pending", "capturing", "processing", "recapture", "complete", "error"])
def test_a_status_is_told_in_words(value: str) -> None:
    assert words.status_words(value) not in ("", value)


@given(st.text(max_size=30).map(lambda text: f"§{text}"))
def test_unknown_words_are_shown_as_they_came(text: str) -> None:
    assert words.recommendation_words(text) == words.status_words(text) == words.reason_words(text) == text
    assert words.check_words(text).title == text
