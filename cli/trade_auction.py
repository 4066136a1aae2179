"""`strikeproof trade auctions`, `bid`: portfolios that no longer meet portfolio margin."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeSession, print_table, usd
from strikeproof.wire.constants import AUCTION_FRACTION_MIN_PPM, PPM
from strikeproof.wire.errors import RESULT_INFO, Result

if TYPE_CHECKING:
    from strikeproof.client import Auction, AuctionLots, BidMargin, Instrument

ACCOUNT = click.IntRange(1, 2**32 - 1)


class Percent(click.ParamType):
    """A share as percent, in millionths."""

    name = "percent"

    def __init__(self, least_ppm: int, most_ppm: int) -> None:
        self._least, self._most = least_ppm, most_ppm

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        """Return parts per million."""
        if isinstance(value, int):
            return value
        try:
            ppm = Decimal(str(value).removesuffix("%")) * (PPM // 100)
        except ArithmeticError:
            self.fail(f"{value!r} is not a percentage", param, context)
        if not ppm.is_finite() or ppm != int(ppm) or not self._least <= ppm <= self._most:
            least, most = self._least * 100 / PPM, self._most * 100 / PPM
            self.fail(f"{value!r} is not {least:g} to {most:g} percent, to the fourth digit")
        return int(ppm)


FRACTION = Percent(AUCTION_FRACTION_MIN_PPM, PPM)
DISCOUNT = Percent(0, PPM)


def percent(ppm: int) -> str:
    """Return a share as it is shown."""
    return f"{Decimal(ppm) * 100 / PPM:f} %"


@trade_command(
    "auctions",
    click.option("--fraction", type=FRACTION, help="What your bid would be for, percent."),
)
def auctions(session: TradeSession, fraction: int | None) -> None:
    """Show the portfolios that are auctioned, what a bid is paid now, and what yours would do.

    A bid takes the same fraction of every position, at marks, and is paid the discount: a share of
    the maintenance margin that it frees, from 5 percent at the beginning to 30 after a quarter of
    an hour. Without --fraction: as much as one bid may take. docs/protocol/auctions.md
    """
    with session.client() as client:
        found = client.auctions(bidder=client.account_id(), fraction_ppm=fraction or 0)
        terms = {each.id: each for each in client.instruments()}
        now_ms = client.now_ms()
    session.show(found, lambda: _print(found, terms, now_ms))


@trade_command(
    "bid",
    click.argument("account", type=ACCOUNT),
    click.argument("fraction", type=FRACTION),
    click.option("--discount", type=DISCOUNT, help="The least, percent; without it: as now."),
)
def bid(session: TradeSession, account: int, fraction: int, discount: int | None) -> None:
    """Take FRACTION percent of every position of ACCOUNT, which is auctioned.

    No more is taken than what brings the account back to its target. `trade auctions` says before
    what it would come to.
    """
    with session.client() as client:
        found = [each for each in client.auctions() if each.account == account]
        if not found:
            raise click.UsageError(f"account {account} is not being auctioned")
        ack = client.bid(found[0], fraction_ppm=fraction, discount_ppm=discount)
    session.finish(ack)


def _print(found: Sequence[Auction], terms: dict[int, Instrument], now_ms: int) -> None:
    if not found:
        click.echo("No portfolio is auctioned.")
    for each in found:
        minutes = Decimal(max(0, now_ms - each.begun_ms)) / 60_000
        click.echo(
            f"Account {each.account}: auctioned for {minutes:.1f} minutes, "
            f"discount {percent(each.discount_ppm)}, one bid takes {percent(each.most_ppm)} at most"
        )
        if each.equity_micro_usd is not None and each.maintenance_margin_micro_usd is not None:
            equity, asked = usd(each.equity_micro_usd), usd(each.maintenance_margin_micro_usd)
            click.echo(f"Equity {equity} USD, maintenance margin {asked} USD")
        if each.result is not Result.OK:
            click.echo(f"No bid passes now: {RESULT_INFO[each.result].meaning}")
        _print_lots("It holds", each.held, terms)
        if each.bid is not None and each.bid.fraction_ppm:
            _print_bid(each.bid, terms)


def _print_lots(title: str, held: Sequence[AuctionLots], terms: dict[int, Instrument]) -> None:
    rows = [
        [terms[each.instrument].symbol, each.lots, terms[each.instrument].price_usd(each.price)]
        for each in held
    ]
    print_table(title, ["symbol", "lots", "mark"], rows)


def _print_bid(found: BidMargin, terms: dict[int, Instrument]) -> None:
    _print_lots(f"Your bid for {percent(found.fraction_ppm)} takes", found.lots, terms)
    click.echo(f"You are paid {usd(found.paid_micro_usd)} USD")
    states = (found.before, found.after)
    rows: list[list[object]] = [
        [name.replace("_", " "), *(usd(getattr(each, f"{name}_micro_usd")) for each in states)]
        for name in ("equity", "initial_margin", "maintenance_margin")
    ]
    kind = "portfolio margin" if found.after.portfolio else "standard margin"
    print_table(f"Your margin, USD: {kind}", ["", "before", "after"], rows)
    if found.result is Result.OK:
        click.echo("Your bid would pass")
    else:
        click.echo(f"Your bid would not pass: {RESULT_INFO[found.result].meaning}")
