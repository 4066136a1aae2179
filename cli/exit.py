"""`strikeproof exit`: leaving a venue by L1 alone, whoever else is gone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from strikeproof.cli.trade_arguments import USD
from strikeproof.config import ConfigInvalid, LogSection, configure_logging, load_config
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import ExitCode, exit_code_of
from strikeproof.verifier.wiring import ExecutionOptions, VerifierParts, find_contracts

if TYPE_CHECKING:
    from strikeproof.verifier.inspection.exit_sending import ExitSending
    from strikeproof.verifier.inspection.leaving import Leaving, Whose

P = ParamSpec("P")


@click.group()
def group() -> None:
    """Leave a venue by L1 alone: force, freeze, claim, be paid. Nobody else has to help.

    \b
    Every command reads a verifier's configuration (--config, or STRIKEPROOF_EXIT_CONFIG) with a
    data_dir of its own: it derives the venue's state from L1's logs, builds proofs itself, and says
    what a transaction costs before it asks whether to send it.
    Where the sequencer is silent: force, post, propose, pay.
    Once the venue has stopped: freeze, escape, claim, pay. `status` says what is next, and when.
    docs/protocol/leaving.md
    Exit codes:
       0  done, or there is nothing to do
       1  failed, or L1 would revert it: nothing more was sent
       2  wrong arguments or configuration (also another chain, no Rollup there), no usable key
       3  no such account, or nothing is final yet
       7  L1 endpoints fail or disagree, or the transaction is in no block yet
       8  another process holds the store or the key
    """


@dataclass(frozen=True, slots=True)
class ExitSession:
    """One run of a command."""

    leaving: Leaving
    sending: ExitSending | None
    as_json: bool
    address: bytes | None

    def whose(self, accounts: tuple[int, ...], everybody: bool) -> Whose:
        """Return whom the command is for: the key's own accounts unless it says otherwise."""
        from strikeproof.verifier.inspection.leaving import Whose

        return Whose(accounts, None if everybody or accounts else self.address)

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """Print what was sent."""
        failed = [row for row in rows if not row["succeeded"]]
        if self.as_json:
            report = {"sent": rows, "gas_used": sum(row["gas_used"] for row in rows)}
            click.echo(json.dumps(report | self.leaving.dates()))
        elif not rows:
            click.echo("nothing was sent")
        if failed:
            sys.exit(ExitCode.FAILED)


def _command(*options: Callable[..., Any], sends: bool = True) -> Callable[..., Any]:
    """Return what makes a function of a session a command, with exit codes for its errors."""

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def call(config_path: Path, as_json: bool, yes: bool = False, **values: Any) -> None:
            configure_logging(LogSection(format="console", level="error"))
            try:
                with _session(config_path, as_json, yes, sends) as session:
                    function(session, **values)
            except (Rejected, Transient, Broken, LookupError, TimeoutError) as error:
                code = exit_code_of(error)
                if as_json:
                    report = {"error": type(error).__name__, "reason": str(error)}
                    click.echo(json.dumps(report | {"exit_code": int(code)}))
                else:
                    click.echo(f"exit: {error}", err=True)
                sys.exit(code)

        config = click.option(
            "--config",
            "config_path",
            type=click.Path(dir_okay=False, path_type=Path),
            required=True,
            envvar="STRIKEPROOF_EXIT_CONFIG",
            help="A verifier's TOML file, with a data_dir of its own.",
        )
        json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
        agree = click.option("--yes", is_flag=True, help="Send without asking.")
        wrapped: Any = call
        for each in (json_option, *([agree] if sends else []), config, *reversed(options)):
            wrapped = each(wrapped)
        return wrapped

    return decorate


@contextmanager
def _session(path: Path, as_json: bool, yes: bool, sends: bool) -> Iterator[ExitSession]:
    from strikeproof.l1 import TransactionSender
    from strikeproof.verifier.inspection.exit_sending import ExitSending
    from strikeproof.verifier.inspection.leaving import Leaving

    config = load_config(path, VerifierConfig)
    if sends and config.key is None:
        raise ConfigInvalid(path, "key: this command needs a key")
    signer = None if config.key is None else config.key.signer()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    client = config.l1.client()
    parts = VerifierParts(
        client,
        find_contracts(config, client),
        config.store_path,
        execution=ExecutionOptions(executor=config.executor),
    )
    try:
        parts.catch_up()
        leaving = Leaving(parts)
        if not sends or signer is None:
            yield ExitSession(leaving, None, as_json, signer.address if signer else None)
            return
        sender = TransactionSender(
            client,
            signer,
            config.intents_path,
            chain_id=config.l1.chain_id,
            policy=config.fees.policy(config.l1.confirmations),
        )
        try:
            sending = ExitSending(
                client,
                sender,
                agree=lambda question: yes or click.confirm(question, err=True),
                say=lambda text: click.echo(text, err=True),
            )
            yield ExitSession(leaving, sending, as_json, signer.address)
        finally:
            sender.close()
    finally:
        parts.close()


