"""Inbox messages, governance and index prices (attacks 19 and 25)."""

import pytest

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_event import Deposited, Governed, Priced, Registered
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.reports_op import Report
from strikeproof.wire.constants import (
    COMPUTE_OP,
    COMPUTE_PRICE,
    COMPUTE_SIGNATURE,
    INDEX_PRICE_MAX,
    INDEX_STALE_MS,
    MONEY_MAX,
    PUBLISH_SPACING_MS,
    GovernanceAction,
    MessageKind,
    Pool,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_deposit_payload,
    encode_index_price,
    encode_list_instrument,
    encode_list_underlying,
    encode_pay_out,
    encode_register_payload,
    encode_report,
    encode_set_instrument,
    encode_set_latency,
    encode_set_reporters,
    encode_withdraw,
    frame_message,
)
from tests.unit.core.scripted_venue import DOMAIN, USD, ScriptedVenue, address_of, compact, key_of


def code(venue: ScriptedVenue, kind: MessageKind, payload: bytes) -> Result:
    result = venue.message(kind, payload)
    assert len(result.results) == 1
    if result.results[0] != Result.OK:
        assert [key for key, _ in result.changed if key] == []
    return Result(result.results[0])


def test_registration_creates_account_and_owner_session():
    venue = ScriptedVenue()
    owner = address_of(5)
    result = venue.message(MessageKind.REGISTER, encode_register_payload(account=1, owner=owner))
    assert result.outcomes[0].events == [Registered(1, owner)]
    assert [key for key, _ in result.changed] == [0, 1 << 56 | 1, 2 << 56 | 4]
    session = venue.engine.session(1, 0)
    assert session is not None
    assert (session.scope, session.key, session.expiry_ms) == (255, owner, 0)
    assert venue.engine.accounts_of(owner) == (1,)
    assert venue.register(owner=5) == 2
    assert venue.engine.accounts_of(owner) == (1, 2)
    assert venue.engine.accounts_of(address_of(6)) == ()


@pytest.mark.parametrize("id", [0, 1, 3, 2**32 - 1])
def test_only_the_next_account_registers(id):
    venue = ScriptedVenue(accounts=1)
    payload = encode_register_payload(account=id, owner=address_of(5))
    assert code(venue, MessageKind.REGISTER, payload) == Result.MALFORMED


def test_deposits_add_up_to_the_maximum():
    """Attack 25."""
    venue = ScriptedVenue(accounts=1, deposit=1)
    assert venue.deposit(1, 0) == Result.OK
    assert venue.deposit(2, 1) == Result.UNKNOWN_ACCOUNT
    assert venue.deposit(0, 1) == Result.UNKNOWN_ACCOUNT
    assert venue.deposit(1, MONEY_MAX) == Result.FIELD_OVERFLOW
    assert venue.deposit(1, 2**128 - 1) == Result.FIELD_OVERFLOW
    assert venue.deposit(1, MONEY_MAX - 1) == Result.OK
    payload = encode_deposit_payload(account=1, amount_micro_usd=0)
    result = venue.message(MessageKind.DEPOSIT, payload)
    assert result.outcomes[0].events == [Deposited(1, 0)]
    assert venue.liabilities() == venue.deposited == MONEY_MAX


@pytest.mark.parametrize("kind", [MessageKind.REGISTER, MessageKind.DEPOSIT])
@pytest.mark.parametrize("length", [0, 1, 19, 21, 23, 25, 100])
def test_payload_of_another_length_is_malformed(kind, length):
    assert code(ScriptedVenue(accounts=1), kind, bytes(length)) == Result.MALFORMED


def test_unknown_kinds():
    venue = ScriptedVenue()
    for kind in (0, 7, 255):
        data = frame_message(kind=kind, time_ms=venue.now, payload=b"")
        assert venue.engine.apply_message(data).results == bytes((Result.UNKNOWN_TYPE,))
    assert code(venue, MessageKind.GOVERNANCE, b"") == Result.MALFORMED
    for action in (0, 11, 255):
        assert code(venue, MessageKind.GOVERNANCE, bytes((action,))) == Result.UNKNOWN_TYPE


