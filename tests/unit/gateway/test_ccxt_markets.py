"""Markets of the exchange class of ccxt, and the end of a price band: what needs no node."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from strikeproof.client import Instrument
from strikeproof.client.ccxt_exchange import Strikeproof
from strikeproof.client.ccxt_rest import inside_band
from strikeproof.gateway.public_json import instrument_json
from strikeproof.wire import market_pb2
from strikeproof.wire.constants import InstrumentKind

EXPIRY_MS = 1_795_766_400_000
STRIKE_TICKS = 200_000


def listed(number: int, kind: InstrumentKind) -> dict[str, Any]:
    is_option = kind in (InstrumentKind.CALL, InstrumentKind.PUT)
    message = market_pb2.Instrument(
        instrument=number,
        symbol=f"BTC-{kind.name}",
        status=1,
        underlying_symbol="BTC",
        tick_value=5_000,
        index_per_tick=5 * 10**8,
        expiry_ms=0 if kind is InstrumentKind.PERPETUAL else EXPIRY_MS,
        kind=int(kind),  # type: ignore[arg-type]
        strike=STRIKE_TICKS if is_option else 0,
    )
    return instrument_json(Instrument.of_message(message))


def test_each_kind_of_one_expiry_is_a_market_of_its_own() -> None:
    async def run() -> None:
        exchange = Strikeproof()
        try:
            shown = [listed(number, kind) for number, kind in enumerate(InstrumentKind, 1)]
            exchange.set_markets([exchange.parse_market(each) for each in shown])
            wanted = {
                "BTC/USD:USD": ("BTC-PERPETUAL", "swap", None),
                "BTC/USD:USD-261127": ("BTC-FUTURE", "future", None),
                "BTC/USD:USD-261127-100000-C": ("BTC-CALL", "option", "call"),
                "BTC/USD:USD-261127-100000-P": ("BTC-PUT", "option", "put"),
            }
            assert set(exchange.symbols) == set(wanted)
            for symbol, (name, kind, side) in wanted.items():
                market = exchange.market(symbol)
                assert (market["id"], market["type"], market["optionType"]) == (name, kind, side)
                assert [x for x in ("swap", "future", "option") if market[x]] == [kind]
                assert market["strike"] == (100_000.0 if side else None)
        finally:
            await exchange.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("mark", "is_buy", "end"),
    [("100", True, "109.5"), ("100", False, "90.5"), ("0.6", False, "1"), ("0.3", False, "0.5")],
)
def test_end_of_a_band_is_on_the_grid_and_inside(mark: str, is_buy: bool, end: str) -> None:
    found = inside_band(Decimal(mark), Decimal("0.0975"), Decimal("0.5"), is_buy=is_buy)
    assert found == Decimal(end)


@pytest.mark.parametrize(("available", "free"), [("12.5", 12.5), ("-3", 0.0), (None, 0.0)])
def test_nothing_is_free_where_it_is_not_known_what_is_asked_for(
    available: str | None, free: float
) -> None:
    async def run() -> Any:
        exchange = Strikeproof()
        try:

            async def account() -> dict[str, Any]:
                return {"equity": "100", "available": available}

            exchange._account = account
            return await exchange.fetch_balance()
        finally:
            await exchange.close()

    assert asyncio.run(run())["USD"]["free"] == free
