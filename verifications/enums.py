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
    TRANSMIT_VERIFY = "TRANSMIT_VERIFY", "Transmit Security"
    CAPA_PARTNER = "CAPA_PARTNER", "Capa"


class AccountEnvironment(TextChoices):
    SANDBOX = "SANDBOX", "Sandbox"
    LIVE = "LIVE", "Live"


class VerificationMethod(TextChoices):
    DOCUMENTS = "DOCUMENTS", "Send the files"
    DOCUMENT_URLS = "DOCUMENT_URLS", "Send presigned addresses"
    SESSION = "SESSION", "Verification session"
    LINK = "LINK", "Verification link"


class VerificationType(TextChoices):
    IDENTITY_DOCUMENT = "identity_document", "Identity document"
    RESIDENCE_DOCUMENT = "residence_document", "Proof of residence"
    SELFIE = "selfie", "Selfie"
    TAX_ID_DOCUMENT = "tax_id_document", "Tax document"
    WATCHLISTS = "watchlists", "Watch-list screening"
    IDENTITY_SESSION = "identity_session", "Identity check in a session"
    KYC_LINK = "kyc_link", "KYC check by link"
    KYB_LINK = "kyb_link", "KYB check by link"


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
            VerificationStatus.WAITING_FOR_CUSTOMER,  # the next picture a session asks for is not there
            VerificationStatus.OUTCOME_UNKNOWN,  # the database was restored: it may have been sent since the backup
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
        {
            VerificationStatus.ACCEPTED,
            VerificationStatus.EXPIRED,
            VerificationStatus.CANCELLED,
            VerificationStatus.QUEUED,  # a new link or session takes the place of the one the customer has
        }
    ),
    VerificationStatus.ACCEPTED: frozenset(
        {
            VerificationStatus.COMPLETED,
            VerificationStatus.WAITING_FOR_CUSTOMER,  # the provider asks the customer for another picture
            VerificationStatus.EXPIRED,
        }
    ),
    VerificationStatus.OUTCOME_UNKNOWN: frozenset(
        {VerificationStatus.ACCEPTED, VerificationStatus.REFUSED, VerificationStatus.QUEUED}
    ),
    VerificationStatus.COMPLETED: frozenset(),
    VerificationStatus.REFUSED: frozenset(),
    VerificationStatus.EXPIRED: frozenset(
        {
            VerificationStatus.QUEUED,  # a new link or session
            VerificationStatus.ACCEPTED,  # the customer came after our clock had given up
            VerificationStatus.CANCELLED,
        }
    ),
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
    ALLOW = "ALLOW", "Allow"
    CHALLENGE = "CHALLENGE", "Challenge: look yourself"
    DENY = "DENY", "Deny"
    VERIFIED = "VERIFIED", "Verified"
    VERIFIED_FINDINGS = "VERIFIED_FINDINGS", "Verified, with findings"
    REJECTED = "REJECTED", "Rejected"
    NO_RESULT = "NO_RESULT", "No result"


class CallOperation(TextChoices):
    SUBMIT_DOCUMENTS = "SUBMIT_DOCUMENTS", "Submit files"
    SUBMIT_DOCUMENT_URLS = "SUBMIT_DOCUMENT_URLS", "Submit presigned addresses"
    CREATE_USER = "CREATE_USER", "Create user"
    CREATE_HEADLESS_USER = "CREATE_HEADLESS_USER", "Create user without profile"
    GET_USER = "GET_USER", "Read user"
    UPDATE_USER = "UPDATE_USER", "Change user"
    CHECK_CONNECTION = "CHECK_CONNECTION", "Connection test"
    FETCH_TOKEN = "FETCH_TOKEN", "Fetch access token"
    CREATE_SESSION = "CREATE_SESSION", "Create session"
    GET_RESULT = "GET_RESULT", "Read session result"
    LIST_IMAGES = "LIST_IMAGES", "List session images"
    GET_IMAGE = "GET_IMAGE", "Fetch session image"
    ADD_IMAGE = "ADD_IMAGE", "Add image to session"
    GET_CONSENT = "GET_CONSENT", "Read consent"
    DELETE_SESSION = "DELETE_SESSION", "Delete session"
    CREATE_KYC_LINK = "CREATE_KYC_LINK", "Create KYC link"
    CREATE_KYB_LINK = "CREATE_KYB_LINK", "Create KYB link"
    GET_KYC_DETAILS = "GET_KYC_DETAILS", "Read KYC details"
    GET_KYB_DETAILS = "GET_KYB_DETAILS", "Read KYB details"
    SET_WEBHOOK = "SET_WEBHOOK", "Set webhook address"
    LIST_NOTIFICATIONS = "LIST_NOTIFICATIONS", "List webhook deliveries"
    GET_NOTIFICATION = "GET_NOTIFICATION", "Read webhook delivery"
    RETRY_NOTIFICATION = "RETRY_NOTIFICATION", "Deliver webhook again"