def listing(**changes: int) -> bytes:
    terms = {
        "underlying": 1,
        "kind": 1,
        "tick_value_micro_usd": 1,
        "index_per_tick_nano_usd": 1,
        "initial_margin_ppm": 2,
        "maintenance_margin_ppm": 1,
        "maker_fee_ppm": 0,
        "taker_fee_ppm": 50_000,
        "price_band_ppm": 500_000,
        "min_order_value_micro_usd": 1,
    } | changes
    return encode_list_instrument(**terms, symbol=bytes(16))


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, Result.OK),
        ({"kind": 0}, Result.MALFORMED),
        ({"kind": 2}, Result.MALFORMED),
        ({"tick_value_micro_usd": 0}, Result.MALFORMED),
        ({"index_per_tick_nano_usd": 0}, Result.MALFORMED),
        ({"maintenance_margin_ppm": 0}, Result.MALFORMED),
        ({"maintenance_margin_ppm": 3}, Result.MALFORMED),
        ({"initial_margin_ppm": 10**6}, Result.OK),
        ({"initial_margin_ppm": 10**6 + 1}, Result.MALFORMED),
        ({"maker_fee_ppm": 50_001}, Result.MALFORMED),
        ({"taker_fee_ppm": 50_001}, Result.MALFORMED),
        ({"price_band_ppm": 0}, Result.MALFORMED),
        ({"price_band_ppm": 500_001}, Result.MALFORMED),
        ({"maintenance_margin_ppm": 2, "price_band_ppm": 2}, Result.OK),
        ({"maintenance_margin_ppm": 2, "price_band_ppm": 1}, Result.MALFORMED),
        ({"min_order_value_micro_usd": 0}, Result.MALFORMED),
        ({"liquidation_fee_ppm": 1}, Result.MALFORMED),
        ({"maintenance_margin_ppm": 2, "liquidation_fee_ppm": 1}, Result.OK),
        ({"house_margin_ppm": 0}, Result.MALFORMED),
        ({"house_margin_ppm": 2}, Result.MALFORMED),
        ({"funding_cap_ppm": 40_000, "funding_interest_ppm": -40_000}, Result.OK),
        ({"funding_cap_ppm": 40_001}, Result.MALFORMED),
        ({"funding_interest_ppm": 40_001}, Result.MALFORMED),
        ({"funding_interest_ppm": -40_001}, Result.MALFORMED),
        ({"impact_value_micro_usd": 0}, Result.MALFORMED),
        ({"impact_value_micro_usd": 8, "tier": 255, "funding_tau_ms": 2**32 - 1}, Result.OK),
        ({"impact_value_micro_usd": 9}, Result.MALFORMED),
        ({"underlying": 0}, Result.UNKNOWN_UNDERLYING),
        ({"underlying": 2}, Result.UNKNOWN_UNDERLYING),
        ({"underlying": 2, "price_band_ppm": 0}, Result.MALFORMED),
    ],
)
def test_listing_an_instrument(changes, result):
    venue = ScriptedVenue()
    payload = listing(**changes)
    assert code(venue, MessageKind.GOVERNANCE, payload) == result
    assert len(venue.engine.instruments()) == (2 if result == Result.OK else 1)
    assert code(venue, MessageKind.GOVERNANCE, payload + b"\0") == Result.MALFORMED
    assert code(venue, MessageKind.GOVERNANCE, payload[:-1]) == Result.MALFORMED


@pytest.mark.parametrize(
    ("instrument", "status", "band", "result"),
    [
        (1, 1, 8, Result.OK),
        (1, 3, 8, Result.OK),
        (1, 0, 8, Result.MALFORMED),
        (1, 4, 8, Result.MALFORMED),
        (1, 1, 7, Result.MALFORMED),
        (0, 1, 8, Result.UNKNOWN_INSTRUMENT),
        (2, 1, 8, Result.UNKNOWN_INSTRUMENT),
        (2, 4, 8, Result.MALFORMED),
    ],
)
def test_setting_an_instrument(instrument, status, band, result):
    venue = ScriptedVenue()
    payload = encode_set_instrument(
        instrument=instrument,
        status=status,
        initial_margin_ppm=9,
        maintenance_margin_ppm=8,
        maker_fee_ppm=7,
        taker_fee_ppm=6,
        price_band_ppm=band,
        min_order_value_micro_usd=5,
    )
    assert code(venue, MessageKind.GOVERNANCE, payload) == result
    view = venue.engine.instrument(1)
    assert view is not None
    if result == Result.OK:
        assert (view.status, view.initial_margin_ppm, view.maintenance_margin_ppm) == (status, 9, 8)
        assert (view.maker_fee_ppm, view.taker_fee_ppm, view.price_band_ppm) == (7, 6, band)
        assert view.min_order_value == 5


