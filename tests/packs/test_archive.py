"""The ZIP of a pack: its bytes follow from what goes in, and any tool can read it."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from verifications.packs.archive import Archive


def made(pieces: list[bytes]) -> bytes:
    stream = io.BytesIO()
    with Archive(stream) as archive:
        archive.add_pieces("documents/front.jpg", pieces, size=sum(map(len, pieces)))
        archive.add("case.json", b"{}")
    return stream.getvalue()


def test_pieces_and_the_whole_make_the_same_bytes_and_nothing_of_today_is_in_them() -> None:
    whole = made([b"abcdef"])

    with zipfile.ZipFile(io.BytesIO(whole)) as found:
        entries = found.infolist()
        assert found.testzip() is None
        assert found.read("documents/front.jpg") == b"abcdef"
    assert whole == made([b"ab", b"", b"cdef"])
    assert [entry.filename for entry in entries] == ["documents/front.jpg", "case.json"]
    assert {(entry.date_time, entry.external_attr >> 16, entry.create_system) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
    }


def test_each_file_is_hashed_as_it_passes_and_stands_there_once() -> None:
    with Archive(io.BytesIO()) as archive:
        digest = archive.add("a.txt", b"one")

        assert archive.digests == {"a.txt": hashlib.sha256(b"one").hexdigest()} == {"a.txt": digest}
        with pytest.raises(ValueError, match="already"):
            archive.add("a.txt", b"two")
