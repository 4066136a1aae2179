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
       2  wrong arguments or configuration, or the key is not a reporter's
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
    """Ask every source once and print the price of each underlying; sign and send nothing."""
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
@click.option("--underlying", type=click.IntRange(1, 2**16 - 1), metavar="ID", help="Its price.")
@click.option("--forward", type=click.IntRange(1, 2**16 - 1), metavar="EXPIRY", help="Its forward.")
@click.option("--settle", type=click.IntRange(1, 2**16 - 1), metavar="EXPIRY", help="Its end.")
@click.option(
    "--report",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file of signed reports, as a reporter serves them; besides the peers.",
)
@click.option("--dry-run", is_flag=True, help="Put the op together and print it; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def force(
    path: Path,
    underlying: int | None,
    forward: int | None,
    settle: int | None,
    files: tuple[Path, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Have L1 carry a price, a forward or a settlement: a quorum's reports, from the peers of the
    file, in one message.

    For a venue whose sequencer does not take them. Anybody with ether may do it; the key pays.
    """
    from strikeproof.client.l1_account import L1Account
    from strikeproof.client.vault import TraderVault
    from strikeproof.config import load_config
    from strikeproof.deployment import Deployment
    from strikeproof.failure import Rejected
    from strikeproof.reporter.bounded_json import parse_json
    from strikeproof.reporter.report_quorum import forced_op
    from strikeproof.reporter.reporter_file import ReporterFile
    from strikeproof.reporter.reporter_set import read_reporter_set
    from strikeproof.reporter.served_reports import reports_in, served_reports

    subject = {"underlying": underlying, "forward": forward, "settle": settle}
    chosen = {name: id_ for name, id_ in subject.items() if id_ is not None}
    if len(chosen) != 1:
        raise click.UsageError("give one of --underlying, --forward and --settle")
    config = load_config(path, ReporterFile)
    if not (config.peers or files):
        raise click.UsageError("nobody to ask: give `peers` in the file, or --report")
    deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
    reporters = read_reporter_set(L1Account(config.l1, None), deployment)
    reports, troubles = served_reports(config.peers)
    for each in files:
        try:
            reports.add(reports_in(parse_json(each.read_bytes())))
        except (OSError, ValueError, Rejected) as error:
            raise click.UsageError(f"{each}: {error}") from None
    domain = bytes.fromhex(deployment.domain_separator[2:])
    op, report = forced_op(reports, chosen, reporters, domain, troubles)
    if not dry_run:
        sent = TraderVault(config.l1, deployment, config.key.private_key()).force(op)
        report |= {"inbox_index": sent.inbox_index, "block": sent.block_number}
    if as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name:<16} {value}")


@group.command()
@_CONFIG
@click.option("--expiry", required=True, type=click.IntRange(1, 2**16 - 1), metavar="ID")
@click.option("--price", default=None, metavar="USD", help="Sign this; absent: only show.")
@click.option("--yes", is_flag=True, help="Decide without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def settle(path: Path, expiry: int, price: str | None, yes: bool, as_json: bool) -> None:
    """Show this reporter's own average of an expiry's last half hour, or say its price by hand.

    By hand where the own record has a hole: `no_settlement`. The running reporter signs what is
    decided here on its next beat.
    """
    from strikeproof.cli.confirmation import confirm
    from strikeproof.config import load_config
    from strikeproof.reporter.reporter_file import ReporterFile
    from strikeproof.reporter.settle_by_hand import decide, own_average, usd_price

    config = load_config(path, ReporterFile)
    nano_usd = None if price is None else usd_price(price)
    found = own_average(config, expiry)
    report = found.to_json()
    if nano_usd is not None:
        confirm(
            f"Sign {price} USD for expiry {expiry}? {found.doubt(nano_usd)}",
            yes=yes,
            as_json=as_json,
        )
        decide(config, found, nano_usd)
        report["decided_nano_usd"] = str(nano_usd)
    if as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name:<20} {value}")
