"""`strikeproof trade account`, `orders`, `events`, `finality`: what a trader has and did."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import LIMIT, OP_NAME, SEQUENCE
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_protect import protection_lines
from strikeproof.cli.trade_session import (
    TradeSession,
    brief,
    cell,
    plain,
    print_table,
    time_text,
    usd,
)

if TYPE_CHECKING:
    from strikeproof.client import (
        AccountState,
        EventTrigger,
        Greeks,
        GreeksSum,
        Instrument,
        OpFinality,
        OrderEvent,
        Position,
    )

FROM_OPTION = click.option(
    "--from", "sequence", default=0, type=SEQUENCE, help="First event; 0: the latest."
)
EVENT_COLUMNS = [
    "event",
    "UTC",
    "what",
    "symbol",
    "order",
    "side",
    "USD",
    "lots",
    "left",
    "fee",
    "cash",
    "op",
]

WAITS = " (an option waits to be priced again)"
BASIS_WORDS = {"OVERDUE": "overdue", "UNPRICED": "not priced", "SETTLED": "settled", "CURRENT": ""}


@trade_command("account")
def account(session: TradeSession) -> None:
    """Show the account: money, margin, positions, Greeks, open orders."""
    with session.client() as client:
        found = client.account()
        terms = {each.id: each for each in client.instruments()}
    session.show(found, lambda: _print_account(found, terms))


def _print_account(found: AccountState, terms: dict[int, Instrument]) -> None:
    _print_money(found, terms)
    print_table(
        "Positions",
        [
            "symbol",
            "lots",
            "entry",
            "mark",
            "profit",
            "pending",
            "liquidation",
            "open buys",
            "open sells",
        ],
        [
            [
                each.symbol,
                each.size_lots,
                _or_dash(each.entry_price_usd),
                terms[each.instrument].price_usd(each.mark_price),
                _or_dash(_profit_usd(each)),
                usd(each.pending_cash_micro_usd),
                _or_dash(
                    terms[each.instrument].price_usd(each.liquidation_price)
                    if each.liquidation_price
                    else None
                ),
                each.open_buy_lots,
                each.open_sell_lots,
            ]
            for each in found.positions
        ],
    )
    _print_greeks(found)
    for each in found.positions:
        if each.pending_closed_lots:
            click.echo(
                f"{each.symbol}: {each.pending_closed_lots:,} lots were closed by deleveraging; the"
                " next trade settles them, and pending cash pays for them."
            )
    print_table(
        "Open orders",
        ["symbol", "side", "USD", "lots", "order"],
        [
            [
                terms[each.instrument].symbol,
                "sell" if each.sell else "buy",
                terms[each.instrument].price_usd(each.price),
                each.lots,
                f"{each.slot}:{each.serial}",
            ]
            for each in found.open_orders
        ],
    )
    _print_keys(found)


def _print_money(found: AccountState, terms: dict[int, Instrument]) -> None:
    """Print what the account has and is asked for by its own margin, and what the other would ask
    for."""
    portfolio, under = found.portfolio_margin, found.portfolio_underlying
    initial: object = usd(found.initial_margin_micro_usd)
    maintenance: object = usd(found.maintenance_margin_micro_usd)
    if under:
        initial = usd(portfolio.required_micro_usd) if portfolio else "-"
        maintenance = usd(portfolio.maintenance_margin_micro_usd) if portfolio else "-"
    available = found.available_micro_usd
    print_table(
        f"Account {found.id}, owner 0x{found.owner.hex()}",
        ["collateral", "equity", "initial", "maintenance", "available", "withdrawn"],
        [
            [
                usd(found.collateral_micro_usd),
                usd(found.equity_micro_usd),
                initial,
                maintenance,
                "-" if available is None else usd(available),
                usd(found.withdrawn_micro_usd),
            ]
        ],
    )
    click.echo(f"It is under {margin_words(found, terms)}.")
    if under:
        _print_under_portfolio(found, terms)
    elif portfolio:
        click.echo(
            f"Portfolio margin would ask for {_plain(portfolio.required_micro_usd)} USD to come"
            f" under it, maintenance {_plain(portfolio.maintenance_margin_micro_usd)} USD"
            f"{WAITS if portfolio.overdue else ''}."
        )


def _print_under_portfolio(found: AccountState, terms: dict[int, Instrument]) -> None:
    from strikeproof.client.portfolio_fit import portfolio_obstacles

    portfolio = found.portfolio_margin
    click.echo(
        f"Standard margin would ask for {_plain(found.initial_margin_micro_usd)} USD, maintenance"
        f" {_plain(found.maintenance_margin_micro_usd)} USD. Portfolio margin takes no triggers."
    )
    if portfolio is not None:
        if found.auctioned_ms:
            state = "It is being auctioned: its orders do not fill. A deposit that makes up its\n"
            click.echo(f"{state}maintenance ends that.")
        else:
            click.echo(
                "Its margin certificate counts: orders are judged by it."
                if portfolio.certified_until_ms
                else "Its margin certificate has run out; the venue renews it ahead of the next"
                " order."
            )
        maintenance = portfolio.maintenance_margin_micro_usd
        if portfolio.overdue:
            click.echo(f"Its figures are of old prices{WAITS}.")
        if found.equity_micro_usd < maintenance and not found.auctioned_ms:
            click.echo("Below portfolio maintenance: anybody may have it auctioned.")
        return
    click.echo("Portfolio margin has no figures of it now:")
    for each in portfolio_obstacles(found, terms, found.portfolio_underlying):
        click.echo(f"  {each.symbol}: {each.reason}")


def margin_words(found: AccountState, terms: dict[int, Instrument]) -> str:
    """Return which margin an account is under."""
    if not found.portfolio_underlying:
        return "standard margin"
    symbols = {each.underlying: each.underlying_symbol for each in terms.values()}
    return f"portfolio margin on {symbols.get(found.portfolio_underlying, '-')}"


def _plain(micro_usd: int) -> str:
    return plain(usd(micro_usd))


def _print_greeks(found: AccountState) -> None:
    """Print the Greeks of positions, expiries and underlyings, rounded: JSON has all digits."""
    if not found.greeks:
        return
    rows: list[list[object]] = [
        [
            each.symbol,
            *_greeks_cells(each.greeks),
            BASIS_WORDS.get(each.greeks_basis.name, "-"),
        ]
        for each in found.positions
        if each.size_lots
    ]
    for underlying in found.greeks:
        for of_expiry in underlying.expiries:
            ends = of_expiry.expiry_ms
            name = time_text(ends).split()[0] if ends else "perpetuals"
            rows.append([f"{underlying.symbol}, {name}", *_sum_cells(of_expiry.sum)])
        rows.append([f"{underlying.symbol}, all", *_sum_cells(underlying.sum)])
    columns = ["of", "delta, units", "gamma, a USD", "vega, USD a point", "theta, USD a day", ""]
    print_table("Greeks", columns, rows)


def _greeks_cells(greeks: Greeks | None) -> list[object]:
    if greeks is None:
        return ["-"] * 4
    exact = (greeks.delta, greeks.gamma, greeks.vega_usd, greeks.theta_usd)
    return [brief(each) for each in exact]


def _sum_cells(found: GreeksSum) -> list[object]:
    overdue, unpriced = found.overdue_positions, found.unpriced_positions
    notes = [f"{overdue} overdue"] * bool(overdue) + [f"{unpriced} not priced"] * bool(unpriced)
    return [*_greeks_cells(found.greeks), ", ".join(notes)]


def _print_keys(found: AccountState) -> None:
    if found.cancel_at_ms:
        click.echo(f"All orders are dead from {time_text(found.cancel_at_ms)} on.")
    if found.protection:
        for line in protection_lines(found.protection):
            click.echo(line)
    if found.tier:
        click.echo(f"Its tier is {found.tier}, until {time_text(found.tier_expiry_ms)}.")
    if found.credit_limit_micro_usd:
        stands, now = (
            plain(usd(each)) for each in (found.credit_limit_micro_usd, found.credit_micro_usd)
        )
        until = time_text(found.credit_expiry_ms)
        of_whom = f"account {found.guarantor}'s money"
        click.echo(f"Its credit is {stands} USD, {of_whom}; {now} USD now, until {until}.")
    if found.guard_key:
        goes = found.guard_removal_ms
        until = f", until {time_text(goes)}: its removal is announced" if goes else ""
        click.echo(f"Withdrawals and keys need the guard key 0x{found.guard_key.hex()}{until}.")


def _profit_usd(position: Position) -> Decimal | None:
    profit = position.unrealised_profit_micro_usd
    return None if profit is None else usd(profit)


def _or_dash(value: Decimal | None) -> object:
    return "-" if value is None else value


@trade_command(
    "orders",
    click.option("--limit", default=100, show_default=True, type=LIMIT, help="Events looked at."),
    FROM_OPTION,
)
def orders(session: TradeSession, limit: int, sequence: int) -> None:
    """Show what became of the account's orders that rested, open or not."""
    from strikeproof.client import orders_of

    with session.client() as client:
        found = orders_of(client.order_events(from_sequence=sequence, limit=limit))
        terms = {each.id: each for each in client.instruments()}
    rows: list[list[object]] = [
        [
            terms[each.instrument].symbol,
            f"{each.slot}:{each.serial}",
            each.client_id or "-",
            "sell" if each.sell else "buy",
            terms[each.instrument].price_usd(each.price),
            each.filled_lots,
            each.lots_left,
            "open" if each.gone is None else each.gone.name.lower().replace("_", " "),
            each.finality,
        ]
        for each in found
    ]
    columns = ["symbol", "order", "client id", "side", "USD", "filled", "rest", "state", "finality"]
    session.show({"orders": found}, lambda: print_table("Orders", columns, rows))


