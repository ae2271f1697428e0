"""The rows a pack tells of: everything that belongs to one case as of its last change, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from verifications.enums import AuditAction, CaseKind
from verifications.models import (
    AuditEvent,
    Case,
    CaseNote,
    CustomerRequest,
    Decision,
    DifferenceResolution,
    Document,
    ExtractedValue,
    KycLink,
    MachineReading,
    ProviderCall,
    ReceivedWebhook,
    Reconciliation,
    Verification,
    VerificationSession,
)
from verifications.selectors.case_facts import verifications_of

ABOUT_FILES = ("export.", "list.", "log.", "report.", "audit_")
"""Actions that speak of files, reports and audits, never of the case itself."""
NO_CHANGE = (AuditAction.MENTION_SEEN,)


@dataclass(frozen=True)
class PackRecords:
    """Each kind oldest first. ``events`` are those of the slice; ``as_of`` is the time of the newest of them."""

    case: Case
    verifications: list[Verification]
    sessions: list[VerificationSession]
    links: list[KycLink]
    documents: list[Document]
    notes: list[CaseNote]
    decisions: list[Decision]
    resolutions: list[DifferenceResolution]
    requests: list[CustomerRequest]
    readings: list[MachineReading]
    extracted: list[ExtractedValue]
    reconciliations: list[Reconciliation]
    calls: list[ProviderCall]
    webhooks: list[ReceivedWebhook]
    events: list[AuditEvent]
    as_of: dt.datetime

    def rows(self) -> Iterator[Any]:
        """Everything in it whose sealed values are opened, each with its public id."""
        yield self.case.customer
        yield self.case
        for kind in (
            *(self.verifications, self.sessions, self.links, self.documents, self.notes, self.decisions),
            *(self.resolutions, self.requests, self.readings, self.calls, self.webhooks),
        ):
            yield from kind


def pack_records(case: Case) -> PackRecords:
    """``case`` with its customer; the caller holds it still for the time of reading."""
    verifications = _verifications(case)
    about = {"verification__in": [one.pk for one in verifications]}
    sessions = list(VerificationSession.objects.filter(**about).order_by("pk"))
    links = list(KycLink.objects.filter(**about).order_by("pk"))
    notes = list(case.notes.select_related("written_by").order_by("pk"))
    documents = list(
        Document.objects.filter(Q(**about) | Q(note__case=case))
        .select_related("verification", "session_image", "note")
        .prefetch_related("renditions")
        .order_by(F("note_id").asc(nulls_first=True), "verification_id", "pk")
    )
    decisions = list(
        case.decisions.select_related(
            "made_by", "policy", "reason", "review__reviewed_by", "review__decision__case", "supersedes"
        ).order_by("pk")
    )
    resolutions = list(case.difference_resolutions.select_related("resolved_by").order_by("pk"))
    requests = list(case.customer_requests.select_related("asked_by", "template").order_by("pk"))
    readings = list(
        MachineReading.objects.filter(**about)
        .select_related("document", "verification")
        .prefetch_related("values")
        .order_by("pk")
    )
    reconciliations = list(Reconciliation.objects.filter(**about).order_by("pk"))
    direct = Q(**about) | Q(session__in=[one.pk for one in sessions]) | Q(link__in=[one.pk for one in links])
    rows: list[Any] = [case, case.customer, *notes, *decisions, *resolutions, *requests]
    rows += [*sessions, *links, *documents, *readings, *reconciliations]
    own = {str(row.public_id) for row in rows}
    own |= {str(one.public_id) for one in verifications if one.case_id == case.pk}
    own |= {str(public_id) for public_id in ProviderCall.objects.filter(direct).values_list("public_id", flat=True)}
    own |= {str(one.review.public_id) for one in decisions if hasattr(one, "review")}
    events = _events(case, own)
    as_of = max((event.at for event in events), default=case.opened_at)
    return PackRecords(
        case=case,
        verifications=verifications,
        sessions=sessions,
        links=links,
        documents=documents,
        notes=notes,
        decisions=decisions,
        resolutions=resolutions,
        requests=requests,
        readings=readings,
        extracted=list(ExtractedValue.objects.filter(**about).order_by("verification_id", "position", "pk")),
        reconciliations=reconciliations,
        calls=_calls(verifications, direct, as_of),
        webhooks=list(
            ReceivedWebhook.objects.filter(**about, processed_at__lte=as_of).select_related("account").order_by("pk")
        ),
        events=events,
        as_of=as_of,
    )


def _verifications(case: Case) -> list[Verification]:
    """The case's own; of a review that has none, those that its decisions rested on."""
    related = ("account", "provider_user")
    own = list(Verification.objects.filter(case=case).select_related(*related).order_by("pk"))
    if own or case.kind != CaseKind.REVIEW:
        return own
    rested_on = {
        item["key"].split(":")[1]
        for decision in case.decisions.all()
        for item in decision.evidence
        if item["key"].startswith("verification:")
    }
    if rested_on:
        return list(Verification.objects.filter(public_id__in=rested_on).select_related(*related).order_by("pk"))
    return list(verifications_of(case).select_related(*related).order_by("pk"))


def _events(case: Case, own: set[str]) -> list[AuditEvent]:
    """The customer's events up to the last that speaks of one of the case's own records, or of the customer."""
    events = [
        event
        for event in AuditEvent.objects.filter(customer_id=case.customer.public_id).order_by("pk")
        if not event.action.startswith(ABOUT_FILES) and event.action not in NO_CHANGE
    ]
    last = max((index for index, event in enumerate(events) if event.subject_id in own), default=-1)
    return events[: last + 1]


def _calls(verifications: list[Verification], direct: Q, as_of: dt.datetime) -> list[ProviderCall]:
    """What was over by then: calls of the checks, and of their provider users since the submission."""
    about = direct
    for one in verifications:
        if one.submitted_at is not None and one.provider_user_id is not None:
            about |= Q(provider_user=one.provider_user_id, created_at__gte=one.submitted_at)
    calls = ProviderCall.objects.filter(about, finished_at__lte=as_of).select_related("account", "customer")
    return list(calls.defer("request_original", "request_exact").order_by("pk"))
