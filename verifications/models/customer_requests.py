"""What is asked of customers again, in words approved beforehand."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from verifications.enums import RequestItem, RequestReason, RequestStatus, RequestWay
from verifications.models.fields import SealedField


class MessageTemplate(models.Model):
    """One approved version of a text to customers. A changed text is a new version; old ones stay for the record.

    ``subject`` and ``body`` may hold ``{name}``, ``{item}``, ``{reason}`` and ``{address}``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    language = models.CharField(max_length=2)
    title = models.CharField(max_length=120)
    """What officers choose it by."""
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=4000)
    written_by = models.CharField(max_length=100)
    written_at = models.DateTimeField()
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_template_version_once", fields=["code", "language", "version"]),
            models.CheckConstraint(
                name="message_template_takes_two_people",
                condition=Q(approved_at__isnull=True)
                | ~Q(approved_by=models.F("written_by"))
                | Q(written_by="system:setup"),
            ),
        ]
        permissions = [("approve_messagetemplate", "Can approve a text to customers that another wrote")]

    def __str__(self) -> str:
        return f"{self.title} {self.language} v{self.version}"


class CustomerRequest(models.Model):
    """One thing asked of a customer again.

    ``verification`` is the one to replace, ``new_verification`` the one made for it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("Case", on_delete=models.PROTECT, related_name="customer_requests")
    decision = models.OneToOneField(
        "Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="customer_request"
    )
    item = models.CharField(max_length=20, choices=RequestItem)
    reason = models.CharField(max_length=16, choices=RequestReason)
    private_reason = SealedField(null=True, blank=True)
    """For the file only; the customer never reads it."""
    way = models.CharField(max_length=8, choices=RequestWay)
    template = models.ForeignKey(MessageTemplate, on_delete=models.PROTECT, related_name="+")
    subject = SealedField()
    text = SealedField()
    """As previewed and sent; ``{address}`` stands where the address goes."""
    status = models.CharField(max_length=9, choices=RequestStatus, default=RequestStatus.OPEN)
    verification = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="customer_requests"
    )
    document = models.ForeignKey(
        "Document", on_delete=models.PROTECT, null=True, blank=True, related_name="customer_requests"
    )
    new_verification = models.OneToOneField(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="answered_request"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="customer_request_ended_has_its_time",
                condition=Q(status=RequestStatus.OPEN, ended_at__isnull=True)
                | (~Q(status=RequestStatus.OPEN) & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="customer_request_newest")]

    def __str__(self) -> str:
        return f"{self.get_item_display()} {self.public_id}"

    @property
    def customer(self) -> object:
        return self.case.customer

    @property
    def sealing_customer_id(self) -> int:
        return self.case.customer_id
