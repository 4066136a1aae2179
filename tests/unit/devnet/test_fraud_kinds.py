"""Every kind of fraud finds a segment of ordinary trading that it fits, and changes its root."""

from __future__ import annotations

from functools import cache

import pytest

from strikeproof.devnet.fraud.executed_segment import (
    FraudScene,
    Records,
    edit,
    execute,
    read,
    root_of,
)
from strikeproof.devnet.fraud.kinds import FRAUDS, UnknownFraud, explanation, fraud
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.record_key import order_key
from strikeproof.wire.layout import ACCOUNT_GROUP, ORDER_GROUP, pack_account
from tests.blank_record import blank
from tests.unit.devnet.trading_floor import TradingFloor

STEPS = 60


@cache
def run() -> tuple[FraudScene, ...]:
    return tuple(TradingFloor().scenes(STEPS))


def told(name: str) -> tuple[FraudScene, Records]:
    """The first segment that a lie fits, and what it claims."""
    for scene in run():
        records = fraud(name)(scene)
        if records is not None:
            return scene, records
    raise AssertionError(f"{name} fits none of {len(run())} segments")


def test_there_are_at_least_ten_kinds_and_each_explains_itself() -> None:
    assert len(FRAUDS) >= 10
    assert len({explanation(name) for name in FRAUDS}) == len(FRAUDS)
    assert all(explanation(name).endswith(".") for name in FRAUDS)


def test_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFraud, match="skipped-maker"):
        fraud("honesty")


def test_scenes_are_what_the_engine_makes_of_their_input() -> None:
    scene = run()[-2]
    assert execute(scene.before, scene.data)[0] == scene.after
    assert root_of(scene.after) == scene.result.root


@pytest.mark.parametrize("name", FRAUDS)
def test_lie_changes_the_root_and_leaves_the_scene_alone(name: str) -> None:
    scene, records = told(name)
    assert root_of(scene.after) == scene.result.root
    assert root_of(records) != scene.result.root
    assert execute(scene.before, scene.data)[0] == scene.after


def test_skipped_maker_keeps_its_lots_while_another_one_is_filled() -> None:
    scene, records = told("skipped-maker")
    fill = next(scene.events(Fill))
    key = order_key(fill.instrument, fill.maker_slot)
    assert read(records[key], ORDER_GROUP)["lots"] == read(scene.before[key], ORDER_GROUP)["lots"]
    assert records[key] != scene.after[key]


def test_edit_changes_the_named_field_alone() -> None:
    fields = blank(ACCOUNT_GROUP, owner=7, epoch_counter=3, collateral=-5, withdrawn=9)
    record = pack_account(**fields)
    edited = edit(record, ACCOUNT_GROUP, collateral=-6)
    assert edited == pack_account(**(fields | {"collateral": -6}))
    assert read(edited, ACCOUNT_GROUP)["collateral"] == -6
    with pytest.raises(ValueError, match="withdrawn"):
        edit(record, ACCOUNT_GROUP, withdrawn=-1)
