"""`strikeproof mcp`: the venue as tools of the Model Context Protocol."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from strikeproof.failure import Broken, Rejected, Transient

_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
EXIT_REJECTED = 2
EXIT_FAILED = 3


@click.command()
@click.option("--sequencer", required=True, metavar="HOST:PORT", help="The node's API.")
@click.option("--ca", type=_FILE, help="Who signed the sequencer's certificate: TLS.")
@click.option("--cert", type=_FILE, help="Your certificate, if the sequencer asks for one.")
@click.option("--key", type=_FILE, help="The key of --cert.")
@click.option("--account", type=click.IntRange(1), help="Whose margin and orders are read.")
@click.option("--key-env", metavar="NAME", help="Variable with the session's key, as 0x text.")
@click.option("--keystore", type=_FILE)
@click.option("--password-file", type=_FILE)
@click.option("--session", type=click.IntRange(1, 3), help="The slot that the key was granted.")
@click.option("--market", "markets", multiple=True, metavar="SYMBOL", help="That may be traded.")
@click.option("--order-usd", metavar="USD", help="Most that one order may be worth.")
@click.option("--exposure-usd", metavar="USD", help="Most of positions and open orders together.")
def group(
    sequencer: str,
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    account: int | None,
    key_env: str | None,
    keystore: Path | None,
    password_file: Path | None,
    session: int | None,
    markets: tuple[str, ...],
    order_usd: str | None,
    exposure_usd: str | None,
) -> None:
    """Serve reads, what-if and, within limits, orders on standard input and output.

    Without a key it only reads. Trading needs a *session's* key, granted by the owner, which can
    neither withdraw nor grant: an owner's key is refused. --account, --session, --market,
    --order-usd and --exposure-usd bound what it signs, whatever it is asked for.

    Exit status: 0 ended, 2 an option is wrong, 3 it cannot go on.
    """
    if find_spec("mcp") is None:
        raise click.UsageError("this needs the extra mcp: pip install 'strikeproof[mcp]'")

    from strikeproof.cli.trade_session import TlsOptions
    from strikeproof.client import Tls, Wallet
    from strikeproof.gateway.tool_server.tool_server import tool_server
    from strikeproof.gateway.tool_server.trading_limits import TradingLimits
    from strikeproof.gateway.tool_server.venue_tools import VenueTools
    from strikeproof.keystore import load_private_key

    wallet = limits = None
    try:
        if key_env is not None or keystore is not None:
            if None in (account, session, order_usd, exposure_usd) or not markets:
                names = "--account, --session, --market, --order-usd and --exposure-usd"
                raise click.UsageError(f"a key needs {names}")
            wallet = Wallet(
                load_private_key(keystore=keystore, password_file=password_file, key_env=key_env)
            )
            bounds = (_usd(str(order_usd)), _usd(str(exposure_usd)))
            limits = TradingLimits(account or 0, frozenset(markets), *bounds)
        slot = session or 0
        files = TlsOptions(ca, cert, key).fields
        tls = Tls(**files) if files else None

        def tools() -> VenueTools:
            return VenueTools(sequencer, account, wallet, slot, limits, tls=tls)

        tool_server(tools, limits).run("stdio")
    except (Rejected, Broken, Transient) as failure:
        click.echo(f"{type(failure).__name__} ({failure.code.name}): {failure}", err=True)
        raise SystemExit(EXIT_REJECTED if isinstance(failure, Rejected) else EXIT_FAILED) from None


def _usd(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise click.BadParameter(f"{text} is not an amount above 0")
    return found
