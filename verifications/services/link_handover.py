"""The customer's address: shown, sent by e-mail, and what happens when the customer comes back from it.

The address is a bearer credential: it leaves the portal through these functions only, each with its access event.
"""

from __future__ import annotations

import datetime as dt
import logging
from smtplib import SMTPException

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from verifications.enums import USABLE_LINK_STATUSES, AccessAction, AuditAction, LinkStatus
from verifications.errors import InvalidTransition, NotAllowed
from verifications.models import KycLink
from verifications.services.audit import record_access, record_event
from verifications.services.link_records import (
    FOLLOWED_STATUSES,
    MOVED_FIELDS,
    READABLE_LINK_STATUSES,
    digest,
    enqueue_details_read,
    locked_link,
    locked_verification,
    move_link,
)
from verifications.services.sealed_values import open_value

logger = logging.getLogger(__name__)

PLACEHOLDER = "{link}"
LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 200
MAIL_SECONDS = 10
"""The mail server's time: rows are held meanwhile."""
PAGE_SEEN = (*READABLE_LINK_STATUSES, LinkStatus.VERIFIED, LinkStatus.REJECTED)
"""Capa may have finished before the browser comes back."""


@transaction.atomic
def link_address(
    *, link_id: int, actor: str, at: dt.datetime, action: AccessAction = AccessAction.ADDRESS_SHOWN
) -> str:
    """The address for showing, copying or its QR code; ``InvalidTransition`` when nobody may use it any more."""
    link = locked_link(link_id)
    address = _usable_address(link, at)
    record_access(action=action, actor=actor, subject=link, at=at, field="url")
    return address


@transaction.atomic
def send_link(*, link_id: int, subject: str, text: str, actor: str, at: dt.datetime) -> None:
    """Send the address to the customer's e-mail; ``{link}`` in the text becomes it.

    Raises ``NotAllowed`` when it can't be sent, and then nothing is marked as sent. Both logs are written before the
    mail leaves: what could not be logged does not leave.
    """
    link = locked_link(link_id)
    address = _usable_address(link, at)
    _check_mail(subject, text)
    recipient = open_value(link.customer, "email")
    if not recipient:
        raise NotAllowed(_("This customer has no e-mail address. Nothing was sent; enter one or copy the link."))
    link.sent_at = link.updated_at = at
    link.save(update_fields=["sent_at", "updated_at"])
    record_access(action=AccessAction.ADDRESS_SENT, actor=actor, subject=link, at=at, field="url")
    record_event(action=AuditAction.LINK_SENT, actor=actor, subject=link, at=at)
    post_mail(recipient, subject.strip(), text.replace(PLACEHOLDER, address))


def email_text(link: KycLink) -> tuple[str, str]:
    """A ready-made subject and text. The text holds ``{link}``, never the address itself."""
    until = ""
    if link.expires_at is not None:
        local = timezone.localtime(link.expires_at)
        until = f"It works until {local:%d %B %Y, %H:%M} ({local:%Z}), for you only. "
    text = (
        f"Dear {link.customer.display_name},\n\n"
        "please confirm your identity by opening this link:\n\n"
        f"{PLACEHOLDER}\n\n"
        f"{until}Please do not pass it on. Have your documents ready and use a device with a camera.\n\n"
        "If you did not expect this message, please do not open the link and let us know.\n"
    )
    return "Please confirm your identity", text


@transaction.atomic
def customer_returned(*, token: str, at: dt.datetime) -> bool:
    """Note that the customer came back, and read the details now. It proves nothing and is taken once.

    ``False`` for an unknown, used or expired token: nothing changes then (capa-partner 7).
    """
    found = KycLink.objects.filter(return_hash=digest(token)).values_list("pk", "verification_id").first()
    if found is None:
        logger.info("A return with an unknown token was answered with the neutral page.")
        return False
    verification = locked_verification(found[1])
    link = locked_link(found[0])
    expired = link.expires_at is None or at >= link.expires_at
    if expired or link.returned_at is not None or link.status not in PAGE_SEEN:
        logger.info("A return with a used or expired token was answered with the neutral page.")
        return False
    link.returned_at = link.polling_since = at
    link.polls = 0
    if link.status == LinkStatus.ISSUED:
        move_link(link, LinkStatus.RETURNED, at=at)
    link.save(update_fields=[*MOVED_FIELDS, "returned_at", "polling_since", "polls"])
    record_event(action=AuditAction.LINK_RETURNED, actor="customer", subject=link, at=at)
    if link.status in READABLE_LINK_STATUSES and verification.status in FOLLOWED_STATUSES:
        enqueue_details_read(link=link, actor="customer", at=at)
    return True


def _usable_address(link: KycLink, at: dt.datetime) -> str:
    expired = link.expires_at is None or at >= link.expires_at
    if link.status not in USABLE_LINK_STATUSES or link.url is None or expired:
        raise InvalidTransition(_("This link can't be used any more. Make a new link for the customer."))
    return open_value(link, "url")


def _check_mail(subject: str, text: str) -> None:
    if PLACEHOLDER not in text:
        raise NotAllowed(
            _("The text needs %(placeholder)s where the customer's link goes. Nothing was sent.")
            % {"placeholder": PLACEHOLDER}
        )
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or not subject.strip().isprintable():
        raise NotAllowed(_("The e-mail needs a subject of one line. Nothing was sent."))
    if len(text) > LONGEST_TEXT:
        raise NotAllowed(_("The text may have %(most)s characters at most. Nothing was sent.") % {"most": LONGEST_TEXT})


def post_mail(recipient: str, subject: str, text: str) -> None:
    """Hand a message to the mail server, or raise ``NotAllowed``; called last, with everything about it written."""
    mail = EmailMessage(subject=subject, body=text, to=[recipient], connection=get_connection(timeout=MAIL_SECONDS))
    try:
        mail.send()
    except (SMTPException, OSError, ValueError):  # their texts may quote the address, so none goes on
        raise NotAllowed(
            _(
                "The mail server did not take the message. Nothing was sent and the link is as it was. Try "
                "again, or copy the link."
            )
        ) from None
