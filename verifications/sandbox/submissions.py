"""Taking in a verification, the same for both signed APIs once their own schema has been checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .api import Call, ProviderApi, Sandbox
from .errors import ApiError
from .faults import strike_before
from .files import ALL_KINDS, DOCUMENT_KINDS, SELFIE_KINDS, FileFact
from .marks import find_marks, take_turn
from .outcomes import MEETS, OUTCOMES, choose_outcome, status_at
from .store import Submission, User
from .words import WATCHLISTS


@dataclass(frozen=True)
class FileRule:
    """The file members of one ``type``."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


FILE_RULES: Mapping[str, FileRule] = {
    "identity_document": FileRule(("front",), ("back", "verifier_response")),
    "residence_document": FileRule(("document",), ("verifier_response",)),
    "selfie": FileRule(("selfie",), ("verifier_response",)),
    "tax_id_document": FileRule(("tax_id",), ("verifier_response",)),
    "watchlists": FileRule((), tuple(f"{name}_verifier_response" for name in WATCHLISTS)),
}


def accepted_kinds(member: str, *, vendor_answer: Collection[str] = ALL_KINDS) -> Collection[str]:
    """The kinds of file a member may hold; ``vendor_answer`` is the API's own choice for the vendor's answer."""
    if member.endswith("verifier_response"):
        return vendor_answer
    return SELFIE_KINDS if member == "selfie" else DOCUMENT_KINDS


def member_problems(type_: str, given: Collection[str], *, suffix: str = "") -> list[str]:
    """What is missing from, or does not belong to, the file members of a type."""
    rule = FILE_RULES[type_]
    known = {name + suffix for name in (*rule.required, *rule.optional)}
    missing = [f"{name}{suffix}: is required" for name in rule.required if name + suffix not in given]
    return missing + ["body: holds a file member that does not belong to this type"] * (not set(given) <= known)


def accept_submission(
    *,
    sandbox: Sandbox,
    api: ProviderApi,
    call: Call,
    user: User,
    type_: str,
    metadata: dict[str, Any],
    read_files: Callable[[], list[FileFact]],
    verification_id: str,
    notes: list[str] | None = None,
) -> Submission:
    """Keep the submission and return it, or end the request by the fault that its marks ask for.

    ApiError 409 for a closed user. Files are read only when no fault struck before them.
    """
    store = sandbox.store
    if status_at(user, store.submissions(user), now=call.now)["state"] == "closed":
        raise ApiError(409, "conflict")
    marks = find_marks(metadata)
    if (
        call.fault is None
        and marks.fault is not None
        and take_turn(store, marks.fault, api=api.name, user_id=user.user_id, metadata=metadata)
    ):
        call.fault = marks.fault
        strike_before(call.fault, api, sandbox)
    files = read_files()
    outcome = OUTCOMES[choose_outcome(marks.outcome, metadata, now=call.now)]
    review = {
        "none": 0.0,
        "short": sandbox.config.review_seconds,
        "long": sandbox.config.long_review_seconds,
    }[outcome.review]
    submission = Submission(
        api=api.name,
        verification_id=verification_id,
        user_id=user.user_id,
        type=type_,
        external_verification_id=_external_id(metadata),
        outcome=outcome.mark,
        meets=_meets(type_, metadata),
        received_at=call.now,
        review_until=call.now + review,
        files=[asdict(file) for file in files],
        body_sha256=call.body.sha256,
        key_id=call.key_id,
        fault=call.fault.mark if call.fault else None,
        notes=notes or [],
    )
    store.add_submission(submission)
    return submission


def _meets(type_: str, metadata: dict[str, Any]) -> list[str]:
    if type_ == "watchlists":
        return [kind for name, kind in WATCHLISTS.items() if name in metadata]
    return MEETS[type_]


def _external_id(metadata: dict[str, Any]) -> str | None:
    own = [metadata, *(part for part in metadata.values() if isinstance(part, dict))]
    return next((part["external_verification_id"] for part in own if "external_verification_id" in part), None)
