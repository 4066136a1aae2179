"""Cases of what opens a commitment: paths of static lists, multiproofs of the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.static_list import StaticList
from strikeproof.sequencer.core.forest import Forest
from tools.vectors.case_file import Case, record_list

_ITEMS: Final = [keccak256(b"item %d" % each) for each in range(33)]


def static_list_cases() -> Iterator[Case]:
    """Yield lists with the path of one item; `opens` says whether the path gives the root."""
    for count in (1, 2, 3, 4, 5, 7, 8, 9, 33):
        for index in sorted({0, count // 2, count - 1}):
            items = _ITEMS[:count]
            yield _list_case(f"item {index} of {count}", items, index)
    yield _list_case("items of several lengths", [b"", b"a", b"bc" * 40, bytes(4096)], 3)
    empty = StaticList([])
    yield {
        "name": "static list: no items",
        "items": [],
        "root": empty.root,
        "commitment": empty.commitment,
    }
    good = _list_case("", _ITEMS[:7], 2)
    path: list[bytes] = good["path"]
    for name, wrong in (
        ("a path too short", path[:-1]),
        ("a path too long", [*path, bytes(32)]),
        ("a path in another order", path[::-1]),
        ("no path", []),
    ):
        case = {**good, "name": f"static list: {name}", "path": wrong, "opens": False}
        yield case


def _list_case(name: str, items: Sequence[bytes], index: int) -> Case:
    tree = StaticList(items)
    return {
        "name": f"static list: {name}",
        "items": list(items),
        "root": tree.root,
        "commitment": tree.commitment,
        "index": index,
        "path": tree.path(index),
        "opens": True,
    }


# --- multiproofs ---


def _key(kind: int, id: int) -> int:
    return kind << 56 | id


def _records() -> dict[int, bytes]:
    keys = [_key(0, 0), *(_key(1, id) for id in (1, 2, 3, 700)), _key(2, 4), _key(2, 5)]
    keys += [_key(3, 1), _key(3, 255), _key(4, 1), _key(5, 1), _key(6, 2**18 + 1), _key(6, 2**19)]
    words = {0: 4, 1: 2, 2: 2, 3: 1, 4: 3, 5: 1, 6: 2}
    return {
        key: b"".join(keccak256(b"%d %d" % (key, word)) for word in range(words[key >> 56]))
        for key in keys
    }


def multiproof_cases() -> Iterator[Case]:
    """Yield witnesses: records, or absences, with the proof that turns them into a state root.

    `root` is null where the proof proves nothing.
    """
    state = _records()
    forest = Forest()
    forest.update(state.items())
    empty = Forest()
    for name, keys in (
        ("the global record", [_key(0, 0)]),
        ("an account", [_key(1, 2)]),
        ("an absent account", [_key(1, 9)]),
        ("two siblings", [_key(1, 2), _key(1, 3)]),
        ("a record and its absent sibling", [_key(2, 5), _key(2, 6)]),
        ("the last leaf of a tree", [_key(3, 255)]),
        ("an order far away", [_key(6, 2**30 - 1), _key(6, 2**18 + 1)]),
        ("a record of every kind", [_key(kind, 1) for kind in range(1, 6)]),
        ("every record", list(state)),
        ("nothing at all", []),
    ):
        yield _proof_case(name, state, forest, keys)
    yield _proof_case("an absent global record of no state", {}, empty, [_key(0, 0)])
    yield from _bad_proofs(state, forest)


def _proof_case(name: str, state: dict[int, bytes], forest: Forest, keys: list[int]) -> Case:
    return {
        "name": f"multiproof: {name}",
        "state": record_list(state.items()),
        "witness": record_list((key, state.get(key, b"")) for key in keys),
        "proof": forest.prove(keys),
        "root": forest.root(),
    }


def _bad_proofs(state: dict[int, bytes], forest: Forest) -> Iterator[Case]:
    keys = [_key(0, 0), _key(1, 2)]
    proof = forest.prove(keys)
    length = int.from_bytes(proof[:2], "big")
    bitmap, siblings = proof[2 : 2 + length], proof[2 + length :]
    spare = bytes((*bitmap[:-1], bitmap[-1] | 1))
    longer = (length + 1).to_bytes(2, "big") + bitmap + b"\0" + siblings
    shorter = (length - 1).to_bytes(2, "big") + bitmap[:-1] + siblings
    for name, wrong in (
        ("no bytes", b""),
        ("a bitmap cut off", proof[: 1 + length]),
        ("a bitmap too short", shorter),
        ("a bitmap too long", longer),
        ("a bit set behind the last", proof[:2] + spare + siblings),
        ("a sibling missing", proof[:-32]),
        ("half a sibling", proof[:-16]),
        ("a sibling left over", proof + bytes(32)),
    ):
        yield {
            "name": f"multiproof: {name}",
            "witness": record_list((key, state[key]) for key in keys),
            "proof": wrong,
            "root": None,
        }
