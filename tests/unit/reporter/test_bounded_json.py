"""Documents that are parsed, and those that would overflow the stack."""

import json
from decimal import Decimal

import pytest

from strikeproof.reporter.bounded_json import DEPTH_MAX, parse_json


@pytest.mark.parametrize(
    "text",
    ["1", '"["', '{"a": [1, {"b": "]]{{\\"["}]}', "[" * DEPTH_MAX + "]" * DEPTH_MAX, "[[],[]]"],
)
def test_what_is_flat_enough_is_read_as_ever(text):
    assert parse_json(text) == parse_json(text.encode()) == json.loads(text)


def test_brackets_in_texts_and_beside_one_another_do_not_count():
    wide = [["[" * 1_000, '\\"' * 500, {"{": []}]] * 1_000
    assert parse_json(json.dumps(wide)) == wide


def test_decimals_are_exact():
    assert parse_json("96400.500000001") == Decimal("96400.500000001")


@pytest.mark.parametrize(
    "text",
    [
        "[" * (DEPTH_MAX + 1),
        "[" * 1_000_000,
        '{"a":' * 500_000,
        '"' + "\\" * 999_999,
        "",
        b"\xff",
        '"open',
    ],
)
def test_what_is_deeper_or_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_json(text)
