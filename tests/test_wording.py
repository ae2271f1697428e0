"""Words that depend on the language: labels inside a sentence, and the words around a sealed value."""

from __future__ import annotations

from django.template import Context, Template
from django.utils.translation import override

from verifications.templatetags.wording import in_sentence, reveal_words


def test_a_label_loses_its_capital_in_english_and_keeps_it_in_german() -> None:
    with override("en-gb"):
        assert in_sentence("Document number") == "document number"
    with override("de"):
        assert in_sentence("Ausweisnummer") == "Ausweisnummer"


def test_a_label_is_escaped_where_it_came_unescaped() -> None:
    page = Template("{% load wording %}{{ label|in_sentence }}").render(Context({"label": "<B> & co"}))

    assert page == "&lt;b&gt; &amp; co"


def test_the_words_of_a_reveal_name_the_value() -> None:
    with override("en-gb"):
        words = reveal_words("Date of birth")

    assert words["title"] == "Reveal Date of birth"
    assert words["purpose_of"] == "Purpose of seeing the date of birth"


def test_the_words_of_one_value_do_not_stay_for_the_next() -> None:
    with override("en-gb"):
        reveal_words("Date of birth")
        assert reveal_words("E-mail")["title"] == "Reveal E-mail"


def test_every_purpose_is_offered() -> None:
    with override("en-gb"):
        options = reveal_words("E-mail")["purposes"]

    assert options.startswith('<option value="REVIEW">Reviewing the case</option>')
    assert options.count("<option") == 5
