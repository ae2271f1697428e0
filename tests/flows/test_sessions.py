"""Verification sessions over real HTTP: the portal's services and worker, the stand-in and its hosted pages."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from tests.factories import ACTOR, make_customer, upload
from tests.flows.conftest import Flow
from tests.flows.hosted import walk_through
from verifications.enums import SessionShape
from verifications.models import AccessEvent, Case, ProviderAccount, ProviderCall, VerificationSession
from verifications.providers.session_types import MockBehavior
from verifications.services.session_images import send_next_image
from verifications.services.session_returns import customer_returned, hand_over, open_hosted_page
from verifications.services.sessions import (
    SessionData,
    create_session,
    handover_address,
    renew_session,
    request_deletion,
    submit_session,
)

pytestmark = pytest.mark.django_db(transaction=True)
BLURRED = 641
"""A width that the stand-in takes for a blurred picture."""


def test_a_hosted_session_goes_from_the_address_to_the_result_and_its_images(flow: Flow) -> None:
    account = flow.session_account()
    session = _hosted(account)
    flow.run_until(account, lambda: _status(session) == "WAITING_FOR_CUSTOMER")
    token = _token(session)
    seen = hand_over(token=token, at=timezone.now()).state

    callback = walk_through(open_hosted_page(token=token, at=timezone.now()))
    returned = customer_returned(state=callback["state"], session_reference=callback["sessionId"], at=timezone.now())
    again = customer_returned(state=callback["state"], session_reference=callback["sessionId"], at=timezone.now())
    flow.run_until(account, lambda: _status(session) == "COMPLETED" and _collected(session))

    session.verification.refresh_from_db()
    assert (seen, returned, again) == ("open", True, False)
    assert hand_over(token=token, at=timezone.now()).state == "ended"
    assert (session.recommendation, session.verification.status, session.verification.answer) == (
        "ALLOW",
        "COMPLETED",
        "ALLOW",
    )
    assert Case.objects.get().state == "NEEDS_DECISION"
    assert session.consent_granted is True
    assert (session.start_token, session.handover_token) == (None, None)
    assert AccessEvent.objects.filter(action="address.shown").count() == 1


def test_images_go_one_by_one_and_a_refused_one_is_replaced(flow: Flow) -> None:
    account = flow.session_account(backend_capture_enabled=True)
    session = _backend(account, front=picture(BLURRED), recommendation="CHALLENGE")
    flow.run_until(account, lambda: _status(session) == "ACTION_REQUIRED")
    session.verification.refresh_from_db()
    asked = session.verification.attention

    upload(session.verification, "front", picture(1000), name="front.jpg")
    send_next_image(session_id=session.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _status(session) == "COMPLETED" and _collected(session))

    sent = list(session.image_submissions.order_by("id").values_list("slot", "feedback", "accepted"))
    received = {image["sha256"] for image in flow.stand_in.sessions()[0]["images"]}
    copies = {image.document.sha256 for image in session.images.all() if image.document}
    assert asked.startswith("Front: The picture is blurred.")
    assert sent == [("front", "blur", False), ("front", "ok", True), ("back", "ok", True), ("selfie", "ok", True)]
    assert set(session.image_submissions.values_list("sha256", flat=True)) <= received
    assert copies == received
    assert session.recommendation == "CHALLENGE"


def test_pictures_that_must_be_taken_again_need_a_new_session_when_the_customer_has_left(flow: Flow) -> None:
    account = flow.session_account()
    session = _hosted(account)
    flow.run_until(account, lambda: _status(session) == "WAITING_FOR_CUSTOMER")
    reference = VerificationSession.objects.get(pk=session.pk).provider_reference
    VerificationSession.objects.filter(pk=session.pk).update(returned_at=timezone.now(), polling_since=timezone.now())
    flow.stand_in.control("POST", "sessions", {"session_id": reference, "set": {"status": "recapture"}})
    ProviderCall.objects.filter(session=session, status="WAITING").update(not_before=timezone.now())
    flow.run_until(account, lambda: _status(session) == "ACTION_REQUIRED")
    session.verification.refresh_from_db()
    asked = session.verification.attention

    new = renew_session(verification_id=session.verification_id, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: (_status(new), _status(session)) == ("WAITING_FOR_CUSTOMER", "DELETED"))

    assert "make a new session" in asked
    assert Case.objects.count() == 1


def test_a_token_that_is_revoked_costs_one_try_and_loses_nothing(flow: Flow) -> None:
    account = flow.session_account()
    first = _hosted(account)
    flow.run_until(account, lambda: _status(first) == "WAITING_FOR_CUSTOMER")
    flow.stand_in.control("POST", "tokens/revoke", {})

    second = _hosted(account)
    flow.run_until(account, lambda: _status(second) == "WAITING_FOR_CUSTOMER")

    account.refresh_from_db()
    tries = ProviderCall.objects.filter(session=second, operation="CREATE_SESSION").order_by("id")
    assert [call.error_code for call in tries] == ["token_rejected", ""]
    assert ProviderCall.objects.filter(operation="FETCH_TOKEN", status="SUCCEEDED").count() == 2
    assert account.paused_at is None


def test_a_session_is_deleted_at_the_provider_and_its_copies_stay(flow: Flow) -> None:
    account = flow.session_account(backend_capture_enabled=True)
    session = _backend(account, front=picture(900), recommendation="ALLOW")
    flow.run_until(account, lambda: _status(session) == "COMPLETED" and _collected(session))
    copies = session.images.exclude(document=None).count()

    request_deletion(session_id=session.pk, reason="The customer asked for it.", actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _status(session) == "DELETED")

    assert [row["deleted"] for row in flow.stand_in.sessions()] == [True]
    assert session.images.exclude(document=None).count() == copies == 6


def picture(width: int) -> bytes:
    encoded = io.BytesIO()
    Image.effect_noise((width, 700), 40).convert("RGB").save(encoded, "JPEG")
    return encoded.getvalue()


def _hosted(account: ProviderAccount) -> VerificationSession:
    return create_session(
        customer_id=make_customer().pk,
        account_id=account.pk,
        shape=SessionShape.HOSTED,
        data=SessionData(),
        actor=ACTOR,
        at=timezone.now(),
    )


def _backend(account: ProviderAccount, *, front: bytes, recommendation: str) -> VerificationSession:
    session = create_session(
        customer_id=make_customer().pk,
        account_id=account.pk,
        shape=SessionShape.BACKEND,
        data=SessionData(
            consent_granted=True,
            consent_document_id="consent-7",
            mock=MockBehavior(recommendation=recommendation),
        ),
        actor=ACTOR,
        at=timezone.now(),
    )
    for slot, content in (("front", front), ("back", picture(900)), ("selfie", picture(800))):
        upload(session.verification, slot, content, name=f"{slot}.jpg")
    submit_session(verification_id=session.verification_id, actor=ACTOR, at=timezone.now())
    return session


def _token(session: VerificationSession) -> str:
    address = handover_address(session_id=session.pk, actor=ACTOR, at=timezone.now())
    return address.rstrip("/").rpartition("/")[2]


def _status(session: Any) -> str:
    return str(VerificationSession.objects.values_list("status", flat=True).get(pk=session.pk))


def _collected(session: VerificationSession) -> bool:
    session.refresh_from_db()
    listed = session.consent_read_at is not None and session.images_listed_at is not None
    return listed and not session.images.filter(document=None).exists()
