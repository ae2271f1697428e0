"""Verification sessions: the list, a new one, and the page of one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from verifications.enums import (
    OPEN_SESSION_STATUSES,
    VERIFICATION_TRANSITIONS,
    CallStatus,
    ProviderAnswer,
    SessionShape,
    SessionStatus,
    VerificationStatus,
)
from verifications.errors import DomainError, PreflightFailed
from verifications.forms.sessions import SessionForm
from verifications.models import Customer, Verification, VerificationSession
from verifications.providers.check_words import status_words
from verifications.qr import qr_picture
from verifications.selectors.case_page import documents_of, viewer_items
from verifications.selectors.extracted_values import difference_count, extracted_rows
from verifications.selectors.marked_words import marked_words
from verifications.selectors.reading_panel import reading_panel
from verifications.selectors.records import calls_of, timeline_of
from verifications.selectors.session_page import (
    SessionPage,
    is_no_pass,
    is_open_for_pictures,
    look_of,
    refused_pictures,
    risk_reasons,
    session_page,
)
from verifications.selectors.sessions import accounts_that_may_send, session_accounts, sessions_for_list, sessions_of
from verifications.selectors.status import ANSWER_TONES, CALL_LOOKS
from verifications.selectors.timeline import timeline_lines
from verifications.services.documents import upload_limit
from verifications.services.session_calls import SLOT_OF_TYPE
from verifications.services.sessions import READABLE, create_session
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.rows import span
from verifications.views.slots import slot_contexts

JUST_MADE = dt.timedelta(minutes=10)
ENDED_WITHOUT = (SessionStatus.FAILED, SessionStatus.LOST, SessionStatus.REFUSED, SessionStatus.CANCELLED)
RENEWABLE = (VerificationStatus.WAITING_FOR_CUSTOMER, VerificationStatus.EXPIRED)


@require_safe
@needs("view_verificationsession")
def session_list(request: HttpRequest) -> HttpResponse:
    """Newest first; filters live in the address."""
    now = timezone.now()
    status, account = request.GET.get("status", "")[:24], request.GET.get("account", "")[:40]
    uncopied = request.GET.get("copies") == "missing"
    page = sessions_for_list(
        status=status, account=_uuid(account), uncopied=uncopied, now=now, token=request.GET.get("after", "")
    )
    context = {
        "page": page,
        "rows": [(row, look_of(row), _answer(row), _until(row, now)) for row in page.rows],
        "status": status,
        "account": account,
        "uncopied": uncopied,
        "statuses": SessionStatus.choices,
        "accounts": list(session_accounts()),
    }
    return render(request, "verifications/session_list.html", context)


@require_http_methods(FORM_METHODS)
@needs("add_verificationsession")
def session_create(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    form = SessionForm(request.POST or None, accounts=accounts_that_may_send())
    if request.method == "POST" and form.is_valid():
        try:
            session = create_session(
                customer_id=customer.pk,
                account_id=form.cleaned_data["account"].pk,
                shape=form.cleaned_data["shape"],
                data=form.session_data(),
                actor=actor_of(request),
                at=timezone.now(),
            )
        except PreflightFailed as error:
            for problem in error.problems:
                name = problem.field if problem.field in form.fields else None
                form.add_error(name, f"{problem.message} ({problem.rule})")
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{session.get_absolute_url()}?new=1")
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "customer": customer}
    return render(request, "verifications/session_create.html", context, status=status)


def session_detail(
    request: HttpRequest,
    verification: Verification,
    *,
    address: str = "",
    problems: Mapping[str, Sequence[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a verification that is a session; asked for by htmx, only the part that moves.

    ``address``: the customer's, when it was just asked for. ``problems``: what keeps a draft from being sent, by slot;
    those of no slot under an empty name. The caller has checked the permission.
    """
    now = timezone.now()
    sessions = sessions_of(verification)
    if not sessions:
        return render(request, "verifications/session_missing.html", {"verification": verification}, status=404)
    calls = calls_of(verification)
    events = timeline_of(verification.customer)
    page = session_page(verification, sessions=sessions, calls=calls, events=events, now=now)
    session = page.session
    is_new = _is_new(request, session, now)
    context: dict[str, Any] = {
        "verification": verification,
        "customer": verification.customer,
        "session": session,
        "page": page,
        "look": look_of(session),
        "answer_tone": ANSWER_TONES.get(verification.answer, ""),
        "attention": session.attention or verification.attention,
        "no_pass": is_no_pass(session),
        "provider_says": marked_words(status_words(session.provider_status)) if session.provider_status else "",
        "risk_reasons": risk_reasons(session.risk),
        "calls": [(call, CALL_LOOKS[call.status]) for call in calls],
        "timeline": timeline_lines(events),
        "live_url": f"{verification.get_absolute_url()}?seen={page.fingerprint}{'&new=1' if is_new else ''}",
        "live_seconds": 1 if session.status in (SessionStatus.REQUESTED, SessionStatus.IN_PROGRESS) else 3,
        **_may(verification, page, calls),
    }
    if request.headers.get("HX-Request") == "true":
        response = render(request, "verifications/_session_live.html", context | {"is_partial": True})
        if request.GET.get("seen", "") != page.fingerprint:
            response.headers["HX-Refresh"] = "true"
        return response
    context |= _standing(request, verification, session, problems or {})
    context |= {"show_at_once": is_new and not address, "address": address}
    context["qr"] = qr_picture(address) if address else None
    return render(request, "verifications/session_detail.html", context, status=status)


