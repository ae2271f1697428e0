"""Every public function of the services stands in one of the tables below; what writes leaves an event or nothing.

A function added to a service fails here until somebody says what it is.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import transaction

from tests.factories import (
    ACTOR,
    IDENTITY,
    NOON,
    make_account,
    make_customer,
    make_draft,
    make_provider_user,
    specimen,
    upload,
)
from tests.fakes import WAIT, FakeProvider
from tests.services import (
    audit_writes,
    case_writes,
    decision_writes,
    delivery_writes,
    export_writes,
    link_writes,
    notes_writes,
    pack_writes,
    queue_writes,
    readings_writes,
    review_writes,
    seal_writes,
    session_writes,
)
from tests.services.support import SECOND, deliver, submissions, submitted
from tests.silent_writes import watched
from verifications import services
from verifications.enums import CallOperation, CallStatus, RenditionKind
from verifications.models import AccessEvent, AuditEvent, Case, ProviderCall, ProviderUser, Verification
from verifications.providers.types import SubmissionAccepted, UserCreated, UserState
from verifications.services import (
    call_effects,
    call_records,
    call_sweep,
    connection_checks,
    customers,
    document_addresses,
    documents,
    lanes,
    outcomes,
    provider_accounts,
    provider_calls,
    provider_users,
    sealed_values,
    submission_outcomes,
    user_answers,
    user_outcomes,
    verifications,
)

pytestmark = pytest.mark.django_db
Act = Callable[[], Any]

READS = {
    "audit.name_of", "outcomes.outcome_of_error", "call_operations.perform", "call_requests.current_documents",
    "call_requests.document_submission", "call_requests.file_facts", "call_requests.submission_metadata",
    "call_requests.url_submission", "cases.case_state", "customers.customer_data", "log_checks.anchors_ahead",
    "document_addresses.presigned_address", "documents.accepted_types", "documents.delivery_file",
    "document_files.documents_storage", "document_files.open_checked", "document_files.spooled",
    "documents.upload_limit",
    "lanes.lease_end", "provider_accounts.account_credentials", "provider_accounts.account_options",
    "provider_accounts.check_base_url", "provider_calls.due_under", "provider_users.profile_changes",
    "provider_users.user_profile", "roles.role_of", "sealed_values.open_bytes", "sealed_values.open_value",
    "sealed_values.sealed_columns", "verification_data.verification_data", "verifications.check_transition",
    "verifications.preflight_problems", "verifications.slots_for",
}  # fmt: skip
LOGS = {
    "audit.record_event", "audit.record_access", "direct_writes.begin_migrating", "direct_writes.end_migrating",
    "direct_writes.guard_connection",
}  # fmt: skip
FILLS_COLUMNS = {"sealed_values.seal", "verification_data.apply_data", "call_records.write_outcome"}
"""The caller saves, and the caller writes the event."""
LEDGER = {"call_queue.enqueue_call", "call_queue.enqueue_read", "doorbell.ring", "call_records.give_back"}
"""A row of the ledger is a trace by itself; the change that wants the call has its own event."""
BOOKKEEPING = {"lanes.take_lane", "lanes.keep_lane", "lanes.release_lane", "lanes.next_nonce"}
FIRST_START = {"roles.ensure_roles", "sealed_values.ensure_installation_keys"}
WITH_ITS_CALLER = {
    "customers.write_search_text", "sealed_values.make_customer_key", "user_answers.tell_unread",
}  # fmt: skip
"""Part of a change whose event its caller writes."""


def _account() -> Any:
    return make_account()


def _account_data(**changes: Any) -> Any:
    entered = {"kind": "KRAKEN_EMBED", "environment": "SANDBOX", "base_url": "http://127.0.0.1:9", "key_id": "key-n"}
    return provider_accounts.AccountData(**({"name": f"New {uuid.uuid4()}", "secret": "c2VjcmV0"} | entered | changes))


def _call(verification: Verification) -> ProviderCall:
    """The submission's row as a worker holds it."""
    claimed = provider_calls.claim_next(key_id=verification.account.key_id, now=NOON)
    assert claimed is not None
    return claimed[0]


