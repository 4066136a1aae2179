"""`strikeproof bond`: the bond behind a node's claims."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from strikeproof.config.fees_section import WEI_PER_GWEI
from strikeproof.failure import Broken, Rejected, Transient

if TYPE_CHECKING:
    from strikeproof.keystore import Signer
    from strikeproof.l1 import Intent, L1Client
    from strikeproof.l1.bond_facts import HeldBond
    from strikeproof.sequencer.config import SequencerConfig
    from strikeproof.verifier.config import VerifierConfig

EXIT_REJECTED = 2
EXIT_BROKEN = 3
EXIT_TRANSIENT = 4
EXIT_FAILED = 5
WAIT_SECONDS = 600.0

P = ParamSpec("P")
R = TypeVar("R")


@click.group()
def group() -> None:
    """Show, deposit and withdraw the bond behind a node's claims; settle and collect rewards; stake
    on a sequencer's receipts.

    \b
    Every command reads the configuration of a sequencer or a verifier. All but `show` send with the
    node's key, so they need the node to be stopped: one process owns the nonces of a key.
    Exit codes:
       0  done
       2  wrong arguments or configuration, no usable key, or L1 would refuse it: nothing was sent
       3  another process holds the key's transactions
       4  L1 endpoints fail or disagree, or the transaction is in no block yet
       5  sent, and L1 reverted it
    """


@dataclass(frozen=True, slots=True)
class BondedKey:
    """A node's key on its chain, whichever node it is."""

    client: L1Client
    signer: Signer
    rollup: bytes
    promises: bytes | None
    """Where a sequencer stakes on its receipts; a verifier gives none."""
    config: SequencerConfig | VerifierConfig
    intents: Path
    """The key's transactions."""


def _open(path: Path) -> BondedKey:
    from strikeproof.config import ConfigInvalid, load_config
    from strikeproof.deployment import Deployment
    from strikeproof.sequencer.config import SequencerConfig
    from strikeproof.sequencer.l1.contract_abi import address_bytes
    from strikeproof.sequencer.recovery.data_folder import DataFolder
    from strikeproof.verifier.config import VerifierConfig

    config: SequencerConfig | VerifierConfig
    promises = None
    if _is_sequencer(path):
        config = load_config(path, SequencerConfig)
        deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
        rollup, key = address_bytes(deployment.rollup), config.key
        promises = address_bytes(deployment.promises)
        intents = DataFolder(config.data_dir).intents
    else:
        config = load_config(path, VerifierConfig)
        if config.key is None:
            raise ConfigInvalid(path, "key: missing")
        rollup, key, intents = config.l1.rollup, config.key, config.intents_path
    client = config.l1.client()
    client.check_chain(config.l1.chain_id)
    return BondedKey(client, key.signer(), rollup, promises, config, intents)


