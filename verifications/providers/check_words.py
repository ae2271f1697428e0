"""Checks, reasons, recommendations and statuses of Transmit Security in plain words. Contract: transmit-verify 4, E2.

All of them are open: what the contract does not list is shown as it came.
"""

from __future__ import annotations

from dataclasses import dataclass

from verifications.marking import Filled
from verifications.marking import gettext_noop as _


@dataclass(frozen=True)
class CheckWords:
    """``title`` names a check, ``tests`` says what it looks at (empty for an unknown one)."""

    title: str
    tests: str


CHECKS: dict[str, CheckWords] = {
    "document_validation": CheckWords(
        _("Document data"), _("Whether the extracted data is valid and fits the template of the document.")
    ),
    "document_authentication": CheckWords(_("Document genuine"), _("Whether the document is genuine and untampered.")),
    "document_liveness": CheckWords(
        _("Document physically present"), _("Whether a physical document was photographed and not a screen.")
    ),
    "biometric_matching": CheckWords(
        _("Face match"), _("Whether the selfie shows the person of the document's portrait.")
    ),
    "biometric_liveness": CheckWords(_("Live person"), _("Whether a live person stood before the camera.")),
    "flagged_identity": CheckWords(
        _("Earlier sessions"), _("Whether this person or document was seen in suspicious earlier sessions.")
    ),
    "risk_recommendation": CheckWords(_("Risk signals"), _("What the device, the network and the behaviour suggest.")),
}

RECOMMENDATIONS: dict[str, str] = {
    "ALLOW": _("Passed"),
    "CHALLENGE": _("Did not pass: look yourself"),
    "DENY": _("High likelihood of fraud"),
    "N/A": _("Not carried out"),
}

SESSION_STATUSES: dict[str, str] = {
    "pending": _("Created, not started yet"),
    "capturing": _("The customer is taking pictures"),
    "processing": _("All pictures are in, the checks are running"),
    "recapture": _("Pictures must be taken again"),
    "complete": _("Finished"),
    "error": _("Failed for a technical reason"),
}

REASONS: dict[str, dict[str, str]] = {
    "document_validation": {
        "data_extraction_failed": _("The data could not be read from the document"),
        "data_validation_failed": _("Data of the document is not valid"),
        "data_comparison_failed": _("Data on the document contradicts itself"),
        "mrz_check_digits_invalid": _("The check digits of the machine-readable lines are wrong"),
    },
    "document_authentication": {
        "face_tampering": _("The portrait was tampered with"),
        "face_not_found": _("No portrait was found on the document"),
        "missing_security_features": _("Security features are missing"),
        "document_tampering": _("The document was tampered with"),
        "document_text_tampering": _("The text of the document was tampered with"),
        "wrong_font": _("The document is printed in the wrong typeface"),
        "document_damaged": _("The document is damaged"),
        "document_template_mismatch": _("The document does not look like others of its kind"),
    },
    "document_liveness": {
        "presentation_attack": _("A screen or a copy was shown instead of the document itself"),
    },
    "biometric_matching": {
        "biometric_mismatch": _("The selfie does not match the portrait"),
        "age_mismatch": _("The age in the selfie does not fit the document"),
        "gender_mismatch": _("The gender in the selfie does not fit the document"),
    },
    "biometric_liveness": {
        "screen_capture": _("A screen was photographed instead of a person"),
        "printed_copy_capture": _("A printed picture was photographed instead of a person"),
        "printed_cutout": _("A printed cut-out was held before the camera"),
        "mask_detected": _("The person wore a mask"),
        "injection_attack_detected": _("The picture was fed in and did not come from the camera"),
        "selfie_liveness_attack": _("The selfie does not show a live person"),
        "multiple_faces_detected": _("More than one face was seen"),
    },
    "flagged_identity": {
        "multiple_same_identity_attempts": _("The same identity was tried several times"),
        "previous_document_fraud": _("The document was part of an earlier fraud"),
        "previous_face_fraud": _("The face was part of an earlier fraud"),
    },
}
"""Check -> reason code -> words."""

RISK_FAMILIES: dict[str, str] = {
    "action": _("Action"),
    "behavior": _("Behaviour"),
    "device": _("Device"),
    "ip": _("Network address"),
    "profile": _("Profile"),
    "user": _("User"),
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
    family, __, rest = code.partition("_")
    if family in RISK_FAMILIES and rest:
        return Filled("%(family)s: %(value)s", family=Filled(RISK_FAMILIES[family]), value=rest.replace("_", " "))
    return _("Another risk signal") if code == "other" else reason
