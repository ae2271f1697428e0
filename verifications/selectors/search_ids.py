"""Records by any id or exact number: one query over an index each."""

from __future__ import annotations

import functools
import hashlib
import re
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from verifications import vault
from verifications.enums import KeyPurpose
from verifications.models import (
    Case,
    Customer,
    Document,
    ExtractedValue,
    KycLink,
    ProviderAccount,
    ProviderCall,
    ProviderNotification,
    ProviderUser,
    ReceivedWebhook,
    Reconciliation,
    SessionImage,
    Verification,
    VerificationSession,
)
from verifications.selectors.keys import purpose_key

OUR_ID = _("id of the portal")
PROVIDERS_ID = _("provider’s id")
USER_ID = _("provider’s user id")
NUMBER = _("document number")
FILE = _("file’s SHA-256")
ADDRESS = _("address given to the customer")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{12,64}", re.IGNORECASE)
_CASE = re.compile(r"(?:CASE-?)?(\d{1,17})", re.IGNORECASE | re.ASCII)
_PHONE = re.compile(r"[+(]?[\d\s()./-]{5,30}", re.ASCII)
_LAST_PART = re.compile(r"https?://[^\s?#]+/([\w-]{20,})/?(?:go/?)?$", re.ASCII)


@dataclass(frozen=True)
class Lookup:
    """One indexed column that may hold what was typed. ``leads_to`` is the column with the key of the record found."""

    kind: str
    reason: Promise
    model: type[models.Model]
    column: str
    form: str
    leads_to: str = "id"
    only: str = ""
    """A condition more, in SQL: what a partial index leaves out has to be said here, or it is not used."""


LOOKUPS: tuple[Lookup, ...] = (
    Lookup("customer", _("reference"), Customer, "reference", "text"),
    Lookup("customer", OUR_ID, Customer, "public_id", "uuid"),
    Lookup("customer", _("e-mail address"), Customer, "email_hash", "email"),
    Lookup("customer", _("phone number"), Customer, "phone_hash", "phone"),
    Lookup("customer", USER_ID, ProviderUser, "provider_reference", "text", "customer_id"),
    Lookup("customer", USER_ID, ProviderUser, "external_reference", "text", "customer_id"),
    Lookup("customer", USER_ID, ProviderUser, "public_id", "uuid", "customer_id"),
    Lookup("case", _("case number"), Case, "id", "case"),
    Lookup("case", OUR_ID, Case, "public_id", "uuid"),
    Lookup("verification", PROVIDERS_ID, Verification, "provider_reference", "text"),
    Lookup("verification", _("verifier’s id"), Verification, "external_verification_id", "text"),
    Lookup("verification", NUMBER, Verification, "document_number_hash", "document_number"),
    Lookup(
        "verification",
        NUMBER,
        ExtractedValue,
        "value_hash",
        "document_number",
        "verification_id",
        only="NOT (value_hash = '')",
    ),
    Lookup("verification", OUR_ID, Verification, "public_id", "uuid"),
    Lookup("verification", FILE, Document, "sha256", "sha256", "verification_id"),
    Lookup("verification", _("document’s id"), Document, "public_id", "uuid", "verification_id"),
    Lookup("verification", OUR_ID, Reconciliation, "public_id", "uuid", "verification_id"),
    Lookup("verification", _("webhook’s id"), ReceivedWebhook, "public_id", "uuid", "verification_id"),
    Lookup("session", PROVIDERS_ID, VerificationSession, "provider_reference", "text"),
    Lookup("session", OUR_ID, VerificationSession, "public_id", "uuid"),
    Lookup("session", ADDRESS, VerificationSession, "handover_hash", "token"),
    Lookup("session", _("image’s id"), SessionImage, "provider_reference", "text", "session_id"),
    Lookup("session", _("image’s id"), SessionImage, "public_id", "uuid", "session_id"),
    Lookup("link", OUR_ID, KycLink, "public_id", "uuid"),
    Lookup("link", PROVIDERS_ID, KycLink, "session_reference", "text", only="NOT (session_reference = '')"),
    Lookup("link", ADDRESS, KycLink, "url_hash", "address", only="NOT (url_hash = '')"),
    Lookup("call", OUR_ID, ProviderCall, "public_id", "uuid"),
    Lookup("call", _("provider’s trace id"), ProviderCall, "trace_id", "text", only="NOT (trace_id = '')"),
    Lookup("delivery", OUR_ID, ProviderNotification, "public_id", "uuid"),
    Lookup("delivery", PROVIDERS_ID, ProviderNotification, "provider_reference", "text"),
    Lookup("account", OUR_ID, ProviderAccount, "public_id", "uuid"),
    Lookup(
        "account", _("webhook’s id"), ReceivedWebhook, "public_id", "uuid", "account_id", only="verification_id IS NULL"
    ),
)


