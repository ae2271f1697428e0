"""The documentation says what the code does: drawn parts are current, variables are complete, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate
from verifications.enums import OPEN_SESSION_STATUSES, SESSION_TRANSITIONS
from verifications.providers.registry import PROVIDERS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
READ_IN_CODE = re.compile(r"""(?:\benv(?:\.\w+)?|_required_in_production|os\.environ\.get)\(\s*"([A-Z][A-Z0-9_]+)\"""")
TABLE_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|", re.MULTILINE)
EXAMPLE_LINE = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MADE_LATER = {"docs/screens/queue.png", "docs/screens/case.png"}
"""Pictures that ``make screens`` takes."""


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def variables_in_code() -> set[str]:
    return set(READ_IN_CODE.findall(read("compliance_portal/settings.py"))) | set(
        READ_IN_CODE.findall(read("verifications/management/commands/start.py"))
    )


def test_states_page_is_drawn_from_the_transitions() -> None:
    assert read("docs/states.md") == generate.states_page(), "run: python -m docs.generate"


def test_outcome_tables_are_what_clients_and_services_give() -> None:
    page = read("docs/outcomes.md")

    assert [page.count(generate.begin(name)) for name in generate.TABLES] == [1] * len(generate.TABLES)
    assert page == generate.with_tables(page), "run: python -m docs.generate"


def test_columns_of_exports_are_drawn_from_the_code() -> None:
    page = read("docs/exports.md")

    assert page.count(generate.begin(generate.COLUMNS)) == 1
    assert page == generate.with_columns(page), "run: python -m docs.generate"


def test_table_of_submissions_holds_the_facts_people_rely_on() -> None:
    rows = rows_of("submissions")

    assert rows["2xx with a verification id"] == ["succeeded", "succeeded", "succeeded"]
    assert rows["503"][:2] == ["not processed; again with backoff", "**unknown**"]
    assert rows["no answer in time after the first byte left"][:2] == ["**unknown**", "**unknown**"]
    assert rows["422"][0] == "**refused**"
    assert rows["401 otherwise"][0] == "not processed; the account stops"


def test_table_of_sessions_repeats_a_creation_and_never_an_image() -> None:
    rows = rows_of("sessions")

    assert rows["no answer in time after the first byte left"][:2] == [
        "not processed; again with backoff",
        "**unknown**",
    ]
    assert rows["401"] == ["not processed; again at once"] * 3
    assert rows["401 again, with a token just fetched"] == ["not processed; the account stops"] * 3
    assert rows["409"][1] == "succeeded"


def test_table_of_links_repeats_a_link_and_never_blindly_a_user() -> None:
    rows = rows_of("links")

    assert rows["500"] == ["**unknown**", "not processed; again with backoff", "not processed; again with backoff"]
    assert rows["401, the user is another partner's"][1:] == ["**refused**", "**refused**"]
    assert rows["404"][2] == "succeeded"


def test_states_page_draws_every_step_of_sessions_once() -> None:
    page = generate.states_page()
    drawn = page.partition("## Verification session")[2].partition("## Verification link")[0]
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", drawn, re.MULTILINE)

    expected = {(before.value, after.value) for before, all_of in SESSION_TRANSITIONS.items() for after in all_of}

    from_the_box = [after for before, after in arrows if before == generate.GROUP]
    spread = [(state.value, after) for state in OPEN_SESSION_STATUSES for after in from_the_box]
    told = [pair for pair in arrows if pair[0] != generate.GROUP] + spread
    assert len(told) == len(set(told))
    assert set(told) == expected


def rows_of(name: str) -> dict[str, list[str]]:
    """What each answer becomes, call by call, without the codes."""
    cells = [line.split("|") for line in generate.TABLES[name]().splitlines()[2:]]
    return {row[1].strip(): [cell.strip() for cell in row[2:-2]] for row in cells}


def test_readme_names_every_variable_and_no_other() -> None:
    assert set(TABLE_ROW.findall(read("README.md"))) == variables_in_code()


def test_example_environment_names_every_variable_and_no_other() -> None:
    assert set(EXAMPLE_LINE.findall(read(".env.example"))) == variables_in_code()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    missing = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve()
        if "://" not in target and not path.exists() and str(path.relative_to(ROOT)) not in MADE_LATER:
            missing.append(target)

    assert missing == []


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_provider_page_lists_every_open_question(kind: str) -> None:
    page = " ".join(read(PROVIDERS[kind].contract).split())

    assert [question for question in PROVIDERS[kind].open_questions if question not in page] == []


def test_decisions_are_numbered_without_gaps_and_told_in_three_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    for page in decisions:
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name
