"""The main job over real HTTP: user created, documents submitted, status read, and both sides' books agree."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import ACTOR, IDENTITY, make_customer, make_draft, specimen, upload
from tests.flows.conftest import Flow
from verifications.models import AccessEvent, Case, ProviderCall, ProviderUser
from verifications.services import outcomes
from verifications.services.provider_accounts import AccountData, change_account, request_connection_check
from verifications.services.provider_users import create_provider_user, link_provider_user
from verifications.services.verifications import submit_verification

pytestmark = pytest.mark.django_db(transaction=True)
JOURNEYS = [
    ("KRAKEN_EMBED", "DOCUMENTS", False),
    ("KRAKEN_EMBED", "DOCUMENT_URLS", True),
    ("PAYWARD_SERVICES", "DOCUMENT_URLS", False),
]


@pytest.mark.parametrize(("kind", "method", "headless"), JOURNEYS)
def test_a_document_reaches_the_provider_and_its_answer_comes_back(
    flow: Flow, kind: str, method: str, headless: bool
) -> None:
    account = flow.account(kind)
    user = create_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, headless=headless, actor=ACTOR, at=timezone.now()
    )
    flow.run_until(account, lambda: _status(user) != "WAITING" and _read(user))
    draft = make_draft(_fresh(user), method=method, data=_now())
    upload(draft, "back", specimen(), name="back.jpg")

    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _status(draft) == "COMPLETED")

    draft.refresh_from_db()
    (row,) = flow.stand_in.record()
    call = ProviderCall.objects.get(verification=draft)
    assert draft.answer == "REQUIREMENT_MET"
    assert Case.objects.get().state == "NEEDS_DECISION"
    assert (row["verification_id"], row["user_id"]) == (draft.provider_reference, _fresh(user).provider_reference)
    assert (row["body_sha256"], row["key_id"]) == (call.body_sha256, account.key_id)
    assert sorted(file["sha256"] for file in row["files"]) == sorted(draft.documents.values_list("sha256", flat=True))
    fetched = AccessEvent.objects.filter(action="document.provider_fetched", actor=f"provider:{account.public_id}")
    assert fetched.count() == (2 if method == "DOCUMENT_URLS" else 0)


def test_a_user_that_exists_is_linked_by_its_id(flow: Flow) -> None:
    account = flow.account()
    known = flow.stand_in.control("POST", "users", {"api": "kraken_embed"})["user_id"]

    user = link_provider_user(
        customer_id=make_customer().pk,
        account_id=account.pk,
        provider_reference=known,
        actor=ACTOR,
        at=timezone.now(),
    )
    flow.run_until(account, lambda: _status(user) != "WAITING")

    assert _status(user) == "LINKED"
    assert {action["subject"] for action in _fresh(user).required_actions} == {"identity", "residence", "selfie"}


def test_a_connection_test_tells_a_wrong_secret_from_a_right_one(flow: Flow) -> None:
    account = flow.account(secret="d3Jvbmcgc2VjcmV0IG9mIGEga2V5IHRoYXQgZXhpc3Rz")
    request_connection_check(account_id=account.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _checked(account))
    wrong = (account.check_passed, account.paused_at is not None)

    pair = flow.stand_in.keys["kraken_embed"]
    change_account(
        account_id=account.pk,
        data=AccountData(
            name=account.name,
            kind=account.kind,
            environment=account.environment,
            base_url=account.base_url,
            key_id=account.key_id,
            secret=pair["secret"],
        ),
        actor=ACTOR,
        at=timezone.now(),
    )
    request_connection_check(account_id=account.pk, actor=ACTOR, at=timezone.now())
    flow.run_until(account, lambda: _checked(account) and not account.paused_at)

    assert wrong == (False, True)
    assert account.check_passed is True


def test_a_provider_that_is_down_gets_the_documents_when_it_is_up_again(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough that one delivery, on a machine however busy, never makes every try there is while it is down.
    monkeypatch.setattr(outcomes, "_backoff", lambda _number: 1.0)
    account = flow.account()
    known = flow.stand_in.control("POST", "users", {"api": "kraken_embed"})["user_id"]
    user = link_provider_user(
        customer_id=make_customer().pk, account_id=account.pk, provider_reference=known, actor=ACTOR, at=timezone.now()
    )
    flow.run_until(account, lambda: _status(user) == "LINKED")
    type(account).objects.filter(pk=account.pk).update(base_url="http://127.0.0.1:9")
    draft = make_draft(_fresh(user), data=_now())
    submit_verification(verification_id=draft.pk, actor=ACTOR, at=timezone.now())

    flow.run_until(account, lambda: ProviderCall.objects.filter(verification=draft).count() > 2)
    down = _status(draft)
    type(account).objects.filter(pk=account.pk).update(base_url=flow.stand_in.base_url)
    flow.run_until(account, lambda: _status(draft) == "COMPLETED")

    assert down == "QUEUED"
    assert len(flow.stand_in.record()) == 1


def _now() -> Any:
    return replace(IDENTITY, verified_at=timezone.now() - dt.timedelta(hours=1), document_type="id_card")


def _fresh(user: ProviderUser) -> ProviderUser:
    return ProviderUser.objects.select_related("account", "customer").get(pk=user.pk)


def _status(row: Any) -> str:
    return str(type(row).objects.values_list("status", flat=True).get(pk=row.pk))


def _read(user: ProviderUser) -> bool:
    return _fresh(user).read_at is not None


def _checked(account: Any) -> bool:
    account.refresh_from_db()
    return account.checked_at is not None
