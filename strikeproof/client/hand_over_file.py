"""A JSON file that people hand to each other: written, and read with every failure in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.client.wallet import BadSignature
from strikeproof.failure import Rejected

FILE_BYTES_MAX: Final = 65_536
ROLLUP_BYTES: Final = 20
_NOT_SUCH_A_FILE: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    FieldInvalid,
    BadSignature,
)
T = TypeVar("T")
Invalid = Callable[[str, str], Rejected]
"""What is wrong with a file, and why."""


def write_fields(path: Path, fields: Mapping[str, Any], invalid: Invalid) -> None:
    """Write fields as JSON. Raises what `invalid` returns if the disk does not take them."""
    try:
        path.write_text(json.dumps(fields, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise invalid(f"{path} was not written", _words(error)) from error


def read_fields(
    path: Path,
    what: str,
    value_of: Callable[[Mapping[str, Any]], T],
    invalid: Invalid,
) -> T:
    """Return what `value_of` makes of a file's fields.

    Raises what `invalid` returns for a file that does not hold `what`, and the reason in words.
    """
    try:
        data = path.read_bytes()
        if len(data) > FILE_BYTES_MAX:
            raise ValueError(f"it has {len(data)} bytes, more than {FILE_BYTES_MAX}")
        fields = json.loads(data)
        if not isinstance(fields, dict):
            raise ValueError("it is not a JSON object")
        return value_of(fields)
    except _NOT_SUCH_A_FILE as error:
        raise invalid(f"{path} does not hold {what}", _words(error)) from error


def _words(error: Exception) -> str:
    """Return why a file was not read, for somebody who knows no Python."""
    if isinstance(error, KeyError):
        return f"it has no field {error.args[0]!r}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, TypeError | AttributeError | OverflowError):
        return "a field is of the wrong kind"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def check_version(found: object, version: int) -> None:
    """Raise `ValueError` unless a file is of this version."""
    if found != version:
        raise ValueError(f"its version is {found!r}, not {version}")


def venue_of(fields: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return the chain and the rollup that a file is for."""
    chain_id = int(fields["chain_id"])
    check_integer("chain_id", chain_id, 1, 2**256 - 1)
    return chain_id, octets(fields["rollup"], ROLLUP_BYTES)


def octets(text: str, size: int) -> bytes:
    """Return bytes written as 0x and hexadecimal digits."""
    if not text.startswith("0x"):
        raise ValueError(f"{text!r} does not begin with 0x")
    data = bytes.fromhex(text[2:])
    if len(data) != size:
        raise ValueError(f"{text!r} has {len(data)} bytes, not {size}")
    return data
