"""The HTML of the Capa link page: plain forms that need no script, sized for a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from .capa_outcomes import OUTCOMES
from .capa_store import Link

RETURN_SECONDS = 3
OWNERS = (1, 2)


def welcome(link: Link, *, partner: str) -> str:
    what = "your business" if link.kind == "KYB" else "who you are"
    back = urlsplit(link.redirect).netloc if link.redirect else ""
    after = f"<p>Afterwards you return to <strong>{escape(back)}</strong>.</p>" if back else ""
    return _page(
        f"Show {what}",
        f"<p>The partner account <strong>{escape(partner)}</strong> asks you to show {what} ({link.country}).</p>"
        f"{after}"
        f'<form method="post"><button name="action" value="start">Start</button></form>',
    )


def form(link: Link, *, values: Mapping[str, str], problems: Sequence[str]) -> str:
    """The form with ``values`` in its fields and every problem above them."""
    fields = _business_fields(values) if link.kind == "KYB" else _person_fields(values)
    told = "".join(f'<p class="problem" role="alert">{escape(problem)}</p>' for problem in problems)
    chosen = values.get("outcome", "verified")
    choices = "".join(
        f'<label><input type="radio" name="outcome" value="{name}"{" checked" * (name == chosen)}>'
        f"{escape(outcome.label)}</label>"
        for name, outcome in OUTCOMES.items()
    )
    return _page(
        "Your business" if link.kind == "KYB" else "Your details",
        # A form of its own, so that Enter in a field presses Submit.
        f'<form method="post"><button class="second" name="action" value="sample">Use sample data</button></form>{told}'
        f'<form method="post" autocomplete="off">{fields}'
        f"<fieldset><legend>For the tester: how does this end?</legend>{choices}</fieldset>"
        f'<button name="action" value="submit">Submit</button></form>',
    )


def done(redirect: str | None) -> str:
    """Thanks; ``redirect`` is where to go on to, by itself where it is an address and not an app."""
    if redirect is None:
        return _page("Submitted", "<p>You can close this tab.</p>")
    uri = escape(redirect, quote=True)
    by_itself = redirect.lower().startswith(("https://", "http://"))
    refresh = f'<meta http-equiv="refresh" content="{RETURN_SECONDS}; url={uri}">' if by_itself else ""
    words = "<p>You are taken back in a moment.</p>" if by_itself else "<p>Go back to the app.</p>"
    return _page("Submitted", f'{words}<p><a class="button" href="{uri}">Continue</a></p>', head=refresh)


def unknown() -> str:
    return _page("This link is not known", "<p>Check that the address is complete.</p>")


def used() -> str:
    return _page("This link was already used", "<p>One link serves one session. Ask for another link.</p>")


def expired() -> str:
    return _page("This link has expired", "<p>Ask for another link.</p>")


def too_long() -> str:
    return _page("That was too much", "<p>Go back and enter less.</p>")


def _person_fields(values: Mapping[str, str]) -> str:
    return (
        _field("Full name", "full_name", values)
        + _field("Date of birth", "birth_date", values, type_="date")
        + _field("ID number", "id_number", values)
    )


def _business_fields(values: Mapping[str, str]) -> str:
    fields = (
        _field("Business name", "business_name", values)
        + _field("Country of constitution (two letters)", "country", values)
        + _field("Tax number", "tax_id", values)
    )
    for number in OWNERS:
        needed = number == 1
        fields += _field(f"Owner {number}: full name", f"owner_{number}_name", values, needed=needed)
        fields += _field(
            f"Owner {number}: share in percent", f"owner_{number}_share", values, type_="number", needed=needed
        )
    return fields


def _field(label: str, name: str, values: Mapping[str, str], *, type_: str = "text", needed: bool = True) -> str:
    value = escape(values.get(name, ""), quote=True)
    limits = ' min="0" max="100" step="any"' if type_ == "number" else ' maxlength="300"' * (type_ == "text")
    required = " required" * needed
    field = f'<input type="{type_}" name="{name}" value="{value}" dir="auto"{limits}{required}>'
    return f"<label>{escape(label)}{field}</label>"


def _page(title: str, body: str, *, head: str = "") -> str:
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{head}'
        f"<title>{escape(title)} - stand-in of Capa</title>\n"
        f'<link rel="stylesheet" href="/capa/assets/verify.css">\n</head>\n<body>\n'
        f'<header class="notice">Stand-in of Capa: nothing is checked, enter nothing real.</header>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
