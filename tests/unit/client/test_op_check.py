"""What is not an op is refused by field; what passes can be encoded, and the engine reads it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy
import pytest
from hypothesis import given, settings

from strikeproof.client.op_check import BITS, FieldInvalid, check_op
from strikeproof.client.operation import (
    BlockLeg,
    BlockTrade,
    Bundle,
    Cancel,
    Place,
    SetCancelAt,
    SetGuard,
    SetProtection,
    SetSession,
    SetTrigger,
    UserOp,
    Withdraw,
    encode_op,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    BID_STRUCT,
    BLOCK_TRADE_STRUCT,
    BUNDLE_STRUCT,
    SET_CANCEL_AT_STRUCT,
    SET_MARGIN_MODE_STRUCT,
    SET_PROTECTION_STRUCT,
    SET_SESSION_STRUCT,
    SET_TRIGGER_STRUCT,
    WITHDRAW_STRUCT,
)
from tests.unit.client.test_typed_data import OPS

ORDER = Place(1, False, 100, 5)
BUNDLE = Bundle(1, 0, 0, 2**40, 100, [ORDER])
BLOCK = BlockTrade(1, 0, 0, 2**40, 100, 2, 1, 5, 2**40, 100, [BlockLeg(3, True, 100, 5)], bytes(64))
TYPED_NAMES = {
    "max_l1_fee_micro_usd": "max_l1_fee",
    "expiry_ms": "expiry",
    "amount_micro_usd": "amount",
    "cancel_at_ms": "at",
    "fraction_ppm": "fraction",
    "discount_ppm": "discount",
}


def protection(**fields: Any) -> SetProtection:
    """Return a protection with some fields changed."""
    terms = {"underlying": 1, "window_ms": 5, "freeze_ms": 5, "lots_max": 5}
    return SetProtection(1, 0, 0, 2**40, **{**terms, "delta_max": 5, "vega_max": 5, **fields})


WRONG = ["5", 5.0, Decimal(5), numpy.int64(5), None, b"5", -1, 2**70, True, 10**5000]


def test_widths_are_those_of_the_typed_data() -> None:
    plain = (WITHDRAW_STRUCT, SET_SESSION_STRUCT, SET_MARGIN_MODE_STRUCT, SET_CANCEL_AT_STRUCT)
    more = (BLOCK_TRADE_STRUCT, SET_TRIGGER_STRUCT, SET_PROTECTION_STRUCT, BID_STRUCT)
    owners = (*plain, *more)
    structs = (BUNDLE_STRUCT, *BUNDLE_STRUCT.inner, *owners)
    widths = {field.name: field.type for struct in structs for field in struct.fields}
    for name, bits in BITS.items():
        first, *rest = TYPED_NAMES.get(name, name.removesuffix("_ms")).split("_")
        typed = first + "".join(each.capitalize() for each in rest)
        expected = "uint32" if name == "slot" else widths[typed]  # a session's slot is narrower
        assert expected == f"uint{bits}", name


@pytest.mark.parametrize("value", WRONG, ids=lambda value: f"{type(value).__name__}")
@pytest.mark.parametrize(
    ("field", "op_of"),
    [
        ("price", lambda value: replace(BUNDLE, actions=[replace(ORDER, price=value)])),
        ("lots", lambda value: replace(BUNDLE, actions=[replace(ORDER, lots=value)])),
        ("client_id", lambda value: replace(BUNDLE, actions=[replace(ORDER, client_id=value)])),
        ("instrument", lambda value: replace(BUNDLE, actions=[replace(ORDER, instrument=value)])),
        ("time_in_force", lambda v: replace(BUNDLE, actions=[replace(ORDER, time_in_force=v)])),
        ("actions[1].slot", lambda v: replace(BUNDLE, actions=[ORDER, Cancel(1, v, 1)])),
        ("bid.price", lambda v: replace(BUNDLE, actions=[Quote(1, QuoteSide(v, 5))])),
        ("ask.lots", lambda v: replace(BUNDLE, actions=[Quote(1, ask=QuoteSide(9, v))])),
        ("bid.slot", lambda v: replace(BUNDLE, actions=[Quote(1, QuoteSide(9, 5, v, 3))])),
        ("ask.serial", lambda v: replace(BUNDLE, actions=[Quote(1, ask=QuoteSide(9, 5, 3, v))])),
        ("max_fee_ppm", lambda value: replace(BUNDLE, max_fee_ppm=value)),
        ("session", lambda value: replace(BUNDLE, session=value)),
        ("amount_micro_usd", lambda value: Withdraw(1, 0, 2**40, value)),
        ("account", lambda value: Withdraw(value, 0, 2**40, 1)),
        ("slot", lambda value: SetSession(1, 0, 2**40, value, b"\x01" * 20)),
        ("key", lambda value: SetSession(1, 0, 2**40, 1, value)),
        ("mode", lambda value: SetGuard(1, 0, 2**40, value)),
        ("counterparty", lambda value: replace(BLOCK, counterparty=value)),
        ("counterparty_nonce", lambda value: replace(BLOCK, counterparty_nonce=value)),
        ("counterparty_signature", lambda value: replace(BLOCK, counterparty_signature=value)),
        ("legs[0].lots", lambda v: replace(BLOCK, legs=[replace(BLOCK.legs[0], lots=v)])),
        ("cancel_at_ms", lambda value: SetCancelAt(1, 0, 0, 2**40, value)),
        ("underlying", lambda value: protection(underlying=value)),
        ("window_ms", lambda value: protection(window_ms=value)),
        ("lots_max", lambda value: protection(lots_max=value)),
        ("vega_max", lambda value: protection(vega_max=value)),
        ("place", lambda value: SetTrigger(1, 0, 0, 2**40, 1, value)),
        ("lots", lambda value: SetTrigger(1, 0, 0, 2**40, 1, 0, trigger_price=1, lots=value)),
    ],
)
def test_a_wrong_value_is_named_by_its_field(field: str, op_of: Any, value: Any) -> None:
    with pytest.raises(FieldInvalid) as caught:
        check_op(op_of(value))
    assert caught.value.field == field
    assert len(str(caught.value)) < 250


@settings(max_examples=200)
@given(OPS)
def test_what_passes_is_well_formed_and_what_does_not_is_not(op: UserOp) -> None:
    data = encode_op(op, bytes(63) + b"\x01")
    malformed = decode_op(data[0], data[3:]) is Result.MALFORMED
    refused = ""
    try:
        check_op(op)
    except FieldInvalid as error:
        refused = error.field
    # The law reads accounts and sessions that cannot exist too; a trade with oneself it does not.
    unknown = {"account", "session", "counterparty_session"}
    if isinstance(op, BlockTrade) and op.counterparty != op.account:
        unknown.add("counterparty")
    if refused not in unknown:
        assert bool(refused) == malformed
