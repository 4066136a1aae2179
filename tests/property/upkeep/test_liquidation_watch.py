"""The watch for liquidations against a plain scan of all accounts, over random histories."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.house_ledgers import settle_for_good
from strikeproof.sequencer.upkeep.liquidation_watch import LOOKS_OF_TURN
from strikeproof.sequencer.upkeep.pressure_queue import PressureQueue
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import FRACTION, FUNDING_SPACING_MS, PUBLISH_SPACING_MS
from strikeproof.wire.operations import (
    encode_cancel_all,
    encode_deleverage,
    encode_liquidate,
    encode_settle_position,
    encode_unwind,
)
from tests.unit.core.scripted_venue import USD, ScriptedVenue

ACCOUNTS = 24
RICH = 6
INSTRUMENTS = 4
STEPS = 250
TERMS = {
    "initial": 40_000,
    "maintenance": 25_000,
    "liquidation_fee_ppm": 5_000,
    "house_margin_ppm": 20_000,
    "funding_cap_ppm": 40_000,
    "funding_tau_ms": 1_000,
    "funding_interest_ppm": 20_000,
}


class RandomVenue(ScriptedVenue):
    """Three instruments of two underlyings, highly leveraged traders, and draws of all that moves
    equity or requirements."""

    def __init__(self, seed: int) -> None:
        super().__init__(**TERMS)
        self.random = Random(seed)
        self.list_underlying()
        self.list_instrument(**TERMS)
        self.list_instrument(underlying=2, **TERMS)
        self.list_instrument(underlying=2, tick_value=7, index_per_tick=10**6, **TERMS)
        self.price(3_000 * 10**9, 2)
        for number in range(ACCOUNTS):
            self.deposit(
                self.register(),
                (50_000 if number < RICH else self.random.choice((500, 2_000))) * USD,
            )
        self.planner = UpkeepPlanner(self.engine)

    # --- draws ---

    def pick(self) -> tuple[int, int]:
        return self.random.randint(1, ACCOUNTS), self.random.randint(1, INSTRUMENTS)

    def trade(self) -> None:
        """A leveraged account trades with a rich one, or leaves an order."""
        account, instrument = self.pick()
        mark = self.engine._state.instruments[instrument].mark
        view = self.engine.account(account)
        assert view is not None
        value = max(USD, view.equity) * self.random.randint(1, 22)
        lots = min(10**6, max(1, value // mark.notional))
        sides = [self.buy, self.sell]
        self.random.shuffle(sides)
        price = max(1, mark.price * self.random.randint(999, 1_001) // 1_000)
        if self.random.random() < 0.8:
            sides[0](self.random.randint(1, RICH), price, lots, instrument=instrument)
        sides[1](account, price, lots, instrument=instrument)

    def move_price(self) -> None:
        self.now += self.random.choice((PUBLISH_SPACING_MS, 5_000, 20_000))
        underlying = self.random.randint(1, 2)
        view = self.engine.underlying(underlying)
        assert view is not None
        moved = view.index_price * self.random.choice((970, 980, 995, 1_005, 1_020, 1_031)) // 1_000
        self.report_price(moved, underlying)

    def sample(self) -> None:
        self.now += FUNDING_SPACING_MS
        self.fund(self.pick()[1])

    def accrue(self) -> None:
        """What a thousand samples would move the funding index by, at once."""
        instrument = self.engine._state.instruments[self.pick()[1]]
        mark, indices = instrument.mark, instrument.mark.indices
        moved = mark.notional * FRACTION * self.random.randint(-10, 10) // 1_000
        mark.set_indices(indices.with_funding(indices.funding_index + moved))
        instrument.house.funding_accrues(moved)

    def add_money(self) -> None:
        self.deposit(self.pick()[0], self.random.randint(1, 1_000) * USD)

    def take_money(self) -> None:
        self.withdraw(self.pick()[0], self.random.randint(1, 1_000) * USD)

    def cancel(self) -> None:
        account, instrument = self.pick()
        self.act(account, encode_cancel_all(instrument=instrument))

    def liquidate(self) -> None:
        account = self.pick()[0]
        for each in self.below()[:2] or [account]:
            for instrument in range(1, INSTRUMENTS + 1):
                self.segment(encode_liquidate(account=each, instrument=instrument))

    def trade_house(self) -> None:
        instrument = self.pick()[1]
        encode = self.random.choice((encode_unwind, encode_deleverage))
        self.segment(encode(instrument=instrument))

    def tighten(self) -> None:
        maintenance = self.random.randint(20_000, 40_000)
        terms = TERMS | {"maintenance": maintenance, "initial": 40_000}
        self.set_instrument(self.pick()[1], **terms)

    def step(self) -> None:
        draws: list[tuple[Callable[[], None], int]] = [
            (self.trade, 40),
            (self.move_price, 25),
            (self.sample, 3),
            (self.accrue, 8),
            (self.add_money, 3),
            (self.take_money, 3),
            (self.cancel, 3),
            (self.liquidate, 4),
            (self.trade_house, 6),
            (self.tighten, 1),
        ]
        verbs, weights = zip(*draws, strict=True)
        self.random.choices(verbs, weights)[0]()

    # --- what is compared ---

    def below(self) -> list[int]:
        """Return the accounts below maintenance, by looking at all of them."""
        accounts = self.engine._state.accounts
        return [
            id
            for id, each in accounts.items()
            if each.positions and margin.equity(each) < margin.maintenance(each)
        ]

    def known(self) -> list[int]:
        """Return those that the watch knows of, once it has looked at all that waits."""
        while self.planner.follow(self.now).is_behind:
            pass
        return sorted(self.planner.accounts._below)


@pytest.mark.parametrize("seed", range(6))
def test_the_watch_knows_exactly_the_accounts_that_a_scan_finds(seed: int) -> None:
    venue = RandomVenue(seed)
    seen: set[int] = set()
    for number in range(STEPS):
        venue.step()
        below = venue.below()
        assert venue.known() == below, (seed, number)
        seen.update(below)
    assert len(seen) > 5, "the history was too calm to say anything"


def test_a_watch_that_is_made_anew_knows_the_same() -> None:
    venue = RandomVenue(99)
    for _ in range(STEPS):
        venue.step()
    known = venue.known()
    assert known == venue.below()
    venue.planner = UpkeepPlanner(venue.engine)
    assert venue.known() == known


def test_prices_move_and_few_accounts_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a heap is for: a small move looks at those that it may have reached."""
    venue = RandomVenue(5)
    for _ in range(100):
        venue.trade()
    venue.known()
    looked: list[int] = []
    look_at = venue.planner.accounts._look_at

    def counted(account: int) -> None:
        looked.append(account)
        look_at(account)

    monkeypatch.setattr(venue.planner.accounts, "_look_at", counted)
    for number in range(40):
        venue.now += PUBLISH_SPACING_MS
        venue.report_price((3_000 * 10**9) + (number % 2) * 10**8, 1)
        venue.known()
    assert len(looked) <= 2 * ACCOUNTS
    assert LOOKS_OF_TURN > ACCOUNTS


