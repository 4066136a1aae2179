"""Portfolio margin in force (attack 52): who comes under it, what it admits, and how it ends.

Numbers are those of the account's own figures; that they are the kernel's is the matter of
test_portfolio_queries.py. Each of these scenarios also runs on the law
(tests/agreement/test_portfolio_scenarios.py).
"""

from __future__ import annotations

from strikeproof.client.wallet import Wallet
from strikeproof.sequencer.core.engine_event import MarginModeSet, RemovalReason, Removed
from strikeproof.sequencer.core.portfolio import PortfolioMargin, assess
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import (
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    INDEX_STALE_MS,
    OPTION_EXPIRIES_MAX,
    OPTION_STALE_MS,
    PORTFOLIO_EQUITY_MIN,
    PPB,
    PPM,
    MessageKind,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_forced_close_body,
    encode_list_expiry,
    encode_revalue,
    encode_set_latency,
    encode_set_margin_mode_body,
    encode_set_trigger_body,
)
from tests.attestation_ops import set_attesters
from tests.credit_ops import DAY_MINUTES, release_credit, revoke_credit, say_credit
from tests.unit.core.blocks import BUY, SELL, block
from tests.unit.core.option_venue import CALL, DAY_MS, INDEX, NANO, PUT, OptionVenue
from tests.unit.core.scripted_venue import (
    DOMAIN,
    FOREVER,
    START,
    USD,
    address_of,
    key_of,
    signed_op,
)

PERPETUAL = 1
RICH = 10**6 * USD
LIQUID = 100  # lots


class PortfolioVenue(OptionVenue):
    """A pair that was just priced, and accounts as rich as a test wants them."""

    def __init__(self, accounts: int = 2, deposit: int = RICH) -> None:
        super().__init__(accounts=accounts, deposit=deposit)
        self.fresh()

    def nonce(self, account: int) -> int:
        nonce = self.nonces.get(account, 0)
        self.nonces[account] = nonce + 1
        return nonce

    def mode_op(self, account: int, underlying: int) -> bytes:
        body = encode_set_margin_mode_body(
            account=account,
            nonce=self.nonce(account),
            expiry_ms=FOREVER,
            underlying=underlying,
        )
        return signed_op(OpType.SET_MARGIN_MODE, body, key_of(self.owners[account]))

    def set_mode(self, account: int, underlying: int = 1) -> int:
        return self.segment(self.mode_op(account, underlying))[0].code

    def revalue(self, account: int) -> int:
        return self.segment(encode_revalue(account=account))[0].code

    def grow_with_age(self, slope_ppm: int) -> None:
        """Let requirements grow by so much for each second of a price's age."""
        self.govern(
            encode_set_latency(
                slope_factor_ppm=0,
                slope_least_ppm=slope_ppm,
                slope_most_ppm=slope_ppm,
                variance_tau_ms=1,
            )
        )
        self.now += 1_000
        self.fresh()

    def trade(self, buyer: int, seller: int, instrument: int, lots: int) -> None:
        price = self.mark(instrument).price
        assert block(self, buyer, seller, (instrument, BUY, price, lots)) == Result.OK

    def mode(self, account: int) -> tuple[int, int]:
        found = self.engine._state.accounts[account]
        return found.margin_mode, found.portfolio_underlying

    def asked(self, account: int) -> PortfolioMargin:
        """Return what portfolio margin asks now."""
        found = assess(self.engine._state, self.engine._state.accounts[account], 1)
        assert isinstance(found, PortfolioMargin), found
        return found


