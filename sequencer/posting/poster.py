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
from eth_abi import decode

from strikeproof.failure import Broken
from strikeproof.l1.bond_facts import BOND_PURPOSE, BondFacts, read_bond
from strikeproof.l1.gas_estimate import call_gas_bound
from strikeproof.l1.intent import Intent
from strikeproof.l1.sender import FILLER_NAME
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader, claim_hash
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.l1.inclusion_rules import UNUSED, InboxUse, InclusionRules
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.posting.claimant import Claimant
from strikeproof.sequencer.posting.contract_sender import (
    BOND_SLOTS,
    LEAD_SLOTS,
    CallTurn,
    ContractSender,
    batch_gas_bound,
)
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated
from strikeproof.sequencer.posting.standing_alarms import StandingAlarms
from strikeproof.wire.constants import SEQUENCER_EPOCH_LEAP_MAX
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import HEADER_BYTES

BATCHES_UNDER_WAY: Final = 4
CLAIMS_UNDER_WAY: Final = 4
SELECTOR_BYTES: Final = 4
BATCH_PURPOSE: Final = "batch "
CLAIM_PURPOSE: Final = "claim "
GIVEN_UP_AT_ONCE: Final = 32
"""Dead transactions, the lowest nonces first, in whose place nothing is sent: mempools hold few of
one key."""

_log = structlog.get_logger("poster")
_ROLLUP: Final = contract_abi("Rollup")


def batch_purpose(number: int, batch_hash: bytes) -> str:
    """Return what the transactions of a batch are named by."""
    return f"{BATCH_PURPOSE}{number} {batch_hash.hex()[:16]}"


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
    """Whose batches these are, and what may be sent for them."""

    takes_turns: bool
    """Whether other nodes may post too: this one takes over on L1 by itself."""
    propose: bool
    rules: InclusionRules
    bond_wei_max: int
    """Most that may become our bond, over all deposits; 0: nothing."""


