"""A deployment rehearsed on a chain of its own, in this process: nothing is sent anywhere.

The chain has the id of the real one, and the deployer the same address and nonce, so contracts get
the very addresses that they will have, and terms that they refuse are refused here first.
"""

from __future__ import annotations

from typing import Final

from eth_account.signers.local import LocalAccount
from web3 import Web3

from strikeproof.deployer import Deployer, StepReport
from strikeproof.deployment import DeploymentConfig, SentDeployment, send_deployment
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.in_process import InProcess

ENOUGH_WEI: Final = 10**24  # a million ether, of the rehearsal's own chain


def rehearse(
    account: LocalAccount, config: DeploymentConfig, *, chain_id: int, first_nonce: int
) -> tuple[SentDeployment, list[StepReport]]:
    """Return where the venue will be and what each transaction needs.

    Raises `DeploymentFailed` with the contract's reason where it would be refused.
    """
    address = bytes.fromhex(account.address[2:])
    chain = EmbeddedChain(chain_id, {address: ENOUGH_WEI}, nonces={address: first_nonce})
    steps: list[StepReport] = []
    deployer = Deployer(Web3(InProcess(chain)), account, say=steps.append)
    return send_deployment(deployer, config), steps
