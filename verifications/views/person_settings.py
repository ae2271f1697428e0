"""One's own settings: language, zone, keyboard, absence; and the table of the queue."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from verifications.forms.person_settings import PersonSettingsForm
from verifications.preferences import language_of
from verifications.selectors.queue_filter import COLUMNS, STANDARD_COLUMNS, QueueFilter
from verifications.services.person_settings import change_settings, change_table
from verifications.views.access import FORM_METHODS, actor_of, needs
from verifications.views.queue import preferences


@require_http_methods(FORM_METHODS)
@needs("view_case")
def person_settings(request: HttpRequest) -> HttpResponse:
    """What the person signed in chose for themselves; nobody sees or changes another's."""
    if request.method != "POST":
        form = PersonSettingsForm(initial=PersonSettingsForm.initial_of(preferences(request)))
        return render(request, "verifications/person_settings.html", {"form": form})
    form = PersonSettingsForm(request.POST)
    if not form.is_valid():
        return render(request, "verifications/person_settings.html", {"form": form}, status=422)
    choice = form.to_choice()
    change_settings(person=request.user, choice=choice, actor=actor_of(request), at=timezone.now())
    language = language_of(choice.language) or translation.get_language_from_request(request)
    with translation.override(language):
        messages.success(request, _("Your settings are saved."))
    return redirect("verifications:person_settings")


@require_POST
@needs("view_case")
def queue_columns(request: HttpRequest) -> HttpResponse:
    """Keep the columns and the density of the queue; leads back to the list that was on screen."""
    wished = request.POST.getlist("column")
    columns = tuple(name for name in COLUMNS if name in wished)
    if columns == tuple(name for name in COLUMNS if name in STANDARD_COLUMNS) or "standard" in request.POST:
        columns = ()
    is_dense = request.POST.get("is_dense") == "1"
    change_table(person=request.user, columns=columns, is_dense=is_dense, actor=actor_of(request), at=timezone.now())
    chosen = QueueFilter.read(QueryDict(request.POST.get("query", "")[:2000])).having(columns=())
    return redirect(f"{reverse('verifications:case_queue')}{chosen.url}")