def test_positions_of_a_settled_instrument_are_all_paid_out() -> None:
    venue = RandomVenue(8)
    for _ in range(60):
        venue.trade()
    venue.known()
    record = venue.engine._state.instruments[1]
    settle_for_good(venue.engine._state, record, record.mark.price)
    held = {(each, 1) for each in venue.sizes()}
    assert held
    venue.known()
    paid = set()
    while ops := venue.planner.accounts.payments(4):
        venue.segment(*ops)
        paid.update(ops)
        venue.known()
    assert paid >= {encode_settle_position(account=a, instrument=i) for a, i in held}
    assert not venue.sizes()


@pytest.mark.parametrize("seed", range(20))
def test_a_queue_visits_every_account_whose_limit_is_reached(seed: int) -> None:
    """Against a plain dictionary, with prices that grow and shrink a thousandfold."""
    random = Random(seed)
    sign = random.choice((-1, 1))
    price = random.randint(10**3, 10**6)
    queue, plain = PressureQueue(sign * price << 80), dict[int, int]()
    for _ in range(400):
        now = sign * price << 80
        for _ in range(10):
            account = random.randint(1, 60)
            if random.random() < 0.1:
                queue.drop(account)
                plain.pop(account, None)
            else:
                plain[account] = now + (random.randint(0, price) << random.randint(60, 80))
                queue.put(account, plain[account])
        assert len(queue) == len(plain)
        price = max(10, int(price * random.choice((0.97, 0.999, 1.001, 1.03, 1.4, 0.7))))
        now = sign * price << 80
        visited = queue.move_to(now)
        assert len(visited) == len(set(visited))
        must = {account for account, limit in plain.items() if limit < now}
        assert must <= set(visited)
        for account in visited:
            del plain[account]
        assert sorted(queue.accounts()) == sorted(plain)