def test_successor_of_an_instrument_is_listed():
    venue = ScriptedVenue()
    venue.list_instrument()
    for successor, result in ((2, Result.OK), (0, Result.OK), (3, Result.UNKNOWN_INSTRUMENT)):
        payload = encode_set_instrument(
            instrument=1,
            status=1,
            initial_margin_ppm=9,
            maintenance_margin_ppm=8,
            maker_fee_ppm=7,
            taker_fee_ppm=6,
            price_band_ppm=8,
            min_order_value_micro_usd=5,
            successor=successor,
        )
        assert code(venue, MessageKind.GOVERNANCE, payload) == result


@pytest.mark.parametrize(
    ("least", "most", "tau_ms", "result"),
    [
        (0, 0, 1, Result.OK),
        (16_000, 16_000, 2**32 - 1, Result.OK),
        (2, 1, 1, Result.MALFORMED),
        (0, 16_001, 1, Result.MALFORMED),
        (0, 1, 0, Result.MALFORMED),
    ],
)
def test_setting_the_latency_buffer(least, most, tau_ms, result):
    venue = ScriptedVenue()
    payload = encode_set_latency(
        slope_factor_ppm=7, slope_least_ppm=least, slope_most_ppm=most, variance_tau_ms=tau_ms
    )
    assert code(venue, MessageKind.GOVERNANCE, payload) == result
    assert code(venue, MessageKind.GOVERNANCE, payload[:-1]) == Result.MALFORMED
    if result == Result.OK:
        venue.price(3_000 * 10**9)
        view = venue.engine.underlying(1)
        assert view is not None
        assert view.slope_ppm == least


def pay_out(pool: int, account: int, amount: int) -> bytes:
    return encode_pay_out(pool=pool, account=account, amount_micro_usd=amount)


@pytest.mark.parametrize("pool", Pool)
def test_governance_pays_an_account_out_of_a_pool(pool):
    venue = ScriptedVenue(accounts=2, deposit=1_000)
    record = venue.engine._state.venue
    record.fee_pool, record.insurance_fund = 500, 500
    before = venue.engine.venue()
    assert code(venue, MessageKind.GOVERNANCE, pay_out(pool, 2, 501)) == (
        Result.INSUFFICIENT_COLLATERAL
    )
    assert venue.engine.venue().liabilities == before.liabilities
    assert code(venue, MessageKind.GOVERNANCE, pay_out(pool, 2, 500)) == Result.OK
    after = venue.engine.venue()
    left = {Pool.FEE_POOL: (0, 500), Pool.INSURANCE_FUND: (500, 0)}[pool]
    assert (after.fee_pool, after.insurance_fund) == left
    assert after.liabilities == before.liabilities  # it leaves by Withdraw alone
    views = [venue.engine.account(each) for each in (1, 2)]
    assert [view.collateral for view in views if view] == [1_000, 1_500]


def test_payments_that_are_refused():
    venue = ScriptedVenue(accounts=1, deposit=MONEY_MAX)
    venue.engine._state.venue.fee_pool = 5
    good = pay_out(1, 1, 1)
    for payload in (pay_out(0, 1, 1), pay_out(3, 1, 1), pay_out(1, 1, 0), good[:-1], good + b"\0"):
        assert code(venue, MessageKind.GOVERNANCE, payload) == Result.MALFORMED
    for account in (0, 2):
        payload = pay_out(1, account, 1)
        assert code(venue, MessageKind.GOVERNANCE, payload) == Result.UNKNOWN_ACCOUNT
    assert code(venue, MessageKind.GOVERNANCE, good) == Result.FIELD_OVERFLOW
    assert venue.engine.venue().fee_pool == 5


