"""Reconciliation: everything known about a submission of unknown outcome, and the choices people have about it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from verifications.enums import (
    CallStatus,
    ReconciliationChoice,
    ReconciliationStatus,
    VerificationMethod,
    VerificationStatus,
)
from verifications.errors import ConflictingRecord, DomainError, InvalidTransition, PreflightFailed
from verifications.forms.fields import CONTROL
from verifications.forms.reconciliations import CONSEQUENCES, ReconciliationForm
from verifications.models import Reconciliation, Verification
from verifications.selectors.reconciliations import ReconciliationFacts, reconciliation_facts
from verifications.selectors.status import ANSWER_TONES, CALL_LOOKS, USER_LOOKS, VERIFICATION_LOOKS
from verifications.services.provider_users import request_status_read
from verifications.services.reconciliations import (
    decide_reconciliation,
    propose_reconciliation,
    withdraw_reconciliation,
)
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.people import names_of

RECONCILED = (VerificationMethod.DOCUMENTS, VerificationMethod.DOCUMENT_URLS)
SOON = dt.timedelta(seconds=2)
DONE = {
    ReconciliationChoice.MATCH: gettext_lazy("Matched. The provider's answer is read from the user's status."),
    ReconciliationChoice.NOT_RECEIVED: gettext_lazy("Proposed. A second person decides; nothing was changed yet."),
    ReconciliationChoice.SEND_AGAIN: gettext_lazy("Proposed. A second person decides; nothing was sent."),
}
CARRIED_OUT = {
    ReconciliationChoice.NOT_RECEIVED: gettext_lazy("Carried out. It stands as not sent: send it again, or cancel it."),
    ReconciliationChoice.SEND_AGAIN: gettext_lazy("Carried out. It is on its way again."),
}


@require_http_methods(FORM_METHODS)
@needs("view_reconciliation")
def reconciliation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What was sent, what the provider says now, the tries and the choices; asked for by htmx, what moves of it."""
    if request.method == "POST" and not request.user.has_perm("verifications.add_reconciliation"):
        raise PermissionDenied
    verification = _get(public_id)
    if verification.method not in RECONCILED:
        return redirect(verification)
    if request.headers.get("HX-Request") == "true" and request.method != "POST":
        context = _context(request, verification, None) | {"is_partial": True}
        return render(request, "verifications/_reconciliation_live.html", context)
    form = ReconciliationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        answer = _propose(request, verification, form)
        if answer is not None:
            return answer
    status = 422 if form.is_bound else 200
    return render(request, "verifications/reconciliation.html", _context(request, verification, form), status=status)