class Poster:
    """Brings L1 up to what was sealed and proved."""

    def __init__(
        self,
        rollup: ContractSender,
        store: BatchStore,
        claimant: Claimant,
        terms: PosterTerms,
        alarms: StandingAlarms,
    ) -> None:
        self.rollup, self._sender, self._store = rollup, rollup.sender, store
        self._claimant, self._terms, self._alarms = claimant, terms, alarms
        self._checked_to = 0
        self.bond: BondFacts | None = None
        """As last read; None: not read, because this node proposes nothing."""
        self._bond_head = b""

    def step(self, view: L1View, proved_to: int, verified_to: int) -> None:
        """Send what is next. `proved_to`: newest batch with roots; `verified_to`: newest that the
        law check lets pass. Raises `BatchesOutdated`, and what sending and reading L1 raise."""
        for intent in self._sender.poll():
            if intent.name.startswith(BATCH_PURPOSE):
                self.rollup.landed(intent)
        if self._terms.propose:
            self._keep_bonded(view)
        posted_to = self._check(view)
        self._give_up_dead(view, posted_to)
        if not view.state.is_frozen:
            self._post(view, posted_to, proved_to)
        if self._terms.propose:
            self._propose(view, min(posted_to, verified_to))

    def leads(self, view: L1View, epoch: int) -> bool:
        """Return whether L1 takes batches of this node, which leads in `epoch`; until it does, take
        over there. Raises `SequencerReplaced`, and what sending raises."""
        found = (view.state.sequencer, view.state.sequencer_epoch)
        if found == (self._sender.address, epoch):
            return True
        if not self._terms.takes_turns or found[1] >= epoch:
            raise SequencerReplaced(found=found, expected=(self._sender.address, epoch))
        epoch = min(epoch, found[1] + SEQUENCER_EPOCH_LEAP_MAX)
        data, purpose = _ROLLUP.call("lead", epoch), f"lead in epoch {epoch}"
        self._sender.poll()
        is_due = self.rollup.turn(purpose, view.head) is CallTurn.DUE
        if is_due and self.rollup.is_accepted(purpose, data):
            self.rollup.send(purpose, data, call_gas_bound(data, LEAD_SLOTS))
            _log.info("takes_over_on_l1", epoch=epoch)
        return False

    # --- batches ---

    def _check(self, view: L1View) -> int:
        """Return how many batches L1 holds. Raises `BatchesOutdated` if one is not ours."""
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
                raise BatchesOutdated(f"batch {number} on L1 is not ours")
            self._checked_to = number
        return self._checked_to

    def _is_ours(self, number: int, found: bytes) -> bool:
        ours = self._store.get(number)
        return ours is not None and ours.hash == found

    def _give_up_dead(self, view: L1View, posted_to: int) -> None:
        """Give up batches and claims that L1 can no longer take: after a deep reorganization
        there are hundreds, in front of everything that it can, and a block has room for few."""
        pending = self._sender.pending()
        if len(pending) <= BATCHES_UNDER_WAY + CLAIMS_UNDER_WAY:
            return  # not worth a look
        dead = [each for each in pending if self._is_dead(each, view, posted_to)]
        fillers = sum(each.name.startswith(FILLER_NAME) for each in pending)
        if given_up := dead[: max(0, GIVEN_UP_AT_ONCE - fillers)]:
            self._sender.give_up(given_up)
            _log.info("transactions_given_up", count=len(given_up), dead=len(dead))

    def _is_dead(self, intent: Intent, view: L1View, posted_to: int) -> bool:
        """Whether L1 holds what an intent stands for already, or it is too old, or no longer part
        of our order. What the store does not hold yet may be any of these: the prover seals it
        again."""
        name = intent.name
        is_batch = name.startswith(BATCH_PURPOSE)
        if not is_batch and not name.startswith(CLAIM_PURPOSE):
            return False
        _, number_text, hash_text = name.split()[:3]
        number = int(number_text)
        if number <= posted_to if is_batch else number < len(view.state.claims):
            return True
        ours = self._store.get(number)
        if ours is None:
            return False
        is_ours = ours.hash.hex().startswith(hash_text.rstrip(","))
        return not is_ours or (is_batch and self._terms.rules.is_too_old(ours.time_ms, view))

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
            purpose = batch_purpose(number, batch.hash)
            is_next = number == posted_to + 1
            if is_next:
                self._check_inbox_end(batch, view)
            turn = self.rollup.turn(purpose, view.head)
            if turn is CallTurn.UNDER_WAY:
                continue
            if turn is CallTurn.RESTS:
                return
            if is_next and not self.rollup.is_accepted(purpose, data):
                return
            crash_point.reach("poster.before_batch")
            bound = batch_gas_bound(data, len(batch.roots))
            self.rollup.send_batch(purpose, data, bound, is_next=is_next)
            crash_point.reach("poster.batch_sent")

    def _check_inbox_end(self, batch: StoredBatch, view: L1View) -> None:
        """Raise `BatchesOutdated` if the next batch leaves out a message that is due."""
        posted = view.state.batches
        parent = InboxUse.of(posted[-1].header) if posted else UNUSED
        use = InboxUse.of(BatchHeader.decode(batch.data[:HEADER_BYTES]))

        def before() -> list[InboxUse]:
            return [InboxUse.of(each.header) for each in posted]

        if self._terms.rules.leaves_out_due(parent, use, before, view):
            left = f"exit {use.exit_end} or message {use.message_end}"
            raise BatchesOutdated(f"batch {batch.number} leaves out {left}, which is due")

    def sent_batch(self, number: int, batch_hash: bytes) -> Batch | None:
        """Return a batch that was ever sent to L1, None if this one never was."""
        for intent in self.rollup.attempts(batch_purpose(number, batch_hash)):
            (data,) = decode(["bytes"], intent.data[SELECTOR_BYTES:])
            batch = Batch.decode(data)
            if batch.hash == batch_hash:
                return batch
        return None

    # --- claims ---

    def _propose(self, view: L1View, last: int) -> None:
        """Propose the next claims, each on the one before it, whether L1 holds that yet or not.

        A claim names its parent by hash, so L1 refuses it on any other (attack 37).
        """
        claims = view.state.claims
        if not claims or not self._is_bonded:
            return
        parent, parent_root = claims[-1].hash, claims[-1].last_root
        last = min(last, len(claims) - 1 + CLAIMS_UNDER_WAY)
        for number in range(len(claims), last + 1):
            batch = self._store.get(number)
            assert batch is not None, number
            # A deleted claim may be proposed again: the count of deletions makes another name.
            purpose = (
                f"{CLAIM_PURPOSE}{number} {batch.hash.hex()[:16]} on {parent.hex()[:16]}"
                f" after {view.state.deleted_claims}"
            )
            roots = self._claimant.roots(batch)
            if roots[0] != parent_root:
                reason = f"the claim before it ends in 0x{parent_root.hex()[:16]}"
                self.rollup.wait_for(purpose, reason)
                return
            turn = self.rollup.turn(purpose, view.head)
            if turn is CallTurn.RESTS:
                return
            data = _ROLLUP.call("propose", batch.hash, parent, list(roots))
            if turn is CallTurn.DUE:
                is_next = number == len(claims)
                if is_next and not self.rollup.is_accepted(purpose, data):
                    return
                crash_point.reach("poster.before_claim")
                self.rollup.send_claim(purpose, data, is_next=is_next)
                crash_point.reach("poster.claim_sent")
            parent = claim_hash(number, batch.hash, parent, self._sender.address, roots)
            parent_root = roots[-1]

    # --- the bond ---

    @property
    def _is_bonded(self) -> bool:
        return self.bond is not None and self.bond.suffices and not self.bond.held_wei

    def _keep_bonded(self, view: L1View) -> None:
        """Read the bond at each new head, and top it up if it is too small and may be."""
        head = view.head
        if head.hash == self._bond_head:
            return
        deposits = self.rollup.attempts(BOND_PURPOSE)
        bond = read_bond(
            self.rollup.client, self.rollup.address, self._sender.address, deposits, head.number
        )
        self.bond, self._bond_head = bond, head.hash
        if any((each.block_number or 0) > head.number for each in deposits):
            return  # a deposit that this view does not show yet
        top_up = bond.top_up_wei(self._terms.bond_wei_max)
        if top_up is not None and any(map(self._sender.reopen_if_replaced, deposits)):
            self._bond_head = b""  # L1 has taken a deposit back: it is sent again, not a second one
            return
        if bond.held_wei:
            self._settle(bond, view)  # no claim is taken before
        elif top_up is not None:
            data = _ROLLUP.call("topUpBond", bond.amount_wei)
            self.rollup.send(BOND_PURPOSE, data, call_gas_bound(data, BOND_SLOTS), top_up)
            _log.info("bond_deposited", wei=top_up, needed_wei=bond.needed_wei)
        missing = None
        if not bond.suffices and not bond.deposits.in_flight and (bond.held_wei or top_up is None):
            missing = {
                "bond_wei": bond.amount_wei,
                "needed_wei": bond.needed_wei,
                "held_wei": bond.held_wei,
            }
        self._alarms.judge("bond_missing", missing)

    def _settle(self, bond: BondFacts, view: L1View) -> None:
        """Have what is held of a slash paid out, once it may be: it stands in the way of claims."""
        if view.head.timestamp_seconds <= bond.locked_until_seconds:
            return
        purpose = f"settle what is held until {bond.locked_until_seconds}"
        data = _ROLLUP.call("settleHeld", self._sender.address)
        if self.rollup.turn(purpose, view.head) is not CallTurn.DUE:
            return
        if self.rollup.is_accepted(purpose, data):
            self.rollup.send(purpose, data, call_gas_bound(data, BOND_SLOTS))
