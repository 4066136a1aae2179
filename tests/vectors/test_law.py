"""The contracts agree with every vector that concerns them: the law's bytecode in py-evm, and the
libraries of L1 behind harnesses that make them callable (on revm where it installs)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from strikeproof.bench.pure_evm import Evm, Reverted, available_evms, fastest_evm
from strikeproof.contracts import Artifact
from strikeproof.ordered_form import NoOrderedForm, ordered_op
from strikeproof.wire import layout
from strikeproof.wire.constants import MONEY_MAX, PPB, SESSION_SLOTS, VOID_WEIGHT
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import HEADER_BYTES, encode_user_op
from strikeproof.wire.units import Milliseconds
from tests.agreement.law_host import pack_records, run_law, run_prefilled
from tests.blank_record import blank
from tests.contracts.law_world import World, message_input
from tests.harness import harness
from tests.vectors.vector_file import (
    Case,
    Check,
    case,
    cases,
    codes,
    octets,
    plain,
    records,
    run,
)
from tools.vectors.signers import signer as vector_signer

NOW_MS = 1_800_000_000_000
SCOPE_OWNER = 255
ANOTHER_KEY = b"\x77" * 20


def no_advice(instrument: int, sell: bool, price: int) -> int:
    raise AssertionError("nothing rests in these segments")


def names(results: bytes) -> list[str]:
    return [Result(code).name for code in results]


def genesis() -> dict[int, bytes]:
    return {0: octets(case("genesis", "genesis: the chain of the other vectors")["global_record"])}


def of_op(op: bytes, state: Mapping[int, bytes], time_ms: int) -> list[str]:
    """Return what an op comes to in a segment; one that none can hold, as a message of nobody."""
    try:
        ordered_op(op)
    except NoOrderedForm:
        return of_forced(op, state, time_ms)
    segment = World(state=dict(state)).segment(op, time_ms)
    return names(run_law(segment, state, no_advice).results)


def of_forced(op: bytes, state: Mapping[int, bytes], time_ms: int = NOW_MS) -> list[str]:
    """Return what a message of nobody with this op comes to."""
    message = encode_user_op(time_ms=Milliseconds(time_ms), op=op)
    return names(run_law(message_input(time_ms, message), dict(state), no_advice).results)


def check_ordered_op(case: Case) -> None:
    """The law reads what was signed, or it would answer to another op."""
    world = World(state=genesis())
    segment = world.segment(b"", NOW_MS, family=case["family"], tail=octets(case["bytes"]))
    results = run_law(segment, world.state, no_advice).results
    assert names(results) == case["genesis_results"]


def check_action(case: Case) -> None:
    head = (1).to_bytes(4, "big") + bytes(1 + 8 + 6 + 4 + 1) + b"\1"
    body = head + octets(case["bytes"]) + bytes(8 + 64)
    op = b"\1" + len(body).to_bytes(2, "big") + body
    assert of_forced(op, genesis()) == [case["in_bundle"]]


def check_op(case: Case) -> None:
    assert of_forced(octets(case["bytes"]), genesis()) == case["genesis_results"]


def check_message(case: Case) -> None:
    given = message_input(int(case.get("time_ms", NOW_MS)), octets(case["bytes"]))
    results = run_law(given, genesis(), no_advice).results
    assert names(results) == case["genesis_results"]


# --- libraries behind harnesses ---


@cache
def code_of(name: str) -> tuple[Evm, Artifact]:
    """Return an EVM with a harness's code."""
    built = harness(name)
    return fastest_evm(built.deployed_bytecode), built


def ask(name: str, signature: str, *values: Any) -> bytes:
    evm, built = code_of(name)
    types = signature[signature.index("(") + 1 : -1].split(",")
    return evm.call(built.selectors[signature] + encode(types, values))


def check_record(case: Case) -> None:
    """Accounts, by the accessors that the law reads them with."""
    if case["record"] != "account":
        return
    fields = plain(case["fields"])
    data, positions = octets(case["bytes"]), fields["positions"]
    for index, position in enumerate(positions or [None]):
        answer = ask("LayoutHarness", "readAccount(bytes,uint256)", data, index)
        count = len(layout.ACCOUNT_GROUP.fields) + len(layout.ACCOUNT_POSITION_GROUP.fields)
        (found,) = decode([f"int256[{count}]"], answer)
        head = [int(str(fields[each.name]), 0) for each in layout.ACCOUNT_GROUP.fields]
        assert list(found[: len(head)]) == head
        if position is not None:
            element = [position[each.name] for each in layout.ACCOUNT_POSITION_GROUP.fields]
            assert list(found[len(head) :]) == element


