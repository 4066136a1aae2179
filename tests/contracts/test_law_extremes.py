"""Engine and law on states made by hand: ledgers, indices, prices and money at the ends of what
they can come to, under every op that closes positions (attacks 12, 13, 17, 48, 50 and 51)."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.snapshot import SNAPSHOT_VERSION
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.operations import frame_message
from tests.agreement.comparison import Comparison
from tests.agreement.edges import with_field
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    FOK,
    GTC,
    IOC,
    MARK,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    cancel_all,
    key,
    message_input,
    op,
    place,
    set_instrument,
    venue,
)
from tests.contracts.trigger_ops import trigger_op

OWNERS = (ALICE, BOB, CAROL)
ACCOUNT, ENTRY = layout.ACCOUNT_GROUP, layout.ACCOUNT_POSITION_GROUP
MONEY = [0, 1, -1, c.MONEY_MAX, -c.MONEY_MAX, c.MONEY_MAX - 1, 1 - c.MONEY_MAX]


@cache
def traded() -> World:
    """Three accounts that hold each other's lots and have orders on both sides."""
    world = venue()
    world.engine = available_evms()[-1]
    world.govern(set_instrument(liquidation_fee_ppm=10_000, house_margin_ppm=20_000))
    world.act(BOB, place(1, GTC | SELL, MARK, 200), place(2, GTC, MARK, 70))
    world.act(ALICE, place(1, IOC, MARK, 150), place(2, IOC | SELL, MARK, 30))
    world.act(CAROL, place(1, IOC, MARK, 50), place(2, IOC | SELL, MARK, 40))
    for account in OWNERS:
        world.act(account, place(1, GTC, MARK - 90 * account, 40))
        world.act(account, place(1, GTC | SELL, MARK + 70 * account, 60))
    world.act(CAROL, place(1, GTC | SELL | REDUCE_ONLY, MARK + 50, 20))
    return world


def money() -> st.SearchStrategy[int]:
    """Sums near nothing, near their ends, and of every size between."""
    between = st.integers(0, 125).flatmap(lambda bits: st.integers(-(2**bits), 2**bits))
    return st.sampled_from(MONEY) | st.integers(-(10**9), 10**9) | between


def amount() -> st.SearchStrategy[int]:
    return money().map(abs)


@st.composite
def states(draw: st.DrawFn) -> dict[int, bytes]:
    """A state in which some of everything that an op of the house reads is at an end."""
    state = dict(traded().state)

    def edit(at: int, group: layout.Group, name: str, values: st.SearchStrategy[int]) -> None:
        if draw(st.booleans()):
            state[at] = with_field(state[at], group, name, draw(values))

    for name in ("fee_pool", "insurance_fund", "bad_debt", "negative_houses", "liabilities"):
        edit(0, layout.GLOBAL_GROUP, name, amount())
    edit(0, layout.GLOBAL_GROUP, "fund_day_start", amount())
    instrument, mark = 4 << 56 | 1, 5 << 56 | 1
    for name in ("house_cash", "effective_cash"):
        edit(instrument, layout.INSTRUMENT_GROUP, name, money())
    for name in ("long_interest", "short_interest"):
        lots = st.sampled_from([0, 1, c.FRACTION - 1, 200 * c.FRACTION]) | st.integers(0, 2**90)
        edit(instrument, layout.INSTRUMENT_GROUP, name, lots)
    edit(instrument, layout.INSTRUMENT_GROUP, "status", st.sampled_from([1, 2, 3]))
    edit(instrument, layout.INSTRUMENT_GROUP, "loan", amount())
    edit(instrument, layout.INSTRUMENT_GROUP, "lent_today", amount())
    _edit_mark(draw, state, mark)
    if draw(st.integers(0, 5)) == 5:
        _settle(draw, state, instrument, mark)
    for account in OWNERS:
        edit(1 << 56 | account, ACCOUNT, "collateral", money())
        edit(1 << 56 | account, ACCOUNT, "epoch_counter", st.integers(2**48 - 4, 2**48 - 1))
    prices = st.sampled_from([1, 10**8 - 1, 10**8, MARK * 10**8, c.INDEX_PRICE_MAX])
    near = st.integers(MARK * 9 * 10**7, MARK * 11 * 10**7)
    underlying = 3 << 56 | 1
    edit(underlying, layout.UNDERLYING_GROUP, "index_price", prices | near)
    edit(underlying, layout.UNDERLYING_GROUP, "raw_price", prices | near)
    edit(underlying, layout.UNDERLYING_GROUP, "slope_ppm", st.integers(0, c.SLOPE_PPM_MAX))
    return state


