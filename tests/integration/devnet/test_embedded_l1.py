"""The embedded L1 behaves as an L1 node does where Strikeproof depends on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_typing import HexStr
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError

from strikeproof.devnet.embedded_l1 import EmbeddedChain, EmbeddedL1

ACCOUNT = Account.from_key(b"\x11" * 32)
RETURNS_42 = "0x6001600c60003960016000f300"  # deploys one byte of code
EMITS_ON_CREATION = "0x602a60005260aa60206000a100"  # LOG1 of the word 42, topic 0xaa
REVERTS_WITH_FE = "0x60fe60005360016000fd"


@pytest.fixture
def l1() -> Iterator[Web3]:
    """A node of which each transaction gets its own block, and a client of it."""
    ready, stop = threading.Event(), threading.Event()
    urls: list[str] = []

    async def serve() -> None:
        chain = EmbeddedChain(31337, {bytes.fromhex(ACCOUNT.address[2:]): 10**24})
        async with EmbeddedL1(chain) as server:
            urls.append(server.url)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(10)
    yield Web3(Web3.HTTPProvider(urls[0]))
    stop.set()
    thread.join()


def send(l1: Web3, **fields: Any) -> Any:
    transaction = {
        "nonce": l1.eth.get_transaction_count(ACCOUNT.address),
        "gas": 200_000,
        "maxFeePerGas": l1.eth.gas_price,
        "maxPriorityFeePerGas": 10**8,
        "chainId": 31337,
        "value": 0,
    } | fields
    signed = ACCOUNT.sign_transaction(transaction)
    return l1.eth.wait_for_transaction_receipt(l1.eth.send_raw_transaction(signed.raw_transaction))


def test_transfer_is_mined_and_found_by_hash(l1: Web3) -> None:
    receiver = Web3.to_checksum_address("0x" + "22" * 20)
    receipt = send(l1, to=receiver, value=5)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] == 21_000
    assert l1.eth.get_balance(receiver) == 5
    assert l1.eth.get_transaction(receipt["transactionHash"])["blockNumber"] == 1


def test_logs_are_found_by_topic_and_only_there(l1: Web3) -> None:
    receipt = send(l1, data=EMITS_ON_CREATION)
    topic = "0x" + "00" * 31 + "aa"
    found = l1.eth.get_logs({"fromBlock": 0, "toBlock": "latest", "topics": [topic]})
    assert [log["transactionHash"] for log in found] == [receipt["transactionHash"]]
    assert int.from_bytes(found[0]["data"], "big") == 42
    assert not l1.eth.get_logs({"fromBlock": 0, "topics": ["0x" + "00" * 31 + "ab"]})
    assert not l1.eth.get_logs({"fromBlock": 2, "topics": [topic]})


def test_revert_data_reaches_the_caller(l1: Web3) -> None:
    with pytest.raises(ContractLogicError) as caught:
        l1.eth.call({"data": HexStr(REVERTS_WITH_FE)})
    assert caught.value.data == "0xfe"


def test_gas_limit_above_the_cap_is_refused(l1: Web3) -> None:
    with pytest.raises(Web3RPCError, match="gas limit too high"):
        send(l1, to=ACCOUNT.address, gas=2**24 + 1)


def test_value_that_the_caller_lacks_is_refused_in_words(l1: Web3) -> None:
    poor = Account.from_key(b"\x22" * 32).address
    with pytest.raises(Web3RPCError, match="insufficient funds"):
        l1.eth.estimate_gas({"from": poor, "to": ACCOUNT.address, "value": Web3.to_wei(1, "ether")})


def test_used_nonce_is_refused(l1: Web3) -> None:
    send(l1, to=ACCOUNT.address)
    with pytest.raises(Web3RPCError, match="nonce too low"):
        send(l1, to=ACCOUNT.address, nonce=0)


def test_rewound_chain_grows_another_fork(l1: Web3) -> None:
    send(l1, to=ACCOUNT.address)
    forgotten = send(l1, data=EMITS_ON_CREATION)
    l1.provider.make_request("evm_rewind", [1])  # type: ignore[arg-type]
    assert l1.eth.get_transaction_count(ACCOUNT.address) == 1
    l1.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    fresh = l1.eth.get_block(2)
    assert fresh["hash"] != forgotten["blockHash"]
    assert fresh["parentHash"] == l1.eth.get_block(1)["hash"]
    assert not l1.eth.get_logs({"fromBlock": 0})


def test_skipped_time_shows_in_the_next_block(l1: Web3) -> None:
    before = l1.eth.get_block("latest")["timestamp"]
    l1.provider.make_request("evm_increaseTime", [86_400])  # type: ignore[arg-type]
    l1.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    assert l1.eth.get_block("latest")["timestamp"] >= before + 86_400


def test_estimate_suffices_for_a_deployment(l1: Web3) -> None:
    call = {"from": ACCOUNT.address, "data": RETURNS_42}
    estimate = l1.eth.estimate_gas(call)  # type: ignore[arg-type]
    receipt = send(l1, data=RETURNS_42, gas=estimate)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] <= estimate
    assert l1.eth.get_code(receipt["contractAddress"]) == b"\x00"
