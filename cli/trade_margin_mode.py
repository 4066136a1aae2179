"""`strikeproof trade margin-mode`: portfolio margin on an underlying, or standard margin."""

from __future__ import annotations

import click

from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeExitCode, TradeSession, exit_code_of_ack


@trade_command("margin-mode", click.argument("underlying", type=click.IntRange(0, 2**16 - 1)))
def margin_mode(session: TradeSession, underlying: int) -> None:
    """Come under portfolio margin on UNDERLYING (its number), or under standard margin (0).

    All orders and triggers of the account end. Under portfolio margin it trades by blocks and
    requests for quotes. docs/protocol/portfolio-margin.md
    """
    with session.client() as client:
        ack = client.set_margin_mode(underlying)
        if exit_code_of_ack(ack) is not TradeExitCode.OK:
            session.finish(ack)
            return
        found = client.account().portfolio_underlying
    text = f"portfolio margin on underlying {found}" if found else "standard margin"
    session.show({"portfolio_underlying": found}, lambda: click.echo(f"Under {text}."))
