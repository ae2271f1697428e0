"""The policy in words, its change through a form, and what a change would have brought."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ACTOR, make_user
from tests.views.decision_records import answered, decided, waiting_decision
from tests.views.support import client_as
from verifications.enums import AuditAction, CustomerKind, DecisionOutcome, ProviderAnswer
from verifications.forms.policies import MOST_RULES, PolicyForm
from verifications.models import AuditEvent, PolicyVersion
from verifications.policy.roles import OFFICER, SENIOR_OFFICER
from verifications.policy.rules import DEFAULT_POLICY, Policy, Rule
from verifications.selectors import policy_replay
from verifications.selectors.policy_words import days_off, differences, rule_words
from verifications.services.policies import change_policy, current_policy

pytestmark = pytest.mark.django_db
NOTE = "Asked for by the yearly review."


@pytest.fixture
def senior() -> Any:
    client = Client()
    client.force_login(make_user(SENIOR_OFFICER))
    return client


def entered(client: Any, **changes: Any) -> dict[str, Any]:
    """What the form posts as it stands, with changes: a browser's way of sending fields."""
    form = client.get("/policy/new/").context["form"]
    found: dict[str, Any] = {}
    for part in (form, *form.rule_forms):
        for field in part:
            value = field.value()
            if value in (None, False, "", []):
                continue
            shown = field.field.prepare_value(value)
            found[field.html_name] = "on" if shown is True else shown
    return found | changes


def changed(**changes: Any) -> PolicyVersion:
    version, policy = current_policy()
    return change_policy(
        rules=policy.to_data() | changes, note=NOTE, based_on=version.number, actor=ACTOR, at=timezone.now()
    )


def without(*ids: str) -> list[dict[str, Any]]:
    return [rule for rule in copy.deepcopy(DEFAULT_POLICY["rules"]) if rule["id"] not in ids]


def test_the_policy_is_told_in_words_with_its_history() -> None:
    changed(staged_hours=24)

    page = client_as("auditor").get("/policy/").content.decode()

    assert "Policy 2" in page
    assert "a second person has to approve" in page
    assert (
        "A decision waits for its second person at most: 24 hours by the clock, before 72 hours by the clock." in page
    )
    assert NOTE in page
    assert "Change the policy" not in page


def test_an_earlier_version_is_shown_as_such_and_none_that_there_is_not() -> None:
    changed(staged_hours=24)
    client = client_as("officer")

    assert "Policy 2 is in force" in client.get("/policy/?version=1").content.decode()
    assert [client.get(f"/policy/?version={wrong}").status_code for wrong in ("9", "x", "²", "1" * 30)] == [404] * 4


@pytest.mark.parametrize("rule", DEFAULT_POLICY["rules"], ids=lambda rule: rule["id"])
def test_each_rule_is_a_sentence(rule: dict[str, Any]) -> None:
    policy = Policy.from_data(DEFAULT_POLICY | {"rules": [rule]})

    words = rule_words(policy.rules[0])

    assert words.startswith("When ")
    assert words.endswith(".")
    assert "%" not in words


def test_a_sentence_names_every_condition() -> None:
    rule = Rule(
        id="all",
        label="All",
        countries=("IR", "XX"),
        customer_kinds=("BUSINESS",),
        answers=("REJECTED",),
        recommendations=("DENY",),
        outcomes=("APPROVE", "ESCALATE"),
        risk=("HIGH",),
        watchlist_hit=True,
        unresolved_differences=False,
        escalated=True,
        duplicate=True,
        then_senior=True,
    )

    words = rule_words(rule)

    for part in ("Iran", "XX", "business", "“Rejected”", "“Deny”", "“Approve” or “Escalate”", "the risk is high"):
        assert part in words
    for part in ("watch list has a hit", "no difference is unresolved", "was escalated", "known already", "senior"):
        assert part in words
    assert rule_words(Rule(id="any", label="Any", then_second=True, outcomes=("APPROVE",))) == (
        "When the decision is “Approve”: a second person has to approve."
    )


