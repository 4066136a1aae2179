"""Runs the law's runtime bytecode on a state held in a dictionary: the host of the tests.

`run_law` brings nothing: the law asks its caller for every record and every advice, as it asks a
verifier. `run_prefilled` brings records and advice as arguments and answers nothing, as on L1.
Both run on py-evm (Prague) or, a hundred times faster, on revm where pyrevm installs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, Protocol

from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.exceptions import OutOfGas, Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth.vm.message import Message
from eth_abi.abi import decode, encode
from eth_typing import Address, BlockNumber

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256

GAS: Final = 100_000_000
CALLER: Final = Address(b"\xca" * 20)
ORIGIN: Final = Address(b"\x01" * 20)
LAW: Final = Address(b"\x1a" * 20)
MARGIN: Final = Address(b"\x3a" * 20)

Advise = Callable[[int, bool, int], int]
"""(instrument, sell, price in ticks) -> slot of the order's predecessor, 0 for the front."""


def _selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


EXECUTE: Final = _selector("execute(bytes,bytes,bytes)")
LOAD: Final = _selector("load(uint64)")
ADVISE: Final = _selector("advise(uint256,uint256,uint256)")
ERRORS: Final = {
    _selector(f"{name}({types})"): (name, types.split(",") if types else [])
    for name, types in [
        ("BadRecords", ""),
        ("MissingRecord", "uint256"),
        ("BadAdvice", "uint256,uint256"),
        ("MissingAdvice", "uint256,uint256,uint256"),
        ("MarginFailed", ""),
        ("RecoveryFailed", ""),
        ("UnknownFrame", "uint256"),
        ("MemoryTooLow", "uint256"),
    ]
}


class LawReverted(Exception):
    """The law gave no result. `name` is its error's, or that of the EVM's failure."""

    def __init__(self, name: str, arguments: tuple[int, ...] = ()) -> None:
        super().__init__(f"{name}{arguments}")
        self.name = name
        self.arguments = arguments


@dataclass(frozen=True, slots=True)
class LawResult:
    """What the law answers about one segment, and what it asked for."""

    results: bytes
    """Of each op one byte, of a bundle that is OK one more for each action."""
    compute: int
    witness: int
    touched: int
    """How many records were touched."""
    loaded: tuple[int, ...]
    """Keys that the caller was asked for: all that were touched, if nothing was brought."""
    changed: dict[int, bytes]
    advice_used: int
    advice: tuple[int, ...]
    """Slots that the caller advised."""
    gas: int
    """Of the law's own frame (py-evm; 0 on revm)."""


class Host:
    """Answers the law's calls from a state and an adviser; without one, only with records."""

    def __init__(self, state: Mapping[int, bytes] | None, advise: Advise | None) -> None:
        self._state = state
        self._advise = advise
        self.loaded: list[int] = []
        self.advised: list[int] = []

    def answer(self, data: bytes) -> bytes | None:
        """Return the answer to a call; None if it fails."""
        if data[:4] == LOAD and self._state is not None:
            assert len(data) == 36
            key = int.from_bytes(data[4:], "big")
            self.loaded.append(key)
            return self._state.get(key, b"")
        if data[:4] == ADVISE and self._advise is not None:
            instrument, sell, price = (
                int.from_bytes(data[at : at + 32], "big") for at in (4, 36, 68)
            )
            self.advised.append(self._advise(instrument, bool(sell), price))
            return self.advised[-1].to_bytes(32, "big")
        return None


class Evm(Protocol):
    """Runs the law's code."""

    def call(self, data: bytes, host: Host, gas: int) -> tuple[bytes, int]:
        """Return output and gas used. Raises `LawReverted`."""


def _reverted(data: bytes) -> LawReverted:
    if data[:4] not in ERRORS:
        return LawReverted(f"revert 0x{data.hex()}")
    name, types = ERRORS[data[:4]]
    return LawReverted(name, tuple(decode(types, data[4:])) if types else ())


