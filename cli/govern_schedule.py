"""`strikeproof govern schedule`: list what a schedule says, by the timelock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strikeproof.cli.confirmation import confirm
from strikeproof.cli.trade_session import jsonable, tells_failures

if TYPE_CHECKING:
    from strikeproof.operate.listing_schedule import Step, VenueListing
    from strikeproof.operate.schedule_file import ScheduleFile

PIPE_WIDTH = 160


@click.command()
@click.argument(
    "schedule_path", type=click.Path(path_type=Path, dir_okay=False), metavar="SCHEDULE.toml"
)
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with [l1] and, to send, [key].",
)
@click.option("--send", is_flag=True, help="Announce, execute and cancel; without it: show.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def schedule(schedule_path: Path, path: Path, send: bool, yes: bool, as_json: bool) -> None:
    """List expiries, futures, calls and puts as a schedule says: dailies, weeklies, monthlies,
    quarterlies, with strikes by delta.

    Shows what is listed, what waits, and what is to announce, execute or cancel; --send does it.
    Run it again, by a timer: what is done is not done again. docs/operating.md shows a schedule.
    """
    from strikeproof.config import load_config
    from strikeproof.operate.listing_bot import carry_out, planned, step_json
    from strikeproof.operate.operator_file import OperatorFile
    from strikeproof.operate.proposal import proposed
    from strikeproof.operate.schedule_file import load_schedule
    from strikeproof.operate.timelock import Timelock

    given = load_schedule(schedule_path)
    config = load_config(path, OperatorFile)
    deployment = config.venue()
    key = config.private_key(path) if send else None
    timelock = Timelock(config.l1, deployment, key)
    steps, venue = planned(given, timelock)
    report = [step_json(each) for each in steps]
    for each, told in zip(steps, report, strict=True):
        if each.fields is not None:
            told["call_data"] = jsonable(proposed(deployment, each.what, each.fields))
    if not as_json:
        _print(given, steps, venue)
    to_do = [each for each in steps if each.kind.value in ("announce", "execute", "cancel")]
    done = []
    if send and to_do:
        confirm(f"Send {len(to_do)} transactions?", yes=yes, as_json=as_json)
        done = carry_out(steps, timelock, deployment)
    if as_json:
        sent = [{**step_json(each.step), "call": each.number} for each in done]
        click.echo(json.dumps({"plan": report, "done": sent}))
        return
    for each_done in done:
        step = each_done.step
        click.echo(f"{step.kind.value}: {step.what} {step.symbol}, call {each_done.number}")
    if not to_do:
        click.echo("nothing to do")


def _print(given: ScheduleFile, steps: list[Step], venue: VenueListing) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH)
    has_options = any(each.options for each in given.series)
    table = Table(title="Schedule")
    for name in ("expiry", "series", "message", "symbol", "step", "call", "why"):
        table.add_column(name)
    if has_options:
        table.add_column("strikes by delta")
    for each in steps:
        when = datetime.fromtimestamp(each.expiry_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        row = [
            when,
            each.series.value,
            each.what,
            each.symbol,
            each.kind.value,
            "" if each.number is None else str(each.number),
            each.why,
        ]
        if has_options:
            row.append(_strikes(given, venue, each))
        table.add_row(*row)
    console.print(table)


def _strikes(given: ScheduleFile, venue: VenueListing, step: Step) -> str:
    from strikeproof.operate.listing_bot import strikes_of

    if step.what != "list_expiry":
        return ""
    found = strikes_of(given, venue, step.symbol.rpartition("-")[0], step.expiry_ms)
    if found is None or isinstance(found, str):
        return found or ""
    return " ".join(f"{each / 10**9:,.10g}" for each in found)
