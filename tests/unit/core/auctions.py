"""Portfolios under a test's hand that no longer meet portfolio margin, and bids for them."""

from __future__ import annotations

from typing import Any

from strikeproof.sequencer.core.auction_event import PortfolioSold
from strikeproof.sequencer.core.portfolio import PortfolioMargin
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_bid_body
from tests.unit.core.blocks import next_nonce
from tests.unit.core.option_venue import CALL, INDEX, PUT
from tests.unit.core.scripted_venue import FOREVER, key_of, signed_op
from tests.unit.core.test_portfolio_margin import PERPETUAL, RICH, PortfolioVenue

SELLER, OTHER, BIDDER = 1, 2, 3
TENTH = 100_000  # ppm
HELD = {CALL: -20_000, PUT: -20_000, PERPETUAL: 3_001}


class AuctionVenue(PortfolioVenue):
    """Account 1 is short options, with a hedge, and as poor as portfolio margin admits."""

    def __init__(self, accounts: int = 3, deposit: int = RICH) -> None:
        self.index = INDEX
        super().__init__(accounts=accounts, deposit=deposit)

    def begin(self, held: dict[int, int] = HELD, rest: int = 0) -> None:
        """Have account 1 hold this, and the initial margin that it needs with `rest` micro-USD."""
        for instrument, lots in held.items():
            sides = (SELLER, OTHER) if lots > 0 else (OTHER, SELLER)
            self.trade(*sides, instrument, abs(lots))
        assert self.set_mode(SELLER) == Result.OK
        asked = self.asked(SELLER)
        assert self.withdraw(SELLER, asked.equity - asked.required - rest) == Result.OK

    def move(self, ppm: int) -> None:
        """Move the index by a share, and price the options again."""
        self.index += self.index * ppm // 10**6
        self.now += 1_000
        self.fresh(self.index)

    def fall(self, *, below_ppm: int = 10**6) -> PortfolioMargin:
        """Move the index up until account 1 has less equity than this share of maintenance."""
        while True:
            asked = self.asked(SELLER)
            if asked.equity * 10**6 < asked.maintenance * below_ppm:
                return asked
            self.move(2_000)

    def auction(self, held: dict[int, int] = HELD) -> PortfolioMargin:
        """Have account 1 be auctioned; return its margin."""
        self.begin(held)
        asked = self.fall()
        assert self.revalue(SELLER) == Result.OK
        assert self.auction_ms() == self.engine.venue().clock_ms
        return asked

    def auction_ms(self, account: int = SELLER) -> int:
        return self.engine._state.certificates[account].parts.auction_ms

    def unsigned_bid(self, account: int = BIDDER, **changed: Any) -> bytes:
        """Return the body of a bid in front of its signature."""
        session = changed.get("session", 0)
        fields = {
            "account": account,
            "session": session,
            "expiry_ms": FOREVER,
            "seller": SELLER,
            "auction_ms": self.auction_ms(),
            "fraction_ppm": 10**6,
            "discount_ppm": 0,
        }
        if "nonce" not in changed:
            fields["nonce"] = next_nonce(self, account, session)
        return encode_bid_body(**(fields | changed))

    def bid_op(self, account: int = BIDDER, key: int | None = None, **changed: Any) -> bytes:
        body = self.unsigned_bid(account, **changed)
        return signed_op(OpType.BID, body, key_of(self.owners[account] if key is None else key))

    def bid(self, account: int = BIDDER, **changed: Any) -> int:
        """Order a bid; return its code."""
        return self.segment(self.bid_op(account, **changed))[0].code

    def wait(self, ms: int) -> None:
        """Let time pass, and bring prices up to date."""
        self.now += ms
        self.fresh(self.index)

    def money(self) -> int:
        """Return what accounts, houses and pools have, all positions at marks."""
        state = self.engine._state
        venue = state.venue
        houses = sum(each.house.cash for each in state.instruments if each is not None)
        accounts = sum(each.collateral for each in state.accounts.values() if each is not None)
        return accounts + houses + venue.fee_pool + venue.insurance_fund


def sale(venue: AuctionVenue) -> PortfolioSold:
    """Return what the last segment's bid bought."""
    sold = venue.last.outcomes[0].events[-1]
    assert isinstance(sold, PortfolioSold)
    return sold
