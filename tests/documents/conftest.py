"""Here each file is decoded in a process of its own, however often another test decoded the same."""

from __future__ import annotations

import pytest

from verifications.documents import decoding, previews


@pytest.fixture(autouse=True)
def decoded_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "decode", decoding.decode)
