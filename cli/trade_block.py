"""`strikeproof trade block`: legs that two accounts agreed on, traded all at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import FEE_PPM, GOOD_FOR, PRICED_LEG, LegText
from strikeproof.cli.trade_command import group, trade_command
from strikeproof.cli.trade_orders import price_ticks
from strikeproof.cli.trade_session import MICRO, TradeSession, print_table, time_text, usd
from strikeproof.cli.verifier_arguments import ACCOUNT
from strikeproof.wire.constants import OPTION_FEE_CAP_PPM, PPM, InstrumentKind
from strikeproof.wire.errors import RESULT_INFO, Result
from strikeproof.wire.units import Lots

if TYPE_CHECKING:
    from strikeproof.client import BlockLeg, Client, Instrument
    from strikeproof.client.block_calls import BlockMargin
    from strikeproof.client.block_file import BlockFile

CONSENT_SECONDS = 300
UNKNOWN = (Result.PORTFOLIO_UNFIT, Result.PORTFOLIO_STALE)  # there is no figure afterwards
_PATH = click.Path(path_type=Path, dir_okay=False)


@group.group("block")
def block() -> None:
    """Trade up to eight legs with another account, all of them or none.

    \b
    propose   write the legs into a file; you will submit it
    show      read a file in words, from your side
    sign      as the other account: consent, once, for a while
    submit    sign as well, and send both

    docs/protocol/block-trades.md
    """


def leg_of(client: Client, leg: LegText) -> BlockLeg:
    """Return a leg in ticks of its instrument."""
    from strikeproof.client import BlockLeg

    terms = client.instrument(leg.instrument)
    ticks = price_ticks(terms, leg.price, in_ticks=False, rounding=None, sell=leg.sell)
    return BlockLeg(terms.id, leg.sell, ticks, Lots(leg.lots))


@trade_command(
    "propose",
    click.argument("file", type=_PATH),
    click.option("--with", "counterparty", type=ACCOUNT, required=True),
    click.option(
        "--leg",
        "legs",
        type=PRICED_LEG,
        multiple=True,
        required=True,
        help="'BTC-PERP sell 5 60000'.",
    ),
    of=block,
)
def propose(
    session: TradeSession, file: Path, counterparty: int, legs: tuple[LegText, ...]
) -> None:
    """Write legs into FILE, from your side, for the account --with to sign."""
    from strikeproof.client.block_file import BlockFile
    from strikeproof.client.op_check import check_op
    from strikeproof.client.operation import block_of

    with session.client() as client:
        venue = client.venue()
        account = client.account().id
        trade = block_of(account, counterparty, [leg_of(client, each) for each in legs])
        check_op(trade)
        found = BlockFile(venue.chain_id, venue.rollup, trade)
        found.write(file)
        _tell(session, client, found, account)


@trade_command("show", click.argument("file", type=_PATH), of=block)
def show(session: TradeSession, file: Path) -> None:
    """Read FILE in words, from your side, check it against the venue, and show what it would do to
    your margin."""
    with session.client() as client:
        found = _checked(client, file)
        _tell(session, client, found, client.account().id)


@trade_command(
    "sign",
    click.argument("file", type=_PATH),
    click.option("--good-for", default=CONSENT_SECONDS, show_default=True, type=GOOD_FOR),
    of=block,
)
def sign(session: TradeSession, file: Path, good_for: int) -> None:
    """Consent to FILE as its counterparty: once, for --good-for seconds.

    Whoever has the file can send it until then. Any op of yours with the consent's nonce takes it
    back; so does revoking the session.
    """
    from dataclasses import replace

    with session.client() as client:
        found = _checked(client, file)
        account = client.account().id
        if account != found.trade.counterparty:
            raise click.UsageError(f"account {found.trade.counterparty} signs this, not {account}")
        until = client.now_ms() + 1000 * good_for
        signed = replace(found, trade=client.consent(found.trade, expiry_ms=until))
        signed.write(file)
        _tell(session, client, signed, account)


@trade_command(
    "submit",
    click.argument("file", type=_PATH),
    click.option("--max-fee-ppm", type=FEE_PPM, help="Highest fee accepted."),
    of=block,
)
def submit(session: TradeSession, file: Path, max_fee_ppm: int | None) -> None:
    """Sign FILE as its submitter and send it, with the counterparty's signature."""
    with session.client() as client:
        found = _checked(client, file)
        account = client.account().id
        if account != found.trade.account:
            raise click.UsageError(f"account {found.trade.account} submits this, not {account}")
        if not found.is_signed:
            raise click.UsageError(f"account {found.trade.counterparty} has not signed it yet")
        ack = client.submit_block(found.trade, max_fee_ppm=max_fee_ppm)
    session.finish(ack)


