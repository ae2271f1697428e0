"""The verifier as it is run: folders and ZIPs of logs, packs and exports, what it prints, and what it gives back."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.integrity.building import (
    MADE_AT,
    PORTAL,
    STRANGER,
    anchor_line,
    event,
    line_of,
    make_log,
    pack_files,
    seals_over,
    write_folder,
    write_log,
    write_manifest,
    write_pack,
)
from verifications.integrity import verify_records
from verifications.integrity.verify_records import canonical, main, verify

KEY = {PORTAL.key_id: PORTAL.public}


def found(target: Path, **more: Any) -> list[tuple[str, int | None]]:
    """Kind of each finding, and the event or seal it names."""
    findings = verify(str(target), given=KEY, **more).findings
    return [(finding.kind, finding.first if finding.first is not None else finding.seal) for finding in findings]


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, str(file.relative_to(folder)))
    return path


def anchors_file(folder: Path, *lines: bytes) -> Path:
    path = folder / "kept-elsewhere.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n\n")
    return path


# Logs


def test_a_sound_log_in_a_folder_and_in_a_zip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = make_log(200, unsealed=2)
    folder = write_log(tmp_path / "log", log)
    anchors = anchors_file(tmp_path, anchor_line(log.seals[8]))
    for target in (folder, zipped(folder)):
        status = main([str(target), "--anchors", str(anchors), "--key", f"{PORTAL.key_id}:{PORTAL.public}"])

        told = capsys.readouterr().out
        assert status == 0
        assert "Nothing altered in 200 events under 10 seals" in told
        assert f"Nothing missing up to anchor 9 of {MADE_AT}" in told
        assert "2 events at the end are not sealed yet" in told
        assert "This does not prove" in told
        assert verify_records.fingerprint_of(PORTAL.public) in told


def test_without_anchors_and_key_it_says_what_is_not_known(tmp_path: Path) -> None:
    outcome = verify(str(write_log(tmp_path / "log", make_log(200))))

    assert outcome.is_sound
    assert "whether the end was cut off is not known" in outcome.missing
    assert any("compare their fingerprints" in words for words in outcome.unproven)


def test_findings_are_told_with_what_to_do_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = make_log(200)
    altered = log.copy()
    altered.lines[46] = line_of(*event(9_999))
    folder = write_log(tmp_path / "log", altered, manifest_of=log)

    assert main([str(folder)]) == 1
    told = capsys.readouterr().out
    assert "NOT SOUND" in told
    assert "1. Event 47 was altered" in told
    assert "Compare with a backup" in told


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = make_log(200)
    del log.lines[46]
    folder = write_log(tmp_path / "log", log)

    assert main([str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is False
    assert told["findings"][0]["first"] == 47
    assert told["missing"].startswith("MISSING. Event 47 is missing")
    assert told["keys"][0]["fingerprint"] == verify_records.fingerprint_of(PORTAL.public)


def test_it_runs_alone_in_an_empty_folder(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(200))
    script = tmp_path / "verify_records.py"
    script.write_bytes(Path(verify_records.__file__).read_bytes())

    run = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(folder)], capture_output=True, check=False, cwd=tmp_path, env={}
    )

    assert run.returncode == 0, run.stderr
    assert b"SOUND" in run.stdout


def test_it_is_one_file_for_python_3_9_with_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(verify_records.__file__).read_bytes(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not imported & {"socket", "ssl", "urllib", "http", "sqlite3", "subprocess"}


def test_a_log_that_was_cut_below_the_head_of_its_manifest_is_found(tmp_path: Path) -> None:
    log = make_log(200)
    cut = log.copy()
    del cut.lines[160:], cut.seals[8:]

    assert found(write_log(tmp_path / "log", cut, manifest_of=log))[0] == ("log_cut", 161)


def test_a_log_that_was_rewritten_below_the_head_of_its_manifest_is_found(tmp_path: Path) -> None:
    log = make_log(200)
    altered = log.copy()
    altered.lines[46] = line_of(*event(9_999))
    altered.seals = seals_over(altered.lines, [20] * 10)

    assert found(write_log(tmp_path / "log", altered, manifest_of=log))[0] == ("log_rewritten", 1)


def test_unsealed_events_that_were_cut_are_found_by_the_count(tmp_path: Path) -> None:
    log = make_log(200, unsealed=3)
    cut = log.copy()
    del cut.unsealed[1:]

    assert found(write_log(tmp_path / "log", cut, manifest_of=log)) == [("entries_miscounted", 202)]


def test_a_file_changed_after_signing_is_found(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(200))
    (folder / "audit.jsonl").write_bytes((folder / "audit.jsonl").read_bytes()[:-1])

    assert found(folder) == [("file_altered", None)]


def test_an_extra_file_and_a_missing_one_are_found(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(200))
    (folder / "more.txt").write_text("something")
    (folder / ".DS_Store").write_text("no evidence")
    (folder / "keys.json").unlink()

    assert found(folder) == [("file_missing", None), ("file_extra", None)]


def test_every_flipped_byte_of_the_manifest_and_its_signature_is_found(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    for name in ("manifest.json", "manifest.sig"):
        whole = (folder / name).read_bytes()
        for at in range(0, len(whole), 7):
            (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert main([str(folder), "--json"]) in (1, 2), (name, at)
        (folder / name).write_bytes(whole)
    assert main([str(folder), "--json"]) == 0


def test_a_log_signed_by_somebody_else_is_found_by_the_key_that_was_given(tmp_path: Path) -> None:
    log = make_log(200)
    log.seals = seals_over(log.lines, [20] * 10, signer=STRANGER)
    folder = write_log(tmp_path / "log", log, signer=STRANGER)

    assert verify(str(folder)).is_sound
    assert {kind for kind, _ in found(folder)} == {"key_differs", "manifest_altered", "seal_altered"}


def test_a_log_signed_with_a_key_that_was_not_given_is_found(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(200))

    findings = verify(str(folder), given={"portal-9": STRANGER.public}).findings

    assert {finding.kind for finding in findings} == {"key_not_given"}


def test_a_log_without_keys_needs_one(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    (folder / "keys.json").write_bytes(b"{}")

    assert {finding.kind for finding in verify(str(folder)).findings} == {"key_unknown", "file_altered"}


def test_an_anchor_file_that_is_none_is_a_finding(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    anchors = anchors_file(tmp_path, b"no anchor", b"[1]", b'{"at":1}')

    assert found(folder, anchor_files=[str(anchors)]) == [("anchor_altered", None)] * 3


def test_anchors_may_be_a_folder_of_single_ones(tmp_path: Path) -> None:
    log = make_log(200)
    kept = tmp_path / "kept"
    kept.mkdir()
    for number in (3, 9, 10):
        (kept / f"{number}.json").write_bytes(anchor_line(log.seals[number - 1]))

    outcome = verify(str(write_log(tmp_path / "log", log)), given=KEY, anchor_files=[str(kept)])

    assert outcome.is_sound
    assert "up to anchor 10" in outcome.missing


# Evidence packs


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "pack", pack_files(make_log(200), [3, 20, 21, 144, 145]))


def test_a_sound_pack_in_a_folder_and_in_a_zip(pack: Path, tmp_path: Path) -> None:
    anchors = anchors_file(tmp_path, anchor_line(make_log(200).seals[7]))
    for target in (pack, zipped(pack)):
        outcome = verify(str(target), given=KEY, anchor_files=[str(anchors)])

        assert outcome.findings == []
        assert "5 events, 3 seals and every file" in outcome.altered
        assert outcome.facts["events"] == 5
        assert outcome.notes == ["1 of the anchors speak for seals that this rests on, and fit."]


def test_a_pack_may_leave_texts_out(tmp_path: Path) -> None:
    files = pack_files(make_log(200), [3, 20])
    record, _ = event(3)
    files["audit/slice.jsonl"] = line_of(record, b"{}") + b"\n" + line_of(*event(20)) + b"\n"

    outcome = verify(str(write_pack(tmp_path / "pack", files)), given=KEY)

    assert outcome.is_sound
    assert outcome.facts["without_texts"] == 1


def test_a_wrong_a_missing_and_an_extra_file_of_a_pack_are_found(pack: Path) -> None:
    (pack / "documents/passport.jpg").write_bytes(b"another picture")
    assert found(pack) == [("file_altered", None)] * 2
    (pack / "documents/passport.jpg").unlink()
    assert found(pack) == [("file_missing", None), ("file_altered", None)]
    (pack / "documents/passport.jpg").write_bytes(b"\xff\xd8\xff a picture")
    (pack / "documents/visa.jpg").write_bytes(b"a picture")
    assert found(pack) == [("file_extra", None)]


def test_a_pack_without_its_slice_is_found(pack: Path) -> None:
    (pack / "audit/slice.jsonl").unlink()

    assert found(pack) == [("file_missing", None), ("file_altered", None), ("file_missing", None)]


def test_a_pack_signed_by_somebody_else_is_found(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", pack_files(make_log(200), [3]), signer=STRANGER)

    assert found(pack) == [("manifest_altered", None)]


_PROOF = "audit/proofs.jsonl"


@pytest.mark.parametrize(
    ("name", "old", "new", "kind", "event_named"),
    [
        (_PROOF, b'"sequence":20}', b'"sequence":19}', "event_altered", 19),
        (_PROOF, b'"index":2,', b'"index":3,', "event_altered", 3),
        (_PROOF, b'"count":20,', b'"count":21,', "event_altered", 3),
        (_PROOF, b'"number":1,', b'"number":4,', "event_altered", 3),
        (_PROOF, b'"id":3,', b'"id":4,', "event_altered", 3),
        (_PROOF, b'"path":["', b'"path":["00', "event_altered", 3),
        (_PROOF, b'{"count"', b'{"size"', "event_altered", None),
        ("audit/slice.jsonl", b"user:5", b"user:6", "event_altered", 3),
        ("audit/slice.jsonl", b"because 3", b"because 4", "event_texts", 3),
        ("audit/seals.jsonl", b'"count":20', b'"count":21', "seal_altered", 1),
        ("audit/seals.jsonl", b'"signature":"', b'"signature":"00', "seal_altered", 1),
        ("audit/seals.jsonl", b'"header":{', b'"header":{"more":1,', "seal_altered", None),
    ],
)
def test_a_pack_that_was_wrong_when_it_was_signed_is_found(  # noqa: PLR0917
    tmp_path: Path, name: str, old: bytes, new: bytes, kind: str, event_named: int | None
) -> None:
    files = pack_files(make_log(200), [3, 20, 21])
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)

    assert (kind, event_named) in found(write_pack(tmp_path / "pack", files))


def test_an_event_without_its_proof_is_found(tmp_path: Path) -> None:
    files = pack_files(make_log(200), [3, 20])
    files[_PROOF] = files[_PROOF].splitlines(keepends=True)[0]

    assert found(write_pack(tmp_path / "pack", files)) == [("proof_missing", None), ("entries_miscounted", None)]


def test_events_of_a_pack_in_another_order_are_found(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", pack_files(make_log(200), [20, 3]))

    assert found(pack) == [("event_moved", 3)]


def test_a_pack_whose_seal_is_not_the_anchored_one_is_found(pack: Path, tmp_path: Path) -> None:
    anchors = anchors_file(tmp_path, anchor_line(make_log(200).seals[0], digest="ab" * 32))

    assert found(pack, anchor_files=[str(anchors)]) == [("log_rewritten", 1)]


def test_a_pack_whose_manifest_names_another_seal_is_found(tmp_path: Path) -> None:
    heads = {"AUDIT": {"number": 1, "digest": "ab" * 32}, "ACCESS": {"number": 9, "digest": "cd" * 32}, "X": 7}
    pack = write_pack(tmp_path / "pack", pack_files(make_log(200), [3]), heads=heads)

    assert found(pack) == [("seal_altered", 1)]


# Exports


def write_export(folder: Path, *, rows: bytes = b"id,name\r\n1,Ada\r\n") -> Path:
    folder.mkdir()
    (folder / "cases-2026-03-01.csv").write_bytes(rows)
    manifest = {
        "kind": "export",
        "records": "CASES",
        "format": "CSV",
        "rows": 1,
        "sha256": hashlib.sha256(rows).hexdigest(),
        "size": len(rows),
        "made_at": MADE_AT,
        "heads": {"AUDIT": {"number": 2, "total": 40, "digest": "ab" * 32}},
    }
    write_manifest(folder, manifest)
    (folder / "keys.json").write_bytes(canonical(KEY))
    return folder


def test_a_sound_export_as_folder_and_as_file(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export")

    for target in (folder, folder / "cases-2026-03-01.csv"):
        outcome = verify(str(target), given=KEY)
        assert outcome.findings == []
        assert outcome.facts["records"] == "CASES"


def test_an_export_with_its_proof_in_a_zip_beside_it(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export")
    names = ("manifest.json", "manifest.sig", "keys.json")
    with zipfile.ZipFile(folder / "proof.zip", "w") as proof:
        for name in names:
            proof.write(folder / name, name)
            (folder / name).unlink()
    (folder / "another.csv").write_bytes(b"of another export")

    assert found(folder / "cases-2026-03-01.csv") == []
    assert main([str(folder)]) == 2
    (folder / "another.csv").unlink()
    assert found(folder) == []


def test_an_altered_export_is_found(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export")
    (folder / "cases-2026-03-01.csv").write_bytes(b"id,name\r\n1,Eve\r\n")

    assert found(folder) == [("file_altered", None)]


def test_an_export_without_a_signature_is_found(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export")
    (folder / "manifest.sig").unlink()

    assert found(folder) == [("manifest_altered", None)]


def test_an_export_that_rests_on_another_seal_than_the_anchored_one_is_found(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export")
    anchors = anchors_file(tmp_path, anchor_line(make_log(200).seals[1]))

    assert found(folder, anchor_files=[str(anchors)]) == [("log_rewritten", 2)]


def test_a_manifest_of_nothing_known_is_not_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "what", {"a": b"1"}, {"kind": "letter"})

    assert main([str(folder)]) == 2
    assert capsys.readouterr().out.startswith("NOT READABLE")
