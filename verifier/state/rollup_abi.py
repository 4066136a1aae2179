"""Calls of the Rollup and the errors it answers, encoded by the ABI of its artifact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256

ADMITTED_RATES: Final = ("orderedRate", "inboxRate")
"""Getters of what L1 admits, in law-gas a second."""

DEFECTS: Final = (
    "ROOT_INDEX",
    "ROOTS",
    "HEADER",
    "SEGMENT",
    "MESSAGE",
    "LAW_CALL",
    "LAW_RESULT",
    "RECORDS",
    "TOUCHED",
    "ADVICE",
    "PROOF",
    "PRE_ROOT",
)
"""Why a challenge is incomplete, by number; contracts/src/interfaces/IRollup.sol, Defect."""


@dataclass(frozen=True, slots=True)
class RollupError:
    """A custom error with its arguments; `name` is empty for data of no known error."""

    name: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        if self.name == "Incomplete" and self.arguments and self.arguments[0] < len(DEFECTS):
            return f"Incomplete({DEFECTS[self.arguments[0]]})"
        texts = (
            "0x" + each.hex() if isinstance(each, bytes) else str(each) for each in self.arguments
        )
        return f"{self.name}({', '.join(texts)})" if self.name else "a revert without known error"


def _type_of(parameter: Mapping[str, Any]) -> str:
    """Return the canonical type of a parameter, structs written out."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(each) for each in parameter["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


@cache
def _entries(kind: str) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in artifact("Rollup").abi if each["type"] == kind}


@cache
def _errors() -> dict[bytes, Mapping[str, Any]]:
    return {_selector(each): each for each in _entries("error").values()}


def _selector(entry: Mapping[str, Any]) -> bytes:
    types = ",".join(_type_of(each) for each in entry["inputs"])
    return keccak256(f"{entry['name']}({types})".encode())[:4]


def _ordered(parameter: Mapping[str, Any], value: Any) -> Any:
    """Return a struct given by name as the tuple that the ABI wants."""
    if isinstance(value, Mapping):
        return tuple(_ordered(each, value[each["name"]]) for each in parameter["components"])
    return value


def call_data(function: str, *arguments: Any) -> bytes:
    """Return the calldata of a function of the Rollup; structs are given as mappings by name."""
    entry = _entries("function")[function]
    types = [_type_of(each) for each in entry["inputs"]]
    values = [
        _ordered(parameter, value)
        for parameter, value in zip(entry["inputs"], arguments, strict=True)
    ]
    return _selector(entry) + abi_encode(types, values)


def return_values(function: str, data: bytes) -> Sequence[Any]:
    """Return what a function of the Rollup answered. Raises ValueError if it is not that."""
    types = [_type_of(each) for each in _entries("function")[function]["outputs"]]
    try:
        return tuple(abi_decode(types, data))
    except DecodingError:
        raise ValueError(f"{function} answered {len(data)} bytes of another shape") from None


def read_error(data: bytes) -> RollupError:
    """Return the custom error in the data of a revert."""
    entry = _errors().get(data[:4])
    if entry is None:
        return RollupError("", ())
    try:
        arguments = tuple(abi_decode([_type_of(each) for each in entry["inputs"]], data[4:]))
    except DecodingError:
        arguments = ()
    return RollupError(entry["name"], arguments)
