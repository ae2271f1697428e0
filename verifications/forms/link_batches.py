"""Links for many customers: a pasted list or a CSV file, checked before anything is made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from verifications.errors import NotAllowed
from verifications.selectors.countries import country_choices
from verifications.selectors.kyc_links import countries_of, sending_link_accounts
from verifications.services.link_batches import LONGEST_TEXT, MOST_ROWS, BatchRow, read_batch

LARGEST_FILE = 512 * 1024


class LinkBatchForm(forms.Form):
    """``rows`` after a valid check: the list as read. A file's text takes the place of what was pasted."""

    account = forms.ModelChoiceField(
        queryset=sending_link_accounts().none(), empty_label=None, label=_("Account at Capa")
    )
    country = forms.ChoiceField(
        required=False, label=_("Country"), help_text=_("For rows that name none. A row's own country wins.")
    )
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
        label=_("List"),
        help_text=format_lazy(
            _(
                "One customer a line: your reference, then, if wanted, the country and an app's return address, "
                "separated by commas, semicolons or tabs. At most {rows} lines."
            ),
            rows=MOST_ROWS,
        ),
    )
    file = forms.FileField(
        required=False,
        label=_("Or a CSV file"),
        help_text=_("The same columns, in UTF-8. It takes the place of the list."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[BatchRow] = []
        self.accounts = list(sending_link_accounts())
        codes = {code for account in self.accounts for code in countries_of(account)}
        account, country = self.fields["account"], self.fields["country"]
        if isinstance(account, forms.ModelChoiceField) and isinstance(country, forms.ChoiceField):
            account.queryset = sending_link_accounts()
            account.initial = self.accounts[0] if self.accounts else None
            country.choices = [("", _("Each row names its own")), *country_choices(codes)]

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _("This file is larger than %(size)s KiB. Split the list.") % {"size": LARGEST_FILE // 1024}
            )
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(
                _("This file is not UTF-8 text. Save it as CSV UTF-8 and try again.")
            ) from error
        if "\x00" in text:
            raise forms.ValidationError(_("This is no text file. Save it as CSV UTF-8 and try again."))
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        where = "file" if data.get("file") else "text"
        if data.get("file"):
            data["text"] = data["file"]
        account, country = data.get("account"), data.get("country")
        if account and country and country not in countries_of(account):
            self.add_error(
                "country",
                _("%(name)s has not enabled this country (see the account's settings).") % {"name": account.name},
            )
        if "text" in data and "file" not in self.errors:
            try:
                self.rows = read_batch(data["text"])
            except NotAllowed as error:
                self.add_error(where, str(error))
        return data

    def read_text(self) -> str:
        """What was read, whichever way it came, for the form that the preview stands under."""
        return str(self.cleaned_data.get("text") or self.data.get("text", ""))