def law_code(margin: bytes = MARGIN) -> bytes:
    """Return the law's runtime code as deployed with its margin module at `margin`."""
    immutables = {"MARGIN": int.from_bytes(margin, "big")}
    return artifact("StateTransition").with_immutables(immutables)


class PyEvm:
    """py-evm, the host mounted as a precompile at the caller's address."""

    def __init__(self, law: bytes, margin: bytes) -> None:
        class Computation(PragueComputation):
            def apply_create_message(self, *_: Any) -> Any:  # the law creates nothing
                raise NotImplementedError

        def answer(computation: Any) -> Any:
            result = computation.state.host.answer(computation.msg.data_as_bytes)
            if result is None:
                raise Revert(b"")
            computation.output = result
            return computation

        Computation._precompiles = {**PragueComputation._precompiles, CALLER: answer}

        class State(PragueState):
            computation_class = Computation
            host: Host

            def set_system_contracts(self) -> None:
                """Set none: the law never calls them."""

        self._state_class: Any = State
        self._law = law
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
        state = State(self._database, self._context, BLANK_ROOT_HASH)
        state.set_code(LAW, law)
        state.set_code(MARGIN, margin)
        state.persist()
        self._root = state.make_state_root()

    def call(self, data: bytes, host: Host, gas: int) -> tuple[bytes, int]:
        """Return output and gas used, all addresses warm. Raises `LawReverted`."""
        state = self._state_class(self._database, self._context, self._root)
        state.host = host
        for address in (CALLER, LAW, MARGIN):
            state.mark_address_warm(address)
        message = Message(
            gas=gas,
            to=LAW,
            sender=CALLER,
            value=0,
            data=data,
            code=self._law,
            is_static=True,
        )
        context = CancunTransactionContext(gas_price=0, origin=CALLER)
        done = state.computation_class.apply_message(state, message, context)
        if done.is_error:
            if isinstance(done.error, Revert):
                raise _reverted(bytes(done.output))
            name = "OutOfGas" if isinstance(done.error, OutOfGas) else type(done.error).__name__
            raise LawReverted(name)
        return bytes(done.output), gas - done.get_gas_remaining()


# The caller on revm: hands its call data on to the law and the answer back; calls of the law fail
# (without code they would succeed).
_FORWARDER: Final = bytes.fromhex(
    f"3373{LAW.hex()}14604757"  # if caller = law: jump to the last line
    f"365f5f375f5f365f73{LAW.hex()}5afa"  # static call of the law with all call data
    "3d5f5f3e604357"  # copy what it returned; if it succeeded: jump
    "3d5ffd"  # revert with it
    "5b3d5ff3"  # return it
    "5b5f5ffd"  # revert with nothing
)


class Revm:
    """revm through pyrevm. It cannot call Python: what the law asks for is brought, and it starts
    again."""

    def __init__(self, law: bytes, margin: bytes) -> None:
        from pyrevm import EVM, AccountInfo

        self._evm = EVM(spec_id="PRAGUE")
        self._evm.insert_account_info("0x" + CALLER.hex(), AccountInfo(code=_FORWARDER))
        self._evm.insert_account_info("0x" + LAW.hex(), AccountInfo(code=law))
        self._evm.insert_account_info("0x" + MARGIN.hex(), AccountInfo(code=margin))

    def once(self, data: bytes, gas: int) -> bytes:
        """Return the output of a call that nobody answers. Raises `LawReverted`."""
        try:
            output = self._evm.message_call(
                "0x" + ORIGIN.hex(), "0x" + CALLER.hex(), calldata=data, gas=gas, is_static=True
            )
        except RuntimeError as error:
            text = str(error)  # pyrevm tells the revert data in the exception's text alone
            if text.startswith("Revert {"):
                output = bytes.fromhex(text.split("output: 0x")[1].rstrip(" }"))
                raise _reverted(output) from None
            raise LawReverted("OutOfGas" if "OutOfGas" in text else text) from None
        return bytes(output)

    def call(self, data: bytes, host: Host, gas: int) -> tuple[bytes, int]:
        """Return output and 0."""
        segment, packed, advised = decode(["bytes", "bytes", "bytes"], data[4:])
        records = _unpack(packed)
        while True:
            try:
                return self.once(_calldata(segment, pack_records(records), advised), gas), 0
            except LawReverted as error:
                if error.name == "MissingRecord" and error.arguments[0] not in records:
                    answer = host.answer(LOAD + error.arguments[0].to_bytes(32, "big"))
                    if answer is not None:
                        records[error.arguments[0]] = answer
                        continue
                elif error.name == "MissingAdvice":
                    answer = host.answer(ADVISE + encode(["uint256"] * 3, error.arguments))
                    if answer is not None:
                        advised += answer[28:]
                        continue
                raise


