"""The words of the portal: stored choices, and for each noun with a life the changes it may make.

``tests/test_enums.py`` walks every table of transitions; ``docs/states.md`` is drawn from them.
"""

from __future__ import annotations

from django.db.models import TextChoices


class CustomerKind(TextChoices):
    INDIVIDUAL = "INDIVIDUAL", "Person"
    BUSINESS = "BUSINESS", "Business"


class ProviderKind(TextChoices):
    KRAKEN_EMBED = "KRAKEN_EMBED", "Kraken Embed"
    PAYWARD_SERVICES = "PAYWARD_SERVICES", "Payward Services"


class AccountEnvironment(TextChoices):
    SANDBOX = "SANDBOX", "Sandbox"
    LIVE = "LIVE", "Live"


class VerificationMethod(TextChoices):
    DOCUMENTS = "DOCUMENTS", "Send the files"
    DOCUMENT_URLS = "DOCUMENT_URLS", "Send presigned addresses"


class VerificationType(TextChoices):
    IDENTITY_DOCUMENT = "identity_document", "Identity document"
    RESIDENCE_DOCUMENT = "residence_document", "Proof of residence"
    SELFIE = "selfie", "Selfie"
    TAX_ID_DOCUMENT = "tax_id_document", "Tax document"
    WATCHLISTS = "watchlists", "Watch-list screening"


class VerificationStatus(TextChoices):
    DRAFT = "DRAFT", "Draft"
    QUEUED = "QUEUED", "Waiting to be sent"
    SENDING = "SENDING", "Sending"
    ACCEPTED = "ACCEPTED", "Accepted by the provider"
    COMPLETED = "COMPLETED", "Answered"
    REFUSED = "REFUSED", "Refused by the provider"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", "Waiting for the customer"
    EXPIRED = "EXPIRED", "Expired"
    CANCELLED = "CANCELLED", "Cancelled"


VERIFICATION_TRANSITIONS: dict[VerificationStatus, frozenset[VerificationStatus]] = {
    VerificationStatus.DRAFT: frozenset({VerificationStatus.QUEUED, VerificationStatus.CANCELLED}),
    VerificationStatus.QUEUED: frozenset(
        {
            VerificationStatus.SENDING,
            VerificationStatus.CANCELLED,
            VerificationStatus.REFUSED,
            VerificationStatus.ACCEPTED,  # the lost answer came after a person had asked for another try
        }
    ),
    VerificationStatus.SENDING: frozenset(
        {
            VerificationStatus.QUEUED,
            VerificationStatus.ACCEPTED,
            VerificationStatus.REFUSED,
            VerificationStatus.OUTCOME_UNKNOWN,
            VerificationStatus.WAITING_FOR_CUSTOMER,
        }
    ),
    VerificationStatus.WAITING_FOR_CUSTOMER: frozenset(
        {VerificationStatus.ACCEPTED, VerificationStatus.EXPIRED, VerificationStatus.CANCELLED}
    ),
    VerificationStatus.ACCEPTED: frozenset({VerificationStatus.COMPLETED}),
    VerificationStatus.OUTCOME_UNKNOWN: frozenset(
        {VerificationStatus.ACCEPTED, VerificationStatus.REFUSED, VerificationStatus.QUEUED}
    ),
    VerificationStatus.COMPLETED: frozenset(),
    VerificationStatus.REFUSED: frozenset(),
    VerificationStatus.EXPIRED: frozenset(),
    VerificationStatus.CANCELLED: frozenset(),
}
MOVING_STATUSES = (VerificationStatus.QUEUED, VerificationStatus.SENDING, VerificationStatus.ACCEPTED)
CLOSED_STATUSES = tuple(status for status, after in VERIFICATION_TRANSITIONS.items() if not after)


class ProviderAnswer(TextChoices):
    """What the provider's record of the user says about a check: evidence, never the decision."""

    REQUIREMENT_MET = "REQUIREMENT_MET", "Requirement met"
    IN_REVIEW = "IN_REVIEW", "In review"
    STILL_WANTED = "STILL_WANTED", "Still wanted"
    USER_DISABLED = "USER_DISABLED", "User disabled"
    USER_CLOSED = "USER_CLOSED", "User closed"
    UNREADABLE = "UNREADABLE", "Not understood"


