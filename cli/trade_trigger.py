"""`strikeproof trade trigger set`, `cancel`, `list`: orders that wait for a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import CLIENT_ID, FEE_PPM, GOOD_FOR
from strikeproof.cli.trade_command import group, trade_command
from strikeproof.cli.trade_orders import TICKS_OPTION, fee_ppm, price_ticks
from strikeproof.cli.trade_session import TradeSession, print_table
from strikeproof.cli.verifier_arguments import LOTS
from strikeproof.wire.constants import TRIGGERS_MAX

if TYPE_CHECKING:
    from strikeproof.client import Instrument, Trigger

PLACE = click.IntRange(0, TRIGGERS_MAX - 1)


@group.group("trigger")
def trigger() -> None:
    """Stop-losses and take-profits: orders that wait for a price, and then take at once.

    One belongs to a position or open order of its instrument, and dies with it.
    """


@trade_command(
    "set",
    click.argument("instrument"),
    click.argument("place", type=PLACE),
    click.argument("side", type=click.Choice(["buy", "sell"])),
    click.argument("lots", type=LOTS),
    click.argument("direction", type=click.Choice(["above", "below"])),
    click.argument("price"),
    click.option("--limit", help="The order's limit; without it, any price within the band."),
    TICKS_OPTION,
    click.option("--index", "by_index", is_flag=True, help="Wait for the index, not the mark."),
    click.option("--may-open", is_flag=True, help="Not only reduce the position."),
    click.option("--good-for", type=GOOD_FOR, help="Seconds that it waits; without it: forever."),
    click.option("--client-id", default=0, type=CLIENT_ID, help="A number of yours."),
    click.option("--max-fee-ppm", type=FEE_PPM, help="Highest taker fee accepted."),
    of=trigger,
)
def set_trigger(
    session: TradeSession,
    instrument: str,
    place: int,
    side: str,
    lots: int,
    direction: str,
    price: str,
    limit: str | None,
    in_ticks: bool,
    by_index: bool,
    may_open: bool,
    good_for: int | None,
    client_id: int,
    max_fee_ppm: int | None,
) -> None:
    """Let an order wait at PLACE (0 to 7) of INSTRUMENT, whatever waits there:
    INSTRUMENT PLACE buy|sell LOTS above|below PRICE."""
    sells = side == "sell"
    with session.client() as client:
        terms = client.instrument(instrument)
        at = price_ticks(terms, price, in_ticks, None, sell=sells)
        worst = None if limit is None else price_ticks(terms, limit, in_ticks, None, sell=sells)
        ack = client.set_trigger(
            terms.id,
            place,
            sell=sells,
            lots=lots,
            trigger_price_nano_usd=at * terms.index_per_tick,
            falling=direction == "below",
            limit=worst,
            by_mark=not by_index,
            reduce_only=not may_open,
            max_fee_ppm=fee_ppm(terms, max_fee_ppm),
            expiry_ms=client.now_ms() + 1000 * good_for if good_for else 0,
            client_id=client_id,
        )
    session.finish(ack, terms)


@trade_command(
    "cancel", click.argument("instrument"), click.argument("place", type=PLACE), of=trigger
)
def cancel(session: TradeSession, instrument: str, place: int) -> None:
    """Take back what waits at PLACE of INSTRUMENT."""
    with session.client() as client:
        terms = client.instrument(instrument)
        ack = client.cancel_trigger(terms.id, place)
    session.finish(ack, terms)


@trade_command("list", of=trigger)
def list_triggers(session: TradeSession) -> None:
    """Show the account's triggers; a dead one can be taken back or overwritten."""
    with session.client() as client:
        found = client.account().triggers
        terms = {each.id: each for each in client.instruments()}
    session.show(found, lambda: _print(found, terms))


def _print(found: tuple[Trigger, ...], terms: dict[int, Instrument]) -> None:
    print_table(
        "Triggers",
        ["symbol", "place", "side", "lots", "fires", "USD", "limit", "reduces", "state"],
        [_row(terms[each.instrument], each) for each in found],
    )


def _row(terms: Instrument, found: Trigger) -> list[object]:
    source = "mark" if found.by_mark else "index"
    return [
        terms.symbol,
        found.place,
        "sell" if found.sell else "buy",
        found.lots,
        f"{source} {'≤' if found.falling else '≥'}",
        found.trigger_price_usd,
        terms.price_usd(found.limit),
        "yes" if found.reduce_only else "no",
        "dead" if found.dead else "waits",
    ]
