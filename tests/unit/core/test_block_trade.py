"""BlockTrade: both halves, every leg or none (block-trades.md; attack 53)."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import BlockFill, PendingSettled
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.rules.pending import Indices
from strikeproof.wire.constants import (
    BLOCK_LEGS_MAX,
    COMPUTE_ACTION,
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_SETTLE,
    COMPUTE_SIGNATURE,
    MONEY_MAX,
    NONCE_WINDOW,
    ORDER_LOTS_MAX,
    POSITION_LOTS_MAX,
    POSITIONS_MAX,
    InstrumentStatus,
    MessageKind,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_block_trade_body, encode_cancel_all, frame_op
from tests.unit.core.blocks import (
    BUY,
    SELL,
    Leg,
    block,
    block_op,
    consent_of,
    leg_bytes,
    next_nonce,
    terms_of,
)
from tests.unit.core.scripted_venue import DOMAIN, FOREVER, USD, ScriptedVenue, address_of

MARK = 300_000
A_LOT = 30 * USD  # at the mark
BAND = 30_000  # ticks


def collateral(venue: ScriptedVenue, account: int) -> int:
    view = venue.engine.account(account)
    assert view is not None
    return view.collateral


def set_collateral(venue: ScriptedVenue, account: int, value: int) -> None:
    """Give an account another collateral, behind everybody's back."""
    venue.engine._state.accounts[account].collateral = value


def record(engine: Engine, account: int) -> bytes:
    return engine.record(1 << 56 | account)


def test_two_accounts_trade_away_from_the_book():
    venue = ScriptedVenue(accounts=3)
    venue.sell(3, MARK - 5, 4)  # a better price that nobody takes
    assert block(venue, 1, 2, (1, BUY, MARK + 100, 10)) == Result.OK
    value = (MARK + 100) * 10 * 100
    fee = value * 500 // 10**6
    assert venue.sizes() == {1: 10, 2: -10}
    assert collateral(venue, 1) == 10**6 * USD - value - fee
    assert collateral(venue, 2) == 10**6 * USD + value - fee
    assert venue.last.outcomes[0].events == [BlockFill(0, 1, MARK + 100, 10, 1, False, fee, 2, fee)]
    record = venue.engine._state.venue
    assert (record.insurance_fund, record.fee_pool) == (2 * (fee // 10), 2 * (fee - fee // 10))
    instrument = venue.engine._state.instruments[1]
    assert instrument.last_price == 0  # a market is more than two accounts
    assert venue.engine.book(1).asks[0].lots == 4


def test_eight_legs_trade_at_once_and_each_side_has_its_own():
    venue = ScriptedVenue(accounts=2)
    for _ in range(BLOCK_LEGS_MAX - 1):
        venue.list_instrument()
    legs = [(number, number % 2, MARK, number) for number in range(1, BLOCK_LEGS_MAX + 1)]
    assert block(venue, 1, 2, *legs) == Result.OK
    for number in range(1, BLOCK_LEGS_MAX + 1):
        sign = -1 if number % 2 else 1
        assert venue.sizes(number) == {1: sign * number, 2: -sign * number}


def test_weights_are_those_of_halves_legs_and_four_evaluations():
    venue = ScriptedVenue(accounts=2)
    venue.list_instrument()
    venue.buy(1, MARK - 9, 1)  # an entry that keeps an order
    assert block(venue, 1, 2, (1, BUY, MARK, 3), (2, SELL, MARK, 3)) == Result.OK
    evaluated = 4 * COMPUTE_MARGIN + (1 + 0 + 2 + 2) * COMPUTE_POSITION
    legs = 2 * COMPUTE_ACTION + 4 * COMPUTE_SETTLE
    signed = COMPUTE_OP + 2 * COMPUTE_SIGNATURE
    assert venue.last.compute_weight == signed + legs + evaluated


@pytest.mark.parametrize(
    "changed",
    [
        {"legs": []},
        {"legs": [leg_bytes((i, BUY, MARK, 1)) for i in range(1, BLOCK_LEGS_MAX + 2)]},
        {"counterparty": 1},
        {"legs": [leg_bytes((0, BUY, MARK, 1))]},
        {"legs": [leg_bytes((1, 2, MARK, 1))]},
        {"legs": [leg_bytes((1, BUY, 0, 1))]},
        {"legs": [leg_bytes((1, BUY, MARK, 0))]},
        {"legs": [leg_bytes((1, BUY, MARK, 1)), leg_bytes((1, SELL, MARK, 1))]},
        {"legs": [leg_bytes((2, BUY, MARK, 1)), leg_bytes((1, SELL, MARK, 1))]},
    ],
)
def test_malformed(changed):
    venue = ScriptedVenue(accounts=2)
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1)) | changed
    body = encode_block_trade_body(**terms, counterparty_signature=bytes(64), signature=bytes(64))
    assert venue.segment(frame_op(type=OpType.BLOCK_TRADE, body=body))[0].code == Result.MALFORMED


