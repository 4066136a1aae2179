"""What is declared, charged and admitted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.segment_charge import (
    ACTION,
    MOST,
    Weights,
    declaration,
    message_charge,
    segment_charge,
)
from strikeproof.sequencer.order.charge_rate import ChargeAboveBurst, ChargeBucket
from strikeproof.wire.constants import (
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    LIGHT_MESSAGES_MAX,
    RESERVE_CHARGE_BUNDLE,
)


@given(compute=st.integers(0, MOST.compute), witness=st.integers(0, MOST.witness))
def test_what_a_node_declares_is_never_passed_by_what_was_used(compute: int, witness: int) -> None:
    used = Weights(compute, witness)
    declared = declaration(used)
    assert not used.passes(declared)
    assert not declared.passes(MOST)
    for part in ("compute", "witness"):
        spent = getattr(used, part)
        needed = spent + max(getattr(ACTION, part), div_ceil(spent, 4))
        assert getattr(declared, part) == min(getattr(MOST, part), needed)
    assert segment_charge(declared, 100) >= segment_charge(used, 100)


@given(compute=st.integers(0, 2**32), witness=st.integers(0, 2**32))
def test_nothing_passes_the_maxima(compute: int, witness: int) -> None:
    """Refused ops weigh something when the room is used up, and nobody could declare that."""
    used = Weights(compute, witness)
    assert not used.passes(MOST)
    assert used.passes(Weights(MOST.compute - 1, MOST.witness)) == (compute >= MOST.compute)
    assert used.passes(Weights(MOST.compute, MOST.witness - 1)) == (witness >= MOST.witness)


@given(st.binary(max_size=80))
def test_every_message_has_a_charge_within_that_of_the_greatest(message: bytes) -> None:
    charge = message_charge(message)
    assert charge > CHARGE_SEGMENT // LIGHT_MESSAGES_MAX
    assert charge <= CHARGE_SEGMENT + max(RESERVE_CHARGE_BUNDLE) + CHARGE_DATA_BYTE * len(message)


@given(charges=st.lists(st.tuples(st.integers(0, 2**30), st.integers(0, 60_000)), max_size=30))
def test_no_more_is_admitted_than_rate_and_burst(charges: list[tuple[int, int]]) -> None:
    rate, burst = 5_000_000, 20_000_000
    bucket = ChargeBucket(rate, burst)
    level = admitted = time = since = 0
    for charge, passed in charges:
        time += passed
        since += passed
        fits = charge <= bucket.room(level, since)
        if charge <= burst:
            assert fits == (bucket.wait_ms(level, charge) <= since)
        if not fits:
            continue
        admitted += charge
        level = bucket.after(level, since, charge)
        since = 0
        assert level <= 1_000 * burst
        assert admitted <= burst + rate * time // 1_000


def test_what_never_fits_has_no_wait() -> None:
    """A finite wait for it would have a batch sealed that L1 refuses forever."""
    bucket = ChargeBucket(rate=10, burst=1_000)
    assert bucket.wait_ms(0, 1_000) == 0
    with pytest.raises(ChargeAboveBurst) as caught:
        bucket.wait_ms(0, 1_001)
    assert (caught.value.charge, caught.value.burst) == (1_001, 1_000)
