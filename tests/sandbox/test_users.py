"""Users of both APIs: create, headless, read, change, and the schema of each."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.samples import kraken_user, payward_user
from tests.sandbox.signer import Client


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def test_kraken_user_is_created_and_read_with_its_required_actions(kraken: Client) -> None:
    profile = kraken_user()

    created = kraken.call("POST", "/b2b/users", profile)
    user_id = created.json()["result"]["user"]
    read = kraken.call("GET", f"/b2b/users/{user_id}").json()["result"]

    assert created.status == 201
    assert re.fullmatch(r"AA\d{2}[A-Z0-9]{12}", user_id)
    assert (read["user"], read["external_id"], read["user_type"]) == (user_id, profile["external_id"], "individual")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", read["created_at"])
    assert read["status"] == {
        "state": "ok",
        "required_actions": [
            {"action_type": "verification", "verification_type": kind, "reasons": ["initial_onboarding"]}
            for kind in ("identity", "residence", "selfie")
        ],
    }


def test_kraken_headless_user_needs_only_its_external_id_which_is_unique(kraken: Client) -> None:
    reference = kraken_user()["external_id"]

    first = kraken.call("POST", "/b2b/subaccounts", {"external_id": reference})
    again = kraken.call("POST", "/b2b/subaccounts", {"external_id": reference})
    full = kraken.call("POST", "/b2b/users", kraken_user(external_id=reference))

    assert (first.status, again.status, full.status) == (200, 409, 409)
    assert kraken.call("GET", f"/b2b/users/{first.json()['result']['user']}").status == 200


def test_kraken_user_id_with_spaces_is_reached_percent_encoded_only(kraken: Client) -> None:
    reference = kraken_user()["external_id"] + "-SPACES"
    user_id = kraken.call("POST", "/b2b/subaccounts", {"external_id": reference}).json()["result"]["user"]

    encoded = kraken.call("GET", "/b2b/users/" + user_id.replace(" ", "%20"))

    assert re.fullmatch(r"[A-Z0-9]{4}( [A-Z0-9]{4}){3}", user_id)
    assert encoded.json()["result"]["user"] == user_id
    assert kraken.call("GET", "/b2b/users/" + user_id.replace(" ", "")).status == 404


@pytest.mark.parametrize("user_id", ["short", "A" * 43, "aa45n8g4mldywar7", "AA45-N8G4-MLDY-WAR7"])
def test_kraken_user_id_of_the_wrong_form_is_refused(kraken: Client, user_id: str) -> None:
    answer = kraken.call("GET", f"/b2b/users/{user_id}")

    assert (answer.status, answer.errors) == (400, ["ENexus:Invalid user ID"])


@pytest.mark.parametrize(
    "name",
    ["email", "external_id", "tos_version_accepted", "full_name", "date_of_birth", "residence", "phone",
     "nationalities", "occupation"],
)  # fmt: skip
def test_kraken_create_names_the_missing_member(kraken: Client, name: str) -> None:
    answer = kraken.call("POST", "/b2b/users", without(kraken_user(), name))

    assert (answer.status, answer.errors) == (400, [f"EGeneral:Invalid arguments:{name}: is required"])


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"email": "nobody"}, "email"),
        ({"tos_version_accepted": "1"}, "tos_version_accepted"),
        ({"tos_version_accepted": 2**31}, "tos_version_accepted"),
        ({"tos_version_accepted": True}, "tos_version_accepted"),
        ({"full_name": {"first_name": "A"}}, "full_name.last_name"),
        ({"full_name": {"first_name": " ", "last_name": "B"}}, "full_name.first_name"),
        ({"date_of_birth": "1990-02-30"}, "date_of_birth"),
        ({"date_of_birth": "15.04.1990"}, "date_of_birth"),
        ({"residence": {"line1": "a", "city": "b", "postal_code": "c", "country": "XX"}}, "residence.country"),
        ({"residence": "Bilbo"}, "residence"),
        ({"phone": "0600000000"}, "phone"),
        ({"phone": "+1 600 000"}, "phone"),
        ({"nationalities": []}, "nationalities"),
        ({"nationalities": ["ES", "es"]}, "nationalities[1]"),
        ({"occupation": "spy"}, "occupation"),
        ({"occupation": None}, "occupation"),
        ({"tax_ids": [{"id": "1"}]}, "tax_ids[0].issuing_country"),
        ({"client_identifier": {"type": "lei"}}, "value"),
        ({"client_identifier": {"type": "horoscope", "value": "x"}}, "client_identifier.type"),
        ({"language": "english"}, "language"),
        ({"nickname": "Ami"}, "body: holds an unknown member"),
    ],
)
def test_kraken_create_refuses_what_is_outside_the_schema(kraken: Client, change: dict[str, Any], member: str) -> None:
    answer = kraken.call("POST", "/b2b/users", kraken_user(**change))

    assert answer.status == 400
    assert len(answer.errors) == 1
    assert member in answer.errors[0]


def test_kraken_create_takes_every_optional_member(kraken: Client) -> None:
    profile = kraken_user(
        full_name={"first_name": "नेहा", "middle_name": None, "last_name": "शर्मा"},
        residence={"line1": "a", "line2": "b", "city": "c", "province": "d", "postal_code": "e", "country": "XK"},
        employer_name="محمد وشركاه",
        city_of_birth="दिल्ली",
        country_of_birth="IN",
        tax_ids=[{"id": "AAAPL1234C", "issuing_country": "IN"}],
        client_identifier={"type": "concat", "value": "x", "calculated_at": "2025-01-01T00:00:00+05:30"},
        language="hi",
    )

    assert kraken.call("POST", "/b2b/users", profile).status == 201


def test_kraken_patch_changes_the_profile_but_not_the_identifiers(kraken: Client, kraken_user_id: str) -> None:
    target = f"/b2b/users/{kraken_user_id}"

    changed = kraken.call("PATCH", target, {"phone": "+34611111111", "occupation": "media"})

    assert (changed.status, changed.json()) == (200, {"result": "success"})
    assert kraken.call("PATCH", target, {"email": "new@example.org"}).status == 400
    assert kraken.call("PATCH", target, {"external_id": "new"}).status == 400
    assert kraken.call("PATCH", target, {"phone": None}).status == 400
    assert kraken.call("PATCH", "/b2b/users/AA99ZZZZZZZZZZZZ", {}).status == 404


def test_payward_user_is_created_and_a_retry_answers_with_the_latest_state(payward: Client) -> None:
    profile = payward_user()

    created = payward.call("POST", "/v1/users", profile)
    again = payward.call("POST", "/v1/users", profile)

    user = created.json()["data"]
    state = again.json()["data"]
    assert (created.status, again.status) == (201, 200)
    assert [account["name"] for account in user["accounts"]] == ["main", "secondary"]
    assert (state["id"], state["type"], state["accounts"]) == (user["id"], "individual", user["accounts"])
    assert state["status"]["state"] == "ok"
    assert payward.call("GET", f"/v1/users/{user['id']}").json()["data"] == state


def test_payward_reference_of_another_person_is_a_conflict(payward: Client) -> None:
    profile = payward_user()
    payward.call("POST", "/v1/users", profile)

    other = payward.call("POST", "/v1/users", profile | {"email": "other@example.org"})
    headless = payward.call("POST", "/v1/users/headless", {"external_reference": profile["external_reference"]})

    assert (other.status, headless.status) == (409, 409)


def test_payward_headless_user_is_created_once_per_reference(payward: Client) -> None:
    document = {"external_reference": payward_user()["external_reference"]}

    first = payward.call("POST", "/v1/users/headless", document)
    second = payward.call("POST", "/v1/users/headless", document)

    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    assert payward.call("POST", "/v1/users/headless", document | {"email": "a@example.org"}).status == 422


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"birth": {"city": "Πάτρα"}}, "birth.date"),
        ({"birth": {"date": "1988-02-29", "country": "Greece"}}, "birth.country"),
        ({"date_of_birth": "1988-02-29"}, "unknown member"),
        ({"tos_version_accepted": 1}, "unknown member"),
        ({"nationalities": ["EU"]}, "nationalities[0]"),
        ({"phone": None}, "phone"),
        ({"full_name": {"first_name": "Ζωή", "last_name": "Π", "middle_name": None}}, "full_name.middle_name"),
    ],
)
def test_payward_create_refuses_what_is_outside_the_schema(
    payward: Client, change: dict[str, Any], member: str
) -> None:
    answer = payward.call("POST", "/v1/users", payward_user(**change))

    assert answer.status == 422
    assert answer.json()["type"] == "tag:kraken.com,2025:InvalidArguments"
    assert member in answer.json()["detail"]


@pytest.mark.parametrize("name", ["email", "external_reference", "full_name", "residence", "phone", "nationalities"])
def test_payward_create_names_the_missing_member(payward: Client, name: str) -> None:
    answer = payward.call("POST", "/v1/users", without(payward_user(), name))

    assert (answer.status, answer.json()["detail"]) == (422, f"{name}: is required")


def test_payward_birth_and_occupation_may_be_left_out(payward: Client) -> None:
    profile = without(without(payward_user(), "birth"), "occupation")

    assert payward.call("POST", "/v1/users", profile).status == 201


def test_payward_patch_takes_null_where_documented(payward: Client, payward_user_id: str) -> None:
    target = f"/v1/users/{payward_user_id}"

    assert payward.call("PATCH", target, {"phone": None, "nationalities": None}).json() == {"data": "success"}
    assert payward.call("PATCH", target, {"full_name": None}).status == 422
    assert payward.call("PATCH", target, {"employer_name": "x"}).status == 422


def test_payward_patch_cannot_take_the_reference_of_another_user(payward: Client, payward_user_id: str) -> None:
    taken = payward_user()
    payward.call("POST", "/v1/users", taken)

    answer = payward.call("PATCH", f"/v1/users/{payward_user_id}", {"external_reference": taken["external_reference"]})

    assert answer.status == 409


def test_payward_user_id_takes_hyphens_and_refuses_other_forms(payward: Client) -> None:
    assert payward.call("GET", "/v1/users/AA45-N8G4-MLDY-WAR7").status == 404
    assert payward.call("GET", "/v1/users/aa45n8g4mldywar7").status == 400


@pytest.mark.parametrize("body", [b'{"external_id": NaN}', b'{"external_id":"a","external_id":"b"}', b"[]", b"\xff{}"])
def test_json_that_is_not_one_plain_object_is_refused(kraken: Client, body: bytes) -> None:
    answer = kraken.call("POST", "/b2b/subaccounts", body=body, content_type="application/json")

    assert (answer.status, answer.errors[0].partition(":body")[0]) == (400, "EGeneral:Invalid request")


def test_no_refusal_repeats_what_was_sent(kraken: Client, payward: Client) -> None:
    secretive = {"S3cret-Name": "S3cret-Value", "external_id": 5, "external_reference": 5}

    for client, target in ((kraken, "/b2b/subaccounts"), (payward, "/v1/users/headless")):
        assert b"S3cret" not in client.call("POST", target, secretive).body
