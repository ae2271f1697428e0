"""Whatever it is given, the verifier answers: sound, findings or not readable, in bounded time and memory."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.integrity.building import (
    PORTAL,
    Log,
    anchor_line,
    line_of,
    make_log,
    pack_files,
    write_folder,
    write_log,
    write_pack,
)
from tests.integrity.checking import KEYS, verdict_of
from verifications.integrity import verify_records
from verifications.integrity.verify_records import LogVerifier, Malformed, feed_files, main, parsed

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NESTED = b"[" * 200_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ODD_NUMBERS = st.sampled_from([0, -1, 1, 2, 3, 2**31, 2**61, 2**64, 10**40, True, None, "1", 1.5, [], {}])
ODD_TEXTS = st.sampled_from(["", "0" * 64, "f" * 64, "F" * 64, "\0", "\ud800", "é" * 64, None, 7, {}, "portal-1"])


@BOUNDED
@given(st.binary(max_size=300), st.binary(max_size=300))
@example(NESTED, NESTED)
@example(b'{"record":' * 3, b"9" * 100_000)
@example(b"\xff\xfe\0\n\n\n", b'{"header":{},"digest":"","leaves":"","signature":""}')
def test_any_bytes_as_entries_and_seals(entries: bytes, seals: bytes) -> None:
    verifier = LogVerifier("AUDIT", KEYS)
    feed_files(verifier, io.BytesIO(entries), io.BytesIO(seals))

    verdict = verifier.finish([])

    assert verdict.is_sound == (not seals and not entries)


@BOUNDED
@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=3))
def test_any_json_as_seals_and_anchors(seals: list[object], anchors: list[object]) -> None:
    log = Log(make_log(12, size=4).lines, [json.dumps(seal).encode() for seal in seals])

    verdict = verdict_of(log, [json.dumps(anchor).encode() for anchor in anchors], check=None)

    assert verdict.is_sound == (not seals and not anchors)


@BOUNDED
@given(
    st.sampled_from(["count", "first", "number", "key_id", "log", "previous", "root", "sealed_at"]),
    ODD_NUMBERS | ODD_TEXTS,
    st.integers(0, 2),
    st.booleans(),
)
def test_any_value_in_a_header(field: str, value: object, at: int, is_signed: bool) -> None:
    log = make_log(12, size=4)
    seal = json.loads(log.seals[at])
    if seal["header"][field] == value and type(seal["header"][field]) is type(value):
        return
    seal["header"][field] = value
    if is_signed:
        data = verify_records.header_of(seal["header"])
        seal |= {"digest": verify_records.digest_of(data), "signature": PORTAL.sign(data)}
    log.seals[at] = verify_records.canonical(seal)

    verdict = verdict_of(log)

    is_own_business = is_signed and field == "sealed_at" and isinstance(value, str) and at == 2
    assert verdict.is_sound == is_own_business


@BOUNDED
@given(st.sampled_from(["at", "digest", "key_id", "log", "number", "signature", "total"]), ODD_NUMBERS | ODD_TEXTS)
def test_any_value_in_an_anchor(field: str, value: object) -> None:
    log = make_log(12, size=4)
    anchor = json.loads(anchor_line(log.seals[2]))
    if anchor[field] == value:
        return
    anchor[field] = value

    assert verdict_of(log, [json.dumps(anchor).encode()], check=None).anchored is None


@BOUNDED
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=6))
def test_any_mixture_of_attacks_on_rows_names_the_first_place_that_differs(steps: list[tuple[int, int, int]]) -> None:
    log = make_log(12, size=4)
    genuine = [*log.lines]
    for kind, *places in steps:
        one, other = (place % max(1, len(log.lines)) for place in places)
        if kind == 0 and log.lines:
            del log.lines[one]
        elif kind == 1:
            log.lines.insert(one, line_of(b"%d" % other, b"{}"))
        elif kind == 2 and log.lines:
            log.lines[one], log.lines[other] = log.lines[other], log.lines[one]
        elif kind == 3 and log.lines:
            log.lines[one] = log.lines[one].replace(b"user:5", b"user:%d" % (other % 10))

    verdict = verdict_of(log)

    if log.lines[:12] == genuine:
        assert verdict.is_sound
        assert verdict.unsealed == len(log.lines) - 12
    else:
        place = next((at for at in range(12) if log.lines[at : at + 1] != genuine[at : at + 1]), 0) + 1
        assert verdict.findings[0].first == place


def altered_seal(line: bytes, how: int, other: bytes) -> bytes:
    """A seal with something of its own or of another seal changed; an odd ``how`` makes its digest anew."""
    seal, strange = json.loads(line), json.loads(other)
    kind = how // 2 % 8
    if kind < 3:
        name = ("number", "first", "count")[kind]
        seal["header"][name] = max(1, seal["header"][name] + (how % 7 - 3))
    elif kind == 3:
        seal["header"]["previous"] = strange["header"]["previous"]
    elif kind == 4:
        seal["header"]["root"] = strange["header"]["root"]
    elif kind == 5:
        seal["leaves"] = seal["leaves"][: 64 * (how % 4)]
    elif kind == 6:
        seal["leaves"] = strange["leaves"]
    else:
        seal["signature"] = strange["signature"]
    if how % 2:
        seal["digest"] = verify_records.digest_of(verify_records.header_of(seal["header"]))
    return verify_records.canonical(seal)


@settings(BOUNDED, max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 23), st.integers(0, 23), st.integers(0, 60)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_sound_after_any_attack_is_what_was_sealed(steps: list[tuple[int, bool, int, int, int]]) -> None:
    genuine = make_log(24, size=4)
    log = genuine.copy()
    for kind, on_seals, one, other, how in steps:
        rows = log.seals if on_seals else log.lines
        first, second = one % max(1, len(rows)), other % max(1, len(rows))
        if kind == 1 or not rows:
            rows.insert(first, b"junk" if how % 3 else genuine.seals[other % 6] if on_seals else genuine.lines[other])
        elif kind == 0:
            del rows[first]
        elif kind == 2:
            rows[first], rows[second] = rows[second], rows[first]
        elif on_seals and rows[first] != b"junk":
            rows[first] = altered_seal(rows[first], how, genuine.seals[other % 6])
        else:
            rows[first] = rows[first].replace(b"user:5", b"user:6")

    verdict = verdict_of(log)

    if verdict.is_sound:
        assert log.seals == genuine.seals[: len(log.seals)]
        assert log.lines[: verdict.sealed] == genuine.lines[: verdict.sealed]
        assert verdict.sealed == 4 * len(log.seals)
    else:
        assert (log.seals, log.lines[:24]) != (genuine.seals, genuine.lines)


@BOUNDED
@given(data=st.data())
def test_any_byte_of_any_file_of_a_pack(data: st.DataObject, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    files = pack_files(make_log(200), [3, 20, 144])
    write_pack(folder, files)
    name = data.draw(st.sampled_from([*files, "manifest.json", "manifest.sig"]))
    whole = (folder / name).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(max_size=3).filter(lambda piece: piece != whole[at : at + 1]))
    (folder / name).write_bytes(whole[:at] + piece + whole[at + 1 :])

    assert main([str(folder), "--json"]) in (1, 2)


@BOUNDED
@given(st.binary(max_size=400))
@example(NESTED)
@example(b"[1e999999999]")
@example(b'{"a":' + b"9" * 5_000_000 + b"}")
@example(b"[0." + b"1" * 100 + b"]")
@example(b'"\xff"')
@example("{}".encode("utf-16"))
def test_json_of_any_kind_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        parsed(data)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        NESTED,
        b"[]",
        b'{"kind":"log"}',
        b'{"kind":"log","log":"../AUDIT"}',
        b'{"kind":["log"]}',
        b'{"kind":"pack","files":[]}',
        b'{"kind":"export"}',
        b'{"kind":"log","log":"AUDIT","files":{"audit.jsonl":1},"head":{"number":1e9,"digest":[]},"entries":{}}',
        b'{"kind":"log","log":"AUDIT","head":{"number":99999999999999999999,"digest":""},"sealed":[[]]}',
        b'{"kind":"pack","heads":{"AUDIT":[]},"events":"x"}',
    ],
)
def test_any_manifest_is_answered(tmp_path: Path, manifest: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    write_pack(folder, pack_files(make_log(12, size=4), [3]))
    (folder / "manifest.json").write_bytes(manifest)

    assert main([str(folder)]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().out


def test_names_with_control_characters_are_not_printed_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "log", {"a\x1b[2Jb": b"1"}, {"kind": "pack\x1b[2J", "files": {"\x1b]0;": ""}})

    main([str(folder)])

    assert "\x1b" not in capsys.readouterr().out


def zip_of(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../manifest.json", "/etc/passwd", "a/../../b", "..\\b", "C:b"])
def test_a_zip_with_names_that_lead_elsewhere_is_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(zip_of(tmp_path / "a.zip", ("manifest.json", b"{}"), (name, b"1")))]) == 2
    assert "leads elsewhere" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_name_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(zip_of(tmp_path / "a.zip", ("manifest.json", b"{}"), ("manifest.json", b"[]")))]) == 2
    assert "stands there twice" in capsys.readouterr().out


def test_a_zip_that_swells_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zip_of(tmp_path / "a.zip", ("manifest.json", b"{}"), ("audit.jsonl", bytes(70 << 20)))

    assert main([str(path)]) == 2
    assert "swells too much" in capsys.readouterr().out


def test_a_zip_that_is_encrypted_or_packed_strangely_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("manifest.json", b"{}"))
    whole = bytearray(path.read_bytes())
    index = whole.rindex(b"PK\1\2")
    whole[index + 8] |= 1
    path.write_bytes(whole)
    assert main([str(path)]) == 2
    whole[index + 8] &= ~1
    whole[index + 10] = 14
    path.write_bytes(whole)
    assert main([str(path)]) == 2


def test_a_zip_with_too_many_files_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", *((str(number), b"") for number in range(20_001)), ("manifest.json", b"{}"))

    assert main([str(path)]) == 2


@BOUNDED
@given(data=st.data())
def test_any_byte_of_a_zip(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "log.zip"
    if not path.exists():
        folder = write_log(tmp_path / "log", make_log(12, size=4))
        zip_of(
            tmp_path / "whole",
            *((name, (folder / name).read_bytes()) for name in sorted(path.name for path in folder.iterdir())),
        )
    whole = (tmp_path / "whole").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + 1 :])

    assert main([str(path), "--json"]) in (0, 1, 2)


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    (folder / "more").symlink_to("/etc/passwd")

    assert main([str(folder)]) == 2


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))
    os.mkfifo(folder / "more")

    assert main([str(folder)]) == 2


@pytest.mark.parametrize("target", ["nothing", "", "\0"])
def test_what_is_not_there_is_not_readable(tmp_path: Path, target: str) -> None:
    assert main([str(tmp_path / "x") + target]) == 2


def test_anchors_that_are_not_there_are_not_readable(tmp_path: Path) -> None:
    folder = write_log(tmp_path / "log", make_log(12, size=4))

    assert main([str(folder), "--anchors", str(tmp_path / "nothing")]) == 2


def test_a_line_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_records, "_PIECE", 4096)
    monkeypatch.setattr(verify_records, "_LONGEST_LINE", 10_000)
    log = make_log(12, size=4)
    log.lines[5] = b"x" * 100_000

    verdict = verdict_of(log)

    assert [(finding.kind, finding.first) for finding in verdict.findings] == [("event_altered", 6)]


@pytest.mark.parametrize("size", [1, 7, 64, 539, 4096])
def test_lines_are_the_same_however_they_are_read(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(verify_records, "_PIECE", size)

    verdict = verdict_of(make_log(60, size=25, unsealed=2))

    assert verdict.is_sound
    assert (verdict.sealed, verdict.unsealed) == (60, 2)


@pytest.mark.parametrize(
    "key", ["", "portal-1", "portal-1:", ":" + PORTAL.public, "portal-1:abc", "portal-1:" + "0" * 64]
)
def test_a_key_that_is_none_is_refused(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["x", "--key", key])

    assert stopped.value.code == 2
    assert "ID:HEX" in capsys.readouterr().err
