"""The parts of a verifier put together: store, state, laws, derivation, re-execution, judging.

The node runs them in a loop; the commands of `strikeproof challenge` use them once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from strikeproof.l1 import L1Client
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.derivation.log_derivation import Contracts, Derivation
from strikeproof.verifier.dispute.challenge import ChallengeBuilder
from strikeproof.verifier.dispute.verdict import Judge
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.execution.deployed_laws import DeployedLaws
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.store.verifier_store import StoreUnusable, VerifierStore


def find_contracts(config: VerifierConfig, client: L1Client) -> Contracts:
    """Return where the venue is. Raises `WrongChain`, and what reading L1 raises."""
    client.check_chain(config.l1.chain_id)
    answer = client.call(config.l1.rollup, call_data("inbox"))
    if len(answer) != 32:
        raise StoreUnusable(f"no Rollup at 0x{config.l1.rollup.hex()}")
    return Contracts(config.l1.chain_id, config.l1.rollup, answer[-20:], config.l1.first_block)


class VerifierParts:
    """A verifier's parts over one store."""

    def __init__(
        self,
        client: L1Client,
        contracts: Contracts,
        store_path: Path,
        *,
        writable: bool = True,
        blocks_per_query: int = 2_000,
    ) -> None:
        """Open store and state. Raises `StoreUnusable`."""
        self.client = client
        self.contracts = contracts
        self.store = VerifierStore(store_path, contracts.identity, writable=writable)
        self.state = StateHistory(
            self.store, contracts.chain_id, contracts.rollup, writable=writable
        )
        self.laws = DeployedLaws(client, self.store, contracts.rollup)
        self.reexecution = BatchExecutor(self.store, self.state, self.laws)
        self.prover = ChallengeBuilder(self.reexecution, self.state, self.laws)
        self.judge = Judge(self.store, self.reexecution)
        self.derivation = Derivation(
            client,
            self.store,
            contracts,
            on_rollback=self.reexecution.undo_after,
            blocks_per_query=blocks_per_query,
        )

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def catch_up(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Derive and execute everything that L1 has; for tests and commands, not for the node."""
        while not stop() and not self.derivation.advance().at_head:
            pass
        while not stop() and self.reexecution.step() is not None:
            pass
