"""Checks of users before they are created. Contract: kraken-embed 7.1 and 7.3, payward-services 5.1 and 5.3."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from verifications.marking import gettext_noop as _
from verifications.providers.preflight_values import check_birth_date, check_country, check_text, check_word
from verifications.providers.provider_rules import RULES
from verifications.providers.types import Problem, UserProfile
from verifications.providers.vocabulary import OCCUPATIONS, values

MAX_INT32 = 2**31 - 1

_ANY_USER_ID = re.compile(r"[A-Z0-9 -]{14,42}")
_PHONE = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>()\",;:\\]+@[^\s@<>()\",;:\\]+\.[^\s@<>()\",;:\\.]+")
_LANGUAGE = re.compile(r"[a-z]{2}")
_TEXTS = (
    "external_id", "full_name.first_name", "full_name.middle_name", "full_name.last_name", "residence.line1",
    "residence.line2", "residence.city", "residence.province", "residence.postal_code", "city_of_birth",
    "employer_name",
)  # fmt: skip


def check_user_id(user_id: str, kind: str = "") -> Problem | None:
    """Check the form of a provider's user id; check digits are not enforced, the samples do not pass them."""
    rules = RULES.get(kind)
    pattern = rules.user_id_pattern if rules else _ANY_USER_ID
    rule = rules.cite_user_id if rules else "Kraken Embed 7.1, Payward Services 5.1"
    if pattern.fullmatch(user_id) and user_id == user_id.strip():
        return None
    spaces = _("A user id has 14 to 42 characters: capital letters A-Z, digits and, inside, spaces.")
    hyphens = _("A user id has 14 to 42 characters: capital letters A-Z, digits and, inside, spaces and hyphens.")
    return Problem("user_id", spaces if kind == "KRAKEN_EMBED" else hyphens, rule)


def check_user_profile(kind: str, profile: UserProfile, *, today: dt.date | None = None) -> list[Problem]:
    """Give every broken rule of a profile; ``field`` is the ``UserProfile`` member, dotted for names and addresses."""
    rules = RULES[kind]
    rule = rules.cite_profile
    problems = [
        Problem(name, _("Fill this in."), rule)
        for name in rules.required_profile_members
        if is_missing(member_of(profile, name))
    ]
    found: list[Problem | None] = [
        check_text(name, value, rule=rule) for name in _TEXTS if not is_missing(value := member_of(profile, name))
    ]
    if profile.email and not is_email(profile.email):
        found.append(Problem("email", _("Enter an e-mail address such as name@example.org."), rule))
    if profile.phone and not _PHONE.fullmatch(profile.phone):
        found.append(
            Problem("phone", _("Enter the phone number with country code, digits only, as in +4930123456."), rule)
        )
    found += [
        check_country(name, code, rule=rules.cite_countries)
        for name, code in (
            ("residence.country", profile.residence.country),
            ("country_of_birth", profile.country_of_birth),
            *(("nationalities", code) for code in profile.nationalities),
            *(("tax_ids", one.issuing_country) for one in profile.tax_ids),
        )
        if code is not None and (name == "nationalities" or not is_missing(code))
    ]
    if profile.date_of_birth is not None:
        day = today or dt.datetime.now(dt.UTC).date()
        found.append(check_birth_date("date_of_birth", profile.date_of_birth, today=day, rule=rule))
    if profile.occupation:
        found.append(check_word("occupation", profile.occupation, values(OCCUPATIONS), rule=rule))
    found += [
        Problem("tax_ids", _("Enter number and country of each tax id."), rule)
        if is_missing(one.id) or is_missing(one.issuing_country)
        else check_text("tax_ids", one.id, rule=rule)
        for one in profile.tax_ids
    ]
    if profile.language and not _LANGUAGE.fullmatch(profile.language):
        found.append(Problem("language", _("Enter a language as two small letters, as in en."), rule))
    terms = profile.tos_version_accepted
    if terms is not None and not 0 <= terms <= MAX_INT32:
        found.append(Problem("tos_version_accepted", _("Enter the version number of the accepted terms."), rule))
    return problems + [problem for problem in found if problem is not None]


def is_email(text: str) -> bool:
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def member_of(thing: Any, dotted: str) -> Any:
    """Give a member by its dotted name; ``None`` when a part of the way is not set."""
    for name in dotted.split("."):
        thing = None if thing is None else getattr(thing, name)
    return thing


def is_missing(value: Any) -> bool:
    return value is None or value == () or (isinstance(value, str) and not value.strip())
