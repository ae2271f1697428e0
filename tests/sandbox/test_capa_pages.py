"""The page behind a Capa link, walked by hand, and what C4 and C5 then answer."""

from __future__ import annotations

import io
import time
import uuid
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.capa_kit import KYC_FORM, Capa, code_of, press, send, until, walk, words_of
from verifications.sandbox.capa_outcomes import OUTCOMES

NOBODY = str(uuid.uuid4())


def test_the_page_says_who_asks_and_where_one_returns(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    page = send(capa.new_link(user_id, partnerRedirectUri="https://portal.example.org/back/3f9a7c"))

    words = words_of(page)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Stand-in of Capa" in words
    assert "partner account  main  asks" in words
    assert "portal.example.org" in words
    assert "3f9a7c" not in words
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.body.decode()
    assert send(f"{capa.sandbox.base_url}/capa/assets/verify.css").headers["content-type"].startswith("text/css")


def test_a_person_walks_from_start_to_a_result(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    link = capa.new_link(user_id, partnerRedirectUri="https://portal.example.org/back/3f9a7c?a=1&b=2")
    before = capa.details(user_id)

    started = press(link, "start")
    form = send(link)
    during = capa.details(user_id).json()
    done = press(link, "submit", **KYC_FORM, outcome="verified")
    until(lambda: capa.result(user_id) == "VERIFIED")

    data = capa.details(user_id).json()["data"]
    assert code_of(before) == (404, "NOT_FOUND_ERROR", "Requested KYC verification was not found")
    assert (started.status, link.endswith(started.headers["location"])) == (303, True)
    assert "Full name" in words_of(form)
    assert (during["status"], during["data"]["aipriseSummary"]) == ("ok", {"verificationResult": "IN_PROGRESS"})
    assert "idInfo" not in during["data"]
    assert 'href="https://portal.example.org/back/3f9a7c?a=1&amp;b=2"' in done.body.decode()
    assert 'http-equiv="refresh" content="3; url=https://portal' in done.body.decode()
    assert data["clientReferenceId"] == user_id
    assert data["verificationSessionId"] == during["data"]["verificationSessionId"]
    assert (data["idInfo"]["fullName"], data["idInfo"]["birthDate"]) == ("Nguyễn Thị Ánh", "1988-02-29")
    assert (data["idInfo"]["firstName"], data["idInfo"]["middleName"]) == ("Nguyễn", "Thị")
    assert (data["faceMatchInfo"]["status"], data["amlInfo"]["numHits"]) == ("APPROVED", 0)


def test_the_media_addresses_lead_to_pictures(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    walk(capa.new_link(user_id))
    until(lambda: capa.result(user_id) == "VERIFIED")
    media = capa.details(user_id).json()["data"]["media"]

    answers = [send(url) for url in media.values()]

    assert len(media) == 3
    assert {answer.headers["content-type"] for answer in answers} == {"image/jpeg"}
    for answer in answers:
        image = Image.open(io.BytesIO(answer.body))
        image.load()
        assert (image.format, image.height) == ("JPEG", 80)
    url = media["selfieImageUrl"]
    assert send(url.replace("selfie", "other")).status == send(url.replace("/vs_", "/vs_0")).status == 404


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        ("rejected", "REJECTED"),
        ("review_verified", "VERIFIED"),
        ("review_rejected", "REJECTED"),
        ("review", "REVIEW_NEEDED"),
        ("watchlist", "VERIFIED"),
        ("section", "VERIFIED"),
        ("unknown", "ON_HOLD"),
        ("no_return", "VERIFIED"),
    ],
)
def test_the_tester_chooses_the_end(capa: Capa, outcome: str, result: str) -> None:
    user_id, _ = capa.new_user()

    walk(capa.new_link(user_id), outcome)

    until(lambda: capa.result(user_id) == result)


def test_no_result_leaves_the_session_in_progress(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    walk(capa.new_link(user_id), "no_result")
    time.sleep(0.3)

    [user] = [user for user in capa.control("GET", "/users")["users"] if user["user_id"] == user_id]
    assert (capa.result(user_id), user["links"][0]["outcome"]) == ("IN_PROGRESS", "no_result")


def test_details_hold_what_went_wrong(capa: Capa) -> None:
    def details(outcome: str) -> dict[str, Any]:
        user_id, _ = capa.new_user()
        walk(capa.new_link(user_id), outcome)
        until(lambda: capa.result(user_id) != "IN_PROGRESS")
        data: dict[str, Any] = capa.details(user_id).json()["data"]
        return data

    hits, section, rejected = details("watchlist")["amlInfo"], details("section"), details("rejected")

    assert (hits["numHits"], len(hits["entityHits"])) == (2, 2)
    assert hits["entityHits"][0]["name"] == KYC_FORM["full_name"]
    assert (section["aipriseSummary"], section["fraudInsights"]["status"]) == (
        {"verificationResult": "VERIFIED"},
        "REVIEW",
    )
    assert section["fraudInsights"]["warnings"][0]["warningId"]
    assert (rejected["idInfo"]["status"], rejected["faceMatchInfo"]["statusReasons"][0]["code"]) == (
        "DECLINED",
        "FACE_DOES_NOT_MATCH",
    )


def test_every_end_is_offered(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    link = capa.new_link(user_id)
    press(link, "start")

    words = words_of(send(link))

    assert [outcome.label for outcome in OUTCOMES.values() if outcome.label not in words] == []


def test_sample_data_fill_the_form(capa: Capa) -> None:
    person, _ = capa.new_user()
    business, _ = capa.new_user("BUSINESS")

    pages = [press(link, "sample").body.decode() for link in (capa.new_link(person), capa.new_link(business, "kyb"))]

    assert 'value="1990-05-17"' in pages[0]
    assert 'value="Đặng Thị Ví Dụ"' in pages[1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"full_name": "  "}, "Enter your full name."),
        ({"full_name": "x" * 301}, "Enter your full name."),
        ({"birth_date": "1988-02-30"}, "Enter your date of birth."),
        ({"birth_date": "9999-01-01"}, "Enter your date of birth."),
        ({"id_number": ""}, "Enter the ID number."),
        ({"outcome": "dance"}, "Choose how this ends."),
    ],
)
def test_a_form_with_a_flaw_comes_back_with_what_was_typed(capa: Capa, values: dict[str, str], said: str) -> None:
    user_id, _ = capa.new_user()

    page = press(capa.new_link(user_id), "submit", **(KYC_FORM | {"outcome": "verified"} | values))

    assert (page.status, said in words_of(page)) == (400, True)
    assert code_of(capa.details(user_id))[0] == 404


