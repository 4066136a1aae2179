"""Bonded strangers that claim a wrong root now and then, each with a key and a bond of its own."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_account.signers.local import LocalAccount
from web3.exceptions import ContractLogicError
from web3.types import TxParams, Wei

from strikeproof.devnet.l1_wallet import L1Wallet, TransactionFailed
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.storage_failure import StorageFailed
from tests.integration.sequencer.chain import Chain, l1_account

EVERY_SECONDS: Final = 40.0
ETHER: Final = 10**18
POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Lie:
    """A wrong claim that L1 took."""

    number: int
    claim_hash: bytes
    proposer: str
    posted: float
    """By the wall clock."""


class Liars:
    """Lie as soon as there is a batch without a claim, straight on L1: nothing is between."""

    def __init__(self, chain: Chain, batches: Path) -> None:
        self._chain, self._batches = chain, batches
        self.lies: list[Lie] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell no more lies."""
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(EVERY_SECONDS):
            number += 1
            account = l1_account(f"liar {number}")
            self._bond(account)
            while not self._stop.is_set() and not self._lie(account):
                time.sleep(POLL_SECONDS)

    def _bond(self, account: LocalAccount) -> None:
        web3, payer = self._chain.web3, l1_account("deployer")
        gift: TxParams = {
            "chainId": web3.eth.chain_id,
            "nonce": web3.eth.get_transaction_count(payer.address, "pending"),
            "to": account.address,
            "value": Wei(10 * ETHER),
            "gas": 21_000,
            "maxFeePerGas": Wei(100 * 10**9),
            "maxPriorityFeePerGas": Wei(10**9),
        }
        signed = payer.sign_transaction(gift)  # type: ignore[arg-type]
        sent = web3.eth.send_raw_transaction(signed.raw_transaction)
        web3.eth.wait_for_transaction_receipt(sent, 60, 0.1)
        rollup = self._chain.rollup()
        wallet = L1Wallet(web3, account)
        wallet.call(rollup.depositBond(), value_wei=rollup.bondWei().call())
        wallet.settle()

    def _lie(self, account: LocalAccount) -> bool:
        """Claim a wrong last root for the first batch without a claim; False: not this time."""
        rollup = self._chain.rollup()
        number = rollup.claimCount().call()
        if number > rollup.batchCount().call():
            return False
        try:
            store = BatchStore(self._batches)
            stored = store.get(number)
            store.close()
        except (StorageFailed, sqlite3.Error):
            return False
        if stored is None:
            return False
        try:
            parent = rollup.claim(number - 1).call()[0]
        except ContractLogicError:
            return False  # the verifier has just deleted it
        roots = [*stored.roots[:-1], keccak256(stored.roots[-1])]
        wallet = L1Wallet(self._chain.web3, account)
        try:
            wallet.call(rollup.propose(stored.hash, parent, roots))
            (receipt,) = wallet.settle()
        except TransactionFailed:
            return False  # the verifier claimed it first
        contract = self._chain.deployment.contract(self._chain.web3, "Rollup")
        (event,) = contract.events.ClaimPosted().process_receipt(receipt)
        claim_hash = bytes(event["args"]["claimHash"])
        self.lies.append(Lie(number, claim_hash, account.address, time.time()))
        return True
