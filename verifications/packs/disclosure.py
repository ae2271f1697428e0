"""What each variant of a pack tells, and the list of what it withholds with the reason for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications.enums import AuditAction, DocumentSlot, PackVariant, VerificationType
from verifications.policy.restricted_words import restricted_in_note

STAFF = "staff"
INTERNAL = "internal"
SCREENING = "screening"
OTHERS = "third_party"
RULES = "rules"
CREDENTIAL = "credential"
UNREADABLE = "unreadable"
WHY: dict[str, Promise] = {
    STAFF: _("Names of staff are replaced by their role."),
    INTERNAL: _("Internal assessment of the organisation, not data of the person."),
    SCREENING: _("Result of a screening, or an answer that may hold one."),
    OTHERS: _("Speaks of somebody else."),
    RULES: _("Withheld under the organisation's rules of disclosure."),
    CREDENTIAL: _("Would give access to something, so it is never handed out."),
    UNREADABLE: _("Can't be read any more: the key of this customer was destroyed."),
}
SCREENING_SLOTS = frozenset(
    {
        DocumentSlot.VERIFIER_RESPONSE,
        DocumentSlot.SANCTIONS_VERIFIER_RESPONSE,
        DocumentSlot.PEP_VERIFIER_RESPONSE,
        DocumentSlot.NEGATIVE_NEWS_VERIFIER_RESPONSE,
    }
)
SCREENING_VALUES = frozenset({"screenings", "verifier_response"})
SCREENING_TYPES = frozenset(
    {
        VerificationType.WATCHLISTS,
        VerificationType.IDENTITY_SESSION,
        VerificationType.KYC_LINK,
        VerificationType.KYB_LINK,
    }
)
"""Checks whose answer is a screening's, or has one in it."""
INTERNAL_DETAILS = frozenset({"risk", "rules", "risk_reasons", "priority"})
"""Members of an event's details that say what the organisation made of the person."""
OF_THE_PERSON = frozenset({"person", "document", "additional_info", "idInfo", "clientReferenceData", "businessInfo"})
"""First parts of a provider's paths that speak of the customer or their document, and of nobody else."""
TOLD_TO_SUBJECT = frozenset(
    {
        AuditAction.CUSTOMER_CREATED,
        AuditAction.CUSTOMER_CHANGED,
        AuditAction.VERIFICATION_CREATED,
        AuditAction.VERIFICATION_CHANGED,
        AuditAction.VERIFICATION_SUBMITTED,
        AuditAction.VERIFICATION_CANCELLED,
        AuditAction.DOCUMENT_UPLOADED,
        AuditAction.DOCUMENT_REMOVED,
        AuditAction.SESSION_REQUESTED,
        AuditAction.SESSION_CREATED,
        AuditAction.SESSION_OPENED,
        AuditAction.SESSION_RETURNED,
        AuditAction.SESSION_IMAGE_SENT,
        AuditAction.SESSION_IMAGE_COPIED,
        AuditAction.SESSION_CONSENT_READ,
        AuditAction.SESSION_DELETED,
        AuditAction.LINK_REQUESTED,
        AuditAction.LINK_ISSUED,
        AuditAction.LINK_SENT,
        AuditAction.LINK_RETURNED,
        AuditAction.CASE_OPENED,
        AuditAction.CASE_CLOSED,
        AuditAction.REQUEST_MADE,
        AuditAction.REQUEST_SENT,
        AuditAction.REQUEST_ANSWERED,
        AuditAction.REQUEST_WITHDRAWN,
    }
)
"""What was done with the person's data. The rest speaks of how the organisation came to its view of them."""


@dataclass
class Withheld:
    """One thing that a variant leaves out. ``record`` is its public id, where it has one."""

    what: str
    reason: str
    record: str = ""
    count: int = 1


class Disclosure:
    """Answers for one variant whether something is told, and keeps the list of what is not."""

    def __init__(self, variant: str) -> None:
        self.variant = PackVariant(variant)
        self.items: list[Withheld] = []

    @property
    def is_for_subject(self) -> bool:
        return self.variant == PackVariant.SUBJECT

    def hold(self, what: str, reason: str, *, record: object = "", count: int = 1) -> None:
        """Note that this is left out."""
        self.items.append(Withheld(str(what), reason, str(record), count))

    def tells_internal(self, what: str, *, record: object = "", reason: str = INTERNAL) -> bool:
        """Whether what the organisation or a screening made of the person is told; if not, it is on the list."""
        if self.is_for_subject:
            self.hold(what, reason, record=record)
        return not self.is_for_subject

    def internal_text(self, text: str, what: str, *, record: object = "") -> str | None:
        """A text that staff wrote for the file, or ``None`` where it is withheld."""
        if not text:
            return text
        if not self.tells_internal(what, record=record):
            return None
        return self.text(text, what, record=record)

    def text(self, text: str, what: str, *, record: object = "") -> str | None:
        """A text that people wrote, or ``None`` where it may not go to a court."""
        if self.variant == PackVariant.COURT and restricted_in_note(text):
            self.hold(what, RULES, record=record)
            return None
        return text

    def tells_slot(self, slot: str, what: str, *, record: object = "") -> bool:
        """Whether the original in this slot goes in."""
        return slot not in SCREENING_SLOTS or self.tells_internal(what, record=record, reason=SCREENING)

    def tells_path(self, path: str) -> bool:
        """Whether a value that a provider read is of the person."""
        parts = path.split(".")
        return not self.is_for_subject or (
            parts[0] in OF_THE_PERSON and not any(part.isdecimal() for part in parts) and "aml" not in path.casefold()
        )

    def tells_event(self, action: str, details: Mapping[str, Any]) -> bool:
        """Whether an event of the record log is told: its record is sealed, so it is told whole or not at all."""
        if self.variant == PackVariant.COURT:
            return not restricted_in_code(" ".join(_words_in(details)))
        if not self.is_for_subject:
            return True
        if not INTERNAL_DETAILS.isdisjoint(details):
            return False
        return action in TOLD_TO_SUBJECT and details.get("slot") not in (*SCREENING_SLOTS, DocumentSlot.ATTACHMENT)

    def data(self) -> list[dict[str, object]]:
        """The list, as it goes into the pack."""
        return [
            {
                "what": item.what,
                "reason": item.reason,
                "why": str(WHY[item.reason]),
                "record": item.record,
                "count": item.count,
            }
            for item in self.items
        ]


def restricted_in_code(code: str) -> tuple[str, ...]:
    """The same for a code or an id somebody chose, whose words are joined by underlines."""
    return restricted_in_note(re.sub(r"[_.:/]+", " ", code))


def _words_in(value: Any) -> Iterator[str]:
    """Every text in an object as JSON has it, names of members too."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _words_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words_in(inner)
    elif isinstance(value, str):
        yield value