SUBMIT_OPERATIONS = (CallOperation.SUBMIT_DOCUMENTS, CallOperation.SUBMIT_DOCUMENT_URLS)
UPLOAD_OPERATIONS = (CallOperation.SUBMIT_DOCUMENTS,)
"""Carry files, so they take long."""
USER_OPERATIONS = (
    CallOperation.CREATE_USER,
    CallOperation.CREATE_HEADLESS_USER,
    CallOperation.GET_USER,
    CallOperation.UPDATE_USER,
)
LINK_CREATIONS = (CallOperation.CREATE_KYC_LINK, CallOperation.CREATE_KYB_LINK)
START_OPERATIONS = (*SUBMIT_OPERATIONS, CallOperation.CREATE_SESSION, CallOperation.ADD_IMAGE, *LINK_CREATIONS)
"""Move a verification from waiting to sending."""
SESSION_OPERATIONS = (
    CallOperation.CREATE_SESSION,
    CallOperation.GET_RESULT,
    CallOperation.LIST_IMAGES,
    CallOperation.GET_IMAGE,
    CallOperation.ADD_IMAGE,
    CallOperation.GET_CONSENT,
    CallOperation.DELETE_SESSION,
)
LINK_READS = (CallOperation.GET_KYC_DETAILS, CallOperation.GET_KYB_DETAILS)
LINK_OPERATIONS = (*LINK_CREATIONS, *LINK_READS)
NOTIFICATION_OPERATIONS = (
    CallOperation.SET_WEBHOOK,
    CallOperation.LIST_NOTIFICATIONS,
    CallOperation.GET_NOTIFICATION,
    CallOperation.RETRY_NOTIFICATION,
)
READ_OPERATIONS = (
    CallOperation.GET_USER,
    CallOperation.GET_RESULT,
    CallOperation.LIST_IMAGES,
    CallOperation.GET_IMAGE,
    CallOperation.GET_CONSENT,
    CallOperation.GET_KYC_DETAILS,
    CallOperation.GET_KYB_DETAILS,
    CallOperation.LIST_NOTIFICATIONS,
    CallOperation.GET_NOTIFICATION,
)
"""Change nothing at the provider: they give way to what somebody waits for."""
POLL_OPERATIONS = (
    CallOperation.GET_USER,
    CallOperation.GET_RESULT,
    CallOperation.GET_KYC_DETAILS,
    CallOperation.GET_KYB_DETAILS,
)
"""Answer a verification, so they outlast an outage of days."""


class CallStatus(TextChoices):
    WAITING = "WAITING", "Waiting"
    SENDING = "SENDING", "Sending"
    SUCCEEDED = "SUCCEEDED", "Succeeded"
    REFUSED = "REFUSED", "Refused"
    NOT_SENT = "NOT_SENT", "Not processed"
    UNKNOWN = "UNKNOWN", "Outcome unknown"
    CANCELLED = "CANCELLED", "Cancelled"


CALL_TRANSITIONS: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.WAITING: frozenset(
        {
            CallStatus.SENDING,
            CallStatus.CANCELLED,
            CallStatus.UNKNOWN,  # the database was restored: it may have been sent since the backup
        }
    ),
    CallStatus.SENDING: frozenset(
        {CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT, CallStatus.UNKNOWN, CallStatus.WAITING}
    ),
    CallStatus.UNKNOWN: frozenset({CallStatus.SUCCEEDED, CallStatus.REFUSED, CallStatus.NOT_SENT}),
    CallStatus.SUCCEEDED: frozenset(),
    CallStatus.REFUSED: frozenset(),
    CallStatus.NOT_SENT: frozenset(),
    CallStatus.CANCELLED: frozenset(),
}


