"""What a column holds, which says how its cells are written."""

from __future__ import annotations

from enum import StrEnum

from verifications.marking import gettext_noop


class Kind(StrEnum):
    TEXT = "text"
    CODE = "code"
    """One of the portal's own words."""
    ID = "id"
    """A UUID."""
    CASE = "case"
    """The key of a case, written as its number: CASE-00042."""
    INT = "int"
    TIME = "time"
    DATE = "date"
    BOOL = "bool"
    JSON = "json"
    """An object or a list; the value is its JSON text."""


WORDS = {
    Kind.TEXT: gettext_noop("text"),
    Kind.CODE: gettext_noop("code"),
    Kind.ID: gettext_noop("id (UUID)"),
    Kind.CASE: gettext_noop("case number"),
    Kind.INT: gettext_noop("whole number"),
    Kind.TIME: gettext_noop("time, ISO 8601 in UTC"),
    Kind.DATE: gettext_noop("date, ISO 8601"),
    Kind.BOOL: gettext_noop("true or false"),
    Kind.JSON: gettext_noop("JSON"),
}
