"""Names from strangers made fit to show, and names the portal gives."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifications.documents.naming import claimed_extension, delivery_filename, safe_display_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("passport.jpg", "passport.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\front.png", "front.png"),
        ("/", "unnamed"),
        ("", "unnamed"),
        ("..", "unnamed"),
        (" . ", "unnamed"),
        ("a\x00b\r\nc\x1b[31m.jpg", "a b c [31m.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066a\u2069\u200b\ufeff.png", "a.png"),
        ("Pässe  und\tAusweise.pdf", "Pässe und Ausweise.pdf"),
        ("جواز سفر.jpg", "جواز سفر.jpg"),
        ("护照.heic", "护照.heic"),
        ("<script>alert(1)</script>.png", "script>.png"),
        ("a\ud800.jpg", "a?.jpg"),
    ],
)
def test_safe_display_name(name: str, shown: str) -> None:
    assert safe_display_name(name) == shown


def test_safe_display_name_keeps_the_extension_of_a_long_name() -> None:
    shown = safe_display_name("护" * 300 + ".jpeg")

    assert len(shown.encode()) <= 255
    assert shown.endswith("护.jpeg")


def test_safe_display_name_cuts_a_long_name_without_extension() -> None:
    assert len(safe_display_name("é" * 300).encode()) == 254
    assert len(safe_display_name("a." + "b" * 400).encode()) == 255


@given(st.text())
def test_safe_display_name_is_always_fit_to_show(name: str) -> None:
    shown = safe_display_name(name)

    assert shown
    assert len(shown.encode()) <= 255
    assert not {"/", "\\"} & set(shown)
    assert all(unicodedata.category(character) != "Cc" for character in shown)
    assert not any(
        unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI"} for character in shown
    )


@pytest.mark.parametrize(
    ("name", "extension"),
    [("A.JPG", "jpg"), ("a", ""), (".jpg", ""), ("a.tar.gz", "gz"), ("a.j pg", ""), ("a.averylongone", ""), ("a.", "")],
)
def test_claimed_extension(name: str, extension: str) -> None:
    assert claimed_extension(name) == extension


@pytest.mark.parametrize(
    ("slot", "extension", "name"),
    [
        ("front", "png", "front.png"),
        ("verifier_response", ".json", "verifier_response.json"),
        ("../Rück seite", "J/PG", "ruck-seite.jpg"),
        ("前", "", "document.bin"),
        ("a" * 500, "pdf", "a" * 64 + ".pdf"),
    ],
)
def test_delivery_filename(slot: str, extension: str, name: str) -> None:
    assert delivery_filename(slot, extension) == name
