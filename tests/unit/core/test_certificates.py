"""Accounts under portfolio margin on the book, judged by their certificates (attack 52).

Each of these scenarios also runs on the law (tests/agreement/test_certificate_scenarios.py).
"""

from __future__ import annotations

from strikeproof.sequencer.core.engine_event import RemovalReason, Removed
from strikeproof.sequencer.core.rules.certificate import NO_CERTIFICATE, Certificate
from strikeproof.wire.constants import (
    CERTIFICATE_AGE_MS,
    CERTIFICATE_KEPT_MS,
    PORTFOLIO_EQUITY_MIN,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_place
from tests.unit.core.option_venue import CALL, INDEX, PUT
from tests.unit.core.scripted_venue import USD
from tests.unit.core.test_portfolio_margin import PERPETUAL, PortfolioVenue

BUY, SELL, IOC, FOK, POST_ONLY = 0, 1, 2 << 5, 3 << 5, 2


class CertificateVenue(PortfolioVenue):
    """Account 1 is under portfolio margin, the others under standard margin."""

    def __init__(self, accounts: int = 3, deposit: int = 10**6 * USD) -> None:
        super().__init__(accounts=accounts, deposit=deposit)
        assert self.set_mode(1) == Result.OK

    def order(self, account: int, instrument: int, flags: int, price: int, lots: int) -> Result:
        """Place an order in a segment of its own; return its code."""
        action = encode_place(instrument=instrument, flags=flags, price=price, lots=lots)
        return Result(self.act(account, action))

    def at_mark(self, account: int, instrument: int, flags: int, lots: int) -> Result:
        return self.order(account, instrument, flags, self.mark(instrument).price, lots)

    def certificate(self, account: int = 1) -> Certificate:
        return self.engine._state.certificates[account].parts

    def removed(self) -> list[RemovalReason]:
        events = self.last.outcomes[0].events
        return [each.reason for each in events if isinstance(each, Removed)]


def test_taker_under_portfolio_margin_fills_and_its_certificate_holds_the_fill() -> None:
    venue = CertificateVenue()
    assert venue.certificate().time_ms == venue.now
    assert venue.at_mark(2, CALL, BUY, 2_000) == Result.OK
    assert venue.at_mark(1, CALL, SELL | IOC, 2_000) == Result.OK
    assert venue.sizes(CALL) == {1: -2_000, 2: 2_000}
    held = venue.certificate()
    assert held.naked == 2 * 10**18
    assert len(held.forwards) == 1
    assert max(held.losses) > 0
    # What it asks for is at least what a revaluation asks for.
    before = held
    assert venue.revalue(1) == Result.OK
    after = venue.certificate()
    assert after.naked == before.naked
    assert all(a <= b for a, b in zip(after.losses, before.losses, strict=True))
    assert after.gross == before.gross


def test_a_hedged_portfolio_trades_what_standard_margin_refuses() -> None:
    venue = CertificateVenue(deposit=40_000 * USD)
    for account, lots in ((2, 2_000), (3, 1_000)):
        assert venue.at_mark(account, PERPETUAL, SELL, lots) == Result.OK
        assert venue.at_mark(account, CALL, BUY, lots) == Result.OK
    for lots in (1_500, 1_500):
        assert venue.at_mark(1, PERPETUAL, BUY | IOC, lots) == Result.OK
        assert venue.at_mark(1, CALL, SELL | IOC, lots) == Result.OK
    view = venue.engine.account(1)
    assert view is not None
    assert view.equity < view.initial_margin  # of standard margin
    assert venue.certificate().perpetuals == 3 * 10**18


def test_taker_beyond_its_initial_margin_is_refused_and_nothing_stays() -> None:
    venue = CertificateVenue(deposit=50_000 * USD)
    assert venue.at_mark(2, CALL, BUY, 5_000) == Result.OK
    before = venue.certificate()
    assert venue.at_mark(1, CALL, SELL | IOC, 5_000) == Result.MARGIN_INSUFFICIENT
    assert venue.certificate() == before
    assert venue.sizes(CALL) == {}
    poor = CertificateVenue(deposit=PORTFOLIO_EQUITY_MIN)
    assert poor.at_mark(2, CALL, BUY, 10) == Result.OK
    assert poor.at_mark(1, CALL, SELL | IOC, 10) == Result.MARGIN_INSUFFICIENT  # by its fee


def test_maker_under_portfolio_margin_rests_and_fills() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(1, CALL, SELL, 1_000) == Result.OK
    assert venue.at_mark(1, PERPETUAL, BUY | POST_ONLY, 1_000) == Result.OK
    assert venue.certificate().naked == 0  # at rest nothing is held
    assert venue.at_mark(2, CALL, BUY | IOC, 600) == Result.OK
    assert venue.at_mark(2, PERPETUAL, SELL | IOC, 1_000) == Result.OK
    assert venue.sizes(CALL) == {1: -600, 2: 600}
    assert venue.certificate().naked == 600 * 10**15
    assert venue.certificate().perpetuals == 10**18


def test_order_that_rests_is_tested_with_all_of_its_side() -> None:
    venue = CertificateVenue(deposit=50_000 * USD)
    assert venue.at_mark(1, CALL, SELL, 3_000) == Result.OK
    assert venue.at_mark(1, CALL, SELL, 3_000) == Result.MARGIN_INSUFFICIENT
    price = venue.mark(CALL).price
    assert venue.order(1, CALL, BUY, price - 1, 3_000) == Result.OK  # of the other side


def test_old_certificate_stops_its_taker_until_it_is_renewed() -> None:
    venue = CertificateVenue()
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    assert venue.at_mark(2, PERPETUAL, BUY, 10) == Result.OK
    view = venue.engine.portfolio(1)
    assert view is not None
    assert view.certified_until_ms == 0
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 5) == Result.CERTIFICATE_NEEDED
    assert venue.order(1, PERPETUAL, BUY | POST_ONLY, 100, 5) == Result.CERTIFICATE_NEEDED
    assert venue.revalue(1) == Result.OK
    view = venue.engine.portfolio(1)
    assert view is not None
    assert view.certified_until_ms == venue.certificate().time_ms + CERTIFICATE_AGE_MS
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 5) == Result.OK


