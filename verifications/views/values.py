"""Revealing a sealed value, and searching: both by POST, so that no personal data stands in an address."""

from __future__ import annotations

import json
import uuid

from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from verifications.enums import AccessAction
from verifications.errors import DomainError
from verifications.models import (
    Case,
    Customer,
    ExtractedValue,
    KycLink,
    ProviderCall,
    ProviderNotification,
    Verification,
)
from verifications.selectors.extracted_values import label_of
from verifications.selectors.keys import search_hash
from verifications.selectors.records import search as find
from verifications.services.audit import record_access
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
        "label": label_of(row.name) if isinstance(row, ExtractedValue) else field.replace("_", " ").capitalize(),
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


@require_POST
@needs("view_customer")
def search(request: HttpRequest) -> HttpResponse:
    """Find by id, reference, exact number or part of a name. One hit opens at once."""
    query = request.POST.get("q", "")
    found = find(query)
    hits: list[Customer | Verification | Case] = [*found["customers"], *found["verifications"], *found["cases"]]
    with transaction.atomic():
        record_access(
            action=AccessAction.SEARCHED,
            actor=actor_of(request),
            subject=None,
            at=timezone.now(),
            details={"hits": len(hits), "query_hash": search_hash(query, purpose="query")[:16]},
        )
    if len(hits) == 1:
        return redirect(hits[0].get_absolute_url())
    return render(
        request, "verifications/search_results.html", {"query": query[:200], "found": found, "hits": len(hits)}
    )
