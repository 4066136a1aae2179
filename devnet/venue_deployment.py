"""Deploying a venue on the devnet's L1: contracts, listings, and everybody's money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from web3 import Web3

from strikeproof.deployment import Deployment, DeploymentConfig, deploy
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.listing import set_up_messages
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.l1.message_fee import deposit_fee, register_fee

REPORTERS: Final = 3
QUORUM: Final = 2
MICRO_USD: Final = 10**6
DEPOSIT_MICRO_USD: Final = 25_000 * MICRO_USD
POCKET_MICRO_USD: Final = 10_000 * MICRO_USD
"""Tokens in the hands of `you`, for a deposit by hand."""
STRESS_GAS_PRICE_WEI: Final = 10**9
"""1 gwei: bonds of 0.067 ether; a devnet's ether costs nothing."""

# Who sends to L1, and so needs ether. `you` is the trader for the commands to try.
PAYERS: Final = ("deployer", "sequencer", "verifier", "governor", "you")


@dataclass(frozen=True, slots=True)
class VenueTimes:
    """How patient a venue's contracts are, in seconds."""

    force_inclusion: int = 120
    grace: int = 60
    exit: int = 60
    max_lag: int = 60
    overdue: int = 600
    finality: int = 1_200
    proposal: int = 300
    claim: int = 300


ESCAPE_TIMES: Final = VenueTimes(
    force_inclusion=24, grace=6, exit=10, max_lag=12, overdue=3, proposal=5, claim=15
)
"""A venue that is frozen, left and empty within two minutes and a window."""


@dataclass(frozen=True, slots=True)
class Trader:
    """A funded account of the venue."""

    name: str
    account: int


def reporter_names() -> list[str]:
    """Return the names of the reporters' keys."""
    return [f"reporter-{number}" for number in range(REPORTERS)]


def funded_addresses(keys: Keys, besides: Sequence[str] = ()) -> list[str]:
    """Return who starts with ether."""
    return [keys.address(name) for name in (*PAYERS, *besides)]


def deploy_venue(
    web3: Web3,
    keys: Keys,
    window_seconds: int,
    times: VenueTimes = VenueTimes(),
    expiry_ms: int = 0,
) -> Deployment:
    """Deploy and seal a venue whose challenge window is this long; with a future, if it expires.

    Raises what `strikeproof.deployment.deploy` raises.
    """
    reporters = [bytes.fromhex(keys.address(name)[2:]) for name in reporter_names()]
    config = DeploymentConfig(
        sequencer=keys.address("sequencer"),
        governor_owner=keys.address("governor"),
        window_seconds=window_seconds,
        force_inclusion_seconds=times.force_inclusion,
        grace_seconds=times.grace,
        max_lag_seconds=times.max_lag,
        exit_seconds=times.exit,
        timelock_delay_seconds=window_seconds
        + times.force_inclusion
        + times.grace
        + times.exit
        + 1,
        overdue_seconds=times.overdue,
        finality_seconds=times.finality,
        proposal_seconds=times.proposal,
        claim_seconds=times.claim,
        stress_gas_price_wei=STRESS_GAS_PRICE_WEI,
        governance_messages=set_up_messages(reporters, QUORUM, expiry_ms),
    )
    return deploy(web3, keys.account("deployer"), config)


def fund_verifier(web3: Web3, deployment: Deployment, keys: Keys) -> None:
    """Give the verifier a bond, so that it can propose where it disproved."""
    rollup = deployment.contract(web3, "Rollup").functions
    wallet = L1Wallet(web3, keys.account("verifier"))
    wallet.call(rollup.depositBond(), value_wei=2 * rollup.bondWei().call())
    wallet.settle()


def fund_traders(
    web3: Web3, deployment: Deployment, keys: Keys, names: Sequence[str]
) -> list[Trader]:
    """Register an account for each name and deposit for it, through L1; return them in order.

    The deployer sends all of it, so the ids follow from its nonces. `you` gets tokens besides.
    Raises `TransactionFailed`.
    """
    token = deployment.contract(web3, "TestToken").functions
    vault = deployment.contract(web3, "Vault").functions
    inbox = deployment.contract(web3, "Inbox")
    deployer = keys.address("deployer")
    wallet = L1Wallet(web3, keys.account("deployer"))
    total = DEPOSIT_MICRO_USD * len(names)
    wallet.call(token.mint(deployer, total))
    wallet.call(token.approve(deployment.vault, total))
    wallet.call(token.mint(keys.address("you"), POCKET_MICRO_USD))
    traders = []
    first = vault.nextAccount().call()
    for account, name in enumerate(names, start=first):
        wallet.call(vault.register(keys.address(name)), value_wei=register_fee(inbox))
        traders.append(Trader(name, account))
    wallet.settle()  # deposits are estimated on it
    for trader in traders:
        deposit = vault.deposit(trader.account, DEPOSIT_MICRO_USD)
        wallet.call(deposit, value_wei=deposit_fee(inbox))
    wallet.settle()
    return traders
