"""proto/operations.toml → contracts/src/generated/Operations.sol: sizes and offsets."""

from __future__ import annotations

from tools.generate.operations import Operations
from tools.generate.sizes import sizes
from tools.generate.source import comment

HEAD = """// SPDX-License-Identifier: Apache-2.0
// Sizes and offsets of all that travels. Generated from proto/operations.toml: do not edit.
// Offsets count from the start of an op's body, of a message's or governance payload, of an action
// or of a structure.
pragma solidity 0.8.37;
"""


def operations_sol(operations: Operations) -> str:
    """Return the Solidity file of all sizes and offsets."""
    lines = [HEAD.rstrip()]
    for title, constants in sizes(operations):
        lines += ["", *comment(title, "// ---")]
        lines += [f"uint256 constant {name} = {value};" for name, value in constants]
    return "\n".join([*lines, ""])
