"""What the node reports to Prometheus. Units are in the names; labels are few and fixed."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import ApiError, Result

MICRO = 10**6
LATENCY_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)

OWN_OPS = (
    OpType.SWEEP,
    OpType.FUNDING,
    OpType.REVALUE,
    OpType.LIQUIDATE,
    OpType.UNWIND,
    OpType.FIRE_TRIGGER,
    OpType.DELEVERAGE,
    OpType.SETTLE_POSITION,
    OpType.ANNOUNCE_ORPHAN,
    OpType.SETTLE_ORPHAN,
    OpType.REPRICE,
    OpType.EXPIRY_SAMPLE,
)  # that the node orders by itself


class SequencerMetrics:
    """One registry for one node."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.ops_accepted = Counter(
            "sequencer_ops_accepted", "Ops in the journal", registry=registry
        )
        refused = Counter(
            "sequencer_ops_refused",
            "Ops that the engine refused, by the law's code",
            ["result"],
            registry=registry,
        )
        self._ops_refused = {each: refused.labels(each.name) for each in Result}
        self.queue_full = Counter(
            "sequencer_queue_full",
            "Ops refused or evicted because a queue was full",
            registry=registry,
        )
        self.rate_limited = Counter(
            "sequencer_ops_rate_limited",
            "Verified ops beyond their account's or reporters' rate",
            registry=registry,
        )
        self.unfunded = Counter(
            "sequencer_ops_unfunded", "Signed ops of accounts without funds", registry=registry
        )
        self._count_clients(registry)
        self._show_rfq(registry)
        self._show_turn(registry)
        self._show_upkeep(registry)
        self.commit_seconds = Histogram(
            "sequencer_journal_commit_seconds",
            "Time of one group commit",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.latency_seconds = Histogram(
            "sequencer_accept_seconds",
            "From arrival to acknowledgement, the oldest op of each group",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.streams = Gauge("sequencer_streams", "Open streams", ["kind"], registry=registry)
        self.slow_readers = Counter(
            "sequencer_slow_readers", "Streams ended for slow reading", registry=registry
        )
        self.prover_backlog_ops = Gauge(
            "sequencer_prover_backlog_ops", "Durable ops without a root", registry=registry
        )
        self.batch = Gauge(
            "sequencer_batch_number", "Newest batch by finality", ["finality"], registry=registry
        )
        self.l1_block = Gauge(
            "sequencer_l1_block_number", "Newest L1 block seen", registry=registry
        )
        self.l1_failures = Counter(
            "sequencer_l1_failures", "Rounds with L1 that failed", registry=registry
        )
        self.l1_view_age_seconds = Gauge(
            "sequencer_l1_view_age_seconds", "Since the last complete view", registry=registry
        )
        self.batches_waiting = Gauge(
            "sequencer_batches_waiting", "Sealed batches that L1 does not hold", registry=registry
        )
        not_accepting = Gauge(
            "sequencer_not_accepting",
            "1 while nothing is accepted for this reason",
            ["reason"],
            registry=registry,
        )
        self._not_accepting = {each: not_accepting.labels(each.value) for each in NotAccepting}

    def _show_rfq(self, registry: CollectorRegistry) -> None:
        self.rfq_requests = Gauge(
            "sequencer_rfq_requests", "Open requests for quotes", registry=registry
        )
        self.rfq_quotes = Gauge("sequencer_rfq_quotes", "Live quotes of them", registry=registry)
        self.rfq_opened = Counter(
            "sequencer_rfq_opened", "Requests for quotes that were opened", registry=registry
        )
        self._rfq_closed = Counter(
            "sequencer_rfq_closed",
            "Requests for quotes that ended, by how",
            ["state"],
            registry=registry,
        )
        self._rfq_refused = Counter(
            "sequencer_rfq_refused",
            "Calls about quotes that were refused, by the API's code",
            ["code"],
            registry=registry,
        )

    def rfq_closed(self, state: str) -> None:
        """Count a request that ended."""
        self._rfq_closed.labels(state).inc()

    def rfq_refused(self, code: ApiError) -> None:
        """Count a call about quotes that was refused."""
        self._rfq_refused.labels(ApiError(code).name).inc()

    def _show_turn(self, registry: CollectorRegistry) -> None:
        self.leading = Gauge(
            "sequencer_leading", "1 while this node orders; 0: it stands by", registry=registry
        )
        self.leading.set(1)
        self.lag_seconds = Gauge(
            "sequencer_standby_lag_seconds",
            "Since this node was last known to be caught up",
            registry=registry,
        )

    def _show_upkeep(self, registry: CollectorRegistry) -> None:
        ordered = Counter(
            "sequencer_upkeep_ordered",
            "Ops that the node itself had ordered",
            ["op"],
            registry=registry,
        )
        self._upkeep_ordered = {int(each): ordered.labels(each.name.lower()) for each in OWN_OPS}
        declined = Counter(
            "sequencer_upkeep_refused",
            "Ops of the node's own that the engine refused",
            ["op"],
            registry=registry,
        )
        self._upkeep_refused = {int(each): declined.labels(each.name.lower()) for each in OWN_OPS}
        self._below = Gauge(
            "sequencer_accounts_below_maintenance",
            "Accounts with less equity than plain maintenance",
            registry=registry,
        )
        self._watched = Gauge(
            "sequencer_liquidation_limits",
            "Sides of accounts' positions that are watched",
            registry=registry,
        )
        self._unseen = Gauge(
            "sequencer_accounts_unseen",
            "Accounts that the watch for liquidations has still to look at",
            registry=registry,
        )
        self._funding_late = Gauge(
            "sequencer_funding_late_seconds",
            "How long the latest funding sample is overdue that could be taken",
            registry=registry,
        )

        self._insurance_fund = Gauge(
            "sequencer_insurance_fund_usd", "What the insurance fund holds", registry=registry
        )
        self._houses_deficit = Gauge(
            "sequencer_houses_deficit_usd",
            "What the houses of instruments lack to be worth nothing",
            registry=registry,
        )
        self._bad_debt = Gauge(
            "sequencer_bad_debt_usd",
            "What houses bore of accounts' debts so far",
            registry=registry,
        )

    def _count_clients(self, registry: CollectorRegistry) -> None:
        self.tls_expiry_time = Gauge(
            "sequencer_tls_expiry_time_seconds",
            "When the API's certificate ends, since the epoch; 0: the API has none",
            registry=registry,
        )
        waiting = Gauge("sequencer_ops_waiting", "Ops in a queue", ["queue"], registry=registry)
        self._unverified, self._verified = waiting.labels("unverified"), waiting.labels("verified")
        self.gone_orders = Gauge(
            "sequencer_gone_orders",
            "Gone orders found and not swept yet",
            registry=registry,
        )
        self.connections = Gauge(
            "sequencer_connections", "Open client connections", registry=registry
        )
        self.connections_closed = Counter(
            "sequencer_connections_closed",
            "Client connections closed because a bound was reached",
            ["bound"],
            registry=registry,
        )
        self.descriptors = Gauge(
            "sequencer_descriptors_open", "File descriptors of the main process", registry=registry
        )
        self.descriptors_max = Gauge(
            "sequencer_descriptors_max", "File descriptors it may open", registry=registry
        )

    def upkeep(self, below: int, watched: int, unseen: int, funding_late_ms: int) -> None:
        """Show what is watched, and how late upkeep is."""
        self._below.set(below)
        self._watched.set(watched)
        self._unseen.set(unseen)
        self._funding_late.set(funding_late_ms / 1_000)

    def solvency(self, insurance_fund: int, houses_deficit: int, bad_debt: int) -> None:
        """Show what stands between a loss and the traders, given in micro-USD."""
        self._insurance_fund.set(insurance_fund / MICRO)
        self._houses_deficit.set(houses_deficit / MICRO)
        self._bad_debt.set(bad_debt / MICRO)

    def upkeep_ordered(self, op_type: int) -> None:
        """Count an op of the node's own."""
        self._upkeep_ordered[op_type].inc()

    def upkeep_refused(self, op_type: int) -> None:
        """Count an op of the node's own that was not ordered."""
        self._upkeep_refused[op_type].inc()

    def waiting(self, unverified: int, verified: int) -> None:
        """Show the lengths of the queues."""
        self._unverified.set(unverified)
        self._verified.set(verified)

    def not_accepting_because(self, reason: NotAccepting | None) -> None:
        """Show why nothing is accepted; None: ops are accepted."""
        for each, gauge in self._not_accepting.items():
            gauge.set(each is reason)

    def op_refused(self, code: int) -> None:
        """Count an op that was not ordered."""
        self._ops_refused[Result(code)].inc()

    def accepted(self, count: int, oldest_seconds: float) -> None:
        """Count a commit group."""
        self.ops_accepted.inc(count)
        self.latency_seconds.observe(oldest_seconds)
