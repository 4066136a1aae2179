"""What the commands of `strikeproof trade` share: connections, output, failures, exit codes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.wire.errors import RESULT_INFO, FailureCode, Result

if TYPE_CHECKING:
    from strikeproof.client import Ack, Client, Instrument
    from strikeproof.client.trader_config import TraderConfig
    from strikeproof.client.vault import TraderVault

MICRO = 10**6
EXACT_DIGITS = 60  # more than any amount has


class TradeExitCode(IntEnum):
    """What a command came to; scripts rely on them."""

    OK = 0
    REFUSED = 2  # wrong arguments or configuration, or refused by node or L1: nothing was done
    BROKEN = 3  # a receipt or the venue is not what it must be: do not trade on
    TRANSIENT = 4  # node or L1 is unreachable or busy, or it is not done yet: try again
    ACTION_REFUSED = 5  # ordered, and the venue's rules refused it: the nonce is used, nothing else
    PARTLY_DONE = 6  # ordered; some of it was done (an order filled in part), the rest refused


EXIT_CODES = """\b
Exit codes:
   0  done, all of it
   2  wrong arguments or configuration, or refused by the node or by L1: nothing was done
   3  a receipt or the venue is not what it must be: do not trade on
   4  the node or L1 does not answer or is busy, or it is not done yet: try again
   5  ordered, and refused by the venue's rules; `result` says why
   6  ordered and done in part: an order filled in part and its rest was cancelled
"""


class ConfigIncomplete(Rejected):
    """The command needs more than the configuration has."""

    code = FailureCode.CONFIG_INCOMPLETE

    def __init__(self, needed: str) -> None:
        super().__init__(f"this command needs {needed} in the configuration")
        self.needed = needed


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """`--ca`, `--cert`, `--key`."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Return the section's fields that were given. Raises `click.UsageError`."""
        if (self.cert is None) != (self.key is None):
            raise click.UsageError("--cert and --key go together")
        named = {"ca_file": self.ca, "cert_file": self.cert, "key_file": self.key}
        return {name: path.resolve() for name, path in named.items() if path is not None}


