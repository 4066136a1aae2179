"""Random auctions: portfolios that fall, bids of all sizes, deposits, trades and time, drawn from
one seed. After each step the invariants of docs/protocol/auctions.md are asserted."""

from __future__ import annotations

from random import Random
from typing import Final

from strikeproof.sequencer.core.auction_event import PortfolioSold
from strikeproof.sequencer.core.engine_event import BlockFill
from strikeproof.sequencer.core.portfolio import PortfolioMargin, is_for_sale, margin_at
from strikeproof.wire.constants import (
    AUCTION_DURATION_MS,
    AUCTION_FRACTION_MIN_PPM,
    OPTION_STALE_MS,
    PPM,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result
from tests.unit.core.auctions import OTHER, SELLER, AuctionVenue
from tests.unit.core.option_venue import CALL, PUT
from tests.unit.core.scripted_venue import USD
from tests.unit.core.test_portfolio_margin import PERPETUAL

STRIKES: Final = (54_000, 66_000)
CALLS: Final = (CALL, CALL + 2, CALL + 4)
BIDDERS: Final = (3, 4, 5)
HELD_LOTS: Final = (1, 3, 40, 2_000, 20_001)


class AuctionPlay(AuctionVenue):
    """Three strikes and a perpetual, a portfolio that has fallen, and three accounts that bid."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._withdrawn = 0
        self.codes: list[int] = []
        """What became of all bids."""
        super().__init__(accounts=5)
        for strike in STRIKES:
            self.list_pair(strike)
        self.fresh(self.index)
        self.held = self._draw_portfolio()
        self.begin(self.held)
        for bidder in BIDDERS:
            self._draw_bidder(bidder)
        self.fall(below_ppm=self.random.choice((1_000_000, 900_000, 600_000, 400_000)))

    def fresh(self, index: int = 0) -> None:
        super().fresh(index or self.index)
        for call in CALLS[1:]:
            if call < self.engine.venue().next_instrument:
                assert self.reprice(call) == Result.OK

    def _draw_portfolio(self) -> dict[int, int]:
        """Return a portfolio that a rising index takes below maintenance."""
        random = self.random
        if random.random() < 0.15:  # a few lots: a small fraction takes none
            return {CALL: -20, PERPETUAL: 11}
        held = {call: -random.choice(HELD_LOTS) for call in CALLS}
        held[random.choice(CALLS)] = -20_000
        for put in (call + 1 for call in CALLS):
            if random.random() < 0.5:
                held[put] = random.choice((-1, 1)) * random.choice(HELD_LOTS)
        if random.random() < 0.7:
            held[PERPETUAL] = random.choice((-1, 1)) * random.choice(HELD_LOTS[:4])
        return held

    def _draw_bidder(self, bidder: int) -> None:
        random = self.random
        for instrument in (PERPETUAL, *CALLS, PUT):
            if random.random() < 0.4:
                sides = (bidder, OTHER) if random.random() < 0.5 else (OTHER, bidder)
                self.trade(*sides, instrument, random.choice(HELD_LOTS[:4]))
        self.fresh()
        if random.random() < 0.5:
            self.set_mode(bidder)
        if random.random() < 0.5:
            found = self.engine.account(bidder)
            assert found is not None
            spare = found.equity - found.initial_margin - random.choice((0, 10, 100)) * 10**3 * USD
            if spare > 0:
                self.withdraw(bidder, spare)

    # --- steps ---

    def step(self) -> None:
        """Do one thing, and assert what then holds."""
        money = self.money() - self.deposited
        steps = [self._bids] * 8 + [self._revalues] * 4 + [self._waits] * 3
        steps += [self._moves, self._moves, self._deposits, self._owner_acts, self._halts]
        steps += [self._gaps]
        if self.mode(SELLER)[0] and not self.auction_ms() and self.random.random() < 0.6:
            steps = [self._falls]
        self.random.choice(steps)()
        withdrawn = sum(each.withdrawn for each in self.engine._state.accounts.values())
        assert self.money() - self.deposited + withdrawn == money + self._withdrawn
        self._withdrawn = withdrawn
        sizes: dict[int, int] = {}
        for instrument in range(1, self.engine.venue().next_instrument):
            sizes[instrument] = sum(self.sizes(instrument).values())
            house = self.engine._state.instruments[instrument].house.lots
            assert sizes[instrument] + house == 0

    def start(self) -> None:
        """Begin to count what leaves."""
        self._withdrawn = sum(each.withdrawn for each in self.engine._state.accounts.values())

    def _found(self) -> PortfolioMargin | Result:
        state = self.engine._state
        return margin_at(state, state.accounts[SELLER], max(self.now, self.engine.clock_ms))

    def _bids(self) -> None:
        random = self.random
        before, since_ms = self._found(), self.auction_ms()
        bidder, fund = random.choice(BIDDERS), self.engine.venue().insurance_fund
        fraction = random.choice(
            (AUCTION_FRACTION_MIN_PPM, 50_000, random.randint(10_000, PPM), PPM)
        )
        records = self.engine._state.accounts
        kept = {id: records[id].encode() for id in records}
        told = self.engine.auctions().bid(bidder, SELLER, fraction, self.now)
        discount = random.choice((0, 0, 0, 150_000))
        code = self.bid(bidder, fraction_ppm=fraction, discount_ppm=discount)
        self.codes.append(code)
        events = self.last.outcomes[0].events
        if code != Result.OK:
            assert events == []
            assert {id: records[id].encode() for id in records} == kept
            return
        assert since_ms
        assert isinstance(before, PortfolioMargin)
        assert is_for_sale(before)
        *fills, sold = events
        assert isinstance(sold, PortfolioSold)
        assert all(isinstance(each, BlockFill) and each.fee == 0 for each in fills)
        after = self._found()
        assert isinstance(after, PortfolioMargin)
        # No bid lowers equity / maintenance, makes a debt, or sells more than the account must.
        assert after.equity == before.equity - sold.paid - sold.fee
        assert after.equity > 0
        assert after.equity * before.maintenance > before.equity * after.maintenance
        assert sold.paid >= 0
        assert self.engine.venue().insurance_fund == fund + sold.fee
        assert sold.is_over == (after.equity >= after.maintenance)
        assert sold.is_over == (self.auction_ms() == 0)
        assert told is not None
        assert (told.code, told.paid, told.fee) == (Result.OK, sold.paid, sold.fee)
        view = self.engine.account(bidder)
        assert view is not None
        if not view.portfolio_underlying:
            assert view.equity >= view.initial_margin

    def _revalues(self) -> None:
        self.revalue(self.random.choice((SELLER, SELLER, SELLER, *BIDDERS)))

    def _falls(self) -> None:
        self.fresh()
        self.fall(below_ppm=self.random.choice((1_000_000, 900_000, 600_000)))
        self.revalue(SELLER)

    def _gaps(self) -> None:
        """The index has just begun to move to where reporters are."""
        self.now += 1_000
        self.report_price(self.index * 125 // 100)
        for call in CALLS:
            self.reprice(call)
        self._bids()
        self.now += 1_000
        self.fresh()

    def _waits(self) -> None:
        self.now += self.random.choice((0, 1_000, 60_000, AUCTION_DURATION_MS // 3))
        if self.random.random() < 0.1:
            self.now += OPTION_STALE_MS + 1
            self.price(self.index)
        else:
            self.fresh()

    def _moves(self) -> None:
        self.move(self.random.choice((-10_000, -2_000, 2_000, 5_000, 20_000)))

    def _deposits(self) -> None:
        who = self.random.choice((SELLER, SELLER, *BIDDERS))
        self.deposit(who, self.random.choice((1, 100, 10_000)) * USD)

    def _owner_acts(self) -> None:
        acts = self.random.choice((0, 1, 2))
        if acts == 0 and self.random.random() < 0.2:
            self.set_mode(SELLER, 0)
        elif acts == 1:
            self.set_mode(SELLER)
        else:
            self.withdraw(SELLER, self.random.choice((1, 1_000)) * USD)

    def _halts(self) -> None:
        status = self.random.choice((InstrumentStatus.REDUCE_ONLY, InstrumentStatus.HALTED))
        instrument = self.random.choice((PERPETUAL, *CALLS))
        self.set_instrument(instrument, status=int(status), band=200_000)
        self._bids()
        self.set_instrument(instrument, band=200_000)


def play(seed: int, steps: int = 25) -> AuctionPlay:
    """Return a venue behind a random play."""
    venue = AuctionPlay(seed)
    venue.start()
    assert venue.revalue(SELLER) == Result.OK
    for _ in range(steps):
        venue.step()
    return venue
