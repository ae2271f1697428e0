"""The page of a verification session, and each step from there, by role."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import specimen, upload
from tests.views.session_pages import main_part, page_of, step
from tests.views.session_records import (
    CHECKS,
    IMAGES,
    completed,
    draft,
    fresh,
    listed,
    picture_refused,
    requested,
    succeed,
    waiting,
)
from tests.views.support import client_as
from tests.views.test_query_counts import queries_of
from verifications.enums import CallOperation, SessionStatus
from verifications.models import (
    AccessEvent,
    AuditEvent,
    ProviderCall,
    SessionImage,
    VerificationSession,
)
from verifications.providers.session_types import ImageFacts, SessionResult
from verifications.services.sealed_values import open_value
from verifications.services.session_records import move_session

pytestmark = pytest.mark.django_db
READERS = ("officer", "administrator", "auditor")


def test_the_address_is_shown_when_asked_for_and_each_time_is_logged() -> None:
    session = waiting()
    token = open_value(session, "handover_token")
    client = client_as("administrator")

    page = page_of(session, client=client)
    answer = client.post(f"/sessions/{session.public_id}/address/", headers={"HX-Request": "true"})

    assert token not in page
    assert "Show address and QR code" in page
    assert answer.status_code == 200
    assert f"/start/{token}/" in answer.content.decode()
    assert 'role="img"' in answer.content.decode()
    event = AccessEvent.objects.get()
    assert (event.action, event.subject_id) == ("address.shown", str(session.public_id))
    assert event.customer_id == session.customer.public_id


def test_without_scripts_the_address_stands_on_the_whole_page() -> None:
    session = waiting()

    response = step(session, "address")

    assert response.status_code == 200
    assert f"/start/{open_value(session, 'handover_token')}/" in response.content.decode()
    assert b"Where it stands" in response.content


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_an_address_that_no_longer_works_is_refused_in_words(headers: dict[str, str]) -> None:
    session = completed()

    response = client_as("administrator").post(f"/sessions/{session.public_id}/address/", follow=True, headers=headers)

    assert "no longer works" in response.content.decode()
    assert not AccessEvent.objects.exists()


def test_right_after_it_was_made_the_address_shows_itself_to_its_maker_only() -> None:
    client = client_as("administrator")
    session = waiting()
    VerificationSession.objects.filter(pk=session.pk).update(created_by=f"user:{client.user.pk}")  # type: ignore[attr-defined]
    url = f"{session.get_absolute_url()}?new=1"

    mine = client.get(url).content.decode()
    anothers = client_as("administrator").get(url).content.decode()
    later = client.get(session.get_absolute_url()).content.decode()

    assert 'hx-trigger="load"' in mine
    assert 'hx-trigger="load"' not in anothers
    assert 'hx-trigger="load"' not in later


def test_an_opened_session_says_so_and_offers_no_address() -> None:
    session = waiting()
    VerificationSession.objects.filter(pk=session.pk).update(opened_at=timezone.now(), start_token=None)

    page = page_of(session)

    assert "the address works once" in page
    assert "Show address" not in page
    assert "New session in its place" in page


@pytest.mark.parametrize("role", ["officer", "auditor"])
@pytest.mark.parametrize("state", [requested, waiting, completed, draft, picture_refused])
def test_who_only_reads_finds_no_button_that_is_dead(role: str, state: Any) -> None:
    session = state()

    page = main_part(page_of(session, role))

    assert "<form" not in page.replace('<form hx-post="/values/', "")
    assert "data-dialog=" not in page


def test_the_moving_part_is_drawn_alone_until_more_has_changed() -> None:
    client = client_as("officer")
    session = waiting()
    whole = page_of(session, client=client)
    url = whole.partition('id="live" hx-get="')[2].partition('"')[0].replace("&amp;", "&")

    same = client.get(url, headers={"HX-Request": "true"})
    completed(session)
    changed = client.get(url, headers={"HX-Request": "true"})

    assert same.content.decode().startswith('<div class="stack" id="live"')
    assert "HX-Refresh" not in same.headers
    assert changed.headers["HX-Refresh"] == "true"


def test_the_state_says_who_set_it_and_what_comes_next() -> None:
    page = page_of(waiting())

    assert "The customer opens the address next." in page
    assert "Delivery worker, when the provider had created the session" in page


def test_checks_stand_in_words_with_the_providers_codes_and_unknown_ones_as_they_came() -> None:
    page = page_of(completed(), "officer")

    for words in ("Face match", "The selfie does not match the portrait", "biometric_mismatch", "new reason"):
        assert words in page
    for words in ("Did not pass: look yourself", "Not carried out", "says nothing either way"):
        assert words in page
    assert "palm_reading" in page
    assert "SPLENDID" in page
    assert "does not know this check" in page
    assert page.count('class="checks__more"') >= len(CHECKS)


@pytest.mark.parametrize(
    ("recommendation", "words"),
    [("ALLOW", "The provider verified this data"), ("CHALLENGE", "not verified"), ("DENY", "not verified")],
)
def test_extracted_data_says_whether_the_provider_vouches_for_it(recommendation: str, words: str) -> None:
    page = page_of(completed(recommendation=recommendation), "officer")

    assert words in page
    assert "Different" in page
    assert "X7654321" not in page


@pytest.mark.parametrize(
    "more",
    [{"recommendation": "SUPERB"}, {"recommendation": ""}, {"recommendation": "ALLOW", "is_deprecated_shape": True}],
)
def test_a_result_that_is_not_understood_is_no_pass(more: dict[str, Any]) -> None:
    session = completed(**more)

    page = page_of(session, "officer")
    row = client_as("officer").get("/sessions/").content.decode()

    assert "Not understood: this is no pass" in page
    assert "status--large status--unknown" in page
    assert "verified this data" not in page
    assert "Not understood: no pass" in row


def test_images_without_a_copy_are_named_with_their_problem_and_the_days_left() -> None:
    session = listed(completed())
    SessionImage.objects.filter(session=session, is_original=True).update(problem="The image was no picture.")
    ProviderCall.objects.filter(session=session).update(status="CANCELLED", finished_at=timezone.now())

    page = page_of(session)

    assert "2 images without a local copy" in page
    assert "The image was no picture." in page
    assert "89 days left" in page
    assert "Copy images now" in page


def test_images_soon_gone_at_the_provider_raise_the_alarm() -> None:
    session = listed(completed())
    VerificationSession.objects.filter(pk=session.pk).update(created_at=timezone.now() - dt.timedelta(days=88))

    page = page_of(session)

    assert "alert--bad" in page
    assert "due--late" in page


def test_the_page_takes_the_same_queries_whatever_it_shows() -> None:
    client = client_as("officer")
    small = listed(completed(), images=IMAGES[:1])
    large = listed(completed(), images=tuple(ImageFacts(f"img-{n}", "selfie") for n in range(20)))
    few = queries_of(client, small.get_absolute_url())

    assert queries_of(client, large.get_absolute_url()) == few <= 26


def test_the_risk_summary_shows_flags_and_words() -> None:
    risk = {
        "general": {"recommendation": "challenge", "risk_score": 71.5},
        "network": {"vpn": True, "tor": False, "network_country": "PT"},
        "recommendation_reasons": ["IP_TOR", "WHATEVER"],
    }
    page = page_of(completed(risk=risk), "officer")

    for words in ("71.5", "VPN", "Country of the network", "Network address: tor", "WHATEVER"):
        assert words in page


def test_a_draft_without_its_pictures_is_not_sent_and_each_slot_says_why() -> None:
    session = draft(with_pictures=False)

    response = client_as("administrator").post(f"/sessions/{session.public_id}/submit/")

    page = response.content.decode()
    assert response.status_code == 422
    assert "2 things to put right" in page
    assert page.count("slot--problem") == 2
    assert fresh(session).status == SessionStatus.DRAFT


def test_a_filled_draft_goes_out_once() -> None:
    session = draft()
    client = client_as("administrator")

    first, second = step(session, "submit", client=client), step(session, "submit", client=client)

    assert "On its way" in first.content.decode()
    assert "not possible from there" in second.content.decode()
    assert fresh(session).status == SessionStatus.REQUESTED
    assert session.calls.count() == 1


def test_a_refused_picture_is_named_in_its_slot_and_sent_again_once_replaced() -> None:
    session = picture_refused()
    client = client_as("administrator")
    refused = page_of(session, client=client)

    too_early = step(session, "picture", client=client)
    upload(session.verification, "front", specimen() + b"\0", name="better.jpg")
    replaced = page_of(session, client=client)
    sent = step(session, "picture", client=client)

    assert 'id="slot-front"' in refused
    assert 'id="slot-selfie"' not in refused
    assert "slot--problem" in refused
    assert refused.count("The picture is blurred.") >= 2
    assert "Nothing was sent" in too_early.content.decode()
    assert "slot--problem" not in replaced
    assert "The new picture is on its way" in sent.content.decode()
    assert fresh(session).image_submissions.count() == 2


def test_a_feedback_nobody_knows_is_shown_as_it_came() -> None:
    page = page_of(picture_refused("hologram_not_visible"))

    assert "unknown word: hologram_not_visible" in page


@pytest.mark.parametrize(
    ("name", "operation", "words"),
    [
        ("read", "GET_RESULT", "Reading the result"),
        ("images", "LIST_IMAGES", "Copying the images"),
        ("consent", "GET_CONSENT", "Reading the consent"),
    ],
)
def test_a_reading_asked_for_is_queued_and_audited(name: str, operation: str, words: str) -> None:
    session = completed()
    ProviderCall.objects.filter(session=session, status="WAITING").update(
        status="CANCELLED", finished_at=timezone.now()
    )

    response = step(session, name)

    assert words in response.content.decode()
    assert session.calls.filter(operation=operation, status="WAITING").count() == 1
    assert AuditEvent.objects.filter(action="verification_session.read_requested").count() == 1


@pytest.mark.parametrize("name", ["read", "images", "consent", "delete"])
def test_what_is_not_at_the_provider_can_not_be_read_there(name: str) -> None:
    response = step(requested(), name, reason="A reason that is long enough")

    assert "nothing of this session at the provider" in response.content.decode()


def test_a_renewed_session_takes_the_place_of_the_one_before() -> None:
    old = waiting(organization_name="Example Bank")

    response = step(old, "renew")

    new = VerificationSession.objects.order_by("-id").first()
    assert new is not None
    assert (new.verification_id, new.organization_name) == (old.verification_id, "Example Bank")
    assert fresh(old).status == SessionStatus.CANCELLED
    assert "Earlier session" in response.content.decode()
    assert response.redirect_chain[-1][0].endswith("?new=1")


def test_an_expired_session_offers_a_new_one() -> None:
    from verifications.services.session_readings import expire_session

    session = waiting()
    expire_session(session, session.verification, actor="system:schedule", at=timezone.now())

    page = page_of(session)

    assert 'button--primary">New session in its place' in page
    assert "ended before the customer was done" in page


def test_a_completed_session_is_neither_renewed_nor_cancelled() -> None:
    session = completed()

    renewed, cancelled = step(session, "renew"), step(session, "cancel")

    assert "not possible from there" in renewed.content.decode()
    assert "not possible from there" in cancelled.content.decode()
    assert "Cancel the session" not in page_of(session)


def test_a_cancelled_session_closes_the_address() -> None:
    session = waiting()

    response = step(session, "cancel")

    assert "no longer works" in response.content.decode()
    assert fresh(session).handover_token is None


@pytest.mark.parametrize("reason", ["", "short", "\u202e \x00 \x01"])
def test_a_deletion_needs_a_reason(reason: str) -> None:
    session = completed()

    response = step(session, "delete", reason=reason)

    assert "Say in a few words why" in response.content.decode()
    assert fresh(session).delete_requested_at is None


def test_a_deletion_waits_until_the_images_are_copied() -> None:
    session = completed()

    response = step(session, "delete", reason="Retention ended early by request 4711")

    assert "Its images are being copied" in response.content.decode()
    assert fresh(session).delete_requested_at is None


def test_a_deletion_is_asked_for_with_its_reason_and_shown_until_it_is_done() -> None:
    session = completed()
    session.calls.filter(status="WAITING").update(status="CANCELLED", finished_at=timezone.now())
    page = page_of(session)

    response = step(session, "delete", reason="Retention ended early by request 4711")
    move_session(fresh(session), SessionStatus.DELETED, actor="system:delivery", at=timezone.now())

    assert 'id="delete-session"' in page
    assert "Stays here" in page
    assert "Deletion at the provider requested" in response.content.decode()
    event = AuditEvent.objects.get(action="verification_session.delete_requested")
    assert event.reason == "Retention ended early by request 4711"
    gone = page_of(session)
    assert "Nothing of this session is at the provider any more" in gone
    assert 'id="delete-session"' not in gone


def test_a_live_session_is_not_deleted_under_its_customer() -> None:
    session = waiting()

    response = step(session, "delete", reason="A reason that is long enough")

    assert "may still use this session" in response.content.decode()
    assert 'id="delete-session"' not in page_of(session)


def test_a_session_that_failed_gives_no_finding_and_leads_to_a_new_one() -> None:
    session = succeed(waiting(), CallOperation.GET_RESULT, SessionResult(session_id="sid", status="error"))

    page = page_of(session)
    timeline = page.partition('id="timeline"')[2]

    assert "Failed at the provider" in page
    assert f'href="/customers/{session.customer.public_id}/session/">New session' in page
    assert "Without a result" in timeline
    assert "Accepted by the provider" not in timeline
    assert "New session" not in main_part(page_of(session, "officer"))
