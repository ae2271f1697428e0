"""The samples' flow: the same services the pages call, the same worker, the same HTTP."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from verifications.documents.specimens import SpecimenKind, make_specimen
from verifications.enums import ProviderKind, ProviderUserStatus, VerificationStatus, VerificationType
from verifications.models import Customer, ProviderAccount, ProviderUser, Verification
from verifications.samples.people import CUSTOMERS, SampleCustomer
from verifications.samples.sessions_and_links import make_sessions_and_links
from verifications.services.customers import AddressData, CustomerData, create_customer
from verifications.services.documents import store_upload
from verifications.services.provider_accounts import AccountData, change_account, create_account
from verifications.services.provider_users import create_provider_user
from verifications.services.verification_data import VerificationData
from verifications.services.verifications import change_metadata, create_verification, submit_verification

ACTOR = "system:setup"
ACCOUNT_NAMES = {
    ProviderKind.KRAKEN_EMBED: "Kraken Embed stand-in",
    ProviderKind.PAYWARD_SERVICES: "Payward stand-in",
    ProviderKind.TRANSMIT_VERIFY: "Transmit Security stand-in",
    ProviderKind.CAPA_PARTNER: "Capa stand-in",
}
KEYS_OF_KIND = {
    ProviderKind.KRAKEN_EMBED: "kraken_embed",
    ProviderKind.PAYWARD_SERVICES: "payward_services",
    ProviderKind.TRANSMIT_VERIFY: "transmit_verify",
    ProviderKind.CAPA_PARTNER: "capa_partner",
}
EVERY_TYPE = (
    VerificationType.IDENTITY_DOCUMENT,
    VerificationType.RESIDENCE_DOCUMENT,
    VerificationType.SELFIE,
    VerificationType.TAX_ID_DOCUMENT,
    VerificationType.WATCHLISTS,
)
SPECIMENS: dict[str, tuple[tuple[str, SpecimenKind], ...]] = {
    "passport": (("front", "passport"),),
    "id_card": (("front", "id_front"), ("back", "id_back")),
    "drivers_license": (("front", "driving_front"), ("back", "driving_back")),
    "residence_card": (("front", "residence_permit_front"), ("back", "id_back")),
    "utility_bill": (("document", "utility_bill_pdf"),),
    "": (("selfie", "selfie"),),
}


def prepare_accounts(*, sandbox_url: str, keys_file: Path) -> dict[ProviderKind, ProviderAccount]:
    """Create the stand-in's accounts, or bring address, keys and document host up to date after a change of port."""
    keys = json.loads(keys_file.read_text())
    accounts = {}
    for kind, name in ACCOUNT_NAMES.items():
        data = _account_data(kind, name, sandbox_url, keys[KEYS_OF_KIND[kind]])
        account = ProviderAccount.objects.filter(name=name).first()
        now = timezone.now()
        if account is None:
            account = create_account(data=data, actor=ACTOR, at=now)
        elif account.base_url != sandbox_url or _differs(account, data):
            account = change_account(account_id=account.pk, data=data, actor=ACTOR, at=now)
        accounts[kind] = account
    return accounts


def _account_data(kind: ProviderKind, name: str, sandbox_url: str, key: dict[str, str]) -> AccountData:
    common = AccountData(name=name, kind=kind, environment="SANDBOX", base_url=sandbox_url, key_id="")
    if kind == ProviderKind.TRANSMIT_VERIFY:
        return replace(common, key_id=key["client_id"], secret=key["client_secret"], backend_capture_enabled=True)
    if kind == ProviderKind.CAPA_PARTNER:
        countries = ("MX", "DO", "US", "PT", "ES")
        return replace(common, secret=key["key"], webhook_secret=key["webhook_secret"], enabled_countries=countries)
    return replace(
        common,
        key_id=key["key_id"],
        secret=key["secret"],
        enabled_types=EVERY_TYPE if kind == ProviderKind.KRAKEN_EMBED else EVERY_TYPE[:3],
        allowed_document_hosts=(settings.PUBLIC_URL.partition("://")[2],),
        headless_users_allowed=True,
    )


def _differs(account: ProviderAccount, data: AccountData) -> bool:
    """The stand-in's state was thrown away, or the portal moved to another port."""
    keys = bool(data.key_id) and account.key_id != data.key_id
    hosts = account.options.get("allowed_document_hosts")
    return keys or (hosts is not None and set(hosts) != set(data.allowed_document_hosts))


