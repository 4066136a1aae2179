"""Cases of the genesis, headers, batches and claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import (
    Batch,
    BatchHeader,
    claim_hash,
    genesis_batch_hash,
)
from strikeproof.sequencer.batch.static_list import list_commitment
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.signing_digest import domain_separator
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_segment
from tools.vectors.op_cases import BUNDLE, TRADER, WITHDRAW
from tools.vectors.signed_op import CHAIN_ID, ROLLUP, signed_op
from tools.vectors.signers import signer

_LAW_ID: Final = keccak256(b"a law id")
_PROPOSER: Final = signer("proposer").address


def genesis_cases() -> Iterator[Case]:
    """Yield where a venue begins: on each chain and Rollup another."""
    for name, chain_id, rollup in (
        ("the chain of the other vectors", CHAIN_ID, ROLLUP),
        ("a test chain", 31_337, keccak256(b"a rollup")[:20]),
        ("ends of the fields", 2**64 - 1, b"\xff" * 20),
        ("zeros", 0, bytes(20)),
    ):
        separator = domain_separator(chain_id, rollup)
        engine = Engine.genesis(separator)
        batch_hash, root = genesis_batch_hash(chain_id, rollup), engine.state_root()
        yield {
            "name": f"genesis: {name}",
            "chain_id": chain_id,
            "rollup": rollup,
            "domain_separator": separator,
            "global_record": engine.record(0),
            "root": root,
            "batch_hash": batch_hash,
            "claim_hash": claim_hash(0, batch_hash, bytes(32), bytes(20), [root]),
        }


_HEADER: Final[dict[str, Any]] = {
    "law_id": _LAW_ID,
    "number": 3,
    "parent_hash": keccak256(b"batch 2"),
    "sequencer_epoch": 2,
    "time_ms": START_MS,
    "inbox_end": 9,
    "inbox_rolling": keccak256(b"rolling hash after message 8"),
    "exit_end": 2,
    "exit_rolling": keccak256(b"rolling hash after exit 1"),
    "joined": 0b1110,
    "segment_count": 2,
}
_HEADER_BITS: Final = {
    "number": 64,
    "sequencer_epoch": 32,
    "time_ms": 48,
    "inbox_end": 64,
    "exit_end": 64,
    "joined": 64,
    "segment_count": 16,
}
_FIXED: Final = {"version": 1, "data_kind": 1}


def _header_case(name: str, fields: dict[str, Any]) -> Case:
    data = BatchHeader(**fields).encode()
    return {"name": f"header: {name}", "fields": {**_FIXED, **fields}, "bytes": data}


def header_cases() -> Iterator[Case]:
    """Yield headers: a typical one, then each field at its ends."""
    yield _header_case("of batch 3", _HEADER)
    for field, bits in _HEADER_BITS.items():
        for value, label in ((0, "0"), (1, "1"), (2**bits - 1, "at its maximum")):
            yield _header_case(f"{field} {label}", {**_HEADER, field: value})
    for field in ("law_id", "parent_hash", "inbox_rolling", "exit_rolling"):
        for value, label in ((bytes(32), "zero"), (b"\xff" * 32, "at its maximum")):
            yield _header_case(f"{field} {label}", {**_HEADER, field: value})


def batch_cases() -> Iterator[Case]:
    """Yield batches with their segments and hashes."""
    ops = [
        ordered_op(signed_op("BUNDLE", BUNDLE, signer(TRADER))),
        ordered_op(signed_op("WITHDRAW", WITHDRAW, signer(TRADER))),
    ]
    for name, segments in (
        ("of no segments, which consumes the inbox alone", []),
        ("of one segment with one op", [[ops[0]]]),
        ("of two segments", [[ops[0], ops[1]], [ops[1]]]),
        ("of three segments, one without ops", [[ops[0]], [], [ops[1]]]),
        ("of seven segments", [[ops[1]], [], [], [], [], [], []]),
    ):
        encoded = [encode_segment(START_MS - 1_000 + i, each) for i, each in enumerate(segments)]
        fields = {**_HEADER, "segment_count": len(encoded)}
        batch = Batch.seal(BatchHeader(**fields), encoded)
        yield {
            "name": f"batch: {name}",
            "header": {**_FIXED, **fields},
            "segments": [
                {
                    "family": encoded[i][0],
                    "time_ms": START_MS - 1_000 + i,
                    "declared_compute": COMPUTE_WEIGHT_MAX,
                    "declared_witness": WITNESS_WEIGHT_MAX,
                    "ops": each,
                }
                for i, each in enumerate(segments)
            ],
            "bytes": batch.encode(),
            "segments_commitment": list_commitment(encoded),
            "hash": batch.hash,
        }


def claim_cases() -> Iterator[Case]:
    """Yield claims and their hashes."""
    greatest = (2**64 - 1, b"\xff" * 32, b"\xff" * 32, b"\xff" * 20)
    batch, parent = keccak256(b"batch 3"), keccak256(b"claim 2")
    for name, number, batch_hash, parent_hash, proposer, roots in (
        ("of two roots", 3, batch, parent, _PROPOSER, 2),
        ("of one root", 3, batch, parent, _PROPOSER, 1),
        ("of eleven roots", 3, batch, parent, _PROPOSER, 11),
        ("every field at its maximum", *greatest, 3),
        ("every field zero", 0, bytes(32), bytes(32), bytes(20), 1),
    ):
        listed = [keccak256(b"root %d" % each) for each in range(roots)]
        yield {
            "name": f"claim: {name}",
            "number": number,
            "batch_hash": batch_hash,
            "parent_hash": parent_hash,
            "proposer": proposer,
            "roots": listed,
            "roots_commitment": list_commitment(listed),
            "hash": claim_hash(number, batch_hash, parent_hash, proposer, listed),
        }
