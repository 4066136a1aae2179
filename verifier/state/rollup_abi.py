"""Calls of the Rollup and the errors it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.verifier.state.abi_codec import AbiCodec

ADMITTED_RATES: Final = ("orderedRate", "inboxRate", "inboxRate")
"""Getters of what L1 admits, in law-gas a second: of ordered segments, messages and exits."""

DEFECTS: Final = (
    "ROOT_INDEX",
    "ROOTS",
    "HEADER",
    "SEGMENT",
    "MESSAGE",
    "LAW_CALL",
    "LAW_RESULT",
    "RECORDS",
    "TOUCHED",
    "ADVICE",
    "PROOF",
    "PRE_ROOT",
)
"""Why a challenge is incomplete, by number; contracts/src/interfaces/IRollup.sol, Defect."""


@dataclass(frozen=True, slots=True)
class RollupError:
    """A custom error with its arguments; `name` is empty for data of no known error."""

    name: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        if self.name == "Incomplete" and self.arguments and self.arguments[0] < len(DEFECTS):
            return f"Incomplete({DEFECTS[self.arguments[0]]})"
        texts = (
            "0x" + each.hex() if isinstance(each, bytes) else str(each) for each in self.arguments
        )
        return f"{self.name}({', '.join(texts)})" if self.name else "a revert without known error"


_ROLLUP: Final = AbiCodec("Rollup")


def call_data(function: str, *arguments: Any) -> bytes:
    """Return the calldata of a function of the Rollup; structs are given as mappings by name."""
    return _ROLLUP.call_data(function, *arguments)


def return_values(function: str, data: bytes) -> Sequence[Any]:
    """Return what a function of the Rollup answered. Raises ValueError if it is not that."""
    return _ROLLUP.return_values(function, data)


def read_error(data: bytes) -> RollupError:
    """Return the custom error in the data of a revert."""
    return RollupError(*_ROLLUP.error(data))
