"""The webhook address at Capa and its list of deliveries, redelivered on a person's word only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.factories import ACTOR, NOON, make_account
from tests.fakes_links import FakeLinkProvider
from tests.services.link_support import capa_account, deliver
from tests.services.support import actions
from verifications.enums import CallStatus
from verifications.errors import DomainError, NotAllowed
from verifications.models import ProviderAccount, ProviderCall, ProviderNotification
from verifications.providers.errors import (
    OutcomeUnknown,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from verifications.providers.link_types import Notification
from verifications.services.notifications import (
    request_notification,
    request_notifications,
    request_redelivery,
    request_webhook_settings,
)
from verifications.services.provider_accounts import request_connection_check
from verifications.services.sealed_values import open_value

pytestmark = pytest.mark.django_db

ADDRESS = "https://portal.example.org/webhooks/capa/0b9d0a0e-5b7a-4a55-9c11-5d2f6a4b7c10/"
OTHER = "https://other.example.org/webhooks/"


def test_the_address_counts_when_capa_has_confirmed_it(clock: Any) -> None:
    account, provider = capa_account(), FakeLinkProvider()

    request_webhook_settings(account_id=account.pk, url=ADDRESS, actor=ACTOR, at=NOON)
    account.refresh_from_db()
    before = account.webhook_url
    deliver(account, provider)

    account.refresh_from_db()
    assert (before, account.webhook_url) == ("", ADDRESS)
    assert provider.calls == [("set_webhook", ADDRESS)]
    assert actions()[-2:] == ["webhook.settings_requested", "webhook.settings_changed"]


def test_no_address_switches_delivery_off(clock: Any) -> None:
    account, provider = capa_account(), FakeLinkProvider()
    ProviderAccount.objects.update(webhook_url=ADDRESS)

    request_webhook_settings(account_id=account.pk, url=None, actor=ACTOR, at=NOON)
    deliver(account, provider)

    account.refresh_from_db()
    assert account.webhook_url == ""
    assert provider.calls == [("set_webhook", None)]


def test_a_later_wish_replaces_the_one_that_waits(clock: Any) -> None:
    account, provider = capa_account(), FakeLinkProvider()

    for address in (OTHER, ADDRESS):
        request_webhook_settings(account_id=account.pk, url=address, actor=ACTOR, at=NOON)
    deliver(account, provider)

    assert provider.calls == [("set_webhook", ADDRESS)]


def test_the_retry_of_an_older_wish_does_not_undo_the_later_one(clock: Any) -> None:
    account = capa_account()
    provider = FakeLinkProvider(fails_with=[OutcomeUnknown("Failed.", http_status=500)])
    request_webhook_settings(account_id=account.pk, url=OTHER, actor=ACTOR, at=NOON)
    deliver(account, provider)
    retry = ProviderCall.objects.get(status=CallStatus.WAITING)
    request_webhook_settings(account_id=account.pk, url=ADDRESS, actor=ACTOR, at=NOON)
    deliver(account, provider)
    ProviderCall.objects.filter(pk=retry.pk).update(status=CallStatus.WAITING, finished_at=None)

    clock.shift(60)
    deliver(account, provider)

    account.refresh_from_db()
    assert [argument for _name, argument in provider.calls] == [OTHER, ADDRESS]
    assert account.webhook_url == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.example.org/hook/",
        "ftp://portal.example.org/",
        "https://user:word@portal.example.org/",
        "https://portal.example.org/?token=1",
        "https://portal.example.org/#part",
        "https://портал.example/",
        "https://portal.example.org/" + "x" * 300,
        "https://[::1",
        "//portal.example.org/",
    ],
)
def test_an_address_that_must_not_be_one_is_refused(clock: Any, address: str) -> None:
    with pytest.raises(NotAllowed):
        request_webhook_settings(account_id=capa_account().pk, url=address, actor=ACTOR, at=NOON)

    assert not ProviderCall.objects.exists()


def test_plain_http_is_for_a_stand_in_on_this_machine(clock: Any, settings: Any) -> None:
    account = capa_account()

    request_webhook_settings(account_id=account.pk, url="http://127.0.0.1:8000/hook/", actor=ACTOR, at=NOON)
    settings.IS_PRODUCTION = True
    with pytest.raises(NotAllowed):
        request_webhook_settings(account_id=account.pk, url="http://127.0.0.1:8000/hook/", actor=ACTOR, at=NOON)

    assert ProviderCall.objects.count() == 1


@pytest.mark.parametrize("ask", [request_notifications, lambda **more: request_webhook_settings(url=ADDRESS, **more)])
def test_other_providers_and_missing_accounts_have_no_webhooks(clock: Any, ask: Any) -> None:
    for account_id in (make_account().pk, 987_654):
        with pytest.raises(DomainError):
            ask(account_id=account_id, actor=ACTOR, at=NOON)


def test_a_refused_address_changes_nothing_here(clock: Any) -> None:
    account = capa_account()
    ProviderAccount.objects.update(webhook_url=OTHER)
    request_webhook_settings(account_id=account.pk, url=ADDRESS, actor=ACTOR, at=NOON)

    deliver(account, FakeLinkProvider(fails_with=[ProviderRefused("No.", code="bad_request", http_status=400)]))

    account.refresh_from_db()
    assert account.webhook_url == OTHER
    assert ProviderCall.objects.get().message == "No."


def test_a_401_on_these_calls_stops_the_account_at_once(clock: Any) -> None:
    account = capa_account()
    request_notifications(account_id=account.pk, actor=ACTOR, at=NOON)

    deliver(
        account,
        FakeLinkProvider(fails_with=[ProviderProtocolError("Key?", code="provider_auth", http_status=401)]),
    )

    account.refresh_from_db()
    assert account.paused_at is not None


def test_the_list_is_read_page_by_page_and_not_for_ever(clock: Any) -> None:
    account = capa_account()
    provider = FakeLinkProvider(notifications=[_sent(number) for number in range(1200)])

    request_notifications(account_id=account.pk, actor=ACTOR, at=NOON)
    deliver(account, provider)

    account.refresh_from_db()
    assert [argument for _name, argument in provider.calls] == [("", skip, 100) for skip in (0, 100, 200, 300, 400)]
    assert ProviderNotification.objects.count() == 500
    assert account.notifications_read_at == NOON


def test_reading_the_list_again_brings_the_same_rows_up_to_date(clock: Any) -> None:
    account = capa_account()
    provider = FakeLinkProvider(notifications=[_sent(1, status="PENDING"), _sent(2)])
    for status in ("PENDING", "FAILED"):
        provider.notifications[0] = _sent(1, status=status)
        request_notifications(account_id=account.pk, actor=ACTOR, at=NOON)
        deliver(account, provider)

    assert ProviderNotification.objects.count() == 2
    assert ProviderNotification.objects.get(provider_reference="n-1").status == "FAILED"


def test_an_unknown_status_is_kept_as_it_came(clock: Any) -> None:
    _listed(_sent(1, status="ON_HOLD_" + "X" * 100))

    assert ProviderNotification.objects.get().status.startswith("ON_HOLD_X")


def test_two_requests_are_one_reading(clock: Any) -> None:
    notification = _listed(_sent(1, status="FAILED"))

    lists = [request_notifications(account_id=notification.account_id, actor=ACTOR, at=NOON).pk for _click in "ab"]
    reads = [request_notification(notification_id=notification.pk, actor=ACTOR, at=NOON).pk for _click in "ab"]
    again = [request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON).pk for _click in "ab"]

    assert len(set(lists)) == len(set(reads)) == len(set(again)) == 1


def test_a_delivery_in_full_is_kept_sealed(clock: Any) -> None:
    payload = {"type": "KYC", "event": "VERIFIED_USER", "externalUserId": "0b9d0a0e"}
    full = _sent(1, status="FAILED", payload=payload, latest_error="500 " + "x" * 400)
    notification = _listed(full)

    request_notification(notification_id=notification.pk, actor=ACTOR, at=NOON)
    deliver(notification.account, FakeLinkProvider(notifications=[full]))

    notification.refresh_from_db()
    assert json.loads(open_value(notification, "payload")) == payload
    assert "0b9d0a0e" not in str(notification.payload)
    assert len(notification.latest_error) == 300


def test_a_delivery_capa_does_not_know_says_so(clock: Any) -> None:
    notification = _listed(_sent(1))
    request_notification(notification_id=notification.pk, actor=ACTOR, at=NOON)

    deliver(
        notification.account,
        FakeLinkProvider(fails_with=[ProviderRefused("No such delivery.", code="not_found", http_status=404)]),
    )

    notification.refresh_from_db()
    assert notification.problem == "No such delivery."


@pytest.mark.parametrize("changes", [{"status": "SENT"}, {"status": "FAILED", "manual_retry_count": 3}])
def test_only_a_failed_delivery_is_redelivered_and_three_times_at_most(clock: Any, changes: dict[str, Any]) -> None:
    notification = _listed(_sent(1, **changes))

    with pytest.raises(NotAllowed):
        request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON)

    assert not ProviderCall.objects.filter(operation="RETRY_NOTIFICATION").exists()


def test_a_redelivery_is_pending_and_looked_at_again(clock: Any) -> None:
    notification = _listed(_sent(1, status="FAILED"))
    request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON)
    provider = FakeLinkProvider(notifications=[_sent(1, status="SENT")])

    deliver(notification.account, provider)
    notification.refresh_from_db()
    between = notification.status
    clock.shift(60)
    deliver(notification.account, provider)

    notification.refresh_from_db()
    assert (between, notification.status) == ("PENDING", "SENT")
    assert provider.names == ["retry_notification", "get_notification"]
    assert "notification.redelivered" in actions()


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (ProviderRefused("Used up.", code="redelivery_not_possible", http_status=409), ["retry_notification"]),
        (
            ProviderUnavailable("Too fast.", code="rate_limited", http_status=429, retry_after=60),
            ["retry_notification"],
        ),
    ],
    ids=["409", "429"],
)
def test_a_redelivery_that_was_not_taken_says_why(clock: Any, error: Exception, names: list[str]) -> None:
    notification = _listed(_sent(1, status="FAILED"))
    provider = FakeLinkProvider(fails_with=[error])
    request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON)

    deliver(notification.account, provider)

    notification.refresh_from_db()
    assert notification.problem == str(error)
    assert provider.names == names


@pytest.mark.parametrize(("status", "problem"), [("FAILED", "not confirmed"), ("SENT", ""), ("PENDING", "")])
def test_a_lost_redelivery_is_looked_up_and_never_repeated_by_itself(clock: Any, status: str, problem: str) -> None:
    notification = _listed(_sent(1, status="FAILED"))
    lost = OutcomeUnknown("Lost.", code="redelivery_unknown", http_status=500)
    provider = FakeLinkProvider(fails_with=[lost], notifications=[_sent(1, status=status)])
    request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON)

    for _turn in range(4):
        deliver(notification.account, provider)
        clock.shift(600)

    notification.refresh_from_db()
    assert provider.names == ["retry_notification", "get_notification"]
    assert notification.status == status
    assert (problem in notification.problem) if problem else notification.problem == ""


def test_after_a_lost_redelivery_a_person_may_ask_once_more(clock: Any) -> None:
    notification = _listed(_sent(1, status="FAILED"))
    lost = OutcomeUnknown("Lost.", code="redelivery_unknown", http_status=500)
    provider = FakeLinkProvider(fails_with=[lost], notifications=[_sent(1, status="FAILED")])
    for _press in range(2):
        request_redelivery(notification_id=notification.pk, actor=ACTOR, at=NOON)
        deliver(notification.account, provider)

    notification.refresh_from_db()
    assert provider.names.count("retry_notification") == 2
    assert (notification.status, notification.problem) == ("PENDING", "")


def test_the_connection_test_reads_one_line_of_the_list(clock: Any) -> None:
    account, provider = capa_account(), FakeLinkProvider()
    request_connection_check(account_id=account.pk, actor=ACTOR, at=NOON)

    deliver(account, provider)

    account.refresh_from_db()
    assert provider.calls == [("list_notifications", ("", 0, 1))]
    assert account.check_passed
    assert not ProviderNotification.objects.exists()


def _sent(number: int, *, status: str = "SENT", **more: Any) -> Notification:
    return Notification(id=f"n-{number}", status=status, event_type="VERIFIED_USER", **more)


def _listed(*items: Notification) -> ProviderNotification:
    account = capa_account()
    request_notifications(account_id=account.pk, actor=ACTOR, at=NOON)
    deliver(account, FakeLinkProvider(notifications=list(items)))
    return ProviderNotification.objects.select_related("account").get(provider_reference=items[0].id)