class ReconciliationChoice(TextChoices):
    MATCH = "MATCH", "It arrived: match to an id"
    NOT_RECEIVED = "NOT_RECEIVED", "It did not arrive"
    SEND_AGAIN = "SEND_AGAIN", "Send again, arrived or not"


class ReconciliationStatus(TextChoices):
    PROPOSED = "PROPOSED", "Waiting for a second person"
    CARRIED_OUT = "CARRIED_OUT", "Carried out"
    DECLINED = "DECLINED", "Declined"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    OVERTAKEN = "OVERTAKEN", "Overtaken by evidence"


class ProviderUserOrigin(TextChoices):
    LINKED = "LINKED", "Linked by id"
    CREATED = "CREATED", "Created with profile"
    HEADLESS = "HEADLESS", "Created without profile"


class ProviderUserStatus(TextChoices):
    WAITING = "WAITING", "Waiting for the provider"
    LINKED = "LINKED", "Linked"
    REFUSED = "REFUSED", "Refused by the provider"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN", "Outcome unknown"


class SessionShape(TextChoices):
    HOSTED = "HOSTED", "Provider's own pages"
    BACKEND = "BACKEND", "Images sent by the portal"


class SessionStatus(TextChoices):
    """Where a verification session stands, in the portal's words (transmit-verify 6)."""

    DRAFT = "DRAFT", "Draft"
    REQUESTED = "REQUESTED", "Being created"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER", "Waiting for the customer"
    CAPTURING = "CAPTURING", "Waiting for pictures"
    IN_PROGRESS = "IN_PROGRESS", "Being checked"
    ACTION_REQUIRED = "ACTION_REQUIRED", "Another picture is needed"
    COMPLETED = "COMPLETED", "Completed"
    FAILED = "FAILED", "Failed at the provider"
    LOST = "LOST", "Not found at the provider"
    EXPIRED = "EXPIRED", "Expired"
    REFUSED = "REFUSED", "Refused by the provider"
    CANCELLED = "CANCELLED", "Cancelled"
    DELETED = "DELETED", "Deleted at the provider"


_SESSION_ENDS = frozenset(
    {
        SessionStatus.COMPLETED,
        SessionStatus.FAILED,
        SessionStatus.LOST,
        SessionStatus.EXPIRED,
        SessionStatus.CANCELLED,
        SessionStatus.DELETED,
    }
)
_SESSION_UNDER_WAY = frozenset(
    {
        SessionStatus.WAITING_FOR_CUSTOMER,
        SessionStatus.CAPTURING,
        SessionStatus.IN_PROGRESS,
        SessionStatus.ACTION_REQUIRED,
    }
)
SESSION_TRANSITIONS: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.DRAFT: frozenset({SessionStatus.REQUESTED, SessionStatus.CANCELLED}),
    SessionStatus.REQUESTED: frozenset(
        {
            SessionStatus.WAITING_FOR_CUSTOMER,
            SessionStatus.CAPTURING,
            SessionStatus.REFUSED,
            SessionStatus.CANCELLED,
        }
    ),
    **{status: (_SESSION_UNDER_WAY - {status}) | _SESSION_ENDS for status in sorted(_SESSION_UNDER_WAY)},
    # An answer may come after our clock, or a person, had given the session up.
    SessionStatus.EXPIRED: _SESSION_ENDS - {SessionStatus.EXPIRED} | {SessionStatus.IN_PROGRESS},
    SessionStatus.CANCELLED: frozenset({SessionStatus.DELETED}),
    SessionStatus.COMPLETED: frozenset({SessionStatus.DELETED}),
    SessionStatus.FAILED: frozenset({SessionStatus.DELETED}),
    SessionStatus.LOST: frozenset({SessionStatus.DELETED}),
    SessionStatus.REFUSED: frozenset(),
    SessionStatus.DELETED: frozenset(),
}
OPEN_SESSION_STATUSES = tuple(sorted(_SESSION_UNDER_WAY))
"""Open at the provider: what happens there is followed."""
LIVE_SESSION_STATUSES = (SessionStatus.DRAFT, SessionStatus.REQUESTED, *OPEN_SESSION_STATUSES)


