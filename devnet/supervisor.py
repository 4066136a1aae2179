"""One devnet: L1, contracts, sequencer, verifier and traders, started, watched, stopped together.

Everything that runs is a child process or a task of this one. Whatever ends unexpectedly ends the
run with its reason; whatever ends the run ends everything.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog
from rich.console import Console

from strikeproof.config import LogSection, configure_logging
from strikeproof.deployment import Deployment
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.devnet.crash_story import NAMES as CRASH_NAMES
from strikeproof.devnet.crash_story import CrashStory
from strikeproof.devnet.dead_sequencer_story import DeadSequencerStory
from strikeproof.devnet.devnet_folder import DevnetFolder
from strikeproof.devnet.escape_story import EscapeStory
from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.devnet.exit_commands import StoppedVenue
from strikeproof.devnet.expiry_story import NAMES as EXPIRY_NAMES
from strikeproof.devnet.expiry_story import SECONDS as EXPIRY_SECONDS
from strikeproof.devnet.expiry_story import ExpiryStory
from strikeproof.devnet.gas_follower import GasFollower
from strikeproof.devnet.introduction import introduce
from strikeproof.devnet.l1_log_follower import L1LogFollower
from strikeproof.devnet.l1_node import L1Node
from strikeproof.devnet.lie_watch import watch_lies
from strikeproof.devnet.live_trading import LiveTrading
from strikeproof.devnet.live_view import LiveView, print_lines
from strikeproof.devnet.node_files import Endpoints, NodeFiles
from strikeproof.devnet.node_gauges import follow_verifier
from strikeproof.devnet.periodic_deposit import top_up
from strikeproof.devnet.ports import free_port
from strikeproof.devnet.run_goal import GoalMissed, reach
from strikeproof.devnet.run_settings import Goal, Settings, Story
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.standby_nodes import FailoverDrill, let_in, standby_names
from strikeproof.devnet.venue_deployment import (
    ESCAPE_TIMES,
    Trader,
    VenueTimes,
    deploy_venue,
    fund_traders,
    fund_verifier,
    funded_addresses,
)
from strikeproof.devnet.venue_status import EventLevel, VenueStatus
from strikeproof.devnet.withdrawal_story import SigningTrader, Withdrawal

READY_SECONDS: Final = 60.0
NOTICE_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.05
LOOPBACK: Final = "127.0.0.1"
YOU: Final = "you"
STORY_NAMES: Final[dict[Story | None, tuple[str, ...]]] = {
    Story.CRASH: CRASH_NAMES,
    Story.EXPIRY: EXPIRY_NAMES,
}


class Stopped(Exception):
    """Somebody asked the run to end."""


class Devnet:
    """One run. `status` holds what happened."""

    def __init__(self, settings: Settings, console: Console, started: float) -> None:
        """`started`: when the user's command began, in seconds of the monotonic clock."""
        self.settings = settings
        self.status = VenueStatus(started)
        self.endpoints: Endpoints | None = None
        self.deployment: Deployment | None = None
        self._console = console
        self._keys = Keys(settings.seed)
        self._stop = asyncio.Event()
        self._children: list[ChildProcess] = []
        self._etcd: EtcdCluster | None = None
        self.files = NodeFiles(settings.data.resolve())
        self._expiry_ms = 0
        if settings.story is Story.EXPIRY:
            self._expiry_ms = round((time.time() + EXPIRY_SECONDS) * 1000)

    async def run(self) -> None:
        """Run until the goal is reached, or until somebody ends it.

        Raises `Stopped`, `GoalMissed`, `ChildFailed`, and what starting raises.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        async with AsyncExitStack() as stack:
            folder = DevnetFolder(self.settings.data)
            stack.callback(folder.release)
            log = stack.enter_context((folder.root / "devnet.log").open("w", buffering=1))
            configure_logging(LogSection(format="console", level="debug"), log)
            stack.callback(structlog.reset_defaults)
            stack.push_async_callback(self._stop_children)
            await self._until_stopped(self._start_and_watch(stack))

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise Stopped
            await running
        finally:
            stopping.cancel()
            running.cancel()
            await asyncio.gather(running, stopping, return_exceptions=True)

    async def _stop_children(self) -> None:
        """The sequencer first: it finishes what it accepted while L1, the first, still answers."""
        for child in reversed(self._children):
            await child.stop()
        if self._etcd is not None:
            self._etcd.__exit__()

    @property
    def _draws(self) -> bool:
        """Whether there is a terminal to draw on."""
        return self.settings.with_view and self._console.is_terminal

    def _proposers(self) -> dict[str, str]:
        names = ("sequencer", "verifier", *self._standbys)
        return {self._keys.address(name): name for name in names}

    @property
    def _times(self) -> VenueTimes:
        return ESCAPE_TIMES if self.settings.ends_the_venue else VenueTimes()

    @property
    def _standbys(self) -> list[str]:
        return standby_names(self.settings.standbys)

    # --- starting ---

    async def _start_and_watch(self, stack: AsyncExitStack) -> None:
        print_lines(self._console, self.status)
        await self._start_nodes()
        l1 = await self._start_l1()
        names = self._trader_names()
        window, times = self.settings.window_seconds, self._times
        deployment = await asyncio.to_thread(
            deploy_venue, l1.web3, self._keys, window, times, self._expiry_ms
        )
        self.deployment = deployment
        self.status.note("deployed", f"contracts on {self.settings.l1}: Rollup {deployment.rollup}")
        standbys = tuple((name, f"{LOOPBACK}:{free_port()}") for name in self._standbys)
        etcd = await self._start_etcd()
        api = f"{LOOPBACK}:{free_port()}"
        first, second, third, fourth = (free_port() for _ in range(4))
        endpoints = Endpoints(l1.url, api, first, second, third, fourth, standbys, etcd)
        if standbys:
            nodes = ["sequencer", *self._standbys]
            await asyncio.to_thread(let_in, l1.web3, deployment, self._keys, nodes)
        self.endpoints = endpoints
        account = len(names)  # numbered from 1 in the order in which they are registered
        self.files.write(deployment, endpoints, self._keys, window, account)
        gateway = await self._start_gateway(endpoints)
        await asyncio.to_thread(fund_verifier, l1.web3, deployment, self._keys)
        traders = await asyncio.to_thread(fund_traders, l1.web3, deployment, self._keys, names)
        self.status.note("funded", f"{len(traders)} accounts registered and deposited for, on L1")
        seed = self.settings.seed
        records = self.files.root / "reporters" if self._expiry_ms else None
        trading = LiveTrading(
            endpoints.apis, deployment, self._keys, traders, self.status, seed, records
        )
        await stack.enter_async_context(trading)
        async with asyncio.timeout(READY_SECONDS):
            await self._or_child_failure(self._ready(trading))
            await gateway.first_line("listening", READY_SECONDS)
        self.status.mark("ready")
        self.status.note("ready", "nodes serve, traders are funded", EventLevel.GOOD)
        await self._start_evidence(endpoints)
        introduce(self._console, self.files, endpoints, deployment)
        await self._watch(l1, deployment, trading, traders)

    async def _start_l1(self) -> L1Node:
        funded = funded_addresses(self._keys, self._standbys)
        kind, hardfork = self.settings.l1, self.settings.hardfork
        l1 = await L1Node.start(kind, funded, self.files.log("l1"), hardfork)
        self._children.insert(0, l1.child)
        rules = f" with {hardfork.capitalize()}'s rules" if kind == "hardhat" else ""
        self.status.note("L1", f"{kind}{rules} at {l1.url}, a block a second")
        return l1

    async def _start_etcd(self) -> tuple[str, ...]:
        """Start the log of the order, if there are standbys to follow it. Raises
        `EtcdNotInstalled`."""
        if not self._standbys:
            return ()
        self._etcd = cluster = EtcdCluster(self.files.root / "etcd")
        await asyncio.to_thread(cluster.__enter__)
        self.status.note("etcd", f"three members at {', '.join(cluster.endpoints)}")
        return tuple(cluster.endpoints)

    def _trader_names(self) -> list[str]:
        makers = [f"maker-{number}" for number in range(1, self.settings.makers + 1)]
        takers = [f"taker-{number}" for number in range(1, self.settings.takers + 1)]
        besides = STORY_NAMES.get(self.settings.story, ())
        return [*makers, *takers, *besides, YOU]

    async def _start_nodes(self) -> None:
        """Start both; they load while the venue is deployed, and wait for their configurations."""
        sequencer = ["strikeproof", "sequencer", "run", "--config", str(self.files.sequencer)]
        if self.settings.frauds:
            sequencer = [
                "strikeproof.devnet.lying_sequencer",
                "--config",
                str(self.files.sequencer),
            ]
            sequencer += ["--record", str(self.files.lies)]
            sequencer += [part for kind in self.settings.frauds for part in ("--fraud", kind)]
        verifier = ["strikeproof", "verifier", "run", "--config", str(self.files.verifier)]
        verifier += ["--mode", "defend"]
        nodes = [
            ("verifier", self.files.verifier, "strikeproof.verifier.node", verifier),
            ("sequencer", self.files.sequencer, "strikeproof.sequencer.run", sequencer),
        ]
        for name in self._standbys:
            config = self.files.node(name)
            standby = ["strikeproof", "sequencer", "run", "--config", str(config)]
            nodes.append((name, config, "strikeproof.sequencer.run", standby))
        for name, config, imported, arguments in nodes:
            warm = ["-m", "strikeproof.devnet.preloaded_node", str(config), imported, *arguments]
            command = [sys.executable, *warm]
            child = await ChildProcess.start(name, command, self.files.log(name))
            self._children.append(child)

    async def _start_gateway(self, endpoints: Endpoints) -> ChildProcess:
        """Start the page; it asks the node again until that answers."""
        command = [sys.executable, "-m", "strikeproof", "gateway", "--log", "console"]
        command += ["--sequencer", ",".join(endpoints.apis), "--l1", endpoints.l1_url]
        command += ["--listen", f"{LOOPBACK}:{endpoints.gateway_port}"]
        command += ["--evidence", endpoints.evidence]
        child = await ChildProcess.start("gateway", command, self.files.log("gateway"))
        self._children.append(child)
        return child

    async def _start_evidence(self, endpoints: Endpoints) -> None:
        """Start what explorers ask; it reads the verifier's store."""
        command = [sys.executable, "-m", "strikeproof", "verifier", "evidence"]
        command += ["--config", str(self.files.verifier)]
        command += ["--listen", f"{LOOPBACK}:{endpoints.evidence_port}"]
        child = await ChildProcess.start("evidence", command, self.files.log("evidence"))
        self._children.append(child)

    async def _restart(self, name: str) -> ChildProcess:
        """Start a sequencer again that was killed."""
        config = str(self.files.node(name))
        command = [sys.executable, "-m", "strikeproof", "sequencer", "run", "--config", config]
        log = self.files.log(name)
        child = await ChildProcess.start(name, command, log, forks_safely=False)
        self._children.append(child)
        return child

    def _failover_drill(self) -> FailoverDrill:
        assert self.endpoints is not None
        apis = dict(zip(["sequencer", *self._standbys], self.endpoints.apis, strict=True))
        nodes = {each.name: (apis[each.name], each) for each in self._children if each.name in apis}
        return FailoverDrill(nodes, self.status, self._restart)

    async def _ready(self, trading: LiveTrading) -> None:
        """Return once the nodes serve and the traders' money has arrived."""
        # A channel that meets a closed port waits longer and longer before it tries again.
        while not self.files.is_served:
            await asyncio.sleep(POLL_SECONDS)
        await trading.connect()
        assert self.endpoints is not None
        await follow_verifier(self.endpoints.verifier_metrics_port, self.status, once=True)

    async def _or_child_failure(self, work: Coroutine[Any, Any, None]) -> None:
        """Await the work; raise `ChildFailed` if a child ends before it is done."""
        tasks = [asyncio.create_task(work)]
        tasks += [asyncio.create_task(each.ended()) for each in self._children]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- running ---

    async def _watch(
        self, l1: L1Node, deployment: Deployment, trading: LiveTrading, traders: list[Trader]
    ) -> None:
        assert self.endpoints is not None
        names = self._proposers()
        follower = L1LogFollower(l1.web3, deployment, self.status, names)
        work = [
            follower.run(),
            trading.run(),
            follow_verifier(self.endpoints.verifier_metrics_port, self.status),
        ]
        if self.settings.ends_the_venue:
            nodes = {each.name: each for each in self._children}
            venue = StoppedVenue(l1.web3, deployment, self._keys, traders, nodes)
            told = EscapeStory if self.settings.story is Story.ESCAPE else DeadSequencerStory
            work.append(_then_wait(told(venue, self.files, self.status).run()))
        else:
            work.append(top_up(l1.web3, deployment, self._keys, traders[:-1]))
        if self._standbys:
            work.append(self._failover_drill().run())
        gas = GasFollower(l1.web3, deployment, self.status)
        if self.settings.as_json:
            work.append(gas.run())
        if self.settings.frauds:
            work.append(watch_lies(self.files.lies, self.status))
        if self.settings.story is Story.CRASH:
            crash = CrashStory(trading, trading.reporters, self.status)
            work.append(_then_wait(crash.run()))
        if self.settings.story is Story.EXPIRY:
            expiry = ExpiryStory(trading, self.status, self._expiry_ms)
            work.append(_then_wait(expiry.run()))
        if self.settings.goal is Goal.WITHDRAWN:
            last = traders[-1]
            owner = SigningTrader(last.account, self._keys.account(last.name))
            story = Withdrawal(l1.web3, deployment, owner, trading.client(YOU), self.status)
            after = "slashed" if self.settings.frauds else None
            work.append(_then_wait(story.run(after)))
        goal = reach(self.status, self.settings)
        if self._draws:
            title = f"Strikeproof devnet on {self.settings.l1} L1"
            self.status.listeners.clear()
            view = LiveView(self._console, self.status, title, names, self.settings.window_seconds)
            work.append(view.run())
        await self._race(goal, work)
        if self.settings.as_json:
            await gas.catch_up()  # the goal's own transaction

    async def _race(
        self, goal: Coroutine[Any, Any, None], work: list[Coroutine[Any, Any, None]]
    ) -> None:
        """Run all; return when the goal is reached; raise what fails first."""
        goal_task = asyncio.create_task(goal)
        tasks = [asyncio.create_task(each) for each in work]
        endings = [asyncio.create_task(each.ended()) for each in self._children]
        everything = (goal_task, *tasks, *endings)
        try:
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            if not goal_task.done():
                # Whoever talks to a child that dies notices first; the child's end is the reason.
                await asyncio.wait(endings, timeout=NOTICE_SECONDS)
            for task in (*endings, *tasks, goal_task):
                if task.done():
                    task.result()
        except GoalMissed as error:
            self.status.note("missed", str(error), EventLevel.BAD)
            raise
        finally:
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)


async def _then_wait(work: Coroutine[Any, Any, None]) -> None:
    """Await the work, then nothing: a task that ends well must not end the run."""
    await work
    await asyncio.Event().wait()
