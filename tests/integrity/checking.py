"""A log given to the verifier as its files are, without a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.integrity.building import PORTAL, Log
from verifications.integrity.verify_records import Finding, LogVerifier, Verdict, feed_files

KEYS = {PORTAL.key_id: PORTAL.public}


def fast(data: bytes, signature: str, key: str) -> bool:
    """What the portal checks signatures with."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return signature == bytes.fromhex(signature).hex()


def verdict_of(
    log: Log,
    anchors: Sequence[bytes] = (),
    *,
    check: Callable[[bytes, str, str], bool] | None = fast,
    keys: dict[str, str] | None = None,
) -> Verdict:
    verifier = LogVerifier("AUDIT", KEYS if keys is None else keys, check=check)
    feed_files(verifier, io.BytesIO(log.entries), io.BytesIO(b"".join(seal + b"\n" for seal in log.seals)))
    return verifier.finish([json.loads(anchor) for anchor in anchors])


def kinds(findings: Sequence[Finding]) -> list[tuple[str, int | None, int | None]]:
    return [(finding.kind, finding.first, finding.last) for finding in findings]


def events_named(verdict: Verdict) -> set[int]:
    """Sequence numbers of all events that findings name."""
    return {
        sequence
        for finding in verdict.findings
        if finding.first is not None and finding.last is not None
        for sequence in range(finding.first, finding.last + 1)
    }


def seals_named(verdict: Verdict) -> set[int | None]:
    return {finding.seal for finding in verdict.findings}