def test_a_body_of_another_length_is_malformed():
    terms = terms_of(ScriptedVenue(accounts=2), 1, 2, (1, BUY, MARK, 1))
    body = encode_block_trade_body(**terms, counterparty_signature=bytes(64))
    whole = body + bytes(64)
    for length in [*range(len(whole)), len(whole) + 1, len(whole) + 64]:
        found = decode_op(OpType.BLOCK_TRADE, (whole + bytes(64))[:length])
        assert found == Result.MALFORMED, length
    assert not isinstance(decode_op(OpType.BLOCK_TRADE, body, True), Result)


# --- the counterparty's half ---


def spoilt(venue: ScriptedVenue, **changed: Any) -> Result:
    """Return the code of a trade with terms changed, and check that it moved neither account."""
    before = [record(venue.engine, each) for each in (1, 2)]
    sessions = [venue.engine.record(2 << 56 | each * 4) for each in (1, 2)]
    op = block_op(venue, terms_of(venue, 1, 2, (1, BUY, MARK, 1)) | changed)
    code = Result(venue.segment(op)[0].code)
    assert [record(venue.engine, each) for each in (1, 2)] == before
    assert [venue.engine.record(2 << 56 | each * 4) for each in (1, 2)] == sessions
    return code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"counterparty": 3}, Result.UNKNOWN_ACCOUNT),
        ({"counterparty": 0}, Result.UNKNOWN_ACCOUNT),
        ({"counterparty": 2**32 - 1}, Result.UNKNOWN_ACCOUNT),
        ({"counterparty_session": 1}, Result.UNKNOWN_SESSION),
        ({"counterparty_session": 4}, Result.UNKNOWN_SESSION),
        ({"counterparty_nonce": 2 * NONCE_WINDOW}, Result.NONCE_TOO_FAR),
        ({"counterparty_nonce": 2**64 - 1}, Result.NONCE_TOO_FAR),
        ({"counterparty_expiry_ms": 0}, Result.EXPIRED),
    ],
)
def test_a_bad_consent_leaves_no_trace(changed, code):
    """The submitter neither loses a nonce nor pays for it."""
    assert spoilt(ScriptedVenue(accounts=2), **changed) == code


def test_a_consent_expires_by_the_clock_to_the_millisecond():
    venue = ScriptedVenue(accounts=2)
    late = terms_of(venue, 1, 2, (1, BUY, MARK, 1), counterparty_expiry_ms=venue.now)
    assert venue.segment(block_op(venue, late))[0].code == Result.EXPIRED
    in_time = late | {"counterparty_expiry_ms": venue.now + 1}
    assert venue.segment(block_op(venue, in_time))[0].code == Result.OK


@pytest.mark.parametrize(
    "change",
    [
        {"account": 3},
        {"counterparty_session": 1},
        {"counterparty_nonce": 5},
        {"counterparty_expiry_ms": FOREVER - 1},
        {"counterparty_max_fee_ppm": 10**6 - 1},
        {"legs": [leg_bytes((1, SELL, MARK, 1))]},
        {"legs": [leg_bytes((1, BUY, MARK + 1, 1))]},
        {"legs": [leg_bytes((1, BUY, MARK, 2))]},
        {"legs": [leg_bytes((1, BUY, MARK, 1)), leg_bytes((2, BUY, MARK, 1))]},
    ],
)
def test_a_consent_to_other_terms_is_none(change):
    venue = ScriptedVenue(accounts=3)
    venue.list_instrument()
    venue.segment(venue.set_session_op(2, 1, 2))
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1))
    consent = consent_of(terms, 2)
    op = block_op(venue, terms | change, consent=consent)
    assert venue.segment(op)[0].code == Result.BAD_SIGNATURE


