"""A fill added to a certificate in the law's portfolio module: what the engine's rules say, at
random and at the edges of fields, and what it takes (attack 52)."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import NamedTuple

import pytest

from strikeproof.bench.pure_evm import Evm, PyEvm, fastest_evm
from strikeproof.contracts import artifact
from strikeproof.sequencer.core.certificate_record import CertificateRecord
from strikeproof.sequencer.core.rules.certificate import (
    Certificate,
    Feeds,
    ForwardLoss,
    asked,
    gross_ppm,
    is_valid,
    with_option,
    with_perpetuals,
)
from strikeproof.sequencer.core.rules.revaluation import OptionLeg, whole_wads
from strikeproof.sequencer.core.underlying import NO_PRICE, Underlying
from strikeproof.wire import layout
from strikeproof.wire.constants import PPB, InstrumentKind
from tests.contracts.risk.test_revaluation import array, option_mark, word
from tests.property.risk.record_legs import PER_TICK, TICK_VALUE, some_lots
from tests.property.risk.test_certificate_rules import NOW, certified, chain, joined

GAS_MAX = 25_000  # of a fill that is added, the call that gathers it left out
ADDED, VOID, UNFIT = 0, 1, 2


@pytest.fixture(scope="module")
def module() -> Evm:
    return fastest_evm(artifact("PortfolioModule").deployed_bytecode)


class Question(NamedTuple):
    """What the law asks: `leg` an option, None for perpetuals; lots sold below zero."""

    certificate: Certificate
    now_ms: int
    index_price: int
    feed_epoch: int
    surface_epoch: int
    lots: int
    leg: OptionLeg | None = None

    def feeds(self) -> Feeds:
        underlying = Underlying(1, bytes(16))
        price = replace(
            NO_PRICE, index=self.index_price, raw=self.index_price, publish_ms=self.now_ms
        )
        underlying.set_price(price, 30, 0)
        buffer = underlying.buffer_beside(self.now_ms, self.now_ms)
        return Feeds(
            self.now_ms, self.feed_epoch, self.surface_epoch, self.index_price, gross_ppm(buffer)
        )

    def data(self) -> bytes:
        underlying = layout.pack_underlying(
            version=1,
            index_price=self.index_price,
            raw_price=self.index_price,
            publish_time_ms=self.now_ms,
            bucket_ppm=0,
            slope_ppm=30,
            surface_epoch=self.surface_epoch,
            symbol=0,
            variance=0,
            orphan_ms=0,
        )
        record = CertificateRecord(1)
        record.write(self.certificate)
        head = word(1 << 255 | self.now_ms) + word(self.feed_epoch) + underlying[:32]
        if self.leg is None:
            fields = dict.fromkeys((each.name for each in layout.MARK_GROUP.fields), 0)
            fields |= {"version": 1, "kind": int(InstrumentKind.PERPETUAL), "index_ppb": PPB}
            fields |= {"tick_value": TICK_VALUE, "index_per_tick": PER_TICK}
            mark, tail = layout.pack_mark(**fields), bytes(32 * 13)
        else:
            names = [each.name for each in layout.OPTION_MARK_GROUP.fields]
            held = dict(zip(names, layout.unpack_option_mark(option_mark(self.leg)), strict=True))
            mark = layout.pack_option_mark(**held | {"priced_ms": 1_800_000_000_000})
            expiry = self.leg.ends_ms << 184 | self.leg.confidence_ppm << 40
            tail = word(expiry) + array(self.leg)
        return head + word(self.lots) + mark + record.encode() + tail

    def expected(self) -> tuple[int, ...] | int:
        """Return what the engine says: the answer's words, or its status alone."""
        feeds, held, leg = self.feeds(), self.certificate, self.leg
        if not is_valid(held, feeds, leg.ends_ms if leg else 0):
            return VOID
        amount = whole_wads(self.lots, TICK_VALUE, PER_TICK)
        assert amount is not None
        gross = -(-abs(self.lots) * TICK_VALUE * self.index_price // PER_TICK)
        if leg is None:
            after = with_perpetuals(held, self.index_price, amount, gross)
        else:
            after = with_option(held, leg, amount, gross)
        if after is None:
            return UNFIT
        before, then = asked(held, feeds), asked(after, feeds)
        record = CertificateRecord(1)
        record.write(after)
        figures = (then.initial, then.grown_maintenance, before.maintenance, then.maintenance)
        return (ADDED, *figures, int.from_bytes(record.encode(), "big"))


def answer(module: Evm, question: Question) -> tuple[int, ...] | int:
    data = module.call(question.data())
    figures = [int.from_bytes(data[32 * place : 32 * place + 32], "big") for place in range(5)]
    if figures[0] != ADDED:
        return figures[0]
    return (*figures, int.from_bytes(data[160:], "big"))


def drawn(rng: Random) -> Question:
    spot = rng.choice((60, 3_000, 60_000))
    feeds = Feeds(NOW, 7, 9, spot * PER_TICK, 0)
    every = chain(rng, spot)
    held: list[OptionLeg] = []
    for _ in range(rng.randint(0, 5)):
        of = rng.choice(every)
        held = joined(held, some_lots(rng, of, rng.choice(list(of.strikes)), rng.random() < 0.5))
    certificate = certified(feeds, rng.choice((0, 10**18, -(10**20))), held)
    age = rng.choice((0, 1, 9_999, 10_000, 10_001, 59_999, 60_000, 60_001, 10**6))
    moved = rng.choice((0, 999, 1_000, 1_001, 2_500, 2_501, 5_000, 5_001)) * rng.choice((1, -1))
    index = spot * PER_TICK * (10**6 + moved) // 10**6 + rng.choice((0, 0, 1))
    leg, lots = None, rng.choice((1, -1)) * rng.choice((1, 777, 2**40, rng.randint(1, 10**9)))
    if rng.random() < 0.7:
        of = rng.choice(every)
        leg = some_lots(rng, of, rng.choice(list(of.strikes)), rng.random() < 0.5)
        left = rng.choice((1_800_000, 1_800_001, 86_400_000, 604_800_000)) + rng.choice((-1, 0, 1))
        leg = leg._replace(ends_ms=NOW + age + left, lots=lots)
        if rng.random() < 0.1:
            leg = leg._replace(confidence_ppm=rng.choice((549_999, 550_000)))
    epochs = rng.choices([(7, 9), (8, 9), (7, 10)], [18, 1, 1])[0]
    return Question(certificate, NOW + age, index, *epochs, lots, leg)


@pytest.mark.parametrize("seed", range(10))
def test_module_adds_what_the_engine_adds(module: Evm, seed: int) -> None:
    rng = Random(f"parts {seed}")
    seen = set()
    for _ in range(60):
        question = drawn(rng)
        wanted = question.expected()
        assert answer(module, question) == wanted
        seen.add(wanted if isinstance(wanted, int) else ADDED)
    assert {ADDED, VOID} <= seen


@pytest.mark.parametrize("sold", [False, True])
def test_values_that_leave_their_fields_are_unfit(module: Evm, sold: bool) -> None:
    rng = Random(5)
    question = drawn(rng)
    while question.leg is None or isinstance(question.expected(), int):
        question = drawn(rng)
    sign = -1 if sold else 1
    losses = question.certificate.losses
    edges = [
        *(
            {"losses": (*losses[:lane], (1 << 79) - 1, *losses[lane + 1 :])}
            for lane in range(len(losses))
        ),
        {"losses": (-(1 << 79), *losses[1:])},
        {"gross": (1 << 128) - 1},
        {"naked": (1 << 97) - 1},
        {"perpetuals": (1 << 97) - 1},
        {"perpetuals": 1 - (1 << 97)},
    ]
    for each in edges:
        held = question.certificate._replace(**each)  # type: ignore[arg-type]
        for leg in (question.leg, None):
            for lots in (sign, sign * 10**9):
                asked_ = question._replace(certificate=held, lots=lots, leg=leg)
                assert answer(module, asked_) == asked_.expected(), (each, leg is None, lots)
    most = question._replace(lots=sign * (2**40 - 1))
    assert answer(module, most) == most.expected()
    costly = question._replace(leg=None, index_price=(1 << 85) // 10**9 + 1)
    costly = costly._replace(
        certificate=costly.certificate._replace(
            index_price=costly.index_price, ends_ms=0, forwards=()
        )
    )
    assert answer(module, costly) == costly.expected() == UNFIT


def test_certificate_of_eight_expiries_has_no_place_for_a_ninth(module: Evm) -> None:
    rng = Random(9)
    question = drawn(rng)
    while question.leg is None or isinstance(question.expected(), int):
        question = drawn(rng)
    for count in (7, 8):
        forwards = tuple(ForwardLoss(100 + place, place, -place, 5) for place in range(count))
        held = question.certificate._replace(forwards=forwards)
        full = question._replace(certificate=held)
        assert answer(module, full) == full.expected()
        assert (full.expected() == UNFIT) is (count == 8)


def test_a_fill_takes_less_than_it_weighs() -> None:
    evm = PyEvm(artifact("PortfolioModule").deployed_bytecode)
    rng = Random(11)
    most = 0
    for _ in range(12):
        question = drawn(rng)
        if not isinstance(question.expected(), int):
            most = max(most, evm.run(question.data(), 10**6, lambda _: None)[1])
    assert 0 < most <= GAS_MAX
