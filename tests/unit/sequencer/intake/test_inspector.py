"""Ops are judged by the state before the engine sees them (attacks 42 and 44)."""

from __future__ import annotations

from dataclasses import dataclass, field

from strikeproof.client.operation import (
    SCOPE_TRADE,
    Bundle,
    CancelAll,
    Place,
    SetSession,
    Withdraw,
    encode_op,
)
from strikeproof.sequencer.core.op_preparation import recover_signers
from strikeproof.sequencer.intake.account_rates import AccountLimits, AccountRates
from strikeproof.sequencer.intake.admission import Admission, AdmissionLimits
from strikeproof.sequencer.intake.inspector import InspectionTerms, Inspector
from strikeproof.sequencer.intake.op_source import Source, Standing
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.intake.token_bucket import Rate
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import encode_governance
from tests.attestation_ops import attest, set_attesters
from tests.integration.sequencer.venue import SEPARATOR, Trader, funding, index_price, wallet
from tests.unit.sequencer.ordering_venue import START_MS, OrderingVenue


class Listener:
    def settle(self, submission: Submission) -> None:
        pass


@dataclass
class Desk:
    """An inspector of a venue whose account 3 has no funds, without worker processes."""

    cancels: Rate = field(default_factory=lambda: Rate(1.0, 3))
    now: float = 0.0

    def __post_init__(self) -> None:
        self.venue = OrderingVenue()
        self.venue.inbox += funding(3, wallet("trader 3").address, 0, START_MS)[:1]
        self.venue.orderer.consume(self.venue.now_ms)
        admission = Admission(AdmissionLimits(100, 100, 100, Rate(100, 100)), self._clock)
        limits = AccountLimits(Rate(1.0, 2), self.cancels, Rate(1.0, 2))
        self.verified: list[Submission] = []
        self.inspector = Inspector(
            self.venue.engine,
            admission,
            InspectionTerms(
                AccountRates(limits, self._clock), 1_000_000, lambda: self.venue.now_ms
            ),
            SequencerMetrics(),
            self.verified.append,
        )
        self.source = Source("a")

    def _clock(self) -> float:
        return self.now

    def inspect(self, data: bytes) -> Submission:
        """Take an op through both looks."""
        submission = Submission(Listener(), 0, data, self.source)
        if self.inspector.screen([submission]):
            engine = self.venue.engine
            signers = recover_signers(data, SEPARATOR, engine.reporter_epoch)
            assert submission.prepared is not None
            submission.prepared.signers = signers
            submission.prepared.reporter_epoch = engine.reporter_epoch
            self.inspector.recovered([submission])
        return submission

    def code(self, data: bytes) -> Result:
        """Return the law's code of an op that is refused."""
        submission = self.inspect(data)
        assert submission.error == ApiError.OP_REJECTED
        assert submission.outcome is not None
        return Result(submission.outcome.code)


def test_what_an_account_signed_is_verified_and_proves_its_source() -> None:
    desk = Desk()
    submission = desk.inspect(desk.venue.traders[0].bundle(CancelAll(0)))
    assert desk.verified == [submission]
    assert desk.source.standing is Standing.PROVEN


def test_forged_unknown_and_repeated_ops_are_refused_and_make_their_source_suspect() -> None:
    """attack 42"""
    desk = Desk()
    trader = desk.venue.traders[0]
    expiry_ms = desk.venue.now_ms + 10**9
    op = Bundle(1, 0, 5, expiry_ms, 0, (CancelAll(0),))
    assert desk.code(encode_op(op, bytes(64))) == Result.BAD_SIGNATURE
    assert desk.code(Trader(1, wallet("thief")).sign(op)) == Result.BAD_SIGNATURE
    assert desk.code(Trader(77, wallet("x")).bundle(CancelAll(0))) == Result.UNKNOWN_ACCOUNT
    desk.venue.order(trader.sign(op))
    assert desk.code(trader.sign(op)) == Result.NONCE_USED
    assert desk.code(b"\x01\x00\x02ab") == Result.MALFORMED
    assert desk.verified == []
    assert desk.source.standing is Standing.SUSPECT


def test_an_account_without_funds_is_refused_until_it_has_some() -> None:
    """attack 44: unfunded bundles."""
    desk = Desk()
    poor = Trader(3, wallet("trader 3"))
    for action in (CancelAll(0), Place(1, False, 900, 10)):
        assert desk.inspect(poor.bundle(action)).error == ApiError.ACCOUNT_UNFUNDED
    withdraw = Withdraw(3, 0, desk.venue.now_ms + 10**9, 1)
    assert desk.inspect(poor.sign(withdraw)).error == ApiError.ACCOUNT_UNFUNDED
    desk.venue.inbox += funding(3, poor.wallet.address, 1_000_000, START_MS)[1:]
    desk.venue.orderer.seal()
    desk.venue.orderer.consume(desk.venue.now_ms)
    assert not desk.inspect(poor.bundle(CancelAll(0))).error


