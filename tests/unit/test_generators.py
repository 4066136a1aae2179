"""The generators refuse what would be wrong in one of the languages, and say where."""

from __future__ import annotations

from typing import Any

import pytest

from tools.generate.codes import read_codes
from tools.generate.expression import evaluate
from tools.generate.layout import camel, read_layout
from tools.generate.params import constants_py, params_sol, read_params
from tools.generate.source import BadSource, literal

VERSION = {"name": "version", "bits": 8}


def record(*fields: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"thing": {"kind": 1, "height": 4, "fields": [VERSION, *fields], **settings}}


def test_fields_are_packed_from_the_top_of_the_first_word() -> None:
    (thing,) = read_layout(record({"name": "a", "bits": 100}, {"pad": "word"}, VERSION_B), {})
    placed = [(each.name, each.word, each.shift) for each in thing.head.fields]
    assert placed == [("version", 0, 248), ("a", 0, 148), ("b", 1, 248)]
    assert thing.head.words == 2


VERSION_B = {"name": "b", "bits": 8}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (record({"name": "a", "bits": 249}), "249 bits, but 248 are left"),
        (record({"name": "a", "bits": 257}), "257 bits"),
        (record({"name": "a", "bits": 1}, {"name": "a", "bits": 1}), "two fields"),
        (record({"name": "class", "bits": 1}), "not a name for a field"),
        (record({"name": "a", "bits": 1, "sign": True}), "unknown key sign"),
        (record({"pad": 249}), "pad 249"),
        (record(kind=16), "not below 16"),
        (record(height=57), "an id has 56 bits"),
        (record(height="NOWHERE"), "NOWHERE"),
        ({"thing": {"kind": 1, "height": 4, "fields": [VERSION_B]}}, "first byte"),
        (
            record(repeat={"name": "e", "max": 64, "count": "", "fields": [VERSION_B]}),
            "65 words",
        ),
        (
            record(repeat={"name": "e", "max": 2, "count": "none", "fields": [VERSION_B]}),
            "no field none",
        ),
    ],
)
def test_layout_is_refused_with_its_place(source: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSource, match=complaint) as refused:
        read_layout(source, {})
    assert "[thing]" in str(refused.value)


def test_words_that_solidity_reserves_get_an_underscore() -> None:
    assert [camel("open_interest"), camel("address"), camel("uint8")] == [
        "openInterest",
        "address_",
        "uint8_",
    ]


def test_arithmetic_is_evaluated_over_constants_above() -> None:
    assert evaluate("7 * 86_400", {}) == 604_800
    assert evaluate("-(A << 2) + 2**3 // 3", {"A": 5}) == -18


@pytest.mark.parametrize("text", ["1.5", "1 / 2", "B", "abs(1)", "True", "1 if 1 else 2", "7 *"])
def test_anything_but_integer_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(BadSource):
        evaluate(text, {"A": 5})


def test_constants_show_their_arithmetic() -> None:
    entry = {"value": "7 * 86_400", "unit": "seconds", "reason": "A week to notice."}
    sections = read_params({"time": {"WINDOW": entry}})
    assert "WINDOW: Final = 7 * 86_400  # = 604_800" in constants_py(sections)
    assert "// 7 * 86_400. seconds: A week to notice." in params_sol(sections)
    assert "uint256 constant WINDOW = 604_800;" in params_sol(sections)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"value": 256, "type": "uint8", "unit": "ops", "reason": "r"}, "does not fit uint8"),
        ({"value": -1, "unit": "ops", "reason": "r"}, "does not fit uint256"),
        ({"value": 1.5, "unit": "ops", "reason": "r"}, "not an integer"),
        ({"value": 1, "unit": "ops"}, "no reason"),
        ({"value": 1, "reason": "r"}, "no unit"),
        ({"value": 1, "type": "uint7", "unit": "ops", "reason": "r"}, "no such type"),
        ({"value": "0x12", "type": "bytes2", "reason": "r"}, "2 bytes of hex"),
    ],
)
def test_constant_is_refused_with_its_place(entry: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSource, match=complaint) as refused:
        read_params({"time": {"THING": entry}})
    assert "[time] THING" in str(refused.value)


def test_members_of_an_enumeration_differ() -> None:
    members = {"enum": "Side", "BUY": {"value": 1}, "SELL": {"value": 1}}
    with pytest.raises(BadSource, match="two members of Side"):
        read_params({"side": members})


def test_codes_are_never_reused_even_when_retired() -> None:
    codes = {
        "name": "Result",
        "OLD": {"code": 3, "meaning": "Gone.", "retired": True},
        "NEW": {"code": 3, "meaning": "Here."},
    }
    with pytest.raises(BadSource, match="OLD has the code 3"):
        read_codes({"result": codes})


def test_no_literal_looks_like_an_address_to_solidity() -> None:
    assert literal(2**160 - 1) == "0x" + "0" * 24 + "f" * 40
    assert literal(-(2**127)) == "-0x80000000000000000000000000000000"
    assert literal(1_000_000) == "1_000_000"
