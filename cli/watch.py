"""`strikeproof watch`: a venue in the terminal, from L1, a verifier's store and its metrics."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.failure import Broken, Rejected, Transient

if TYPE_CHECKING:
    from strikeproof.verifier.config import VerifierConfig
    from strikeproof.verifier.inspection.venue_overview import VenueLook


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="STRIKEPROOF_VERIFIER_CONFIG",
    help="The verifier's TOML file: its store and metrics are read, nothing is sent.",
)
@click.option("--every", default=2.0, show_default=True, type=click.FloatRange(0.2, 3_600))
@click.option("--once", is_flag=True, help="Look once and end, with the result as exit code.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a look.")
@click.option("--metrics", help="URL of the node's metrics, if not the file's own port.")
def group(config_path: Path, every: float, once: bool, as_json: bool, metrics: str | None) -> None:
    """Watch a venue: claims and deadlines, own actions, alarms, inbox, Vault, announced changes.

    What needs somebody is in the panel `attention`, the worst first.

    \b
    Exit codes of --once:
       0  nothing needs anybody
       2  wrong arguments or configuration
       4  a claim that stands is wrong
       7  L1 endpoints fail or disagree
       8  there is no store yet, or it is another's
       9  something else needs attention
    """
    from strikeproof.config import LogSection, configure_logging, load_config
    from strikeproof.verifier.config import VerifierConfig
    from strikeproof.verifier.exit_code import ExitCode, exit_code_of

    configure_logging(LogSection(format="console", level="error"))
    try:
        config = load_config(config_path, VerifierConfig)
        look = _opened(config, metrics)
        report = look.look()
        if once:
            _show_once(report, as_json)
            wrong = report["claims"]["wrong"] > 0
            bad = ExitCode.WRONG_CLAIM if wrong else ExitCode.UNHEALTHY
            sys.exit(bad if report["attention"] else ExitCode.OK)
        _follow(look, report, every, as_json)
    except KeyboardInterrupt:
        sys.exit(0)
    except (Rejected, Transient, Broken) as error:
        click.echo(f"watch: {error}", err=True)
        sys.exit(exit_code_of(error))


def _opened(config: VerifierConfig, metrics: str | None) -> VenueLook:
    from strikeproof.verifier.inspection.venue_overview import VenueLook, Watched
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    client = config.l1.client()
    contracts = find_contracts(config, client)
    parts = VerifierParts(client, contracts, config.store_path, writable=False, is_live=True)
    port = config.metrics.port
    url = metrics or (None if port is None else f"http://{config.metrics.host}:{port}/metrics")
    return VenueLook(parts, Watched(_address(config), config.intents_path, url))


def _address(config: VerifierConfig) -> bytes | None:
    """Return the address of the node's key without opening it, where that can be."""
    from strikeproof.keystore import KeyUnavailable, address_in

    if config.key is None:
        return None
    if config.key.keystore is not None:
        named = address_in(config.key.keystore)
        if named is not None:
            return bytes.fromhex(named[2:])
    try:
        return config.key.signer().address
    except KeyUnavailable:
        return None


def _show_once(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    from rich.console import Console

    from strikeproof.cli.watch_view import picture

    console = Console()
    console.print(picture(report, console.width))


def _follow(look: VenueLook, report: dict[str, Any], every: float, as_json: bool) -> None:
    """Look again and again, until interrupted; what L1 does not answer is reported, and retried."""
    if as_json:
        while True:
            click.echo(json.dumps(report))
            time.sleep(every)
            report = _again(look, report)
    from rich.console import Console
    from rich.live import Live

    from strikeproof.cli.watch_view import picture

    console = Console()
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while True:
            live.update(picture(report, console.width), refresh=True)
            time.sleep(every)
            report = _again(look, report)


def _again(look: VenueLook, before: dict[str, Any]) -> dict[str, Any]:
    try:
        return look.look()
    except Transient as error:
        known = [each for each in before["attention"] if not each.startswith("L1: ")]
        return {**before, "attention": [f"L1: {error}; what follows is old", *known]}
