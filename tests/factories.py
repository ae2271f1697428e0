"""Records for tests, made through the services wherever a person would."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from verifications.documents.specimens import make_specimen
from verifications.enums import ProviderUserOrigin, ProviderUserStatus, VerificationMethod, VerificationType
from verifications.models import Customer, Document, ProviderAccount, ProviderUser, Verification
from verifications.services.customers import AddressData, CustomerData, create_customer
from verifications.services.documents import store_upload
from verifications.services.provider_accounts import AccountData, create_account
from verifications.services.verification_data import VerificationData
from verifications.services.verifications import change_metadata, create_verification

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
ACTOR = "system:command"
SECRET = "dGhyb3dhd2F5LWVtYmVkLXZlY3Rvci1zZWNyZXQtbmV2ZXItaXNzdWVkLWJ5LWFueW9uZS0wMTIzNDU2Nzg5IQ=="
_numbers = itertools.count(1)


def make_user(role: str | None = None, *, username: str = "", **more: Any) -> Any:
    number = next(_numbers)
    user = get_user_model().objects.create_user(
        username or f"person{number}", f"person{number}@example.org", "correct horse battery", **more
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_customer(**changes: Any) -> Customer:
    number = next(_numbers)
    entered: dict[str, Any] = {
        "reference": f"cust-{number}",
        "first_name": "Zoë",
        "last_name": "Exämple",
        "nationalities": ("AD",),
        "date_of_birth": dt.date(1990, 4, 15),
        "email": f"zoe{number}@example.org",
        "phone": "+376300100",
        "occupation": "education",
        "tos_version_accepted": 1,
        "address": AddressData(line1="Carrer Major 1", city="Andorra la Vella", postal_code="AD500", country="AD"),
    }
    return create_customer(data=CustomerData(**(entered | changes)), actor=ACTOR, at=NOON)


def make_account(kind: str = "KRAKEN_EMBED", **changes: Any) -> ProviderAccount:
    number = next(_numbers)
    entered: dict[str, Any] = {
        "name": f"Account {number}",
        "kind": kind,
        "environment": "SANDBOX",
        "base_url": "http://127.0.0.1:9",
        "key_id": f"key-{number}",
        "secret": SECRET,
        "enabled_types": ("identity_document", "residence_document", "selfie", "tax_id_document", "watchlists"),
        "allowed_document_hosts": ("127.0.0.1:8000",),
        "headless_users_allowed": True,
    }
    return create_account(data=AccountData(**(entered | changes)), actor=ACTOR, at=NOON)


def make_provider_user(
    customer: Customer | None = None, account: ProviderAccount | None = None, **changes: Any
) -> ProviderUser:
    number = next(_numbers)
    row: dict[str, Any] = {
        "origin": ProviderUserOrigin.LINKED,
        "status": ProviderUserStatus.LINKED,
        "provider_reference": f"AA95N84GTEST{number:04d}",
        "state": "ok",
        "required_actions": [
            {"kind": "verification", "subject": "identity", "reasons": ["initial_onboarding"], "deadline": ""}
        ],
        "read_at": NOON,
        "created_at": NOON,
    }
    return ProviderUser.objects.create(
        customer=customer or make_customer(), account=account or make_account(), **(row | changes)
    )


IDENTITY = VerificationData(
    verifier="example-idv",
    verified_at=NOON - dt.timedelta(hours=1),
    first_name="Zoë",
    last_name="Exämple",
    date_of_birth=dt.date(1990, 4, 15),
    document_type="passport",
    document_number="X1234567",
    issuing_country="AD",
)


def make_draft(
    provider_user: ProviderUser | None = None,
    *,
    method: str = VerificationMethod.DOCUMENTS,
    type: str = VerificationType.IDENTITY_DOCUMENT,
    data: VerificationData = IDENTITY,
    with_front: bool = True,
) -> Verification:
    """A draft that passes the preflight: filled in, with a specimen passport as its front."""
    provider_user = provider_user or make_provider_user()
    verification = create_verification(
        provider_user_id=provider_user.pk, method=method, type=type, actor=ACTOR, at=NOON
    )
    change_metadata(verification_id=verification.pk, data=data, actor=ACTOR, at=NOON)
    if with_front:
        upload(verification, "front", specimen())
    return Verification.objects.select_related("account", "customer", "provider_user").get(pk=verification.pk)


_passport: list[bytes] = []


def specimen() -> bytes:
    """One drawn specimen passport, made once a run."""
    if not _passport:
        content, _name, _type = make_specimen(
            "passport",
            name="Zoë Exämple",
            number="X1234567",
            country="AD",
            birth_date=dt.date(1990, 4, 15),
            expiry_date=dt.date(2031, 2, 3),
            seed=7,
        )
        _passport.append(content)
    return _passport[0]


def upload(verification: Verification, slot: str, content: bytes, *, name: str = "passport.jpg") -> Document:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with transaction.atomic():
            return store_upload(
                verification_id=verification.pk,
                slot=slot,
                path=Path(file.name),
                claimed_name=name,
                actor=ACTOR,
                at=NOON,
            )
