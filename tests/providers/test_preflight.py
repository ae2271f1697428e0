"""Every rule of the contract pages against input that breaks it, and input that does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.samples import (
    ADDRESS,
    CHECKED_AT,
    CLEARED,
    EMBED_USER,
    NAMES,
    NOW,
    OPTIONS,
    PAYWARD_USER,
    PROFILE,
    RESIDENCE,
    SELFIE,
    TAX_ID,
    WATCHLISTS,
    ZOE,
    file_facts,
)
from verifications.providers.preflight import (
    check_user_id,
    check_user_profile,
    metadata_members,
    preflight_kraken_embed,
    preflight_payward_services,
)
from verifications.providers.types import (
    AccountOptions,
    FileFacts,
    FullName,
    Problem,
    SubmissionMetadata,
    TaxId,
)
from verifications.providers.vocabulary import (
    COUNTRIES,
    DOCUMENT_TYPES,
    READ_ONLY_COUNTRY_CODES,
    SATISFIES,
    VERIFICATION_TYPES,
)

ID_CARD = replace(ZOE, document_type="id_card")
VIDEO = file_facts("selfie", filename="selfie.mp4", content_type="video/mp4")
MIB = 1_048_576


def kraken(
    metadata: SubmissionMetadata = ZOE,
    *files: FileFacts,
    method: str = "DOCUMENTS",
    user_id: str = EMBED_USER,
    options: AccountOptions = OPTIONS,
) -> list[Problem]:
    return preflight_kraken_embed(method, user_id, metadata, files or (file_facts(),), options, NOW)


def payward(
    metadata: SubmissionMetadata = ZOE,
    *files: FileFacts,
    method: str = "DOCUMENT_URLS",
    user_id: str = PAYWARD_USER,
    options: AccountOptions = OPTIONS,
) -> list[Problem]:
    return preflight_payward_services(method, user_id, metadata, files or (file_facts(),), options, NOW)


def fields(problems: list[Problem]) -> list[str]:
    return [problem.field for problem in problems]


# --- what may go ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("metadata", "files"),
    [
        (ZOE, (file_facts(),)),
        (ID_CARD, (file_facts(), file_facts("back"), file_facts("verifier_response"))),
        (ID_CARD, (file_facts(),)),
        (RESIDENCE, (file_facts("document", filename="a.PDF", content_type="application/pdf"),)),
        (SELFIE, (VIDEO,)),
        (replace(SELFIE, selfie_type="selfie"), (file_facts("selfie", filename="a.jpeg", content_type="image/jpeg"),)),
        (TAX_ID, (file_facts("tax_id"),)),
        (WATCHLISTS, (file_facts("pep_verifier_response"),)),
        (replace(ZOE, issuing_country="XK", nationality="XK"), (file_facts(),)),
        (replace(ZOE, verified_at=NOW + dt.timedelta(minutes=4)), (file_facts(),)),
        (replace(ZOE, verifier_response=False), (file_facts(),)),
        (replace(ZOE, expiration_date=CHECKED_AT.date()), (file_facts(),)),
        (replace(ZOE, date_of_birth=dt.date(1896, 1, 1)), (file_facts(),)),
    ],
)
@pytest.mark.parametrize("method", ["DOCUMENTS", "DOCUMENT_URLS"])
def test_a_good_submission_has_no_problem_at_kraken(
    metadata: SubmissionMetadata, files: tuple[FileFacts, ...], method: str
) -> None:
    assert kraken(metadata, *files, method=method) == []


@pytest.mark.parametrize(
    ("metadata", "files"),
    [
        (ZOE, (file_facts(), file_facts("verifier_response", filename="a.pdf", content_type="application/pdf"))),
        (ID_CARD, (file_facts(), file_facts("back"))),
        (RESIDENCE, (file_facts("document"),)),
        (SELFIE, (VIDEO,)),
    ],
)
def test_a_good_submission_has_no_problem_at_payward(
    metadata: SubmissionMetadata, files: tuple[FileFacts, ...]
) -> None:
    assert payward(metadata, *files) == []


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_are_fine(name: str) -> None:
    person = replace(ZOE, full_name=FullName(name, name, name), document_number=name)

    assert kraken(person) == payward(person) == []
    assert check_user_profile("KRAKEN_EMBED", replace(PROFILE, full_name=FullName(name, name))) == []


# --- metadata ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [kind for kind, _label in VERIFICATION_TYPES])
def test_each_required_member_is_asked_for(kind: str) -> None:
    good = {"identity_document": ZOE, "residence_document": RESIDENCE, "selfie": SELFIE, "tax_id_document": TAX_ID}
    slot = {"identity_document": "front", "residence_document": "document", "selfie": "selfie"}.get(kind, "tax_id")
    file = VIDEO if kind == "selfie" else file_facts(slot)
    if kind == "watchlists":
        broken = replace(WATCHLISTS, sanctions=replace(CLEARED, status="", verifier=" "))
        assert fields(kraken(broken, file_facts("sanctions_verifier_response"))) == [
            "sanctions.status", "sanctions.verifier",
        ]  # fmt: skip
        return
    for name, needed in metadata_members("KRAKEN_EMBED", kind):
        found = kraken(without(good[kind], name), file)
        assert fields(found) == ([name] if needed else [])
        assert not needed or found[0].rule == "Kraken Embed 4.3"


def without(metadata: SubmissionMetadata, name: str) -> SubmissionMetadata:
    outer, dot, inner = name.partition(".")
    if dot:
        return replace(metadata, **{outer: replace(getattr(metadata, outer), **{inner: "  "})})
    return replace(metadata, **{name: None})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"full_name": None}, "full_name.first_name"),
        ({"full_name": FullName("a\x00b", "c")}, "full_name.first_name"),
        ({"full_name": FullName("a", "b\nc")}, "full_name.last_name"),
        ({"full_name": FullName("a", "b", "c\x85d")}, "full_name.middle_name"),
        ({"full_name": FullName("a\ud800", "c")}, "full_name.first_name"),
        ({"full_name": FullName("a" * 256, "c")}, "full_name.first_name"),
        ({"date_of_birth": NOW.date()}, "date_of_birth"),
        ({"date_of_birth": dt.date(2030, 1, 1)}, "date_of_birth"),
        ({"date_of_birth": dt.date(1895, 12, 31)}, "date_of_birth"),
        ({"date_of_birth": dt.datetime(1990, 4, 15, tzinfo=dt.UTC)}, "date_of_birth"),
        ({"date_of_birth": "1990-04-15"}, "date_of_birth"),
        ({"document_type": "library_card"}, "document_type"),
        ({"document_type": "utility_bill"}, "document_type"),
        ({"document_number": "X\t1"}, "document_number"),
        ({"issuing_country": "ad"}, "issuing_country"),
        ({"issuing_country": "XX"}, "issuing_country"),
        ({"issuing_country": "AND"}, "issuing_country"),
        ({"issuing_country": "EU"}, "issuing_country"),
        ({"verifier": "a\x7f"}, "verifier"),
        ({"verified_at": None}, "verified_at"),
        ({"verified_at": CHECKED_AT.replace(tzinfo=None)}, "verified_at"),
        ({"verified_at": "2025-03-13T12:34:56Z"}, "verified_at"),
        ({"verified_at": NOW + dt.timedelta(minutes=6)}, "verified_at"),
        ({"verified_at": CHECKED_AT.replace(year=25)}, "verified_at"),
        ({"verifier_response": float("inf")}, "verifier_response"),
        ({"verifier_response": {"a": object()}}, "verifier_response"),
        ({"verifier_response": {"a": "\x00"}}, "verifier_response"),
        ({"verifier_response": "\ud800"}, "verifier_response"),
    ],
)
def test_a_bad_member_of_an_identity_is_named(changes: dict[str, Any], field: str) -> None:
    broken = replace(ZOE, **changes)

    assert field in fields(kraken(broken))
    assert field in fields(payward(broken))


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        (replace(ZOE, nationality="UK"), "nationality"),
        (replace(ZOE, external_verification_id="a\x00"), "external_verification_id"),
        (replace(ZOE, expiration_date=dt.date(2025, 3, 12)), "expiration_date"),
        (replace(ZOE, expiration_date=dt.date(2225, 3, 12)), "expiration_date"),
        (replace(ZOE, expiration_date="2031-01-01"), "expiration_date"),
        (replace(RESIDENCE, address=replace(ADDRESS, country="EA")), "address.country"),
        (replace(RESIDENCE, address=replace(ADDRESS, line2="a\x01")), "address.line2"),
        (replace(RESIDENCE, address=replace(ADDRESS, province="\x00")), "address.province"),
        (replace(RESIDENCE, document_type="passport"), "document_type"),
        (replace(SELFIE, selfie_type="portrait"), "selfie_type"),
        (replace(TAX_ID, tax_id_type="vat"), "tax_id_type"),
        (replace(TAX_ID, document_type="passport"), "document_type"),
        (replace(TAX_ID, country=""), "country"),
        (SubmissionMetadata(type="watchlists"), "sanctions"),
        (replace(WATCHLISTS, sanctions=replace(CLEARED, status="cleared")), "sanctions.status"),
        (replace(WATCHLISTS, pep=replace(CLEARED, verifier="")), "pep.verifier"),
        (
            replace(WATCHLISTS, negative_news=replace(CLEARED, verified_at=NOW + dt.timedelta(days=1))),
            "negative_news.verified_at",
        ),
    ],
)
def test_a_bad_member_of_the_other_types_is_named(metadata: SubmissionMetadata, field: str) -> None:
    assert field in fields(kraken(metadata))


@pytest.mark.parametrize("code", sorted(READ_ONLY_COUNTRY_CODES))
def test_codes_beyond_iso_are_not_sent(code: str) -> None:
    assert fields(kraken(replace(ZOE, issuing_country=code))) == ["issuing_country"]


# --- account, method, user --------------------------------------------------------------------------------------------
def test_a_type_that_is_switched_off_is_refused() -> None:
    options = replace(OPTIONS, enabled_types=frozenset({"identity_document"}))

    assert fields(kraken(SELFIE, VIDEO, options=options)) == ["type"]
    assert fields(payward(SELFIE, VIDEO, options=options)) == ["type"]


def test_a_type_the_provider_does_not_have_is_refused() -> None:
    assert fields(kraken(replace(ZOE, type="kyc_report"))) == ["type"]
    assert fields(payward(TAX_ID, file_facts("tax_id"))) == ["type"]
    assert fields(payward(WATCHLISTS)) == ["type"]


def test_payward_takes_no_files_and_nobody_an_unknown_method() -> None:
    assert [(p.field, p.rule) for p in payward(method="DOCUMENTS")] == [("method", "Payward Services 1")]
    assert fields(kraken(method="SESSION")) == ["method"]


@pytest.mark.parametrize(
    ("user_id", "at_kraken", "at_payward"),
    [
        ("AA95N84GTESTXXXX", True, True),
        ("AA95 N84G TEST XXXX", True, True),
        ("A" * 14, True, True),
        ("A" * 42, True, True),
        ("AA45-N8G4-MLDY-WAR7", False, True),
        ("A" * 13, False, False),
        ("A" * 43, False, False),
        ("aa95n84gtestxxxx", False, False),
        ("AA95N84GTESTXXX/", False, False),
        ("ÄA95N84GTESTXXXX", False, False),
        ("AA95N84GTESTXXX\n", False, False),
        (" AA95N84GTESTXXX", False, False),
        ("", False, False),
    ],
)
def test_a_user_id_has_the_published_form(user_id: str, at_kraken: bool, at_payward: bool) -> None:
    assert (check_user_id(user_id, "KRAKEN_EMBED") is None) is at_kraken
    assert (check_user_id(user_id, "PAYWARD_SERVICES") is None) is at_payward
    assert (check_user_id(user_id) is None) is at_payward
    assert ("user_id" in fields(kraken(user_id=user_id))) is not at_kraken


# --- files ------------------------------------------------------------------------------------------------------------
def test_a_passport_has_no_back_at_payward_only() -> None:
    both = (file_facts(), file_facts("back"))

    assert [(p.field, p.rule) for p in payward(ZOE, *both)] == [("back", "Payward Services 4.1")]
    assert kraken(ZOE, *both) == []


@pytest.mark.parametrize(
    ("metadata", "files", "field"),
    [
        (ZOE, (file_facts("back"),), "front"),
        (ZOE, (file_facts("front"), file_facts("selfie")), "selfie"),
        (ZOE, (file_facts("front"), file_facts("front")), "front"),
        (RESIDENCE, (file_facts("front"),), "document"),
        (TAX_ID, (file_facts("document"),), "tax_id"),
        (WATCHLISTS, (file_facts("negative_news_verifier_response"),), "negative_news_verifier_response"),
        (SELFIE, (file_facts("selfie"),), "selfie"),
        (replace(SELFIE, selfie_type="selfie"), (VIDEO,), "selfie"),
    ],
)
def test_files_belong_into_their_places(metadata: SubmissionMetadata, files: tuple[FileFacts, ...], field: str) -> None:
    assert field in fields(kraken(metadata, *files))


@pytest.mark.parametrize(
    "facts",
    [
        {"filename": "front"},
        {"filename": ".png"},
        {"filename": "..png"},
        {"filename": "."},
        {"filename": ".."},
        {"filename": ""},
        {"filename": "front."},
        {"filename": "front.jpg"},
        {"filename": "front.png.pdf"},
        {"filename": "a/front.png"},
        {"filename": "a\\front.png"},
        {"filename": "fr\x00ont.png"},
        {"filename": "front\r\n.png"},
        {"filename": "fr\x85ont.png"},
        {"filename": "fr\ud800ont.png"},
        {"filename": "a" * 252 + ".png"},
        {"filename": "ë" * 126 + ".png"},
        {"content_type": "image/gif"},
        {"content_type": "image/svg+xml", "filename": "front.svg"},
        {"content_type": "text/html", "filename": "front.html"},
        {"content_type": "image/webp", "filename": "front.webp"},
        {"content_type": "image/heic", "filename": "front.heic"},
        {"content_type": "video/mp4", "filename": "front.mp4"},
        {"content_type": ""},
        {"size": 0},
        {"size": -1},
        {"size": 150 * MIB + 1},
    ],
)
def test_a_bad_file_is_named_by_its_place(facts: dict[str, Any]) -> None:
    assert set(fields(kraken(ZOE, file_facts(**facts)))) == {"front"}
    assert set(fields(payward(ZOE, file_facts(**facts)))) == {"front"}


@pytest.mark.parametrize(
    "name", ["a" * 251 + ".png", "ë" * 125 + "x.png", "FRONT.PNG", "my passport (1).png", "王.png"]
)
def test_a_good_file_name_is_fine(name: str) -> None:
    assert kraken(ZOE, file_facts(filename=name)) == []


@pytest.mark.parametrize("limit", [1_000_000, 150 * MIB, 10**12])
def test_the_smaller_of_both_size_limits_counts(limit: int) -> None:
    options = replace(OPTIONS, max_file_bytes=limit)
    edge = min(limit, 150 * MIB)

    assert kraken(ZOE, file_facts(size=edge), options=options) == []
    assert fields(kraken(ZOE, file_facts(size=edge + 1), options=options)) == ["front"]


@pytest.mark.parametrize(
    ("facts", "options", "is_fine"),
    [
        ({"url_host": "DOCS.example.com"}, {}, True),
        ({"url_host": "docs.example.com:443"}, {}, True),
        ({"url_host": "", "url_scheme": ""}, {}, True),
        ({"url_host": "docs.example.org"}, {}, False),
        ({"url_host": "evil-docs.example.com"}, {}, False),
        ({"url_host": "docs.example.com"}, {"allowed_document_hosts": frozenset()}, False),
        ({"url_scheme": "http"}, {}, False),
        ({"url_scheme": "ftp"}, {}, False),
        ({"url_scheme": "http", "url_host": "127.0.0.1:8000"}, {"allowed_document_hosts": {"127.0.0.1"}}, True),
        ({"url_scheme": "http", "url_host": "localhost"}, {"allowed_document_hosts": {"localhost:8000"}}, True),
        ({"url_scheme": "http", "url_host": "[::1]:8000"}, {"allowed_document_hosts": {"[::1]:8000"}}, True),
        (
            {"url_scheme": "http", "url_host": "127.0.0.1"},
            {"allowed_document_hosts": {"127.0.0.1"}, "is_sandbox": False},
            False,
        ),
        ({"url_scheme": "http", "url_host": "10.0.0.1"}, {"allowed_document_hosts": {"10.0.0.1"}}, False),
    ],
)
def test_addresses_need_https_and_an_allowed_host(
    facts: dict[str, Any], options: dict[str, Any], is_fine: bool
) -> None:
    account = replace(OPTIONS, **options)
    expected = [] if is_fine else ["front"]

    assert fields(payward(ZOE, file_facts(**facts), options=account)) == expected
    assert fields(kraken(ZOE, file_facts(**facts), method="DOCUMENT_URLS", options=account)) == expected
    assert kraken(ZOE, file_facts(**facts), options=account) == []


# --- profiles ---------------------------------------------------------------------------------------------------------
def test_a_good_profile_has_no_problem() -> None:
    assert check_user_profile("KRAKEN_EMBED", PROFILE) == check_user_profile("PAYWARD_SERVICES", PROFILE) == []


@pytest.mark.parametrize(
    ("changes", "field", "kinds"),
    [
        ({"email": ""}, "email", "both"),
        ({"email": "zoe"}, "email", "both"),
        ({"email": "zoe@@example.org"}, "email", "both"),
        ({"email": "zoe@example.org\n"}, "email", "both"),
        ({"email": "z" * 250 + "@example.org"}, "email", "both"),
        ({"external_id": ""}, "external_id", "both"),
        ({"external_id": "a\x00"}, "external_id", "both"),
        ({"full_name": FullName(" ", "b")}, "full_name.first_name", "both"),
        ({"residence": replace(ADDRESS, postal_code="")}, "residence.postal_code", "both"),
        ({"residence": replace(ADDRESS, country="Spain")}, "residence.country", "both"),
        ({"phone": "600 123 456"}, "phone", "both"),
        ({"phone": "+0600123456"}, "phone", "both"),
        ({"phone": "+34600123456\n"}, "phone", "both"),
        ({"phone": "+٣٤٦٠٠١٢٣"}, "phone", "both"),
        ({"phone": "+1234567890123456"}, "phone", "both"),
        ({"nationalities": ()}, "nationalities", "both"),
        ({"nationalities": ("ES", "EU")}, "nationalities", "both"),
        ({"nationalities": ("",)}, "nationalities", "both"),
        ({"date_of_birth": dt.date(2025, 3, 15)}, "date_of_birth", "both"),
        ({"date_of_birth": None}, "date_of_birth", "kraken"),
        ({"occupation": None}, "occupation", "kraken"),
        ({"occupation": "employed"}, "occupation", "both"),
        ({"tos_version_accepted": None}, "tos_version_accepted", "kraken"),
        ({"tos_version_accepted": 2**31}, "tos_version_accepted", "both"),
        ({"country_of_birth": "es"}, "country_of_birth", "both"),
        ({"city_of_birth": "a\x00"}, "city_of_birth", "both"),
        ({"language": "ENG"}, "language", "both"),
        ({"tax_ids": (TaxId("", "ES"),)}, "tax_ids", "both"),
        ({"tax_ids": (TaxId("12", "Spain"),)}, "tax_ids", "both"),
    ],
)
def test_a_bad_member_of_a_profile_is_named(changes: dict[str, Any], field: str, kinds: str) -> None:
    profile = replace(PROFILE, **changes)

    assert fields(check_user_profile("KRAKEN_EMBED", profile, today=NOW.date())) == [field]
    expected = [field] if kinds == "both" else []
    assert fields(check_user_profile("PAYWARD_SERVICES", profile, today=NOW.date())) == expected


# --- vocabulary -------------------------------------------------------------------------------------------------------
def test_the_country_list_is_iso_and_kosovo() -> None:
    codes = [code for code, _name in COUNTRIES]

    assert len(codes) == len(set(codes)) == 250
    assert "XK" in codes
    assert not READ_ONLY_COUNTRY_CODES & set(codes)
    assert len(READ_ONLY_COUNTRY_CODES) + len(codes) == 262


def test_each_type_has_what_it_can_meet() -> None:
    assert set(SATISFIES) == {kind for kind, _label in VERIFICATION_TYPES}
    assert [len(DOCUMENT_TYPES[kind]) for kind in DOCUMENT_TYPES] == [5, 17, 2]


# --- anything ---------------------------------------------------------------------------------------------------------
@settings(max_examples=150, deadline=500)
@given(
    text=st.text(max_size=300),
    day=st.dates() | st.none(),
    moment=st.datetimes(timezones=st.just(dt.UTC) | st.none()) | st.none(),
    kind=st.sampled_from([*SATISFIES, "other", ""]),
    slot=st.sampled_from(["front", "selfie", "", "x"]),
    size=st.integers(),
)
def test_no_input_makes_the_preflight_fail(  # noqa: PLR0917
    text: str, day: dt.date | None, moment: dt.datetime | None, kind: str, slot: str, size: int
) -> None:
    metadata = SubmissionMetadata(
        type=kind, verifier=text, verified_at=moment, full_name=FullName(text, text), date_of_birth=day,
        document_type=text, document_number=text, issuing_country=text, expiration_date=day, selfie_type=text,
        verifier_response=text,
    )  # fmt: skip
    file = FileFacts(slot, text, text, size, text, text)

    for problem in [
        *preflight_kraken_embed(text, text, metadata, (file,), OPTIONS, NOW),
        *preflight_payward_services(text, text, metadata, (file,), OPTIONS, NOW),
    ]:
        assert problem.field is not None
        assert problem.message
        assert problem.rule
