"""Payloads of GOVERNANCE messages from fields with names, and back, by the tables of proto.

The tables are read at run time, so a field that the protocol gains is one that operators can set.
What the law would call MALFORMED is refused here: on L1 it would be a call that does nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from strikeproof.failure import Rejected
from strikeproof.operate.address_text import checksum_address
from strikeproof.wire import constants, operations
from strikeproof.wire.constants import GovernanceAction
from strikeproof.wire.errors import FailureCode

ADDRESS_BYTES: Final = 20


class GovernanceFieldInvalid(Rejected):
    """A governance message lacks a field, or has one that is unknown or impossible."""

    code = FailureCode.GOVERNANCE_FIELD_INVALID

    def __init__(self, action: str, field: str, problem: str) -> None:
        super().__init__(f"{action}: {field}: {problem}" if field else f"{action}: {problem}")
        self.action, self.field, self.problem = action, field, problem


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    text = files("strikeproof.proto").joinpath("operations.toml").read_text("utf-8")
    return {name: each["fields"] for name, each in tomllib.loads(text)["governance"].items()}


def action_names() -> list[str]:
    """Return the names of all governance messages."""
    return list(_tables())


def field_names(action: str) -> list[str]:
    """Return the names of a message's fields. Raises `GovernanceFieldInvalid`."""
    return [each["name"] for each in _table(action)]


def _table(action: str) -> list[dict[str, Any]]:
    if action not in _tables():
        raise GovernanceFieldInvalid(action, "", f"one of {', '.join(_tables())} is needed")
    return _tables()[action]


def encode(action: str, given: Mapping[str, Any]) -> bytes:
    """Return the payload of a governance message. Raises `GovernanceFieldInvalid`.

    Integers may be given as text, enumerations by name, symbols as text, addresses as 0x text.
    Every field must be given: a message sets all of its terms, and none by silence.
    """
    table = _table(action)
    encoder = getattr(operations, f"encode_{action}")
    unknown = [name for name in given if name not in {each["name"] for each in table}]
    if unknown:
        known = ", ".join(each["name"] for each in table)
        raise GovernanceFieldInvalid(action, unknown[0], f"no such field; there are {known}")
    values: dict[str, Any] = {}
    for each in table:
        name = each["name"]
        if name not in given:
            raise GovernanceFieldInvalid(action, name, "missing")
        values[name] = _parsed(action, each, given[name])
    ruled = [each for each in table if "rule" in each]
    # What is wrong by itself first: rules of other fields are measured by it.
    for each in sorted(ruled, key=lambda each: any(name in each["rule"] for name in values)):
        _check_rule(action, each, values)
    return bytes(encoder(**values))


def _parsed(action: str, field: dict[str, Any], given: Any) -> Any:
    name = field["name"]
    if "repeat" in field:
        if not isinstance(given, Sequence) or isinstance(given, str | bytes):
            given = str(given).split(",") if given else []
        element = field["repeat"]
        found = [_parsed(action, {"name": name, **element}, each) for each in given]
        return sorted(found) if "rising" in field.get("rule", "") else found
    if "bytes" in field:
        return _bytes(action, name, field["bytes"], given)
    if "enum" in field and isinstance(given, str) and not given.isdecimal():
        members: type[IntEnum] = getattr(constants, field["enum"])
        if given.upper() not in members.__members__:
            names = ", ".join(members.__members__)
            raise GovernanceFieldInvalid(action, name, f"one of {names} is needed")
        return int(members[given.upper()])
    return _integer(action, field, given)


def _integer(action: str, field: dict[str, Any], given: Any) -> int:
    name, bits = field["name"], field["bits"]
    try:
        if isinstance(given, bool | float):
            raise ValueError
        value = int(str(given).replace("_", ""))
    except ValueError:
        raise GovernanceFieldInvalid(action, name, "a whole number is needed") from None
    least, most = (
        (-(1 << bits - 1), (1 << bits - 1) - 1) if field.get("signed") else (0, 2**bits - 1)
    )
    if not least <= value <= most:
        raise GovernanceFieldInvalid(action, name, f"{value} is not within {least} to {most}")
    return value


