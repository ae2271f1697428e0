"""Who gets a case, and how urgent it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from verifications.enums import CasePriority
from verifications.forms.reconciliations import ReasonField

NOBODY = "nobody"


class AssignForm(forms.Form):
    """Whether that person may have the case is the service's to say, and whether a reason is needed."""

    person = forms.RegexField(r"^(nobody|[1-9]\d{0,8})$", error_messages={"required": _("Choose somebody.")})
    reason = ReasonField(required=False)
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    @property
    def person_id(self) -> int | None:
        """``None`` for nobody."""
        chosen = self.cleaned_data["person"]
        return None if chosen == NOBODY else int(chosen)


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(choices=CasePriority, coerce=int)
    reason = ReasonField(required=False)


class BulkAssignForm(forms.Form):
    """For many cases at once; the reason is asked for where one of them is taken from somebody."""

    person = forms.RegexField(r"^(nobody|[1-9]\d{0,8})$", error_messages={"required": _("Choose somebody.")})
    reason = ReasonField(required=False)

    def chosen(self) -> Any:
        """A number, ``None`` for nobody, or ``False`` when nobody was chosen yet."""
        if not self.is_valid():
            return False
        return None if self.cleaned_data["person"] == NOBODY else int(self.cleaned_data["person"])