def _checked(client: Client, file: Path) -> BlockFile:
    from strikeproof.client.block_file import BlockFile

    found = BlockFile.read(file)
    found.check(client)
    return found


def fee_micro_usd(terms: Instrument, price: int, lots: int) -> int:
    """Return what a side pays for a leg, rounded up; of an option at its present forward."""
    value = price * lots * terms.tick_value
    due = value * terms.taker_fee_ppm
    if terms.kind in (InstrumentKind.CALL, InstrumentKind.PUT):
        notional = terms.forward * lots * terms.tick_value
        due = min(notional * terms.taker_fee_ppm, value * OPTION_FEE_CAP_PPM)
    return -(-due // PPM)


def _tell(session: TradeSession, client: Client, found: BlockFile, account: int) -> None:
    """Show a file from an account's side."""
    trade = found.trade
    ours = account == trade.account
    is_party = account in (trade.account, trade.counterparty)
    margin = client.block_margin(trade, account=account) if is_party else None
    rows: list[list[object]] = []
    fees = 0
    for leg in trade.legs:
        terms = client.instrument(leg.instrument)
        fee = fee_micro_usd(terms, leg.price, leg.lots)
        fees += fee
        away = (leg.price - terms.mark_price) * 10_000 // max(1, terms.mark_price)
        value = Decimal(leg.price * leg.lots * terms.tick_value) / MICRO
        side = "sell" if leg.sell == ours else "buy"
        price = terms.price_usd(leg.price)
        rows.append(
            [terms.symbol, side, leg.lots, price, Decimal(away) / 100, value, Decimal(fee) / MICRO]
        )

    def table() -> None:
        who = f"Account {trade.account} with account {trade.counterparty}"
        seen = "as you see it" if is_party else "not yours"
        columns = ["instrument", "you", "lots", "USD", "% from mark", "value", "your fee"]
        print_table(f"{who}, {seen}", columns, rows)
        click.echo(f"All legs or none. Your fees: {Decimal(fees) / MICRO:f} USD")
        if found.is_signed:
            until = time_text(trade.counterparty_expiry_ms)
            click.echo(f"Account {trade.counterparty} has signed, good until {until}")
        else:
            click.echo(f"Account {trade.counterparty} has not signed yet")
        if margin is not None:
            print_margin(margin)

    session.show(
        {
            "trade": trade,
            "signed": found.is_signed,
            "fees_micro_usd": fees,
            "margin": margin,
        },
        table,
    )


def print_margin(margin: BlockMargin) -> None:
    """Print what the block would do to the margin of whoever reads it."""
    states = (margin.before, margin.after)
    is_portfolio = margin.result in UNKNOWN or any(each.portfolio for each in states)
    rows: list[list[object]] = []
    for name in ("equity", "initial_margin", "maintenance_margin"):
        was, becomes = (usd(getattr(each, f"{name}_micro_usd")) for each in states)
        known = [each.portfolio is is_portfolio or name == "equity" for each in states]
        change = becomes - was if all(known) else "-"
        shown = [
            value if is_known else "-"
            for value, is_known in zip((was, becomes), known, strict=True)
        ]
        rows.append([name.replace("_", " "), *shown, change])
    kind = "portfolio margin" if is_portfolio else "standard margin"
    title = f"Your margin if it were traded now, USD: {kind}"
    print_table(title, ["", "before", "after", "change"], rows)
    if margin.passes:
        click.echo("Your side passes")
        return
    click.echo(f"Your side does not pass: {margin.result.name}")
    click.echo(RESULT_INFO[margin.result].meaning)
