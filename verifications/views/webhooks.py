"""Where Capa delivers its webhooks (capa-partner 6): take the bytes, check who signed them, store, answer at once."""

from __future__ import annotations

import logging
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from verifications.middleware import announced_length, limits_own_body
from verifications.services.webhooks import receive_webhook

LONGEST_BODY = 64 * 1024
LONGEST_SIGNATURE = 200

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@limits_own_body
@require_POST
def webhook_capa(request: HttpRequest, account_public_id: uuid.UUID) -> HttpResponse:
    """200 for a signed webhook, 401 for anything else, 413 above 64 KiB; the answer has no body.

    Whatever else goes wrong is 503, which Capa delivers again. Nothing of the body is logged.
    """
    if announced_length(request) > LONGEST_BODY:
        return HttpResponse(status=413)
    try:
        known = receive_webhook(
            account_public_id=account_public_id,
            body=request.body,
            signature=request.headers.get("capa-signature", "")[:LONGEST_SIGNATURE],
            at=timezone.now(),
        )
    except UnreadablePostError:
        return HttpResponse(status=400)
    except Exception as error:  # a page about our fault is nothing for a provider to read
        logger.error("A webhook of account %s was not stored: %s", account_public_id, type(error).__name__)
        return HttpResponse(status=503)
    return HttpResponse(status=200 if known else 401)
