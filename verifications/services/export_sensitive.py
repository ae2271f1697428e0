"""Exports with personal data: opened some records at a time, with an access event for each before it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from verifications.enums import AccessAction
from verifications.exporting.kinds import Kind
from verifications.models import ExtractedValue
from verifications.selectors.export_columns import RECORDS
from verifications.selectors.exports.columns import Column
from verifications.selectors.exports.lines import source_of
from verifications.selectors.keys import place_context
from verifications.services.audit import Seen, record_many_accesses
from verifications.services.sealed_values import SealedCell, open_cells

AT_ONCE = 500
KNOWN = 4
"""Columns before those of the export: key, public id, customer's key and public id."""
Rows = list[list[Any]]


def opened_rows(export: Any, records: QuerySet[Any], columns: Sequence[Column]) -> Iterator[Rows]:
    """The records' values in clear, in the order of their keys.

    Each batch is read, opened and entered into the access log in one transaction of its own; it is given out once that
    stands. A value whose key was destroyed is empty. Raises ``SealedValueUnavailable`` for one that was altered.
    """
    last = records.order_by("-pk").values_list("pk", flat=True).first()
    above = -1
    while last is not None and above < last:
        batch = records.filter(pk__gt=above, pk__lte=last).order_by("pk")[:AT_ONCE]
        with transaction.atomic():
            found = list(batch.values_list(*_sources(export.kind, records.model, columns)))
            rows = _opened(found, records.model, columns)
            _record(export, found, records.model, columns)
        if not found:
            return
        above = found[-1][0]
        yield rows


def _sources(kind: str, model: type[Model], columns: Sequence[Column]) -> list[Any]:
    """What is selected: ``KNOWN``, the columns, then the public id of the row each sealed column stands in."""
    customer = RECORDS[kind].customer
    whose = "public_id" if customer == "pk" else f"{customer.removesuffix('_id')}__public_id"
    sources: list[Any] = [F("pk"), F("public_id"), F(customer), F(whose)]
    sources += [F("pk") if one.is_extracted else F(one.path) if one.is_sealed else source_of(one) for one in columns]
    return sources + [F(_home(model, one)[1]) for one in columns if one.is_sealed]


def _home(model: type[Model], column: Column) -> tuple[type[Model], str, str]:
    """Of a sealed column: its model, the path to that row's public id, and its name there."""
    *way, field = str(column.path).split("__")
    for step in way:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model, "__".join([*way, "public_id"]), field


def _opened(found: list[tuple[Any, ...]], model: type[Model], columns: Sequence[Column]) -> Rows:
    rows: Rows = [list(row[KNOWN : KNOWN + len(columns)]) for row in found]
    places = [number for number, column in enumerate(columns) if column.is_sealed]
    for extra, number in enumerate(places):
        home, _path, field = _home(model, columns[number])
        cells = [
            SealedCell(row[2], place_context(home, field, row[KNOWN + len(columns) + extra]), row[KNOWN + number])
            for row in found
        ]
        for row, text in zip(rows, open_cells(cells), strict=True):
            row[number] = _json(text) if columns[number].kind == Kind.JSON else text
    for number, column in enumerate(columns):
        if column.is_extracted:
            values = _extracted([row[0] for row in found])
            for row, known in zip(rows, found, strict=True):
                row[number] = json.dumps(values.get(known[0], {}), ensure_ascii=False)
    return rows


def _json(text: str | None) -> str | None:
    return None if not text else json.dumps(json.loads(text), ensure_ascii=False)


def _extracted(verification_ids: list[int]) -> dict[int, dict[str, str | None]]:
    """Verification -> what was read for it, by the provider's names."""
    rows = list(
        ExtractedValue.objects.filter(verification_id__in=verification_ids)
        .order_by("verification_id", "position")
        .values_list("verification_id", "name", "customer_id", "public_id", "value")
    )
    cells = [
        SealedCell(customer_id, place_context(ExtractedValue, "value", public_id), value)  # type: ignore[arg-type]
        for _verification, _name, customer_id, public_id, value in rows
    ]
    found: dict[int, dict[str, str | None]] = {}
    for (verification_id, name, *_rest), text in zip(rows, open_cells(cells), strict=True):
        found.setdefault(verification_id, {})[name] = text
    return found


def _record(export: Any, found: list[tuple[Any, ...]], model: type[Model], columns: Sequence[Column]) -> None:
    record_many_accesses(
        action=AccessAction.RECORD_EXPORTED,
        actor=f"user:{export.requested_by_id}",
        seen=[Seen(model.__name__, str(row[1]), row[3]) for row in found],
        at=timezone.now(),
        purpose=export.purpose,
        details={
            "export": str(export.public_id),
            "fields": [column.name for column in columns if column.sensitive],
        },
    )
