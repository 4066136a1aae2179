"""A deployment killed at any transaction goes on, and deploys nothing twice."""

import json
from dataclasses import replace

import pytest
from eth_account import Account
from web3 import Web3

from strikeproof.deployer import DeploymentJournal, JournalUnusable
from strikeproof.deployment import DeploymentConfig, DeploymentFailed, deploy
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.in_process import InProcess
from strikeproof.devnet.rehearsal import rehearse
from strikeproof.keccak import keccak256
from strikeproof.operate.governance_payload import encode

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
    governance_messages=(encode("list_underlying", {"symbol": "BTC"}),),
)
TRANSACTIONS = 17
IDENTITY = {"chain_id": CHAIN_ID, "deployer": DEPLOYER.address}


class Killed(BaseException):
    """The process ends here."""


class Mortal(InProcess):
    """An L1 whose caller is killed at its n-th broadcast: before L1 sees it, or right after."""

    def __init__(self, chain, kill_at=None, *, after=False):
        super().__init__(chain)
        self.broadcasts, self.kill_at, self.after = 0, kill_at, after

    def make_request(self, method, params):
        if method != "eth_sendRawTransaction":
            return super().make_request(method, params)
        self.broadcasts += 1
        if self.broadcasts == self.kill_at and not self.after:
            raise Killed
        answer = super().make_request(method, params)
        if self.broadcasts == self.kill_at:
            raise Killed
        return answer


def new_chain():
    return EmbeddedChain(CHAIN_ID, {bytes.fromhex(DEPLOYER.address[2:]): 10**24})


def sent_by(chain):
    return chain.nonce(bytes.fromhex(DEPLOYER.address[2:]), chain.head_number)


class MortalJournal(DeploymentJournal):
    """A journal whose process is killed at its n-th write: before it is on disk, or right after."""

    kill_at, after = 0, False

    def put(self, index, step):
        last = index + 1 == self.kill_at
        if last and not self.after:
            raise Killed
        super().put(index, step)
        if last:
            raise Killed


@pytest.fixture(scope="module")
def rehearsed():
    return rehearse(DEPLOYER, CONFIG, chain_id=CHAIN_ID, first_nonce=0)


@pytest.mark.parametrize("after", [False, True], ids=["before L1", "after L1"])
@pytest.mark.parametrize("kill_at", range(1, TRANSACTIONS + 1))
def test_deployment_killed_at_a_transaction_is_resumed(tmp_path, rehearsed, kill_at, after):
    chain, path = new_chain(), tmp_path / "journal"
    with pytest.raises(Killed):
        deploy(
            Web3(Mortal(chain, kill_at, after=after)),
            DEPLOYER,
            CONFIG,
            journal=DeploymentJournal(path, IDENTITY),
        )
    again = DeploymentJournal(path, IDENTITY)
    assert len(again.steps) == kill_at
    deployment = deploy(Web3(InProcess(chain)), DEPLOYER, CONFIG, journal=again)
    assert sent_by(chain) == TRANSACTIONS
    sent, steps = rehearsed
    assert (sent.rollup, sent.vault, len(steps)) == (
        deployment.rollup,
        deployment.vault,
        TRANSACTIONS,
    )
    done = deploy(
        Web3(InProcess(chain)), DEPLOYER, CONFIG, journal=DeploymentJournal(path, IDENTITY)
    )
    assert (done, sent_by(chain)) == (deployment, TRANSACTIONS)


@pytest.mark.parametrize("after", [False, True], ids=["before the disk", "after the disk"])
@pytest.mark.parametrize("kill_at", [1, 6, TRANSACTIONS])
def test_deployment_killed_at_a_write_of_the_journal_is_resumed(
    tmp_path, rehearsed, kill_at, after
):
    chain, path = new_chain(), tmp_path / "journal"
    journal = MortalJournal(path, IDENTITY)
    journal.kill_at, journal.after = kill_at, after
    with pytest.raises(Killed):
        deploy(Web3(InProcess(chain)), DEPLOYER, CONFIG, journal=journal)
    again = DeploymentJournal(path, IDENTITY)
    assert len(again.steps) == (kill_at if after else kill_at - 1)
    assert sent_by(chain) == kill_at - 1, "nothing is broadcast that is not on disk"
    deployment = deploy(Web3(InProcess(chain)), DEPLOYER, CONFIG, journal=again)
    assert (deployment.rollup, sent_by(chain)) == (rehearsed[0].rollup, TRANSACTIONS)


def test_journal_of_other_terms_another_chain_or_a_used_key_is_refused(tmp_path):
    chain, path = new_chain(), tmp_path / "journal"
    web3 = Web3(InProcess(chain))
    deploy(web3, DEPLOYER, CONFIG, journal=DeploymentJournal(path, IDENTITY))
    other = replace(CONFIG, window_seconds=31)
    with pytest.raises(JournalUnusable, match="Rollup"):
        deploy(web3, DEPLOYER, other, journal=DeploymentJournal(path, IDENTITY))
    with pytest.raises(JournalUnusable, match="chain_id"):
        DeploymentJournal(path, IDENTITY | {"chain_id": 1})
    deploy(web3, DEPLOYER, CONFIG)
    with pytest.raises(JournalUnusable, match="not in it"):
        deploy(web3, DEPLOYER, CONFIG, journal=DeploymentJournal(path, IDENTITY))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1, "identity": {}}'])
def test_damaged_journal_is_reported(tmp_path, text):
    path = tmp_path / "journal"
    path.write_text(text)
    with pytest.raises(JournalUnusable):
        DeploymentJournal(path, IDENTITY)


def test_steps_that_cannot_be_read_are_reported(tmp_path):
    path = tmp_path / "journal"
    path.write_text(json.dumps({"version": 1, "identity": IDENTITY, "steps": [{}]}))
    with pytest.raises(JournalUnusable):
        DeploymentJournal(path, IDENTITY)


def test_rehearsal_states_the_contracts_own_reason():
    low = replace(CONFIG, window_seconds=60)
    with pytest.raises(DeploymentFailed, match=r"DelayTooShort\(delaySeconds 120"):
        rehearse(DEPLOYER, low, chain_id=CHAIN_ID, first_nonce=0)
    with pytest.raises(DeploymentFailed, match="SecondsOutOfRange"):
        rehearse(DEPLOYER, CONFIG, chain_id=1, first_nonce=0)