def test_certificate_runs_out_by_its_age_alone() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(2, PERPETUAL, BUY, 10) == Result.OK
    venue.now = venue.certificate().time_ms + CERTIFICATE_AGE_MS - 1_000
    venue.price(INDEX)
    venue.now = venue.certificate().time_ms + CERTIFICATE_AGE_MS
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 5) == Result.OK
    venue.now += 1
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 5) == Result.CERTIFICATE_NEEDED


def test_certificate_ends_with_a_surface_a_move_and_other_parameters() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(2, PERPETUAL, BUY, 100) == Result.OK
    venue.now += 1_000
    assert venue.surface() == Result.OK
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 5) == Result.CERTIFICATE_NEEDED
    assert venue.revalue(1) == Result.OK
    venue.price(INDEX * 1_005 // 1_000)
    assert venue.order(1, PERPETUAL, SELL | IOC, 60_000, 5) == Result.OK
    venue.price(INDEX * 10_051 // 10_000)
    assert venue.order(1, PERPETUAL, SELL | IOC, 60_000, 5) == Result.CERTIFICATE_NEEDED
    venue.fresh(INDEX * 10_051 // 10_000)
    assert venue.revalue(1) == Result.OK
    venue.set_instrument(PERPETUAL)
    assert venue.order(1, PERPETUAL, SELL | IOC, 60_000, 5) == Result.CERTIFICATE_NEEDED


def test_maker_with_an_old_certificate_is_passed_over_and_keeps_its_place() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(1, PERPETUAL, SELL, 5) == Result.OK
    price = venue.mark(PERPETUAL).price
    assert venue.order(2, PERPETUAL, SELL, price + 1, 5) == Result.OK
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    # The second is met behind the first, which stays; what is left would cross it.
    assert venue.order(3, PERPETUAL, BUY, price + 1, 10) == Result.CERTIFICATE_STALE
    assert venue.sizes() == {2: -5, 3: 5}
    assert venue.removed() == [RemovalReason.FILLED]
    assert venue.order(3, PERPETUAL, BUY | FOK, price + 1, 5) == Result.FOK_UNFILLED
    assert venue.revalue(1) == Result.OK
    assert venue.order(3, PERPETUAL, BUY, price + 1, 5) == Result.OK
    assert venue.sizes() == {1: -5, 2: -5, 3: 10}


def test_maker_whose_certificate_is_too_old_is_removed() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(1, PERPETUAL, SELL, 5) == Result.OK
    price = venue.mark(PERPETUAL).price
    written = venue.now
    venue.now += CERTIFICATE_KEPT_MS - 5_000
    venue.fresh()
    venue.now = written + CERTIFICATE_KEPT_MS
    assert venue.order(3, PERPETUAL, BUY | IOC, price, 5) == Result.CERTIFICATE_STALE
    venue.now += 1
    venue.price(INDEX)
    assert venue.order(3, PERPETUAL, BUY | IOC, price, 5) == Result.IOC_REMAINDER
    assert venue.removed() == [RemovalReason.MARGIN]


def test_maker_below_its_maintenance_is_removed() -> None:
    venue = CertificateVenue(deposit=50_000 * USD)
    assert venue.at_mark(1, CALL, SELL, 3_000) == Result.OK
    price = venue.mark(CALL).price
    assert venue.withdraw(1, 40_000 * USD) == Result.OK
    assert venue.order(2, CALL, BUY | IOC, price, 3_000) == Result.IOC_REMAINDER
    assert venue.removed() == [RemovalReason.MARGIN]
    assert venue.sizes(CALL) == {}


def test_a_maker_under_portfolio_margin_counts_two_touches() -> None:
    venue = CertificateVenue(accounts=2)
    for instrument in (PERPETUAL, CALL):
        for _ in range(5):
            assert venue.at_mark(1, instrument, SELL, 5) == Result.OK
        assert venue.at_mark(2, instrument, BUY | IOC, 25) == Result.TOUCHES_EXHAUSTED
        assert venue.sizes(instrument) == {1: -20, 2: 20}


def test_fill_or_kill_takes_certificates_back_with_all_else() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(1, CALL, SELL, 10) == Result.OK
    assert venue.set_mode(2) == Result.OK
    before = venue.certificate(), venue.certificate(2)
    assert venue.at_mark(2, CALL, BUY | FOK, 20) == Result.FOK_UNFILLED
    assert (venue.certificate(), venue.certificate(2)) == before
    assert venue.at_mark(2, CALL, BUY | FOK, 10) == Result.OK
    assert venue.certificate().naked == 10**16
    assert venue.certificate(2).naked == 0


def test_a_fill_that_lowers_risk_passes_below_the_requirements() -> None:
    venue = CertificateVenue(deposit=50_000 * USD)
    assert venue.at_mark(2, CALL, BUY, 3_000) == Result.OK
    assert venue.at_mark(1, CALL, SELL | IOC, 3_000) == Result.OK
    index = INDEX
    asked = venue.asked(1)
    while asked.equity >= asked.initial:
        index = index * 101 // 100
        venue.fresh(index)
        asked = venue.asked(1)
    assert asked.equity > asked.maintenance
    assert venue.revalue(1) == Result.OK
    assert venue.at_mark(2, PERPETUAL, BUY, 1_000) == Result.OK
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 1_000) == Result.MARGIN_INSUFFICIENT
    high = venue.mark(CALL).price + 11_000  # costs more than it takes off risk
    assert venue.order(2, CALL, SELL, high, 1_000) == Result.OK
    assert venue.order(1, CALL, BUY | IOC, high, 1_000) == Result.MARGIN_INSUFFICIENT
    assert venue.at_mark(2, CALL, SELL, 1_000) == Result.OK
    assert venue.at_mark(1, CALL, BUY | IOC, 1_000) == Result.OK


def test_what_portfolio_margin_does_not_cover_is_unfit_for_the_book() -> None:
    venue = CertificateVenue()
    other = venue.list_underlying()
    elsewhere = venue.list_instrument(underlying=other, index_per_tick=10**9, tick_value=1_000)
    venue.price(INDEX, other)
    venue.fresh()
    assert venue.revalue(1) == Result.OK
    assert venue.at_mark(1, elsewhere, BUY, 5) == Result.PORTFOLIO_UNFIT
    assert venue.at_mark(2, elsewhere, BUY, 5) == Result.OK
    assert venue.at_mark(1, elsewhere, SELL | IOC, 5) == Result.PORTFOLIO_UNFIT


def test_certificate_ends_where_portfolio_margin_ends_and_its_orders_go_on() -> None:
    venue = CertificateVenue()
    assert venue.at_mark(1, PERPETUAL, SELL, 5) == Result.OK
    assert venue.set_mode(1, 0) == Result.OK
    assert venue.certificate() == NO_CERTIFICATE
    assert venue.at_mark(2, PERPETUAL, BUY | IOC, 5) == Result.OK  # by standard margin
    assert venue.sizes() == {1: -5, 2: 5}


def test_blocks_and_withdrawals_renew_certificates() -> None:
    venue = CertificateVenue()
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    assert venue.withdraw(1, 1) == Result.OK
    assert venue.certificate().time_ms == venue.now
    venue.trade(1, 2, PUT, 5)
    assert [each.expiry for each in venue.certificate().forwards] == [1]
    assert venue.certificate(2) == NO_CERTIFICATE
