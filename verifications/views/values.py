"""Revealing a sealed value: by POST, so that no personal data stands in an address."""

from __future__ import annotations

import json
import uuid

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verifications.errors import DomainError
from verifications.models import (
    Customer,
    ExtractedValue,
    KycLink,
    MachineReading,
    MachineValue,
    ProviderCall,
    ProviderNotification,
    Verification,
)
from verifications.selectors.extracted_values import label_of
from verifications.services.sealed_values import reveal, sealed_columns
from verifications.views.access import actor_of, needs

JSON_FIELDS = frozenset(
    {
        "address",
        "tax_ids",
        "screenings",
        "verifier_response",
        "payload",
        "result",
        "request_original",
        "answer_original",
    }
)
RECORDS: dict[str, type[models.Model]] = {
    "customer": Customer,
    "verification": Verification,
    "extracted": ExtractedValue,
    "machine": MachineValue,
    "reading": MachineReading,
    "delivery": ProviderNotification,
    "kyc_link": KycLink,
    "call": ProviderCall,
}


@require_POST
@needs("reveal_sealed_value")
def value_reveal(request: HttpRequest, record: str, public_id: uuid.UUID, field: str) -> HttpResponse:
    """One value in clear, for a purpose, with its access event. The page masks it again after a while."""
    model = RECORDS.get(record)
    if model is None:
        raise Http404
    row = get_object_or_404(model, public_id=public_id)
    if field not in sealed_columns(model):
        raise Http404
    context = {
        "mask": str(getattr(row, field) or ""),
        "label": _label(row, field),
        "reveal_url": request.path,
    }
    try:
        value = reveal(
            record=row,
            field=field,
            purpose=request.POST.get("purpose", ""),
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        return render(request, "components/_sealed_value.html", context | {"problem": str(error)}, status=422)
    return render(request, "components/_revealed_value.html", context | {"value": readable(field, value)})


def _label(row: models.Model, field: str) -> str:
    if isinstance(row, ExtractedValue):
        return label_of(row.name)
    if isinstance(row, MachineReading):
        return _("Lines of the zone")
    name = row.name if isinstance(row, MachineValue) else field
    return str(name).replace("_", " ").capitalize()


def readable(field: str, value: str) -> str:
    """Addresses, tax numbers and answers are stored as JSON: show their parts, one a line. Others stand as they are."""
    if field not in JSON_FIELDS or not value:
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return value
    if isinstance(parsed, dict) and all(isinstance(part, str) for part in parsed.values()):
        return "\n".join(part for part in parsed.values() if part)
    if isinstance(parsed, list) and all(isinstance(part, dict) and "id" in part for part in parsed):
        return "\n".join(f"{part.get('issuing_country', '')} {part['id']}".strip() for part in parsed)
    return json.dumps(parsed, indent=2, ensure_ascii=False) if isinstance(parsed, (dict, list)) else value
