"""An op: what every type of op can do, and an op's bytes with what is known of them.

Each type is one file of `ops/` and one line of `ops/op_table.py`. `Op` is not an ABC: mypyc gives
all native ABCs one cache of what `isinstance` found, whose answers about another of them are wrong.
"""

from __future__ import annotations

from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result

OP_HEAD_BYTES: Final = 3  # type u8, length u16: of the absolute form
_LONG: Final = 0x80  # the first byte of an ordered op's length, if it has two


def ordered_end(data: bytes, at: int) -> tuple[int, int]:
    """Return where the body of the ordered op at an offset begins and ends; an end behind the data:
    there is no whole op."""
    length = data[at + 1] if at + 1 < len(data) else 0
    if length < _LONG:
        return at + 2, at + 2 + length
    low = data[at + 2] if at + 2 < len(data) else 0
    return at + 3, at + 3 + ((length & 0x7F) << 8 | low)


class Op:
    """The decoded value of an op."""

    TYPE: ClassVar[OpType]
    __slots__ = ()

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, MALFORMED if it is none. Never raises, whatever the bytes.

        `signature_may_lack`: a user op without its signature is admitted (in USER_OP messages).
        """
        raise NotImplementedError

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return one 20-byte address for each signature, empty bytes where it is bad."""
        raise NotImplementedError

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Execute the op; the outcome's `is_ordered` says whether it had any effect.

        `prepared` holds this op and its signers if they are known. `sender`: who sent it through
        L1, empty bytes in a segment of ordered ops.
        """
        raise NotImplementedError


class UnsignedOp(Op):
    """An op that anyone may have ordered."""

    __slots__ = ()

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return nobody: the op bears no signature."""
        return ()


class PreparedOp:
    """An op's bytes as a segment holds them, its decoded value, the addresses that signed it.

    `has_whole_nonce`: whether the nonce of a decoded user op is the signed one, and `signers` were
    found for that; else it has its lower 16 bits, and signers that are known are those of the op
    as it was ordered. `decoded` is MALFORMED or UNKNOWN_TYPE where the bytes are not an op.
    `signers` is one address for each signature (empty where it is bad), or None: the engine
    recovers when it needs them.
    """

    __slots__ = ("data", "decoded", "has_whole_nonce", "reporter_epoch", "signers")

    def __init__(
        self,
        data: bytes,
        decoded: Op | Result,
        signers: tuple[bytes, ...] | None,
        reporter_epoch: int,
        has_whole_nonce: bool,
    ) -> None:
        self.data = data
        self.decoded = decoded
        self.has_whole_nonce = has_whole_nonce
        self.signers = signers
        self.reporter_epoch = reporter_epoch
