"""Reference of the state tree, of static lists and of their proofs: slow (docs/protocol/state.md).

It shares nothing with the sequencer's, the verifier's or the contracts' trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strikeproof.keccak import keccak256

ZERO = bytes(32)
HEIGHTS = (0, 22, 24, 8, 12, 12, 30, 12, 0, 0, 37, *[0] * 5)


def key_of(kind: int, record_id: int) -> int:
    return kind << 56 | record_id


def node_hash(left: bytes, right: bytes) -> bytes:
    return ZERO if left == right == ZERO else keccak256(b"\x01" + left + right)


class Forest:
    """A state: key to record. Values do not change: `after` gives a new state."""

    def __init__(self, records: Mapping[int, bytes]) -> None:
        self.records = dict(records)
        self._trees: dict[int, list[dict[int, bytes]]] = {}

    def after(self, changed: Mapping[int, bytes]) -> Forest:
        """The state with these records replaced."""
        forest = Forest({**self.records, **changed})
        kinds = {key >> 56 for key in changed}
        forest._trees = {kind: tree for kind, tree in self._trees.items() if kind not in kinds}
        return forest

    def tree(self, kind: int) -> list[dict[int, bytes]]:
        """Levels of a kind's tree from the leaves up, index to hash; what is missing is zero."""
        if kind not in self._trees:
            level = {
                key & (1 << 56) - 1: keccak256(b"\x00" + key.to_bytes(8, "big") + record)
                for key, record in self.records.items()
                if key >> 56 == kind
            }
            levels = [level]
            for _ in range(HEIGHTS[kind]):
                parents = {index >> 1 for index in level}
                level = {
                    parent: node_hash(level.get(2 * parent, ZERO), level.get(2 * parent + 1, ZERO))
                    for parent in parents
                }
                levels.append(level)
            self._trees[kind] = levels
        return self._trees[kind]

    def root(self) -> bytes:
        """The state root."""
        return keccak256(b"\x02" + b"".join(self.tree(kind)[-1].get(0, ZERO) for kind in range(16)))

    def witness(self, keys: Iterable[int]) -> bytes:
        """`records` of a challenge for these keys."""
        return encode_records({key: self.records.get(key, b"") for key in keys})

    def proof(self, keys: Iterable[int]) -> bytes:
        """`proof` of a challenge for these keys."""
        wanted = sorted(set(keys))
        bits: list[int] = []
        siblings: list[bytes] = []

        def need(hash_: bytes) -> None:
            bits.append(int(hash_ != ZERO))
            if hash_ != ZERO:
                siblings.append(hash_)

        for kind in range(16):
            tree = self.tree(kind)
            known = [key & (1 << 56) - 1 for key in wanted if key >> 56 == kind]
            if not known:
                need(tree[-1].get(0, ZERO))
                continue
            for level in tree[:-1]:
                for index in known:
                    if index ^ 1 not in known:
                        need(level.get(index ^ 1, ZERO))
                known = sorted({index >> 1 for index in known})
        return encode_proof(bits, siblings)


def encode_records(records: Mapping[int, bytes]) -> bytes:
    return b"".join(
        key.to_bytes(8, "big") + bytes([len(data) // 32]) + data
        for key, data in sorted(records.items())
    )


def encode_proof(bits: Sequence[int], siblings: Sequence[bytes]) -> bytes:
    padded = list(bits) + [0] * (-len(bits) % 8)
    bitmap = bytes(
        int("".join(map(str, padded[start : start + 8])), 2) for start in range(0, len(padded), 8)
    )
    return len(bitmap).to_bytes(2, "big") + bitmap + b"".join(siblings)


def list_leaf(item: bytes) -> bytes:
    return keccak256(b"\x03" + item)


def list_levels(items: Sequence[bytes]) -> list[list[bytes]]:
    """Levels of a static list from its leaves up."""
    levels = [[list_leaf(item) for item in items]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        level = [
            keccak256(b"\x04" + below[start] + below[start + 1])
            for start in range(0, len(below) - 1, 2)
        ]
        if len(below) % 2:
            level.append(below[-1])
        levels.append(level)
    return levels


def list_commitment(items: Sequence[bytes]) -> bytes:
    root = list_levels(items)[-1][0] if items else ZERO
    return keccak256(b"\x05" + len(items).to_bytes(8, "big") + root)


def list_path(items: Sequence[bytes], index: int) -> list[bytes]:
    path = []
    for level in list_levels(items)[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index >>= 1
    return path
