"""The cards of an account: webhooks and deliveries at Capa, the token at Transmit Security; role by role."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_account
from tests.services.link_support import WEBHOOK_SECRET, capa_account
from tests.views.link_records import delivery
from tests.views.support import client_as
from verifications.models import AccessEvent, ProviderAccount, ProviderCall, ProviderToken, ReceivedWebhook
from verifications.services.sealed_values import seal

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return client_as("administrator")


def path(account: ProviderAccount, name: str) -> str:
    return reverse(f"verifications:{name}", args=[account.public_id])


def test_the_card_shows_our_address_what_capa_confirmed_and_what_came(admin: Client) -> None:
    account = capa_account()
    for outcome, over in (("READ_QUEUED", "raw"), ("READ_QUEUED", "reserialised"), ("UNKNOWN_USER", "raw")):
        row = ReceivedWebhook(
            account=account, received_at=timezone.now(), outcome=outcome, signed_over=over, event="VERIFIED_USER"
        )
        seal(row, "body", b"{}", mask="sealed")
        row.save()

    before = admin.get(account.get_absolute_url()).content.decode()
    address = f"{settings.PUBLIC_URL}/webhooks/capa/{account.public_id}/"
    ProviderAccount.objects.filter(pk=account.pk).update(webhook_url=address)
    confirmed = admin.get(account.get_absolute_url()).content.decode()
    ProviderAccount.objects.filter(pk=account.pk).update(webhook_url="https://elsewhere.example/")
    elsewhere = admin.get(account.get_absolute_url()).content.decode()

    assert address in before
    assert "Capa has confirmed no address" in before
    assert "2 caused a reading, 1 no such user here" in before
    assert "1 over the compact form" in before
    assert "Capa delivers here" in confirmed
    assert "Capa delivers somewhere else" in elsewhere
    assert WEBHOOK_SECRET not in before


def test_the_address_is_set_and_taken_away_by_a_call_each(admin: Client) -> None:
    account = capa_account()

    admin.post(path(account, "provider_account_webhook"), {"on": "1"})
    partial = admin.get(account.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    admin.post(path(account, "provider_account_webhook"), {"on": "0"})

    calls = ProviderCall.objects.filter(operation="SET_WEBHOOK").order_by("id")
    assert [call.argument for call in calls] == [f"{settings.PUBLIC_URL}/webhooks/capa/{account.public_id}/", ""]
    assert "Asking Capa" in partial


def test_accounts_of_other_kinds_have_no_webhooks_and_no_deliveries(admin: Client) -> None:
    account = make_account()

    assert "Webhooks" not in admin.get(account.get_absolute_url()).content.decode()
    assert admin.get(path(account, "notification_list")).status_code == 404
    assert admin.post(path(account, "provider_account_webhook"), {"on": "1"}).status_code == 404


def test_the_transmit_page_tells_the_tokens_time_and_never_the_token(admin: Client) -> None:
    account = make_account("TRANSMIT_VERIFY")
    none_yet = admin.get(account.get_absolute_url()).content.decode()
    token = ProviderToken(account=account, expires_at=timezone.now() + dt.timedelta(hours=1))
    seal(token, "value", "bearer-of-nobody", mask="••••")
    token.save()

    valid = admin.get(account.get_absolute_url()).content.decode()
    ProviderToken.objects.update(expires_at=timezone.now() - dt.timedelta(hours=1))
    over = admin.get(account.get_absolute_url()).content.decode()

    assert "the first call fetches one" in none_yet
    assert "valid until" in valid
    assert "over since" in over
    assert "bearer-of-nobody" not in valid + over


def test_deliveries_are_listed_filtered_and_only_failed_ones_offered_again(admin: Client) -> None:
    account = capa_account()
    failed, sent = delivery(account), delivery(account, status="SENT")
    spent, odd = delivery(account, manual_retry_count=3), delivery(account, status="HICCUP")

    text = admin.get(path(account, "notification_list")).content.decode()
    filtered = admin.get(path(account, "notification_list"), {"status": "SENT"}).content.decode()

    again = [
        reverse("verifications:notification_redeliver", args=[one.public_id]) in text
        for one in (failed, sent, spent, odd)
    ]
    assert again == [True, False, False, False]
    assert "3 of 3" in text
    assert "HICCUP" in text
    assert failed.provider_reference not in filtered
    assert sent.provider_reference in filtered


def test_refresh_read_and_redelivery_make_one_call_each(admin: Client) -> None:
    account = capa_account()
    failed, sent = delivery(account), delivery(account, status="SENT")

    admin.post(path(account, "notification_refresh"))
    admin.post(reverse("verifications:notification_read", args=[failed.public_id]))
    admin.post(reverse("verifications:notification_redeliver", args=[failed.public_id]))
    refused = admin.post(reverse("verifications:notification_redeliver", args=[sent.public_id]), follow=True)

    operations = [call.operation for call in ProviderCall.objects.order_by("id")]
    assert operations == ["LIST_NOTIFICATIONS", "GET_NOTIFICATION", "RETRY_NOTIFICATION"]
    assert "Capa repeats failed deliveries only" in refused.content.decode()


def test_a_deliverys_content_is_revealed_for_a_purpose_with_an_access_event() -> None:
    row = delivery()
    seal(row, "payload", '{"event": "VERIFIED_USER", "externalUserId": "u-1"}', mask="sealed")
    row.save(update_fields=["payload"])
    client = client_as("auditor")
    reveal = reverse("verifications:value_reveal", args=["delivery", row.public_id, "payload"])

    before = client.get(reverse("verifications:notification_detail", args=[row.public_id])).content.decode()
    shown = client.post(reveal, {"purpose": "AUDIT"}).content.decode()

    assert "u-1" not in before
    assert "u-1" in shown
    assert AccessEvent.objects.filter(action="value.revealed", subject_id=str(row.public_id)).count() == 1


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_readers_see_deliveries_and_no_button(role: str) -> None:
    account = capa_account()
    row = delivery(account)
    client = client_as(role)
    pages = [
        client.get(account.get_absolute_url()),
        client.get(path(account, "notification_list")),
        client.get(reverse("verifications:notification_detail", args=[row.public_id])),
    ]

    text = "".join(page.content.decode() for page in pages)
    for name in ("provider_account_webhook", "notification_refresh"):
        assert path(account, name) not in text
    for name in ("notification_read", "notification_redeliver"):
        assert reverse(f"verifications:{name}", args=[row.public_id]) not in text
