"""`strikeproof exit`: leaving a venue by L1 alone, whoever else is gone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import click

from strikeproof.cli.trade_arguments import ADDRESS, USD
from strikeproof.cli.verifier_arguments import (
    ACCOUNT,
    BATCH,
    INSTRUMENT,
    LOTS,
    SEGMENT,
    of_one_withdrawal,
)
from strikeproof.config import ConfigInvalid, KeySection, LogSection, configure_logging, load_config
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.storage_failure import database, storage
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import ExitCode, exit_code_of

if TYPE_CHECKING:
    from strikeproof.keystore import Signer
    from strikeproof.verifier.inspection.exit_sending import ExitSending
    from strikeproof.verifier.inspection.forcing import Forcing
    from strikeproof.verifier.inspection.leaving import Leaving, Whose
    from strikeproof.verifier.inspection.venue_calls import VenueCall

P = ParamSpec("P")
MOMENTS: Final = frozenset(
    {
        "time",
        "oldest_message",
        "freezes_at",
        "resolution_end",
        "claim_end",
        "ready",
        "expires",
        "leave_by",
    }
)
"""What `status` reports in seconds since the epoch."""


@click.group()
def group() -> None:
    """Leave a venue by L1 alone: force, freeze, claim, be paid. Nobody else has to help.

    \b
    Every command reads a verifier's configuration (--config, or STRIKEPROOF_EXIT_CONFIG) with a
    data_dir of its own: it derives the venue's state from L1's logs, builds proofs itself, and says
    what a transaction costs before it asks whether to send it.
    Where the sequencer is silent: force, post, propose, pay; `forced` shows what became of it.
    Once the venue has stopped: freeze, escape, claim, pay. `status` says what is next, and when.
    docs/protocol/leaving.md
    Exit codes:
       0  done, or there is nothing to do
       1  failed, L1 would revert it, or the key lacks the ether: nothing more was sent
       2  wrong arguments or configuration (also another chain, no Rollup there), no usable key
       3  no such account, or nothing is final yet
       4  a wrong claim became final: nothing can be proved against its root
       7  L1 endpoints fail or disagree, or the transaction is in no block yet
       8  another process holds the store or the key, or data_dir is another venue's or key's
      10  data_dir cannot be read or written
    """


@dataclass(frozen=True, slots=True)
class ExitSession:
    """One run of a command."""

    leaving: Leaving
    sending: ExitSending | None
    as_json: bool
    signer: Signer | None

    @property
    def address(self) -> bytes | None:
        """The key's address."""
        return None if self.signer is None else self.signer.address

    @property
    def sender(self) -> bytes | None:
        """The address of the key that sends; None: nothing is sent."""
        return None if self.sending is None else self.address

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


def _command(
    *options: Callable[..., Any], sends: bool = True, prints: bool = False
) -> Callable[..., Any]:
    """Return what makes a function of a session a command, with exit codes for its errors.
    `prints`: it can print its call instead of sending it."""

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def call(
            config_path: Path, as_json: bool, yes: bool = False, only: bool = False, **values: Any
        ) -> None:
            configure_logging(LogSection(format="console", level="error"))
            try:
                with _session(config_path, as_json, yes, sends and not only) as session:
                    function(session, **values)
            except (Rejected, Transient, Broken, TimeoutError) as error:
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
        only_print = click.option(
            "--print",
            "only",
            is_flag=True,
            help="Send nothing: print the call for an owner that is a contract.",
        )
        added = [*([agree] if sends else []), *([only_print] if prints else [])]
        wrapped: Any = call
        for each in (json_option, *added, config, *reversed(options)):
            wrapped = each(wrapped)
        return wrapped

    return decorate


@contextmanager
def _session(path: Path, as_json: bool, yes: bool, sends: bool) -> Iterator[ExitSession]:
    from strikeproof.l1 import TransactionSender
    from strikeproof.verifier.inspection.exit_sending import ExitSending
    from strikeproof.verifier.inspection.leaving import Leaving
    from strikeproof.verifier.wiring import ExecutionOptions, VerifierParts, find_contracts

    config = load_config(path, VerifierConfig)
    if sends and config.key is None:
        raise ConfigInvalid(path, "key: this command needs a key")
    signer = None if config.key is None else config.key.signer()
    client = config.l1.client()
    with storage(config.data_dir):
        config.data_dir.mkdir(parents=True, exist_ok=True)
        contracts = find_contracts(config, client)
        parts = VerifierParts(
            client,
            contracts,
            config.store_path,
            execution=ExecutionOptions(executor=config.executor),
        )
    with closing(parts), database(config.store_path):
        if not sends or signer is None:
            parts.catch_up()
            yield ExitSession(Leaving(parts), None, as_json, signer)
            return
        sender = TransactionSender(
            client,
            signer,
            config.intents_path,
            chain_id=config.l1.chain_id,
            policy=config.fees.policy(config.l1.confirmations),
        )
        with closing(sender):
            sending = ExitSending(
                client,
                sender,
                agree=lambda question: yes or click.confirm(question, err=True),
                say=lambda text: click.echo(text, err=True),
            )
            sending.finish_earlier()
            parts.catch_up()
            yield ExitSession(Leaving(parts), sending, as_json, signer)


