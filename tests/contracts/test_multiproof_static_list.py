"""Static lists: the contract, the reference and merkletools agree, and paths prove one place."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st
from merkletools import MerkleTools

from strikeproof.bench.pure_evm import Evm, fastest_evm
from strikeproof.keccak import keccak256
from tests.contracts.l1.forest import ZERO, list_commitment, list_leaf, list_levels, list_path
from tests.harness import harness


@cache
def evm() -> Evm:
    return fastest_evm(harness("ProofHarness").deployed_bytecode)


def ask(signature: str, types: list[str], *values: Any) -> bytes:
    return evm().call(harness("ProofHarness").selectors[signature] + encode(types, values))


def opened(item: bytes, index: int, count: int, path: list[bytes]) -> tuple[bool, bytes]:
    types = ["bytes", "uint256", "uint256", "bytes32[]"]
    answer = ask("opened(bytes,uint256,uint256,bytes32[])", types, item, index, count, path)
    ok, root = decode(["bool", "bytes32"], answer)
    return ok, root


def words(count: int) -> list[bytes]:
    return [keccak256(bytes([index % 256, index // 256])) for index in range(count)]


class _Digest:
    """What merkletools asks of a hash function: nodes prefixed as ours are."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def digest(self) -> bytes:
        return keccak256(b"\x04" + self.data)

    def hexdigest(self) -> str:
        return self.digest().hex()


def merkletools_tree(items: list[bytes]) -> Any:
    tree = MerkleTools()
    tree.hash_function = _Digest
    tree.add_leaf([list_leaf(item).hex() for item in items], False)
    tree.make_tree()
    return tree


@pytest.mark.parametrize("count", [*range(35), 63, 64, 65, 127, 129, 1024, 1025])
def test_commitment_is_that_of_reference_and_merkletools(count: int) -> None:
    items = words(count)
    answer = ask("commitment(bytes32[])", ["bytes32[]"], items)
    assert answer == list_commitment(items)
    if count:
        root = bytes.fromhex(merkletools_tree(items).get_merkle_root())
        assert root == list_levels(items)[-1][0]
        assert answer == keccak256(b"\x05" + count.to_bytes(8, "big") + root)
    else:
        assert answer == keccak256(b"\x05" + bytes(8) + ZERO)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_items_of_any_length_commit_alike(items: list[bytes]) -> None:
    assert ask("commitmentOfItems(bytes[])", ["bytes[]"], items) == list_commitment(items)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 8, 11, 17, 33, 1023])
def test_every_path_of_merkletools_opens(count: int) -> None:
    items = words(count)
    tree = merkletools_tree(items)
    root = bytes.fromhex(tree.get_merkle_root())
    for index in range(0, count, max(1, count // 20)):
        path = [bytes.fromhex(next(iter(step.values()))) for step in tree.get_proof(index)]
        assert path == list_path(items, index)
        assert opened(items[index], index, count, path) == (True, root)


@settings(max_examples=200)
@given(st.integers(1, 40), st.data())
def test_path_opens_one_place_only(count: int, data: Any) -> None:
    """Attack 8: another index, another count or another length gives another commitment."""
    items = words(count)
    root = list_levels(items)[-1][0]
    index = data.draw(st.integers(0, count - 1))
    path = list_path(items, index)
    assert opened(items[index], index, count, path) == (True, root)
    other_index = data.draw(st.integers(0, 2 * count))
    other_count = data.draw(st.integers(0, 2 * count))
    cut = path[: data.draw(st.integers(0, len(path)))]
    for place, size, steps in (
        (other_index, count, path),
        (other_index, other_count, path),
        (index, count, cut),
        (index, count, [*path, ZERO]),
        (other_index, other_count, cut),
    ):
        if (place, size, steps) == (index, count, path):
            continue
        ok, found = opened(items[index], place, size, steps)
        # The count is part of the commitment: another count is another list.
        assert not ok or (size, found) != (count, root) or (place, steps) == (index, path)


def test_inner_node_is_no_item() -> None:
    """Attack 8: neither as a leaf hash nor as the bytes of an item."""
    items = words(4)
    levels = list_levels(items)
    inner = levels[0][0] + levels[0][1]
    for count in (1, 2, 3, 4):
        for index in range(count):
            for steps in ([], [levels[1][1]], [levels[1][0]]):
                for item in (inner, levels[1][0], b"\x04" + inner):
                    ok, found = opened(item, index, count, steps)
                    assert not ok or found != levels[-1][0]