def _standing(
    request: HttpRequest,
    verification: Verification,
    session: VerificationSession,
    problems: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The parts that stay as they are while the page is open."""
    documents = documents_of([verification])
    extracted = extracted_rows(verification, verification.customer)
    takes_pictures = is_open_for_pictures(verification, session)
    may_upload = takes_pictures and request.user.has_perm("verifications.add_document")
    return {
        "viewer_items": viewer_items(documents),
        "extracted": extracted,
        "differences": difference_count(extracted),
        "reading_panel": reading_panel([verification], documents, request.user, today=timezone.localdate()),
        "slots": _slots(request, verification, session, problems) if takes_pictures else [],
        "may_upload": may_upload,
        "upload_url": reverse("verifications:document_upload", args=[verification.public_id]),
        "max_bytes": upload_limit(verification.account),
        "other_problems": problems.get("", ()),
        "problem_count": sum(len(texts) for texts in problems.values()),
        "is_verified": session.recommendation == ProviderAnswer.ALLOW and not is_no_pass(session),
    }


def _slots(
    request: HttpRequest,
    verification: Verification,
    session: VerificationSession,
    problems: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """All slots of a draft; where the provider asks for another picture, those that a person has to fill again."""
    if session.status == SessionStatus.DRAFT:
        may_remove = request.user.has_perm("verifications.delete_document")
        return slot_contexts(verification, problems, may_remove=may_remove)
    wanted = {SLOT_OF_TYPE[name].value for name in session.missing_images if name in SLOT_OF_TYPE}
    refused = refused_pictures(session)
    slots = slot_contexts(verification, {slot: [said] for slot, (_id, said) in refused.items()}, may_remove=False)
    for slot in slots:
        if slot["problems"] and slot["document"]["public_id"] != refused[slot["name"]][0]:
            slot["problems"] = []  # replaced since
    asked_for = [slot for slot in slots if slot["name"] in wanted]
    open_ones = [slot for slot in asked_for if slot["problems"] or slot["document"] is None]
    return open_ones or asked_for


def _may(verification: Verification, page: SessionPage, calls: Sequence[Any]) -> dict[str, bool]:
    """Which steps lead anywhere from here; the template adds who may take them."""
    session, status = page.session, VerificationStatus(verification.status)
    readable = session.status in READABLE and bool(session.provider_reference)
    last = next((call for call in calls if call.operation in ("CREATE_SESSION", "ADD_IMAGE")), None)
    wants_picture = is_open_for_pictures(verification, session) and session.status == SessionStatus.ACTION_REQUIRED
    return {
        "may_submit": session.status == SessionStatus.DRAFT,
        "may_send_picture": wants_picture,
        "may_cancel": VerificationStatus.CANCELLED in VERIFICATION_TRANSITIONS[status],
        "may_renew": session.shape == SessionShape.HOSTED and status in RENEWABLE,
        "may_start_over": session.status in ENDED_WITHOUT
        or (session.status == SessionStatus.EXPIRED and session.shape == SessionShape.BACKEND)
        or bool(is_no_pass(session)),
        "may_retry": status == VerificationStatus.QUEUED and last is not None and last.status == CallStatus.NOT_SENT,
        "may_read": readable,
        "may_read_result": readable and session.status in (*OPEN_SESSION_STATUSES, SessionStatus.EXPIRED),
        "may_copy": readable and (session.completed_at is not None or status == VerificationStatus.OUTCOME_UNKNOWN),
        "may_delete": readable and not session.is_live and session.delete_requested_at is None,
        "may_show_address": session.status == SessionStatus.WAITING_FOR_CUSTOMER
        and session.handover_token is not None
        and session.opened_at is None,
    }


def _answer(session: VerificationSession) -> tuple[str, str]:
    """The recommendation in words with its tone; empty while there is none."""
    if not session.completed_at:
        return "", ""
    if session.is_deprecated_shape or session.recommendation not in ProviderAnswer.values:
        return _("Not understood: no pass"), "unknown"
    answer = ProviderAnswer(session.recommendation)
    return str(answer.label), ANSWER_TONES.get(answer, "")


def _until(session: VerificationSession, now: dt.datetime) -> tuple[str, str, dt.datetime | None]:
    """What ends next: the customer's time, or the provider's keeping. Words, style, moment."""
    if session.is_live:
        if session.expires_at is None:
            return "", "", None
        left = session.expires_at - now
        if left <= dt.timedelta():
            return _("Time is over"), "due--late", session.expires_at
        return (
            _("Open for %(span)s") % {"span": span(left)},
            "due--soon" if left < dt.timedelta(hours=2) else "",
            session.expires_at,
        )
    if session.status != SessionStatus.COMPLETED:
        return "", "", None
    left = session.kept_until - now
    if left <= dt.timedelta():
        return _("No longer kept there"), "", session.kept_until
    return (
        _("Kept there for %(days)s d") % {"days": left.days},
        "due--soon" if left < dt.timedelta(days=7) else "",
        session.kept_until,
    )


def _is_new(request: HttpRequest, session: VerificationSession, now: dt.datetime) -> bool:
    """Right after a person made a session, its address is shown to that person without being asked for."""
    return (
        request.GET.get("new") == "1"
        and session.created_by == actor_of(request)
        and now - session.created_at < JUST_MADE
        and session.opened_at is None
        and request.user.has_perm("verifications.change_verificationsession")
    )


def _uuid(text: str) -> uuid.UUID | None:
    """``None`` filters nothing, so an address that names no account shows none: the nil id belongs to nobody."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
