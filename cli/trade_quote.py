"""`strikeproof trade quote`: a bid and an ask of one instrument, by one action."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from strikeproof.cli.trade_arguments import CLIENT_ID, GOOD_FOR, ORDER_NAME, OrderName
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_orders import (
    FEE_OPTION,
    ROUND_OPTION,
    TICKS_OPTION,
    fee_ppm,
    price_ticks,
)
from strikeproof.cli.trade_session import TradeSession
from strikeproof.wire.constants import ORDER_LOTS_MAX, TimeInForce
from strikeproof.wire.units import Lots, Milliseconds

if TYPE_CHECKING:
    from strikeproof.client import Instrument, QuoteSide

_SIDE: Final = re.compile(r"([0-9]{1,13})@(.{1,40})", re.ASCII)


class _Side(click.ParamType):
    """LOTS@PRICE; returned as lots and the price's text."""

    name = "lots@price"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """Return lots and the price's text."""
        if isinstance(value, tuple):
            return value
        found = _SIDE.fullmatch(str(value))
        if found is None or not 1 <= int(found[1]) <= ORDER_LOTS_MAX:
            self.fail(f"{value!r} is not LOTS@PRICE, with 1 to {ORDER_LOTS_MAX} lots", param, ctx)
        return int(found[1]), found[2]


@trade_command(
    "quote",
    click.argument("instrument"),
    click.option("--bid", type=_Side(), help="What is bid, LOTS@PRICE."),
    click.option("--ask", type=_Side(), help="What is asked, LOTS@PRICE."),
    click.option("--old-bid", type=ORDER_NAME, help="The order that the bid replaces."),
    click.option("--old-ask", type=ORDER_NAME, help="The order that the ask replaces."),
    TICKS_OPTION,
    ROUND_OPTION,
    click.option("--good-for", type=GOOD_FOR, help="Seconds that both orders live."),
    click.option("--may-take", is_flag=True, help="Not post-only: a side that crosses takes."),
    click.option("--client-id", default=0, type=CLIENT_ID, help="A number of yours."),
    FEE_OPTION,
)
def quote(
    session: TradeSession,
    instrument: str,
    bid: tuple[int, str] | None,
    ask: tuple[int, str] | None,
    old_bid: OrderName | None,
    old_ask: OrderName | None,
    in_ticks: bool,
    rounding: str | None,
    good_for: int | None,
    may_take: bool,
    client_id: int,
    max_fee_ppm: int | None,
) -> None:
    """Quote INSTRUMENT on one side or both: the bid is the first line of the result.

    A side with an old order takes its place; an old order without a new side is cancelled. If an
    old order was filled on the way, its side is ORDER_NOT_FOUND, and the other side moves.
    """
    from strikeproof.client import Quote

    if not (bid or ask or old_bid or old_ask):
        raise click.UsageError("give --bid or --ask, or an order to cancel")
    with session.client() as client:
        terms = client.instrument(instrument)
        action = Quote(
            terms.id,
            _side(terms, bid, old_bid, in_ticks, rounding, sell=False),
            _side(terms, ask, old_ask, in_ticks, rounding, sell=True),
            TimeInForce.GTD if good_for else TimeInForce.GTC,
            not may_take,
            expiry_ms=Milliseconds(client.now_ms() + good_for * 1000 if good_for else 0),
            client_id=client_id,
        )
        ack = client.submit_actions(action, max_fee_ppm=fee_ppm(terms, max_fee_ppm))
    session.finish(ack, terms)


def _side(
    terms: Instrument,
    given: tuple[int, str] | None,
    old: OrderName | None,
    in_ticks: bool,
    rounding: str | None,
    *,
    sell: bool,
) -> QuoteSide:
    from strikeproof.client import QuoteSide

    slot, serial = (old.slot, old.serial) if old else (0, 0)
    if given is None:
        return QuoteSide(slot=slot, serial=serial)
    lots, price = given
    ticks = price_ticks(terms, price, in_ticks, rounding, sell=sell)
    return QuoteSide(ticks, Lots(lots), slot, serial)
