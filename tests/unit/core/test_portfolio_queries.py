"""What portfolio margin would ask for, of an engine's accounts: figures from the state's arrays."""

from __future__ import annotations

import pytest

from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays
from strikeproof.sequencer.core.portfolio_queries import portfolio
from strikeproof.sequencer.core.state_view import PortfolioView
from strikeproof.wire.constants import OPTION_STALE_MS, PPB, InstrumentKind
from strikeproof.wire.errors import Result
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX, PUT, STRIKE, OptionVenue
from tests.unit.core.test_option_arrays import flat_volatility

LOT = ONE // 1_000
MICRO = 10**12
PERPETUAL = 1


def venue() -> OptionVenue:
    """Return a venue with a call and a put that were just priced, and two rich accounts."""
    found = OptionVenue(accounts=3, deposit=10**12)
    found.fresh()
    return found


def asked(found: OptionVenue, account: int) -> PortfolioView | None:
    return portfolio(found.engine._state, account)


def trade(found: OptionVenue, buyer: int, seller: int, instrument: int, lots: int) -> None:
    price = found.mark(instrument).price
    assert found.sell(seller, price, lots, instrument=instrument) == Result.OK
    assert found.buy(buyer, price, lots, instrument=instrument) == Result.OK


def kernel(found: OptionVenue, calls: int, puts: int, perpetuals: int) -> tuple[int, int]:
    """Return what the kernel asks for lots of the pair and of the perpetual, micro-USD."""
    parameters = MarginParameters()
    grid = parameters.grid()
    left = (EXPIRY_MS - found.now) // 1_000
    terms = expiry_terms(ExpiryFeed(left, 60_000 * ONE, 0), parameters)
    volatility = flat_volatility(left)
    arrays = scenario_arrays(grid, terms, STRIKE * ONE, volatility)
    options = tuple(
        OptionHolding(STRIKE * ONE, is_call, lots * LOT, array)
        for is_call, lots, array in ((True, calls, arrays[0]), (False, puts, arrays[1]))
        if lots
    )
    holding = ExpiryHolding(terms, ONE, options)
    account = Account(0, perpetuals * LOT, 0, 0, (holding,), ())
    spot = 60_000 * ONE
    margin = portfolio_margin(account, Market(spot, ONE, spot, ONE, ONE), parameters, grid)
    value = margin.mark_value
    return -((margin.initial_margin - value) // MICRO), -(
        (margin.maintenance_margin - value) // MICRO
    )


def kernel_part(view: PortfolioView | None) -> tuple[int, int]:
    """Return initial and maintenance margin of what is asked on the venue's underlying."""
    assert view is not None
    assert (view.underlying, view.is_overdue) == (1, False)
    return view.initial_margin, view.maintenance_margin


def test_it_is_what_the_kernel_asks_for() -> None:
    found = venue()
    trade(found, 1, 2, CALL, 500)
    for account, calls in ((1, 500), (2, -500)):
        view = asked(found, account)
        assert kernel_part(view) == kernel(found, calls, 0, 0)
    trade(found, 2, 1, PUT, 200)
    trade(found, 2, 1, PERPETUAL, 300)
    for account, calls, puts, perpetuals in ((1, 500, -200, -300), (2, -500, 200, 300)):
        view = asked(found, account)
        assert kernel_part(view) == kernel(found, calls, puts, perpetuals)


def test_a_hedged_account_is_asked_for_less_than_its_legs() -> None:
    found = venue()
    trade(found, 2, 1, CALL, 500)
    naked = asked(found, 1)
    trade(found, 1, 2, PERPETUAL, 250)
    hedged = asked(found, 1)
    assert naked is not None
    assert hedged is not None
    assert hedged.initial_margin < naked.initial_margin


def test_without_options_it_has_no_figure() -> None:
    found = venue()
    assert asked(found, 1) is None
    assert asked(found, 9) is None
    trade(found, 1, 2, PERPETUAL, 100)
    assert asked(found, 1) is None


def test_resting_orders_are_asked_for_nothing() -> None:
    found = venue()
    assert found.buy(3, found.mark(CALL).price - 1, 100, instrument=CALL) == Result.OK
    assert asked(found, 3) is None


def test_an_overdue_array_is_told() -> None:
    found = venue()
    trade(found, 1, 2, CALL, 500)
    found.now += OPTION_STALE_MS
    found.price(INDEX)
    view = asked(found, 1)
    assert view is not None
    assert view.is_overdue
    found.fresh()
    view = asked(found, 1)
    assert view is not None
    assert not view.is_overdue


@pytest.mark.parametrize("kind", [InstrumentKind.FUTURE, InstrumentKind.PERPETUAL])
def test_a_future_has_no_figure_and_a_second_underlying_neither(kind: InstrumentKind) -> None:
    found = venue()
    trade(found, 1, 2, CALL, 500)
    assert asked(found, 1) is not None
    mark = found.mark(PERPETUAL)
    trade(found, 1, 2, PERPETUAL, 100)
    assert asked(found, 1) is not None
    if kind == InstrumentKind.FUTURE:
        mark.kind = int(kind)  # its settlement lies elsewhere than the index
    else:
        mark.underlying = type(mark.underlying)(2, bytes(16))
        mark.index_ppb = PPB
    assert asked(found, 1) is None


def test_a_settled_option_asks_for_nothing() -> None:
    found = venue()
    trade(found, 1, 2, CALL, 500)
    found.now = EXPIRY_MS
    assert found.settle_expiry(INDEX) == Result.OK
    assert found.reprice() == Result.OK
    assert asked(found, 1) is None
