"""Random system ops: what no user signs, drawn around what the state makes of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp
from strikeproof.sequencer.core.record_key import ID_BITS
from strikeproof.sequencer.core.state_view import AccountView
from strikeproof.wire.constants import (
    INDEX_STALE_MS,
    PUBLISH_SPACING_MS,
    SWEEP_MAX,
    InstrumentStatus,
)
from strikeproof.wire.layout import (
    INSTRUMENT_GROUP,
    INSTRUMENT_KIND,
    UNDERLYING_KIND,
    unpack_underlying,
)
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_deleverage,
    encode_fire_trigger,
    encode_funding,
    encode_index_price,
    encode_liquidate,
    encode_report,
    encode_settle_orphan,
    encode_settle_position,
    encode_sweep,
    encode_unwind,
)
from tests.agreement.broken_ops import bent
from tests.agreement.edges import field_of
from tests.agreement.mood import Mood
from tests.agreement.numbers import (
    PRICE_TICKS,
    REPORTER_SEED,
    REPORTERS,
    STRANGER_SEED,
    TICK_NANO_USD,
    boundary,
)
from tests.unit.core.scripted_venue import address_of, compact, key_of


class SystemOpDraw:
    """What a stream draws from, and its system ops."""

    def __init__(self, random: Random, engine: Engine, mood: Mood, now: int) -> None:
        self.random = random
        self.engine = engine
        self.mood = mood
        self.now = now
        self._level, self._trend = PRICE_TICKS, 1

    def _price_is_old(self) -> bool:
        known = self.engine.underlyings()
        return any(each.publish_time_ms + INDEX_STALE_MS // 2 < self.now for each in known)

    def _index_price(self, judged: int | None = None) -> bytes:
        random = self.random
        now = self.now if judged is None else judged
        count = self.engine.venue().next_underlying - 1
        underlying = random.randint(1, count) if count and random.random() < 0.97 else count + 1
        publish = (
            now
            + random.choices([0, -1, 1, -INDEX_STALE_MS, -INDEX_STALE_MS - 1], [90, 4, 2, 2, 2])[0]
        )
        known = self.engine.underlying(underlying)
        if known and random.random() < 0.05:
            publish = known.publish_time_ms + PUBLISH_SPACING_MS - random.randrange(2)
        start = random.choice([PRICE_TICKS, PRICE_TICKS, PRICE_TICKS + random.randint(-900, 900)])
        if self.mood.certified:
            start = PRICE_TICKS + random.randint(-PRICE_TICKS, PRICE_TICKS) // 900
        elif self.mood.swinging:
            start = self._swing()
        elif self.mood.hedged:
            start = self._step()
        price = start * TICK_NANO_USD
        if random.random() < 0.06:  # further than any bucket lets the index go
            price = price * random.choice([10, 60, 75, 130, 200, 1_000]) // 100
        if random.random() < 0.02:
            price = boundary(random, 61)
        op, reports = IndexPrice(underlying, publish, []), []
        for index in self._reporters():
            own = min(max(0, price + random.randint(-3, 3) * TICK_NANO_USD), 2**64 - 1)
            signature = self._report_signature(op, index, own)
            reports.append(encode_report(reporter=index, price_nano_usd=own, signature=signature))
        return encode_index_price(underlying=underlying, publish_time_ms=publish, reports=reports)

    def _reporters(self) -> list[int]:
        """Return places of reporters, mostly of a quorum."""
        random = self.random
        indices = sorted(random.sample(range(REPORTERS), random.choice([1, 2, 2, 3, 4])))
        if random.random() < 0.03:
            indices = random.choices(range(REPORTERS + 1), k=random.randint(1, 14))
        return indices

    def _report_signature(self, op: ReportsOp, index: int, value: int) -> bytes:
        """Return a reporter's signature of what it says in an op, seldom a bad one."""
        seeds = sorted(range(REPORTER_SEED, REPORTER_SEED + REPORTERS), key=address_of)
        struct_hash = op.report_hash(Report(index, value, b""), self.engine.reporter_epoch)
        digest = signing_digest.digest(self.engine.domain_separator, struct_hash)
        seed = seeds[index] if index < REPORTERS else STRANGER_SEED
        signature = compact(key_of(seed), digest)
        return bent(self.random, signature) if self.random.random() < 0.01 else signature

    def _swing(self) -> int:
        """Return the next price of a walk that keeps its direction for a while, ticks."""
        random = self.random
        if random.random() < 0.08 or not PRICE_TICKS // 2 < self._level < 2 * PRICE_TICKS:
            self._trend = 1 if self._level < PRICE_TICKS else -1
        self._level += self._trend * random.randrange(PRICE_TICKS // 25)
        return self._level

    def _step(self) -> int:
        """Return a price that stays for a while before it jumps: options are priced at it, and
        accounts revalued."""
        if self.random.random() < 0.1:
            self._level = PRICE_TICKS + self.random.randint(-900, 900)
        return self._level

    def _sweep(self) -> bytes:
        random = self.random
        instrument = self._instrument()
        known = self.engine.instrument(instrument)
        used = self.engine.slot_count(instrument) if known else 1
        gone = self.engine.gone_slots(instrument, 1, used, self.now) if known else []
        other = [boundary(random, 32) if random.random() < 0.1 else random.randint(0, 40)]
        slots = (gone + other * random.randrange(3))[:SWEEP_MAX] or [random.randint(0, 20)]
        if random.random() < 0.03:
            slots = random.choice([[], slots * (SWEEP_MAX + 1)])
        return encode_sweep(instrument=instrument, slots=slots[:255])

    def _funding(self) -> bytes:
        return encode_funding(instrument=self._instrument())

    def _unwind(self) -> bytes:
        return encode_unwind(instrument=self._instrument_of_house())

    def _deleverage(self) -> bytes:
        return encode_deleverage(instrument=self._instrument_of_house())

    def _instrument_of_house(self) -> int:
        """Return an instrument, in a swinging market mostly one whose house holds lots."""
        if self.mood.swinging and self.random.random() < 0.8:
            for each in self.engine.instruments():
                record = self.engine.record(INSTRUMENT_KIND << ID_BITS | each.instrument)
                if field_of(record, INSTRUMENT_GROUP, "house_lots"):
                    return each.instrument
        return self._instrument()

    def _announce_orphan(self) -> bytes:
        count = self.engine.venue().next_underlying
        return encode_announce_orphan(underlying=self.random.randint(0, count))

    def _orphans(self) -> list[int]:
        """Return the underlyings that are announced orphans."""
        count = self.engine.venue().next_underlying
        found = []
        for id in range(1, min(count, 5)):
            record = self.engine.record(UNDERLYING_KIND << ID_BITS | id)
            if unpack_underlying(record)[-1]:
                found.append(id)
        return found

    def _settle_orphan(self) -> bytes:
        orphans = self._orphans()
        listed = [each for each in self.engine.instruments() if each.underlying in orphans]
        if listed and self.random.random() < 0.8:
            return encode_settle_orphan(instrument=self.random.choice(listed).instrument)
        return encode_settle_orphan(instrument=self._instrument())

    def _settle_position(self) -> bytes:
        settled = {
            each.instrument
            for each in self.engine.instruments()
            if each.status == InstrumentStatus.SETTLED
        }
        account, instrument = self._holding(
            lambda view: any(each.instrument in settled for each in view.positions)
        )
        view = self.engine.account(account)
        held = [each.instrument for each in view.positions] if view else []
        instrument = next((each for each in held if each in settled), instrument)
        return encode_settle_position(account=account, instrument=instrument)

    def _liquidate(self) -> bytes:
        account, instrument = self._holding(lambda view: view.equity < view.maintenance_margin)
        return encode_liquidate(account=account, instrument=instrument)

    def _fire_trigger(self) -> bytes:
        random = self.random
        count = self.engine.venue().next_account - 1
        found = [
            trigger
            for id in random.sample(range(1, count + 1), min(count, 20))
            for trigger in self.engine.triggers_of(id)
        ]
        if not found or random.random() < 0.05:
            account, instrument = self._holding(lambda view: True)
            place = random.choice([0, 1, 7, 8, 255])
            return encode_fire_trigger(account=account, instrument=instrument, place=place)
        each = random.choice(found)
        where = each.account, each.instrument, each.place
        return encode_fire_trigger(account=where[0], instrument=where[1], place=where[2])

    def _holding(self, is_wanted: Callable[[AccountView], bool]) -> tuple[int, int]:
        """Return an account and an instrument, mostly such as hold something and are wanted."""
        random = self.random
        count = self.engine.venue().next_account - 1
        views = [
            self.engine.account(id) for id in random.sample(range(1, count + 1), min(count, 9))
        ]
        held = [view for view in views if view and view.positions]
        wanted = [view for view in held if is_wanted(view)] or held
        if not wanted or random.random() < 0.1:
            return random.randint(0, count + 1), self._instrument()
        view = random.choice(wanted)
        return view.account, random.choice(view.positions).instrument

    def _instrument(self) -> int:
        random = self.random
        count = self.engine.venue().next_instrument - 1
        if random.random() < 0.02 or not count:
            return random.choice([0, count + 1, 4096, 65_535])
        return min(random.randint(1, count), random.randint(1, count))

    def _instrument_listed(self) -> int:
        return self.random.randint(1, self.engine.venue().next_instrument - 1)
