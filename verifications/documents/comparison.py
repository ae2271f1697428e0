"""What was entered against what a document's zone or barcode says, field by field. It warns; a person decides."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from verifications.documents.mrz_parts import TO_DIGIT
from verifications.documents.name_comparison import WHY, Comparison, compare_names, compared
from verifications.documents.readings import AamvaReading, MrzField, MrzReading, has_finding
from verifications.documents.states import ALPHA_3, BRITISH, WITHOUT_COUNTRY, alpha_2
from verifications.marking import gettext_noop

__all__ = ["Comparison", "PersonComparison", "PersonNames", "compare_names", "compare_person", "compare_values"]

VALUE_WHY = {
    **{code: WHY[code] for code in ("identical", "not_entered", "not_read", "truncated")},
    "same_country": gettext_noop("The code stands for the same country."),
    "british_status": gettext_noop("The code is that of a British national who is not necessarily a citizen."),
    "sovereign_state": gettext_noop("The document names the state to which the territory belongs."),
    "not_a_country": gettext_noop(
        "The document names an organisation, a refugee or a stateless person instead of a country."
    ),
    "unknown_code": gettext_noop("The code in the document is that of no known state."),
    "different_country": gettext_noop("The countries differ."),
    "spacing": gettext_noop("The same but for spaces, hyphens or capitals."),
    "look_alike": gettext_noop("The same but for characters that look alike, such as O and 0."),
    "one_character": gettext_noop("One character differs."),
    "only_a_part": gettext_noop("One is a part of the other."),
    "different_number": gettext_noop("The numbers differ."),
    "known_part_agrees": gettext_noop("The document gives a part of the date, which agrees."),
    "day_and_month": gettext_noop("Day and month are exchanged."),
    "century": gettext_noop("The same but for the century."),
    "no_date": gettext_noop("What the document says is no date."),
    "different_date": gettext_noop("The dates differ."),
    "different": gettext_noop("The two differ."),
}
"""Code to English text, marked for translation."""

_SOVEREIGN = {
    **dict.fromkeys(("HK", "MO"), "CN"),
    **dict.fromkeys(("PR", "GU", "AS", "VI", "MP", "UM"), "US"),
    **dict.fromkeys(("GI", "BM", "KY", "VG", "AI", "MS", "TC", "FK", "SH", "GG", "JE", "IM", "IO", "PN", "GS"), "GB"),
    **dict.fromkeys(("GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "PF", "NC", "WF", "TF"), "FR"),
    **dict.fromkeys(("AW", "CW", "SX", "BQ"), "NL"),
    **dict.fromkeys(("GL", "FO"), "DK"),
    **{"AX": "FI", "SJ": "NO", "BV": "NO", "CX": "AU", "CC": "AU", "NF": "AU", "HM": "AU", "CK": "NZ", "NU": "NZ"},
    "TK": "NZ",
}
_SEXES = {"MALE": "M", "FEMALE": "F", "M": "M", "F": "F"}
_ORDINARY = str.maketrans(TO_DIGIT)
_SHORTEST_PART = 4


@dataclass(frozen=True)
class PersonNames:
    """Names as entered; any may be empty."""

    first_name: str
    middle_name: str
    last_name: str

    @property
    def given_names(self) -> str:
        return " ".join(f"{self.first_name} {self.middle_name}".split())

    @property
    def full_name(self) -> str:
        return " ".join(f"{self.given_names} {self.last_name}".split())


@dataclass(frozen=True)
class PersonComparison:
    """One comparison for the surname, one for first and middle names together."""

    surname: Comparison
    given_names: Comparison


def compare_person(entered: PersonNames, read: MrzReading | AamvaReading) -> PersonComparison:
    """Compare the names of a person; understands holders of one name and exchanged fields."""
    surname, given = (_text(read, name) for name in ("surname", "given_names"))
    if surname and not given:
        best = _best_for_one_name(entered, surname, _is_cut(read, "surname"))
        return PersonComparison(best, compared("not_compared", "one_name" if entered.given_names else "not_entered"))
    if given and not surname:
        best = _best_for_one_name(entered, given, _is_cut(read, "given_names"))
        return PersonComparison(compared("not_compared", "one_name" if entered.last_name else "not_entered"), best)
    of_surname = compare_names(entered.last_name, surname, truncated=_is_cut(read, "surname"))
    of_given = compare_names(entered.given_names, given, truncated=_is_cut(read, "given_names"))
    if of_surname.code == "truncated":  # given names follow it, so it was shortened rather than cut
        of_surname = compared("similar", "shortened")
    if of_surname.result in {"different", "similar"} and of_given.result in {"different", "similar"}:
        crossed = compare_names(entered.last_name, given), compare_names(entered.given_names, surname)
        if all(comparison.result == "same" for comparison in crossed):
            return PersonComparison(compared("similar", "swapped"), compared("similar", "swapped"))
    return PersonComparison(of_surname, of_given)


def _best_for_one_name(entered: PersonNames, name: str, truncated: bool) -> Comparison:
    """The document's single name may be the first, the last or the whole of what was entered."""
    results = ("same", "similar", "different", "not_compared")
    whole = compare_names(entered.full_name, name, truncated=truncated)
    single = [
        compare_names(part, name, truncated=truncated) for part in (entered.last_name, entered.given_names) if part
    ]
    best = min([whole, *single], key=lambda comparison: results.index(comparison.result))
    if best.result == "same" and whole.result != "same" and entered.last_name and entered.given_names:
        return compared("similar", "name_missing_in_document")
    return best