def test_a_consent_is_bound_to_the_venue_and_is_no_block_trade():
    venue = ScriptedVenue(accounts=2)
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1))
    elsewhere = consent_of(terms, 2, signing_digest.domain_separator(1, b"\x12" * 20))
    assert venue.segment(block_op(venue, terms, consent=elsewhere))[0].code == Result.BAD_SIGNATURE
    # The counterparty's signature of a trade that it submits does not consent to the reverse.
    mirrored = terms_of(venue, 2, 1, (1, SELL, MARK, 1), nonce=terms["counterparty_nonce"])
    submitted = block_op(venue, mirrored)[-64:]
    assert venue.segment(block_op(venue, terms, consent=submitted))[0].code == Result.BAD_SIGNATURE


@pytest.mark.parametrize("who", ["key", "other_key"])
def test_a_strangers_signature_is_none(who):
    venue = ScriptedVenue(accounts=2)
    op = block_op(venue, terms_of(venue, 1, 2, (1, BUY, MARK, 1)), **{who: 99})
    assert venue.segment(op)[0].code == Result.BAD_SIGNATURE
    assert venue.sizes() == {}


def test_a_consent_is_good_once():
    venue = ScriptedVenue(accounts=2)
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1))
    assert venue.segment(block_op(venue, terms))[0].code == Result.OK
    again = terms | {"nonce": next_nonce(venue, 1)}
    assert venue.segment(block_op(venue, again))[0].code == Result.NONCE_USED
    assert venue.sizes() == {1: 1, 2: -1}


def test_a_trade_that_fails_leaves_the_consent_good_and_uses_the_submitters_nonce():
    venue = ScriptedVenue(accounts=2)
    terms = terms_of(venue, 1, 2, (1, BUY, MARK + BAND + 1, 1))
    assert venue.segment(block_op(venue, terms))[0].code == Result.BEYOND_BAND
    assert venue.segment(block_op(venue, terms))[0].code == Result.NONCE_USED
    venue.price(3_001 * 10**9)
    again = terms | {"nonce": next_nonce(venue, 1)}
    assert venue.segment(block_op(venue, again))[0].code == Result.OK


def test_a_consent_is_taken_back_by_its_nonce_or_with_its_session():
    venue = ScriptedVenue(accounts=2)
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1))
    venue.bundle(2, encode_cancel_all(instrument=1), nonce=terms["counterparty_nonce"])
    assert venue.segment(block_op(venue, terms))[0].code == Result.NONCE_USED
    venue.segment(venue.set_session_op(2, 1, 50))
    by_session = terms_of(venue, 1, 2, (1, BUY, MARK, 1), counterparty_session=1)
    op = block_op(venue, by_session, other_key=50)
    venue.segment(venue.set_session_op(2, 1, 51))
    assert venue.segment(op)[0].code == Result.BAD_SIGNATURE


def test_sessions_may_sign_both_halves():
    venue = ScriptedVenue(accounts=2)
    venue.segment(venue.set_session_op(1, 1, 50))
    venue.segment(venue.set_session_op(2, 3, 51))
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1), session=1, counterparty_session=3)
    op = block_op(venue, terms, key=50, other_key=51)
    assert venue.segment(op)[0].code == Result.OK


def test_through_l1_the_owner_sends_it_without_a_signature_but_never_without_the_consent():
    venue = ScriptedVenue(accounts=2)
    op = block_op(venue, terms_of(venue, 1, 2, (1, BUY, MARK, 1)))
    unsigned = frame_op(type=OpType.BLOCK_TRADE, body=op[3:-64])
    sent = venue.message(MessageKind.USER_OP, unsigned, sender=address_of(2))
    assert sent.results[0] == Result.BAD_SIGNATURE
    sent = venue.message(MessageKind.USER_OP, unsigned, sender=address_of(1))
    assert sent.results[0] == Result.OK
    assert venue.sizes() == {1: 1, 2: -1}
    terms = terms_of(venue, 1, 2, (1, BUY, MARK, 1))
    half = block_op(venue, terms, consent=bytes(64))
    half = frame_op(type=OpType.BLOCK_TRADE, body=half[3:-64])
    sent = venue.message(MessageKind.USER_OP, half, sender=address_of(1))
    assert sent.results[0] == Result.BAD_SIGNATURE


