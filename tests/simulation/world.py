"""One simulated venue: L1, a sequencer node, traders, and whatever goes wrong.

The node is the one that `strikeproof sequencer run` runs, from its configuration to its files; only
HTTP, gRPC, processes, the disk's failures and the clock are simulated. A killed node leaves its
folder as the kill found it, and the next one starts on that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from strikeproof.client.typed_data import Domain
from strikeproof.contracts import LAW_FAMILIES
from strikeproof.deployment import Deployment
from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import TransactionSender
from strikeproof.sequencer import crash_point
from strikeproof.sequencer import node as node_module
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order import wall_clock
from strikeproof.sequencer.pipeline import ordering_loop, pipeline, upkeep_loop
from strikeproof.sequencer.posting import accepting_gate
from strikeproof.sequencer.posting.claimant import HonestClaimant
from strikeproof.sequencer.recover_from_l1 import recover_from_l1
from strikeproof.sequencer.run import serve_until
from strikeproof.verifier.state.genesis import genesis_root
from tests.integration.sequencer.venue import USD, funding, listings, wallet
from tests.simulation import shortcuts, simulated_worker
from tests.simulation.chronology import Chronology
from tests.simulation.life import (
    Caller,
    Clock,
    Killed,
    Life,
    SimulatedFront,
    SimulatedL1Section,
)
from tests.simulation.seams import Seams
from tests.simulation.settings import Settings
from tests.simulation.simulated_disk import SimulatedDisk
from tests.simulation.simulated_l1 import SimulatedL1, SimulatedProvider
from tests.simulation.step_check import StepCheck
from tests.simulation.trader import Acknowledged, Trader, quorum_price
from tests.simulation.troubles import Troubles
from tests.simulation.venue_model import Terms, VenueModel
from tests.simulation.virtual_loop import VirtualLoop

START_SECONDS = 1_800_000_000
CHAIN_ID = 31_337
ROLLUP, INBOX, LAW = (keccak256(name)[:20] for name in (b"rollup", b"inbox", b"law"))
LAW_CODE = b"the law"
LAW_ID = keccak256(b"strikeproof law 2" + len(LAW_FAMILIES) * keccak256(LAW_CODE))
KEY = keccak256(b"simulated sequencer")
KEY_VARIABLE = "SIMULATED_SEQUENCER_KEY"
SEPARATOR = Domain(CHAIN_ID, ROLLUP).separator
TRADERS = 3
BLOCK_SECONDS = 12
PRICE_SECONDS = 20
RECOVER_SECONDS = 30.0
"""After which an operator tries again whose `recover` could not reach L1."""
SQLITE_RARITY = 25
"""Statements of a database for one of the other points at which a node is killed."""


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, root: Path, settings: Settings | None = None) -> None:
        self.chance = random.Random(seed)
        self.loop = VirtualLoop(random.Random(seed + 1))
        self.loop.set_exception_handler(lambda loop, context: None)
        self.root = root
        self.settings = settings or Settings.drawn(self.chance)
        self.clock_error_seconds = 0.0
        self.chronology = Chronology()
        self.acknowledged: dict[bytes, Acknowledged] = {}
        self.refused = 0
        self.stopped: list[str] = []
        """Errors with which the node ended by itself."""
        self.has_disk_lied = False
        self.unusable: list[tuple[float, float]] = []
        """Spans in which nothing could be posted."""
        self.traders = [Trader(number, SEPARATOR) for number in range(1, TRADERS + 1)]
        self.life: Life | None = None
        self.lives = self.kills = self.changed = self.recovered = self.lost = 0
        self.kill_chance = 0.0
        self._synced_bytes = 0
        self.troubles = Troubles()
        self.address = signer_of_key(KEY).address
        self.chain = self._chain()
        self.check = StepCheck(self.chain, self.settings.max_lag_seconds)
        self.chain.on_sent = self.check.sent
        self.chain.balance_limit = lambda wei: min(wei, 10**12) if self.troubles.is_poor else wei
        self.seams, self.disk = Seams(), SimulatedDisk()
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
        """Keep an event for the report; where the folder is differs from run to run."""
        self.chronology.add(self.loop.time(), what.replace(str(self.root), ""))

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
        seams = self.seams
        seams.replace(wall_clock, "time", Clock(lambda: self.now + self.clock_error_seconds))
        # All worlds share one process: no start of a node may tune its collector.
        seams.replace(node_module, "nothing_collected", contextlib.nullcontext)
        seams.replace(ordering_loop, "TICK_SECONDS", 1.0)
        seams.replace(accepting_gate, "CHECK_SECONDS", 2.0)
        seams.replace(upkeep_loop, "STEP_SECONDS", 0.5)
        seams.replace(upkeep_loop, "WAIT_SECONDS", 0.1)
        seams.replace(upkeep_loop, "LOOK_SECONDS", 2.0)
        seams.replace(pipeline, "COUNT_SECONDS", 10.0)
        defaults = TransactionSender.__init__.__kwdefaults__
        assert defaults is not None
        seams.replace_item(defaults, "clock", lambda: self.now)
        simulated_worker.install(random.Random(seed + 2), seams)
        shortcuts.install(KEY, seams, self.check.signed)
        seams.replace(crash_point, "reach", self._reach)
        self.disk.install(self._reach, seams)
        seams.replace_item(os.environ, KEY_VARIABLE, KEY.hex())

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
            escape=to_checksum_address(bytes(20)),
            promises=to_checksum_address(bytes(20)),
            token=to_checksum_address(bytes(20)),
            laws=(to_checksum_address(LAW),) * len(LAW_FAMILIES),
            law_modules=(),
            law_id="0x" + LAW_ID.hex(),
            genesis_batch_hash="0x" + self.chain.model.batches[0].hash.hex(),
            genesis_claim_hash="0x" + self.chain.model.claims[0].hash.hex(),
            genesis_root="0x" + self.chain.model.terms.genesis_root.hex(),
            domain_separator="0x" + SEPARATOR.hex(),
        ).save(deployment)
        plain = SequencerConfig.model_validate(
            self.settings.sections(folder, deployment, KEY_VARIABLE)
        )
        l1 = SimulatedL1Section.model_construct(**dict(plain.l1))
        l1.reach(self._life_now)
        return plain.model_copy(update={"l1": l1})

    def _life_now(self) -> Life:
        assert self.life is not None
        return self.life

    def start_node(self) -> None:
        """Start a process on what the last one left."""
        self._begin_life()
        life = self._life_now()
        life.task = self.loop.create_task(self._run(life))
        self.note(f"node {self.lives} starts")

    async def recover_folder(self) -> None:
        """Run what the operator runs when the node says so, until it succeeds."""
        while True:
            self._begin_life()
            life = self._life_now()
            task = self.loop.create_task(recover_from_l1(self.config(life.folder)))
            life.task = task
            await asyncio.wait([task])
            error = None if task.cancelled() else task.exception()
            is_done = life.is_alive and not task.cancelled() and error is None
            is_excused = not life.is_alive or isinstance(error, Transient)
            self.kill(f"`recover` ends: {error!r}")
            await self.bury()
            if is_done:
                report = task.result()
                self.note(f"{report.batches_from_l1} batches from L1, {report.batches_kept} kept")
                self.recovered += 1
                self.lost += report.ops_lost
                return
            if error and not is_excused and not self.troubles.excuses(error, self.now):
                self.stopped.append(f"recover: {error!r}")
            await asyncio.sleep(RECOVER_SECONDS * 2 ** min(7, len(self.stopped)))

    def _begin_life(self) -> None:
        self.lives += 1
        folder = self.root / f"life{self.lives}" / "data"
        if self.life is None:
            folder.parent.mkdir(parents=True)
        life = self.life = Life(folder, self.loop.time)
        for at in range(self.settings.endpoints):
            life.providers.append(SimulatedProvider(self.chain, self._trouble_of(life, at)))

    async def _run(self, life: Life) -> None:
        def front_of(section: Any, reads: Any, market: Any, metrics: Any) -> SimulatedFront:
            if not life.is_alive:
                raise Killed  # a task of its own that the kill did not reach yet
            self.check.served(life, self.acknowledged)
            return SimulatedFront(life, reads.pipeline)

        await serve_until(asyncio.Event(), self.config(life.folder), HonestClaimant(), front_of)

    def cut_power(self, *, syncs_lie: bool) -> None:
        """Kill the process together with its machine: what its disk has not got yet is gone."""
        if self.life is None or not self.life.is_alive:
            return
        self.kill("the power fails" + syncs_lie * ", and the disk has lied")
        before = self.life.folder
        after = self.root / f"life{self.lives + 1}" / "data"
        if after.exists():
            self.disk.cut_power(before, after, self.chance, syncs_lie=syncs_lie)
        if syncs_lie:
            self.has_disk_lied = True
            self.check.nonces_forgotten()

    def kill(self, why: str) -> None:
        """Kill the process: its folder stays as it is, and nothing more comes of it."""
        life = self.life
        if life is None or not life.is_alive:
            return
        self.note(f"node {self.lives} killed: {why}")
        self.kills += 1
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
        life = self._life_now()
        assert life.task is not None
        with contextlib.suppress(BaseException):
            await life.task
        for worker in list(simulated_worker.SimulatedWorker.living):
            worker.end()
        shutil.rmtree(life.folder.parent, ignore_errors=True)

    def _reach(self, name: str) -> None:
        """The node passes a named point; now and then it dies there, or the disk fails."""
        life = self.life
        if life is None or not life.is_alive:
            raise Killed
        if name == "journal.before_write":
            self._synced_bytes = self._journal_bytes(life.folder)
        rarity = SQLITE_RARITY if name.startswith("sqlite") else 1
        if self.kill_chance and self.chance.random() < self.kill_chance / rarity:
            self.kill(name)
            if name == "journal.before_sync":
                self._tear(self.root / f"life{self.lives + 1}" / "data")
            raise Killed
        if name == "journal.before_sync" and self.troubles.disk_error:
            self._tear(life.folder)
        self.troubles.write(name)

    @staticmethod
    def _journal_bytes(folder: Path) -> int:
        files = sorted((folder / "journal").glob("*.journal"))
        return files[-1].stat().st_size if files else 0

    def _tear(self, folder: Path) -> None:
        """Take some of the last write's bytes from the journal: no disk has confirmed it."""
        files = sorted((folder / "journal").glob("*.journal"))
        if files:
            size = files[-1].stat().st_size
            kept = self.chance.randint(min(self._synced_bytes, size), size)
            os.truncate(files[-1], kept)

    # --- L1 ---

    def _trouble_of(self, life: Life, at: int) -> Any:
        is_last = at == self.settings.endpoints - 1

        def trouble(method: str, params: Sequence[Any]) -> Any:
            troubles, provider = self.troubles, life.providers[at]
            self.chronology.trace(self.loop.time(), method)
            cut = troubles.is_cut or (troubles.one_is_cut and is_last and at)
            if not life.is_alive or life is not self.life or cut:
                raise OSError("connection refused")
            provider.behind_blocks = troubles.behind_blocks(self.chance, provider.lag_blocks)
            return troubles.answer(method, params, self.chain.head.nonce)

        return trouble

    def mine_block(self, time_seconds: int | None = None) -> None:
        """Mine one block, and judge it."""
        self.chain.mine(time_seconds)
        head = self.chain.head
        self.chronology.trace(self.loop.time(), f"block {head.hash.hex()} {len(head.mined)}")
        self.check.mined(head)

    async def mine(self) -> None:
        """Mine a block every slot."""
        while True:
            await asyncio.sleep(BLOCK_SECONDS)
            if not self.troubles.no_blocks:
                self.mine_block()

    # --- traders ---

    def acknowledge(self, submission: Submission) -> None:
        """Note a promise."""
        promise = Acknowledged.of(submission, self.now)
        self.chronology.trace(self.loop.time(), f"{promise.op_hash.hex()} {promise.report}")
        self.check.promised(promise, self.acknowledged.get(promise.op_hash))
        self.acknowledged[promise.op_hash] = promise

    def submit(self, data: bytes) -> bool | None:
        """Send the node an op; whether it was queued, None if no node is open."""
        life = self.life
        if life is None or life.front is None or not life.is_alive:
            return None
        caller = Caller(life, self.acknowledge)
        return life.front.submit(Submission(caller, 0, data, life.front.source))

    async def trade(self, trader: Trader, every_seconds: float) -> None:
        """Send bundles forever; keep one that found no open node and send it again."""
        waiting: bytes | None = None
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / every_seconds))
            data = waiting or trader.bundle(self.chance, int(self.now * 1000))
            queued = self.submit(data)
            waiting = None if queued else data
            self.refused += queued is False

    async def report_prices(self) -> None:
        """Have a quorum price the underlying now and then."""
        while True:
            await asyncio.sleep(PRICE_SECONDS)
            self.submit(quorum_price(SEPARATOR, int(self.now * 1000)))
