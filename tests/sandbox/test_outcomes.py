"""What becomes of a submission, read from the user as the portal would."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox import samples
from tests.sandbox.samples import identity_parts, parts_of, payward_identity
from tests.sandbox.signer import Client
from verifications.sandbox.outcomes import OUTCOMES, new_actions, status_at
from verifications.sandbox.store import Submission, User
from verifications.sandbox.testing import RunningSandbox

NOW = 1_800_000_000.0
WAIT = {"action_type": "wait", "wait_reason_code": "document_review"}


def status(client: Client, user_id: str) -> dict[str, Any]:
    return client.call("GET", f"/b2b/users/{user_id}").json()["result"]["status"]


def wanted(status: dict[str, Any]) -> dict[str, list[str]]:
    """Verification types still asked for, with their reasons."""
    return {
        action["verification_type"]: action["reasons"]
        for action in status["required_actions"]
        if action["action_type"] == "verification"
    }


def settled(client: Client, user_id: str) -> dict[str, Any]:
    """The status once no review is under way."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        found = status(client, user_id)
        if all(action.get("wait_reason_code") not in {"document_review", "manual_review"}
               for action in found.get("required_actions", [])):  # fmt: skip
            return found
        time.sleep(0.03)
    raise AssertionError("still in review")


def submit(client: Client, user_id: str, number: str = "P1234567", **changes: Any) -> None:
    answer = client.send_parts(f"/b2b/verifications/{user_id}", identity_parts(number, **changes))
    assert answer.status == 200


def test_a_plain_submission_waits_and_is_then_met(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id)

    first, last = status(kraken, kraken_user_id), settled(kraken, kraken_user_id)

    assert WAIT in first["required_actions"]
    assert "identity" not in wanted(first)
    assert (last["state"], set(wanted(last))) == ("ok", {"residence", "selfie"})


def test_each_type_meets_its_requirement(kraken: Client, kraken_user_id: str) -> None:
    target = f"/b2b/verifications/{kraken_user_id}"
    residence = samples.RESIDENCE | {"verifier": "desk INSTANT"}
    selfie = samples.SELFIE | {"verifier": "INSTANT"}

    submit(kraken, kraken_user_id, "INSTANT")
    kraken.send_parts(target, parts_of("residence_document", residence, ("document", "p.pdf", samples.PDF)))
    kraken.send_parts(target, parts_of("selfie", selfie, ("selfie", "s.mp4", samples.MP4)))

    assert status(kraken, kraken_user_id) == {"state": "ok", "required_actions": []}


def test_review_takes_longer_and_waits_for_a_person(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "X-REVIEW-1")
    time.sleep(0.25)

    during = status(kraken, kraken_user_id)

    assert during["required_actions"][-1] == {"action_type": "wait", "wait_reason_code": "manual_review"}
    assert "identity" not in wanted(settled(kraken, kraken_user_id))


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [
        ("xreject1", {}, "document_unreadable"),
        ("X-EXPIRED", {}, "document_expired"),
        ("P1", {"expiration_date": "2020-01-01"}, "document_expired"),
        ("X-MATCHED", {}, "watchlist_match"),
    ],
)
def test_a_refused_document_is_wanted_again_with_reason_and_deadline(
    kraken: Client, kraken_user_id: str, number: str, changes: dict[str, Any], reason: str
) -> None:
    submit(kraken, kraken_user_id, number, **changes)

    last = settled(kraken, kraken_user_id)

    action = next(a for a in last["required_actions"] if a.get("verification_type") == "identity")
    until = dt.datetime.fromisoformat(action["deadline"]) - dt.datetime.now(dt.UTC)
    assert (last["state"], action["reasons"]) == ("ok", [reason])
    assert dt.timedelta(days=13, hours=23) < until < dt.timedelta(days=14, minutes=1)


def test_a_last_name_in_capitals_chooses_an_outcome(kraken: Client, kraken_user_id: str) -> None:
    person = {"full_name": {"first_name": "Max", "last_name": "REJECT"}, "date_of_birth": "1990-04-15"}

    submit(kraken, kraken_user_id, identity=person)

    assert wanted(settled(kraken, kraken_user_id))["identity"] == ["document_unreadable"]


def test_a_later_good_document_settles_a_refused_one(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "REJECT")
    settled(kraken, kraken_user_id)

    submit(kraken, kraken_user_id, "INSTANT")

    assert "identity" not in wanted(status(kraken, kraken_user_id))


