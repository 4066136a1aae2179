"""Every type of op has its own charge in both tables; one that lacks it pays as a bundle."""

from __future__ import annotations

import re

import pytest

from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.wire import constants
from strikeproof.wire.constants import CHARGE_DATA_BYTE, CHARGE_SEGMENT, MessageKind, OpType
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES
from tests.harness import ROOT

LAW = (ROOT / "contracts/src/rollup/MessageCharge.sol").read_text("utf-8")
SINGLE = [each for each in OpType if each is not OpType.BUNDLE]


@pytest.mark.parametrize("op", SINGLE, ids=lambda op: op.name)
def test_engine_charges_every_type_of_op_its_own_reserve(op: OpType) -> None:
    message = bytes((MessageKind.USER_OP,)).ljust(MESSAGE_HEAD_BYTES, b"\0") + bytes((op,))
    data = CHARGE_DATA_BYTE * len(message)
    reserve = getattr(constants, f"RESERVE_CHARGE_{op.name}")
    assert message_charge(message) == CHARGE_SEGMENT + reserve + data


def test_l1_has_a_line_for_every_type_of_op() -> None:
    lines = re.findall(r"if \(op == OP_TYPE_(\w+)\) return RESERVE_CHARGE_(\w+);", LAW)
    assert sorted(lines) == sorted((each.name, each.name) for each in SINGLE)
