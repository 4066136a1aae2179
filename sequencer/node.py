"""The sequencer node on one data folder: recovered, put together, served, stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from strikeproof.sequencer.api.callers import UnarySources
from strikeproof.sequencer.api.connection_guard import Address, ConnectionGuard, ConnectionLimits
from strikeproof.sequencer.api.grpc_server import ApiServer, ApiServices
from strikeproof.sequencer.api.market_message import MarketMessages
from strikeproof.sequencer.api.market_service import MarketService
from strikeproof.sequencer.api.orders_service import OrdersService
from strikeproof.sequencer.api.peer import peer_names
from strikeproof.sequencer.api.price_reports import PriceReports
from strikeproof.sequencer.api.report_shares import ReportShares
from strikeproof.sequencer.api.rfq_service import RfqService
from strikeproof.sequencer.api.server_tls import ServerTls
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.api.trading_service import TradingService
from strikeproof.sequencer.api.venue_service import VenueReads, VenueService
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.cluster.cluster_member import ClusterMember
from strikeproof.sequencer.cluster.cluster_plan import ClusterPlan
from strikeproof.sequencer.config import ApiSection, BatchSection, NodeSection
from strikeproof.sequencer.garbage_collection import nothing_collected
from strikeproof.sequencer.history.event_index import EventIndex
from strikeproof.sequencer.history.history_replay import HistoryReplay
from strikeproof.sequencer.intake.account_rates import AccountLimits
from strikeproof.sequencer.intake.admission import Admission, AdmissionLimits
from strikeproof.sequencer.intake.signature_pool import WorkerPlan
from strikeproof.sequencer.intake.token_bucket import Rate
from strikeproof.sequencer.journal.journal_file import JournalWriter
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_source import L1Source
from strikeproof.sequencer.market.market_feed import MarketFeed
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.sequencer.order.orderer import POST_WITHIN_MS, BatchPolicy, Orderer, OrderTerms
from strikeproof.sequencer.order.receipt import DigestSigner, ReceiptPrinter
from strikeproof.sequencer.pipeline.delivery import Delivery
from strikeproof.sequencer.pipeline.group_commit import GroupCommit
from strikeproof.sequencer.pipeline.pipeline import Pipeline, PipelineSettings
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits
from strikeproof.sequencer.pipeline.recent_ops import RecentOps, RecentReplay
from strikeproof.sequencer.prover.prover_frames import ProverArguments
from strikeproof.sequencer.prover.prover_link import ProverLink
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from strikeproof.storage_failure import storage
from strikeproof.wire.errors import ApiError

ENDPOINT_FILE = "endpoint"

_log = structlog.get_logger("sequencer")

Background = Callable[[], Awaitable[None]]
"""A task that runs as long as the node does; its failure stops the node."""


class Front(Protocol):
    """Where callers reach the node: gRPC, or whatever a simulation puts in its place."""

    async def start(self) -> str:
        """Listen, and return where: host:port."""
        ...

    async def run(self) -> None:
        """Return never. Raises what a call found that must stop the node."""
        ...

    async def tell(self, *, serving: bool) -> None:
        """Set what the health service answers."""
        ...

    async def stop(self) -> None:
        """Take no more calls, give those under way a moment, end them."""
        ...


FrontOf = Callable[[ApiSection, VenueReads, MarketFeed, SequencerMetrics], Front]
"""Makes the front of a node that was recovered."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The sections of the configuration that concern the node itself."""

    api: ApiSection
    batch: BatchSection
    node: NodeSection