def test_a_node_refuses_beforehand_what_the_rules_would():
    venue = ScriptedVenue(accounts=2)

    def refusal(**changed: Any) -> Result:
        keys = {"other_key": changed.pop("other_key", None)}
        op = block_op(venue, terms_of(venue, 1, 2, (1, BUY, MARK, 1)) | changed, **keys)
        return Result(venue.engine.refusal(prepare(op, DOMAIN), venue.now))

    assert refusal() == Result.OK
    assert refusal(counterparty=7) == Result.UNKNOWN_ACCOUNT
    assert refusal(counterparty_session=2) == Result.UNKNOWN_SESSION
    assert refusal(counterparty_expiry_ms=venue.now) == Result.EXPIRED
    assert refusal(other_key=9) == Result.BAD_SIGNATURE
    assert refusal(counterparty_nonce=2**63) == Result.NONCE_TOO_FAR


# --- legs ---


def test_the_price_lies_within_the_band_of_both_sides_to_the_tick():
    for side in (BUY, SELL):
        for price in (MARK + BAND, MARK - BAND):
            assert block(ScriptedVenue(accounts=2), 1, 2, (1, side, price, 1)) == Result.OK
        for price in (MARK + BAND + 1, MARK - BAND - 1):
            venue = ScriptedVenue(accounts=2)
            assert block(venue, 1, 2, (1, side, price, 1)) == Result.BEYOND_BAND


def test_one_bad_leg_undoes_the_others():
    venue = ScriptedVenue(accounts=2)
    venue.list_instrument()
    assert block(venue, 1, 2, (1, BUY, MARK, 5)) == Result.OK
    keys = [1 << 56 | 1, 1 << 56 | 2, 4 << 56 | 1, 4 << 56 | 2, 0]
    before = [venue.engine.record(key) for key in keys[:-1]]
    legs: tuple[Leg, Leg] = (1, SELL, MARK - 3, 5), (2, BUY, MARK + BAND + 1, 2)
    assert block(venue, 1, 2, *legs) == Result.BEYOND_BAND
    assert [venue.engine.record(key) for key in keys[:-1]] == before
    assert venue.last.outcomes[0].events == []
    assert block(venue, 1, 2, legs[0], (2, BUY, MARK, 2)) == Result.OK
    assert (venue.sizes(1), venue.sizes(2)) == ({}, {1: 2, 2: -2})


@pytest.mark.parametrize(
    ("status", "grows", "shrinks"),
    [
        (InstrumentStatus.HALTED, Result.HALTED, Result.HALTED),
        (InstrumentStatus.REDUCE_ONLY, Result.HALTED, Result.OK),
    ],
)
def test_in_a_market_that_is_closing_both_sides_have_to_shrink(status, grows, shrinks):
    venue = ScriptedVenue(accounts=3)
    block(venue, 1, 2, (1, BUY, MARK, 5))
    venue.set_instrument(status=status)
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == grows
    assert block(venue, 1, 3, (1, SELL, MARK, 5)) == grows  # the third account opens
    assert block(venue, 1, 2, (1, SELL, MARK, 6)) == grows  # both cross zero
    assert block(venue, 1, 2, (1, SELL, MARK, 5)) == shrinks


def test_nothing_trades_at_a_stale_price_or_without_one():
    venue = ScriptedVenue(accounts=2)
    block(venue, 1, 2, (1, BUY, MARK, 5))
    venue.now += 60_000
    assert block(venue, 1, 2, (1, SELL, MARK, 1)) == Result.OK
    venue.now += 1
    assert block(venue, 1, 2, (1, SELL, MARK, 1)) == Result.STALE_PRICE
    venue.list_instrument(underlying=venue.list_underlying())
    assert block(venue, 1, 2, (2, SELL, MARK, 1)) == Result.NO_PRICE
    assert block(venue, 1, 2, (3, SELL, MARK, 1)) == Result.UNKNOWN_INSTRUMENT


