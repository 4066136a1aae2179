"""Which troubles hit a world, and when: drawn from its seed, or given by a scenario."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import encode_withdraw
from strikeproof.wire.units import MicroUsd, Milliseconds
from tests.integration.sequencer.venue import USD, wallet
from tests.simulation.simulated_l1 import GWEI
from tests.simulation.simulated_worker import SimulatedWorker
from tests.simulation.venue_model import VenueModel
from tests.simulation.world import BLOCK_SECONDS, START_SECONDS, World

Trouble = Callable[[World], Awaitable[None]]
PROPOSAL_SECONDS = 86_400
STRANGER = keccak256(b"stranger")[:20]


async def outage(world: World, seconds: float | None = None) -> None:
    """L1 is out of reach."""
    seconds = seconds or world.chance.choice((5, 30, 100, world.settings.max_lag_seconds * 1.5))
    world.note(f"L1 out of reach for {seconds} s")
    with world.troubles.on("is_cut"), world.nothing_can_be_posted():
        await asyncio.sleep(seconds)
    world.note("L1 in reach")


async def standstill(world: World) -> None:
    """L1 makes no blocks."""
    with world.troubles.on("no_blocks"), world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(20, 200))


async def refusal(world: World) -> None:
    """No endpoint takes transactions."""
    world.note("transactions are refused")
    with world.troubles.on("refuses_transactions"), world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(10, 300))


async def lost_answers(world: World) -> None:
    """Transactions arrive, acknowledgements do not."""
    with world.troubles.on("loses_answers"):
        await asyncio.sleep(world.chance.uniform(10, 60))


async def lag(world: World) -> None:
    """The endpoint is some blocks behind."""
    life = world.life
    if life is not None:
        provider = world.chance.choice(life.providers)
        provider.lag_blocks = world.chance.randint(1, 5)
        await asyncio.sleep(world.chance.uniform(10, 90))
        provider.lag_blocks = 0


async def fee_spike(world: World) -> None:
    """The base fee rises beyond what the node may pay."""
    world.note("base fee spikes")
    world.chain.base_fee_wei = world.chance.choice((20, 400, 2_000)) * GWEI
    with world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(20, 200))
    world.chain.base_fee_wei = GWEI


async def poverty(world: World) -> None:
    """The node's key has no ether for a while."""
    world.note("the key is out of ether")
    with world.troubles.on("is_poor"), world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(20, 200))


async def reorganization(world: World) -> None:
    """L1 replaces its newest blocks; messages in them are gone, or others take their place."""
    depth = world.chance.randint(1, 64)
    keeps = world.chance.random() < 0.7
    world.note(f"L1 replaces {depth} blocks, transactions {'kept' if keeps else 'lost'}")
    world.unusable.append((world.now - depth * BLOCK_SECONDS, world.now))
    times = world.chain.reorganize(depth, keep_transactions=keeps)
    world.check.reorganized(world.now, world.acknowledged)
    for _ in range(world.chance.randint(0, 2)):
        await deposit(world)
    for time_seconds in times:  # slots are where they were
        world.mine_block(time_seconds)


async def deposit(world: World) -> None:
    """Somebody pays into an account on L1."""
    account = world.chance.choice(world.traders).account
    amount = world.chance.randint(1, 1_000) * USD
    payload = account.to_bytes(4, "big") + amount.to_bytes(16, "big")
    sender = wallet(f"trader {account}").address

    def add(model: VenueModel, time_seconds: int) -> None:
        model.add_message(MessageKind.DEPOSIT, sender, payload, time_seconds)

    world.chain.foreign.append(add)


async def exit_(world: World) -> None:
    """An owner takes some money out, by L1."""
    account = world.chance.choice(world.traders).account
    sender = wallet(f"trader {account}").address
    op = encode_withdraw(
        account=account,
        nonce=world.chance.randint(10**6, 2 * 10**6),
        expiry_ms=Milliseconds(2**47),
        amount_micro_usd=MicroUsd(world.chance.randint(1, USD)),
    )

    def add(model: VenueModel, time_seconds: int) -> None:
        model.add_exit(sender, op, time_seconds)

    world.chain.foreign.append(add)


async def foreign_batch(world: World) -> None:
    """Somebody posts the overdue messages, as anybody may after the grace period."""

    def post(model: VenueModel, time_seconds: int) -> None:
        parent, end, exit_end = model.batches[-1], len(model.messages), len(model.exits)
        header = BatchHeader(
            law_id=model.terms.law_id,
            number=len(model.batches),
            parent_hash=parent.hash,
            sequencer_epoch=model.sequencer_epoch,
            time_ms=time_seconds * 1000,
            inbox_end=end,
            inbox_rolling=model.messages[end - 1].rolling if end else bytes(32),
            segment_count=0,
            exit_end=exit_end,
            exit_rolling=model.exits[exit_end - 1].rolling if exit_end else bytes(32),
        )
        model.post_batch(STRANGER, Batch.seal(header, []).encode(), time_seconds)
        world.note(f"a stranger posted batch {header.number}")

    world.chain.foreign.append(post)


