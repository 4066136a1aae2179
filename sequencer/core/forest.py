"""The forest: a binary Merkle tree per kind of record, the state root (docs/protocol/state.md).

A tree is kept in pages, subtrees of PAGE_HEIGHT levels that exist only where there are records, so
an order book in the middle of 2^30 leaves costs next to nothing. Inside a page nodes are numbered
as in a heap: 1 is the top, i has children 2i and 2i + 1. A node is its 32 bytes, 88 in memory; all
that are zero are one object. Records are never deleted, so a node above a changed leaf is never
zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.record_key import ID_BITS, ID_MASK
from strikeproof.wire.constants import KINDS, PREFIX_LEAF, PREFIX_NODE, PREFIX_STATE
from strikeproof.wire.layout import KIND_HEIGHTS

PAGE_HEIGHT: Final = 8
HASH_BYTES: Final = 32
ZERO: Final = bytes(HASH_BYTES)

_LEAF: Final = bytes((PREFIX_LEAF,))
_NODE: Final = bytes((PREFIX_NODE,))
_STATE: Final = bytes((PREFIX_STATE,))


def hash_leaf(key: int, record: bytes) -> bytes:
    """Return the leaf of a record."""
    return keccak256(_LEAF + key.to_bytes(8, "big") + record)


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the node over two children."""
    return ZERO if left == right == ZERO else keccak256(_NODE + left + right)


def _climb(page: list[bytes], nodes: list[int]) -> int:
    """Hash everything above nodes of one level (rising, without repeats); return the number of
    hashes.
    """
    hash_count = 0
    hash_ = keccak256
    while nodes[0] > 1:
        parents: list[int] = []
        last = 0
        for node in nodes:
            parent = node >> 1
            if parent == last:
                continue
            last = parent
            left = 2 * parent
            page[parent] = hash_(_NODE + page[left] + page[left + 1])
            parents.append(parent)
        hash_count += len(parents)
        nodes = parents
    return hash_count


def _climb_one(page: list[bytes], node: int) -> None:
    """Hash everything above one node."""
    hash_ = keccak256
    while node > 1:
        node >>= 1
        left = 2 * node
        page[node] = hash_(_NODE + page[left] + page[left + 1])


class Tree:
    """The tree of one kind. `bands[b]` holds the pages whose leaves are nodes of level b * 8."""

    __slots__ = ("band_heights", "bands", "height", "root")

    def __init__(self, height: int) -> None:
        self.height = height
        self.root = ZERO
        starts = range(0, height, PAGE_HEIGHT)
        self.band_heights = [min(PAGE_HEIGHT, height - start) for start in starts]
        self.bands: list[dict[int, list[bytes]]] = [{} for _ in self.band_heights]

    def leaf(self, id: int) -> bytes:
        """Return a leaf, zero if there is none."""
        if not self.height:
            return self.root
        height = self.band_heights[0]
        page = self.bands[0].get(id >> height)
        if page is None:
            return ZERO
        base = 1 << height
        return page[base | (id & (base - 1))]

    def node(self, level: int, index: int) -> bytes:
        """Return the node of a level (0: leaves) and index, zero if nothing is below it."""
        if level == self.height:
            return self.root
        band, above = divmod(level, PAGE_HEIGHT)
        depth = self.band_heights[band] - above
        page = self.bands[band].get(index >> depth)
        if page is None:
            return ZERO
        return page[(1 << depth) | (index & ((1 << depth) - 1))]

    def update(self, leaves: list[tuple[int, bytes]]) -> int:
        """Set leaves (id and hash, ids rising); return the number of hashes."""
        hash_count = 0
        for band_height, pages in zip(self.band_heights, self.bands, strict=True):
            base = 1 << band_height
            mask = base - 1
            tops: list[tuple[int, bytes]] = []
            at = 0
            end = len(leaves)
            while at < end:
                index, value = leaves[at]
                number = index >> band_height
                page = pages.get(number)
                if page is None:
                    page = pages[number] = [ZERO] * (2 * base)
                node = base | (index & mask)
                page[node] = value
                at += 1
                if at == end or leaves[at][0] >> band_height != number:
                    _climb_one(page, node)
                    hash_count += band_height
                else:
                    nodes = [node]
                    while at < end and leaves[at][0] >> band_height == number:
                        index, value = leaves[at]
                        node = base | (index & mask)
                        page[node] = value
                        nodes.append(node)
                        at += 1
                    hash_count += _climb(page, nodes)
                tops.append((number, page[1]))
            leaves = tops
        if leaves:
            self.root = leaves[0][1]
        return hash_count


