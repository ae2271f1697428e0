"""The policy: what it says, how it came about, what a change would bring, and the change itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from verifications.errors import ConflictingRecord, PreflightFailed
from verifications.forms.policies import PolicyForm
from verifications.models import PolicyVersion
from verifications.policy.rules import Policy
from verifications.selectors.periods import PERIODS, period_of, read_period
from verifications.selectors.policy_replay import WAYS, Replay, replayed, staged_count
from verifications.selectors.policy_words import calendar_words, days_off, differences, rule_words, time_words
from verifications.selectors.workload import name_of_person
from verifications.services.policies import change_policy, current_policy, policy_of
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.people import names_of
from verifications.views.reports import leaves_look

MOST_VERSIONS = 50
QUARTER = "90"
"""The period that a preview looks at."""
WAY_WORDS: dict[str, Promise] = {
    "second_now": gettext_lazy("would have needed a second person"),
    "second_no_longer": gettext_lazy("would no longer have needed a second person"),
    "senior_now": gettext_lazy("would have needed a senior person"),
    "senior_no_longer": gettext_lazy("would no longer have needed a senior person"),
    "risk_raised": gettext_lazy("would have been of high risk"),
    "risk_lowered": gettext_lazy("would have been of standard risk"),
}


@require_safe
@needs("view_policyversion")
def policy_detail(request: HttpRequest) -> HttpResponse:
    """A version in plain words, the newest unless another is asked for, and the history of all."""
    current, _policy = current_policy()
    version = _version(request.GET.get("version", "")) or current
    policy = policy_of(version)
    history = list(PolicyVersion.objects.order_by("-number")[: MOST_VERSIONS + 1])
    names = names_of({version.made_by, *(one.made_by for one in history)})
    context = {
        "version": version,
        "current": current,
        "author": names[version.made_by],
        "rules": [(rule, rule_words(rule)) for rule in policy.rules],
        "times": time_words(policy),
        "calendar": calendar_words(policy.business),
        "days_off": days_off(policy.business, timezone.now()),
        "history": [
            {
                "version": one,
                "author": names[one.made_by],
                "changes": differences(policy_of(before), policy_of(one)) if before is not None else None,
                "before": before,
            }
            for one, before in zip(history[:MOST_VERSIONS], [*history[1:], None], strict=False)
        ],
        "has_older": len(history) > MOST_VERSIONS,
    }
    return render(request, "verifications/policy_detail.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_policyversion")
def policy_new(request: HttpRequest) -> HttpResponse:
    """Change the policy; asked what the change would bring, the same page says so and keeps nothing."""
    current, policy = current_policy()
    if request.method != "POST":
        return _form_page(request, PolicyForm(policy=policy, number=current.number), current)
    form = PolicyForm(request.POST)
    wished = form.to_policy()
    if wished is None:
        return _form_page(request, form, current, status=422)
    changes = differences(policy, wished)
    if "save" not in request.POST:
        preview = replayed(new=wished, old=None, period=period_of(QUARTER, timezone.now()))
        conflict = _conflict(form, current, wished)
        return _form_page(request, form, current, changes=changes, preview=preview, conflict=conflict)
    if not form.check_note():
        return _form_page(request, form, current, changes=changes, status=422)
    if form.number == current.number and wished.to_data() == policy.to_data():
        form.add_error(None, _("Nothing is different from the policy in force."))
        return _form_page(request, form, current, status=422)
    try:
        version = change_policy(
            rules=wished.to_data(),
            note=str(form["note"].value()),
            based_on=form.number,
            actor=actor_of(request),
            at=timezone.now(),
        )
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field == "note" else None, problem.message)
        return _form_page(request, form, current, changes=changes, status=422)
    except ConflictingRecord as error:
        current, policy = current_policy()
        form.add_error(None, str(error))
        conflict = _conflict(form, current, wished)
        return _form_page(request, form, current, changes=differences(policy, wished), conflict=conflict, status=409)
    messages.success(request, _("Policy %(number)s is in force.") % {"number": version.number})
    return redirect("verifications:policy_detail")


@require_safe
@needs("view_policyversion")
@leaves_look("policy replay", "period", "from", "until", "old", "new")
def policy_replay(request: HttpRequest) -> HttpResponse:
    """What one version would have asked of past decisions, against another or against what was asked of them."""
    current, policy = current_policy()
    old, new = _version(request.GET.get("old", "")), _version(request.GET.get("new", "")) or current
    period = read_period(request.GET, timezone.now(), standard=QUARTER)
    numbers = list(PolicyVersion.objects.order_by("-number").values_list("number", flat=True)[:MOST_VERSIONS])
    new_policy = policy if new.pk == current.pk else policy_of(new)
    old_policy = policy_of(old) if old is not None else None
    report = replayed(new=new_policy, old=old_policy, period=period)
    context = {
        "old": old,
        "new": new,
        "period": period,
        "periods": PERIODS.items(),
        "numbers": numbers,
        "changes": differences(old_policy, new_policy) if old_policy is not None else None,
        **_report(report),
    }
    return render(request, "verifications/policy_replay.html", context)


def _form_page(
    request: HttpRequest,
    form: PolicyForm,
    current: PolicyVersion,
    *,
    changes: list[str] | None = None,
    preview: Replay | None = None,
    conflict: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "current": current,
        "changes": changes,
        "conflict": conflict,
        "staged": staged_count(),
        "rules": _rule_parts(form),
    }
    if preview is not None:
        context |= _report(preview)
    return render(request, "verifications/policy_form.html", context, status=status)


def _conflict(form: PolicyForm, current: PolicyVersion, wished: Policy) -> dict[str, Any] | None:
    """What others changed since the form was filled in, and what was changed in it; ``None`` when nobody did.

    From here on the form goes by the newest version: who sends it again has seen both.
    """
    if form.number == current.number:
        return None
    before = PolicyVersion.objects.filter(number=form.number).first()
    form.rebase(current.number)
    if before is None:
        return {"version": current, "author": names_of([current.made_by])[current.made_by], "before": None}
    old = policy_of(before)
    return {
        "version": current,
        "author": names_of([current.made_by])[current.made_by],
        "before": before,
        "theirs": differences(old, policy_of(current)),
        "yours": differences(old, wished),
    }


def _rule_parts(form: PolicyForm) -> list[dict[str, Any]]:
    return [
        {
            "form": rule,
            "name": rule["label"].value() or rule["id"].value(),
            "has_problem": rule.is_bound and bool(rule.errors),
            "is_removed": rule.is_bound and bool(rule["remove"].value()),
        }
        for rule in form.rule_forms
    ]


def _report(found: Replay) -> dict[str, Any]:
    ways = [
        {
            "name": name,
            "words": WAY_WORDS[name],
            "count": getattr(found.report, name).count,
            "rows": [{"decision": row, "maker": name_of_person(row.made_by)} for row in found.rows[name]],
        }
        for name in WAYS
    ]
    return {"replay": found, "report": found.report, "ways": ways}


def _version(number: str) -> PolicyVersion | None:
    """``None`` for nothing asked; 404 for a version that there is not."""
    if not number or number == "made":
        return None
    if not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise Http404
    version = PolicyVersion.objects.filter(number=int(number)).first()
    if version is None:
        raise Http404
    return version
