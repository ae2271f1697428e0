"""One provider call in detail: what was sent, what came back, its tries, and what a person may do about it."""

from __future__ import annotations

import json
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from verifications.enums import SUBMIT_OPERATIONS, CallStatus, VerificationStatus
from verifications.errors import DomainError
from verifications.models import ProviderCall
from verifications.selectors.status import CALL_LOOKS
from verifications.selectors.tries import tries_after, tries_before
from verifications.services.call_rebuilds import prove_body
from verifications.services.dead_letters import SHORTEST_REASON
from verifications.views.access import needs
from verifications.views.people import names_of

ORIGINALS = (
    ("request_original", gettext_lazy("The request as it left")),
    ("answer_original", gettext_lazy("The answer as it came")),
)
"""Sealed columns of a call with what they hold; a reveal is an access event."""


@require_safe
@needs("view_providercall")
def provider_call_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One try, as the ledger has it: what was sent (redacted), hash, nonce, times, what came back (redacted)."""
    call = get_object_or_404(
        ProviderCall.objects.select_related("account", "customer", "verification", "provider_user"),
        public_id=public_id,
    )
    before, after = tries_before([call])[call.pk], tries_after(call)
    tries = [*reversed(after), call, *before]
    context = {
        "call": call,
        "look": CALL_LOOKS[call.status],
        "customer": call.customer,
        "asked_by": names_of([call.requested_by])[call.requested_by],
        "request_json": _pretty(call.request_redacted),
        "answer_json": _pretty(call.answer_redacted),
        "originals": [
            (label, getattr(call, column).mask, reverse("verifications:value_reveal", args=["call", public_id, column]))
            for column, label in ORIGINALS
            if getattr(call, column) is not None
        ],
        "tries": [(one, CALL_LOOKS[one.status], one.pk == call.pk) for one in tries],
        "is_unsettled": _is_unsettled(call),
        "shortest_reason": SHORTEST_REASON,
    }
    return render(request, "verifications/provider_call_detail.html", context)


@require_POST
@needs("view_providercall")
def provider_call_prove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Build the body again from what is kept and say whether it is the one that was sent; nothing of it is shown."""
    call = get_object_or_404(
        ProviderCall.objects.select_related("account", "customer", "verification"), public_id=public_id
    )
    try:
        proof = prove_body(call)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        if proof.is_proved:
            messages.success(
                request,
                _("Proved: built again, the body has the SHA-256 on the ledger (%(sha256)s).")
                % {"sha256": proof.sha256},
            )
        else:
            messages.error(
                request,
                _(
                    "Not proved: built again, the body has %(size)s bytes and the SHA-256 %(sha256)s. A file or "
                    "a row was changed since it was sent; tell the operator and an auditor."
                )
                % {"size": proof.size, "sha256": proof.sha256},
            )
    return redirect("verifications:provider_call_detail", public_id)


def _is_unsettled(call: ProviderCall) -> bool:
    """Whether nobody knows yet what became of the submission that this call was."""
    return (
        call.operation in SUBMIT_OPERATIONS
        and call.status == CallStatus.UNKNOWN
        and call.verification is not None
        and call.verification.status == VerificationStatus.OUTCOME_UNKNOWN
    )


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
