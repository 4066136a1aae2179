"""Protection: what an account's orders fill within a window, to the last lot and millisecond
(docs/protocol/protection.md; attack 53).

Each of these scenarios also runs on the law (tests/agreement/test_protection_scenarios.py).
"""

from __future__ import annotations

from typing import Any

from strikeproof.sequencer.core.engine_event import (
    Fill,
    ProtectionPassed,
    RemovalReason,
    Removed,
)
from strikeproof.sequencer.core.rules.fill_limits import NO_PROTECTION, FillLimits
from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_SIGNATURE, OpType, SelfTrade, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_quote,
    encode_replace,
    encode_set_margin_mode_body,
    encode_set_protection_body,
)
from tests.unit.core.blocks import BUY, SELL, block
from tests.unit.core.option_venue import CALL, NANO, PUT, OptionVenue
from tests.unit.core.scripted_venue import FOREVER, USD, key_of, signed_op
from tests.unit.core.test_triggers import fire, sets

PERPETUAL, OTHER = 1, 4  # on underlying 1, and on underlying 2
PRICE = 60_000
WINDOW_MS = 1_000
FREEZE_MS = 5_000
LOTS_MAX = 10
UNLIMITED = 2**63 - 1
LOT = 10**6  # delta of one, 10^-9 units of the underlying
IOC = int(TimeInForce.IOC) << 5
FOK = int(TimeInForce.FOK) << 5
POST_ONLY, REDUCE_ONLY = 2, 4
MAKER, TAKER, THIRD = 1, 2, 3
LIMITS: dict[str, Any] = {
    "underlying": 1,
    "window_ms": WINDOW_MS,
    "freeze_ms": FREEZE_MS,
    "lots_max": LOTS_MAX,
    "delta_max": UNLIMITED,
    "vega_max": UNLIMITED,
}
NONE: dict[str, Any] = dict.fromkeys(LIMITS, 0)


class ProtectedVenue(OptionVenue):
    """A maker, protected on underlying 1, who asks for 40 lots on the perpetual and the call of it,
    and on a perpetual of underlying 2."""

    def __init__(self, deposit: int = 10**6 * USD, **limits: int) -> None:
        super().__init__(accounts=3, deposit=deposit)
        self.list_instrument(
            underlying=self.list_underlying(), index_per_tick=NANO, tick_value=1_000, band=200_000
        )
        self.fresh()
        self.price(60_000 * NANO, 2)
        assert self.protect(**limits) == Result.OK
        for instrument, price in ((PERPETUAL, PRICE), (CALL, self.call), (OTHER, PRICE)):
            assert self.sell(MAKER, price, 40, instrument=instrument) == Result.OK

    @property
    def call(self) -> int:
        """The mark of the call."""
        return self.mark(CALL).price

    def nonce(self, account: int) -> int:
        nonce = self.nonces.get(account, 0)
        self.nonces[account] = nonce + 1
        return nonce

    def protect(self, account: int = MAKER, **limits: int) -> Result:
        body = encode_set_protection_body(
            account=account,
            session=0,
            nonce=self.nonce(account),
            expiry_ms=FOREVER,
            **{**LIMITS, **limits},
        )
        op = signed_op(OpType.SET_PROTECTION, body, key_of(self.owners[account]))
        return Result(self.segment(op)[0].code)

    def take(self, lots: int, account: int = TAKER) -> Result:
        """Buy from the maker's ask of the perpetual."""
        return self.buy(account, PRICE, lots, IOC)

    def held(self) -> FillLimits:
        view = self.engine.account(MAKER)
        assert view is not None
        return view.protection or NO_PROTECTION

    def live(self) -> list[int]:
        """Return the instruments on which the maker's orders live."""
        return [each.instrument for each in self.engine.orders_of(MAKER) if each.is_live]

    def told(self, kind: type) -> list[Any]:
        return [each for each in self.last.outcomes[0].events if isinstance(each, kind)]


def test_orders_fill_up_to_the_limit_and_die_of_what_passes_it() -> None:
    venue = ProtectedVenue()
    assert venue.take(LOTS_MAX) == Result.OK
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    assert venue.held().lots == LOTS_MAX
    assert venue.buy(TAKER, venue.call, 1, IOC, CALL) == Result.OK
    assert venue.told(ProtectionPassed) == [ProtectionPassed(MAKER, 1, venue.now + FREEZE_MS)]
    ended = [(each.instrument, each.lots, each.reason) for each in venue.told(Removed)]
    assert ended == [(1, 30, RemovalReason.PROTECTED), (CALL, 39, RemovalReason.PROTECTED)]
    assert venue.live() == [OTHER]
    assert venue.take(1) == Result.IOC_REMAINDER
    held = venue.held()
    assert (held.lots, held.delta, held.vega) == (0, 0, 0)


