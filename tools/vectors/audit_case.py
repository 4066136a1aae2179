"""Audit files of the vectors' segments, and the one that docs/protocol/audit-file.md shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.keccak import keccak256
from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.verifier.audit.audit_check import op_of
from strikeproof.verifier.audit.audit_file import (
    Audit,
    AuditedBatch,
    AuditedClaim,
    AuditedLaw,
    AuditedOp,
    AuditedSegment,
    AuditedWitness,
    L1Place,
)
from strikeproof.verifier.derivation.logged_batch import batch_hash, claim_hash, rolled
from strikeproof.verifier.execution.law_call import is_ordered, pack_advice
from strikeproof.verifier.state.record_list import pack_records
from strikeproof.verifier.state.static_list import list_commitment, list_path
from strikeproof.wire.constants import LIGHT_MESSAGES_MAX, MessageKind, OpType
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    MESSAGE_INPUT_HEAD_BYTES,
    encode_header,
)
from strikeproof.wire.units import Milliseconds

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "docs/examples/audit/liquidation.json"
EXAMPLE_CASE: Final = "segment: liquidation in the book: orders die, three makers fill"
VENUE_CASE: Final = "genesis: the chain of the other vectors"
_NOWHERE: Final = L1Place(0, bytes(32), bytes(32))


def example_text(segments: list[dict[str, Any]], geneses: list[dict[str, Any]]) -> str:
    """Return the file that the page shows."""
    (vector,) = [each for each in segments if each["name"] == EXAMPLE_CASE]
    (venue,) = [each for each in geneses if each["name"] == VENUE_CASE]
    audit = audit_of(vector, venue)
    assert audit is not None, "a batch holds it"
    return replace(audit, op=op_of(audit, 0)).text()


def _octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _records(pairs: list[list[str]]) -> dict[int, bytes]:
    return {int(key, 16): _octets(data) for key, data in pairs}


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of the law's input. Raises `ValueError` if the last one is cut off."""
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        if end > len(data):
            raise ValueError("a message is cut off")
        yield data[2:end]
        data = data[end:]


def _leaves(messages: Sequence[bytes]) -> bool:
    """Return whether they are one op by which an owner leaves, which has a lane of its own."""
    first = messages[0]
    op_type = first[MESSAGE_HEAD_BYTES : MESSAGE_HEAD_BYTES + 1]
    is_op = len(messages) == 1 and first[:1] == bytes([MessageKind.USER_OP])
    return is_op and op_type in (bytes([OpType.WITHDRAW]), bytes([OpType.FORCED_CLOSE]))


def _header(
    law_id: bytes,
    number: int,
    parent: bytes,
    time_ms: int,
    lanes: Mapping[InboxLane, tuple[int, bytes]],
    joined: int = 0,
    segment_count: int = 0,
) -> bytes:
    """Return a header; `lanes`: end and rolling hash of each."""
    (exit_end, exit_rolling), (inbox_end, inbox_rolling) = (lanes[each] for each in LANES)
    return encode_header(
        law_id=law_id,
        number=number,
        parent_hash=parent,
        sequencer_epoch=1,
        time_ms=Milliseconds(time_ms),
        inbox_end=inbox_end,
        inbox_rolling=inbox_rolling,
        exit_end=exit_end,
        exit_rolling=exit_rolling,
        joined=joined,
        segment_count=segment_count,
    )


def _ordered_batch(law_id: bytes, law_input: bytes) -> tuple[AuditedBatch, AuditedSegment]:
    """Return a batch of this ordered segment alone."""
    lanes = dict.fromkeys(LANES, (0, bytes(32)))
    segment = law_input[:1] + law_input[7:]
    time_ms = int.from_bytes(law_input[1:7], "big")
    header = _header(law_id, 7, keccak256(b"parent"), time_ms, lanes, segment_count=1)
    batch = AuditedBatch(header, list_commitment([segment]), b"", b"", _NOWHERE)
    return batch, AuditedSegment(0, segment, ())


def _inbox_batch(law_id: bytes, law_input: bytes) -> tuple[AuditedBatch, AuditedSegment] | None:
    """Return a batch of these messages alone, which share a segment; None if none may hold them.
    An op by which a user leaves came as an exit."""
    content = law_input[MESSAGE_INPUT_HEAD_BYTES:]
    try:
        messages = list(_messages(content))
    except ValueError:
        return None
    if not 1 <= len(messages) <= LIGHT_MESSAGES_MAX:
        return None
    time_ms = int.from_bytes(law_input[1:7], "big")
    lanes = {InboxLane.EXIT: (3, keccak256(b"exits")), InboxLane.MESSAGE: (5, keccak256(b"others"))}
    parent = _header(law_id, 6, keccak256(b"parent"), time_ms, lanes)
    lane = InboxLane.EXIT if _leaves(messages) else InboxLane.MESSAGE
    end, before = lanes[lane]
    rolling = before
    for each in messages:
        rolling = rolled(rolling, each)
    lanes[lane] = (end + len(messages), rolling)
    joined = sum(1 << place for place in range(1, len(messages)))
    header = _header(law_id, 7, batch_hash(parent, []), time_ms, lanes, joined)
    batch = AuditedBatch(header, list_commitment([]), parent, list_commitment([]), _NOWHERE)
    return batch, AuditedSegment(0, content, (before,))


def audit_of(vector: dict[str, Any], venue: dict[str, Any]) -> Audit | None:
    """Return an audit of a segment's case, alone in its batch, on the chain of a genesis' case.

    None if no batch holds such a segment.
    """
    law, law_input = shipped_law(), _octets(vector["input"])
    found = (_ordered_batch if is_ordered(law_input) else _inbox_batch)(law.id, law_input)
    if found is None:
        return None
    batch, segment = found
    segments = [segment.content] if is_ordered(law_input) else []
    roots = [_octets(vector["root_before"]), _octets(vector["root_after"])]
    before = _records(vector["before"])
    touched = {int(key, 16): before.get(int(key, 16), b"") for key in vector["touched"]}
    proposer = bytes(range(20))
    audit = Audit(
        chain_id=int(venue["chain_id"]),
        rollup=_octets(venue["rollup"]),
        claim=AuditedClaim(
            number=7,
            hash=claim_hash(7, batch_hash(batch.header, segments), bytes(32), proposer, roots),
            parent_hash=bytes(32),
            proposer=proposer,
            root_count=2,
            pre_root=roots[0],
            pre_root_path=tuple(list_path(roots, 0)),
            post_root=roots[1],
            post_root_path=tuple(list_path(roots, 1)),
            on_l1=_NOWHERE,
        ),
        batch=batch,
        segment=segment,
        law=AuditedLaw(
            tuple(keccak256(law.contracts[each]) for each in (*law.families, *law.modules)),
            law.contracts[law.contract_of(law_input)],
            tuple(law.contracts[each] for each in law.modules),
        ),
        witness=AuditedWitness(
            pack_records(sorted(touched.items())),
            pack_advice(vector["advice"]),
            pack_records(sorted(_records(vector["changed"]).items())),
            _octets(vector["proof"]),
        ),
        op=AuditedOp(0, b"", b""),
    )
    return audit
