"""A vector with one value changed is noticed: no value is there that nobody checks.

Of every shape of case one is taken; each of its values is changed alone. At least one runner must
fail on it, and each runner must fail on some change in every file that it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import pytest

from strikeproof.wire.constants import (
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from tests.vectors import test_client, test_engine, test_law, test_verifier
from tests.vectors.test_javascript import FILES, run_node
from tests.vectors.vector_file import Case, Check, cases, failure

RUNNERS: Final[dict[str, dict[str, Check]]] = {
    "engine": test_engine.CHECKS,
    "law": test_law.CHECKS,
    "verifier": test_verifier.CHECKS,
    "client": test_client.CHECKS,
}
SLOW: Final = {"law", "verifier"}  # they run the law in py-evm: one change of each field
NAMES: Final[tuple[type[IntEnum], ...]] = (
    Result,
    ActionKind,
    OpType,
    MessageKind,
    GovernanceAction,
    SelfTrade,
    TimeInForce,
)
SEGMENTS: Final = ("segment: a taker crosses two makers", "segment: a deposit arrives")

Place = tuple[str | int, ...]


def another(value: Any) -> Any:
    """Return a value of the same form that differs."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1
        case None:
            return "0x" + "11" * 32
        case "0x":
            return "0x" + "11" * 32
        case str() if value.startswith("0x"):
            return f"{value[:-2]}{int(value[-2:], 16) ^ 1:02x}"
        case str() if value.removeprefix("-").isdecimal():
            return str(int(value) ^ 1)
    for names in NAMES:
        if value in names.__members__:
            members = list(names.__members__)
            return members[members.index(value) - 1]
    return "session" if value != "session" else "order"  # names of records


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    """Yield the paths to the values inside a case but its name."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in entries:
            if path or key != "name":
                yield from leaves(each, (*path, key))
    else:
        yield path


def changed(case: Case, path: Place) -> Case:
    """Return the case with the value at a path changed."""
    whole = deepcopy(case)
    place: Any = whole
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = another(place[path[-1]])
    whole["name"] = f"{case['name']}: {'.'.join(map(str, path))}"
    return whole


def means_nothing(case: Case, path: Place) -> bool:
    """Return whether bad bytes are as bad with a bit changed."""
    undecoded = "in_bundle" in case or "genesis_results" in case
    return (
        (path == ("bytes",) and undecoded and "fields" not in case)
        or (path == ("signature",) and case.get("signer", "") is None)
        or (path[0] in ("path", "index") and case.get("opens") is False)
        or (path[0] in ("proof", "witness") and case.get("root", "") is None)
        or path == ("nonce_base",)  # the nearest nonce is the same
        or (path == ("family",) and case.get("bytes") == "0x")
    )


def chosen(file: str) -> list[Case]:
    """Return one case of every shape in a file."""
    if file == "segments":
        return [each for each in cases(file) if each["name"] in SEGMENTS]
    shapes: dict[object, Case] = {}
    for each in cases(file):
        kind = [each.get(name) for name in ("type", "kind", "action", "record", "opens")]
        absent = [name for name, value in each.items() if value is None]
        values = [*each.items(), *each.get("fields", {}).items()]
        filled = [name for name, value in values if isinstance(value, list) and value]
        shapes.setdefault((*each, *kind, *absent, *filled), each)
    return list(shapes.values())


def changes(file: str) -> Iterator[tuple[Place, Case]]:
    for each in chosen(file):
        for path in leaves(each):
            if not means_nothing(each, path):
                yield path, changed(each, path)


def noticed_by_node(file: str, mutants: list[Case], folder: Path) -> set[str]:
    """Return the names of the cases on which JavaScript fails."""
    (folder / f"{file}.json").write_text(json.dumps({"cases": mutants}), "utf-8")
    return set(run_node(folder, file)[file]["failed"])


@pytest.mark.parametrize("file", FILES)
def test_each_changed_value_is_noticed(file: str, tmp_path: Path) -> None:
    mutants = list(changes(file))
    noticed = {"javascript": noticed_by_node(file, [case for _, case in mutants], tmp_path)}
    for runner, checks in RUNNERS.items():
        if file not in checks:
            continue
        fields: set[object] = set()
        noticed[runner] = set()
        for path, case in mutants:
            field = (path[0], case.get("record"))
            if runner in SLOW and field in fields:
                continue
            fields.add(field)
            if failure(checks[file], case):
                noticed[runner].add(case["name"])
    assert all(noticed.values()), f"{[name for name, each in noticed.items() if not each]}"
    unnoticed = {case["name"] for _, case in mutants} - set.union(*noticed.values())
    assert not unnoticed