class LinkKind(TextChoices):
    KYC = "KYC", "KYC (person)"
    KYB = "KYB", "KYB (business)"


class LinkStatus(TextChoices):
    """Where a verification link stands (capa-partner 7)."""

    REQUESTED = "REQUESTED", "Being created"
    ISSUED = "ISSUED", "Issued"
    RETURNED = "RETURNED", "Customer returned"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    IN_REVIEW = "IN_REVIEW", "In review at the provider"
    VERIFIED = "VERIFIED", "Verified"
    REJECTED = "REJECTED", "Rejected"
    EXPIRED = "EXPIRED", "Expired"
    REPLACED = "REPLACED", "Replaced by a new link"
    REFUSED = "REFUSED", "Refused by the provider"
    CANCELLED = "CANCELLED", "Cancelled"


LINK_TRANSITIONS: dict[LinkStatus, frozenset[LinkStatus]] = {
    LinkStatus.REQUESTED: frozenset({LinkStatus.ISSUED, LinkStatus.REFUSED, LinkStatus.CANCELLED}),
    LinkStatus.ISSUED: frozenset(
        {
            LinkStatus.RETURNED,
            LinkStatus.IN_PROGRESS,
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.EXPIRED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.RETURNED: frozenset(
        {
            LinkStatus.IN_PROGRESS,
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.EXPIRED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.IN_PROGRESS: frozenset(
        {LinkStatus.IN_REVIEW, LinkStatus.VERIFIED, LinkStatus.REJECTED, LinkStatus.EXPIRED, LinkStatus.REPLACED}
    ),
    LinkStatus.IN_REVIEW: frozenset({LinkStatus.IN_PROGRESS, LinkStatus.VERIFIED, LinkStatus.REJECTED}),
    LinkStatus.EXPIRED: frozenset(
        {
            LinkStatus.IN_PROGRESS,  # the customer came after our clock had given up
            LinkStatus.IN_REVIEW,
            LinkStatus.VERIFIED,
            LinkStatus.REJECTED,
            LinkStatus.REPLACED,
            LinkStatus.CANCELLED,
        }
    ),
    LinkStatus.VERIFIED: frozenset(),
    LinkStatus.REJECTED: frozenset({LinkStatus.REPLACED}),
    LinkStatus.REPLACED: frozenset(),
    LinkStatus.REFUSED: frozenset(),
    LinkStatus.CANCELLED: frozenset(),
}
USABLE_LINK_STATUSES = (LinkStatus.ISSUED, LinkStatus.RETURNED, LinkStatus.IN_PROGRESS)
LIVE_LINK_STATUSES = (LinkStatus.REQUESTED, *USABLE_LINK_STATUSES, LinkStatus.IN_REVIEW)


class WebhookOutcome(TextChoices):
    """What became of a webhook that was received."""

    STORED = "STORED", "Waiting to be processed"
    READ_QUEUED = "READ_QUEUED", "Caused a reading"
    NOTHING_TO_READ = "NOTHING_TO_READ", "Nothing to read"
    UNKNOWN_USER = "UNKNOWN_USER", "No such user here"
    OTHER_TYPE = "OTHER_TYPE", "Not about a verification"
    UNREADABLE = "UNREADABLE", "Not understood"


class DocumentOrigin(TextChoices):
    UPLOADED = "UPLOADED", "Uploaded"
    PROVIDER = "PROVIDER", "Copied from the provider"


class ValueComparison(TextChoices):
    """An extracted value beside what the portal has on record."""

    SAME = "SAME", "Same"
    DIFFERENT = "DIFFERENT", "Different"
    NOT_ON_RECORD = "NOT_ON_RECORD", "Not on record"
    NOT_COMPARED = "NOT_COMPARED", "Not compared"


class RenditionKind(TextChoices):
    PREVIEW = "PREVIEW", "Preview"
    THUMBNAIL = "THUMBNAIL", "Thumbnail"
    DELIVERY = "DELIVERY", "Sent to the provider"
    CAPTURE = "CAPTURE", "Sent to a session"


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
    SESSION_REQUESTED = "verification_session.requested", "Session requested"
    SESSION_CREATED = "verification_session.created", "Session created at the provider"
    SESSION_REFUSED = "verification_session.refused", "Session refused by the provider"
    SESSION_OPENED = "verification_session.opened", "Customer opened the session"
    SESSION_RETURNED = "verification_session.returned", "Customer came back from the provider"
    SESSION_RETURN_REFUSED = "verification_session.return_refused", "Return from the provider refused"
    SESSION_READ_REQUESTED = "verification_session.read_requested", "Reading of the result requested"
    SESSION_MOVED = "verification_session.moved", "Session moved"
    SESSION_IMAGE_SENT = "verification_session.image_sent", "Image sent to the provider"
    SESSION_IMAGE_JUDGED = "verification_session.image_judged", "Image judged by the provider"
    SESSION_IMAGES_LISTED = "verification_session.images_listed", "Images listed at the provider"
    SESSION_IMAGE_COPIED = "verification_session.image_copied", "Image copied from the provider"
    SESSION_CONSENT_READ = "verification_session.consent_read", "Consent read at the provider"
    SESSION_DELETE_REQUESTED = "verification_session.delete_requested", "Deletion at the provider requested"
    SESSION_DELETED = "verification_session.deleted", "Deleted at the provider"
    SESSION_STOPPED = "verification_session.stopped", "Reading of the session stopped"
    LINK_REQUESTED = "link.requested", "Link requested"
    LINK_ISSUED = "link.issued", "Link issued"
    LINK_REFUSED = "link.refused", "Link refused by the provider"
    LINK_SENT = "link.sent", "Link sent by e-mail"
    LINK_RETURNED = "link.returned", "Customer came back from the link"
    LINK_READ_REQUESTED = "link.read_requested", "Reading of the details requested"
    LINK_MOVED = "link.moved", "Link moved"
    LINK_STOPPED = "link.stopped", "Reading of the link stopped"
    WEBHOOK_RECEIVED = "webhook.received", "Webhook received"
    WEBHOOK_PROCESSED = "webhook.processed", "Webhook processed"
    WEBHOOK_SETTINGS_REQUESTED = "webhook.settings_requested", "Webhook address change requested"
    WEBHOOK_SETTINGS_CHANGED = "webhook.settings_changed", "Webhook address changed at the provider"
    NOTIFICATIONS_REQUESTED = "notification.list_requested", "List of webhook deliveries requested"
    NOTIFICATIONS_READ = "notification.list_read", "Webhook deliveries read at the provider"
    NOTIFICATION_REDELIVERY_REQUESTED = "notification.redelivery_requested", "Redelivery requested"
    NOTIFICATION_REDELIVERED = "notification.redelivered", "Redelivery accepted by the provider"
    CIRCUIT_OPENED = "provider_account.circuit_opened", "Sending paused, provider does not answer"
    CIRCUIT_CLOSED = "provider_account.circuit_closed", "Sending resumed, provider answers"
    RECONCILIATION_PROPOSED = "reconciliation.proposed", "Reconciliation proposed"
    RECONCILIATION_DECIDED = "reconciliation.decided", "Reconciliation decided"
    RECONCILIATION_OVERTAKEN = "reconciliation.overtaken", "Reconciliation overtaken by evidence"
    CALL_RETRIED = "provider_call.retried", "Call tried again by a person"
    CALL_ANSWERED_LATE = "provider_call.answered_late", "Answer came after people had decided"
    CALL_SET_ASIDE = "provider_call.set_aside", "Call set aside by a person"
    DATABASE_RESTORED = "database.restored", "Database restored from a backup"
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
    ADDRESS_SHOWN = "address.shown", "Customer's address shown"
    ADDRESS_SENT = "address.sent", "Customer's address sent"
    BODY_REBUILT = "provider_call.body_rebuilt", "Sent body rebuilt"