def make_samples(
    accounts: dict[ProviderKind, ProviderAccount], *, sandbox_url: str, say: Callable[[str], None]
) -> None:
    """Create the customers, have their users created by the provider, upload specimens, submit."""
    drafts = []
    for sample in CUSTOMERS:
        customer = make_sample_customer(sample)
        if customer is not None and sample.provider is not None:
            user = create_provider_user(
                customer_id=customer.pk,
                account_id=accounts[sample.provider].pk,
                headless=sample.headless,
                actor=ACTOR,
                at=timezone.now(),
            )
            drafts.append((sample, user))
    make_sessions_and_links(accounts, sandbox_url=sandbox_url, customers=make_sample_customer, say=say)
    if not drafts:
        return
    say(f"{len(drafts)} customers created; waiting for the stand-in to create their users ...")
    wait_until(
        lambda: (
            not ProviderUser.objects.filter(
                pk__in=[u.pk for _s, u in drafts], status=ProviderUserStatus.WAITING
            ).exists()
        )
    )
    for sample, user in drafts:
        user.refresh_from_db()
        if user.status == ProviderUserStatus.LINKED:
            _submit(sample, user)
    say("Documents uploaded and submitted; waiting for the answers ...")
    moving = (VerificationStatus.QUEUED, VerificationStatus.SENDING)
    wait_until(lambda: not Verification.objects.filter(status__in=moving).exists(), seconds=20)


def make_sample_customer(sample: SampleCustomer) -> Customer | None:
    """The sample's customer, made now; ``None`` when an earlier start made it."""
    if Customer.objects.filter(reference=sample.reference).exists():
        return None
    return create_customer(data=_customer_data(sample), actor=ACTOR, at=timezone.now())


def wait_until(done: Callable[[], bool], *, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.2)
    return False


def _customer_data(sample: SampleCustomer) -> CustomerData:
    return CustomerData(
        reference=sample.reference,
        kind=sample.kind,
        first_name=sample.first_name,
        last_name=sample.last_name,
        business_name=sample.business_name,
        nationalities=(sample.country,),
        occupation="" if sample.business_name else "education",
        date_of_birth=sample.born,
        email=f"{sample.reference}@example.org",
        phone=sample.phone,
        tos_version_accepted=1,
        address=AddressData(
            line1=sample.street, city=sample.city, postal_code=sample.postal_code, country=sample.country
        ),
    )


def _submit(sample: SampleCustomer, user: ProviderUser) -> None:
    if sample.method is None:
        return
    now = timezone.now()
    verification = create_verification(
        provider_user_id=user.pk, method=sample.method, type=sample.type, actor=ACTOR, at=now
    )
    expires = dt.date(now.year + 5, 2, 3)
    is_kraken = user.account.kind == ProviderKind.KRAKEN_EMBED
    identity = sample.type == VerificationType.IDENTITY_DOCUMENT
    data = VerificationData(
        verifier="example-idv",
        verified_at=now - dt.timedelta(minutes=9),
        expiration_date=expires if is_kraken and identity else None,
        first_name=sample.first_name,
        last_name=sample.last_name,
        date_of_birth=sample.born if identity else None,
        document_type=sample.document_type,
        document_number=sample.number,
        issuing_country=sample.country if identity else "",
        nationality=sample.country if is_kraken and identity else "",
        address=_customer_data(sample).address if sample.type == VerificationType.RESIDENCE_DOCUMENT else AddressData(),
        selfie_type="selfie" if sample.type == VerificationType.SELFIE else "",
    )
    change_metadata(verification_id=verification.pk, data=data, actor=ACTOR, at=timezone.now())
    for slot, specimen in SPECIMENS[sample.document_type]:
        _upload(verification, slot, specimen, sample, expires)
    if sample.submitted:
        submit_verification(verification_id=verification.pk, actor=ACTOR, at=timezone.now())


def _upload(
    verification: Verification, slot: str, specimen: SpecimenKind, sample: SampleCustomer, expires: dt.date
) -> None:
    content, filename, _content_type = make_specimen(
        specimen,
        name=f"{sample.first_name} {sample.last_name}",
        number=sample.number or sample.reference,
        country=sample.country,
        birth_date=sample.born or dt.date(1990, 1, 1),
        expiry_date=expires if slot != "document" else timezone.localdate() + dt.timedelta(days=3580),
        seed=int(sample.reference.rpartition("-")[2]),
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
            at=timezone.now(),
        )