class CallOperation(TextChoices):
    SUBMIT_DOCUMENTS = "SUBMIT_DOCUMENTS", "Submit files"
    SUBMIT_DOCUMENT_URLS = "SUBMIT_DOCUMENT_URLS", "Submit presigned addresses"
    CREATE_USER = "CREATE_USER", "Create user"
    CREATE_HEADLESS_USER = "CREATE_HEADLESS_USER", "Create user without profile"
    GET_USER = "GET_USER", "Read user"
    UPDATE_USER = "UPDATE_USER", "Change user"
    CHECK_CONNECTION = "CHECK_CONNECTION", "Connection test"


SUBMIT_OPERATIONS = (CallOperation.SUBMIT_DOCUMENTS, CallOperation.SUBMIT_DOCUMENT_URLS)


class CallStatus(TextChoices):
    WAITING = "WAITING", "Waiting"
    SENDING = "SENDING", "Sending"
    SUCCEEDED = "SUCCEEDED", "Succeeded"
    REFUSED = "REFUSED", "Refused"
    NOT_SENT = "NOT_SENT", "Not processed"
    UNKNOWN = "UNKNOWN", "Outcome unknown"
    CANCELLED = "CANCELLED", "Cancelled"


CALL_TRANSITIONS: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.WAITING: frozenset({CallStatus.SENDING, CallStatus.CANCELLED}),
    CallStatus.SENDING: frozenset(
        {CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT, CallStatus.UNKNOWN, CallStatus.WAITING}
    ),
    CallStatus.UNKNOWN: frozenset({CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT}),
    CallStatus.SUCCEEDED: frozenset(),
    CallStatus.REFUSED: frozenset(),
    CallStatus.NOT_SENT: frozenset(),
    CallStatus.CANCELLED: frozenset(),
}


class ProviderUserOrigin(TextChoices):
    LINKED = "LINKED", "Linked by id"
    CREATED = "CREATED", "Created with profile"
    HEADLESS = "HEADLESS", "Created without profile"


class ProviderUserStatus(TextChoices):
    WAITING = "WAITING", "Waiting for the provider"
    LINKED = "LINKED", "Linked"
    REFUSED = "REFUSED", "Refused by the provider"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"


class RenditionKind(TextChoices):
    PREVIEW = "PREVIEW", "Preview"
    THUMBNAIL = "THUMBNAIL", "Thumbnail"
    DELIVERY = "DELIVERY", "Sent to the provider"


class DocumentSlot(TextChoices):
    FRONT = "front", "Front"
    BACK = "back", "Back"
    DOCUMENT = "document", "Document"
    SELFIE = "selfie", "Selfie"
    TAX_ID = "tax_id", "Tax document"
    VERIFIER_RESPONSE = "verifier_response", "Verifier's answer"
    SANCTIONS_VERIFIER_RESPONSE = "sanctions_verifier_response", "Sanctions: verifier's answer"
    PEP_VERIFIER_RESPONSE = "pep_verifier_response", "PEP: verifier's answer"
    NEGATIVE_NEWS_VERIFIER_RESPONSE = "negative_news_verifier_response", "Negative news: verifier's answer"


class CaseState(TextChoices):
    """What a case waits for. Decisions about the customer are rows of their own."""

    SENDING = "SENDING", "Sending"
    WITH_PROVIDER = "WITH_PROVIDER", "With the provider"
    NEEDS_DECISION = "NEEDS_DECISION", "Needs decision"
    PROVIDER_REFUSED = "PROVIDER_REFUSED", "Provider refused"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", "Waiting for customer"
    CLOSED = "CLOSED", "Closed"


class CaseRisk(TextChoices):
    STANDARD = "STANDARD", "Standard"
    HIGH = "HIGH", "High"


class KeyPurpose(TextChoices):
    CUSTOMER = "CUSTOMER", "Customer"
    INSTALLATION = "INSTALLATION", "Installation"
    SEARCH = "SEARCH", "Search"