class Forest:
    """The trees of all kinds. `hash_count`: keccak calls since the start.

    `update` sets records at once. A replay may `stage` those of many segments, and hash what is
    above them once, in `commit`; until then the trees, roots and proofs are those before.
    """

    __slots__ = ("_staged", "hash_count", "trees")

    def __init__(self) -> None:
        self.trees = [Tree(height) for height in KIND_HEIGHTS]
        self.hash_count = 0
        self._staged: dict[int, bytes] = {}  # leaves by key

    def update(self, records: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Set records (key and bytes, keys rising); return those that differ from before."""
        assert not self._staged, "staged records wait for a commit"
        changed: list[tuple[int, bytes]] = []
        trees = self.trees
        leaves: list[tuple[int, bytes]] = []
        kind = 0
        hash_count = 0
        for key, record in records:
            if key >> ID_BITS != kind:
                if leaves:
                    hash_count += trees[kind].update(leaves)
                    leaves = []
                kind = key >> ID_BITS
            id = key & ID_MASK
            leaf = hash_leaf(key, record)
            hash_count += 1
            if trees[kind].leaf(id) != leaf:
                leaves.append((id, leaf))
                changed.append((key, record))
        if leaves:
            hash_count += trees[kind].update(leaves)
        self.hash_count += hash_count
        return changed

    def stage(self, records: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Set records without hashing what is above; return those that differ from before."""
        changed: list[tuple[int, bytes]] = []
        staged = self._staged
        for key, record in records:
            leaf = hash_leaf(key, record)
            self.hash_count += 1
            before = staged.get(key)
            if before is None:
                before = self.trees[key >> ID_BITS].leaf(key & ID_MASK)
            if before != leaf:
                staged[key] = leaf
                changed.append((key, record))
        return changed

    def commit(self) -> None:
        """Hash what is above all staged records."""
        by_kind: list[list[tuple[int, bytes]]] = [[] for _ in self.trees]
        for key in sorted(self._staged):
            by_kind[key >> ID_BITS].append((key & ID_MASK, self._staged[key]))
        for tree, leaves in zip(self.trees, by_kind, strict=True):
            if leaves:
                self.hash_count += tree.update(leaves)
        self._staged = {}

    def root(self) -> bytes:
        """Return the state root."""
        self.hash_count += 1
        return keccak256(_STATE + b"".join([tree.root for tree in self.trees]))

    def prove(self, keys: Iterable[int]) -> bytes:
        """Return the multiproof of keys: bitmap length u16, bitmap, siblings."""
        ids: list[set[int]] = [set() for _ in range(KINDS)]
        for key in keys:
            kind, id = key >> ID_BITS, key & ID_MASK
            if id >> self.trees[kind].height:
                raise ValueError(f"key {key:#018x} lies outside its tree")
            ids[kind].add(id)
        bits: list[bool] = []
        siblings: list[bytes] = []

        def give(node: bytes) -> None:
            bits.append(node != ZERO)
            if node != ZERO:
                siblings.append(node)

        for tree, known in zip(self.trees, ids, strict=True):
            if not known:
                give(tree.root)
                continue
            level_ids = sorted(known)
            for level in range(tree.height):
                here = set(level_ids)
                for index in level_ids:
                    if index ^ 1 not in here:
                        give(tree.node(level, index ^ 1))
                level_ids = sorted({index >> 1 for index in level_ids})
        bitmap = bytearray((len(bits) + 7) // 8)
        for place, bit in enumerate(bits):
            if bit:
                bitmap[place >> 3] |= 0x80 >> (place & 7)
        return len(bitmap).to_bytes(2, "big") + bytes(bitmap) + b"".join(siblings)
