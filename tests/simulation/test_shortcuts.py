"""The simulation's shortcuts give what the node's own code gives."""

from __future__ import annotations

from eth_abi import encode

from strikeproof.keystore import signer_of_key
from tests.simulation.shortcuts import decode_once, sign_transaction
from tests.simulation.world import KEY

TRANSACTION = {
    "type": 2,
    "chainId": 31_337,
    "nonce": 7,
    "to": "0x" + "11" * 20,
    "data": b"\1\2\3",
    "value": 10**18,
    "gas": 21_000,
    "maxFeePerGas": 3 * 10**9,
    "maxPriorityFeePerGas": 10**9,
}


def test_transactions_are_signed_as_by_the_keystore() -> None:
    from coincurve import PrivateKey

    for nonce in range(8):
        transaction = TRANSACTION | {"nonce": nonce}
        expected = signer_of_key(KEY).sign_transaction(transaction)
        assert sign_transaction(PrivateKey(KEY), transaction) == expected


def test_data_is_decoded_as_by_the_library() -> None:
    types, values = ["uint64", "bytes32[]"], (5, (b"\1" * 32, b"\2" * 32))
    data = encode(types, values)
    assert decode_once(types, data) == decode_once(types, data) == values
