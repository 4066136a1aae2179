"""Data is in logs, whoever calls and however: nothing hangs on transaction input (attack 33)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_abi.abi import decode
from eth_account import Account

from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import CHAIN_ID, FEE_WEI, Venue
from tests.harness import harness

OPS = add(key_of(1, 5))


def inputs_of(venue: Venue, number: int) -> bytes:
    return b"".join(bytes(each.transaction.data) for each in venue.chain.transactions(number))


def test_contract_posts_and_proposes_with_data_in_no_transaction_input(
    history: L1History,
) -> None:
    """Attack 33: a contract that builds batch and claim itself; a reader of logs misses nothing."""
    venue, rollup = history.venue, history.venue.rollup
    robot = venue.deploy(harness("Robot"))
    venue.govern(rollup.setSequencer(robot.address))
    bond = rollup.bondWei().call()
    batch = history.build([OPS, OPS])
    batch = replace(batch, header=replace(batch.header, epoch=2))
    history.batches[1] = batch
    mask = b"\xa5" * len(batch.data)
    masked = bytes(a ^ b for a, b in zip(batch.data, mask, strict=True))
    sent = venue.send(robot.post(rollup.address, masked))
    assert batch.data not in inputs_of(venue, sent.block)
    (event,) = venue.events(sent, rollup, "BatchPosted")
    assert event["data"] == batch.data
    roots = history.roots(1)
    hidden = [bytes(a ^ 0xA5 for a in root) for root in roots]
    call = robot.propose(rollup.address, batch.batch_hash, history.claim_hashes[0], hidden)
    venue.send(robot.bond(rollup.address), value=bond)
    sent = venue.send(call)
    assert roots[-1] not in inputs_of(venue, sent.block)
    (event,) = venue.events(sent, rollup, "ClaimPosted")
    assert list(event["roots"]) == roots
    assert event["proposer"] == robot.address.lower()


def test_account_with_delegated_code_posts(history: L1History) -> None:
    """Attack 33: the sequencer's own account runs code that a third party calls (EIP-7702)."""
    venue, rollup = history.venue, history.venue.rollup
    relay = venue.deploy(harness("Relay"))
    sequencer = venue.accounts["sequencer"]
    raw = bytes.fromhex(sequencer.address[2:])
    authorization = sequencer.sign_authorization(
        {
            "chainId": CHAIN_ID,
            "address": relay.address,
            "nonce": venue.chain.nonce(raw, venue.chain.head_number),
        }
    )
    batch = history.build([OPS])
    history.batches[1] = batch
    second = history.build([OPS + OPS])
    history.batches[2] = second
    posts = [rollup.postBatch(batch.data), rollup.postBatch(second.data)]
    run = relay.run([each.address for each in posts], [each.data for each in posts], [0, 0])
    caller = venue.accounts["anyone"]
    transaction: dict[str, Any] = {
        "type": 4,
        "chainId": CHAIN_ID,
        "nonce": venue.chain.nonce(bytes.fromhex(caller.address[2:]), venue.chain.head_number),
        "maxFeePerGas": FEE_WEI,
        "maxPriorityFeePerGas": 1,
        "gas": 2**23,
        "value": 0,
        "to": sequencer.address,
        "data": run.data,
        "accessList": [],
        "authorizationList": [authorization],
    }
    signed = Account.sign_transaction(transaction, caller.key)
    venue.chain.submit(bytes(signed.raw_transaction))
    venue.chain.mine(venue.time + 1)
    assert rollup.batchCount().call() == 2
    logs = venue.chain.logs(venue.chain.head_number)
    events = [rollup.decode_event("BatchPosted", log) for log in logs]
    assert [each["data"] for each in events if each] == [batch.data, second.data]


def test_two_batches_and_claims_in_one_transaction(history: L1History) -> None:
    """A caller may do several things at once; each has its own log."""
    venue, rollup = history.venue, history.venue.rollup
    relay = venue.deploy(harness("Relay"))
    bond = rollup.bondWei().call()
    venue.send(relay.pay(rollup.address, rollup.depositBond().data, bond), value=bond)
    history.post([OPS])
    history.post([OPS])
    calls = []
    parent = history.claim_hashes[0]
    for number in (1, 2):
        roots = history.roots(number)
        calls.append(rollup.propose(history.batches[number].batch_hash, parent, roots))
        parent = history.claim_hash(number, roots, relay.address)
        history.claim_hashes[number] = parent
    sent = venue.send(
        relay.run([each.address for each in calls], [each.data for each in calls], [0, 0])
    )
    assert len(venue.events(sent, rollup, "ClaimPosted")) == 2
    done, _ = decode(["bool[]", "bytes[]"], sent.logs[-1].data)
    assert done == (True, True)
    assert rollup.claim(2).call()[0] == parent