def _edit_mark(draw: st.DrawFn, state: dict[int, bytes], mark: int) -> None:
    """Let funding and deleveragings have moved the indices, as far as their bounds."""
    group = layout.MARK_GROUP
    bounds = [0, 1, -1, c.FUNDING_INDEX_MAX, -c.FUNDING_INDEX_MAX]
    funding = draw(st.sampled_from(bounds) | st.integers(-(2**70), 2**70))
    state[mark] = with_field(state[mark], group, "funding_index", funding)
    for side in ("long", "short"):
        lowest = st.sampled_from([c.FACTOR_MIN, c.FACTOR_MIN + 1, c.FACTOR_ONE])
        factor = draw(lowest | st.integers(c.FACTOR_MIN, c.FACTOR_ONE))
        fallen = c.FACTOR_ONE - factor
        most = fallen * (2**56 + 2**62)
        index = draw(st.sampled_from([0, most, -most]) | st.integers(-most, most))
        state[mark] = with_field(state[mark], group, f"{side}_factor", factor)
        state[mark] = with_field(state[mark], group, f"{side}_adl_index", index)


def _settle(draw: st.DrawFn, state: dict[int, bytes], instrument: int, mark: int) -> None:
    price = draw(st.sampled_from([1, MARK, 2**32 - 1]))
    group = layout.INSTRUMENT_GROUP
    state[instrument] = with_field(state[instrument], group, "status", 4)
    state[instrument] = with_field(state[instrument], group, "settlement_price", price)
    record = with_field(state[mark], layout.MARK_GROUP, "fixed_price", price)
    state[mark] = with_field(record, layout.MARK_GROUP, "index_ppb", 0)


@st.composite
def segments(draw: st.DrawFn) -> bytes:
    """One or two ops of a family, or a forced op."""
    world = World(state=traded().state, now=traded().now, nonces=dict(traded().nonces))
    account, instrument = draw(st.sampled_from(OWNERS)), b"\0\1"
    who = be(account, 4)
    price = draw(st.sampled_from([1, MARK - 5_000, MARK, MARK + 5_000, 2**32 - 1]))
    lots = draw(st.sampled_from([1, 10, 200, c.ORDER_LOTS_MAX]))
    flags = draw(st.sampled_from([GTC, IOC, FOK])) | draw(st.sampled_from([0, SELL]))
    world.now += draw(st.sampled_from([0, 1, 30_000, 59_000, 700_000, 90_000_000]))
    ops = {
        "keeper": [op(32, who + instrument), op(33, instrument)],
        "upkeep": [op(64, instrument), op(65, instrument), op(68, who + instrument)],
        "trade": [
            world.bundle(account, place(1, flags, price, lots)),
            world.bundle(account, cancel_all()),
        ],
        "account": [
            world.withdraw_op(account, draw(st.sampled_from([1, 10**9, 2**64 - 1]))),
            trigger_op(world, account, price),
        ],
    }
    family = draw(st.sampled_from([*ops, "forced"]))
    if family != "forced":
        chosen = draw(st.lists(st.sampled_from(ops[family]), min_size=1, max_size=3, unique=True))
        return world.segment(b"".join(chosen))
    body = who + be(90, 8) + be(2**48 - 1, 6) + instrument + be(lots, 5)
    sender = be(key(account).address, 20)
    message = frame_message(
        kind=3, sender=sender, time_ms=world.now, payload=op(c.OpType.FORCED_CLOSE, body)
    )
    return message_input(world.now, message)


def compared(state: dict[int, bytes]) -> Comparison:
    parts = [bytes((SNAPSHOT_VERSION,))]
    for at, record in sorted(state.items()):
        parts.append(be(at, 8) + bytes((len(record) // 32,)) + record)
    return Comparison(Engine.restore(b"".join(parts)), available_evms()[-1])


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(states(), segments())
def test_engine_and_law_agree_at_the_ends_of_the_ledgers(
    state: dict[int, bytes], segment: bytes
) -> None:
    compared(state).execute(segment)


@pytest.mark.parametrize("kind", [32, 33, 64, 65, 68])
def test_ops_agree_on_the_state_as_it_was_traded(kind: int) -> None:
    who = be(ALICE, 4) if kind in (32, 68) else b""
    world = traded()
    compared(dict(world.state)).execute(world.segment(op(kind, who + b"\0\1")))
