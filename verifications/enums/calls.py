"""Calls to providers: what they ask, what becomes of them, and what people decide about those nobody knows."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CallOperation(TextChoices):
    SUBMIT_DOCUMENTS = "SUBMIT_DOCUMENTS", _("Submit files")
    SUBMIT_DOCUMENT_URLS = "SUBMIT_DOCUMENT_URLS", _("Submit presigned addresses")
    CREATE_USER = "CREATE_USER", _("Create user")
    CREATE_HEADLESS_USER = "CREATE_HEADLESS_USER", _("Create user without profile")
    GET_USER = "GET_USER", _("Read user")
    UPDATE_USER = "UPDATE_USER", _("Change user")
    CHECK_CONNECTION = "CHECK_CONNECTION", _("Connection test")
    FETCH_TOKEN = "FETCH_TOKEN", _("Fetch access token")
    CREATE_SESSION = "CREATE_SESSION", _("Create session")
    GET_RESULT = "GET_RESULT", _("Read session result")
    LIST_IMAGES = "LIST_IMAGES", _("List session images")
    GET_IMAGE = "GET_IMAGE", _("Fetch session image")
    ADD_IMAGE = "ADD_IMAGE", _("Add image to session")
    GET_CONSENT = "GET_CONSENT", _("Read consent")
    DELETE_SESSION = "DELETE_SESSION", _("Delete session")
    CREATE_KYC_LINK = "CREATE_KYC_LINK", _("Create KYC link")
    CREATE_KYB_LINK = "CREATE_KYB_LINK", _("Create KYB link")
    GET_KYC_DETAILS = "GET_KYC_DETAILS", _("Read KYC details")
    GET_KYB_DETAILS = "GET_KYB_DETAILS", _("Read KYB details")
    SET_WEBHOOK = "SET_WEBHOOK", _("Set webhook address")
    LIST_NOTIFICATIONS = "LIST_NOTIFICATIONS", _("List webhook deliveries")
    GET_NOTIFICATION = "GET_NOTIFICATION", _("Read webhook delivery")
    RETRY_NOTIFICATION = "RETRY_NOTIFICATION", _("Deliver webhook again")


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
    WAITING = "WAITING", _("Waiting")
    SENDING = "SENDING", _("Sending")
    SUCCEEDED = "SUCCEEDED", _("Succeeded")
    REFUSED = "REFUSED", _("Refused")
    NOT_SENT = "NOT_SENT", _("Not processed")
    UNKNOWN = "UNKNOWN", _("Outcome unknown")
    CANCELLED = "CANCELLED", _("Cancelled")


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
    MATCH = "MATCH", _("It arrived: match to an id")
    NOT_RECEIVED = "NOT_RECEIVED", _("It did not arrive")
    SEND_AGAIN = "SEND_AGAIN", _("Send again, arrived or not")


class ReconciliationStatus(TextChoices):
    PROPOSED = "PROPOSED", _("Waiting for a second person")
    CARRIED_OUT = "CARRIED_OUT", _("Carried out")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    OVERTAKEN = "OVERTAKEN", _("Overtaken by evidence")