class RevealPurpose(TextChoices):
    REVIEW = "REVIEW", "Reviewing the case"
    DATA_ENTRY = "DATA_ENTRY", "Correcting what was entered"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST", "Answering the customer"
    AUDIT = "AUDIT", "Audit"
    INCIDENT = "INCIDENT", "Incident or complaint"


class AuditAction(TextChoices):
    """Every action the record log knows; a writer that needs another word adds it here."""

    SIGNED_IN = "session.signed_in", "Signed in"
    SIGN_IN_FAILED = "session.sign_in_failed", "Sign-in failed"
    SIGNED_OUT = "session.signed_out", "Signed out"
    USER_CREATED = "user.created", "User created"
    USER_CHANGED = "user.changed", "User changed"
    SECURITY_CHANGED = "user.security_changed", "Sign-in security changed"
    CUSTOMER_CREATED = "customer.created", "Customer created"
    CUSTOMER_CHANGED = "customer.changed", "Customer changed"
    ACCOUNT_CREATED = "provider_account.created", "Provider account created"
    ACCOUNT_CHANGED = "provider_account.changed", "Provider account changed"
    ACCOUNT_CHECKED = "provider_account.checked", "Connection tested"
    ACCOUNT_PAUSED = "provider_account.paused", "Calls to the provider stopped"
    ACCOUNT_RESUMED = "provider_account.resumed", "Calls to the provider resumed"
    PROVIDER_USER_LINKED = "provider_user.link_requested", "Provider user link requested"
    PROVIDER_USER_CREATED = "provider_user.create_requested", "Provider user creation requested"
    PROVIDER_USER_UPDATE_REQUESTED = "provider_user.update_requested", "Profile change requested"
    PROVIDER_USER_CONFIRMED = "provider_user.confirmed", "Provider user confirmed"
    PROVIDER_USER_REFUSED = "provider_user.refused", "Provider user refused"
    PROVIDER_USER_UNKNOWN = "provider_user.outcome_unknown", "Provider user: outcome unknown"
    PROVIDER_USER_READ = "provider_user.status_read", "User's status read at the provider"
    VERIFICATION_CREATED = "verification.created", "Verification drafted"
    VERIFICATION_CHANGED = "verification.changed", "Verification changed"
    VERIFICATION_SUBMITTED = "verification.submitted", "Verification submitted"
    VERIFICATION_SENDING = "verification.sending", "Sending to the provider"
    VERIFICATION_ACCEPTED = "verification.accepted", "Accepted by the provider"
    VERIFICATION_REFUSED = "verification.refused", "Refused by the provider"
    VERIFICATION_NOT_SENT = "verification.not_sent", "Not processed, will be tried again"
    VERIFICATION_UNKNOWN = "verification.outcome_unknown", "Outcome unknown"
    VERIFICATION_STOPPED = "verification.delivery_stopped", "Delivery stopped"
    VERIFICATION_RETRIED = "verification.retried", "Sent to delivery again"
    VERIFICATION_RESENT = "verification.resent", "Sent again by a person, outcome unknown"
    VERIFICATION_ANSWERED = "verification.answered", "Answer read at the provider"
    VERIFICATION_COMPLETED = "verification.completed", "Answered by the provider"
    VERIFICATION_CANCELLED = "verification.cancelled", "Verification cancelled"
    DOCUMENT_UPLOADED = "document.uploaded", "Document uploaded"
    DOCUMENT_REMOVED = "document.removed", "Document removed"
    DOCUMENT_REFUSED = "document.refused", "Upload refused"
    CASE_OPENED = "case.opened", "Case opened"
    CASE_STATE_CHANGED = "case.state_changed", "Case moved"


class AccessAction(TextChoices):
    """Every look at personal data that the access log knows."""

    VALUE_REVEALED = "value.revealed", "Value revealed"
    PREVIEW_SERVED = "document.preview_served", "Image shown"
    THUMBNAIL_SERVED = "document.thumbnail_served", "Thumbnail shown"
    ORIGINAL_SERVED = "document.original_served", "Original downloaded"
    PROVIDER_FETCHED = "document.provider_fetched", "Fetched by the provider"
    SEARCHED = "search.run", "Searched"
