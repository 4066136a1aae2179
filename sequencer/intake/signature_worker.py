"""A worker process that recovers signers.

`python -m strikeproof.sequencer.intake.signature_worker DOMAIN`.

Request: reporter epoch u32 ‖ ops. Answer: for each op, count u8 ‖ 20 bytes for each signature
(zeros for a bad one). Recovery needs nothing of the state but the domain.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from strikeproof.sequencer.core.op_preparation import recover_signers
from strikeproof.sequencer.worker_process import ParentPipe, run_worker
from strikeproof.wire.operations import OP_HEAD_BYTES

ADDRESS_BYTES: Final = 20
NOBODY: Final = bytes(ADDRESS_BYTES)
EPOCH_BYTES: Final = 4


def split_ops(data: bytes, at: int) -> Iterator[bytes]:
    """Yield the whole ops that follow `at`."""
    while at < len(data):
        end = at + OP_HEAD_BYTES + int.from_bytes(data[at + 1 : at + OP_HEAD_BYTES], "big")
        yield data[at:end]
        at = end


def encode_signers(signers: Sequence[bytes]) -> bytes:
    """Return count ‖ addresses."""
    return bytes((len(signers),)) + b"".join(each or NOBODY for each in signers)


def decode_signers(answer: bytes) -> Iterator[tuple[bytes, ...]]:
    """Yield the signers of each op of an answer; empty bytes for a bad signature."""
    at = 0
    while at < len(answer):
        end = at + 1 + answer[at] * ADDRESS_BYTES
        found = (answer[i : i + ADDRESS_BYTES] for i in range(at + 1, end, ADDRESS_BYTES))
        yield tuple(b"" if each == NOBODY else each for each in found)
        at = end


def main(pipe: ParentPipe, domain_separator: bytes) -> None:
    """Answer requests until the parent closes."""
    while (request := pipe.receive()) is not None:
        epoch = int.from_bytes(request[:EPOCH_BYTES], "big")
        pipe.send(
            *(
                encode_signers(recover_signers(op, domain_separator, epoch))
                for op in split_ops(request, EPOCH_BYTES)
            )
        )


if __name__ == "__main__":
    run_worker(partial(main, domain_separator=bytes.fromhex(sys.argv[1])))
