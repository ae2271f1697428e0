"""Evidence: all that a decision rests on is an item, a change names exactly what changed, and nothing is personal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ACTOR, NOON
from tests.services.decision_support import again, answer, answered_case, decide, officer, staged
from tests.services.support import submitted
from verifications.enums import DifferenceReason
from verifications.models import Case, DataKey, DifferenceResolution, Document, ExtractedValue, PolicyVersion
from verifications.policy.rules import DEFAULT_POLICY
from verifications.selectors.evidence import changes, evidence_of, kept
from verifications.selectors.evidence_seen import read_seen, seen_token
from verifications.services.customers import change_customer, customer_data
from verifications.services.decision_reviews import withdraw_decision
from verifications.services.extracted_values import store_values
from verifications.services.policies import change_policy
from verifications.services.sealed_values import seal
from verifications.services.verification_data import apply_data, verification_data

pytestmark = pytest.mark.django_db


def said(case: Case, before: Any) -> list[str]:
    return [words for _key, words in changes(before.seen(), evidence_of(again(case)))]


@pytest.fixture
def case(clock: Any) -> Case:
    return answered_case()


def check_of(case: Case) -> Any:
    return case.verifications.select_related("customer", "account").get()


def test_evidence_is_the_same_until_something_changes(case: Case) -> None:
    first, second = evidence_of(case), evidence_of(again(case))

    assert first == second
    assert len(first.hash) == 64
    assert [item.key for item in first.items] == sorted(item.key for item in first.items)


def test_a_changed_value_of_a_check_is_named_and_no_other_though_all_are_sealed_anew(case: Case) -> None:
    before, check = evidence_of(case), check_of(case)

    apply_data(check, replace(verification_data(check), document_number="X1234568"))
    check.save()

    assert said(case, before) == ["Kraken Embed, passport: document number: changed"]


def test_a_changed_value_of_the_customer_is_named_and_no_other(case: Case) -> None:
    before, customer = evidence_of(case), case.customer

    data = replace(customer_data(customer), phone="+376300999")
    change_customer(customer_id=customer.pk, data=data, actor=ACTOR, at=NOON)

    assert said(case, before) == ["Customer record: phone: changed"]


def test_a_new_file_and_one_taken_away_are_named(case: Case) -> None:
    before = evidence_of(case)
    document = Document.objects.get()
    fields = {
        field.attname: getattr(document, field.attname)
        for field in Document._meta.concrete_fields
        if field.attname not in ("id", "public_id")
    }

    Document.objects.create(**(fields | {"slot": "back", "sha256": "b" * 64}))
    added = said(case, before)
    Document.objects.filter(pk=document.pk).update(removed_at=NOON)
    both = said(case, before)

    assert added == ["Kraken Embed, passport: file, back: new"]
    assert both == ["Kraken Embed, passport: file, back: new", "A file: no longer there"]


def test_a_file_s_hash_is_the_file_s(case: Case) -> None:
    hashes = {item.key: item.hash for item in evidence_of(case).items}

    document = Document.objects.get()
    assert hashes[f"document:{document.public_id}"] == document.sha256


def test_the_provider_s_answer_is_evidence(case: Case) -> None:
    before = evidence_of(case)

    case.verifications.update(answer="STILL_WANTED", answer_reasons=["expired"])

    assert said(case, before) == [
        "Kraken Embed, passport: provider's answer: changed",
        "Kraken Embed, passport: provider's reasons: new",
    ]


def test_values_a_provider_read_are_evidence_and_reading_the_same_again_changes_nothing(case: Case) -> None:
    check = check_of(case)
    store_values(verification=check, values={"person.surname": "Exämple"}, at=NOON)
    before = evidence_of(again(case))

    store_values(verification=check, values={"person.surname": "Exämple"}, at=NOON)
    same = said(case, before)
    store_values(verification=check, values={"person.surname": "Other"}, at=NOON)
    other = said(case, before)

    assert ExtractedValue.objects.count() == 1
    assert same == []
    assert other == ["Kraken Embed, passport: read by the provider, surname: changed"]


def test_a_resolution_of_a_difference_is_evidence(case: Case) -> None:
    before = evidence_of(case)
    resolution = DifferenceResolution(
        case=case,
        field="last_name",
        values_hash="0" * 64,
        reason=DifferenceReason.NAME_CHANGE,
        resolved_by=officer(),
        resolved_at=NOON,
    )
    seal(resolution, "explanation", "Marriage certificate on file.", mask="4 words")
    resolution.save()

    assert said(case, before) == ["Resolved difference: last name: new"]


def test_another_policy_is_other_evidence(case: Case) -> None:
    before = evidence_of(case)
    number = PolicyVersion.objects.latest("number").number

    change_policy(rules=DEFAULT_POLICY, note="Looked at it again.", based_on=number, actor=ACTOR, at=NOON)

    assert said(case, before) == ["Policy in force: changed"]


def test_what_says_nothing_about_the_customer_is_no_evidence(case: Case) -> None:
    before = evidence_of(case)

    case.verifications.update(updated_at=timezone.now(), attention="Waits.", baseline_actions=[])
    Case.objects.update(priority=1, owner=officer(), version=9)

    assert said(case, before) == []


def test_a_staged_decision_is_no_evidence_to_its_second_person_but_to_everybody_after(clock: Any) -> None:
    decision = staged()

    now = evidence_of(again(decision.case), besides=decision)
    withdraw_decision(decision_id=decision.pk, person=decision.made_by, at=NOON)

    assert now.hash == decision.evidence_hash
    assert changes(kept(decision), evidence_of(again(decision.case))) == [("decision", "Latest decision: new")]


def test_evidence_keeps_nothing_that_could_be_read_or_guessed(case: Case) -> None:
    decision = decide(case, officer())

    text = json.dumps(decision.evidence, ensure_ascii=False)
    keyed = {item["hash"] for item in decision.evidence if item["key"].startswith(("customer:", "verification:"))}
    for personal in ("Zoë", "Exämple", "X1234567", "1990", "+376300100", "example.org"):
        assert personal not in text
    assert len(keyed) > 10


def test_the_same_value_of_two_customers_has_two_hashes(case: Case) -> None:
    other = answered_case()

    def born(one: Case) -> str:
        return next(item.hash for item in evidence_of(one).items if item.key == "customer:date_of_birth")

    assert born(case) != born(other)


def test_a_destroyed_key_leaves_evidence_that_says_so_and_no_error(case: Case) -> None:
    before = evidence_of(case)

    DataKey.objects.filter(customer=case.customer).delete()
    after = evidence_of(again(case))

    assert {item.key for item in after.items} == {item.key for item in before.items}
    assert after.hash != before.hash


def test_evidence_costs_the_same_queries_however_much_there_is(clock: Any) -> None:
    small = answered_case()
    big = answered_case()
    check = check_of(big)
    store_values(verification=check, values={f"person.value{n}": str(n) for n in range(30)}, at=NOON)
    document = check.documents.get()
    row = {
        field.attname: getattr(document, field.attname)
        for field in Document._meta.concrete_fields
        if field.attname not in ("id", "public_id")
    }
    for number in range(8):
        Document.objects.create(**(row | {"slot": f"slot{number}", "origin": "PROVIDER"}))

    counts = []
    for case in (again(small), again(big)):
        with CaptureQueriesContext(connection) as queries:
            evidence_of(case)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_a_token_is_good_for_its_case_and_its_person_alone(case: Case) -> None:
    person, evidence = officer(), evidence_of(case)
    token = seen_token(case, person, evidence)

    assert read_seen(case, person, token).hash == evidence.hash
    assert changes(read_seen(case, person, token).items or {}, evidence) == []
    assert read_seen(case, officer(), token).hash == ""
    assert read_seen(answered_case(), person, token).hash == ""
    assert read_seen(case, person, token[:-2] + "xx").items is None
    assert "X1234567" not in token


def test_a_corrected_check_beside_the_first_is_more_evidence(clock: Any) -> None:
    case = answered_case()
    before = evidence_of(case)
    second = submitted(provider_user=check_of(case).provider_user)
    answer(second)

    found = said(case, before)

    assert f"document:{second.documents.get().public_id}" in evidence_of(again(case)).seen()
    assert all(words.endswith(": new") for words in found)
