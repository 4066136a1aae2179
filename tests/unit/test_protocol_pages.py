"""The worked bytes in docs/protocol are what the code gives: each example is computed and compared.

An example stands under `<!-- example: NAME -->`: a block of lines, hex digits first, then words.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from eth_abi import decode as abi_decode

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader, genesis_batch_hash
from strikeproof.sequencer.batch.static_list import StaticList
from strikeproof.sequencer.core import op_bytes, signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_decoder import IndexPrice, Report, decode_op
from strikeproof.sequencer.order.receipt import Promise, group_digest, receipt_hash
from strikeproof.verifier.execution.law_call import execute_call
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.genesis import genesis_records, genesis_root
from strikeproof.verifier.state.multiproof import prove
from strikeproof.verifier.state.rollup_abi import call_data, reward_commitment
from strikeproof.wire.constants import (
    PREFIX_CLAIM,
    PREFIX_LIST,
    PREFIX_LIST_LEAF,
    PREFIX_LIST_NODE,
    MessageKind,
    OpType,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from tests.agreement.law_host import Host, evm, pack_records
from tests.unit.core.scripted_venue import (
    DOMAIN,
    START,
    USD,
    ScriptedVenue,
    address_of,
    compact,
    key_of,
    signed_op,
)

PAGES = Path(__file__).resolve().parents[2] / "docs" / "protocol"
CHAIN, ROLLUP = 1, b"\x11" * 20
LAW_ID = b"\x22" * 32
TIME = START + 1
EXPIRY = 1_800_000_000_000
ACCOUNT_1, ORDER_1 = 1 << 56 | 1, 6 << 56 | 1 << 18 | 1
EXAMPLE = re.compile(r"<!-- example: (.+?) -->\n```text\n(.*?)```", re.DOTALL)


def hash_of(*parts: bytes) -> bytes:
    return keccak256(b"".join(parts))


def static_list() -> bytes:
    leaves = [hash_of(bytes((PREFIX_LIST_LEAF,)), item) for item in (b"a", b"b", b"c")]
    pair = hash_of(bytes((PREFIX_LIST_NODE,)), *leaves[:2])
    root = hash_of(bytes((PREFIX_LIST_NODE,)), pair, leaves[2])
    commitment = hash_of(bytes((PREFIX_LIST,)), (3).to_bytes(8, "big"), root)
    known = StaticList([b"a", b"b", b"c"])
    assert known.commitment == commitment
    assert known.path(2) == [pair]
    return b"".join((*leaves, pair, root, commitment))


def genesis_record() -> bytes:
    (record,) = genesis_records(CHAIN, ROLLUP).values()
    return record


def segment() -> bytes:
    return TIME.to_bytes(6, "big") + op_bytes.sweep(1, [1, 2])


@cache
def bundle() -> bytes:
    flags = op_bytes.flags_byte(time_in_force=TimeInForce.IOC)
    action = op_bytes.place(1, flags, 300_100, 10, client_id=7)
    return signed_op(OpType.BUNDLE, op_bytes.bundle_body(1, 0, 0, EXPIRY, 500, [action]), key_of(1))


def bundle_digest() -> bytes:
    decoded = decode_op(OpType.BUNDLE, bundle()[3:])
    assert not isinstance(decoded, Result)
    struct_hash = signing_digest.hash_user_op(decoded)  # type: ignore[arg-type]
    return DOMAIN + struct_hash + signing_digest.digest(DOMAIN, struct_hash)


def withdraw() -> bytes:
    return signed_op(OpType.WITHDRAW, op_bytes.withdraw_body(1, 1, EXPIRY, 250 * USD), key_of(1))


@cache
def resting_order() -> bytes:
    venue = ScriptedVenue(accounts=2, deposit=1_000 * USD)
    sell = op_bytes.flags_byte(sell=True)
    assert venue.bundle(2, op_bytes.place(1, sell, 300_000, 5), max_fee=500).results == b"\0\0"
    (order,) = [data for key, data in venue.last.changed if key == ORDER_1]
    filled = venue.segment(bundle())[0]
    assert filled.results == bytes((Result.OK, Result.IOC_REMAINDER)) == bytes.fromhex("0022")
    instrument = venue.engine.instrument(1)
    assert instrument is not None
    assert instrument.last_price == 300_000
    return ORDER_1.to_bytes(8, "big") + order


def deposit_message() -> bytes:
    payload = (1).to_bytes(4, "big") + (1_000 * USD).to_bytes(16, "big")
    return op_bytes.message(MessageKind.DEPOSIT, START, payload, sender=b"\x33" * 20)


def index_price() -> bytes:
    report = Report(0, 3_000 * 10**9, b"")
    struct_hash = signing_digest.hash_report(IndexPrice(1, TIME, [report]), report, 1)
    proof = compact(key_of(900), signing_digest.digest(DOMAIN, struct_hash))
    return op_bytes.op(
        OpType.INDEX_PRICE, op_bytes.index_price_body(1, TIME, [(0, report.price, proof)])
    )


@cache
def registered() -> dict[int, bytes]:
    """Return the records after account 1 was registered."""
    engine = Engine.genesis(DOMAIN)
    payload = (1).to_bytes(4, "big") + address_of(1)
    done = engine.apply_message(op_bytes.message(MessageKind.REGISTER, START, payload), START)
    assert done.results == b"\0"
    return dict(done.changed)


def law_result() -> bytes:
    data = op_bytes.message_input(START, deposit_message())
    output, _ = evm().call(execute_call(data), Host(registered(), None), 10**7)
    (result,) = abi_decode(["bytes"], output)
    assert int.from_bytes(result[8:12], "big") == 882
    assert int.from_bytes(result[4:8], "big") == 12_000
    return result


def forest() -> Forest:
    trees = Forest()
    trees.update(registered())
    return trees


def account_proof() -> bytes:
    return prove(forest(), [0, ACCOUNT_1])


def withdrawal_record() -> bytes:
    return pack_records({ACCOUNT_1: registered()[ACCOUNT_1]}) + prove(forest(), [ACCOUNT_1])


def header() -> BatchHeader:
    parent = genesis_batch_hash(CHAIN, ROLLUP)
    return BatchHeader(LAW_ID, 1, parent, 1, TIME, 0, bytes(32), 1)


def batch() -> Batch:
    return Batch.seal(header(), [segment()])


def claim_0_hash() -> bytes:
    roots = StaticList([genesis_root(CHAIN, ROLLUP)])
    parts = (bytes(8), genesis_batch_hash(CHAIN, ROLLUP), bytes(32), bytes(20), roots.commitment)
    return hash_of(bytes((PREFIX_CLAIM,)), *parts)


def challenge_selector() -> bytes:
    empty = {
        "number": 0,
        "claimHash": bytes(32),
        "segmentIndex": 0,
        "preRoot": bytes(32),
        "postRoot": bytes(32),
        "preRootPath": [],
        "postRootPath": [],
        "header": b"",
        "segments": bytes(32),
        "segment": b"",
        "segmentPath": [],
        "records": b"",
        "advice": b"",
        "proof": b"",
        "salt": bytes(32),
    }
    selector = call_data("challenge", empty)[:4]
    page = (PAGES / "challenges.md").read_text("utf-8")
    (signature,) = re.findall(r"^ +(challenge\(\(.+\)\))$", page, re.MULTILINE)
    assert keccak256(signature.encode())[:4] == selector
    return selector


def commitment() -> bytes:
    return reward_commitment(b"\x44" * 20, b"\x55" * 32, 3, b"\x66" * 32, b"\x77" * 32)


def receipt() -> bytes:
    item = receipt_hash(1, Promise(7, 6, 0, keccak256(bundle()), 1_700_000_300_000))
    signed = StaticList([item]).commitment
    return keccak256(bundle()) + item + signed + group_digest(DOMAIN, signed)


EXAMPLES = {
    'static list of "a", "b", "c"': static_list,
    "genesis record": genesis_record,
    "genesis root": lambda: genesis_root(CHAIN, ROLLUP),
    "ordered segment": lambda: op_bytes.ordered_input(TIME, segment()),
    "bundle": bundle,
    "bundle digest": bundle_digest,
    "withdraw": withdraw,
    "resting order": resting_order,
    "deposit message": deposit_message,
    "index price": index_price,
    "law result": law_result,
    "header": lambda: header().encode(),
    "batch data": lambda: batch().encode(),
    "batch hash": lambda: batch().hash,
    "claim 0 hash": claim_0_hash,
    "challenge selector": challenge_selector,
    "account proof": account_proof,
    "commitment": commitment,
    "withdrawal record": withdrawal_record,
    "receipt": receipt,
}


def written() -> dict[str, bytes]:
    """Return the examples that the pages show, by name."""
    found = {}
    for page in sorted(PAGES.glob("*.md")):
        for name, block in EXAMPLE.findall(page.read_text("utf-8")):
            assert name not in found, f"{page.name}: {name} twice"
            found[name] = bytes.fromhex("".join(line.split()[0] for line in block.splitlines()))
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_in_the_pages_is_what_the_code_gives(name: str) -> None:
    assert written()[name].hex() == EXAMPLES[name]().hex()


def test_every_example_in_the_pages_is_computed() -> None:
    assert set(written()) == set(EXAMPLES)
