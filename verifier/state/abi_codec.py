"""Calls of a contract and the errors it answers, encoded by the ABI of its artifact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256

SELECTOR_BYTES: Final = 4


class AbiCodec:
    """The ABI of one of the shipped contracts, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _functions(self) -> dict[str, Mapping[str, Any]]:
        return {each["name"]: each for each in self._entries("function")}

    @cached_property
    def _errors(self) -> dict[bytes, Mapping[str, Any]]:
        return {_selector(each): each for each in self._entries("error")}

    def _entries(self, kind: str) -> list[Mapping[str, Any]]:
        return [each for each in artifact(self.name).abi if each["type"] == kind]

    def selector(self, function: str) -> bytes:
        """Return what the calldata of a function begins with."""
        return _selector(self._functions[function])

    def call_data(self, function: str, *arguments: Any) -> bytes:
        """Return the calldata of a function; structs are given as mappings by name."""
        entry = self._functions[function]
        types = [_type_of(each) for each in entry["inputs"]]
        values = [
            _ordered(parameter, value)
            for parameter, value in zip(entry["inputs"], arguments, strict=True)
        ]
        return _selector(entry) + abi_encode(types, values)

    def return_values(self, function: str, data: bytes) -> Sequence[Any]:
        """Return what a function answered. Raises ValueError if it is not that."""
        types = [_type_of(each) for each in self._functions[function]["outputs"]]
        try:
            return tuple(abi_decode(types, data))
        except DecodingError:
            raise ValueError(f"{function} answered {len(data)} bytes of another shape") from None

    def error(self, data: bytes) -> tuple[str, tuple[Any, ...]]:
        """Return name and arguments of the custom error in the data of a revert; no name for data
        of no known error."""
        entry = self._errors.get(data[:SELECTOR_BYTES])
        if entry is None:
            return "", ()
        try:
            types = [_type_of(each) for each in entry["inputs"]]
            return entry["name"], tuple(abi_decode(types, data[SELECTOR_BYTES:]))
        except DecodingError:
            return entry["name"], ()


def _type_of(parameter: Mapping[str, Any]) -> str:
    """Return the canonical type of a parameter, structs written out."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(each) for each in parameter["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def _selector(entry: Mapping[str, Any]) -> bytes:
    types = ",".join(_type_of(each) for each in entry["inputs"])
    return keccak256(f"{entry['name']}({types})".encode())[:SELECTOR_BYTES]


def _ordered(parameter: Mapping[str, Any], value: Any) -> Any:
    """Return a struct given by name as the tuple that the ABI wants."""
    if isinstance(value, Mapping):
        return tuple(_ordered(each, value[each["name"]]) for each in parameter["components"])
    return value
