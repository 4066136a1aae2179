"""The engine and the sequencer agree with every vector that concerns them."""

from __future__ import annotations

import pytest

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader, genesis_batch_hash
from strikeproof.sequencer.batch.static_list import StaticList
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.attested_op import AttestedOp
from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.sequencer.core.forest import Forest, hash_leaf
from strikeproof.sequencer.core.guarded_op import GuardedOp
from strikeproof.sequencer.core.inbox_message import HEAD_BYTES, decode_message
from strikeproof.sequencer.core.op import Op
from strikeproof.sequencer.core.op_preparation import read_op, read_ordered_op
from strikeproof.sequencer.core.ops.attest import Attest
from strikeproof.sequencer.core.ops.attest_credit import AttestCredit
from strikeproof.sequencer.core.ops.bid import Bid
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.deleverage import Deleverage
from strikeproof.sequencer.core.ops.expiry_sample import ExpirySample
from strikeproof.sequencer.core.ops.fire_trigger import FireTrigger
from strikeproof.sequencer.core.ops.funding import Funding
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.liquidate import Liquidate
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.orphans import AnnounceOrphan, SettleOrphan
from strikeproof.sequencer.core.ops.release_credit import ReleaseCredit
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp
from strikeproof.sequencer.core.ops.reprice import Reprice
from strikeproof.sequencer.core.ops.revalue import Revalue
from strikeproof.sequencer.core.ops.set_cancel_at import SetCancelAt
from strikeproof.sequencer.core.ops.set_guard import SetGuard
from strikeproof.sequencer.core.ops.set_margin_mode import SetMarginMode
from strikeproof.sequencer.core.ops.set_protection import SetProtection
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.set_trigger import SetTrigger
from strikeproof.sequencer.core.ops.settle_expiry import SettleExpiry
from strikeproof.sequencer.core.ops.settle_position import SettlePosition
from strikeproof.sequencer.core.ops.surface import Surface
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.core.ops.unwind import Unwind
from strikeproof.sequencer.core.ops.withdraw import Withdraw
from strikeproof.sequencer.core.session import Session
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.snapshot import SNAPSHOT_VERSION
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.sequencer.order.receipt import Promise, group_digest, receipt_hash
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_user_op
from tests.vectors.vector_file import Case, Check, codes, octets, plain, records, run, shown
from tools.vectors.signed_op import VALUES
from tools.vectors.signers import signer as vector_signer

DOMAIN = signing_digest.domain_separator(1, b"\x11" * 20)
NOW_MS = 1_800_000_000_000

USER_OP_FIELDS = ("account", "nonce", "expiry_ms", "signature")
L1_FEE = "max_l1_fee_micro_usd"
PLAIN_FIELDS: dict[type, tuple[str, ...]] = {
    Bundle: (*USER_OP_FIELDS, "session", "max_fee_ppm"),
    Withdraw: USER_OP_FIELDS,
    SetSession: (*USER_OP_FIELDS, "slot", "key", "scope", "session_expiry_ms"),
    SetGuard: (*USER_OP_FIELDS, "mode", "key"),
    SetMarginMode: (*USER_OP_FIELDS, "underlying"),
    Revalue: ("account",),
    SetCancelAt: (*USER_OP_FIELDS, "session", "cancel_at_ms"),
    BlockTrade: (*USER_OP_FIELDS, "session", "max_fee_ppm"),
    SetTrigger: (*USER_OP_FIELDS, "session", "instrument", "place"),
    Bid: (*USER_OP_FIELDS, "session"),
    SetProtection: (*USER_OP_FIELDS, "session"),
    Attest: ("account", "tier", "tier_expiry_ms", "attested_ms"),
    AttestCredit: ("account", "credit_minutes", "guarantor", "credited_ms"),
    ReleaseCredit: ("account",),
    FireTrigger: (),
    IndexPrice: ("underlying", "publish_time_ms"),
    Sweep: ("instrument", "slots"),
    Liquidate: ("account", "instrument"),
    AnnounceOrphan: ("underlying",),
    **dict.fromkeys((Unwind, Funding, Deleverage, Reprice, SettleOrphan), ("instrument",)),
    SettlePosition: ("account", "instrument"),
    Surface: ("expiry", "publish_time_ms"),
    ExpirySample: ("expiry",),
    SettleExpiry: ("expiry",),
}
SURFACE_FIELDS = ("a", "b", "rho", "m", "sigma", "forward", "time_ms")


