"""One simulated venue: L1, a sequencer node, traders, and whatever goes wrong.

The node is the one that `strikeproof sequencer run` runs, from its configuration to its files; only
HTTP, gRPC, processes and the clock are simulated. A killed node leaves its folder as the kill found
it, and the next one starts on that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from strikeproof.client.operation import (
    Bundle,
    CancelAll,
    Place,
    encode_op,
)
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash
from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import L1Client, TransactionSender
from strikeproof.l1.endpoint import Endpoint
from strikeproof.sequencer import crash_point
from strikeproof.sequencer import node as node_module
from strikeproof.sequencer.config import SequencerConfig, SequencerL1Section
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order import wall_clock
from strikeproof.sequencer.order.op_change import OpReport, ToldFill
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.pipeline import ordering_loop, pipeline, sweeper
from strikeproof.sequencer.posting import accepting_gate
from strikeproof.sequencer.posting.claimant import HonestClaimant
from strikeproof.sequencer.run import serve_until
from strikeproof.verifier.state.genesis import genesis_root
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.operations import encode_index_price, encode_report
from tests.integration.sequencer.venue import (
    PRICE_NANO_USD,
    REPORTERS,
    USD,
    funding,
    listings,
    wallet,
)
from tests.simulation import shortcuts, simulated_worker
from tests.simulation.simulated_l1 import SimulatedL1, SimulatedProvider
from tests.simulation.troubles import Troubles
from tests.simulation.venue_model import Terms, VenueModel
from tests.simulation.virtual_loop import VirtualLoop

START_SECONDS = 1_800_000_000
CHAIN_ID = 31_337
ROLLUP, INBOX, LAW = (keccak256(name)[:20] for name in (b"rollup", b"inbox", b"law"))
LAW_CODE = b"the law"
LAW_ID = keccak256(keccak256(LAW_CODE))
KEY = keccak256(b"simulated sequencer")
KEY_VARIABLE = "SIMULATED_SEQUENCER_KEY"
DOMAIN = Domain(CHAIN_ID, ROLLUP)
SEPARATOR = DOMAIN.separator
TRADERS = 3
PRICE_TICKS = 1_000
BLOCK_SECONDS = 12


class Killed(BaseException):
    """The node died here, as by `kill -9`."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a trader was promised."""

    op_hash: bytes
    data: bytes
    report: OpReport
    post_by_ms: int
    at_seconds: float


@dataclass(slots=True)
class Trader:
    """Sends bundles with rising nonces; one that was not acknowledged is sent again."""

    account: int
    nonce: int = 0

    def bundle(self, chance: random.Random, now_ms: int) -> bytes:
        """Return the next signed bundle."""
        actions: list[Any] = [CancelAll()] if chance.random() < 0.1 else []
        if not actions or chance.random() < 0.5:
            tif = TimeInForce.IOC if chance.random() < 0.3 else TimeInForce.GTC
            price = PRICE_TICKS + chance.randint(-5, 5)
            lots = chance.randint(1, 9)
            actions.append(Place(1, chance.random() < 0.5, price, lots, time_in_force=tif))
        op = Bundle(self.account, 0, self.nonce, now_ms + 86_400_000, 1_000, tuple(actions))
        signature = wallet(f"trader {self.account}").sign_digest(digest(SEPARATOR, struct_hash(op)))
        self.nonce += 1
        return encode_op(op, signature)


class SimulatedFront:
    """Where the traders meet the node: its pipeline, without gRPC."""

    def __init__(self, life: Life, pipeline: Any) -> None:
        self._life, self._pipeline = life, pipeline
        self.source = Source("traders")

    async def start(self) -> str:
        """Open for traders."""
        self._life.front = self
        return "simulated"

    async def tell(self, *, serving: bool) -> None:
        """Take what the health service would say."""
        self._life.is_serving = serving

    async def stop(self) -> None:
        """Close."""
        if self._life.front is self:
            self._life.front = None

    def submit(self, submission: Submission) -> bool:
        """Send one op; whether it was queued."""
        if not self._pipeline.submit(submission):
            return False
        self._pipeline.pump()
        return True


