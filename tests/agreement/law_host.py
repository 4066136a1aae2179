"""Runs the law's runtime bytecode on a state held in a dictionary: the host of the tests.

`run_law` brings nothing: the law asks its caller for every record and every advice, as it asks a
verifier. `run_prefilled` brings records and advice as arguments and answers nothing, as on L1.
Both run on py-evm (Prague) or, a hundred times faster, on revm where pyrevm installs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from eth_abi.abi import decode, encode
from eth_typing import Address

from strikeproof.bench.pure_evm import CALLER, CODE_ADDRESS, PyEvm, Reverted, Revm
from strikeproof.contracts import LAW_FAMILIES, artifact
from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.revm import is_installed
from strikeproof.wire.constants import SegmentFamily, SegmentFlag

GAS: Final = 100_000_000
FAMILIES: Final = dict(enumerate(LAW_FAMILIES, 1))
"""The contracts of the law, by their family's byte."""
LAW: Final = CODE_ADDRESS
MARGIN: Final = Address(b"\x3a" * 20)
PRICING: Final = Address(b"\x3b" * 20)
PORTFOLIO: Final = Address(b"\x3c" * 20)

EVM: Final = os.environ.get("STRIKEPROOF_LAW_EVM") or ("revm" if is_installed() else "py-evm")
"""What rules of the law are tested on. revm runs the same bytecode a hundred times faster; that it
does what py-evm does is tested on streams, vectors and the worst segments."""

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
        ("PricingFailed", ""),
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
    """One byte for each op, and for a bundle that is OK one more for each action."""
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
    is_void: bool
    """Whether the segment passed its declaration."""
    gas: int
    """Gas of the law's own frame (py-evm; 0 on revm)."""


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


class LawEvm(Protocol):
    """Runs the law's code and answers what it asks for."""

    def call(self, data: bytes, host: Host, gas: int) -> tuple[bytes, int]:
        """Return output and gas used. Raises `LawReverted`."""


def _law_reverted(error: Reverted) -> LawReverted:
    data = error.data
    if error.failure:
        return LawReverted(error.failure)
    if data[:4] not in ERRORS:
        return LawReverted(f"revert 0x{data.hex()}")
    name, types = ERRORS[data[:4]]
    return LawReverted(name, tuple(decode(types, data[4:])) if types else ())


def family_of_input(segment: bytes) -> int:
    """Return whose law executes an input: its first byte, or the one before messages."""
    family = (
        segment[7]
        if segment[:1] == bytes((SegmentFamily.INBOX,)) and len(segment) > 7
        else segment[0]
    )
    return family if family in FAMILIES else 1


def law_code(family: int, margin: bytes = MARGIN) -> bytes:
    """Return a family's runtime code as deployed with its margin module at `margin`."""
    immutables = {
        "MARGIN": int.from_bytes(margin, "big"),
        "PRICING": int.from_bytes(PRICING, "big"),
        "PORTFOLIO": int.from_bytes(PORTFOLIO, "big"),
    }
    return artifact(FAMILIES[family]).with_immutables(immutables)


def module_codes() -> dict[Address, bytes]:
    """Return the runtime codes of the modules besides the margin module, by address."""
    return {
        PRICING: artifact("PricingModule").deployed_bytecode,
        PORTFOLIO: artifact("PortfolioModule").deployed_bytecode,
    }


class LawOnPyEvm:
    """The law on py-evm: the host answers as the caller."""

    def __init__(self, law: bytes, margin: bytes) -> None:
        self._evm = PyEvm(law, {MARGIN: margin, **module_codes()})

    def call(self, data: bytes, host: Host, gas: int) -> tuple[bytes, int]:
        """Return output and gas used. Raises `LawReverted`."""
        try:
            return self._evm.run(data, gas, host.answer)
        except Reverted as error:
            raise _law_reverted(error) from None


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


class LawOnRevm:
    """The law on revm, which cannot call Python: what the law asks for is brought, and it starts
    again."""

    def __init__(self, law: bytes, margin: bytes) -> None:
        codes = {MARGIN: margin, **module_codes(), CALLER: _FORWARDER}
        self._evm = Revm(law, codes, entry=CALLER)

    def once(self, data: bytes, gas: int) -> bytes:
        """Return the output of a call that nobody answers. Raises `LawReverted`."""
        try:
            return self._evm.call(data, gas)
        except Reverted as error:
            raise _law_reverted(error) from None

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
def evm(name: str, family: int) -> Any:
    """Return the EVM of this name ("py-evm" or "revm") with a family's committed artifact."""
    kinds = {"py-evm": LawOnPyEvm, "revm": LawOnRevm}
    return kinds[name](law_code(family), artifact("MarginModule").deployed_bytecode)


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
    length = int.from_bytes(data[13:15], "big")
    changed = _unpack(data[15 + length :])
    assert list(changed) == sorted(changed), "the keys of changed records rise"
    return LawResult(
        results=data[15 : 15 + length],
        compute=int.from_bytes(data[4:8], "big"),
        witness=int.from_bytes(data[8:12], "big"),
        touched=int.from_bytes(data[0:2], "big"),
        loaded=tuple(host.loaded),
        changed=changed,
        advice_used=int.from_bytes(data[2:4], "big"),
        advice=tuple(host.advised),
        gas=gas,
        is_void=bool(data[12] & SegmentFlag.VOID),
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
    output, used = evm(engine, family_of_input(segment)).call(
        _calldata(segment, b"", b""), host, gas
    )
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
    chosen = evm(engine, family_of_input(segment))
    data = _calldata(segment, packed, b"".join(slot.to_bytes(4, "big") for slot in advice))
    if isinstance(chosen, LawOnRevm):
        return _read(chosen.once(data, gas), host, 0)
    output, used = chosen.call(data, host, gas)
    return _read(output, host, used)
