"""Machine-readable zones of invented people, with the oddities of real documents."""

from __future__ import annotations

import datetime as dt

from verifications.documents.mrz import check_digit

TODAY = dt.date(2026, 3, 15)


def passport(
    names: str = "RIVERSTONE<<MARLA<JUNE",
    *,
    head: str = "P<UTO",
    number: str = "X12345678",
    number_digit: str = "",
    nationality: str = "UTO",
    birth: str = "851001",
    birth_digit: str = "",
    sex: str = "F",
    expiry: str = "310304",
    optional: str = "",
    optional_digit: str = "",
    composite: str = "",
) -> str:
    """Two lines of 44; digits that are not given are computed."""
    number, optional = number.ljust(9, "<"), optional.ljust(14, "<")
    number += number_digit or check_digit(number)
    birth += birth_digit or check_digit(birth)
    expiry += check_digit(expiry)
    optional += optional_digit or check_digit(optional)
    composite = composite or check_digit(number + birth + expiry + optional)
    second = number + nationality.ljust(3, "<") + birth + sex + expiry + optional + composite
    return (head + names)[:44].ljust(44, "<") + "\n" + second


def card(
    names: str = "RIVERSTONE<<MARLA<JUNE",
    *,
    head: str = "I<UTO",
    number: str = "X12345678",
    optional: str = "",
    birth: str = "851001",
    expiry: str = "310304",
    nationality: str = "UTO",
) -> str:
    """Three lines of 30. A number of more than nine characters goes on in the optional data."""
    if len(number) > 9:
        numbered = number[:9] + "<" + number[9:] + check_digit(number) + "<" + optional
    else:
        numbered = number.ljust(9, "<") + check_digit(number.ljust(9, "<")) + optional
    first = (head + numbered).ljust(30, "<")
    dates = birth + check_digit(birth), expiry + check_digit(expiry)
    second = dates[0] + "F" + dates[1] + nationality.ljust(3, "<") + "<" * 11
    second += check_digit(first[5:] + dates[0] + dates[1] + "<" * 11)
    return "\n".join((first, second, names[:30].ljust(30, "<")))


def large_card(names: str = "RIVERSTONE<<MARLA<JUNE", *, head: str = "I<UTO", number: str = "X12345678") -> str:
    """Two lines of 36."""
    number = number.ljust(9, "<") + check_digit(number.ljust(9, "<"))
    birth, expiry = "851001" + check_digit("851001"), "310304" + check_digit("310304")
    second = number + "UTO" + birth + "F" + expiry + "<" * 7
    return (head + names).ljust(36, "<") + "\n" + second + check_digit(number + birth + expiry + "<" * 7)
