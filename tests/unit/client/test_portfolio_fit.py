"""Which positions are in the way of portfolio margin, as clients find it without the law."""

from __future__ import annotations

from typing import Any

from strikeproof.client import AccountState, Instrument
from strikeproof.client.portfolio_fit import portfolio_obstacles
from strikeproof.wire import market_pb2, venue_pb2
from strikeproof.wire.constants import OPTION_EXPIRIES_MAX, InstrumentKind, InstrumentStatus
from strikeproof.wire.errors import Result

CALL, FUTURE, PERPETUAL = InstrumentKind.CALL, InstrumentKind.FUTURE, InstrumentKind.PERPETUAL
CURRENT, OVERDUE = venue_pb2.GREEKS_BASIS_CURRENT, venue_pb2.GREEKS_BASIS_OVERDUE


def instrument(id: int, kind: InstrumentKind, **terms: Any) -> Instrument:
    fields = {
        "status": InstrumentStatus.ACTIVE,
        "underlying": 1,
        "underlying_symbol": "BTC",
        "tick_value": 1_000,
        "index_per_tick": 10**9,
    }
    message = market_pb2.Instrument(instrument=id, symbol=f"I{id}", kind=kind, **(fields | terms))
    return Instrument.of_message(message)


def found(
    *held: tuple[Instrument, int], underlying: int = 1, basis: int = CURRENT
) -> list[tuple[str, Result]]:
    """Return the obstacles of an account that holds these lots."""
    positions = [
        venue_pb2.AccountPosition(instrument=each.id, size_lots=lots, greeks_basis=basis)
        for each, lots in held
    ]
    money = dict.fromkeys(
        (
            "collateral_micro_usd",
            "withdrawn_micro_usd",
            "equity_micro_usd",
            "initial_margin_micro_usd",
            "maintenance_margin_micro_usd",
            "credit_micro_usd",
            "credit_limit_micro_usd",
        ),
        "0",
    )
    account = AccountState.of_message(venue_pb2.Account(positions=positions, **money))
    terms = {each.id: each for each, _ in held}
    return [(e.symbol, e.result) for e in portfolio_obstacles(account, terms, underlying)]


def test_options_and_perpetuals_of_the_underlying_are_not_in_the_way() -> None:
    assert found((instrument(1, PERPETUAL), -5), (instrument(2, CALL), 7)) == []
    assert found() == []


def test_each_position_that_is_not_covered_is_named() -> None:
    other = instrument(3, PERPETUAL, underlying=2, underlying_symbol="ETH")
    future = instrument(4, FUTURE)
    odd = instrument(5, PERPETUAL, index_per_tick=7 * 10**9)
    unfit = Result.PORTFOLIO_UNFIT
    covered = instrument(1, PERPETUAL), 1
    assert found(covered, (other, 1), (future, 2), (odd, 3)) == [
        ("I3", unfit),
        ("I4", unfit),
        ("I5", unfit),
    ]
    assert found(covered, (other, 1), underlying=2) == [("I1", unfit)]
    assert found((odd, 7)) == [], "these lots are whole"


def test_what_is_closed_or_settled_is_not_in_the_way() -> None:
    settled = instrument(4, FUTURE, status=InstrumentStatus.SETTLED)
    assert found((instrument(3, FUTURE), 0), (settled, 5)) == []


def test_options_of_too_many_expiries_are_named() -> None:
    most = OPTION_EXPIRIES_MAX
    options = [(instrument(each, CALL, expiry_ms=each), 1) for each in range(1, most + 2)]
    assert found(*options[:-1]) == []
    assert found(*options) == [(f"I{most + 1}", Result.PORTFOLIO_UNFIT)]


def test_options_that_wait_for_a_price_are_named_where_nothing_else_is_in_the_way() -> None:
    held = (instrument(1, PERPETUAL), 1), (instrument(2, CALL), 1)
    assert found(*held, basis=OVERDUE) == [("I2", Result.PORTFOLIO_STALE)]
    future = instrument(4, FUTURE), 1
    assert found(*held, future, basis=OVERDUE) == [("I4", Result.PORTFOLIO_UNFIT)]
