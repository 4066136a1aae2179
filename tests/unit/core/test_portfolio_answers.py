"""What a node says of accounts under portfolio margin before anything is ordered: refusals, margins
before and after a block, requirements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.sequencer.core.block_settlement import BlockLeg
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.wire.constants import (
    OPTION_STALE_MS,
    PORTFOLIO_EQUITY_MIN,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_bundle_body,
    encode_cancel_all,
    encode_place,
    encode_quote,
    encode_replace,
    encode_set_trigger_body,
)
from tests.unit.core.blocks import BUY, SELL, block
from tests.unit.core.option_venue import CALL, INDEX, NANO, PUT
from tests.unit.core.scripted_venue import DOMAIN, FOREVER, key_of, signed_op
from tests.unit.core.test_portfolio_margin import PERPETUAL, PortfolioVenue

PRICE = 60_000


def hedged() -> PortfolioVenue:
    """Return a venue whose account 1 is under portfolio margin, short of calls and long of the
    perpetual."""
    venue = PortfolioVenue()
    venue.trade(2, 1, CALL, 20_000)
    venue.trade(1, 2, PERPETUAL, 20_000)
    assert venue.set_mode(1) == Result.OK
    return venue


def refusal(venue: PortfolioVenue, data: bytes) -> Result:
    """Return what the node says of an op, before it is ordered."""
    return venue.engine.refusal(prepare(data, DOMAIN, venue.engine.reporter_epoch), venue.now)


def bundle(venue: PortfolioVenue, *actions: bytes, atomic: bool = False) -> bytes:
    body = encode_bundle_body(
        account=1,
        session=0,
        nonce=venue.nonce(1),
        expiry_ms=FOREVER,
        max_fee_ppm=10**6,
        atomic=atomic,
        actions=list(actions),
    )
    return signed_op(OpType.BUNDLE, body, key_of(venue.owners[1]))


def trigger(venue: PortfolioVenue, price: int) -> bytes:
    """Return a SetTrigger at a price; 0: what waits there is taken back."""
    terms = {"sell": 1, "trigger_price": price * NANO, "limit": 1, "lots": 1} if price else {}
    body = encode_set_trigger_body(
        account=1,
        session=0,
        nonce=venue.nonce(1),
        expiry_ms=FOREVER,
        instrument=PERPETUAL,
        place=0,
        **terms,
    )
    return signed_op(OpType.SET_TRIGGER, body, key_of(venue.owners[1]))


def a_cancel() -> bytes:
    return encode_cancel_all(instrument=0)


def place() -> bytes:
    return encode_place(instrument=PERPETUAL, flags=0, price=PRICE, lots=1)


def a_replace() -> bytes:
    return encode_replace(instrument=PERPETUAL, slot=1, serial=1, flags=0, price=PRICE, lots=1)


def a_quote(bid_lots: int) -> bytes:
    return encode_quote(
        instrument=PERPETUAL,
        flags=0,
        ask_slot=1,
        ask_serial=1,
        bid_price=PRICE if bid_lots else 0,
        bid_lots=bid_lots,
    )


@pytest.mark.parametrize("action", [place, a_replace, a_cancel])
def test_orders_are_not_refused_for_the_margin_of_their_account(
    action: Callable[[], bytes],
) -> None:
    venue = hedged()
    assert refusal(venue, bundle(venue, action())) == Result.OK
    assert refusal(venue, bundle(venue, a_cancel(), action(), atomic=True)) == Result.OK
    assert refusal(venue, bundle(venue, a_quote(5))) == Result.OK


def test_triggers_are_refused_and_may_be_taken_back() -> None:
    venue = hedged()
    assert refusal(venue, trigger(venue, PRICE)) == Result.WRONG_MARGIN_MODE
    assert refusal(venue, trigger(venue, 0)) == Result.OK


def test_what_the_node_refuses_would_have_done_nothing() -> None:
    venue = hedged()
    before = venue.engine.account(1)
    op = trigger(venue, PRICE)
    assert refusal(venue, op) == Result.WRONG_MARGIN_MODE
    venue.segment(op)
    assert venue.engine.account(1) == before
    assert not venue.engine.triggers_of(1)


@pytest.mark.parametrize("is_sell", [BUY, SELL])
def test_margin_after_a_block_is_that_of_a_block_which_is_traded(is_sell: int) -> None:
    venue = hedged()
    mark = venue.mark(PUT).price
    shown = venue.engine.blocks().margin(1, [BlockLeg(PUT, is_sell, mark, 3_000)])
    assert shown is not None
    assert shown.before.is_portfolio and shown.after.is_portfolio
    now = venue.asked(1)
    assert shown.before[:3] == (now.equity, now.required, now.maintenance)
    assert block(venue, 1, 2, (PUT, is_sell, mark, 3_000)) == Result.OK
    now = venue.asked(1)
    assert shown.after[:3] == (now.equity, now.required, now.maintenance)
    assert shown.passes


def test_it_says_why_a_block_would_not_pass() -> None:
    venue = hedged()
    blocks = venue.engine.blocks()
    mark = venue.mark(CALL).price

    def said(*legs: BlockLeg) -> Result:
        shown = blocks.margin(1, list(legs))
        assert shown is not None
        return shown.code

    huge = BlockLeg(CALL, SELL, mark, 500_000)
    assert said(huge) == Result.MARGIN_INSUFFICIENT
    assert block(venue, 1, 2, tuple(huge)) == Result.MARGIN_INSUFFICIENT
    venue.list_underlying()
    venue.list_instrument(underlying=2, index_per_tick=NANO)
    venue.price(INDEX, 2)
    other = BlockLeg(4, BUY, PRICE, 1)
    assert said(other) == Result.PORTFOLIO_UNFIT
    venue.now += OPTION_STALE_MS + 1
    venue.price(INDEX)
    shrinks = BlockLeg(CALL, BUY, mark, 1)
    assert said(shrinks) == Result.PORTFOLIO_STALE
    found = blocks.margin(1, [shrinks])
    assert found is not None
    assert not found.after.is_portfolio


def test_required_equity_is_what_a_withdrawal_may_leave() -> None:
    venue = hedged()
    view = venue.engine.portfolio(1)
    assert view is not None
    account = venue.engine.account(1)
    assert account is not None
    assert view.required > view.initial_margin
    free = account.equity - view.required
    assert venue.withdraw(1, free + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(1, free) == Result.OK


def test_account_under_portfolio_margin_is_shown_what_it_asks_of_perpetuals_alone() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, PERPETUAL, 100)
    assert venue.engine.portfolio(1) is None
    assert venue.set_mode(1) == Result.OK
    view = venue.engine.portfolio(1)
    assert view is not None
    now = venue.asked(1)
    assert (view.required, view.maintenance_margin) == (PORTFOLIO_EQUITY_MIN, now.maintenance)
    assert venue.set_mode(2) == Result.OK
    assert venue.engine.portfolio(2) is not None
