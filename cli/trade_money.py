"""`strikeproof trade deposit`, `withdraw`: money between L1 and the venue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_account import print_finality
from strikeproof.cli.trade_arguments import USD
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import (
    ConfigIncomplete,
    TradeExitCode,
    TradeSession,
    exit_code_of_ack,
    plain,
    usd,
)
from strikeproof.failure import Rejected, Transient
from strikeproof.verifier.exit_code import NotFound
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import MicroUsd, Milliseconds

if TYPE_CHECKING:
    from strikeproof.client.operation import UserOp
    from strikeproof.client.vault import ExitSent, ForcedOp, VaultPayment
    from strikeproof.verifier.wiring import VerifierParts

WAIT_SECONDS = 600
VERIFIER_SECONDS = 2.0  # between looks into a verifier's store
FORCED_EXPIRY_SECONDS = 7 * 86_400  # a forced op may wait as long as L1 lets it


class NothingOwed(Rejected):
    """The Vault owes the account nothing."""

    code = FailureCode.NOTHING_OWED

    def __init__(self, account: int) -> None:
        super().__init__(f"account {account} is owed nothing")
        self.account = account


class NotDoneInTime(Transient):
    """What the command waits for has not happened yet."""

    code = FailureCode.NOT_DONE_IN_TIME

    def __init__(self, seconds: int) -> None:
        super().__init__(f"not done after {seconds} s")
        self.seconds = seconds


@trade_command("mint", click.argument("amount", type=USD))
def mint(session: TradeSession, amount: int) -> None:
    """Make AMOUNT USD of test money: on test venues alone, where anybody may."""
    vault = session.vault()
    vault.mint(amount)
    held = vault.balance_micro_usd()
    session.show({"balance_micro_usd": held}, lambda: click.echo(f"{plain(usd(held))} USD on L1"))


@trade_command(
    "deposit",
    click.argument("amount", type=USD),
    click.option("--new-account", is_flag=True, help="Register another account first."),
    click.option("--wait/--no-wait", default=True, help="Until the venue credits it."),
)
def deposit(session: TradeSession, amount: int, new_account: bool, wait: bool) -> None:
    """Deposit AMOUNT USD; registers an account if the key owns none."""
    vault = session.vault()
    with session.client() as client:
        known = client.accounts()
        account = session.config.account or (known[0] if known else None)
        done = vault.deposit(None if new_account else account, amount)
        if wait:
            _wait_until(lambda: client.venue().inbox_consumed > done.inbox_index)
    session.show(
        done,
        lambda: click.echo(
            f"{plain(usd(done.amount_micro_usd))} USD for account {done.account}"
            f"{' (new)' if done.registered else ''}, inbox message {done.inbox_index}"
        ),
    )


VERIFIER = click.option(
    "--from-verifier",
    "verifier",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="VERIFIER.toml",
    help="Take proof and nonce from this verifier's store: no sequencer is asked.",
)


@trade_command(
    "withdraw",
    click.argument("amount", required=False, type=USD),
    click.option("--wait/--no-wait", default=True, help="Until the Vault has paid."),
    click.option("--force", is_flag=True, help="Send the withdrawal through L1's Inbox."),
    VERIFIER,
    click.option("--nonce", type=click.IntRange(0, 2**64 - 1), help="A forced withdrawal's nonce."),
)
def withdraw(
    session: TradeSession,
    amount: int | None,
    wait: bool,
    force: bool,
    verifier: Path | None,
    nonce: int | None,
) -> None:
    """Withdraw AMOUNT USD, and have the Vault pay once it is final.

    Without AMOUNT: only have the Vault pay what earlier withdrawals left owed. With --force and
    --from-verifier nothing depends on a sequencer: the withdrawal is a message that L1 makes
    everybody execute, and the proof of payment comes from a verifier's own store. --force alone
    ends once the message is in L1's Inbox: `withdraw` without AMOUNT has it paid later. With a
    guard key in force --force needs [guard] in the configuration, and without one it must lack.
    """
    if nonce is not None and not force:
        raise click.UsageError("--nonce is of a forced withdrawal: --force")
    if force:
        if amount is None:
            raise click.UsageError("--force needs AMOUNT")
        is_paid_here = wait and verifier is not None
        _force(session, amount, verifier, nonce, quiet=is_paid_here and session.as_json)
        if not is_paid_here:
            return
    elif verifier is not None and amount is not None:
        raise click.UsageError("--from-verifier with AMOUNT needs --force: nobody else orders it")
    if verifier is not None:
        _pay_from_verifier(session, verifier, wait)
        return
    with session.client() as client:
        account = client.account_id()
        if amount is not None:
            ack = client.withdraw(amount)
            if not wait or exit_code_of_ack(ack) is not TradeExitCode.OK:
                session.finish(ack)
                return
            for each in client.follow_finality(ack):
                if not session.as_json:
                    print_finality(each)
        vault = session.vault()
        if amount is None and not vault.owed_micro_usd(
            account, client.account().withdrawn_micro_usd
        ):
            raise NothingOwed(account)
        proof = client.account_proof(account)
        _wait_until(lambda: vault.is_final(proof.batch))
    _tell_payment(session, vault.withdraw(proof))


def _tell_payment(session: TradeSession, paid: VaultPayment) -> None:
    amount_text = f"{plain(usd(paid.amount_micro_usd))} USD by claim {paid.claim_number}"
    told = f"The Vault paid {amount_text}"
    if paid.place is not None:
        told = f"{amount_text} waits in line at place {paid.place}: the day's share is used up"
    session.show(paid, lambda: click.echo(told))


def _force(
    session: TradeSession,
    amount: int,
    verifier: Path | None,
    nonce: int | None,
    *,
    quiet: bool,
) -> None:
    """Send a withdrawal through the Inbox's lane of exits, unsigned: its sender is the owner.

    `quiet`: print nothing, because the payment is the one object of the output.
    """
    from strikeproof.client.operation import Withdraw

    account = session.config.account
    if account is None:
        raise ConfigIncomplete("account")
    if nonce is None:
        nonce = forced_nonce(session, account, verifier)
    op = Withdraw(account, nonce, forced_expiry_ms(), MicroUsd(amount))
    sent = force(session, op)
    if not quiet:
        tell_forced(session, sent)


def forced_nonce(session: TradeSession, account: int, verifier: Path | None) -> int:
    """Return an unused nonce of the owner, from the node or from a verifier's store."""
    if verifier is not None:
        with _verifier_parts(verifier) as parts:
            return exit_nonce_of(parts, account)
    with session.client() as client:
        return client.next_nonce(0)


