"""`strikeproof trade instruments`, `book`, `trades`, `market`: what everybody may see."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import DEPTH, LIMIT
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import (
    TradeSession,
    cell,
    jsonable,
    percent,
    plain,
    print_table,
    usd,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strikeproof.client import Instrument, MarketEvent, Trade


@trade_command("instruments")
def instruments(session: TradeSession) -> None:
    """List the instruments with terms, prices, funding and houses."""
    with session.client() as client:
        found = client.instruments()
        venue = client.venue()
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

    houses: list[list[object]] = [
        [
            each.symbol,
            percent(each.funding_rate_ppm),
            _clock(each.next_funding_ms) if each.next_funding_ms else "-",
            usd(each.house_equity_micro_usd),
            each.house_lots,
            usd(each.house_loan_micro_usd),
        ]
        for each in found
    ]

    futures = _futures(found)

    def tables() -> None:
        print_table("Instruments", ["id", "symbol", "status", "mark", "last", "open lots"], prices)
        columns = ["symbol", "tick", "lot", "least order", "initial", "maintenance", "band"]
        print_table("Terms", [*columns, "maker, taker fee"], terms)
        columns = ["symbol", "rate, 8 h", "next from", "house equity", "house lots", "house owes"]
        print_table("Funding (positive: longs pay) and houses", columns, houses)
        if futures:
            columns = ["symbol", "expires", "forward", "average, last half hour", "settled at"]
            print_table("Futures", columns, futures)
        click.echo(
            f"Insurance fund {plain(usd(int(venue.insurance_fund_micro_usd)))} USD; houses lack"
            f" {plain(usd(int(venue.houses_deficit_micro_usd)))} USD; bad debt so far"
            f" {plain(usd(int(venue.bad_debt_micro_usd)))} USD."
        )

    shown = [_shown(each) for each in found]
    pools = {
        "insurance_fund_micro_usd": int(venue.insurance_fund_micro_usd),
        "houses_deficit_micro_usd": int(venue.houses_deficit_micro_usd),
        "bad_debt_micro_usd": int(venue.bad_debt_micro_usd),
    }
    session.show({"instruments": shown, **pools}, tables)


def _shown(each: Instrument) -> object:
    """Return an instrument as JSON."""
    derived = {"lot_size": jsonable(each.lot_size), "tick_usd": jsonable(each.price_usd(1))}
    return {**jsonable(each), **derived}


def _futures(found: Sequence[Instrument]) -> list[list[object]]:
    """Return a row for each future."""
    return [
        [
            each.symbol,
            _moment(each.expiry_ms),
            each.forward_usd,
            _nano_usd(each.average_nano_usd),
            _nano_usd(each.settlement_nano_usd),
        ]
        for each in found
        if each.expiry_ms
    ]


def _moment(time_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time_ms // 1000))


def _nano_usd(price: int) -> object:
    return cell(Decimal(price) / 10**9) if price else "-"


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
            _clock(each.time_ms),
            _op(each),
            "block" if each.is_block else f"{each.maker_slot}:{each.maker_serial}",
        ]
        for each in found
    ]
    columns = ["trade", "taker", "USD", "lots", "UTC", "taker's op", "maker's order"]
    session.show({"trades": found}, lambda: print_table(terms.symbol, columns, rows))


@trade_command(
    "market",
    click.argument("instrument"),
    click.option("--limit", default=20, show_default=True, type=LIMIT),
    click.option("--follow", is_flag=True, help="Go on with each new one, until Ctrl-C."),
)
def market(session: TradeSession, instrument: str, limit: int, follow: bool) -> None:
    """Show what happens besides orders and trades: funding samples, liquidations, what the house
    does; newest first, with --follow as it happens."""
    with session.client() as client:
        terms = client.instrument(instrument)
        if follow:
            for each in client.follow_market_events(terms.id):
                line = "  ".join(map(cell, _event_row(each, terms)))
                session.show(each, lambda line=line: click.echo(line))  # type: ignore[misc]
            return
        found = client.market_events(terms.id, limit)
    rows = [_event_row(each, terms) for each in found]
    columns = ["event", "UTC", "what", "", "op"]
    session.show({"events": found}, lambda: print_table(terms.symbol, columns, rows))


def _event_row(event: MarketEvent, terms: Instrument) -> list[object]:
    name = event.kind.replace("_", " ")
    return [event.sequence, _clock(event.time_ms), name, _details(event, terms), _op(event)]


def _details(told: MarketEvent, terms: Instrument) -> str:
    """Return the figures of an event, in words."""
    from strikeproof.client import market_event as kinds

    def money(micro_usd: int) -> str:
        return f"{plain(usd(micro_usd))} USD"

    def price(ticks: int) -> str:
        return f"{plain(terms.price_usd(ticks))} USD"

    match told.event:
        case kinds.FundingSample() as each:
            return f"rate {percent(each.funding_rate_ppm)} in 8 h"
        case kinds.Liquidation() as each:
            return (
                f"account {each.account}: equity {money(each.equity_micro_usd)} below"
                f" {money(each.maintenance_margin_micro_usd)}; closes {each.lots:,} of"
                f" {_lots(each.size_lots)} at {price(each.zero_price)} or better"
            )
        case kinds.TakenOver() as each:
            return (
                f"account {each.account}: the house takes {_lots(each.lots)} and"
                f" {_flow(each.paid_micro_usd, 'pays', 'receives')}"
            )
        case kinds.BadDebt() as each:
            return f"account {each.account}: the house bears {money(each.amount_micro_usd)}"
        case kinds.Unwound() as each:
            return f"the house {'buys' if each.lots > 0 else 'sells'} {_lots(abs(each.lots))}"
        case kinds.Deleveraged() as each:
            share = Decimal(100 * (each.factor_before - each.factor)) / each.factor_before
            side = "longs" if each.longs else "shorts"
            return (
                f"{_lots(each.lots)} of {side} closed at {price(each.price)}, {share:.4f} % of each"
            )
        case kinds.LoanChanged() as each:
            lent = _flow(each.lent_micro_usd, "lends", "gets back")
            return f"the insurance fund {lent}; the house owes {money(each.loan_micro_usd)}"
        case kinds.OrphanAnnounced():
            return "no price for a day: it may be settled in another"
        case kinds.InstrumentSettled() as each:
            return f"settled for good at {price(each.price)}"
        case kinds.PositionSettled() as each:
            return (
                f"account {each.account}: {_lots(each.size_lots)};"
                f" {_flow(each.cash_micro_usd, 'receives', 'pays')}"
            )


def _lots(count: int) -> str:
    return f"{count:,} lot{'' if abs(count) == 1 else 's'}"


def _flow(micro_usd: int, forth: str, back: str) -> str:
    return f"{forth if micro_usd >= 0 else back} {plain(usd(abs(micro_usd)))} USD"


def _op(place: Trade | MarketEvent) -> str:
    """Return the place of what caused it."""
    if place.from_inbox:
        return f"inbox, batch {place.batch}"
    return f"{place.batch}:{place.segment}:{place.index}"


def _clock(time_ms: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(time_ms // 1000))
