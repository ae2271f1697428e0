"""Merkle trees of RFC 6962: known roots, the recursive definition, and paths."""

from __future__ import annotations

import hashlib

import pytest

from verifications.integrity.verify_records import leaf_of, merkle_path, merkle_root, root_by_path

INPUTS = [
    bytes.fromhex(data)
    for data in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = [*range(1, 20), 31, 32, 33, 64, 65, 100]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_of(b"%d" % number) for number in range(count)]


def by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_known_roots(count: int) -> None:
    assert merkle_root([leaf_of(data) for data in INPUTS[:count]]).hex() == ROOTS[count - 1]


@pytest.mark.parametrize("count", SIZES)
def test_roots_and_paths_are_those_of_the_definition(count: int) -> None:
    leaves = leaves_of(count)
    root = by_definition(leaves)

    assert merkle_root(leaves) == root
    for index in range(count):
        path = merkle_path(leaves, index)
        assert root_by_path(leaves[index], index, count, path) == root
        assert root_by_path(leaf_of(b"another"), index, count, path) != root


@pytest.mark.parametrize("count", [2, 3, 5, 8, 13])
def test_a_path_serves_one_place_only(count: int) -> None:
    leaves = leaves_of(count)
    root = merkle_root(leaves)
    for index in range(count):
        path = merkle_path(leaves, index)
        for other in set(range(count)) - {index}:
            try:
                assert root_by_path(leaves[index], other, count, path) != root
            except ValueError:
                continue


def test_paths_of_the_wrong_length_are_refused() -> None:
    leaves = leaves_of(6)
    path = merkle_path(leaves, 2)
    for index, count, steps in [(2, 6, path[:-1]), (2, 6, [*path, path[0]]), (6, 6, path), (-1, 6, path), (0, 1, path)]:
        with pytest.raises(ValueError, match=r"path|leaf"):
            root_by_path(leaves[2], index, count, steps)
    with pytest.raises(ValueError, match="path"):
        root_by_path(leaves[2], 2, 6, [b"short", *path[1:]])
