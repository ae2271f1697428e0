"""Texts of the modules without Django: marked where they stand, translated where they are shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import override

from tests.documents.zones import TODAY, passport
from verifications.documents import mrz_text
from verifications.documents.comparison import VALUE_WHY
from verifications.documents.mrz_parsing import parse_mrz
from verifications.documents.name_comparison import WHY
from verifications.documents.readings import NOTES, WARNINGS, ParseProblem
from verifications.marking import Filled, gettext_noop
from verifications.policy.defaults import DEFAULT_POLICY
from verifications.policy.rules import Policy, PolicyProblems
from verifications.selectors import marked_words as words
from verifications.selectors import reading_words
from verifications.selectors.marked_words import continued, label_words, marked_words

GERMAN = {
    "Line %(number)s has %(found)s characters": "Zeile %(number)s hat %(found)s Zeichen",
    "line %(number)s has %(found)s characters": "Zeile %(number)s hat %(found)s Zeichen",
    mrz_text._WRONG_LENGTH["TD3"]: "%(lines)s; ein Reisepass hat 2 Zeilen zu 44.",
    "Must be from %(least)s to %(most)s.": "Muss von %(least)s bis %(most)s sein.",
    "High-risk country": "Land mit hohem Risiko",
    "The names differ.": "Die Namen sind verschieden.",
}


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of a few texts, whatever the installed one says."""

    def look_up(text: str) -> str:
        return GERMAN.get(text, text)

    monkeypatch.setattr(words, "gettext", look_up)
    monkeypatch.setattr(reading_words, "_", look_up)
    with override("de"):
        yield


def wrong_length() -> str:
    with pytest.raises(ParseProblem) as caught:
        parse_mrz(passport().replace("\nX1", "\nX"), today=TODAY)
    return caught.value.message


def test_a_filled_text_is_its_english_and_keeps_what_it_was_made_of() -> None:
    text = Filled(gettext_noop("%(count)s of %(things)s"), count=2, things=("a", "b"))

    assert text == "2 of a, b"
    assert (text.template, text.values) == ("%(count)s of %(things)s", {"count": 2, "things": ("a", "b")})


@pytest.mark.usefixtures("german")
def test_a_sentence_of_several_parts_is_translated_as_a_whole() -> None:
    assert marked_words(wrong_length()) == (
        "Zeile 1 hat 44 Zeichen, Zeile 2 hat 43 Zeichen; ein Reisepass hat 2 Zeilen zu 44."
    )


@pytest.mark.usefixtures("german")
def test_problems_of_a_policy_are_translated_where_they_are_shown() -> None:
    with pytest.raises(PolicyProblems) as caught:
        Policy.from_data(DEFAULT_POLICY | {"warn_hours": -1})

    assert [marked_words(problem.message) for problem in caught.value.problems] == ["Muss von 0 bis 2500 sein."]
    assert caught.value.problems[0].message == "Must be from 0 to 2500."


@pytest.mark.usefixtures("german")
def test_labels_of_a_new_installation_are_translated_and_those_of_an_organisation_are_not() -> None:
    assert label_words("High-risk country") == "Land mit hohem Risiko"
    assert label_words("The names differ.") == "The names differ."


@pytest.mark.usefixtures("german")
def test_a_translated_reason_keeps_its_capital_letters_within_a_sentence() -> None:
    assert continued("Namen") == "Namen"
    assert reading_words.why_words("different:different:entered:").endswith(": Die Namen sind verschieden.")


def test_english_begins_it_small() -> None:
    with override("en"):
        assert continued("One letter differs.") == "one letter differs."
        assert reading_words.why_words("similar:one_letter:entered:") == (
            "Similar, compared with what was entered: one letter differs."
        )


@pytest.mark.parametrize("template", [*WARNINGS.values(), *NOTES.values(), *WHY.values(), *VALUE_WHY.values()])
def test_the_texts_of_readings_have_named_places_only(template: str) -> None:
    assert "{" not in template
    assert template.count("%") == template.count("%(")