def test_what_was_typed_is_escaped(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    page = press(capa.new_link(user_id), "submit", full_name='"><script>alert(1)</script>', outcome="verified")

    assert "<script" not in page.body.decode()
    assert "&quot;&gt;&lt;script&gt;" in page.body.decode()


def test_one_name_is_enough(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    walk(capa.new_link(user_id), full_name="Suharto")
    until(lambda: capa.result(user_id) == "VERIFIED")

    identity = capa.details(user_id).json()["data"]["idInfo"]

    assert identity["firstName"] == identity["fullName"] == "Suharto"
    assert "lastName" not in identity


def test_a_used_link_says_so_and_repeats_nothing(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    link = capa.new_link(user_id)
    walk(link)

    pages = [send(link), press(link, "start"), press(link, "submit", **KYC_FORM, outcome="rejected")]
    until(lambda: capa.result(user_id) == "VERIFIED")

    assert [(page.status, "already used" in words_of(page)) for page in pages] == [(410, True)] * 3


def test_an_expired_link_says_so_and_another_one_works(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    first, second = capa.new_link(user_id), capa.new_link(user_id)
    capa.control("POST", "/links", {"link": first, "expire": True})

    pages = [send(first), press(first, "start")]

    assert [(page.status, "expired" in words_of(page)) for page in pages] == [(410, True)] * 2
    assert send(second).status == 200
    capa.control("POST", "/links", {"latest": True, "expire": True})
    assert send(second).status == 410
    capa.control("POST", "/links", {"link": first, "seconds": 60})
    assert send(first).status == 200


def test_an_unknown_link_and_a_form_that_is_too_long_have_their_pages(capa: Capa) -> None:
    user_id, _ = capa.new_user()

    assert send(f"{capa.sandbox.base_url}/capa/verify/{'x' * 32}").status == 404
    assert press(capa.new_link(user_id), "submit", full_name="x" * 70_000).status == 413


@pytest.mark.parametrize(
    ("redirect", "outcome", "held", "missing"),
    [
        ("myapp://done/1", "verified", ['href="myapp://done/1"'], ['http-equiv="refresh"']),
        ("https://portal.example.org/1", "no_return", ["You can close this tab."], ["portal.example.org"]),
        (None, "verified", ["You can close this tab."], ['href="http', "refresh"]),
    ],
)
def test_the_last_page_goes_on_only_where_it_can(
    capa: Capa, redirect: str | None, outcome: str, held: list[str], missing: list[str]
) -> None:
    user_id, _ = capa.new_user()
    changes = {} if redirect is None else {"partnerRedirectUri": redirect}

    page = walk(capa.new_link(user_id, **changes), outcome).body.decode()

    assert [text for text in held if text not in page] == []
    assert [text for text in missing if text in page] == []


def test_details_before_the_start_may_also_be_empty(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    capa.control("POST", "", {"kyc_before_start": "empty"})

    answer = capa.details(user_id)

    assert (answer.status, answer.json()) == (200, {"status": "ok", "data": {}})


def test_a_new_link_changes_nothing_until_it_is_opened(capa: Capa) -> None:
    user_id, _ = capa.new_user()
    walk(capa.new_link(user_id), "rejected")
    until(lambda: capa.result(user_id) == "REJECTED")

    link = capa.new_link(user_id)
    before = capa.result(user_id)
    press(link, "start")

    assert (before, capa.result(user_id)) == ("REJECTED", "IN_PROGRESS")


@pytest.mark.parametrize("query", ["", "?userId=", "?userId=a&userId=b", "?userId=a&extra=1", "?user_id=a"])
@pytest.mark.parametrize("kind", ["kyc", "kyb"])
def test_details_need_one_user_and_nothing_else(capa: Capa, kind: str, query: str) -> None:
    assert code_of(capa.call("GET", f"/{kind}/details{query}"))[:2] == (400, "INVALID_USER_INPUT_ERROR")


@pytest.mark.parametrize("kind", ["kyc", "kyb"])
def test_details_of_nobody_are_not_found(capa: Capa, kind: str) -> None:
    answer = capa.details(NOBODY, kind)

    assert code_of(answer) == (404, "NOT_FOUND_ERROR", f"Requested {kind.upper()} verification was not found")
