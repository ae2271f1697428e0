"""A business at the Capa link page, and what C5 then answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.capa_kit import Capa, code_of, press, until

KYB_FORM = {
    "business_name": "Công ty Ví Dụ",
    "country": "mx",
    "tax_id": "VID000101AA0",
    "owner_1_name": "Suharto",
    "owner_1_share": "62.5",
    "owner_2_name": "김민준",
    "owner_2_share": "37",
}


def test_a_business_goes_from_no_link_to_a_result(capa: Capa) -> None:
    user_id, _ = capa.new_user("BUSINESS")
    before = capa.details(user_id, "kyb")
    link = capa.new_link(user_id, "kyb", country="DO")

    def data() -> dict[str, Any]:
        found: dict[str, Any] = capa.details(user_id, "kyb").json()["data"]
        return found

    issued = data()
    press(link, "start")
    started = data()
    page = press(link, "submit", **KYB_FORM, outcome="review")
    seen = until(lambda: (found := data())["verificationStatus"] == "REVIEW_NEEDED" and found)
    capa.control("POST", "/complete", {"user_id": user_id, "outcome": "rejected"})

    assert code_of(before) == (404, "NOT_FOUND_ERROR", "Requested KYB verification was not found")
    assert data()["verificationStatus"] == "REJECTED"
    assert (issued["verificationStatus"], issued["sessionUrl"]) == ("NOT_STARTED", link)
    assert (started["verificationStatus"], started["sessionUrl"]) == ("IN_PROGRESS", link)
    assert "businessInfo" not in started
    assert page.status == 200
    assert "sessionUrl" not in seen
    assert seen["businessInfo"] == {
        "businessName": "Công ty Ví Dụ",
        "countryOfConstitution": "MX",
        "taxId": "VID000101AA0",
    }
    assert seen["beneficialOwners"] == [
        {"fullName": "Suharto", "ownershipPercent": 62.5},
        {"fullName": "김민준", "ownershipPercent": 37},
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"business_name": ""},
        {"country": "Mexico"},
        {"tax_id": ""},
        {"owner_1_name": ""},
        {"owner_1_share": "101"},
        {"owner_1_share": "x"},
        {"owner_2_name": ""},
    ],
)
def test_a_business_form_with_a_flaw_comes_back(capa: Capa, values: dict[str, str]) -> None:
    user_id, _ = capa.new_user("BUSINESS")

    page = press(capa.new_link(user_id, "kyb"), "submit", **(KYB_FORM | values), outcome="verified")

    assert (page.status, 'role="alert"' in page.body.decode()) == (400, True)


def test_a_session_that_lapsed_cannot_be_resumed(capa: Capa) -> None:
    user_id, _ = capa.new_user("BUSINESS")
    capa.new_link(user_id, "kyb")

    capa.control("POST", "/links", {"latest": True, "expire": True})

    data = capa.details(user_id, "kyb").json()["data"]
    assert (data["verificationStatus"], "sessionUrl" in data) == ("NOT_STARTED", False)
