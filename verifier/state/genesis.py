"""The genesis: the state before the first batch (docs/protocol/state.md)."""

from __future__ import annotations

from typing import Final

from strikeproof.deployment_check import domain_separator, genesis_record
from strikeproof.verifier.state.forest import Forest

GLOBAL_KEY: Final = 0


def genesis_records(chain_id: int, rollup: bytes) -> dict[int, bytes]:
    """Return the records of the genesis: the global one alone."""
    return {GLOBAL_KEY: genesis_record(domain_separator(chain_id, rollup))}


def genesis_root(chain_id: int, rollup: bytes) -> bytes:
    """Return the state root of the genesis."""
    forest = Forest()
    forest.update(genesis_records(chain_id, rollup))
    return forest.root
