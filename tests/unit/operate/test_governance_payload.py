"""Governance messages from names and values, and back."""

import pytest

from strikeproof.operate.governance_payload import (
    GovernanceFieldInvalid,
    _tables,
    action_names,
    decode,
    encode,
    rule_bounds,
)
from strikeproof.wire.operations import encode_list_underlying, encode_set_reporters

ONE, TWO = "0x" + 20 * "11", "0x" + 20 * "22"
TERMS = {
    "underlying": 1,
    "kind": "PERPETUAL",
    "tick_value_micro_usd": 500,
    "index_per_tick_nano_usd": "500_000_000",
    "initial_margin_ppm": 50_000,
    "maintenance_margin_ppm": 25_000,
    "maker_fee_ppm": 100,
    "taker_fee_ppm": 450,
    "price_band_ppm": 50_000,
    "min_order_value_micro_usd": 1_000_000,
    "liquidation_fee_ppm": 5_000,
    "house_margin_ppm": 12_500,
    "funding_cap_ppm": 7_500,
    "funding_interest_ppm": 100,
    "funding_tau_ms": 600_000,
    "impact_value_micro_usd": 8_000_000,
    "expiry": 0,
    "tier": 0,
    "symbol": "BTC-PERP",
}


def test_payload_is_what_the_generated_encoder_gives():
    assert encode("list_underlying", {"symbol": "BTC"}) == encode_list_underlying(
        symbol=b"BTC".ljust(16, b"\0")
    )
    reporters = [bytes.fromhex(each[2:]) for each in (ONE, TWO)]
    wanted = encode_set_reporters(quorum=1, reporters=reporters)
    assert encode("set_reporters", {"quorum": "1", "reporters": f"{TWO},{ONE}"}) == wanted


def test_every_message_that_is_encoded_is_read_back():
    for name, given in (
        ("list_underlying", {"symbol": "ETH"}),
        ("list_instrument", TERMS),
        ("set_reporters", {"quorum": 2, "reporters": [ONE, TWO]}),
    ):
        found = decode(encode(name, given))
        assert found is not None
        action, fields = found
        assert action == name
        assert {key: str(fields[key]) for key in given} == {
            key: str(int(str(each).replace("_", ""))) if str(each).replace("_", "").isdecimal()
            else str(each)
            for key, each in given.items()
        }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"maintenance_margin_ppm": 60_000}, "initial_margin_ppm"),
        ({"maintenance_margin_ppm": 0}, "maintenance_margin_ppm"),
        ({"tick_value_micro_usd": 0}, "tick_value_micro_usd"),
        ({"tick_value_micro_usd": 2**24}, "tick_value_micro_usd"),
        ({"taker_fee_ppm": 10**9}, "taker_fee_ppm"),
        ({"price_band_ppm": 0}, "price_band_ppm"),
        ({"kind": "SPOT"}, "kind"),
        ({"symbol": "BITCOIN-PERPETUAL-LONG"}, "symbol"),
        ({"symbol": ""}, "symbol"),
        ({"symbol": "Ƀ"}, "symbol"),
        ({"maker_fee_ppm": 1.5}, "maker_fee_ppm"),
        ({"maker_fee_ppm": True}, "maker_fee_ppm"),
        ({"maker_fee_ppm": "-1"}, "maker_fee_ppm"),
        ({"liquidation_fee_ppm": 25_000}, "liquidation_fee_ppm"),
        ({"house_margin_ppm": 25_001}, "house_margin_ppm"),
        ({"funding_interest_ppm": -(2**31)}, "funding_interest_ppm"),
        ({"impact_value_micro_usd": 8_000_001}, "impact_value_micro_usd"),
        ({"colour": 1}, "colour"),
    ],
)
def test_what_the_law_would_call_malformed_is_refused(change, field):
    with pytest.raises(GovernanceFieldInvalid) as caught:
        encode("list_instrument", TERMS | change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "given",
    [
        {"quorum": 2, "reporters": [ONE]},
        {"quorum": 0, "reporters": [ONE]},
        {"quorum": 1, "reporters": [ONE, ONE]},
        {"quorum": 1, "reporters": ["0x" + 40 * "0"]},
        {"quorum": 1, "reporters": []},
        {"quorum": 1, "reporters": ["0x12"]},
        {"quorum": 1},
    ],
)
def test_impossible_reporter_sets_are_refused(given):
    with pytest.raises(GovernanceFieldInvalid):
        encode("set_reporters", given)


def test_every_rule_of_the_tables_is_understood():
    values = {each["name"]: 1 for table in _tables().values() for each in table}
    for name in action_names():
        for field in _tables()[name]:
            if "rule" in field and "repeat" not in field:
                rule_bounds(field["rule"], values | {"reporters": [ONE], "attesters": [ONE]})


@pytest.mark.parametrize(
    "payload", [b"", b"\x63", b"\x01", encode("list_underlying", {"symbol": "A"}) + b"\0"]
)
def test_what_is_no_message_is_not_decoded(payload):
    assert decode(payload) is None
