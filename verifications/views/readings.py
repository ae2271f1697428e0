"""The machine-readable zone of a document: typed, read from its picture, confirmed, set aside."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from verifications.enums import ValueComparison
from verifications.errors import DomainError, InvalidTransition
from verifications.forms.readings import ConfirmForm, ReadingForm, SetAsideForm
from verifications.models import Case, Document, MachineReading, Verification
from verifications.selectors.case_page import documents_of
from verifications.selectors.reading_panel import reading_panel
from verifications.services.machine_readings import confirm_reading, read_image, record_reading, remove_reading
from verifications.views.access import actor_of, needs


@require_POST
@needs("add_machinereading")
def verification_reading(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Record what was typed or pasted; refused next to the field, with what was typed kept."""
    verification = get_object_or_404(
        Verification.objects.select_related("customer", "account", "case"), public_id=public_id
    )
    form = ReadingForm(request.POST)
    if form.is_valid():
        try:
            reading = record_reading(
                verification_id=verification.pk,
                text=form.cleaned_data["text"],
                actor=actor_of(request),
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _told(reading))
            return _back(request, verification)
    return _refused(request, verification, reading_form=form)


@require_POST
@needs("add_machinereading")
def document_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Read the zone in one picture; a person confirms the names afterwards."""
    document = get_object_or_404(Document.objects.select_related("verification"), public_id=public_id)
    try:
        read_image(document_id=document.pk, actor=actor_of(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("The zone was read; all its check digits fit. Confirm the names, which no digit covers.")
        )
    return _back(request, document.verification)


@require_POST
@needs("add_machinereading")
def reading_confirm(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The names as a person sees them in the picture; from now on the reading counts."""
    reading = _reading(public_id)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            reading = confirm_reading(
                reading_id=reading.pk, actor=actor_of(request), at=timezone.now(), **form.cleaned_data
            )
        except InvalidTransition as error:
            messages.error(request, str(error))
            return _back(request, reading.verification)
        except DomainError as error:
            form.add_error("surname", str(error))
        else:
            messages.success(request, _told(reading))
            return _back(request, reading.verification)
    return _refused(request, reading.verification, confirm_form=form)


@require_POST
@needs("add_machinereading")
def reading_remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Set a reading aside, with a reason."""
    reading = _reading(public_id)
    form = SetAsideForm(request.POST)
    if form.is_valid():
        try:
            remove_reading(
                reading_id=reading.pk, reason=form.cleaned_data["reason"], actor=actor_of(request), at=timezone.now()
            )
        except InvalidTransition as error:
            messages.error(request, str(error))
            return _back(request, reading.verification)
        except DomainError as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, _("Set aside. It stays on record and does not count any more."))
            return _back(request, reading.verification)
    return _refused(request, reading.verification, set_aside_form=form)


def _told(reading: MachineReading) -> str:
    """How many values differ; which ones, the page says."""
    count = reading.values.filter(comparison=ValueComparison.DIFFERENT).count()
    if not count:
        return _("Recorded. What could be compared agrees.")
    text = ngettext(
        "Recorded. %(count)s value differs; look at it below.",
        "Recorded. %(count)s values differ; look at them below.",
        count,
    )
    return text % {"count": count}


def _refused(request: HttpRequest, verification: Verification, **forms: Any) -> HttpResponse:
    """The panel again with what was typed and what is wrong with it; ``forms`` is the one that was refused."""
    chosen = str(verification.public_id) if request.POST.get("chosen") == "1" else ""
    documents = documents_of([verification])
    context = {
        "verification": verification,
        "customer": verification.customer,
        "case": _case(request, verification),
        "reading_panel": reading_panel(
            [verification], documents, request.user, today=timezone.localdate(), chosen=chosen
        ),
    } | forms
    return render(request, "verifications/reading_refused.html", context, status=422)


def _back(request: HttpRequest, verification: Verification | None) -> HttpResponse:
    """To the case page the form stood on, or the verification's own page."""
    if verification is None:
        return redirect("verifications:case_queue")
    case = _case(request, verification)
    if case is None:
        return redirect(verification)
    check = f"?check={verification.public_id}" if request.POST.get("chosen") == "1" else ""
    return redirect(f"{case.get_absolute_url()}{check}#reading")


def _case(request: HttpRequest, verification: Verification) -> Case | None:
    """The case named by the form, if it is one of this customer's."""
    try:
        public_id = uuid.UUID(request.POST.get("case", ""))
    except ValueError:
        return None
    return Case.objects.filter(public_id=public_id, customer_id=verification.customer_id).first()


def _reading(public_id: uuid.UUID) -> MachineReading:
    return get_object_or_404(MachineReading.objects.select_related("verification__customer"), public_id=public_id)