def on_genesis(law_input: bytes) -> list[str]:
    """Return the names of the results of an input executed on the genesis."""
    results = Engine.genesis(DOMAIN).execute_segment(law_input).results
    return [Result(code).name for code in results]


def of_forced(op: bytes) -> list[str]:
    """Return what a message of nobody with this op comes to."""
    message = encode_user_op(time_ms=NOW_MS, op=op)
    return on_genesis(message_input(message, NOW_MS))


def flags_of(action: Action) -> dict[str, object]:
    return {
        "sell": bool(action.flags & 1),
        "post_only": bool(action.is_post_only),
        "reduce_only": bool(action.flags & 4),
        "self_trade": SelfTrade(action.self_trade).name,
        "time_in_force": TimeInForce(action.time_in_force).name,
    }


def action_fields(action: Action) -> dict[str, object]:
    kind = ActionKind(action.kind)
    fields: dict[str, object] = {"instrument": action.instrument}
    if kind in (ActionKind.CANCEL, ActionKind.REPLACE):
        fields |= {"slot": action.slot, "serial": action.serial}
    if kind in (ActionKind.PLACE, ActionKind.REPLACE):
        fields |= {
            **flags_of(action),
            "price": action.price,
            "lots": action.lots,
            "expiry_ms": action.expiry_ms,
            "client_id": action.client_id,
        }
    return fields


def quote_fields(bid: Action, ask: Action) -> dict[str, object]:
    """Return the fields of a quote that is signed as these two actions."""
    assert (flags_of(bid) | {"sell": True}) == flags_of(ask)
    assert (bid.instrument, bid.expiry_ms, bid.client_id) == (
        ask.instrument,
        ask.expiry_ms,
        ask.client_id,
    )
    return {
        "instrument": bid.instrument,
        **flags_of(bid),
        "expiry_ms": bid.expiry_ms,
        "client_id": bid.client_id,
        **{
            f"{side}_{name}": getattr(action, name)
            for side, action in (("bid", bid), ("ask", ask))
            for name in ("slot", "serial", "price", "lots")
        },
    }


def actions_of(bundle: Bundle) -> list[dict[str, object]]:
    """Return the actions of a bundle's bytes: two of kind QUOTE are one."""
    found: list[dict[str, object]] = []
    signed = iter(bundle.actions)
    for each in signed:
        fields = action_fields(each)
        if each.kind == ActionKind.QUOTE:
            fields = quote_fields(each, next(signed))
        found.append({"kind": ActionKind(each.kind).name, **fields})
    return found


