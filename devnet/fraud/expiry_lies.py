"""Lies about expiries: samples, settlements, marks of options, and what holders are paid."""

from __future__ import annotations

from strikeproof.devnet.fraud.executed_segment import FraudScene, Records, edit, read
from strikeproof.sequencer.core.engine_event import (
    ExpirySampled,
    ExpirySettled,
    InstrumentSettled,
    PositionSettled,
    Repriced,
)
from strikeproof.sequencer.core.record_key import (
    account_key,
    array_key,
    expiry_key,
    instrument_key,
    mark_key,
)
from strikeproof.wire.constants import InstrumentKind
from strikeproof.wire.layout import (
    ACCOUNT_GROUP,
    ARRAY_GROUP,
    EXPIRY_GROUP,
    INSTRUMENT_GROUP,
    MARK_GROUP,
    OPTION_MARK_GROUP,
)

SPOT_UP_BIT = 170  # of the lane in its word, the third


def wrong_settlement(scene: FraudScene) -> Records | None:
    """An expiry and its future are settled one percent above the price that a quorum signed."""
    for event in scene.events(ExpirySettled):
        key = expiry_key(event.expiry)
        expiry = read(scene.after[key], EXPIRY_GROUP)
        price = expiry["settlement"] + expiry["settlement"] // 100
        records = scene.after | {key: edit(scene.after[key], EXPIRY_GROUP, settlement=price)}
        if expiry["future"]:
            mark = mark_key(expiry["future"])
            ticks = price // read(scene.after[mark], MARK_GROUP)["index_per_tick"]
            records[mark] = edit(scene.after[mark], MARK_GROUP, fixed_price=ticks)
            future = instrument_key(expiry["future"])
            terms = {"settlement_price": ticks}
            records[future] = edit(scene.after[future], INSTRUMENT_GROUP, **terms)
        return records
    return None


def wrong_greeks(scene: FraudScene) -> Records | None:
    """An option that was priced is marked, and its delta given, a tenth too high."""
    for event in scene.events(Repriced):
        key = mark_key(event.instrument)
        mark = read(scene.after[key], OPTION_MARK_GROUP)
        terms = {"mark_price": mark["mark_price"] * 11 // 10, "delta": mark["delta"] * 11 // 10}
        return scene.after | {key: edit(scene.after[key], OPTION_MARK_GROUP, **terms)}
    return None


def wrong_array(scene: FraudScene) -> Records | None:
    """The array of an option that was priced is wrong by a wad, where the index rises by 4.5 %."""
    for event in scene.events(Repriced):
        key = array_key(event.instrument)
        lanes = read(scene.after[key], ARRAY_GROUP)["lanes_9"] ^ 1 << SPOT_UP_BIT
        return scene.after | {key: edit(scene.after[key], ARRAY_GROUP, lanes_9=lanes)}
    return None


def wrong_payoff(scene: FraudScene) -> Records | None:
    """A call and its put are settled with the call's payoff a tick too high."""
    for event in scene.events(InstrumentSettled):
        key = mark_key(event.instrument)
        if scene.after[key][1] != InstrumentKind.CALL:
            continue
        terms = {"settlement_price": event.price + 1}
        of_call = instrument_key(event.instrument)
        return scene.after | {
            key: edit(scene.after[key], MARK_GROUP, fixed_price=event.price + 1),
            of_call: edit(scene.after[of_call], INSTRUMENT_GROUP, **terms),
        }
    return None


def withheld_payout(scene: FraudScene) -> Records | None:
    """The holder of a settled future loses its position and is not paid for it."""
    for event in scene.events(PositionSettled):
        key = account_key(event.account)
        before = read(scene.before[key], ACCOUNT_GROUP)["collateral"]
        edited = edit(scene.after[key], ACCOUNT_GROUP, collateral=before)
        if edited != scene.after[key]:
            return scene.after | {key: edited}
    return None


def doctored_average(scene: FraudScene) -> Records | None:
    """A sample of an expiry's last half hour counts for twice its index."""
    for event in scene.events(ExpirySampled):
        key = expiry_key(event.expiry)
        total = 2 * read(scene.after[key], EXPIRY_GROUP)["accumulated"]
        return scene.after | {key: edit(scene.after[key], EXPIRY_GROUP, accumulated=total)}
    return None