def test_a_wide_gap_admits_shrinking_alone():
    venue = ScriptedVenue(accounts=2)
    block(venue, 1, 2, (1, BUY, MARK, 5))
    venue.now += 500
    venue.report_price(3_300 * 10**9)  # the index follows at a bounded speed
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.GAP_TOO_WIDE
    assert block(venue, 1, 2, (1, SELL, MARK + 3_000, 5)) == Result.OK


def test_each_side_has_a_maximum_fee_of_its_own():
    for name in ("max_fee_ppm", "counterparty_max_fee_ppm"):
        venue = ScriptedVenue(accounts=2)
        assert block(venue, 1, 2, (1, BUY, MARK, 1), **{name: 499}) == Result.FEE_TOO_HIGH
        assert block(venue, 1, 2, (1, BUY, MARK, 1), **{name: 500}) == Result.OK


def test_the_minimum_value_holds_for_what_does_not_shrink():
    venue = ScriptedVenue(accounts=2, min_order_value=2 * A_LOT)
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.ORDER_TOO_SMALL
    assert block(venue, 1, 2, (1, BUY, MARK, 2)) == Result.OK
    assert block(venue, 1, 2, (1, SELL, MARK, 1)) == Result.ORDER_TOO_SMALL  # leaves one
    assert block(venue, 1, 2, (1, SELL, MARK, 2)) == Result.OK


def test_a_tier_is_asked_of_both_who_do_not_shrink():
    venue = ScriptedVenue(accounts=2)
    venue.list_instrument(tier=1)
    assert block(venue, 1, 2, (2, BUY, MARK, 1)) == Result.TIER_NEEDED
    first = venue.engine._state.accounts[1]
    first.tier, first.tier_expiry_ms = 1, venue.now + 10**6
    assert block(venue, 1, 2, (2, BUY, MARK, 1)) == Result.TIER_NEEDED
    second = venue.engine._state.accounts[2]
    second.tier, second.tier_expiry_ms = 1, venue.now + 10**6
    assert block(venue, 1, 2, (2, BUY, MARK, 1)) == Result.OK
    first.tier = second.tier = 0
    assert block(venue, 1, 2, (2, SELL, MARK, 1)) == Result.OK


def test_positions_are_limited():
    venue = ScriptedVenue(accounts=2, deposit=10**15 * USD)
    assert block(venue, 1, 2, (1, BUY, MARK, POSITION_LOTS_MAX)) == Result.OK
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.POSITION_LIMIT
    assert block(venue, 1, 2, (1, SELL, MARK, ORDER_LOTS_MAX)) == Result.OK
    assert venue.sizes() == {}


def test_entries_are_limited_and_emptied_ones_are_free_at_once():
    venue = ScriptedVenue(accounts=2)
    for _ in range(POSITIONS_MAX):
        venue.list_instrument()
    for number in range(1, POSITIONS_MAX + 1):
        assert block(venue, 1, 2, (number, BUY, MARK, 1)) == Result.OK
    last = POSITIONS_MAX + 1
    assert block(venue, 1, 2, (last, BUY, MARK, 1)) == Result.TOO_MANY_POSITIONS
    assert block(venue, 1, 2, (3, SELL, MARK, 1), (last, BUY, MARK, 1)) == Result.OK


def test_what_is_pending_is_settled_on_both_sides():
    venue = ScriptedVenue(accounts=4)
    block(venue, 1, 2, (1, BUY, MARK, 50))
    state = venue.engine._state
    mark = state.instruments[1].mark
    mark.set_indices(Indices(7 << 32, mark.indices.long, mark.indices.short))
    assert block(venue, 1, 2, (1, SELL, MARK, 10)) == Result.OK
    settled = [e for e in venue.last.outcomes[0].events if isinstance(e, PendingSettled)]
    assert [(e.account, e.cash) for e in settled] == [(1, -350), (2, 350)]


def test_money_stays_in_its_range():
    venue = ScriptedVenue(accounts=2)
    set_collateral(venue, 2, MONEY_MAX - 1)
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.FIELD_OVERFLOW
    assert block(venue, 2, 1, (1, SELL, MARK, 1)) == Result.FIELD_OVERFLOW
    set_collateral(venue, 2, 10**6 * USD)
    assert block(venue, 1, 2, (1, BUY, MARK, 1)) == Result.OK
