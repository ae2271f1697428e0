"""What a decision rests on, item by item, as keys with hashes: what was on screen can be compared with what is there.

A hash of a value is keyed with the customer's data key and made of the value in clear: sealing the same value anew
changes nothing, nobody can guess a date of birth from it, and it says nothing any more once the key is destroyed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from verifications import vault
from verifications.errors import SealedValueUnavailable
from verifications.models import (
    Case,
    Decision,
    DifferenceResolution,
    Document,
    ExtractedValue,
    KycLink,
    MachineValue,
    PolicyVersion,
    Sealed,
    Verification,
    VerificationSession,
)
from verifications.selectors import evidence_labels as labels
from verifications.selectors.case_facts import verifications_of
from verifications.selectors.keys import customer_key, seal_context

DECISION_KEY = "decision"
POLICY_KEY = "policy"


@dataclass(frozen=True)
class EvidenceItem:
    key: str
    label: str
    hash: str


@dataclass(frozen=True)
class Evidence:
    """``hash`` is the SHA-256 of the canonical JSON of all (key, hash) in the order of their keys."""

    items: tuple[EvidenceItem, ...]
    hash: str

    def to_data(self) -> list[dict[str, str]]:
        """What a decision keeps."""
        return [{"key": item.key, "label": item.label, "hash": item.hash} for item in self.items]

    def seen(self) -> dict[str, str]:
        """Key -> hash, for ``changes``."""
        return {item.key: item.hash for item in self.items}


def evidence_of(case: Case, *, besides: Decision | None = None) -> Evidence:
    """Everything a decision about the case rests on, in a fixed number of queries.

    ``besides``: the staged decision whose second person looks now; it was not there when its maker looked.
    """
    items = sorted(_items(case, besides), key=lambda item: item.key)
    canonical = json.dumps([[item.key, item.hash] for item in items], separators=(",", ":"))
    return Evidence(items=tuple(items), hash=hashlib.sha256(canonical.encode()).hexdigest())


def kept(decision: Decision) -> dict[str, str]:
    """Key -> hash of what a decision was made on."""
    return {item["key"]: item["hash"] for item in decision.evidence}


def changes(before: Mapping[str, str], now: Evidence) -> list[tuple[str, str]]:
    """(key, what happened to it in words) of every item that was added, changed or removed since ``before``.

    Hashes of ``before`` may be cut short.
    """
    found = []
    for item in now.items:
        old = before.get(item.key)
        if old is None:
            found.append((item.key, _("%(item)s: new") % {"item": item.label}))
        elif not old or not item.hash.startswith(old):
            found.append((item.key, _("%(item)s: changed") % {"item": item.label}))
    there = {item.key for item in now.items}
    gone = (key for key in before if key not in there)
    found += [(key, _("%(item)s: no longer there") % {"item": labels.label_of_key(key)}) for key in gone]
    return found


def _items(case: Case, besides: Decision | None) -> Iterator[EvidenceItem]:
    verifications = {verification.pk: verification for verification in verifications_of(case)}
    hasher = _Hasher(case.customer_id)
    names = {pk: labels.check_label(verification) for pk, verification in verifications.items()}
    yield from _policy_and_decision(case, besides)
    yield from _customer(case, hasher)
    for verification in verifications.values():
        yield from _verification(verification, names[verification.pk], hasher)
    yield from _documents(verifications, names)
    yield from _sessions(verifications, names)
    yield from _links(verifications, names)
    yield from _readings(verifications, names, hasher)
    yield from _resolutions(case)


def _policy_and_decision(case: Case, besides: Decision | None) -> Iterator[EvidenceItem]:
    number = PolicyVersion.objects.order_by("-number").values_list("number", flat=True).first()
    yield EvidenceItem(POLICY_KEY, _("Policy in force"), _sha256(number))
    decisions = case.decisions.order_by("-pk").select_related("review")
    last = (decisions.filter(pk__lt=besides.pk) if besides is not None else decisions).first()
    if last is not None:
        review = getattr(last, "review", None)
        state = [str(last.public_id), review.choice if review else ""]
        yield EvidenceItem(DECISION_KEY, _("Latest decision"), _sha256(state))


def _customer(case: Case, hasher: _Hasher) -> Iterator[EvidenceItem]:
    for field in labels.CUSTOMER_FIELDS:
        if getattr(case.customer, field):
            key = f"customer:{field}"
            yield EvidenceItem(key, labels.customer_label(field), hasher.of(key, case.customer, field))


def _verification(verification: Verification, name: str, hasher: _Hasher) -> Iterator[EvidenceItem]:
    for field, words in labels.PROVIDER_FACTS.items():
        value = getattr(verification, field)
        if value:
            key = f"verification:{verification.public_id}:{field}"
            yield EvidenceItem(key, labels.part_label(name, str(words)), _sha256(value))
    for field, words in labels.VERIFICATION_FIELDS.items():
        if getattr(verification, field):
            key = f"verification:{verification.public_id}:{field}"
            yield EvidenceItem(key, labels.part_label(name, str(words)), hasher.of(key, verification, field))


def _documents(verifications: Mapping[int, Verification], names: Mapping[int, str]) -> Iterator[EvidenceItem]:
    counting = Document.objects.filter(verification__in=list(verifications), removed_at__isnull=True)
    for document in counting.order_by("pk"):
        name = names[document.verification_id or 0]
        yield EvidenceItem(f"document:{document.public_id}", labels.document_label(name, document), document.sha256)


def _sessions(verifications: Mapping[int, Verification], names: Mapping[int, str]) -> Iterator[EvidenceItem]:
    """What the provider found, not where the session stands: deleting it there later changes no evidence."""
    for session in VerificationSession.objects.filter(verification__in=list(verifications)).order_by("pk"):
        found = [session.recommendation, session.checks, session.risk, session.consent_granted]
        if any(found):
            label = labels.part_label(names[session.verification_id], _("checks of the session"))
            yield EvidenceItem(f"session:{session.public_id}", label, _sha256(found))


def _links(verifications: Mapping[int, Verification], names: Mapping[int, str]) -> Iterator[EvidenceItem]:
    for link in KycLink.objects.filter(verification__in=list(verifications)).order_by("pk"):
        found = [link.sections, link.watchlist_hits]
        if any(found):
            label = labels.part_label(names[link.verification_id], _("sections of the link"))
            yield EvidenceItem(f"link:{link.public_id}", label, _sha256(found))


def _readings(
    verifications: Mapping[int, Verification], names: Mapping[int, str], hasher: _Hasher
) -> Iterator[EvidenceItem]:
    for value in ExtractedValue.objects.filter(verification__in=list(verifications)).order_by("pk"):
        key = f"extracted:{verifications[value.verification_id].public_id}:{value.name}"
        label = labels.extracted_label(names[value.verification_id], value.name)
        yield EvidenceItem(key, label, hasher.of(key, value, "value", value.comparison))
    counting = MachineValue.objects.filter(
        reading__verification__in=list(verifications), reading__removed_at__isnull=True
    ).select_related("reading")
    for machine in counting.order_by("pk"):
        verification = verifications[machine.reading.verification_id]
        key = f"machine:{verification.public_id}:{machine.name}"
        more = (machine.check_digit, machine.comparison, machine.reading.is_confirmed)
        label = labels.machine_label(names[verification.pk], machine.name)
        yield EvidenceItem(key, label, hasher.of(key, machine, "value", *more))


def _resolutions(case: Case) -> Iterator[EvidenceItem]:
    newest: dict[str, DifferenceResolution] = {
        resolution.field: resolution for resolution in case.difference_resolutions.order_by("pk")
    }
    for field, resolution in newest.items():
        state = [str(resolution.public_id), resolution.reason, resolution.values_hash]
        yield EvidenceItem(f"difference:{field}", labels.difference_label(field), _sha256(state))


class _Hasher:
    """Hashes of values, sealed or plain, under one customer's key."""

    def __init__(self, customer_id: int) -> None:
        try:
            self._key = customer_key(customer_id)
        except SealedValueUnavailable:
            self._key = ""

    def of(self, key: str, record: Any, field: str, *more: object) -> str:
        """The hash of a column, with whatever else belongs to the item."""
        if not self._key:
            return _sha256("the customer's key was destroyed")
        digest = _sha256([self._clear(getattr(record, field), record, field), *more])
        return vault.keyed_hash(value=digest, wrapped_key=self._key, purpose=f"evidence:{key}")

    def _clear(self, value: object, record: Any, field: str) -> object:
        if not isinstance(value, Sealed):
            return value
        context = seal_context(record, field)
        try:
            return vault.unseal(token=value.token, wrapped_key=self._key, context=context).hex()
        except SealedValueUnavailable:
            return f"unreadable {value.token}"


def _sha256(value: object) -> str:
    text = json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def labels_of(found: Iterable[tuple[str, str]]) -> list[str]:
    """The words of ``changes`` alone."""
    return [words for _key, words in found]
