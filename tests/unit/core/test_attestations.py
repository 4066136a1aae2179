"""Attest: who says a tier, what counts of it, what it admits (docs/protocol/attestations.md).

Attack 54: a tier withdrawn from someone with a position.
"""

from __future__ import annotations

import pytest

from strikeproof.client.wallet import Wallet
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import RemovalReason, Removed, TierSet
from strikeproof.sequencer.core.op_preparation import prepare, read_op
from strikeproof.wire.constants import (
    ATTESTED_MS_MAX,
    ATTESTERS_MAX,
    COMPUTE_OP,
    COMPUTE_SIGNATURE,
    MessageKind,
    OrderFlag,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST
from strikeproof.wire.operations import encode_set_reporters, frame_op
from tests.attestation_ops import DAY_MS, attest, attesters, set_attesters
from tests.unit.core.scripted_venue import DOMAIN, ScriptedVenue, address_of

ASK = 301_000
REDUCE = OrderFlag.REDUCE_ONLY


def attested_venue(accounts: int = 2, tier: int = 0) -> ScriptedVenue:
    venue = ScriptedVenue(accounts=accounts, tier=tier)
    venue.govern(set_attesters())
    return venue


def said(venue: ScriptedVenue, account: int, tier: int, *places: int, **terms: int) -> Result:
    """Order an attestation of the present millisecond, or `ago` before it; return its code."""
    time_ms = venue.now - terms.pop("ago", 0)
    return Result(venue.segment(attest(DOMAIN, account, tier, time_ms, *places, **terms))[0].code)


def tier_of(venue: ScriptedVenue, account: int = 1) -> tuple[int, int, int]:
    view = venue.engine.account(account)
    assert view is not None
    return view.tier, view.tier_expiry_ms, view.attested_ms


def test_a_quorum_gives_a_tier_for_a_while():
    venue = attested_venue()
    assert said(venue, 1, 2, term_ms=5_000) == Result.OK
    assert tier_of(venue) == (2, venue.now + 5_000, venue.now)
    assert venue.last.outcomes[0].events == [TierSet(1, 2, venue.now + 5_000)]
    again = Engine.restore(venue.engine.snapshot())
    assert again.account(1) == venue.engine.account(1)
    assert again.venue() == venue.engine.venue()


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ((1,), Result.BELOW_QUORUM),
        ((1, 1), Result.BAD_ATTESTER),
        ((2, 1), Result.BAD_ATTESTER),
        ((1, 3), Result.BAD_ATTESTER),
        ((0, 2), Result.OK),
        ((0, 1, 2), Result.OK),
    ],
)
def test_only_places_of_the_set_count_and_each_once(places: tuple[int, ...], code: Result):
    assert said(attested_venue(), 1, 2, *places) == code


def test_nobody_attests_until_governance_names_somebody():
    venue = ScriptedVenue(accounts=1)
    assert said(venue, 1, 2) == Result.BELOW_QUORUM
    venue.govern(set_attesters(quorum=0))
    assert said(venue, 1, 2) == Result.BELOW_QUORUM
    venue.govern(set_attesters())
    assert said(venue, 1, 2) == Result.OK


def test_a_signature_counts_for_its_place_and_for_what_was_signed():
    venue, (first, second, _) = attested_venue(), attesters()
    swapped = attest(DOMAIN, 1, 2, venue.now, 0, 1, by=[second, first])
    assert venue.segment(swapped)[0].code == Result.BAD_SIGNATURE
    stranger = attest(DOMAIN, 1, 2, venue.now, 0, 1, by=[first, Wallet.generate()])
    assert venue.segment(stranger)[0].code == Result.BAD_SIGNATURE
    elsewhere = attest(bytes(32), 1, 2, venue.now)
    assert venue.segment(elsewhere)[0].code == Result.BAD_SIGNATURE
    good = attest(DOMAIN, 1, 2, venue.now)
    for at in (3 + 3, 3 + 4, 3 + 10, 3 + 16):  # account, tier, expiry, time
        bent = bytearray(good)
        bent[at] ^= 3 if at == 3 + 3 else 1
        assert venue.segment(bytes(bent))[0].code in (
            Result.BAD_SIGNATURE,
            Result.STALE_ATTESTATION,
        )
    assert tier_of(venue) == (0, 0, 0)


def test_nobody_who_is_not_there_gets_a_tier():
    venue = attested_venue()
    for account in (0, 3, 2**32 - 1):
        assert said(venue, account, 2) == Result.UNKNOWN_ACCOUNT


