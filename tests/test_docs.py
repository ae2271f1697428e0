"""The documentation says what the code does: drawn parts are current, variables are complete, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate
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


def test_outcome_table_is_what_clients_and_services_give() -> None:
    page = read("docs/outcomes.md")

    assert page.count(generate.BEGIN) == 1
    assert page == generate.with_table(page), "run: python -m docs.generate"


def test_outcome_table_holds_the_facts_people_rely_on() -> None:
    rows = {cells[1].strip(): [cell.strip() for cell in cells[2:5]] for cells in table_cells(generate.outcome_table())}

    assert rows["2xx with a verification id"] == ["succeeded", "succeeded", "succeeded"]
    assert rows["503"][:2] == ["not processed; again with backoff", "**unknown**"]
    assert rows["no answer in time after the first byte left"][:2] == ["**unknown**", "**unknown**"]
    assert rows["422"][0] == "**refused**"
    assert rows["401 otherwise"][0] == "not processed; the account stops"


def table_cells(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.splitlines()[2:]]


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
