"""Texts marked for translation where there is no Django, in the language of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from verifications.marking import Filled
from verifications.policy.defaults import DEFAULT_POLICY
from verifications.policy.first_reasons import FIRST_REASONS

_FIRST_LABELS = frozenset(rule["label"] for rule in DEFAULT_POLICY["rules"]) | frozenset(
    label for reasons in FIRST_REASONS.values() for _code, label in reasons
)


def marked_words(text: str) -> str:
    """A marked text translated, with its places filled as before."""
    if not isinstance(text, Filled):
        return gettext(text) if text else ""
    return gettext(text.template) % {name: _shown(value) for name, value in text.values.items()}


def label_words(label: str) -> str:
    """What a rule or a reason is called: translated where a new installation starts with it, else as it was written."""
    return gettext(label) if label in _FIRST_LABELS else label


def actor_words(actor: str, name: str) -> str:
    """Who did it: a person's name as it is, the name of a part of the portal translated."""
    return gettext(name) if actor.startswith("system:") or actor in ("anonymous", "customer") else name


def shown_choices(choices: Iterable[tuple[str, str]]) -> list[tuple[str, Promise]]:
    """Marked choices, each translated when it is shown."""
    return [(value, gettext_lazy(label)) for value, label in choices]


def in_sentence(label: object) -> str:
    """The label within a sentence: English writes it small, German keeps its capital nouns."""
    text = str(label)
    return text.lower() if _is_english() else text


def continued(text: str) -> str:
    """The text as it goes on within a sentence: English begins it small, German leaves its nouns alone."""
    return f"{text[:1].lower()}{text[1:]}" if _is_english() else text


def quoted(text: object) -> str:
    """The text in the quotation marks of the language."""
    return gettext("“%(text)s”") % {"text": text}


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_shown(part)) for part in value)
    return marked_words(value) if isinstance(value, Filled) else value
