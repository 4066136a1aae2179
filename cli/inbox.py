"""`strikeproof inbox`: messages from L1 that no sequencer can leave out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.confirmation import confirm
from strikeproof.cli.trade_session import jsonable, tells_failures

if TYPE_CHECKING:
    from strikeproof.client.l1_account import L1Account
    from strikeproof.deployment import Deployment


MOMENTS = frozenset({"now_seconds", "oldest_seconds", "due_seconds", "anybody_from_seconds"})


@click.group()
def group() -> None:
    """Show what waits in the Inbox, force an op in, post what is overdue.

    A sequencer must consume each message in time; when the oldest is overdue by the grace, anybody
    may post a batch of messages. The file of --config is that of `strikeproof govern`.

    \b
    Exit codes:
       0  done
       2  wrong arguments or configuration, nothing overdue, or L1 refuses it
       4  L1 does not answer, or has not included the transaction yet
    """


def _command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command --config and --json, and one line for each failure."""

    @click.option(
        "--config",
        "path",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="TOML file with [l1] and [key].",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> None:
        tells_failures(function)(*args, **kwargs)

    return command


def _open(path: Path, *, sends: bool = False) -> tuple[L1Account, Deployment]:
    from strikeproof.client.l1_account import L1Account
    from strikeproof.config import load_config
    from strikeproof.operate.operator_file import OperatorFile

    config = load_config(path, OperatorFile)
    return L1Account(config.l1, config.private_key(path) if sends else None), config.venue()


@group.command()
@_command
def show(path: Path, as_json: bool) -> None:
    """Show how many messages wait, since when, from when on anybody may post them, and what the
    next ones cost: backlog in law-gas, fees in wei."""
    from strikeproof.operate.waiting_messages import inbox_state

    state = inbox_state(*_open(path))
    if as_json:
        click.echo(json.dumps(state.to_json()))
        return
    for name, value in state.to_json().items():
        if name in MOMENTS and value is not None:
            moment = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            click.echo(f"{name.removesuffix('_seconds'):<21} {moment}")
        else:
            click.echo(f"{name.removesuffix('_seconds') if name in MOMENTS else name:<21} {value}")


@group.command()
@click.argument("op", metavar="0xHEX|FILE")
@_command
def submit(path: Path, as_json: bool, op: str) -> None:
    """Send one OP, as hex or in a file, to the Inbox, and pay its fee.

    `strikeproof trade withdraw --force` and the other commands of a trader make the op themselves.
    """
    from strikeproof.client.vault import TraderVault
    from strikeproof.config import load_config
    from strikeproof.operate.operator_file import OperatorFile
    from strikeproof.operate.waiting_messages import is_one_op

    text = op
    if not op.startswith("0x"):
        try:
            text = Path(op).read_text("utf-8").strip()
        except OSError as error:
            raise click.UsageError(f"{op}: {error.strerror}; an op in hex begins with 0x") from None
        except UnicodeDecodeError:
            raise click.UsageError(f"{op}: not a text") from None
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise click.UsageError("an op is 0x and hex digits") from None
    if not is_one_op(data):
        raise click.UsageError(
            f"{len(data)} bytes that are not one op: its type, its length, and as many bytes"
        )
    config = load_config(path, OperatorFile)
    vault = TraderVault(config.l1, config.venue(), config.private_key(path))
    sent = vault.force(data)
    if as_json:
        click.echo(json.dumps(jsonable(sent)))
    else:
        click.echo(f"inbox message {sent.inbox_index} in block {sent.block_number}")


@group.command()
@_command
def post(path: Path, as_json: bool) -> None:
    """Post the messages that wait as a batch, once they are overdue: anybody may."""
    from strikeproof.operate.waiting_messages import post_overdue

    posted = post_overdue(*_open(path, sends=True))
    if as_json:
        click.echo(json.dumps(jsonable(posted)))
    else:
        click.echo(f"batch {posted.number} consumes {posted.consumed} messages")


@group.command(name="report-l1")
@_command
def report_l1(path: Path, as_json: bool) -> None:
    """Tell the law what L1's gas costs now: it charges ops' bytes by an average of such reports.

    Anybody may, once a minute; the poster of a sequencer whose venue charges does.
    """
    from strikeproof.client.vault import TraderVault
    from strikeproof.config import load_config
    from strikeproof.operate.operator_file import OperatorFile

    config = load_config(path, OperatorFile)
    sent = TraderVault(config.l1, config.venue(), config.private_key(path)).report_l1()
    if as_json:
        click.echo(json.dumps(jsonable(sent)))
    else:
        click.echo(f"inbox message {sent.inbox_index} in block {sent.block_number}")


@group.command(name="pay-in")
@click.argument("pool", type=click.Choice(["fee_pool", "insurance_fund"]))
@click.argument("amount_micro_usd", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Pay without asking.")
@_command
def pay_in(path: Path, as_json: bool, pool: str, amount_micro_usd: int, yes: bool) -> None:
    """Give AMOUNT_MICRO_USD of the key's tokens to a pool of the venue, for good.

    Governance alone pays out of pools.
    """
    from strikeproof.client.vault import TraderVault
    from strikeproof.config import load_config
    from strikeproof.operate.operator_file import OperatorFile
    from strikeproof.wire.constants import Pool

    config = load_config(path, OperatorFile)
    vault = TraderVault(config.l1, config.venue(), config.private_key(path))
    confirm(f"Give {amount_micro_usd} micro-USD to the {pool}?", yes=yes, as_json=as_json)
    paid = vault.pay_in(Pool[pool.upper()], amount_micro_usd)
    if as_json:
        click.echo(json.dumps(jsonable(paid)))
    else:
        click.echo(f"{paid.amount_micro_usd} micro-USD, inbox message {paid.inbox_index}")