def check_header(case: Case) -> None:
    read_header(octets(case["bytes"]), case["fields"])


def read_header(data: bytes, fields: Case) -> None:
    types = "uint256,bytes32,uint256,uint64,bytes32,uint32,uint48,uint64,bytes32,uint64,bytes32,"
    (found,) = decode([f"({types}uint64,uint256)"], ask("HeaderHarness", "read(bytes)", data))
    order = ["version", "law_id", "data_kind", "number", "parent_hash", "sequencer_epoch"]
    order += ["time_ms", "inbox_end", "inbox_rolling", "exit_end", "exit_rolling", "joined"]
    order += ["segment_count"]
    expected = [fields[name] for name in order]
    assert list(found) == [
        octets(each) if str(each).startswith("0x") else int(each) for each in expected
    ]


def check_batch(case: Case) -> None:
    header, rest = octets(case["bytes"])[:HEADER_BYTES], octets(case["bytes"])[HEADER_BYTES:]
    read_header(header, case["header"])
    segments = []
    while rest:
        length = int.from_bytes(rest[:2], "big")
        segments.append(rest[2 : 2 + length])
        rest = rest[2 + length :]
    commitment = ask("ProofHarness", "commitmentOfItems(bytes[])", segments)
    assert commitment == octets(case["segments_commitment"])
    found = ask("HeaderHarness", "batchHash(bytes,bytes32)", header, commitment)
    assert found == octets(case["hash"])


def check_claim(case: Case) -> None:
    commitment = ask("ProofHarness", "commitment(bytes32[])", list(map(octets, case["roots"])))
    assert commitment == octets(case["roots_commitment"])


def check_static_list(case: Case) -> None:
    items = list(map(octets, case["items"]))
    commitment = ask("ProofHarness", "commitmentOfItems(bytes[])", items)
    assert commitment == octets(case["commitment"])
    if items:
        signature = "opened(bytes,uint256,uint256,bytes32[])"
        index, path = case["index"], list(map(octets, case["path"]))
        answer = ask("ProofHarness", signature, items[index], index, len(items), path)
        fits, root = decode(["bool", "bytes32"], answer)
        assert (fits and root == octets(case["root"])) == case["opens"]


def check_multiproof(case: Case) -> None:
    packed, proof = pack_records(records(case["witness"])), octets(case["proof"])
    try:
        answer = ask("ProofHarness", "roots(bytes,bytes,bytes)", packed, proof, b"")
    except Reverted:
        assert case["root"] is None
        return
    before, _, count, _ = decode(["bytes32", "bytes32", "uint256", "uint256"], answer)
    assert count == len(case["witness"])
    assert case["root"] is not None
    assert before == octets(case["root"])


# --- what is signed ---


def signing_state(separator: bytes, account: int, session: int, nonce: int, key: bytes):
    """Return a state in which the key may sign for the account with this nonce."""
    domain, owner = int.from_bytes(separator, "big"), int.from_bytes(key, "big")
    next_account = min(account + 1, 2**32 - 1)
    session_id = account * SESSION_SLOTS + session
    return {
        0: layout.pack_global(
            **blank(
                layout.GLOBAL_GROUP,
                next_account=next_account,
                liabilities=MONEY_MAX,
                domain_separator=domain,
            )
        ),
        1 << 56 | account: layout.pack_account(
            **blank(layout.ACCOUNT_GROUP, owner=owner, collateral=MONEY_MAX)
        ),
        2 << 56 | session_id: layout.pack_session(
            version=1, scope=SCOPE_OWNER, key=owner, expiry_ms=0, nonce_base=nonce, nonce_bitmap=0
        ),
    }


def block_state(separator: bytes, fields: Case, keys: tuple[bytes, bytes]) -> dict[int, bytes]:
    """Return a state in which the keys may sign for the parties of a block trade."""
    state: dict[int, bytes] = {}
    parties = [
        [fields[f"{prefix}{name}"] for name in ("session", "nonce")]
        for prefix in ("", "counterparty_")
    ]
    accounts = fields["account"], fields["counterparty"]
    for account, (session, nonce), key in sorted(zip(accounts, parties, keys, strict=True)):
        state |= signing_state(separator, account, session, nonce, key)
    return state


