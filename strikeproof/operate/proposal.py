"""Calls that governance may announce, from names and values as an operator writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.deployment import Deployment
from strikeproof.operate.address_text import checksum_address
from strikeproof.operate.governance_payload import (
    GovernanceFieldInvalid,
    action_names,
    encode,
    field_names,
)
from strikeproof.operate.timelock import GOVERNED, DecodedCall, decoded, governed


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change: a governance message to the law, or a function of a contract."""

    name: str
    fields: tuple[str, ...]
    contract: str
    function: str | None
    """None: a message, by `Inbox.govern`."""


# Functions that only the timelock may call; what each does is in the contracts' interfaces.
FUNCTIONS: Final = (
    ("Rollup", "setTerms"),
    ("Rollup", "setSequencer"),
    ("Rollup", "announceLaw"),
    ("Inbox", "setFee"),
    ("Inbox", "payFees"),
    ("Vault", "setDepositCap"),
    ("Vault", "setMinimumDeposit"),
    ("Timelock", "setOwner"),
)


def changes(deployment: Deployment) -> list[Change]:
    """Return every change that governance can announce."""
    found = [Change(each, tuple(field_names(each)), "Inbox", None) for each in action_names()]
    for contract, function in FUNCTIONS:
        inputs = _inputs(deployment, contract, function)
        names = tuple(each["name"].rstrip("_") for each in inputs)
        found.append(Change(_snake(function), names, contract, function))
    return found


def _inputs(deployment: Deployment, contract: str, function: str) -> list[Any]:
    for each in governed(deployment, contract).abi:
        if each["type"] == "function" and each["name"] == function:
            return list(each["inputs"])
    raise AssertionError(f"{contract} has no {function}")


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def proposed(deployment: Deployment, name: str, given: Mapping[str, Any]) -> DecodedCall:
    """Return the call of a change. Raises `GovernanceFieldInvalid`."""
    known = {each.name: each for each in changes(deployment)}
    if name not in known:
        raise GovernanceFieldInvalid(name, "", f"no such change; there are {', '.join(known)}")
    change = known[name]
    assert change.contract in GOVERNED
    contract = governed(deployment, change.contract)
    if change.function is None:
        data = contract.encode_abi("govern", args=[encode(name, given)])
    else:
        values = _arguments(deployment, change, given)
        try:
            data = contract.encode_abi(change.function, args=values)
        except Exception as error:  # web3 and eth-abi have no common root
            raise GovernanceFieldInvalid(name, "", str(error).splitlines()[0]) from None
    return decoded(deployment.addresses, contract.address, bytes.fromhex(data.removeprefix("0x")))


def _arguments(deployment: Deployment, change: Change, given: Mapping[str, Any]) -> list[Any]:
    """Return a function's arguments in order. Raises `GovernanceFieldInvalid`."""
    assert change.function is not None
    for each in given:
        if each not in change.fields:
            problem = f"no such field; there are {', '.join(change.fields)}"
            raise GovernanceFieldInvalid(change.name, each, problem)
    values: list[Any] = []
    inputs = _inputs(deployment, change.contract, change.function)
    for name, each in zip(change.fields, inputs, strict=True):
        if name not in given:
            raise GovernanceFieldInvalid(change.name, name, "missing")
        values.append(_argument(change.name, name, each["type"], given[name]))
    return values


def _argument(change: str, name: str, type_: str, given: Any) -> Any:
    if type_.endswith("]"):
        element, _, count = type_.removesuffix("]").rpartition("[")
        parts = given if isinstance(given, list) else str(given).split(",")
        if count and len(parts) != int(count):
            problem = f"{count} are needed, separated by commas, not {len(parts)}"
            raise GovernanceFieldInvalid(change, name, problem)
        return [_argument(change, name, element, each) for each in parts]
    text = str(given).strip()
    try:
        if type_ == "address":
            return checksum_address(text)
        if type_.startswith("uint"):
            return _number(text, int(type_.removeprefix("uint")))
        return _bytes(text, int(type_.removeprefix("bytes")))
    except ValueError as error:
        raise GovernanceFieldInvalid(change, name, f"{text!r}: {error}") from None


def _number(text: str, bits: int) -> int:
    digits = text.replace("_", "")
    if not digits.isdecimal() or not digits.isascii():
        raise ValueError("a whole number is needed")
    if int(digits) >= 2**bits:
        raise ValueError(f"above 2**{bits} - 1")
    return int(digits)


def _bytes(text: str, size: int) -> bytes:
    problem = f"0x and {2 * size} hex digits are needed"
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError(problem) from None
    if len(data) != size:
        raise ValueError(problem)
    return data