def _user_call(operation: CallOperation, **changes: Any) -> ProviderCall:
    user = make_provider_user(**changes)
    return ProviderCall.objects.create(
        account=user.account,
        operation=operation,
        provider_user=user,
        customer=user.customer,
        requested_by=ACTOR,
        created_at=NOON,
        not_before=NOON,
    )


def _of(function: Callable[..., Any], **arguments: Any) -> Act:
    return lambda: function(**arguments, actor=ACTOR, at=NOON)


def _submission(function: Callable[..., Any], **arguments: Any) -> Act:
    return _of(function, call=_call(submitted()), **arguments)


def _new_user(function: Callable[..., Any], **arguments: Any) -> Act:
    call = _user_call(CallOperation.CREATE_USER, status="WAITING", provider_reference="", read_at=None)
    return _of(function, call=call, **arguments)


def _recorded() -> Act:
    verification = submitted()
    claimed = provider_calls.claim_next(key_id=verification.account.key_id, now=NOON)
    assert claimed is not None
    outcome = outcomes.Outcome.succeeded(SubmissionAccepted("ver_1"))
    return lambda: call_records.record_outcome(
        call_id=claimed[0].pk, token=claimed[1], outcome=outcome, answer=None, now=NOON
    )


def _abandoned() -> ProviderCall:
    call = _call(submitted())
    ProviderCall.objects.update(sending_at=NOON)
    return call


def _swept() -> Act:
    _abandoned()
    return partial(call_sweep.sweep, now=LATER)


def _sent() -> Act:
    verification = submitted()
    lane_token = lanes.take_lane(key_id=verification.account.key_id, now=NOON)
    claimed = provider_calls.claim_next(key_id=verification.account.key_id, now=NOON)
    assert claimed is not None
    assert lane_token is not None
    return lambda: provider_calls.send_claimed(
        call=claimed[0], token=claimed[1], lane_token=lane_token, client_factory=FakeProvider().client
    )


def _marked_waiting() -> Act:
    call = _call(submitted())
    return lambda: call_records.mark_waiting(call=call, cause="test", actor=ACTOR, at=NOON)


def _answered() -> Act:
    verification = submitted()
    deliver(verification.account, FakeProvider(actions=(WAIT,)))
    user = ProviderUser.objects.get(pk=verification.provider_user_id)
    call = submissions(verification)[0]
    return _of(user_answers.answer_verifications, user=user, state=UserState("AA", "ok"), call=call)


def _retried() -> Act:
    verification = submitted()
    ProviderCall.objects.update(status=CallStatus.NOT_SENT, finished_at=NOON)
    return _of(verifications.retry_delivery, verification_id=verification.pk)


def _corrected() -> Act:
    draft = make_draft()
    verifications.cancel_verification(verification_id=draft.pk, actor=ACTOR, at=NOON)
    return _of(verifications.draft_correction, verification_id=draft.pk)


def _paused() -> Any:
    account = _account()
    provider_accounts.pause_account(account=account, reason="Key not accepted.", actor=ACTOR, at=NOON)
    return account


def _customer_data(**changes: Any) -> customers.CustomerData:
    return customers.CustomerData(**({"reference": f"new-{uuid.uuid4()}", "last_name": "Ōe"} | changes))


