"""A log as one file: complete, signed, and checked by the verifier alone in a process that knows no portal."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.factories import NOON
from tests.services.seal_support import append, sealed
from verifications import signing
from verifications.enums import LogKind
from verifications.integrity.verify_records import canonical, leaf_of, root_by_path
from verifications.models import LogHead, LogSeal
from verifications.selectors.log_rows import entries_by_id
from verifications.selectors.seals import head_of, proofs_of
from verifications.services.anchors import write_due_anchors
from verifications.services.log_exports import write_log

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("log", LogKind)
def test_write_log_holds_every_entry_the_seals_and_what_it_takes_to_check_them(log: LogKind, tmp_path: Path) -> None:
    sealed(log, 70)
    append(log, 3)
    told: list[int] = []

    manifest = write_log(log=log, path=tmp_path / "log.zip", progress=told.append)

    stem = log.value.lower()
    with zipfile.ZipFile(tmp_path / "log.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    hashed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert {name: hashed[name] for name in manifest["files"]} == manifest["files"]
    assert set(files) - set(manifest["files"]) == {"manifest.json", "manifest.sig"}
    assert files["manifest.json"] == canonical(manifest)
    signature = json.loads(files["manifest.sig"])
    assert signing.is_signed(files["manifest.json"], key_id=signature["key_id"], signature=signature["signature"])
    head = head_of(log)
    assert head is not None
    assert (manifest["entries"], manifest["sealed"], manifest["head"]["digest"]) == (73, 70, head.digest)
    lines = files[f"{stem}.jsonl"].splitlines()
    seals = [json.loads(line) for line in files[f"{stem}.seals.jsonl"].splitlines()]
    assert (len(lines), len(seals), told[-1]) == (73, 2, 73)
    leaves = "".join(seal["leaves"] for seal in seals)
    assert leaves == b"".join(leaf_of(canonical(json.loads(line)["record"])) for line in lines[:70]).hex()
    assert json.loads(files["keys.json"]) == signing.public_keys()


def verified(target: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(target.parent / "verify_records.py"), str(target), *more],
        capture_output=True, text=True, timeout=60, check=False, cwd=target.parent,
    )  # fmt: skip


@pytest.fixture
def exported(settings: Any, tmp_path: Path) -> Path:
    """An export, and beside it what somebody outside has: the verifier and the anchors."""
    settings.ANCHOR_DIR = str(tmp_path / "anchors")
    sealed(LogKind.AUDIT, 40, batch=15)
    append(LogKind.AUDIT, 2)
    write_due_anchors(now=NOON)
    write_log(log=LogKind.AUDIT, path=tmp_path / "log.zip", progress=lambda _count: None)
    with zipfile.ZipFile(tmp_path / "log.zip") as archive:
        archive.extract("verify_records.py", tmp_path)
    return tmp_path / "log.zip"


def test_an_export_is_verified_by_the_file_that_comes_with_it(exported: Path) -> None:
    (anchors,) = (exported.parent / "anchors").iterdir()

    done = verified(exported, "--anchors", str(anchors), "--json")

    assert done.returncode == 0, done.stdout + done.stderr


def test_an_export_with_an_altered_entry_does_not_verify(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(folder)
    text = (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)
    text[20] = text[20].replace(b'"actor":"user:7"', b'"actor":"user:8"')
    (folder / "audit.jsonl").write_bytes(b"".join(text))

    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify_records.py"), str(folder)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert "21" in done.stdout + done.stderr


def test_proofs_lead_from_an_entry_to_the_root_of_its_seal() -> None:
    sealed(LogKind.AUDIT, 40, batch=15)
    append(LogKind.AUDIT, 1)
    seals = {seal.number: seal for seal in LogSeal.objects.all()}
    reached = LogHead.objects.get().reached_id
    ids = [reached - 39, reached - 20, reached, reached + 1]

    proofs = proofs_of(LogKind.AUDIT, ids)

    assert {row_id - reached + 40: proof.sequence for row_id, proof in proofs.items()} == {1: 1, 20: 20, 40: 40}
    rows = entries_by_id(LogKind.AUDIT, ids)
    for row_id, proof in proofs.items():
        path = [bytes.fromhex(node) for node in proof.path]
        root = root_by_path(leaf_of(rows[row_id].record), proof.index, proof.count, path)
        assert root.hex() == seals[proof.number].root


def test_proofs_of_neighbours_cost_one_query_a_seal(django_assert_num_queries: Any) -> None:
    sealed(LogKind.AUDIT, 30, batch=15)
    reached = LogHead.objects.get().reached_id

    with django_assert_num_queries(2):
        assert len(proofs_of(LogKind.AUDIT, list(range(reached - 29, reached + 1)))) == 30


def test_a_log_of_which_nothing_is_sealed_is_exported_all_the_same(tmp_path: Path) -> None:
    append(LogKind.ACCESS, 2)

    manifest = write_log(log=LogKind.ACCESS, path=tmp_path / "log.zip", progress=lambda _count: None)

    assert (manifest["entries"], manifest["sealed"], manifest["head"]) == (2, 0, {})
