"""What a pack tells of a case: one object for ``case.json`` and the PDF, and which files go with it.

Everything sealed is opened here, so the caller writes the access events in the same transaction. What a variant
withholds is ``None`` in the object and stands on its list with the reason. docs/evidence-packs.md has the schema.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from verifications.enums import CallOperation, DecisionOutcome, PackVariant, RenditionKind
from verifications.integrity.verify_records import canonical
from verifications.models import (
    CustomerRequest,
    Decision,
    Document,
    MachineReading,
    ProviderCall,
    Reconciliation,
    Sealed,
    Verification,
)
from verifications.packs.disclosure import (
    CREDENTIAL,
    INTERNAL,
    OTHERS,
    RULES,
    SCREENING,
    SCREENING_TYPES,
    SCREENING_VALUES,
    UNREADABLE,
    Disclosure,
    restricted_in_code,
)
from verifications.policy.restricted_words import restricted_in_note
from verifications.policy.rules import Policy
from verifications.selectors.case_page import LABELS, NAMES, document_label, value_words
from verifications.selectors.check_panel import check_panel
from verifications.selectors.evidence_labels import CUSTOMER_FIELDS, check_label
from verifications.selectors.extracted_values import label_of
from verifications.selectors.grid_values import LABELS as ZONE_LABELS
from verifications.selectors.marked_words import label_words
from verifications.selectors.opener import Opener
from verifications.selectors.pack_people import PackPeople
from verifications.selectors.pack_records import PackRecords
from verifications.selectors.reading_words import why_words
from verifications.selectors.timeline import timeline_lines

SCHEMA = 1
FILES = "documents"
ANSWERS = "provider"
WITHOUT_ANSWER = (
    CallOperation.FETCH_TOKEN,
    CallOperation.CREATE_SESSION,
    CallOperation.CREATE_KYC_LINK,
    CallOperation.CREATE_KYB_LINK,
)
"""Their answers are tokens and addresses."""
PAGES_SHOWN = 10
"""Pages of one document that the PDF shows; the original has them all."""


@dataclass(frozen=True)
class Original:
    """A file that goes in byte for byte."""

    name: str
    document: Document


@dataclass(frozen=True)
class Answer:
    """A sealed body that goes in opened. ``data`` is its entry in the object, which lacks file, size and hash yet."""

    stem: str
    record: Any
    field: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One page of a document as the PDF shows it."""

    document: str
    storage_name: str
    width: int
    height: int


@dataclass
class PackContents:
    """``data`` is finished once ``answers`` have their files and the slice its heads."""

    data: dict[str, Any]
    originals: list[Original] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def pack_contents(records: PackRecords, disclosure: Disclosure, *, language: str) -> PackContents:
    """Everything the variant tells of these records. Needs no clock: nothing in it is about today."""
    return _Contents(records, disclosure).made(language)


def pack_id(records: PackRecords, variant: str) -> str:
    """The same for every pack of this variant of the case as it stands; made of ids, not of contents."""
    last = str(records.events[-1].event_id) if records.events else ""
    named = {"case": str(records.case.public_id), "last_event": last, "variant": variant}
    return hashlib.sha256(canonical(named)).hexdigest()[:16]


