"""What the commands of `strikeproof trade` share: connections, output, failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.wire.errors import FailureCode

if TYPE_CHECKING:
    from strikeproof.client import Client
    from strikeproof.client.trader_config import TraderConfig
    from strikeproof.client.vault import TraderVault

MICRO = 10**6
EXIT_REJECTED = 2
EXIT_BROKEN = 3
EXIT_TRANSIENT = 4


class ConfigIncomplete(Rejected):
    """The command needs more than the configuration has."""

    code = FailureCode.CONFIG_INCOMPLETE

    def __init__(self, needed: str) -> None:
        super().__init__(f"this command needs {needed} in the configuration")
        self.needed = needed


class TradeSession:
    """What every command of one call shares: configuration and form of output."""

    def __init__(self, config: TraderConfig, as_json: bool) -> None:
        self.config = config
        self.as_json = as_json

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Connect to the sequencer."""
        from strikeproof.client import Client, Wallet

        config = self.config
        wallet = Wallet(config.key.private_key()) if config.key else None
        with Client(
            config.endpoint, wallet, account=config.account, session=config.session
        ) as client:
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
        return str(value)
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else value


def tells_failures(command: Callable[..., None]) -> Callable[..., None]:
    """Turn failures into one line and an exit status: 2 refused, 3 broken, 4 try again."""

    @wraps(command)
    def call(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except (Rejected, Broken, Transient) as error:
            click.echo(f"{error.code.name}: {error}", err=True)
            status = {Rejected: EXIT_REJECTED, Broken: EXIT_BROKEN, Transient: EXIT_TRANSIENT}
            found = next(each for kind, each in status.items() if isinstance(error, kind))
            raise SystemExit(found) from None

    return call


def print_table(title: str, columns: list[str], rows: list[list[object]]) -> None:
    """Print a table, numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for place, each in enumerate(columns):
        numeric = bool(rows) and isinstance(rows[0][place], int | Decimal)
        table.add_column(each, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(f"{each:,}" if isinstance(each, int) else str(each) for each in row))
    Console().print(table)


def usd(micro_usd: int) -> Decimal:
    """Return micro-USD as USD."""
    return Decimal(micro_usd) / MICRO


def micro_usd(text: str) -> int:
    """Return an amount in USD as micro-USD, exactly. Raises click.BadParameter."""
    try:
        exact = Decimal(text) * MICRO
    except InvalidOperation:
        raise click.BadParameter(f"{text} is not an amount") from None
    if exact != exact.to_integral_value() or exact <= 0:
        raise click.BadParameter(f"{text} is not a positive amount of whole micro-dollars")
    return int(exact)