def forced_expiry_ms() -> Milliseconds:
    """Return when a forced op that is sent now expires."""
    return Milliseconds(time.time_ns() // 1_000_000 + FORCED_EXPIRY_SECONDS * 1000)


def force(session: TradeSession, op: UserOp) -> ForcedOp | ExitSent:
    """Send an op through the Inbox, a withdrawal through its lane of exits.

    The owner's address stands for its signature, and the guard key of the configuration, if there
    is one, signs what a guard key has to.
    """
    from strikeproof.client.operation import Withdraw, encode_op, needs_guard
    from strikeproof.client.typed_data import digest, struct_hash
    from strikeproof.client.wallet import Wallet

    vault, guard = session.vault(), session.config.guard
    signature = b""
    if guard is not None and needs_guard(op):
        wallet = Wallet(guard.private_key())
        signature = wallet.sign_digest(digest(vault.domain.separator, struct_hash(op)))
    data = encode_op(op, b"", signature)
    return vault.exit(data) if isinstance(op, Withdraw) else vault.force(data)


def tell_forced(session: TradeSession, sent: ForcedOp | ExitSent) -> None:
    """Show where an op waits."""
    from strikeproof.client.vault import ForcedOp

    if isinstance(sent, ForcedOp):
        place = f"inbox message {sent.inbox_index}"
    else:
        place = f"exit {sent.exit_index}"
    session.show(sent, lambda: click.echo(f"{place} in block {sent.block_number}"))


def _pay_from_verifier(session: TradeSession, verifier: Path, wait: bool) -> None:
    """Have the Vault pay by a proof of the verifier's own state."""
    from strikeproof.verifier.inspection.withdrawal_proof import withdrawal_proof

    account = session.config.account
    if account is None:
        raise ConfigIncomplete("account")
    vault = session.vault()
    deadline = time.monotonic() + (WAIT_SECONDS if wait else 0)
    while True:
        try:
            with _verifier_parts(verifier) as parts:
                report = withdrawal_proof(parts, account)
            if report["owed_micro_usd"]:
                break
            failure: Rejected = NothingOwed(account)
        except NotFound as error:  # nothing is final yet
            failure = error
        if time.monotonic() >= deadline:
            raise failure
        time.sleep(VERIFIER_SECONDS)
    record, proof = (bytes.fromhex(report[each][2:]) for each in ("record", "proof"))
    _tell_payment(session, vault.withdraw_record(report["claim"], record, proof))


@contextmanager
def _verifier_parts(path: Path) -> Iterator[VerifierParts]:
    """Open a verifier's store for reading; its node may run. Raises `ConfigInvalid` without one."""
    from strikeproof.config import ConfigInvalid, LogSection, configure_logging, load_config
    from strikeproof.verifier.config import VerifierConfig
    from strikeproof.verifier.store.verifier_store import StoreUnusable
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    configure_logging(LogSection(format="console", level="error"))
    config = load_config(path, VerifierConfig)
    client = config.l1.client()
    contracts = find_contracts(config, client)
    try:
        parts = VerifierParts(client, contracts, config.store_path, writable=False)
    except StoreUnusable as error:
        raise ConfigInvalid(path, f"data_dir: {error}") from None
    try:
        yield parts
    finally:
        parts.close()


def exit_nonce_of(parts: VerifierParts, account: int) -> int:
    """Return the nonce of an owner's forced op by a verifier's store. Raises `NotFound`."""
    from strikeproof.verifier.inspection.session_nonce import exit_nonce

    return exit_nonce(parts, account)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise NotDoneInTime(WAIT_SECONDS)
        time.sleep(0.25)
