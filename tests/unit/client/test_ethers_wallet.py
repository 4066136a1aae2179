"""Orders signed by a wallet library of another language (ethers, JavaScript) are accepted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from strikeproof.client.operation import (
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetSession,
    Withdraw,
    encode_op,
)
from strikeproof.client.typed_data import Domain, digest, struct_hash, typed_data_json
from strikeproof.client.wallet import Wallet, compact_signature, recover_address
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import Result
from tests.harness import ROOT
from tests.unit.core.scripted_venue import ScriptedVenue, key_of

CHAIN_ID, ROLLUP = 1, b"\x11" * 20  # of the scripted venue's domain


def signed_by_ethers(key: bytes, documents: list[dict[str, object]]) -> list[bytes]:
    script = Path(__file__).with_name("ethers_wallet.js")
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    run = subprocess.run(
        [*node, str(script), "0x" + key.hex()],
        input=json.dumps(documents, default=lambda data: "0x" + data.hex()),
        capture_output=True,
        text=True,
        check=True,
    )
    return [bytes.fromhex(line[2:]) for line in run.stdout.split()]


def test_ethers_signs_integers_that_javascript_has_no_number_for() -> None:
    client_id, amount = 2**64 - 1, 2**53 + 1
    order = Place(1, False, 290_000, 7, TimeInForce.GTC, client_id=client_id)
    ops = [Bundle(1, 0, 2**64 - 2, 2**47, 10**6, [order]), Withdraw(1, 3, 2**47, amount)]
    documents = [typed_data_json(op, CHAIN_ID, ROLLUP) for op in ops]
    assert documents[0]["message"]["nonce"] == str(2**64 - 2)
    assert documents[0]["message"]["actions"][0]["clientId"] == str(client_id)
    separator = Domain(CHAIN_ID, ROLLUP).separator
    key = key_of(1).secret
    for op, signature in zip(ops, signed_by_ethers(key, documents), strict=True):
        signed = digest(separator, struct_hash(op))
        assert recover_address(signed, compact_signature(signature)) == Wallet(key).address


def test_ops_signed_by_ethers_are_executed() -> None:
    venue = ScriptedVenue(accounts=1)
    forever = 2**47
    ops = [
        Bundle(1, 0, 0, forever, 10**6, [Place(1, False, 290_000, 7, TimeInForce.GTC)]),
        Bundle(1, 0, 1, forever, 10**6, [Replace(1, 1, 1, False, 291_000, 6), CancelAll(0)]),
        Bundle(1, 0, 2, forever, 10**6, [Cancel(1, 1, 2)]),
        Withdraw(1, 3, forever, 5_000_000),
        SetSession(1, 4, forever, 1, keccak256(b"key")[:20], 1, 0),
    ]
    documents = [typed_data_json(op, CHAIN_ID, ROLLUP) for op in ops]
    signatures = signed_by_ethers(key_of(1).secret, documents)
    encoded = [
        encode_op(op, compact_signature(signature))
        for op, signature in zip(ops, signatures, strict=True)
    ]
    outcomes = [*venue.segment(*encoded[:3]), *venue.segment(*encoded[3:])]  # by family
    assert [outcome.code for outcome in outcomes] == [Result.OK] * len(ops)
    assert outcomes[0].action_codes == bytes([Result.OK])