EXPIRY_MS = 1_800_000_000_000


def price_state(separator: bytes, fields: Case, key: bytes) -> dict[int, bytes]:
    """Return a state in which the key is the only reporter."""
    domain, underlying = int.from_bytes(separator, "big"), fields["underlying"]
    head = layout.pack_global(
        **blank(
            layout.GLOBAL_GROUP,
            next_underlying=underlying + 1,
            next_expiry=2,
            reporter_count=1,
            signer_count=1,
            reporter_quorum=1,
            reporter_epoch=fields["reporter_epoch"],
            domain_separator=domain,
        )
    )
    reporter = layout.pack_global_signer(address=int.from_bytes(key, "big"))
    return {
        0: head + reporter,
        3 << 56 | underlying: layout.pack_underlying(**blank(layout.UNDERLYING_GROUP)),
    }


def attested_state(separator: bytes, fields: Case, key: bytes) -> dict[int, bytes]:
    """Return a state in which the key is the only attester, and the owner of every account."""
    domain = int.from_bytes(separator, "big")
    accounts = {fields["account"], fields.get("guarantor", 0)} - {0}
    counts = {"signer_count": 1, "attester_quorum": 1, "next_account": max(accounts) + 1}
    head = layout.pack_global(**blank(layout.GLOBAL_GROUP, **counts, domain_separator=domain))
    address = int.from_bytes(key, "big")
    record = layout.pack_account(**blank(layout.ACCOUNT_GROUP, owner=address, collateral=2**64))
    return {
        0: head + layout.pack_global_signer(address=address),
        **{1 << 56 | each: record for each in accounts},
    }


def expiry_state(separator: bytes, fields: Case, key: bytes) -> tuple[dict[int, bytes], int]:
    """Return a state in which an op on expiry 1 is due, and its time: `key` is the reporter's."""
    time_ms = fields.get("publish_time_ms", EXPIRY_MS)
    ends_ms = time_ms + 1 if "publish_time_ms" in fields else time_ms
    state = price_state(separator, {**fields, "underlying": 1}, key)
    state[layout.EXPIRY_KIND << 56 | 1] = layout.pack_expiry(
        **blank(layout.EXPIRY_GROUP, underlying=1, expiry_ms=ends_ms, forward_ppb=PPB)
    )
    return state, time_ms


def check_typed_data(case: Case) -> None:
    """The law takes the signature for the signer's, and for nobody else's."""
    separator, fields = octets(case["domain_separator"]), plain(case["fields"])
    signer, op = octets(case["signer"]), octets(case["op"])
    if case["type"] in ("SURFACE", "SETTLE_EXPIRY"):
        # Whatever follows: who signed is judged before that.
        refused = []
        for key in (signer, ANOTHER_KEY):
            state, time_ms = expiry_state(separator, fields, key)
            refused.append(of_op(op, state, time_ms) == ["BAD_SIGNATURE"])
        assert refused == [False, True]
        return
    if case["type"] == "INDEX_PRICE":
        time_ms = fields["publish_time_ms"]
        assert of_op(op, price_state(separator, fields, signer), time_ms) == ["OK"]
        other = price_state(separator, fields, ANOTHER_KEY)
        assert of_op(op, other, time_ms) == ["BAD_SIGNATURE"]
        return
    if case["type"] in ("ATTEST", "ATTEST_CREDIT"):
        time_ms = fields.get("attested_ms") or fields["credited_ms"]
        assert of_op(op, attested_state(separator, fields, signer), time_ms) == ["OK"]
        other = attested_state(separator, fields, ANOTHER_KEY)
        assert of_op(op, other, time_ms) == ["BAD_SIGNATURE"]
        return
    if case["type"] in ("BLOCK_TRADE", "BLOCK_CONSENT"):
        keys = vector_signer("trader 1").address, vector_signer("session key").address
        assert signer in keys
        taken = of_op(op, block_state(separator, fields, keys), 0)
        assert taken == ["UNKNOWN_INSTRUMENT"]  # both signatures are good, and nothing is listed
        for wrong in ((keys[0], ANOTHER_KEY), (ANOTHER_KEY, keys[1])):
            assert of_op(op, block_state(separator, fields, wrong), 0) == ["BAD_SIGNATURE"]
        return
    account, session, nonce = fields["account"], fields.get("session", 0), fields["nonce"]
    result = of_op(op, signing_state(separator, account, session, nonce, signer), 0)[0]
    unreachable = {
        "UNKNOWN_ACCOUNT": not 0 < account < 2**32 - 1,
        "UNKNOWN_SESSION": session >= SESSION_SLOTS,
        "EXPIRED": fields["expiry_ms"] == 0,
    }
    if any(unreachable.values()):
        assert unreachable[result]
        return
    # Nothing is listed: a trigger gets no further, nor does portfolio margin on an underlying.
    nowhere = {
        "SET_TRIGGER": "UNKNOWN_INSTRUMENT",
        "BID": "NO_AUCTION" if 0 < fields.get("seller", 0) < account else "UNKNOWN_ACCOUNT",
        "SET_MARGIN_MODE": "UNKNOWN_UNDERLYING" if fields.get("underlying") else "OK",
        "SET_PROTECTION": "UNKNOWN_UNDERLYING" if fields.get("underlying") else "MALFORMED",
    }
    assert result == nowhere.get(case["type"], "OK")
    other = signing_state(separator, account, session, nonce, ANOTHER_KEY)
    assert of_op(op, other, 0) == ["BAD_SIGNATURE"]


