"""The static list's tree against an independent one, and its paths."""

from __future__ import annotations

import hashlib

import merkletools
import pytest

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.static_list import StaticList, commitment


class PrefixedTree(merkletools.MerkleTools):
    """merkletools with the protocol's hash: its leaves and nodes carry no prefixes of their own."""


def oracle_root(items: list[bytes]) -> bytes:
    """Return the root that merkletools builds: leaves hashed beforehand, nodes prefixed."""
    tools = merkletools.MerkleTools()
    tools.hash_function = lambda data: _Prefixed(bytes(data))
    for each in items:
        tools.add_leaf(keccak256(b"\x03" + each).hex(), False)
    tools.make_tree()
    return bytes.fromhex(tools.get_merkle_root())


class _Prefixed:
    def __init__(self, data: bytes) -> None:
        self._digest = keccak256(b"\x04" + data)

    def digest(self) -> bytes:
        return self._digest

    def hexdigest(self) -> str:
        return self._digest.hex()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 100])
def test_root_is_the_one_that_merkletools_builds(count: int) -> None:
    items = [hashlib.sha256(bytes((i,))).digest()[: i % 33] for i in range(count)]
    assert StaticList(items).root == oracle_root(items)


def test_no_items_have_a_zero_root() -> None:
    assert StaticList([]).root == bytes(32)
    assert StaticList([]).commitment == keccak256(b"\x05" + bytes(8) + bytes(32))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 64])
def test_paths_lead_to_the_root(count: int) -> None:
    items = [bytes((i,)) * 5 for i in range(count)]
    tree = StaticList(items)
    for index in range(count):
        node, place, width, path = keccak256(b"\x03" + items[index]), index, count, tree.path(index)
        while width > 1:
            if place ^ 1 < width:
                sibling = path.pop(0)
                pair = sibling + node if place & 1 else node + sibling
                node = keccak256(b"\x04" + pair)
            place, width = place >> 1, (width + 1) >> 1
        assert not path
        assert node == tree.root
    assert tree.commitment == commitment(count, tree.root)
