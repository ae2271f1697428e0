"""Checks of files before they are sent: places, names, types, sizes and, for the address method, hosts.

Contract: payward-services 4.3; kraken-embed 4.4 and 5 leave these open and follow the stricter sister (inferred).
"""

from __future__ import annotations

from collections.abc import Sequence

from verifications.marking import Filled
from verifications.marking import gettext_noop as _
from verifications.providers.addresses import check_address
from verifications.providers.provider_rules import ProviderRules
from verifications.providers.types import AccountOptions, FileFacts, Problem, SubmissionMetadata
from verifications.providers.vocabulary import FILE_SLOT_LABELS

PROVIDER_MAX_BYTES = 157_286_400
FILENAME_LIMIT = 255
"""Bytes of UTF-8."""

IMAGE_TYPES = {"image/jpeg": ("jpg", "jpeg"), "image/png": ("png",)}
VIDEO_TYPES = {
    "video/mp4": ("mp4", "m4v"),
    "video/x-m4v": ("m4v", "mp4"),
    "video/webm": ("webm",),
    "video/quicktime": ("mov", "qt"),
}
DOCUMENT_TYPES = {**IMAGE_TYPES, "application/pdf": ("pdf",)}


def accepted_types(slot: str, selfie_type: str | None) -> dict[str, tuple[str, ...]]:
    """Give content type -> endings that a slot takes; a selfie is a photo or a video, as its type says."""
    if slot != "selfie":
        return DOCUMENT_TYPES
    return {"selfie": IMAGE_TYPES, "selfie_capture_video": VIDEO_TYPES}.get(
        selfie_type or "", {**IMAGE_TYPES, **VIDEO_TYPES}
    )


def check_files(
    rules: ProviderRules,
    method: str,
    metadata: SubmissionMetadata,
    files: Sequence[FileFacts],
    options: AccountOptions,
) -> list[Problem]:
    """Give every problem of the files together and of each one."""
    problems = _check_slots(rules, metadata, files)
    for file in files:
        problems += _check_file(rules, metadata, file, options)
        # Before an address exists host and scheme are empty; the client checks the real one again before it is sent.
        if method == "DOCUMENT_URLS" and (file.url_host or file.url_scheme):
            found = check_address(
                slot=file.slot,
                scheme=file.url_scheme,
                host=file.url_host,
                options=options,
                rule=rules.cite_addresses,
            )
            problems += [found] if found else []
    return problems


def check_filename(slot: str, filename: str, content_type: str, *, endings: Sequence[str], rule: str) -> Problem | None:
    """A clean name with an ending that fits the content; it is what the provider goes by."""
    try:
        size = len(filename.encode("utf-8"))
    except UnicodeEncodeError:
        return Problem(slot, _("The file's name holds damaged characters. Rename it."), rule)
    stem, dot, ending = filename.rpartition(".")
    if size > FILENAME_LIMIT:
        text = _("The file's name is longer than %(most)s bytes. Shorten it.")
        return Problem(slot, Filled(text, most=FILENAME_LIMIT), rule)
    if any(c in "/\\" or ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in filename):
        return Problem(slot, _("The file's name holds slashes or control characters. Rename it."), rule)
    if not dot or not stem.strip(". ") or not ending:
        return Problem(slot, _("The file's name needs an ending such as .jpg or .pdf. Rename it."), rule)
    if endings and ending.lower() not in endings:
        text = _("The name ends in .%(ending)s, but the content is %(content_type)s. Give it the ending .%(wanted)s.")
        values = {"ending": ending[:10], "content_type": content_type, "wanted": endings[0]}
        return Problem(slot, Filled(text, **values), rule)
    return None


def _check_slots(rules: ProviderRules, metadata: SubmissionMetadata, files: Sequence[FileFacts]) -> list[Problem]:
    slots = rules.file_slots[metadata.type]
    given = [file.slot for file in files]
    problems = [
        Problem(
            slot, Filled(_("Add the file “%(file)s”."), file=Filled(FILE_SLOT_LABELS.get(slot, slot))), rules.cite_files
        )
        for slot, needed in slots
        if needed and slot not in given
    ]
    known = {slot for slot, _needed in slots}
    for slot in dict.fromkeys(given):
        if slot not in known:
            problems.append(
                Problem(slot, _("This kind of verification does not take this file. Remove it."), rules.cite_files)
            )
        elif given.count(slot) > 1:
            problems.append(Problem(slot, _("Only one file fits here. Remove the others."), rules.cite_files))
        elif metadata.type == "watchlists" and getattr(metadata, slot.removesuffix("_verifier_response")) is None:
            problems.append(Problem(slot, _("Fill in this list, or remove its file."), rules.cite_metadata))
    if rules.passport_back_refused and metadata.document_type == "passport" and "back" in given:
        problems.append(
            Problem("back", _("A passport is sent without a back side. Remove this file."), rules.cite_back)
        )
    return problems


def _check_file(
    rules: ProviderRules, metadata: SubmissionMetadata, file: FileFacts, options: AccountOptions
) -> list[Problem]:
    problems = []
    limit = min(PROVIDER_MAX_BYTES, options.max_file_bytes)
    if file.size <= 0:
        problems.append(Problem(file.slot, _("The file is empty. Choose another one."), rules.cite_files))
    elif file.size > limit:
        text = _("The file has %(size)s MiB; at most %(most)s MiB are accepted.")
        message = Filled(text, size=_mebibytes(file.size), most=_mebibytes(limit))
        problems.append(Problem(file.slot, message, rules.cite_files))
    accepted = accepted_types(file.slot, metadata.selfie_type)
    endings = accepted.get(file.content_type)
    if endings is None:
        wanted = ", ".join(sorted({one[0].upper() for one in accepted.values()}))
        text = Filled(_("This type of file is not accepted here. Use %(types)s."), types=wanted)
        problems.append(Problem(file.slot, text, rules.cite_files))
    named = check_filename(
        file.slot, file.filename, file.content_type, endings=endings or (), rule=rules.cite_addresses
    )
    return [*problems, named] if named else problems


def _mebibytes(size: int) -> str:
    return f"{size / 1_048_576:.2f}".rstrip("0").rstrip(".")
