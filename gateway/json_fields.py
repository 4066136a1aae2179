"""Fields of a JSON object that somebody else wrote, taken one by one into checked values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from strikeproof.client import FieldInvalid
from strikeproof.client.op_check import check_integer
from strikeproof.gateway.refusal import malformed

TEXT_INTEGER_DIGITS_MAX: Final = 20


def integer_of(field: str, value: object) -> int:
    """Return a non-negative integer of JSON: a number, or decimal text if it may pass 2^53."""
    is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    if is_digits and len(str(value)) <= TEXT_INTEGER_DIGITS_MAX:
        return int(str(value))
    check_integer(field, value, 0, 2**64 - 1)
    assert isinstance(value, int)
    return value


def bytes_of(field: str, value: object, size: int | None = None) -> bytes:
    """Return the bytes of 0x text. Raises `FieldInvalid`."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise FieldInvalid(field, value, "must be 0x text")
    try:
        found = bytes.fromhex(value[2:]) if value.isascii() else b""
    except ValueError:
        raise FieldInvalid(field, value, "must be 0x text") from None
    if len(value) != 2 + 2 * len(found) or (size is not None and len(found) != size):
        wanted = "whole bytes" if size is None else f"{size} bytes"
        raise FieldInvalid(field, value, f"must be 0x text of {wanted}")
    return found


class JsonFields:
    """The fields of a JSON object. What nobody takes is refused: a misspelt field is not lost."""

    def __init__(self, name: str, value: object) -> None:
        if not isinstance(value, Mapping):
            raise FieldInvalid(name, value, "must be an object")
        self._name, self._left = name, dict(value)

    def take(self, field: str, otherwise: object = None) -> Any:
        """Return a field, taken."""
        return self._left.pop(field, otherwise)

    def need(self, field: str) -> Any:
        """Return a field, taken. Raises `GatewayRefusal` without it."""
        if field not in self._left:
            raise malformed(self.path(field), "is missing")
        return self._left.pop(field)

    def integer(self, field: str, otherwise: int | None = None) -> int:
        """Return an integer field; needed if there is no other value for it."""
        found = self.need(field) if otherwise is None else self.take(field, otherwise)
        return integer_of(self.path(field), found)

    def listed(self, field: str) -> list[Any]:
        """Return a list; empty without the field."""
        found = self.take(field, [])
        if not isinstance(found, list):
            raise FieldInvalid(self.path(field), found, "must be a list")
        return found

    def flag(self, field: str, otherwise: bool = False) -> bool:
        """Return a boolean field; `otherwise` without it."""
        found = self.take(field, otherwise)
        if not isinstance(found, bool):
            raise FieldInvalid(self.path(field), found, "must be true or false")
        return found

    def member(self, field: str, kind: type[IntEnum]) -> Any:
        """Return a member of an enum by name; its first without the field."""
        names = list(kind.__members__)
        found = self.take(field, names[0])
        if not isinstance(found, str) or found not in names:
            raise FieldInvalid(self.path(field), found, f"must be one of {', '.join(names)}")
        return kind[found]

    def path(self, field: str) -> str:
        """Return a field's name as errors give it."""
        return f"{self._name}.{field}" if self._name else field

    def end(self) -> None:
        """Raise `FieldInvalid` if a field was not taken."""
        for field in self._left:
            raise FieldInvalid(self.path(str(field)), self._left[field], "is not a field of this")
