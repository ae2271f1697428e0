"""What was typed into the Capa link page, read into what a session keeps."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from .capa_details import SAMPLE_BUSINESS, SAMPLE_PERSON
from .capa_page_html import OWNERS
from .checks import DATE

LONGEST_TEXT = 300
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def sample_values(kind: str) -> dict[str, str]:
    """Values of the form's fields for an invented person or business."""
    if kind == "KYC":
        return dict(SAMPLE_PERSON)
    values = {name: str(value) for name, value in SAMPLE_BUSINESS.items() if name != "owners"}
    for number, owner in zip(OWNERS, SAMPLE_BUSINESS["owners"], strict=True):
        values |= {f"owner_{number}_name": owner["full_name"], f"owner_{number}_share": str(owner["share"])}
    return values


def read_form(kind: str, values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What was entered, and in plain words what is wrong with it."""
    return _read_person(values) if kind == "KYC" else _read_business(values)


def _read_person(values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    entered = {name: values.get(name, "").strip() for name in SAMPLE_PERSON}
    problems = [
        problem
        for name, problem in (("full_name", "Enter your full name."), ("id_number", "Enter the ID number."))
        if not 1 <= len(entered[name]) <= LONGEST_TEXT
    ]
    if not _is_past_date(entered["birth_date"]):
        problems.append("Enter your date of birth.")
    return entered, problems


def _read_business(values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    entered: dict[str, Any] = {name: values.get(name, "").strip() for name in ("business_name", "country", "tax_id")}
    entered["country"] = entered["country"].upper()
    problems = [
        problem
        for name, problem in (("business_name", "Enter the business name."), ("tax_id", "Enter the tax number."))
        if not 1 <= len(entered[name]) <= LONGEST_TEXT
    ]
    if not COUNTRY.fullmatch(entered["country"]):
        problems.append("Enter the country as two letters.")
    entered["owners"] = []
    for number in OWNERS:
        name, share = values.get(f"owner_{number}_name", "").strip(), values.get(f"owner_{number}_share", "").strip()
        if not name and not share and number > 1:
            continue
        percent = _percent(share)
        if percent is None or not 1 <= len(name) <= LONGEST_TEXT:
            problems.append(f"Enter name and share of owner {number}.")
        entered["owners"].append({"full_name": name, "share": percent})
    return entered, problems


def _percent(text: str) -> float | int | None:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text, re.ASCII) or float(text) > 100:
        return None
    return int(text) if text.isdigit() else float(text)


def _is_past_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text)) and dt.date.fromisoformat(text) < dt.datetime.now(dt.UTC).date()
    except ValueError:
        return False
