"""Capa's users and links: keys, bodies, refusals, envelopes (capa-partner 3 to 5)."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from tests.sandbox.capa_kit import Capa, code_of, new_user
from verifications.sandbox.capa_schema import COUNTRIES

INPUT = (400, "INVALID_USER_INPUT_ERROR", "Invalid User Input")
NOBODY = str(uuid.uuid4())


def test_a_user_is_created_with_and_without_an_envelope_in_turn(capa: Capa) -> None:
    first, second = capa.create_user(), capa.create_user()

    by_shape = sorted((answer.json() for answer in (first, second)), key=len)
    assert (first.status, second.status) == (201, 201)
    assert [set(document) for document in by_shape] == [{"userId"}, {"success", "data"}]
    assert uuid.UUID(by_shape[0]["userId"]) != uuid.UUID(by_shape[1]["data"]["userId"])


@pytest.mark.parametrize(("envelope", "members"), [("always", {"success", "data"}), ("bare", {"userId"})])
def test_the_envelope_can_be_fixed(capa: Capa, envelope: str, members: set[str]) -> None:
    capa.control("POST", "", {"envelope": envelope})

    assert [set(capa.create_user().json()) for _ in range(3)] == [members] * 3


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "API Key is missing"),
        ("", "API Key is missing"),
        ("pk_123", "Invalid API Key format"),
        ("Bearer pk_" + "0" * 40, "Invalid API Key format"),
        ("pk_" + "0" * 40, "Invalid API Key"),
    ],
)
def test_a_key_that_is_missing_malformed_or_unknown_is_told_apart(capa: Capa, key: str | None, message: str) -> None:
    answer = Capa(capa.sandbox, key).create_user()

    assert code_of(answer) == (401, "UNAUTHORIZED", message)


def test_a_partner_with_an_invalid_flow_is_refused_everywhere(capa: Capa) -> None:
    partner = Capa.of(capa.sandbox, "invalid_flow")

    answers = [partner.create_user(), partner.details(NOBODY), partner.set_webhook(None)]

    wanted = (403, "INVALID_PARTNER_FLOW", "The partner has an invalid flow.")
    assert [code_of(answer) for answer in answers] == [wanted] * 3


def test_a_key_without_partner_is_refused_where_the_table_says(capa: Capa) -> None:
    partner, link = Capa.of(capa.sandbox, "without_partner"), {"country": "MX"}

    refused = [
        partner.call("POST", f"/users/{NOBODY}/kyc/verification-link", link),
        partner.call("POST", f"/users/{NOBODY}/kyb/verification-link", link),
        partner.details(NOBODY),
        partner.details(NOBODY, "kyb"),
    ]

    wanted = (401, "UNAUTHORIZED", "Partner information is required for this operation")
    assert [code_of(answer) for answer in refused] == [wanted] * 4
    assert partner.set_webhook(None).status == 200


def test_a_user_of_another_partner_is_not_associated(capa: Capa) -> None:
    person, _ = capa.new_user()
    business, _ = capa.new_user("BUSINESS")
    foreign = Capa.of(capa.sandbox, "foreign")

    answers = [
        foreign.call("POST", f"/users/{person}/kyc/verification-link", {"country": "MX"}),
        foreign.call("POST", f"/users/{business}/kyb/verification-link", {"country": "MX"}),
        foreign.details(person),
        foreign.details(business, "kyb"),
    ]

    wanted = (401, "UNAUTHORIZED", "User is not associated with the partner")
    assert [code_of(answer) for answer in answers] == [wanted] * 4


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "PERSON"},
        {"type": None},
        {"email": 7},
        {"externalUserId": ""},
        {"externalUserId": 7},
        {"alias": 7},
        {"phone": "+52"},
    ],
)
def test_a_user_outside_the_schema_is_refused(capa: Capa, changes: dict[str, Any]) -> None:
    assert code_of(capa.create_user(**changes)) == INPUT


@pytest.mark.parametrize("name", ["type", "email"])
def test_a_required_member_must_be_there(capa: Capa, name: str) -> None:
    document = new_user()
    del document[name]

    assert code_of(capa.call("POST", "/users", document)) == INPUT


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.org", "ánh@", "x" * 250 + "@example.org"])
def test_an_address_that_is_not_one_has_its_own_refusal(capa: Capa, email: str) -> None:
    assert code_of(capa.create_user(email=email)) == (400, "BAD_REQUEST", "Provided email is not valid")


def test_the_external_id_and_the_alias_may_be_left_out_or_in_any_script(capa: Capa) -> None:
    document = new_user()
    del document["externalUserId"]

    assert capa.call("POST", "/users", document).status == 201
    assert capa.create_user(alias="محمد").status == 201
    assert capa.create_user(alias="O'Brien-Łukasz").status == 201


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"type":"INDIVIDUAL","type":"BUSINESS"}', b'{"alias":"\\ud800"}', b"\xff"]
)
def test_a_body_that_is_no_json_object_is_refused(capa: Capa, raw: bytes) -> None:
    assert code_of(capa.call("POST", "/users", raw=raw)) == INPUT


def test_a_body_of_another_content_type_is_refused(capa: Capa) -> None:
    raw = b'{"type":"INDIVIDUAL","email":"a@example.org"}'

    refused = capa.call("POST", "/users", raw=raw, content_type="text/plain")

    assert code_of(refused) == INPUT
    assert capa.call("POST", "/users", raw=raw, content_type="application/json; charset=utf-8").status == 201


@pytest.mark.parametrize("same", ["externalUserId", "email"])
@pytest.mark.parametrize(
    ("status", "code"), [("409", "CONFLICT"), ("400", "BAD_REQUEST"), ("500", "INTERNAL_SERVER_ERROR")]
)
def test_a_second_user_with_the_same_id_or_address_conflicts_in_any_of_three_ways(
    capa: Capa, same: str, status: str, code: str
) -> None:
    capa.control("POST", "", {"duplicate_status": status})
    document = new_user()
    capa.call("POST", "/users", document)

    answer = capa.create_user(**{same: document[same].upper() if same == "email" else document[same]})

    assert code_of(answer)[:2] == (int(status), code)


def test_another_partner_may_have_the_same_external_id(capa: Capa) -> None:
    document = new_user()
    capa.call("POST", "/users", document)

    assert Capa.of(capa.sandbox, "foreign").call("POST", "/users", document).status == 201


def test_every_country_is_known_and_most_are_configured(capa: Capa) -> None:
    capa.control("POST", "", {"layout": "flat"})
    person, _ = capa.new_user()
    business, _ = capa.new_user("BUSINESS")

    def refused(user_id: str, kind: str) -> set[str]:
        answers = {
            country: capa.call("POST", f"/users/{user_id}/{kind}/verification-link", {"country": country})
            for country in COUNTRIES
        }
        assert {answer.status for answer in answers.values()} == {201, 400}
        return {answer.json()["message"] for answer in answers.values() if answer.status == 400}

    assert len(COUNTRIES) == 39
    assert refused(person, "kyc") == {f"KYC template not configured for {name}" for name in ("SM", "AD", "VA")}
    assert refused(business, "kyb") == {
        f"KYB template not configured for {name}" for name in ("SM", "AD", "VA", "MC", "LI")
    }


def test_which_countries_are_configured_can_be_changed(capa: Capa) -> None:
    capa.control("POST", "", {"kyc_not_configured": ["MX"]})
    person, _ = capa.new_user()

    refused = capa.call("POST", f"/users/{person}/kyc/verification-link", {"country": "MX"})

    assert code_of(refused)[:2] == (400, "KYC_TEMPLATE_NOT_CONFIGURED_ERROR")
    assert capa.new_link(person, country="VA")


@pytest.mark.parametrize(
    ("type_", "kind", "message"),
    [
        ("BUSINESS", "kyc", "BUSINESS users can only request KYB verification"),
        ("INDIVIDUAL", "kyb", "INDIVIDUAL users can only request KYC verification"),
    ],
)
def test_the_type_decides_which_link_may_be_asked_for(capa: Capa, type_: str, kind: str, message: str) -> None:
    user_id, _ = capa.new_user(type_)

    answer = capa.call("POST", f"/users/{user_id}/{kind}/verification-link", {"country": "MX"})

    assert code_of(answer) == (400, "INVALID_VERIFICATION_TYPE_FOR_USER", message)


@pytest.mark.parametrize("kind", ["kyc", "kyb"])
@pytest.mark.parametrize("user_id", [NOBODY, "nobody", "%E2%82%AC"])
def test_a_link_for_nobody_is_not_found(capa: Capa, kind: str, user_id: str) -> None:
    answer = capa.call("POST", f"/users/{user_id}/{kind}/verification-link", {"country": "MX"})

    assert code_of(answer) == (404, "NOT_FOUND_ERROR", "Requested User was not found")


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "VN"},
        {"country": "mx"},
        {"country": None},
        {"userId": NOBODY},
        {"partnerRedirectUri": "http://portal.example.org/back"},
        {"partnerRedirectUri": "javascript://%0aalert(1)"},
        {"partnerRedirectUri": "data://text/html"},
        {"partnerRedirectUri": "https:///nowhere"},
        {"partnerRedirectUri": "https://[half"},
        {"partnerRedirectUri": "/back"},
        {"partnerRedirectUri": "https://portal.example.org/a b"},
        {"partnerRedirectUri": None},
    ],
)
def test_a_link_outside_the_schema_is_refused(capa: Capa, changes: dict[str, Any]) -> None:
    user_id, _ = capa.new_user()

    answer = capa.call("POST", f"/users/{user_id}/kyc/verification-link", {"country": "MX"} | changes)

    assert code_of(answer) == INPUT


@pytest.mark.parametrize(
    "uri", ["https://portal.example.org/back/3f9a7c?x=1", "myapp://done/3f9a7c", "http://127.0.0.1:8000/back"]
)
def test_a_link_takes_https_an_app_or_this_machine_to_return_to(capa: Capa, uri: str) -> None:
    user_id, _ = capa.new_user()

    link = capa.new_link(user_id, partnerRedirectUri=uri)

    assert re.fullmatch(re.escape(capa.sandbox.base_url) + r"/capa/verify/[\w-]{32}", link)


def test_a_second_link_is_another_one(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    assert capa.new_link(user_id) != capa.new_link(user_id)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/users", 405), ("GET", "/nothing", 404)])
def test_what_is_no_route_is_refused_as_json(capa: Capa, method: str, path: str, status: int) -> None:
    assert code_of(capa.call(method, path))[0] == status
