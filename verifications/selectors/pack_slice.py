"""The part of the record log that goes into a pack: lines as they were sealed, with proofs and headers of the seals."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from verifications.enums import LogKind
from verifications.integrity.verify_records import canonical
from verifications.models import AuditEvent, LogSeal
from verifications.packs.disclosure import INTERNAL, RULES, Disclosure
from verifications.selectors.log_rows import entries_by_id
from verifications.selectors.pack_people import USER
from verifications.selectors.seals import SealHead, head_object, header_fields, proofs_of


@dataclass(frozen=True)
class PackSlice:
    """``lines``, ``proofs`` and ``seals`` are the three files; ``heads`` are the seals that the pack rests on."""

    lines: bytes
    proofs: bytes
    seals: bytes
    heads: dict[str, dict[str, object]]
    key_ids: Collection[str]
    count: int


def pack_slice(events: list[AuditEvent], disclosure: Disclosure, *, as_of: dt.datetime) -> PackSlice | None:
    """The events that the variant tells; ``None`` while some of them are not sealed yet."""
    told = _told(events, disclosure)
    ids = [event.pk for event in told]
    proofs = proofs_of(LogKind.AUDIT, ids)
    if len(proofs) < len(set(ids)):
        return None
    hidden = _without_texts(told, disclosure)
    entries = entries_by_id(LogKind.AUDIT, ids)
    lines, proven = [], []
    for row_id in sorted(ids, key=lambda one: proofs[one].sequence):
        entry, proof = entries[row_id], proofs[row_id]
        texts = b"{}" if row_id in hidden else entry.texts
        lines.append(b'{"record":%b,"texts":%b}\n' % (entry.record, texts))
        proven.append(
            _line(
                {
                    "sequence": proof.sequence,
                    "number": proof.number,
                    "index": proof.index,
                    "count": proof.count,
                    "path": proof.path,
                    "id": row_id,
                }
            )
        )
    numbers = {proof.number for proof in proofs.values()}
    seals = list(LogSeal.objects.filter(log=LogKind.AUDIT, number__in=numbers).defer("entries").order_by("number"))
    return PackSlice(
        lines=b"".join(lines),
        proofs=b"".join(proven),
        seals=b"".join(_line(_seal(seal)) for seal in seals),
        heads=_heads(seals[-1] if seals else None, as_of),
        key_ids=sorted({seal.key_id for seal in seals}),
        count=len(lines),
    )


def _told(events: list[AuditEvent], disclosure: Disclosure) -> list[AuditEvent]:
    """Those of the variant; how many others there are is on its list, and not of which kind: that may tip off."""
    told = [event for event in events if disclosure.tells_event(event.action, event.details)]
    if left_out := len(events) - len(told):
        reason = INTERNAL if disclosure.is_for_subject else RULES
        disclosure.hold(_("Events of the record log"), reason, count=left_out)
    return told


def _without_texts(events: list[AuditEvent], disclosure: Disclosure) -> set[int]:
    """Ids of events whose names and reasons stay out. Their records are sealed, so they still verify."""
    if disclosure.is_for_subject:
        return {event.pk for event in events if event.actor.startswith(USER)}
    hidden = set()
    for event in events:
        what = _("Reason in the record log: %(action)s") % {"action": event.get_action_display()}
        if disclosure.text(event.reason, what, record=event.event_id) is None:
            hidden.add(event.pk)
    return hidden


def _heads(newest: LogSeal | None, as_of: dt.datetime) -> dict[str, dict[str, object]]:
    """The seal of the last event that goes in; of the access log the last seal before it."""
    heads = {}
    if newest is not None:
        heads[LogKind.AUDIT.value] = _head(newest)
    looks = LogSeal.objects.filter(log=LogKind.ACCESS, sealed_at__lte=as_of).defer("entries").order_by("-number")
    if (last := looks.first()) is not None:
        heads[LogKind.ACCESS.value] = _head(last)
    return heads


def _head(seal: LogSeal) -> dict[str, object]:
    return head_object(SealHead(LogKind(seal.log), seal.number, seal.last, seal.digest, seal.sealed_at))


def _seal(seal: LogSeal) -> dict[str, object]:
    return {"digest": seal.digest, "header": header_fields(seal), "signature": seal.signature}


def _line(value: dict[str, Any]) -> bytes:
    return canonical(value) + b"\n"


def as_json(value: object) -> bytes:
    """An object for people and machines: sorted, indented, in UTF-8."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"
