"""The decision's part of the case page: what each person is shown before, while and after a case is decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_user
from tests.services.decision_support import again
from tests.views.decision_records import answered, decided, waiting_decision
from verifications.models import Case, DecisionReason
from verifications.policy.roles import AUDITOR, OFFICER, SENIOR_OFFICER
from verifications.selectors.decision_panel import decision_panel

pytestmark = pytest.mark.django_db


def panel_of(case: Case, user: Any) -> Any:
    return decision_panel(again(case), user, timezone.now())


def page_of(case: Case, user: Any, **context: Any) -> str:
    """The partial as the case page includes it."""
    case = again(case)
    request = RequestFactory().get("/")
    request.user = user
    panel = decision_panel(case, user, timezone.now())
    return render_to_string(
        "verifications/_case_decision.html", {"case": case, "decision_panel": panel, **context}, request
    )


def test_the_panel_says_before_deciding_who_else_it_takes_and_why() -> None:
    person = make_user(OFFICER)

    page = page_of(answered("DENY"), person)
    plain = page_of(answered(), person)

    assert "Needs a second officer: approval against a provider&#x27;s answer, approval at high risk" in page
    assert "Needs a second" not in plain
    assert 'data-key="a"' in page


def test_the_panel_offers_each_active_reason_under_its_outcome() -> None:
    DecisionReason.objects.filter(code="name-change-documented").update(is_active=False)

    page = page_of(answered(), make_user(OFFICER))

    assert page.count("<optgroup") == 3
    assert "Confirmed watch-list match" in page
    assert "Name change, documented" not in page


def test_the_panel_tells_whoever_can_not_decide_why() -> None:
    case = answered()
    other = make_user(OFFICER, first_name="Ines", last_name="Roth")
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(claimed_by=other, claimed_at=now, claim_ends_at=now + dt.timedelta(hours=1))

    claimed = page_of(case, make_user(OFFICER))
    auditor = page_of(case, make_user(AUDITOR))

    assert "Ines Roth is working on this case" in claimed
    assert "<form" not in claimed
    assert "<form" not in auditor


def test_the_panel_shows_the_staged_decision_to_each_as_far_as_they_may() -> None:
    decision = waiting_decision()
    maker = page_of(decision.case, decision.made_by)
    second = page_of(decision.case, make_user(OFFICER))
    auditor = page_of(decision.case, make_user(AUDITOR))

    assert ("Withdraw it" in maker, "Approve it" in maker) == (True, False)
    assert ("Withdraw it" in second, "Approve it" in second, "Return it" in second) == (False, True, True)
    assert "<form" not in auditor
    assert all("Seen the passport and the answer." in page for page in (maker, second, auditor))


def test_the_panel_names_what_changed_since_and_offers_no_approval() -> None:
    decision = waiting_decision()
    decision.case.verifications.update(nationality="FR")

    page = page_of(decision.case, make_user(OFFICER))

    assert "Kraken Embed, passport: nationality: new" in page
    assert "Approve it" not in page
    assert "Return it" in page


def test_the_panel_keeps_superseded_decisions_in_sight() -> None:
    case = answered()
    first = decided(case, make_user(OFFICER))

    decided(case, make_user(OFFICER), "DECLINE", corrects=first.public_id)

    page = page_of(case, make_user(OFFICER))
    panel = panel_of(case, make_user(OFFICER))
    assert again(case).outcome == "DECLINE"
    assert [past.decision.pk for past in panel.history] == [first.pk]
    assert "Superseded by a correction" in page
    assert "Correct this decision" in page
    assert panel.standing.decision.evidence_hash in page


def test_text_that_looks_like_markup_is_shown_as_text() -> None:
    case = answered()

    decided(case, make_user(OFFICER), rationale="<script>alert(1)</script> for real")

    page = page_of(case, make_user(OFFICER))
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("role", [OFFICER, SENIOR_OFFICER, AUDITOR])
def test_the_panel_costs_the_same_queries_however_much_was_decided(role: str) -> None:
    few, many = answered(), answered()
    decided(few, make_user(OFFICER), "ASK_FOR_MORE")
    for outcome in ("ASK_FOR_MORE", "ASK_FOR_MORE", "ASK_FOR_MORE", "ASK_FOR_MORE"):
        decided(many, make_user(OFFICER), outcome)
    user = make_user(role)
    panel_of(few, user)

    counts = []
    for case in (again(few), again(many)):
        with CaptureQueriesContext(connection) as queries:
            decision_panel(case, user, timezone.now())
        counts.append(len(queries))

    assert counts[0] == counts[1]
