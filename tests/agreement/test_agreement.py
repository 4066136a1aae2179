"""Engine and law agree on random and adversarial streams (attacks 3, 11, 12, 13).

On py-evm, as a verifier runs. `make fuzz` goes on for hours on revm.
"""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import available_evms
from tests.agreement.coverage import Coverage
from tests.agreement.fuzz import run_stream
from tests.agreement.mood import MOODS

SEEDS = range(len(MOODS))  # one of each mood


@pytest.mark.parametrize("seed", SEEDS, ids=[mood.name for mood in MOODS])
def test_engine_and_law_agree_on_py_evm(seed: int) -> None:
    segments = 330 if MOODS[seed].name == "listings" else 120
    run_stream(seed, segments, "py-evm", abused=0.1, callbacks=0.3)


@pytest.mark.skipif("revm" not in available_evms(), reason="pyrevm has no wheel for this Python")
def test_streams_reach_every_op_flag_code_and_abuse() -> None:
    covered = Coverage()
    for seed in range(100, 100 + len(MOODS)):
        covered.add(run_stream(seed, 400, "revm", abused=0.3))
    # The other eight, and what few streams meet: a house without the margin for a forced close, one
    # that unwinds longs, a maker's position at its limit, dead reduce-only orders, more positions
    # than an account may hold.
    for seed in (*range(100 + len(MOODS), 100 + 2 * len(MOODS)), 104, 202, 216, 255, 266):
        covered.add(run_stream(seed, 400, "revm", abused=0.0))
    assert not covered.missing()