@pytest.mark.parametrize(
    ("tier", "term_ms", "code"),
    [
        (1, 0, Result.MALFORMED),
        (1, 1, Result.OK),
        (255, ATTESTED_MS_MAX, Result.OK),
        (1, ATTESTED_MS_MAX + 1, Result.MALFORMED),
        (0, 0, Result.OK),
    ],
)
def test_a_term_is_bounded(tier: int, term_ms: int, code: Result):
    assert said(attested_venue(), 1, tier, term_ms=term_ms) == code


def test_none_has_no_expiry_and_counts_are_bounded():
    venue = attested_venue()
    none = attest(DOMAIN, 1, 0, venue.now)
    with_expiry = none[:3] + none[3:8] + (venue.now + 1).to_bytes(6, "big") + none[14:]
    nobody = frame_op(type=none[0], body=none[3:20] + b"\0")
    many = frame_op(type=none[0], body=none[3:20] + bytes([8]) + none[-65:] * 8)
    for op in (with_expiry, nobody, many, frame_op(type=none[0], body=none[3:-1])):
        assert venue.segment(op)[0].code == Result.MALFORMED
    assert ATTESTERS_MAX == 7


def test_an_old_attestation_brings_nothing_back():
    """Whoever kept it: a tier that was taken away stays away."""
    venue = attested_venue()
    kept = attest(DOMAIN, 1, 2, venue.now - DAY_MS)
    assert venue.segment(kept)[0].code == Result.OK
    assert venue.segment(kept)[0].code == Result.STALE_ATTESTATION
    assert said(venue, 1, 0) == Result.OK
    assert venue.segment(kept)[0].code == Result.STALE_ATTESTATION
    between = attest(DOMAIN, 1, 2, venue.now - 1)
    assert venue.segment(between)[0].code == Result.STALE_ATTESTATION
    assert said(venue, 1, 2) == Result.STALE_ATTESTATION  # in the same millisecond
    assert tier_of(venue) == (0, 0, venue.now)
    venue.now += 1
    assert said(venue, 1, 2) == Result.OK


def test_nothing_is_said_ahead_of_now():
    """It would keep out every correction until then."""
    venue = attested_venue()
    assert said(venue, 1, 2, ago=-1) == Result.STALE_ATTESTATION
    assert said(venue, 1, 2, ago=0) == Result.OK


def test_through_l1_now_is_the_messages_time_and_anybody_sends_it():
    venue = attested_venue()
    op = attest(DOMAIN, 1, 2, venue.now)
    venue.now -= 1
    ahead = venue.message(MessageKind.USER_OP, op, address_of(77))
    assert ahead.results == bytes([Result.STALE_ATTESTATION])
    venue.now += 1
    assert venue.message(MessageKind.USER_OP, op, address_of(77)).results == b"\0"
    assert tier_of(venue)[0] == 2


def test_who_loses_a_tier_keeps_the_position_and_may_reduce_it():
    venue = attested_venue(tier=2)
    assert venue.sell(2, ASK, 5) == Result.TIER_NEEDED
    for account in (1, 2):
        assert said(venue, account, 2) == Result.OK
    assert venue.sell(2, ASK, 5) == Result.OK
    assert venue.buy(1, ASK, 3) == Result.OK
    venue.now += 1
    assert said(venue, 1, 1) == Result.OK  # lower than the instrument asks
    assert venue.sizes() == {1: 3, 2: -3}
    assert venue.buy(1, ASK, 1) == Result.TIER_NEEDED
    assert venue.sell(1, ASK - 5_000, 4) == Result.TIER_NEEDED  # it would turn the position
    assert venue.buy(2, ASK - 4_000, 3, REDUCE) == Result.OK  # an account with the tier, resting
    assert venue.sell(1, ASK - 4_000, 3, REDUCE) == Result.OK
    assert venue.sizes() == {}


def test_a_lower_tier_ends_the_orders_of_every_instrument():
    venue = attested_venue()
    venue.list_instrument(tier=2)
    assert said(venue, 1, 2) == Result.OK
    assert venue.buy(1, 299_000, 5) == Result.OK
    assert venue.buy(1, 299_000, 5, instrument=2) == Result.OK
    venue.now += 1
    assert said(venue, 1, 3) == Result.OK
    assert len(venue.engine.orders_of(1)) == 2  # a higher one ends none
    venue.now += 1
    assert said(venue, 1, 1) == Result.OK
    removed = [each for each in venue.last.outcomes[0].events if isinstance(each, Removed)]
    assert [each.reason for each in removed] == [RemovalReason.TIER_LOWERED] * 2
    assert venue.engine.orders_of(1) == ()
    assert venue.sell(2, 299_000, 5) == Result.OK  # rests: nobody is there
    assert venue.sizes() == {}


