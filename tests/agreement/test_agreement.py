"""Engine and law agree on random and adversarial streams (attacks 3, 11, 12, 13).

On py-evm, as a verifier runs. `make fuzz` goes on for hours on revm.
"""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import available_evms
from tests.agreement.auction_runs import run_auctions
from tests.agreement.coverage import Coverage
from tests.agreement.fuzz import run_stream
from tests.agreement.mood import MOODS, mood_of

DATED_SEED, OPTIONED_SEED, AGREED_SEEDS, HEDGED_SEEDS = 900, 800, (700, 750), (650, 608, 580)
PROTECTED_SEEDS = (500, 550, 400)
SEEDS = (
    *range(len(MOODS)),
    DATED_SEED,
    OPTIONED_SEED,
    *AGREED_SEEDS,
    *HEDGED_SEEDS,
    *PROTECTED_SEEDS,
)  # one of each mood


@pytest.mark.parametrize("seed", SEEDS, ids=[mood_of(seed).name for seed in SEEDS])
def test_engine_and_law_agree_on_py_evm(seed: int) -> None:
    segments = 330 if mood_of(seed).name == "listings" else 120
    run_stream(seed, segments, "py-evm", abused=0.1, callbacks=0.3)


def test_an_order_of_a_void_segment_asks_for_no_advice() -> None:
    """The last segment passes its declaration while a margin test gathers marks: an order that the
    test would have refused must not rest, or the law would ask for advice that nobody has."""
    run_stream(9780, 93, available_evms()[-1], abused=0.15)


@pytest.mark.timeout(900)  # fifty streams, on a plain engine too
@pytest.mark.skipif("revm" not in available_evms(), reason="pyrevm has no wheel for this Python")
def test_streams_reach_every_op_flag_code_and_abuse() -> None:
    covered = Coverage()
    for seed in range(100, 100 + len(MOODS)):
        covered.add(run_stream(seed, 400, "revm", abused=0.3))
    # The others, and what few streams meet: an orphan that is settled and a maker's position at
    # its limit, expiries that are sampled, more positions than an account may hold, an account that
    # falls out of portfolio margin, or is forced to close under it; makers whose certificates have
    # ended; a trigger whose price has come.
    rare = (706, 934, 66, 656, 681, 651, 608, 119, 580, *PROTECTED_SEEDS)
    for seed in (*range(100 + len(MOODS), 100 + 2 * len(MOODS)), *rare, *AGREED_SEEDS, 701, 702):
        covered.add(run_stream(seed, 400, "revm", abused=0.0))
    # Portfolios of options that fall below maintenance are played apart.
    for seed in range(100, 112):
        covered.add(run_auctions(seed, "revm"))
    assert not covered.missing()
