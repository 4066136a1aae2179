"""The engine alone: actions a second without roots, ops a second with a root for every segment.

Keys of `measure()`: `records`; `actions_per_s` (single-action bundles, decoded and executed, no
signatures, no roots, no forest) with its bar; `ops_per_s_with_roots` (the same, every segment's
root, at `records` records) with its bar; `hashes_per_segment`, `ops_per_segment`,
`changed_per_segment` (means); `hashes_per_segment_floor` (changed leaves, every node above one,
and the root: no trees of these heights take fewer); `engine` (`compiled` or `plain`); `decode_us`
(share of decoding in an op); `fills_per_op`, `results` (what the ops came to); `restore_s` (state
and forest of `records` records); `snapshot_s`.
Times are CPU time of the one thread, so that what else runs on the machine counts less.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from strikeproof.bench.perpetual_listing import list_perpetual
from strikeproof.compiled_engine import engine_build
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill, Rested
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.record_key import ID_BITS, ID_MASK, account_key, session_key
from strikeproof.wire.constants import SegmentFamily, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import KIND_HEIGHTS, pack_session
from strikeproof.wire.operations import (
    SIGNATURE_BYTES,
    action_flags,
    encode_bundle,
    encode_cancel,
    encode_governance,
    encode_index_price,
    encode_list_underlying,
    encode_place,
    encode_replace,
    encode_report,
    encode_set_reporters,
)
from strikeproof.wire.units import (
    Lots,
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsd,
    NanoUsdPerTick,
    Ppm,
    Ticks,
)

ACTIONS_PER_S_MIN: Final = 150_000
OPS_PER_S_WITH_ROOTS_MIN: Final = 20_000
RECORDS: Final = 1_000_000

START_MS: Final = Milliseconds(1_700_000_000_000)
NEVER_MS: Final = Milliseconds(2**47)
DEPOSIT: Final = 10**12  # a million USD
REPORTER: Final = b"\x77" * 20
INSTRUMENTS: Final = 2
TRADERS: Final = 5_000  # those that send ops, spread over all accounts
MARK: Final = 300_000  # ticks
ROUNDS: Final = 3  # the machine is shared: the best of these counts


@dataclass(frozen=True)
class BenchOrder:
    """A resting order that its owner may cancel or replace."""

    account: int
    instrument: int
    slot: int
    serial: int
    is_sell: bool


def owner_of(account: int) -> bytes:
    """Return the address that owns a synthetic account."""
    return b"\1" * 16 + account.to_bytes(4, "big")


def synthetic_snapshot(accounts: int) -> bytes:
    """Return a snapshot of accounts with their owners' sessions, nothing listed."""
    venue = GlobalRecord((5).to_bytes(32, "big"))
    venue.clock_ms = START_MS
    venue.next_account = accounts + 1
    parts = [b"\1", (0).to_bytes(8, "big"), bytes((venue.words,)), venue.encode()]
    for id in range(1, accounts + 1):
        record = Account(id, owner_of(id))
        record.collateral = DEPOSIT
        parts.append(account_key(id).to_bytes(8, "big") + bytes((record.words,)))
        parts.append(record.encode())
    for account in range(1, accounts + 1):
        owner = int.from_bytes(owner_of(account), "big")
        parts.append(session_key(account, 0).to_bytes(8, "big") + b"\2")
        parts.append(
            pack_session(version=1, scope=255, key=owner, expiry_ms=0, nonce_base=0, nonce_bitmap=0)
        )
    return b"".join(parts)


