"""Whether an account sends now, and if not why and until when: one wording for every page that shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from verifications.models import ProviderAccount
from verifications.services.circuits import OPENS_AFTER


@dataclass(frozen=True)
class AccountState:
    """``until`` is when a paused account sends its probe. ``why`` says what happened and what moves it next."""

    css: str
    label: str
    why: str = ""
    until: dt.datetime | None = None


def account_state(account: ProviderAccount, *, now: dt.datetime) -> AccountState:
    if not account.is_enabled:
        return AccountState("stopped", _("Off"), _("Nothing is sent. What waits goes out when it is switched on."))
    if account.paused_at is not None:
        return AccountState("problem", _("Stopped"), account.paused_reason)
    if account.circuit_until is not None:
        return _behind_circuit(account, now)
    if account.failures:
        return AccountState(
            "attention",
            _("On"),
            _("%(failures)s It pauses by itself at %(limit)s.")
            % {"failures": _in_a_row(account.failures), "limit": OPENS_AFTER},
        )
    return AccountState("good", _("On"))


def _behind_circuit(account: ProviderAccount, now: dt.datetime) -> AccountState:
    why = _in_a_row(account.failures)
    if account.circuit_until is not None and account.circuit_until > now:
        return AccountState(
            "attention",
            _("Paused"),
            _("%(why)s Then one call goes as a probe; the rest follows once it is answered.") % {"why": why},
            until=account.circuit_until,
        )
    return AccountState(
        "moving",
        _("Probing"),
        _("%(why)s The next call goes as a probe; the rest follows once it is answered.") % {"why": why},
    )


def _in_a_row(failures: int) -> str:
    return ngettext(
        "The last call was without a proper answer.",
        "%(count)d calls in a row were without a proper answer.",
        failures,
    ) % {"count": failures}
