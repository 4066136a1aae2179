"""Random system ops: what no user signs, drawn around what the state makes of them."""

from __future__ import annotations

from random import Random

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.ops.index_price import IndexPrice, Report
from strikeproof.wire.constants import INDEX_STALE_MS, SWEEP_MAX
from strikeproof.wire.operations import encode_index_price, encode_report, encode_sweep
from tests.agreement.broken_ops import bent
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

    def _index_price(self, judged: int | None = None) -> bytes:
        random = self.random
        now = self.now if judged is None else judged
        count = self.engine.venue().next_underlying - 1
        underlying = random.randint(1, count) if count and random.random() < 0.97 else count + 1
        publish = (
            now
            + random.choices([0, -1, 1, -INDEX_STALE_MS, -INDEX_STALE_MS - 1], [90, 4, 2, 2, 2])[0]
        )
        start = random.choice([PRICE_TICKS, PRICE_TICKS, PRICE_TICKS + random.randint(-900, 900)])
        price = start * TICK_NANO_USD
        if random.random() < 0.02:
            price = boundary(random, 64)
        seeds = sorted(range(REPORTER_SEED, REPORTER_SEED + REPORTERS), key=address_of)
        indices = sorted(random.sample(range(REPORTERS), random.choice([1, 2, 2, 3, 4])))
        if random.random() < 0.03:
            indices = random.choices(range(REPORTERS + 1), k=random.randint(1, 14))
        reports = []
        for index in indices:
            own = min(max(0, price + random.randint(-3, 3) * TICK_NANO_USD), 2**64 - 1)
            report = Report(index, own, b"")
            message = IndexPrice(underlying, publish, [report])
            struct_hash = message.report_hash(report, self.engine.reporter_epoch)
            digest = signing_digest.digest(self.engine.domain_separator, struct_hash)
            seed = seeds[index] if index < REPORTERS else STRANGER_SEED
            signature = compact(key_of(seed), digest)
            if random.random() < 0.01:
                signature = bent(self.random, signature)
            reports.append(encode_report(reporter=index, price_nano_usd=own, signature=signature))
        return encode_index_price(underlying=underlying, publish_time_ms=publish, reports=reports)

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

    def _instrument(self) -> int:
        random = self.random
        count = self.engine.venue().next_instrument - 1
        if random.random() < 0.02 or not count:
            return random.choice([0, count + 1, 4096, 65_535])
        return min(random.randint(1, count), random.randint(1, count))

    def _instrument_listed(self) -> int:
        return self.random.randint(1, self.engine.venue().next_instrument - 1)
