"""Notes about a case: written, changed as a new version, and the mentions a person has not seen yet."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from verifications.enums import AccessAction
from verifications.errors import DomainError, PreflightFailed, StaleRecord
from verifications.forms.case_notes import NoteForm
from verifications.middleware import announced_length, limits_own_body
from verifications.models import Case, CaseNote
from verifications.selectors.case_notes import ShownNote, note_of, unseen_mentions
from verifications.selectors.colleagues import colleagues
from verifications.services.audit import record_access
from verifications.services.case_notes import (
    LARGEST_ATTACHMENT,
    MOST_ATTACHMENTS,
    NewAttachment,
    add_note,
    change_note,
    see_mentions,
)
from verifications.services.document_files import spooled
from verifications.services.document_intake import DocumentRefused
from verifications.views.access import FORM_METHODS, actor_of, needs

LONGEST_BODY = MOST_ATTACHMENTS * LARGEST_ATTACHMENT + 256 * 1024


@limits_own_body
@require_POST
@needs("add_casenote")
@csrf_exempt
def case_note_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A note with its files. Too much is refused by its announced length, before it is read.

    The CSRF check reads the body, so it is made in ``_add``, once the length is known to fit.
    """
    case = get_object_or_404(Case.objects.select_related("customer"), public_id=public_id)
    if announced_length(request) > LONGEST_BODY:
        messages.error(request, _("The files are too large together. The note was not saved; attach fewer."))
        return redirect(_notes_of(case))
    return _add(request, case)


@csrf_protect
def _add(request: HttpRequest, case: Case) -> HttpResponse:
    form = NoteForm(request.POST, colleagues=colleagues(besides=request.user))
    files = request.FILES.getlist("files")
    if form.is_valid():
        try:
            with ExitStack() as open_files:
                attachments = [
                    NewAttachment(open_files.enter_context(spooled(file)), file.name or "") for file in files
                ]
                add_note(
                    case_id=case.pk,
                    text=form.cleaned_data["text"],
                    mentions=form.cleaned_data.get("mentions") or (),
                    confirmed=form.cleaned_data["confirmed"],
                    attachments=attachments,
                    person=request.user,
                    at=timezone.now(),
                )
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Note saved."))
            return redirect(_notes_of(case))
    context = {"case": case, "note_form": form, "files_lost": bool(files)}
    return render(request, "verifications/case_note_form.html", context, status=422)


@require_http_methods(FORM_METHODS)
@needs("add_casenote")
def note_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A new version of one's own note; when another came first, both stand side by side and what was typed is kept."""
    first = get_object_or_404(
        CaseNote.objects.select_related("case__customer", "written_by"), public_id=public_id, first__isnull=True
    )
    people = colleagues(besides=request.user)
    if first.written_by_id != request.user.pk:
        messages.error(request, _("Only its author changes a note. Write one of your own."))
        return redirect(_notes_of(first.case))
    if request.method != "POST":
        shown = _read(request, first)
        initial = {"text": shown.newest.text, "based_on": shown.newest.note.number}
        return _change_page(request, first, NoteForm(initial=initial, colleagues=people, is_change=True))
    form = NoteForm(request.POST, colleagues=people, is_change=True)
    if not form.is_valid():
        return _change_page(request, first, form, status=422)
    try:
        change_note(
            note_id=first.pk,
            text=form.cleaned_data["text"],
            mentions=form.cleaned_data.get("mentions") or (),
            confirmed=form.cleaned_data["confirmed"],
            based_on=form.cleaned_data["based_on"] or 0,
            person=request.user,
            at=timezone.now(),
        )
    except StaleRecord as error:
        shown = _read(request, first)
        typed = {"text": form.cleaned_data["text"], "based_on": shown.newest.note.number}
        again = NoteForm(initial=typed, colleagues=people, is_change=True)
        return _change_page(request, first, again, conflict=str(error), theirs=shown.newest, status=409)
    except DomainError as error:
        _tell(form, error)
        return _change_page(request, first, form, status=422)
    messages.success(request, _("Changed. The version before stays on record."))
    return redirect(_notes_of(first.case))


@require_http_methods(FORM_METHODS)
@needs("view_casenote")
def mention_list(request: HttpRequest) -> HttpResponse:
    """Where the person was named and has not looked yet. A POST marks them as seen: one of them, or all."""
    if request.method == "POST":
        chosen = request.POST.get("mention", "")
        ids = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None
        if ids is None and chosen != "all":
            return redirect("verifications:mention_list")
        target = next((one for one in unseen_mentions(request.user) if ids and one.pk == ids[0]), None)
        count = see_mentions(person=request.user, mention_ids=ids, at=timezone.now())
        if target is not None and request.POST.get("open"):
            return redirect(_notes_of(target.note.case))
        messages.success(
            request, ngettext("%(count)d mention seen.", "%(count)d mentions seen.", count) % {"count": count}
        )
        return redirect("verifications:mention_list")
    return render(request, "verifications/mention_list.html", {"mentions": unseen_mentions(request.user)})


def _tell(form: NoteForm, error: DomainError) -> None:
    if isinstance(error, PreflightFailed):
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
    elif isinstance(error, DocumentRefused):
        form.add_error(None, _("A file was not taken: %(why)s The note was not saved.") % {"why": error})
    else:
        form.add_error(None, str(error))


def _read(request: HttpRequest, first: CaseNote) -> ShownNote:
    """The note in clear, with its access event."""
    with transaction.atomic():
        record_access(
            action=AccessAction.CASE_READ,
            actor=actor_of(request),
            subject=first.case,
            at=timezone.now(),
            details={"number": first.case.number, "note": str(first.public_id)},
        )
        return note_of(first, request.user)


def _change_page(
    request: HttpRequest, first: CaseNote, form: NoteForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"case": first.case, "note": first, "note_form": form, **more}
    return render(request, "verifications/case_note_form.html", context, status=status)


def _notes_of(case: Case) -> str:
    return f"{case.get_absolute_url()}#notes"
