"""`strikeproof reporter`: report prices, and have L1 carry one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from strikeproof.cli.trade_session import tells_failures


@click.group()
def group() -> None:
    """Report prices: sources, median, refusal of the stale and the outlying, signatures.

    \b
    Exit codes:
       0  stopped by a signal, or done
       2  wrong arguments or configuration, or the key is no reporter's
       4  L1, a source or a peer does not answer, or too few agree
    """


_CONFIG = click.argument(
    "path", type=click.Path(path_type=Path, dir_okay=False), metavar="REPORTER.toml"
)


@group.command()
@_CONFIG
@tells_failures
def run(path: Path) -> None:
    """Sign the median of the sources on every beat and send it to the sequencers, until SIGTERM.

    What fails is an alarm in the log and a metric; the reporter goes on by itself when it is over.
    """
    from strikeproof.config import configure_logging, load_config
    from strikeproof.reporter.reporter_file import ReporterFile
    from strikeproof.reporter.reporter_process import run_reporter

    config = load_config(path, ReporterFile)
    configure_logging(config.log)
    asyncio.run(run_reporter(config))


@group.command()
@_CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def check(path: Path, as_json: bool) -> None:
    """Ask every source once and tell the price of each underlying; sign and send nothing."""
    from strikeproof.config import LogSection, configure_logging, load_config
    from strikeproof.failure import Transient
    from strikeproof.reporter.reporter_file import ReporterFile
    from strikeproof.reporter.source_check import check_sources

    configure_logging(LogSection(format="console", level="error"))
    config = load_config(path, ReporterFile)
    found = asyncio.run(check_sources(config))
    failure: Transient | None = None
    report = []
    for each in found:
        failure = each.failure or failure
        report.append(each.to_json())
        if not as_json:
            price = "no price" if each.price is None else f"{each.price.nano_usd / 10**9:,.9f} USD"
            click.echo(f"underlying {each.underlying}: {price}")
            for quote in each.quotes:
                click.echo(f"    {quote.source:<30} {quote.nano_usd / 10**9:,.9f} USD")
            for trouble in each.troubles:
                click.echo(f"    {trouble}")
    if as_json:
        click.echo(json.dumps({"underlyings": report}))
    if failure is not None:
        raise failure


@group.command()
@_CONFIG
@click.option("--underlying", required=True, type=click.IntRange(1, 2**16 - 1), metavar="ID")
@click.option(
    "--report",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file of signed prices, as a reporter serves them; besides the peers.",
)
@click.option("--dry-run", is_flag=True, help="Put the op together and print it; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def force(
    path: Path, underlying: int, files: tuple[Path, ...], dry_run: bool, as_json: bool
) -> None:
    """Have L1 carry a price: a quorum's reports, from the peers of the file, in one message.

    For a venue whose sequencer takes no prices. Anybody with ether may do it; the key pays.
    """
    from strikeproof.client.l1_account import L1Account
    from strikeproof.client.price_report import SignedReport, index_price_of
    from strikeproof.client.vault import TraderVault
    from strikeproof.config import load_config
    from strikeproof.deployment import Deployment
    from strikeproof.failure import Rejected
    from strikeproof.reporter.bounded_json import parse_json
    from strikeproof.reporter.forced_price import quorum_of, reports_in, served_reports
    from strikeproof.reporter.reporter_file import ReporterFile
    from strikeproof.reporter.reporter_set import read_reporter_set

    config = load_config(path, ReporterFile)
    if not (config.peers or files):
        raise click.UsageError("nobody to ask: give `peers` in the file, or --report")
    deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
    reporters = read_reporter_set(L1Account(config.l1, None), deployment)
    reports: list[SignedReport]
    reports, troubles = served_reports(config.peers)
    for each in files:
        try:
            reports += reports_in(parse_json(each.read_bytes()))
        except (OSError, ValueError, Rejected) as error:
            raise click.UsageError(f"{each}: {error}") from None
    domain = bytes.fromhex(deployment.domain_separator[2:])
    chosen = quorum_of(reports, underlying, reporters, domain, troubles)
    op = index_price_of(chosen)
    report = {
        "underlying": underlying,
        "publish_time_ms": chosen[0].publish_time_ms,
        "reporters": [each.reporter for each in chosen],
        "op": "0x" + op.hex(),
    }
    if not dry_run:
        sent = TraderVault(config.l1, deployment, config.key.private_key()).force(op)
        report |= {"inbox_index": sent.inbox_index, "block": sent.block_number}
    if as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name:<16} {value}")
