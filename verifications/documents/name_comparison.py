"""Are two spellings the same name? Same, similar (a person should look), different, or not to be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from verifications.documents.spelling import (
    has_sound,
    is_well_spelled,
    letters,
    may_be_spelled,
    may_begin,
)
from verifications.documents.transliteration import to_latin
from verifications.marking import gettext_noop

Result = Literal["same", "similar", "different", "not_compared"]

_MAX_LENGTH = 300
_SPOKEN = str.maketrans("YJWCQZ", "IIVKKS")
_KINDS = str.maketrans("GQCBDVZ", "KKKPTFS", "AEIOUYWH")
WHY = {
    "identical": gettext_noop("Identical."),
    "case_or_accents": gettext_noop("The same but for capitals or accents."),
    "hyphen_or_space": gettext_noop("The same but for hyphens, spaces or apostrophes."),
    "transliteration": gettext_noop("The same name in the letters A to Z."),
    "truncated": gettext_noop("The document's name is cut; it agrees as far as it goes."),
    "shortened": gettext_noop("The document's name is shortened to fit; its parts agree as far as they go."),
    "order": gettext_noop("The same names in another order."),
    "swapped": gettext_noop("Surname and given names are exchanged."),
    "initial": gettext_noop("A name is given by its first letter only."),
    "name_missing_in_document": gettext_noop("The document has a part of the name only."),
    "name_missing_in_entry": gettext_noop("The document has more names than were entered."),
    "few_letters": gettext_noop("%(count)s letters differ."),
    "one_letter": gettext_noop("One letter differs."),
    "sounds_alike": gettext_noop("The two sound alike."),
    "sound": gettext_noop("The same consonants; the spelling of this script is not settled."),
    "different": gettext_noop("The names differ."),
    "script": gettext_noop("How this name is spelled in the letters A to Z can't be told; compare by eye."),
    "not_entered": gettext_noop("Nothing was entered."),
    "not_read": gettext_noop("The document does not say this."),
    "one_name": gettext_noop("The document gives one name only; see the other field."),
    "too_long": gettext_noop("This is too long for a name."),
}
"""Code to English text, marked for translation."""


@dataclass(frozen=True)
class Comparison:
    """The result, a code for why, and the same in words. The words hold no personal data."""

    result: Result
    code: str
    why: str


def compared(result: Result, code: str, texts: dict[str, str] = WHY, **values: object) -> Comparison:
    """A comparison with the words of its code."""
    return Comparison(result, code, texts[code] % values)


def compare_names(entered: str, read: str, *, truncated: bool = False) -> Comparison:
    """Compare a name as entered, in any script, with one as read from a document.

    ``truncated`` says that the document's name may have been cut for want of room.
    """
    entered, read = _tidy(entered), _tidy(read)
    if not letters(entered) and not letters(to_latin(entered)):
        return compared("not_compared", "script" if letters_of_any_script(entered) else "not_entered")
    if not letters(read):
        return compared("not_compared", "not_read")
    if max(len(entered), len(read)) > _MAX_LENGTH:
        return compared("not_compared", "too_long")
    same = _same(entered, read)
    if same is not None:
        return same
    if not read.isascii():  # both in other scripts, as providers answer
        entered, read = (
            (to_latin(entered), to_latin(read)) if has_sound(entered) and has_sound(read) else (entered, read)
        )
        same = _same(entered, read)
        if same is not None:
            return compared("same", "transliteration")
    if not has_sound(entered) or not read.isascii():
        return compared("not_compared", "script")
    return _alike(entered, read, truncated)


def letters_of_any_script(text: str) -> bool:
    return any(unicodedata.category(character).startswith("L") for character in text)


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.replace("<", " ")).split())


def _same(entered: str, read: str) -> Comparison | None:
    if entered == read:
        return compared("same", "identical")
    if entered.casefold() == read.casefold() or _folded(entered) == _folded(read):
        return compared("same", "case_or_accents")
    if letters(entered) == letters(read):
        return compared("same", "hyphen_or_space")
    if read.isascii() and has_sound(entered):
        spelled = letters(read)
        if letters(to_latin(entered)) == spelled or may_be_spelled(entered, spelled):
            return compared("same", "transliteration")
    return None


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def _alike(entered: str, read: str, truncated: bool) -> Comparison:
    """Why two names that are not the same deserve a look, or that they differ."""
    ours, theirs = _words(entered), _words(read)
    if truncated:
        if may_begin(entered, letters(read)):
            return compared("same", "truncated")
        if len(theirs) <= len(ours) and all(map(may_begin, ours, theirs)):
            return compared("similar", "shortened")
    left_over, missing = _unmatched(ours, theirs)
    if not left_over and not missing:
        return compared("similar", "order")
    if len(left_over) < len(ours):  # at least one name is in both
        if not missing:
            return compared("similar", "name_missing_in_document")
        if not left_over:
            return compared("similar", "name_missing_in_entry")
    if len(ours) == len(theirs) and all(map(_is_initial, ours, theirs)):
        return compared("similar", "initial")
    return _by_letters(entered, read)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s\-‐‑–—]+", text) if letters(word)]


def _unmatched(ours: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """The words of each side that have no counterpart in the other."""
    missing = [letters(word) for word in theirs]
    left_over = []
    for word in ours:
        counterpart = next((other for other in missing if may_be_spelled(word, other)), None)
        if counterpart is None:
            left_over.append(word)
        else:
            missing.remove(counterpart)
    return left_over, missing


def _is_initial(our: str, their: str) -> bool:
    """The same word, or one of the two is a first letter alone."""
    spelled = letters(their)
    if may_be_spelled(our, spelled):
        return True
    if len(spelled) == 1:
        return may_begin(our, spelled)
    return len(letters(our)) == 1 and spelled.startswith(letters(to_latin(our)))


def _by_letters(entered: str, read: str) -> Comparison:
    ours, theirs = letters(to_latin(entered)), letters(read)
    distance = _distance(ours, theirs)
    if not is_well_spelled(entered):
        if _consonants(ours) == _consonants(theirs) or distance * 3 <= max(len(ours), len(theirs)):
            return compared("similar", "sound")
        return compared("not_compared", "script")
    short = min(len(ours), len(theirs))
    if distance == 1 and short >= 3:
        return compared("similar", "one_letter")
    if distance == 2 and short >= 6:
        return compared("similar", "few_letters", count=distance)
    if short >= 5 and _distance(_sound(ours), _sound(theirs)) <= 1:
        return compared("similar", "sounds_alike")
    return compared("different", "different")


def _sound(text: str) -> str:
    """One spelling for letters that languages exchange: X and KS, PH and F, Y, J and I, and doubled letters."""
    for written, spoken in (("X", "KS"), ("PH", "F"), ("TH", "T"), ("SCH", "S"), ("SH", "S"), ("CH", "K")):
        text = text.replace(written, spoken)
    return re.sub(r"(.)\1+", r"\1", text.translate(_SPOKEN))


def _consonants(text: str) -> str:
    """Consonants once each where they are doubled, those of one kind as one: what an unvocalised script keeps."""
    return re.sub(r"(.)\1+", r"\1", text.translate(_KINDS))


def _distance(first: str, second: str) -> int:
    """Letters to insert, delete or exchange, a swap of two neighbours counting once."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
