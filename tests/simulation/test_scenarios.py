"""Three stories with exact numbers, on the whole node: a kill and a new epoch, a foreign batch of
Inbox messages, an outage of L1."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.storage_failure import StorageFailed
from strikeproof.wire.errors import ApiError
from tests.simulation.run_seed import Outcome, run_seed
from tests.simulation.scenario import deposit, foreign_batch, freeze
from tests.simulation.settings import Settings
from tests.simulation.simulated_l1 import GWEI
from tests.simulation.trader import Acknowledged
from tests.simulation.venue_model import VenueModel
from tests.simulation.world import BLOCK_SECONDS, World

OUTAGE_SECONDS = 700.0


async def submit_at_once(world: World, count: int) -> list[Acknowledged]:
    """Submit this many bundles now; return the promises, in order."""
    trader = world.traders[0]
    ops = [trader.bundle(world.chance, int(world.now * 1000)) for _ in range(count)]
    for each in ops:
        assert world.submit(each)
    await asyncio.sleep(3)
    return [world.acknowledged[keccak256(ordered_op(each))] for each in ops]


@dataclass(frozen=True, slots=True)
class Outage:
    """What came of an outage of 700 seconds."""

    outcome: Outcome
    last: float
    """When the last promise within it was made, in seconds after its beginning."""
    promises: int
    batches: int
    """Batches that waited at its end."""


def outage_of_700_seconds(max_lag_seconds: int) -> Outage:
    """Cut the node off from L1 for 700 s while traders go on."""
    worlds: list[World] = []
    starts: list[float] = []

    async def story(world: World) -> None:
        worlds.append(world)
        busy = [asyncio.ensure_future(world.trade(each, 1.0)) for each in world.traders]
        await asyncio.sleep(60)
        starts.append(world.now)
        with world.troubles.on("is_cut"), world.nothing_can_be_posted():
            await asyncio.sleep(OUTAGE_SECONDS)
        await asyncio.sleep(120)
        for each in busy:
            each.cancel()

    settings = Settings(max_lag_seconds=max_lag_seconds, force_inclusion_seconds=3_600)
    outcome = run_seed(4, 0, story, settings)
    assert outcome.wrong == []
    assert outcome.lives == 1, "nobody started it again"
    start = starts[0]
    within = [
        each
        for each in worlds[0].acknowledged.values()
        if start < each.at_seconds < start + OUTAGE_SECONDS
    ]
    last = max(each.at_seconds for each in within) - start
    batches = {each.report.place.batch for each in within}
    return Outage(outcome, last, len(within), len(batches))


def test_s4_outage_of_700_seconds_under_a_lag_of_900_breaks_no_promise() -> None:
    """All is posted in time, without a restart, every header within the lag of its block."""
    outage = outage_of_700_seconds(900)
    assert outage.outcome.changed == 0
    assert outage.promises > 500, "it goes on accepting"
    assert outage.last > OUTAGE_SECONDS - 10, "through all of it"
    # 350 batches of two seconds would be too many: behind, it makes half as many as L1 takes.
    assert OUTAGE_SECONDS / 7 < outage.batches < OUTAGE_SECONDS / 5


def test_s4_under_a_lag_of_600_the_node_stops_acknowledging_before_it_is_too_late() -> None:
    """It goes on by itself; what L1 no longer takes as it was is announced where it changed."""
    outage = outage_of_700_seconds(600)
    assert 450 < outage.last < 510
    assert outage.batches <= 299


def test_s3_foreign_batch_takes_the_place_of_forty_promises_which_follow_in_the_same_order() -> (
    None
):
    found: list[list[Acknowledged]] = []
    settings = Settings(batch_ms=6_000, grace_seconds=30)
    worlds: list[World] = []

    async def story(world: World) -> None:
        worlds.append(world)
        await asyncio.sleep(5)
        while len(world.chain.head.model.batches) < 8:
            await submit_at_once(world, 1)
            await asyncio.sleep(15)
        await asyncio.sleep(60)
        world.troubles.refuses_transactions = 1
        with world.nothing_can_be_posted():
            found.append(await submit_at_once(world, 40))
            await deposit(world)
            await asyncio.sleep(settings.force_inclusion_seconds + settings.grace_seconds + 30)
            await foreign_batch(world)
            await asyncio.sleep(30)
        world.troubles.refuses_transactions = 0
        await asyncio.sleep(60)

    outcome = run_seed(3, 0, story, settings)
    assert outcome.wrong == []
    (ours,) = found
    assert len(ours) == 40
    (number,) = {each.report.place.batch for each in ours}
    world = worlds[0]
    adopted = world.chain.head.model.batches[number]
    assert adopted.segment_count == 1, "the message alone"
    assert outcome.changed >= 40
    assert outcome.lives == 1, "it goes on by itself"


def test_s1_hundred_promises_of_a_batch_survive_a_kill_and_hold_under_the_next_epoch() -> None:
    """No promise is lost, none is given once the node can know of the new epoch, and L1 refuses the
    earlier one."""
    found: list[list[Acknowledged]] = []
    times: list[float] = []
    worlds: list[World] = []

    async def story(world: World) -> None:
        worlds.append(world)
        await asyncio.sleep(30)
        world.troubles.refuses_transactions = 1
        found.append(await submit_at_once(world, 100))
        world.kill("with a hundred promises")
        await asyncio.sleep(20)

        def replace(model: VenueModel, time_seconds: int) -> None:
            model.next_epoch()

        world.troubles.excuse("SequencerReplaced", world.now + 60)
        world.chain.foreign.append(replace)
        await asyncio.sleep(13 + 2 * world.settings.poll_seconds)
        times.append(world.now)
        world.troubles.refuses_transactions = 0
        await asyncio.sleep(90)

    outcome = run_seed(1, 0, story, Settings(batch_ms=6_000))
    assert outcome.wrong == []
    assert outcome.changed == 0
    assert len(found[0]) == 100
    assert any("SequencerReplaced" in each for each in outcome.chronology)
    world = worlds[0]
    assert world.chain.head.model.sequencer_epoch == 2


def test_inbox_waits_while_the_clock_is_ahead() -> None:
    """Consumed then, its batch would have to wait for a time that L1 has not reached."""
    posted: list[int] = []
    settings = Settings()

    async def story(world: World) -> None:
        await asyncio.sleep(60)
        world.clock_error_seconds = 300.0
        await asyncio.sleep(90)
        assert world.life is not None
        assert not world.life.is_serving
        await deposit(world)
        await asyncio.sleep(60)
        world.clock_error_seconds = 0.0
        await asyncio.sleep(400)
        posted.extend(each.inbox_end for each in world.chain.head.model.batches)
        times = [each.time_ms for each in world.chain.head.model.batches]
        posted.append(times[posted.index(posted[-1])] - int((world.now - 400) * 1000))

    outcome = run_seed(7, 0, story, settings)
    assert outcome.wrong == []


def test_what_a_call_finds_broken_stops_the_node() -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(20)
        assert world.life is not None
        assert world.life.front is not None
        damaged = StorageFailed(world.life.folder / "history.sqlite", "malformed")
        world.life.front.found_broken.set_result(damaged)
        await asyncio.sleep(60)

    outcome = run_seed(2, 0, story, Settings())
    assert len(outcome.wrong) == 1
    assert "stopped by itself" in outcome.wrong[0]
    assert "StorageFailed" in outcome.wrong[0]


def test_a_frozen_venue_is_left_alone() -> None:
    """Sealed batches wait, and L1 takes no more: the node says so, and goes on claiming what
    was posted, without a restart however old its batches become."""
    sent: list[int] = []
    refused: list[ApiError | None] = []

    class Trader:
        def settle(self, submission: Submission) -> None:
            refused.append(submission.error)

    def journal(world: World) -> list[bytes]:
        assert world.life is not None
        folder = world.life.folder / "journal"
        return [each.read_bytes() for each in sorted(folder.glob("*.journal"))]

    async def story(world: World) -> None:
        await asyncio.sleep(60)
        world.troubles.refuses_transactions = 1
        await submit_at_once(world, 20)
        await freeze(world)
        world.troubles.refuses_transactions = 0
        await asyncio.sleep(30)
        sent.append(world.chain.head.nonce)
        before = journal(world)
        await asyncio.sleep(1_500)
        assert journal(world) == before, "nothing is sealed again"
        assert world.life is not None and world.life.front is not None
        assert not world.life.is_serving
        op = world.traders[0].bundle(world.chance, int(world.now * 1000))
        world.life.front.submit(Submission(Trader(), 0, op, world.life.front.source))
        assert refused == [ApiError.VENUE_FROZEN]
        world.kill("once more, on the same folder")
        await asyncio.sleep(60)
        assert world.life is not None
        assert not world.life.is_serving
        sent.append(world.chain.head.nonce)

    outcome = run_seed(5, 0, story, Settings(max_lag_seconds=120))
    assert outcome.wrong == []
    assert outcome.lives == 2, "it started twice: nothing made it begin again by itself"
    assert sent[1] - sent[0] <= 4, "claims of what was posted, and no batch"


def test_a_disk_that_forgot_what_was_sent_costs_no_promise() -> None:
    """A batch waits in the mempool until it is too old and is sealed again; the disk forgets that
    it was sent, and a reorganization takes L1 back to where it lands. The node cannot know whose it
    is and stops; `recover` keeps what L1 does not hold, and the bond is deposited once."""
    worlds: list[World] = []
    promised: list[list[Acknowledged]] = []
    settings = Settings(max_lag_seconds=120, force_inclusion_seconds=600)

    async def story(world: World) -> None:
        worlds.append(world)
        await asyncio.sleep(60)
        world.chain.base_fee_wei = 2_000 * GWEI
        with world.nothing_can_be_posted():
            promised.append(await submit_at_once(world, 20))
            await asyncio.sleep(settings.max_lag_seconds + 40)
            world.kill("the power fails, and the disk has lied")
            folder = world.root / f"life{world.lives + 1}" / "data"
            for path in folder.glob("intents.sqlite*"):
                path.unlink()
            world.has_disk_lied = True
            world.check.nonces_forgotten()
            world.chain.base_fee_wei = GWEI
            times = world.chain.reorganize(12, keep_transactions=True)
            world.check.reorganized(world.now, world.acknowledged)
            for time_seconds in times:
                world.mine_block(time_seconds)
        await asyncio.sleep(120)

    outcome = run_seed(6, 0, story, settings)
    assert outcome.wrong == []
    (world,) = worlds
    assert (world.recovered, world.lost) == (1, 0)
    assert outcome.changed > 0, "what moved was announced"
    assert {each.op_hash for each in promised[0]} <= set(world.acknowledged)


def test_after_a_deep_reorganization_what_is_dead_holds_nothing_up() -> None:
    """Twenty blocks are gone: their batches are too old, and are sealed again. Sent in their order,
    a hundred transactions that can only fail went first, four batches a block, until the new order
    was too old as well and everything began again: 376 s."""
    depth, seconds = 20, list[float]()

    async def story(world: World) -> None:
        busy = [asyncio.ensure_future(world.trade(each, 2.0)) for each in world.traders]
        await asyncio.sleep(depth * BLOCK_SECONDS + 60)
        start = world.now
        world.unusable.append((start - depth * BLOCK_SECONDS, start))
        times = world.chain.reorganize(depth, keep_transactions=False)
        world.check.reorganized(start, world.acknowledged)
        for each in times:
            world.mine_block(each)
        await asyncio.sleep(13)
        while not (world.life and world.life.is_serving):
            await asyncio.sleep(1)
        seconds.append(world.now - start)
        for task in busy:
            task.cancel()

    outcome = run_seed(3, 0, story, Settings(max_lag_seconds=120))
    assert outcome.wrong == []
    assert outcome.lives == 1
    assert seconds[0] < 260
