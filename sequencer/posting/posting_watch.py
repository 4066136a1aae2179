"""What an operator sees of the way to L1: endpoints, key, fees, bond."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from strikeproof.l1 import L1Client, TransactionSender
from strikeproof.l1.bond_facts import BondFacts
from strikeproof.l1.endpoint_health import EndpointState
from strikeproof.l1.l1_values import Block
from strikeproof.sequencer.posting.contract_sender import batch_gas_bound
from strikeproof.sequencer.posting.promise_stake import StakeFacts
from strikeproof.sequencer.posting.standing_alarms import StandingAlarms

BATCHES_AFFORDABLE_MIN: Final = 100  # at present fees; below, `balance_low`


class PostingMetrics:
    """Gauges of the way to L1, in a node's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge("sequencer_" + name, text, labels, registry=registry)

        self.balance_wei = gauge("balance_wei", "Ether of the node's key")
        self.balance_needed_wei = gauge("balance_needed_wei", "Below, balance_low is raised")
        self.pending = gauge("pending_transactions", "Signed, and in no block")
        self.oldest_pending_seconds = gauge(
            "oldest_pending_seconds", "Since the oldest pending transaction was signed"
        )
        self.fee_cap_reached = gauge(
            "fee_cap_reached", "1 while the next transaction is offered max_fee_gwei and no more"
        )
        self.endpoint = gauge("l1_endpoint", "1 for the state of an endpoint", "endpoint", "state")
        self.bond_wei = gauge("bond_wei", "The bond of the node's key")
        self.bond_needed_wei = gauge("bond_needed_wei", "Bond that a claim needs")
        self.stake_wei = gauge("promise_stake_wei", "What stands behind the node's receipts")
        self.stake_needed_wei = gauge("promise_stake_needed_wei", "Stake that the node keeps")
        self.bond_held_wei = gauge("bond_held_wei", "Held of it after a slash: no claim before")


class PostingWatch:
    """Looks after every round, and at the balance with each new head."""

    def __init__(
        self,
        client: L1Client,
        sender: TransactionSender,
        alarms: StandingAlarms,
        registry: CollectorRegistry,
    ) -> None:
        self._client, self._sender, self._alarms = client, sender, alarms
        self._metrics = PostingMetrics(registry)
        self._head = b""

    def end_round(self) -> None:
        """Report what a round showed, whether it succeeded or not."""
        for change in self._client.health.end_round():
            name = change.endpoint
            for state in (EndpointState.DOWN, EndpointState.DISAGREES):
                fields = None
                if change.state is state:
                    fields = {"endpoint": name, "reason": change.reason}
                self._alarms.judge(f"endpoint_{state.value}", fields, about=name)
        for endpoint in self._client.configured:
            found = self._client.health.state(endpoint.name)
            for state in EndpointState:
                self._metrics.endpoint.labels(endpoint.name, state.value).set(found is state)
        self._metrics.pending.set(len(self._sender.pending()))
        self._metrics.oldest_pending_seconds.set(self._sender.oldest_pending_seconds())
        self._metrics.fee_cap_reached.set(self._sender.at_fee_cap)

    def on_head(
        self,
        head: Block,
        batch_gas: int | None,
        bond: BondFacts | None,
        stake: StakeFacts | None = None,
    ) -> None:
        """Compare the balance with what batches cost at a new head. Raises what reading L1 does.

        `batch_gas`: what the last batch needed.
        """
        if head.hash == self._head:
            return
        self._head = head.hash
        if bond is not None:
            self._metrics.bond_wei.set(bond.amount_wei)
            self._metrics.bond_needed_wei.set(bond.needed_wei)
            self._metrics.bond_held_wei.set(bond.held_wei)
        if stake is not None:
            self._metrics.stake_wei.set(stake.amount_wei)
            self._metrics.stake_needed_wei.set(stake.needed_wei)
        balance = self._client.balance_wei(self._sender.address)
        needed = self._needed_wei(head, batch_gas)
        self._metrics.balance_wei.set(balance)
        self._metrics.balance_needed_wei.set(needed)
        fields = None
        if balance < needed:
            address = "0x" + self._sender.address.hex()
            fields = {"address": address, "balance_wei": balance, "needed_wei": needed}
        self._alarms.judge("balance_low", fields)

    def _needed_wei(self, head: Block, batch_gas: int | None) -> int:
        gas = batch_gas_bound(b"", 1) if batch_gas is None else batch_gas
        fees = self._sender.policy
        fee = min(head.base_fee_wei + fees.priority_fee_wei, fees.max_fee_cap_wei)
        return BATCHES_AFFORDABLE_MIN * gas * fee
