"""Checks, reasons, recommendations and statuses of Transmit Security in plain words. Contract: transmit-verify 4, E2.

All of them are open: what the contract does not list is shown as it came.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckWords:
    """``title`` names a check, ``tests`` says what it looks at (empty for an unknown one)."""

    title: str
    tests: str


CHECKS: dict[str, CheckWords] = {
    "document_validation": CheckWords(
        "Document data", "Whether the extracted data is valid and fits the template of the document."
    ),
    "document_authentication": CheckWords("Document genuine", "Whether the document is genuine and untampered."),
    "document_liveness": CheckWords(
        "Document physically present", "Whether a physical document was photographed and not a screen."
    ),
    "biometric_matching": CheckWords("Face match", "Whether the selfie shows the person of the document's portrait."),
    "biometric_liveness": CheckWords("Live person", "Whether a live person stood before the camera."),
    "flagged_identity": CheckWords(
        "Earlier sessions", "Whether this person or document was seen in suspicious earlier sessions."
    ),
    "risk_recommendation": CheckWords("Risk signals", "What the device, the network and the behaviour suggest."),
}

RECOMMENDATIONS: dict[str, str] = {
    "ALLOW": "Passed",
    "CHALLENGE": "Did not pass: look yourself",
    "DENY": "High likelihood of fraud",
    "N/A": "Not carried out",
}

SESSION_STATUSES: dict[str, str] = {
    "pending": "Created, not started yet",
    "capturing": "The customer is taking pictures",
    "processing": "All pictures are in, the checks are running",
    "recapture": "Pictures must be taken again",
    "complete": "Finished",
    "error": "Failed for a technical reason",
}

REASONS: dict[str, dict[str, str]] = {
    "document_validation": {
        "data_extraction_failed": "The data could not be read from the document",
        "data_validation_failed": "Data of the document is not valid",
        "data_comparison_failed": "Data on the document contradicts itself",
        "mrz_check_digits_invalid": "The check digits of the machine-readable lines are wrong",
    },
    "document_authentication": {
        "face_tampering": "The portrait was tampered with",
        "face_not_found": "No portrait was found on the document",
        "missing_security_features": "Security features are missing",
        "document_tampering": "The document was tampered with",
        "document_text_tampering": "The text of the document was tampered with",
        "wrong_font": "The document is printed in the wrong typeface",
        "document_damaged": "The document is damaged",
        "document_template_mismatch": "The document does not look like others of its kind",
    },
    "document_liveness": {
        "presentation_attack": "A screen or a copy was shown instead of the document itself",
    },
    "biometric_matching": {
        "biometric_mismatch": "The selfie does not match the portrait",
        "age_mismatch": "The age in the selfie does not fit the document",
        "gender_mismatch": "The gender in the selfie does not fit the document",
    },
    "biometric_liveness": {
        "screen_capture": "A screen was photographed instead of a person",
        "printed_copy_capture": "A printed picture was photographed instead of a person",
        "printed_cutout": "A printed cut-out was held before the camera",
        "mask_detected": "The person wore a mask",
        "injection_attack_detected": "The picture was fed in and did not come from the camera",
        "selfie_liveness_attack": "The selfie does not show a live person",
        "multiple_faces_detected": "More than one face was seen",
    },
    "flagged_identity": {
        "multiple_same_identity_attempts": "The same identity was tried several times",
        "previous_document_fraud": "The document was part of an earlier fraud",
        "previous_face_fraud": "The face was part of an earlier fraud",
    },
}
"""Check -> reason code -> words."""

RISK_FAMILIES: dict[str, str] = {
    "action": "Action",
    "behavior": "Behaviour",
    "device": "Device",
    "ip": "Network address",
    "profile": "Profile",
    "user": "User",
}
"""Families of the 61 risk values; what stands behind the family is told by the value itself."""

_REASON_WORDS = {code: words for codes in REASONS.values() for code, words in codes.items()}


def check_words(name: str) -> CheckWords:
    """Give title and meaning of a check."""
    return CHECKS.get(name) or CheckWords(name, "")


def recommendation_words(value: str) -> str:
    """Give a check's or a session's recommendation in words."""
    return RECOMMENDATIONS.get(value, value)


def status_words(value: str) -> str:
    """Give a session's status, as the provider named it, in words."""
    return SESSION_STATUSES.get(value, value)


def reason_words(reason: str) -> str:
    """Give a reason in words; capitals do not matter, nor spaces for underscores, which the provider has shown."""
    code = "_".join(reason.lower().split())
    if code in _REASON_WORDS:
        return _REASON_WORDS[code]
    family, _, rest = code.partition("_")
    if family in RISK_FAMILIES and rest:
        return f"{RISK_FAMILIES[family]}: {rest.replace('_', ' ')}"
    return "Another risk signal" if code == "other" else reason
