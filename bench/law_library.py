"""The law on revm, its caller a library that answers from contracts: one record each.

revm cannot call Python. So each record is the code of an account of its own, whose address is the
record's key, and the caller, a few bytes of EVM code, copies it. Which records the law touched is
then which accounts were loaded. A hundred times faster than py-evm; needs pyrevm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.bench.dispute_cost import TRANSACTION_GAS, calldata_gas
from strikeproof.bench.shipped_law import shipped_law
from strikeproof.verifier.execution.law_call import (
    LawResult,
    execute_call,
    pack_advice,
    read_result,
)
from strikeproof.verifier.state.record_list import (
    pack_records,
)

GAS: Final = 2**30
ORIGIN: Final = "0x" + "01" * 20
CALLER: Final = "0x" + "ca" * 20
RECORDS: Final = 0x57 << 152
"""Address of the record of key 0."""
ADVICE: Final = 0x58 << 152
"""Address of the advice for instrument 0, buying; bit 0 is the side, the instrument above."""


def _library_code(law: bytes) -> bytes:
    """Return the library's code for a family's law.

    From the law: answer load(uint64), 36 bytes, or advise(uint256,uint256,uint256), 100 bytes. From
    anybody else: hand the call data on to the law and its answer back.
    """
    return bytes.fromhex(
        f"3373{law.hex()}14604757"  # if caller = law: jump to the answer
        f"365f5f375f5f365f73{law.hex()}5afa"  # static call of the law with all call data
        "3d5f5f3e604357"  # copy what it returned; if it succeeded: jump
        "3d5ffd"  # revert with it
        "5b3d5ff3"  # return it
        f"5b60643614606b57600435 73{RECORDS:040x} 17608c56"  # load: address of the record
        f"5b60043560011b60243517 73{ADVICE:040x} 17"  # advise: address of the advice
        "5b803b805f5f843c5ff3"  # return the code there
    )


@dataclass(frozen=True, slots=True)
class LawRun:
    """One segment, executed."""

    result: LawResult
    touched: dict[int, bytes]
    """Records by rising key, absent ones empty."""
    advice: tuple[int, ...]
    gas: int
    """Gas of the law's own frame with everything brought as arguments, all addresses warm."""


def _account(code: bytes) -> Any:
    from pyrevm import AccountInfo

    return AccountInfo(code=code)


class Library:
    """The law's families and its margin module, from the committed artifacts."""

    def __init__(self) -> None:
        self._law = shipped_law()

    def _evm(self, caller_code: bytes) -> Any:
        from pyrevm import EVM

        evm = EVM(spec_id="PRAGUE")
        for address, code in self._law.contracts.items():
            evm.insert_account_info("0x" + address.hex(), _account(code))
        evm.insert_account_info(CALLER, _account(caller_code))
        return evm

    def run(
        self,
        segment: bytes,
        records: Mapping[int, bytes],
        advice: Sequence[tuple[int, bool, int]] = (),
    ) -> LawRun:
        """Execute an input of the law on a state. `advice`: (instrument, sell, predecessor) in
        the order in which it may be asked for, one for each side of a book.

        Raises RuntimeError if the law reverts.
        """
        evm = self._evm(_library_code(self._law.contract_of(segment)))
        for key, record in records.items():
            evm.insert_account_info(f"0x{RECORDS | key:040x}", _account(record))
        for instrument, sell, slot in advice:
            address = f"0x{ADVICE | instrument << 1 | sell:040x}"
            evm.insert_account_info(address, _account(slot.to_bytes(32, "big")))
        asking = execute_call(segment)
        found = read_result(self._call(evm, asking)[0])
        loaded = {int(address, 16) for address in evm.journal_state}
        keys = sorted(each ^ RECORDS for each in loaded if each >> 152 == RECORDS >> 152)
        touched = {key: records.get(key, b"") for key in keys}
        used = tuple(
            slot for instrument, sell, slot in advice if ADVICE | instrument << 1 | sell in loaded
        )
        assert len(touched) == found.touched_count, "every record that was touched was loaded"
        assert len(used) == found.advice_used
        result, gas = self.run_witness(segment, touched, used)
        assert result == found
        return LawRun(result, touched, used, gas)

    def run_witness(
        self, segment: bytes, records: Mapping[int, bytes], advice: Iterable[int]
    ) -> tuple[LawResult, int]:
        """Execute as on L1, everything brought. Return the result, and the gas of the law's frame.

        Raises RuntimeError if the law reverts.
        """
        evm = self._evm(b"")
        data = execute_call(segment, pack_records(records.items()), pack_advice(advice))
        # The margin module's address is warm in a second call: revm keeps its journal.
        law = "0x" + self._law.contract_of(segment).hex()
        output, _ = self._call(evm, data, law)
        _, gas = self._call(evm, data, law)
        return read_result(output), gas - TRANSACTION_GAS - calldata_gas(data)

    def margin_gas(self, data: bytes) -> int:
        """Return the gas of the margin module's frame for an input. Raises RuntimeError."""
        evm = self._evm(b"")
        _, gas = self._call(evm, data, "0x" + self._law.modules[0].hex())
        return gas - TRANSACTION_GAS - calldata_gas(data)

    @staticmethod
    def _call(evm: Any, data: bytes, to: str = CALLER) -> tuple[bytes, int]:
        output = evm.message_call(ORIGIN, to, calldata=data, gas=GAS, is_static=True)
        return bytes(output), int(evm.result.gas_used)
