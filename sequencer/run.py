"""Running a sequencer: what stands behind `strikeproof sequencer run`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, TypeVar

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from strikeproof.compiled_engine import engine_build
from strikeproof.config import MetricsSection
from strikeproof.deployment import Deployment
from strikeproof.sequencer.api.grpc_server import PortTaken
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.cluster.cluster_member import OrderReplaced
from strikeproof.sequencer.cluster.cluster_plan import ClusterPlan
from strikeproof.sequencer.cluster.etcd_log import Deposed
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.garbage_collection import GarbageCollection
from strikeproof.sequencer.l1.connected_l1 import ConnectedL1, connect_l1
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.law_check.law_check_link import LawCheck, LawCheckArguments
from strikeproof.sequencer.node import (
    ENDPOINT_FILE,
    Background,
    FrontOf,
    NodeSettings,
    SequencerNode,
    recovered_node,
)
from strikeproof.sequencer.order.sealed_batch import SealedBatch
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.posting.accepting_gate import AcceptingGate
from strikeproof.sequencer.posting.claimant import Claimant, HonestClaimant
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated
from strikeproof.sequencer.posting.l1_repair import L1Repair
from strikeproof.sequencer.posting.outdated_batches import OutdatedBatchCheck
from strikeproof.sequencer.posting.posting_loop import PostingLoop
from strikeproof.sequencer.posting.promise_limits import ClockWatch
from strikeproof.sequencer.prover.batch_store_repair import ensure_batches
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from strikeproof.sequencer.recovery.journal_check import check_journal_end
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin
from strikeproof.sequencer.stop_signal import StopSignal
from strikeproof.storage_failure import storage

_log = structlog.get_logger("sequencer")

PAUSE_SECONDS_MAX: Final = 30.0
"""Before the node begins again for a reason for which it has just done so."""
T = TypeVar("T")


class ViewFollower:
    """Acts on every view of L1, on the event loop, before the round's posting."""

    def __init__(
        self,
        node: SequencerNode,
        l1: ConnectedL1,
        posting: PostingLoop,
        check: LawCheck | None,
        clock: ClockWatch,
    ) -> None:
        self._node, self._posting, self._check = node, posting, check
        self._watch = OutdatedBatchCheck(node.orderer.progress, node.finality, l1.rules)
        self._gate = AcceptingGate(
            node.finality,
            node.orderer,
            node.metrics,
            l1.rules.max_lag_ms,
            node.accept,
            clock,
            is_frozen=l1.view.state.is_frozen,
        )

    async def run(self) -> None:
        """Follow L1 until cancelled. Raises what stops the node."""
        async with asyncio.TaskGroup() as group:
            member = self._node.member
            epoch = member.posting_epoch if member is not None else None
            group.create_task(
                self._posting.run(self._node.finality, self._node.metrics, self._on_view, epoch)
            )
            group.create_task(self._gate.run())

    def _on_view(self, view: L1View) -> None:
        if self._node.is_leading:  # what a standby lacks, it may only not have heard of yet
            self._watch.check(view)
        node, heights = self._node, self._posting.proved_heights
        heights.proved_to = heights.verified_to = node.prover.batch_proved
        if self._check is not None:
            self._check.proved(heights.proved_to)
            heights.verified_to = self._check.checked_to
        if node.finality.final_to:
            node.prover.finalize(node.finality.final_to)
        self._gate.on_view(view)


async def serve(config: SequencerConfig, claimant: Claimant) -> None:
    """Run until SIGTERM or SIGINT; start again when L1 no longer takes the order as it was sealed.

    Raises what stops the node.
    """
    stop = StopSignal()
    collecting = asyncio.create_task(GarbageCollection().run())
    try:
        await serve_until(stop.event, config, claimant, on_flushed=stop.flushed)
    finally:
        collecting.cancel()


