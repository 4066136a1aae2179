"""`strikeproof trade guard`: a second key for withdrawals and changes of keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import ADDRESS
from strikeproof.cli.trade_command import group, trade_command
from strikeproof.cli.trade_money import VERIFIER, forced_expiry_ms, forced_nonce, tell_forced
from strikeproof.cli.trade_money import force as force_op
from strikeproof.cli.trade_session import (
    ConfigIncomplete,
    TradeExitCode,
    TradeSession,
    exit_code_of_ack,
    time_text,
)
from strikeproof.wire.constants import GuardMode

if TYPE_CHECKING:
    from strikeproof.client import AccountState


@group.group("guard")
def guard() -> None:
    """A second key without which a thief of the owner's takes nothing out.

    With one in force, withdrawals, session keys and changes of the guard need its signature too:
    give it as [guard] in the configuration, at best on another machine than the trader's.
    docs/protocol/user-ops.md, guard key
    """


_FORCE = click.option("--force", is_flag=True, help="Send it through L1's Inbox, as the owner.")


def _act(
    session: TradeSession,
    mode: GuardMode,
    key: bytes = bytes(20),
    *,
    force: bool,
    verifier: Path | None,
) -> None:
    if verifier is not None and not force:
        raise click.UsageError("--from-verifier goes with --force")
    if force:
        _force(session, mode, key, verifier)
        return
    with session.client() as client:
        ack = client.set_guard(mode, key)
        if exit_code_of_ack(ack) is not TradeExitCode.OK:
            session.finish(ack)
            return
        found = client.account()
    shown = {"guard_key": found.guard_key, "guard_removal_ms": found.guard_removal_ms}
    session.show(shown, lambda: click.echo(_told(found)))


def _force(session: TradeSession, mode: GuardMode, key: bytes, verifier: Path | None) -> None:
    from strikeproof.client.operation import SetGuard

    account = session.config.account
    if account is None:
        raise ConfigIncomplete("account")
    nonce = forced_nonce(session, account, verifier)
    tell_forced(session, force_op(session, SetGuard(account, nonce, forced_expiry_ms(), mode, key)))


def _told(found: AccountState) -> str:
    if not found.guard_key:
        return "No guard key is in force."
    head = f"The guard key 0x{found.guard_key.hex()} is in force"
    return (
        f"{head}, until {time_text(found.guard_removal_ms)}."
        if found.guard_removal_ms
        else f"{head}."
    )


@trade_command("set", click.argument("address", type=ADDRESS), _FORCE, VERIFIER, of=guard)
def set_key(session: TradeSession, address: bytes, force: bool, verifier: Path | None) -> None:
    """Make ADDRESS the guard key. One that is in force has to sign: [guard]."""
    if session.config.key and address == _owner(session):
        raise click.UsageError("the guard key must be another one than the owner's")
    _act(session, GuardMode.SET, address, force=force, verifier=verifier)


def _owner(session: TradeSession) -> bytes:
    from strikeproof.client import Wallet

    assert session.config.key is not None
    return Wallet(session.config.key.private_key()).address


@trade_command("announce", _FORCE, VERIFIER, of=guard)
def announce(session: TradeSession, force: bool, verifier: Path | None) -> None:
    """Announce the removal of the guard key: in three days it is gone, unless `keep` stops that.

    The owner's key does it alone, for whoever has lost the guard key.
    """
    _act(session, GuardMode.ANNOUNCE, force=force, verifier=verifier)


@trade_command("keep", _FORCE, VERIFIER, of=guard)
def keep(session: TradeSession, force: bool, verifier: Path | None) -> None:
    """Stop an announced removal: the owner's key does it alone.

    With --force no sequencer can keep that back until the guard key is gone.
    """
    _act(session, GuardMode.KEEP, force=force, verifier=verifier)


@trade_command("remove", _FORCE, VERIFIER, of=guard)
def remove(session: TradeSession, force: bool, verifier: Path | None) -> None:
    """Remove the guard key at once. It has to sign: [guard]."""
    _act(session, GuardMode.REMOVE, force=force, verifier=verifier)
