"""The verifier's forest and multiproofs against the protocol's recursive definition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.forest import ZERO, Forest
from strikeproof.verifier.state.multiproof import BadProof, prove, root_of
from strikeproof.wire.layout import KIND_HEIGHTS

KINDS_IN_USE = [kind for kind, height in enumerate(KIND_HEIGHTS) if height or kind == 0]


def reference_tree(kind: int, height: int, records: dict[int, bytes]) -> bytes:
    """The definition, read aloud: no caches, no pages."""
    if not records:
        return bytes(32)
    if height == 0:
        ((id_, record),) = records.items()
        key = (kind << 56) | id_
        return keccak256(b"\x00" + key.to_bytes(8, "big") + record)
    half = 1 << (height - 1)
    low = min(id_ for id_ in records) // (2 * half) * (2 * half)
    left = {id_: record for id_, record in records.items() if id_ < low + half}
    right = {id_: record for id_, record in records.items() if id_ >= low + half}
    pair = reference_tree(kind, height - 1, left) + reference_tree(kind, height - 1, right)
    return bytes(32) if pair == bytes(64) else keccak256(b"\x01" + pair)


def reference_root(records: dict[int, bytes]) -> bytes:
    roots = b""
    for kind, height in enumerate(KIND_HEIGHTS):
        of_kind = {key & (2**56 - 1): r for key, r in records.items() if key >> 56 == kind and r}
        roots += reference_tree(kind, height, of_kind)
    return keccak256(b"\x02" + roots)


@st.composite
def keys(draw) -> int:
    kind = draw(st.sampled_from(KINDS_IN_USE))
    top = (1 << KIND_HEIGHTS[kind]) - 1
    # Dense ids, neighbours and the last leaf: where shortcuts go wrong.
    near = st.integers(0, min(top, 130))
    id_ = draw(st.one_of(near, near.map(lambda each: top - min(top, each)), st.integers(0, top)))
    return (kind << 56) | id_


RECORD = st.integers(1, 4).flatmap(
    lambda words: st.binary(min_size=32 * words, max_size=32 * words)
)
STATES = st.dictionaries(keys(), RECORD, max_size=24)


@settings(max_examples=60, deadline=None)
@given(STATES, st.dictionaries(keys(), st.one_of(RECORD, st.just(b"")), max_size=12))
def test_forest_has_the_root_of_the_recursive_definition(records, changes):
    forest = Forest()
    forest.update(records)
    assert forest.root == reference_root(records)
    forest.update(changes)
    assert forest.root == reference_root(records | changes)


@settings(max_examples=60, deadline=None)
@given(STATES, st.lists(keys(), min_size=1, max_size=16, unique=True), st.data())
def test_multiproof_gives_root_before_and_after_any_change_of_its_records(records, touched, data):
    forest = Forest()
    forest.update(records)
    touched = sorted({0, *touched})
    proof = prove(forest, touched)
    witness = {key: records.get(key, b"") for key in touched}
    assert root_of(witness, proof) == forest.root
    after = {key: data.draw(st.one_of(st.just(record), RECORD)) for key, record in witness.items()}
    forest.update(after)
    assert root_of(after, proof) == forest.root == reference_root(records | after)


@settings(max_examples=60, deadline=None)
@given(STATES, st.lists(keys(), min_size=1, max_size=8, unique=True), st.data())
def test_proof_with_any_byte_changed_cut_or_added_gives_no_root_or_another(records, touched, data):
    """attack 8"""
    forest = Forest()
    forest.update(records)
    touched = sorted({0, *touched})
    proof = prove(forest, touched)
    witness = {key: records.get(key, b"") for key in touched}
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytearray(proof)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for bad in (bytes(flipped), proof[:-1], proof + b"\0", proof + bytes(32), proof[:at]):
        try:
            root = root_of(witness, bad)
        except BadProof:
            continue
        assert root != forest.root


def test_bit_set_behind_the_last_is_refused():
    """attack 7: fifteen bits, one for each kind without a record, leave one of two bytes over."""
    forest = Forest()
    forest.update({0: b"\1" * 32})
    proof = prove(forest, [0])
    assert proof == b"\0\2" + bytes(2)
    assert root_of({0: b"\1" * 32}, proof) == forest.root
    with pytest.raises(BadProof, match="bits"):
        root_of({0: b"\1" * 32}, b"\0\2\0\1")


def test_removed_and_inserted_records_leave_no_trace():
    """attack 9"""
    forest = Forest()
    empty = forest.root
    key = (6 << 56) | (3 << 18) | 7
    forest.update({key: bytes(31) + b"\1"})
    once = forest.root
    forest.update({key: b""})
    assert forest.root == empty
    forest.update({key: bytes(31) + b"\1"})
    assert forest.root == once


def test_absence_is_not_proved_for_a_record_that_is_there():
    forest = Forest()
    key = (1 << 56) | 5
    forest.update({key: b"\1" * 32})
    assert root_of({key: b""}, prove(forest, [key])) != forest.root


def test_key_outside_its_tree_is_refused():
    with pytest.raises(BadProof):
        prove(Forest(), [(3 << 56) | 256])
    with pytest.raises(BadProof):
        root_of({7 << 56 | 1: ZERO}, b"\0\0")