async def serve_until(
    stop: asyncio.Event,
    config: SequencerConfig,
    claimant: Claimant,
    front_of: FrontOf | None = None,
    on_flushed: Callable[[bool], None] = lambda flushed: None,
) -> None:
    """Run until `stop` is set; rewrite the order and go on whenever L1 no longer takes it.

    `front_of`: what callers reach the node by; gRPC if absent. `on_flushed`: called with False when
    ops are accepted, with True once all of them are sealed and durable. Raises what stops the node.
    """
    if (build := engine_build()).reason:
        _log.warning("engine_is_plain", reason=build.reason)
    clock = ClockWatch()
    clock.steps.observe(wall_clock_ms(), asyncio.get_running_loop().time(), 0, 0)
    reason, pause = "", 0.0
    while not stop.is_set():
        before, reason = reason, ""
        try:
            await _serve_once(stop, config, claimant, front_of, on_flushed, clock)
        except* BatchesOutdated as outdated:
            reason = str(_first(outdated))
            _log.warning("order_outdated", reason=reason)
        except* OrderReplaced as replaced:
            _log.warning("order_replaced", reason=str(_first(replaced)))
        except* Deposed as deposed:
            # What it had executed and not written to the log is gone; it stands by from there.
            _log.warning("deposed", reason=str(_first(deposed)))
        # Beginning again did not help: not at once, then.
        pause = min(PAUSE_SECONDS_MAX, 2 * pause or 1.0) if reason and reason == before else 0.0
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _serve_once(
    stop: asyncio.Event,
    config: SequencerConfig,
    claimant: Claimant,
    front_of: FrontOf | None,
    on_flushed: Callable[[bool], None],
    clock: ClockWatch,
) -> None:
    signer = config.key.signer()
    deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
    takes_turns = config.cluster is not None
    connection = connect_l1(config.l1, deployment, signer.address, takes_turns=takes_turns)
    l1 = await _unless(stop, connection)
    if l1 is None:
        return
    head = l1.view.head
    clock.comparison.on_head(head.number, head.timestamp_seconds * 1000, wall_clock_ms())
    async with AsyncExitStack() as stack:
        stack.callback(l1.close)
        folder = DataFolder(config.data_dir)
        stack.callback(folder.acquire().release)
        terms = l1.terms
        ensure_batches(
            folder, VenueOrigin(terms.domain_separator, terms.genesis_batch_hash, terms.rates)
        )
        check_journal_end(folder)
        posting = PostingLoop.open(config, l1, folder, signer, claimant)
        stack.callback(posting.close)
        cluster = _cluster_plan(config, l1, folder, signer.address)
        repair = L1Repair(folder, l1, posting.sent_batch)
        if cluster is None:
            _rewrite_outdated(repair)
        else:
            stack.push_async_callback(cluster.close)
            catching_up = cluster.catch_up(folder, repair.replace_end, repair)
            await _unless(stop, catching_up)
            if stop.is_set():
                return
        batch = config.batch.promising(l1.rules.max_lag_ms)
        settings = NodeSettings(config.api, batch, config.node)
        recovered = recovered_node(folder, l1, signer, settings, front_of, cluster)
        node = await _unless(stop, stack.enter_async_context(recovered))
        if node is None:
            return
        _recall(folder, l1.view, node.finality)
        check, beside = None, list[Background]()
        if config.claims.check_ppm:
            check = await _law_check(config, l1, node)
            stack.push_async_callback(check.stop)
            beside.append(check.run)
        beside.append(ViewFollower(node, l1, posting, check, clock).run)
        if config.metrics.port is not None:
            runner = await _serve_metrics(config.metrics, node.metrics.registry)
            stack.push_async_callback(runner.cleanup)
        on_flushed(False)
        await node.serve(stop, *beside)
        on_flushed(True)


def _cluster_plan(
    config: SequencerConfig, l1: ConnectedL1, folder: DataFolder, address: bytes
) -> ClusterPlan | None:
    """Return what a node that is not alone is started with."""
    if config.cluster is None:
        return None
    return ClusterPlan.of_section(
        config.cluster,
        l1.terms.domain_separator,
        address,
        lambda: l1.view.state.sequencer_epoch,
        folder.root / ENDPOINT_FILE,
    )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first exception of a group, however deep it lies."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _recall(folder: DataFolder, view: L1View, finality: FinalityBook) -> None:
    """Let batches sealed before the start count as waiting, and changed promises be known.

    Those that L1 holds are remembered too, until they are final: a reorganization can undo them.
    """
    finality.on_l1(view.state, view.state.final_to(view.head.timestamp_seconds))
    store = BatchStore(folder.batches)
    for number, time_ms in store.times_after(finality.final_to):
        finality.sealed(SealedBatch(number, time_ms, time_ms))
    store.close()
    for batch in batches_from(folder, finality.posted_to + 1):
        opened, sealed = batch.opened, batch.sealed
        if sealed is not None:
            finality.sealed(SealedBatch(opened.number, sealed.time_ms, opened.opened_ms))
    finality.recall_changes(ChangeLog(folder.root).read())


async def _unless(stop: asyncio.Event, coroutine: Coroutine[Any, Any, T]) -> T | None:
    """Return the coroutine's result; None, and cancel it, if `stop` is set first."""
    running, stopping = asyncio.create_task(coroutine), asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        return running.result()
    running.cancel()
    await asyncio.wait((running,))
    return None


def _rewrite_outdated(repair: L1Repair) -> None:
    """Bring the order in line with L1, if L1 changed under it."""
    with storage(repair.folder.root):
        plan = repair.plan()
        if plan is not None:
            repair.rewrite(plan)
        repair.announce()


async def _law_check(config: SequencerConfig, l1: ConnectedL1, node: SequencerNode) -> LawCheck:
    arguments = LawCheckArguments(
        config.data_dir,
        l1.terms.domain_separator,
        l1.law,
        config.claims.check_ppm,
        claimed_to=len(l1.view.state.claims) - 1,
    )
    limits = config.node.worker_limits()
    return await LawCheck.start(arguments, node.finality.verified, limits)


async def _serve_metrics(section: MetricsSection, registry: CollectorRegistry) -> web.AppRunner:
    """Serve Prometheus metrics over HTTP. Raises `PortTaken`."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    application = web.Application()
    application.router.add_get("/metrics", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, section.host, section.port).start()
    except OSError as error:
        reason = f"metrics: {error.strerror or error}"
        raise PortTaken(f"{section.host}:{section.port}", reason) from None
    return runner


def run(config: SequencerConfig, claimant: Claimant | None = None) -> None:
    """Run a sequencer on an event loop of its own. `claimant`: who says what is claimed."""
    import uvloop

    uvloop.run(serve(config, claimant or HonestClaimant()))
