"""What a customer is found by, as text: folded, spelled in Latin letters too, cut into words.

The text of a customer and the words of a search go through the same folding. A word is stored with two spaces before
it, and the text ends with one. So ``"  li"`` finds a word that begins with ``li`` and ``"  li "`` that very word, each
at least three characters long: what a trigram index, PostgreSQL's or SQLite's, can look up.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass

from verifications.documents.transliteration import to_latin
from verifications.names import fold_name

LONGEST_TEXT = 4000
MOST_WORDS = 12
LONGEST_RUN = 16
"""Names written without spaces are found from each of their characters on, up to this length."""
APOSTROPHES = "'’‘ʼ`´ʹʻ"
STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ə": "e"}
)
"""Letters that lose no accent when they are taken apart, and are typed without it all the same."""
GREEK_PAIRS = {"ου": "ou", "μπ": "b", "ντ": "nt", "γγ": "ng", "γκ": "gk", "αυ": "av", "ευ": "ev"}
CYRILLIC_AS_HEARD = str.maketrans(
    {"ю": "yu", "я": "ya", "й": "y", "ё": "yo", "є": "ye", "ї": "yi", "х": "kh", "ц": "ts"}
)


@dataclass(frozen=True)
class Pattern:
    """One word of a search as parts of a stored text: as a whole word, as a word's beginning, and anywhere."""

    word: str

    @property
    def exact(self) -> str:
        return f"  {self.word} "

    @property
    def prefix(self) -> str:
        """One plain letter would be the beginning of too much: it counts as a whole word only."""
        return self.exact if len(self.word) == 1 and self.word.isascii() else f"  {self.word}"

    @property
    def widest(self) -> str:
        """What a text must contain at least: three characters anywhere, fewer at the beginning of a word."""
        return self.word if len(self.word) >= 3 else self.prefix

    def rank(self, text: str) -> int:
        """0 as a whole word, 1 as a beginning, 2 inside."""
        if self.exact in text:
            return 0
        return 1 if self.prefix in text else 2


def search_text(*, names: tuple[str, ...], reference: str) -> str:
    """The text a customer with these names and this reference is found by; at most ``LONGEST_TEXT`` characters."""
    found: dict[str, None] = {}
    for source in (*names, reference):
        for spelling in _spellings(source):
            words = _words(spelling)
            found.update(dict.fromkeys(words))
            for word in words:
                found.update(dict.fromkeys(_later_beginnings(word)))
    text = ""
    for word in found:
        if len(text) + len(word) + 3 > LONGEST_TEXT:
            break
        text += f"  {word}"
    return f"{text} " if text else ""


def search_patterns(query: str) -> tuple[Pattern, ...]:
    """The words of a search, each once, at most ``MOST_WORDS``: a text is found when it contains all of them."""
    return tuple(Pattern(word) for word in list(dict.fromkeys(_words(query)))[:MOST_WORDS])


def _spellings(source: str) -> tuple[str, ...]:
    """As written; by the tables of travel documents; and as it is commonly heard, where that differs."""
    lower = unicodedata.normalize("NFC", source).casefold()
    if lower.isascii():
        return (source,)
    plain = fold_name(lower)
    for pair, sound in GREEK_PAIRS.items():
        plain = plain.replace(pair, sound)
    return (source, *dict.fromkeys(to_latin(text) for text in (source, plain, lower.translate(CYRILLIC_AS_HEARD))))


def _words(text: str) -> list[str]:
    """Folded, apostrophes closed up, split where anything stands that is no letter, digit, mark or symbol."""
    folded = "".join(letter for letter in fold_name(text) if letter not in APOSTROPHES).translate(STROKES)
    return "".join(_kept(letter) for letter in folded).split()


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    if category[0] in "LNMS":
        return letter
    return "" if category in {"Cf", "Cs", "Co", "Cn"} else " "


def _later_beginnings(word: str) -> list[str]:
    """Chinese and Japanese names have no spaces: they are found by the given name, too."""
    if len(word) > LONGEST_RUN or not any(_is_unspaced(letter) for letter in word):
        return []
    return list(itertools.accumulate(word[1:], lambda rest, _letter: rest[1:], initial=word[1:]))[:-1]


def _is_unspaced(letter: str) -> bool:
    name = unicodedata.name(letter, "")
    return name.startswith(("CJK ", "HIRAGANA", "KATAKANA"))
