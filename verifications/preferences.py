"""Language and time zone of a request: the person's choice, else the browser's language and the installation's zone."""

from __future__ import annotations

import contextlib
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from verifications.models import PersonSettings

DEFAULTS = PersonSettings()
"""Of whoever has chosen nothing."""


class PreferencesMiddleware:
    """Puts ``request.preferences`` and works out what the page is written in; stands behind the sign-in.

    The choice is read with each request, by one look-up in an index: it holds on all of a person's devices at once.
    What runs in the background knows no request and stays in the language and zone of the installation.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = preferences_of(request.user)
        request.preferences = chosen  # type: ignore[attr-defined]
        language = language_of(chosen.language) or translation.get_language_from_request(request)
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zone_of(chosen.time_zone)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def preferences_of(person: Any) -> PersonSettings:
    """What the person chose, or the defaults; never ``None``."""
    if person is None or not person.is_authenticated:
        return DEFAULTS
    return PersonSettings.objects.filter(person_id=person.pk).first() or DEFAULTS


def language_of(code: str) -> str:
    """The code when the portal has the language; an old choice of another counts as none."""
    return code if code in dict(settings.LANGUAGES) else ""


def zone_of(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone, or ``None`` for the installation's: nothing was chosen, or the zone is not known here any more."""
    if name:
        with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return zoneinfo.ZoneInfo(name)
    return None