DUE = NOON + SECOND
LATER = NOON + 3600 * SECOND
USER = UserState("AA95N84GTESTREAD", "ok")
WRITES: dict[str, Callable[[], Act]] = {
    "call_effects.apply_outcome": lambda: _submission(
        call_effects.apply_outcome, outcome=outcomes.Outcome.succeeded(SubmissionAccepted("ver_1"))
    ),
    "call_records.mark_sending": lambda: partial(call_records.mark_sending, call=submissions(submitted())[0], at=NOON),
    "call_records.mark_waiting": _marked_waiting,
    "call_records.record_outcome": _recorded,
    "call_sweep.settle_abandoned": lambda: partial(call_sweep.settle_abandoned, call_id=_abandoned().pk, now=LATER),
    "call_sweep.sweep": _swept,
    "connection_checks.record_check": lambda: _of(
        connection_checks.record_check,
        call=_user_call(CallOperation.CHECK_CONNECTION),
        status=CallStatus.SUCCEEDED,
        message="",
    ),
    "customers.change_customer": lambda: _of(
        customers.change_customer, customer_id=make_customer().pk, data=_customer_data()
    ),
    "customers.create_customer": lambda: _of(customers.create_customer, data=_customer_data()),
    "documents.remove_document": lambda: _of(documents.remove_document, document_id=make_draft().documents.get().pk),
    "documents.store_upload": lambda: partial(upload, make_draft(with_front=False), "front", specimen()),
    "provider_accounts.change_account": lambda: _of(
        provider_accounts.change_account, account_id=_account().pk, data=_account_data()
    ),
    "provider_accounts.create_account": lambda: _of(provider_accounts.create_account, data=_account_data()),
    "provider_accounts.pause_account": lambda: _of(
        provider_accounts.pause_account, account=_account(), reason="Key not accepted."
    ),
    "provider_accounts.request_connection_check": lambda: _of(
        provider_accounts.request_connection_check, account_id=_account().pk
    ),
    "provider_accounts.resume_account": lambda: _of(provider_accounts.resume_account, account_id=_paused().pk),
    "provider_accounts.set_account_enabled": lambda: _of(
        provider_accounts.set_account_enabled, account_id=_account().pk, enabled=False
    ),
    "provider_calls.claim_next": lambda: partial(
        provider_calls.claim_next, key_id=submitted().account.key_id, now=NOON
    ),
    "provider_calls.deliver_lane": lambda: partial(deliver, submitted().account, FakeProvider(actions=(WAIT,))),
    "provider_calls.send_claimed": _sent,
    "provider_users.create_provider_user": lambda: _of(
        provider_users.create_provider_user,
        customer_id=make_customer().pk,
        account_id=_account().pk,
        headless=True,
    ),
    "provider_users.link_provider_user": lambda: _of(
        provider_users.link_provider_user,
        customer_id=make_customer().pk,
        account_id=_account().pk,
        provider_reference="AA95N84GTESTLINK",
    ),
    "provider_users.request_profile_update": lambda: _of(
        provider_users.request_profile_update, provider_user_id=make_provider_user().pk
    ),
    "provider_users.request_status_read": lambda: _of(
        provider_users.request_status_read, provider_user_id=make_provider_user().pk
    ),
    "submission_outcomes.submission_accepted": lambda: _submission(
        submission_outcomes.submission_accepted, result=SubmissionAccepted("ver_1")
    ),
    "submission_outcomes.submission_not_processed": lambda: _submission(
        submission_outcomes.submission_not_processed, message="Busy.", due=DUE
    ),
    "submission_outcomes.submission_refused": lambda: _submission(
        submission_outcomes.submission_refused, message="No."
    ),
    "submission_outcomes.submission_stopped": lambda: _submission(
        submission_outcomes.submission_stopped, message="Busy."
    ),
    "submission_outcomes.submission_unknown": lambda: _submission(
        submission_outcomes.submission_unknown, message="No answer."
    ),
    "user_answers.answer_verifications": _answered,
    "user_outcomes.user_created": lambda: _new_user(user_outcomes.user_created, result=UserCreated("AA95N84GTESTNEWU")),
    "user_outcomes.user_read": lambda: _of(
        user_outcomes.user_read, call=_user_call(CallOperation.GET_USER, status="WAITING"), state=USER
    ),
    "user_outcomes.user_refused": lambda: _new_user(user_outcomes.user_refused, message="No."),
    "user_outcomes.user_stopped": lambda: _new_user(user_outcomes.user_stopped, message="Busy."),
    "user_outcomes.user_unknown": lambda: _new_user(user_outcomes.user_unknown, message="No answer."),
    "user_outcomes.user_updated": lambda: _of(user_outcomes.user_updated, call=_user_call(CallOperation.UPDATE_USER)),
    "verifications.cancel_verification": lambda: _of(verifications.cancel_verification, verification_id=submitted().pk),
    "verifications.change_metadata": lambda: _of(
        verifications.change_metadata,
        verification_id=make_draft(with_front=False).pk,
        data=replace(IDENTITY, document_number="Z7654321"),
    ),
    "verifications.create_verification": lambda: _of(
        verifications.create_verification,
        provider_user_id=make_provider_user().pk,
        method="DOCUMENTS",
        type="identity_document",
    ),
    "verifications.draft_correction": _corrected,
    "verifications.retry_delivery": _retried,
    "verifications.submit_verification": lambda: _of(
        verifications.submit_verification, verification_id=make_draft().pk
    ),
}


