"""Calls of contract code on an EVM alone: no chain, no balances, no transaction.

Two EVMs, which must agree: py-evm, the verifier's, and revm, a hundred times faster, where
pyrevm installs. Both run Prague. The one adapter of benchmarks and tests; why sequencer and
verifier have their own: docs/adr/0085-evm-adapters.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, Protocol

from eth_abi.abi import decode, encode
from eth_typing import Address, BlockNumber

GAS: Final = 50_000_000
CODE_ADDRESS: Final = Address(b"\x11" * 20)
CALLER: Final = Address(b"\x22" * 20)
_ORIGIN: Final = "0x" + "01" * 20  # who calls on revm: no sender may have code

Answer = Callable[[bytes], bytes | None]
"""What the caller returns to a call that the code makes to it; None: it reverts."""


class Reverted(Exception):
    """The code reverted with `data`, or failed: `failure` then says how, and `data` is empty."""

    def __init__(self, data: bytes, failure: str = "") -> None:
        super().__init__(failure or data.hex() or "no data")
        self.data = data
        self.failure = failure


class Evm(Protocol):
    """Something that runs code on calldata."""

    name: str

    def call(self, data: bytes) -> bytes:
        """Return what the code returns; raise `Reverted`."""


@cache
def _prague_state() -> Any:
    """Return py-evm's state class with the caller mounted as a precompile."""
    from eth.exceptions import Revert
    from eth.vm.forks.prague.computation import PragueComputation
    from eth.vm.forks.prague.state import PragueState

    def answer(computation: Any) -> Any:
        output = computation.state.answer(computation.msg.data_as_bytes)
        if output is None:
            raise Revert(b"")
        computation.output = output
        return computation

    class Computation(PragueComputation):
        _precompiles = {**PragueComputation._precompiles, CALLER: answer}  # noqa: RUF012

    class State(PragueState):
        computation_class = Computation
        answer: Answer

        def set_system_contracts(self) -> None:
            """Set none: the code never calls them."""

    return State


class PyEvm:
    """py-evm, without the parts around it."""

    name = "py-evm"

    def __init__(self, code: bytes, others: Mapping[Address, bytes] | None = None) -> None:
        """Prepare to run this runtime code; `others` stands at further addresses."""
        from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
        from eth.db.atomic import AtomicDB
        from eth.vm.execution_context import ExecutionContext

        self._code = code
        self._database = AtomicDB()
        self._context = ExecutionContext(
            coinbase=ZERO_ADDRESS,
            timestamp=0,
            block_number=BlockNumber(1),
            difficulty=0,
            mix_hash=ZERO_HASH32,
            gas_limit=GAS,
            prev_hashes=(),
            chain_id=1,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )
        accounts = {CODE_ADDRESS: code, **(others or {})}
        state = _prague_state()(self._database, self._context, BLANK_ROOT_HASH)
        for address, its_code in accounts.items():
            state.set_code(address, its_code)
        state.persist()
        self._root = state.make_state_root()
        self._warm = (CALLER, *accounts)

    def call(self, data: bytes) -> bytes:
        """Return what the code returns; raise `Reverted`."""
        return self.run(data, GAS, lambda _: None)[0]

    def run(self, data: bytes, gas: int, answer: Answer) -> tuple[bytes, int]:
        """Return output and gas used, all addresses warm; raise `Reverted`."""
        from eth.exceptions import OutOfGas, Revert
        from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
        from eth.vm.message import Message

        state = _prague_state()(self._database, self._context, self._root)
        state.answer = answer
        for address in self._warm:
            state.mark_address_warm(address)
        message = Message(
            gas=gas,
            to=CODE_ADDRESS,
            sender=CALLER,
            value=0,
            data=data,
            code=self._code,
            is_static=True,
        )
        context = CancunTransactionContext(gas_price=0, origin=CALLER)
        done = state.computation_class.apply_message(state, message, context)
        if done.is_error:
            if isinstance(done.error, Revert):
                raise Reverted(bytes(done.output))
            # Its subclasses are named after what lacked the gas.
            name = "OutOfGas" if isinstance(done.error, OutOfGas) else type(done.error).__name__
            raise Reverted(b"", name)
        return bytes(done.output), gas - done.get_gas_remaining()


class Revm:
    """revm through pyrevm, from the dependency group `revm`. It cannot call Python."""

    name = "revm"

    def __init__(
        self,
        code: bytes,
        others: Mapping[Address, bytes] | None = None,
        entry: Address = CODE_ADDRESS,
    ) -> None:
        """Prepare to run this runtime code; `others` stands at further addresses.

        `entry`: the address that is called.
        """
        from pyrevm import EVM, AccountInfo

        self._evm = EVM(spec_id="PRAGUE")
        self._entry = "0x" + entry.hex()
        for address, its_code in {CODE_ADDRESS: code, **(others or {})}.items():
            self._evm.insert_account_info("0x" + address.hex(), AccountInfo(code=its_code))

    def call(self, data: bytes, gas: int = GAS) -> bytes:
        """Return what the code returns; raise `Reverted`."""
        try:
            output = self._evm.message_call(
                _ORIGIN, self._entry, calldata=data, gas=gas, is_static=True
            )
        except RuntimeError as error:
            # pyrevm gives the revert data only in the exception's text.
            text = str(error)
            if text.startswith("Revert {"):
                output = bytes.fromhex(text.split("output: 0x")[1].rstrip(" }"))
                raise Reverted(output) from None
            raise Reverted(b"", "OutOfGas" if "OutOfGas" in text else text) from None
        return bytes(output)


def available_evms() -> list[str]:
    """Return the names of the EVMs that are installed."""
    return ["py-evm", *(["revm"] if find_spec("pyrevm") else [])]


def fastest_evm(code: bytes) -> Evm:
    """Return revm if pyrevm is installed, else py-evm."""
    return Revm(code) if "revm" in available_evms() else PyEvm(code)


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
