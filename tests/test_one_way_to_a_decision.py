"""The sources know one way to the effect of a decision: the choke point, found by reading every module."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import models

from verifications import tasks
from verifications.models import Case

APP = Path(inspect.getfile(tasks)).parent
ALLOWED: dict[str, frozenset[str]] = {
    "take_effect": frozenset({"services/decision_effects.py", "services/decisions.py", "services/decision_reviews.py"}),
    "Decision": frozenset({"services/decisions.py"}),
    "DecisionReview": frozenset({"services/decision_reviews.py"}),
}
"""Name -> the only modules that may call it: the choke point, in the sources themselves."""
COLUMNS = frozenset({"decision", "decision_id", "outcome", "staged_decision", "staged_decision_id", "closed_at"})
MAY_SET = frozenset({"services/decision_effects.py"})


def test_the_sources_know_one_way_to_an_effect() -> None:
    strays = []
    for path in sorted(APP.rglob("*.py")):
        module = path.relative_to(APP).as_posix()
        if module.startswith("migrations/"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            strays += [f"{module}:{node.lineno} {found}" for found in _strays(node, module)]

    assert strays == []


def _strays(node: Any, module: str) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in ALLOWED and module not in ALLOWED[name]:
            yield f"calls {name}"
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in ("create", "bulk_create", "get_or_create", "update_or_create") and owner is not None:
            manager = _name(owner.value) if isinstance(owner, ast.Attribute) else ""
            if manager in ALLOWED:
                yield f"{name}s a {manager}"
        if name == "update" and _speaks_of_cases(node):
            yield f"updates {sorted(COLUMNS & {keyword.arg for keyword in node.keywords if keyword.arg})}"
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and module not in MAY_SET:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in COLUMNS and _name(target.value) == "case":
                yield f"sets case.{target.attr}"


def _speaks_of_cases(call: ast.Call) -> bool:
    return bool(COLUMNS & {keyword.arg for keyword in call.keywords if keyword.arg}) and "Case" in ast.dump(call.func)


def _name(node: Any) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_the_columns_the_sources_are_searched_for_exist() -> None:
    columns = {field.name for field in Case._meta.get_fields() if isinstance(field, models.Field)}

    assert {name.removesuffix("_id") for name in COLUMNS} <= columns
