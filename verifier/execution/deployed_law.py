"""A law: the code of its families and modules, and the id that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.law_call import LawFailed, executing_family

_LAW_ID_TEXT: Final = b"strikeproof law 2"


@dataclass(frozen=True, slots=True)
class DeployedLaw:
    """A law as L1 has it."""

    families: tuple[bytes, ...]
    """Addresses of trade, keeper, upkeep and inbox."""
    modules: tuple[bytes, ...]
    contracts: Mapping[bytes, bytes]
    """Runtime code of all of them, by address."""

    @property
    def id(self) -> bytes:
        """Return the law id."""
        codes = (self.contracts[each] for each in (*self.families, *self.modules))
        return keccak256(_LAW_ID_TEXT + b"".join(map(keccak256, codes)))

    def contract_of(self, law_input: bytes) -> bytes:
        """Return the contract that executes this input. Raises `LawFailed` if L1 would have none:
        it orders no such segment."""
        family = executing_family(law_input)
        if not 1 <= family <= len(self.families):
            raise LawFailed(f"there is no law of family {family}")
        return self.families[family - 1]
