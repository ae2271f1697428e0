"""What the journal of a Capa call keeps, and what a real connection carries. Contract: capa-partner 3, 7."""

from __future__ import annotations

import json

import pytest

from tests.providers.capa_samples import ALIAS, CALLS, DATA, EMAIL, EXTERNAL_ID, KEY, RETURN, USER, USER_ID, capa_client
from tests.providers.loopback import LoopbackServer, always, closed_port
from tests.providers.samples import CannedTransport, RecordingJournal
from verifications.providers.errors import ProviderProtocolError, ProviderUnavailable


@pytest.mark.parametrize("call", CALLS)
def test_the_journal_has_the_call_without_key_link_or_person(call: str) -> None:
    journal = RecordingJournal()

    CALLS[call](capa_client("", journal, transport=CannedTransport(200, {"success": True, "data": DATA[call]})))

    assert journal.steps == ["sending", "answered"]
    sent, received = journal.sent[0], journal.received[0]
    assert (sent.key_id, sent.nonce) == ("capa-test-key", "")
    everything = "".join([repr(sent), repr(received), sent.original.decode(), received.body.decode()])
    for hidden in (KEY, RETURN, "3f9a7cd0e1b24c58", "aa11bb22", "cc33", "77secret", "sig=secret", "front.jpg"):
        assert hidden not in everything
    shown = json.dumps([sent.redacted, received.redacted], ensure_ascii=False)
    for hidden in (EMAIL, ALIAS, EXTERNAL_ID, USER_ID, "vs_000111222", "P00000471", "1990-05-17", "Calle", "PASSPORT",
                   "Teacher", "NTA900517AB1", "김민준", "EXA000000AA0", "Łukasz", "Suharto"):  # fmt: skip
        assert hidden not in shown


def test_the_journal_shows_how_it_went() -> None:
    journal = RecordingJournal()
    data = DATA["C4"] | {"faceMatchInfo": {"status": "DECLINED", "statusReasons": [{"message": f"Not like {ALIAS}"}]}}

    capa_client("", journal, transport=CannedTransport(200, {"status": "ok", "data": data})).get_kyc_details(USER_ID)

    shown = journal.received[0].redacted["data"]
    assert shown["aipriseSummary"] == {"verificationResult": "VERIFIED"}
    assert shown["faceMatchInfo"] == {"status": "DECLINED", "statusReasons": [{"message": "•••"}]}
    assert shown["idInfo"]["address"] == {"fullAddress": "•••"}


def test_a_call_over_a_real_connection_carries_the_key_once() -> None:
    body = json.dumps({"success": True, "data": {"userId": USER_ID}}).encode()

    with LoopbackServer(always(201, body, Content_Type="application/json")) as server:
        created = capa_client(server.base_url).create_user(USER)

    assert created.user_id == USER_ID
    assert server.connections == 1
    assert server.requests[0].headers["partner-api-key"] == KEY
    assert KEY not in server.requests[0].target
    assert json.loads(server.requests[0].body)["alias"] == ALIAS


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with (
        LoopbackServer(always(302, b"", Location="https://elsewhere.example/")) as server,
        pytest.raises(ProviderProtocolError) as caught,
    ):
        capa_client(server.base_url).get_kyc_details(USER_ID)

    assert caught.value.code == "redirected"
    assert server.connections == 1


@pytest.mark.parametrize("key", ["broken\r\nX-Other: 1", "schlüssel-\u2028"])
def test_a_key_that_no_header_can_carry_is_not_sent(key: str) -> None:
    with pytest.raises(ProviderProtocolError) as caught:
        capa_client(f"http://127.0.0.1:{closed_port()}", key=key).get_kyc_details(USER_ID)

    assert caught.value.code == "bad_account"
    assert key not in str(caught.value)


def test_a_provider_out_of_reach_has_taken_nothing() -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        capa_client(f"http://127.0.0.1:{closed_port()}").create_user(USER)

    assert caught.value.code == "not_reached"
