"""Auctions of portfolios by ops alone: each scenario of tests/unit/core/test_auctions.py and
test_auction_bidders.py runs again, its inputs on the law; and bids whose segments are void."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import WITNESS_WEIGHT_MAX
from strikeproof.wire.errors import Result
from tests.agreement.auction_runs import run_auctions
from tests.agreement.comparison import Comparison, declaring
from tests.unit.core import test_auction_bidders, test_auctions
from tests.unit.core.auctions import AuctionVenue
from tests.unit.core.scripted_venue import DOMAIN

EVM = "revm" if "revm" in available_evms() else "py-evm"
SCENARIOS = [
    each
    for module in (test_auctions, test_auction_bidders)
    for name, each in vars(module).items()
    if name.startswith("test_") and not inspect.signature(each).parameters
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[AuctionVenue] = []

    class Kept(AuctionVenue):
        def __init__(self, *given: int, **more: int) -> None:
            super().__init__(*given, **more)
            made.append(self)

    for module in (test_auctions, test_auction_bidders):
        monkeypatch.setattr(module, "AuctionVenue", Kept)
    scenario()
    assert made
    for venue in made:
        comparison = Comparison(Engine.genesis(DOMAIN), EVM)
        for data in venue.inputs:
            comparison.execute(data)
        assert comparison.engine.snapshot() == venue.engine.snapshot()


@pytest.mark.parametrize("seed", range(4))
def test_law_agrees_on_random_auctions(seed: int) -> None:
    run_auctions(seed, EVM)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_bid_of_a_void_segment_asks_for_no_record_that_is_not_there(is_accepted: bool) -> None:
    venue = AuctionVenue()
    venue.auction()
    if is_accepted:
        assert venue.bid() == Result.OK
    else:
        poor = venue.register()
        venue.deposit(poor, 10**10)
        assert venue.bid(poor) == Result.MARGIN_INSUFFICIENT
    comparison = Comparison(Engine.genesis(DOMAIN), EVM)
    *before, bid = venue.inputs
    for data in before:
        comparison.execute(data)
    used = venue.last.compute_weight
    for compute in range(0, used, used // 60):
        declared = compute.to_bytes(3, "big") + WITNESS_WEIGHT_MAX.to_bytes(3, "big")
        assert comparison.execute(declaring(bid, declared)).is_void
    witness = venue.last.witness_weight
    for some in range(0, witness, witness // 30):
        declared = used.to_bytes(3, "big") + some.to_bytes(3, "big")
        assert comparison.execute(declaring(bid, declared)).is_void
    comparison.execute(bid)
    assert comparison.engine.snapshot() == venue.engine.snapshot()
