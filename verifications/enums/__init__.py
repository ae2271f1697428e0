"""The words of the portal: stored choices, and for each noun with a life the changes it may make.

``tests/test_enums.py`` walks every table of transitions; ``docs/states.md`` is drawn from them.
"""

from __future__ import annotations

from verifications.enums.calls import (
    CALL_TRANSITIONS,
    LINK_CREATIONS,
    LINK_OPERATIONS,
    LINK_READS,
    NOTIFICATION_OPERATIONS,
    POLL_OPERATIONS,
    READ_OPERATIONS,
    SESSION_OPERATIONS,
    START_OPERATIONS,
    SUBMIT_OPERATIONS,
    UPLOAD_OPERATIONS,
    USER_OPERATIONS,
    CallOperation,
    CallStatus,
    ReconciliationChoice,
    ReconciliationStatus,
)
from verifications.enums.cases import CaseRisk, CaseState
from verifications.enums.customers import CustomerKind
from verifications.enums.documents import DocumentOrigin, DocumentSlot, RenditionKind, ValueComparison
from verifications.enums.links import (
    LINK_TRANSITIONS,
    LIVE_LINK_STATUSES,
    USABLE_LINK_STATUSES,
    LinkKind,
    LinkStatus,
    WebhookOutcome,
)
from verifications.enums.log import AccessAction, AuditAction, KeyPurpose, RevealPurpose
from verifications.enums.providers import AccountEnvironment, ProviderKind, ProviderUserOrigin, ProviderUserStatus
from verifications.enums.sessions import (
    LIVE_SESSION_STATUSES,
    OPEN_SESSION_STATUSES,
    SESSION_TRANSITIONS,
    SessionShape,
    SessionStatus,
)
from verifications.enums.verifications import (
    CLOSED_STATUSES,
    MOVING_STATUSES,
    VERIFICATION_TRANSITIONS,
    ProviderAnswer,
    VerificationMethod,
    VerificationStatus,
    VerificationType,
)

__all__ = [
    "CALL_TRANSITIONS",
    "CLOSED_STATUSES",
    "LINK_CREATIONS",
    "LINK_OPERATIONS",
    "LINK_READS",
    "LINK_TRANSITIONS",
    "LIVE_LINK_STATUSES",
    "LIVE_SESSION_STATUSES",
    "MOVING_STATUSES",
    "NOTIFICATION_OPERATIONS",
    "OPEN_SESSION_STATUSES",
    "POLL_OPERATIONS",
    "READ_OPERATIONS",
    "SESSION_OPERATIONS",
    "SESSION_TRANSITIONS",
    "START_OPERATIONS",
    "SUBMIT_OPERATIONS",
    "UPLOAD_OPERATIONS",
    "USABLE_LINK_STATUSES",
    "USER_OPERATIONS",
    "VERIFICATION_TRANSITIONS",
    "AccessAction",
    "AccountEnvironment",
    "AuditAction",
    "CallOperation",
    "CallStatus",
    "CaseRisk",
    "CaseState",
    "CustomerKind",
    "DocumentOrigin",
    "DocumentSlot",
    "KeyPurpose",
    "LinkKind",
    "LinkStatus",
    "ProviderAnswer",
    "ProviderKind",
    "ProviderUserOrigin",
    "ProviderUserStatus",
    "ReconciliationChoice",
    "ReconciliationStatus",
    "RenditionKind",
    "RevealPurpose",
    "SessionShape",
    "SessionStatus",
    "ValueComparison",
    "VerificationMethod",
    "VerificationStatus",
    "VerificationType",
    "WebhookOutcome",
]
