"""The files of a pack that speak of its other files: checksums, manifest and its signature, keys, README."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from verifications.integrity.verify_records import canonical

CASE, SUMMARY, SLICE = "case.json", "summary.pdf", "audit/slice.jsonl"
PROOFS, SEALS = "audit/proofs.jsonl", "audit/seals.jsonl"
KEYS, VERIFIER, README = "keys.json", "verify_records.py", "README.txt"
SUMS, MANIFEST, SIGNATURE = "SHA256SUMS", "manifest.json", "manifest.sig"
ALWAYS = (CASE, SUMMARY, SLICE, PROOFS, SEALS, KEYS, VERIFIER, README, SUMS, MANIFEST, SIGNATURE)
"""Beside documents and answers."""


def checksums(digests: Mapping[str, str]) -> bytes:
    """``SHA256SUMS`` as ``sha256sum -c`` reads it."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode("ascii")


def manifest_of(data: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """What is signed: which pack this is, the seals it rests on, and the SHA-256 of every other file."""
    return {
        "kind": "pack",
        "schema": data["schema"],
        "pack": data["pack_id"],
        "case": data["case"]["number"],
        "case_id": data["case"]["id"],
        "variant": data["variant"],
        "language": data["language"],
        "as_of": data["as_of"],
        "events": data["slice"]["events"],
        "heads": data["heads"],
        "files": dict(digests),
    }


def signature_of(manifest: bytes, sign: Callable[[bytes], tuple[str, str]]) -> bytes:
    key_id, signature = sign(manifest)
    return canonical({"key_id": key_id, "signature": signature})


def readme(data: Mapping[str, Any]) -> bytes:
    """What is in the pack and how it is verified, in plain words."""
    parts = [
        _("Evidence pack %(number)s") % {"number": data["case"]["number"]},
        _("Variant: %(variant)s. State as of %(at)s. Id of the pack: %(id)s.")
        % {"variant": data["variant_label"], "at": data["as_of"], "id": data["pack_id"]},
        _("It holds personal data in clear. Keep it as you keep the documents themselves."),
        _("WHAT IS IN IT"),
        "\n".join(
            f"{name:<22}{words}"
            for name, words in (
                (SUMMARY, _("the case for people: data, pictures, checks, decisions, timeline")),
                (CASE, _('the same for machines; what is withheld and why is under "withheld"')),
                ("documents/", _("originals, byte for byte as they were uploaded or copied")),
                ("provider/", _("answers of providers as they came; what gives access to something is taken out")),
                (SLICE, _("events of the record log about this case and customer, as they were sealed")),
                (PROOFS, _("for each event the path to the root of its seal")),
                (SEALS, _("the signed seals")),
                (SUMS, _("SHA-256 of every file; sha256sum -c SHA256SUMS reads it")),
                (MANIFEST, _("what is signed; manifest.sig is the signature, keys.json the public keys")),
                (VERIFIER, _("checks all of it; needs Python 3.9 or newer and nothing else")),
            )
        ),
        _("HOW TO VERIFY IT"),
        "python3 verify_records.py .",
        _wrapped(
            _(
                "keys.json came with the pack, so it proves nothing about who made it: compare the key with one that "
                "you got from the organisation in another way, and give it as --key ID:HEX. Take verify_records.py "
                "from a source you trust, too, where that matters."
            )
        ),
        _("WHAT IT DOES NOT PROVE"),
        _wrapped(
            _(
                "That what was recorded is true; that nothing happened that was never recorded; that the organisation "
                "gave you every pack it could give. A variant that withholds something says so, and names each item."
            )
        ),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100)
