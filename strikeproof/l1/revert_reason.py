"""What a contract says when it reverts: its own error, by name and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import abi_to_signature, collapse_if_tuple
from web3.exceptions import ContractLogicError

from strikeproof.keccak import keccak256

SELECTOR_BYTES: Final = 4


def errors_of(abis: Iterable[Sequence[Mapping[str, Any]]]) -> list[Any]:
    """Return the errors that some contracts declare."""
    return [each for abi in abis for each in abi if each["type"] == "error"]


def revert_reason(error: ContractLogicError, errors: Sequence[Any]) -> str:
    """Return one of the contracts' errors by name and values, or what the endpoint says."""
    text = error.data if isinstance(error.data, str) else ""
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        data = b""
    for each in errors:
        if data[:SELECTOR_BYTES] != keccak256(abi_to_signature(each).encode())[:SELECTOR_BYTES]:
            continue
        inputs = each.get("inputs", [])
        try:
            values = decode([collapse_if_tuple(one) for one in inputs], data[SELECTOR_BYTES:])
        except DecodingError:
            continue
        named = ", ".join(
            f"{one['name']} {value}" for one, value in zip(inputs, values, strict=True)
        )
        return f"{each['name']}({named})"
    return text or str(error.message)
