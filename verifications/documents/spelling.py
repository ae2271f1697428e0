"""Whether a name in any script may be spelled with certain letters A to Z.

A letter has one spelling in the tables of ``transliteration`` and several in real documents: Ü is UE, U or UXX, Я is
IA, YA or JA. All of them together are walked through at once, so the time grows with the length of the name alone.
"""

from __future__ import annotations

import re
import unicodedata

from verifications.documents.transliteration import to_latin

_VARIANTS = """
    Ä AE A AXX, Ö OE O OXX, Ü UE U UXX, Å AA A, Ø OE O, Æ AE A, Œ OE O, Ñ N NXX NY, Þ TH, Ð D DH, Đ D DJ, Ł L,
    ẞ SS S, Ĳ IJ, Č C CH, Š S SH, Ž Z ZH, Ć C CH, Ə E A, Ğ G, Ş S SH, Ç C CH, Õ O OE, Ű UE U, Ő OE O,
    А A, Б B, В V, Г G H, Ґ G, Д D, Е E YE IE JE, Ё E YO IO E JO, Є IE YE E, Ж ZH J Z, З Z, И I Y, І I, Ї I YI, Й I Y J,
    К K, Л L, М M, Н N, О O, П P, Р R, С S, Т T, У U, Ў U W, Ф F, Х KH H CH X, Ц TS C TC, Ч CH C TCH, Ш SH S,
    Щ SHCH SHT SCH,
    Ъ IE A :, Ы Y, Ь : I, Э E, Ю IU YU JU, Я IA YA JA, Ђ D DJ, Ћ C, Љ LJ, Њ NJ, Џ DZ DZH, Ј J, ИЯ IIA IYA IA IJA YA,
    ИЙ II IY IJ Y, ЫЙ YY YI Y, КС KS X, ЬЕ IE YE E,
    Α A, Β V, Γ G, Δ D, Ε E, Ζ Z, Η I, Θ TH, Ι I, Κ K C, Λ L, Μ M, Ν N, Ξ X KS, Ο O, Π P, Ρ R, Σ S, Τ T, Υ Y I, Φ F PH,
    Χ CH H KH X, Ψ PS, Ω O, ΟΥ OU U, ΑΥ AV AF AU, ΕΥ EV EF EU, ΗΥ IV IF, ΜΠ B MP, ΝΤ D NT, ΓΚ G GK NG, ΓΓ NG, ΓΧ NCH,
    ΑΙ AI E, ΕΙ EI I, ΟΙ OI I, ΤΖ TZ
"""


def _table() -> dict[str, tuple[str, ...]]:
    rows = (row.split() for row in _VARIANTS.replace("\n", " ").split(","))
    return {row[0]: tuple("" if spelling == ":" else spelling for spelling in row[1:]) for row in rows if row}


_SPELLINGS = _table()
_WELL_SPELLED = re.compile("LATIN|CYRILLIC|GREEK|DIGIT|MODIFIER|COMBINING")


def letters(text: str) -> str:
    """Upper case without accents over Latin letters, spaces, hyphens or apostrophes; other scripts stay."""
    decomposed = unicodedata.normalize("NFKD", text).upper()
    return "".join(character for character in decomposed if character.isalnum())


def may_be_spelled(text: str, spelled: str) -> bool:
    """Whether ``spelled`` (letters A to Z and digits) is one of the known spellings of ``text``."""
    return len(spelled) in _reached(text, spelled)


def may_begin(text: str, spelled: str) -> bool:
    """Whether a known spelling of ``text`` begins with ``spelled``."""
    return len(spelled) in _reached(text, spelled, cut=True)


def is_well_spelled(text: str) -> bool:
    """Whether all letters are of a script whose spelling is settled: Latin, Greek or Cyrillic."""
    return all(_WELL_SPELLED.search(unicodedata.name(character, "")) for character in text if character.isalnum())


def has_sound(text: str) -> bool:
    """Whether a program can know how the name sounds: not so with Chinese characters, also where a part has some."""
    return bool(to_latin(text)) and not any("IDEOGRAPH" in unicodedata.name(character, "") for character in text)


def _reached(text: str, spelled: str, *, cut: bool = False) -> set[int]:
    """Positions of ``spelled`` that can be reached with all of ``text``; with ``cut``, also its end on the way."""
    characters = _characters(text)
    end = len(spelled)
    reached: list[set[int]] = [set() for _ in range(len(characters) + 3)]
    reached[0].add(0)
    for index in range(len(characters)):
        for length in (1, 2):
            options = _options("".join(characters[index : index + length]), length)
            for position in reached[index]:
                for option in options:
                    if spelled.startswith(option, position):
                        reached[index + length].add(position + len(option))
                    elif cut and option.startswith(spelled[position:]):
                        return {end}
        if cut and end in reached[index]:
            return {end}
    return reached[len(characters)]


def _characters(text: str) -> list[str]:
    composed = unicodedata.normalize("NFC", text).upper()
    plain = (character if character in _SPELLINGS else _without_accent(character) for character in composed)
    return [character for character in plain if character]


def _without_accent(character: str) -> str:
    """Keep what may have a spelling of its own, such as a Cyrillic letter under a stress mark."""
    base = unicodedata.normalize("NFKD", character)[0]
    if base in _SPELLINGS:
        return base
    return character if character.isalnum() else ""


def _options(part: str, length: int) -> tuple[str, ...]:
    if part in _SPELLINGS:
        return _SPELLINGS[part]
    if length == 1:
        return (re.sub("[^A-Z0-9]", "", to_latin(part)),)
    return ()
