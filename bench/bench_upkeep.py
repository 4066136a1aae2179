"""Upkeep: from a price that makes a thousand of a million accounts liquidatable to their orders.

The planner, the queue and the orderer of a node on a real engine, in one process, at the default
rate of a deployment; no signatures, no journal. Keys of the result:

accounts, watched             accounts with positions; sides of positions that are watched
built_s                       until a planner that was just made has looked at every account
watch_bytes_per_account       memory of the queues
look_us                       one account looked at, and its limits set again
quiet_turn_us                 a turn in which nothing has happened
scan_s                        what is avoided: looking at all accounts once
fell_ppm                      the step of the index, as large as its bucket admits
liquidatable                  accounts below maintenance behind it, by a scan
looked_at                     accounts that were looked at to find them
found_ms                      until the first liquidation is planned
ordered_s                     until all have been ordered, and its bar
segments, law_gas             what that took of L1's rate
engine                        compiled or plain
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from logging import WARNING
from random import Random
from typing import Any, Final

import structlog

from strikeproof.bench.bench_engine import (
    DEPOSIT,
    MARK,
    NEVER_MS,
    REPORTER,
    START_MS,
    list_instruments,
    owner_of,
)
from strikeproof.compiled_engine import engine_build
from strikeproof.deployment import DeploymentConfig
from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.order.batch_progress import BatchProgress
from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates
from strikeproof.sequencer.order.orderer import BatchPolicy, Orderer, OrderResult, OrderTerms
from strikeproof.sequencer.pipeline.op_choice import OpChoice
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.sequencer.pipeline.upkeep_loop import UpkeepLoop
from strikeproof.wire.constants import PPM, PUBLISH_SPACING_MS, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    SIGNATURE_BYTES,
    action_flags,
    encode_bundle,
    encode_deposit,
    encode_index_price,
    encode_place,
    encode_register,
    encode_report,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks

ACCOUNTS: Final = 1_000_000
LIQUIDATABLE: Final = 1_000
LOTS: Final = 100
FALL_PPM: Final = 30_000  # what a full bucket lets the index fall by at once
ORDERED_S_MAX: Final = 2.0
MAKERS: Final = 400  # accounts that bid for what is liquidated
SECOND_POSITION: Final = 10  # one account in this many has one, on the other instrument


def measure(accounts: int = ACCOUNTS) -> dict[str, Any]:
    """Return the result. A million accounts take three minutes and 3 GB."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(WARNING))
    engine = Engine.genesis((5).to_bytes(32, "big"), with_forest=False)
    list_instruments(engine)
    venue = CrashVenue(engine)
    venue.bid()
    gc.disable()  # it would look through everything again and again
    _populate(engine, accounts)
    gc.freeze()
    gc.enable()
    result: dict[str, Any] = {"accounts": accounts}
    result |= _measure_watch(venue)
    result |= _measure_crash(venue)
    return result | {"engine": engine_build().name}


class CrashVenue:
    """Planner, queue and orderer as a node wires them; time is the wall clock."""

    def __init__(self, engine: Engine) -> None:
        config = DeploymentConfig("", "")
        rates = ChargeRates(
            ChargeBucket(config.ordered_rate, config.ordered_burst),
            ChargeBucket(config.inbox_rate, config.inbox_burst),
        )
        self.engine, self.progress = engine, BatchProgress()
        terms = OrderTerms(1, rates, lambda _: bytes(32), lambda *_: ())
        self.orderer = Orderer(engine, self.progress, terms, BatchPolicy())
        self.queue = ReadyQueue(ReadyLimits(10**6, 10**6))
        self.choice = OpChoice(self.orderer, self.queue)
        self.shift_ms = START_MS - time.time_ns() // 1_000_000
        self.ordered: list[Submission] = []

    def now_ms(self) -> int:
        """Return a wall clock that began when the venue was listed."""
        return time.time_ns() // 1_000_000 + self.shift_ms

    def begin(self) -> None:
        """Begin upkeep."""
        self.loop = UpkeepLoop(
            self.engine,
            self.queue,
            SequencerMetrics(),
            may_order=lambda: True,
            is_quiet=lambda: True,
        )

    def submit(self, data: bytes, signer: bytes) -> Submission:
        """Queue an op that counts as signed."""
        submission = Submission(_Nobody(), 0, data, Source("bench"))
        submission.prepared = assemble(data, (signer,), self.engine.reporter_epoch)
        assert self.queue.add(submission) is None
        return submission

    def order_ready(self) -> None:
        """Order what is ready, as the ordering loop does."""
        while (submission := self.choice.next(self.now_ms())) is not None:
            became = self.orderer.order(submission, self.now_ms())
            if became is OrderResult.ACCEPTED:
                self.ordered.append(submission)
            elif became is not OrderResult.REFUSED:
                self.queue.put_back(submission)
                if became is OrderResult.NO_ROOM:
                    return

    def price(self, ticks: int) -> None:
        """Order a price of the present time."""
        report = encode_report(
            reporter=0, price_nano_usd=NanoUsd(ticks * 10**7), signature=bytes(SIGNATURE_BYTES)
        )
        op = encode_index_price(
            underlying=1, publish_time_ms=Milliseconds(self.now_ms()), reports=[report]
        )
        done = self.submit(op, REPORTER)
        while done.outcome is None:
            self.order_ready()
        assert done.outcome.code == Result.OK, done.outcome

    def bid(self) -> None:
        """Let makers bid a little below where the price will be."""
        amount = MicroUsd(DEPOSIT)
        price = MARK * (PPM - FALL_PPM) // PPM * 997 // 1_000
        for maker in range(1, MAKERS + 1):
            owner = owner_of(maker)
            for message in (
                encode_register(time_ms=START_MS, sender=owner, account=maker, owner=owner),
                encode_deposit(
                    time_ms=START_MS,
                    sender=owner,
                    account=maker,
                    amount_micro_usd=amount,
                ),
            ):
                assert self.engine.apply_message(message).results == b"\0"
            action = encode_place(
                instrument=1, flags=action_flags(), price=Ticks(price), lots=Lots(10 * LOTS)
            )
            data = encode_bundle(
                account=maker,
                session=0,
                nonce=0,
                expiry_ms=NEVER_MS,
                max_fee_ppm=Ppm(PPM),
                actions=[action],
                signature=bytes(SIGNATURE_BYTES),
            )
            self.submit(data, owner)
        self.order_ready()
        assert self.orderer.progress.is_open
        self.orderer.seal()
        assert len(self.ordered) == MAKERS, self.ordered[0].outcome


