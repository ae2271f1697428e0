"""Ed25519 in pure Python: the vectors of RFC 8032, what must be refused, and agreement with a stock library."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.integrity.building import PORTAL, STRANGER
from verifications.integrity.verify_records import bad_signatures, fingerprint_of, first_bad_signature, is_signature

ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]
NEUTRAL = (1).to_bytes(32, "little").hex()
MESSAGE = b"seal 7"
SIGNED = PORTAL.sign(MESSAGE)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_vectors_of_the_rfc_hold(key: str, message: str, signature: str) -> None:
    data = bytes.fromhex(message)

    assert is_signature(data, signature, key)
    assert not is_signature(data + b"!", signature, key)
    assert first_bad_signature([(data, signature, key)]) is None


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    whole = bytearray.fromhex(SIGNED)
    for bit in range(0, 512, 5):
        whole[bit // 8] ^= 1 << bit % 8
        assert not is_signature(MESSAGE, whole.hex(), PORTAL.public), bit
        whole[bit // 8] ^= 1 << bit % 8
    assert is_signature(MESSAGE, whole.hex(), PORTAL.public)


def test_a_second_writing_of_s_is_refused() -> None:
    s = int.from_bytes(bytes.fromhex(SIGNED)[32:], "little") + ORDER

    assert not is_signature(MESSAGE, SIGNED[:64] + s.to_bytes(32, "little").hex(), PORTAL.public)


@pytest.mark.parametrize(
    "key",
    [
        NEUTRAL,
        (PRIME - 1).to_bytes(32, "little").hex(),
        (0).to_bytes(32, "little").hex(),
        (PRIME + 1).to_bytes(32, "little").hex(),
        (2**255 + 1).to_bytes(32, "little").hex(),
        (2).to_bytes(32, "little").hex(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
    ids=["neutral", "order 2", "order 4", "not canonical", "sign of zero", "no point", "order 8"],
)
def test_a_key_that_is_no_honest_point_signs_nothing(key: str) -> None:
    forged = NEUTRAL + "00" * 32

    assert not is_signature(MESSAGE, forged, key)
    assert first_bad_signature([(MESSAGE, forged, key)]) == 0


@pytest.mark.parametrize(
    "signature",
    ["", "zz" * 64, SIGNED[:-2], SIGNED + "00", SIGNED.upper(), " " + SIGNED[1:], "é" * 128, "00" * 64, "ff" * 64],
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not is_signature(MESSAGE, signature, PORTAL.public)


def test_types_that_are_no_text_are_refused() -> None:
    assert not is_signature(MESSAGE, None, PORTAL.public)  # type: ignore[arg-type]
    assert not is_signature(MESSAGE, SIGNED, 7)  # type: ignore[arg-type]


def test_verdicts_are_those_of_a_stock_library() -> None:
    draw = random.Random(8032)
    for number in range(60):
        message = draw.randbytes(number)
        signer = PORTAL if number % 3 else STRANGER
        signature = bytearray.fromhex(signer.sign(message))
        if number % 2:
            signature[draw.randrange(64)] ^= 1 << draw.randrange(8)

        assert is_signature(message, signature.hex(), PORTAL.public) == stock(message, bytes(signature))


def stock(message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(PORTAL.public)).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def batch(size: int) -> list[tuple[bytes, str, str]]:
    signers = (PORTAL, STRANGER)
    return [(b"%d" % at, signers[at % 2].sign(b"%d" % at), signers[at % 2].public) for at in range(size)]


@pytest.mark.parametrize("at", [0, 1, 17, 29])
def test_a_batch_names_the_first_bad_signature(at: int) -> None:
    items = batch(30)
    assert first_bad_signature(items) is None
    items[at] = (b"another", *items[at][1:])
    items[29] = (b"another", *items[29][1:])

    assert first_bad_signature(items) == at


def test_a_batch_with_something_that_is_no_signature_names_it() -> None:
    items = batch(10)
    items[6] = (items[6][0], "nothing", items[6][2])
    assert first_bad_signature(items) == 6
    items[4] = (b"another", *items[4][1:])
    assert first_bad_signature(items) == 4
    assert first_bad_signature([]) is None


def test_bad_signatures_are_all_named_while_they_are_few() -> None:
    items = batch(20)
    for at in (3, 4, 19):
        items[at] = (b"another", *items[at][1:])

    assert bad_signatures(items) == [3, 4, 19]
    assert bad_signatures(items, is_signature) == [3, 4, 19]
    assert bad_signatures([(b"x", *item[1:]) for item in items]) == list(range(20))


def test_fingerprints_are_short_and_differ() -> None:
    assert fingerprint_of(PORTAL.public).count(" ") == 7
    assert fingerprint_of(PORTAL.public) != fingerprint_of(STRANGER.public)
    assert fingerprint_of("none") == "no key"