ACCOUNTS = click.argument("accounts", type=ACCOUNT, nargs=-1, metavar="[ID]...")
EVERYBODY = click.option(
    "--all", "everybody", is_flag=True, help="For everybody, not the key alone."
)


@group.command()
@_command(ACCOUNTS, EVERYBODY, sends=False)
def status(session: ExitSession, accounts: tuple[int, ...], everybody: bool) -> None:
    """Show where the venue stands, by when to act, what is owed to whom, and every change that is
    announced, decoded, with the time by which to order a withdrawal to be out before it."""
    report = session.leaving.report(session.whose(accounts, everybody))
    if session.as_json:
        click.echo(json.dumps(report))
        return
    rows, announced = report.pop("accounts"), report.pop("announced")
    forced = report.pop("forced")
    width = max(map(len, report))
    for name, value in report.items():
        click.echo(f"{name:<{width}}  {_shown(name, value)}")
    for row in (*announced, *rows):
        click.echo("  ".join(f"{name} {_shown(name, value)}" for name, value in row.items()))
    for row in forced:
        click.echo(row["text"])


def _shown(name: str, value: Any) -> str:
    """Return a value of `status` as people read it."""
    from strikeproof.verifier.inspection.refusal_text import moment_text

    if value is None:
        return "none"
    if name in MOMENTS:
        return f"{value} ({moment_text(value)})"
    if name == "positions":
        return ", ".join(f"{lots:+} of {of}" for of, lots in value.items()) or "none"
    if name == "guarantees_micro_usd":
        return ", ".join(f"{limit} for {account}" for account, limit in value.items()) or "none"
    return str(value)


@group.command()
@_command(ACCOUNTS, EVERYBODY, sends=False)
def forced(session: ExitSession, accounts: tuple[int, ...], everybody: bool) -> None:
    """Show everything that owners forced through L1, and what became of it: waiting until when,
    overdue, executed where and with which result, final when, or lost by a freeze."""
    found = session.leaving.forced(session.whose(accounts, everybody))
    if session.as_json:
        click.echo(json.dumps({"forced": [each.to_json() for each in found]}))
    elif not found:
        click.echo("nothing was forced")
    else:
        for each in found:
            click.echo(str(each))


@group.group()
def force() -> None:
    """Order an operation through L1, whatever the sequencer wants. `exit forced` shows what
    becomes of it."""


AGAIN = click.option(
    "--again", is_flag=True, help="Although the same one was executed and is not paid or final yet."
)


@force.command(name="withdraw")
@_command(
    click.argument("account", type=ACCOUNT, metavar="ID"),
    click.argument("amount", type=USD, callback=of_one_withdrawal),
    click.option(
        "--guard-env", metavar="NAME", help="Variable with the account's guard key, if it has one."
    ),
    AGAIN,
    prints=True,
)
def force_withdraw(
    session: ExitSession, account: int, amount: int, guard_env: str | None, again: bool
) -> None:
    """Withdraw AMOUNT USD of account ID, which the key must own."""
    from strikeproof.client.wallet import Wallet
    from strikeproof.verifier.inspection.forcing import Forcing

    guard = None
    if guard_env is not None:
        guard = Wallet(KeySection(key_env=guard_env).private_key()).sign_digest
    forcing = Forcing(session.leaving, session.sender, again=again)
    call = forcing.withdrawal(account, amount, guard)
    if (doubt := forcing.doubt(account, amount)) is not None:
        click.echo(doubt, err=True)
    _order(session, forcing, account, call)


@force.command(name="close")
@_command(
    click.argument("account", type=ACCOUNT, metavar="ID"),
    click.argument("instrument", type=INSTRUMENT),
    click.argument("lots", type=LOTS),
    AGAIN,
    prints=True,
)
def force_close(
    session: ExitSession, account: int, instrument: int, lots: int, again: bool
) -> None:
    """Close LOTS of the position in INSTRUMENT (its number) within the band, then against the
    house. `status` has the positions; LOTS is above 0 for long and short ones."""
    from strikeproof.verifier.inspection.forcing import Forcing

    forcing = Forcing(session.leaving, session.sender, again=again)
    _order(session, forcing, account, forcing.close(account, instrument, lots))


def _order(session: ExitSession, forcing: Forcing, account: int, call: VenueCall) -> None:
    """Send an owner's message, or print the call for one that is a contract."""
    if session.sending is not None:
        rows = session.sending.send([call])
        if any(row["succeeded"] for row in rows):
            click.echo(str(forcing.newest(account)), err=True)
        session.finish(rows)
        return
    report = {
        "to": "0x" + call.recipient.hex(),
        "value_wei": call.value_wei,
        "data": "0x" + call.data.hex(),
    }
    if session.as_json:
        click.echo(json.dumps(report))
    else:
        for name, value in report.items():
            click.echo(f"{name}  {value}")


