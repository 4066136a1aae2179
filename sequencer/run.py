"""Running a sequencer: what stands behind `strikeproof sequencer run`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from strikeproof.deployment import Deployment
from strikeproof.keystore import load_signer
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.law_check.law_check_link import LawCheck
from strikeproof.sequencer.node import SequencerNode
from strikeproof.sequencer.pipeline import wall_clock_ms
from strikeproof.sequencer.posting.claimant import Claimant, HonestClaimant
from strikeproof.sequencer.posting.l1_link import L1Link
from strikeproof.sequencer.posting.order_rewrite import (
    OrderOutdated,
    first_outdated,
    is_too_old,
    rewrite,
)

_log = structlog.get_logger("sequencer")

# Rounds in which L1 may hold fewer messages than were consumed: after a reorganization they come
# back with the next blocks, mostly.
MISSING_ROUNDS_MAX = 20

# While the oldest batch that waits for L1 is older than this share of the Rollup's lag, the node
# orders nothing more: a batch that is posted too late could not be posted at all.
LAG_SHARE = 2


class Sequencer:
    """A node with its link to L1."""

    def __init__(self, config: SequencerConfig, claimant: Claimant | None = None) -> None:
        """Raises `KeyUnavailable`, and `Rejected` or OSError for the deployment file."""
        key = config.key
        self._config = config
        self.check: LawCheck | None = None
        self._missing = 0
        signer = load_signer(
            keystore=key.keystore,
            password_file=key.password_file,
            password_env=key.password_env,
            key_env=key.env,
        )
        deployment = Deployment.load(config.deployment)
        self.link = L1Link(config, deployment, signer, claimant or HonestClaimant())
        self.node = SequencerNode(
            config.data,
            self.link,
            signer,
            api=config.api,
            batch=config.batch,
            node=config.node,
        )

    async def start(self) -> None:
        """Reach L1, recover, serve."""
        await self.link.connect()
        self.node.acquire()
        self._mend()
        self.link.open(self.node.folder)
        self.node.add_background(self._follow_l1)
        if self._config.claims.check_ppm:
            self.check = self._law_check()
            await self.check.start(len(self.link.view.state.claims) - 1)
            self.node.add_background(self.check.run)
        await self.node.start()
        if self._config.api.metrics_port is not None:
            await self._serve_metrics(self._config.api.metrics_port)

    def _mend(self) -> None:
        """Bring the order in line with L1, if L1 changed under it."""
        link, folder = self.link, self.node.folder
        number = first_outdated(folder, link.view, link.max_lag_ms)
        if number is not None:
            now_ms = wall_clock_ms()
            law_id = link.law_at(now_ms)
            rewrite(folder, number, link.view, law_id, link.terms.rate, now_ms)

    def _watch(self, view: L1View) -> None:
        """Raise `OrderOutdated` once L1 will not take what was sealed."""
        progress, finality = self.node.orderer.progress, self.node.finality
        rolling = view.state.rolling(progress.inbox_next)
        self._missing = self._missing + 1 if rolling is None else 0
        differs = rolling is not None and rolling != progress.inbox_rolling
        if differs or self._missing > MISSING_ROUNDS_MAX:
            raise OrderOutdated("the inbox is not the one that was consumed")
        oldest = finality.oldest_unposted_ms
        if oldest is not None and is_too_old(oldest, view, self.link.max_lag_ms):
            raise OrderOutdated(f"batch {finality.posted_to + 1} was not posted in time")

    def _law_check(self) -> LawCheck:
        return LawCheck(
            self._config.data,
            self.link.terms.domain_separator,
            self.link.laws,
            self._config.claims.check_ppm,
            self.node.finality.verified,
        )

    async def stop(self) -> None:
        """Stop in order."""
        await self.node.stop()
        if self.check is not None:
            await self.check.stop()
        self.link.close()

    async def _follow_l1(self) -> None:
        await self.link.run(self.node.finality, self.node.metrics, self._seen)

    def _seen(self, view: L1View) -> None:
        """Take a view of L1 on the event loop, before the round's posting."""
        self._watch(view)
        node, finality = self.node, self.node.finality
        proved = self.link.proved_heights
        proved.proved_to = proved.verified_to = node.prover.batch_proved
        if self.check is not None:
            self.check.proved(proved.proved_to)
            proved.verified_to = self.check.checked_to
        if finality.final_to:
            node.prover.finalize(finality.final_to)
        node.check_lag(view.head.timestamp_seconds * 1000, self.link.max_lag_ms // LAG_SHARE)

    async def _serve_metrics(self, port: int) -> None:
        application = web.Application()
        application.router.add_get("/metrics", _metrics_handler(self.node.metrics.registry))
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, self._config.api.host, port).start()


def _metrics_handler(
    registry: CollectorRegistry,
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    return handler


async def serve(config: SequencerConfig, claimant: Claimant | None = None) -> None:
    """Run until SIGTERM or SIGINT; start again when the order has to be mended.

    Raises what stops the node.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    while not stop.is_set():
        try:
            await _serve_once(Sequencer(config, claimant), stop)
        except* OrderOutdated as outdated:
            _log.warning("order_outdated", reason=str(outdated.exceptions[0]))


async def _serve_once(sequencer: Sequencer, stop: asyncio.Event) -> None:
    starting = asyncio.create_task(sequencer.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    try:
        if starting.done():
            starting.result()
            waiting = asyncio.create_task(sequencer.node.wait())
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
            waiting.cancel()
        else:
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
    finally:
        stopping.cancel()
        await sequencer.stop()


def run(config: SequencerConfig, claimant: Claimant | None = None) -> None:
    """Run a sequencer on an event loop of its own. `claimant`: who says what is claimed."""
    import uvloop

    uvloop.run(serve(config, claimant))
