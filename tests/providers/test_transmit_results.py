"""How a session's result is read, whatever it looks like (E2). Contract: transmit-verify 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.providers.samples import NAMES, RecordingJournal
from tests.providers.transmit_samples import COMPLETE, SESSION, Canned, image, transmit_client
from verifications.providers.errors import OutcomeUnknown, ProviderRefused
from verifications.providers.session_types import SessionCheck

BASE = "/verify/api/v1/verification"


@pytest.mark.parametrize("status", ["pending", "capturing", "processing", "recapture", "error", "on_hold", "COMPLETE"])
def test_a_status_is_kept_as_it_came(status: str) -> None:
    transport = Canned(200, {"session_id": SESSION, "status": status})

    result = transmit_client(transport).get_result(SESSION)

    assert transport.line == f"GET {BASE}/{SESSION}/result?detailed=true"
    assert (result.session_id, result.status, result.recommendation) == (SESSION, status, "")
    assert (result.checks, dict(result.values), result.image_ids) == ((), {}, ())


def test_a_complete_result_is_read_whole() -> None:
    result = transmit_client(Canned(200, COMPLETE)).get_result(SESSION)

    assert (result.status, result.recommendation, result.is_deprecated_shape) == ("complete", "CHALLENGE", False)
    assert result.checks == (
        SessionCheck("document_validation", "ALLOW"),
        SessionCheck("biometric_matching", "CHALLENGE", ("biometric_mismatch", "age mismatch")),
        SessionCheck("risk_recommendation", "N/A"),
    )
    assert result.values == {
        "person.full_name": "Nguyễn Thị Ánh",
        "person.given_name": "Ánh",
        "person.surname": "Nguyễn Thị",
        "person.gender": "female",
        "person.national_id": "X0000001",
        "person.date_of_birth": "1990-05-17T00:00:00.000Z",
        "person.age": "34",
        "document.type": "passport",
        "document.country": "PT",
        "document.number": "P000001",
        "additional_info.address.country": "PRT",
        "additional_info.address.city": "Porto",
        "additional_info.national_status.citizen": "true",
        "additional_info.national_status.resident": "false",
        "additional_info.employment.profession": "baker",
    }
    assert result.image_ids == ("img-01", "img-02")
    assert result.risk == COMPLETE["risk_details"]
    assert result.unknown_members == ()
    assert result.document == COMPLETE
    assert "Nguyễn" not in repr(result)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_come_through(name: str) -> None:
    answer = COMPLETE | {"person": {"full_name": name}}

    assert transmit_client(Canned(200, answer)).get_result(SESSION).values["person.full_name"] == name.replace(
        "\u200d", " "
    )


@pytest.mark.parametrize("word", ["INDECISIVE", "allow", "ALLOW ", "X" * 100])
def test_an_unknown_recommendation_is_kept_as_it_came(word: str) -> None:
    answer = COMPLETE | {"recommendation": word}

    assert transmit_client(Canned(200, answer)).get_result(SESSION).recommendation == word


@pytest.mark.parametrize("word", ["ALLOW\n", "\u200bALLOW", "AL\x00LOW", " ALLOW", ["ALLOW"], {"a": 1}, None, True, 1])
def test_no_odd_recommendation_becomes_a_pass(word: object) -> None:
    result = transmit_client(Canned(200, COMPLETE | {"recommendation": word})).get_result(SESSION)

    assert result.recommendation != "ALLOW"
    assert result.recommendation.isprintable()


def test_long_words_are_cut() -> None:
    answer = COMPLETE | {"recommendation": "A" * 500, "status": "s" * 500}

    result = transmit_client(Canned(200, answer)).get_result(SESSION)

    assert (len(result.recommendation), len(result.status)) == (100, 100)


@pytest.mark.parametrize("member", ["extracted_info", "verified_info", "rejection_description"])
def test_the_deprecated_shape_is_known_and_gives_nothing_to_trust(member: str) -> None:
    answer = COMPLETE | {"recommendation": "ALLOW", member: {"person": {"full_name": "Suharto"}}}

    result = transmit_client(Canned(200, answer)).get_result(SESSION)

    assert result.is_deprecated_shape
    assert (result.status, result.recommendation) == ("complete", "ALLOW")
    assert (result.checks, dict(result.values), result.image_ids, dict(result.risk)) == ((), {}, (), {})
    assert result.document == answer
    assert result.unknown_members == ()


@pytest.mark.parametrize("member", ["person", "document", "checks", "verification_images", "additional_info"])
@pytest.mark.parametrize("value", [None, "text", 7, True, [], {}, [None], [[]], {"a": None}, {"a": [1]}])
def test_members_of_a_wrong_type_are_left_out(member: str, value: object) -> None:
    result = transmit_client(Canned(200, COMPLETE | {member: value})).get_result(SESSION)

    assert result.status == "complete"
    assert not any(path.startswith(f"{member}.") for path in result.values) or value == {"a": [1]}


def test_missing_members_are_no_error() -> None:
    answer = {"session_id": SESSION, "status": "complete", "recommendation": "ALLOW"}

    result = transmit_client(Canned(200, answer)).get_result(SESSION)

    assert (result.recommendation, result.checks, dict(result.values)) == ("ALLOW", (), {})


def test_checks_of_any_form_are_kept_with_their_reasons_as_texts() -> None:
    checks = {
        "document_validation": {"recommendation": "MAYBE", "reasons": "one reason"},
        "new_check": {"reasons": ["brand new", 7, None, {"a": 1}, "r" * 500, "line\nbreak"]},
        "odd": "ALLOW",
    }

    found = transmit_client(Canned(200, COMPLETE | {"checks": checks})).get_result(SESSION).checks

    assert found == (
        SessionCheck("document_validation", "MAYBE", ("one reason",)),
        SessionCheck("new_check", "", ("brand new", "r" * 100, "line break")),
        SessionCheck("odd", ""),
    )


def test_new_members_are_named() -> None:
    answer = COMPLETE | {"fraud_ring": {}, "x" * 300: 1}

    result = transmit_client(Canned(200, answer)).get_result(SESSION)

    assert result.unknown_members == ("fraud_ring", "x" * 64)


def test_values_are_bounded_in_depth_number_and_length() -> None:
    deep: Any = "bottom"
    for _ in range(30):
        deep = {"a": deep}
    person = {"deep": deep, "long": "x" * 2000, "height": 1.5, "whole": 3.0, "huge": 10**300} | {
        f"n{i}": "v" for i in range(1000)
    }

    values = transmit_client(Canned(200, COMPLETE | {"person": person})).get_result(SESSION).values

    assert len(values) == 200
    assert len(values["person.long"]) == 500
    assert (values["person.height"], values["person.whole"]) == ("1.5", "3")
    assert len(values["person.huge"]) == 301
    assert "bottom" not in values.values()


def test_what_is_kept_of_an_answer_fits_any_database() -> None:
    body = b'{"session_id":"%s","status":"complete","risk_details":{"a\\u0000":"b\\u0000\\ud800","n":1e999}}'

    result = transmit_client(Canned(200, body % SESSION.encode())).get_result(SESSION)

    assert result.risk == {"a\ufffd": "b\ufffd?", "n": "inf"}
    assert result.document["risk_details"] == result.risk


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"status": None}, {"status": 7}, {"status": ["complete"]}])
def test_a_result_without_a_status_leaves_the_outcome_unknown(body: object) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, body)).get_result(SESSION)

    assert caught.value.code == "no_status"


def test_a_result_of_another_session_is_not_taken() -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        transmit_client(Canned(200, COMPLETE | {"session_id": "another"})).get_result(SESSION)

    assert caught.value.code == "other_session"


def test_a_result_is_shown_without_the_person() -> None:
    journal = RecordingJournal()
    answer = COMPLETE | {"person": COMPLETE["person"] | {"status": "Suharto", "reason": "Suharto"}}

    transmit_client(Canned(200, answer), journal).get_result(SESSION)

    shown = json.dumps(journal.received[0].redacted, ensure_ascii=False)
    for hidden in ("Nguyễn", "Ánh", "female", "X0000001", "1990", "34", "P000001", "Porto", "baker", "192.0.2.7",
                   "Suharto"):  # fmt: skip
        assert hidden not in shown
    assert journal.received[0].redacted["checks"] == COMPLETE["checks"]
    assert journal.received[0].redacted["recommendation"] == "CHALLENGE"
    assert journal.received[0].redacted["session_id"] == SESSION
    assert json.loads(journal.received[0].body) == answer


@pytest.mark.parametrize(
    ("session_id", "segment"),
    [("a/b?c#d", "a%2Fb%3Fc%23d"), ("ключ", "%D0%BA%D0%BB%D1%8E%D1%87"), ("%2e", "%252e"), ("a b", "a%20b")],
)
def test_an_id_is_one_segment_of_the_path(session_id: str, segment: str) -> None:
    transport = Canned(200, {"status": "pending"})

    result = transmit_client(transport).get_result(session_id)

    assert transport.line == f"GET {BASE}/{segment}/result?detailed=true"
    assert result.session_id == session_id


@pytest.mark.parametrize("bad_id", ["", ".", "..", "x" * 256])
def test_an_id_that_is_none_is_refused_here(bad_id: str) -> None:
    transport = Canned(200, {})
    client = transmit_client(transport)
    calls: list[Callable[[], object]] = [
        lambda: client.get_result(bad_id),
        lambda: client.delete_session(bad_id),
        lambda: client.list_images(bad_id),
        lambda: client.add_image(bad_id, image()),
        lambda: client.get_image(bad_id, "img"),
        lambda: client.get_image(SESSION, bad_id),
        lambda: client.get_consent(bad_id),
    ]

    for call in calls:
        with pytest.raises(ProviderRefused, match="nothing was sent"):
            call()

    assert transport.request is None
