"""A short run of `make fuzz-executors`: revm, py-evm and the engine on random streams."""

import importlib.util

import pytest

from tests.agreement import executor_fuzz
from tests.agreement.executor_fuzz import ExecutorsDiffer, Tally, fuzz_stream
from tests.agreement.mood import MOODS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyrevm") is None, reason="pyrevm has no wheel for this Python"
)


@pytest.mark.parametrize("seed", range(len(MOODS)), ids=[mood.name for mood in MOODS])
def test_executors_and_engine_agree_on_random_streams(seed):
    """attack 58"""
    tally = Tally()
    fuzz_stream(seed, 40, 0.05, tally)
    assert tally.runs >= 40
    assert tally.given_up <= 1


def test_difference_names_the_command_that_replays_it(monkeypatch):
    monkeypatch.setattr(executor_fuzz, "same", lambda *_: False)
    with pytest.raises(
        ExecutorsDiffer, match=r"replay: make fuzz-executors SEED=0 N=1 SEGMENTS=1 "
    ):
        fuzz_stream(0, 3, 1.0, Tally())
