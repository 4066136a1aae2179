"""The verifier's metrics. Names carry units; labels are enumerations."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class VerifierMetrics:
    """All metrics of one node, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.l1_head = Gauge(
            "verifier_l1_head_block_number",
            "Newest L1 block that endpoints agree on",
            registry=registry,
        )
        self.derived_block = Gauge(
            "verifier_derived_block_number",
            "Newest L1 block whose events are used",
            registry=registry,
        )
        self.batches = Gauge("verifier_batches", "Batches derived from L1", registry=registry)
        self.batches_verified = Gauge(
            "verifier_batches_verified", "Batches executed to their end", registry=registry
        )
        self.claims = Gauge("verifier_claims", "Claims that stand", registry=registry)
        self.claims_verified = Gauge(
            "verifier_claims_verified",
            "Claims that stand and are right, in a row",
            registry=registry,
        )
        self.segments = Counter(
            "verifier_segments_executed", "Segments re-executed", registry=registry
        )
        self.ops = Counter("verifier_ops_executed", "Operations re-executed", registry=registry)
        self.execution_seconds = Histogram(
            "verifier_segment_execution_seconds",
            "Time to re-execute a segment and update the forest",
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=registry,
        )
        self.guesses_wrong = Counter(
            "verifier_advice_guesses_wrong", "Advice that the law refused", registry=registry
        )
        self.rate = Gauge(
            "verifier_segments_per_second", "Own rate over the last segments", registry=registry
        )
        self.rate_admitted = Gauge(
            "verifier_admitted_segments_per_second", "Rate that L1 admits", registry=registry
        )
        self.wrong_claims = Counter(
            "verifier_wrong_claims", "Claims found to be wrong", registry=registry
        )
        self.disputes = Counter(
            "verifier_disputes", "Disputes by the stage they reached", ["stage"], registry=registry
        )
        self.controls = Counter(
            "verifier_controls", "Positive controls by outcome", ["outcome"], registry=registry
        )
        self.reorganizations = Counter(
            "verifier_l1_reorganizations", "Roll-backs after L1 replaced blocks", registry=registry
        )
        self._declare_trouble()

    def _declare_trouble(self) -> None:
        """Make the metrics of L1 trouble, money and deadlines."""
        registry = self.registry
        self.l1_troubles = Counter(
            "verifier_l1_troubles", "Steps that L1 did not let happen", ["kind"], registry=registry
        )
        self.alarms = Counter("verifier_alarms", "Alarms by kind", ["kind"], registry=registry)
        self.balance_wei = Gauge(
            "verifier_balance_wei", "Ether of the key that challenges", registry=registry
        )
        self.balance_needed_wei = Gauge(
            "verifier_balance_needed_wei",
            "Ether that a commitment and the most expensive challenge may cost now",
            registry=registry,
        )
        self.bond_wei = Gauge("verifier_bond_wei", "Bond of the key", registry=registry)
        self.stalled_seconds = Gauge(
            "verifier_derivation_stalled_seconds",
            "Time since enough endpoints last told of a new L1 block",
            registry=registry,
        )
        self.deadline_seconds = Gauge(
            "verifier_nearest_deadline_seconds",
            "Time to the nearest deadline of a claim that is not verified, or not seen yet",
            registry=registry,
        )
        self.blocks_per_query = Gauge(
            "verifier_blocks_per_query", "Blocks that one eth_getLogs covers now", registry=registry
        )
        self.single_endpoint = Gauge(
            "verifier_single_endpoint", "1 while L1 is read from one endpoint", registry=registry
        )