def _bytes(action: str, name: str, size: int, given: Any) -> bytes:
    if not isinstance(given, str):
        raise GovernanceFieldInvalid(action, name, f"a text is needed, not {given!r}")
    text = given.strip()
    if size == ADDRESS_BYTES:
        try:
            return bytes.fromhex(checksum_address(text)[2:])
        except ValueError as error:
            raise GovernanceFieldInvalid(action, name, f"{text}: {error}") from None
    if not text.isascii() or not text.isprintable() or not 1 <= len(text) <= size:
        problem = f"1 to {size} ASCII characters are needed"
        raise GovernanceFieldInvalid(action, name, problem)
    return text.encode("ascii").ljust(size, b"\0")


def _check_rule(action: str, field: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Raise `GovernanceFieldInvalid` where the law would say MALFORMED."""
    name, value = field["name"], values[field["name"]]
    if isinstance(value, list):
        most = _limit(str(field.get("max", 255)), values)
        fewest = field.get("min", 0)
        if not fewest <= len(value) <= most:
            raise GovernanceFieldInvalid(action, name, f"{fewest} to {most} are needed")
        if len(set(value)) != len(value):
            raise GovernanceFieldInvalid(action, name, "one is named twice")
        return
    least, greatest = rule_bounds(field["rule"], values)
    if not least <= value <= (greatest if greatest is not None else value):
        wanted = f"at least {least}" if greatest is None else f"{least} to {greatest}"
        raise GovernanceFieldInvalid(action, name, f"{value} is not allowed: {wanted}")
    dividend = field["rule"].partition("; divides ")[2].partition(":")[0]
    if dividend:
        factor, _, power = dividend.partition(" * 10^")
        if values[factor] * 10 ** int(power) % value:
            raise GovernanceFieldInvalid(action, name, f"{value} does not divide {dividend}")


def rule_bounds(rule: str, values: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and greatest value that a rule of the tables allows; None: no greatest."""
    rule = rule.partition("; ")[0]
    if rule == "not 0":
        return 1, None
    if rule.startswith("at most "):
        return 0, _limit(rule.removeprefix("at most "), values)
    if rule.startswith("below "):
        return 0, _limit(rule.removeprefix("below "), values) - 1
    least, between, most = rule.partition(" to ")
    assert between, f"a rule that no reader knows: {rule}"
    # An inner bound that is 0 is refused by the rule of its own field.
    return _limit(least, values), _limit(most, values)


def _limit(text: str, values: Mapping[str, Any]) -> int:
    factor, times, rest = text.partition(" * ")
    if times:
        return int(factor) * _limit(rest, values)
    negative = text.startswith("-")
    text = text.removeprefix("-")
    if text.startswith("the number of "):
        found = len(values[text.removeprefix("the number of ")])
    elif text.isdecimal():
        found = int(text)
    elif text in values:
        found = values[text]
    else:
        found = getattr(constants, text)
    return -found if negative else found


def decode(payload: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return the action and the fields of a payload as people read them; None if it is none.

    Addresses are 0x text, symbols text, enumerations names.
    """
    if not payload or payload[0] not in set(GovernanceAction):
        return None
    action = GovernanceAction(payload[0]).name.lower()
    rest, fields = payload[1:], {}
    for each in _tables()[action]:
        if "repeat" in each:
            head = each["count_bits"] // 8
            count, rest = int.from_bytes(rest[:head], "big"), rest[head:]
            size = _size(each["repeat"])
            fields[each["name"]] = [
                _shown(each["repeat"], rest[at : at + size]) for at in range(0, count * size, size)
            ]
            rest, short = rest[count * size :], len(rest) < count * size
        else:
            size = _size(each)
            fields[each["name"]] = _shown(each, rest[:size])
            rest, short = rest[size:], len(rest) < size
        if short:
            return None
    return None if rest else (action, fields)


def _size(field: dict[str, Any]) -> int:
    return int(field["bytes"]) if "bytes" in field else int(field["bits"]) // 8


def _shown(field: dict[str, Any], data: bytes) -> Any:
    if "bytes" in field:
        if field["bytes"] == ADDRESS_BYTES:
            return "0x" + data.hex()
        # What is announced may be hostile: nothing of it reaches a terminal as a control.
        text = data.rstrip(b"\0").decode("latin-1")
        return "".join(
            each if each.isascii() and each.isprintable() else f"\\x{ord(each):02x}"
            for each in text
        )
    value = int.from_bytes(data, "big", signed=bool(field.get("signed")))
    if "enum" in field:
        members: type[IntEnum] = getattr(constants, field["enum"])
        if value in set(members):
            return members(value).name
    return value
