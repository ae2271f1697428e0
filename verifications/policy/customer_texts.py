"""Texts to customers: what a template may hold, and how it is filled in. What is previewed is what is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from verifications.policy.customer_words import ITEMS, LANGUAGES, REASONS
from verifications.policy.restricted_words import forbidden_to_customers

PLACEHOLDERS = ("name", "item", "reason", "address")
ADDRESS = "{address}"
LONGEST_SUBJECT = 200
LONGEST_BODY = 4000
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True)
class TextProblem:
    """``rule`` names what is wrong: UNKNOWN, BRACES, SUBJECT_ADDRESS, ADDRESSES, WORDS, LINES, EMPTY or LONG."""

    field: str
    rule: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerText:
    """As the customer reads it, with ``{address}`` where the address goes."""

    subject: str
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The text around the address."""
        return tuple(self.text.split(ADDRESS))


def text_problems(*, subject: str, body: str) -> list[TextProblem]:
    """Everything that keeps a template from being used."""
    found = []
    for field, text, most in (("subject", subject, LONGEST_SUBJECT), ("body", body, LONGEST_BODY)):
        names = _PLACEHOLDER.findall(text)
        unknown = tuple(dict.fromkeys("{" + name + "}" for name in names if name not in PLACEHOLDERS))
        checks = (
            ("EMPTY", not text.strip(), ()),
            ("LONG", len(text) > most, ()),
            ("UNKNOWN", unknown, unknown),
            ("BRACES", re.search(r"[{}]", _PLACEHOLDER.sub("", text)), ()),
            ("WORDS", words := forbidden_to_customers(_PLACEHOLDER.sub(" ", text)), words),
        )
        found += [TextProblem(field, rule, said) for rule, is_so, said in checks if is_so]
    if ADDRESS in subject:
        found.append(TextProblem("subject", "SUBJECT_ADDRESS"))
    if not subject.strip().isprintable():
        found.append(TextProblem("subject", "LINES"))
    if body.count(ADDRESS) > 1:
        found.append(TextProblem("body", "ADDRESSES"))
    return found


def fill_in(*, subject: str, body: str, language: str, name: str, item: str, reason: str) -> CustomerText:
    """The text with everything but the address put in. KeyError for a language, item or reason without words."""
    values = {"name": _plain(name), "item": ITEMS[language][item], "reason": REASONS[language][reason]}

    def put_in(text: str) -> str:
        # In one go: a name that looks like a placeholder stays a name.
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    return CustomerText(subject=put_in(subject).strip()[:LONGEST_SUBJECT], text=put_in(body))


def language_for(code: str) -> str:
    """The customer's language where there are texts in it, else English."""
    return code if code in LANGUAGES else "en"


def _plain(name: str) -> str:
    """One line without braces: what is filled in later finds its place only where the template has it."""
    letters = "".join(letter if letter.isprintable() else " " for letter in name if letter not in "{}")
    return " ".join(letters.split())
