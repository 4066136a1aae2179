"""The parts of a verifier put together: store, state, laws, derivation, re-execution, judging.

The node runs them in a loop; the commands of `strikeproof challenge` use them once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from strikeproof.failure import Rejected
from strikeproof.l1 import CallReverted, L1Client
from strikeproof.verifier.config import ExecutorName, VerifierConfig
from strikeproof.verifier.derivation.log_derivation import Contracts, Derivation
from strikeproof.verifier.dispute.challenge import ChallengeBuilder
from strikeproof.verifier.dispute.dispute_sources import DisputeSources
from strikeproof.verifier.dispute.verdict import Judge
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.execution.deployed_laws import DeployedLaws
from strikeproof.verifier.execution.executor_choice import ExecutorChoice
from strikeproof.verifier.execution.executor_difference import DifferenceFolder
from strikeproof.verifier.execution.in_process_pool import HomePool
from strikeproof.verifier.execution.reference_check import ReferenceCheck, ReferencePolicy
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.execution.worker_pool import JobPool
from strikeproof.verifier.state.genesis import genesis_root
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.errors import FailureCode


class NoRollup(Rejected):
    """What lives at the configured address is not a Rollup of this chain."""

    code = FailureCode.NO_ROLLUP

    def __init__(self, address: bytes, chain_id: int) -> None:
        super().__init__(
            f"l1.rollup: 0x{address.hex()} on chain {chain_id} is not a Rollup of this protocol"
        )
        self.address = address
        self.chain_id = chain_id


def find_contracts(config: VerifierConfig, client: L1Client) -> Contracts:
    """Return where the venue is. Raises `WrongChain`, `NoRollup`, and what reading L1 raises."""
    chain_id, rollup = config.l1.chain_id, config.l1.rollup
    client.check_chain(chain_id)
    try:
        answer = client.call(rollup, call_data("inbox"))
        genesis = client.call(rollup, call_data("genesisRoot"))
    except CallReverted:
        raise NoRollup(rollup, chain_id) from None
    if len(answer) != 32 or genesis != genesis_root(chain_id, rollup):
        raise NoRollup(rollup, chain_id)
    return Contracts(config.l1.chain_id, config.l1.rollup, answer[-20:], config.l1.first_block)


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """What runs ahead, and what runs behind it."""

    executor: ExecutorName = "py-evm"
    make_pool: Callable[[], JobPool] = HomePool
    reference: ReferencePolicy = field(default_factory=ReferencePolicy)
    differences: Path | None = None
    """Folder for witnesses of segments on which executors differ."""


class VerifierParts:
    """A verifier's parts over one store."""

    def __init__(
        self,
        client: L1Client,
        contracts: Contracts,
        store_path: Path,
        *,
        writable: bool = True,
        is_live: bool = False,
        blocks_per_query: int = 2_000,
        execution: ExecutionOptions | None = None,
    ) -> None:
        """Open store and state. What is opened for reading alone shows one moment, unless it
        `is_live`: then each read returns what is there by then. Raises `StoreUnusable`,
        `ExecutorUnavailable`."""
        options = execution or ExecutionOptions()
        self.client = client
        self.contracts = contracts
        self.store = VerifierStore(store_path, contracts.identity, writable=writable)
        if not (writable or is_live):
            self.store.hold_moment()
        self.state = StateHistory(
            self.store, contracts.chain_id, contracts.rollup, writable=writable
        )
        self.laws = DeployedLaws(client, self.store, contracts.rollup)
        try:
            self.choice = ExecutorChoice(self.laws, self.state, options.executor)
            pool = options.make_pool()
        except Rejected:
            self.store.close()
            raise
        self.executor = BatchExecutor(self.store, self.state, self.choice)
        self.reference = ReferenceCheck(
            self.executor,
            pool,
            DifferenceFolder(options.differences),
            options.reference,
        )
        self.challenge_builder = ChallengeBuilder(
            self.executor, self.reference if writable else None
        )
        self.judge = Judge(self.store, self.executor)
        self.derivation = Derivation(
            client,
            self.store,
            contracts,
            on_rollback=self.executor.undo_after,
            blocks_per_query=blocks_per_query,
        )

    @property
    def dispute_sources(self) -> DisputeSources:
        """Return what decisions about disputes are based on."""
        return DisputeSources(
            self.store,
            self.executor,
            self.challenge_builder,
            self.judge,
            self.reference,
            self.derivation.genesis_claim,
        )

    def close(self) -> None:
        """End the pool, close the store."""
        self.reference.close()
        self.store.close()

    def catch_up(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Derive and execute everything that L1 has; for tests and commands, not for the node."""
        while not stop() and not self.derivation.advance().at_head:
            pass
        with self.store.grouped():
            while not stop() and self.executor.step() is not None:
                pass
