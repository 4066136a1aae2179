"""Proposer: gathers the facts about the first batch without a claim, and carries out what
`proposal_decision` decides."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from strikeproof.l1 import Block, CallReverted
from strikeproof.l1.attempts import backoff_seconds
from strikeproof.l1.bond_facts import BOND_PURPOSE, BondFacts, read_bond
from strikeproof.verifier.dispute.action import (
    Action,
    DepositBond,
    Proposal,
    Propose,
    RaiseAlarm,
    Wait,
)
from strikeproof.verifier.dispute.dispute_sources import DisputeL1, DisputeSources
from strikeproof.verifier.dispute.proposal_decision import (
    RETRY_SECONDS_MAX,
    ProposalFacts,
    ProposalPolicy,
    decide_proposal,
)
from strikeproof.verifier.dispute.transactions import TransactionActions
from strikeproof.verifier.state.rollup_abi import read_error

_log = structlog.get_logger("verifier")


class Proposer:
    """Proposes right claims, as long as this key is bonded."""

    def __init__(
        self,
        sources: DisputeSources,
        l1: DisputeL1,
        transactions: TransactionActions,
        policy: ProposalPolicy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = sources.store
        self._executor = sources.executor
        self._judge = sources.judge
        self._reference = sources.reference
        self._genesis_claim = sources.genesis_claim
        self._l1 = l1
        self._transactions = transactions
        self.policy = policy
        self._clock = clock
        self._not_before: dict[str, float] = {}
        """When to try again the proposal that failed last."""

    def act(self, head: Block) -> tuple[Action, ...]:
        """Do what is to be done about the claim that L1 lacks; return it."""
        proposal = self._missing()
        if proposal is None:
            return ()  # the usual case: L1 is not asked
        facts = self._facts(proposal, head)
        actions = decide_proposal(facts, self.policy)
        for action in actions:
            self._carry_out(action, facts)
        return actions

    # --- facts ---

    def _missing(self) -> Proposal | None:
        """Return the claim that is missing, if all claims before it are right; or None."""
        parent_number = self._store.claim_count()
        batch = self._store.batch(parent_number + 1)
        if self._judge.right_count != parent_number or batch is None:
            return None
        roots = self._executor.roots_of(batch.number)
        if roots is None:
            return None
        parent = self._store.standing_claim(parent_number)
        parent_hash = parent.hash if parent is not None else self._genesis_claim
        return Proposal(batch.number, batch.hash, parent_hash, tuple(roots))

    def _facts(self, proposal: Proposal, head: Block) -> ProposalFacts:
        batch = self._store.batch(proposal.number)
        assert batch is not None, "a proposal has its batch"
        claims = self._store.claims_of(proposal.number)
        posted_seconds = self._l1.client.block(batch.block).timestamp_seconds
        return ProposalFacts(
            proposal=proposal,
            was_disproved=any(each.deleted_block is not None for each in claims),
            unclaimed_seconds=head.timestamp_seconds - posted_seconds,
            attempts=self._transactions.attempts(proposal.purpose),
            bond=self.bond(),
            now=self._clock(),
            not_before=self._not_before.get(proposal.purpose, 0.0),
        )

    def bond(self) -> BondFacts:
        """Return what L1 knows of our bond, and what we have sent towards it."""
        bond = self._read_bond()
        if not bond.suffices and self._transactions.follow_replaced(BOND_PURPOSE):
            bond = self._read_bond()  # L1 has taken a deposit back: it is on its way again
        return bond

    def _read_bond(self) -> BondFacts:
        deposits = self._transactions.intents(BOND_PURPOSE)
        return read_bond(self._l1.client, self._l1.rollup, self._transactions.address, deposits)

    # --- acting ---

    def _carry_out(self, action: Action, facts: ProposalFacts) -> None:
        match action:
            case Propose(proposal, attempt):
                if not self._reference.vouches_for(proposal.number):
                    _log.info("proposal_waits", batch=proposal.number, reason="py-evm is behind")
                    return
                self._pause(proposal, attempt, facts.now)
                if self._accepted(action):
                    self._transactions.send(action)
                    _log.info(
                        "claim_proposed",
                        batch=proposal.number,
                        root="0x" + proposal.roots[-1].hex(),
                        attempt=attempt,
                    )
            case DepositBond():
                self._transactions.send(action)
            case RaiseAlarm(alarm, fields):
                self._l1.alerter.raise_alarm(alarm, **fields)
            case Wait(reason):
                _log.debug("proposal_waits", reason=reason)
            case _:
                raise AssertionError(f"{action} is not an action of a proposer")

    def _accepted(self, action: Propose) -> bool:
        """Return whether L1 would take the proposal now."""
        data = action.call_data(self._transactions.address)
        try:
            self._l1.client.call(self._l1.rollup, data, sender=self._transactions.address)
        except CallReverted as reverted:
            reason = str(read_error(reverted.data))
            _log.warning("proposal_refused", batch=action.proposal.number, reason=reason)
            return False
        return True

    def _pause(self, proposal: Proposal, failures: int, now: float) -> None:
        pause = backoff_seconds(self.policy.retry_seconds, failures, RETRY_SECONDS_MAX)
        self._not_before = {proposal.purpose: now + pause}
