"""Multiproofs: from touched records to a state root (docs/protocol/challenges.md).

One walk defines the order of bits and siblings; proving and computing a root both follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from strikeproof.verifier.state.forest import (
    ZERO,
    Forest,
    id_of,
    kind_of,
    leaf_hash,
    node_hash,
    state_root,
)
from strikeproof.wire.constants import KINDS
from strikeproof.wire.layout import KIND_HEIGHTS

_HASH_BYTES: Final = 32


class BadProof(ValueError):
    """A proof is too short, too long, or has bits set where there are none."""


def prove(forest: Forest, keys: Iterable[int]) -> bytes:
    """Return the proof of the records, present or absent, with these keys against the forest now.

    Raises `BadProof` for a key that no tree holds.
    """
    bits: list[bool] = []
    siblings: list[bytes] = []

    def take(kind: int, level: int, index: int) -> bytes:
        node = forest.trees[kind].node(level, index)
        bits.append(node != ZERO)
        if node != ZERO:
            siblings.append(node)
        return node

    leaves: dict[int, dict[int, bytes]] = {}
    for key in keys:
        kind, index = _place(key)
        leaves.setdefault(kind, {})[index] = forest.trees[kind].node(0, index)
    _walk(leaves, take)
    return _pack_bits(bits) + b"".join(siblings)


def root_of(records: Mapping[int, bytes], proof: bytes) -> bytes:
    """Return the state root that the proof gives to these records; empty ones are absent.

    Raises `BadProof` unless the proof is exactly as long as the records need.
    """
    if len(proof) < 2:
        raise BadProof("no bitmap")
    bitmap_end = 2 + int.from_bytes(proof[:2], "big")
    bitmap, siblings = proof[2:bitmap_end], proof[bitmap_end:]
    if len(bitmap) != bitmap_end - 2:
        raise BadProof("the bitmap is cut off")
    bit_at, sibling_at = 0, 0

    def take(_kind: int, _level: int, _index: int) -> bytes:
        nonlocal bit_at, sibling_at
        if bit_at >= 8 * len(bitmap):
            raise BadProof("the bitmap is too short")
        present = bitmap[bit_at >> 3] >> (7 - (bit_at & 7)) & 1
        bit_at += 1
        if not present:
            return ZERO
        sibling = siblings[sibling_at : sibling_at + _HASH_BYTES]
        if len(sibling) != _HASH_BYTES:
            raise BadProof("siblings are missing")
        sibling_at += _HASH_BYTES
        return sibling

    leaves: dict[int, dict[int, bytes]] = {}
    for key, record in records.items():
        kind, index = _place(key)
        leaves.setdefault(kind, {})[index] = leaf_hash(key, record)
    root = _walk(leaves, take)
    if sibling_at != len(siblings):
        raise BadProof("siblings are left over")
    spare = 8 * len(bitmap) - bit_at
    if spare >= 8 or (spare and bitmap[-1] & ((1 << spare) - 1)):
        raise BadProof("bits are left over")
    return root


def _place(key: int) -> tuple[int, int]:
    kind, index = kind_of(key), id_of(key)
    if kind >= KINDS or index >> KIND_HEIGHTS[kind]:
        raise BadProof(f"no tree holds key {key:#x}")
    return kind, index


def _walk(leaves: Mapping[int, dict[int, bytes]], take: Callable[[int, int, int], bytes]) -> bytes:
    """Return the state root; `take(kind, level, index)` is asked for every node not derivable."""
    roots = []
    for kind, height in enumerate(KIND_HEIGHTS):
        nodes = leaves.get(kind)
        if not nodes:
            roots.append(take(kind, height, 0))
            continue
        for level in range(height):
            above: dict[int, bytes] = {}
            for index in sorted(nodes):
                if index >> 1 in above:
                    continue  # joined its sibling, which came before it
                node, beside = nodes[index], index ^ 1
                sibling = nodes[beside] if beside in nodes else take(kind, level, beside)
                pair = (sibling, node) if index & 1 else (node, sibling)
                above[index >> 1] = node_hash(*pair)
            nodes = above
        roots.append(nodes[0])
    return state_root(roots)


def _pack_bits(bits: list[bool]) -> bytes:
    """Return the bitmap, read from the top of each byte, after its length in 2 bytes."""
    length = (len(bits) + 7) // 8
    number = int("".join("1" if each else "0" for each in bits).ljust(8 * length, "0") or "0", 2)
    return length.to_bytes(2, "big") + number.to_bytes(length, "big")
