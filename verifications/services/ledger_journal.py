"""The journal of a call: writes what a provider client does into the call's row, under the claim's token."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.utils import timezone

from verifications.enums import CallStatus
from verifications.models import ProviderCall
from verifications.providers.types import ReceivedAnswer, SentRequest
from verifications.services import lanes
from verifications.services.doorbell import ring
from verifications.services.sealed_values import seal

logger = logging.getLogger(__name__)


class ClaimLost(Exception):
    """Another worker owns the row now. Nothing may be sent or written under the old token."""


@dataclass
class LedgerJournal:
    """Writes what a client does into the call's row, under the claim's token (``providers.types.CallJournal``)."""

    call: ProviderCall
    token: uuid.UUID
    lane_token: uuid.UUID
    answer: ReceivedAnswer | None = None
    bytes_left: bool = False
    pipelined: bool = False
    """Give the lane up when the request is out: the next call leaves while this one waits for its answer."""

    def next_nonce(self) -> int:
        return lanes.next_nonce(key_id=self.key_id, token=self.lane_token)

    @property
    def key_id(self) -> str:
        return self.call.account.key_for(self.call.operation)

    def request_left(self) -> None:
        """Never fails: what is lost with it is time, for the lane is given up after the answer anyway."""
        if not self.pipelined:
            return
        try:
            lanes.release_lane(key_id=self.key_id, token=self.lane_token)
            ring(key_id=self.key_id)
        except DatabaseError:
            logger.warning("Call %s: its lane could not be given up early.", self.call.pk)

    def sending(self, request: SentRequest) -> None:
        seal(self.call, "request_original", request.original, mask="sealed")
        seal(self.call, "request_exact", request.exact, mask="sealed")
        with transaction.atomic():
            updated = ProviderCall.objects.filter(
                pk=self.call.pk, claim_token=self.token, status=CallStatus.SENDING
            ).update(
                sending_at=timezone.now(),
                key_id=request.key_id,
                nonce=request.nonce,
                http_method=request.method,
                target=request.target[:300],
                content_type=request.content_type[:120],
                body_sha256=request.body_sha256,
                body_size=request.body_size,
                request_redacted=request.redacted,
                request_original=self.call.request_original,
                request_exact=self.call.request_exact,
            )
            if not updated:
                raise ClaimLost(f"call {self.call.pk} has another owner")
        self.bytes_left = True

    def answered(self, answer: ReceivedAnswer) -> None:
        self.answer = answer
