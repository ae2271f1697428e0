"""Logs and evidence packs as files, signed as the portal signs them, and ways to tamper with them."""

from __future__ import annotations

import functools
import hashlib
import json
import random
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verifications.integrity.verify_records import (
    ANCHOR,
    NO_SEAL,
    canonical,
    commitment_of,
    digest_of,
    header_of,
    leaf_of,
    merkle_path,
    merkle_root,
)

MADE_AT = "2026-03-01T12:00:00.000000+00:00"


@dataclass(frozen=True)
class Signer:
    """A signing key under an id."""

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, key_id: str, seed: int) -> Signer:
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big")))

    @property
    def public(self) -> str:
        return self.private.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        return self.private.sign(data).hex()


PORTAL = Signer.of("portal-1", 1)
STRANGER = Signer.of("portal-1", 2)
"""Has taken the name of the portal's key, not the key."""


def event(number: int, *, action: str = "case.opened", customer: str = "", **changes: Any) -> tuple[bytes, bytes]:
    """Record and texts of an event; the same number gives the same."""
    draw = random.Random(number)
    texts = {
        "actor_name": 'Inês "Nena" Duarte',
        "reason": 'said: ","texts":{"commitment":"' if number % 7 == 0 else f"because {number}",
        "salt": f"{draw.getrandbits(128):032x}",
        "source": "192.0.2.7",
    } | changes.pop("texts", {})
    written = canonical(texts)
    record = {
        "action": action,
        "actor": "user:5",
        "at": f"2026-03-01T10:{number // 60 % 60:02}:{number % 60:02}.{number % 1_000_000:06}+00:00",
        "commitment": commitment_of(written),
        "customer_id": customer,
        "details": {"fields": ["phone", "e-mail"], "from": "DRAFT", "to": "SUBMITTED"},
        "event_id": str(uuid.UUID(int=draw.getrandbits(128))),
        "id": number,
        "log": "AUDIT",
        "request_id": f"{draw.getrandbits(64):016x}",
        "subject_id": str(number),
        "subject_type": "Case",
    } | changes
    return canonical(record), written


def line_of(record: bytes, texts: bytes) -> bytes:
    return b'{"record":' + record + b',"texts":' + texts + b"}"


@dataclass
class Log:
    """Lines of a log and of its seals, without line ends, to be tampered with and written."""

    lines: list[bytes] = field(default_factory=list)
    seals: list[bytes] = field(default_factory=list)
    unsealed: list[bytes] = field(default_factory=list)

    def copy(self) -> Log:
        return Log([*self.lines], [*self.seals], [*self.unsealed])

    @property
    def entries(self) -> bytes:
        return b"".join(line + b"\n" for line in [*self.lines, *self.unsealed])

    def head(self) -> dict[str, Any]:
        return head_of(self.seals[-1])


def head_of(seal: bytes) -> dict[str, Any]:
    """What a manifest says of a seal."""
    data = json.loads(seal)
    header = data["header"]
    total = header["first"] + header["count"] - 1
    return {"number": header["number"], "total": total, "digest": data["digest"], "sealed_at": header["sealed_at"]}


def seal_line(
    records: list[bytes], *, number: int, first: int, previous: str, signer: Signer = PORTAL, **changes: Any
) -> bytes:
    leaves = [leaf_of(record) for record in records]
    header = {
        "count": len(records),
        "first": first,
        "key_id": signer.key_id,
        "log": "AUDIT",
        "number": number,
        "previous": previous,
        "root": merkle_root(leaves).hex(),
        "sealed_at": f"2026-03-01T11:{number // 60 % 60:02}:{number % 60:02}.000000+00:00",
    } | changes
    data = header_of(header)
    return canonical(
        {
            "digest": digest_of(data),
            "header": header,
            "leaves": b"".join(leaves).hex(),
            "signature": signer.sign(data),
        }
    )


def seals_over(lines: list[bytes], sizes: list[int], *, signer: Signer = PORTAL) -> list[bytes]:
    """Seals of these sizes over the records of the lines."""
    records = [record_of(line) for line in lines]
    seals: list[bytes] = []
    first, previous = 1, NO_SEAL
    for number, size in enumerate(sizes, start=1):
        seals.append(
            seal_line(
                records[first - 1 : first - 1 + size], number=number, first=first, previous=previous, signer=signer
            )
        )
        previous = json.loads(seals[-1])["digest"]
        first += size
    return seals


def record_of(line: bytes) -> bytes:
    return line[len(b'{"record":') : line.rfind(b',"texts":')]


