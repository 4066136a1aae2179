"""What is declared, charged and admitted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.charge import (
    MOST,
    Allowance,
    Weights,
    declaration,
    segment_charge,
)


@given(
    compute=st.integers(0, MOST.compute),
    witness=st.integers(0, MOST.witness),
    reserve=st.tuples(st.integers(0, MOST.compute), st.integers(0, MOST.witness)),
)
def test_what_a_node_declares_is_never_passed_by_what_was_used(
    compute: int, witness: int, reserve: tuple[int, int]
) -> None:
    used = Weights(compute, witness)
    declared = declaration(used, Weights(*reserve))
    assert not used.passes(declared)
    assert not declared.passes(MOST)
    for part, most in (("compute", MOST.compute), ("witness", MOST.witness)):
        needed = getattr(used, part) + max(
            reserve[part == "witness"], div_ceil(getattr(used, part), 4)
        )
        assert getattr(declared, part) == min(most, needed)
    assert segment_charge(declared, 100) >= segment_charge(used, 100)


@given(charges=st.lists(st.tuples(st.integers(0, 2**30), st.integers(0, 60_000)), max_size=30))
def test_no_more_is_admitted_than_rate_and_burst(charges: list[tuple[int, int]]) -> None:
    rate, burst = 5_000_000, 20_000_000
    bucket, admitted, time = Allowance(rate, burst, burst, 0), 0, 0
    for charge, passed in charges:
        time += passed
        after = bucket.after(charge, time)
        if after is None:
            continue
        admitted += charge
        bucket = after
        assert admitted <= burst + rate * time // 1_000