def _opened(open_: Callable[[Any], Any]) -> Act:
    document = make_draft().documents.get()

    def act() -> None:
        opened = open_(document)
        getattr(opened, "stream", opened).close()

    return act


def _presigned() -> Act:
    document = make_draft().documents.get()
    address = document_addresses.presigned_address(document=document, account=document.verification.account, at=NOON)
    token, filename = address.split("/")[-2:]

    def act() -> None:
        document_addresses.open_presigned(token=token, filename=filename, at=NOON).stream.close()

    return act


LOOKS: dict[str, Callable[[], Act]] = {
    "document_addresses.open_presigned": _presigned,
    "documents.open_original": lambda: _opened(
        lambda document: documents.open_original(document=document, actor=ACTOR, at=NOON)
    ),
    "documents.open_rendition": lambda: _opened(
        lambda document: documents.open_rendition(
            document=document, kind=RenditionKind.PREVIEW, page=1, actor=ACTOR, at=NOON
        )
    ),
    "sealed_values.reveal": lambda: _of(sealed_values.reveal, record=make_customer(), field="phone", purpose="REVIEW"),
}


READS |= link_writes.READS
LOGS |= link_writes.LOGS
FILLS_COLUMNS |= link_writes.FILLS_COLUMNS
LEDGER |= link_writes.LEDGER
BOOKKEEPING |= link_writes.BOOKKEEPING
WRITES |= link_writes.WRITES
LOOKS |= link_writes.LOOKS
READS |= session_writes.READS
LEDGER |= session_writes.LEDGER
BOOKKEEPING |= session_writes.BOOKKEEPING
WITH_ITS_CALLER |= session_writes.WITH_ITS_CALLER
WRITES |= session_writes.WRITES
LOOKS |= session_writes.LOOKS
READS |= delivery_writes.READS
LEDGER |= delivery_writes.LEDGER
BOOKKEEPING |= delivery_writes.BOOKKEEPING
WITH_ITS_CALLER |= delivery_writes.WITH_ITS_CALLER
WRITES |= delivery_writes.WRITES
READS |= queue_writes.READS
LOGS |= queue_writes.LOGS
WRITES |= queue_writes.WRITES
WRITES |= review_writes.WRITES
WITH_ITS_CALLER |= pack_writes.WITH_ITS_CALLER
WRITES |= pack_writes.WRITES
READS |= case_writes.READS
BOOKKEEPING |= case_writes.BOOKKEEPING
WITH_ITS_CALLER |= case_writes.WITH_ITS_CALLER
WRITES |= case_writes.WRITES
READS |= readings_writes.READS
FILLS_COLUMNS |= readings_writes.FILLS_COLUMNS
WITH_ITS_CALLER |= readings_writes.WITH_ITS_CALLER
WRITES |= readings_writes.WRITES
READS |= notes_writes.READS
BOOKKEEPING |= notes_writes.BOOKKEEPING
FIRST_START |= notes_writes.FIRST_START
WRITES |= notes_writes.WRITES
LOOKS |= notes_writes.LOOKS
READS |= decision_writes.READS
FIRST_START |= decision_writes.FIRST_START
WRITES |= decision_writes.WRITES
LOGS |= audit_writes.LOGS
WRITES |= audit_writes.WRITES
READS |= seal_writes.READS
BOOKKEEPING |= seal_writes.BOOKKEEPING
WRITES |= seal_writes.WRITES
READS |= export_writes.READS
LOGS |= export_writes.LOGS
LEDGER |= export_writes.LEDGER
WITH_ITS_CALLER |= export_writes.WITH_ITS_CALLER
WRITES |= export_writes.WRITES
LOOKS |= export_writes.LOOKS
SWALLOW_FAULTS = (
    "provider_calls.",
    "call_sweep.sw",
    *link_writes.SWALLOW_FAULTS,
    *session_writes.SWALLOW_FAULTS,
    *delivery_writes.SWALLOW_FAULTS,
    *case_writes.SWALLOW_FAULTS,
    *decision_writes.SWALLOW_FAULTS,
    *export_writes.SWALLOW_FAULTS,
)