async def freeze(world: World) -> None:
    """Somebody freezes the venue: L1 accepts no more batches."""

    def stop(model: VenueModel, time_seconds: int) -> None:
        model.freeze(PROPOSAL_SECONDS, time_seconds)

    world.chain.foreign.append(stop)
    while not world.chain.head.model.resolution_end:
        await asyncio.sleep(1)
    world.note("the venue is frozen")


async def nonce_jump(world: World) -> None:
    """Answers about the key's nonce are wrong, several in a row: too high, too low, near or far."""
    chance = world.chance
    spans = ((-60, -1), (1, 16), (17, 200), (9_000, 10_000))
    answers = chance.choice((1, 2, 3, 5, 8, 13))
    offsets = [chance.randint(*chance.choice(spans)) for _ in range(answers)]
    if chance.random() < 0.5:  # one lie, told again and again
        offsets = offsets[:1] * answers
    world.note(f"nonces are wrong by {offsets}")
    world.troubles.nonce_offsets = offsets


async def logs_left_out(world: World) -> None:
    """An endpoint answers eth_getLogs with nothing."""
    world.note("logs are left out")
    world.troubles.logs_left_out = world.chance.randint(1, 4)


async def answers_overtake(world: World) -> None:
    """Answers overtake one another: each is of another block's time."""
    world.note("answers overtake one another")
    with world.troubles.on("answers_overtake"), world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(10, 60))


async def endpoint_outage(world: World) -> None:
    """One of two endpoints is out of reach."""
    with world.troubles.on("one_is_cut"):
        await asyncio.sleep(world.chance.uniform(10, 200))


async def disk_failure(world: World) -> None:
    """The disk is full, or dead, for a while; whoever runs the node starts it again and again."""
    error = world.chance.choice((errno.ENOSPC, errno.EIO))
    seconds = world.chance.uniform(5, 60)
    world.note(f"writes end with {errno.errorcode[error]}")
    world.troubles.disk_error = error
    for failure in ("StorageFailed", "WorkerDied"):
        world.troubles.excuse(failure, world.now + seconds + 30)
    with world.nothing_can_be_posted():
        await asyncio.sleep(seconds)
    world.troubles.disk_error = 0


async def stopped_child(world: World) -> None:
    """A child process is stopped, or dies: the node replaces it or ends."""
    workers = list(SimulatedWorker.living)
    if not workers:
        return
    worker, seconds = world.chance.choice(workers), world.chance.choice((1.0, 4.0, 30.0))
    world.note(f"{worker.module} is stopped for {seconds} s")
    for error in ("WorkerStalled", "WorkerDied"):
        world.troubles.excuse(error, world.now + seconds + 30)
    if world.chance.random() < 0.3:
        worker.die()
    else:
        worker.stall(seconds)
    with world.nothing_can_be_posted():
        await asyncio.sleep(seconds + 10)


async def wrong_clock(world: World) -> None:
    """The machine's clock is off for a while."""
    world.clock_error_seconds = world.chance.choice((-300, -30, 45, 300))
    world.note(f"the node's clock is off by {world.clock_error_seconds} s")
    with world.nothing_can_be_posted():
        await asyncio.sleep(world.chance.uniform(20, 200))
    world.clock_error_seconds = 0


async def kill(world: World) -> None:
    """The process is killed between two steps of its event loop."""
    world.kill("at an await")


async def power_cut(world: World) -> None:
    """The machine loses its power: databases lose what they had not synced."""
    world.cut_power(syncs_lie=world.chance.random() < 0.25)


async def kill_somewhere(world: World) -> None:
    """The process is killed in the middle of writing or sending."""
    world.kill_chance = world.chance.choice((0.002, 0.02, 0.2))
    await asyncio.sleep(60)
    world.kill_chance = 0.0


TROUBLES: dict[str, tuple[Trouble, int]] = {
    "outage": (outage, 3),
    "standstill": (standstill, 1),
    "refusal": (refusal, 2),
    "lost answers": (lost_answers, 2),
    "lag": (lag, 2),
    "fee spike": (fee_spike, 2),
    "poverty": (poverty, 1),
    "reorganization": (reorganization, 3),
    "deposit": (deposit, 4),
    "exit": (exit_, 3),
    "foreign batch": (foreign_batch, 2),
    "nonce jump": (nonce_jump, 2),
    "logs left out": (logs_left_out, 1),
    "answers overtake": (answers_overtake, 1),
    "endpoint outage": (endpoint_outage, 1),
    "disk failure": (disk_failure, 1),
    "stopped child": (stopped_child, 2),
    "wrong clock": (wrong_clock, 1),
    "kill": (kill, 5),
    "kill somewhere": (kill_somewhere, 4),
    "power cut": (power_cut, 2),
}


async def random_troubles(world: World, seconds: float, every_seconds: float) -> None:
    """Let troubles of all kinds come for this long, several at once where chance has it so."""
    names = list(TROUBLES)
    weights = [TROUBLES[name][1] for name in names]
    under_way: set[asyncio.Task[None]] = set()

    async def suffer(name: str) -> None:
        await TROUBLES[name][0](world)

    while world.now < START_SECONDS + seconds:
        await asyncio.sleep(world.chance.expovariate(1 / every_seconds))
        name = world.chance.choices(names, weights)[0]
        task = asyncio.ensure_future(suffer(name))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    if under_way:
        await asyncio.wait(under_way)