def test_underlyings_fill_their_tree():
    venue = ScriptedVenue()
    payload = encode_list_underlying(symbol=b"BTC".ljust(16, b"\0"))
    codes = [code(venue, MessageKind.GOVERNANCE, payload) for _ in range(255)]
    assert codes == [Result.OK] * 254 + [Result.CAPACITY]
    assert venue.engine.underlyings()[254].symbol == "BTC"


@pytest.mark.parametrize(
    ("quorum", "reporters", "result"),
    [
        (1, [1], Result.OK),
        (12, list(range(1, 13)), Result.OK),
        (0, [1], Result.MALFORMED),
        (2, [1], Result.MALFORMED),
        (0, [], Result.MALFORMED),
        (1, list(range(1, 14)), Result.MALFORMED),
        (1, [0, 1], Result.MALFORMED),
        (1, [2, 1], Result.MALFORMED),
        (1, [1, 1], Result.MALFORMED),
    ],
)
def test_setting_reporters(quorum, reporters, result):
    venue = ScriptedVenue()
    epoch = venue.engine.reporter_epoch
    addresses = [number.to_bytes(20, "big") for number in reporters]
    payload = encode_set_reporters(quorum=quorum, reporters=addresses)
    outcome = venue.message(MessageKind.GOVERNANCE, payload)
    assert outcome.results == bytes((result,))
    assert venue.engine.reporter_epoch == epoch + (result == Result.OK)
    if result == Result.OK:
        assert outcome.outcomes[0].events == [Governed(GovernanceAction.SET_REPORTERS, 0)]
    assert code(venue, MessageKind.GOVERNANCE, payload + b"\0") == Result.MALFORMED


class Reporters:
    """Three reporters with a quorum of two, of a second underlying without a price; keys in the
    order of their addresses."""

    def __init__(self) -> None:
        self.venue = ScriptedVenue()
        self.venue.list_underlying()
        self.seeds = sorted(range(700, 703), key=address_of)
        addresses = [address_of(seed) for seed in self.seeds]
        self.venue.govern(encode_set_reporters(quorum=2, reporters=addresses))

    def report(
        self,
        prices: dict[int, int],
        time: int,
        underlying: int = 2,
        epoch: int | None = None,
        signers: dict[int, int] | None = None,
    ) -> int:
        epoch = self.venue.engine.reporter_epoch if epoch is None else epoch
        entries = []
        for place, price in prices.items():
            report = Report(place, price, b"")
            op = IndexPrice(underlying, time, [report])
            digest = signing_digest.digest(DOMAIN, op.report_hash(report, epoch))
            who = (signers or {}).get(place, place)
            signature = compact(key_of(self.seeds[who % 3]), digest)
            entries.append(encode_report(reporter=place, price_nano_usd=price, signature=signature))
        signed = encode_index_price(underlying=underlying, publish_time_ms=time, reports=entries)
        return self.venue.segment(signed)[0].code


def test_price_is_the_lower_median_of_a_quorum():
    reporters = Reporters()
    venue = reporters.venue
    venue.now += 10
    assert reporters.report({0: 900, 1: 100, 2: 500}, venue.now) == Result.OK
    assert venue.last.outcomes[0].events == [Priced(2, 500, venue.now)]
    venue.now += PUBLISH_SPACING_MS - 1
    assert reporters.report({0: 900, 2: 502}, venue.now) == Result.STALE_REPORT
    venue.now += 1
    assert reporters.report({0: 900, 2: 502}, venue.now) == Result.OK
    assert venue.last.compute_weight == COMPUTE_OP + 2 * COMPUTE_SIGNATURE + COMPUTE_PRICE
    view = venue.engine.underlying(2)
    assert view is not None
    assert (view.index_price, view.raw_price, view.publish_time_ms) == (502, 502, venue.now)


