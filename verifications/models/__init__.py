"""Tables of the portal, one module per noun."""

from verifications.models.audit import AccessEvent, AppendOnlyError, AuditEvent
from verifications.models.cases import Case
from verifications.models.customers import Customer
from verifications.models.documents import Document, DocumentRendition
from verifications.models.fields import Sealed, SealedField
from verifications.models.keys import DataKey
from verifications.models.provider_calls import ProviderCall
from verifications.models.providers import ApiKeyLane, ProviderAccount, ProviderUser
from verifications.models.verifications import Verification

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
    "ProviderAccount",
    "ProviderCall",
    "ProviderUser",
    "Sealed",
    "SealedField",
    "Verification",
]