def op_fields(op: Op) -> dict[str, object]:
    """Return a decoded op's fields as the vectors name them."""
    head = {name: getattr(op, name) for name in PLAIN_FIELDS[type(op)]}
    if isinstance(op, UserOp):
        head[L1_FEE] = op.max_l1_fee
    if isinstance(op, GuardedOp) and op.guard_signature is not None:
        head["guard_signature"] = op.guard_signature
    match op:
        case Bundle():
            return {**head, "atomic": op.is_atomic, "actions": actions_of(op)}
        case Bid():
            return {**head, **op.terms._asdict()}
        case BlockTrade():
            consent = op.consent
            return {
                **head,
                "counterparty": consent.account,
                "counterparty_session": consent.session,
                "counterparty_nonce": consent.nonce,
                "counterparty_expiry_ms": consent.expiry_ms,
                "counterparty_max_fee_ppm": consent.max_fee_ppm,
                "counterparty_signature": op.consent_signature,
                "legs": [
                    {
                        "instrument": leg.instrument,
                        "sell": leg.is_sell,
                        "price": leg.price,
                        "lots": leg.lots,
                    }
                    for leg in op.legs
                ],
            }
        case SetTrigger():
            terms = op.terms._asdict()
            return {**head, "trigger_expiry_ms": terms.pop("expiry_ms"), **terms}
        case SetProtection():
            return {**head, **op.limits._asdict()}
        case FireTrigger():
            return op.where._asdict()
        case Withdraw():
            return {**head, "amount_micro_usd": op.amount}
        case Attest():
            return {**head, "attestations": [each._asdict() for each in op.attestations]}
        case AttestCredit():
            attestations = [each._asdict() for each in op.attestations]
            signed = {"attestations": attestations, "consents": op.consents}
            return {**head, "limit_micro_usd": op.limit, **signed}
        case ReportsOp():
            if isinstance(op, Surface):
                head |= {f"svi_{name}": getattr(op.surface, name) for name in SURFACE_FIELDS}
                head |= {name: getattr(op.surface, name) for name in ("rate_ppm", "confidence_ppm")}
            value = VALUES[op.TYPE.name]
            reports = [
                {"reporter": each.reporter, value: each.value, "signature": each.signature}
                for each in op.reports
            ]
            return {**head, "reports": reports}
    return head


def check_action(case: Case) -> None:
    data = octets(case["bytes"])
    head = (1).to_bytes(4, "big") + b"\0" + bytes(8 + 6 + 4) + b"\0\1"
    body = head + data + bytes(8 + 64)
    bundle = decode_op(OpType.BUNDLE, body)
    assert of_forced(b"\1" + len(body).to_bytes(2, "big") + body) == [case["in_bundle"]]
    if "kind" not in case:
        assert bundle == Result.MALFORMED
        return
    assert isinstance(bundle, Bundle)
    (action,) = actions_of(bundle)
    assert shown(action) == {"kind": case["kind"], **plain(case["fields"])}


def check_op(case: Case) -> None:
    data = octets(case["bytes"])
    assert of_forced(data) == case["genesis_results"]
    if "type" in case:
        op = decode_op(data[0], data[3:])
        assert not isinstance(op, Result)
        assert len(data) == 3 + int.from_bytes(data[1:3], "big")
        assert OpType(data[0]).name == case["type"]
        assert shown(op_fields(op)) == plain(case["fields"])


def check_ordered_op(case: Case) -> None:
    data, op = octets(case["bytes"]), octets(case["op"] or "0x")
    segment = max_declared_segment(NOW_MS, [data], case["family"])
    assert on_genesis(ordered_input(segment, NOW_MS)) == case["genesis_results"]
    assert case["is_shortest"] == (bool(op) and ordered_op(op) == data)
    if not op:
        return
    decoded, signed = read_ordered_op(data).decoded, read_op(op).decoded
    if isinstance(decoded, UserOp):
        session = Session(1)
        session.nonce_base = int(case["nonce_base"])
        decoded.nonce = session.nearest_nonce(decoded.nonce)
    assert not isinstance(decoded, Result) and not isinstance(signed, Result)
    assert shown(op_fields(decoded)) == shown(op_fields(signed))


def check_message(case: Case) -> None:
    data = octets(case["bytes"])
    time_ms = int(case.get("time_ms", NOW_MS))
    assert on_genesis(message_input(data, time_ms)) == case["genesis_results"]
    assert keccak256(bytes(32) + keccak256(data)) == octets(case["rolling"])
    if "kind" in case:
        message = decode_message(data)
        assert MessageKind(message.kind).name == case["kind"]
        assert (message.sender, message.time_ms) == (octets(case["sender"]), case["time_ms"])
        assert message.payload == data[HEAD_BYTES:]
        if "action" in case:
            assert GovernanceAction(message.payload[0]).name == case["action"]
        if case["kind"] == "USER_OP":
            assert shown(message.payload) == case["fields"]["op"]


