"""The law's bytecode in py-evm, called with a complete witness, as L1 calls it.

Everything that the law asks for comes in the arguments: what is missing reverts here as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth.vm.message import Message
from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_typing import Address, BlockNumber

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.operations import MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET

GAS: Final = 2**24  # EIP-7825: a segment that needs more could not be disputed
CALLER: Final = Address(b"\xca" * 20)
EXECUTE: Final = keccak256(b"execute(bytes,bytes,bytes)")[:4]
RESULT_HEAD_BYTES: Final = 15  # touched, advice used, two weights, flags, results length
RESULTS_LENGTH: Final = slice(13, 15)


class LawCallFailed(Exception):
    """The law did not execute a segment: it reverted, or its result cannot be read."""


@dataclass(frozen=True, slots=True)
class LawAnswer:
    """What the law returned. `changed`: key u64 ‖ words u8 ‖ data, by rising key."""

    touched_count: int
    advice_used: int
    results: bytes
    changed: bytes
    gas_used: int


class LawEvm:
    """Runs one law."""

    def __init__(self, families: Sequence[bytes], codes: Mapping[bytes, bytes]) -> None:
        """`families`: addresses by the families' numbers; `codes`: runtime code by address."""
        self._families = [Address(each) for each in families]
        self._codes = dict(codes)

    def execute(self, segment: bytes, records: bytes, advice: bytes) -> LawAnswer:
        """Return what the law does with a segment. Raises `LawCallFailed`."""
        family = segment[0]
        if family == SegmentFamily.INBOX:
            family = segment[MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET]
        law = self._families[family - 1]
        state: Any = PragueState(AtomicDB(), _context(), BLANK_ROOT_HASH)
        for address, code in self._codes.items():
            state.set_code(Address(address), code)
        data = EXECUTE + encode(["bytes", "bytes", "bytes"], [segment, records, advice])
        message = Message(
            gas=GAS,
            to=law,
            sender=CALLER,
            value=0,
            data=data,
            code=self._codes[law],
            is_static=True,
        )
        transaction = CancunTransactionContext(gas_price=0, origin=CALLER, blob_versioned_hashes=())
        computation = PragueComputation.apply_computation(state, message, transaction)
        if computation.is_error:
            output = bytes(computation.output)
            raise LawCallFailed(f"{type(computation.error).__name__} 0x{output.hex()[:72]}")
        return _read(bytes(computation.output), GAS - computation.get_gas_remaining())


def _context() -> ExecutionContext:
    return ExecutionContext(
        coinbase=ZERO_ADDRESS,
        timestamp=0,
        block_number=BlockNumber(1),
        difficulty=0,
        mix_hash=ZERO_HASH32,
        gas_limit=GAS,
        prev_hashes=[],
        chain_id=1,
        base_fee_per_gas=0,
        excess_blob_gas=0,
    )


def _read(output: bytes, gas_used: int) -> LawAnswer:
    try:
        (result,) = decode(["bytes"], output)
    except DecodingError as error:
        raise LawCallFailed(f"a result that cannot be read: {error}") from None
    if len(result) < RESULT_HEAD_BYTES:
        raise LawCallFailed(f"a result of {len(result)} bytes")
    end = RESULT_HEAD_BYTES + int.from_bytes(result[RESULTS_LENGTH], "big")
    return LawAnswer(
        int.from_bytes(result[0:2], "big"),
        int.from_bytes(result[2:4], "big"),
        result[RESULT_HEAD_BYTES:end],
        result[end:],
        gas_used,
    )