@cache
def evm(name: str = "py-evm") -> Any:
    """Return the EVM of this name ("py-evm" or "revm") with the committed artifacts."""
    kinds = {"py-evm": PyEvm, "revm": Revm}
    return kinds[name](law_code(), artifact("MarginModule").deployed_bytecode)


def available_evms() -> list[str]:
    """Return the names of the EVMs that are installed."""
    return ["py-evm", *(["revm"] if find_spec("pyrevm") else [])]


def pack_records(records: Mapping[int, bytes]) -> bytes:
    """Return records as the law reads them, sorted by key; an absent one is b""."""
    return b"".join(
        key.to_bytes(8, "big") + bytes([len(data) // 32]) + data
        for key, data in sorted(records.items())
    )


def _unpack(data: bytes) -> dict[int, bytes]:
    records: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        size = 32 * data[at + 8]
        key = int.from_bytes(data[at : at + 8], "big")
        records[key] = data[at + 9 : at + 9 + size]
        assert len(records[key]) == size
        at += 9 + size
    return records


def _calldata(segment: bytes, packed: bytes, advice: bytes) -> bytes:
    return EXECUTE + encode(["bytes", "bytes", "bytes"], [segment, packed, advice])


def _read(output: bytes, host: Host, gas: int) -> LawResult:
    (data,) = decode(["bytes"], output)
    length = int.from_bytes(data[12:14], "big")
    changed = _unpack(data[14 + length :])
    assert list(changed) == sorted(changed), "the keys of changed records rise"
    return LawResult(
        results=data[14 : 14 + length],
        compute=int.from_bytes(data[4:8], "big"),
        witness=int.from_bytes(data[8:12], "big"),
        touched=int.from_bytes(data[0:2], "big"),
        loaded=tuple(host.loaded),
        changed=changed,
        advice_used=int.from_bytes(data[2:4], "big"),
        advice=tuple(host.advised),
        gas=gas,
    )


def run_law(
    segment: bytes,
    state: Mapping[int, bytes],
    advise: Advise,
    *,
    engine: str = "py-evm",
    gas: int = GAS,
) -> LawResult:
    """Execute a segment's input on a state (record by key). Raises `LawReverted`."""
    host = Host(state, advise)
    output, used = evm(engine).call(_calldata(segment, b"", b""), host, gas)
    return _read(output, host, used)


def run_prefilled(
    segment: bytes,
    records: Mapping[int, bytes] | bytes,
    advice: Sequence[int] = (),
    *,
    engine: str = "py-evm",
    gas: int = GAS,
) -> LawResult:
    """Execute a segment with the records (b"": proved absent; or as packed bytes) and advice that
    are brought; nothing is answered, as on L1. Raises `LawReverted`."""
    packed = records if isinstance(records, bytes) else pack_records(records)
    host = Host(None, None)
    chosen = evm(engine)
    data = _calldata(segment, packed, b"".join(slot.to_bytes(4, "big") for slot in advice))
    if isinstance(chosen, Revm):
        return _read(chosen.once(data, gas), host, 0)
    output, used = chosen.call(data, host, gas)
    return _read(output, host, used)
