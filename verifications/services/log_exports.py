"""A log as one file that anybody can check without the portal: entries, seals, keys, the verifier, a manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from verifications import signing
from verifications.enums import LogKind
from verifications.integrity import verify_records
from verifications.integrity.verify_records import canonical
from verifications.selectors.log_rows import Entry
from verifications.selectors.log_walk import LogWalk, StoredSeal, stored_seals
from verifications.selectors.seals import head_object, head_of

README = """\
This is the {name} of a compliance portal, complete up to {made_at}.

  {stem}.jsonl        the entries, one a line, in the order they were sealed in; then those not sealed yet
  {stem}.seals.jsonl  the seals, one a line, each signed and chained to the one before
  keys.json           the public keys that sign
  manifest.json       what is in here, with the SHA-256 of each file; manifest.sig is its signature
  verify_records.py   checks all of it: Python 3.9 or newer, no network, nothing to install

  python3 -I verify_records.py THIS_FILE.zip --anchors anchors.jsonl --key {key_id}:{key}

Take the anchors and the public key from another hand than this file: the anchors from where the portal writes them
(a folder, a locked bucket, a mailbox), the key from the records page or the operator. Without anchors nobody can tell
whether entries at the end were cut off.
"""


class _Archive:
    """A ZIP that is written one file after another; knows the hash of each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.hashes: dict[str, str] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[Callable[[bytes], object]]:
        """Gives a function that appends to it."""
        digest = hashlib.sha256()
        with self._archive.open(name, "w", force_zip64=True) as stream:

            def write(data: bytes) -> None:
                digest.update(data)
                stream.write(data)

            yield write
        self.hashes[name] = digest.hexdigest()

    def whole(self, name: str, data: bytes) -> None:
        with self.file(name) as write:
            write(data)


def write_log(*, log: LogKind, path: Path | IO[bytes], progress: Callable[[int], object]) -> dict[str, Any]:
    """Write the ZIP to ``path`` and give its manifest. Memory stays flat; ``progress`` gets the entries written so far.

    Everything is sealed up to the head at the beginning; what was appended since follows as not sealed yet.
    """
    head = head_of(log)
    stem = log.value.lower()
    made_at = timezone.now().astimezone(dt.UTC).isoformat(timespec="microseconds")
    last = head.number if head else 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as stream:
        archive = _Archive(stream)
        with archive.file(f"{stem}.jsonl") as write:
            sealed, entries = _write_entries(LogWalk(log, up_to=last), write, progress)
        with archive.file(f"{stem}.seals.jsonl") as write:
            for seal in stored_seals(log, up_to=last):
                write(_seal_line(seal))
        keys = signing.public_keys()
        key_id = signing.signing_key_id()
        archive.whole("keys.json", canonical(keys))
        archive.whole("verify_records.py", verifier_source())
        readme = README.format(name=log.label.lower(), made_at=made_at, stem=stem, key_id=key_id, key=keys[key_id])
        archive.whole("README.txt", readme.encode())
        manifest = {
            "kind": "log",
            "log": log.value,
            "entries": entries,
            "sealed": sealed,
            "head": head_object(head) if head else {},
            "files": archive.hashes.copy(),
            "made_at": made_at,
        }
        signed = canonical(manifest)
        key_id, signature = signing.sign(signed)
        archive.whole("manifest.json", signed)
        archive.whole("manifest.sig", canonical({"key_id": key_id, "signature": signature}))
    progress(entries)
    return manifest


def verifier_source() -> bytes:
    """The verifier as a file: what runs in the portal is what is handed out."""
    return Path(inspect.getfile(verify_records)).read_bytes()


def _write_entries(
    walk: LogWalk, write: Callable[[bytes], object], progress: Callable[[int], object]
) -> tuple[int, int]:
    """How many of the entries are sealed, and how many there are."""
    sealed = 0
    for _seal, rows in walk.sealed():
        write(b"".join(map(_line, rows or [])))
        sealed += len(rows or [])
        progress(sealed)
    entries = sealed
    for entry in walk.rest():
        write(_line(entry))
        entries += 1
    return sealed, entries


def _line(entry: Entry) -> bytes:
    """A row that holds what can't be written there is an empty record: it fits no seal."""
    return b'{"record":%b,"texts":%b}\n' % (entry.record or b"{}", entry.texts)


def _seal_line(seal: StoredSeal) -> bytes:
    return (
        canonical(
            {"digest": seal.digest, "header": seal.header, "leaves": seal.leaves.hex(), "signature": seal.signature}
        )
        + b"\n"
    )
