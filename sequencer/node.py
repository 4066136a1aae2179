"""The sequencer node: its parts put together, started in order, stopped in the reverse order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from strikeproof.sequencer.api.grpc_server import ApiServer
from strikeproof.sequencer.api.market_service import MarketService
from strikeproof.sequencer.api.price_reports import PriceReports
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.api.trading_service import TradingService
from strikeproof.sequencer.api.venue_service import VenueService
from strikeproof.sequencer.config import ApiConfig, BatchConfig, NodeConfig
from strikeproof.sequencer.intake.admission import Admission, AdmissionLimits
from strikeproof.sequencer.journal.journal_file import JournalWriter
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_source import L1Source
from strikeproof.sequencer.market.market_feed import MarketFeed
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.orderer import BatchPolicy, Orderer
from strikeproof.sequencer.order.receipt import DigestSigner, ReceiptPrinter
from strikeproof.sequencer.pipeline import Parts, Pipeline
from strikeproof.sequencer.prover.prover_frames import ProverArguments
from strikeproof.sequencer.prover.prover_link import ProverLink
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.errors import ApiError
from strikeproof.wire.venue_pb2 import VenueInfo

ENDPOINT_FILE = "endpoint"

_log = structlog.get_logger("sequencer")

Background = Callable[[], Awaitable[None]]
"""A task that runs as long as the node does; its failure stops the node."""


class SequencerNode:
    """One sequencer on one data folder."""

    def __init__(
        self,
        folder: Path,
        l1: L1Source,
        signer: DigestSigner,
        *,
        api: ApiConfig,
        batch: BatchConfig,
        node: NodeConfig,
    ) -> None:
        self.folder = DataFolder(folder)
        self.l1 = l1
        self.metrics = SequencerMetrics()
        self.finality = FinalityBook()
        self._signer = signer
        self._api_config, self._batch, self._node = api, batch, node
        self._background: list[Background] = []
        self._run: asyncio.Task[None] | None = None
        self._owned = False

    def add_background(self, task: Background) -> None:
        """Run a task beside the pipeline: the L1 watcher, the poster."""
        self._background.append(task)

    def acquire(self) -> None:
        """Own the data folder. Raises `FolderTaken`."""
        if not self._owned:
            self.folder.acquire()
            self._owned = True

    async def start(self) -> None:
        """Recover, start the processes, serve."""
        self.acquire()
        terms = self.l1.terms
        journal_end = self._journal_end()
        self.prover = ProverLink(
            ProverArguments(
                folder=str(self.folder.root),
                domain_separator=terms.domain_separator.hex(),
                genesis_hash=terms.genesis_batch_hash.hex(),
                rate_per_second=terms.rate.per_second,
                rate_burst=terms.rate.burst,
                journal_end=journal_end,
                snapshot_batches=self._node.snapshot_batches,
            ),
            self._proved,
        )
        await self.prover.start()
        orderer, journal = self._recover()
        self.orderer = orderer
        self.pipeline = self._pipeline(orderer, journal)
        await self.pipeline.start()
        await self.prover.ready()
        self._proved(self.prover.batch_proved)
        self._run = asyncio.create_task(self._run_all())
        await self._serve()

    def _journal_end(self) -> int:
        files = self.folder.journal_files()
        return files[-1].stat().st_size if files else 0

    def _recover(self) -> tuple[Orderer, JournalWriter]:
        terms = self.l1.terms
        recovered = self.folder.recover(
            terms.domain_separator, terms.rate, terms.genesis_batch_hash, with_forest=False
        )
        reader = recovered.reader
        if reader is None:
            journal = self.folder.create_journal(1, terms.domain_separator)
        else:
            if reader.torn:
                _log.warning(
                    "journal_torn_end_cut_off",
                    path=str(reader.path),
                    offset=reader.torn.offset,
                    bytes=reader.torn.length,
                )
            journal = JournalWriter.resume(reader)
        progress = recovered.progress
        _log.info("recovered", batch=progress.number, ops=recovered.op_count)
        policy = BatchPolicy(
            batch_ms=self._batch.batch_ms,
            segment_ms=self._batch.segment_ms,
            post_within_ms=self._batch.post_within_ms,
        )
        orderer = Orderer(
            recovered.engine,
            progress,
            terms.rate,
            policy,
            terms.sequencer_epoch,
            self.l1.law_at,
            self.l1.messages_from,
        )
        orderer.resume()
        # Millions of records that live for ever: keep them out of every later collection.
        gc.collect()
        gc.freeze()
        return orderer, journal

    def _pipeline(self, orderer: Orderer, journal: JournalWriter) -> Pipeline:
        terms = self.l1.terms
        printer = ReceiptPrinter(self._signer, terms.domain_separator, terms.sequencer_epoch)
        self.market = MarketFeed(orderer.engine)
        parts = Parts(
            orderer=orderer,
            folder=self.folder,
            journal=journal,
            printer=printer,
            prover=self.prover,
            market=self.market,
            finality=self.finality,
            metrics=self.metrics,
        )
        limits = AdmissionLimits(
            self._api_config.ops_waiting_max, self._api_config.source_ops_waiting_max
        )
        return Pipeline(
            parts,
            Admission(limits),
            workers=self._node.signature_workers,
            sweep_seconds=self._node.sweep_seconds,
        )

    async def _serve(self) -> None:
        engine, config = self.orderer.engine, self._api_config
        streams = StreamLimit(config.streams_max, config.host_streams_max, self.metrics)
        trading = TradingService(self.pipeline, streams, PriceReports(engine))
        market = MarketService(engine, self.market, self.finality, streams, self.metrics)
        venue = VenueService(engine, self.pipeline, self.prover, self.finality, streams, self)
        self.api = ApiServer(config, trading, market, venue)
        await self.api.start()
        await self.api.tell(serving=True)
        endpoint = f"{config.host}:{self.api.port}"
        (self.folder.root / ENDPOINT_FILE).write_text(endpoint + "\n")
        _log.info("serving", endpoint=endpoint)

    def fill(self, info: VenueInfo) -> None:
        """Tell the API what does not come from the state."""
        info.sequencer = self._signer.address
        self.l1.fill(info)

    def check_lag(self, l1_time_ms: int, lag_ms_max: int) -> None:
        """Order nothing while a sealed batch waits for L1 too long."""
        oldest = self.finality.oldest_unposted_ms
        behind = oldest is not None and l1_time_ms - oldest > lag_ms_max
        if behind and self.pipeline.refusing is None:
            _log.error("batches_wait_for_l1", since_ms=oldest)
            self.pipeline.refusing = ApiError.NOT_ACCEPTING
        elif not behind and self.pipeline.refusing is ApiError.NOT_ACCEPTING:
            _log.info("accepting_again")
            self.pipeline.refusing = None

    def _proved(self, batch: int) -> None:
        self.metrics.prover_backlog_ops.set(self.prover.backlog_ops)
        _log.debug("batch_proved", batch=batch)

    async def _run_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pipeline.run())
            for each in self._background:
                group.create_task(_forever(each))

    async def wait(self) -> None:
        """Return only if the node cannot go on: raises what stopped it."""
        assert self._run is not None
        await asyncio.shield(self._run)

    async def stop(self) -> None:
        """Stop so that nothing accepted is lost: refuse, finish, seal, prove, then end."""
        _log.info("stopping")
        (self.folder.root / ENDPOINT_FILE).unlink(missing_ok=True)
        if hasattr(self, "api"):
            await self.api.tell(serving=False)
        if self._run is not None:
            if not self._run.done():
                await self.pipeline.drain()
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)
        if hasattr(self, "api"):
            await self.api.stop()
        if hasattr(self, "pipeline"):
            await self.pipeline.stop()
        if self._owned:
            self.folder.release()
            self._owned = False
        _log.info("stopped")


async def _forever(task: Background) -> None:
    await task()