@functools.cache
def _made(count: int, size: int, unsealed: int) -> Log:
    lines = [line_of(*event(number)) for number in range(1, count + unsealed + 1)]
    sizes = [size] * (count // size) + ([count % size] if count % size else [])
    return Log(lines[:count], seals_over(lines, sizes), lines[count:])


def make_log(count: int = 200, *, size: int = 20, unsealed: int = 0) -> Log:
    """A sound log; made once for each shape."""
    return _made(count, size, unsealed).copy()


def anchor_line(seal: bytes, *, signer: Signer = PORTAL, at: str = MADE_AT, **changes: Any) -> bytes:
    head = head_of(seal)
    anchor = {
        "at": at,
        "digest": head["digest"],
        "key_id": signer.key_id,
        "log": "AUDIT",
        "number": head["number"],
        "total": head["total"],
    } | changes
    signature = signer.sign(canonical({name: anchor[name] for name in ANCHOR}))
    return canonical({**anchor, "signature": signature})


def write_manifest(folder: Path, manifest: dict[str, Any], *, signer: Signer = PORTAL) -> None:
    signed = canonical(manifest)
    (folder / "manifest.json").write_bytes(signed)
    (folder / "manifest.sig").write_bytes(canonical({"key_id": signer.key_id, "signature": signer.sign(signed)}))


def write_folder(folder: Path, files: dict[str, bytes], manifest: dict[str, Any], *, signer: Signer = PORTAL) -> Path:
    """Files with their signed manifest."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    write_manifest(folder, {"files": hashes, **manifest}, signer=signer)
    return folder


def write_log(folder: Path, log: Log, *, manifest_of: Log | None = None, signer: Signer = PORTAL, **said: Any) -> Path:
    """The log as an export. ``manifest_of``: the log that the manifest speaks of, itself unless told."""
    told = manifest_of or log
    files = {
        "audit.jsonl": log.entries,
        "audit.seals.jsonl": b"".join(seal + b"\n" for seal in log.seals),
        "keys.json": canonical({signer.key_id: signer.public}),
    }
    manifest = {
        "kind": "log",
        "log": "AUDIT",
        "entries": len(told.lines) + len(told.unsealed),
        "sealed": len(told.lines),
        "head": told.head() if told.seals else {},
        "made_at": MADE_AT,
    } | said
    return write_folder(folder, files, manifest, signer=signer)


def pack_files(log: Log, sequences: list[int]) -> dict[str, bytes]:
    """The files of an evidence pack that shows these events."""
    seals = [json.loads(seal) for seal in log.seals]
    lines, proofs, used = [], [], set()
    for sequence in sequences:
        seal = next(one for one in seals if one["header"]["first"] + one["header"]["count"] > sequence)
        header = seal["header"]
        index = sequence - header["first"]
        leaves = [bytes.fromhex(seal["leaves"][at : at + 64]) for at in range(0, len(seal["leaves"]), 64)]
        line = log.lines[sequence - 1]
        proofs.append(
            canonical(
                {
                    "sequence": sequence,
                    "number": header["number"],
                    "index": index,
                    "count": header["count"],
                    "path": [step.hex() for step in merkle_path(leaves, index)],
                    "id": json.loads(record_of(line))["id"],
                }
            )
        )
        lines.append(line)
        used.add(header["number"])
    shown = [
        canonical({name: seal[name] for name in ("digest", "header", "signature")})
        for seal in seals
        if seal["header"]["number"] in used
    ]
    return {
        "audit/slice.jsonl": b"".join(line + b"\n" for line in lines),
        "audit/proofs.jsonl": b"".join(proof + b"\n" for proof in proofs),
        "audit/seals.jsonl": b"".join(seal + b"\n" for seal in shown),
        "case.json": b'{"number":"C-7"}\n',
        "documents/passport.jpg": b"\xff\xd8\xff a picture",
        "keys.json": canonical({PORTAL.key_id: PORTAL.public}),
    }


def write_pack(
    folder: Path, files: dict[str, bytes], *, signer: Signer = PORTAL, sums: bytes | None = None, **said: Any
) -> Path:
    """The pack with its checksums and signed manifest."""
    if sums is None:
        sums = b"".join(
            b"%s  %s\n" % (hashlib.sha256(data).hexdigest().encode(), name.encode()) for name, data in files.items()
        )
    manifest = {
        "kind": "pack",
        "case": "C-7",
        "variant": "REGULATOR",
        "events": files["audit/slice.jsonl"].count(b"\n"),
    }
    return write_folder(folder, {**files, "SHA256SUMS": sums}, manifest | said, signer=signer)
