"""Submissions of unknown outcome: the list, and what is known about one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifications.enums import SUBMIT_OPERATIONS, CallOperation, CallStatus, ReconciliationStatus, RenditionKind
from verifications.models import Document, ProviderCall, Reconciliation, Verification
from verifications.selectors.delivery import BODIES, unknown_submissions
from verifications.selectors.paging import Page, keyset_page

MOST_SHOWN = 30


@dataclass(frozen=True)
class SentFile:
    """A file as it left: the original, or the JPEG made of it for a provider that takes no HEIC."""

    slot: str
    content_type: str
    size: int
    sha256: str
    is_converted: bool


@dataclass(frozen=True)
class ActionLine:
    """One thing the provider wants of the user. ``when``: ``both``, ``before`` (gone now) or ``now`` (new)."""

    kind: str
    subject: str
    reasons: list[str]
    deadline: str
    when: str


@dataclass(frozen=True)
class UnknownRow:
    verification: Verification
    call: ProviderCall | None
    """The submission whose answer is missing; a session or a link may have none of its own."""
    proposal: Reconciliation | None


@dataclass(frozen=True)
class ReconciliationFacts:
    """``call`` is the newest submission, ``tries`` all of them, newest first; ``settled`` what was decided before."""

    call: ProviderCall | None
    tries: list[ProviderCall]
    proposal: Reconciliation | None
    settled: list[Reconciliation]
    files: list[SentFile]
    actions: list[ActionLine]
    read: ProviderCall | None
    """The reading of the user's status that is out or waits for its time."""


def unknown_for_list(*, account: str, token: str) -> tuple[Page, list[UnknownRow]]:
    """Oldest first; the submissions and proposals of a page in two more queries."""
    verifications = unknown_submissions().select_related("customer", "account", "provider_user")
    if account:
        verifications = verifications.filter(account__public_id=account)
    page = keyset_page(verifications, order=("id",), token=token)
    calls = {call.verification_id: call for call in _submissions(page.rows).order_by("id")}
    proposals = {one.verification_id: one for one in _proposals(page.rows)}
    return page, [UnknownRow(row, calls.get(row.pk), proposals.get(row.pk)) for row in page.rows]


def reconciliation_facts(verification: Verification) -> ReconciliationFacts:
    tries = list(_submissions([verification]).order_by("-id")[:MOST_SHOWN])
    choices = list(Reconciliation.objects.filter(verification=verification).order_by("-id")[:MOST_SHOWN])
    return ReconciliationFacts(
        call=tries[0] if tries else None,
        tries=tries,
        proposal=next((one for one in choices if one.status == ReconciliationStatus.PROPOSED), None),
        settled=[one for one in choices if one.status != ReconciliationStatus.PROPOSED],
        files=_files(verification),
        actions=_actions(verification),
        read=_open_read(verification),
    )


def _submissions(verifications: Sequence[Verification]) -> Any:
    return ProviderCall.objects.filter(verification__in=verifications, operation__in=SUBMIT_OPERATIONS).defer(*BODIES)


def _proposals(verifications: Sequence[Verification]) -> Any:
    return Reconciliation.objects.filter(verification__in=verifications, status=ReconciliationStatus.PROPOSED)


def _open_read(verification: Verification) -> ProviderCall | None:
    if verification.provider_user_id is None:
        return None
    return ProviderCall.objects.filter(
        provider_user_id=verification.provider_user_id,
        operation=CallOperation.GET_USER,
        status__in=(CallStatus.WAITING, CallStatus.SENDING),
    ).first()


def _files(verification: Verification) -> list[SentFile]:
    documents = Document.objects.filter(verification=verification, removed_at__isnull=True).prefetch_related(
        "renditions"
    )
    files = []
    for document in documents.order_by("id"):
        sent = next((one for one in document.renditions.all() if one.kind == RenditionKind.DELIVERY), None)
        source: Any = sent or document
        files.append(
            SentFile(
                slot=document.get_slot_display(),
                content_type=source.content_type,
                size=source.size,
                sha256=source.sha256,
                is_converted=sent is not None,
            )
        )
    return files


def _actions(verification: Verification) -> list[ActionLine]:
    """What was wanted before the submission beside what is wanted now; what is wanted now comes first."""
    user = verification.provider_user
    now = {_key(action): action for action in (user.required_actions if user else [])}
    before = {_key(action): action for action in (verification.baseline_actions or [])}
    lines = [_line(action, "both" if key in before else "now") for key, action in now.items()]
    return lines + [_line(action, "before") for key, action in before.items() if key not in now]


def _key(action: dict[str, Any]) -> tuple[str, str]:
    return str(action.get("kind", "")), str(action.get("subject", ""))


def _line(action: dict[str, Any], when: str) -> ActionLine:
    return ActionLine(
        kind=str(action.get("kind", "")),
        subject=str(action.get("subject", "")),
        reasons=[str(reason) for reason in action.get("reasons", [])],
        deadline=str(action.get("deadline", "") or ""),
        when=when,
    )
