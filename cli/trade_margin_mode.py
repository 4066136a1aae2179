"""`strikeproof trade margin-mode`, `what-if`: which margin an account is under, and what a trade
would do to it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.trade_account import margin_words
from strikeproof.cli.trade_arguments import PRICED_LEG, LegText
from strikeproof.cli.trade_block import leg_of, print_margin
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_money import VERIFIER, forced_expiry_ms, forced_nonce, tell_forced
from strikeproof.cli.trade_money import force as force_op
from strikeproof.cli.trade_session import (
    ConfigIncomplete,
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
NONCE = click.IntRange(0, 2**64 - 1)


@trade_command(
    "margin-mode",
    click.argument("margin", metavar="UNDERLYING|standard"),
    click.option("--force", is_flag=True, help="Send it through L1's Inbox, as the owner."),
    VERIFIER,
    click.option("--nonce", type=NONCE, help="A forced op's nonce."),
)
def margin_mode(
    session: TradeSession, margin: str, force: bool, verifier: Path | None, nonce: int | None
) -> None:
    """Come under portfolio margin on UNDERLYING (its symbol or number), or go back: standard.

    Portfolio margin ends the orders and triggers that stand; then orders of options and perpetuals
    of the underlying are judged by a margin certificate. It takes no triggers. It needs
    10,000 USD of equity, options and perpetuals of one underlying, and no credit. Going back is
    never refused, but whoever then has less than standard maintenance is liquidated: `trade
    account` says before what either asks.
    With --force no sequencer can leave it out, and with --from-verifier or --nonce none is asked:
    UNDERLYING is its number then. A position is closed through L1 (`exit force close`) under
    standard margin alone. docs/protocol/portfolio-margin.md
    """
    if force:
        _force(session, _number_of(margin), verifier, nonce)
        return
    if verifier is not None or nonce is not None:
        raise click.UsageError("--from-verifier and --nonce go with --force")
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


def _number_of(text: str) -> int:
    """Return the number of an underlying that is named by it, 0 for standard margin."""
    if text.lower() == STANDARD:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) >= 2**16:
        raise click.UsageError(
            f"with --force an underlying's number, or {STANDARD!r}: not {text!r}"
        )
    return int(text)


def _force(
    session: TradeSession, underlying: int, verifier: Path | None, nonce: int | None
) -> None:
    from strikeproof.client import SetMarginMode

    account = session.config.account
    if account is None:
        raise ConfigIncomplete("account")
    if nonce is None:
        nonce = forced_nonce(session, account, verifier)
    op = SetMarginMode(account, nonce, forced_expiry_ms(), underlying)
    tell_forced(session, force_op(session, op))


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