def test_versions_differ_in_words() -> None:
    old = Policy.from_data(DEFAULT_POLICY)
    data = copy.deepcopy(DEFAULT_POLICY)
    data["rules"] = without("escalated")
    data["rules"][0] |= {"label": "Risky country", "when": {"countries": ["IR"]}}
    data["rules"].append({"id": "fresh", "label": "Fresh", "when": {"duplicate": True}, "then": {"second": True}})
    data["warn_hours"] = 3
    data["business"] |= {"extra_days_off": ["2027-12-24"]}

    found = differences(old, Policy.from_data(data))

    assert [sentence.split(".")[0][:32] for sentence in found] == [
        "Rule “Fresh” is new",
        "Rule “Escalated case” is gone",
        "Rule “High-risk country” is call",
        "Rule “Risky country” says now: W",
        "Warned before it is due: 3 worki",
        "Further days off: 24 Dec 2027, b",
    ]
    assert differences(old, old) == []


def test_days_off_are_those_on_which_nobody_works() -> None:
    policy = Policy.from_data(
        DEFAULT_POLICY | {"business": DEFAULT_POLICY["business"] | {"extra_days_off": ["2026-11-24", "2026-11-28"]}}
    )

    found = days_off(policy.business, timezone.datetime(2026, 11, 20, 12, tzinfo=timezone.get_default_timezone()))

    assert [day.isoformat() for day in found] == ["2026-11-24"]  # the other one is a Saturday


def test_the_form_gives_back_the_policy_it_was_filled_with(senior: Any) -> None:
    form = PolicyForm(senior_data(entered(senior)))

    policy = form.to_policy()

    assert policy is not None
    assert policy.to_data() == Policy.from_data(DEFAULT_POLICY).to_data()


def test_a_preview_says_what_would_change_and_keeps_nothing(senior: Any) -> None:
    waiting_decision()
    decided(answered(), make_user(OFFICER))
    names = [rule["id"] for rule in DEFAULT_POLICY["rules"]]
    remove = {f"rule-{names.index(name)}-remove": "on" for name in ("denial-overridden", "high-risk-approval")}
    events = AuditEvent.objects.count()

    page = senior.post("/policy/new/", entered(senior, preview="1", **remove))

    ways = {way["name"]: way["count"] for way in page.context["ways"]}
    assert page.status_code == 200
    assert (page.context["report"].total, page.context["report"].changed) == (2, 1)
    assert ways == dict.fromkeys(policy_replay.WAYS, 0) | {"second_no_longer": 1}
    assert "is gone" in page.content.decode()
    assert (PolicyVersion.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_a_rule_is_added_through_the_form_and_takes_effect(senior: Any) -> None:
    count = len(DEFAULT_POLICY["rules"])
    rule = {"label": "Known already", "duplicate": "yes", "outcomes": ["APPROVE"], "then_second": "on"}
    changes = {f"rule-{count}-{name}": value for name, value in rule.items()}

    answer = senior.post("/policy/new/", entered(senior, save="1", note=NOTE, **changes))

    assert answer.status_code == 302
    version, policy = current_policy()
    assert (version.number, version.note) == (2, NOTE)
    assert policy.rules[-1].to_data() == {
        "id": "known-already",
        "label": "Known already",
        "when": {"outcomes": ["APPROVE"], "duplicate": True},
        "then": {"second": True},
    }
    assert AuditEvent.objects.filter(action=AuditAction.POLICY_CHANGED).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_onboarding_high": "0"}, "due_onboarding_high"),
        ({"warn_hours": "12"}, "warn_hours"),
        ({"approval_high": "10"}, "review_before_days"),
        ({"closes": "08:00"}, "closes"),
        ({"opens": "9"}, "opens"),
        ({"holidays": "XX"}, "holidays"),
        ({"days_off": "24.12."}, "days_off"),
        ({"days": []}, "days"),
        ({"timezone": "Nowhere/Land"}, "timezone"),
        ({"staged_hours": "nan"}, "staged_hours"),
        ({"rule-0-countries": "Iran"}, "rule-0-countries"),
        ({"rule-0-label": ""}, "rule-0-label"),
        ({"rule-1-id": "high-risk-country"}, "rule-1-id"),
        ({"rule-4-then_second": ""}, "rule-4-then_risk"),
        ({"rule-0-outcomes": ["APPROVE"]}, "rule-0-outcomes"),
        ({"rule-0-answers": ["BOGUS"]}, "rule-0-answers"),
    ],
)
def test_what_is_wrong_stands_next_to_its_field(senior: Any, changes: dict[str, Any], field: str) -> None:
    page = senior.post("/policy/new/", entered(senior, save="1", note=NOTE, **changes))

    form = page.context["form"]
    wrong = {part[name].html_name for part in (form, *form.rule_forms) for name in part.errors if name != "__all__"}
    assert page.status_code == 422
    assert wrong == {field}
    assert form.non_field_errors() == []
    assert PolicyVersion.objects.count() == 1


