"""Links for many customers at once, from a pasted list or a CSV file; every row has its own result.

Columns: the customer's reference, the country (or the one chosen for all), the app to return to. The head line may be
left out; commas, semicolons and tabs all separate.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verifications.errors import DomainError, NotAllowed, PreflightFailed
from verifications.models import Customer, KycLink
from verifications.services.kyc_links import LinkData, request_link

MOST_ROWS = 500
LONGEST_TEXT = 200_000
COLUMNS = 3
SEPARATORS = ("\t", ";", ",")
HEADS = frozenset({"reference", "customer", "customer reference", "customer_reference", "ref"})
CREATED = gettext_lazy("Link requested.")


@dataclass(frozen=True)
class BatchRow:
    """One line as read; ``problem`` says why nothing can be made of it. ``number`` is its line in the list."""

    number: int
    reference: str
    country: str = ""
    app_return: str = ""
    problem: str = ""


@dataclass(frozen=True)
class BatchResult:
    row: BatchRow
    reference: str
    ok: bool
    message: str
    link: KycLink | None = None


def read_batch(text: str) -> list[BatchRow]:
    """The rows of a list; raises ``NotAllowed`` for one that is empty, too long, or no list at all."""
    text = text.removeprefix("\ufeff")
    if len(text) > LONGEST_TEXT:
        raise NotAllowed(_("This list is too long to read. Nothing was made; split it."))
    lines = _lines(text)
    if lines and lines[0][1][0].casefold() in HEADS:
        lines = lines[1:]
    if not lines:
        raise NotAllowed(_("There is no customer in this list. Write one reference a line."))
    if len(lines) > MOST_ROWS:
        raise NotAllowed(
            _("A list may have %(most)s rows, this one has %(count)s. Nothing was made; split it.")
            % {"most": MOST_ROWS, "count": len(lines)}
        )
    rows: list[BatchRow] = []
    seen: dict[str, int] = {}
    for number, cells in lines:
        row = _row(number, cells, seen)
        if row.reference:
            seen.setdefault(row.reference, number)
        rows.append(row)
    return rows


def request_links(
    *, account_id: int, rows: Sequence[BatchRow], actor: str, at: dt.datetime, country: str = ""
) -> list[BatchResult]:
    """Ask for one link a row, each in a transaction of its own; ``country`` is for rows that name none.

    What one row lacks is told in its result and keeps no other row waiting. Running a list twice makes nothing twice.
    """
    references = [row.reference for row in rows]
    customers = dict(Customer.objects.filter(reference__in=references).values_list("reference", "pk"))
    return [_request(account_id, row, customers, country, actor, at) for row in rows]


def _request(  # noqa: PLR0917
    account_id: int, row: BatchRow, customers: dict[str, int], country: str, actor: str, at: dt.datetime
) -> BatchResult:
    if row.problem:
        return BatchResult(row, row.reference, ok=False, message=row.problem)
    customer_id = customers.get(row.reference)
    if customer_id is None:
        return BatchResult(row, row.reference, ok=False, message=_("No customer has this reference."))
    data = LinkData(country=row.country or country, app_return=row.app_return)
    try:
        link = request_link(customer_id=customer_id, account_id=account_id, data=data, actor=actor, at=at)
    except PreflightFailed as error:
        message = " ".join(problem.message for problem in error.problems)
        return BatchResult(row, row.reference, ok=False, message=message)
    except DomainError as error:
        return BatchResult(row, row.reference, ok=False, message=str(error))
    return BatchResult(row, row.reference, ok=True, message=str(CREATED), link=link)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers; cells without the space around them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), skipinitialspace=True)
    found = []
    try:
        for cells in reader:
            tidy = [cell.strip() for cell in cells]
            if any(tidy):
                found.append((reader.line_num, tidy))
    except csv.Error as error:
        raise NotAllowed(_("This list can't be read as CSV. Nothing was made.")) from error
    return found


def _separator(text: str) -> str:
    """What most lines are separated by; a list of references alone has none."""
    lines = text.splitlines()
    return max(SEPARATORS, key=lambda separator: sum(separator in line for line in lines))


def _row(number: int, cells: list[str], seen: dict[str, int]) -> BatchRow:
    reference, country, app_return = (*cells, "", "")[:COLUMNS]
    problem = ""
    if any(cells[COLUMNS:]):
        problem = _("This line has more than three columns: reference, country, app to return to.")
    elif not reference:
        problem = _("This line names no customer.")
    elif reference in seen:
        problem = _("This customer stands in line %(line)s already.") % {"line": seen[reference]}
    return BatchRow(number=number, reference=reference, country=country, app_return=app_return, problem=problem)