@dataclass(slots=True)
class Life:
    """One run of the node's process."""

    folder: Path
    provider: SimulatedProvider
    is_alive: bool = True
    is_serving: bool = False
    front: SimulatedFront | None = None
    task: asyncio.Task[None] | None = None


class _Caller:
    """A trader waiting for its acknowledgement."""

    def __init__(self, world: World, life: Life) -> None:
        self._world, self._life = world, life

    def settle(self, submission: Submission) -> None:
        """Take the outcome; a dead process acknowledges nothing."""
        if self._life.is_alive and not submission.error:
            self._world.acknowledge(submission)


class _L1Section(SequencerL1Section):
    """`[l1]` whose client speaks to the simulated chain."""

    def client(self) -> L1Client:
        """Return a client of the simulated endpoints."""
        life = World.current.life
        assert life is not None
        endpoints = [Endpoint("simulated", life.provider, retries=0)]
        return L1Client(endpoints)


class _NoCollector:
    """Stands for the module `gc` where the node tunes it: all worlds share one process."""

    collect = freeze = staticmethod(lambda: None)


class _Time:
    """Stands for the module `time` where the node reads the wall clock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def time_ns(self) -> int:
        """Return the machine's time, right or wrong."""
        return int((self._world.now + self._world.clock_error_seconds) * 1e9)


@dataclass(slots=True)
class Settings:
    """What differs from seed to seed."""

    max_lag_seconds: int
    batch_ms: int
    grace_seconds: int
    force_inclusion_seconds: int


@dataclass(slots=True)
class Chronology:
    """What happened, for the report of a failure."""

    lines: list[str] = field(default_factory=list)

    def add(self, now: float, what: str) -> None:
        """Note an event."""
        self.lines.append(f"{now - START_SECONDS:10.3f}  {what}")


