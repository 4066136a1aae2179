"""A bid as JSON: its form, its typed data, and what a wallet has signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.client import Bid
from strikeproof.client.op_check import FieldInvalid, check_op
from strikeproof.client.operation import encode_op
from strikeproof.client.typed_data import typed_data_json
from strikeproof.gateway.order_form import op_of_form, signed_op
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppm

ROLLUP = b"\x11" * 20
TERMS = {"seller": 7, "auction_ms": 1_000, "fraction_ppm": 50_000, "discount_ppm": 80_000}
FORM = {"account": 3, "session": 1, "nonce": 4, "expiry_ms": 9_000, "bid": TERMS}
BID = Bid(
    3, 1, 4, Milliseconds(9_000), 7, Milliseconds(1_000), Ppm(50_000), Ppm(80_000), MicroUsd(5)
)


def of_form(form: object) -> object:
    def no_terms(name: object) -> None:
        raise AssertionError(f"a bid names no instrument: {name}")

    return op_of_form(form, no_terms, 0, 0)  # type: ignore[arg-type]


def test_form_gives_the_bid() -> None:
    assert of_form({**FORM, "max_l1_fee_micro_usd": 5}) == BID


def test_form_that_lacks_a_field_or_has_another_is_refused() -> None:
    for wrong in ({**TERMS, "price": 1}, {k: v for k, v in TERMS.items() if k != "seller"}):
        with pytest.raises((FieldInvalid, GatewayRefusal)):
            of_form({**FORM, "bid": wrong})


def test_typed_data_that_was_signed_gives_the_same_bytes() -> None:
    data = typed_data_json(BID, 1, ROLLUP)
    signature = "0x" + "22" * 64
    shown = {"primaryType": "Bid", "message": data["message"], "signature": signature}
    assert signed_op(shown) == encode_op(BID, bytes.fromhex("22" * 64))


@pytest.mark.parametrize(("field", "value"), [("seller", 3), ("fraction_ppm", 9_999)])
def test_bid_that_the_law_calls_malformed_is_refused_before_it_is_sent(
    field: str, value: int
) -> None:
    with pytest.raises(FieldInvalid):
        check_op(replace(BID, **{field: value}))  # type: ignore[arg-type]
