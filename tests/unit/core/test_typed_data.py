"""Digests packed by hand are those of an ordinary EIP-712 library."""

from random import Random

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.auction_sale import BidTerms
from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL
from strikeproof.sequencer.core.ops.bid import Bid
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.reports_op import Report
from strikeproof.sequencer.core.ops.set_cancel_at import SetCancelAt
from strikeproof.sequencer.core.ops.set_guard import SetGuard
from strikeproof.sequencer.core.ops.set_margin_mode import SetMarginMode
from strikeproof.sequencer.core.ops.set_protection import Limits, SetProtection
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.set_trigger import SetTrigger
from strikeproof.sequencer.core.ops.withdraw import Withdraw
from strikeproof.sequencer.core.trigger import TriggerTerms
from strikeproof.wire.constants import OpType
from strikeproof.wire.operations import (
    action_flags,
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_replace,
)

ROLLUP = bytes(range(20))
CHAIN = 31_337
DOMAIN = {
    "name": "Strikeproof",
    "version": "1",
    "chainId": CHAIN,
    "verifyingContract": "0x" + ROLLUP.hex(),
}
SEPARATOR = signing_digest.domain_separator(CHAIN, ROLLUP)


def fields(text: str) -> list[dict[str, str]]:
    pairs = (part.split() for part in text.split(","))
    return [{"type": kind, "name": name} for kind, name in pairs]


ACTION = fields(
    "uint8 kind,uint16 instrument,bool sell,uint8 timeInForce,bool postOnly,bool reduceOnly,"
    "uint8 selfTrade,uint32 price,uint40 lots,uint48 expiry,uint64 clientId,uint32 slot,"
    "uint48 serial"
)
TYPES = {
    "Bundle": fields(
        "uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 maxFeePpm,"
        "uint64 maxL1Fee,bool atomic,Action[] actions"
    ),
    "Withdraw": fields("uint32 account,uint64 nonce,uint48 expiry,uint64 amount,uint64 maxL1Fee"),
    "SetSession": fields(
        "uint32 account,uint64 nonce,uint48 expiry,uint8 slot,address key,uint8 scope,"
        "uint48 sessionExpiry,uint64 maxL1Fee"
    ),
    "SetGuard": fields(
        "uint32 account,uint64 nonce,uint48 expiry,uint8 mode,address guard,uint64 maxL1Fee"
    ),
    "SetMarginMode": fields(
        "uint32 account,uint64 nonce,uint48 expiry,uint16 underlying,uint64 maxL1Fee"
    ),
    "SetCancelAt": fields(
        "uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint48 at,uint64 maxL1Fee"
    ),
    "SetProtection": fields(
        "uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint16 underlying,uint32 window,"
        "uint32 freeze,uint40 lotsMax,uint64 deltaMax,uint64 vegaMax,uint64 maxL1Fee"
    ),
    "SetTrigger": fields(
        "uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint16 instrument,uint8 place,"
        "bool sell,bool reduceOnly,bool falling,bool byMark,uint64 triggerPrice,uint32 limit,"
        "uint40 lots,uint32 maxFee,uint48 triggerExpiry,uint64 clientId,uint64 maxL1Fee"
    ),
    "Bid": fields(
        "uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 seller,uint48 auction,"
        "uint32 fraction,uint32 discount,uint64 maxL1Fee"
    ),
    "IndexPrice": fields("uint16 underlying,uint32 reporterEpoch,uint48 publishTime,uint64 price"),
}


