"""Calls, answers, events and errors of the venue's contracts, by the ABI of their artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256
from strikeproof.l1 import Log

SELECTOR_BYTES: Final = 4

_UNREADABLE: Final = (DecodingError, ValueError, OverflowError, LookupError, StopIteration)


def _type_of(parameter: Mapping[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(each) for each in parameter["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def _signature(entry: Mapping[str, Any]) -> bytes:
    return f"{entry['name']}({','.join(_type_of(each) for each in entry['inputs'])})".encode()


class ContractAbi:
    """One contract's ABI."""

    def __init__(self, name: str) -> None:
        entries = artifact(name).abi
        self._functions = {each["name"]: each for each in entries if each["type"] == "function"}
        self._events = {
            keccak256(_signature(each)): each for each in entries if each["type"] == "event"
        }
        self._errors = {
            keccak256(_signature(each))[:SELECTOR_BYTES]: each
            for each in entries
            if each["type"] == "error"
        }

    def call(self, name: str, *arguments: Any) -> bytes:
        """Return the calldata of a function."""
        entry = self._functions[name]
        types = [_type_of(each) for each in entry["inputs"]]
        return keccak256(_signature(entry))[:SELECTOR_BYTES] + encode(types, arguments)

    def answer(self, name: str, data: bytes) -> Any:
        """Return what a function answered: one value, or a tuple of several.

        Raises ValueError if the bytes are something else.
        """
        types = [_type_of(each) for each in self._functions[name]["outputs"]]
        try:
            values = decode(types, data)
        except _UNREADABLE:
            raise ValueError(f"{len(data)} bytes are not an answer of {name}") from None
        return values[0] if len(values) == 1 else values

    def event(self, log: Log) -> tuple[str, dict[str, Any]] | None:
        """Return a log's event name and arguments, None if it is not an event of this contract.

        Raises ValueError if the log does not hold what the event has.
        """
        entry = self._events.get(log.topics[0]) if log.topics else None
        if entry is None:
            return None
        try:
            return entry["name"], self._arguments(entry, log)
        except _UNREADABLE:
            raise ValueError(f"a log is not a {entry['name']}") from None

    def _arguments(self, entry: Mapping[str, Any], log: Log) -> dict[str, Any]:
        topics = iter(log.topics[1:])
        plain = [each for each in entry["inputs"] if not each["indexed"]]
        values = dict(
            zip(
                (each["name"] for each in plain),
                decode([_type_of(each) for each in plain], log.data),
                strict=True,
            )
        )
        for each in entry["inputs"]:
            if each["indexed"]:
                (values[each["name"]],) = decode([_type_of(each)], next(topics))
        return values

    def error(self, data: bytes) -> str:
        """Return a revert's custom error with its values, as text."""
        entry = self._errors.get(data[:SELECTOR_BYTES])
        if entry is None:
            return f"0x{data.hex()[:72]}"
        try:
            values = decode([_type_of(each) for each in entry["inputs"]], data[SELECTOR_BYTES:])
        except _UNREADABLE:
            values = ()
        texts = ("0x" + each.hex() if isinstance(each, bytes) else str(each) for each in values)
        return f"{entry['name']}({', '.join(texts)})"


@cache
def contract_abi(name: str) -> ContractAbi:
    """Return the ABI of Rollup, Inbox, Vault or TestToken."""
    return ContractAbi(name)


def address_bytes(text: str) -> bytes:
    """Return the 20 bytes of 0x text."""
    return bytes.fromhex(text.removeprefix("0x"))
