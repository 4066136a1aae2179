"""The forest of the state: sixteen sparse binary trees, one for each kind of record.

This is the verifier's own implementation (docs/protocol/state.md); the sequencer has another.
Nodes lie in pages of 64: page p of a level holds the nodes 64 p to 64 p + 63, so both children of a
node are one slice, and ids, which are dense, fill their pages. A page never written is zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import KEY_ID_BITS, KINDS, PREFIX_LEAF, PREFIX_NODE, PREFIX_STATE
from strikeproof.wire.layout import KIND_HEIGHTS

ZERO: Final = bytes(32)
_ZERO_PAIR: Final = bytes(64)
_PAGE_NODES: Final = 64  # a power of two: siblings share a page
_PAGE_SHIFT: Final = 6
_PAGE_MASK: Final = _PAGE_NODES - 1
_PAGE_BYTES: Final = 32 * _PAGE_NODES
_PAIR_SHIFT: Final = _PAGE_SHIFT - 1
_PAIR_MASK: Final = (1 << _PAIR_SHIFT) - 1
_NODE_PREFIX: Final = bytes([PREFIX_NODE])
_LEAF_PREFIX: Final = bytes([PREFIX_LEAF])


def kind_of(key: int) -> int:
    """Return the kind of a key, its upper 8 bits."""
    return key >> KEY_ID_BITS


def id_of(key: int) -> int:
    """Return the id of a key, its lower 56 bits."""
    return key & ((1 << KEY_ID_BITS) - 1)


def leaf_hash(key: int, record: bytes) -> bytes:
    """Return the leaf of a record; 32 zero bytes where there is none."""
    return keccak256(_LEAF_PREFIX + key.to_bytes(8, "big") + record) if record else ZERO


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the node over two children: zero if both are zero."""
    if left == ZERO and right == ZERO:
        return ZERO
    return keccak256(_NODE_PREFIX + left + right)


def state_root(kind_roots: Iterable[bytes]) -> bytes:
    """Return the state root over the sixteen kind roots."""
    return keccak256(bytes([PREFIX_STATE]) + b"".join(kind_roots))


class Tree:
    """One kind's tree: leaves by id, every node kept."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._levels: list[dict[int, bytearray]] = [{} for _ in range(height + 1)]

    @property
    def root(self) -> bytes:
        """Return the root: the only node of the top level."""
        return self.node(self.height, 0)

    def node(self, level: int, index: int) -> bytes:
        """Return the node `index` of a level; level 0 holds the leaves."""
        page = self._levels[level].get(index >> _PAGE_SHIFT)
        if page is None:
            return ZERO
        offset = (index & (_PAGE_NODES - 1)) * 32
        return bytes(page[offset : offset + 32])

    def update(self, leaves: Mapping[int, bytes]) -> None:
        """Set leaves by id and compute every node above them once."""
        pages = self._levels[0]
        for index, leaf in leaves.items():
            assert index >> self.height == 0, f"id {index} beyond height {self.height}"
            page = pages.get(index >> _PAGE_SHIFT)
            if page is None:
                page = pages[index >> _PAGE_SHIFT] = bytearray(_PAGE_BYTES)
            offset = (index & _PAGE_MASK) << 5
            page[offset : offset + 32] = leaf
        # The verifier spends a third of its time here: no calls but the hash.
        indices: Iterable[int] = leaves
        for above in self._levels[1:]:
            below, pages = pages, above
            parents = {index >> 1 for index in indices}
            for parent in parents:
                # A pair lies in one page: half as many pairs to a page as nodes.
                offset = (parent & _PAIR_MASK) << 6
                pair = below[parent >> _PAIR_SHIFT][offset : offset + 64]
                node = ZERO if pair == _ZERO_PAIR else keccak256(_NODE_PREFIX + pair)
                page = pages.get(parent >> _PAGE_SHIFT)
                if page is None:
                    page = pages[parent >> _PAGE_SHIFT] = bytearray(_PAGE_BYTES)
                offset = (parent & _PAGE_MASK) << 5
                page[offset : offset + 32] = node
            indices = parents


class Forest:
    """The sixteen trees. It holds hashes alone; the records are kept elsewhere."""

    def __init__(self) -> None:
        self.trees = tuple(Tree(height) for height in KIND_HEIGHTS)
        assert len(self.trees) == KINDS

    def update(self, records: Mapping[int, bytes]) -> None:
        """Set records by key; an empty record stands for none."""
        by_kind: dict[int, dict[int, bytes]] = {}
        for key, record in records.items():
            by_kind.setdefault(kind_of(key), {})[id_of(key)] = leaf_hash(key, record)
        for kind, leaves in by_kind.items():
            self.trees[kind].update(leaves)

    @property
    def root(self) -> bytes:
        """Return the state root."""
        return state_root(tree.root for tree in self.trees)

    def fits(self, key: int) -> bool:
        """Return whether the key's tree has a leaf of this id."""
        kind = kind_of(key)
        return kind < KINDS and id_of(key) >> self.trees[kind].height == 0