def test_orders_outlive_an_expiry_until_somebody_says_so():
    venue = attested_venue(tier=2)
    assert said(venue, 1, 2, term_ms=100) == Result.OK
    assert venue.buy(1, 299_000, 5) == Result.OK
    venue.now += 99
    assert venue.buy(1, 299_000, 1) == Result.OK
    venue.now += 1
    assert venue.buy(1, 299_000, 1) == Result.TIER_NEEDED
    assert len(venue.engine.orders_of(1)) == 2
    assert said(venue, 1, 0) == Result.OK
    assert venue.engine.orders_of(1) == ()


def test_a_tier_is_not_lowered_where_no_epoch_is_left():
    venue = attested_venue()
    assert said(venue, 1, 2) == Result.OK
    assert venue.buy(1, 299_000, 5) == Result.OK
    venue.engine._state.accounts[1].epoch_counter = ACCOUNT_EPOCH_COUNTER_GREATEST
    venue.now += 1
    assert said(venue, 1, 1) == Result.FIELD_OVERFLOW
    assert said(venue, 1, 2) == Result.OK
    assert tier_of(venue)[0] == 2


def test_sets_of_reporters_and_attesters_do_not_touch_one_another():
    venue = attested_venue()
    addresses = tuple(each.address for each in attesters())
    for count in (5, 1, 12):
        reporters = sorted(address_of(seed) for seed in range(900, 900 + count))
        venue.govern(encode_set_reporters(quorum=1, reporters=reporters))
        view = venue.engine.venue()
        assert (view.reporters, view.attesters) == (tuple(reporters), addresses)
        venue.now += 1
        assert said(venue, 1, 2) == Result.OK
    epoch = venue.engine.reporter_epoch
    venue.govern(set_attesters(quorum=1, of=attesters()[2:]))
    assert venue.engine.reporter_epoch == epoch
    venue.now += 1
    assert said(venue, 1, 1) == Result.BAD_ATTESTER
    one = attest(DOMAIN, 1, 1, venue.now, 0, by=attesters()[2:])
    assert venue.segment(one)[0].code == Result.OK


def test_it_weighs_an_op_and_its_signatures_and_touches_the_account():
    venue = attested_venue()
    said(venue, 1, 2, 0, 1, 2)
    assert venue.last.compute_weight == COMPUTE_OP + 3 * COMPUTE_SIGNATURE
    assert venue.last.touched == (0, 1 << 56 | 1)
    venue.now += 1
    first_is_bad = attest(DOMAIN, 1, 2, venue.now, 0, 1, by=[Wallet.generate(), attesters()[1]])
    venue.segment(first_is_bad)
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_SIGNATURE


def test_a_node_refuses_before_it_orders_what_the_law_would():
    venue = attested_venue()
    good = attest(DOMAIN, 1, 2, venue.now)
    refused = {
        attest(DOMAIN, 9, 2, venue.now): Result.UNKNOWN_ACCOUNT,
        attest(DOMAIN, 1, 2, venue.now, 1): Result.BELOW_QUORUM,
        attest(DOMAIN, 1, 2, venue.now, 1, 0): Result.BAD_ATTESTER,
        attest(DOMAIN, 1, 2, venue.now + 1): Result.STALE_ATTESTATION,
        attest(DOMAIN, 1, 2, venue.now, by=[Wallet.generate()] * 2): Result.BAD_SIGNATURE,
    }
    engine = venue.engine
    for op, code in refused.items():
        assert engine.refusal(prepare(op, DOMAIN), venue.now) == code
        assert venue.segment(op)[0].code == code
    assert engine.refusal(read_op(good), venue.now) == Result.OK  # before its signers are known
    assert engine.refusal(prepare(good, DOMAIN), venue.now) == Result.OK
    venue.segment(good)
    assert engine.refusal(prepare(good, DOMAIN), venue.now) == Result.STALE_ATTESTATION


def test_what_a_void_segment_said_is_taken_back():
    """Only segments of others can be void; a replayed one declares too little."""
    from strikeproof.sequencer.core.family import ordered_input
    from strikeproof.sequencer.core.rules.segment_charge import Weights
    from strikeproof.wire.constants import SegmentFamily
    from tests.unit.core.scripted_venue import segment_of

    venue = attested_venue()
    op = attest(DOMAIN, 1, 2, venue.now)
    family = SegmentFamily.ACCOUNT
    void = segment_of(venue.now, op, family=family, declared=Weights(COMPUTE_OP, 2**20))
    result = venue.engine.execute_segment(ordered_input(void, venue.now))
    assert result.is_void
    assert tier_of(venue) == (0, 0, 0)
