"""Calls of stateless contract code on an EVM alone: no chain, no accounts, no transaction.

Two EVMs, which must agree: py-evm, the verifier's, and revm, a hundred times faster, where
pyrevm installs. Both run Prague.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Final, Protocol

from eth_abi.abi import decode, encode
from eth_typing import Address, BlockNumber

GAS: Final = 50_000_000
CODE_ADDRESS: Final = Address(b"\x11" * 20)
CALLER: Final = Address(b"\x22" * 20)


class Reverted(Exception):
    """The code reverted or failed. `data` is what it returned, empty for a failure."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex() or "no data")
        self.data = data


class Evm(Protocol):
    """Something that runs code on calldata."""

    name: str

    def call(self, data: bytes) -> bytes:
        """Return what the code returns; raise `Reverted`."""


class PyEvm:
    """py-evm, without the parts around it."""

    name = "py-evm"

    def __init__(self, code: bytes) -> None:
        """Prepare to run this runtime code."""
        self._code = code

    @cached_property
    def _state(self) -> Any:
        from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
        from eth.db.atomic import AtomicDB
        from eth.vm.execution_context import ExecutionContext
        from eth.vm.forks.prague import PragueVM

        state_class: Any = PragueVM.get_state_class()
        context = ExecutionContext(
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
        return state_class(AtomicDB(), context, BLANK_ROOT_HASH)

    def call(self, data: bytes) -> bytes:
        """Return what the code returns; raise `Reverted`."""
        from eth.vm.message import Message
        from eth.vm.transaction_context import BaseTransactionContext

        message = Message(
            gas=GAS,
            to=CODE_ADDRESS,
            sender=CALLER,
            value=0,
            data=data,
            code=self._code,
            is_static=True,
        )
        context = BaseTransactionContext(gas_price=0, origin=CALLER)
        computation = self._state.computation_class.apply_computation(self._state, message, context)
        if computation.is_error:
            raise Reverted(bytes(computation.output))
        return bytes(computation.output)


class Revm:
    """revm through pyrevm, from the dependency group `revm`."""

    name = "revm"

    def __init__(self, code: bytes) -> None:
        """Prepare to run this runtime code."""
        from pyrevm import EVM, AccountInfo

        self._evm = EVM(spec_id="PRAGUE")
        self._to = "0x" + CODE_ADDRESS.hex()
        self._caller = "0x" + CALLER.hex()
        self._evm.insert_account_info(self._to, AccountInfo(code=code))

    def call(self, data: bytes) -> bytes:
        """Return what the code returns; raise `Reverted`."""
        try:
            output = self._evm.message_call(
                self._caller, self._to, calldata=data, gas=GAS, is_static=True
            )
        except RuntimeError as error:
            # pyrevm tells the revert data in the exception's text alone.
            text = str(error)
            if not text.startswith("Revert {"):
                raise Reverted(b"") from error
            raise Reverted(bytes.fromhex(text.split("output: 0x")[1].rstrip(" }"))) from error
        return bytes(output)


def fastest_evm(code: bytes) -> Evm:
    """Return revm if pyrevm is installed, else py-evm."""
    return Revm(code) if find_spec("pyrevm") else PyEvm(code)


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a contract: its selector, and the flat types of both sides."""

    selector: bytes
    inputs: Sequence[str]
    outputs: Sequence[str]

    def call(self, evm: Evm, *arguments: int) -> tuple[Any, ...]:
        """Return the decoded results; raise `Reverted`."""
        return decode(self.outputs, evm.call(self.selector + encode(self.inputs, arguments)))


def functions(abi: Sequence[Any], selectors: Any) -> dict[str, Function]:
    """Return the functions of an ABI by name; a returned struct's fields count one by one.

    Only for names that are not overloaded and structs of fixed size.
    """
    found = {}
    for entry in abi:
        if entry["type"] == "function":
            inputs = [each["type"] for each in entry["inputs"]]
            selector = selectors[f"{entry['name']}({','.join(inputs)})"]
            found[entry["name"]] = Function(selector, inputs, _flat(entry["outputs"]))
    return found


def _flat(parameters: Sequence[Any]) -> list[str]:
    types: list[str] = []
    for each in parameters:
        if each["type"] == "tuple":
            types += _flat(each["components"])
        else:
            types.append(each["type"])
    return types
