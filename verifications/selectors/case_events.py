"""What the timeline adds to an event of a case, a decision or what people do around it: the words of its details."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from verifications.enums import (
    AuditAction,
    CaseCause,
    CasePriority,
    CaseRisk,
    CaseState,
    DecisionOutcome,
    DifferenceReason,
    ReadingFormat,
    RequestItem,
    RequestReason,
)


def case_details(action: str, details: dict[str, Any]) -> str:
    """One line for ``case.*``; words that the portal does not know stand as they are."""
    match action:
        case AuditAction.CASE_OPENED:
            number, cause = str(details.get("number", "")), details.get("cause", "")
            known = cause in CaseCause.values and cause != CaseCause.SUBMISSION
            return f"{number}: {CaseCause(cause).label}" if known else number
        case AuditAction.CASE_CLOSED:
            return label(DecisionOutcome, details.get("outcome"))
        case AuditAction.CASE_PRIORITISED:
            return change(CasePriority, details)
        case AuditAction.CASE_RISK_CHANGED:
            return change(CaseRisk, details)
        case AuditAction.CASE_STATE_CHANGED:
            return label(CaseState, details.get("after"))
        case (
            AuditAction.CASE_DUE_CHANGED
            | AuditAction.CASE_RESUMED
            | AuditAction.CASE_WARNED
            | (AuditAction.CASE_BREACHED)
        ):
            return moment(details.get("after") or details.get("due_at"))
    return ""


def decision_details(_action: str, details: dict[str, Any]) -> str:
    return label(DecisionOutcome, details.get("outcome"))


def difference_details(_action: str, details: dict[str, Any]) -> str:
    field = str(details.get("field", "")).replace("_", " ")
    reason = label(DifferenceReason, details.get("reason"))
    return f"{field}: {reason}" if field and reason else field or reason


def reading_details(_action: str, details: dict[str, Any]) -> str:
    return label(ReadingFormat, details.get("format"))


def request_details(_action: str, details: dict[str, Any]) -> str:
    item, reason = label(RequestItem, details.get("item")), label(RequestReason, details.get("reason"))
    return f"{item}: {reason}" if item and reason else item or reason


def label(choices: Any, value: Any) -> str:
    """The words of a stored value or of a choice's name; what is neither stands as it is."""
    if value in choices.names:
        return str(choices[value].label)
    return str(choices(value).label) if value in choices.values else str(value or "")


def change(choices: Any, details: dict[str, Any]) -> str:
    before, after = label(choices, details.get("before")), label(choices, details.get("after"))
    if not before or not after:
        return after
    return _("%(before)s, now %(after)s") % {"before": before, "after": after}


def moment(value: Any) -> str:
    """An instant of a detail in the reader's zone; empty when it is none."""
    try:
        at = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return _("Due %(when)s") % {"when": f"{localtime(at):%Y-%m-%d %H:%M}"} if at.tzinfo else ""
