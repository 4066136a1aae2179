"""The watches for Revalue, the sequencer's and the verifier's, against a revaluation of every
account, over random histories."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    fails,
    is_revaluation_due,
    margin_at,
)
from strikeproof.sequencer.core.portfolio_room import index_room
from strikeproof.sequencer.core.upkeep_queries import PortfolioStanding, UpkeepQueries
from strikeproof.sequencer.upkeep import portfolio_watch
from strikeproof.sequencer.upkeep.portfolio_watch import ROUND_MS
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.verifier.watch.upkeep_watch import UpkeepKind
from strikeproof.wire.constants import (
    AUCTION_DURATION_MS,
    FRACTION,
    OPTION_STALE_MS,
    PUBLISH_SPACING_MS,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_revalue
from tests.property.upkeep.test_verifier_watch import FollowedState
from tests.unit.core.option_venue import CALL, INDEX, PUT, STRIKE
from tests.unit.core.test_portfolio_margin import PERPETUAL, RICH, PortfolioVenue

HOUR_MS = 3_600_000
ACCOUNTS = 8
OF_TURN = 3
STEPS = 60


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_watch, "REVALUATIONS_OF_TURN", OF_TURN)


class RandomPortfolios(PortfolioVenue):
    """Accounts 2 and on hold random options and perpetuals against account 1, which is rich, and
    little more than they are asked for. `hours` are left of the expiry: the fewer, the more options
    bend."""

    def __init__(self, seed: int, hours: int) -> None:
        self.random = Random(seed)
        super().__init__(accounts=1, deposit=100 * RICH)
        self.hours = hours
        self.index = INDEX
        self.list_pair(STRIKE * 102 // 100)
        self.now = max(self.now + PUBLISH_SPACING_MS, self.expiry_ms - hours * HOUR_MS)
        self.refresh()
        for _ in range(ACCOUNTS):
            account = self.register()
            self.deposit(account, RICH)
            for instrument in (PERPETUAL, CALL, PUT, CALL + 2, PUT + 2):
                if self.random.random() < 0.6 and self.mark(instrument).price:
                    buyer, seller = self.random.choice(((1, account), (account, 1)))
                    self.trade(buyer, seller, instrument, self.random.randint(1, 400) * 10)
            assert self.set_mode(account) == Result.OK
            self.be_poor(account)
        self.planner = UpkeepPlanner(self.engine)

    def be_poor(self, account: int) -> None:
        """Leave an account a little more than what makes it fail."""
        record = self.engine._state.accounts[account]
        found = self.found(account)
        assert isinstance(found, PortfolioMargin)
        record.collateral -= found.equity - found.maintenance * self.random.randint(100, 130) // 100

    def found(self, account: int) -> PortfolioMargin | Result:
        return margin_at(self.engine._state, self.engine._state.accounts[account], self.now)

    def refresh(self) -> None:
        self.price(self.index)
        level = self.random.randint(15_000_000_000, 30_000_000_000) * self.hours // 720 + 1
        svi = SviSurface(a=level, b=0, rho=0, m=0, sigma=0)
        assert self.surface(svi=svi, forward=self.index) == Result.OK
        for call in (CALL, CALL + 2):
            assert self.reprice(call) == Result.OK

    def portfolios(self) -> list[int]:
        accounts = self.engine._state.accounts
        return [id for id, each in accounts.items() if each.margin_mode]

    def failing(self) -> set[bytes]:
        return {encode_revalue(account=each) for each in self.due()}

    def due(self) -> list[int]:
        clock_ms = max(self.now, self.engine.venue().clock_ms)
        certificates = self.engine._state.certificates
        return [
            each
            for each in self.portfolios()
            if is_revaluation_due(self.found(each), certificates[each].parts.auction_ms, clock_ms)
        ]

    def planned(self) -> set[bytes]:
        """Return what is planned in as many turns as it takes to revalue every account."""
        self.planner.accounts.look()
        self.planner.portfolios.look()
        turns = range(2 * ACCOUNTS // OF_TURN + 1)
        return {op for _ in turns for op in self.planner.portfolios.revaluations(self.now)}

    # --- draws ---

    def move(self) -> None:
        self.now += PUBLISH_SPACING_MS
        self.index = self.index * self.random.randint(9_985, 10_015) // 10_000
        self.price(self.index)

    def reprice_all(self) -> None:
        self.now += PUBLISH_SPACING_MS
        self.refresh()

    def leap(self) -> None:
        self.index = self.index * self.random.choice((95, 97, 103, 105)) // 100
        self.reprice_all()

    def fund(self) -> None:
        """What moves slowly: noticed after a round."""
        mark = self.mark(PERPETUAL)
        moved = mark.notional * FRACTION * self.random.randint(-10, 10) // 1_000
        mark.set_indices(mark.indices.with_funding(mark.indices.funding_index + moved))
        self.planned()
        self.now += ROUND_MS + 1

    def trade_one(self) -> None:
        account, instrument = self.random.choice(self.portfolios()), self.random.choice((1, 2, 3))
        if not isinstance(self.found(account), PortfolioMargin):
            return
        self.engine._state.accounts[account].collateral += RICH
        self.trade(account, 1, instrument, self.random.randint(1, 20) * 10)
        self.be_poor(account)

    def outlast(self) -> None:
        """Most of the time that an auction has passes."""
        self.now += AUCTION_DURATION_MS * self.random.randint(6, 11) // 10
        self.refresh()

    def grow_old(self) -> None:
        self.now += OPTION_STALE_MS + 1


@pytest.mark.parametrize("seed", range(12))
def test_every_account_that_fails_is_planned_and_no_other(seed: int) -> None:
    venue = RandomPortfolios(seed, hours=(720, 2)[seed % 2])
    reached = 0
    for _ in range(STEPS):
        draws = [venue.move, venue.trade_one] * 4
        draws += (venue.reprice_all, venue.leap, venue.fund, venue.grow_old, venue.outlast)
        venue.random.choice(draws)()
        planned = venue.planned()
        assert planned == venue.failing()
        reached += len(planned)
        if planned and venue.random.random() < 0.5:
            op = sorted(planned)[0]
            assert venue.segment(op)[0].code == Result.OK
            if len(venue.portfolios()) < 3:
                break
    assert reached, "no account of this history ever failed"


@pytest.mark.parametrize("seed", range(8))
def test_a_verifier_finds_the_same_accounts_from_records_alone(seed: int) -> None:
    venue = RandomPortfolios(seed, hours=(720, 24, 2, 1)[seed % 4])
    followed = FollowedState(venue.engine)
    reached = 0
    for _ in range(STEPS // 2):
        draws = [venue.move, venue.trade_one] * 4
        draws += (venue.reprice_all, venue.leap, venue.fund, venue.grow_old, venue.outlast)
        venue.random.choice(draws)()
        venue.segment()
        failing = venue.due()
        assert followed.waiting(UpkeepKind.REVALUATION) == failing
        assert not set(venue.portfolios()) & set(followed.waiting(UpkeepKind.BELOW_MAINTENANCE))
        reached += len(failing)
        if failing and venue.random.random() < 0.3:
            assert venue.segment(encode_revalue(account=failing[0]))[0].code == Result.OK
            assert followed.waiting(UpkeepKind.REVALUATION) == failing[1:]
    assert reached, "no account of this history ever failed"


@pytest.mark.parametrize("seed", range(30))
def test_no_account_fails_while_the_index_is_within_its_room(seed: int) -> None:
    venue = RandomPortfolios(seed, hours=(720, 24, 2, 1)[seed % 4])
    index = venue.index
    venue.index = index * venue.random.randint(9_960, 10_040) // 10_000
    venue.price(venue.index)
    for account in venue.portfolios():
        found = venue.found(account)
        if not isinstance(found, PortfolioMargin) or fails(found):
            continue
        room = index_room(venue.engine._state.accounts[account], found)
        for sign in (1, -1):
            for part in (10, 50, 100):
                _check_within(venue, account, venue.index + sign * room * part // 100)
        _set_index(venue, venue.index)


def _set_index(venue: RandomPortfolios, index: int) -> None:
    underlying = venue.engine._state.underlyings[1]
    underlying.index_price = index
    for mark in underlying.marks:
        mark.follow(index)


def _check_within(venue: RandomPortfolios, account: int, index: int) -> None:
    _set_index(venue, index)
    found = venue.found(account)
    if isinstance(found, PortfolioMargin):  # else an option waits for a Reprice
        assert not fails(found)


class CountedQueries:
    """Queries that remember which accounts were revalued."""

    def __init__(self, queries: UpkeepQueries) -> None:
        self._queries = queries
        self.revalued: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queries, name)

    def portfolio_standing(self, id: int, now_ms: int) -> PortfolioStanding:
        self.revalued.append(id)
        return self._queries.portfolio_standing(id, now_ms)


def test_accounts_are_not_revalued_while_nothing_moves() -> None:
    """The price is signed again and again, and moves a little: hardly anything is revalued."""
    venue = RandomPortfolios(1, 720)
    for account in venue.portfolios():
        venue.engine._state.accounts[account].collateral += RICH
    venue.planned()
    queries: Any = CountedQueries(venue.engine.upkeep())
    venue.planner.portfolios._queries = queries
    revalued = queries.revalued
    for _ in range(8):
        venue.move()
        venue.planned()
    assert revalued == []
    venue.reprice_all()
    venue.planned()
    assert sorted(revalued) == venue.portfolios()
    venue.now += ROUND_MS
    for _ in range(ACCOUNTS // OF_TURN + 1):
        venue.planned()
    assert sorted(revalued) == sorted(venue.portfolios() * 2)
