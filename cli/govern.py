"""`strikeproof govern`: the timelock, decoded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.confirmation import confirm
from strikeproof.cli.govern_schedule import schedule
from strikeproof.cli.trade_session import jsonable, tells_failures

if TYPE_CHECKING:
    from strikeproof.operate.operator_file import OperatorFile
    from strikeproof.operate.timelock import AnnouncedCall, DecodedCall, Timelock

Open = Callable[..., "tuple[OperatorFile, Timelock]"]


@click.group()
def group() -> None:
    """Announce, execute and cancel changes of a venue, and watch those of others.

    Every change waits in the timelock for its whole delay: anybody can read it, and leave before it
    happens. `list` and `watch` need no key. The file of --config has [l1] with `deployment`, and
    [key] for whoever owns the timelock; docs/operating.md shows one.

    \b
    Exit codes:
       0  done
       2  wrong arguments or configuration, or L1 refuses it: nothing was sent
       4  L1 does not answer, or has not included the transaction yet
    """


group.add_command(schedule)


def _command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command --config and --json, and one line for each failure."""

    @click.option(
        "--config",
        "path",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="TOML file with [l1] and [key].",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> None:
        tells_failures(function)(*args, **kwargs)

    return command


def _open(path: Path, *, sends: bool = False) -> tuple[OperatorFile, Timelock]:
    from strikeproof.config import load_config
    from strikeproof.operate.operator_file import OperatorFile
    from strikeproof.operate.timelock import Timelock

    config = load_config(path, OperatorFile)
    key = config.private_key(path) if sends else None
    return config, Timelock(config.l1, config.venue(), key)


@group.command(name="list")
@click.option("--all", "with_past", is_flag=True, help="Also what ran, expired or was cancelled.")
@_command
def list_calls(path: Path, as_json: bool, with_past: bool) -> None:
    """List the announced calls, decoded, each with the dates between which it can run."""
    from strikeproof.operate.timelock import CallState

    _, timelock = _open(path)
    summary, calls = timelock.summary(), timelock.calls()
    if not with_past:
        calls = [each for each in calls if each.state in (CallState.WAITING, CallState.READY)]
    if as_json:
        click.echo(json.dumps({**summary, "announced": jsonable(calls)}))
        return
    delay = timedelta(seconds=summary["delay_seconds"])
    seal = "sealed" if summary["sealed"] else "NOT SEALED: its owner can act at once"
    click.echo(f"timelock {summary['timelock']}, owner {summary['owner']}, delay {delay}, {seal}")
    _tell(calls)


def _tell(calls: Iterable[AnnouncedCall]) -> None:
    told = False
    for each in calls:
        told = True
        click.echo(f"{each.number:>4}  {each.state.value:<9} {each.call.text}")
        click.echo(f"      from {_date(each.ready_seconds)} to {_date(each.last_seconds)}")
    if not told:
        click.echo("no calls")


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@group.command()
@_command
def changes(path: Path, as_json: bool) -> None:
    """List what can be changed, and the fields of each change."""
    from strikeproof.operate.proposal import changes as all_changes

    config, _ = _open(path)
    found = all_changes(config.venue())
    if as_json:
        click.echo(json.dumps({each.name: list(each.fields) for each in found}))
        return
    for each in found:
        click.echo(f"{each.name:<18} {' '.join(each.fields)}")


_FIELDS = click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")


@group.command(name="set")
@click.argument("change")
@_FIELDS
@_command
def set_(path: Path, as_json: bool, change: str, fields: tuple[str, ...]) -> None:
    """Show the call that a CHANGE is, decoded and as bytes, and whether L1 would take it.

    Nothing is sent: a governor that is a multisig takes target and data from here. `govern changes`
    lists the changes and their fields. Lists are separated by commas.
    """
    call, warning, _ = _proposed(path, change, fields, sends=False)
    _show_call(call, warning, as_json)


@group.command()
@click.argument("change")
@_FIELDS
@click.option("--yes", is_flag=True, help="Announce without asking.")
@_command
def announce(path: Path, as_json: bool, change: str, fields: tuple[str, ...], yes: bool) -> None:
    """Announce a CHANGE: it can run once the timelock's delay is over.

    \b
    strikeproof govern announce set_fee feePerMegaWei=20000000000000 --config governor.toml
    strikeproof govern announce list_underlying symbol=ETH --config governor.toml
    """
    call, warning, timelock = _proposed(path, change, fields, sends=True)
    if not as_json:
        _show_call(call, warning, as_json)
    confirm("Announce it?", yes=yes, as_json=as_json)
    announced = timelock.announce(call)
    if as_json:
        click.echo(json.dumps({**jsonable(announced), "warning": warning}))
    else:
        click.echo(f"announced as call {announced.number}")
        _tell([announced])


def _proposed(
    path: Path, change: str, fields: tuple[str, ...], *, sends: bool
) -> tuple[DecodedCall, str | None, Timelock]:
    """Return a change's call, why it would revert now, if it would, and the timelock."""
    from strikeproof.client.l1_account import L1Refused
    from strikeproof.operate.proposal import proposed

    given: dict[str, str] = {}
    for each in fields:
        name, equals, value = each.partition("=")
        if not equals or name in given:
            raise click.UsageError(f"{each!r}: a field is given once, as NAME=VALUE")
        given[name] = value
    config, timelock = _open(path, sends=sends)
    call = proposed(config.venue(), change, given)
    try:
        timelock.check_call(call)
    except L1Refused as refused:
        return call, refused.reason, timelock
    return call, None, timelock


def _show_call(call: DecodedCall, warning: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**jsonable(call), "warning": warning}))
        return
    click.echo(call.text)
    click.echo(f"target  {call.address}")
    click.echo(f"data    {call.data}")
    if warning is not None:
        click.echo(f"warning: if it ran now, it {warning}", err=True)


