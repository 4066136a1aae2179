"""Posting batches and claims. Decides from what L1 holds now, never from what was sent before.

Each step looks at L1's newest batch and claim and at the store of sealed batches, and hands the
next transactions to the one owner of the nonces (`TransactionSender`), which keeps every intent on
disk before it is broadcast. So a restart, a reorganization or a deleted claim needs no case of its
own. Synchronous: runs in the L1 thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Broken
from strikeproof.l1 import CallReverted, Intent, IntentStatus, L1Client, TransactionSender
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.posting.claimant import Claimant
from strikeproof.sequencer.posting.order_rewrite import OrderOutdated
from strikeproof.wire.errors import FailureCode

BATCHES_UNDER_WAY: Final = 4
GAS_MAX: Final = 2**24  # EIP-7825

# Gas of postBatch: 40 a byte of calldata at least (EIP-7623), 8 a byte of log, memory and hashing.
BATCH_GAS: Final = 350_000
BATCH_BYTE_GAS: Final = 60
BATCH_SEGMENT_GAS: Final = 2_500
# Of propose: 32 bytes a root in calldata and log, two hashes.
CLAIM_GAS: Final = 400_000
CLAIM_ROOT_GAS: Final = 4_000
BOND_GAS: Final = 150_000
BOND: Final = "bond"

_log = structlog.get_logger("poster")
_ROLLUP: Final = contract_abi("Rollup")


class SequencerReplaced(Broken):
    """L1 has another sequencer, or another epoch of this one: nothing that we order counts."""

    code = FailureCode.SEQUENCER_REPLACED

    def __init__(self, *, found: tuple[bytes, int], expected: tuple[bytes, int]) -> None:
        """Both are address and epoch."""
        super().__init__(
            f"L1's sequencer is 0x{found[0].hex()} in epoch {found[1]},"
            f" this node is 0x{expected[0].hex()} in epoch {expected[1]}"
        )
        self.found, self.expected = found, expected


@dataclass(frozen=True, slots=True)
class PosterTerms:
    """Addresses and choices."""

    rollup: bytes
    sequencer_epoch: int
    propose: bool
    deposit_bond: bool


class Poster:
    """Brings L1 up to what was sealed and proved."""

    def __init__(
        self,
        client: L1Client,
        sender: TransactionSender,
        store: BatchStore,
        claimant: Claimant,
        terms: PosterTerms,
    ) -> None:
        self._client, self._sender, self._store = client, sender, store
        self._claimant, self._terms = claimant, terms
        self._checked_to = 0
        self._checked_bond = False
        self._waiting: str | None = None

    def step(self, view: L1View, proved_to: int, verified_to: int) -> None:
        """Send what is next. `proved_to`: newest batch with roots; `verified_to`: newest that the
        law check lets pass. Raises `OrderOutdated`, `SequencerReplaced`, and what sending and
        reading L1 raise."""
        state = view.state
        found = (state.sequencer, state.sequencer_epoch)
        expected = (self._sender.address, self._terms.sequencer_epoch)
        if found != expected:
            raise SequencerReplaced(found=found, expected=expected)
        self._sender.poll()
        if self._terms.propose and not self._checked_bond:
            self._checked_bond = self._bonded() or self._sender.find(BOND) is not None
        posted_to = self._check(view)
        self._post(view, posted_to, proved_to)
        if self._terms.propose:
            self._propose(view, min(posted_to, verified_to))

    # --- batches ---

    def _check(self, view: L1View) -> int:
        """Return how many batches L1 holds. Raises `OrderOutdated` if one is not ours."""
        posted = view.state.batches
        start = min(self._checked_to, len(posted))
        while start and not self._is_ours(start, posted[start - 1].hash):
            start -= 1  # replaced by a reorganization
        if start < self._checked_to:
            _log.warning("batches_reorganized", posted=start, were=self._checked_to)
        self._checked_to = start
        for number in range(start + 1, len(posted) + 1):
            if self._store.get(number) is None:
                break  # the prover is still at it
            if not self._is_ours(number, posted[number - 1].hash):
                raise OrderOutdated(f"batch {number} on L1 is not ours")
            self._checked_to = number
        return self._checked_to

    def _is_ours(self, number: int, found: bytes) -> bool:
        ours = self._store.get(number)
        return ours is not None and ours.hash == found

    def _post(self, view: L1View, posted_to: int, proved_to: int) -> None:
        if posted_to < len(view.state.batches):
            return  # L1 is ahead of our prover: post nothing that we have not compared
        last = min(proved_to, posted_to + BATCHES_UNDER_WAY)
        for number in range(posted_to + 1, last + 1):
            batch = self._store.get(number)
            assert batch is not None, number
            if batch.time_ms > view.head.timestamp_seconds * 1000:
                return  # L1's clock is behind: it would call the batch ahead of its time
            data = _ROLLUP.call("postBatch", batch.data)
            name = f"batch {number} {batch.hash.hex()[:16]}"
            if not self._may_send(name, data, dry_run=number == posted_to + 1):
                return
            gas = BATCH_GAS + BATCH_BYTE_GAS * len(data) + BATCH_SEGMENT_GAS * len(batch.roots)
            crash_point.reach("poster.before_batch")
            self._sender.submit(name, self._terms.rollup, data, gas=min(gas, GAS_MAX))
            crash_point.reach("poster.batch_sent")

    def _may_send(self, name: str, data: bytes, *, dry_run: bool) -> bool:
        """Whether to hand a transaction to the sender: not while one is under way, nor when L1
        would revert it. One that was sent, and whose effect L1 lost again, is followed there."""
        intent = self._sender.find(name)
        if intent is not None and not _is_over(intent):
            return False
        if not dry_run:
            return True
        try:
            self._client.call(self._terms.rollup, data, sender=self._sender.address, gas=GAS_MAX)
        except CallReverted as reverted:
            self._wait_for(name, _ROLLUP.error(reverted.data))
            return False
        self._waiting = None
        return True

    def _wait_for(self, name: str, reason: str) -> None:
        """Tell once why something cannot be sent now."""
        if self._waiting != f"{name}: {reason}":
            self._waiting = f"{name}: {reason}"
            _log.warning("l1_refuses", intent=name, reason=reason)

    # --- claims ---

    def _propose(self, view: L1View, last: int) -> None:
        number = len(view.state.claims)
        if not 1 <= number <= last or not self._bonded():
            return
        batch = self._store.get(number)
        assert batch is not None, number
        parent = view.state.claims[number - 1]
        roots = self._claimant.roots(batch)
        if roots[0] != parent.last_root:
            self._wait_for(
                f"claim {number}", f"the claim before it ends in 0x{parent.last_root.hex()[:16]}"
            )
            return
        data = _ROLLUP.call("propose", batch.hash, parent.hash, list(roots))
        # A deleted claim may be proposed again: the count of deletions makes another name.
        name = f"claim {number} on {parent.hash.hex()[:16]} after {view.state.deleted_claims}"
        if not self._may_send(name, data, dry_run=True):
            return
        gas = CLAIM_GAS + CLAIM_ROOT_GAS * len(roots)
        crash_point.reach("poster.before_claim")
        self._sender.submit(name, self._terms.rollup, data, gas=min(gas, GAS_MAX))
        crash_point.reach("poster.claim_sent")

    def _bonded(self) -> bool:
        """Whether the bond is enough. If it is too small, and it may, top it up once."""
        ask = self._client.call
        rollup, address = self._terms.rollup, self._sender.address
        bond = _ROLLUP.answer("bondOf", ask(rollup, _ROLLUP.call("bondOf", address)))[0]
        wanted = _ROLLUP.answer("bondWei", ask(rollup, _ROLLUP.call("bondWei")))
        if bond >= wanted:
            return True
        intent = self._sender.find(BOND)
        if (intent is None or _is_over(intent)) and self._terms.deposit_bond:
            data = _ROLLUP.call("depositBond")
            self._sender.submit(BOND, rollup, data, gas=BOND_GAS, value_wei=wanted - bond)
            _log.info("bond_deposited", wei=wanted - bond)
        else:
            self._wait_for("claims", f"the bond is {bond} wei, {wanted} are needed")
        return False


def _is_over(intent: Intent) -> bool:
    """Whether an intent is over for good; only then may its name be sent again."""
    return intent.status in (IntentStatus.FAILED, IntentStatus.LOST)