def check_record(case: Case) -> None:
    data, fields = octets(case["bytes"]), plain(case["fields"])
    unpack = getattr(layout, f"unpack_{case['record']}")
    known = (*layout.RECORDS, layout.OPTION_MARK)
    record = next(each for each in known if each and each.head.name == case["record"])
    assert unpack(data) == tuple(as_int(fields[each.name]) for each in record.head.fields)
    elements = fields.get("positions", fields.get("signers", []))
    for place, element in enumerate(elements):
        assert record.element is not None
        unpack_element = getattr(layout, f"unpack_{record.element.name}")
        start = 32 * (record.head.words + place * record.element.words)
        values = tuple(as_int(element[each.name]) for each in record.element.fields)
        assert unpack_element(data, start) == values
    assert octets(case["leaf"]) == hash_leaf(int(case["key"], 16), data)
    assert int(case["key"], 16) >> 56 == record.kind


def as_int(value: int | str) -> int:
    return int(value, 16) if isinstance(value, str) else value


def check_genesis(case: Case) -> None:
    chain_id, rollup = int(case["chain_id"]), octets(case["rollup"])
    separator = signing_digest.domain_separator(chain_id, rollup)
    engine = Engine.genesis(separator)
    assert separator == octets(case["domain_separator"])
    assert engine.record(0) == octets(case["global_record"])
    assert engine.state_root() == octets(case["root"])
    assert genesis_batch_hash(chain_id, rollup) == octets(case["batch_hash"])


def header_of(fields: Case) -> BatchHeader:
    assert fields["version"] == fields["data_kind"] == 1
    return BatchHeader(
        law_id=octets(fields["law_id"]),
        number=int(fields["number"]),
        parent_hash=octets(fields["parent_hash"]),
        sequencer_epoch=fields["sequencer_epoch"],
        time_ms=fields["time_ms"],
        inbox_end=int(fields["inbox_end"]),
        inbox_rolling=octets(fields["inbox_rolling"]),
        segment_count=fields["segment_count"],
        exit_end=int(fields["exit_end"]),
        exit_rolling=octets(fields["exit_rolling"]),
        joined=int(fields["joined"]),
    )


def check_header(case: Case) -> None:
    header = header_of(case["fields"])
    assert header.encode() == octets(case["bytes"])
    assert BatchHeader.decode(octets(case["bytes"])) == header


def check_batch(case: Case) -> None:
    batch = Batch.decode(octets(case["bytes"]))
    assert batch.header == header_of(case["header"])
    assert batch.hash == octets(case["hash"])
    assert StaticList(batch.segments).commitment == octets(case["segments_commitment"])
    segments = [
        bytes((each["family"],))
        + each["time_ms"].to_bytes(6, "big")
        + each["declared_compute"].to_bytes(3, "big")
        + each["declared_witness"].to_bytes(3, "big")
        + b"".join(map(octets, each["ops"]))
        for each in case["segments"]
    ]
    assert list(batch.segments) == segments


def check_claim(case: Case) -> None:
    assert StaticList(list(map(octets, case["roots"]))).commitment == octets(
        case["roots_commitment"]
    )


def check_receipt(case: Case) -> None:
    op_hash = octets(case["op_hash"])
    promise = Promise(
        int(case["batch"]), case["segment"], case["index"], op_hash, case["post_by_ms"]
    )
    hashed = receipt_hash(case["sequencer_epoch"], promise)
    commitment = octets(case["commitment"])
    assert keccak256(ordered_op(octets(case["op"]))) == op_hash
    assert hashed == octets(case["struct_hash"])
    digest = group_digest(octets(case["domain_separator"]), commitment)
    assert digest == octets(case["digest"])
    assert recover(digest, octets(case["signature"])) == octets(case["sequencer"])