@group.command()
@_command()
def post(session: ExitSession) -> None:
    """Post the oldest messages as a batch, once they are overdue by the sequencer's grace."""
    from strikeproof.verifier.inspection.posting_by_anyone import post_messages

    assert session.sending is not None
    leaving = session.leaving
    call = post_messages(leaving.calls, leaving.now_seconds)
    session.finish(session.sending.send([call] if call is not None else []))


@group.command()
@_command()
def propose(session: ExitSession) -> None:
    """Claim the batches that nobody claimed, by our own execution. The key needs a bond:
    `strikeproof bond deposit`."""
    from strikeproof.verifier.inspection.posting_by_anyone import propose_roots

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
    calls = leaving.freeze_insolvent() if insolvent else leaving.freeze()
    session.finish(session.sending.send(calls))


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
    session.finish(session.sending.send_each(calls))


@group.command()
@_command(
    ACCOUNTS,
    EVERYBODY,
    click.option(
        "--to",
        type=ADDRESS,
        metavar="ADDRESS",
        help="Whom to pay instead of the key, where the token refuses the key's address.",
    ),
)
def pay(session: ExitSession, accounts: tuple[int, ...], everybody: bool, to: bytes | None) -> None:
    """Have what is due paid: by the escape, or by the Vault of a venue that goes on."""
    if to is not None and everybody:
        raise click.UsageError("--to is for what the key owns: only an owner names a recipient")
    from strikeproof.verifier.inspection.leaving import VenueStage

    assert session.sending is not None
    rows: list[dict[str, Any]] = []
    if session.leaving.stage is not VenueStage.RUNNING:
        rows = session.sending.send(session.leaving.closing())
    whose = session.whose(accounts, everybody)
    for number in session.leaving.unproved(whose):
        click.echo(f"account {number} is not proved yet: `exit claim {number}` first", err=True)
    rows += session.sending.send_each(session.leaving.payments(whose, to))
    session.finish(rows)


@group.command()
@_command(
    click.argument("receipt", type=click.Path(path_type=Path, exists=True, dir_okay=False)),
    click.option(
        "--promises",
        required=True,
        metavar="ADDRESS",
        help="Where the sequencer stakes on its receipts: `promises` of the deployment file.",
    ),
)
def promise(session: ExitSession, receipt: Path, promises: str) -> None:
    """Show L1 that the promise of RECEIPT was broken, and be paid. A kept one costs nothing.

    RECEIPT: JSON, as `trade --json place` and `cancel` print it. Two transactions, a block apart:
    the first hides what the second shows, so that nobody copies it.
    """
    from strikeproof.verifier.inspection.broken_promise import BrokenPromise, load_receipt

    assert session.sending is not None and session.signer is not None
    shown = BrokenPromise.of(session.leaving, load_receipt(receipt), promises, session.signer)
    report = shown.report()
    rows: list[dict[str, Any]] = []
    if shown.is_payable:
        rows = session.sending.send(shown.commitment())
        if all(row["succeeded"] for row in rows):
            rows += session.sending.send_later(shown.proof(), "NotCommitted")
    if session.as_json:
        click.echo(json.dumps(report | {"sent": rows}))
    else:
        for name, value in report.items():
            click.echo(f"{name}  {value}")
    if not all(row["succeeded"] for row in rows):
        sys.exit(ExitCode.FAILED)


@group.command(name="law-fault")
@_command(
    click.argument("batch", type=BATCH),
    click.option("--segment", type=SEGMENT, help="Default: the first wrong one."),
    click.option(
        "--proof",
        "proofs",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A challenge of the same segment, as `challenge prove --output` writes it.",
    ),
)
def law_fault(
    session: ExitSession, batch: int, segment: int | None, proofs: tuple[Path, ...]
) -> None:
    """Show L1 what the law makes of a segment of BATCH. Two results pause payments.

    The proof is built of L1's logs; --proof adds one that somebody found with other advice or
    records, two of them take its place. What all of them agree on is not a fault, and is not sent.
    One alone is remembered by L1, whatever becomes of its claim.
    """
    from strikeproof.verifier.inspection.law_result import LawResults

    assert session.sending is not None and session.address is not None
    found = LawResults.of(session.leaving, session.address, batch, segment, proofs)
    report = found.report()
    rows = session.sending.send_in_order(found.shown)
    report |= found.outcome()
    if session.as_json:
        click.echo(json.dumps(report | {"sent": rows}))
    else:
        for name, value in report.items():
            click.echo(f"{name}  {value}")
    if not all(row["succeeded"] for row in rows):
        sys.exit(ExitCode.FAILED)
