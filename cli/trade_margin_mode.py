"""`strikeproof trade margin-mode`, `what-if`: which margin an account is under, and what a trade
would do to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.trade_account import margin_words
from strikeproof.cli.trade_arguments import PRICED_LEG, LegText
from strikeproof.cli.trade_block import leg_of, print_margin
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import (
    TradeExitCode,
    TradeSession,
    exit_code_of_ack,
    jsonable,
    plain,
    print_ack,
    usd,
)
from strikeproof.wire.constants import PORTFOLIO_EQUITY_MIN
from strikeproof.wire.errors import Result

if TYPE_CHECKING:
    from strikeproof.client import AccountState, Ack, Instrument

STANDARD = "standard"


@trade_command("margin-mode", click.argument("margin", metavar="UNDERLYING|standard"))
def margin_mode(session: TradeSession, margin: str) -> None:
    """Come under portfolio margin on UNDERLYING (its symbol or number), or go back: standard.

    Portfolio margin ends all orders and triggers of the account and takes none: it trades by blocks
    and requests for quotes (`trade block`, `trade rfq`). It needs 10,000 USD of equity, options and
    perpetuals of one underlying, and no credit. Going back is never refused, but whoever then has
    less than standard maintenance is liquidated: `trade account` says before what either asks.
    docs/protocol/portfolio-margin.md
    """
    with session.client() as client:
        terms = {each.id: each for each in client.instruments()}
        underlying = _underlying_of(terms, margin)
        ack = client.set_margin_mode(underlying)
        found = client.account()
    if exit_code_of_ack(ack) is not TradeExitCode.OK:
        reasons = _reasons(ack.result, found, terms, underlying)
        answer = jsonable(ack) | {"reasons": reasons}
        session.show(answer, lambda: _print_refusal(ack, reasons))
        raise SystemExit(TradeExitCode.ACTION_REFUSED)
    session.show(
        {
            "portfolio_underlying": found.portfolio_underlying,
            "available_micro_usd": found.available_micro_usd,
        },
        lambda: click.echo(f"Under {margin_words(found, terms)}."),
    )


def _symbols(terms: dict[int, Instrument]) -> dict[int, str]:
    return {each.underlying: each.underlying_symbol for each in terms.values()}


def _underlying_of(terms: dict[int, Instrument], text: str) -> int:
    """Return the number of an underlying, 0 for standard margin."""
    if text.lower() == STANDARD or text == "0":
        return 0
    symbols = _symbols(terms)
    for number, symbol in symbols.items():
        if text in (symbol, str(number)):
            return number
    known = ", ".join(symbols.values())
    raise click.UsageError(f"no underlying {text!r}; there are {known}, and {STANDARD!r}")


def _reasons(
    result: Result, found: AccountState, terms: dict[int, Instrument], underlying: int
) -> list[dict[str, Any]]:
    """Return what can be known of why the account may not come under portfolio margin."""
    from strikeproof.client.portfolio_fit import portfolio_obstacles

    if result in (Result.PORTFOLIO_UNFIT, Result.PORTFOLIO_STALE):
        obstacles = portfolio_obstacles(found, terms, underlying)
        return [asdict(each) | {"result": each.result.name} for each in obstacles]
    if result is Result.MARGIN_INSUFFICIENT:
        margin = found.portfolio_margin
        needed = margin.required_micro_usd if margin else PORTFOLIO_EQUITY_MIN
        words = f"{_usd(found.equity_micro_usd)} USD of equity, {_usd(needed)} USD are asked for"
        return [{"reason": words}]
    return []


def _usd(micro_usd: int) -> str:
    return plain(usd(micro_usd))


def _print_refusal(ack: Ack, reasons: list[dict[str, Any]]) -> None:
    print_ack(ack, None)
    for each in reasons:
        name = f"{each['symbol']}: " if "symbol" in each else ""
        click.echo(f"  {name}{each['reason']}")


@trade_command(
    "what-if",
    click.option(
        "--leg",
        "legs",
        type=PRICED_LEG,
        multiple=True,
        required=True,
        help="'BTC-PERP sell 5 60000', as you would trade it; up to eight.",
    ),
)
def what_if(session: TradeSession, legs: tuple[LegText, ...]) -> None:
    """Show what a block, or a quote of yours that is taken, would do to your margin now.

    By the margin that the account is under, standard or portfolio margin. Of the law's checks this
    is the margin test alone: band, limits and the like are judged when it is traded.
    """
    with session.client() as client:
        found = client.half_margin(client.account().id, [leg_of(client, each) for each in legs])
        session.show(found, lambda: print_margin(found))
