"""Tables of the portal, one module per noun."""

from verifications.models.audit import AccessEvent, AppendOnlyError, AuditEvent
from verifications.models.cases import Case
from verifications.models.customers import Customer
from verifications.models.documents import Document, DocumentRendition
from verifications.models.fields import Sealed, SealedField
from verifications.models.keys import DataKey
from verifications.models.kyc_links import KycLink
from verifications.models.provider_calls import ProviderCall
from verifications.models.providers import ApiKeyLane, ProviderAccount, ProviderToken, ProviderUser
from verifications.models.reconciliations import Reconciliation
from verifications.models.sessions import ExtractedValue, ImageSubmission, SessionImage, VerificationSession
from verifications.models.verifications import Verification
from verifications.models.webhooks import ProviderNotification, ReceivedWebhook

__all__ = [
    "AccessEvent",
    "ApiKeyLane",
    "AppendOnlyError",
    "AuditEvent",
    "Case",
    "Customer",
    "DataKey",
    "Document",
    "DocumentRendition",
    "ExtractedValue",
    "ImageSubmission",
    "KycLink",
    "ProviderAccount",
    "ProviderCall",
    "ProviderNotification",
    "ProviderToken",
    "ProviderUser",
    "ReceivedWebhook",
    "Reconciliation",
    "Sealed",
    "SealedField",
    "SessionImage",
    "Verification",
    "VerificationSession",
]