def test_hedged_account_comes_under_portfolio_margin_and_may_withdraw_more() -> None:
    venue = PortfolioVenue()
    venue.trade(2, 1, CALL, 20_000)
    venue.trade(1, 2, PERPETUAL, 20_000)
    view = venue.engine.account(1)
    assert view is not None
    asked = venue.asked(1)
    assert asked.initial < view.initial_margin
    free = view.equity - view.initial_margin
    assert venue.withdraw(1, free + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.set_mode(1) == Result.OK
    assert venue.last.outcomes[0].events[-1] == MarginModeSet(1, 1)
    assert venue.mode(1) == (1, 1)
    assert venue.withdraw(1, free + 1) == Result.OK
    # What is left can go down to the least equity, and no further.
    equity = venue.asked(1).equity
    least = max(venue.asked(1).initial, PORTFOLIO_EQUITY_MIN)
    assert venue.withdraw(1, equity - least + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(1, equity - least) == Result.OK
    assert venue.asked(1).equity == least


def test_initial_margin_binds_to_the_last_micro_usd() -> None:
    venue = PortfolioVenue()
    venue.trade(2, 1, CALL, 20_000)
    assert venue.set_mode(1) == Result.OK
    asked = venue.asked(1)
    assert asked.initial > PORTFOLIO_EQUITY_MIN
    assert venue.withdraw(1, asked.equity - asked.initial + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(1, asked.equity - asked.initial) == Result.OK


def test_initial_margin_binds_to_the_last_micro_usd_at_an_older_price() -> None:
    venue = PortfolioVenue()
    venue.grow_with_age(slope_ppm=77)
    venue.trade(2, 1, CALL, 20_000)
    assert venue.set_mode(1) == Result.OK
    fresh = venue.asked(1).initial
    venue.now += 20_000
    assert venue.withdraw(1, 1) == Result.OK  # and the engine knows the time
    asked = venue.asked(1)
    assert asked.initial > fresh
    assert venue.withdraw(1, asked.equity - asked.initial + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(1, asked.equity - asked.initial) == Result.OK


def test_initial_margin_grows_by_itself_by_notional_and_by_the_age_of_the_price() -> None:
    venue = PortfolioVenue()
    venue.grow_with_age(slope_ppm=77)
    venue.trade(2, 1, CALL, LIQUID)
    view = venue.engine.portfolio(1)
    assert view is not None
    venue.now += 20_000
    underlying = venue.engine._state.underlyings[1]
    assert (underlying.slope_ppm, underlying.gap_ppm) == (77, 0)
    buffer_ppm = 77 * 20
    gross = LIQUID * 1_000 * 60_000
    venue.engine._state.now_ms = venue.now
    grown = div_ceil(gross * (1_000 + buffer_ppm) + view.initial_margin * 50_000, PPM)
    assert venue.asked(1).initial == view.initial_margin + grown
    assert venue.asked(1).maintenance == view.maintenance_margin


def test_equity_below_ten_thousand_dollars_is_too_little() -> None:
    venue = PortfolioVenue(deposit=PORTFOLIO_EQUITY_MIN - 1)
    assert venue.set_mode(1) == Result.MARGIN_INSUFFICIENT
    venue.deposit(1, 1)
    assert venue.set_mode(1) == Result.OK
    assert venue.withdraw(1, 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.set_mode(1, 0) == Result.OK
    assert venue.mode(1) == (0, 0)
    assert venue.withdraw(1, 1) == Result.OK


def test_what_portfolio_margin_does_not_cover_is_refused() -> None:
    venue = PortfolioVenue()
    assert venue.set_mode(1, 2) == Result.UNKNOWN_UNDERLYING
    other = venue.list_underlying()
    elsewhere = venue.list_instrument(underlying=other, index_per_tick=NANO, tick_value=1_000)
    venue.price(INDEX, other)
    venue.fresh()
    venue.trade(1, 2, elsewhere, 5)
    assert venue.set_mode(1, 1) == Result.PORTFOLIO_UNFIT
    assert venue.set_mode(1, other) == Result.OK  # perpetuals alone fit
    # A block that would bring in another underlying is undone whole.
    price = venue.mark(CALL).price
    venue.fresh()
    assert block(venue, 1, 2, (CALL, BUY, price, 5)) == Result.PORTFOLIO_UNFIT
    assert venue.sizes(CALL) == {}


def test_perpetuals_that_are_no_whole_wads_are_refused() -> None:
    venue = PortfolioVenue()
    odd = venue.list_instrument(index_per_tick=3_000_000_007, tick_value=1_000)
    venue.fresh()
    venue.trade(1, 2, odd, 5)
    assert venue.set_mode(1) == Result.PORTFOLIO_UNFIT


def test_options_of_more_expiries_than_eight_are_refused() -> None:
    venue = PortfolioVenue()
    pairs = [CALL]
    for number in range(2, OPTION_EXPIRIES_MAX + 2):
        ends = START + (30 + number) * DAY_MS
        venue.govern(encode_list_expiry(underlying=1, expiry_ms=ends, forward_ppb=PPB))
        pairs.append(venue.engine.venue().next_instrument)
        venue.list_pair(expiry=number)
        assert venue.surface(expiry=number) == Result.OK
    venue.fresh()
    for call in pairs[1:]:
        assert venue.reprice(call) == Result.OK
    for call in pairs[:-1]:
        venue.trade(1, 2, call, 1)
    assert venue.set_mode(1) == Result.OK
    price = venue.mark(pairs[-1]).price
    assert block(venue, 1, 2, (pairs[-1], BUY, price, 1)) == Result.PORTFOLIO_UNFIT
    assert block(venue, 1, 2, (pairs[0], SELL, venue.mark(CALL).price, 1)) == Result.OK
    assert block(venue, 1, 2, (pairs[-1], BUY, price, 1)) == Result.OK


def test_old_prices_and_old_arrays_say_nothing() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, CALL, 5)
    venue.now += OPTION_STALE_MS - 1_000
    assert venue.set_mode(1) == Result.OK
    venue.now += 2_000
    venue.price(INDEX)
    assert venue.withdraw(1, 1) == Result.PORTFOLIO_STALE
    assert venue.revalue(1) == Result.PORTFOLIO_STALE
    assert venue.reprice() == Result.OK
    assert venue.withdraw(1, 1) == Result.OK
    venue.price(INDEX * 1_006 // 1_000)  # further than marks follow by delta and gamma
    assert venue.withdraw(1, 1) == Result.PORTFOLIO_STALE
    venue.fresh(INDEX * 1_006 // 1_000)
    assert venue.withdraw(1, 1) == Result.OK
    venue.now += INDEX_STALE_MS + 1
    assert venue.withdraw(1, 1) == Result.PORTFOLIO_STALE
    assert venue.set_mode(1, 0) == Result.OK  # standard margin is never refused


def test_old_price_says_nothing_of_perpetuals_either() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, PERPETUAL, 5)
    venue.now += INDEX_STALE_MS
    assert venue.set_mode(1) == Result.OK
    venue.now += 2_000
    assert venue.set_mode(1) == Result.PORTFOLIO_STALE
    assert venue.withdraw(1, 1) == Result.PORTFOLIO_STALE
    assert venue.revalue(1) == Result.PORTFOLIO_STALE


def test_orders_and_triggers_end_where_portfolio_margin_begins() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, PERPETUAL, 5)
    price = venue.mark(PERPETUAL).price
    assert venue.buy(1, price - 100, 5) == Result.OK
    assert venue.set_mode(1) == Result.OK
    removed = [each for each in venue.last.outcomes[0].events if isinstance(each, Removed)]
    assert [each.reason for each in removed] == [RemovalReason.MARGIN]
    assert venue.sell(2, price - 100, 5) == Result.OK
    assert venue.sizes()[1] == 5  # the dead bid was passed
    trigger = encode_set_trigger_body(
        account=1,
        session=0,
        nonce=venue.nonce(1),
        expiry_ms=FOREVER,
        instrument=PERPETUAL,
        place=0,
        sell=1,
        trigger_price=INDEX,
        limit=price,
        lots=1,
    )
    op = signed_op(OpType.SET_TRIGGER, trigger, key_of(1))
    assert venue.segment(op)[0].code == Result.WRONG_MARGIN_MODE
    assert venue.set_mode(1, 0) == Result.OK
    assert venue.sell(1, price, 1) == Result.OK


def test_system_ops_leave_a_portfolio_account_alone() -> None:
    venue = PortfolioVenue()
    venue.trade(2, 1, CALL, 20_000)
    assert venue.set_mode(1) == Result.OK
    assert venue.liquidate(1, CALL) == Result.WRONG_MARGIN_MODE
    closes = encode_forced_close_body(
        account=1, nonce=venue.nonce(1), expiry_ms=FOREVER, instrument=CALL, lots=1
    )
    forced = signed_op(OpType.FORCED_CLOSE, closes, key_of(1))
    result = venue.message(MessageKind.USER_OP, forced, address_of(1))
    assert result.results[0] == Result.WRONG_MARGIN_MODE


def test_perpetuals_below_maintenance_come_under_standard_margin() -> None:
    venue = PortfolioVenue()
    assert venue.revalue(1) == Result.WRONG_MARGIN_MODE
    assert venue.revalue(0) == Result.UNKNOWN_ACCOUNT
    venue.trade(2, 1, CALL, 20_000)
    assert venue.set_mode(1) == Result.OK
    assert venue.revalue(1) == Result.OK
    # Options are auctioned first (test_auctions.py), perpetuals are not.
    venue.trade(1, 2, CALL, 20_000)
    venue.trade(2, 1, PERPETUAL, 20_000)
    asked = venue.asked(1)
    assert venue.withdraw(1, asked.equity - asked.initial) == Result.OK
    index = INDEX
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        assert venue.revalue(1) == Result.OK
        index = index * 103 // 100
        venue.fresh(index)
    assert venue.liquidate(1, PERPETUAL) == Result.WRONG_MARGIN_MODE
    assert venue.revalue(1) == Result.OK
    assert venue.last.outcomes[0].events == [MarginModeSet(1, 0)]
    assert venue.mode(1) == (0, 0)
    assert venue.revalue(1) == Result.WRONG_MARGIN_MODE
    # That asks for less of a perpetual, so the account goes on.
    assert venue.liquidate(1, PERPETUAL) == Result.NOT_LIQUIDATABLE


def test_block_trade_needs_portfolio_margin_of_each_party_that_is_under_it() -> None:
    venue = PortfolioVenue(deposit=50_000 * USD)
    assert venue.set_mode(1) == Result.OK
    price = venue.mark(CALL).price
    assert block(venue, 1, 2, (CALL, SELL, price, 10_000)) == Result.MARGIN_INSUFFICIENT
    perpetual = venue.mark(PERPETUAL).price
    hedged = ((PERPETUAL, BUY, perpetual, 2_000), (CALL, SELL, price, 2_000))
    assert block(venue, 1, 2, *hedged) == Result.OK
    assert venue.set_mode(2) == Result.OK
    assert block(venue, 2, 1, (CALL, SELL, price, 2_000)) == Result.OK
    assert venue.sizes(CALL) == {}


def test_weights_are_those_of_a_revaluation() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, CALL, 5)
    venue.trade(1, 2, PUT, 5)
    assert venue.set_mode(1) == Result.OK
    revaluation = COMPUTE_REVALUE + COMPUTE_MARGIN + 2 * COMPUTE_POSITION
    assert venue.last.compute_weight == COMPUTE_OP + 9_000 + revaluation
    touched = len(venue.last.touched)
    assert venue.revalue(1) == Result.OK
    assert venue.last.compute_weight == COMPUTE_OP + revaluation
    # The session is the owner's: everything else is touched by both.
    assert len(venue.last.touched) == touched - 1


def test_credit_and_portfolio_margin_exclude_each_other() -> None:
    venue = PortfolioVenue(accounts=3)
    venue.govern(set_attesters())

    def say(account: int, guarantor: int, limit: int = 1_000 * USD) -> int:
        consents = [Wallet(key_of(venue.owners[guarantor]).secret)] if limit else []
        minutes = 2 * DAY_MINUTES if limit else 0
        venue.now += 1
        op = say_credit(DOMAIN, account, limit, venue.now, guarantor, *consents, minutes=minutes)
        return venue.segment(op)[0].code

    assert venue.set_mode(1) == Result.OK
    assert say(1, 2) == Result.WRONG_MARGIN_MODE
    before = venue.collateral(1)
    assert say(3, 1) == Result.WRONG_MARGIN_MODE
    assert venue.collateral(1) == before
    assert say(1, 0, 0) == Result.OK  # there is none to take away
    assert venue.set_mode(1, 0) == Result.OK
    assert say(1, 2) == Result.OK
    assert venue.set_mode(1) == Result.CREDIT_STANDS
    assert venue.set_mode(1, 0) == Result.OK
    # It stands until it is released; then either may begin.
    assert say(1, 0, 0) == Result.OK
    assert venue.set_mode(1) == Result.CREDIT_STANDS
    assert venue.segment(release_credit(1))[0].code == Result.OK
    assert venue.set_mode(1) == Result.OK


def test_what_an_account_granted_before_portfolio_margin_is_renewed_and_comes_back() -> None:
    venue = PortfolioVenue()
    venue.govern(set_attesters())
    owner = Wallet(key_of(venue.owners[2]).secret)

    def say(limit: int) -> int:
        venue.now += 1
        return venue.segment(say_credit(DOMAIN, 1, limit, venue.now, 2, owner))[0].code

    assert say(1_000 * USD) == Result.OK
    assert venue.set_mode(2) == Result.OK
    assert say(1_000 * USD) == Result.OK
    assert say(1_000 * USD + 1) == Result.WRONG_MARGIN_MODE
    before = venue.collateral(2)
    venue.now += 1
    assert venue.segment(revoke_credit(DOMAIN, 1, venue.now))[0].code == Result.OK
    assert venue.segment(release_credit(1))[0].code == Result.OK
    assert venue.collateral(2) == before + 1_000 * USD
    assert venue.mode(2) == (1, 1)


def test_settled_positions_ask_for_nothing_and_do_not_matter() -> None:
    venue = PortfolioVenue()
    venue.trade(1, 2, PERPETUAL, 5)
    other = venue.list_underlying()
    elsewhere = venue.list_instrument(underlying=other, index_per_tick=NANO, tick_value=1_000)
    venue.price(INDEX, other)
    venue.fresh()
    venue.trade(1, 2, elsewhere, 5)
    assert venue.set_mode(1) == Result.PORTFOLIO_UNFIT
    mark = venue.mark(elsewhere)
    mark.settle(mark.price)
    assert venue.set_mode(1) == Result.OK
