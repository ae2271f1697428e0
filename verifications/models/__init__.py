"""Tables of the portal, one module per noun."""

from verifications.models.audit import AccessEvent, AppendOnlyError, AuditEvent
from verifications.models.audits import AuditAnswer, AuditEngagement, AuditQuestion, AuditSample, AuditSampleItem
from verifications.models.cases import Case, CasePresence
from verifications.models.customer_requests import CustomerRequest, MessageTemplate
from verifications.models.customers import Customer
from verifications.models.decisions import (
    Decision,
    DecisionReason,
    DecisionReview,
    DifferenceResolution,
    PolicyVersion,
)
from verifications.models.documents import Document, DocumentRendition
from verifications.models.exports import Export
from verifications.models.fields import Sealed, SealedField
from verifications.models.keys import DataKey
from verifications.models.kyc_links import KycLink
from verifications.models.notes import CaseNote, NoteMention
from verifications.models.people import PersonSettings, SavedView
from verifications.models.provider_calls import ProviderCall
from verifications.models.providers import ApiKeyLane, ProviderAccount, ProviderToken, ProviderUser
from verifications.models.readings import MachineReading, MachineValue
from verifications.models.reconciliations import Reconciliation
from verifications.models.seals import ENTRY_BYTES, LogAnchor, LogCheck, LogHead, LogSeal
from verifications.models.search_texts import CustomerSearchText
from verifications.models.sessions import ExtractedValue, ImageSubmission, SessionImage, VerificationSession
from verifications.models.verifications import Verification
from verifications.models.webhooks import ProviderNotification, ReceivedWebhook

__all__ = [
    "ENTRY_BYTES",
    "AccessEvent",
    "ApiKeyLane",
    "AppendOnlyError",
    "AuditAnswer",
    "AuditEngagement",
    "AuditEvent",
    "AuditQuestion",
    "AuditSample",
    "AuditSampleItem",
    "Case",
    "CaseNote",
    "CasePresence",
    "Customer",
    "CustomerRequest",
    "CustomerSearchText",
    "DataKey",
    "Decision",
    "DecisionReason",
    "DecisionReview",
    "DifferenceResolution",
    "Document",
    "DocumentRendition",
    "Export",
    "ExtractedValue",
    "ImageSubmission",
    "KycLink",
    "LogAnchor",
    "LogCheck",
    "LogHead",
    "LogSeal",
    "MachineReading",
    "MachineValue",
    "MessageTemplate",
    "NoteMention",
    "PersonSettings",
    "PolicyVersion",
    "ProviderAccount",
    "ProviderCall",
    "ProviderNotification",
    "ProviderToken",
    "ProviderUser",
    "ReceivedWebhook",
    "Reconciliation",
    "SavedView",
    "Sealed",
    "SealedField",
    "SessionImage",
    "Verification",
    "VerificationSession",
]
