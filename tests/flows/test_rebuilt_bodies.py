"""What was sent, built again from what is kept: its hash is the ledger's and the one the provider wrote down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from tests.factories import ACTOR, make_customer, make_draft, specimen, upload
from tests.flows.conftest import Flow
from tests.flows.test_journeys import _fresh, _now, _read, _status
from tests.flows.test_sessions import _backend, picture
from tests.flows.test_sessions import _status as _session_status
from tests.views.support import client_as
from verifications.models import AccessEvent, DocumentRendition, ProviderCall, Verification
from verifications.services.call_rebuilds import NotRebuildable, prove_body
from verifications.services.documents import documents_storage
from verifications.services.provider_users import create_provider_user
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [
    ("KRAKEN_EMBED", "DOCUMENTS"),
    ("KRAKEN_EMBED", "DOCUMENT_URLS"),
    ("PAYWARD_SERVICES", "DOCUMENT_URLS"),
]


@pytest.mark.parametrize(("kind", "method"), WAYS)
def test_a_submission_is_proved_by_its_hash(flow: Flow, kind: str, method: str, tmp_path: Path) -> None:
    call = _submitted(flow, kind, method)
    (row,) = flow.stand_in.record()

    proof = prove_body(call)
    call_command("rebuild_call", str(call.public_id), out=tmp_path / "body")

    written = (tmp_path / "body").read_bytes()
    assert proof.is_proved
    assert proof.sha256 == row["body_sha256"]
    assert len(written) == call.body_size
    assert (tmp_path / "body").stat().st_mode & 0o077 == 0
    assert AccessEvent.objects.filter(action="provider_call.body_rebuilt").count() == 1


def test_the_page_of_a_call_proves_it_and_tells_a_change(flow: Flow) -> None:
    call = _submitted(flow, "KRAKEN_EMBED", "DOCUMENTS")
    client = client_as("auditor")
    address = reverse("verifications:provider_call_prove", args=[call.public_id])

    proved = client.post(address, follow=True).content.decode()
    ProviderCall.objects.filter(pk=call.pk).update(body_sha256="0" * 64)
    changed = client.post(address, follow=True).content.decode()

    assert "Proved: built again" in proved
    assert "Not proved" in changed


def test_an_image_of_a_session_is_proved_by_its_hash(flow: Flow) -> None:
    account = flow.session_account(backend_capture_enabled=True)
    session = _backend(account, front=picture(900), recommendation="ALLOW")
    flow.run_until(account, lambda: _session_status(session) == "IN_PROGRESS")

    proofs = [prove_body(call) for call in ProviderCall.objects.filter(session=session, operation="ADD_IMAGE")]

    assert [proof.is_proved for proof in proofs] == [True, True, True]
    with pytest.raises(NotRebuildable, match="one-time"):
        prove_body(ProviderCall.objects.get(session=session, operation="CREATE_SESSION"))


def test_a_file_that_is_gone_or_changed_proves_nothing(flow: Flow) -> None:
    call = _submitted(flow, "KRAKEN_EMBED", "DOCUMENTS")
    document = Verification.objects.get(pk=call.verification_id).documents.get(slot="front")
    sent = DocumentRendition.objects.filter(document=document, kind="DELIVERY").first() or document
    documents_storage().delete(sent.storage_name)

    with pytest.raises(CommandError, match="can't be built again"):
        call_command("rebuild_call", str(call.public_id))


def _submitted(flow: Flow, kind: str, method: str) -> Any:
    account = flow.account(kind)
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=False, actor=ACTOR, at=timezone.now()
    )
    flow.run_until(account, lambda: _status(user) != "WAITING" and _read(user))
    draft = make_draft(_fresh(user), method=method, data=_now())
    upload(draft, "back", specimen(), name="back.jpg")
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _status(draft) in {"ACCEPTED", "COMPLETED"})
    return ProviderCall.objects.select_related("verification", "account").get(
        verification=draft, operation__startswith="SUBMIT"
    )