def test_index_follows_the_median_as_far_as_its_bucket_lets_it():
    reporters = Reporters()
    venue, index = reporters.venue, 10**12
    assert reporters.report({0: index, 1: index}, venue.now) == Result.OK
    venue.now += PUBLISH_SPACING_MS
    absurd = INDEX_PRICE_MAX
    assert reporters.report({0: absurd, 1: absurd}, venue.now) == Result.OK
    view = venue.engine.underlying(2)
    assert view is not None
    assert (view.index_price, view.raw_price) == (index * 103 // 100, absurd)
    assert view.gap_ppm == 10**6
    venue.now += PUBLISH_SPACING_MS  # which refills 1,000 ppm
    assert reporters.report({0: index, 1: index}, venue.now) == Result.OK
    view = venue.engine.underlying(2)
    assert view is not None
    assert view.index_price == 1_030_000_000_000 - 1_030_000_000
    assert view.gap_ppm == -(-(view.index_price - index) * 10**6 // view.index_price)


def test_prices_that_must_not_count():
    """Attack 19."""
    reporters = Reporters()
    venue = reporters.venue
    venue.now += INDEX_STALE_MS + 10
    now = venue.now
    good = {0: 5, 1: 6}
    assert reporters.report({1: 5}, now) == Result.BELOW_QUORUM
    assert reporters.report({1: 5, 0: 6}, now) == Result.BAD_REPORTER
    assert reporters.report({0: 5, 3: 6}, now) == Result.BAD_REPORTER
    assert reporters.report(good, now + 1) == Result.STALE_REPORT
    assert reporters.report(good, now - INDEX_STALE_MS - 1) == Result.STALE_REPORT
    assert reporters.report(good, now, underlying=3) == Result.UNKNOWN_UNDERLYING
    assert reporters.report(good, now, underlying=0) == Result.UNKNOWN_UNDERLYING
    assert reporters.report(good, now, epoch=1) == Result.BAD_SIGNATURE
    assert reporters.report(good, now, signers={1: 0}) == Result.BAD_SIGNATURE
    assert reporters.report(good, now, signers={1: 2}) == Result.BAD_SIGNATURE
    assert reporters.report(good, now - INDEX_STALE_MS) == Result.OK
    assert reporters.report(good, now) == Result.OK


def test_same_reporter_twice_is_no_quorum():
    """Attack 19: indices must rise."""
    reporters = Reporters()
    venue = reporters.venue
    venue.now += 5
    report = Report(0, 5, b"")
    op = IndexPrice(2, venue.now, [report])
    epoch = venue.engine.reporter_epoch
    proof = compact(
        key_of(reporters.seeds[0]),
        signing_digest.digest(DOMAIN, op.report_hash(report, epoch)),
    )
    signed = encode_report(reporter=0, price_nano_usd=5, signature=proof)
    data = encode_index_price(underlying=2, publish_time_ms=venue.now, reports=[signed] * 2)
    outcome = venue.segment(data)[0]
    assert outcome.code == Result.BAD_REPORTER


def test_signatures_weigh_up_to_the_first_bad_one():
    reporters = Reporters()
    venue = reporters.venue
    reporters.report({0: 5, 1: 6, 2: 7}, venue.now, signers={1: 0})
    assert venue.last.compute_weight == COMPUTE_OP + 2 * COMPUTE_SIGNATURE


def test_inbox_judges_staleness_by_the_message_and_expiry_by_the_clock():
    venue = ScriptedVenue(accounts=1)
    venue.buy(1, 299_000, 1)
    venue.now += INDEX_STALE_MS + 1
    late = venue.now
    most = 10**6 * USD - 3 * USD  # an order of 30 USD needs 3, or more by a stale price
    assert venue.withdraw(1, most) == Result.INSUFFICIENT_COLLATERAL
    nonce = venue.nonces[1]
    payload = encode_withdraw(account=1, nonce=nonce, expiry_ms=late + 1, amount_micro_usd=most)
    venue.now = late - 1  # the message's time: the price was fresh then
    result = venue.message(MessageKind.USER_OP, payload, address_of(1))
    assert result.results == bytes((Result.OK,))
    assert result.clock_ms == late
    payload = encode_withdraw(account=1, nonce=nonce + 1, expiry_ms=late, amount_micro_usd=1)
    result = venue.message(MessageKind.USER_OP, payload, address_of(1))
    assert result.results == bytes((Result.EXPIRED,))
