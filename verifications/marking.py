"""Texts of the modules without Django, marked for translation; whoever shows one translates it."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """Mark a text for translation, without importing Django."""
    return text


class Filled(str):
    """A marked text with its places filled: English as it stands, translated by ``selectors.marked_words``.

    A value may be such a text itself, or a tuple of them, which stand one after the other with commas.
    """

    def __new__(cls, template: str, /, **values: object) -> Filled:
        shown = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
        made = super().__new__(cls, template % shown)
        made.template, made.values = template, values
        return made

    template: str
    values: dict[str, object]