def test_a_disabled_user_says_why_and_a_good_document_enables_it(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "DISABLE")

    disabled = settled(kraken, kraken_user_id)
    submit(kraken, kraken_user_id, "INSTANT")

    assert (disabled["state"], disabled["reasons"]) == ("disabled", ["review_failed"])
    assert wanted(disabled)["identity"] == ["review_failed"]
    assert status(kraken, kraken_user_id)["state"] == "ok"


def test_a_closed_user_is_final(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "CLOSE-USER")

    closed = settled(kraken, kraken_user_id)
    later = kraken.send_parts(f"/b2b/verifications/{kraken_user_id}", identity_parts())

    assert closed == {"state": "closed", "reasons": ["closed_after_review"]}
    assert (later.status, later.errors) == (409, ["ENexus:Conflict"])


def test_more_can_be_asked_for_and_a_changed_profile_answers_it(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "ASK-MORE")

    asked = settled(kraken, kraken_user_id)
    kraken.call("PATCH", f"/b2b/users/{kraken_user_id}", {"phone": "+34622222222"})

    details = [action for action in asked["required_actions"] if action["action_type"] == "provide_details"]
    assert details[0]["details_type"] == {"type": "phone"}
    assert "identity" not in wanted(asked)
    after = status(kraken, kraken_user_id)["required_actions"]
    assert {action["action_type"] for action in after} == {"verification"}


def test_words_nobody_listed(kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "NEW-WORDS")

    last = settled(kraken, kraken_user_id)

    assert {"answer_questionnaire", "wait"} <= {action["action_type"] for action in last["required_actions"]}


def test_an_unmoved_requirement_reads_as_before(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    before = status(kraken, kraken_user_id)

    submit(kraken, kraken_user_id, "UNMOVED")

    assert status(kraken, kraken_user_id) == before
    assert sandbox.record()[-1]["outcome"] == "UNMOVED"


def test_a_watch_list_match_comes_back(sandbox: RunningSandbox, kraken: Client) -> None:
    actions = new_actions(["sanctions_check", "pep_check"])
    user_id = sandbox.control("POST", "users", {"api": "kraken_embed", "required_actions": actions})["user_id"]
    lists = {"sanctions": {**samples.COMMON, "status": "Matched"}, "pep": {**samples.COMMON, "status": "Cleared"}}

    kraken.send_parts(f"/b2b/verifications/{user_id}", parts_of("watchlists", lists))

    assert wanted(settled(kraken, user_id)) == {
        "sanctions_check": ["watchlist_match"],
        "pep_check": ["watchlist_match"],
    }


def test_payward_users_follow_the_same_course(
    payward: Client, payward_user_id: str, file_url: Callable[[str], str]
) -> None:
    body = {
        "type": "identity_document",
        "metadata": payward_identity("REJECT"),
        "front_url": file_url("files/front.png"),
    }
    payward.call("POST", f"/v1/users/{payward_user_id}/verifications/url", body)

    first = payward.call("GET", f"/v1/users/{payward_user_id}").json()["data"]["status"]
    time.sleep(0.2)
    last = payward.call("GET", f"/v1/users/{payward_user_id}").json()["data"]["status"]

    assert WAIT in first["required_actions"]
    assert wanted(last)["identity"] == ["document_unreadable"]


@pytest.mark.parametrize("mark", OUTCOMES)
def test_status_is_computed_from_the_time_it_is_read(mark: str) -> None:
    user = User("kraken_embed", "AA45N8G4MLDYWAR7", "cust-1", False, {}, NOW, actions=new_actions())
    submission = Submission(
        "kraken_embed", "v1", user.user_id, "identity_document", None, mark, ["identity"], NOW, NOW + 2, [], "", "key"
    )

    during = status_at(user, [submission], now=NOW + 1)
    after = status_at(user, [submission], now=NOW + 3)

    if OUTCOMES[mark].result == "unmoved":
        assert during == after == {"state": "ok", "required_actions": new_actions()}
        return
    assert during["required_actions"][-1]["action_type"] == "wait"
    assert (after["state"], OUTCOMES[mark].result in {"back", "disabled"}) == (
        {"closed": "closed", "disabled": "disabled"}.get(OUTCOMES[mark].result, "ok"),
        "identity" in wanted({"required_actions": after.get("required_actions", [])}),
    )


def test_plain_metadata_has_no_mark(sandbox: RunningSandbox, kraken: Client, kraken_user_id: str) -> None:
    submit(kraken, kraken_user_id, "C01X00T47", expiration_date="2999-01-01")

    assert (sandbox.record()[-1]["outcome"], sandbox.record()[-1]["fault"]) == ("", None)