def test_an_accounts_rate_holds_whatever_connection_it_comes_from() -> None:
    """attack 42: limits of accounts, cancels apart."""
    desk = Desk()
    trader = desk.venue.traders[0]
    errors = []
    for _ in range(4):
        desk.source = Source("another host")
        errors.append(desk.inspect(trader.bundle(Place(1, False, 900, 10))).error)
    assert errors == [0, 0, ApiError.RATE_LIMITED, ApiError.RATE_LIMITED]
    assert [desk.inspect(trader.bundle(CancelAll(0))).error for _ in range(3)] == [0, 0, 0]
    late = desk.inspect(trader.bundle(CancelAll(0)))
    assert late.error == ApiError.RATE_LIMITED
    assert late.retry_after_ms == 1_000
    desk.now += 1.0
    assert not desk.inspect(trader.bundle(CancelAll(0))).error


def test_prices_of_a_reporter_are_limited_and_unsigned_ones_cost_it_nothing() -> None:
    """attack 44"""
    desk = Desk()
    now_ms = desk.venue.now_ms
    for _ in range(5):
        assert desk.code(index_price(time_ms=now_ms)[:-64] + bytes(64)) == Result.BAD_SIGNATURE
    errors = [desk.inspect(index_price(time_ms=now_ms - each)).error for each in (9, 8, 7)]
    assert errors == [0, 0, ApiError.RATE_LIMITED]


def test_a_session_may_act_right_behind_the_op_that_sets_it() -> None:
    desk = Desk()
    owner, key = desk.venue.traders[0], wallet("session")
    expiry_ms = desk.venue.now_ms + 10**9
    bundle = Bundle(1, 2, 0, expiry_ms, 1_000, (CancelAll(0),))
    acting = Trader(1, key)
    assert desk.code(acting.sign(bundle)) == Result.UNKNOWN_SESSION
    grant = desk.inspect(
        owner.sign(SetSession(1, 0, expiry_ms, 2, key.address, SCOPE_TRADE, expiry_ms))
    )
    behind = desk.inspect(acting.sign(bundle))
    assert desk.verified == [grant, behind]
    assert desk.code(Trader(1, wallet("thief")).sign(bundle)) == Result.UNKNOWN_SESSION
    grant.refuse(ApiError.QUEUE_FULL)
    assert desk.code(acting.sign(bundle)) == Result.UNKNOWN_SESSION


def test_nonces_far_ahead_pass_because_ops_before_them_are_under_way() -> None:
    desk = Desk()
    trader = desk.venue.traders[0]
    trader.nonce = 1_000
    assert not desk.inspect(trader.bundle(CancelAll(0))).error
    far = Bundle(1, 0, 2_000, desk.venue.now_ms + 10**9, 0, (CancelAll(0),))
    assert desk.code(encode_op(far, bytes(64))) == Result.BAD_SIGNATURE


def test_attestations_of_no_quorum_are_refused_and_those_of_one_have_a_rate() -> None:
    desk = Desk()
    venue = desk.venue
    venue.inbox.append(encode_governance(time_ms=START_MS, payload=set_attesters()))
    venue.now_ms += 1_000
    venue.orderer.seal()
    venue.orderer.consume(venue.now_ms)
    now_ms = venue.now_ms
    forged = attest(SEPARATOR, 1, 2, now_ms, by=[wallet("x"), wallet("y")])
    assert desk.code(forged) == Result.BAD_SIGNATURE
    assert desk.code(attest(SEPARATOR, 1, 2, now_ms, 1)) == Result.BELOW_QUORUM
    assert desk.code(attest(SEPARATOR, 99, 2, now_ms)) == Result.UNKNOWN_ACCOUNT
    assert desk.code(attest(SEPARATOR, 1, 2, now_ms + 1)) == Result.STALE_ATTESTATION
    assert desk.verified == []
    for account in (1, 3):  # an account without funds too
        assert not desk.inspect(attest(SEPARATOR, account, 2, now_ms)).error
    assert len(desk.verified) == 2
    assert desk.inspect(attest(SEPARATOR, 2, 2, now_ms)).error == ApiError.RATE_LIMITED