class LogIsFull(Exception):
    """Stands for whatever keeps an event from being written."""


def test_the_tables_name_every_public_function_of_the_services() -> None:
    known = (
        READS | LOGS | FILLS_COLUMNS | LEDGER | BOOKKEEPING | FIRST_START | WITH_ITS_CALLER | set(WRITES) | set(LOOKS)
    )

    assert _public_functions() == known


@pytest.mark.parametrize("name", WRITES)
def test_what_writes_leaves_an_event(clock: Any, name: str) -> None:
    act = WRITES[name]()
    before, events = _everything(), AuditEvent.objects.count()

    with transaction.atomic():
        act()

    assert _everything() != before
    assert AuditEvent.objects.count() > events


@pytest.mark.parametrize(
    "name",
    [name for name in WRITES if not name.startswith(SWALLOW_FAULTS)],
)
def test_what_can_not_leave_its_event_changes_nothing(clock: Any, name: str, monkeypatch: Any) -> None:
    act = WRITES[name]()
    before = _everything()
    monkeypatch.setattr(AuditEvent.objects, "create", _refuse)

    with pytest.raises(LogIsFull), transaction.atomic():
        act()

    assert _everything() == before


@pytest.mark.parametrize("name", [name for name in WRITES if name.startswith(SWALLOW_FAULTS)])
def test_what_takes_several_transactions_leaves_an_event_in_each(clock: Any, name: str) -> None:
    act = WRITES[name]()

    with watched(name):
        act()


def test_delivery_sends_nothing_when_no_event_can_be_written(clock: Any, monkeypatch: Any) -> None:
    verification = submitted()
    provider = FakeProvider()
    monkeypatch.setattr(AuditEvent.objects, "create", _refuse)

    with pytest.raises(LogIsFull):
        deliver(verification.account, provider)

    assert provider.calls == []
    assert submissions(verification)[0].status == "WAITING"
    assert Case.objects.get().state == "SENDING"


@pytest.mark.parametrize("name", LOOKS)
def test_what_shows_personal_data_leaves_its_access_event_or_shows_nothing(
    clock: Any, name: str, monkeypatch: Any
) -> None:
    act = LOOKS[name]()

    act()
    events = AccessEvent.objects.count()
    monkeypatch.setattr(AccessEvent.objects, "create", _refuse)
    with pytest.raises(LogIsFull):
        act()

    assert events == 1
    assert AccessEvent.objects.count() == 1


def _refuse(**_row: Any) -> Any:
    raise LogIsFull


def _everything() -> str:
    """Every row of the portal but the logs', as stored."""
    rows = [
        row
        for model in apps.get_app_config("verifications").get_models()
        if model not in (AuditEvent, AccessEvent)
        for row in model._default_manager.order_by("pk")
    ]
    return serializers.serialize("json", rows)


def _public_functions() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"{services.__name__}.{module.name}")
        found |= {
            f"{module.name}.{name}"
            for name, value in vars(loaded).items()
            if inspect.isfunction(value) and value.__module__ == loaded.__name__ and not name.startswith("_")
        }
    return found
