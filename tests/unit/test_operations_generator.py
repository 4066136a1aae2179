"""operations.toml: mistakes are refused with their place; what comes out is what it says."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from strikeproof.wire import operations as wire
from strikeproof.wire.constants import ActionKind, OpType
from strikeproof.wire.layout import FieldOverflow
from tools.generate.document_tables import table
from tools.generate.documents import filled
from tools.generate.source import BadSource
from tools.generate.sources import Sources, read_sources
from tools.generate.typescript import wire_ts

PROTO = Path(__file__).parent.parent.parent / "proto"
FILES = [
    tomllib.loads((PROTO / name).read_text())
    for name in ("params.toml", "errors.toml", "layout.toml", "operations.toml")
]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources(*FILES)


def changed(path: str, value: Any) -> list[dict[str, Any]]:
    """The files of proto/ with one thing of operations.toml replaced, or taken out (None)."""
    files = deepcopy(FILES)
    *folders, last = path.split("/")
    at: Any = files[3]
    for each in folders:
        at = at[int(each)] if each.isdigit() else at[each]
    key = int(last) if last.isdigit() else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    return files


NAMED = {"name": "account", "bits": 32}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("op/sweep", None, r"OpType\.SWEEP has no \[op\.sweep\]"),
        ("op/swap", {"doc": "d", "fields": [NAMED]}, r"\[op\.swap\]: OpType has no SWAP"),
        ("op/withdraw/fields/0", {"name": "account", "bits": 31}, r"\[op\.withdraw\] account: 31"),
        ("op/withdraw/fields/1", NAMED, r"\[op\.withdraw\]: two fields are named account"),
        ("op/withdraw/fields/0", {**NAMED, "sign": True}, "unknown key sign"),
        ("op/withdraw/fields/0", {"name": "class", "bits": 8}, "'class' is not a name for a field"),
        ("op/withdraw/fields/0", {**NAMED, "bytes": 4}, "account: one of bits, bytes"),
        ("op/withdraw/fields/0", {**NAMED, "unit": "cents"}, "'cents' is not among"),
        ("op/withdraw/fields/0", {**NAMED, "enum": "Colour"}, "'Colour' is not an enumeration"),
        ("op/withdraw/fields/0", {"name": "a", "bytes": "rest"}, "nothing can follow a"),
        ("op/withdraw/doc", "", r"\[op\.withdraw\]: no doc"),
        ("op/withdraw/fields", [], r"\[op\.withdraw\]: no fields"),
        ("op/sweep/fields/1/max", "SWEEP_BOUND", "slots: max 'SWEEP_BOUND'"),
        ("op/sweep/fields/1/max", 256, "max 256 is not a number that 8 bits can count"),
        ("op/index_price/fields/2/repeat", "rapport", "'rapport' is neither a family nor"),
        ("op/withdraw/fields/5", {"signature": "Payment"}, r"no \[typed_data\.Payment\]"),
        ("action/place/fields/1/flags", "flags", r"there is no \[flags\.flags\]"),
        ("structure/header/fields/0/constant", "HEADER", "'HEADER' is not a number of params"),
        ("structure/batch/fields/0/bytes", "segment", "'segment' is not a number of bytes"),
        ("frame/op/enum", "OpKind", r"\[frame\.op\]: 'OpKind' is not an enumeration"),
        ("frame/action", None, r"\[action\]: there is no \[frame\.action\]"),
        ("flags/action_flags/fields/1/bit", 0, "post_only: OrderFlag.POST_ONLY .* is not bit 0"),
        ("flags/action_flags/fields/3/bit", 2, "self_trade: its bits are taken"),
        ("flags/action_flags/fields/3/bits", 1, "'SelfTrade' is not an enumeration that 1 bits"),
        ("typed_data/Withdraw/of", "op.payment", r"there is no \[op\.payment\]"),
        ("typed_data/Withdraw/fields/0/from", "payee", "nothing here has a field payee"),
        ("typed_data/Withdraw/fields/0/type", "uint64", "uint64, but account is a uint32"),
        ("typed_data/Receipt/fields/0/type", "uint31", "'uint31' is not a type"),
        ("typed_data/Bundle/fields/7/type", "Order[]", r"Order\[\] of no struct above"),
        ("units/lots/type", "Ticks", "'Ticks' is not a name for a type, or it is taken"),
        ("units/lots", None, "unit 'lots' is not among"),
        ("orders", {}, "unknown key orders"),
    ],
)
def test_mistake_is_refused_with_its_place(path: str, value: Any, complaint: str) -> None:
    with pytest.raises(BadSource, match=complaint):
        read_sources(*changed(path, value))


def test_offsets_of_the_source_are_those_of_the_bytes() -> None:
    op = wire.encode_set_session(
        account=1, nonce=2, expiry_ms=3, slot=4, key=b"\5" * 20, scope=6, session_expiry_ms=7
    )
    body = op[wire.OP_HEAD_BYTES :]
    assert op[0] == OpType.SET_SESSION
    assert int.from_bytes(op[wire.OP_BODY_OFFSET : wire.OP_HEAD_BYTES], "big") == len(body)
    assert len(body) == wire.OP_SET_SESSION_UNSIGNED_BYTES
    assert body[wire.OP_SET_SESSION_SLOT_OFFSET] == 4
    assert body[wire.OP_SET_SESSION_KEY_OFFSET :][:20] == b"\5" * 20
    assert body[wire.OP_SET_SESSION_SCOPE_OFFSET] == 6
    assert body[wire.OP_SET_SESSION_SESSION_EXPIRY_MS_OFFSET :][:6] == (7).to_bytes(6, "big")
    assert body[wire.OP_SET_SESSION_MAX_L1_FEE_MICRO_USD_OFFSET :] == bytes(8)
    place = wire.encode_place(instrument=9, flags=1, price=5, lots=6)
    assert (len(place), place[0]) == (wire.ACTION_PLACE_BYTES, ActionKind.PLACE)
    assert place[wire.ACTION_PLACE_FLAGS_OFFSET] == 1


@pytest.mark.parametrize("value", [2**32, -1])
def test_integer_that_does_not_fit_is_refused_by_name(value: int) -> None:
    with pytest.raises(FieldOverflow) as refused:
        wire.encode_withdraw(account=value, nonce=0, expiry_ms=0, amount_micro_usd=1)
    assert (refused.value.field, refused.value.value) == ("withdraw.account", value)


def test_bytes_of_another_length_are_refused_by_name() -> None:
    with pytest.raises(wire.WrongLength) as refused:
        wire.encode_register_payload(account=1, owner=bytes(19))
    error = refused.value
    assert (error.field, error.expected, error.found) == ("register.owner", 20, 19)
    with pytest.raises(wire.WrongLength, match=r"withdraw\.signature"):
        wire.encode_withdraw(
            account=1, nonce=0, expiry_ms=0, amount_micro_usd=1, signature=bytes(65)
        )


def test_more_than_a_count_can_say_are_refused() -> None:
    with pytest.raises(FieldOverflow, match=r"sweep\.slots: 256"):
        wire.encode_sweep(instrument=1, slots=[1] * 256)
    with pytest.raises(FieldOverflow, match=r"sweep\.slots: 4294967296"):
        wire.encode_sweep(instrument=1, slots=[2**32])
    with pytest.raises(FieldOverflow, match=r"op\.body: 65536"):
        wire.frame_op(type=1, body=bytes(65536))


NAMES = (
    "ops;actions;messages;governance;records;header;segment;batch;report;ordered_input;message_input"
    ";op set_session;action place;message deposit;governance list_instrument;frame message"
    ";flags action_flags;typed-data EIP712Domain;record account;params weight;params op_type"
    ";params typed_data;errors Result;errors ApiError"
).split(";")


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_table_has_the_heads_columns(sources: Sources, name: str) -> None:
    rows = [line for line in table(name, sources) if line.startswith("|")]
    assert len(rows) > 2
    for block in "\n".join(table(name, sources)).split("\n\n"):
        columns = {
            line.replace("\\|", "").count("|") for line in block.splitlines() if line[:1] == "|"
        }
        assert len(columns) <= 1


@pytest.mark.parametrize("name", ["op", "op swap", "ops bundle", "headers", "params", "record x"])
def test_unknown_table_is_refused(sources: Sources, name: str) -> None:
    with pytest.raises(BadSource, match="there is no table"):
        table(name, sources)


def test_table_shows_offset_type_unit_and_rules(sources: Sources) -> None:
    lines = table("op withdraw", sources)
    assert "| 18 | `amount_micro_usd` | u64 | micro-USD | not 0 |" in lines
    assert "| 34 | `signature` | 64 bytes, or none, or two |  | over `Withdraw` |" in lines


PAGE = """# Page