def check_signature(case: Case) -> None:
    body = octets(case["body"]) + octets(case["signature"])
    op = b"\2" + len(body).to_bytes(2, "big") + body
    account, nonce = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:12], "big")
    *_, number = layout.unpack_global(genesis()[0])
    separator = number.to_bytes(32, "big")
    keys = [bytes(20), ANOTHER_KEY, *(octets(each["signer"]) for each in good_signatures())]
    accepted = [
        "0x" + key.hex()
        for key in keys
        if of_op(op, signing_state(separator, account, 0, nonce, key), 0) == ["OK"]
    ]
    assert accepted == ([case["signer"]] if case["signer"] else [])


def good_signatures() -> list[Case]:
    return [each for each in cases("signatures") if each["signer"]]


def check_segment(case: Case) -> None:
    """As a verifier runs it, by questions, and as L1 does, on records that are brought."""
    before, advice = records(case["before"]), iter(case["advice"])
    if case["is_void"]:
        check_void_segment(case, before)
        return
    asked = run_law(octets(case["input"]), before, lambda *_: next(advice))
    touched = {int(key, 16): before.get(int(key, 16), b"") for key in case["touched"]}
    assert sorted(asked.loaded) == list(touched)
    faster = available_evms()[-1]
    brought = run_prefilled(octets(case["input"]), touched, case["advice"], engine=faster)
    for law in (asked, brought):
        assert law.results == codes(case["results"])
        assert law.compute == case["compute_weight"]
        assert law.witness == case["witness_weight"]
        assert law.touched == len(touched)
        assert law.advice_used == len(case["advice"])
        assert law.changed == records(case["changed"])
    packed, changed = pack_records(touched), pack_records(law.changed)
    answer = ask("ProofHarness", "roots(bytes,bytes,bytes)", packed, octets(case["proof"]), changed)
    root_before, root_after = decode(["bytes32", "bytes32"], answer[:64])
    assert root_before == octets(case["root_before"])
    assert root_after == octets(case["root_after"])


def check_void_segment(case: Case, before: dict[int, bytes]) -> None:
    """The law goes on to the end of the op that is too much, and may ask for more than others."""
    law = World(state=before).dry_run(octets(case["input"]))
    assert law.is_void
    assert (law.results, law.touched, law.advice_used) == (b"", 1, 0)
    assert (law.compute, law.witness) == (VOID_WEIGHT, VOID_WEIGHT)
    assert law.changed == records(case["changed"])


CHECKS: dict[str, Check] = {
    "actions": check_action,
    "ops": check_op,
    "ordered_ops": check_ordered_op,
    "messages": check_message,
    "records": check_record,
    "headers": check_header,
    "batches": check_batch,
    "claims": check_claim,
    "typed_data": check_typed_data,
    "signatures": check_signature,
    "static_lists": check_static_list,
    "multiproofs": check_multiproof,
    "segments": check_segment,
}


@pytest.mark.parametrize("file", CHECKS)
def test_law_agrees_with_vectors(file: str) -> None:
    run(CHECKS[file], file)
