"""The verifier agrees with every vector that concerns it."""

from __future__ import annotations

from functools import cache

import pytest

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.verifier.audit.op_signer import as_signed
from strikeproof.verifier.derivation.logged_batch import (
    LoggedHeader,
    claim_hash,
    decode_batch,
    decode_header,
    genesis_batch_hash,
    op_spans,
    rolled,
)
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.forest import Forest, leaf_hash
from strikeproof.verifier.state.genesis import genesis_records, genesis_root
from strikeproof.verifier.state.multiproof import BadProof, prove, root_of
from strikeproof.verifier.state.static_list import (
    list_commitment,
    list_path,
    list_root,
    path_root,
)
from strikeproof.wire.constants import KEY_ID_BITS, SESSION_SLOTS
from strikeproof.wire.layout import SESSION_KIND, pack_session, unpack_global
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES
from strikeproof.wire.units import Milliseconds
from tests.vectors.vector_file import Case, Check, codes, octets, records, run

ACCOUNTS = (0, 1, 2**22 - 1)
SESSION_KEYS = [
    SESSION_KIND << KEY_ID_BITS | account * SESSION_SLOTS + slot
    for account in ACCOUNTS
    for slot in range(SESSION_SLOTS)
]


@cache
def executor() -> SegmentExecutor:
    """Return what runs the committed law as the verifier does."""
    return SegmentExecutor(shipped_law())


def check_ordered_op(case: Case) -> None:
    data, op = octets(case["bytes"]), octets(case["op"] or "0x")
    if not op:
        return
    ((start, _, end),) = op_spans(data, 0)
    assert (start, end) == (0, len(data))
    record = pack_session(
        version=1,
        scope=1,
        key=0,
        expiry_ms=Milliseconds(0),
        nonce_base=int(case["nonce_base"]),
        nonce_bitmap=0,
    )
    assert as_signed(data, dict.fromkeys(SESSION_KEYS, record)) == op


def check_message(case: Case) -> None:
    assert rolled(bytes(32), octets(case["bytes"])) == octets(case["rolling"])


def check_record(case: Case) -> None:
    leaf = leaf_hash(int(case["key"], 16), octets(case["bytes"]))
    assert leaf == octets(case["leaf"])


def check_genesis(case: Case) -> None:
    chain_id, rollup = int(case["chain_id"]), octets(case["rollup"])
    root, batch_hash = genesis_root(chain_id, rollup), genesis_batch_hash(chain_id, rollup)
    assert genesis_records(chain_id, rollup) == {0: octets(case["global_record"])}
    *_, separator = unpack_global(octets(case["global_record"]))
    assert separator == int.from_bytes(octets(case["domain_separator"]), "big")
    assert root == octets(case["root"])
    assert batch_hash == octets(case["batch_hash"])
    claim = claim_hash(0, batch_hash, bytes(32), bytes(20), [root])
    assert claim == octets(case["claim_hash"])


def check_fields(header: LoggedHeader, fields: Case) -> None:
    numbers = ("version", "data_kind", "number", "sequencer_epoch", "time_ms", "inbox_end")
    for name in (*numbers, "exit_end", "joined"):
        assert getattr(header, name) == int(fields[name]), name
    assert header.segment_count == fields["segment_count"]
    assert header.law_id == octets(fields["law_id"])
    assert header.parent_hash == octets(fields["parent_hash"])
    assert header.rolling == octets(fields["inbox_rolling"])
    assert header.exit_rolling == octets(fields["exit_rolling"])


def check_header(case: Case) -> None:
    data = octets(case["bytes"])
    check_fields(decode_header(data), case["fields"])
    assert len(data) == 174


def check_batch(case: Case) -> None:
    batch = decode_batch(octets(case["bytes"]))
    check_fields(batch.header, case["header"])
    assert batch.hash == octets(case["hash"])
    assert list_commitment(batch.segments) == octets(case["segments_commitment"])
    assert len(batch.segments) == len(case["segments"])
    for data, segment in zip(batch.segments, case["segments"], strict=True):
        head = (data[:1], data[1:7], data[7:10], data[10:13])
        names = ("family", "time_ms", "declared_compute", "declared_witness")
        assert [int.from_bytes(each, "big") for each in head] == [segment[each] for each in names]
        ops = [data[start:end] for start, _, end in op_spans(data, SEGMENT_HEAD_BYTES)]
        assert ops == list(map(octets, segment["ops"]))


def check_claim(case: Case) -> None:
    roots = list(map(octets, case["roots"]))
    batch, parent, proposer = (
        octets(case[name]) for name in ("batch_hash", "parent_hash", "proposer")
    )
    named = claim_hash(int(case["number"]), batch, parent, proposer, roots)
    assert named == octets(case["hash"])
    assert list_commitment(roots) == octets(case["roots_commitment"])


def check_static_list(case: Case) -> None:
    items = list(map(octets, case["items"]))
    root = octets(case["root"])
    assert list_root(items) == root
    assert list_commitment(items) == octets(case["commitment"])
    if not items:
        return
    index, path = case["index"], list(map(octets, case["path"]))
    assert (list_path(items, index) == path) == case["opens"]
    try:
        opens = path_root(items[index], index, len(items), path) == root
    except ValueError:
        opens = False
    assert opens == case["opens"]


def check_multiproof(case: Case) -> None:
    witness, proof = records(case["witness"]), octets(case["proof"])
    if case["root"] is None:
        with pytest.raises(BadProof):
            root_of(witness, proof)
        return
    assert root_of(witness, proof) == octets(case["root"])
    forest = Forest()
    forest.update(records(case["state"]))
    assert forest.root == octets(case["root"])
    assert prove(forest, witness) == proof


def check_segment(case: Case) -> None:
    before = records(case["before"])
    forest = Forest()
    forest.update(before)
    assert forest.root == octets(case["root_before"])
    books = BookIndex()
    books.load(before.items())
    done = executor().execute(octets(case["input"]), lambda key: before.get(key, b""), books)
    touched = [int(key, 16) for key in case["touched"]]
    assert done.is_void == case["is_void"]
    # In a void segment the law reads more before it notices, and its witness may hold that.
    assert prove(forest, touched) == octets(case["proof"])
    read = {key: done.touched[key] for key in touched}
    assert root_of(read, octets(case["proof"])) == octets(case["root_before"])
    assert done.results == codes(case["results"])
    if not done.is_void:
        assert list(done.touched) == touched
        assert list(done.advice) == case["advice"]
    assert done.changed == records(case["changed"])
    assert done.compute_weight == case["compute_weight"]
    assert done.witness_weight == case["witness_weight"]
    forest.update(done.changed)
    assert forest.root == octets(case["root_after"])
    after = {**read, **done.changed}
    assert root_of(after, octets(case["proof"])) == octets(case["root_after"])


CHECKS: dict[str, Check] = {
    "ordered_ops": check_ordered_op,
    "messages": check_message,
    "records": check_record,
    "genesis": check_genesis,
    "headers": check_header,
    "batches": check_batch,
    "claims": check_claim,
    "static_lists": check_static_list,
    "multiproofs": check_multiproof,
    "segments": check_segment,
}


@pytest.mark.parametrize("file", CHECKS)
def test_verifier_agrees_with_vectors(file: str) -> None:
    run(CHECKS[file], file)
