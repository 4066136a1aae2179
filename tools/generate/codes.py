"""proto/errors.toml → strikeproof/wire/errors.py and contracts/src/generated/Results.sol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.generate.params import screaming
from tools.generate.source import BadSource, comment, entries, only_keys

ROOTS = ("", "rejected", "transient", "broken")
GRPC_STATUSES = frozenset(
    "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS"
    " PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED"
    " INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED".split()
)

HEAD_PY = '''"""Stable codes. Generated from proto/errors.toml: do not edit."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means; of an API error also its root (rejected, transient, broken)."""

    meaning: str
    root: str = ""
    grpc: str = ""
    retired: bool = False
'''


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a set."""

    name: str
    code: int
    meaning: str
    root: str
    grpc: str
    retired: bool


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A section: codes that differ from one another."""

    name: str
    doc: str
    solidity: bool
    codes: list[Code]


def read_codes(source: Mapping[str, Any]) -> list[CodeSet]:
    """Return the sections of errors.toml in order. Raises BadSource."""
    sets = []
    for section, table in source.items():
        settings = {key: value for key, value in table.items() if key != key.upper()}
        only_keys(f"[{section}]", settings, {"name", "solidity", "bits", "doc"})
        codes: dict[int, Code] = {}
        for name, entry in entries(section, table):
            place = f"errors.toml [{section}] {name}"
            only_keys(place, entry, {"code", "meaning", "retired", "root", "grpc"})
            code, meaning = entry.get("code"), entry.get("meaning", "")
            root, grpc = entry.get("root", ""), entry.get("grpc", "")
            if not isinstance(code, int) or not 0 <= code < 2 ** settings.get("bits", 16):
                raise BadSource(f"{place}: code {code!r} does not fit")
            if code in codes:
                raise BadSource(f"{place}: {codes[code].name} has the code {code}")
            if not meaning:
                raise BadSource(f"{place}: no meaning")
            if root not in ROOTS or (grpc and grpc not in GRPC_STATUSES):
                raise BadSource(f"{place}: root {root!r} or grpc {grpc!r} is unknown")
            codes[code] = Code(name, code, meaning, root, grpc, entry.get("retired", False))
        if "name" not in settings:
            raise BadSource(f"errors.toml [{section}]: no name for the class")
        sets.append(
            CodeSet(
                settings["name"],
                settings.get("doc", section),
                settings.get("solidity", False),
                list(codes.values()),
            )
        )
    return sets


def errors_py(sets: Sequence[CodeSet]) -> str:
    """Return the Python module of all codes."""
    lines = [HEAD_PY]
    for each in sets:
        lines += ["", f"class {each.name}(IntEnum):", f'    """{each.doc}"""', ""]
        lines += [f"    {code.name} = {code.code}" for code in each.codes]
        table = f"{screaming(each.name)}_INFO"
        lines += ["", "", f"{table}: Final[dict[{each.name}, CodeInfo]] = {{"]
        for code in each.codes:
            arguments = [repr(code.meaning)]
            arguments += [
                f"{key}={value!r}"
                for key, value in (("root", code.root), ("grpc", code.grpc))
                if value
            ]
            arguments += ["retired=True"] if code.retired else []
            lines.append(f"    {each.name}.{code.name}: CodeInfo({', '.join(arguments)}),")
        lines += ["}", ""]
    return "\n".join(lines)


def results_sol(sets: Sequence[CodeSet]) -> str:
    """Return the Solidity file of the sets that ask for it."""
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "// Stable codes. Generated from proto/errors.toml: do not edit.",
        "pragma solidity 0.8.37;",
    ]
    for each in sets:
        if each.solidity:
            lines += ["", *comment(each.doc, "// ---")]
            for code in each.codes:
                lines += comment(code.meaning, "//")
                lines += [f"uint256 constant {screaming(each.name)}_{code.name} = {code.code};"]
    return "\n".join([*lines, ""])