def found_by_id(text: str, *, kinds: Collection[str], limit: int) -> dict[tuple[str, int], Promise]:
    """(kind, key) of every record that ``text`` is an id or an exact number of -> why. At most two queries.

    Sealed numbers are found by their keyed hash; nothing is decrypted.
    """
    values = values_of(text)
    statements, parameters = [], []
    for number, lookup in enumerate(LOOKUPS):
        value = values.get(lookup.form)
        if lookup.kind in kinds and value:
            statements.append(_statement(number, limit, len(value)))
            parameters += _adapted(lookup, value)
    if not statements:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), parameters)
        rows = cursor.fetchall()
    found: dict[tuple[str, int], Promise] = {}
    for number, key in rows:
        if key is not None:
            found.setdefault((LOOKUPS[number].kind, int(key)), LOOKUPS[number].reason)
    return found


def values_of(text: str) -> dict[str, Sequence[Any]]:
    """What was typed, in each form it may be looked for: only in those that it has the shape of."""
    values: dict[str, Sequence[Any]] = {"text": sorted({text, text.lower(), text.upper()})}
    if "://" in text or text.startswith("/"):
        values = {"address": [_digest(text)]}
        if last := _LAST_PART.fullmatch(text):
            values["token"] = [_digest(last[1])]
        if inside := _UUID.search(text):
            values["uuid"] = [uuid.UUID(inside[0])]
        return values
    if _UUID.fullmatch(text):
        values["uuid"] = [uuid.UUID(text)]
    if _SHA.fullmatch(text):
        values["sha256"] = [text.lower(), text.lower() + "g"]
    if number := _CASE.fullmatch(text):
        values["case"] = [int(number[1])]
    return values | _hashed(text)


def _hashed(text: str) -> dict[str, Sequence[str]]:
    shapes = {
        "email": "@" in text,
        "phone": bool(_PHONE.fullmatch(text)),
        "document_number": any(letter.isalnum() for letter in text) and len(text) <= 80,
    }
    if not any(shapes.values()):
        return {}
    key = purpose_key(KeyPurpose.SEARCH)
    return {
        purpose: [vault.keyed_hash(value=text, wrapped_key=key, purpose=purpose)]
        for purpose, fits in shapes.items()
        if fits
    }


def _digest(value: str) -> str:
    """Addresses and tokens are kept as their SHA-256: too random to be guessed from it."""
    return hashlib.sha256(value.encode()).hexdigest()


@functools.cache
def _statement(number: int, limit: int, values: int) -> str:
    """One part of the union: which look-up, and the key of what it found."""
    lookup = LOOKUPS[number]
    quote: Callable[[str], str] = connection.ops.quote_name
    table, column = quote(lookup.model._meta.db_table), quote(lookup.column)
    if lookup.form == "sha256":
        condition = f"{column} >= %s AND {column} < %s"
    else:
        condition = f"{column} IN ({', '.join(['%s'] * values)})"
    if lookup.only:
        condition += f" AND {lookup.only}"
    inner = f"SELECT {number} AS lookup, {quote(lookup.leads_to)} AS found FROM {table} WHERE {condition} LIMIT {limit}"  # noqa: S608 - names from the models alone
    return f"SELECT lookup, found FROM ({inner}) AS part{number}"  # noqa: S608 - as above


def _adapted(lookup: Lookup, values: Sequence[Any]) -> list[Any]:
    field: Any = lookup.model._meta.get_field(lookup.column)
    return [field.get_db_prep_value(value, connection, prepared=False) for value in values]
