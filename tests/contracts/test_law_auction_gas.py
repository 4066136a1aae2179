"""What the greatest bid takes in the law, of sixteen options by a bidder under portfolio margin, is
covered by what it weighs, and it fits a segment."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire.constants import (
    COMPUTE_WEIGHT_MAX,
    OPTION_EXPIRIES_MAX,
    POSITIONS_MAX,
    PPB,
    WITNESS_WEIGHT_MAX,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_list_expiry
from tests.agreement.law_host import run_prefilled
from tests.unit.core.auctions import BIDDER, OTHER, SELLER, AuctionVenue
from tests.unit.core.blocks import SELL, block
from tests.unit.core.option_venue import CALL, DAY_MS
from tests.unit.core.scripted_venue import START


class WidestAuction(AuctionVenue):
    """Account 1 is short a call and a put of each of eight expiries, and has fallen."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        super().__init__()
        self.calls.append(CALL)
        for number in range(2, OPTION_EXPIRIES_MAX + 1):
            ends = START + (30 + number) * DAY_MS
            self.govern(encode_list_expiry(underlying=1, expiry_ms=ends, forward_ppb=PPB))
            self.calls.append(self.engine.venue().next_instrument)
            self.list_pair(expiry=number)
        self.fresh(self.index)
        for half in (self.calls[:4], self.calls[4:]):
            legs = [(i, SELL, self.mark(i).price, 1_000) for call in half for i in (call, call + 1)]
            assert block(self, SELLER, OTHER, *legs) == Result.OK
        self.begin({})
        self.fall()
        assert self.revalue(SELLER) == Result.OK
        assert self.auction_ms()
        assert len(self.engine._state.accounts[SELLER].positions) == POSITIONS_MAX

    def fresh(self, index: int = 0) -> None:
        super().fresh(index or self.index)
        for number, call in enumerate(self.calls[1:], start=2):
            assert self.surface(forward=self.index, expiry=number) == Result.OK
            assert self.reprice(call) == Result.OK

    def gas_of(self, **terms: int) -> tuple[int, int]:
        """Return what a bid takes and weighs, on the law by itself."""
        state = dict(read_records(self.engine.snapshot()))
        self.bid(**terms)
        records = {key: state.get(key, b"") for key in self.last.touched}
        law = run_prefilled(self.inputs[-1], records)
        assert law.results == self.last.results
        return law.gas, law.compute


@pytest.mark.parametrize("is_portfolio", [False, True])
def test_bid_for_sixteen_options_takes_no_more_than_it_weighs(is_portfolio: bool) -> None:
    venue = WidestAuction()
    if is_portfolio:
        assert venue.set_mode(BIDDER) == Result.OK
    venue.wait(1_000)
    refused, lighter = venue.gas_of(auction_ms=1)
    assert venue.last.results == bytes((Result.NO_AUCTION,))
    gas, weighed = venue.gas_of(fraction_ppm=50_000)
    assert venue.last.results == bytes((Result.OK,))
    assert gas - refused <= weighed - lighter
    assert gas <= weighed <= COMPUTE_WEIGHT_MAX
    assert venue.last.witness_weight <= WITNESS_WEIGHT_MAX
