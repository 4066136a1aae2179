"""`strikeproof trade deposit`, `withdraw`: money between L1 and the venue."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from strikeproof.cli.trade_account import print_finality
from strikeproof.cli.trade_arguments import USD
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeExitCode, TradeSession, exit_code_of_ack, plain, usd
from strikeproof.failure import Rejected, Transient
from strikeproof.wire.errors import FailureCode

WAIT_SECONDS = 600


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


@trade_command(
    "withdraw",
    click.argument("amount", required=False, type=USD),
    click.option("--wait/--no-wait", default=True, help="Until the Vault has paid."),
)
def withdraw(session: TradeSession, amount: int | None, wait: bool) -> None:
    """Withdraw AMOUNT USD, and have the Vault pay once it is final.

    Without AMOUNT: only have the Vault pay what earlier withdrawals left owed.
    """
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
    paid = vault.withdraw(proof)
    amount_text = f"{plain(usd(paid.amount_micro_usd))} USD by claim {paid.claim_number}"
    told = f"The Vault paid {amount_text}"
    if paid.place is not None:
        told = f"{amount_text} waits in line at place {paid.place}: the day's share is used up"
    session.show(paid, lambda: click.echo(told))


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise NotDoneInTime(WAIT_SECONDS)
        time.sleep(0.25)
