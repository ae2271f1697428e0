"""Fields that several forms share."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from verifications.enums import ProviderKind
from verifications.providers.countries import COUNTRIES
from verifications.selectors.countries import country_choices

SIGNED_KINDS = (ProviderKind.KRAKEN_EMBED, ProviderKind.PAYWARD_SERVICES)
"""Providers that take documents for a user of theirs; the others make sessions and links instead."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
FIRST_YEAR, LAST_YEAR = 1900, 2199


def one_line(text: str, *, longest: int = 500) -> str:
    """A short text that came without a form: no invisible characters, no more than a column holds."""
    return CONTROL.sub(" ", text[:longest])


class LineField(forms.CharField):
    """One line of text in any script; control and direction-override characters are refused, not dropped."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if CONTROL.search(text):
            raise ValidationError(_("This contains an invisible control character. Type it again by hand."))
        return text


class DateField(forms.DateField):
    """A date, picked or typed as YYYY-MM-DD."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        kwargs.setdefault("error_messages", {"invalid": _("Write the date as YYYY-MM-DD, like 1991-04-17.")})
        super().__init__(**kwargs)


class MomentField(forms.DateTimeField):
    """Date and time, in the zone of the portal."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}))
        kwargs.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])
        kwargs.setdefault("error_messages", {"invalid": _("Write date and time as YYYY-MM-DD HH:MM.")})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """A moment of this age: the ends of the calendar have no UTC, and mean nothing here."""
        moment = super().clean(value)
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class CountryField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [("", _("Choose a country")), *country_choices()], **kwargs)


class NationalitiesField(forms.CharField):
    """Country codes separated by commas or spaces; gives a tuple."""

    codes = {code for code, _name in COUNTRIES}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Two-letter country codes, separated by commas, like PL, DE."))
        super().__init__(max_length=60, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (tuple, list)) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        found = tuple(dict.fromkeys(part.upper() for part in re.split(r"[,;\s]+", text) if part))
        unknown = [code for code in found if code not in self.codes]
        if unknown:
            raise ValidationError(
                _("Not a country code: %(codes)s.") % {"codes": ", ".join(code[:10] for code in unknown)}
            )
        return found


class TaxIdsField(forms.CharField):
    """One tax number a line with its country: ``PL 1234567890``; gives a tuple of (number, country)."""

    codes = NationalitiesField.codes

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("One a line: country code, then the number, like PL 1234567890."))
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}))
        super().__init__(max_length=400, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return "\n".join(f"{country} {number}" for number, country in value)
        return value

    def clean(self, value: Any) -> Any:
        found = []
        for line in super().clean(value).splitlines():
            country, _space, number = line.strip().partition(" ")
            if not country:
                continue
            if country.upper() not in self.codes or not number.strip() or CONTROL.search(number):
                raise ValidationError(_("Each line is a country code, a space and the number, like PL 1234567890."))
            found.append((number.strip(), country.upper()))
        return tuple(found)


def as_utc(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.astimezone(dt.UTC) if moment else None
