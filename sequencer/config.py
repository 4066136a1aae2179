"""The sequencer's configuration file: every field with its unit, default and reason."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, model_validator

from strikeproof.config import (
    FeesSection,
    FilePath,
    KeySection,
    L1Section,
    LogSection,
    MetricsSection,
    Port,
    Positive,
    Section,
    ServerTlsSection,
)
from strikeproof.sequencer.order.orderer import OPEN_MS_MAX
from strikeproof.sequencer.worker_process import WorkerLimits

PROMISED_LAGS: Final = 3  # one to notice, one to wait, one to post what has waited
PositiveRate = Annotated[float, Field(gt=0)]


class SequencerL1Section(L1Section):
    """The chain that batches are posted to, and the venue on it."""

    deployment: FilePath
    """What `strikeproof.deployment` wrote: addresses, law id, genesis."""
    agreement: Positive | None = None
    """How many endpoints must give the same answer; absent: all that answer, and one at least."""
    start_seconds: Annotated[float, Field(ge=0)] = 3_600.0
    timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How long one request may take: a silent endpoint must not hold up the others."""
    inbox_confirmations: Annotated[int, Field(ge=0)] = 0
    """Blocks above an inbox message before it is consumed. A reorganization below it makes the node
    execute its open batches again."""

    tolerates_silence = True


class RfqSection(Section):
    """Requests for quotes: how many, for how long, how often. They live in memory."""

    requests_max: Positive = 1_024
    account_requests_max: Positive = 8
    host_requests_max: Positive = 256
    account_quotes_max: Positive = 256
    """Live quotes of one maker, on all requests."""
    request_quotes_max: Positive = 64
    """Live quotes of one request: one of each maker."""
    open_ms_min: Positive = 30_000
    """The least and the most that a request may be open for."""
    open_ms_max: Positive = 300_000
    account_funds_min_micro_usd: Annotated[int, Field(ge=0)] = 10_000_000
    """Collateral below which an account without positions may neither ask nor quote."""
    account_calls_per_second: PositiveRate = 20.0
    account_calls_burst: Positive = 100
    host_calls_per_second: PositiveRate = 200.0
    """Calls of one host, whoever it calls for: each may cost recovered signatures."""
    host_calls_burst: Positive = 1_000

    @model_validator(mode="after")
    def _some_request_may_be_open(self) -> RfqSection:
        if self.open_ms_min > self.open_ms_max:
            raise ValueError("open_ms_min: it is above open_ms_max, so no request could be opened")
        return self


class ApiSection(Section):
    """Where clients reach the node."""

    host: str = "127.0.0.1"
    port: Port = 7450
    """0: any free one. The log and the file `endpoint` in the data folder say which."""
    tls: ServerTlsSection | None = None
    """The node's certificate, and whose clients it lets in; absent: plain text, for loopback and
    private networks."""
    streams_max: Positive = 1_024
    host_streams_max: Positive = 256
    """Streams of one client host: an IPv4 address, or the first 64 bits of an IPv6 address."""
    connections_max: Positive = 2_048
    """Also bounded by the process's file descriptors, of which some are kept for the node."""
    host_connections_max: Positive = 512
    connection_idle_ms: Positive = 300_000
    """A connection without a call is closed after this time; clients connect again by
    themselves."""
    handshake_timeout_ms: Positive = 10_000
    """For a connection to begin HTTP/2."""
    ops_waiting_max: Positive = 16_384
    """Ops whose signature nobody has looked at, and as many that were verified."""
    host_ops_waiting_max: Positive = 8_192
    source_ops_waiting_max: Positive = 4_096
    """Waiting ops of one stream or connection."""
    account_ops_waiting_max: Positive = 4_096
    """Verified ops of one account."""
    host_unproven_ops_per_second: PositiveRate = 250.0
    """Recoveries for those streams and connections of a host whose ops were never, or rarely,
    signed by an account."""
    account_orders_per_second: PositiveRate = 1_000.0
    account_orders_burst: Positive = 5_000
    account_cancels_per_second: PositiveRate = 1_000.0
    account_cancels_burst: Positive = 5_000
    """Bundles of cancels alone: they do not count as orders."""
    reporter_prices_per_second: PositiveRate = 2.0
    """Prices of one underlying: a price that is newer than the open segment ends it."""
    reporter_prices_burst: Positive = 20
    account_funds_min_micro_usd: Annotated[int, Field(ge=0)] = 1_000_000
    """Collateral below which an account without positions may send nothing."""
    message_bytes_max: Positive = 1 << 18
    rfq: RfqSection = RfqSection()