def test_an_order_behind_the_one_that_passes_it_is_not_met() -> None:
    venue = ProtectedVenue()
    assert venue.sell(MAKER, PRICE + 1, 5) == Result.OK
    assert venue.sell(THIRD, PRICE + 2, 5) == Result.OK
    assert venue.sell(MAKER, PRICE + 3, 5) == Result.OK
    assert venue.buy(TAKER, PRICE + 3, 60, IOC) == Result.IOC_REMAINDER
    # The first order whole, though the limit is lower; nothing of the others; a third's in between.
    assert venue.sizes() == {MAKER: -40, TAKER: 45, THIRD: -5}
    assert [each.price for each in venue.told(Fill)] == [PRICE, PRICE + 2]
    position = venue.engine.account(MAKER).positions[0]
    assert (position.open_orders, position.sell_lots) == (0, 0)


def test_fills_of_several_takers_add_up_within_a_window() -> None:
    venue = ProtectedVenue()
    for account, lots in ((TAKER, 4), (THIRD, 4), (TAKER, 2)):
        venue.now += 300
        assert venue.take(lots, account) == Result.OK
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    venue.now += 300
    assert venue.take(1, THIRD) == Result.OK
    assert venue.live() == [OTHER]


def test_a_window_ends_to_the_millisecond() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX)
    began = venue.now
    venue.now += WINDOW_MS
    assert venue.take(LOTS_MAX) == Result.OK
    assert venue.held().start_ms == began + WINDOW_MS
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    venue.now += WINDOW_MS - 1
    venue.take(1)
    assert venue.live() == [OTHER]


def test_nothing_rests_until_the_freeze_has_passed() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX + 1)
    venue.now += FREEZE_MS - 1
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.PROTECTION_FROZEN
    assert venue.buy(MAKER, venue.call - 9, 1, POST_ONLY, CALL) == Result.PROTECTION_FROZEN
    assert venue.buy(MAKER, PRICE - 9, 1, IOC) == Result.IOC_REMAINDER
    assert venue.buy(MAKER, PRICE - 9, 1, instrument=OTHER) == Result.OK
    venue.now += 1
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.OK


def test_quotes_and_replaces_are_frozen_and_orders_are_cancelled_as_ever() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX + 1)
    sides: dict[str, Any] = {"bid_price": PRICE - 5, "bid_lots": 1, "ask_price": PRICE + 5}
    quote = encode_quote(instrument=PERPETUAL, flags=POST_ONLY, ask_lots=1, **sides)
    (outcome,) = venue.segment(venue.bundle_op(MAKER, quote))
    frozen = int(Result.PROTECTION_FROZEN)
    assert set(outcome.action_codes) == {frozen}
    moved = encode_replace(
        instrument=OTHER, slot=1, serial=1, flags=1, price=PRICE + 1, lots=1, expiry_ms=0
    )
    assert venue.act(MAKER, moved) == Result.OK
    dead = encode_replace(
        instrument=PERPETUAL, slot=1, serial=1, flags=1, price=PRICE + 1, lots=1, expiry_ms=0
    )
    assert venue.act(MAKER, dead) != Result.OK
    assert venue.live() == [OTHER]
    assert venue.act(MAKER, encode_cancel(instrument=PERPETUAL, slot=1, serial=1)) == Result.OK


def test_a_trigger_counts_as_any_taker_and_the_makers_own_die() -> None:
    venue = ProtectedVenue()
    assert block(venue, THIRD, MAKER, (PERPETUAL, SELL, PRICE, 11)) == Result.OK
    assert venue.held().lots == 0  # a block is signed by both
    terms = {"trigger_price": 60_000 * NANO, "limit": PRICE, "falling": 0}
    assert sets(venue, MAKER, sell=1, lots=11, **terms) == Result.OK
    assert sets(venue, THIRD, sell=0, lots=11, **terms) == Result.OK
    assert fire(venue, THIRD) == Result.OK
    assert venue.live() == [OTHER]
    assert fire(venue, MAKER) == Result.TRIGGER_NOT_FOUND


def test_a_liquidation_counts_as_any_taker() -> None:
    venue = ProtectedVenue()
    poor = venue.register()
    venue.deposit(poor, 500 * USD)
    assert block(venue, poor, THIRD, (PERPETUAL, BUY, PRICE, 60)) == Result.OK
    venue.price(53_000 * NANO)
    assert venue.buy(MAKER, 53_000, 30) == Result.OK
    assert venue.liquidate(poor, PERPETUAL) == Result.IOC_REMAINDER  # the maker bid for half
    assert venue.sizes()[MAKER] == 30
    assert venue.told(ProtectionPassed)
    assert venue.live() == [OTHER]


