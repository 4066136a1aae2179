"""What a deployment waits for: blocks, confirmations, fees that rise, reorganizations."""

import pytest
from eth_account import Account
from web3 import Web3

from strikeproof.deployer import (
    Deployer,
    DeploymentFailed,
    DeploymentJournal,
    DeploymentUnfinished,
    Patience,
    StepWait,
)
from strikeproof.deployment import DeploymentConfig, deploy_by
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.in_process import InProcess
from strikeproof.keccak import keccak256

CHAIN_ID = 31_337
DEPLOYER = Account.from_key(keccak256(b"deployer"))
OTHER = Account.from_key(keccak256(b"other")).address
CONFIG = DeploymentConfig(
    sequencer=OTHER,
    governor_owner=OTHER,
    window_seconds=30,
    force_inclusion_seconds=60,
    grace_seconds=10,
    max_lag_seconds=30,
    exit_seconds=10,
    timelock_delay_seconds=120,
)
TRANSACTIONS = 16
IDENTITY = {"chain_id": CHAIN_ID, "deployer": DEPLOYER.address}
SOON = Patience(inclusion_seconds=20, nudge_seconds=0.2)


def new_chain():
    return EmbeddedChain(CHAIN_ID, {bytes.fromhex(DEPLOYER.address[2:]): 10**24})


def sent_by(chain):
    return chain.nonce(bytes.fromhex(DEPLOYER.address[2:]), chain.head_number)


class Watched(InProcess):
    """An L1 of which `before` sees each request; what it returns, if anything, is the answer."""

    def __init__(self, chain, before):
        super().__init__(chain)
        self.chain, self.before = chain, before

    def make_request(self, method, params):
        answer = self.before(self.chain, method)
        return answer or super().make_request(method, params)


def deployer(chain, before, **settings):
    return Deployer(Web3(Watched(chain, before)), DEPLOYER, **settings)


def test_deployment_waits_for_confirmations():
    asked = []

    def mine_when_asked(chain, method):
        if method == "eth_blockNumber":
            asked.append(chain.head_number)
            chain.mine()

    chain = new_chain()
    patience = Patience(confirmations=3, inclusion_seconds=20)
    deployment = deploy_by(deployer(chain, mine_when_asked, patience=patience), CONFIG)
    assert chain.head_number - deployment.first_block >= TRANSACTIONS - 1 + 3
    assert asked


def test_confirmations_that_do_not_come_are_reported_with_what_to_do():
    heard: list[StepWait] = []
    patience = Patience(confirmations=3, inclusion_seconds=0.7, nudge_seconds=0.1)
    with pytest.raises(DeploymentUnfinished) as caught:
        deploy_by(
            deployer(new_chain(), lambda *_: None, patience=patience, say_waiting=heard.append),
            CONFIG,
        )
    told = str(caught.value)
    assert "has 2 of 3 confirmations after 0 of 0.7 s" in told
    assert "Run the same command again" in told and "l1.inclusion_seconds" in told
    assert caught.value.waiting.patience == patience
    assert heard and heard[0].confirmations is not None


def test_transaction_that_l1_takes_and_forgets_is_sent_again():
    forgotten = []

    def forget_the_third(chain, method):
        if method == "eth_sendRawTransaction":
            forgotten.append(method)
            if len(forgotten) == 3:
                return {"jsonrpc": "2.0", "id": 1, "result": "0x" + 64 * "0"}
        return None

    chain = new_chain()
    deploy_by(deployer(chain, forget_the_third, patience=SOON), CONFIG)
    assert sent_by(chain) == TRANSACTIONS
    assert len(forgotten) > TRANSACTIONS


def test_transaction_that_never_lands_is_reported_with_what_l1_says():
    def refuse_blocks(chain, method):
        if method == "eth_sendRawTransaction":
            return {"jsonrpc": "2.0", "id": 1, "result": "0x" + 64 * "0"}
        return None

    patience = Patience(inclusion_seconds=0.5, nudge_seconds=0.1)
    with pytest.raises(DeploymentUnfinished, match=r"MarginModule, 0x.* is in no block") as caught:
        deploy_by(deployer(new_chain(), refuse_blocks, patience=patience), CONFIG)
    assert caught.value.waiting.confirmations is None


def test_transaction_that_became_too_cheap_is_outbid(tmp_path):
    """Both fees rise by what nodes demand of a replacement."""
    cheap, path = new_chain(), tmp_path / "journal"
    for _ in range(120):  # empty blocks: the base fee falls to nearly nothing
        cheap.mine()

    class Killed(BaseException):
        pass

    def kill(chain, method):
        if method == "eth_sendRawTransaction":
            raise Killed

    with pytest.raises(Killed):
        deploy_by(deployer(cheap, kill, journal=DeploymentJournal(path, IDENTITY)), CONFIG)
    (step,) = DeploymentJournal(path, IDENTITY).steps
    costly = new_chain()
    costly.submit(bytes.fromhex(step.raw[2:]))
    costly.mine()
    assert sent_by(costly) == 0, "it is too cheap for any block"

    journal = DeploymentJournal(path, IDENTITY)
    deploy_by(deployer(costly, lambda *_: None, journal=journal, patience=SOON), CONFIG)
    assert journal.steps[0].replaced == [step.transaction]
    assert journal.steps[0].tip_wei * 10 >= step.tip_wei * 11
    assert sent_by(costly) == TRANSACTIONS


def test_what_a_reorganization_takes_away_is_sent_again():
    rewound: list[int] = []

    def rewind_once(chain, method):
        if method != "eth_blockNumber":
            return
        if not rewound:
            rewound.append(chain.head_number)
            chain.rewind(chain.head_number - 2)
        chain.mine()

    chain = new_chain()
    patience = Patience(confirmations=2, inclusion_seconds=20, nudge_seconds=0.2)
    deploy_by(deployer(chain, rewind_once, patience=patience), CONFIG)
    assert rewound == [TRANSACTIONS]
    assert sent_by(chain) == TRANSACTIONS


def test_nonce_that_another_transaction_took_is_reported():
    """Somebody else uses the deployer's key meanwhile."""
    taken: list[bytes] = []

    def take_the_nonce(chain, method):
        if method != "eth_sendRawTransaction" or taken:
            return None
        other = DEPLOYER.sign_transaction(
            {
                "chainId": CHAIN_ID,
                "nonce": 0,
                "to": OTHER,
                "value": 1,
                "gas": 21_000,
                "maxFeePerGas": 10**10,
                "maxPriorityFeePerGas": 10**9,
            }
        )
        taken.append(chain.submit(bytes(other.raw_transaction)))
        chain.mine()
        return {"jsonrpc": "2.0", "id": 1, "result": "0x" + 64 * "0"}

    with pytest.raises(DeploymentFailed, match=r"nonce 0 of 0x.* went to another transaction"):
        deploy_by(deployer(new_chain(), take_the_nonce, patience=SOON), CONFIG)
