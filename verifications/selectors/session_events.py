"""What the timeline adds to an event of a verification session: the words that matter of its details."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from verifications.enums import AuditAction, CallOperation, DocumentSlot, SessionShape, SessionStatus
from verifications.providers.feedback import feedback_of
from verifications.selectors.marked_words import marked_words


def session_details(action: str, details: dict[str, Any]) -> str:
    """One line, empty when the action says it all. Words that the portal does not know stand as they are."""
    match action:
        case AuditAction.SESSION_MOVED:
            return _label(SessionStatus, details.get("after"))
        case AuditAction.SESSION_REQUESTED:
            return _label(SessionShape, details.get("shape"))
        case AuditAction.SESSION_CREATED | AuditAction.SESSION_DELETED:
            reference = details.get("reference")
            return _("Session id %(reference)s") % {"reference": reference} if reference else ""
        case AuditAction.SESSION_CONSENT_READ:
            return _("Granted") if details.get("granted") else _("Not granted")
        case AuditAction.SESSION_STOPPED:
            operation = _label(CallOperation, details.get("operation"))
            return f"{operation}: {details['code']}" if details.get("code") else operation
        case AuditAction.SESSION_READ_REQUESTED:
            return str(details.get("what", "")).capitalize()
    return _image_details(action, details)


def _image_details(action: str, details: dict[str, Any]) -> str:
    slot, sha256 = _label(DocumentSlot, details.get("slot")), str(details.get("sha256", ""))[:12]
    match action:
        case AuditAction.SESSION_IMAGE_SENT:
            return f"{slot}, SHA-256 {sha256}…"
        case AuditAction.SESSION_IMAGE_JUDGED:
            feedback = str(details.get("feedback", ""))
            return f"{slot}: {marked_words(feedback_of(feedback).says)} ({feedback})"
        case AuditAction.SESSION_IMAGES_LISTED:
            count = details.get("images", 0)
            return ngettext("%(count)d image", "%(count)d images", count) % {"count": count}
        case AuditAction.SESSION_IMAGE_COPIED:
            return f"SHA-256 {sha256}…"
    return ""


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "")