def list_instruments(engine: Engine) -> None:
    """List one underlying with `INSTRUMENTS` perpetuals, and price it."""

    def govern(payload: bytes) -> None:
        data = encode_governance(time_ms=START_MS, payload=payload)
        assert engine.apply_message(data).results == b"\0"

    govern(encode_set_reporters(quorum=1, reporters=[REPORTER]))
    govern(encode_list_underlying(symbol=b"ETH".ljust(16, b"\0")))
    for _ in range(INSTRUMENTS):
        govern(
            list_perpetual(
                1, "ETH-PERP", MicroUsdPerTickPerLot(100), NanoUsdPerTick(10**7), MicroUsd(1)
            )
        )
    price = NanoUsd(MARK * 10**7)
    report = encode_report(reporter=0, price_nano_usd=price, signature=bytes(SIGNATURE_BYTES))
    op = encode_index_price(underlying=1, publish_time_ms=START_MS, reports=[report])
    engine.begin_segment(SegmentFamily.UPKEEP, START_MS)
    signed = assemble(op, (REPORTER,), engine.reporter_epoch)
    assert engine.apply(signed).code == Result.OK
    engine.end_segment()


class Traffic:
    """Single-action bundles of a book in motion: half rest, a fifth take, the others cancel or
    replace. Whatever an op needs to know of earlier ones, it learns from an engine that runs along.
    """

    def __init__(self, engine: Engine, accounts: int, seed: int) -> None:
        self.engine = engine
        self.random = Random(seed)
        step = max(1, accounts // TRADERS)
        self.traders = list(range(1, accounts + 1, step))
        self.nonces = dict.fromkeys(self.traders, 0)
        self.resting: list[BenchOrder] = []
        self.results: Counter[str] = Counter()
        self.fills = 0
        self.end_segment: Callable[[], SegmentResult] = engine.end_segment

    def ops(self, count: int) -> list[tuple[bytes, bytes]]:
        """Return `count` ops with their signers, executed by the engine that runs along."""
        made: list[tuple[bytes, bytes]] = []
        engine = self.engine
        engine.begin_segment(SegmentFamily.TRADE, START_MS)
        while len(made) < count:
            account, action = self._action()
            nonce = self.nonces[account]
            data = encode_bundle(
                account=account,
                session=0,
                nonce=nonce,
                expiry_ms=NEVER_MS,
                max_fee_ppm=Ppm(10**6),
                actions=[action],
                signature=bytes(SIGNATURE_BYTES),
            )
            op = assemble(data, (owner_of(account),))
            outcome = engine.apply(op)
            if outcome.code == Result.SEGMENT_FULL:
                self.end_segment()
                engine.begin_segment(SegmentFamily.TRADE, START_MS)
                outcome = engine.apply(op)
            assert outcome.is_ordered, outcome
            self.nonces[account] = nonce + 1
            self.results[Result(outcome.action_codes[0]).name] += 1
            for event in outcome.events:
                if isinstance(event, Rested):
                    self.resting.append(
                        BenchOrder(
                            account, event.instrument, event.slot, event.serial, event.is_sell
                        )
                    )
                self.fills += isinstance(event, Fill)
            made.append((data, owner_of(account)))
        self.end_segment()
        return made

    def _action(self) -> tuple[int, bytes]:
        random = self.random
        kind = random.random()
        if self.resting and kind < 0.3:
            place = random.randrange(len(self.resting))
            order = self.resting[place]
            self.resting[place] = self.resting[-1]
            self.resting.pop()
            if kind < 0.2:
                return order.account, encode_cancel(
                    instrument=order.instrument, slot=order.slot, serial=order.serial
                )
            return order.account, encode_replace(
                instrument=order.instrument,
                slot=order.slot,
                serial=order.serial,
                flags=action_flags(sell=order.is_sell),
                price=self._price(order.is_sell),
                lots=Lots(random.randrange(1, 100)),
            )
        account = random.choice(self.traders)
        instrument = random.randrange(1, INSTRUMENTS + 1)
        is_sell = random.random() < 0.5
        lots = Lots(random.randrange(1, 100))
        if kind < 0.5:
            flags = action_flags(sell=is_sell, time_in_force=TimeInForce.IOC)
            price = Ticks(MARK - 2_000 if is_sell else MARK + 2_000)
            return account, encode_place(instrument=instrument, flags=flags, price=price, lots=lots)
        return account, encode_place(
            instrument=instrument,
            flags=action_flags(sell=is_sell),
            price=self._price(is_sell),
            lots=lots,
        )

    def _price(self, is_sell: bool) -> Ticks:
        """Return a price mostly on its own side of the mark."""
        distance = int(self.random.expovariate(1 / 150)) - 10
        return Ticks(MARK + distance if is_sell else MARK - distance)


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """What one segment held and hashed."""

    ops: int
    hashes: int
    changed: tuple[tuple[int, bytes], ...]

    @property
    def hashes_floor(self) -> int:
        """Return the hashes of changed leaves, of every node above one, and of the root."""
        paths = {
            (key >> ID_BITS, level, (key & ID_MASK) >> level)
            for key, _ in self.changed
            for level in range(1, KIND_HEIGHTS[key >> ID_BITS] + 1)
        }
        return len(self.changed) + len(paths) + 1


def run(engine: Engine, ops: Iterable[tuple[bytes, bytes]]) -> list[SegmentCost]:
    """Decode and execute ops in as few segments as hold them; return what each took."""
    segments = []
    engine.begin_segment(SegmentFamily.TRADE, START_MS)
    for data, signer in ops:
        op = assemble(data, (signer,))
        if engine.apply(op).code == Result.SEGMENT_FULL:
            segments.append(_end(engine))
            engine.begin_segment(SegmentFamily.TRADE, START_MS)
            engine.apply(op)
    segments.append(_end(engine))
    return segments


def _end(engine: Engine) -> SegmentCost:
    count = engine.segment_op_count
    result = engine.end_segment()
    return SegmentCost(count, result.hash_count, result.changed)


def measure(
    records: int = RECORDS, ops: int = 60_000, ops_with_roots: int = 20_000, seed: int = 1
) -> dict[str, Any]:
    """Return the engine's figures; `ops` are those timed without roots."""
    accounts = records // 2
    snapshot = synthetic_snapshot(accounts)
    guide = Engine.restore(snapshot, with_forest=False)
    list_instruments(guide)
    traffic = Traffic(guide, accounts, seed)
    traffic.ops(20_000)  # a book and positions to begin with
    started = time.process_time()
    warm = guide.snapshot()
    snapshot_s = time.process_time() - started
    traffic.results.clear()
    traffic.fills = 0
    made = traffic.ops(ops)
    results = dict(traffic.results.most_common())
    fills = traffic.fills
    del guide, traffic, snapshot
    plain_s = min(_timed(warm, made, with_forest=False)[0] for _ in range(ROUNDS))
    started = time.process_time()
    Engine.restore(warm)
    restore_s = time.process_time() - started
    rooted_s, segments = _timed(warm, made[:ops_with_roots], with_forest=True)
    started = time.process_time()
    for data, signer in made[:10_000]:
        assemble(data, (signer,))
    decode_us = (time.process_time() - started) * 100
    count = len(segments)
    return {
        "records": records,
        "actions_per_s": round(ops / plain_s),
        "actions_per_s_min": ACTIONS_PER_S_MIN,
        "ops_per_s_with_roots": round(len(made[:ops_with_roots]) / rooted_s),
        "ops_per_s_with_roots_min": OPS_PER_S_WITH_ROOTS_MIN,
        "hashes_per_segment": round(sum(each.hashes for each in segments) / count, 1),
        "hashes_per_segment_floor": round(sum(each.hashes_floor for each in segments) / count, 1),
        "ops_per_segment": round(sum(each.ops for each in segments) / count, 2),
        "changed_per_segment": round(sum(len(each.changed) for each in segments) / count, 1),
        "decode_us": round(decode_us, 2),
        "fills_per_op": round(fills / ops, 3),
        "restore_s": round(restore_s, 2),
        "snapshot_s": round(snapshot_s, 2),
        "engine": engine_build().name,
        "results": results,
    }


def _timed(
    snapshot: bytes, ops: list[tuple[bytes, bytes]], *, with_forest: bool
) -> tuple[float, list[SegmentCost]]:
    engine = Engine.restore(snapshot, with_forest=with_forest)
    gc.collect()
    gc.freeze()  # what a node does after it restored: the state is not garbage
    started = time.process_time()
    segments = run(engine, ops)
    seconds = time.process_time() - started
    gc.unfreeze()
    return seconds, segments
