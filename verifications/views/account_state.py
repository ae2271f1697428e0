"""Whether an account sends now, and if not why and until when: one wording for every page that shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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
        return AccountState("stopped", "Off", "Nothing is sent. What waits goes out when it is switched on.")
    if account.paused_at is not None:
        return AccountState("problem", "Stopped", account.paused_reason)
    if account.circuit_until is not None:
        return _behind_circuit(account, now)
    if account.failures:
        return AccountState(
            "attention",
            "On",
            f"{_in_a_row(account.failures)} without a proper answer. It pauses by itself at {OPENS_AFTER}.",
        )
    return AccountState("good", "On")


def _behind_circuit(account: ProviderAccount, now: dt.datetime) -> AccountState:
    why = f"{_in_a_row(account.failures)} without a proper answer."
    if account.circuit_until is not None and account.circuit_until > now:
        return AccountState(
            "attention",
            "Paused",
            f"{why} Then one call goes as a probe; the rest follows once it is answered.",
            until=account.circuit_until,
        )
    return AccountState(
        "moving", "Probing", f"{why} The next call goes as a probe; the rest follows once it is answered."
    )


def _in_a_row(failures: int) -> str:
    return "The last call was" if failures == 1 else f"{failures} calls in a row were"