def test_a_problem_after_a_removed_rule_stands_at_the_right_one(senior: Any) -> None:
    changes = {"rule-0-remove": "on", "rule-2-label": "", "save": "1", "note": NOTE}

    form = senior.post("/policy/new/", entered(senior, **changes)).context["form"]

    assert [bool(rule.is_bound and rule.errors) for rule in form.rule_forms[:4]] == [False, False, True, False]


def test_a_change_without_a_reason_is_not_saved(senior: Any) -> None:
    page = senior.post("/policy/new/", entered(senior, save="1", staged_hours="24", note="  why  "))

    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["note"]


def test_who_fills_in_over_an_older_version_is_told_and_changes_nothing(senior: Any) -> None:
    filled = entered(senior, save="1", note=NOTE, staged_hours="24")
    changed(staged_hours=48)

    page = senior.post("/policy/new/", filled)

    assert page.status_code == 409
    assert "Somebody changed the policy meanwhile" in page.content.decode()
    assert current_policy()[1].staged_hours == 48


def test_a_conflict_shows_both_changes_and_lets_one_go_on_knowingly(senior: Any) -> None:
    filled = entered(senior, save="1", note=NOTE, warn_hours="3")
    changed(staged_hours=48)

    page = senior.post("/policy/new/", filled)

    conflict, form = page.context["conflict"], page.context["form"]
    assert conflict["theirs"] == [
        "A decision waits for its second person at most: 48 hours by the clock, before 72 hours by the clock."
    ]
    assert conflict["yours"] == ["Warned before it is due: 3 working hours, before 2 working hours."]
    assert (form["warn_hours"].value(), form["note"].value(), form.number) == ("3", NOTE, 2)
    for words in (*conflict["theirs"], *conflict["yours"], NOTE, "start again from policy 2"):
        assert words in page.content.decode()
    again = filled | {"based_on": str(form.number), "staged_hours": "48"}
    assert senior.post("/policy/new/", again).status_code == 302
    policy = current_policy()[1]
    assert (policy.staged_hours, policy.warn_hours) == (48, 3)


def test_a_preview_over_an_older_version_shows_the_conflict_too(senior: Any) -> None:
    filled = entered(senior, preview="1", warn_hours="3")
    changed(staged_hours=48)

    page = senior.post("/policy/new/", filled)

    assert page.status_code == 200
    assert len(page.context["conflict"]["theirs"]) == len(page.context["conflict"]["yours"]) == 1
    assert len(page.context["changes"]) == 2


@pytest.mark.parametrize("number", ["", "0", "x", "77"])
def test_a_form_over_a_version_that_there_is_not_conflicts(senior: Any, number: str) -> None:
    data = json.dumps(DEFAULT_POLICY | {"staged_hours": 36})

    page = senior.post("/policy/new/", entered(senior, save="1", note=NOTE, use_json="on", json=data, based_on=number))

    assert page.status_code == 409
    assert page.context["conflict"]["before"] is None
    assert PolicyVersion.objects.count() == 1


def test_a_policy_that_is_the_one_in_force_is_not_put_in_force_again(senior: Any) -> None:
    page = senior.post("/policy/new/", entered(senior, save="1", note=NOTE))

    assert page.status_code == 422
    assert page.context["form"].non_field_errors() == ["Nothing is different from the policy in force."]
    assert PolicyVersion.objects.count() == 1


def test_the_preview_names_the_decisions_that_could_no_longer_be_approved(senior: Any) -> None:
    waiting_decision()

    page = senior.post("/policy/new/", entered(senior, preview="1", staged_hours="24")).content.decode()

    assert "1 decision waits for its second person now." in page


