"""The verifier's metrics. Names carry units; labels are enumerations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class VerifierMetrics:
    """All metrics of one node, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        gauge = partial(Gauge, registry=self.registry)
        counter = partial(Counter, registry=self.registry)
        self.l1_head = gauge(
            "verifier_l1_head_block_number", "Newest L1 block that endpoints agree on"
        )
        self.derived_block = gauge(
            "verifier_derived_block_number", "Newest L1 block whose events are used"
        )
        self.batches = gauge("verifier_batches", "Batches derived from L1")
        self.batches_verified = gauge("verifier_batches_verified", "Batches executed to their end")
        self.claims = gauge("verifier_claims", "Claims that stand")
        self.claims_verified = gauge(
            "verifier_claims_verified", "Claims that stand and are right, in a row"
        )
        self.segments = counter("verifier_segments_executed", "Segments re-executed")
        self.ops = counter("verifier_ops_executed", "Operations re-executed")
        self.execution_seconds = Histogram(
            "verifier_segment_execution_seconds",
            "Time to re-execute a segment and update the forest",
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=self.registry,
        )
        self.guesses_wrong = counter("verifier_advice_guesses_wrong", "Advice that the law refused")
        self._add_rates(gauge, counter)
        self._add_reference(gauge, counter)
        self._add_upkeep(gauge)
        self.wrong_claims = counter("verifier_wrong_claims", "Claims found to be wrong")
        self.disputes = counter(
            "verifier_disputes", "Disputes by the stage they reached", ["stage"]
        )
        self.controls = counter("verifier_controls", "Positive controls by outcome", ["outcome"])
        self.reorganizations = counter(
            "verifier_l1_reorganizations", "Roll-backs after L1 replaced blocks"
        )
        self.l1_troubles = counter(
            "verifier_l1_troubles", "Steps that L1 did not let happen", ["kind"]
        )
        self.alarms = counter("verifier_alarms", "Alarms by kind", ["kind"])
        self.webhook_deliveries = _webhook_deliveries(counter)
        self.balance_wei = gauge("verifier_balance_wei", "Ether of the key that challenges")
        self.balance_needed_wei = gauge(
            "verifier_balance_needed_wei",
            "Ether that a commitment and the most expensive challenge may cost now",
        )
        self._add_bond(gauge)
        self.stalled_seconds = gauge(
            "verifier_derivation_stalled_seconds",
            "Time since enough endpoints last reported a new L1 block",
        )
        self.deadline_seconds = gauge(
            "verifier_nearest_deadline_seconds",
            "Time to the nearest deadline of a claim that is not verified, or not seen yet",
        )
        self.blocks_per_query = gauge(
            "verifier_blocks_per_query", "Blocks that one eth_getLogs covers now"
        )
        self.single_endpoint = gauge(
            "verifier_single_endpoint", "1 while L1 is read from one endpoint"
        )

    def _add_bond(self, gauge: Callable[..., Gauge]) -> None:
        self.bond_wei = gauge("verifier_bond_wei", "Bond of the key")
        self.bond_held_wei = gauge("verifier_bond_held_wei", "Of our own bond, after a slash")
        self.reward_held_wei = gauge(
            "verifier_reward_held_wei", "Rewards that are ours and not settled yet"
        )
        self.reward_credit_wei = gauge(
            "verifier_reward_credit_wei", "Settled rewards that can be collected"
        )
        self.reward_collected_wei = gauge(
            "verifier_reward_collected_wei", "Rewards that L1 has paid to the key"
        )

    def _add_rates(self, gauge: Callable[..., Gauge], counter: Callable[..., Counter]) -> None:
        self.void_segments = counter(
            "verifier_void_segments", "Segments beyond their declaration: their ops did nothing"
        )
        self.rate = gauge("verifier_segments_per_second", "Own rate over the last segments")
        self.charge_rate = gauge(
            "verifier_charge_per_second", "Law-gas of the last segments, by the time that they took"
        )
        self.charge_admitted = gauge(
            "verifier_admitted_charge_per_second", "Law-gas a second that L1 admits"
        )

    def _add_upkeep(self, gauge: Callable[..., Gauge]) -> None:
        self.venue_frozen = gauge("verifier_venue_frozen", "1 once L1 accepts no more batches")
        self._below = gauge(
            "verifier_accounts_below_maintenance", "Accounts that may be liquidated"
        )
        self._upkeep_late = gauge(
            "verifier_upkeep_late_seconds",
            "For how long the oldest upkeep of a kind has been due, by the venue's clock",
            ["upkeep"],
        )

    def upkeep(self, below: int, late_seconds: dict[str, float]) -> None:
        """Show what is due, by kind."""
        self._below.set(below)
        for kind, seconds in late_seconds.items():
            self._upkeep_late.labels(kind).set(seconds)

    def _add_reference(self, gauge: Callable[..., Gauge], counter: Callable[..., Counter]) -> None:
        self.reference_segments = counter(
            "verifier_reference_segments", "Segments that py-evm executed behind, to the same end"
        )
        self.reference_backlog = gauge(
            "verifier_reference_backlog_segments", "Segments that wait for py-evm"
        )
        self.reference_share = gauge(
            "verifier_reference_share", "Share of the newest verified claim that py-evm executed"
        )
        self.worker_troubles = counter(
            "verifier_worker_troubles", "Workers that gave no answer or a wrong one", ["kind"]
        )
        self.executors_differ = gauge(
            "verifier_executors_differ", "1 while executors differ and nothing is sent"
        )


def _webhook_deliveries(counter: Callable[..., Counter]) -> Counter:
    deliveries = counter(
        "verifier_webhook_deliveries", "Alarms to webhooks, by what became of them", ["outcome"]
    )
    for outcome in ("delivered", "failed", "refused", "given_up", "dropped"):
        deliveries.labels(outcome)  # a counter that begins at 1 has never increased
    return deliveries