@group.command()
@click.argument("number", type=click.IntRange(min=0))
@_command
def show(path: Path, as_json: bool, number: int) -> None:
    """Show one announced call, with its bytes."""
    _, timelock = _open(path)
    found = timelock.call(number)
    if as_json:
        click.echo(json.dumps(jsonable(found)))
        return
    _tell([found])
    _show_call(found.call, None, as_json)


@group.command()
@click.argument("number", type=click.IntRange(min=0))
@_command
def execute(path: Path, as_json: bool, number: int) -> None:
    """Run an announced call whose delay is over."""
    _, timelock = _open(path, sends=True)
    _done("executed", timelock.execute(number), as_json)


@group.command()
@click.argument("number", type=click.IntRange(min=0))
@_command
def cancel(path: Path, as_json: bool, number: int) -> None:
    """Drop an announced call, forever."""
    _, timelock = _open(path, sends=True)
    _done("cancelled", timelock.cancel(number), as_json)


def _done(what: str, call: AnnouncedCall, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"done": what, **jsonable(call)}))
    else:
        click.echo(f"{what}: {call.call.text}")


@group.command()
@click.option("--every", type=click.IntRange(1, 86_400), default=60, show_default=True)
@click.option("--once", is_flag=True, help="Look once, and end.")
@_command
def watch(path: Path, as_json: bool, every: int, once: bool) -> None:
    """Print each announced call, and each change of its state, one line each, until stopped.

    While L1 does not answer, that is reported on stderr, and the next look is as usual.
    """
    from strikeproof.failure import Transient

    _, timelock = _open(path)
    seen: dict[int, str] = {}
    while True:
        try:
            for each in timelock.calls():
                if seen.get(each.number) == each.state.value:
                    continue
                seen[each.number] = each.state.value
                if as_json:
                    click.echo(json.dumps(jsonable(each)))
                else:
                    dates = f"{_date(each.ready_seconds)} to {_date(each.last_seconds)}"
                    click.echo(f"{each.number:>4}  {each.state.value:<9} {dates}  {each.call.text}")
        except Transient as error:
            if once:
                raise
            click.echo(f"{error.code.name}: {error}", err=True)
        if once:
            return
        time.sleep(every)