class BatchSection(Section):
    """When segments and batches end, in milliseconds."""

    batch_ms: Annotated[int, Field(ge=50, le=OPEN_MS_MAX)] = 2_000
    segment_ms: Annotated[int, Field(ge=1, le=OPEN_MS_MAX)] = 250
    post_within_ms: Positive | None = None
    """Posting deadline that receipts promise, after a batch's opening; absent: three times the
    Rollup's largest lag, which is kept after an outage of up to half of that."""

    def promising(self, max_lag_ms: int) -> BatchSection:
        """Return the section with the deadline that follows from the venue's largest lag."""
        within_ms = self.post_within_ms or PROMISED_LAGS * max_lag_ms
        return self.model_copy(update={"post_within_ms": within_ms})


class ClaimsSection(Section):
    """Whether and how the node proposes claims."""

    propose: bool = True
    bond_max_gwei: Annotated[int, Field(ge=0)] = 0
    """Deposit a missing bond, up to this sum over all deposits; 0: never."""
    check_ppm: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Share of segments that the law re-executes before their claim is posted, in millionths."""


class PromisesSection(Section):
    """What the node stakes on its receipts."""

    stake_gwei: Annotated[int, Field(ge=0)] = 0
    """What is kept staked; 0: nothing, and nobody is paid for a broken receipt."""
    stake_max_gwei: Annotated[int, Field(ge=0)] = 0
    """Stake what is missing, up to this sum over all deposits; 0: never."""


Endpoint = Annotated[str, Field(pattern=r"^[^\s:/]+:[0-9]{1,5}$|^\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}$")]


class ClusterSection(Section):
    """Standby sequencers: the order is in an etcd cluster, and one node at a time writes it."""

    endpoints: Annotated[list[Endpoint], Field(min_length=1)]
    """The etcd members, host:port."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    """This node's name; no other node has it."""
    advertise: Endpoint | None = None
    """Where clients reach this node, as the others publish it; absent: where it listens."""
    ca_file: FilePath | None = None
    """Who signed the members' certificates; absent: no TLS, for loopback and private networks."""
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    """This node's own certificate, if the members ask for one."""
    silence_ms: Annotated[int, Field(ge=100)] = 300
    """Without a sign of the leader after which a standby takes over."""
    beat_ms: Annotated[int, Field(ge=10)] = 75
    """How often the leader gives one. Several must fit into `silence_ms`."""
    timeout_ms: Positive = 1_000
    """How long to wait for one member's answer before the next member is asked."""
    kept_batches: Positive = 64
    """Batches that the shared log keeps although L1 holds them: a node that was off for longer is
    rebuilt from L1."""
    defragment_mib: Annotated[int, Field(ge=0)] = 64
    """Disk that a member may waste before the leader has it defragmented; 0: never."""


class NodeSection(Section):
    """Processes and files."""

    signature_workers: Positive = 1
    worker_silent_seconds: Annotated[float, Field(ge=1)] = 5.0
    """A child process without a heartbeat for this long is stalled: a signature worker is replaced,
    prover and law check stop the node."""
    worker_busy_seconds: Annotated[float, Field(ge=5)] = 120.0
    """The same for one that has worked on one request for this long without progress. A snapshot of
    a large state takes some seconds."""
    snapshot_batches: Positive = 500
    sweep_seconds: Annotated[float, Field(ge=0)] = 5.0
    """How often dead orders are swept out of the books; 0: never."""

    def worker_limits(self) -> WorkerLimits:
        """Return when a child process counts as stalled."""
        return WorkerLimits(self.worker_silent_seconds, self.worker_busy_seconds)


class SequencerConfig(Section):
    """The whole file."""

    data_dir: FilePath
    """Journal, snapshots, batches, intents of L1 transactions."""
    key: KeySection
    """Posts batches and claims, and signs receipts."""
    l1: SequencerL1Section
    fees: FeesSection = FeesSection()
    api: ApiSection = ApiSection()
    batch: BatchSection = BatchSection()
    cluster: ClusterSection | None = None
    """Absent: this node is alone, and its journal is the log."""
    claims: ClaimsSection = ClaimsSection()
    promises: PromisesSection = PromisesSection()
    node: NodeSection = NodeSection()
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _signs_by_itself(self) -> SequencerConfig:
        if self.key.kms_key is not None:
            raise ValueError("key: every receipt is signed, and KMS answers too slowly for that")
        return self
