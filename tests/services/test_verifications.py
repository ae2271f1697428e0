"""Verifications: drafted, filled in, submitted once, cancelled, corrected; no order of events takes back a result."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    ACTOR,
    IDENTITY,
    NOON,
    make_account,
    make_draft,
    make_provider_user,
    make_user,
)
from tests.fakes import WAIT, WANTED, FakeProvider
from tests.services.support import SECOND, actions, deliver, submissions, submitted
from verifications.enums import (
    VERIFICATION_TRANSITIONS,
    ProviderUserStatus,
    VerificationStatus,
)
from verifications.errors import DomainError, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import AuditEvent, Case, Document, ProviderCall, Verification
from verifications.providers.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from verifications.providers.registry import definition
from verifications.services.call_sweep import sweep
from verifications.services.documents import remove_document
from verifications.services.verification_data import verification_data
from verifications.services.verifications import (
    cancel_verification,
    change_metadata,
    check_transition,
    create_verification,
    draft_correction,
    preflight_problems,
    retry_delivery,
    slots_for,
    submit_verification,
)

pytestmark = pytest.mark.django_db


def test_create_verification_starts_from_what_the_customer_is_known_by() -> None:
    user = make_provider_user()

    draft = create_verification(
        provider_user_id=user.pk, method="DOCUMENTS", type="identity_document", actor=ACTOR, at=NOON
    )

    data = verification_data(draft)
    assert (data.first_name, data.date_of_birth, data.nationality) == ("Zoë", dt.date(1990, 4, 15), "AD")
    assert draft.is_draft
    assert actions()[-1] == "verification.created"


@pytest.mark.parametrize(
    ("user", "changes", "error"),
    [
        ({"status": ProviderUserStatus.WAITING}, {}, InvalidTransition),
        ({}, {"method": "PIGEON"}, NotAllowed),
        ({}, {"type": "horoscope"}, NotAllowed),
    ],
    ids=["unconfirmed-user", "method", "type"],
)
def test_create_verification_refuses(user: dict[str, Any], changes: dict[str, str], error: type[Exception]) -> None:
    asked = {"method": "DOCUMENTS", "type": "identity_document"} | changes

    with pytest.raises(error):
        create_verification(provider_user_id=make_provider_user(**user).pk, actor=ACTOR, at=NOON, **asked)

    assert not Verification.objects.exists()


def test_create_verification_refuses_a_type_that_is_not_switched_on() -> None:
    user = make_provider_user(account=make_account(enabled_types=("identity_document",)))

    with pytest.raises(NotAllowed, match="switched on"):
        create_verification(provider_user_id=user.pk, method="DOCUMENTS", type="selfie", actor=ACTOR, at=NOON)


def test_create_verification_refuses_files_where_the_provider_takes_addresses_only() -> None:
    user = make_provider_user(account=make_account("PAYWARD_SERVICES"))

    with pytest.raises(NotAllowed):
        create_verification(
            provider_user_id=user.pk, method="DOCUMENTS", type="identity_document", actor=ACTOR, at=NOON
        )


def test_change_metadata_names_the_fields_and_never_their_values() -> None:
    draft = make_draft(with_front=False)

    change_metadata(
        verification_id=draft.pk,
        data=replace(IDENTITY, document_number="Z9999999", last_name="O’Neill"),
        actor=ACTOR,
        at=NOON,
    )

    event = _last_event("verification.changed")
    assert event.details == {"fields": ["document_number", "last_name"]}


def test_change_metadata_leaves_no_event_when_nothing_changed() -> None:
    draft = make_draft(with_front=False)
    before = actions()

    change_metadata(verification_id=draft.pk, data=verification_data(draft), actor=ACTOR, at=NOON)

    assert actions() == before


def test_change_metadata_refuses_what_was_submitted(clock: Any) -> None:
    verification = submitted()

    with pytest.raises(InvalidTransition):
        change_metadata(verification_id=verification.pk, data=IDENTITY, actor=ACTOR, at=NOON)


def test_change_metadata_keeps_an_address_of_which_only_the_country_is_known() -> None:
    draft = make_draft(with_front=False)
    data = verification_data(draft)
    data = replace(data, address=replace(data.address, country="PL"))

    change_metadata(verification_id=draft.pk, data=data, actor=ACTOR, at=NOON)

    draft.refresh_from_db()
    assert verification_data(draft).address.country == "PL"


def test_submit_verification_queues_one_row_and_opens_the_case(clock: Any) -> None:
    person = make_user()

    draft = make_draft()
    verification = submit_verification(verification_id=draft.pk, actor=f"user:{person.pk}", at=NOON)

    case = Case.objects.get()
    (call,) = submissions(verification)
    assert (verification.status, verification.submitted_at) == ("QUEUED", NOON)
    assert verification.external_verification_id == str(verification.public_id)
    assert (case.customer_id, case.state, case.latest_verification_id) == (
        verification.customer_id,
        "SENDING",
        verification.pk,
    )
    assert (call.operation, call.status, call.requested_by) == ("SUBMIT_DOCUMENTS", "WAITING", f"user:{person.pk}")
    assert verification.baseline_actions[0]["subject"] == "identity"


def test_submit_verification_uses_the_case_that_is_open(clock: Any) -> None:
    first = submitted()
    second = submitted(provider_user=first.provider_user)

    assert first.case_id == second.case_id
    assert Case.objects.get().latest_verification_id == second.pk


def test_submit_verification_refuses_the_second_of_two_clicks(clock: Any) -> None:
    verification = submitted()

    with pytest.raises(InvalidTransition):
        submit_verification(verification_id=verification.pk, actor=ACTOR, at=NOON)

    assert len(submissions(verification)) == 1
    assert actions().count("verification.submitted") == 1


def test_submit_verification_leaves_a_draft_with_problems_as_it_was() -> None:
    draft = make_draft(with_front=False)
    before = Verification.objects.filter(pk=draft.pk).values().get()
    events = actions()

    with pytest.raises(PreflightFailed) as refused:
        submit_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)

    assert "front" in {problem.field for problem in refused.value.problems}
    after = Verification.objects.filter(pk=draft.pk).values().get()
    assert {name: str(value) for name, value in after.items()} == {name: str(v) for name, v in before.items()}
    assert after["external_verification_id"] == ""
    assert actions() == events
    assert not ProviderCall.objects.exists()
    assert not Case.objects.exists()


def test_preflight_problems_are_none_for_a_complete_draft() -> None:
    assert preflight_problems(make_draft(), now=NOON) == []


@pytest.mark.parametrize("method", ["DOCUMENTS", "DOCUMENT_URLS"])
def test_preflight_problems_speak_of_the_host_for_addresses_only(method: str) -> None:
    user = make_provider_user(account=make_account(allowed_document_hosts=("docs.example.org",)))

    problems = preflight_problems(make_draft(user, method=method), now=NOON)

    assert bool(problems) == (method == "DOCUMENT_URLS")


def test_cancel_verification_takes_the_waiting_row_along(clock: Any) -> None:
    verification = submitted()

    cancelled = cancel_verification(verification_id=verification.pk, actor=ACTOR, at=NOON)

    assert cancelled.status == "CANCELLED"
    assert [(call.status, call.finished_at) for call in submissions(verification)] == [("CANCELLED", NOON)]
    assert Case.objects.get().state == "NEEDS_DECISION"


def test_cancel_verification_gives_up_a_draft_without_a_case() -> None:
    cancelled = cancel_verification(verification_id=make_draft(with_front=False).pk, actor=ACTOR, at=NOON)

    assert cancelled.status == "CANCELLED"
    assert not Case.objects.exists()


def test_cancel_verification_can_not_call_back_what_was_sent(clock: Any) -> None:
    verification = submitted()
    deliver(verification.account, FakeProvider(actions=(WAIT,)))

    with pytest.raises(InvalidTransition):
        cancel_verification(verification_id=verification.pk, actor=ACTOR, at=NOON)


@pytest.mark.parametrize("service", [submit_verification, cancel_verification, retry_delivery, draft_correction])
def test_services_refuse_a_verification_that_does_not_exist(service: Any) -> None:
    with pytest.raises(DomainError):
        service(verification_id=0, actor=ACTOR, at=NOON)


def test_retry_delivery_refuses_what_is_on_its_way_or_answered(clock: Any) -> None:
    waiting, accepted, retrying = submitted(), submitted(), submitted()
    deliver(accepted.account, FakeProvider(actions=(WAIT,)))
    deliver(retrying.account, FakeProvider(fails_with=[ProviderUnavailable("Busy.")]))

    for verification in (waiting, accepted, retrying, make_draft(with_front=False)):
        with pytest.raises(InvalidTransition):
            retry_delivery(verification_id=verification.pk, actor=ACTOR, at=NOON)

    assert len(submissions(waiting)) == 1


def test_draft_correction_copies_what_was_entered_and_the_documents(clock: Any) -> None:
    old = submitted()
    deliver(old.account, FakeProvider(fails_with=[ProviderRefused("Not legible.", http_status=400)]))

    new = draft_correction(verification_id=old.pk, actor=ACTOR, at=NOON)

    data = verification_data(new)
    original, copy = old.documents.get(), new.documents.get()
    assert (new.status, new.supersedes_id, data.document_number) == ("DRAFT", old.pk, "X1234567")
    assert data.external_verification_id == ""
    assert (copy.storage_name, copy.sha256, copy.slot) == (original.storage_name, original.sha256, "front")
    assert copy.public_id != original.public_id
    assert copy.renditions.count() == original.renditions.count() > 0
    assert preflight_problems(new, now=NOON) == []


def test_draft_correction_keeps_an_external_id_that_a_person_gave(clock: Any) -> None:
    old = submitted(data=replace(IDENTITY, external_verification_id="idv-77"))
    cancel_verification(verification_id=old.pk, actor=ACTOR, at=NOON)

    new = draft_correction(verification_id=old.pk, actor=ACTOR, at=NOON)

    assert new.external_verification_id == "idv-77"


def test_draft_correction_is_made_once(clock: Any) -> None:
    old = submitted()
    cancel_verification(verification_id=old.pk, actor=ACTOR, at=NOON)
    draft_correction(verification_id=old.pk, actor=ACTOR, at=NOON)

    with pytest.raises(InvalidTransition, match="exists already"):
        draft_correction(verification_id=old.pk, actor=ACTOR, at=NOON)


@pytest.mark.parametrize(
    "status", [s for s in VerificationStatus if s not in ("REFUSED", "CANCELLED", "EXPIRED", "COMPLETED")]
)
def test_draft_correction_refuses_what_is_still_open(status: str) -> None:
    draft = make_draft(with_front=False)
    Verification.objects.filter(pk=draft.pk).update(
        status=status, accepted_at=NOON if status == VerificationStatus.ACCEPTED else None
    )

    with pytest.raises(InvalidTransition):
        draft_correction(verification_id=draft.pk, actor=ACTOR, at=NOON)


def test_slots_for_tells_what_the_type_takes() -> None:
    draft = make_draft(with_front=False)
    slots = dict(slots_for(draft))

    assert slots["front"] is True  # type: ignore[index]
    assert slots["back"] is False  # type: ignore[index]


@pytest.mark.parametrize("before", VerificationStatus)
@pytest.mark.parametrize("after", VerificationStatus)
def test_check_transition_follows_the_table(before: VerificationStatus, after: VerificationStatus) -> None:
    verification = Verification(status=before)

    if after in VERIFICATION_TRANSITIONS[before]:
        check_transition(verification, after)
    else:
        with pytest.raises(InvalidTransition):
            check_transition(verification, after)


STEPS = st.lists(
    st.sampled_from(["accept", "refuse", "busy", "lose", "met", "wait", "wanted", "sweep", "retry", "cancel"]),
    min_size=1,
    max_size=7,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_events_takes_back_a_result_or_sends_twice(clock: Any, steps: list[str]) -> None:
    clock.move_to(NOON)
    verification = submitted(with_front=True)
    account = verification.account
    sent = 0
    seen = [verification.status]

    for step in steps:
        clock.shift(1000)
        errors: dict[str, Any] = {
            "refuse": ProviderRefused("No.", http_status=400),
            "busy": ProviderUnavailable("Busy."),
            "lose": OutcomeUnknown("No answer."),
        }
        listed = {"met": (), "wait": (WAIT,), "wanted": (WANTED,)}.get(step, (WAIT,))
        if step == "sweep":
            sweep(now=NOON + 10_000 * SECOND)
        elif step in ("retry", "cancel"):
            service = retry_delivery if step == "retry" else cancel_verification
            try:
                service(verification_id=verification.pk, actor=ACTOR, at=NOON)
            except InvalidTransition:
                continue
        else:
            provider = FakeProvider(fails_with=[errors[step]] if step in errors else [], actions=listed)
            deliver(account, provider)
            sent += sum(1 for name, _argument in provider.calls if name == "submit_documents") - (
                step == "busy" and bool(provider.calls) and provider.calls[0][0] == "submit_documents"
            )
        verification.refresh_from_db()
        seen.append(verification.status)

    assert sent <= 1
    for before, after in itertools.pairwise(seen):
        assert after in _reachable(before), (before, after)


def _reachable(status: str) -> set[str]:
    found, waiting = {status}, [status]
    while waiting:
        for after in VERIFICATION_TRANSITIONS[VerificationStatus(waiting.pop())]:
            if after not in found:
                found.add(after)
                waiting.append(after)
    return found


def _lost() -> Verification:
    verification = submitted()
    deliver(verification.account, FakeProvider(fails_with=[OutcomeUnknown("No answer.")], actions=(WANTED,)))
    verification.refresh_from_db()
    assert verification.status == "OUTCOME_UNKNOWN"
    return verification


def _last_event(action: str) -> Any:
    return AuditEvent.objects.filter(action=action).order_by("-id").first()


def test_a_removed_document_is_not_copied_into_a_correction(clock: Any) -> None:
    draft = make_draft()
    remove_document(document_id=draft.documents.get().pk, actor=ACTOR, at=NOON)
    cancel_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)

    new = draft_correction(verification_id=draft.pk, actor=ACTOR, at=NOON)

    assert not Document.objects.filter(verification=new).exists()


def test_every_type_has_its_slots() -> None:
    draft = make_draft(with_front=False)

    for type_ in definition("KRAKEN_EMBED").verification_types:
        draft.type = type_
        assert slots_for(draft)
