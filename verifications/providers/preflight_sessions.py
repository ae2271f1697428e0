"""Checks of a verification session before it is created. Contract: transmit-verify 4, E1 and E5.

The customer's hosted pages take the pictures themselves, so a session without files is fine; when the portal captures,
its pictures are checked by ``check_capture_files``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from verifications.marking import Filled
from verifications.marking import gettext_noop as _
from verifications.providers.transmit_verify import FILE_SLOTS, LABEL
from verifications.providers.types import AccountOptions, FileFacts, Problem, SubmissionMetadata
from verifications.providers.vocabulary import FILE_SLOT_LABELS

PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
"""What the portal can turn into the JPEG that the provider takes."""

_KIND = "identity_session"
_RULE = "Transmit Security 4 (E5)"
_SLOTS = FILE_SLOTS[_KIND]


def preflight_session(  # noqa: PLR0917
    method: str,
    user_id: str,  # noqa: ARG001 - a session has no user at the provider
    metadata: SubmissionMetadata,
    files: Sequence[FileFacts],
    options: AccountOptions,
    now: dt.datetime,  # noqa: ARG001
) -> list[Problem]:
    """Check a session; an empty list means that it may be created. Without files it is taken for a hosted one."""
    problems = []
    if method != "SESSION":
        message: str = Filled(
            _("%(provider)s does not take documents this way. Choose another method."), provider=LABEL
        )
        problems.append(Problem("method", message, "Transmit Security 1"))
    if metadata.type not in FILE_SLOTS:
        text = Filled(_("%(provider)s has no such kind of verification."), provider=LABEL)
        return [*problems, Problem("type", text, "Transmit Security 1")]
    if metadata.type not in options.enabled_types:
        message = _("This kind of verification is switched off for this account. An administrator can switch it on.")
        problems.append(Problem("type", message, "Transmit Security 1"))
    return problems + (check_capture_files(files, options) if files else [])


def check_capture_files(files: Sequence[FileFacts], options: AccountOptions) -> list[Problem]:
    """Check the pictures of a session whose images the portal sends; nothing at all is a problem here, too."""
    given = [file.slot for file in files]
    problems = [
        Problem(slot, Filled(_("Add the file “%(file)s”."), file=Filled(FILE_SLOT_LABELS.get(slot, slot))), _RULE)
        for slot, needed in _SLOTS
        if needed and slot not in given
    ]
    known = {slot for slot, _needed in _SLOTS}
    for slot in dict.fromkeys(given):
        if slot not in known:
            problems.append(Problem(slot, _("A session does not take this file. Remove it."), _RULE))
        elif given.count(slot) > 1:
            problems.append(Problem(slot, _("Only one file fits here. Remove the others."), _RULE))
    return problems + [problem for file in files for problem in _check_file(file, options)]


def _check_file(file: FileFacts, options: AccountOptions) -> list[Problem]:
    problems = []
    if file.size <= 0:
        problems.append(Problem(file.slot, _("The file is empty. Choose another one."), _RULE))
    elif file.size > options.max_file_bytes:
        limit = options.max_file_bytes // 1_048_576
        text = Filled(_("The file is too large; at most %(most)s MiB are accepted."), most=limit)
        problems.append(Problem(file.slot, text, _RULE))
    if file.content_type not in PICTURE_TYPES:
        message = _("This type of file is not accepted here. Use a picture: JPEG, PNG, WebP or HEIC.")
        problems.append(Problem(file.slot, message, _RULE))
    return problems
