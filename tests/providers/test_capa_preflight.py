"""What is checked before a user or a link is asked for at Capa. Contract: capa-partner 5, 7."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.samples import NOW, OPTIONS, ZOE, file_facts
from verifications.providers.link_types import COUNTRIES
from verifications.providers.preflight_links import check_link, check_link_user, preflight_link
from verifications.providers.types import Problem

GOOD = "https://portal.example.org/verify/return/3f9a7c"


def link_problems(redirect_uri: str = GOOD, **changes: Any) -> list[Problem]:
    values: dict[str, Any] = {
        "kind": "KYC",
        "country": "MX",
        "enabled_countries": ["MX", "DO"],
        "redirect_uri": redirect_uri,
        "own_host": "portal.example.org",
        "app_schemes": ["myapp", "com.example.app://"],
    }
    return check_link(**(values | changes))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "",
        GOOD,
        "https://PORTAL.example.org/return",
        "https://portal.example.org:443/return",
        "https://portal.example.org./return?case=7",
        "myapp://return/3f9a7c",
        "MyApp://return",
        "com.example.app://return",
    ],
)
def test_our_own_host_and_allowed_apps_may_be_returned_to(redirect_uri: str) -> None:
    assert link_problems(redirect_uri) == []


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://portal.example.org/return",
        "https://elsewhere.example/return",
        "https://portal.example.org.elsewhere.example/return",
        "https://portal.example.org:8443/return",
        "https://portal.example.org@elsewhere.example/",
        "https://user:word@portal.example.org/",
        "https://@portal.example.org/",
        "https://portal.example.org/return#part",
        "https://portal.example.org/return#",
        "https://portal.example.org/return?token=abc",
        "https://portal.example.org/return?a=1&API_KEY=",
        "https:///return",
        "https:portal.example.org/return",
        "https:\\\\portal.example.org/return",
        "https://elsewhere.example\\@portal.example.org/",
        "https://portal.example.org:port/",
        "https://[::1/",
        "//portal.example.org/return",
        "/return",
        "return",
        "otherapp://return",
        "myapp:return",
        "myapp:/return",
        "myapp://user:word@return",
        "myapp://return#part",
        "javascript://portal.example.org/%0aalert(1)",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "intent://return#Intent;end",
        " https://portal.example.org/",
        "https://portal.example.org/\n",
        "java\tscript://x",
        "https://pörtal.example.org/",
        "https://portal.example.org/" + "a" * 2100,
    ],
)
def test_no_other_address_may_be_returned_to(redirect_uri: str) -> None:
    assert [problem.field for problem in link_problems(redirect_uri)] == ["redirect_uri"]


@pytest.mark.parametrize("scheme", ["javascript", "data", "file", "intent", "vbscript", "blob", "http", "JavaScript"])
def test_an_allow_list_cannot_allow_what_is_no_app(scheme: str) -> None:
    assert link_problems(f"{scheme}://elsewhere.example/x", app_schemes=[scheme])


@pytest.mark.parametrize(
    ("own_host", "redirect_uri", "is_allowed"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/return", True),
        ("localhost", "http://localhost/return", True),
        ("[::1]:8080", "http://[::1]:8080/return", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/return", False),
        ("127.0.0.1:8080", "http://localhost:8080/return", False),
        ("portal.example.org", "http://127.0.0.1/return", False),
        ("portal.example.org:8443", "https://portal.example.org:8443/return", True),
        ("portal.example.org:8443", "https://portal.example.org/return", False),
        ("", "https://portal.example.org/return", False),
        ("portal.example.org:port", "https://elsewhere.example/return", False),
    ],
)
def test_plain_http_is_for_a_portal_on_this_machine(own_host: str, redirect_uri: str, is_allowed: bool) -> None:
    assert (link_problems(redirect_uri, own_host=own_host) == []) is is_allowed


@pytest.mark.parametrize(("country", "is_offered"), [("US", True), ("BR", False), ("mx", False), ("", False)])
def test_a_country_must_be_offered_and_enabled(country: str, is_offered: bool) -> None:
    problems = link_problems(country=country)

    assert [problem.field for problem in problems] == ["country"]
    assert ("administrator" in problems[0].message) is is_offered


def test_an_enabled_country_outside_the_contract_stays_out() -> None:
    assert [problem.field for problem in link_problems(country="BR", enabled_countries=["BR"])] == ["country"]
    assert len(COUNTRIES) == len(set(COUNTRIES)) == 39


@pytest.mark.parametrize("kind", ["", "kyc", "KYX"])
def test_an_unknown_kind_is_a_problem(kind: str) -> None:
    assert [problem.field for problem in link_problems(kind=kind)] == ["kind"]


@settings(max_examples=300, deadline=1000)
@given(st.text(max_size=60) | st.text(alphabet="htps:/\\@#?.portalexmgy[]0 \t", max_size=60))
def test_any_text_as_return_address_gives_an_answer(redirect_uri: str) -> None:
    problems = link_problems(redirect_uri)

    if not problems and redirect_uri:
        assert redirect_uri.casefold().startswith(("https://portal.example.org", "myapp://", "com.example.app://"))


@pytest.mark.parametrize(
    ("kind", "customer_kind", "email", "fields"),
    [
        ("KYC", "INDIVIDUAL", "suharto@example.org", []),
        ("KYB", "BUSINESS", "office@example.org", []),
        ("KYC", "BUSINESS", "office@example.org", ["kind"]),
        ("KYB", "INDIVIDUAL", "suharto@example.org", ["kind"]),
        ("", "INDIVIDUAL", "", ["kind", "email"]),
        ("KYC", "INDIVIDUAL", " ", ["email"]),
        ("KYC", "INDIVIDUAL", "suharto", ["email"]),
        ("KYC", "INDIVIDUAL", "a@b@example.org", ["email"]),
        ("KYC", "INDIVIDUAL", "a" * 250 + "@example.org", ["email"]),
    ],
)
def test_a_user_needs_an_address_and_the_matching_kind(
    kind: str, customer_kind: str, email: str, fields: list[str]
) -> None:
    problems = check_link_user(kind=kind, customer_kind=customer_kind, email=email)

    assert [problem.field for problem in problems] == fields


def test_files_are_a_problem_each_and_none_is_none() -> None:
    files = [file_facts("front"), file_facts("back")]

    assert preflight_link("LINK", "", ZOE, [], OPTIONS, NOW) == []
    assert [p.field for p in preflight_link("LINK", "", ZOE, files, OPTIONS, NOW)] == ["front", "back"]
