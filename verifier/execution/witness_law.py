"""A law that runs on witnesses alone, as L1 runs it in a challenge, in either EVM.

Each EVM is imported when it is asked for: revm starts in a third of py-evm's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from strikeproof.verifier.execution.law_call import (
    MODULES_SELECTOR,
    LawFailed,
    LawResult,
    execute_call,
    read_result,
)
from strikeproof.verifier.execution.revm import RevmCalls, is_installed

GAS_MAX: Final = 2**24
"""What a transaction on L1 has, which runs any segment; code that a stranger gave may never end."""
GETTER_GAS_MAX: Final = 100_000
EvmName = Literal["auto", "revm", "py-evm"]
_LAW_ADDRESS: Final = b"the law on a witness"  # anywhere: no law reads its own address
assert len(_LAW_ADDRESS) == 20


class _Calls(Protocol):
    def add_contract(self, address: bytes, code: bytes) -> None:
        """Put runtime code at an address."""

    def call(self, to: bytes, data: bytes, gas: int) -> bytes | None:
        """Return what a static call answers; None: it failed, or needs more gas."""


class _PyEvmCalls:
    def __init__(self) -> None:
        self._contracts: dict[bytes, bytes] = {}

    def add_contract(self, address: bytes, code: bytes) -> None:
        self._contracts[address] = code

    def call(self, to: bytes, data: bytes, gas: int) -> bytes | None:
        from strikeproof.verifier.execution.py_evm import Machine, Silence

        outcome = Machine(self._contracts).run(to, data, Silence(), gas=gas)
        return outcome.output if outcome.succeeded else None


class WitnessLaw:
    """One family of a law, and its modules."""

    def __init__(self, family: bytes, modules: Sequence[bytes], evm: EvmName = "auto") -> None:
        """Take the runtime codes; where the modules live is asked of the family's own code.

        Raises `LawFailed` if it names another count of them, `ExecutorUnavailable`.
        """
        self.evm: EvmName = evm if evm != "auto" else "revm" if is_installed() else "py-evm"
        self._calls: _Calls = RevmCalls() if self.evm == "revm" else _PyEvmCalls()
        self._calls.add_contract(_LAW_ADDRESS, family)
        try:
            (named,) = abi_decode(
                ["address[]"],
                self._calls.call(_LAW_ADDRESS, MODULES_SELECTOR, GETTER_GAS_MAX) or b"",
            )
        except DecodingError:
            raise LawFailed("the family names no modules") from None
        if len(named) != len(modules):
            raise LawFailed(f"the family names {len(named)} modules, {len(modules)} are given")
        for address, code in zip(named, modules, strict=True):
            self._calls.add_contract(bytes.fromhex(address[2:]), code)

    def execute(self, law_input: bytes, records: bytes, advice: bytes) -> LawResult | None:
        """Return what the law makes of a segment on these packed records and advice; None if it
        reverts, as it does when anything is missing. Raises `LawFailed`."""
        answer = self._calls.call(_LAW_ADDRESS, execute_call(law_input, records, advice), GAS_MAX)
        return None if answer is None else read_result(answer)