@trade_command(
    "events",
    click.option("--limit", default=50, show_default=True, type=LIMIT),
    FROM_OPTION,
    click.option("--follow", is_flag=True, help="Go on with each new one, until Ctrl-C."),
)
def events(session: TradeSession, limit: int, sequence: int, follow: bool) -> None:
    """Show what happened to orders, triggers and positions: rested, filled, removed, refused; set,
    triggered, ended; funded, liquidated, deleveraged, settled. Oldest first."""
    with session.client() as client:
        terms = {each.id: each for each in client.instruments()}
        found = client.order_events(from_sequence=sequence, limit=limit)
        if not follow:
            rows = [_event_row(each, terms) for each in found]
            session.show({"events": found}, lambda: print_table("Events", EVENT_COLUMNS, rows))
            return
        after = found[-1].sequence + 1 if found else max(1, sequence)
        for each in chain(found, client.follow_orders(from_sequence=after)):
            session.show(each, lambda each=each: _print_event(each, terms))  # type: ignore[misc]


def _print_event(event: OrderEvent, terms: dict[int, Instrument]) -> None:
    click.echo("  ".join(map(cell, _event_row(event, terms))))


def _event_row(event: OrderEvent, terms: dict[int, Instrument]) -> list[object]:
    known = terms.get(event.instrument)
    of_order = not event.kind.is_of_position
    return [
        event.sequence,
        time.strftime("%H:%M:%S", time.gmtime(event.time_ms // 1000)),
        _what(event),
        known.symbol if known else "-",
        f"{event.slot}:{event.serial}" if event.slot else "-",
        ("sell" if event.sell else "buy") if known and (of_order or event.lots) else "-",
        _or_dash(_price(event, known) if known else None),
        event.lots if of_order or event.lots else "-",
        event.lots_left if of_order else "-",
        usd(event.fee_micro_usd) if of_order else "-",
        "-" if event.cash_micro_usd is None else usd(event.cash_micro_usd),
        f"{event.batch}:{event.segment}:{event.index}" if not event.from_inbox else "inbox",
    ]


def _price(event: OrderEvent, terms: Instrument) -> Decimal | None:
    """Return the price in USD: of what the house took or a settlement paid, the average."""
    if event.price:
        return terms.price_usd(event.price)
    if event.kind.name not in ("TAKEN_OVER", "SETTLED") or event.cash_micro_usd is None:
        return None
    ticks = Fraction(abs(event.cash_micro_usd), event.lots * terms.tick_value)
    nano = round(ticks * terms.index_per_tick)
    return Decimal(nano) / 10**9


def _what(event: OrderEvent) -> str:
    """Return what happened, and why, in a few words."""
    name = event.kind.name.lower().replace("_", " ")
    if event.is_liquidation:
        return f"{name}: liquidation"
    if event.is_block:
        return f"{name}: block trade"
    if event.equity_micro_usd is not None and event.maintenance_margin_micro_usd is not None:
        equity, needed = event.equity_micro_usd, event.maintenance_margin_micro_usd
        return f"{name}: equity {plain(usd(equity))} below {plain(usd(needed))}"
    if (trigger := event.trigger) is not None:
        return f"{name}: {_of_trigger(event, trigger)}"
    if event.kind.name == "MARGIN_MODE_SET":
        margin = event.portfolio_underlying
        return f"{name}: {f'portfolio, underlying {margin}' if margin else 'standard'}"
    if event.frozen_until_ms:
        until = time_text(event.frozen_until_ms)
        return f"{name}: underlying {event.protected_underlying}, frozen until {until}"
    why = event.reason or event.result
    return f"{name}: {why.name.lower().replace('_', ' ')}" if why else name


def _of_trigger(event: OrderEvent, trigger: EventTrigger) -> str:
    """Return which trigger it was, and what it waited for or came to."""
    place, price = f"place {trigger.place}", trigger.price_usd
    if trigger.ending is not None:
        return f"{place}, {trigger.ending.name.lower().replace('_', ' ')}"
    shown = "-" if price is None else plain(price)
    if event.kind.name == "TRIGGERED":
        came_to = event.result.name.lower().replace("_", " ") if event.result else "filled"
        return f"{place} at {shown}, {came_to}"
    source = "mark" if trigger.by_mark else "index"
    reduces = ", reduces" if trigger.reduce_only else ""
    return f"{place}, {source} {'≤' if trigger.falling else '≥'} {shown}{reduces}"


@trade_command(
    "finality",
    click.argument("op", type=OP_NAME),
    click.option("--follow", is_flag=True, help="Go on until it is final."),
)
def finality(session: TradeSession, op: bytes | tuple[int, int, int], follow: bool) -> None:
    """Show how far an op has come: OP is its hash, or BATCH:SEGMENT:INDEX."""
    with session.client() as client:
        if not follow:
            show_finality(session, client.finality(op))
            return
        for each in client.follow_finality(op):
            show_finality(session, each)


def show_finality(session: TradeSession, found: OpFinality) -> None:
    """Show how far an op has come."""
    session.show(found, lambda: print_finality(found))


def print_finality(found: OpFinality) -> None:
    """Print a line of how far an op has come."""
    line = f"{found.state}: batch {found.batch}, segment {found.segment}, op {found.index}"
    if found.batch_hash:
        line += f", L1 block {found.l1_block}"
    if found.final_at_ms:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.final_at_ms / 1000))
        line += f", window ends {when} UTC"
    click.echo(line)
    if found.change is not None:
        click.echo(str(found.change))
