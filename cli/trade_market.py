"""`strikeproof trade instruments`, `book`, `trades`: what everybody may see."""

from __future__ import annotations

import time

import click

from strikeproof.cli.trade_arguments import DEPTH, LIMIT
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import (
    TradeSession,
    jsonable,
    percent,
    plain,
    print_table,
    usd,
)


@trade_command("instruments")
def instruments(session: TradeSession) -> None:
    """List the instruments with terms and prices."""
    with session.client() as client:
        found = client.instruments()
    prices: list[list[object]] = [
        [
            each.id,
            each.symbol,
            each.status.name,
            each.price_usd(each.mark_price),
            each.price_usd(each.last_price),
            each.open_interest_lots,
        ]
        for each in found
    ]
    terms: list[list[object]] = [
        [
            each.symbol,
            each.price_usd(1),
            f"{plain(each.lot_size)} {each.underlying_symbol}",
            usd(each.min_order_value_micro_usd),
            percent(each.initial_margin_ppm),
            percent(each.maintenance_margin_ppm),
            f"± {percent(each.price_band_ppm)}",
            f"{percent(each.maker_fee_ppm)}, {percent(each.taker_fee_ppm)}",
        ]
        for each in found
    ]

    def tables() -> None:
        print_table("Instruments", ["id", "symbol", "status", "mark", "last", "open lots"], prices)
        columns = ["symbol", "tick", "lot", "least order", "initial", "maintenance", "band"]
        print_table("Terms", [*columns, "maker, taker fee"], terms)

    shown = [
        {
            **jsonable(each),
            "lot_size": jsonable(each.lot_size),
            "tick_usd": jsonable(each.price_usd(1)),
        }
        for each in found
    ]
    session.show({"instruments": shown}, tables)


@trade_command(
    "book",
    click.argument("instrument"),
    click.option("--depth", default=10, show_default=True, type=DEPTH, help="Levels a side."),
)
def book(session: TradeSession, instrument: str, depth: int) -> None:
    """Show an order book."""
    with session.client() as client:
        terms = client.instrument(instrument)
        found = client.book(terms.id, depth)
    rows: list[list[object]] = [
        ["ask", terms.price_usd(each.price), each.lots, each.orders]
        for each in reversed(found.asks)
    ]
    rows += [["bid", terms.price_usd(each.price), each.lots, each.orders] for each in found.bids]
    session.show(found, lambda: print_table(terms.symbol, ["", "USD", "lots", "orders"], rows))


@trade_command(
    "trades",
    click.argument("instrument"),
    click.option("--limit", default=20, show_default=True, type=LIMIT),
)
def trades(session: TradeSession, instrument: str, limit: int) -> None:
    """Show the latest trades, newest first."""
    with session.client() as client:
        terms = client.instrument(instrument)
        found = client.trades(terms.id, limit)
    rows: list[list[object]] = [
        [
            each.sequence,
            "sell" if each.taker_sells else "buy",
            terms.price_usd(each.price),
            each.lots,
            time.strftime("%H:%M:%S", time.gmtime(each.time_ms // 1000)),
            f"{each.batch}:{each.segment}:{each.index}",
            f"{each.maker_slot}:{each.maker_serial}",
        ]
        for each in found
    ]
    columns = ["trade", "taker", "USD", "lots", "UTC", "taker's op", "maker's order"]
    session.show({"trades": found}, lambda: print_table(terms.symbol, columns, rows))