class World:
    """Everything of one seed."""

    current: World

    def __init__(self, seed: int, root: Path) -> None:
        World.current = self
        self.chance = random.Random(seed)
        self.loop = VirtualLoop(random.Random(seed + 1))
        self.loop.set_exception_handler(lambda loop, context: None)
        self.root = root
        self.settings = Settings(
            max_lag_seconds=self.chance.choice((120, 600)),
            batch_ms=self.chance.choice((2_000, 6_000)),
            grace_seconds=120,
            force_inclusion_seconds=600,
        )
        self.clock_error_seconds = 0.0
        self.chronology = Chronology()
        self.acknowledged: dict[bytes, Acknowledged] = {}
        self.refused = 0
        self.stopped: list[str] = []
        """Errors with which the node ended by itself."""
        self.unusable: list[tuple[float, float]] = []
        """Spans in which nothing could be posted."""
        self.traders = [Trader(number) for number in range(1, TRADERS + 1)]
        self.life: Life | None = None
        self.lives = 0
        self.kill_chance = 0.0
        self._synced_bytes = 0
        self.troubles = Troubles()
        self.address = signer_of_key(KEY).address
        self.chain = self._chain()
        self._install(seed)

    @property
    def now(self) -> float:
        """Return the true time in seconds since the epoch."""
        return START_SECONDS + self.loop.time()

    @contextlib.contextmanager
    def nothing_can_be_posted(self) -> Iterator[None]:
        """Note a span in which no node could keep its promises."""
        start = self.now
        try:
            yield
        finally:
            self.unusable.append((start, self.now))

    def unusable_seconds(self, start: float, end: float) -> float:
        """Return how much of a span was such a time; overlaps count once."""
        total, reached = 0.0, start
        for first, last in sorted(self.unusable):
            first, last = max(first, reached), min(last, end)
            if last > first:
                total += last - first
                reached = last
        return total

    def note(self, what: str) -> None:
        """Keep an event for the report."""
        self.chronology.add(self.now, what)

    def _chain(self) -> SimulatedL1:
        settings = self.settings
        terms = Terms(
            chain_id=CHAIN_ID,
            rollup=ROLLUP,
            inbox=INBOX,
            law_id=LAW_ID,
            genesis_root=genesis_root(CHAIN_ID, ROLLUP),
            max_lag_seconds=settings.max_lag_seconds,
            force_inclusion_seconds=settings.force_inclusion_seconds,
            grace_seconds=settings.grace_seconds,
        )
        model = VenueModel.deployed(terms, self.address, START_SECONDS - 100)
        messages = listings(0)
        for trader in self.traders:
            owner = wallet(f"trader {trader.account}").address
            messages += funding(trader.account, owner, 10**6 * USD, 0)
        for message in messages:
            model.add_message(message[0], message[1:21], message[27:], START_SECONDS - 50)
        return SimulatedL1(model, lambda: self.now, self.address, LAW_CODE)

    def _install(self, seed: int) -> None:
        """Put virtual time and simulated processes in the node's way."""
        setattr(wall_clock, "time", _Time(self))  # noqa: B010 - a module that it imports
        setattr(node_module, "gc", _NoCollector)  # noqa: B010 - a module that it imports
        ordering_loop.TICK_SECONDS, accepting_gate.CHECK_SECONDS = 1.0, 2.0
        sweeper.STEP_SECONDS, pipeline.COUNT_SECONDS = 2.0, 10.0
        defaults = TransactionSender.__init__.__kwdefaults__
        assert defaults is not None
        defaults["clock"] = lambda: self.now
        simulated_worker.install(random.Random(seed + 2))
        shortcuts.install(KEY)
        crash_point.reach = self._reach
        os.environ[KEY_VARIABLE] = KEY.hex()

    # --- the node ---

    def config(self, folder: Path) -> SequencerConfig:
        """Return the node's configuration, on a folder."""
        deployment = folder.parent / "deployment.json"
        Deployment(
            chain_id=CHAIN_ID,
            first_block=1,
            rollup=to_checksum_address(ROLLUP),
            inbox=to_checksum_address(INBOX),
            vault=to_checksum_address(bytes(20)),
            timelock=to_checksum_address(bytes(20)),
            token=to_checksum_address(bytes(20)),
            law=to_checksum_address(LAW),
            law_modules=(),
            law_id="0x" + LAW_ID.hex(),
            genesis_batch_hash="0x" + self.chain.model.batches[0].hash.hex(),
            genesis_claim_hash="0x" + self.chain.model.claims[0].hash.hex(),
            genesis_root="0x" + self.chain.model.terms.genesis_root.hex(),
            domain_separator="0x" + SEPARATOR.hex(),
        ).save(deployment)
        sections = {
            "data_dir": folder,
            "key": {"key_env": KEY_VARIABLE},
            "l1": {
                "endpoints": ["http://simulated"],
                "chain_id": CHAIN_ID,
                "deployment": deployment,
                "poll_seconds": 6.0,
            },
            "batch": {
                "batch_ms": self.settings.batch_ms,
                "segment_ms": 1_000,
                "post_within_ms": 3_000 * self.settings.max_lag_seconds,
            },
            "node": {"snapshot_batches": 20, "sweep_seconds": 30.0},
            "claims": {"bond_max_gwei": 10**9},
        }
        plain = SequencerConfig.model_validate(sections)
        l1 = _L1Section.model_construct(**dict(plain.l1))
        return plain.model_copy(update={"l1": l1})

    def start_node(self) -> None:
        """Start a process on what the last one left."""
        self.lives += 1
        folder = self.root / f"life{self.lives}" / "data"
        if self.life is None:
            folder.parent.mkdir(parents=True)
        self.life = Life(folder, SimulatedProvider(self.chain, self._trouble_of()))
        self.life.task = self.loop.create_task(self._run(self.life))
        self.note(f"node {self.lives} starts")

    async def _run(self, life: Life) -> None:
        def front_of(section: Any, reads: Any, market: Any, metrics: Any) -> SimulatedFront:
            return SimulatedFront(life, reads.pipeline)

        await serve_until(asyncio.Event(), self.config(life.folder), HonestClaimant(), front_of)

    def kill(self, why: str) -> None:
        """Kill the process: its folder stays as it is, and nothing more comes of it."""
        life = self.life
        if life is None or not life.is_alive:
            return
        self.note(f"node {self.lives} killed: {why}")
        life.is_alive = False
        life.front = None
        target = self.root / f"life{self.lives + 1}" / "data"
        target.parent.mkdir(parents=True)
        if life.folder.exists():
            shutil.copytree(life.folder, target)
            (target / "lock").unlink(missing_ok=True)
        if life.task is not None:
            life.task.cancel()

    async def bury(self) -> None:
        """Wait until nothing of a killed process is left."""
        life = self.life
        assert life is not None
        assert life.task is not None
        with contextlib.suppress(BaseException):
            await life.task
        for worker in list(simulated_worker.SimulatedWorker.living):
            worker.end()
        shutil.rmtree(life.folder.parent, ignore_errors=True)

    def _reach(self, name: str) -> None:
        """The node passes a named point; now and then it dies there."""
        life = self.life
        if life is None or not life.is_alive:
            raise Killed
        if name == "journal.before_write":
            self._synced_bytes = self._journal_bytes(life.folder)
        if self.kill_chance and self.chance.random() < self.kill_chance:
            self.kill(name)
            if name == "journal.before_sync":
                self._tear()
            raise Killed

    @staticmethod
    def _journal_bytes(folder: Path) -> int:
        files = sorted((folder / "journal").glob("*.journal"))
        return files[-1].stat().st_size if files else 0

    def _tear(self) -> None:
        """Take some of the last write's bytes from the journal: no disk has confirmed it."""
        folder = self.root / f"life{self.lives + 1}" / "data" / "journal"
        files = sorted(folder.glob("*.journal"))
        if files:
            size = files[-1].stat().st_size
            kept = self.chance.randint(min(self._synced_bytes, size), size)
            os.truncate(files[-1], kept)

    # --- L1 ---

    def _trouble_of(self) -> Any:
        def trouble(method: str, params: Sequence[Any]) -> Any:
            life = self.life
            if life is None or not life.is_alive or self.troubles.is_cut:
                raise OSError("connection refused")
            return self.troubles.answer(method, params)

        return trouble

    # --- traders ---

    def acknowledge(self, submission: Submission) -> None:
        """Note a promise."""
        outcome = submission.outcome
        assert outcome is not None
        fills = tuple(
            ToldFill(each.action, each.price, each.lots)
            for each in outcome.events
            if isinstance(each, Fill)
        )
        place = OpPlace(submission.batch, submission.segment, submission.index)
        report = OpReport(place, outcome.code, tuple(outcome.action_codes), fills)
        self.acknowledged[submission.op_hash] = Acknowledged(
            submission.op_hash, submission.data, report, submission.post_by_ms, self.now
        )

    async def trade(self, trader: Trader, every_seconds: float) -> None:
        """Send bundles for ever; keep one that found no open node and send it again."""
        waiting: bytes | None = None
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / every_seconds))
            data = waiting or trader.bundle(self.chance, int(self.now * 1000))
            life = self.life
            if life is None or life.front is None or not life.is_alive:
                waiting = data
                continue
            queued = life.front.submit(Submission(_Caller(self, life), 0, data, life.front.source))
            waiting = None if queued else data
            self.refused += not queued

    async def report_prices(self) -> None:
        """Have a quorum price the underlying now and then."""
        while True:
            await asyncio.sleep(20)
            time_ms = int(self.now * 1000)
            signed = digest(SEPARATOR, hash_report(1, 1, time_ms, PRICE_NANO_USD))
            reports = [
                encode_report(
                    reporter=i,
                    price_nano_usd=PRICE_NANO_USD,
                    signature=REPORTERS[i].sign_digest(signed),
                )
                for i in (0, 1)
            ]
            life = self.life
            if life is not None and life.front is not None and life.is_alive:
                data = encode_index_price(underlying=1, publish_time_ms=time_ms, reports=reports)
                life.front.submit(Submission(_Caller(self, life), 0, data, life.front.source))

    async def mine(self) -> None:
        """Mine a block every slot."""
        while True:
            await asyncio.sleep(BLOCK_SECONDS)
            if not self.troubles.no_blocks:
                self.chain.mine()
