"""A lie on an embedded L1, and how long a verifier in mode `defend` takes to have it deleted."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

from strikeproof.bench.verifier_market import DEPOSIT_MICRO_USD, SignedMarket
from strikeproof.client.typed_data import Domain
from strikeproof.deployment import Deployment, DeploymentConfig, deploy
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.keccak import keccak256
from strikeproof.l1 import L1Client
from strikeproof.l1.message_fee import deposit_fee, register_fee
from strikeproof.verifier.derivation.log_derivation import Contracts
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import encode_batch, encode_header
from strikeproof.wire.units import Milliseconds

CHAIN_ID: Final = 31_337
BLOCK_SECONDS: Final = 1
WINDOW_SECONDS: Final = 600
TRADERS: Final = 4
SEGMENTS: Final = 8  # of the batch that is lied about, after its messages
WAIT_SECONDS: Final = 120.0
_KEY_VARIABLE: Final = "STRIKEPROOF_BENCH_KEY"


def measure_dispute() -> dict[str, Any]:
    """Return the figures of one dispute; the module of the benchmark says what they mean."""
    keys = Keys(7)
    with tempfile.TemporaryDirectory() as folder, _l1(keys) as url:
        web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 60}))
        web3.provider.global_ccip_read_enabled = False
        venue = _Venue(web3, keys)
        number = venue.post_batch()
        roots = venue.roots(L1Client.connect([url]), Path(folder) / "right.db", number)
        with _node(Path(folder), url, venue.deployment, keys):
            return venue.lie(number, roots)


@contextmanager
def _l1(keys: Keys) -> Iterator[str]:
    command = [sys.executable, "-m", "strikeproof.devnet.embedded_l1", "--port", "0"]
    command += ["--block-seconds", str(BLOCK_SECONDS)]
    for name in ("deployer", "sequencer", "verifier"):
        command += ["--fund", keys.address(name)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
    finally:
        child.terminate()
        child.wait(30)


@contextmanager
def _node(folder: Path, url: str, deployment: Deployment, keys: Keys) -> Iterator[None]:
    """Run a verifier that defends, and yield once it has executed what there is."""
    config = folder / "verifier.toml"
    config.write_text(
        f'data_dir = "data"\nmode = "defend"\n'
        f'[l1]\nendpoints = ["{url}"]\nchain_id = {CHAIN_ID}\nrollup = "{deployment.rollup}"\n'
        f"first_block = {deployment.first_block}\npoll_seconds = 0.25\n"
        f'[key]\nkey_env = "{_KEY_VARIABLE}"\n',
        "utf-8",
    )
    log = folder / "node.log"
    command = [sys.executable, "-m", "strikeproof"]
    command += ["verifier", "run", "--config", str(config)]
    environment = {**os.environ, _KEY_VARIABLE: keys.private_key("verifier").hex()}
    with log.open("wb") as stream:
        child = subprocess.Popen(command, stderr=stream, env=environment)
    try:
        _wait(lambda: '"batch_executed"' in log.read_text("utf-8"), "the node to catch up")
        yield
    finally:
        child.terminate()
        child.wait(30)


def _wait(condition: Any, what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {WAIT_SECONDS} s for {what}")
        time.sleep(0.05)


class _Venue:
    """A deployed venue whose sequencer is this benchmark."""

    def __init__(self, web3: Web3, keys: Keys) -> None:
        self._web3 = web3
        self._sequencer: LocalAccount = keys.account("sequencer")
        deployer = keys.account("deployer")
        market = SignedMarket(Domain(CHAIN_ID, bytes(20)), traders=TRADERS)
        messages = list(market.messages())
        config = DeploymentConfig(
            sequencer=self._sequencer.address,
            governor_owner=deployer.address,
            window_seconds=WINDOW_SECONDS,
            governance_messages=tuple(
                each[27:] for each in messages if each[0] == MessageKind.GOVERNANCE
            ),
            stress_gas_price_wei=10**9,
        )
        self.deployment = deploy(web3, deployer, config)
        self._rollup = self.deployment.contract(web3, "Rollup").functions
        domain = Domain(CHAIN_ID, bytes.fromhex(self.deployment.rollup[2:]))
        self._market = SignedMarket(domain, traders=TRADERS)
        self._fund(L1Wallet(web3, deployer), deployer.address, messages)

    def _fund(self, wallet: L1Wallet, deployer: str, messages: list[bytes]) -> None:
        """Register and fund the market's traders, through the Vault."""
        token = self.deployment.contract(self._web3, "TestToken").functions
        vault = self.deployment.contract(self._web3, "Vault").functions
        inbox = self.deployment.contract(self._web3, "Inbox")
        amount = DEPOSIT_MICRO_USD // 10
        wallet.call(token.mint(deployer, amount * TRADERS))
        wallet.call(token.approve(self.deployment.vault, amount * TRADERS))
        owners = [each[31:51] for each in messages if each[0] == MessageKind.REGISTER]
        for owner in owners:
            registration = vault.register(Web3.to_checksum_address("0x" + owner.hex()))
            wallet.call(registration, value_wei=register_fee(inbox))
        wallet.settle()  # deposits are estimated on it
        for account in range(1, len(owners) + 1):
            wallet.call(vault.deposit(account, amount), value_wei=deposit_fee(inbox))
        wallet.settle()

    def post_batch(self) -> int:
        """Post a batch of all messages and typical segments; return its number."""
        inbox = self.deployment.contract(self._web3, "Inbox").functions
        count = inbox.count().call()
        time_ms = int(self._web3.eth.get_block("latest")["timestamp"]) * 1_000
        self._market.now_ms = Milliseconds(time_ms - 10_000)
        segments = list(islice(self._market.segments(), SEGMENTS))
        header = encode_header(
            law_id=bytes.fromhex(self.deployment.law_id[2:]),
            number=1,
            parent_hash=bytes.fromhex(self.deployment.genesis_batch_hash[2:]),
            sequencer_epoch=1,
            time_ms=Milliseconds(time_ms),
            inbox_end=count,
            inbox_rolling=bytes(inbox.rolling(count).call()),
            exit_end=0,
            exit_rolling=bytes(32),
            joined=0,
            segment_count=len(segments),
        )
        data = encode_batch(header=header, segments=segments)
        wallet = L1Wallet(self._web3, self._sequencer)
        wallet.call(self._rollup.postBatch(data))
        bond = self._rollup.bondWei().call()
        wallet.call(self._rollup.depositBond(), value_wei=bond)
        wallet.settle()
        return 1

    def roots(self, client: L1Client, path: Path, number: int) -> list[bytes]:
        """Return the right roots of a batch."""
        contracts = Contracts(
            CHAIN_ID,
            bytes.fromhex(self.deployment.rollup[2:]),
            bytes.fromhex(self.deployment.inbox[2:]),
            self.deployment.first_block,
        )
        parts = VerifierParts(client, contracts, path)
        parts.catch_up()
        roots = parts.executor.roots_of(number)
        parts.close()
        assert roots is not None, "the batch was executed"
        return roots

    def lie(self, number: int, roots: list[bytes]) -> dict[str, Any]:
        """Claim a wrong last root, wait for its deletion, and return the figures."""
        batch = bytes(self._rollup.batch(number).call()[0])
        parent = bytes(self._rollup.claim(number - 1).call()[0])
        wallet = L1Wallet(self._web3, self._sequencer)
        wrong = [*roots[:-1], keccak256(roots[-1])]
        wallet.call(self._rollup.propose(batch, parent, wrong))
        (receipt,) = wallet.settle()
        started = time.monotonic()
        count = self._rollup.claimCount
        _wait(lambda: count().call() == number, "the claim to be deleted")
        wall_seconds = time.monotonic() - started
        (event,) = self._web3.eth.get_logs(
            {
                "address": self.deployment.rollup,
                "fromBlock": receipt["blockNumber"],
                "topics": [
                    Web3.keccak(text="ClaimDeleted(uint64,bytes32,address,uint32,bytes32,uint64)")
                ],
            }
        )
        challenge = self._web3.eth.get_transaction(event["transactionHash"])
        used = self._web3.eth.get_transaction_receipt(event["transactionHash"])["gasUsed"]
        posted, deleted = (
            self._web3.eth.get_block(each["blockNumber"])["timestamp"] for each in (receipt, event)
        )
        return {
            "seconds": deleted - posted,
            "wall_seconds": round(wall_seconds, 2),
            "blocks": event["blockNumber"] - receipt["blockNumber"],
            "l1_block_seconds": BLOCK_SECONDS,
            "gas_used": used,
            "calldata_bytes": len(challenge["input"]),
        }
