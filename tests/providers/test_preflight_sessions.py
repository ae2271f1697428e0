"""What is checked before a session is created and before its pictures go. Contract: transmit-verify 1, 4."""

from __future__ import annotations

import pytest

from tests.providers.samples import NOW, file_facts
from verifications.providers.preflight_sessions import PICTURE_TYPES, check_capture_files, preflight_session
from verifications.providers.types import AccountOptions, FileFacts, Problem, SubmissionMetadata

OPTIONS = AccountOptions(enabled_types=frozenset({"identity_session"}), max_file_bytes=10 * 1024 * 1024)
FRONT, BACK, SELFIE = file_facts("front"), file_facts("back"), file_facts("selfie")


def problems(
    *files: FileFacts, method: str = "SESSION", kind: str = "identity_session", options: AccountOptions = OPTIONS
) -> list[Problem]:
    return preflight_session(method, "", SubmissionMetadata(type=kind), files, options, NOW)


@pytest.mark.parametrize("files", [(), (FRONT, SELFIE), (FRONT, BACK, SELFIE)])
def test_a_session_with_all_its_pictures_or_none_may_go(files: tuple[FileFacts, ...]) -> None:
    assert problems(*files) == []


@pytest.mark.parametrize("content_type", sorted(PICTURE_TYPES))
def test_every_kind_of_picture_is_taken(content_type: str) -> None:
    assert problems(FRONT, file_facts("selfie", content_type=content_type)) == []


@pytest.mark.parametrize(
    ("files", "field", "message"),
    [
        ((FRONT,), "selfie", "Add the file “Selfie”."),
        ((BACK, SELFIE), "front", "Add the file “Front”."),
        ((FRONT, SELFIE, file_facts("tax_id")), "tax_id", "A session does not take this file. Remove it."),
        ((FRONT, FRONT, SELFIE), "front", "Only one file fits here. Remove the others."),
        ((FRONT, file_facts("selfie", size=0)), "selfie", "The file is empty. Choose another one."),
        (
            (FRONT, file_facts("selfie", size=10 * 1024 * 1024 + 1)),
            "selfie",
            "The file is too large; at most 10 MiB are accepted.",
        ),
        (
            (file_facts("front", content_type="application/pdf"), SELFIE),
            "front",
            "This type of file is not accepted here. Use a picture: JPEG, PNG, WebP or HEIC.",
        ),
    ],
)
def test_each_broken_rule_about_pictures_is_one_problem(files: tuple[FileFacts, ...], field: str, message: str) -> None:
    assert problems(*files) == [Problem(field, message, "Transmit Security 4 (E5)")]


def test_capture_by_the_portal_needs_its_pictures() -> None:
    assert [problem.field for problem in check_capture_files((), OPTIONS)] == ["front", "selfie"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "DOCUMENTS"}, "method"),
        ({"kind": "identity_document"}, "type"),
        ({"options": AccountOptions()}, "type"),
    ],
)
def test_another_method_or_kind_is_a_problem(changes: dict, field: str) -> None:
    assert [problem.field for problem in problems(**changes)] == [field]
