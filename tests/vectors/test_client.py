"""The Python client agrees with every vector that concerns it: ops, what is signed, receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from strikeproof.client.attestation_file import AttestationFile
from strikeproof.client.attested_statement import Attestation, Credit
from strikeproof.client.operation import (
    Action,
    Bid,
    BlockLeg,
    BlockTrade,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    UserOp,
    Withdraw,
    encode_op,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.client.receipt_check import Receipt
from strikeproof.client.typed_data import (
    Domain,
    consent_hash,
    consent_json,
    digest,
    hash_attestation,
    hash_receipt,
    hash_receipt_group,
    hash_reported,
    struct_hash,
    typed_data_json,
)
from strikeproof.client.wallet import Wallet, recover_address
from strikeproof.ordered_form import ordered_op
from strikeproof.wire.constants import GuardMode, OpType, SelfTrade, TimeInForce
from strikeproof.wire.operations import encode_index_price, encode_report
from tests.vectors.vector_file import Case, Check, octets, plain, run
from tools.vectors.encoders import encode_op as vector_op
from tools.vectors.signed_op import VALUES
from tools.vectors.signers import signer as vector_signer

EMPTY_SIGNATURE = b""


def action_of(kind: str, fields: Case) -> Action:
    """Return the client's action of a vector's fields."""
    values: dict[str, Any] = {name: each for name, each in fields.items() if name != "kind"}
    if "self_trade" in values:
        values["self_trade"] = SelfTrade[values["self_trade"]]
        values["time_in_force"] = TimeInForce[values["time_in_force"]]
    if kind == "QUOTE":
        assert not values.pop("sell") and not values.pop("reduce_only")
        for side in ("bid", "ask"):
            names = ("price", "lots", "slot", "serial")
            values[side] = QuoteSide(*(values.pop(f"{side}_{name}") for name in names))
        return Quote(**values)
    kinds = {"PLACE": Place, "CANCEL": Cancel, "CANCEL_ALL": CancelAll, "REPLACE": Replace}
    return kinds[kind](**values)


def op_of(op_type: str, fields: Case) -> UserOp:
    """Return the client's op of a vector's fields."""
    values: dict[str, Any] = {
        name: each for name, each in fields.items() if "signature" not in name
    }
    match op_type:
        case "BUNDLE":
            actions = [action_of(each["kind"], each) for each in values.pop("actions")]
            atomic = bool(values.pop("atomic"))
            return Bundle(**values, atomic=atomic, actions=actions)
        case "WITHDRAW":
            return Withdraw(**values)
        case "BLOCK_TRADE" | "BLOCK_CONSENT":
            legs = [BlockLeg(**{**each, "sell": bool(each["sell"])}) for each in values.pop("legs")]
            signature = octets(fields.get("counterparty_signature", "0x" + "00" * 64))
            return BlockTrade(**values, legs=legs, counterparty_signature=signature)
        case "SET_CANCEL_AT":
            return SetCancelAt(**values)
        case "SET_PROTECTION":
            return SetProtection(**values)
        case "SET_TRIGGER":
            flags = ("sell", "reduce_only", "falling", "by_mark")
            return SetTrigger(**values | {name: bool(values[name]) for name in flags})
        case "SET_MARGIN_MODE":
            return SetMarginMode(**values)
        case "BID":
            return Bid(**values)
        case "SET_GUARD":
            mode = GuardMode(values.pop("mode"))
            return SetGuard(key=octets(values.pop("key")), mode=mode, **values)
    return SetSession(key=octets(values.pop("key")), **values)


def check_action(case: Case) -> None:
    if "kind" in case:
        action = action_of(case["kind"], plain(case["fields"]))
        bundle = encode_op(Bundle(1, 0, 0, 0, 0, [action]), EMPTY_SIGNATURE)
        assert bundle[3 + 25 : -8] == octets(case["bytes"])


def check_op(case: Case) -> None:
    if case.get("type") not in (
        "BUNDLE",
        "WITHDRAW",
        "SET_SESSION",
        "SET_CANCEL_AT",
        "SET_PROTECTION",
        "SET_GUARD",
        "SET_MARGIN_MODE",
        "BLOCK_TRADE",
        "SET_TRIGGER",
        "BID",
        "INDEX_PRICE",
    ):
        return  # no user sends it
    fields = plain(case["fields"])
    if case["type"] == "INDEX_PRICE":
        reports = [
            encode_report(
                reporter=each["reporter"],
                price_nano_usd=each["price_nano_usd"],
                signature=octets(each["signature"]),
            )
            for each in fields["reports"]
        ]
        encoded = encode_index_price(
            underlying=fields["underlying"],
            publish_time_ms=fields["publish_time_ms"],
            reports=reports,
        )
    else:
        guard = octets(fields.get("guard_signature", "0x"))
        encoded = encode_op(op_of(case["type"], fields), octets(fields["signature"]), guard)
    assert encoded == octets(case["bytes"])


def check_genesis(case: Case) -> None:
    separator = Domain(int(case["chain_id"]), octets(case["rollup"])).separator
    assert separator == octets(case["domain_separator"])


def check_typed_data(case: Case) -> None:
    chain_id, rollup = int(case["chain_id"]), octets(case["rollup"])
    separator, fields = Domain(chain_id, rollup).separator, plain(case["fields"])
    wallet = Wallet(octets(case["secret"]))
    if case["type"] in VALUES:
        hashed = hash_reported(OpType[case["type"]], fields)
        value = VALUES[case["type"]]
        report = {"reporter": 0, value: fields[value], "signature": octets(case["signature"])}
        op = vector_op(case["type"], {**fields, "reports": [report]})
    elif case["type"] == "ATTEST":
        said = Attestation(**fields)
        hashed = hash_attestation(said.account, said.tier, said.tier_expiry_ms, said.attested_ms)
        op = AttestationFile(chain_id, rollup, said).signed(wallet).op([wallet.address], 1)
    elif case["type"] == "ATTEST_CREDIT":
        credit = Credit(**fields)
        hashed = credit.struct_hash()
        consenting = [wallet.address] if credit.limit_micro_usd else []
        signed_file = AttestationFile(chain_id, rollup, credit).signed(wallet)
        op = signed_file.op([wallet.address], 1, consenting)
    elif case["type"] == "BLOCK_CONSENT":
        trade = op_of(case["type"], fields)
        assert isinstance(trade, BlockTrade)
        hashed = consent_hash(trade)
        signable = encode_typed_data(full_message=consent_json(trade, chain_id, rollup))
        assert signable.body == octets(case["struct_hash"])
        signed_trade = replace(trade, counterparty_signature=octets(case["signature"]))
        submitter = Wallet(vector_signer("trader 1").secret)
        op = encode_op(
            signed_trade, submitter.sign_digest(digest(separator, struct_hash(signed_trade)))
        )
    else:
        user_op = op_of(case["type"], fields)
        hashed = struct_hash(user_op)
        op = encode_op(user_op, octets(case["signature"]))
        # eth_account hashes the JSON that a wallet is given, knowing nothing of this protocol.
        signable = encode_typed_data(full_message=typed_data_json(user_op, chain_id, rollup))
        assert signable.header == octets(case["domain_separator"])
        assert signable.body == octets(case["struct_hash"])
    signed = digest(separator, hashed)
    assert separator == octets(case["domain_separator"])
    assert hashed == octets(case["struct_hash"])
    assert signed == octets(case["digest"])
    assert wallet.address == octets(case["signer"])
    assert wallet.sign_digest(signed) == octets(case["signature"])
    assert recover_address(signed, octets(case["signature"])) == wallet.address
    assert op == octets(case["op"])


def check_signature(case: Case) -> None:
    """Good ones alone: the client never judges the signatures of others but the sequencer's."""
    if case["signer"]:
        signer = recover_address(octets(case["digest"]), octets(case["signature"]))
        assert signer == octets(case["signer"])


