"""Static lists, the segments of a batch and the roots of a claim: commitments and paths.

The shape is that of docs/protocol/state.md: pairs in order, an odd last node moves up unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import PREFIX_LIST, PREFIX_LIST_LEAF, PREFIX_LIST_NODE

_LEAF: Final = bytes([PREFIX_LIST_LEAF])
_NODE: Final = bytes([PREFIX_LIST_NODE])


def _levels(items: Sequence[bytes]) -> list[list[bytes]]:
    """Return the levels from the leaves up to the root alone; of no items, none."""
    level = [keccak256(_LEAF + item) for item in items]
    levels = [level] if level else []
    while len(level) > 1:
        above = [keccak256(_NODE + level[at] + level[at + 1]) for at in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
        levels.append(level)
    return levels


def list_root(items: Sequence[bytes]) -> bytes:
    """Return the root; 32 zero bytes for no items."""
    levels = _levels(items)
    return levels[-1][0] if levels else bytes(32)


def list_commitment(items: Sequence[bytes]) -> bytes:
    """Return the commitment to the list: count and root hashed together."""
    return keccak256(bytes([PREFIX_LIST]) + len(items).to_bytes(8, "big") + list_root(items))


def list_path(items: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings of item `index` from the leaf up, unchanged levels left out."""
    if not 0 <= index < len(items):
        raise IndexError(f"item {index} of {len(items)}")
    path = []
    for level in _levels(items)[:-1]:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        index >>= 1
    return path


def path_root(item: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a path gives. Raises ValueError unless the path has the right length."""
    node, left = keccak256(_LEAF + item), list(path)
    while count > 1:
        if index ^ 1 < count:
            if not left:
                raise ValueError("the path is too short")
            beside = left.pop(0)
            node = keccak256(_NODE + (beside + node if index & 1 else node + beside))
        index, count = index >> 1, (count + 1) // 2
    if left:
        raise ValueError("the path is too long")
    return node
