"""Reading proto/vectors, and running a check over every case of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from strikeproof.wire.errors import Result
from tests.harness import ROOT

FOLDER: Final = ROOT / "proto" / "vectors"

Case = dict[str, Any]
Check = Callable[[Case], None]


@cache
def cases(file: str) -> list[Case]:
    """Return the cases of a file."""
    listed: list[Case] = json.loads((FOLDER / f"{file}.json").read_text("utf-8"))["cases"]
    return listed


def case(file: str, name: str) -> Case:
    """Return the case of this name."""
    (found,) = [each for each in cases(file) if each["name"] == name]
    return found


def octets(text: str) -> bytes:
    """Return the bytes of 0x text."""
    assert text.startswith("0x"), text
    return bytes.fromhex(text[2:])


def shown(value: Any) -> Any:
    """Return a value of the code as a vector shows it; integers stay integers."""
    match value:
        case bytes():
            return "0x" + value.hex()
        case dict():
            return {name: shown(each) for name, each in value.items()}
        case list() | tuple():
            return [shown(each) for each in value]
    return value


def plain(value: Any) -> Any:
    """Return a vector's value with the integers that it shows as text as integers."""
    match value:
        case str() if value.removeprefix("-").isdecimal():
            return int(value)
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case list():
            return [plain(each) for each in value]
    return value


def records(pairs: Sequence[Sequence[str]]) -> dict[int, bytes]:
    """Return listed records by key."""
    return {int(key, 16): octets(data) for key, data in pairs}


def codes(names: Sequence[str]) -> bytes:
    """Return the result bytes of names."""
    return bytes(Result[name] for name in names)


def run(check: Check, file: str) -> None:
    """Check every case of a file. Raises `AssertionError` naming those that fail."""
    failed = [(each["name"], error) for each in cases(file) if (error := failure(check, each))]
    names = [name for name, _ in failed]
    assert not failed, f"{file}.json: {names}, the first of them because of {failed[0][1]!r}"


def failure(check: Check, case: Case) -> Exception | None:
    """Return why a check fails on a case, None if it passes."""
    try:
        check(case)
    except Exception as error:
        return error
    return None
