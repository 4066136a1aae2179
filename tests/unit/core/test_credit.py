"""Credit: who grants it, what it opens, what it never does, who bears the loss
(docs/protocol/credit.md; attack 54)."""

from __future__ import annotations

import pytest

from strikeproof.client.wallet import Wallet
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import (
    BadDebt,
    CoverPaid,
    CreditReleased,
    CreditSet,
    TakenOver,
)
from strikeproof.sequencer.core.family import ordered_input
from strikeproof.sequencer.core.op_preparation import prepare, read_op
from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.sequencer.core.state_view import AccountView
from strikeproof.wire.constants import (
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    MINUTE_MS,
    MONEY_MAX,
    MessageKind,
    OpType,
    OrderFlag,
    SegmentFamily,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import action_flags, encode_cancel_all, encode_liquidate, frame_op
from tests.attestation_ops import attest, attesters, set_attesters
from tests.credit_ops import DAY_MINUTES, DAY_MS, release_credit, revoke_credit, say_credit
from tests.property.core import invariants
from tests.unit.core.scripted_venue import DOMAIN, USD, ScriptedVenue, key_of, segment_of

BORROWER, GUARANTOR, OTHER = 1, 2, 3
LIMIT = 1_000 * USD
IOC = action_flags(time_in_force=TimeInForce.IOC)
ASK = 300_000  # ticks: a lot is worth 30 USD, and opens with 3
TERMS = {"liquidation_fee_ppm": 10_000, "house_margin_ppm": 25_000}


def wallet_of(seed: int) -> Wallet:
    return Wallet(key_of(seed).secret)


class Venue(ScriptedVenue):
    """Three accounts; the first has next to nothing, and what the others have is enough."""

    def __init__(self, own: int = 10 * USD) -> None:
        super().__init__(accounts=0, maker_fee=0, taker_fee=0, **TERMS)
        for amount in (own, 10_000 * USD, 10**6 * USD):
            self.deposit(self.register(), amount)
        self.govern(set_attesters())

    def credit(
        self, limit: int = LIMIT, guarantor: int = GUARANTOR, ago: int = 0, **terms: int
    ) -> Result:
        """Order an AttestCredit of this moment, with the guarantor's consent."""
        said_ms = self.now - ago
        consents = [wallet_of(guarantor)] if limit else []
        op = say_credit(DOMAIN, BORROWER, limit, said_ms, guarantor, *consents, **terms)
        return self.do(op)

    def do(self, op: bytes) -> Result:
        code = Result(self.segment(op)[0].code)
        invariants.check_money(self.engine, list(self.owners), self.deposited)
        return code

    def revoke(self) -> Result:
        self.now += 1
        return self.do(revoke_credit(DOMAIN, BORROWER, self.now))

    def release(self) -> Result:
        return self.do(release_credit(BORROWER))

    def view(self, account: int = BORROWER) -> AccountView:
        return invariants.account_of(self.engine, account)

    def open(self, lots: int) -> Result:
        """The borrower buys from the third account."""
        self.now += 1_000
        assert self.report_price(3_000 * 10**9) == Result.OK
        assert self.act(OTHER, encode_cancel_all(instrument=1)) == Result.OK
        assert self.sell(OTHER, ASK, lots) == Result.OK
        code = self.buy(BORROWER, ASK, lots, IOC)
        invariants.check_money(self.engine, list(self.owners), self.deposited)
        return code

    def fall(self, dollars: int) -> None:
        """The price falls to this."""
        self.now += 10_000
        self.price(dollars * 10**9)


def test_credit_is_the_guarantors_money_and_moves_when_it_is_granted():
    venue = Venue()
    before = venue.view(GUARANTOR).collateral
    assert venue.credit() == Result.OK
    view = venue.view()
    assert view.collateral == 10 * USD
    assert (view.credit, view.credit_limit, view.guarantor) == (LIMIT, LIMIT, GUARANTOR)
    assert (view.credited_ms, view.credit_expiry_ms) == (venue.now, venue.now + 2 * DAY_MS)
    assert venue.view(GUARANTOR).collateral == before - LIMIT
    assert venue.engine.venue().credit == LIMIT
    told = CreditSet(BORROWER, LIMIT, GUARANTOR, venue.now + 2 * DAY_MS)
    assert venue.last.outcomes[0].events == [told]
    again = Engine.restore(venue.engine.snapshot())
    assert again.account(BORROWER) == view
    assert again.venue() == venue.engine.venue()


def test_credit_opens_what_own_money_does_not():
    venue = Venue(own=300 * USD)
    assert venue.open(101) == Result.MARGIN_INSUFFICIENT  # 303 USD are asked
    assert venue.credit(limit=3 * USD) == Result.OK
    assert venue.open(102) == Result.MARGIN_INSUFFICIENT
    assert venue.open(101) == Result.OK
    assert venue.view().initial_margin == 300 * USD


def test_the_requirement_falls_to_nothing_and_no_further():
    """Equity below zero opens nothing, whatever the credit."""
    venue = Venue(own=30 * USD)
    assert venue.credit() == Result.OK
    assert venue.open(100) == Result.OK
    assert venue.view().initial_margin == 0
    venue.fall(2_985)  # a loss of 15 USD
    assert venue.buy(BORROWER, 1, 1, OrderFlag.POST_ONLY) == Result.OK
    venue.fall(2_960)
    assert venue.view().equity < 0
    assert venue.buy(BORROWER, 290_000, 1, OrderFlag.POST_ONLY) == Result.MARGIN_INSUFFICIENT


def test_in_its_last_day_credit_falls_in_a_straight_line_rounded_down():
    venue = Venue()
    assert venue.credit(limit=1_001, minutes=2 * DAY_MINUTES) == Result.OK
    said_ms = venue.now
    for left_ms, credit in (
        (DAY_MS + 1, 1_001),
        (DAY_MS, 1_001),
        (DAY_MS - 1, 1_000),
        (DAY_MS // 2, 500),
        (1, 0),
        (0, 0),
        (-DAY_MS, 0),
    ):
        venue.now = said_ms + 2 * DAY_MS - left_ms
        venue.segment()
        assert venue.view().credit == credit
    assert venue.view().credit_limit == 1_001  # the money stays until it is released


def test_a_withdrawal_asks_for_the_requirement_without_credit():
    venue = Venue(own=310 * USD)
    assert venue.credit() == Result.OK
    assert venue.open(100) == Result.OK
    assert venue.withdraw(BORROWER, 10 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(BORROWER, 10 * USD) == Result.OK


def test_credit_is_not_collateral_to_its_account():
    venue = Venue(own=10 * USD)
    assert venue.credit() == Result.OK
    assert venue.withdraw(BORROWER, 10 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(BORROWER, 10 * USD) == Result.OK


def test_a_position_that_credit_opened_is_liquidated_where_any_other_is():
    venue = Venue(own=160 * USD)
    assert venue.credit() == Result.OK
    assert venue.open(100) == Result.OK
    assert venue.do(encode_liquidate(account=1, instrument=1)) == Result.NOT_LIQUIDATABLE
    venue.fall(2_980)
    equity, asked = venue.view().equity, venue.view().maintenance_margin
    assert 0 < equity < asked == 149 * USD
    venue.do(encode_liquidate(account=1, instrument=1))
    assert venue.last.outcomes[0].is_ordered
    assert venue.engine.venue().credit_losses == 0  # it owes nothing


def bankrupt(limit: int) -> tuple[Venue, int]:
    """Return a venue where the borrower owes the other value, micro-USD, once all is sold."""
    venue = Venue(own=160 * USD)
    if limit:
        assert venue.credit(limit) == Result.OK
    else:
        venue.deposit(BORROWER, 140 * USD)
    assert venue.open(100) == Result.OK
    venue.fall(2_600)
    assert venue.view().equity < 0
    return venue, -venue.view().equity


def test_what_an_account_owes_is_first_its_guarantors():
    venue, owed = bankrupt(LIMIT)
    venue.do(encode_liquidate(account=1, instrument=1))
    record = venue.engine.venue()
    assert (record.credit, record.credit_losses, record.bad_debt) == (LIMIT - owed, owed, 0)
    (taken,) = (each for each in venue.last.outcomes[0].events if isinstance(each, TakenOver))
    assert taken.paid == 100 * 26 * USD  # the house pays the mark
    assert (venue.view().collateral, venue.view().credit_limit) == (0, LIMIT - owed)
    events = venue.last.outcomes[0].events
    assert CoverPaid(BORROWER, GUARANTOR, owed) in events
    assert not any(isinstance(each, BadDebt) for each in events)


def test_what_is_beyond_the_limit_is_the_houses():
    venue, owed = bankrupt(150 * USD)
    venue.do(encode_liquidate(account=1, instrument=1))
    record = venue.engine.venue()
    assert owed > 150 * USD
    assert (record.credit, record.credit_losses) == (0, 150 * USD)
    (taken,) = (each for each in venue.last.outcomes[0].events if isinstance(each, TakenOver))
    assert taken.paid - 100 * 26 * USD == owed - 150 * USD  # what the house pays too much
    assert venue.view().collateral == 0
    assert venue.release() == Result.NO_CREDIT


def test_a_guarantor_pays_though_the_credit_has_ended():
    """Its money stands until the account holds maintenance by itself."""
    venue, owed = bankrupt(LIMIT)
    assert venue.revoke() == Result.OK
    assert venue.view().credit == 0
    assert venue.release() == Result.MARGIN_INSUFFICIENT
    venue.do(encode_liquidate(account=1, instrument=1))
    assert venue.engine.venue().credit_losses == owed
    before = venue.view(GUARANTOR).collateral
    assert venue.release() == Result.OK
    assert venue.view(GUARANTOR).collateral == before + LIMIT - owed
    assert venue.engine.venue().credit == 0


def test_money_goes_back_once_the_credit_has_ended():
    venue = Venue()
    before = venue.view(GUARANTOR).collateral
    assert venue.release() == Result.NO_CREDIT
    assert venue.credit(minutes=1) == Result.OK
    venue.now += MINUTE_MS - 1
    assert venue.release() == Result.CREDIT_STANDS
    venue.now += 1
    assert venue.release() == Result.OK
    told = CreditReleased(BORROWER, GUARANTOR, LIMIT)
    assert venue.last.outcomes[0].events == [told]
    assert venue.view(GUARANTOR).collateral == before
    assert venue.release() == Result.NO_CREDIT


def test_release_asks_for_maintenance_to_the_last_micro_usd():
    venue = Venue(own=150 * USD)
    assert venue.credit() == Result.OK
    assert venue.open(100) == Result.OK
    assert venue.revoke() == Result.OK
    venue.price(2_999_990_000_000)
    assert venue.view().equity < venue.view().maintenance_margin
    assert venue.release() == Result.MARGIN_INSUFFICIENT
    venue.deposit(BORROWER, venue.view().maintenance_margin - venue.view().equity - 1)
    assert venue.release() == Result.MARGIN_INSUFFICIENT
    venue.deposit(BORROWER, 1)
    assert venue.release() == Result.OK


def test_revoked_credit_opens_nothing_more_and_closes_nothing():
    venue = Venue(own=160 * USD)
    assert venue.credit() == Result.OK
    assert venue.open(80) == Result.OK
    assert venue.revoke() == Result.OK
    assert venue.sizes() == {1: 80, 3: -80}
    assert venue.open(1) == Result.MARGIN_INSUFFICIENT
    assert venue.act(OTHER, encode_cancel_all(instrument=1)) == Result.OK
    assert venue.buy(OTHER, ASK, 80) == Result.OK
    assert venue.sell(BORROWER, ASK, 80, IOC) == Result.OK  # it shrinks the position
    assert venue.view().credit_limit == LIMIT


def test_credit_is_renewed_and_raised_and_never_lowered_before_it_is_released():
    venue = Venue()
    assert venue.credit() == Result.OK
    venue.now += 1
    assert venue.credit(LIMIT - 1) == Result.CREDIT_STANDS
    assert venue.credit(LIMIT, guarantor=OTHER) == Result.CREDIT_STANDS
    assert venue.credit(LIMIT) == Result.OK
    before = venue.view(GUARANTOR).collateral
    venue.now += 1
    assert venue.credit(LIMIT + 5) == Result.OK
    assert venue.view(GUARANTOR).collateral == before - 5
    assert venue.revoke() == Result.OK
    venue.now += 1
    assert venue.credit(LIMIT - 1) == Result.CREDIT_STANDS  # its money still stands
    assert venue.release() == Result.OK
    assert venue.credit(LIMIT - 1, guarantor=OTHER) == Result.OK
    assert venue.view().guarantor == OTHER


def test_a_guarantor_grants_what_its_own_margin_leaves_and_no_credit_of_its_own():
    venue = Venue()
    assert venue.credit(10_000 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.view(GUARANTOR).collateral == 10_000 * USD
    op = say_credit(DOMAIN, GUARANTOR, LIMIT, venue.now, OTHER, wallet_of(OTHER))
    assert venue.do(op) == Result.OK
    assert venue.credit(10_000 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.open(0 + 3) == Result.OK
    assert venue.credit(10_000 * USD) == Result.OK


def test_nothing_counts_without_the_guarantors_consent():
    venue, now = Venue(), 0
    now = venue.now
    stranger, owner = Wallet.generate(), wallet_of(GUARANTOR)

    def said(*consents: Wallet) -> Result:
        return venue.do(say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, *consents))

    assert said() == Result.MALFORMED
    assert said(stranger) == Result.BAD_SIGNATURE
    assert said(owner, owner) == Result.BAD_SIGNATURE  # no guard key is in force
    assert said(owner, owner, owner) == Result.MALFORMED
    assert venue.view().credit_limit == 0
    record = venue.engine._state.accounts[GUARANTOR]
    guard = Wallet.generate()
    record.guard_key = guard.address
    assert said(owner) == Result.GUARD_NEEDED
    assert said(owner, stranger) == Result.BAD_SIGNATURE
    assert said(guard, owner) == Result.BAD_SIGNATURE
    assert said(owner, guard) == Result.OK


@pytest.mark.parametrize(
    ("places", "code"),
    [((1,), Result.BELOW_QUORUM), ((1, 0), Result.BAD_ATTESTER), ((1, 3), Result.BAD_ATTESTER)],
)
def test_only_a_quorum_of_attesters_says_credit(places: tuple[int, ...], code: Result):
    venue = Venue()
    op = say_credit(
        DOMAIN, BORROWER, LIMIT, venue.now, GUARANTOR, wallet_of(GUARANTOR), places=places
    )
    assert venue.do(op) == code
    strangers = [attesters()[0], Wallet.generate()]
    op = say_credit(
        DOMAIN, BORROWER, LIMIT, venue.now, GUARANTOR, wallet_of(GUARANTOR), by=strangers
    )
    assert venue.do(op) == Result.BAD_SIGNATURE


def test_only_what_is_said_later_counts_and_nothing_that_is_over():
    venue = Venue()
    kept = say_credit(DOMAIN, BORROWER, LIMIT, venue.now, GUARANTOR, wallet_of(GUARANTOR))
    assert venue.credit(ago=-1) == Result.STALE_ATTESTATION
    assert venue.credit(ago=DAY_MS, minutes=DAY_MINUTES) == Result.STALE_ATTESTATION
    assert venue.do(kept) == Result.OK
    assert venue.do(kept) == Result.STALE_ATTESTATION
    assert venue.revoke() == Result.OK
    assert venue.release() == Result.OK
    assert venue.do(kept) == Result.STALE_ATTESTATION
    tier = attest(DOMAIN, BORROWER, 2, venue.now - DAY_MS)
    assert venue.do(tier) == Result.OK  # a tier has a time of its own


def test_fields_that_contradict_one_another_are_malformed():
    venue, owner = Venue(), wallet_of(GUARANTOR)
    now = venue.now
    good = say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, owner)
    for op in (
        say_credit(DOMAIN, BORROWER, 0, now, GUARANTOR, minutes=0),
        say_credit(DOMAIN, BORROWER, 0, now, 0, minutes=1),
        say_credit(DOMAIN, BORROWER, 0, now, 0, owner, minutes=0),
        say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, owner, minutes=0),
        say_credit(DOMAIN, BORROWER, LIMIT, now, BORROWER, wallet_of(BORROWER)),
        frame_op(type=good[0], body=good[3:-1]),
        frame_op(type=good[0], body=good[3:] + b"\0"),
        frame_op(type=good[0], body=good[3:27]),
        frame_op(type=good[0], body=b""),
        frame_op(type=OpType.RELEASE_CREDIT, body=b"\0\0\1"),
        frame_op(type=OpType.RELEASE_CREDIT, body=b"\0\0\0\1\0"),
    ):
        assert venue.do(op) == Result.MALFORMED
    for account, guarantor in ((0, 2), (9, 2), (1, 9), (1, 0)):
        op = say_credit(DOMAIN, account, LIMIT, now, guarantor, owner)
        assert venue.do(op) == Result.UNKNOWN_ACCOUNT
    assert venue.do(release_credit(9)) == venue.do(release_credit(0)) == Result.UNKNOWN_ACCOUNT


def test_money_that_finds_no_room_stays():
    venue = Venue()
    assert venue.credit(minutes=1) == Result.OK
    venue.now += MINUTE_MS
    venue.segment()
    record = venue.engine._state.accounts[GUARANTOR]
    record.collateral = MONEY_MAX - LIMIT + 1
    release = release_credit(BORROWER)
    assert venue.engine.refusal(prepare(release, DOMAIN), venue.now) == Result.FIELD_OVERFLOW
    assert venue.segment(release)[0].code == Result.FIELD_OVERFLOW
    record.collateral -= 1
    assert venue.segment(release)[0].code == Result.OK


def test_it_weighs_its_signatures_and_the_guarantors_margin_test():
    venue = Venue()
    assert venue.credit() == Result.OK
    test = 2 * COMPUTE_MARGIN
    assert venue.last.compute_weight == COMPUTE_OP + 3 * COMPUTE_SIGNATURE + test
    assert list(venue.last.touched) == [0, 1 << 56 | 1, 1 << 56 | 2]
    assert venue.revoke() == Result.OK
    assert venue.last.compute_weight == COMPUTE_OP + 2 * COMPUTE_SIGNATURE
    assert list(venue.last.touched) == [0, 1 << 56 | 1]
    assert venue.release() == Result.OK
    assert venue.last.compute_weight == COMPUTE_OP + test
    assert list(venue.last.touched) == [0, 1 << 56 | 1, 1 << 56 | 2]


def test_a_node_refuses_before_it_orders_what_the_law_would():
    venue, owner = Venue(), wallet_of(GUARANTOR)
    engine, now = venue.engine, venue.now
    good = say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, owner)
    refused = {
        say_credit(DOMAIN, 9, LIMIT, now, GUARANTOR, owner): Result.UNKNOWN_ACCOUNT,
        say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, owner, places=(1,)): (
            Result.BELOW_QUORUM
        ),
        say_credit(DOMAIN, BORROWER, LIMIT, now + 1, GUARANTOR, owner): Result.STALE_ATTESTATION,
        say_credit(DOMAIN, BORROWER, LIMIT, now, GUARANTOR, Wallet.generate()): (
            Result.BAD_SIGNATURE
        ),
        release_credit(BORROWER): Result.NO_CREDIT,
        release_credit(9): Result.UNKNOWN_ACCOUNT,
    }
    for op, code in refused.items():
        assert engine.refusal(prepare(op, DOMAIN), now) == code
        assert venue.segment(op)[0].code == code
    assert engine.refusal(read_op(good), now) == Result.OK
    assert engine.refusal(prepare(good, DOMAIN), now) == Result.OK
    venue.segment(good)
    assert engine.refusal(prepare(release_credit(BORROWER), DOMAIN), now) == Result.CREDIT_STANDS
    ended = now + 2 * DAY_MS
    assert engine.refusal(prepare(release_credit(BORROWER), DOMAIN), ended) == Result.OK


def test_through_l1_anybody_sends_it_and_now_is_the_messages_time():
    venue, owner = Venue(), wallet_of(GUARANTOR)
    op = say_credit(DOMAIN, BORROWER, LIMIT, venue.now, GUARANTOR, owner)
    venue.now -= 1
    assert venue.message(MessageKind.USER_OP, op).results == bytes([Result.STALE_ATTESTATION])
    venue.now += 1
    assert venue.message(MessageKind.USER_OP, op).results == b"\0"
    assert venue.message(MessageKind.USER_OP, release_credit(BORROWER)).results == bytes(
        [Result.CREDIT_STANDS]
    )
    assert venue.view().credit_limit == LIMIT


def test_what_a_void_segment_granted_is_taken_back():
    venue = Venue()
    before = venue.view(), venue.view(GUARANTOR), venue.engine.venue().credit
    op = say_credit(DOMAIN, BORROWER, LIMIT, venue.now, GUARANTOR, wallet_of(GUARANTOR))
    family = SegmentFamily.ACCOUNT
    void = segment_of(venue.now, op, family=family, declared=Weights(COMPUTE_OP, 2**20))
    assert venue.engine.execute_segment(ordered_input(void, venue.now)).is_void
    assert (venue.view(), venue.view(GUARANTOR), venue.engine.venue().credit) == before
