"""What people choose for themselves."""

from __future__ import annotations

import functools
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from verifications.forms.fields import DateField
from verifications.models import PersonSettings
from verifications.services.person_settings import PersonChoice

MOST_CAPACITY = 500


@functools.cache
def zone_names() -> tuple[str, ...]:
    """Zones named for places, and UTC; without the old abbreviations."""
    places = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
    names = {name for name in zoneinfo.available_timezones() if name.startswith((*places, "Pacific/"))}
    return ("UTC", *sorted(names))


def _languages() -> list[tuple[str, Any]]:
    return [("", _("As the browser asks")), *((code, _language_name(code, name)) for code, name in settings.LANGUAGES)]


def _zones() -> list[tuple[str, Any]]:
    return [("", _("The installation’s")), *((name, name.replace("_", " ")) for name in zone_names())]


def _language_name(code: str, name: str) -> str:
    """In the language itself, so that it can be found by whoever cannot read the page."""
    return {"de": "Deutsch"}.get(code, str(name))


class PersonSettingsForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        required=False,
        help_text=_("Times are shown in it; hovering over one shows it in UTC."),
    )
    shortcuts = forms.BooleanField(
        label=_("Keyboard shortcuts"),
        required=False,
        help_text=_("Single letters do something on most pages. Switch them off if you speak or type by other means."),
    )
    capacity = forms.IntegerField(
        label=_("Open cases at once"),
        min_value=0,
        max_value=MOST_CAPACITY,
        help_text=_("Above it nobody is suggested a case for you; you can still take any."),
    )
    absent_from = DateField(label=_("Away from"), required=False)
    absent_until = DateField(
        label=_("Away until"), required=False, help_text=_("The last day included. No case is given to you meanwhile.")
    )

    @staticmethod
    def initial_of(chosen: PersonSettings) -> dict[str, Any]:
        names = ("language", "time_zone", "shortcuts", "capacity", "absent_from", "absent_until")
        return {name: getattr(chosen, name) for name in names}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("absent_from"), cleaned.get("absent_until")
        if "absent_from" in cleaned and "absent_until" in cleaned:
            if first and not last:
                self.add_error("absent_until", _("Say until when you are away."))
            elif last and not first:
                self.add_error("absent_from", _("Say from when on you are away."))
            elif first and last and last < first:
                self.add_error("absent_until", _("This is before the first day."))
        return cleaned

    def to_choice(self) -> PersonChoice:
        return PersonChoice(**self.cleaned_data)