def oracle(primary: str, message: dict[str, object]) -> bytes:
    types = {primary: TYPES[primary]}
    if primary == "Bundle":
        types["Action"] = ACTION
    signable = encode_typed_data(DOMAIN, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def nothing(kind: int, instrument: int) -> dict[str, object]:
    zero: dict[str, object] = {field["name"]: 0 for field in ACTION}
    return zero | {
        "kind": kind,
        "instrument": instrument,
        "sell": False,
        "postOnly": False,
        "reduceOnly": False,
    }


def test_bundle_of_every_action_kind():
    place_flags = action_flags(sell=True, post_only=True, self_trade=2, time_in_force=1)
    replace_flags = action_flags(reduce_only=True, self_trade=1)
    actions = [
        encode_place(
            instrument=5,
            flags=place_flags,
            price=2**32 - 1,
            lots=2**40 - 2,
            expiry_ms=2**48 - 3,
            client_id=2**64 - 4,
        ),
        encode_cancel(instrument=6, slot=2**32 - 5, serial=2**48 - 6),
        encode_cancel_all(instrument=7),
        encode_replace(
            instrument=8,
            slot=9,
            serial=10,
            flags=replace_flags,
            price=11,
            lots=12,
            expiry_ms=0,
            client_id=13,
        ),
    ]
    body = encode_bundle_body(
        account=2**32 - 1,
        session=3,
        nonce=2**64 - 2,
        expiry_ms=2**48 - 1,
        max_fee_ppm=77,
        max_l1_fee_micro_usd=2**64 - 9,
        atomic=1,
        actions=actions,
    )
    decoded = decode_op(OpType.BUNDLE, body, signature_may_lack=True)
    assert isinstance(decoded, Bundle)
    place = nothing(1, 5) | {
        "sell": True,
        "timeInForce": 1,
        "postOnly": True,
        "selfTrade": 2,
        "price": 2**32 - 1,
        "lots": 2**40 - 2,
        "expiry": 2**48 - 3,
        "clientId": 2**64 - 4,
    }
    cancel = nothing(CANCEL, 6) | {"slot": 2**32 - 5, "serial": 2**48 - 6}
    replace = nothing(4, 8) | {
        "reduceOnly": True,
        "selfTrade": 1,
        "price": 11,
        "lots": 12,
        "clientId": 13,
        "slot": 9,
        "serial": 10,
    }
    message: dict[str, object] = {
        "account": 2**32 - 1,
        "session": 3,
        "nonce": 2**64 - 2,
        "expiry": 2**48 - 1,
        "maxFeePpm": 77,
        "maxL1Fee": 2**64 - 9,
        "atomic": True,
        "actions": [place, cancel, nothing(CANCEL_ALL, 7), replace],
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("Bundle", message)


def test_withdraw():
    decoded = Withdraw(2**32 - 1, 2**64 - 1, 2**48 - 1, 2**64 - 3, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 2**32 - 1,
        "nonce": 2**64 - 1,
        "expiry": 2**48 - 1,
        "amount": 2**64 - 3,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("Withdraw", message)


def test_set_session():
    key = bytes(range(100, 120))
    decoded = SetSession(9, 8, 7, 3, key, 1, 2**48 - 1, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "nonce": 8,
        "expiry": 7,
        "slot": 3,
        "key": "0x" + key.hex(),
        "scope": 1,
        "sessionExpiry": 2**48 - 1,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("SetSession", message)


def test_set_guard():
    key = bytes(range(100, 120))
    decoded = SetGuard(9, 8, 7, 3, key, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "nonce": 8,
        "expiry": 7,
        "mode": 3,
        "guard": "0x" + key.hex(),
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("SetGuard", message)


def test_set_margin_mode():
    decoded = SetMarginMode(9, 8, 7, 2**16 - 2, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "nonce": 8,
        "expiry": 7,
        "underlying": 2**16 - 2,
        "maxL1Fee": 2**64 - 9,
    }
    signed = signing_digest.digest(SEPARATOR, decoded.struct_hash())
    assert signed == oracle("SetMarginMode", message)


def test_set_cancel_at():
    decoded = SetCancelAt(9, 3, 8, 7, 2**48 - 1, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "session": 3,
        "nonce": 8,
        "expiry": 7,
        "at": 2**48 - 1,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("SetCancelAt", message)


def test_set_protection():
    limits = Limits(2**16 - 1, 2**32 - 1, 2**32 - 2, 2**40 - 1, 2**63 - 1, 2**63 - 2)
    decoded = SetProtection(9, 3, 8, 7, limits, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "session": 3,
        "nonce": 8,
        "expiry": 7,
        "underlying": limits.underlying,
        "window": limits.window_ms,
        "freeze": limits.freeze_ms,
        "lotsMax": limits.lots_max,
        "deltaMax": limits.delta_max,
        "vegaMax": limits.vega_max,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle(
        "SetProtection", message
    )


@pytest.mark.parametrize("falling", [0, 1])
def test_set_trigger(falling):
    terms = TriggerTerms(1, 0, falling, 1, 2**64 - 1, 2**32 - 1, 2**40 - 1, 450, 2**48 - 1, 2**63)
    decoded = SetTrigger(9, 3, 8, 7, 2**16 - 1, 5, terms, 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "session": 3,
        "nonce": 8,
        "expiry": 7,
        "instrument": 2**16 - 1,
        "place": 5,
        "sell": True,
        "reduceOnly": False,
        "falling": bool(falling),
        "byMark": True,
        "triggerPrice": 2**64 - 1,
        "limit": 2**32 - 1,
        "lots": 2**40 - 1,
        "maxFee": 450,
        "triggerExpiry": 2**48 - 1,
        "clientId": 2**63,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("SetTrigger", message)


def test_bid():
    decoded = Bid(9, 3, 8, 7, BidTerms(2**32 - 1, 2**48 - 1, 10**6, 2**32 - 2), 2**64 - 9, None)
    message: dict[str, object] = {
        "account": 9,
        "session": 3,
        "nonce": 8,
        "expiry": 7,
        "seller": 2**32 - 1,
        "auction": 2**48 - 1,
        "fraction": 10**6,
        "discount": 2**32 - 2,
        "maxL1Fee": 2**64 - 9,
    }
    assert signing_digest.digest(SEPARATOR, decoded.struct_hash()) == oracle("Bid", message)


@pytest.mark.parametrize("seed", range(3))
def test_index_price(seed):
    random = Random(seed)
    underlying, epoch = random.getrandbits(16), random.getrandbits(32)
    time, price = random.getrandbits(48), random.getrandbits(64)
    report = Report(0, price, bytes(64))
    struct_hash = IndexPrice(underlying, time, [report]).report_hash(report, epoch)
    message: dict[str, object] = {
        "underlying": underlying,
        "reporterEpoch": epoch,
        "publishTime": time,
        "price": price,
    }
    assert signing_digest.digest(SEPARATOR, struct_hash) == oracle("IndexPrice", message)