@require_POST
@needs("change_provideruser")
def reconciliation_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Read the user's status at the provider again: the evidence that settles most of them."""
    verification = _get(public_id)
    try:
        if verification.provider_user_id is None:
            raise InvalidTransition(_("There is no user whose status could be read."))
        request_status_read(provider_user_id=verification.provider_user_id, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.info(request, _("Reading the status at the provider. What it says appears here."))
    return _page(verification)


@require_POST
@needs("decide_reconciliation")
def reconciliation_decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Approve or decline what another person proposed: the proposal that was on the page, and no later one."""
    verification = _get(public_id)
    proposal = _named(request, verification)
    decision = request.POST.get("decision", "")
    try:
        if proposal is None or decision not in {"approve", "decline"}:
            raise InvalidTransition(_("Choose what to do about the proposal. Nothing was changed."))
        decided = decide_reconciliation(
            reconciliation_id=proposal.pk,
            approve=decision == "approve",
            note=CONTROL.sub(" ", request.POST.get("note", ""))[:500],
            actor=actor_of(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
        return _page(verification)
    if decision == "decline":
        messages.success(request, _("Declined. The outcome is still unknown."))
        return _page(verification)
    messages.success(request, CARRIED_OUT[ReconciliationChoice(decided.choice)])
    return redirect(verification)


@require_POST
@needs("add_reconciliation")
def reconciliation_withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    verification = _get(public_id)
    proposal = _named(request, verification)
    try:
        if proposal is None:
            raise InvalidTransition(_("There is no such proposal."))
        withdraw_reconciliation(reconciliation_id=proposal.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Withdrawn. The outcome is still unknown."))
    return _page(verification)


def _propose(request: HttpRequest, verification: Verification, form: ReconciliationForm) -> HttpResponse | None:
    """The answer to a choice that was taken, ``None`` for one whose problems are on the form now."""
    if not form.is_valid():
        return None
    entered = form.cleaned_data
    try:
        propose_reconciliation(verification_id=verification.pk, actor=actor_of(request), at=timezone.now(), **entered)
    except PreflightFailed as error:
        for problem in error.problems:
            form.add_error(problem.field, problem.message)
        return None
    except InvalidTransition as error:  # known by now: there is nothing left to fill in
        messages.info(request, str(error))
        return _page(verification)
    except ConflictingRecord as error:
        waits = Reconciliation.objects.filter(verification=verification, status=ReconciliationStatus.PROPOSED).exists()
        form.add_error(None if waits else "reference", str(error))
        return None
    messages.success(request, DONE[ReconciliationChoice(entered["choice"])])
    return redirect(verification) if entered["choice"] == ReconciliationChoice.MATCH else _page(verification)


def _context(request: HttpRequest, verification: Verification, form: ReconciliationForm | None) -> dict[str, Any]:
    facts = reconciliation_facts(verification)
    user = verification.provider_user
    proposal = facts.proposal
    actors = [one.proposed_by for one in facts.settled] + [one.decided_by for one in facts.settled if one.decided_by]
    names = names_of(actors + ([proposal.proposed_by] if proposal else []))
    is_unknown = verification.status == VerificationStatus.OUTCOME_UNKNOWN
    read, now = facts.read, timezone.now()
    is_reading = read is not None and (read.status == CallStatus.SENDING or read.not_before <= now + SOON)
    mine = proposal is not None and proposal.proposed_by == actor_of(request)
    return {
        "verification": verification,
        "customer": verification.customer,
        "look": VERIFICATION_LOOKS[verification.status],
        "facts": facts,
        "call": facts.call,
        "user": user,
        "user_look": USER_LOOKS[user.status] if user else None,
        "answer_tone": ANSWER_TONES.get(verification.answer, ""),
        "evidence": _evidence(verification, facts) if is_unknown else [],
        "tries": [(call, CALL_LOOKS[call.status]) for call in facts.tries],
        "is_unknown": is_unknown,
        "is_live": is_unknown or is_reading,
        "is_reading": is_reading,
        "next_read": read.not_before if read is not None and not is_reading else None,
        "proposal": proposal,
        "proposed_by": names[proposal.proposed_by] if proposal else "",
        "consequence": CONSEQUENCES[ReconciliationChoice(proposal.choice)] if proposal else "",
        "is_mine": mine,
        "settled": [(one, names[one.proposed_by], names.get(one.decided_by, "")) for one in facts.settled],
        "form": form,
        "choices": [(value, label, CONSEQUENCES[ReconciliationChoice(value)]) for value, label in _CHOICES],
    }


_CHOICES = ReconciliationChoice.choices


def _evidence(verification: Verification, facts: ReconciliationFacts) -> list[tuple[str, str, str]]:
    """What speaks for and against an arrival: status class, what, and how far it reaches."""
    user, call = verification.provider_user, facts.call
    if user is None or call is None:
        return []
    sent_at = call.sending_at or call.created_at
    if user.read_at is None or user.read_at < sent_at:
        return [("waiting", _("The user's status was not read since it was sent"), _("Read it again, below."))]
    if verification.baseline_actions is None:
        return [
            (
                "unknown",
                _("The user's status was not read before it was sent"),
                _("There is nothing to compare with: ask the provider."),
            )
        ]
    changed = [line for line in facts.actions if line.when != "both"]
    if not changed:
        return [
            (
                "unknown",
                _("The user's status is as it was before"),
                _("Nothing shows that it arrived. A late one would show only after the provider's own work."),
            )
        ]
    return [
        (
            "attention",
            _("The user's status has changed since it was sent"),
            _("It may have arrived, but something else could explain the change: ask the provider."),
        )
    ]


def _named(request: HttpRequest, verification: Verification) -> Reconciliation | None:
    try:
        public_id = uuid.UUID(request.POST.get("proposal", ""))
    except ValueError:
        return None
    return Reconciliation.objects.filter(verification=verification, public_id=public_id).first()


def _page(verification: Verification) -> HttpResponse:
    return redirect(reverse("verifications:reconciliation", args=[verification.public_id]))


def _get(public_id: uuid.UUID) -> Verification:
    return get_object_or_404(
        Verification.objects.select_related("customer", "account", "provider_user", "case"), public_id=public_id
    )