def test_the_largest_form_is_one_request(senior: Any) -> None:
    """However many conditions are ticked: more fields than a request may have would be refused unread."""
    rule = {
        "label": "R",
        "when": {
            "countries": ["DE"],
            "customer_kinds": list(CustomerKind.values),
            "answers": list(ProviderAnswer.values),
            "recommendations": ["ALLOW", "CHALLENGE", "DENY"],
            "outcomes": list(DecisionOutcome.values),
            "risk": ["STANDARD", "HIGH"],
            **dict.fromkeys(
                ("watchlist_hit", "overrides_deny", "unresolved_differences", "escalated", "duplicate"), True
            ),
        },
        "then": {"second": True, "senior": True},
    }
    changed(rules=[{"id": f"rule-{number}", **rule} for number in range(MOST_RULES)])
    filled = entered(senior, save="1", note=NOTE, staged_hours="24")
    with_all = filled | {f"rule-{number}-remove": "" for number in range(MOST_RULES + 1)}

    assert senior.post("/policy/new/", with_all).status_code == 302
    assert len(current_policy()[1].rules) == MOST_RULES


def test_json_takes_the_place_of_the_fields_and_its_problems_name_places(senior: Any) -> None:
    data = copy.deepcopy(DEFAULT_POLICY) | {"staged_hours": 36}
    wrong = copy.deepcopy(DEFAULT_POLICY) | {"staged_hours": "soon"}

    def post(text: str) -> Any:
        return senior.post("/policy/new/", entered(senior, save="1", note=NOTE, use_json="on", opens="9", json=text))

    assert "staged_hours: Must be a number." in post(json.dumps(wrong)).context["form"].errors["json"]
    assert "Is no JSON" in str(post("{").context["form"].errors["json"])
    assert post("[" * 100_000).status_code == 422
    assert post(json.dumps(data)).status_code == 302
    assert current_policy()[1].staged_hours == 36


def test_a_policy_with_more_rules_than_a_form_holds_is_changed_as_json(senior: Any) -> None:
    rule = {"label": "R", "when": {"escalated": True}, "then": {"second": True}}
    changed(rules=[{"id": f"rule-{number}", **rule} for number in range(MOST_RULES + 1)])

    page = senior.get("/policy/new/")
    filled = entered(senior, save="1", note=NOTE)
    senior.post("/policy/new/", filled | {"json": filled["json"].replace('"staged_hours": 72', '"staged_hours": 60')})

    assert "more rules than a form has room for" in page.content.decode()
    assert len(current_policy()[1].rules) == MOST_RULES + 1
    assert current_policy()[1].staged_hours == 60


def test_two_versions_are_held_against_each_other_over_past_decisions() -> None:
    waiting_decision()
    changed(rules=without("denial-overridden", "high-risk-approval"))
    changed(staged_hours=24)
    client = client_as("auditor")

    def counts(query: str) -> dict[str, int]:
        page = client.get(f"/policy/replay/?{query}")
        return {way["name"]: way["count"] for way in page.context["ways"] if way["count"]}

    assert counts("old=1&new=2") == counts("old=made&new=3&period=30") == {"second_no_longer": 1}
    assert counts("old=2&new=1&period=365") == {"second_now": 1}
    assert counts("old=2&new=3") == counts("old=made&new=1") == {}
    assert counts("old=1&new=2&period=last-quarter") == {}
    today = timezone.localdate()
    assert counts(f"old=1&new=2&from={today}&until={today}") == {"second_no_longer": 1}
    assert client.get("/policy/replay/?old=1&new=99").status_code == 404
    assert "CASE-" in client.get("/policy/replay/?old=1&new=2").content.decode()


def test_a_replay_costs_the_same_for_one_decision_and_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting_decision()
    changed(rules=without("denial-overridden", "high-risk-approval"))
    client = client_as("officer")
    with CaptureQueriesContext(connection) as few:
        client.get("/policy/replay/?new=2")
    for _number in range(3):
        waiting_decision_under(1)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/policy/replay/?old=1&new=2")
    assert page.context["report"].total == 4
    assert len(many) <= len(few)

    monkeypatch.setattr(policy_replay, "MOST_DECISIONS", 2)
    cut = client.get("/policy/replay/?old=1&new=2")

    assert (cut.context["report"].total, cut.context["replay"].is_cut) == (2, True)


def waiting_decision_under(number: int) -> Any:
    """Decisions name the version in force; here any will do."""
    decision = decided(answered("DENY"), make_user(OFFICER))
    assert decision.policy.number >= number
    return decision


def senior_data(found: dict[str, Any]) -> Any:
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    for name, value in found.items():
        data.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    return data
