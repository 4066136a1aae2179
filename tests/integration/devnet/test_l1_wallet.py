"""The devnet's wallet asks L1 what a call needs, and waits for what the answer rests on."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from web3 import Web3

from strikeproof.contracts import artifact
from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.devnet.l1_wallet import L1Wallet, TransactionFailed
from strikeproof.keccak import keccak256
from tests.integration.verifier.venue import CHAIN_ID, ETHER, ChainProvider

ACCOUNT = Account.from_key(keccak256(b"wallet"))
OTHER = to_checksum_address(keccak256(b"other")[:20])
# Initialisation that stores 20 words, so that the call needs more than any fixed limit did.
EXPENSIVE = b"".join(b"\x60\x01\x60" + bytes((slot,)) + b"\x55" for slot in range(1, 21)) + b"\x00"


class MiningProvider(ChainProvider):
    """A block comes when somebody waits for one."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__(Rpc(chain, mines_at_once=False))
        self.chain = chain
        self.sent = 0

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_getTransactionReceipt":
            self.chain.mine()
        self.sent += method == "eth_sendRawTransaction"
        return super().make_request(method, params) | {"jsonrpc": "2.0", "id": 1}


@pytest.fixture
def provider() -> MiningProvider:
    address = bytes.fromhex(ACCOUNT.address[2:])
    return MiningProvider(EmbeddedChain(CHAIN_ID, {address: 100 * ETHER}))


@pytest.fixture
def web3(provider: MiningProvider) -> Web3:
    return Web3(provider)


def deploy(web3: Web3, code: bytes) -> str:
    transaction = {
        "chainId": CHAIN_ID,
        "nonce": web3.eth.get_transaction_count(ACCOUNT.address),
        "data": code,
        "gas": 2**24,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
    }
    sent = web3.eth.send_raw_transaction(ACCOUNT.sign_transaction(transaction).raw_transaction)
    address = web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address is not None
    return address


@pytest.fixture
def token(web3: Web3) -> Any:
    found = artifact("TestToken")
    address = to_checksum_address(deploy(web3, found.bytecode))
    return web3.eth.contract(address=address, abi=found.abi).functions


def test_call_that_rests_on_pending_ones_waits_for_them(
    provider: MiningProvider, web3: Web3, token: Any
) -> None:
    wallet = L1Wallet(web3, ACCOUNT)
    before, sent = provider.chain.head_number, provider.sent
    wallet.call(token.mint(ACCOUNT.address, 7))
    wallet.call(token.approve(ACCOUNT.address, 7))
    assert provider.chain.head_number == before
    wallet.call(token.transferFrom(ACCOUNT.address, OTHER, 7))
    assert provider.chain.head_number > before
    receipts = wallet.settle()
    assert [each["status"] for each in receipts] == [1, 1, 1]
    assert token.balanceOf(OTHER).call() == 7
    assert provider.sent == sent + 3
    assert wallet.settle() == []


def test_call_that_would_revert_is_not_sent(
    provider: MiningProvider, web3: Web3, token: Any
) -> None:
    wallet = L1Wallet(web3, ACCOUNT)
    sent = provider.sent
    with pytest.raises(TransactionFailed, match="transferFrom"):
        wallet.call(token.transferFrom(ACCOUNT.address, OTHER, 1))
    assert provider.sent == sent
    wallet.call(token.mint(ACCOUNT.address, 1))  # with the nonce that is still free
    (receipt,) = wallet.settle()
    assert receipt["status"] == 1


def test_expensive_call_gets_what_it_needs(web3: Web3) -> None:
    """One of the devnet's own had a limit of 300,000 gas, and L1 may reprice any."""
    length = len(EXPENSIVE)
    code = bytes((0x60, length, 0x60, 12, 0x60, 0, 0x39, 0x60, length, 0x60, 0, 0xF3)) + EXPENSIVE
    abi = [{"type": "function", "name": "run", "inputs": [], "outputs": []}]
    contract = web3.eth.contract(address=to_checksum_address(deploy(web3, code)), abi=abi)
    wallet = L1Wallet(web3, ACCOUNT)
    wallet.call(contract.functions.run())
    (receipt,) = wallet.settle()
    assert receipt["status"] == 1
    assert receipt["gasUsed"] > 400_000