<!-- generated: one -->
stale
<!-- end -->
by hand, and `<!-- generated: inline -->` is not a marker
<!-- generated: two -->
<!-- end -->
"""


def test_blocks_are_filled_and_the_rest_is_kept() -> None:
    once = filled(PAGE, lambda name: [f"table {name}"])
    assert once == PAGE.replace("stale", "table one").replace("two -->", "two -->\ntable two")
    assert filled(once, lambda name: [f"table {name}"]) == once


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("<!-- generated: x -->\n", "line 1: the block has no <!-- end -->"),
        ("a\n<!-- end -->\n", "line 2: <!-- end --> without a block"),
        (
            "<!-- generated: x -->\n<!-- generated: x -->\n<!-- end -->\n",
            "line 2: the block of line 1",
        ),
    ],
)
def test_block_without_its_other_end_is_refused(page: str, complaint: str) -> None:
    with pytest.raises(BadSource, match=complaint):
        filled(page, lambda name: [])


def test_unknown_table_is_refused_with_its_line(sources: Sources) -> None:
    with pytest.raises(BadSource, match="line 2: there is no table 'nothing'"):
        filled("a\n<!-- generated: nothing -->\n<!-- end -->\n", lambda name: table(name, sources))


def test_typescript_widens_what_a_number_cannot_hold(sources: Sources) -> None:
    text = wire_ts(sources)
    assert "export interface SetSession {" in text
    assert "  nonce: bigint;" in text
    assert "  expiryMs: Milliseconds;" in text
    assert "  SET_SESSION: 3," in text
    assert f'  Bundle: "0x{wire.BUNDLE_STRUCT.typehash.hex()}",' in text
    assert f"  OP_FAMILIES_PACKED: {wire.OP_FAMILIES_PACKED}n," in text
    assert "import" not in text
