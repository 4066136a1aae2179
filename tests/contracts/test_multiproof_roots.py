"""Two roots from one set of records: equal to the reference's, and nothing else is accepted."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.bench.pure_evm import Evm, PyEvm, Reverted, fastest_evm
from strikeproof.keccak import keccak256
from tests.contracts.l1.forest import (
    HEIGHTS,
    ZERO,
    Forest,
    encode_proof,
    encode_records,
    key_of,
    node_hash,
)
from tests.harness import harness

USED_KINDS = 8
INCOMPLETE = keccak256(b"Incomplete(uint8)")[:4]
RECORDS, PROOF, LAW_RESULT = 7, 10, 6  # of enum Defect in IRollup.sol


@cache
def evm() -> Evm:
    return fastest_evm(harness("ProofHarness").deployed_bytecode)


@cache
def py_evm() -> Evm:
    return PyEvm(harness("ProofHarness").deployed_bytecode)


def prove(
    records: bytes, proof: bytes, changed: bytes = b"", on: Evm | None = None
) -> tuple[bytes, bytes, int]:
    """Return both roots and the count of records. Raises `Reverted`."""
    selector = harness("ProofHarness").selectors["roots(bytes,bytes,bytes)"]
    data = selector + encode(["bytes", "bytes", "bytes"], [records, proof, changed])
    before, afterwards, count, _ = decode(
        ["bytes32", "bytes32", "uint256", "uint256"], (on or evm()).call(data)
    )
    return before, afterwards, count


def refused(defect: int, records: bytes, proof: bytes, changed: bytes = b"") -> None:
    with pytest.raises(Reverted) as caught:
        prove(records, proof, changed)
    assert caught.value.data == INCOMPLETE + defect.to_bytes(32, "big")


def root_or_refusal(witness: dict[str, bytes]) -> bytes:
    """The root before the segment, or the selector of `Incomplete`."""
    try:
        return prove(**witness)[0]
    except Reverted as error:
        if error.data[:4] != INCOMPLETE:
            raise
        return INCOMPLETE


def record(seed: int, words: int) -> bytes:
    return b"".join(keccak256(bytes([seed % 256, word])) for word in range(words))


@st.composite
def ids(draw: Any, kind: int) -> int:
    """Ids that crowd together, and at the ends of their tree."""
    top = (1 << HEIGHTS[kind]) - 1
    near = draw(st.sampled_from([0, top // 2, top]))
    return int(min(top, max(0, near + draw(st.integers(-5, 5)))))


@st.composite
def keys(draw: Any) -> int:
    kind = draw(st.integers(0, USED_KINDS - 1))
    anywhere = st.integers(0, (1 << HEIGHTS[kind]) - 1)
    return key_of(kind, draw(st.one_of(ids(kind), anywhere)))


records_of_state = st.dictionaries(
    keys(), st.builds(record, st.integers(0, 255), st.integers(1, 64)), max_size=40
)


@settings(max_examples=150)
@given(records_of_state, st.data())
def test_roots_are_those_of_the_reference(state: dict[int, bytes], data: Any) -> None:
    known = sorted(state)
    inside = st.sampled_from(known) if known else keys()
    touched = sorted(data.draw(st.sets(st.one_of(inside, keys()), max_size=30)))
    changed_keys = data.draw(st.sets(st.sampled_from(touched))) if touched else set()
    changed = {key: record(key, data.draw(st.integers(1, 64))) for key in changed_keys}
    forest = Forest(state)
    roots = prove(forest.witness(touched), forest.proof(touched), encode_records(changed))
    assert roots == (forest.root(), forest.after(changed).root(), len(touched))


def forest_of(count: int, seed: int = 7) -> Forest:
    chance = random.Random(seed)
    records = {0: record(0, 3)}
    for _ in range(count):
        kind = chance.randrange(1, USED_KINDS)
        key = key_of(kind, chance.randrange(1, 1 << HEIGHTS[kind]))
        records[key] = record(chance.randrange(256), chance.randrange(1, 6))
    return Forest(records)


def test_both_evms_agree_on_a_large_witness() -> None:
    forest = forest_of(120)
    touched = sorted(forest.records)
    changed = {key: record(9, 2) for key in touched[::2]}
    witness = forest.witness(touched), forest.proof(touched), encode_records(changed)
    assert prove(*witness, on=py_evm())[1] == forest.after(changed).root()
    assert prove(*witness, on=py_evm()) == prove(*witness)


def is_true_of(forest: Forest, records: bytes) -> bool:
    """Whether these bytes say only what is so: another absent key beside an absent one, say."""
    at = 0
    while at < len(records):
        end = at + 9 + 32 * (records[at + 8] if at + 8 < len(records) else 0)
        key = int.from_bytes(records[at : at + 8], "big")
        if end > len(records) or records[at + 9 : end] != forest.records.get(key, b""):
            return False
        at = end
    return True


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.data())
def test_no_changed_byte_keeps_the_root(seed: int, data: Any) -> None:
    """Attacks 7, 8: whatever is flipped, cut, doubled or moved gives another root or no root,
    unless it is a true witness still."""
    forest = forest_of(12, seed % 5)
    touched = sorted(forest.records)[:: 1 + seed % 3]
    touched += [key_of(1, 5), key_of(6, seed % 2**30)]
    good = {"records": forest.witness(touched), "proof": forest.proof(touched)}
    which = data.draw(st.sampled_from(["records", "proof"]))
    old = good[which]
    start = data.draw(st.integers(0, len(old) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "insert", "truncate", "extend", "swap"]))
    new = bytearray(old)
    if how == "flip":
        new[start] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "cut":
        del new[start : start + data.draw(st.integers(1, 64))]
    elif how == "insert":
        new[start:start] = bytes(data.draw(st.integers(1, 64)))
    elif how == "truncate":
        del new[start:]
    elif how == "extend":
        new += bytes(data.draw(st.integers(1, 64)))
    else:
        new[start : start + 64] = new[start + 32 : start + 64] + new[start : start + 32]
    if bytes(new) == old or (which == "records" and is_true_of(forest, bytes(new))):
        return
    bad = good | {which: bytes(new)}
    assert root_or_refusal(bad) != forest.root(), f"{how} at {start} of {which} changed nothing"


ONE = key_of(1, 9)


def single() -> Forest:
    return Forest({0: record(1, 3), ONE: record(2, 2), key_of(1, 8): record(3, 2)})


def test_empty_and_short_proofs_are_refused() -> None:
    """Attack 8."""
    forest = single()
    witness, proof = forest.witness([0, ONE]), forest.proof([0, ONE])
    refused(PROOF, witness, b"")
    refused(PROOF, witness, b"\x00")
    refused(PROOF, witness, b"\x00\x00")
    refused(PROOF, witness, b"\xff\xff")
    refused(PROOF, b"", b"\x00\x00")
    for length in range(2, len(proof)):
        refused(PROOF, witness, proof[:length])


def test_bits_left_over_are_refused() -> None:
    """Attack 7: the last byte is filled with zeros, and no byte follows."""
    forest = single()
    witness, proof = forest.witness([0, ONE]), forest.proof([0, ONE])
    size = int.from_bytes(proof[:2], "big")
    bits = 15 - 1 + 22  # roots of the other kinds, and the path of one account
    assert size == (bits + 7) // 8
    assert bits % 8, "choose a witness with padding"
    for padding in range(8 - bits % 8):
        bad = bytearray(proof)
        bad[1 + size] |= 1 << padding
        refused(PROOF, witness, bytes(bad))
    longer = (size + 1).to_bytes(2, "big") + proof[2 : 2 + size] + b"\0" + proof[2 + size :]
    refused(PROOF, witness, longer)
    refused(PROOF, witness, proof + ZERO)
    refused(PROOF, witness, proof + b"\0")


def test_padding_is_checked_when_the_bits_fill_their_bytes() -> None:
    kinds = [key_of(kind, 1) for kind in range(1, USED_KINDS)]
    for count in range(len(kinds) + 1):
        forest = Forest({0: record(1, 3)} | {key: record(2, 1) for key in kinds})
        touched = [0, *kinds[:count]]
        witness, proof = forest.witness(touched), forest.proof(touched)
        assert prove(witness, proof)[0] == forest.root()
        refused(PROOF, witness, proof + b"\0")


def test_inner_node_does_not_pass_as_a_leaf() -> None:
    """Attack 8: a record whose bytes are the children of a node is not that node."""
    forest = single()
    children = [forest.tree(1)[0][each] for each in (8, 9)]
    inner = node_hash(*children)
    assert forest.tree(1)[1][4] == inner
    fake = Forest({0: record(1, 3), key_of(1, 4): children[0] + children[1]})
    assert fake.root() != forest.root()
    before, _, _ = prove(fake.witness([0, key_of(1, 4)]), forest.proof([0, ONE]))
    assert before != forest.root()


def test_leaf_does_not_pass_at_another_index() -> None:
    """Attack 8: every record, with its own proof, under every neighbouring key."""
    forest = forest_of(20)
    for key, data in list(forest.records.items())[1:]:
        proof = forest.proof([0, key])
        for other in (key ^ 1, key ^ 2, key ^ 1 << (HEIGHTS[key >> 56] - 1)):
            witness = encode_records({0: forest.records[0], other: data})
            before, _, _ = prove(witness, proof)
            assert before != forest.root()


def test_present_record_is_not_proved_absent() -> None:
    """Attack 7: a missing record does not read as zero."""
    forest = forest_of(20)
    for key in list(forest.records)[1:]:
        witness = encode_records({0: forest.records[0], key: b""})
        before, _, _ = prove(witness, forest.proof([0, key]))
        assert before != forest.root()


def test_record_given_twice_is_refused() -> None:
    """Attack 7."""
    forest = single()
    entries = encode_records({ONE: forest.records[ONE]})
    witness = encode_records({0: forest.records[0]})
    refused(RECORDS, witness + entries + entries, forest.proof([0, ONE]))
    other = encode_records({ONE: record(99, 2)})
    refused(RECORDS, witness + entries + other, forest.proof([0, ONE]))
    refused(RECORDS, entries + witness, forest.proof([0, ONE]))


@pytest.mark.parametrize(
    "key",
    [
        1,
        key_of(1, 1 << 22),
        key_of(6, 1 << 30),
        key_of(7, 1 << 12),
        key_of(8, 1 << 12),
        key_of(9, 1),
        key_of(15, 1),
        key_of(16, 0),
        key_of(255, 0),
        2**64 - 1,
    ],
)
def test_key_outside_its_tree_is_refused(key: int) -> None:
    """Attack 8: an id beyond the height, or a kind that does not exist, is never absent."""
    forest = single()
    witness = encode_records({0: forest.records[0], key: b""})
    refused(RECORDS, witness, forest.proof([0]))


def test_record_longer_than_any_is_refused() -> None:
    forest = single()
    for words in (65, 255):
        witness = encode_records({0: forest.records[0], ONE: bytes(32 * words)})
        refused(RECORDS, witness, forest.proof([0, ONE]))


def test_entry_cut_short_is_refused() -> None:
    forest = single()
    witness, proof = forest.witness([0, ONE]), forest.proof([0, ONE])
    for length in range(len(witness)):
        with pytest.raises(Reverted):
            prove(witness[:length], proof)


def test_changed_record_must_be_among_those_given() -> None:
    forest = single()
    witness, proof = forest.witness([0, ONE]), forest.proof([0, ONE])
    for stranger in (key_of(1, 8), key_of(1, 10), key_of(0, 1), key_of(15, 0)):
        refused(RECORDS, witness, proof, encode_records({stranger: record(4, 1)}))
    twice = encode_records({ONE: record(4, 1)})
    refused(RECORDS, witness, proof, twice + twice)
    refused(RECORDS, witness, proof, twice + encode_records({0: record(4, 3)}))
    refused(LAW_RESULT, witness, proof, encode_records({ONE: b""}))
    refused(LAW_RESULT, witness, proof, encode_records({ONE: bytes(32 * 65)}))
    refused(LAW_RESULT, witness, proof, twice[:-1])


def test_a_tree_forgets_nothing_and_remembers_nothing() -> None:
    """Attack 9: one path of changes or another, the root is that of the records alone."""
    forest = Forest({0: record(1, 3)})
    order = [key_of(6, 3), key_of(6, 2), key_of(6, 1 << 20), key_of(6, 0)]
    for one in (order, order[::-1], sorted(order)):
        state = forest
        for key in one:
            before, afterwards, _ = prove(
                state.witness([0, key]),
                state.proof([0, key]),
                encode_records({key: record(key % 251, 2)}),
            )
            assert before == state.root()
            state = state.after({key: record(key % 251, 2)})
            assert afterwards == state.root()
        everything = Forest({0: record(1, 3)} | {key: record(key % 251, 2) for key in order})
        assert state.root() == everything.root()


def test_explicit_zero_sibling_proves_the_same_and_no_more() -> None:
    """A sibling of zeros may be written out: the root does not depend on how it is written."""
    forest = Forest({0: record(1, 3)})
    bits = [0] * 15
    before, _, _ = prove(forest.witness([0]), encode_proof(bits, []))
    assert before == forest.root()
    before, _, _ = prove(forest.witness([0]), encode_proof([1, *bits[1:]], [ZERO]))
    assert before == forest.root()
