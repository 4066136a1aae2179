"""One seed from beginning to end: trade, suffer, recover, judge."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import shutil
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from strikeproof.sequencer.posting.rewrite_plan import AnotherSequencer
from strikeproof.sequencer.recovery.change_log import ChangeLog
from tests.simulation.invariants import broken
from tests.simulation.scenario import freeze, random_troubles
from tests.simulation.settings import Settings
from tests.simulation.world import START_SECONDS, World

TRADE_EVERY_SECONDS = 15.0
TROUBLE_EVERY_SECONDS = 30.0
RESTART_SECONDS = 5.0
SETTLE_SECONDS = 3_600.0
FROZEN_SECONDS = 1_500.0
"""For which a node is watched that can post nothing: twice the largest lag and more."""
FROZEN_ONE_IN = 10
"""One in this many random worlds ends frozen."""
MEMORY = Path("/dev/shm")

Story = Callable[[World], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed came to."""

    seed: int
    seconds: float
    promises: int
    lives: int
    wrong: list[str]
    chronology: list[str]
    kills: int
    steps: int
    changed: int
    """Promises that were announced as broken."""
    trace: str
    """A digest of everything that happened: two runs of a seed are the same if it is."""


async def _keep_running(world: World) -> None:
    """Start the node again whenever it was killed; report one that stopped by itself.

    A disk that lied may have lost which batch it sent before a rewrite, and L1 may hold that one.
    Then the node has to say so and stop; its operator's `recover` goes on from there.
    """
    world.start_node()
    while True:
        life = world.life
        assert life is not None
        assert life.task is not None
        await asyncio.wait([life.task])
        error = None if life.task.cancelled() else life.task.exception()
        if life.is_alive and isinstance(error, AnotherSequencer) and world.has_disk_lied:
            world.kill(f"it asks for `recover`: {error!r}")
            await world.bury()
            await world.recover_folder()
            world.start_node()
            continue
        if life.is_alive and error and world.troubles.excuses(error, world.now):
            world.kill(f"it stopped by itself, rightly: {error!r}")
        elif life.is_alive and error:
            world.note("node stopped: " + "".join(traceback.format_exception(error))[-1500:])
            world.stopped.append(repr(error))
            world.kill("it stopped by itself")
        await world.bury()
        await asyncio.sleep(RESTART_SECONDS * 2 ** min(7, len(world.stopped)))
        world.start_node()


async def _live(world: World, story: Story) -> list[str]:
    running = [
        asyncio.ensure_future(_keep_running(world)),
        asyncio.ensure_future(world.mine()),
        asyncio.ensure_future(world.report_prices()),
        *(asyncio.ensure_future(world.trade(each, TRADE_EVERY_SECONDS)) for each in world.traders),
    ]
    await story(world)
    world.note("the troubles are over")
    for task in running[2:]:
        task.cancel()
    await _quiet(world)
    wrong = world.check.wrong + broken(world)
    assert world.life is not None
    world.changed = len(ChangeLog(world.life.folder).read())
    is_frozen = world.chain.head.model.resolution_end != 0
    if bool(world.life and world.life.is_serving) is is_frozen:
        wrong.append("it accepts in a frozen venue" if is_frozen else "it does not accept again")
    wrong += [f"the node stopped by itself: {each}" for each in dict.fromkeys(world.stopped)]
    world.kill("end of the story")
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await world.bury()
    return wrong


async def _quiet(world: World) -> None:
    """Wait until everything acknowledged is claimed, or far longer than that may take."""
    deadline = world.now + SETTLE_SECONDS
    frozen_from = world.now + FROZEN_SECONDS
    while world.now < deadline and not world.check.wrong:
        await asyncio.sleep(24)
        head = world.chain.head.model
        newest = max((each.report.place.batch for each in world.acknowledged.values()), default=0)
        if world.life is None or len(head.claims) != len(head.batches):
            continue
        if head.resolution_end:
            if not world.life.is_serving and world.now > frozen_from:
                return
        elif len(head.batches) > newest and world.life.is_serving:
            return


def run_seed(
    seed: int, seconds: float, story: Story | None = None, settings: Settings | None = None
) -> Outcome:
    """Run one world. `story`: what happens to it; random troubles for `seconds` if absent."""
    was_collecting = gc.isenabled()
    gc.disable()  # a world leaves few cycles, and is gone after a second
    try:
        return _run_world(seed, seconds, story, settings)
    finally:
        if was_collecting:
            gc.enable()
        gc.collect()  # closes the files of lives that were killed


def _run_world(
    seed: int, seconds: float, story: Story | None, settings: Settings | None
) -> Outcome:
    logging_before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    root = Path(tempfile.mkdtemp(prefix="simulation-", dir=MEMORY if MEMORY.is_dir() else None))

    async def random_story(world: World) -> None:
        await random_troubles(world, seconds, TROUBLE_EVERY_SECONDS)
        if seed % FROZEN_ONE_IN == 0:
            await freeze(world)
            await asyncio.sleep(120)

    world = World(seed, root, settings)
    asyncio.set_event_loop(world.loop)
    try:
        wrong = world.loop.run_until_complete(_live(world, story or random_story))
    finally:
        with contextlib.suppress(RuntimeError):
            world.loop.close()
        asyncio.set_event_loop(None)
        world.seams.close()
        structlog.configure(**logging_before)
        shutil.rmtree(root, ignore_errors=True)
    return Outcome(
        seed,
        world.now - START_SECONDS,
        len(world.acknowledged),
        world.lives,
        wrong,
        world.chronology.lines,
        world.kills,
        world.check.steps,
        world.changed,
        world.chronology.digest,
    )


def timed_seed(seconds: float, seed: int) -> tuple[Outcome, float]:
    """Run a seed; return its outcome and the processor's seconds that it took."""
    started = time.process_time()
    return run_seed(seed, seconds), time.process_time() - started