def _is_sequencer(path: Path) -> bool:
    """Return whether the file is a sequencer's: it names a deployment. Broken files are neither;
    what loads them says what is wrong."""
    try:
        return "deployment" in tomllib.loads(path.read_text("utf-8")).get("l1", {})
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _command(function: Callable[P, R]) -> Callable[P, None]:
    """Give a command --config and --json, and exit codes to its errors."""

    @click.option(
        "--config",
        "path",
        required=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="TOML file of a sequencer or a verifier.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        from strikeproof.config import LogSection, configure_logging

        configure_logging(LogSection(format="console", level="error"))
        try:
            function(*args, **kwargs)
        except (Rejected, Broken, Transient, TimeoutError) as error:
            click.echo(f"{type(error).__name__}: {error}", err=True)
            sys.exit(_exit_code(error))

    return guarded


def _exit_code(error: Exception) -> int:
    if isinstance(error, Rejected):
        return EXIT_REJECTED
    return EXIT_BROKEN if isinstance(error, Broken) else EXIT_TRANSIENT


def _print(as_json: bool, report: dict[str, Any]) -> None:
    width = max(len(name) for name in report)
    text = "\n".join(f"{name:<{width}}  {value}" for name, value in report.items())
    click.echo(json.dumps(report) if as_json else text)


@group.command()
@_command
def show(path: Path, as_json: bool) -> None:
    """Show the bond: what is there, required, held after a slash, locked until when, and owed.

    `rewards` are held for the key, of the bonds of those whose claims this verifier disproved;
    `bond settle` turns them into credit once their lock is over.
    """
    from strikeproof.l1.bond_facts import read_bond, read_credit_wei

    key = _open(path)
    bond = read_bond(key.client, key.rollup, key.signer.address, ())
    l1_seconds = key.client.head().timestamp_seconds
    locked = bond.locked_until_seconds - l1_seconds
    report = {
        "address": "0x" + key.signer.address.hex(),
        "bond_wei": bond.amount_wei,
        "required_wei": bond.needed_wei,
        "held_wei": bond.held_wei,
        "locked_until_seconds": bond.locked_until_seconds,
        "locked_for_seconds": max(0, locked),
        "credit_wei": read_credit_wei(key.client, key.rollup, key.signer.address),
        "balance_wei": key.client.balance_wei(key.signer.address),
        "rewards": [
            {
                "proposer": "0x" + each.proposer.hex(),
                "held_wei": each.wei,
                "locked_for_seconds": max(0, each.locked_until_seconds - l1_seconds),
            }
            for each in _rewards(key)
        ],
    }
    if key.promises is not None:
        stake_wei, unlock_seconds = _stake(key)
        report |= {"stake_wei": stake_wei, "stake_unlock_seconds": unlock_seconds}
    _print(as_json, report)


@group.command()
@click.option("--gwei", type=click.IntRange(min=1), help="How much; absent: what is missing.")
@_command
def deposit(path: Path, as_json: bool, gwei: int | None) -> None:
    """Add to the bond. This sum counts towards no limit of the configuration."""
    from strikeproof.l1.bond_facts import read_bond

    key = _open(path)
    bond = read_bond(key.client, key.rollup, key.signer.address, ())
    missing = bond.needed_wei - bond.amount_wei
    wei = missing if gwei is None else gwei * WEI_PER_GWEI
    if wei <= 0:
        _print(as_json, {"bond_wei": bond.amount_wei, "deposited_wei": 0})
        return
    _send(key, as_json, "topUpBond", bond.amount_wei, value_wei=wei)


@group.command()
@click.option("--gwei", type=click.IntRange(min=1), help="How much; absent: all of it.")
@_command
def withdraw(path: Path, as_json: bool, gwei: int | None) -> None:
    """Take from the bond what no claim needs: after its lock, which `show` prints."""
    from strikeproof.l1.bond_facts import read_bond

    key = _open(path)
    bond = read_bond(key.client, key.rollup, key.signer.address, ())
    wei = bond.amount_wei if gwei is None else gwei * WEI_PER_GWEI
    _send(key, as_json, "withdrawBond", wei)


@group.command()
@click.option("--proposer", metavar="ADDRESS", help="Whose bond; absent: each that is due.")
@_command
def settle(path: Path, as_json: bool, proposer: str | None) -> None:
    """Settle what is held of slashed bonds: our own, and those whose reward is ours.

    After its lock a reward becomes credit for `collect`, or burns if nobody had committed to the
    disproof. A proposer cannot claim before its own bond is settled.
    """
    from eth_utils.address import is_address

    from strikeproof.l1.bond_facts import read_held
    from strikeproof.sequencer.l1.contract_abi import address_bytes

    if proposer is not None and not is_address(proposer):
        raise click.BadParameter(f"{proposer!r} is not an address", param_hint="--proposer")
    key = _open(path)
    if proposer is not None:
        due = [address_bytes(proposer)]
    else:
        now = key.client.head().timestamp_seconds
        held = [read_held(key.client, key.rollup, key.signer.address), *_rewards(key)]
        due = [each.proposer for each in held if each.wei and each.locked_until_seconds < now]
    if not due:
        _print(as_json, {"settled": 0})
        return
    for each in dict.fromkeys(due):
        _send(key, as_json, "settleHeld", each)


def _rewards(key: BondedKey) -> list[HeldBond]:
    """Return what is held for the key of the bonds whose owners this verifier disproved."""
    from strikeproof.l1.bond_facts import read_held

    proposers = dict.fromkeys(_disproved(key))
    held = [read_held(key.client, key.rollup, each) for each in proposers]
    return [each for each in held if each.wei and each.reward_to == key.signer.address]


def _disproved(key: BondedKey) -> list[bytes]:
    """Return the proposers of the claims that this verifier, if it is one, disproved."""
    from strikeproof.verifier.config import VerifierConfig
    from strikeproof.verifier.store.verifier_store import VerifierStore
    from strikeproof.verifier.wiring import find_contracts

    config = key.config
    if not isinstance(config, VerifierConfig) or not config.store_path.exists():
        return []
    identity = find_contracts(config, key.client).identity
    store = VerifierStore(config.store_path, identity, writable=False)
    try:
        return [proposer for _, proposer in store.disproved()]
    finally:
        store.close()


@group.command()
@click.option("--gwei", type=click.IntRange(min=1), help="How much; absent: what is missing.")
@_command
def stake(path: Path, as_json: bool, gwei: int | None) -> None:
    """Stake on a sequencer's receipts: holders of broken ones are paid out of it. This sum counts
    towards no limit of the configuration."""
    from strikeproof.sequencer.config import SequencerConfig

    key = _open(path)
    found, _ = _stake(key)
    assert isinstance(key.config, SequencerConfig)
    missing = key.config.promises.stake_gwei * WEI_PER_GWEI - found
    wei = missing if gwei is None else gwei * WEI_PER_GWEI
    if wei <= 0:
        _print(as_json, {"stake_wei": found, "staked_wei": 0})
        return
    address = "0x" + key.signer.address.hex()
    _send(key, as_json, "topUpStake", address, found, value_wei=wei, contract="Promises")


@group.command()
@_command
def unstake(path: Path, as_json: bool) -> None:
    """Announce that the stake is taken back; once that is due, take it.

    Set `promises.stake_gwei = 0` first, or the node stakes again afterwards.
    """
    key = _open(path)
    _, unlock_seconds = _stake(key)
    is_due = 0 < unlock_seconds <= key.client.head().timestamp_seconds
    if unlock_seconds and not is_due:
        _print(as_json, {"stake_unlock_seconds": unlock_seconds})
        return
    _send(key, as_json, "withdrawStake" if is_due else "announceUnlock", contract="Promises")


def _stake(key: BondedKey) -> tuple[int, int]:
    """Return what the key has staked, and from when it can take it back; a verifier's
    configuration is a usage error."""
    from strikeproof.sequencer.l1.contract_abi import contract_abi

    if key.promises is None:
        raise click.UsageError("only a sequencer stakes on receipts: give its configuration")
    abi = contract_abi("Promises")
    call = abi.call("stakeOf", "0x" + key.signer.address.hex())
    wei, unlock = key.client.read(key.promises, call, lambda data: abi.answer("stakeOf", data))
    return int(wei), int(unlock)


@group.command()
@_command
def collect(path: Path, as_json: bool) -> None:
    """Have L1 pay what it owes the key: rewards of disproofs."""
    _send(_open(path), as_json, "collect")


def _send(
    key: BondedKey,
    as_json: bool,
    function: str,
    *arguments: Any,
    value_wei: int = 0,
    contract: str = "Rollup",
) -> None:
    """Call a contract with the node's key, follow it into a block, and report."""
    from strikeproof.l1.gas_estimate import GasEstimator, call_gas_bound
    from strikeproof.sequencer.l1.contract_abi import contract_abi

    recipient = key.promises if contract == "Promises" else key.rollup
    assert recipient is not None, "a verifier stakes on nothing"
    data = contract_abi(contract).call(function, *arguments)
    _check_accepted(key, contract, recipient, data, value_wei)
    with _sender(key) as sender:
        gas = GasEstimator(key.client, recipient, sender.address)
        limit = gas.limit(call_gas_bound(data, 3), data, value_wei)
        head = key.client.head()
        name = f"{function} by hand, block {head.number}"
        done: Intent = sender.submit_and_wait(
            name, recipient, data, gas=limit, value_wei=value_wei, timeout_seconds=WAIT_SECONDS
        )
    _print(
        as_json,
        {
            "sent": function,
            "value_wei": value_wei,
            "transaction": "0x" + (done.transaction_hash or b"").hex(),
            "block": done.block_number,
            "gas_used": done.gas_used,
            "succeeded": done.succeeded,
        },
    )
    if not done.succeeded:
        sys.exit(EXIT_FAILED)


def _check_accepted(
    key: BondedKey, contract: str, recipient: bytes, data: bytes, value_wei: int
) -> None:
    """Exit, with L1's reason, if it would revert the call."""
    from strikeproof.l1 import CallReverted, EndpointFailed
    from strikeproof.l1.sender import TRANSACTION_GAS_MAX
    from strikeproof.sequencer.l1.contract_abi import contract_abi

    for endpoint in key.client.awake():
        try:
            endpoint.estimate_gas(
                recipient, data, key.signer.address, TRANSACTION_GAS_MAX, value_wei
            )
        except CallReverted as reverted:
            reason = contract_abi(contract).error(reverted.data) if reverted.data else str(reverted)
            click.echo(f"L1 refuses: {reason}", err=True)
            sys.exit(EXIT_REJECTED)
        except EndpointFailed:
            continue


@contextmanager
def _sender(key: BondedKey) -> Iterator[Any]:
    from strikeproof.l1 import TransactionSender

    config = key.config
    sender = TransactionSender(
        key.client,
        key.signer,
        key.intents,
        chain_id=config.l1.chain_id,
        policy=config.fees.policy(config.l1.confirmations),
    )
    try:
        yield sender
    finally:
        sender.close()