def _text(read: MrzReading | AamvaReading, name: str) -> str:
    field = read.fields.get(name)
    return str(field.value or "") if field is not None else ""


def _is_cut(read: MrzReading | AamvaReading, name: str) -> bool:
    return has_finding(read, "name_may_be_truncated", name)


def compare_values(field: str, entered: str | dt.date | None, read: MrzField | str | dt.date | None) -> Comparison:
    """Compare one field by its name in a reading. Dates may be entered as ``dt.date`` or ISO text, countries in two
    or three letters. A field as it was read tells more than its value: of a date the part that is known.
    """
    value = read.value if isinstance(read, MrzField) else read
    if field in {"date_of_birth", "expiration_date", "issue_date"}:
        return _compare_dates(entered, value, read.text if isinstance(read, MrzField) else "")
    ours, theirs = str(entered or "").strip(), str(value or "").strip()
    if not ours:
        return compared("not_compared", "not_entered", VALUE_WHY)
    if not theirs:
        return compared("not_compared", "not_read", VALUE_WHY)
    if field in {"surname", "given_names"}:
        return compare_names(ours, theirs)
    if field in {"issuing_state", "nationality"}:
        return _compare_countries(ours, theirs)
    if field == "document_number":
        return _compare_numbers(ours, theirs)
    if field == "sex":
        ours, theirs = _SEXES.get(ours.upper(), "X"), _SEXES.get(theirs.upper(), "X")
    if ours == theirs:
        return compared("same", "identical", VALUE_WHY)
    if _plain(ours) == _plain(theirs):
        return compared("same", "spacing", VALUE_WHY)
    return compared("different", "different", VALUE_WHY)


def _compare_countries(entered: str, read: str) -> Comparison:
    code = read.replace("<", "").upper()
    ours = alpha_2(entered)
    theirs = alpha_2(code)
    if code in WITHOUT_COUNTRY:
        return compared("not_compared", "not_a_country", VALUE_WHY)
    if entered.upper() == code:
        return compared("same", "identical", VALUE_WHY)
    if theirs is None or ours is None:
        return compared("not_compared", "unknown_code", VALUE_WHY)
    if ours == theirs:
        if code in BRITISH:
            return compared("similar", "british_status", VALUE_WHY)
        return compared("same", "identical" if ALPHA_3[ours] == code == entered else "same_country", VALUE_WHY)
    if theirs in (_SOVEREIGN.get(ours), "") or ours == _SOVEREIGN.get(theirs):
        return compared("similar", "sovereign_state", VALUE_WHY)
    return compared("different", "different_country", VALUE_WHY)


def _compare_numbers(entered: str, read: str) -> Comparison:
    if entered == read:
        return compared("same", "identical", VALUE_WHY)
    ours, theirs = _plain(entered), _plain(read)
    if ours == theirs:
        return compared("same", "spacing", VALUE_WHY)
    if ours.translate(_ORDINARY) == theirs.translate(_ORDINARY):
        return compared("similar", "look_alike", VALUE_WHY)
    short, long = sorted((ours, theirs), key=len)
    if len(short) >= _SHORTEST_PART and short in long:
        return compared("similar", "only_a_part", VALUE_WHY)
    if len(ours) == len(theirs) > _SHORTEST_PART and sum(map(str.__ne__, ours, theirs)) == 1:
        return compared("similar", "one_character", VALUE_WHY)
    return compared("different", "different_number", VALUE_WHY)


def _plain(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def _compare_dates(entered: str | dt.date | None, read: str | dt.date | None, text: str) -> Comparison:
    ours, theirs = _as_date(entered), _as_date(read)
    if ours is None:
        return compared("not_compared", "not_entered", VALUE_WHY)
    if theirs is None:
        return _compare_known_part(ours, text)
    if ours == theirs:
        return compared("same", "identical", VALUE_WHY)
    if (ours.year, ours.month, ours.day) == (theirs.year, theirs.day, theirs.month):
        return compared("similar", "day_and_month", VALUE_WHY)
    if (ours.year - theirs.year) % 100 == 0 and (ours.month, ours.day) == (theirs.month, theirs.day):
        return compared("similar", "century", VALUE_WHY)
    return compared("different", "different_date", VALUE_WHY)


def _compare_known_part(ours: dt.date, text: str) -> Comparison:
    """Two digits each of year, month and day in the zone, of which some are unknown."""
    if not text.strip("<"):
        return compared("not_compared", "not_read", VALUE_WHY)
    parts = re.findall("..", text) if len(text) == 6 else []
    pairs = list(zip(parts, (ours.strftime("%y"), ours.strftime("%m"), ours.strftime("%d")), strict=False))
    known = [(part, our) for index, (part, our) in enumerate(pairs) if part.isdigit() and (index == 0 or part != "00")]
    if not known or len(known) == 3:
        return compared("not_compared", "no_date", VALUE_WHY)
    if all(part == our for part, our in known):
        return compared("similar", "known_part_agrees", VALUE_WHY)
    return compared("different", "different_date", VALUE_WHY)


def _as_date(value: str | dt.date | None) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError:
        return None
