"""Names in any script as the letters A to Z, the way machine-readable documents carry them.

Latin and Cyrillic letters follow the tables of ICAO Doc 9303 part 3 where it names one; Greek, Hangul and scripts whose
letters carry their sound in their Unicode name are spelled by sound. What has no known sound (Chinese characters) is
left out. This is for specimens and for comparing by eye, not for deciding whether two names are the same.
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    **{"Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "ß": "SS", "Æ": "AE", "Œ": "OE", "Ø": "OE", "Å": "AA", "Þ": "TH"},
    **{"Ð": "D", "Đ": "D", "Ł": "L", "Ħ": "H", "Ŧ": "T", "ı": "I", "Ŋ": "N", "Ə": "E", "ĸ": "Q", "Ñ": "N"},
}
_CYRILLIC_SOUNDS = """
    А A, Б B, В V, Г G, Д D, Е E, Ё E, Ж ZH, З Z, И I, Й I, К K, Л L, М M, Н N, О O, П P, Р R, С S, Т T, У U, Ф F, Х KH,
    Ц TS, Ч CH, Ш SH, Щ SHCH, Ъ IE, Ы Y, Э E, Ю IU, Я IA, І I, Ї I, Є IE, Ґ G, Ў U, Ђ D, Ћ C, Љ LJ, Њ NJ, Џ DZ, Ј J
"""
_GREEK_SOUNDS = """
    Α A, Β V, Γ G, Δ D, Ε E, Ζ Z, Η I, Θ TH, Ι I, Κ K, Λ L, Μ M, Ν N, Ξ X, Ο O, Π P, Ρ R, Σ S, Τ T, Υ Y, Φ F, Χ CH,
    Ψ PS, Ω O
"""
_HANGUL_FIRST = ("G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "CH", "K", "T", "P", "H")
_HANGUL_MIDDLE = (
    *("A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE"),
    *("OE", "YO", "U", "WO", "WE", "WI", "YU", "EU", "UI", "I"),
)
_HANGUL_LAST = (
    *("", "K", "K", "K", "N", "N", "N", "T", "L", "K", "M", "L", "L", "L"),
    *("P", "L", "M", "P", "P", "T", "T", "NG", "T", "T", "K", "T", "P", "T"),
)
_HANGUL_START, _HANGUL_END = 0xAC00, 0xD7A3
_SOUND = re.compile(r"(?:LETTER|VOWEL SIGN|SYLLABLE)(?: SMALL| FINAL)? (\w+)$")
_REPLACES_VOWEL = re.compile("VOWEL SIGN|SIGN VIRAMA")
_LETTER_NAMES = {
    **{
        "ALEF": "A",
        "BEH": "B",
        "TEH": "T",
        "THEH": "TH",
        "JEEM": "J",
        "HAH": "H",
        "KHAH": "KH",
        "DAL": "D",
        "THAL": "DH",
    },
    **{"REH": "R", "ZAIN": "Z", "SEEN": "S", "SHEEN": "SH", "SAD": "S", "DAD": "D", "TAH": "T", "ZAH": "Z", "AIN": "E"},
    **{
        "GHAIN": "G",
        "FEH": "F",
        "QAF": "Q",
        "KAF": "K",
        "KEHEH": "K",
        "LAM": "L",
        "MEEM": "M",
        "NOON": "N",
        "HEH": "H",
    },
    **{"WAW": "W", "YEH": "Y", "MARBUTA": "H", "MAKSURA": "A", "PEH": "P", "TCHEH": "CH", "GAF": "G", "HAMZA": ""},
    **{"BET": "V", "GIMEL": "G", "DALET": "D", "HE": "H", "VAV": "V", "HET": "H", "TET": "T", "YOD": "Y", "LAMED": "L"},
    **{
        "MEM": "M",
        "NUN": "N",
        "SAMEKH": "S",
        "AYIN": "A",
        "PE": "P",
        "TSADI": "TS",
        "QOF": "K",
        "RESH": "R",
        "SHIN": "SH",
    },
    **{
        "TAV": "T",
        "AN": "A",
        "BAN": "B",
        "GAN": "G",
        "DON": "D",
        "EN": "E",
        "VIN": "V",
        "IN": "I",
        "KAN": "K",
        "LAS": "L",
    },
    **{"MAN": "M", "NAR": "N", "PAR": "P", "RAE": "R", "SAN": "S", "TAR": "T", "UN": "U", "ALPHA": "A", "ALEPH": "A"},
}


def _table(sounds: str) -> dict[str, str]:
    return dict(entry.split() for entry in sounds.split(","))


_TABLES = (_SPECIAL, _table(_CYRILLIC_SOUNDS), _table(_GREEK_SOUNDS))


def to_latin(text: str) -> str:
    """Return ``text`` in capitals A to Z, digits, spaces, hyphens and apostrophes; empty if nothing has a sound."""
    letters = ""
    for character in unicodedata.normalize("NFC", text).upper():
        if _REPLACES_VOWEL.search(
            unicodedata.name(character, "")
        ):  # Indian scripts: the sign stands for the letter's A
            letters = letters.removesuffix("A")
        letters += _sound(character)
    return " ".join(re.sub(r"[^A-Z0-9 '\-]", "", letters).split())


def _sound(character: str) -> str:
    if character.isascii():
        return character
    if character in "’ʼ‘":
        return "'"
    for table in _TABLES:
        if character in table:
            return table[character]
    if _HANGUL_START <= ord(character) <= _HANGUL_END:
        return _hangul(ord(character) - _HANGUL_START)
    plain = unicodedata.normalize("NFKD", character)[0]
    if plain != character:
        return _sound(plain)
    found = _SOUND.search(unicodedata.name(character, ""))
    if found is None:
        return " " if unicodedata.category(character).startswith(("Z", "P")) else ""
    return _LETTER_NAMES.get(found[1], found[1] if len(found[1]) <= 4 else "")


def _hangul(index: int) -> str:
    first, rest = divmod(index, 588)
    middle, last = divmod(rest, 28)
    return _HANGUL_FIRST[first] + _HANGUL_MIDDLE[middle] + _HANGUL_LAST[last]