@dataclass(frozen=True, slots=True)
class SequencerNode:
    """A recovered node. Make one with `recovered_node`, then `serve`."""

    folder: DataFolder
    orderer: Orderer
    pipeline: Pipeline
    prover: ProverLink
    finality: FinalityBook
    metrics: SequencerMetrics
    front: Front
    member: ClusterMember | None = None
    """Absent: this node is alone."""

    @property
    def is_leading(self) -> bool:
        """Whether this node orders: another one may, if it is not alone."""
        return self.member is None or self.member.is_leading

    async def serve(self, stop: asyncio.Event, *beside: Background) -> None:
        """Serve until `stop` is set; then refuse, finish, seal, and return.

        Raises what stops the node, at once: what is `Broken` is not drained.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.pipeline.run())]
                tasks += [group.create_task(_run(each)) for each in beside]
                if self.member is not None:
                    tasks.append(group.create_task(self._lead_or_follow(self.member)))
                tasks.append(group.create_task(self._follow_workers()))
                tasks.append(group.create_task(self.front.run()))
                await self._open()
                await stop.wait()
                _log.info("stopping")
                await self.front.tell(serving=False)
                await self.pipeline.drain()
                for each in tasks:
                    each.cancel()
        finally:
            await self.front.tell(serving=False)
            with suppress(OSError):  # whoever reads it finds nobody there
                self._endpoint_file.unlink()
            await self.front.stop()
            _log.info("stopped")

    async def _open(self) -> None:
        endpoint = await self.front.start()
        await self._tell_health()
        # Whoever waits for the file must never read half of it.
        with storage(self._endpoint_file):
            temporary = self._endpoint_file.with_suffix(".new")
            temporary.write_text(endpoint + "\n")
            temporary.rename(self._endpoint_file)
        _log.info("serving", endpoint=endpoint)

    @property
    def _endpoint_file(self) -> Path:
        return self.folder.root / ENDPOINT_FILE

    async def accept(self, reason: NotAccepting | None) -> None:
        """Accept ops, or refuse them for a reason, and say so on the health service."""
        refusing = None if reason is None else ApiError.NOT_ACCEPTING
        if reason is NotAccepting.VENUE_FROZEN:
            refusing = ApiError.VENUE_FROZEN
        self.pipeline.accept(refusing)
        await self._tell_health()

    async def _tell_health(self) -> None:
        serving = self.pipeline.refusing is None and self.pipeline.is_whole
        await self.front.tell(serving=serving)

    async def _follow_workers(self) -> None:
        """While a signature worker is being replaced ops wait: health says so."""
        while True:
            await self.pipeline.workers_changed()
            await self._tell_health()

    async def _lead_or_follow(self, member: ClusterMember) -> None:
        """Take part in the cluster; health says who takes orders."""
        async with asyncio.TaskGroup() as group:
            group.create_task(member.run())
            while True:
                await member.changed()
                await self._tell_health()


async def _run(task: Background) -> None:
    await task()


@asynccontextmanager
async def recovered_node(
    folder: DataFolder,
    l1: L1Source,
    signer: DigestSigner,
    settings: NodeSettings,
    front_of: FrontOf | None = None,
    cluster: ClusterPlan | None = None,
) -> AsyncIterator[SequencerNode]:
    """Recover the folder, which must be owned, and start the node's processes; end them after.

    `front_of`: what callers reach the node by; gRPC if absent. `cluster`: with it the node stands
    by, until nobody else leads.
    """
    metrics, finality = SequencerMetrics(), FinalityBook()
    limits = settings.node.worker_limits()
    async with AsyncExitStack() as stack:
        prover = await ProverLink.start(_prover_arguments(folder, l1, settings), metrics, limits)
        stack.push_async_callback(prover.stop)
        history = EventIndex(folder.history)
        stack.push_async_callback(history.close)
        replayed = RecentReplay() if cluster is not None else None
        with nothing_collected():
            orderer, journal = _recover(
                folder, l1, settings, HistoryReplay(history.store), replayed
            )
            if cluster is None:
                orderer.resume()
        market = MarketFeed(orderer.engine, MarketMessages())
        printer = ReceiptPrinter(signer, l1.terms.domain_separator, l1.terms.sequencer_epoch)
        recent = RecentOps(printer)
        if replayed is not None:
            replayed.fill(recent)
        delivery = Delivery(printer, market, prover, finality, metrics, history, recent)
        pipeline = await Pipeline.start(
            orderer,
            Admission(_admission_limits(settings.api), asyncio.get_running_loop().time),
            GroupCommit(orderer, folder, journal, delivery),
            _pipeline_settings(settings),
        )
        stack.push_async_callback(pipeline.stop)
        await prover.ready()
        member = None
        if cluster is not None:
            store = BatchStore(folder.batches)
            stack.callback(store.close)
            member = cluster.member(
                folder, pipeline, orderer, l1.terms.rates, store, finality, prover
            )
        reads = VenueReads(
            orderer.engine, pipeline, prover, finality, l1, signer.address, history, member
        )
        front = (front_of or _api_server)(settings.api, reads, market, metrics)
        yield SequencerNode(folder, orderer, pipeline, prover, finality, metrics, front, member)


def _admission_limits(api: ApiSection) -> AdmissionLimits:
    unproven = api.host_unproven_ops_per_second
    return AdmissionLimits(
        api.ops_waiting_max,
        api.host_ops_waiting_max,
        api.source_ops_waiting_max,
        Rate(unproven, max(1, int(unproven))),
    )


def _pipeline_settings(settings: NodeSettings) -> PipelineSettings:
    api, node = settings.api, settings.node
    return PipelineSettings(
        WorkerPlan(node.signature_workers, node.worker_limits()),
        node.sweep_seconds,
        ReadyLimits(api.ops_waiting_max, api.account_ops_waiting_max),
        AccountLimits(
            Rate(api.account_orders_per_second, api.account_orders_burst),
            Rate(api.account_cancels_per_second, api.account_cancels_burst),
            Rate(api.reporter_prices_per_second, api.reporter_prices_burst),
        ),
        api.account_funds_min_micro_usd,
    )


def _prover_arguments(folder: DataFolder, l1: L1Source, settings: NodeSettings) -> ProverArguments:
    files, rates = folder.journal_files(), l1.terms.rates
    return ProverArguments(
        folder=str(folder.root),
        domain_separator=l1.terms.domain_separator.hex(),
        genesis_hash=l1.terms.genesis_batch_hash.hex(),
        ordered_rate=rates.ordered.rate,
        ordered_burst=rates.ordered.burst,
        inbox_rate=rates.inbox.rate,
        inbox_burst=rates.inbox.burst,
        journal_end=files[-1].stat().st_size if files else 0,
        snapshot_batches=settings.node.snapshot_batches,
    )


def _recover(
    folder: DataFolder,
    l1: L1Source,
    settings: NodeSettings,
    history: HistoryReplay,
    recent: RecentReplay | None,
) -> tuple[Orderer, JournalWriter]:
    terms, batch = l1.terms, settings.batch
    origin = VenueOrigin(terms.domain_separator, terms.genesis_batch_hash, terms.rates)
    recovered = recover(
        folder,
        origin,
        with_forest=False,
        observer=recent.beside(history.observer()) if recent else history.observer(),
        before_batch=history.before_batch,
    )
    history.finish()
    reader = recovered.reader
    if reader is None:
        journal = folder.create_journal(1, terms.domain_separator)
    else:
        if reader.torn:
            _log.warning(
                "journal_torn_end_cut_off",
                path=str(reader.path),
                offset=reader.torn.offset,
                bytes=reader.torn.length,
            )
        journal = JournalWriter.resume(reader)
    _log.info("recovered", batch=recovered.progress.number, ops=recovered.op_count)
    orderer = Orderer(
        recovered.engine,
        recovered.progress,
        OrderTerms(terms.sequencer_epoch, terms.rates, l1.law_at, l1.messages_from),
        BatchPolicy(
            batch_ms=batch.batch_ms,
            segment_ms=batch.segment_ms,
            post_within_ms=batch.post_within_ms or POST_WITHIN_MS,
            funds_min_micro_usd=settings.api.account_funds_min_micro_usd,
        ),
    )
    return orderer, journal


def _api_server(
    section: ApiSection, reads: VenueReads, market: MarketFeed, metrics: SequencerMetrics
) -> ApiServer:
    streams = StreamLimit(section.streams_max, section.host_streams_max, metrics)
    sources = UnarySources()

    def is_used(address: Address) -> bool:
        return any(each in sources or each in streams.peers for each in peer_names(*address))

    limits = ConnectionLimits(section.connections_max, section.host_connections_max)
    reports, shares = PriceReports(reads.engine), ReportShares(reads.engine)
    trading = TradingService(reads.pipeline, streams, reports, shares, sources)
    return ApiServer(
        section,
        ConnectionGuard(limits, metrics, is_used),
        ApiServices(
            trading,
            MarketService(reads.engine, market, reads.finality, streams, metrics),
            VenueService(reads, streams),
            OrdersService(reads, streams),
            RfqService(reads.engine, reads.pipeline, streams, metrics, section.rfq, trading.order),
        ),
        None if section.tls is None else ServerTls(section.tls, metrics),
    )
