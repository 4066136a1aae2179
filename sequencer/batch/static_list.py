"""Merkle tree of a static list: segments of a batch, roots of a claim, receipts of a commit group.

Source: docs/protocol/state.md, static lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import PREFIX_LIST, PREFIX_LIST_LEAF, PREFIX_LIST_NODE

LEAF: Final = bytes([PREFIX_LIST_LEAF])
NODE: Final = bytes([PREFIX_LIST_NODE])
LIST: Final = bytes([PREFIX_LIST])
NO_ITEMS: Final = bytes(32)


class StaticList:
    """The tree over `items`, kept level by level so that paths cost no hashing."""

    __slots__ = ("count", "levels")

    def __init__(self, items: Sequence[bytes]) -> None:
        self.count = len(items)
        level = [keccak256(LEAF + item) for item in items]
        self.levels = [level]
        while len(level) > 1:
            above = [keccak256(NODE + a + b) for a, b in zip(level[::2], level[1::2], strict=False)]
            if len(level) % 2:
                above.append(level[-1])
            self.levels.append(above)
            level = above

    @property
    def root(self) -> bytes:
        """The root; zero for no items."""
        return self.levels[-1][0] if self.count else NO_ITEMS

    @property
    def commitment(self) -> bytes:
        """Count and root, hashed: what headers, claims and receipts name."""
        return commitment(self.count, self.root)

    def path(self, index: int) -> list[bytes]:
        """Return the siblings of item `index` from the leaf up, promoted levels left out."""
        assert 0 <= index < self.count, (index, self.count)
        siblings = []
        for level in self.levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                siblings.append(level[sibling])
            index //= 2
        return siblings


def commitment(count: int, root: bytes) -> bytes:
    """Return H(0x05 ‖ count as u64 ‖ root)."""
    return keccak256(LIST + count.to_bytes(8, "big") + root)


def list_commitment(items: Sequence[bytes]) -> bytes:
    """Return the commitment to `items`."""
    return StaticList(items).commitment
