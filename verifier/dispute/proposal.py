"""Proposals: the right claim for a batch whose wrong one was deleted, or that nobody claims."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from strikeproof.l1 import Block, CallReverted, L1Client, TransactionSender
from strikeproof.verifier.dispute.verdict import Judge
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.state.rollup_abi import call_data, read_error, return_values
from strikeproof.verifier.store.verifier_store import VerifierStore

_log = structlog.get_logger("verifier")

_GAS_BASE = 150_000
_GAS_PER_ROOT = 32 * 40 + 1_000  # calldata, event, hashing


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim to make."""

    number: int
    batch_hash: bytes
    parent_hash: bytes
    roots: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """Return the name of its intent: the same claim is not sent twice."""
        return f"propose {self.number} upon 0x{self.parent_hash.hex()}"

    def call_data(self) -> bytes:
        """Return the calldata of `Rollup.propose`."""
        return call_data("propose", self.batch_hash, self.parent_hash, list(self.roots))


class Proposer:
    """Decides on proposals and sends them, as long as this key is bonded."""

    def __init__(
        self,
        client: L1Client,
        sender: TransactionSender,
        store: VerifierStore,
        reexecution: BatchExecutor,
        judge: Judge,
        rollup: bytes,
        genesis_claim: bytes,
        *,
        after_seconds: int,
    ) -> None:
        self._client = client
        self._sender = sender
        self._store = store
        self._reexecution = reexecution
        self._judge = judge
        self._rollup = rollup
        self._genesis_claim = genesis_claim
        self._after_seconds = after_seconds
        self._unbonded_said = False

    def decide(self, head: Block) -> Proposal | None:
        """Return the claim that is missing, upon parents that are all right; None if none is."""
        parent_number = self._store.claim_count()
        if self._judge.right_count != parent_number:
            return None
        number = parent_number + 1
        batch = self._store.batch(number)
        if batch is None:
            return None
        disproved = any(each.deleted_block is not None for each in self._store.claims_of(number))
        if not disproved and not self._is_overdue(batch.block, head):
            return None
        roots = self._reexecution.roots_of(number)
        if roots is None:
            return None
        parent = self._store.standing_claim(parent_number)
        parent_hash = parent.hash if parent is not None else self._genesis_claim
        return Proposal(number, batch.hash, parent_hash, tuple(roots))

    def act(self, head: Block) -> Proposal | None:
        """Send what is missing; return it if it was sent now."""
        proposal = self.decide(head)
        if proposal is None or self._sender.find(proposal.name) is not None:
            return None
        if not self._is_bonded():
            return None
        data = proposal.call_data()
        try:
            self._client.call(self._rollup, data, sender=self._sender.address)
        except CallReverted as reverted:
            _log.warning(
                "proposal_refused", batch=proposal.number, reason=str(read_error(reverted.data))
            )
            return None
        gas = _GAS_BASE + _GAS_PER_ROOT * len(proposal.roots)
        self._sender.submit(proposal.name, self._rollup, data, gas=gas)
        _log.info("claim_proposed", batch=proposal.number, root="0x" + proposal.roots[-1].hex())
        return proposal

    def _is_overdue(self, block: int, head: Block) -> bool:
        posted = self._client.block(block).timestamp_seconds
        return head.timestamp_seconds - posted >= self._after_seconds

    def _is_bonded(self) -> bool:
        bond = self._client.call(self._rollup, call_data("bondOf", self._sender.address))
        needed = self._client.call(self._rollup, call_data("bondWei"))
        ((amount, *_),) = return_values("bondOf", bond)
        bonded = amount >= int.from_bytes(needed, "big")
        if not bonded and not self._unbonded_said:
            _log.warning("not_bonded", bond_wei=amount, needed_wei=int.from_bytes(needed, "big"))
        self._unbonded_said = not bonded
        return bonded
