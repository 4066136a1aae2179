"""A reporter as a process: sources, clients, metrics, what it serves to others, and its end."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

import structlog
from aiohttp import web
from prometheus_client import start_http_server

from strikeproof.client import AsyncClient
from strikeproof.client.l1_account import L1Account
from strikeproof.client.wallet import Wallet
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected, Transient
from strikeproof.reporter.expiry_reports import ExpiryReports
from strikeproof.reporter.price_reporter import Feed, Reporter
from strikeproof.reporter.price_source import price_source
from strikeproof.reporter.reporter_file import ReporterFile, ServeSection
from strikeproof.reporter.reporter_metrics import ReporterMetrics
from strikeproof.reporter.reporter_set import ReporterSet, read_reporter_set
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("reporter")


class ReporterPortTaken(Rejected):
    """A port of the reporter cannot be bound."""

    code = FailureCode.REPORTER_PORT_TAKEN

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"{host}:{port}: {reason}")
        self.host, self.port = host, port


async def run_reporter(config: ReporterFile) -> None:
    """Report until SIGTERM. Raises `Rejected` for what a start finds wrong."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    reporter = reporter_of(config)
    async with AsyncExitStack() as stack:
        await reporter.start()
        stack.push_async_callback(reporter.close)
        if config.metrics.port is not None:
            metrics = config.metrics
            try:
                start_http_server(config.metrics.port, metrics.host, reporter.metrics.registry)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise ReporterPortTaken(metrics.host, config.metrics.port, reason) from None
        if config.serve is not None:
            runner = await serve_reports(reporter, config.serve)
            stack.push_async_callback(runner.cleanup)
        _log.info("reporter_started", underlyings=[each.id for each in config.underlying])
        beating = asyncio.create_task(reporter.run())
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait((beating, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        beating.cancel()
        for each in await asyncio.gather(beating, return_exceptions=True):
            if isinstance(each, Exception):
                raise each


def reporter_of(config: ReporterFile) -> Reporter:
    """Return the reporter of a configuration. Raises `Rejected`."""
    deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
    feeds = [
        Feed(each.id, each.rule, [price_source(one) for one in each.source])
        for each in config.underlying
    ]
    wallet = Wallet(config.key.private_key())
    reporters = _known_set(config, deployment)
    if reporters is not None:
        reporters.place_of(wallet.address)
    metrics = ReporterMetrics()
    sections = {each.id: each.expiries for each in config.underlying if each.expiries is not None}
    expiries = None
    if config.data_dir is not None and sections:
        expiries = ExpiryReports(sections, config.data_dir, metrics, config.every_ms)
    return Reporter(
        wallet,
        bytes.fromhex(deployment.domain_separator[2:]),
        feeds,
        {each: AsyncClient(each, tls=config.tls) for each in config.sequencers},
        every_ms=config.every_ms,
        reporters=reporters,
        expiries=expiries,
        peers=config.peers if expiries is not None else (),
        metrics=metrics,
    )


def _known_set(config: ReporterFile, deployment: Deployment) -> ReporterSet | None:
    """Return the set that L1 holds; None if L1 does not answer: a sequencer will."""
    try:
        return read_reporter_set(L1Account(config.l1, None), deployment)
    except Transient as error:
        _log.warning("reporters_not_read", reason=str(error))
        return None


async def serve_reports(reporter: Reporter, section: ServeSection) -> web.AppRunner:
    """Serve the signed prices at `/reports`. Raises `ReporterPortTaken`."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(reporter.signed_lately().to_json())

    application = web.Application()
    application.router.add_get("/reports", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, section.host, section.port).start()
    except OSError as error:
        await runner.cleanup()
        reason = error.strerror or type(error).__name__
        raise ReporterPortTaken(section.host, section.port, reason) from None
    return runner