def test_fills_of_an_order_that_is_killed_count_nothing() -> None:
    venue = ProtectedVenue()
    venue.take(3)
    before = venue.engine.account(MAKER)
    assert venue.buy(TAKER, PRICE, 38, FOK) == Result.FOK_UNFILLED
    assert venue.engine.account(MAKER) == before
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    assert not venue.told(Removed)


def test_fills_of_an_atomic_bundle_that_is_undone_count_nothing() -> None:
    venue = ProtectedVenue()
    before = venue.engine.account(MAKER)
    takes = encode_place(instrument=PERPETUAL, flags=IOC, price=PRICE, lots=LOTS_MAX + 1)
    fails = encode_place(instrument=9, flags=0, price=PRICE, lots=1)
    (outcome,) = venue.segment(venue.bundle_op(TAKER, takes, takes, fails, atomic=1))
    undone = Result.ATOMIC_UNDONE
    # The second order finds none of the maker's alive: it fails before the third does.
    assert outcome.action_codes == bytes((undone, Result.IOC_REMAINDER, undone))
    assert venue.engine.account(MAKER) == before
    (outcome,) = venue.segment(venue.bundle_op(TAKER, takes, fails, atomic=1))
    assert outcome.action_codes == bytes((undone, Result.UNKNOWN_INSTRUMENT))
    assert venue.engine.account(MAKER) == before
    assert venue.take(LOTS_MAX + 1) == Result.OK
    assert venue.live() == [OTHER]


def test_a_cancel_all_leaves_the_count_and_a_passed_limit_leaves_nothing_to_cancel() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX)
    assert venue.act(MAKER, encode_cancel_all(instrument=PERPETUAL)) == Result.OK
    assert venue.held().lots == LOTS_MAX
    assert venue.buy(TAKER, venue.call, 1, IOC, CALL) == Result.OK
    assert venue.live() == [OTHER]
    assert venue.act(MAKER, encode_cancel_all(instrument=PERPETUAL)) == Result.OK
    assert not venue.told(Removed)


def test_own_orders_that_meet_each_other_count_nothing() -> None:
    venue = ProtectedVenue()
    for mode in (SelfTrade.CANCEL_TAKER, SelfTrade.CANCEL_MAKER):
        venue.buy(MAKER, PRICE, LOTS_MAX + 1, IOC | int(mode) << 3)
        assert venue.held().lots == 0
    assert venue.live() == [CALL, OTHER]


def test_reduce_only_orders_die_with_the_others() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX)
    assert venue.buy(MAKER, PRICE - 3, 5, REDUCE_ONLY) == Result.OK
    assert venue.take(1) == Result.OK
    reasons = [(each.price, each.reason) for each in venue.told(Removed)]
    assert (PRICE - 3, RemovalReason.PROTECTED) in reasons
    assert venue.live() == [OTHER]


def test_an_entry_that_the_last_fill_empties_needs_no_epoch() -> None:
    venue = ProtectedVenue()
    assert block(venue, MAKER, TAKER, (PERPETUAL, BUY, PRICE, 40)) == Result.OK
    assert venue.take(40) == Result.OK
    assert [each.instrument for each in venue.engine.account(MAKER).positions] == [OTHER, CALL]
    assert venue.live() == [OTHER]


def test_delta_is_what_bought_and_sold_lots_leave() -> None:
    venue = ProtectedVenue(lots_max=2**40 - 1, delta_max=10 * LOT)
    assert venue.buy(MAKER, PRICE - 1, 40) == Result.OK
    assert venue.take(10) == Result.OK
    assert venue.held().delta == -10 * LOT
    assert venue.sell(TAKER, PRICE - 1, 20, IOC) == Result.OK
    assert (venue.held().lots, venue.held().delta) == (30, 10 * LOT)
    assert venue.live() == [PERPETUAL, PERPETUAL, CALL, OTHER]
    assert venue.sell(TAKER, PRICE - 1, 1, IOC) == Result.OK
    assert venue.live() == [OTHER]


