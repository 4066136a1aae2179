"""Calls of contracts, encoded straight by their ABI: web3's own way takes longer than the EVM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.abi import collapse_if_tuple

from strikeproof.keccak import keccak256

Abi = Sequence[Mapping[str, Any]]

AMPLE_WEI = 10**21
"""More than any message costs: the Inbox gives back what is over."""
PRICED = frozenset({"submit", "exit", "register", "deposit"})


def flat_type(parameter: Mapping[str, Any]) -> str:
    """The ABI type of a parameter, tuples written out."""
    return str(collapse_if_tuple(dict(parameter)))


def flat_value(parameter: Mapping[str, Any], value: Any) -> Any:
    """A value as eth_abi takes it: structs given as mappings become tuples."""
    if parameter["type"] == "tuple" and isinstance(value, Mapping):
        return tuple(flat_value(each, value[each["name"]]) for each in parameter["components"])
    return value


def signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(flat_type(each) for each in entry['inputs'])})"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that can be sent, or asked."""

    address: str
    data: bytes
    outputs: Sequence[str]
    ask: Callable[[Call], bytes]
    value_wei: int = 0
    """What is sent with it where a test does not say."""

    def call(self) -> Any:
        """The answer now: the value, or a tuple of values."""
        values = decode(self.outputs, self.ask(self))
        return values[0] if len(values) == 1 else values


class Functions:
    """The functions of one contract as attributes."""

    def __init__(self, address: str, abi: Abi, ask: Callable[[Call], bytes]) -> None:
        self.address = address
        self._ask = ask
        self._entries = {each["name"]: each for each in abi if each["type"] == "function"}
        self._events = {each["name"]: each for each in abi if each["type"] == "event"}

    def __getattr__(self, name: str) -> Callable[..., Call]:
        entry = self._entries[name]
        inputs = entry["inputs"]
        selector = keccak256(signature(entry).encode())[:4]
        outputs = [flat_type(each) for each in entry["outputs"]]

        def build(*arguments: Any) -> Call:
            assert len(arguments) == len(inputs), f"{name} takes {len(inputs)} arguments"
            values = [flat_value(*pair) for pair in zip(inputs, arguments, strict=True)]
            data = selector + encode([flat_type(each) for each in inputs], values)
            value_wei = AMPLE_WEI if name in PRICED else 0
            return Call(self.address, data, outputs, self._ask, value_wei)

        return build

    def decode_event(self, name: str, log: Any) -> dict[str, Any] | None:
        """The arguments of a log if it is this event of this contract."""
        entry = self._events[name]
        address = bytes.fromhex(self.address[2:])
        if log.address != address or log.topics[0] != keccak256(signature(entry).encode()):
            return None
        indexed = [each for each in entry["inputs"] if each["indexed"]]
        plain = [each for each in entry["inputs"] if not each["indexed"]]
        values = decode([flat_type(each) for each in plain], log.data)
        found = dict(zip([each["name"] for each in plain], values, strict=True))
        for each, topic in zip(indexed, log.topics[1:], strict=True):
            found[each["name"]] = decode([each["type"]], topic)[0]
        return found


def error_table(abi: Abi) -> dict[bytes, tuple[str, list[str]]]:
    """The custom errors of a contract: selector to name and types."""
    return {
        keccak256(signature(each).encode())[:4]: (
            each["name"],
            [flat_type(part) for part in each["inputs"]],
        )
        for each in abi
        if each["type"] == "error"
    }