def check_typed_data(case: Case) -> None:
    op = octets(case["op"])
    decoded = decode_op(op[0], op[3:])
    separator = signing_digest.domain_separator(int(case["chain_id"]), octets(case["rollup"]))
    assert separator == octets(case["domain_separator"])
    if case["type"] == "BLOCK_CONSENT":
        assert isinstance(decoded, BlockTrade)
        hashed, signature = decoded.consent_hash(), decoded.consent_signature
        submitted = signing_digest.digest(separator, decoded.struct_hash())
        submitter = recover(submitted, decoded.signature or b"")
        assert submitter == vector_signer("trader 1").address
        found = shown(op_fields(decoded))
        del found["signature"], found["counterparty_signature"]
        assert found == plain(case["fields"])
    elif isinstance(decoded, AttestedOp):
        ((_, signature),) = decoded.attestations
        hashed = decoded.struct_hash()
        found = shown(op_fields(decoded))
        del found["attestations"]
        found.pop("consents", None)
        assert found == plain(case["fields"])
    elif isinstance(decoded, ReportsOp):
        fields = plain(case["fields"])
        (report,) = decoded.reports
        found = {**shown(op_fields(decoded)), VALUES[case["type"]]: report.value}
        del found["reports"]
        assert {**plain(found), "reporter_epoch": fields["reporter_epoch"]} == fields
        hashed = decoded.report_hash(Report(0, report.value, b""), fields["reporter_epoch"])
        signature = report.signature
    else:
        assert OpType(op[0]).name == case["type"]
        assert isinstance(decoded, UserOp)
        hashed = decoded.struct_hash()
        signature = decoded.signature or b""
        found = shown(op_fields(decoded))
        del found["signature"]
        assert found == plain(case["fields"])
    digest = signing_digest.digest(separator, hashed)
    assert hashed == octets(case["struct_hash"])
    assert digest == octets(case["digest"])
    assert signature == octets(case["signature"])
    assert recover(digest, signature) == octets(case["signer"])


def check_signature(case: Case) -> None:
    signer = recover(octets(case["digest"]), octets(case["signature"]))
    assert signer == (octets(case["signer"]) if case["signer"] else b"")


def check_static_list(case: Case) -> None:
    tree = StaticList(list(map(octets, case["items"])))
    assert tree.root == octets(case["root"])
    assert tree.commitment == octets(case["commitment"])
    if case.get("opens"):
        assert tree.path(case["index"]) == list(map(octets, case["path"]))


def check_multiproof(case: Case) -> None:
    if "state" not in case:
        return
    state = records(case["state"])
    forest = Forest()
    forest.update(sorted(state.items()))
    assert forest.root() == octets(case["root"])
    assert forest.prove(list(records(case["witness"]))) == octets(case["proof"])
    assert records(case["witness"]) == {
        key: state.get(key, b"") for key in records(case["witness"])
    }


def engine_of(case: Case) -> Engine:
    """Return the engine with the state before a segment."""
    parts = [
        key.to_bytes(8, "big") + bytes((len(data) // 32,)) + data
        for key, data in records(case["before"]).items()
    ]
    return Engine.restore(bytes((SNAPSHOT_VERSION,)) + b"".join(parts))


def check_segment(case: Case) -> None:
    engine = engine_of(case)
    assert engine.state_root() == octets(case["root_before"])
    touched = [int(key, 16) for key in case["touched"]]
    assert engine.prove(*touched) == octets(case["proof"])
    result = engine.execute_segment(octets(case["input"]))
    assert result.is_void == case["is_void"]
    assert result.results == codes(case["results"])
    assert result.compute_weight == case["compute_weight"]
    assert result.witness_weight == case["witness_weight"]
    assert list(result.touched) == touched
    assert list(result.advice) == case["advice"]
    assert dict(result.changed) == records(case["changed"])
    assert result.root == octets(case["root_after"])


CHECKS: dict[str, Check] = {
    "actions": check_action,
    "ops": check_op,
    "ordered_ops": check_ordered_op,
    "messages": check_message,
    "records": check_record,
    "genesis": check_genesis,
    "headers": check_header,
    "batches": check_batch,
    "claims": check_claim,
    "receipts": check_receipt,
    "typed_data": check_typed_data,
    "signatures": check_signature,
    "static_lists": check_static_list,
    "multiproofs": check_multiproof,
    "segments": check_segment,
}


@pytest.mark.parametrize("file", CHECKS)
def test_engine_agrees_with_vectors(file: str) -> None:
    run(CHECKS[file], file)
