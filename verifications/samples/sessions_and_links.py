"""Sessions and links of the samples: the same services as the pages, with the stand-in told how each one ends."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from verifications.documents.specimens import SpecimenKind, make_specimen
from verifications.enums import LinkStatus, ProviderKind, SessionShape, SessionStatus
from verifications.models import Customer, KycLink, ProviderAccount, Verification, VerificationSession
from verifications.providers.session_types import MockBehavior
from verifications.samples.people import LINK_SAMPLES, SESSION_SAMPLES, LinkSample, SampleCustomer, SessionSample
from verifications.services.documents import store_upload
from verifications.services.kyc_links import LinkData, request_link
from verifications.services.notifications import request_webhook_settings
from verifications.services.sessions import SessionData, create_session, submit_session

ACTOR = "system:setup"
PICTURES: tuple[tuple[str, SpecimenKind], ...] = (("front", "id_front"), ("back", "id_back"), ("selfie", "selfie"))
SETTLED = (SessionStatus.COMPLETED, SessionStatus.WAITING_FOR_CUSTOMER, SessionStatus.ACTION_REQUIRED)


@dataclass(frozen=True)
class Made:
    """A link whose end the stand-in is told once it is issued."""

    sample: LinkSample
    link: KycLink


def make_sessions_and_links(
    accounts: dict[ProviderKind, ProviderAccount],
    *,
    sandbox_url: str,
    customers: Callable[[SampleCustomer], Customer | None],
    say: Callable[[str], None],
) -> None:
    """Sessions with images of the portal, one that waits for its customer, and links in every state.

    ``customers`` makes the sample's customer, or gives ``None`` when it is there from an earlier start.
    """
    capa = accounts[ProviderKind.CAPA_PARTNER]
    _use_webhooks(capa)
    sessions = [
        _session(sample, customer, accounts[ProviderKind.TRANSMIT_VERIFY])
        for sample in SESSION_SAMPLES
        if (customer := customers(sample.customer)) is not None
    ]
    made = [
        Made(sample, _link(sample, customer, capa))
        for sample in LINK_SAMPLES
        if (customer := customers(sample.customer)) is not None
    ]
    if not sessions and not made:
        return
    say(f"{len(sessions)} sessions and {len(made)} links asked for; waiting for the stand-in ...")
    _wait(lambda: not KycLink.objects.filter(pk__in=[m.link.pk for m in made], status=LinkStatus.REQUESTED).exists())
    for one in made:
        if one.sample.outcome:
            _complete(sandbox_url, one.link, one.sample.outcome)
    _wait(
        lambda: (
            not VerificationSession.objects.filter(pk__in=[s.pk for s in sessions]).exclude(status__in=SETTLED).exists()
        )
    )


def _use_webhooks(account: ProviderAccount) -> None:
    url = settings.PUBLIC_URL + reverse("verifications:webhook_capa", args=[account.public_id])
    if account.webhook_url != url:
        request_webhook_settings(account_id=account.pk, url=url, actor=ACTOR, at=timezone.now())


def _session(sample: SessionSample, customer: Customer, account: ProviderAccount) -> VerificationSession:
    backend = sample.shape == SessionShape.BACKEND
    session = create_session(
        customer_id=customer.pk,
        account_id=account.pk,
        shape=sample.shape,
        data=SessionData(
            organization_name="Sample Bank",
            consent_granted=backend,
            consent_document_id="consent-2026-11" if backend else "",
            mock=MockBehavior(recommendation=sample.recommendation, info=_extracted(sample)) if backend else None,
        ),
        actor=ACTOR,
        at=timezone.now(),
    )
    if backend:
        for slot, specimen in PICTURES:
            _upload(session.verification, slot, specimen, sample.customer)
        submit_session(verification_id=session.verification_id, actor=ACTOR, at=timezone.now())
    return session


def _extracted(sample: SessionSample) -> dict[str, dict[str, str]]:
    person = sample.customer
    born = f"{person.born.isoformat()}T00:00:00.000Z" if person.born else ""
    return {
        "person_details": {
            "given_name": person.first_name,
            "surname": sample.read_surname or person.last_name,
            "full_name": f"{person.first_name} {sample.read_surname or person.last_name}".strip(),
            "date_of_birth": born,
        },
        "document_details": {"type": "national_id", "id_value": person.number},
    }


def _upload(verification: Verification, slot: str, specimen: SpecimenKind, person: SampleCustomer) -> None:
    now = timezone.now()
    content, filename, _content_type = make_specimen(
        specimen,
        name=f"{person.first_name} {person.last_name}".strip(),
        number=person.number,
        country=person.country,
        birth_date=person.born or now.date(),
        expiry_date=now.date().replace(year=now.year + 5, day=1),
        seed=int(person.reference.rpartition("-")[2]),
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        store_upload(
            verification_id=verification.pk,
            slot=slot,
            path=Path(file.name),
            claimed_name=filename,
            actor=ACTOR,
            at=now,
        )


def _link(sample: LinkSample, customer: Customer, account: ProviderAccount) -> KycLink:
    return request_link(
        customer_id=customer.pk,
        account_id=account.pk,
        data=LinkData(country=sample.country),
        actor=ACTOR,
        at=timezone.now(),
    )


def _complete(sandbox_url: str, link: KycLink, outcome: str) -> None:
    """Tell the stand-in how the customer's session ends; its webhook then has the portal read the details."""
    body = json.dumps({"external_user_id": str(link.customer.public_id), "outcome": outcome}).encode()
    request = urllib.request.Request(  # noqa: S310 - the stand-in's own address on this machine
        f"{sandbox_url}/_sandbox/capa/complete", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _wait(done: Callable[[], bool], *, seconds: float = 45) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():
        time.sleep(0.2)
