"""What a customer is found by, and what a search looks for: the same folding on both sides."""

from __future__ import annotations

import unicodedata

import pytest

from verifications.search_text import LONGEST_TEXT, MOST_WORDS, search_patterns, search_text


def is_found(name: str, query: str) -> bool:
    text = search_text(names=(name,), reference="r")
    patterns = search_patterns(query)
    return bool(patterns) and all(pattern.widest in text for pattern in patterns)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Hélène Ångström", "helene angstrom"),
        ("Łukasz Søndergård", "lukasz sondergard"),
        ("Müller", "mueller"),
        ("Weiß", "WEISS"),
        ("Seán O’Brien", "o'brien"),
        ("Seán O’Brien", "obrien"),
        ("Anna-Maria", "anna maria"),
        ("Παπαδόπουλος", "papadopoulos"),
        ("Παπαδόπουλος", "παπαδοπουλος"),
        ("Παπαδόπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"),
        ("Юлия Владимировна", "yuliya vladim"),
        ("Юлия Владимировна", "iuliia"),
        ("김철수", "김철수"),
        ("김철수", unicodedata.normalize("NFD", "김")),
        ("김철수", "gimcheolsu"),
        ("王小明", "王"),
        ("王小明", "小明"),
        ("さくら", "sakura"),
        ("محمد", "محمد"),
        ("אברהם", "אברהם"),
        ("อนุชา", "อนุชา"),
        ("Nguyễn Thị Ánh", "anh nguyen"),
        ("Ana Kowalska", "kowal ana"),
        ("Ana Kowalska", "walsk"),
    ],
)
def test_a_name_is_found_as_people_type_it(name: str, query: str) -> None:
    assert is_found(name, query)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Ana Kowalska", "bna"),
        ("Ana Kowalska", "ana nowak"),
        ("Julia Lindner", "nd"),
        ("Elia", "li"),
        ("Oskar", "o"),
        ("Ana", "%"),
        ("Ana", ""),
    ],
)
def test_a_name_is_not_found_by_what_it_does_not_hold(name: str, query: str) -> None:
    assert not is_found(name, query)


@pytest.mark.parametrize("name", ["Li", "Wu", "O", "Ng", "김", "王", "Aé"])
def test_a_short_name_is_found_by_all_of_it(name: str) -> None:
    assert is_found(f"{name} Jing", name)


def test_every_part_of_a_search_has_the_three_characters_an_index_needs() -> None:
    patterns = search_patterns("o li wu kow 王 김")

    assert min(len(pattern.widest) for pattern in patterns) >= 3
    assert min(len(pattern.exact) for pattern in patterns) >= 3


def test_rank_puts_whole_words_before_beginnings_before_parts() -> None:
    (pattern,) = search_patterns("kowal")
    texts = [search_text(names=(name,), reference="r") for name in ("Ana Kowal", "Ana Kowalska", "Ana Makowalska")]

    assert [pattern.rank(text) for text in texts] == [0, 1, 2]


def test_a_text_and_a_search_have_bounds() -> None:
    text = search_text(names=("小" * 200, " ".join(f"n{number}" for number in range(2000))), reference="r")

    assert len(text) <= LONGEST_TEXT
    assert text.endswith(" ")
    assert len(search_patterns(" ".join(f"w{number}" for number in range(100)))) == MOST_WORDS


def test_nothing_to_be_found_by_is_an_empty_text() -> None:
    assert search_text(names=("", "\x00", " - "), reference="") == ""
    assert search_patterns("\x00 \u200b - %") == ()
