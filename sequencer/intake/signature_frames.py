"""Frames between the node and its signature workers.

Request: reporter epoch u32 ‖ ops. Answer: for each op, count u8 ‖ 20 bytes for each signature
(zeros for a bad one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.sequencer.core.op_preparation import recover_signers
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.operations import OP_HEAD_BYTES

ADDRESS_BYTES: Final = 20
NOBODY: Final = bytes(ADDRESS_BYTES)
EPOCH_BYTES: Final = 4


def split_ops(data: bytes, at: int) -> list[bytes]:
    """Return the whole ops that follow `at`."""
    ops: list[bytes] = []
    while at < len(data):
        end = at + OP_HEAD_BYTES + int.from_bytes(data[at + 1 : at + OP_HEAD_BYTES], "big")
        ops.append(data[at:end])
        at = end
    return ops


def answer_request(request: bytes, domain_separator: bytes) -> bytes:
    """Return the answer of a worker. It needs nothing of the state but the domain."""
    epoch = int.from_bytes(request[:EPOCH_BYTES], "big")
    found = []
    for op in split_ops(request, EPOCH_BYTES):
        signers = recover_signers(op, domain_separator, epoch)
        found.append(bytes((len(signers),)))
        found += [each or NOBODY for each in signers]
    return b"".join(found)


def tell_signers(ops: Sequence[Submission], answer: bytes, reporter_epoch: int) -> None:
    """Put the signers of an answer into its ops; empty bytes for a bad signature."""
    at = 0
    for each in ops:
        prepared = each.prepared
        assert prepared is not None
        end = at + 1 + answer[at] * ADDRESS_BYTES
        found = [answer[i : i + ADDRESS_BYTES] for i in range(at + 1, end, ADDRESS_BYTES)]
        prepared.signers = tuple([b"" if address == NOBODY else address for address in found])
        prepared.reporter_epoch = reporter_epoch
        at = end
    assert at == len(answer), "an answer to other ops"