ACCOUNTS = click.argument("accounts", type=click.IntRange(min=1), nargs=-1, metavar="[ID]...")
EVERYBODY = click.option(
    "--all", "everybody", is_flag=True, help="For everybody, not the key alone."
)


@group.command()
@_command(ACCOUNTS, EVERYBODY, sends=False)
def status(session: ExitSession, accounts: tuple[int, ...], everybody: bool) -> None:
    """Show where the venue stands, by when to act, and what is owed to whom."""
    report = session.leaving.report(session.whose(accounts, everybody))
    if session.as_json:
        click.echo(json.dumps(report))
        return
    rows = report.pop("accounts")
    width = max(map(len, report))
    for name, value in report.items():
        click.echo(f"{name:<{width}}  {value}")
    for row in rows:
        click.echo("  ".join(f"{name} {value}" for name, value in row.items()))


@group.group()
def force() -> None:
    """Order an operation through L1, whatever the sequencer wants."""


@force.command(name="withdraw")
@_command(
    click.argument("account", type=click.IntRange(min=1), metavar="ID"),
    click.argument("amount", type=USD),
)
def force_withdraw(session: ExitSession, account: int, amount: int) -> None:
    """Withdraw AMOUNT USD of account ID, which the key must own."""
    assert session.sending is not None
    session.finish(session.sending.send([session.leaving.force_withdrawal(account, amount)]))


@force.command(name="close")
@_command(
    click.argument("account", type=click.IntRange(min=1), metavar="ID"),
    click.argument("instrument", type=click.IntRange(min=1)),
    click.argument("lots", type=click.IntRange(min=1)),
)
def force_close(session: ExitSession, account: int, instrument: int, lots: int) -> None:
    """Close LOTS of a position within the band, then against the house."""
    assert session.sending is not None
    session.finish(session.sending.send([session.leaving.force_close(account, instrument, lots)]))


@group.command()
@_command()
def post(session: ExitSession) -> None:
    """Post the oldest messages as a batch, once they are overdue by the sequencer's grace."""
    from strikeproof.verifier.inspection.anyone_orders import post_messages

    assert session.sending is not None
    leaving = session.leaving
    session.finish(session.sending.send([post_messages(leaving.calls, leaving.now_seconds)]))


@group.command()
@_command()
def propose(session: ExitSession) -> None:
    """Claim the batches that nobody claimed, by our own execution. The key needs a bond:
    `strikeproof bond deposit`."""
    from strikeproof.verifier.inspection.anyone_orders import propose_roots

    assert session.sending is not None
    rows: list[dict[str, Any]] = []
    while (call := propose_roots(session.leaving.parts, session.leaving.calls)) is not None:
        sent = session.sending.send([call])
        rows += sent
        if not sent or not sent[0]["succeeded"]:
            break
    session.finish(rows)


@group.command()
@_command(
    click.option("--insolvent", is_flag=True, help="By proof that custody is below liabilities."),
)
def freeze(session: ExitSession, insolvent: bool) -> None:
    """Freeze a venue whose messages are overdue, or in which nothing became final."""
    assert session.sending is not None
    leaving = session.leaving
    call = leaving.freeze_insolvent() if insolvent else leaving.freeze()
    session.finish(session.sending.send([call]))


@group.command()
@_command()
def escape(session: ExitSession) -> None:
    """Fix the state that a frozen venue pays by, once all is resolved; price instruments."""
    assert session.sending is not None
    session.finish(session.sending.send_in_order(session.leaving.opening()))


@group.command()
@_command(ACCOUNTS, EVERYBODY)
def claim(session: ExitSession, accounts: tuple[int, ...], everybody: bool) -> None:
    """Prove what accounts are worth, and deposits that no final state has seen."""
    assert session.sending is not None
    calls = session.leaving.claims(session.whose(accounts, everybody))
    session.finish(session.sending.send(calls))


@group.command()
@_command(ACCOUNTS, EVERYBODY)
def pay(session: ExitSession, accounts: tuple[int, ...], everybody: bool) -> None:
    """Have what is due paid: by the escape, or by the Vault of a venue that goes on."""
    from strikeproof.verifier.inspection.leaving import VenueStage

    assert session.sending is not None
    rows: list[dict[str, Any]] = []
    if session.leaving.stage is not VenueStage.RUNNING:
        rows = session.sending.send(session.leaving.closing())
    rows += session.sending.send(session.leaving.payments(session.whose(accounts, everybody)))
    session.finish(rows)