class _Contents:
    """One pack under way."""

    def __init__(self, records: PackRecords, disclosure: Disclosure) -> None:
        self.records = records
        self.told = disclosure
        self.opener = Opener(records.case.customer_id)
        deciders: set[int | None] = {one.made_by_id for one in records.decisions}
        deciders |= {one.review.reviewed_by_id for one in records.decisions if hasattr(one, "review")}
        deciders |= {one.resolved_by_id for one in records.resolutions} | {one.asked_by_id for one in records.requests}
        self.people = PackPeople(disclosure, records.events, (pk for pk in deciders if pk is not None))
        self.names = {one.pk: check_label(one) for one in records.verifications}
        self.contents = PackContents({})
        self.unreadable = 0
        self.note_texts = {one.pk: self._open(one, "text") for one in records.notes}

    def made(self, language: str) -> PackContents:
        records, told = self.records, self.told
        self.contents.data = {
            "schema": SCHEMA,
            "variant": str(told.variant),
            "variant_label": str(told.variant.label),
            "language": language,
            "pack_id": pack_id(records, told.variant),
            "as_of": _time(records.as_of),
            "case": self._case(),
            "customer": self._customer(),
            "verifications": self._verifications(),
            "documents": self._documents(),
            "provider_responses": self._answers(),
            "decisions": self._decisions(),
            "differences": self._differences(),
            "notes": self._notes(),
            "requests": [self._request(one) for one in records.requests],
            "reconciliations": self._reconciliations(),
            "timeline": self._timeline(),
        }
        if self.unreadable:
            told.hold(_("Sealed values"), UNREADABLE, count=self.unreadable)
        return self.contents

    def _case(self) -> dict[str, Any]:
        case = self.records.case
        is_open_to_subject = self.told.is_for_subject and case.closed_at is None
        data: dict[str, Any] = {
            "number": case.number,
            "id": str(case.public_id),
            "kind": _choice(case, "kind"),
            "cause": _choice(case, "cause"),
            "state": None if is_open_to_subject else _choice(case, "state"),
            "outcome": None if is_open_to_subject else _choice(case, "outcome"),
            "decision": next((str(one.public_id) for one in self._told_decisions() if one.pk == case.decision_id), ""),
            "owner": self.people.of(case.owner),
            "opened_at": _time(case.opened_at),
            "due_at": _time(case.due_at),
            "breached_at": _time(case.breached_at),
            "decided_at": _time(case.decided_at),
            "closed_at": _time(case.closed_at),
        }
        if self.told.tells_internal(_("Risk of the case and the rules behind it"), record=case.public_id):
            data |= {
                "risk": _choice(case, "risk"),
                "risk_reasons": [one for one in case.risk_reasons if self._tells_code(one, case.public_id)],
                "is_escalated": case.is_escalated,
                "priority": _choice(case, "priority"),
            }
        return data

    def _customer(self) -> dict[str, Any]:
        customer = self.records.case.customer
        values = []
        for name, label in CUSTOMER_FIELDS.items():
            text = self._open(customer, name)
            if text and name not in ("reference", "kind"):
                values.append({"name": name, "label": _capital(label), "value": _readable(name, text)})
        return {
            "id": str(customer.public_id),
            "reference": customer.reference,
            "kind": _choice(customer, "kind"),
            "name": customer.display_name,
            "values": values,
        }

    def _verifications(self) -> list[dict[str, Any]]:
        records, told = self.records, self.told
        checks = {one.verification.pk: one.checks for one in check_panel(records.verifications)}
        found = []
        for one in records.verifications:
            about = self.names[one.pk]
            data: dict[str, Any] = {
                "id": str(one.public_id),
                "label": about,
                "provider": _choice(one.account, "kind"),
                "environment": _choice(one.account, "environment"),
                "method": _choice(one, "method"),
                "type": _choice(one, "type"),
                "status": _choice(one, "status"),
                "answer": None if told.is_for_subject and one.type in SCREENING_TYPES else _choice(one, "answer"),
                "provider_reference": one.provider_reference,
                "created_at": _time(one.created_at),
                "created_by": self.people.name(one.created_by),
                "submitted_at": _time(one.submitted_at),
                "submitted_by": self.people.name(one.submitted_by),
                "accepted_at": _time(one.accepted_at),
                "completed_at": _time(one.completed_at),
                "entered": self._entered(one),
                "extracted": self._extracted(one),
                "zones": [self._zone(zone) for zone in records.readings if zone.verification_id == one.pk],
                "sessions": [self._session(row) for row in records.sessions if row.verification_id == one.pk],
                "links": [self._link(row) for row in records.links if row.verification_id == one.pk],
            }
            if told.tells_internal(  # whether there are findings or not: the list must not tell either
                _("%(check)s: the provider's findings, reasons and single checks") % {"check": about},
                record=one.public_id,
                reason=SCREENING,
            ):
                data["answer_reasons"] = one.answer_reasons
                data["answer_explanation"] = one.answer_explanation
                data["checks"] = [
                    {"title": check.title, "result": check.result, "notes": list(check.notes)}
                    for check in checks.get(one.pk, ())
                ]
            found.append(data)
        return found

    def _entered(self, one: Verification) -> list[dict[str, Any]]:
        values = []
        for name, label in LABELS:
            hidden = name in NAMES and one.type != "identity_document"
            if hidden or not getattr(one, name):
                continue
            words = _("%(check)s: %(value)s") % {"check": self.names[one.pk], "value": label}
            if name in SCREENING_VALUES and not self.told.tells_internal(words, record=one.public_id, reason=SCREENING):
                continue
            sealed = isinstance(getattr(one, name), Sealed)
            text = _readable(name, self._open(one, name)) if sealed else value_words(name, getattr(one, name))
            values.append({"name": name, "label": str(label), "value": text})
        return values

    def _extracted(self, one: Verification) -> list[dict[str, Any]]:
        values, others = [], 0
        for row in self.records.extracted:
            if row.verification_id != one.pk:
                continue
            if not self.told.tells_path(row.name):
                others += 1
                continue
            values.append(
                {
                    "name": row.name,
                    "label": label_of(row.name),
                    "value": self._open(row, "value"),
                    "comparison": _choice(row, "comparison"),
                    "read_at": _time(row.read_at),
                }
            )
        if others:
            what = _("%(check)s: values about others") % {"check": self.names[one.pk]}
            self.told.hold(what, OTHERS, record=one.public_id, count=others)
        return values

    def _zone(self, zone: MachineReading) -> dict[str, Any]:
        values = sorted(zone.values.all(), key=lambda value: value.position)
        for value in values:
            value.reading = zone
        data: dict[str, Any] = {
            "id": str(zone.public_id),
            "format": _choice(zone, "format"),
            "source": _choice(zone, "source"),
            "document": str(zone.document.public_id) if zone.document else "",
            "text": self._open(zone, "text"),
            "recorded_at": _time(zone.recorded_at),
            "recorded_by": self.people.name(zone.recorded_by),
            "confirmed_at": _time(zone.confirmed_at),
            "confirmed_by": self.people.name(zone.confirmed_by),
            "removed_at": _time(zone.removed_at),
            "values": [
                {
                    "name": value.name,
                    "label": str(ZONE_LABELS.get(value.name, value.name)),
                    "value": self._open(value, "value"),
                    "check_digit": _choice(value, "check_digit"),
                    "comparison": _choice(value, "comparison"),
                    "why": "" if self.told.is_for_subject else why_words(value.why),
                }
                for value in values
            ],
        }
        if not self.told.is_for_subject:
            data["findings"] = zone.findings
        return data

    def _session(self, row: Any) -> dict[str, Any]:
        data: dict[str, Any] = {
            "id": str(row.public_id),
            "status": _choice(row, "status"),
            "shape": _choice(row, "shape"),
            "provider_reference": row.provider_reference,
            "created_at": _time(row.created_at),
            "opened_at": _time(row.opened_at),
            "returned_at": _time(row.returned_at),
            "completed_at": _time(row.completed_at),
            "deleted_at": _time(row.deleted_at),
            "consent_granted": row.consent_granted,
            "consent_date": row.consent_date,
        }
        if not self.told.is_for_subject:
            data |= {"recommendation": row.recommendation, "risk": row.risk, "checks": row.checks}
        else:
            self.told.hold(_("Risk details of a session"), SCREENING, record=row.public_id)
        return data

    def _link(self, row: Any) -> dict[str, Any]:
        data: dict[str, Any] = {
            "id": str(row.public_id),
            "kind": _choice(row, "kind"),
            "status": _choice(row, "status"),
            "country": row.country,
            "provider_reference": row.session_reference,
            "address_sha256": row.url_hash,
            "created_at": _time(row.created_at),
            "issued_at": _time(row.issued_at),
            "expires_at": _time(row.expires_at),
            "sent_at": _time(row.sent_at),
            "returned_at": _time(row.returned_at),
            "ended_at": _time(row.ended_at),
        }
        if not self.told.is_for_subject:
            data |= {"sections": row.sections, "watchlist_hits": row.watchlist_hits}
        else:
            self.told.hold(_("What a search of watch lists found, if there was one"), SCREENING, record=row.public_id)
        return data

    def _documents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        names: dict[str, str] = {}
        hidden_notes = {
            note.first_id or note.pk
            for note in self.records.notes
            if self.told.variant == PackVariant.COURT and restricted_in_note(self.note_texts[note.pk])
        }
        for number, document in enumerate(self.records.documents, start=1):
            label = document_label(document)
            what = _("Original: %(label)s, SHA-256 %(hash)s…") % {"label": label, "hash": document.sha256[:12]}
            if document.note_id in hidden_notes:
                self.told.hold(what, RULES, record=document.public_id)
                continue
            if document.note_id and not self.told.tells_internal(what, record=document.public_id):
                continue
            if not self.told.tells_slot(document.slot, what, record=document.public_id):
                continue
            file = ""
            if document.removed_at is None:
                if document.storage_name not in names:
                    names[document.storage_name] = f"{FILES}/{number:03d}-{document.slot}.{document.extension}"
                    self.contents.originals.append(Original(names[document.storage_name], document))
                    self.contents.pictures += _pictures(document)
                file = names[document.storage_name]
            found.append(self._document(document, label, file))
        return found

    def _document(self, document: Document, label: str, file: str) -> dict[str, Any]:
        of_check = self.names.get(document.verification_id or 0, "")
        return {
            "id": str(document.public_id),
            "of": of_check or _("Note"),
            "verification": str(document.verification.public_id) if document.verification else "",
            "note": str(document.note.public_id) if document.note else "",
            "slot": document.slot,
            "label": label,
            "origin": _choice(document, "origin"),
            "file": file,
            "name": self.told.text(document.display_name, label, record=document.public_id),
            "content_type": document.content_type,
            "size": document.size,
            "sha256": document.sha256,
            "pages": document.pages,
            "uploaded_at": _time(document.uploaded_at),
            "uploaded_by": self.people.name(document.uploaded_by),
            "removed_at": _time(document.removed_at),
        }

    def _answers(self) -> list[dict[str, Any]]:
        found = []
        number = 0
        for call in self.records.calls:
            data = self._call(call)
            found.append(data)
            what = _("Provider's answer: %(operation)s, %(at)s") % {
                "operation": call.get_operation_display(),
                "at": _minute(call.finished_at),
            }
            if call.answer_original is None:
                continue
            if call.operation in WITHOUT_ANSWER:
                self.told.hold(what, CREDENTIAL, record=call.public_id)
            elif self.told.tells_internal(what, record=call.public_id, reason=SCREENING):
                number += 1
                stem = f"{ANSWERS}/{number:03d}-{call.operation.lower().replace('_', '-')}"
                self.contents.answers.append(Answer(stem, call, "answer_original", data))
        for webhook in self.records.webhooks:
            data = {
                "id": str(webhook.public_id),
                "kind": "webhook",
                "operation": {"code": webhook.type, "label": _("Webhook")},
                "received_at": _time(webhook.received_at),
                "received_sha256": webhook.body_sha256,
                "file": "",
            }
            what = _("Webhook of %(at)s") % {"at": _minute(webhook.received_at)}
            if self.told.tells_internal(what, record=webhook.public_id, reason=SCREENING):
                number += 1
                self.contents.answers.append(Answer(f"{ANSWERS}/{number:03d}-webhook", webhook, "body", data))
                found.append(data)
        return found

    def _call(self, call: ProviderCall) -> dict[str, Any]:
        return {
            "id": str(call.public_id),
            "kind": "call",
            "operation": _choice(call, "operation"),
            "provider": _choice(call.account, "kind"),
            "status": _choice(call, "status"),
            "number": call.number,
            "sent_at": _time(call.sending_at),
            "finished_at": _time(call.finished_at),
            "http_status": call.http_status,
            "request_sha256": call.body_sha256,
            "request_size": call.body_size,
            "error_code": "" if self.told.is_for_subject else call.error_code,
            "trace_id": call.trace_id,
            "file": "",
        }

    def _decisions(self) -> list[dict[str, Any]]:
        if self.told.is_for_subject:
            self.told.hold(_("Steps on the way to a decision, if there were any"), INTERNAL)
        return [self._decision(one) for one in self._told_decisions()]

    def _told_decisions(self) -> list[Decision]:
        """Of an escalation the person learns nothing, also not whether there was one."""
        decisions = self.records.decisions
        if not self.told.is_for_subject:
            return decisions
        return [one for one in decisions if one.outcome != DecisionOutcome.ESCALATE]

    def _decision(self, one: Decision) -> dict[str, Any]:
        told = self.told
        what = _("Decision of %(at)s") % {"at": _minute(one.made_at)}
        data: dict[str, Any] = {
            "id": str(one.public_id),
            "outcome": _choice(one, "outcome"),
            "made_at": _time(one.made_at),
            "made_by": self.people.of(one.made_by),
            "supersedes": next((str(it.public_id) for it in self._told_decisions() if it.pk == one.supersedes_id), ""),
            "policy": one.policy.number,
            "needs_second": None if told.is_for_subject else one.needs_second,
            "needs_senior": None if told.is_for_subject else one.needs_senior,
            "expires_at": _time(one.expires_at),
            "approval_ends_date": one.approval_ends_date.isoformat() if one.approval_ends_date else "",
            "evidence_hash": one.evidence_hash,
        }
        reasons = _("%(decision)s: reason, rules and evidence") % {"decision": what}
        if told.tells_internal(reasons, record=one.public_id):
            data |= {
                "reason": self._reason(one, reasons),
                "risk": _choice(one, "risk"),
                "rules": [rule for rule in _rules(one) if self._tells_code(" ".join(rule.values()), one.public_id)],
                "facts": one.facts,
                "evidence": one.evidence,
            }
        rationale = _("%(decision)s: rationale") % {"decision": what}
        data["rationale"] = told.internal_text(self._open(one, "rationale"), rationale, record=one.public_id)
        review = getattr(one, "review", None)
        if review is not None:
            review.decision = one
            note = _("%(decision)s: second person's note") % {"decision": what}
            data["review"] = {
                "id": str(review.public_id),
                "choice": _choice(review, "choice"),
                "reviewed_at": _time(review.reviewed_at),
                "reviewed_by": self.people.of(review.reviewed_by),
                "evidence_hash": review.evidence_hash,
                "note": told.internal_text(self._open(review, "note"), note, record=review.public_id),
                "changed": [] if told.is_for_subject else review.changed,
            }
        return data

    def _reason(self, one: Decision, what: str) -> dict[str, str] | None:
        """Reasons are worded by the organisation itself, and so may say what must not go to a court."""
        label = label_words(one.reason_label)
        if not self._tells_code(f"{one.reason.code} {label}", one.public_id, what):
            return None
        return {"code": one.reason.code, "label": label}

    def _tells_code(self, words: str, record: object, what: str = "") -> bool:
        """Whether a code of the organisation's own, with what it is called, goes in; if not, it is on the list."""
        if self.told.variant != PackVariant.COURT or not restricted_in_code(words):
            return True
        self.told.hold(what or _("A rule of the policy"), RULES, record=record)
        return False

    def _differences(self) -> list[dict[str, Any]]:
        found = []
        for one in self.records.resolutions:
            label = str(ZONE_LABELS.get(one.field, one.field.replace("_", " ").capitalize()))
            what = _("Resolved difference: %(value)s") % {"value": label}
            text = self.told.internal_text(self._open(one, "explanation"), what, record=one.public_id)
            if self.told.is_for_subject:
                continue
            found.append(
                {
                    "id": str(one.public_id),
                    "field": one.field,
                    "label": label,
                    "reason": _choice(one, "reason"),
                    "explanation": text,
                    "resolved_at": _time(one.resolved_at),
                    "resolved_by": self.people.of(one.resolved_by),
                }
            )
        return found

    def _notes(self) -> list[dict[str, Any]]:
        found = []
        first_ids = {one.pk: str(one.public_id) for one in self.records.notes}
        for one in self.records.notes:
            what = _("Note of %(at)s") % {"at": _minute(one.written_at)}
            text = self.told.internal_text(self.note_texts[one.pk], what, record=one.public_id)
            if self.told.is_for_subject:
                continue
            found.append(
                {
                    "id": str(one.public_id),
                    "first": first_ids[one.first_id] if one.first_id else "",
                    "version": one.number,
                    "written_at": _time(one.written_at),
                    "written_by": self.people.of(one.written_by),
                    "text": text,
                }
            )
        return found

    def _request(self, one: CustomerRequest) -> dict[str, Any]:
        what = _("Request of %(at)s: reason for the file") % {"at": _minute(one.asked_at)}
        return {
            "id": str(one.public_id),
            "item": _choice(one, "item"),
            "reason": _choice(one, "reason"),
            "way": _choice(one, "way"),
            "status": _choice(one, "status"),
            "subject": self._open(one, "subject"),
            "text": self._open(one, "text"),
            "template": f"{one.template.code} {one.template.language} {one.template.version}",
            "private_reason": self.told.internal_text(self._open(one, "private_reason"), what, record=one.public_id),
            "asked_at": _time(one.asked_at),
            "asked_by": self.people.of(one.asked_by),
            "sent_at": _time(one.sent_at),
            "ended_at": _time(one.ended_at),
        }

    def _reconciliations(self) -> list[dict[str, Any]]:
        found = []
        for one in self.records.reconciliations:
            what = _("Reconciliation of %(at)s") % {"at": _minute(one.proposed_at)}
            reason = self.told.internal_text(one.reason, what, record=one.public_id)
            note = self.told.internal_text(one.decision_note, what, record=one.public_id)
            found.append(self._reconciliation(one, reason, note))
        return found

    def _reconciliation(self, one: Reconciliation, reason: str | None, note: str | None) -> dict[str, Any]:
        return {
            "id": str(one.public_id),
            "choice": _choice(one, "choice"),
            "status": _choice(one, "status"),
            "reference": one.reference,
            "reason": reason,
            "proposed_at": _time(one.proposed_at),
            "proposed_by": self.people.name(one.proposed_by),
            "decided_at": _time(one.decided_at),
            "decided_by": self.people.name(one.decided_by),
            "decision_note": note,
        }

    def _timeline(self) -> list[dict[str, Any]]:
        """Oldest first; the lines that the case page tells, of the events that the variant tells."""
        found = []
        for event in self.records.events:
            if not self.told.tells_event(event.action, event.details):
                continue
            for line in timeline_lines([event]):
                found.append(
                    {
                        "id": event.pk,
                        "at": _time(event.at),
                        "action": event.action,
                        "what": line.what,
                        "more": line.more,
                        "by": self.people.name(event.actor),
                    }
                )
        return found

    def _open(self, record: Any, name: str) -> str:
        """A column in clear; what can't be opened any more is empty, and counted."""
        text = self.opener.any_text(record, name)
        if not text and isinstance(getattr(record, name), Sealed):
            self.unreadable += 1
        return text


