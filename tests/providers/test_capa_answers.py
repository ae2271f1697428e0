"""Reading C4 and C5: nothing in them makes it fail, and only the exact word passes. Contract: capa-partner 5, 7."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.capa_samples import ALIAS, KYB_DATA, KYC_DATA, answered
from verifications.providers.capa_answers import classify_result, needs_manual_review
from verifications.providers.link_types import DetailsSection, LinkDetails


def kyc(**changes: Any) -> LinkDetails:
    return answered("C4", 200, {"status": "ok", "data": KYC_DATA | changes})


def test_a_kyc_verification_is_read_whole() -> None:
    details = kyc()

    assert (details.found, details.result, details.session_id) == (True, "VERIFIED", "vs_000111222")
    assert details.sections == (
        DetailsSection("faceLivenessInfo", "PASSED", "APPROVED"),
        DetailsSection("faceMatchInfo", "PASSED", "APPROVED", score=0.93),
        DetailsSection("fraudInsights", "CLEAN", "APPROVED"),
        DetailsSection("fraudInsights.relatedSessionInsights", "CLEAN", "APPROVED"),
        DetailsSection("idInfo", "", "APPROVED"),
    )
    assert details.watchlist_hits == 0
    assert details.values == {
        "idInfo.fullName": ALIAS,
        "idInfo.birthDate": "1990-05-17",
        "idInfo.idType": "PASSPORT",
        "idInfo.idNumber": "P00000471",
        "idInfo.address.fullAddress": "Calle de Ejemplo 12, 01000",
        "idInfo.documentDetails.edition": "3",
        "clientReferenceData.personalInfo.profession": "Teacher",
        "clientReferenceData.personalInfo.taxId": "NTA900517AB1",
    }
    assert details.document == KYC_DATA
    assert needs_manual_review(details) == ()
    for hidden in (ALIAS, "P00000471", "sig=secret"):
        assert hidden not in repr(details)


def test_a_kyb_verification_is_read_whole() -> None:
    details = answered("C5", 200, {"status": "ok", "data": KYB_DATA})

    assert (details.result, details.session_id, details.sections) == ("IN_PROGRESS", "vb_01", ())
    assert details.values == {
        "businessInfo.businessName": "김민준 Example SA",
        "businessInfo.countryOfConstitution": "MX",
        "businessInfo.taxId": "EXA000000AA0",
        "beneficialOwners.0.fullName": "O'Brien-Łukasz",
        "beneficialOwners.0.ownershipPercent": "60",
        "beneficialOwners.1.fullName": "Suharto",
        "beneficialOwners.1.ownershipPercent": "39.5",
    }


def test_an_empty_verification_is_found_and_says_nothing() -> None:
    details = answered("C4", 200, {"status": "ok", "data": {}})

    assert (details.found, details.result, classify_result(details.result)) == (True, "", "UNKNOWN")


@pytest.mark.parametrize("word", ["NOT_STARTED", "IN_PROGRESS", "REVIEW_NEEDED", "VERIFIED", "REJECTED"])
def test_the_known_words_are_known(word: str) -> None:
    assert classify_result(word) == word


@pytest.mark.parametrize(
    "received",
    ["verified", " VERIFIED", "VERIFIED ", "VERIFIED\x00", "VERIFIED\n", "VERIFIED_USER", "UNVERIFIED", "VERIFIED" * 9,
     "APPROVED", "", " ", None, True, 1, 0, ["VERIFIED"], {"VERIFIED": 1}, "ＶＥＲＩＦＩＥＤ", "VERIFIED\u200b"],
)  # fmt: skip
def test_nothing_else_is_read_as_a_known_word(received: Any) -> None:
    details = kyc(aipriseSummary={"verificationResult": received})

    assert classify_result(details.result, found=details.found) == "UNKNOWN"
    assert len(details.result) <= 60
    assert details.result.isprintable()
    assert needs_manual_review(details) == ()


def test_not_found_is_not_started() -> None:
    assert classify_result("", found=False) == "NOT_STARTED"
    assert classify_result("", found=True) == "UNKNOWN"


@pytest.mark.parametrize(
    ("aml", "hits"),
    [
        (None, 0), ({}, 0), ({"numHits": 0}, 0), ({"numHits": 3}, 3), ({"numHits": "2"}, 2), ({"numHits": " 4 "}, 4),
        ({"numHits": 0.4}, 1), ({"numHits": -1}, 0), ({"numHits": 1, "entityHits": [{}, {}]}, 2),
        ({"numHits": 5, "entityHits": [{}]}, 5), ({"entityHits": [{}]}, 1), ({"numHits": "many", "entityHits": [1]}, 1),
        ({"numHits": 10**300}, 1_000_000), ([{}, {}], 2),
    ],
)  # fmt: skip
def test_watch_list_hits_are_counted(aml: Any, hits: int) -> None:
    details = kyc(amlInfo=aml)

    assert details.watchlist_hits == hits
    assert bool(needs_manual_review(details)) is (hits > 0)


@pytest.mark.parametrize(
    "aml", [{"numHits": "many"}, {"numHits": {}}, {"numHits": True}, {"entityHits": "x"}, "none", 7]
)
def test_a_screening_that_cannot_be_read_goes_to_a_person(aml: Any) -> None:
    details = kyc(amlInfo=aml)

    assert details.watchlist_hits == 0
    assert needs_manual_review(details) == ("The result of the watch-list screening cannot be read.",)


def test_a_pass_with_hits_says_how_many() -> None:
    assert needs_manual_review(kyc(amlInfo={"numHits": 1})) == ("The watch-list screening found 1 hit.",)
    assert needs_manual_review(kyc(amlInfo={"numHits": 2})) == ("The watch-list screening found 2 hits.",)


@pytest.mark.parametrize(
    "name", ["faceLivenessInfo", "faceMatchInfo", "fraudInsights", "idInfo", "amlInfo", "newInfo", "odd"]
)
@pytest.mark.parametrize("status", ["DECLINED", "approved", "APPROVED ", "REVIEW", 3, True, ["APPROVED"], {}])
def test_a_section_that_is_not_approved_goes_to_a_person(name: str, status: Any) -> None:
    details = kyc(**{name: {"status": status}})

    reasons = needs_manual_review(details)

    assert len(reasons) == 1
    assert f"“{name}”" in reasons[0]


def test_a_nested_section_counts() -> None:
    fraud = copy.deepcopy(KYC_DATA["fraudInsights"])
    fraud["relatedSessionInsights"]["status"] = "DECLINED"

    reasons = needs_manual_review(kyc(fraudInsights=fraud))

    assert reasons == ("The section “fraudInsights.relatedSessionInsights” has the status “DECLINED”.",)


@pytest.mark.parametrize("status", [None, ""])
def test_a_section_without_a_status_is_no_reason(status: Any) -> None:
    assert needs_manual_review(kyc(faceMatchInfo={"result": "PASSED", "status": status})) == ()


def test_another_result_needs_no_reasons() -> None:
    assert needs_manual_review(kyc(aipriseSummary={"verificationResult": "REJECTED"}, amlInfo={"numHits": 9})) == ()


def test_reasons_are_short_lines_without_the_person() -> None:
    section = {
        "status": "DECLINED",
        "statusReasons": [
            {"code": "NAME_MISMATCH", "message": f"Not {ALIAS}\x00, number P00000471, see https://x.example/?t=1"},
            {"message": "only a text"},
            {"code": "ONLY_CODE"},
            "bare",
            7,
            None,
            *[{"code": "MORE"}] * 50,
        ],
        "warnings": {"code": "ONE", "message": "w" * 900},
    }

    read = next(one for one in kyc(faceMatchInfo=section).sections if one.name == "faceMatchInfo")

    assert read.reasons[:4] == (
        "NAME_MISMATCH: Not ••• , number •••, see [address]",
        "only a text",
        "ONLY_CODE",
        "bare",
    )
    assert len(read.reasons) <= 20
    assert len(read.warnings) == 1
    assert len(read.warnings[0]) <= 200


@pytest.mark.parametrize(
    ("score", "read"),
    [(1, 1.0), ("0.5", 0.5), (True, None), ("high", None), (None, None), ([], None), (10**400, None)],
)
def test_a_score_is_a_number_or_none(score: Any, read: float | None) -> None:
    section = next(s for s in kyc(faceMatchInfo={"faceMatchScore": score}).sections if s.name == "faceMatchInfo")

    assert section.score == read


def test_deep_wide_and_long_values_are_cut() -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"a": deep}
    details = kyc(idInfo={"deep": deep, "wide": list(range(5000)), "long": "é" * 9000})

    assert len(details.values) <= 300
    assert max(len(text) for text in details.values.values()) <= 500
    assert "bottom" not in details.values.values()
    assert "bottom" not in json.dumps(details.document)


def test_half_characters_do_not_survive() -> None:
    body = b'{"status":"ok","data":{"idInfo":{"fullName":"a\\ud800b","\\ud800":"x\\u0000y"},"amlInfo":null}}'

    details = answered("C4", 200, body)

    json.dumps([details.document, dict(details.values)], ensure_ascii=False).encode()
    assert "\x00" not in "".join(details.values.values())


def test_a_number_beyond_all_bounds_is_survived() -> None:
    body = b'{"data":{"faceMatchInfo":{"faceMatchScore":1e999},"amlInfo":{"numHits":1e999},"idInfo":{"n":1e999}}}'

    details = answered("C4", 200, body)

    assert details.sections[0].score is None
    assert details.document["amlInfo"] == {"numHits": None}
    json.dumps(details.document, allow_nan=False)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["VERIFIED", "APPROVED", "REVIEW", "\x00", "\ud800", "٣"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["result", "status", "section_id", "statusReasons", "warnings", "code", "message", "numHits",
                         "entityHits", "faceMatchScore", "verificationResult", "address", "personalInfo", "fullName"])
        | st.text(max_size=4),
        inner,
        max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=300, deadline=2000)
@given(
    st.dictionaries(st.sampled_from([*KYC_DATA, *KYB_DATA, "newInsights"]) | st.text(max_size=5), ODD, max_size=8),
    st.sampled_from(["C4", "C5"]),
)
def test_any_data_object_is_read(data: dict[str, Any], call: str) -> None:
    details = answered(call, 200, {"status": "ok", "data": data})

    needs_manual_review(details)
    received = data.get("verificationStatus")
    if call == "C4":
        summary = data.get("aipriseSummary")
        received = summary.get("verificationResult") if isinstance(summary, dict) else None
    assert (classify_result(details.result) == "VERIFIED") is (received == "VERIFIED")
    json.dumps([dict(details.document), dict(details.values)], ensure_ascii=False).encode()
    for section in details.sections:
        assert all(text.isprintable() and len(text) <= 125 for text in (section.name, section.result, section.status))
