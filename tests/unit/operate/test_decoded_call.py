"""What the timelock announced, in words: every call of this release, and what is not a call."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi import encode as abi_encode
from web3 import Web3

from strikeproof.deployment import Deployment
from strikeproof.operate.governance_payload import GovernanceFieldInvalid, encode
from strikeproof.operate.proposal import changes, proposed
from strikeproof.operate.timelock import decoded, governed
from strikeproof.wire.constants import GovernanceAction
from strikeproof.wire.operations import encode_list_underlying


def address(number: int) -> Any:
    return Web3.to_checksum_address("0x" + f"{number:02x}" * 20)


ROLLUP, INBOX, VAULT, TIMELOCK, STRANGER = map(address, (0x11, 0x22, 0x33, 0x44, 0xEE))
LAWS = tuple(map(address, (0x66, 0x67, 0x68, 0x69, 0x6A)))
VENUE = Deployment(
    chain_id=31_337,
    first_block=1,
    rollup=ROLLUP,
    inbox=INBOX,
    vault=VAULT,
    timelock=TIMELOCK,
    escape=address(0x56),
    promises=address(0x58),
    token=address(0x55),
    laws=LAWS,
    law_modules=(),
    law_id="0x" + 64 * "1",
    genesis_batch_hash="0x" + 64 * "2",
    genesis_claim_hash="0x" + 64 * "3",
    genesis_root="0x" + 64 * "4",
    domain_separator="0x" + 64 * "5",
)
LISTING = {
    "underlying": "1",
    "kind": "PERPETUAL",
    "tick_value_micro_usd": "500",
    "index_per_tick_nano_usd": "500_000_000",
    "initial_margin_ppm": "50_000",
    "maintenance_margin_ppm": "25_000",
    "maker_fee_ppm": "100",
    "taker_fee_ppm": "450",
    "price_band_ppm": "50_000",
    "min_order_value_micro_usd": "1_000_000",
    "liquidation_fee_ppm": "5_000",
    "house_margin_ppm": "12_500",
    "funding_cap_ppm": "7_500",
    "funding_interest_ppm": "100",
    "funding_tau_ms": "600_000",
    "impact_value_micro_usd": "8_000_000",
    "tier": "0",
    "symbol": "BTC-PERP",
    "expiry": "0",
}
LATENCY = {
    "slope_factor_ppm": "3_000_000",
    "slope_least_ppm": "5",
    "slope_most_ppm": "1_000",
    "variance_tau_ms": "600_000",
}
GIVEN: dict[str, dict[str, str]] = {
    "list_underlying": {"symbol": "ETH"},
    "list_instrument": LISTING,
    "list_expiry": {
        "underlying": "1",
        "expiry_ms": "1_800_000_000_000",
        "forward_ppb": "1_002_000_000",
    },
    "list_options": {
        **{each: LISTING[each] for each in LISTING if each not in ("underlying", "kind", "symbol")},
        "expiry": "1",
        "strike": "90_000",
        "call_symbol": "BTC-90000-C",
        "put_symbol": "BTC-90000-P",
    },
    "set_instrument": {
        "instrument": "1",
        "status": "ACTIVE",
        **{each: LISTING[each] for each in LISTING if each.endswith(("_ppm",))},
        "min_order_value_micro_usd": "1",
        "impact_value_micro_usd": "8",
        "funding_tau_ms": "600_000",
        "tier": "0",
        "successor": "0",
    },
    "set_reporters": {"quorum": "1", "reporters": f"{STRANGER},{ROLLUP}"},
    "set_attesters": {"quorum": "1", "attesters": f"{STRANGER},{ROLLUP}"},
    "set_latency": LATENCY,
    "pay_out": {"pool": "FEE_POOL", "account": "7", "amount_micro_usd": "1_000_000"},
    "set_eth": {"underlying": "2"},
    "set_terms": {"windowSeconds": "604_800", "stressGasPriceWei": "100_000_000_000"},
    "set_sequencer": {"account": STRANGER},
    "announce_law": {"laws": ",".join(LAWS), "lawId": "0x" + 64 * "7", "fromMs": "1"},
    "set_fee": {"feePerMegaWei": "1"},
    "pay_fees": {"to": STRANGER},
    "set_deposit_cap": {"capMicroUsd": "1"},
    "set_minimum_deposit": {"minimumMicroUsd": "1"},
    "set_owner": {"owner": STRANGER},
}


def test_every_change_that_can_be_announced_is_tested_here() -> None:
    found = changes(VENUE)
    assert [each.name for each in found] == list(GIVEN)
    assert {each.name: set(each.fields) for each in found} == {
        name: set(given) for name, given in GIVEN.items()
    }


def test_nobody_may_be_named_to_attest_but_somebody_to_report() -> None:
    nobody = {"quorum": "0", "attesters": ""}
    call = proposed(VENUE, "set_attesters", nobody)
    assert decoded(VENUE.addresses, call.address, bytes.fromhex(call.data[2:])) == call
    with pytest.raises(GovernanceFieldInvalid) as caught:
        proposed(VENUE, "set_reporters", {"quorum": "0", "reporters": ""})
    assert caught.value.field == "reporters"


@pytest.mark.parametrize("name", GIVEN)
def test_call_is_read_back_as_it_was_given(name: str) -> None:
    call = proposed(VENUE, name, GIVEN[name])
    again = decoded(VENUE.addresses, call.address, bytes.fromhex(call.data[2:]))
    assert again == call
    assert set(again.arguments) == set(GIVEN[name])
    for field, given in GIVEN[name].items():
        shown = again.arguments[field]
        values = shown if isinstance(shown, list | tuple) else [shown]
        wanted = given.split(",") if isinstance(shown, list | tuple) else [given]
        assert sorted(str(each).lower() for each in values) == sorted(
            each.replace("_", "").lower() if each.strip("-")[:1].isdigit() and each[:2] != "0x"
            else each.lower()
            for each in wanted
        )  # fmt: skip
    is_message = name.upper() in GovernanceAction.__members__
    assert again.message == (name if is_message else None)
    assert again.text.startswith(f"{name}(" if is_message else f"{again.target}.")
    assert again.address == {"Rollup": ROLLUP, "Inbox": INBOX, "Vault": VAULT}.get(
        again.target, TIMELOCK
    )


def test_call_to_a_contract_of_nobody_shows_its_bytes() -> None:
    call = decoded(VENUE.addresses, STRANGER, b"\xde\xad")
    assert call.text == f"{STRANGER}.unknown(data=0xdead)"


FEE = governed(VENUE, "Inbox").encode_abi("setFee", args=[1])


@pytest.mark.parametrize(
    "data", ["0x", "0xdead", "0xdeadbeef", "0xdeadbeef" + 64 * "0", FEE[:-2], FEE[:10], FEE[:12]]
)
@pytest.mark.parametrize("target", [INBOX, ROLLUP, VAULT, TIMELOCK])
def test_bytes_that_no_interface_explains_stay_bytes(target: str, data: str) -> None:
    call = decoded(VENUE.addresses, target, bytes.fromhex(data[2:]))
    assert (call.function, call.arguments, call.data) == ("unknown", {"data": data}, data)


def govern(payload: bytes) -> bytes:
    return bytes.fromhex(governed(VENUE, "Inbox").encode_abi("govern", args=[payload])[2:])


@pytest.mark.parametrize(
    "payload", [b"", b"\x63", b"\1", encode("list_underlying", {"symbol": "A"}) + b"\0"]
)
def test_message_that_the_law_refuses_is_called_that(payload: bytes) -> None:
    call = decoded(VENUE.addresses, INBOX, govern(payload))
    assert call.text == f"MALFORMED, the law will refuse it(payload=0x{payload.hex()})"


@pytest.mark.parametrize(
    "symbol", [b"\x1b[2J\x1b[1;1Hok", b"A\nB", b"A\rB", b"A\0B", b"\xff\xfe", b"A\x7f"]
)
def test_bytes_of_a_symbol_cannot_draw_on_the_readers_terminal(symbol: bytes) -> None:
    call = decoded(
        VENUE.addresses, INBOX, govern(encode_list_underlying(symbol=symbol.ljust(16, b"\0")))
    )
    assert call.message == "list_underlying"
    assert call.text.isprintable() and call.text.isascii(), repr(call.text)
    assert "\\x" in call.text


def test_offset_beyond_the_data_stays_bytes() -> None:
    selector = govern(b"")[:4]
    data = selector + abi_encode(["uint256"], [2**255])
    assert decoded(VENUE.addresses, INBOX, data).function == "unknown"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("set_fee", "feePerMegaWei", "1.5"),
        ("set_fee", "feePerMegaWei", str(2**256)),
        ("set_fee", "feePerMegaWei", ""),
        ("set_terms", "windowSeconds", str(2**64)),
        ("set_sequencer", "account", "0x" + 39 * "1"),
        ("set_owner", "owner", "nobody"),
        ("announce_law", "laws", ",".join(LAWS[:-1])),
        ("announce_law", "laws", ",".join((*LAWS, STRANGER))),
        ("announce_law", "laws", ",".join((*LAWS[:-1], "x"))),
        ("announce_law", "lawId", "0x" + 62 * "7"),
        ("list_instrument", "symbol", "B" * 17),
        ("set_instrument", "status", "MAYBE"),
        ("set_reporters", "quorum", "3"),
        ("set_attesters", "quorum", "3"),
        ("set_attesters", "attesters", "nobody"),
    ],
)
def test_impossible_field_is_named(name: str, field: str, value: str) -> None:
    with pytest.raises(GovernanceFieldInvalid) as caught:
        proposed(VENUE, name, GIVEN[name] | {field: value})
    assert caught.value.field == field, str(caught.value)


@pytest.mark.parametrize("name", GIVEN)
def test_missing_and_unknown_fields_are_named(name: str) -> None:
    for field in GIVEN[name]:
        rest = {key: value for key, value in GIVEN[name].items() if key != field}
        with pytest.raises(GovernanceFieldInvalid) as caught:
            proposed(VENUE, name, rest)
        assert (caught.value.field, caught.value.problem) == (field, "missing")
    with pytest.raises(GovernanceFieldInvalid, match="no such field"):
        proposed(VENUE, name, GIVEN[name] | {"colour": "red"})
