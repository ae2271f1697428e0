"""What was noticed while reading a zone, and why two values count as the same or not, in words. No personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from verifications.documents.comparison import VALUE_WHY
from verifications.documents.name_comparison import WHY
from verifications.documents.readings import NOTES, WARNINGS
from verifications.selectors.marked_words import continued

OWN_WHY = {
    "middle_name_left_out": gettext_lazy("The document leaves the middle name out."),
    "postal_code": gettext_lazy("The postal codes differ."),
}
SENTENCES = {
    ("same", "entered"): gettext_lazy("Same, compared with what was entered: %(why)s"),
    ("same", "record"): gettext_lazy("Same, compared with the customer's record: %(why)s"),
    ("same", "provider"): gettext_lazy("Same, compared with what the provider read: %(why)s"),
    ("similar", "entered"): gettext_lazy("Similar, compared with what was entered: %(why)s"),
    ("similar", "record"): gettext_lazy("Similar, compared with the customer's record: %(why)s"),
    ("similar", "provider"): gettext_lazy("Similar, compared with what the provider read: %(why)s"),
    ("different", "entered"): gettext_lazy("Different, compared with what was entered: %(why)s"),
    ("different", "record"): gettext_lazy("Different, compared with the customer's record: %(why)s"),
    ("different", "provider"): gettext_lazy("Different, compared with what the provider read: %(why)s"),
}
UNREMARKABLE = frozenset({"identical", "case_or_accents", "same_country", "not_entered", "not_read"})
"""What needs no word beside the two values."""
PARTS = {
    "composite": gettext_lazy("Whole zone"),
    "optional_data": gettext_lazy("Optional data"),
    "optional_data_2": gettext_lazy("Optional data, second part"),
    "document_code": gettext_lazy("Kind of document"),
}


def why_words(why: str, *, short: bool = False) -> str:
    """``Similar, compared with what was entered: one letter differs.`` for the codes of a ``MachineValue``.

    ``short``: the reason alone. Empty where it needs no word.
    """
    result, code, source, count = [*why.split(":"), "", "", ""][:4] if why else ("", "", "", "")
    text = WHY.get(code) or VALUE_WHY.get(code)
    if code in UNREMARKABLE or (text is None and code not in OWN_WHY):
        return ""
    words = str(OWN_WHY[code]) if code in OWN_WHY else (_(text) if text else "") % {"count": count}
    if short or result == "not_compared":
        return words
    sentence = SENTENCES.get((result, source)) or SENTENCES["different", "record"]
    return str(sentence) % {"why": continued(words)}


def _words(code: str, found: dict[str, Any]) -> str:
    template, values = WARNINGS.get(code) or NOTES.get(code), found.get("values", {})
    if code == "expired" and str(values.get("days", "")).isdecimal():
        days = int(values["days"])
        return ngettext("The document expired %(days)d day ago.", "The document expired %(days)d days ago.", days) % {
            "days": days
        }
    try:
        return _(template) % values if template else str(found.get("message", ""))
    except (KeyError, TypeError, ValueError):
        return str(found.get("message", ""))


def findings_today(findings: Iterable[dict[str, Any]], *, expires: str, today: dt.date) -> list[dict[str, Any]]:
    """The findings as of today: time goes on after a reading, and a document that was valid then may have expired.

    ``expires`` is the last day as the reading has it, ISO, or empty.
    """
    found = list(findings)
    try:
        last_day = dt.date.fromisoformat(expires)
    except ValueError:
        return found
    found = [one for one in found if one.get("code") != "expired"]
    if last_day < today:
        values = {"days": str((today - last_day).days)}
        found.append({"code": "expired", "field": "expiration_date", "severity": "warning", "values": values})
    return found


def finding_words(findings: Iterable[dict[str, Any]], *, severity: str, labels: dict[str, Any]) -> list[str]:
    """The findings of this severity, each with the value it is about."""
    told = []
    for found in findings:
        if found.get("severity") != severity:
            continue
        code = str(found.get("code", ""))
        words = _words(code, found)
        field = str(found.get("field", ""))
        label = labels.get(field) or PARTS.get(field)
        told.append(f"{label}: {words}" if label else words)
    return told