def check_ordered_op(case: Case) -> None:
    if case["op"]:
        is_shortest = ordered_op(octets(case["op"])) == octets(case["bytes"])
        assert is_shortest == case["is_shortest"]


def check_receipt(case: Case) -> None:
    receipt = Receipt(
        sequencer_epoch=case["sequencer_epoch"],
        batch=int(case["batch"]),
        segment=case["segment"],
        index=case["index"],
        op_hash=octets(case["op_hash"]),
        post_by_ms=case["post_by_ms"],
        leaf_index=case["leaf_index"],
        leaf_count=case["leaf_count"],
        path=tuple(map(octets, case["path"])),
        commitment=octets(case["commitment"]),
        signature=octets(case["signature"]),
    )
    separator = octets(case["domain_separator"])
    receipt.verify(octets(case["op"]), separator, octets(case["sequencer"]))
    place = (receipt.sequencer_epoch, receipt.batch, receipt.segment, receipt.index)
    hashed = hash_receipt(*place, receipt.op_hash, receipt.post_by_ms)
    assert hashed == octets(case["struct_hash"])
    signed = digest(separator, hash_receipt_group(receipt.commitment))
    assert signed == octets(case["digest"])


CHECKS: dict[str, Check] = {
    "actions": check_action,
    "ops": check_op,
    "ordered_ops": check_ordered_op,
    "genesis": check_genesis,
    "receipts": check_receipt,
    "typed_data": check_typed_data,
    "signatures": check_signature,
}


@pytest.mark.parametrize("file", CHECKS)
def test_client_agrees_with_vectors(file: str) -> None:
    run(CHECKS[file], file)
