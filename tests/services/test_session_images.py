"""Images that the portal sends: one at a time, judged there, replaced by a person, looked for when answers get lost."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid
from typing import Any

import pytest
from PIL import Image

from tests.documents import samples
from tests.factories import ACTOR, NOON, upload
from tests.factories_sessions import (
    calls_of,
    deliver_session,
    make_draft_session,
    make_due,
    make_sent_session,
    picture_bytes,
    put_picture,
    read_result,
    refresh,
)
from tests.fakes_sessions import ALL_IN, BACK, FRONT, SELFIE, FakeSessionProvider, created, feedback, result
from tests.services.support import actions
from verifications.enums import RenditionKind
from verifications.errors import InvalidTransition
from verifications.models import Document, ImageSubmission, ProviderCall, VerificationSession
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.providers.feedback import FEEDBACK
from verifications.providers.session_types import ImageFacts
from verifications.services.call_sweep import sweep
from verifications.services.documents import DocumentRefused, documents_storage, remove_document
from verifications.services.provider_calls import claim_next, send_claimed
from verifications.services.session_images import send_next_image
from verifications.services.sessions import cancel_session, request_images, submit_session
from verifications.services.verifications import retry_delivery

pytestmark = pytest.mark.django_db

LOST = OutcomeUnknown("No answer in time.", code="timeout")
LATER = NOON + dt.timedelta(hours=2)


def sent(provider: FakeSessionProvider, *slots: str) -> VerificationSession:
    """A session with images of the portal, as far as the provider lets it go at once."""
    session = make_sent_session(*(slots or ("front", "selfie")))
    deliver_session(session, provider)
    return session


def types_sent(provider: FakeSessionProvider) -> list[str]:
    return [image.image_type for _session_id, image in provider.asked("add_image")]


def next_image(session: VerificationSession, provider: FakeSessionProvider) -> None:
    send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)
    deliver_session(session, provider)


def refused(*words: str, missing: tuple[str, ...] = (FRONT, SELFIE)) -> FakeSessionProvider:
    return FakeSessionProvider().will("add_image", *[feedback(word, *missing) for word in words])


def after_list(session: VerificationSession, provider: FakeSessionProvider, *answers: Any) -> None:
    """The list that was asked for after a lost answer comes, with these answers to it."""
    provider.will("list_images", *answers)
    for _answer in answers:
        make_due(session, "LIST_IMAGES")
        deliver_session(session, provider)


# --- one by one -------------------------------------------------------------------------------------------------------
def test_images_go_one_by_one_as_the_provider_asks_for_them(clock: Any) -> None:
    provider = FakeSessionProvider().will("create_session", created(SELFIE, FRONT, BACK))
    provider.will("add_image", feedback("ok", BACK, FRONT), feedback("ok", FRONT), feedback("ok", complete=True))

    session = sent(provider, "front", "back", "selfie")

    assert types_sent(provider) == [SELFIE, BACK, FRONT]
    assert len(set(session.image_submissions.values_list("public_id", flat=True))) == 3
    assert session.image_submissions.filter(accepted=True, feedback="ok", judged_at=NOON).count() == 3
    assert (session.status, session.missing_images) == ("IN_PROGRESS", [])
    assert (session.verification.status, session.verification.case.state) == ("ACCEPTED", "WITH_PROVIDER")
    assert session.polling_since == NOON
    assert calls_of(session, "GET_RESULT")[-1].not_before <= NOON + dt.timedelta(seconds=3)
    assert actions().count("verification_session.image_sent") == 3
    assert actions().count("verification_session.image_judged") == 3


def test_what_is_sent_is_the_kept_jpeg_with_its_hash(clock: Any) -> None:
    provider = FakeSessionProvider()

    session = sent(provider)

    submission = session.image_submissions.get()
    rendition = submission.document.renditions.get(kind=RenditionKind.CAPTURE)
    ((session_id, image),) = provider.asked("add_image")
    assert session_id == session.provider_reference
    assert (image.image_id, image.size) == (str(submission.public_id), rendition.size)
    assert hashlib.sha256(provider.pictures[0]).hexdigest() == rendition.sha256 == submission.sha256


def test_a_passport_needs_no_back(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok", SELFIE), feedback("ok", complete=True))

    session = sent(provider, "front", "back", "selfie")

    assert types_sent(provider) == [FRONT, SELFIE]
    assert session.status == "IN_PROGRESS"


def test_complete_at_once_sends_no_more(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok", SELFIE, complete=True))

    session = sent(provider)

    assert types_sent(provider) == [FRONT]
    assert (session.status, session.verification.status) == ("IN_PROGRESS", "ACCEPTED")


def test_every_image_already_in_is_as_good_as_complete(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", ALL_IN)

    session = sent(provider)

    assert (session.status, session.verification.status) == ("IN_PROGRESS", "ACCEPTED")
    assert session.image_submissions.get().accepted is True


def test_a_provider_that_misses_nothing_is_read_even_when_it_does_not_say_complete(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok"))

    session = sent(provider)

    assert (session.status, session.verification.status) == ("IN_PROGRESS", "ACCEPTED")


def test_the_result_follows_the_last_image(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = sent(provider)

    read_result(session, provider, result("processing"), result("complete", "CHALLENGE"))

    assert (session.status, session.verification.answer) == ("COMPLETED", "CHALLENGE")


# --- judged -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", [*FEEDBACK, "smudged", "размыто", "x" * 100])
def test_every_word_of_feedback_leads_on_or_asks_for_another_picture(clock: Any, word: str) -> None:
    provider = refused(word)

    session = sent(provider)

    submission = ImageSubmission.objects.order_by("id")[0]
    assert submission.feedback == word
    if word == "ok":
        assert types_sent(provider) == [FRONT]  # the same picture never goes twice
        assert "a new picture of: front" in session.verification.attention
        return
    assert submission.accepted is False
    assert (session.status, session.verification.status) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER")
    assert session.verification.case.state == "WAITING_FOR_CUSTOMER"
    assert session.verification.attention.startswith("Front: ")
    if word in FEEDBACK:
        assert session.verification.attention == f"Front: {FEEDBACK[word].says} {FEEDBACK[word].do}"
    else:
        assert word in session.verification.attention
    assert types_sent(provider) == [FRONT]


def test_the_accounts_own_words_are_quoted(clock: Any) -> None:
    words = "Only passports of the Union. " + "w" * 400
    provider = FakeSessionProvider().will(
        "add_image", feedback("restricted_criteria", FRONT, SELFIE, custom_feedback=words)
    )

    session = sent(provider)

    assert session.image_submissions.get().custom_feedback == words[:300]
    assert "The provider's own words: “Only passports of the Union." in session.verification.attention


def test_a_refused_picture_is_replaced_and_sent(clock: Any) -> None:
    provider = refused("blur").will("add_image", feedback("ok", SELFIE), feedback("ok", complete=True))
    session = sent(provider)
    with pytest.raises(InvalidTransition, match="a new picture of: front"):
        send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)

    put_picture(session.verification, "front", size=(900, 700))
    send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)
    refresh(session)
    on_its_way = (session.status, session.verification.status, session.verification.case.state)
    deliver_session(session, provider)

    assert on_its_way == ("CAPTURING", "QUEUED", "SENDING")
    assert types_sent(provider) == [FRONT, FRONT, SELFIE]
    assert provider.pictures[0] != provider.pictures[1]
    assert session.status == "IN_PROGRESS"
    assert list(session.image_submissions.order_by("id").values_list("accepted", flat=True)) == [False, True, True]


def test_of_two_clicks_one_sends_the_picture(clock: Any) -> None:
    session = sent(refused("blur"))
    put_picture(session.verification, "front")
    send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition, match="Nothing was sent"):
        send_next_image(session_id=session.pk, actor="user:2", at=NOON)

    assert len(calls_of(session, "ADD_IMAGE")) == 2


def test_a_back_that_is_not_there_is_asked_for(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok", BACK, SELFIE), feedback("ok", complete=True))
    session = sent(provider)
    asked_for = session.verification.attention

    put_picture(session.verification, "back")
    next_image(session, provider)

    assert "The provider asks for a picture of: back." in asked_for
    assert types_sent(provider) == [FRONT, BACK]
    assert session.status == "IN_PROGRESS"


def test_a_picture_nobody_knows_is_asked_for_by_its_name(clock: Any) -> None:
    provider = FakeSessionProvider().will("create_session", created("iris", SELFIE))

    session = sent(provider)

    assert (session.status, session.verification.status) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER")
    assert "iris" in session.verification.attention
    assert types_sent(provider) == []


def test_a_removed_document_is_not_sent(clock: Any) -> None:
    provider = refused("blur")
    session = sent(provider)
    put_picture(session.verification, "front")
    removed = session.verification.documents.get(slot="front", removed_at__isnull=True)
    remove_document(document_id=removed.pk, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition, match="a picture of: front"):
        send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)

    assert types_sent(provider) == [FRONT]


@pytest.mark.parametrize("words", [("ok",) * 50, ("blur",) * 50])
def test_a_provider_that_asks_forever_is_not_sent_the_same_forever(clock: Any, words: tuple[str, ...]) -> None:
    provider = refused(*words)

    sent(provider)

    assert len(provider.asked("add_image")) == 1


def test_a_picture_is_refused_with_its_status(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", ProviderRefused("Not a picture.", http_status=400))

    session = sent(provider)

    assert session.verification.attention == "Not a picture."
    assert (session.status, session.verification.status) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER")
    assert session.image_submissions.get().feedback == "refused"


def test_a_session_that_is_gone_while_images_go_is_lost(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", ProviderRefused("Unknown.", http_status=404))

    session = sent(provider)

    assert (session.status, session.verification.status, session.verification.answer) == (
        "LOST",
        "COMPLETED",
        "NO_RESULT",
    )
    assert session.image_submissions.get().judged_at == NOON


def test_nothing_is_sent_where_pictures_are_wanted_again_without_saying_which(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = sent(provider)
    read_result(session, provider, result("recapture"))
    put_picture(session.verification, "front")

    with pytest.raises(InvalidTransition, match="asks for no picture"):
        send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)

    refresh(session)
    assert (session.status, session.verification.status) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER")


def test_a_session_that_waits_for_a_picture_can_be_given_up(clock: Any) -> None:
    provider = refused("blur")
    session = sent(provider)

    cancel_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    assert (session.status, session.verification.status) == ("DELETED", "CANCELLED")
    with pytest.raises(InvalidTransition):
        send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)


# --- lost answers -----------------------------------------------------------------------------------------------------
def test_after_a_lost_answer_the_images_are_listed_first(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST)

    session = sent(provider)

    (listing,) = calls_of(session, "LIST_IMAGES")
    assert listing.status == "WAITING"
    assert listing.argument == str(session.image_submissions.get().public_id)
    assert (session.verification.status, session.verification.case.state) == ("OUTCOME_UNKNOWN", "OUTCOME_UNKNOWN")
    assert types_sent(provider) == [FRONT]


def test_an_image_that_is_listed_was_taken(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST, feedback("ok", complete=True))
    session = sent(provider)

    after_list(session, provider, (ImageFacts("img-1", FRONT),))

    assert types_sent(provider) == [FRONT, SELFIE]
    assert list(session.image_submissions.order_by("id").values_list("feedback", "accepted")) == [
        ("seen_in_list", True),
        ("ok", True),
    ]
    assert session.verification.status == "ACCEPTED"


def test_the_last_image_that_is_listed_completes_the_session(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok", SELFIE), LOST)
    session = sent(provider)

    after_list(session, provider, (ImageFacts("img-1", FRONT), ImageFacts("img-2", SELFIE)))

    assert (session.status, session.verification.status) == ("IN_PROGRESS", "ACCEPTED")
    assert types_sent(provider) == [FRONT, SELFIE]


@pytest.mark.parametrize(
    "listed",
    [
        (),
        (ImageFacts("img-1", SELFIE),),
        (ImageFacts("img-1", FRONT, rejected=True),),
        (ImageFacts("img-1", FRONT, original=False, original_id="img-0"),),
        (ImageFacts("img-1"),),
    ],
    ids=["none", "another", "rejected", "refined", "without type"],
)
def test_an_image_that_is_not_listed_goes_once_more(clock: Any, listed: tuple[ImageFacts, ...]) -> None:
    provider = FakeSessionProvider().will("add_image", LOST, feedback("ok", SELFIE), feedback("ok", complete=True))
    session = sent(provider)

    after_list(session, provider, listed)

    assert types_sent(provider) == [FRONT, FRONT, SELFIE]
    first, second, third = calls_of(session, "ADD_IMAGE")
    assert (second.previous, second.argument, second.number) == (first, first.argument, 2)
    assert third.argument != first.argument
    assert session.image_submissions.count() == 2
    assert session.verification.status == "ACCEPTED"


def test_an_image_listed_twice_over_goes_once_more_only(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST, LOST)
    session = sent(provider)
    request_images(session_id=session.pk, actor="user:7", at=NOON)

    after_list(session, provider, (), ())

    assert types_sent(provider) == [FRONT, FRONT, FRONT]
    assert session.image_submissions.count() == 1


def test_answers_that_keep_getting_lost_are_asked_after_less_and_less_and_then_not_at_all(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", *[LOST] * 100)
    session = sent(provider)
    waits = []

    for _round in range(40):
        waiting = [call for call in calls_of(session, "LIST_IMAGES") if call.status == "WAITING"]
        if not waiting:
            break
        waits.append((waiting[0].not_before - NOON).total_seconds())
        after_list(session, provider, ())

    assert len(provider.asked("add_image")) == 12
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, 900)
    assert session.verification.status == "OUTCOME_UNKNOWN"
    assert "Nothing is sent by itself any more" in session.verification.attention

    provider.answers.clear()
    request_images(session_id=session.pk, actor="user:7", at=NOON)
    deliver_session(session, provider)

    assert len(provider.asked("add_image")) == 13
    assert session.verification.status == "ACCEPTED"


def test_a_list_that_fails_leaves_the_outcome_unknown_until_a_person_asks_again(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST)
    session = sent(provider)
    after_list(session, provider, ProviderRefused("Not now.", http_status=400))
    stuck = (session.verification.status, session.attention, types_sent(provider))

    request_images(session_id=session.pk, actor="user:7", at=NOON)
    deliver_session(session, provider.will("list_images", (ImageFacts("img-1", FRONT),)))

    assert stuck == ("OUTCOME_UNKNOWN", "Not now.", [FRONT])
    assert session.attention == ""
    assert session.image_submissions.order_by("id")[0].feedback == "seen_in_list"
    assert session.verification.status == "ACCEPTED"


def test_a_list_that_is_busy_is_asked_for_again(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST)
    session = sent(provider)

    after_list(session, provider, ProviderUnavailable("Busy."), (ImageFacts("img-1", FRONT),))

    assert types_sent(provider) == [FRONT, SELFIE]
    assert session.verification.status == "ACCEPTED"


@pytest.mark.parametrize(
    ("said", "after"),
    [
        (result("processing"), ("IN_PROGRESS", "ACCEPTED")),
        (result("complete", "ALLOW"), ("COMPLETED", "COMPLETED")),
        (result("error"), ("FAILED", "COMPLETED")),
    ],
    ids=["processing", "complete", "error"],
)
@pytest.mark.parametrize("listed", [(), (ImageFacts("img-1", FRONT),)], ids=["not listed", "listed"])
def test_a_reading_that_tells_more_than_the_list_is_not_taken_back(
    clock: Any, said: Any, after: tuple[str, str], listed: tuple[ImageFacts, ...]
) -> None:
    provider = FakeSessionProvider().will("add_image", LOST)
    session = sent(provider)
    read_result(session, provider, said)

    after_list(session, provider, listed)

    assert (session.status, session.verification.status) == after
    assert types_sent(provider) == [FRONT]
    assert not ProviderCall.objects.filter(error_code="portal_fault").exists()


def test_pictures_wanted_again_while_an_answer_is_lost_break_nothing(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", LOST)
    session = sent(provider)
    read_result(session, provider, result("recapture"))
    put_status = (session.status, session.verification.status)

    with pytest.raises(InvalidTransition):
        send_next_image(session_id=session.pk, actor=ACTOR, at=NOON)
    after_list(session, provider, (ImageFacts("img-1", FRONT),))

    assert put_status == ("ACTION_REQUIRED", "OUTCOME_UNKNOWN")
    assert types_sent(provider) == [FRONT, SELFIE]
    assert session.verification.status == "ACCEPTED"


# --- workers that die -------------------------------------------------------------------------------------------------
def claimed(session: VerificationSession, *, is_sending: bool) -> tuple[ProviderCall, uuid.UUID]:
    """What a worker leaves behind that dies with the row in its hands."""
    found = claim_next(key_id=session.account.key_id, now=NOON)
    assert found is not None
    if is_sending:
        ProviderCall.objects.filter(pk=found[0].pk).update(sending_at=NOON)
    return found


def image_due(provider: FakeSessionProvider) -> VerificationSession:
    """A session whose first image is due, with nothing sent of it."""
    session = make_sent_session()
    creation = claim_next(key_id=session.account.key_id, now=NOON)
    assert creation is not None
    send_claimed(call=creation[0], token=creation[1], lane_token=uuid.uuid4(), client_factory=provider.client)
    refresh(session)
    return session


@pytest.mark.parametrize("is_sending", [True, False], ids=["while sending", "before sending"])
def test_a_session_whose_worker_died_is_created_all_the_same(clock: Any, is_sending: bool) -> None:
    provider = FakeSessionProvider()
    session = make_sent_session()
    claimed(session, is_sending=is_sending)

    clock.move_to(LATER)
    sweep(now=LATER)
    refresh(session)
    swept = session.verification.status
    make_due(session, "CREATE_SESSION")
    deliver_session(session, provider)

    assert swept == "QUEUED"
    assert len(provider.asked("create_session")) == 1
    assert session.verification.status == "ACCEPTED"
    first = calls_of(session, "CREATE_SESSION")[0]
    assert first.status == ("NOT_SENT" if is_sending else "SUCCEEDED")


def test_an_image_whose_worker_died_before_sending_waits_again(clock: Any) -> None:
    provider = FakeSessionProvider()
    session = image_due(provider)
    claimed(session, is_sending=False)

    clock.move_to(LATER)
    sweep(now=LATER)
    deliver_session(session, provider)

    assert types_sent(provider) == [FRONT]
    assert session.verification.status == "ACCEPTED"
    assert len(calls_of(session, "ADD_IMAGE")) == 1


def test_an_image_whose_worker_died_while_sending_is_looked_for_first(clock: Any) -> None:
    provider = FakeSessionProvider().will("list_images", ())
    session = image_due(provider)
    claimed(session, is_sending=True)

    clock.move_to(LATER)
    sweep(now=LATER)
    refresh(session)
    swept = session.verification.status
    make_due(session, "LIST_IMAGES")
    deliver_session(session, provider)

    assert swept == "OUTCOME_UNKNOWN"
    assert provider.names().index("list_images") < provider.names().index("add_image")
    assert types_sent(provider) == [FRONT]
    assert session.verification.status == "ACCEPTED"


@pytest.mark.parametrize("said", [feedback("ok", SELFIE), feedback("blur", FRONT, SELFIE)], ids=["ok", "blur"])
@pytest.mark.parametrize("is_repeat_waiting", [False, True], ids=["before the list", "after the list"])
def test_an_answer_that_comes_late_after_all_counts_and_withdraws_the_repeat(
    clock: Any, said: Any, is_repeat_waiting: bool
) -> None:
    provider = FakeSessionProvider().will("add_image", said, feedback("ok", complete=True))
    session = image_due(provider)
    call, token = claimed(session, is_sending=False)
    others = FakeSessionProvider().will("list_images", ())

    def meanwhile() -> None:
        provider.after_sending = lambda: None
        clock.move_to(LATER)
        sweep(now=LATER)
        if is_repeat_waiting:
            make_due(session, "LIST_IMAGES")
            listing = claim_next(key_id=session.account.key_id, now=LATER)
            assert listing is not None
            assert listing[0].operation == "LIST_IMAGES"
            send_claimed(call=listing[0], token=listing[1], lane_token=uuid.uuid4(), client_factory=others.client)

    provider.after_sending = meanwhile
    send_claimed(call=call, token=token, lane_token=uuid.uuid4(), client_factory=provider.client)
    deliver_session(session, provider)

    call.refresh_from_db()
    assert call.status == "SUCCEEDED"
    if said.feedback == "ok":
        assert types_sent(provider) == [FRONT, SELFIE]
        assert session.verification.status == "ACCEPTED"
    else:
        assert types_sent(provider) == [FRONT]
        assert (session.status, session.verification.status) == ("ACTION_REQUIRED", "WAITING_FOR_CUSTOMER")


def test_delivery_that_stopped_is_started_again_by_a_person(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", *[ProviderUnavailable("Busy.") for _try in range(12)])
    session = sent(provider)
    for _try in range(11):
        make_due(session, "ADD_IMAGE")
        deliver_session(session, provider)
    stopped = (session.verification.status, session.verification.attention)

    retry_delivery(verification_id=session.verification_id, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    assert stopped == ("QUEUED", "Delivery stopped after try 12. Busy.")
    assert session.verification.status == "ACCEPTED"
    assert session.image_submissions.count() == 1
    last = calls_of(session, "ADD_IMAGE")[-1]
    assert (last.number, last.session) == (1, session)


def test_a_picture_that_vanished_or_changed_stops_delivery_and_says_so(clock: Any) -> None:
    provider = FakeSessionProvider()
    gone, changed = image_due(provider), image_due(provider)
    for session, act in ((gone, documents_storage().delete), (changed, _spoil)):
        document = session.image_submissions.get().document
        act(document.renditions.get(kind=RenditionKind.CAPTURE).storage_name)

        deliver_session(session, provider)

        assert session.verification.status == "QUEUED"
        assert session.verification.attention.startswith("Delivery stopped after try 1. A file ")
        assert types_sent(provider) == []


def _spoil(name: str) -> None:
    with documents_storage().open(name, "rb") as stored:
        content = stored.read()
    documents_storage().delete(name)
    documents_storage().save(name, io.BytesIO(content[:-1] + b"!"))


# --- uploads ----------------------------------------------------------------------------------------------------------
def uploaded(content: bytes, name: str = "front.jpg") -> Document:
    session = make_draft_session("selfie")
    return upload(session.verification, "front", content, name=name)


def capture_of(document: Document) -> tuple[Any, Image.Image]:
    rendition = document.renditions.get(kind=RenditionKind.CAPTURE)
    with documents_storage().open(rendition.storage_name) as stored:
        content = stored.read()
    assert hashlib.sha256(content).hexdigest() == rendition.sha256
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    assert not image.getexif()
    assert image.size == (rendition.width, rendition.height)
    return rendition, image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (640, 480)),
        ((1200, 1600), (1200, 1600)),
        ((3840, 2160), (3840, 2160)),
        ((4000, 3000), (2880, 2160)),
        ((3000, 4000), (1620, 2160)),
        ((5000, 1000), (3840, 768)),
        ((1000, 3000), (720, 2160)),
    ],
)
def test_what_is_sent_has_a_size_the_provider_takes(clock: Any, size: tuple[int, int], expected: Any) -> None:
    content = samples.jpeg(size)

    document = uploaded(content)

    _rendition, image = capture_of(document)
    assert image.size == expected
    assert (document.sha256, document.size) == (hashlib.sha256(content).hexdigest(), len(content))
    with documents_storage().open(document.storage_name) as stored:
        assert stored.read() == content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (samples.png((800, 600), "RGBA"), "a.png"),
        (samples.webp((800, 600)), "a.webp"),
        (samples.jpeg((800, 600), "L"), "a"),
    ],
    ids=["png", "webp", "grey"],
)
def test_pictures_of_every_kind_become_a_jpeg(clock: Any, content: bytes, name: str) -> None:
    _rendition, image = capture_of(uploaded(content, name))

    assert image.size == (800, 600)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_sent_stands_upright(clock: Any, orientation: int) -> None:
    picture = samples.quarters((900, 700))
    if orientation in samples.TURNED:
        picture = picture.transpose(samples.TURNED[orientation])
    content = samples.encoded(picture, "JPEG", quality=92, exif=samples.exif(orientation, place=True))

    _rendition, image = capture_of(uploaded(content))

    assert image.size == (900, 700)
    for corner, at in {"tl": (150, 100), "tr": (750, 100), "bl": (150, 600), "br": (750, 600)}.items():
        pixel = image.getpixel(at)
        assert isinstance(pixel, tuple)
        assert all(abs(got - wanted) < 24 for got, wanted in zip(pixel, samples.QUARTERS[corner], strict=True)), corner


@pytest.mark.parametrize("size", [(639, 480), (640, 479), (480, 640), (240, 160), (600, 6000)])
def test_a_picture_too_small_is_refused_at_upload(clock: Any, size: tuple[int, int]) -> None:
    session = make_draft_session("selfie")

    with pytest.raises(DocumentRefused, match=rf"{size[0]} × {size[1]} pixels.*640 × 480") as caught:
        upload(session.verification, "front", samples.jpeg(size), name="front.jpg")

    assert caught.value.code == "too_small"
    assert not session.verification.documents.filter(slot="front").exists()


def test_a_turned_picture_is_measured_as_it_stands(clock: Any) -> None:
    session = make_draft_session("selfie")
    lying = samples.encoded(samples.quarters((700, 500)), "JPEG", quality=90, exif=samples.exif(6))

    with pytest.raises(DocumentRefused, match="500 × 700"):
        upload(session.verification, "front", lying, name="front.jpg")


def test_a_session_takes_no_papers_and_no_videos(clock: Any) -> None:
    session = make_draft_session("selfie")

    for slot, content in (("front", b"%PDF-1.4\n"), ("selfie", samples.mp4())):
        with pytest.raises(DocumentRefused):
            upload(session.verification, slot, content, name="x")


def test_a_session_takes_its_three_pictures_and_no_other(clock: Any) -> None:
    session = make_draft_session("selfie")

    with pytest.raises(DocumentRefused, match="takes no such document"):
        upload(session.verification, "tax_id", samples.jpeg((800, 600)))


def test_another_picture_is_taken_while_the_provider_asks_for_one(clock: Any) -> None:
    provider = refused("blur").will("add_image", feedback("ok", complete=True))
    session = sent(provider)
    old = session.verification.documents.get(slot="front")

    upload(session.verification, "front", picture_bytes((1000, 800)), name="again.jpg")
    next_image(session, provider)

    old.refresh_from_db()
    assert old.removed_at == NOON
    with Image.open(io.BytesIO(provider.pictures[-1])) as image:
        assert image.size == (1000, 800)
    assert session.status == "IN_PROGRESS"


def test_no_picture_is_taken_once_the_provider_works(clock: Any) -> None:
    session = sent(FakeSessionProvider())
    document = session.verification.documents.get(slot="front")

    with pytest.raises(InvalidTransition, match="already submitted"):
        upload(session.verification, "front", samples.jpeg((800, 600)))
    with pytest.raises(InvalidTransition, match="already submitted"):
        remove_document(document_id=document.pk, actor=ACTOR, at=NOON)


def test_a_hosted_session_takes_no_pictures(clock: Any) -> None:
    from tests.factories_sessions import make_waiting_session

    session = make_waiting_session()

    with pytest.raises(InvalidTransition):
        upload(session.verification, "front", samples.jpeg((800, 600)))


def test_a_draft_with_its_uploads_passes_and_sends_them(clock: Any) -> None:
    provider = FakeSessionProvider().will("add_image", feedback("ok", SELFIE), feedback("ok", complete=True))
    session = make_draft_session("back")
    for slot in ("front", "selfie"):
        upload(session.verification, slot, samples.jpeg((3000, 4000)), name=f"{slot}.jpg")

    submit_session(verification_id=session.verification_id, actor=ACTOR, at=NOON)
    deliver_session(session, provider)

    for content in provider.pictures:
        with Image.open(io.BytesIO(content)) as image:
            assert 640 <= image.width <= 3840
            assert 480 <= image.height <= 2160
    assert session.verification.status == "ACCEPTED"
