"""Accounts, and people in threads who draft and submit through the portal's own services."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from tests.chaos.processes import Fleet
from tests.factories import ACTOR, IDENTITY, make_customer, make_draft, specimen, upload
from verifications.enums import (
    ProviderKind,
    ProviderUserOrigin,
    ProviderUserStatus,
    VerificationMethod,
    VerificationStatus,
    VerificationType,
)
from verifications.errors import InvalidTransition
from verifications.models import Document, DocumentRendition, ProviderAccount, ProviderUser, Verification
from verifications.services.provider_accounts import AccountData, create_account
from verifications.services.verification_data import ScreeningData, VerificationData
from verifications.services.verifications import change_metadata, create_verification, submit_verification

APIS = {ProviderKind.KRAKEN_EMBED: "kraken_embed", ProviderKind.PAYWARD_SERVICES: "payward_services"}
NAMES = (
    ("Thị Ánh", "Nguyễn"), ("محمد", "العبدالله"), ("민준", "김"), ("Sinéad", "O'Brien-Łukasz"), ("さくら", "やまだ"),
    ("Suharto", "Suharto"), ("Zoë", "Exämple"),
)  # fmt: skip
FAULTY = 0.3
"""The share of submissions that meet a fault of their own; armed faults of the whole provider come on top."""
FAULTS = (
    "FAULT-429", "FAULT-429-PLAIN", "FAULT-503", "FAULT-503-EMPTY", "FAULT-500", "FAULT-500-AFTER", "FAULT-502-HTML",
    "FAULT-408", "FAULT-408-AFTER", "FAULT-NONCE", "DROP-BEFORE", "DROP-AFTER", "HTML", "HTML-AFTER", "HALF-JSON",
    "CUT-ANSWER", "NO-ID", "SLOW", "FAULT-400", "FAULT-409", "FAULT-422", "ERROR-200", "REJECT",
)  # fmt: skip
MOST_WAITING = 60
ACTIONS = [
    {"kind": "verification", "subject": subject, "reasons": ["initial_onboarding"], "deadline": ""}
    for subject in ("identity", "residence", "selfie")
]


def make_accounts(fleet: Fleet) -> list[ProviderAccount]:
    """Six keys in five accounts: one account uploads under a second key, one is pipelined."""
    keys = fleet.keys()
    made = []
    for kind, api in APIS.items():
        pairs = [keys[api], keys["further"][api]["second"], keys["further"][api]["third"]]
        embed = kind == ProviderKind.KRAKEN_EMBED
        for number, pair in enumerate(pairs):
            if embed and number == 1:
                continue  # it carries the uploads of the first account
            uploads = {"upload_key_id": pairs[1]["key_id"], "upload_secret": pairs[1]["secret"]}
            data = AccountData(
                name=f"{api} {number}",
                kind=kind,
                environment="SANDBOX",
                base_url=fleet.stand_in_url,
                key_id=pair["key_id"],
                secret=pair["secret"],
                enabled_types=("identity_document", "watchlists") if embed else ("identity_document",),
                allowed_document_hosts=(f"127.0.0.1:{fleet.web_port}",),
                pipelined=not embed and number == 2,
            )
            data = replace(data, **uploads) if embed and number == 0 else data
            made.append(create_account(data=data, actor=ACTOR, at=timezone.now()))
    return made


@dataclass
class Submitters:
    """Submits ``wanted`` verifications in threads, never more than ``allowed()`` of them, with few waiting at a time.

    ``made`` holds those whose submission was acknowledged to the person; ``failures`` what they were told instead.
    """

    fleet: Fleet
    accounts: list[ProviderAccount]
    wanted: int
    seed: int
    allowed: Callable[[], int]
    made: set[uuid.UUID] = field(default_factory=set)
    failures: int = 0
    errors: list[BaseException] = field(default_factory=list)
    begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sample: Document | None = None

    def prepare(self) -> None:
        """One document, looked at as every upload is; the drafts of the run share its file."""
        owner = add_user(self.accounts[0], self.fleet.control)
        draft = make_draft(owner, with_front=False)
        self._sample = upload(draft, "front", specimen())

    def run(self, *, threads: int = 3) -> list[threading.Thread]:
        started = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(threads)]
        for thread in started:
            thread.start()
        return started

    def _work(self, number: int) -> None:
        chance = random.Random(self.seed * 31 + number)
        try:
            while self._take():
                self._submit_one(chance)
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def _take(self) -> bool:
        while True:
            with self._lock:
                if self.begun >= self.wanted:
                    return False
                if self.begun < self.allowed():
                    self.begun += 1
                    return True
            time.sleep(0.05)

    def _submit_one(self, chance: random.Random) -> None:
        """Draft and submit; whoever is told of an error looks again and does what is still to do, as a person would."""
        draft: Verification | None = None
        while True:
            try:
                while Verification.objects.filter(status=VerificationStatus.QUEUED).count() > MOST_WAITING:
                    time.sleep(0.2)
                draft = draft or self._draft(chance)
                submit_verification(verification_id=draft.pk, actor="user:1", at=timezone.now())
            except InvalidTransition:  # the answer to the first click was lost, the click was not
                break
            except DatabaseError:
                self.failures += 1
                connection.close()
                time.sleep(0.2)
            else:
                break
        assert draft is not None
        with self._lock:
            self.made.add(draft.public_id)

    def _draft(self, chance: random.Random) -> Verification:
        account = chance.choice(self.accounts)
        embed = account.kind == ProviderKind.KRAKEN_EMBED
        screening = embed and chance.random() < 0.35
        verifier = f"example-idv {chance.choice(FAULTS)}" if chance.random() < FAULTY else "example-idv"
        screening = screening and "NONCE" not in verifier  # a refused nonce is told by the verification's verifier
        by_address = not embed or (not screening and chance.random() < 0.4)
        draft = draft_for(
            add_user(account, self.fleet.control, chance.choice(NAMES)),
            screening=screening,
            verifier=verifier,
            by_address=by_address,
        )
        if not screening:
            assert self._sample is not None
            attach(draft, self._sample)
        return draft


def draft_for(user: ProviderUser, *, screening: bool, verifier: str, by_address: bool) -> Verification:
    """A draft without its file: a screening needs none, a passport does."""
    draft = create_verification(
        provider_user_id=user.pk,
        method=VerificationMethod.DOCUMENT_URLS if by_address else VerificationMethod.DOCUMENTS,
        type=VerificationType.WATCHLISTS if screening else VerificationType.IDENTITY_DOCUMENT,
        actor="user:1",
        at=timezone.now(),
    )
    change_metadata(verification_id=draft.pk, data=_entered(screening, verifier), actor="user:1", at=timezone.now())
    return Verification.objects.select_related("customer").get(pk=draft.pk)


def add_user(account: ProviderAccount, control: Callable[..., Any], name: tuple[str, str] = NAMES[0]) -> ProviderUser:
    """A customer whose user at the provider is known here and there."""
    reference = f"AA{uuid.uuid4().hex[:14].upper()}"
    customer = make_customer(first_name=name[0], last_name=name[1], reference=f"chaos-{reference}")
    control("POST", "users", {"api": APIS[ProviderKind(account.kind)], "user_id": reference})
    return ProviderUser.objects.create(
        customer=customer,
        account=account,
        origin=ProviderUserOrigin.LINKED,
        status=ProviderUserStatus.LINKED,
        provider_reference=reference,
        state="ok",
        required_actions=ACTIONS,
        read_at=timezone.now(),
        created_at=timezone.now(),
    )


def attach(draft: Verification, sample: Document) -> None:
    """Put a document that was looked at before into the draft; both share its file."""
    renditions = list(sample.renditions.all())
    document = Document.objects.get(pk=sample.pk)
    document.pk, document.public_id = None, uuid.uuid4()
    document._state.adding = True
    document.verification, document.customer = draft, draft.customer
    document.save()
    for rendition in renditions:
        rendition.pk, rendition.document = None, document
        rendition._state.adding = True
    DocumentRendition.objects.bulk_create(renditions)


def _entered(screening: bool, verifier: str) -> VerificationData:
    checked = timezone.now() - dt.timedelta(hours=1)
    if screening:
        return VerificationData(sanctions=ScreeningData(status="Cleared", verifier=verifier, verified_at=checked))
    return replace(IDENTITY, verifier=verifier, verified_at=checked)