class TradeSession:
    """What every command of one call shares: configuration and form of output."""

    def __init__(self, config: TraderConfig, as_json: bool) -> None:
        self.config = config
        self.as_json = as_json

    @classmethod
    def of_options(
        cls, path: Path | None, endpoint: str | None, tls: TlsOptions, *, as_json: bool
    ) -> TradeSession:
        """Read the configuration. Raises `Rejected`, `click.UsageError`."""
        from strikeproof.client.connection import check_endpoints
        from strikeproof.client.trader_config import TraderConfig
        from strikeproof.config import ClientTlsSection, load_config

        if path is not None:
            if endpoint is not None:
                check_endpoints(endpoint)
            given = {"endpoint": endpoint, "tls": tls.fields or None}
            return cls(load_config(path, TraderConfig, **given), as_json)
        if endpoint is None:
            raise click.UsageError("give --config or --endpoint, before the command")
        section = ClientTlsSection(**tls.fields) if tls.fields else None
        return cls(TraderConfig(endpoint=check_endpoints(endpoint), tls=section), as_json)

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Connect to the sequencer."""
        from strikeproof.client import Client, Wallet

        config = self.config
        wallet = Wallet(config.key.private_key()) if config.key else None
        guard = Wallet(config.guard.private_key()) if config.guard else None
        with (
            _warnings_as_lines(),
            Client(
                config.endpoint,
                wallet,
                account=config.account,
                session=config.session,
                guard=guard,
                timeout_seconds=config.timeout_seconds,
                tls=config.tls,
            ) as client,
        ):
            yield client

    def vault(self) -> TraderVault:
        """Connect to L1. Raises `Rejected`."""
        from strikeproof.client.vault import TraderVault
        from strikeproof.deployment import Deployment

        if self.config.l1 is None or self.config.key is None:
            raise ConfigIncomplete("[l1] and [key]")
        l1, key = self.config.l1, self.config.key
        deployment = Deployment.load(l1.deployment, chain_id=l1.chain_id)
        return TraderVault(l1, deployment, key.private_key())

    def show(self, value: Any, table: Callable[[], None]) -> None:
        """Print one JSON object, or a table."""
        if self.as_json:
            click.echo(json.dumps(jsonable(value)))
        else:
            table()

    def finish(self, ack: Ack, terms: Instrument | None = None) -> None:
        """Show an acknowledged op, and end with the exit code of what became of it."""
        self.show(ack, lambda: print_ack(ack, terms))
        code = exit_code_of_ack(ack)
        if code is not TradeExitCode.OK:
            raise SystemExit(code)


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print warnings of the client as one line on standard error."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *rest: click.echo(f"warning: {message}", err=True)
        yield


def exit_code_of_ack(ack: Ack) -> TradeExitCode:
    """Return OK if the op and each of its actions did all that it asked for."""
    if ack.result is not Result.OK:
        return TradeExitCode.ACTION_REFUSED
    if all(each.is_ok for each in ack.actions):
        return TradeExitCode.OK
    some = any(each.is_ok or each.filled_lots or each.resting_lots for each in ack.actions)
    return TradeExitCode.PARTLY_DONE if some else TradeExitCode.ACTION_REFUSED


def print_ack(ack: Ack, terms: Instrument | None) -> None:
    """Print what became of an op, and what the codes mean."""
    place = ack.receipt
    words = {
        TradeExitCode.OK: "Accepted",
        TradeExitCode.PARTLY_DONE: "Done in part",
        TradeExitCode.ACTION_REFUSED: "Refused by the venue's rules",
    }
    head = words[exit_code_of_ack(ack)]
    name = f"{head}: batch {place.batch}, segment {place.segment}, op {place.index}"
    rows: list[list[object]] = [
        [
            each.result.name,
            each.filled_lots,
            ", ".join(
                f"{fill.lots} at {plain(terms.price_usd(fill.price)) if terms else fill.price}"
                for fill in each.fills
            )
            or "-",
            each.resting_lots,
            f"{each.slot}:{each.serial}" if each.slot else "-",
        ]
        for each in ack.actions
    ]
    if rows:
        print_table(name, ["result", "filled", "fills", "resting", "order"], rows)
    else:
        click.echo(f"{name}, {ack.result.name}")
    results = dict.fromkeys((ack.result, *(each.result for each in ack.actions)))
    for each in results:
        if each is not Result.OK:
            click.echo(f"{each.name}: {RESULT_INFO[each].meaning}")
    click.echo(f"op 0x{place.op_hash.hex()}")


def jsonable(value: Any) -> Any:
    """Return a value of dataclasses, enums, bytes and decimals as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: jsonable(each) for name, each in asdict(value).items()}
    if isinstance(value, dict):
        return {str(name): jsonable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(each) for each in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Decimal):
        return f"{value:f}"
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else value


def tells_failures(command: Callable[..., None]) -> Callable[..., None]:
    """Turn failures into one line and an exit code: 2 refused, 3 broken, 4 try again."""

    @wraps(command)
    def call(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except (Rejected, Broken, Transient) as error:
            click.echo(f"{error.code.name}: {error}", err=True)
            status = {
                Rejected: TradeExitCode.REFUSED,
                Broken: TradeExitCode.BROKEN,
                Transient: TradeExitCode.TRANSIENT,
            }
            found = next(each for kind, each in status.items() if isinstance(error, kind))
            raise SystemExit(found) from None

    return call


def print_table(title: str, columns: list[str], rows: list[list[object]]) -> None:
    """Print a table, numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for place, each in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | Decimal) for row in rows)
        table.add_column(each, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*map(cell, row))
    Console().print(table)


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if isinstance(value, Decimal):
        return plain(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain(value: Decimal) -> str:
    """Return a number with thousands separated, and without an exponent."""
    return f"{value:,f}"


def brief(value: Decimal) -> str:
    """Return a number for people: four decimals, or below 1 four significant digits."""
    shown = Decimal(f"{value:.4f}" if abs(value) >= 1 else f"{value:.4g}")
    return plain(shown.normalize() if shown else Decimal(0))


def percent(ppm: int | Decimal) -> str:
    """Return millionths as per cent."""
    return f"{(Decimal(ppm) / 10_000).normalize():f} %"


def time_text(time_ms: int) -> str:
    """Return a time in milliseconds as people read it."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def usd(micro_usd: int) -> Decimal:
    """Return micro-USD as USD."""
    with localcontext(prec=EXACT_DIGITS):
        return Decimal(micro_usd) / MICRO
