"""Asking for the evidence pack of a case: whom it is for, and what the personal data in it is needed for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import PackVariant, RevealPurpose

VARIANT_HELP = {
    PackVariant.REGULATOR: _("Everything, unredacted: data, originals, answers of providers, notes, reasons, people."),
    PackVariant.SUBJECT: _(
        "For the person themselves: their data, their documents, what was asked of them. Names of staff, notes, "
        "reasons and results of screenings are left out and listed."
    ),
    PackVariant.COURT: _(
        "Everything, but any note or rationale that speaks of a report to the authorities is left out and listed."
    ),
}


class PackForm(forms.Form):
    """Both are chosen anew each time: neither has a value that fits by itself."""

    variant = forms.ChoiceField(
        label=_("Whom it is for"),
        choices=PackVariant.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whom the pack is for.")},
    )
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[("", _("Choose a purpose")), *RevealPurpose.choices],
        error_messages={"required": _("Choose what the personal data is needed for.")},
        help_text=_("Your name, the purpose and the time go to the access log, for every record in the pack."),
    )

    @property
    def variants(self) -> list[tuple[str, Any, Any, bool]]:
        """Value, label, what goes in, and whether it is chosen."""
        chosen = self["variant"].value()
        return [(one.value, one.label, VARIANT_HELP[one], one.value == chosen) for one in PackVariant]
