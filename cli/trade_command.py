"""The group of `strikeproof trade`, and what makes a function a command of such a group."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from strikeproof.cli.trade_session import EXIT_CODES, TlsOptions, TradeSession, tells_failures

_FILE = click.Path(path_type=Path, dir_okay=False)
HELP = f"""Deposit, place and cancel orders, follow their finality, withdraw.

Prices are in USD of the underlying (or ticks with --ticks), sizes in lots.

{EXIT_CODES}"""


_CONNECTION: Final = (
    click.option(
        "--config",
        "path",
        type=click.Path(path_type=Path),
        envvar="STRIKEPROOF_TRADER",
        help="TOML: endpoint, account, [key], [l1]; or variable STRIKEPROOF_TRADER.",
    ),
    click.option(
        "--endpoint",
        help="Sequencer, host:port (or several, with commas): for reading without --config.",
    ),
    click.option("--ca", type=_FILE, help="Who signed the sequencer's certificate: TLS."),
    click.option("--cert", type=_FILE, help="Your certificate, if the sequencer asks for one."),
    click.option("--key", type=_FILE, help="The key of --cert."),
)


def connected_group(text: str) -> click.Group:
    """Return a group with this help, whose commands (`trade_command`) share a connection."""

    @click.pass_context
    def keep(
        ctx: click.Context,
        path: Path | None,
        endpoint: str | None,
        ca: Path | None,
        cert: Path | None,
        key: Path | None,
    ) -> None:
        """Keep the options for the command: its --help needs none of them."""
        ctx.obj = (path, endpoint, TlsOptions(ca, cert, key))

    wrapped: Any = keep
    for each in reversed(_CONNECTION):
        wrapped = each(wrapped)
    made: click.Group = click.group(help=text)(wrapped)
    return made


group = connected_group(HELP)


def trade_command(
    name: str, *options: Callable[..., Any], of: click.Group = group
) -> Callable[..., Any]:
    """Return what makes a function a command of the group, or of one in it, with --json and
    failures reported."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.pass_context
        @wraps(function)
        def call(ctx: click.Context, /, *, as_json: bool, **values: Any) -> None:
            def run() -> None:
                path, endpoint, tls = ctx.obj
                session = TradeSession.of_options(path, endpoint, tls, as_json=as_json)
                function(session, **values)

            tells_failures(run)()

        wrapped: Any = call
        json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
        for each in (json_option, *reversed(options)):
            wrapped = each(wrapped)
        command: click.Command = of.command(name)(wrapped)
        return command

    return decorate