def _pictures(document: Document) -> list[Picture]:
    previews = sorted(
        (one for one in document.renditions.all() if one.kind == RenditionKind.PREVIEW), key=lambda one: one.page
    )
    return [Picture(str(document.public_id), one.storage_name, one.width, one.height) for one in previews[:PAGES_SHOWN]]


def _rules(decision: Decision) -> list[dict[str, str]]:
    """The rules that asked for a second person or raised the risk, as they were called under the policy of then."""
    labels = {rule.id: label_words(rule.label) for rule in Policy.from_data(decision.policy.rules).rules}
    return [{"id": rule, "label": labels.get(rule, rule)} for rule in decision.rules]


def _choice(row: Any, name: str) -> dict[str, Any]:
    """A stored word with what it is called."""
    return {"code": getattr(row, name), "label": str(getattr(row, f"get_{name}_display")())}


def _time(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment else ""


def _minute(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M}" if moment else ""


def _capital(label: object) -> str:
    text = str(label)
    return f"{text[:1].upper()}{text[1:]}"


def _readable(name: str, text: str) -> str:
    """A stored JSON object or list as one line of words, an address as it is written; any other text as it is."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if name == "address" and isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return _words_of(value)


def _words_of(value: Any) -> str:
    if isinstance(value, dict):
        parts = ((str(name).replace("_", " "), _words_of(inner)) for name, inner in value.items())
        return "; ".join(f"{name}: {words}" for name, words in parts if words)
    if isinstance(value, list):
        return " / ".join(filter(None, map(_words_of, value)))
    return "" if value is None else str(value)