def test_a_call_counts_by_its_delta_and_its_vega() -> None:
    venue = ProtectedVenue(lots_max=40)
    pricing = venue.mark(CALL).pricing
    assert venue.buy(TAKER, venue.call, 7, IOC, CALL) == Result.OK
    held = venue.held()
    assert held.lots == 7
    assert held.delta == -(7 * LOT * pricing.delta >> 30)
    assert held.vega == -(7 * 1_000 * pricing.forward * pricing.vega // (100 << 22))
    assert -4 * LOT < held.delta < -3 * LOT
    # A put that it buys takes delta down further, and vega up.
    assert venue.buy(MAKER, venue.mark(PUT).price, 40, instrument=PUT) == Result.OK
    assert venue.sell(TAKER, venue.mark(PUT).price, 7, IOC, PUT) == Result.OK
    after = venue.held()
    assert after.vega == 0
    assert after.delta == held.delta - (7 * LOT * -venue.mark(PUT).pricing.delta >> 30)


def test_a_limit_of_vega_is_passed_by_one_lot() -> None:
    pricing = ProtectedVenue().mark(CALL).pricing
    admitted = 5 * 1_000 * pricing.forward * pricing.vega // (100 << 22)
    for limit, left in ((admitted, [PERPETUAL, CALL, OTHER]), (admitted - 1, [OTHER])):
        venue = ProtectedVenue(lots_max=40, vega_max=limit)
        assert venue.buy(TAKER, venue.call, 5, IOC, CALL) == Result.OK
        assert venue.live() == left


def test_a_perpetual_has_no_vega() -> None:
    venue = ProtectedVenue(lots_max=40, vega_max=0)
    assert venue.take(30) == Result.OK
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    assert venue.buy(TAKER, venue.call, 1, IOC, CALL) == Result.OK
    assert venue.live() == [OTHER]


def test_limits_of_nothing_end_orders_with_their_first_fill() -> None:
    venue = ProtectedVenue(lots_max=0, delta_max=0, vega_max=0)
    assert venue.take(1) == Result.OK
    assert venue.live() == [OTHER]


def test_setting_it_again_ends_a_freeze_and_counts_from_zero() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX + 1)
    assert venue.protect() == Result.OK
    assert venue.held().frozen_ms == 0
    assert venue.sell(MAKER, PRICE, 40) == Result.OK
    assert venue.take(LOTS_MAX) == Result.OK
    assert venue.live() == [PERPETUAL, OTHER]


def test_a_freeze_is_of_its_underlying_alone() -> None:
    venue = ProtectedVenue()
    venue.take(LOTS_MAX + 1)
    assert venue.protect(underlying=2) == Result.OK
    assert venue.buy(TAKER, PRICE, LOTS_MAX + 1, IOC, OTHER) == Result.OK
    assert venue.buy(MAKER, PRICE - 9, 1, instrument=OTHER) == Result.PROTECTION_FROZEN
    assert venue.buy(MAKER, PRICE - 9, 1) == Result.OK


def test_taken_back_it_counts_nothing() -> None:
    venue = ProtectedVenue()
    assert venue.protect(**NONE) == Result.OK
    venue.take(LOTS_MAX + 1)
    assert venue.live() == [PERPETUAL, CALL, OTHER]
    assert venue.engine.account(MAKER).protection is None


def test_what_the_account_takes_and_other_underlyings_do_not_count() -> None:
    venue = ProtectedVenue()
    venue.buy(TAKER, PRICE, LOTS_MAX + 1, IOC, OTHER)
    venue.buy(TAKER, PRICE - 9, 20)
    assert venue.sell(MAKER, PRICE - 9, 20, IOC) == Result.OK
    assert venue.held().lots == 0
    assert venue.live() == [PERPETUAL, CALL, OTHER]


def test_a_maker_under_portfolio_margin_is_protected_as_any() -> None:
    venue = ProtectedVenue()
    venue.act(MAKER, encode_cancel_all(instrument=OTHER))
    body = encode_set_margin_mode_body(
        account=MAKER, nonce=venue.nonce(MAKER), expiry_ms=FOREVER, underlying=1
    )
    op = signed_op(OpType.SET_MARGIN_MODE, body, key_of(venue.owners[MAKER]))
    assert venue.segment(op)[0].code == Result.OK
    for instrument, price in ((PERPETUAL, PRICE), (CALL, venue.call)):
        assert venue.sell(MAKER, price, 40, instrument=instrument) == Result.OK
    assert venue.buy(TAKER, venue.call, LOTS_MAX, IOC, CALL) == Result.OK
    assert venue.live() == [PERPETUAL, CALL]
    assert venue.take(1) == Result.OK
    assert venue.live() == []


def test_an_underlying_that_is_not_listed_is_refused() -> None:
    venue = ProtectedVenue()
    before = venue.held()
    assert venue.protect(underlying=3) == Result.UNKNOWN_UNDERLYING
    assert venue.held() == before


def test_it_weighs_an_op_and_its_signature() -> None:
    venue = ProtectedVenue()
    venue.protect()
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_SIGNATURE
