"""The one gate of decisions: whatever leads to one comes through here, whoever called and from where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from verifications.errors import FieldProblem, InvalidTransition, NotAllowed, PreflightFailed
from verifications.models import DecisionReason
from verifications.selectors.deciders import Refusal

SHORTEST_TEXT = 10
LONGEST_TEXT = 4000
RULE = "A decision says why"


def fresh_person(person: Any) -> Any:
    """The person as the database knows them now: what a session or a task remembers of their roles does not count.

    ``person`` is a user or a primary key. Raises ``NotAllowed`` for nobody and for whoever was switched off.
    """
    found = get_user_model().objects.filter(pk=getattr(person, "pk", person), is_active=True).first()
    if found is None:
        raise NotAllowed(_("Only a person who is signed in decides a case. Nothing was decided."))
    return found


def check_refusals(found: Sequence[Refusal]) -> None:
    """Raise what speaks against a decision: ``NotAllowed`` for this person, ``InvalidTransition`` for everybody."""
    for refusal in found:
        if refusal.of_person:
            raise NotAllowed(refusal.text)
    if found:
        raise InvalidTransition(found[0].text)


def checked_reason(*, outcome: str, code: str, rationale: str) -> DecisionReason:
    """The reason of that code, or ``PreflightFailed`` next to what is missing."""
    reason = DecisionReason.objects.filter(code=code, outcome=outcome, is_active=True).first()
    problems = []
    if reason is None:
        problems.append(FieldProblem("reason", _("Choose a reason that belongs to this outcome."), RULE))
    problems += text_problems("rationale", rationale)
    if problems or reason is None:
        raise PreflightFailed(problems)
    return reason


def text_problems(field: str, text: str) -> list[FieldProblem]:
    """What is wrong with a text that auditors read."""
    if len(text.strip()) < SHORTEST_TEXT:
        return [FieldProblem(field, _("Say in a few words why; auditors read it."), RULE)]
    if len(text) > LONGEST_TEXT:
        message = _("Keep it under %(most)d characters; longer texts belong in a note.") % {"most": LONGEST_TEXT}
        return [FieldProblem(field, message, RULE)]
    return []


def words_mask(text: str) -> str:
    """``12 words``: what is shown of a text that is not opened."""
    count = len(text.split())
    return f"{count} word{'' if count == 1 else 's'}"