class _Nobody:
    """Nobody waits for these ops."""

    def settle(self, submission: Submission) -> None:
        """Nothing to do."""


def _populate(engine: Engine, count: int) -> None:
    """Give every further account a position, longs and shorts in turns: LIQUIDATABLE longs fall
    below maintenance when the index falls by FALL_PPM, no other before it has moved by 4 %."""
    state, random = engine._state, Random(7)
    first = state.venue.next_account
    doomed = set(random.sample(range(first | 1, first + count, 2), LIQUIDATABLE))
    for id in range(first, first + count):
        account = state.accounts[id] = Account(id, owner_of(id))
        distance_ppm = random.randint(5_000, 28_500) if id in doomed else None
        holdings = [(1, LOTS)]
        if id % SECOND_POSITION == 0:
            holdings.append((2, LOTS // 2))
        for instrument, lots in holdings:
            moved = distance_ppm or random.randint(40_000, 600_000)
            _hold(engine, account, instrument, lots if id % 2 else -lots, moved)
    state.venue.next_account = first + count


def _hold(engine: Engine, account: Account, instrument: int, size: int, moved_ppm: int) -> None:
    """Add a position that uses up what it brings once its mark has moved so far against it."""
    record = engine._state.instruments[instrument]
    sign = 1 if size > 0 else -1
    mark = record.mark
    account.append_position(mark).trade_to(size)
    there = mark.notional * (PPM - sign * moved_ppm) // PPM
    required = abs(size) * there * mark.maintenance_margin_ppm // PPM
    account.collateral += required - size * there
    record.house.interest_changes(0, size)
    record.house.lots -= size


def _measure_watch(venue: CrashVenue) -> dict[str, Any]:
    engine = venue.engine
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    venue.begin()
    planner = venue.loop._planner
    started = time.process_time()
    while planner.follow(venue.now_ms()).is_behind:
        pass
    built_s = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    watch = planner.accounts
    some = Random(1).sample(engine.upkeep().accounts(), 20_000)
    started = time.process_time()
    for account in some:
        watch._look_at(account)
    look_us = (time.process_time() - started) / len(some) * 1e6
    started = time.process_time()
    for _ in range(1_000):
        planner.follow(venue.now_ms())
    quiet_us = (time.process_time() - started) / 1_000 * 1e6
    return {
        "watched": watch.watched,
        "built_s": round(built_s, 2),
        "watch_bytes_per_account": grown * 1_024 // watch.watched,
        "look_us": round(look_us, 2),
        "quiet_turn_us": round(quiet_us, 1),
    }


def _measure_crash(venue: CrashVenue) -> dict[str, Any]:
    engine, loop = venue.engine, venue.loop
    venue.price(MARK)
    loop.step(venue.now_ms())
    venue.order_ready()
    time.sleep(PUBLISH_SPACING_MS / 1_000)
    venue.price(MARK * (PPM - FALL_PPM) // PPM)
    below, scan_s = _scan(engine)
    watch = loop._planner.accounts
    looked = _Counted(watch._look_at)
    watch._look_at = looked  # type: ignore[method-assign]
    charged, segments = venue.progress.ordered_charge, venue.progress.segment_count
    batch = venue.progress.number
    started, found_s = time.perf_counter(), 0.0
    waiting = set(below)
    seen = len(venue.ordered)
    while waiting:
        pause_s = loop.step(venue.now_ms())
        if not found_s and venue.queue.own_waiting:
            found_s = time.perf_counter() - started
        venue.order_ready()
        for each in venue.ordered[seen:]:
            if each.data[0] == OpType.LIQUIDATE:
                waiting.discard(int.from_bytes(each.data[3:7], "big"))
        seen = len(venue.ordered)
        time.sleep(pause_s)
    ordered_s = time.perf_counter() - started
    assert venue.progress.number == batch, "one batch holds it all"
    return {
        "scan_s": round(scan_s, 2),
        "fell_ppm": FALL_PPM,
        "liquidatable": len(below),
        "looked_at": looked.count,
        "found_ms": round(found_s * 1_000, 1),
        "ordered_s": round(ordered_s, 2),
        "ordered_s_max": ORDERED_S_MAX,
        "segments": venue.progress.segment_count - segments,
        "law_gas": venue.progress.ordered_charge - charged,
    }


class _Counted:
    """A function, and how often it was called."""

    def __init__(self, function: Callable[[int], None]) -> None:
        self._function = function
        self.count = 0

    def __call__(self, account: int) -> None:
        self.count += 1
        self._function(account)


def _scan(engine: Engine) -> tuple[list[int], float]:
    """Return the accounts below maintenance, and the seconds that looking at all takes."""
    started = time.process_time()
    accounts = engine._state.accounts
    below = [id for id, each in accounts.items() if margin.equity(each) < margin.maintenance(each)]
    return below, time.process_time() - started
