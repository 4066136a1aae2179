"""Static lists against merkletools, an independent implementation of the same shape."""

import merkletools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.static_list import (
    list_commitment,
    list_path,
    list_root,
    path_root,
)


class KeccakTree(merkletools.MerkleTools):
    """merkletools with keccak-256 and prefixed nodes; leaves are given hashed."""

    def __init__(self, items: list[bytes]) -> None:
        super().__init__(hash_type="sha256")
        self.hash_function = lambda pair: _Digest(keccak256(b"\x04" + pair))
        for item in items:
            self.leaves.append(bytearray(keccak256(b"\x03" + item)))
        self.make_tree()


class _Digest:
    def __init__(self, value: bytes) -> None:
        self._value = value

    def digest(self) -> bytes:
        return self._value


@settings(max_examples=80, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70), st.data())
def test_root_and_path_agree_with_merkletools(items, data):
    oracle = KeccakTree(items)
    assert list_root(items).hex() == oracle.get_merkle_root()
    index = data.draw(st.integers(0, len(items) - 1))
    path = list_path(items, index)
    expected = [bytes.fromhex(next(iter(each.values()))) for each in oracle.get_proof(index)]
    assert path == expected
    assert path_root(items[index], index, len(items), path) == list_root(items)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=20, unique=True), st.data())
def test_path_of_another_item_index_or_length_gives_another_root(items, data):
    """attack 8"""
    index = data.draw(st.integers(0, len(items) - 1))
    path, root = list_path(items, index), list_root(items)
    assert path_root(items[index] + b"x", index, len(items), path) != root
    for bad in (path[:-1] if path else None, [*path, bytes(32)]):
        if bad is not None:
            with pytest.raises(ValueError):
                path_root(items[index], index, len(items), bad)


def test_commitment_binds_the_count():
    assert list_root([]) == bytes(32)
    inner = keccak256(b"\x03a") + keccak256(b"\x03b")
    assert list_commitment([b"a", b"b"]) != list_commitment([inner])
    assert list_commitment([b"a"]) == keccak256(
        b"\x05" + (1).to_bytes(8, "big") + keccak256(b"\x03a")
    )
