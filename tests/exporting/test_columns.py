"""Columns and filters of every kind: what is personal stands apart, and filters are those of the lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import Field
from django.db.models.constants import LOOKUP_SEP

from tests.factories import NOON, make_customer, make_draft, make_user
from tests.services.decision_support import answered_case, decide, senior
from verifications.enums import ExportKind
from verifications.exporting.formulas import is_formula
from verifications.exporting.kinds import WORDS, Kind
from verifications.models import AuditEvent, Case, SealedField
from verifications.selectors.export_columns import (
    RECORDS,
    UnknownColumn,
    UnknownFilter,
    chosen_columns,
    columns_of,
    filters_of,
    permission_of,
    read_filters,
    records_for,
)

PERSONAL = {
    *("first_name", "middle_name", "last_name", "business_name", "city_of_birth", "country_of_birth", "nationalities"),
    *("occupation", "employer_name", "date_of_birth", "email", "phone", "address", "tax_ids", "nationality"),
    *("document_number", "screenings", "rationale", "note"),
}
"""Fields of the models that are about a person and stand in no list."""


def field_of(kind: str, column: Any) -> Field | None:
    """The model's field a column shows as it is; ``None`` for what is put together."""
    if not isinstance(column.path, str) or column.is_extracted:
        return None
    model = RECORDS[kind].matching({}, 1, NOON).model
    *way, name = column.path.split(LOOKUP_SEP)
    for step in way:
        model = model._meta.get_field(step).related_model
    return (
        model._meta.pk
        if name == "pk"
        else model._meta.get_field(
            name.removesuffix("_id") if name in {"case_id", "made_by_id", "reviewed_by_id"} else name
        )
    )


COLUMNS = [(kind, column) for kind in RECORDS for column in columns_of(kind)]


@pytest.mark.parametrize(("kind", "column"), COLUMNS, ids=lambda one: getattr(one, "name", one))
def test_a_column_is_told_and_sensitive_where_its_field_is(kind: str, column: Any) -> None:
    field = field_of(kind, column)

    assert column.label
    assert column.description
    assert WORDS[column.kind]
    if field is not None:
        assert column.is_sealed == isinstance(field, SealedField)
        assert column.sensitive == (field.name in PERSONAL)
    else:
        assert column.sensitive == (column.name in {"customer_name", "extracted_values"})


@pytest.mark.parametrize("kind", RECORDS)
def test_a_code_is_a_choice_and_no_choice_is_a_formula(kind: str) -> None:
    for column in columns_of(kind):
        if column.kind == Kind.CODE:
            field = field_of(kind, column)
            assert field is not None
            values = [str(value) for value, _label in field.flatchoices]
            assert values, column.name
            assert not any(is_formula(value) or {",", '"', "\n"} & set(value) for value in values)


@pytest.mark.parametrize("kind", RECORDS)
def test_names_are_unique_and_sensitive_columns_stand_last(kind: str) -> None:
    columns = columns_of(kind)

    assert len({column.name for column in columns}) == len(columns)
    assert all(column.name.isidentifier() and column.name.islower() for column in columns)
    assert [column.sensitive for column in columns] == sorted(column.sensitive for column in columns)


def test_a_pack_has_no_columns_and_takes_the_right_to_see_cases() -> None:
    assert (columns_of(ExportKind.PACK), filters_of(ExportKind.PACK)) == ([], [])
    assert permission_of(ExportKind.PACK) == "view_case"


def test_columns_are_chosen_by_name_and_sensitive_ones_only_where_asked_for() -> None:
    plain = chosen_columns("CUSTOMERS", [], with_sensitive=False)

    assert not any(column.sensitive for column in plain)
    assert [one.name for one in chosen_columns("CUSTOMERS", ["email", "kind"], with_sensitive=True)] == [
        "kind",
        "email",
    ]
    for names in (["email"], ["nothing"]):
        with pytest.raises(UnknownColumn):
            chosen_columns("CUSTOMERS", names, with_sensitive=False)


def test_filters_are_kept_as_they_will_be_used() -> None:
    wished = {"view": "open", "state": ["NEEDS_DECISION", "SENDING"], "owner": "me", "risk": "", "period": "7"}

    kept = read_filters("CASES", wished, user_id=7, now=NOON)

    assert kept == {
        "view": "open",
        "state": ["NEEDS_DECISION", "SENDING"],
        "owner": "7",
        "from": (NOON.date() - dt.timedelta(days=6)).isoformat(),
        "until": NOON.date().isoformat(),
    }


@pytest.mark.parametrize(
    ("kind", "filters", "name"),
    [
        ("CASES", {"find": "abcdefgh"}, "find"),
        ("CASES", {"risk": "ENORMOUS"}, "risk"),
        ("CASES", {"risk": ["HIGH", "LOW"]}, "risk"),
        ("AUDIT", {"customer": "Zoë"}, "customer"),
        ("LINKS", {"country": "mx"}, "country"),
        ("DECISIONS", {"from": "2026-02-30"}, "from"),
        ("DECISIONS", {"from": "2026-03-02", "until": "2026-03-01"}, "until"),
        ("CUSTOMERS", {"period": "forever"}, "period"),
    ],
)
def test_an_unknown_filter_is_refused_by_name(kind: str, filters: dict[str, Any], name: str) -> None:
    with pytest.raises(UnknownFilter) as refused:
        read_filters(kind, filters, user_id=7, now=NOON)

    assert refused.value.name == name


@pytest.mark.django_db
def test_cases_are_all_of_them_unless_a_view_is_chosen() -> None:
    closed = answered_case()
    decide(closed, senior())
    waits = answered_case()
    user = make_user()

    found = {view: set(found_cases({"view": view} if view else {}, user.pk)) for view in ("", "open", "closed", "mine")}

    is_closed = Case.objects.get(pk=closed.pk).closed_at is not None
    assert found == {
        "": {closed.pk, waits.pk},
        "open": {waits.pk} if is_closed else {closed.pk, waits.pk},
        "closed": {closed.pk} if is_closed else set(),
        "mine": set(),
    }


def found_cases(filters: dict[str, Any], user_id: int) -> list[int]:
    return list(records_for("CASES", filters, user_id=user_id, now=NOON).values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_range_of_days_holds_both_its_ends() -> None:
    make_customer()
    today, tomorrow = (str(NOON.date() + dt.timedelta(days=days)) for days in (0, 1))

    def count(**days: str) -> int:
        filters = {name.rstrip("_"): day for name, day in days.items()}
        return records_for("CUSTOMERS", filters, user_id=1, now=NOON).count()

    assert [count(from_=today, until=today), count(from_=tomorrow), count(until=today), count()] == [1, 0, 1, 1]


@pytest.mark.django_db
def test_every_filter_finds_and_leaves_out() -> None:
    draft = make_draft()
    customer = str(draft.customer.public_id)

    def count(kind: str, **filters: Any) -> int:
        return records_for(kind, filters, user_id=1, now=NOON).count()

    assert count("VERIFICATIONS", status="DRAFT", provider="KRAKEN_EMBED") == 1
    assert count("VERIFICATIONS", status="ACCEPTED") == 0
    assert count("AUDIT", customer=customer) == AuditEvent.objects.filter(customer_id=customer).count() > 0
    assert count("AUDIT", customer=customer, action="list.exported") == 0
    assert count("SESSIONS", uncopied="1") == count("LINKS", country="MX") == count("CALLS", dead="1") == 0
