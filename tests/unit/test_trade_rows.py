"""What `strikeproof trade events` and `trade market` say of each kind of event."""

from __future__ import annotations

import pytest

from strikeproof.cli.trade_account import EVENT_COLUMNS, _event_row
from strikeproof.cli.trade_market import _details
from strikeproof.cli.trade_session import cell
from strikeproof.client import Instrument, MarketEvent, OrderEvent
from strikeproof.client.market_event import (
    BadDebt,
    Deleveraged,
    FundingSample,
    Happening,
    InstrumentSettled,
    Liquidation,
    LoanChanged,
    OrphanAnnounced,
    PositionSettled,
    TakenOver,
    Unwound,
)
from strikeproof.wire import market_pb2, orders_pb2

# A tick is 0.1 USD of a BTC, a lot a hundredth: 1,000 micro-USD a tick.
TERMS = Instrument.of_message(
    market_pb2.Instrument(
        instrument=1,
        symbol="BTC-PERP",
        kind=1,
        status=1,
        tick_value=1_000,
        index_per_tick=10**8,
    )
)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        (
            {"kind": 7, "cash_micro_usd": "-1250000"},
            {"what": "funded", "side": "-", "USD": "-", "lots": "-", "left": "-", "cash": "-1.25"},
        ),
        (
            {"kind": 8, "lots": 300, "cash_micro_usd": "-28500000"},
            {"what": "deleveraged", "side": "buy", "USD": "-", "lots": "300", "cash": "-28.5"},
        ),
        (
            {
                "kind": 9,
                "sell": True,
                "lots": 20,
                "price": 948,
                "equity_micro_usd": "-4000000",
                "maintenance_margin_micro_usd": "7500000",
            },
            {
                "what": "liquidated: equity -4 below 7.5",
                "side": "sell",
                "USD": "94.8",
                "lots": "20",
                "fee": "-",
                "cash": "-",
            },
        ),
        (
            {"kind": 10, "sell": True, "lots": 20, "cash_micro_usd": "18950000"},
            {"what": "taken over", "side": "sell", "USD": "94.75", "lots": "20", "cash": "18.95"},
        ),
        (
            {"kind": 11, "cash_micro_usd": "3000000"},
            {"what": "debt written off", "side": "-", "lots": "-", "cash": "3"},
        ),
        (
            {"kind": 12, "lots": 4, "cash_micro_usd": "-3980000"},
            {"what": "settled", "side": "buy", "USD": "99.5", "lots": "4", "cash": "-3.98"},
        ),
        (
            {"kind": 2, "lots": 4, "price": 960, "is_taker": True, "is_liquidation": True},
            {"what": "filled: liquidation", "USD": "96", "fee": "0", "cash": "-"},
        ),
        (
            {
                "kind": 14,
                "sell": True,
                "lots": 5,
                "price": 900,
                "trigger": {"place": 2, "price_nano_usd": 92 * 10**9, "by_mark": True},
            },
            {"what": "trigger set: place 2, mark ≥ 92", "side": "sell", "USD": "90", "lots": "5"},
        ),
        (
            {"kind": 15, "trigger": {"place": 2, "ending": 3}},
            {"what": "trigger ended: place 2, replaced", "side": "-", "lots": "-"},
        ),
        (
            {"kind": 13, "lots": 5, "result": 34, "trigger": {"place": 2, "price_nano_usd": 9**9}},
            {"what": "triggered: place 2 at 0.387420489, ioc remainder", "side": "buy"},
        ),
        ({"kind": 3, "reason": 13}, {"what": "removed: pushed out", "side": "buy"}),
    ],
)
def test_row_of_an_event(fields: dict[str, object], row: dict[str, str]) -> None:
    message = orders_pb2.OrderEvent(instrument=1, sequence=5, finality=1, **fields)  # type: ignore[arg-type]
    shown = map(cell, _event_row(OrderEvent.of_message(message), {1: TERMS}))
    found = dict(zip(EVENT_COLUMNS, shown, strict=True))
    assert {name: found[name] for name in row} == row


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (FundingSample(1, TERMS.funding_rate_ppm + 125, 9), "rate 0.0125 % in 8 h"),
        (
            Liquidation(7, 1, -50, 20, 1_000, -4_000_000, 7_500_000),
            "account 7: equity -4 USD below 7.5 USD; closes 20 of -50 lots at 100 USD or better",
        ),
        (TakenOver(7, 1, -1, -99_000), "account 7: the house takes -1 lot and receives 0.099 USD"),
        (BadDebt(7, 1, 5_000_000), "account 7: the house bears 5 USD"),
        (Unwound(1, -1_500), "the house sells 1,500 lots"),
        (
            Deleveraged(1, True, 30, 950, 2**63, 2**62),
            "30 lots of longs closed at 95 USD, 50.0000 % of each",
        ),
        (
            LoanChanged(1, 5_000_000, 8_000_000),
            "the insurance fund lends 5 USD; the house owes 8 USD",
        ),
        (LoanChanged(1, -8_000_000, 0), "the insurance fund gets back 8 USD; the house owes 0 USD"),
        (OrphanAnnounced(1, 5), "no price for a day: it may be settled in another"),
        (InstrumentSettled(1, 995), "settled for good at 99.5 USD"),
        (PositionSettled(7, 1, -4, -3_980_000), "account 7: -4 lots; pays 3.98 USD"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_words_of_a_market_event(event: Happening, text: str) -> None:
    told = MarketEvent(1, "", event, 2, 3, 4, False, 5)
    assert _details(told, TERMS) == text


@pytest.mark.parametrize(
    ("underlying", "what"),
    [(1, "margin mode set: portfolio, underlying 1"), (0, "margin mode set: standard")],
)
def test_change_of_margin_concerns_no_instrument(underlying: int, what: str) -> None:
    message = orders_pb2.OrderEvent(kind=16, portfolio_underlying=underlying)  # type: ignore[arg-type]
    event = OrderEvent.of_message(message)
    row = dict(zip(EVENT_COLUMNS, map(cell, _event_row(event, {1: TERMS})), strict=True))
    assert row["what"] == what
    assert {row[name] for name in ("symbol", "side", "USD", "lots", "cash")} == {"-"}
    assert not event.kind.is_of_trigger
