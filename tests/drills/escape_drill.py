"""The sequencer is killed; everybody gets out by `strikeproof exit` alone, to the micro-dollar."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.devnet.test_end_to_end import children_of, run
from tests.integration.sequencer.chain import has_anvil

WINDOW_SECONDS = 30
DRILL_SECONDS = 180  # from the kill until everybody is paid
RUN_SECONDS = 290
MICRO_USD = 10**6


@pytest.mark.timeout(330)
@pytest.mark.parametrize("l1", ["embedded", "anvil"])
def test_everybody_leaves_a_venue_whose_sequencer_was_killed(tmp_path: Path, l1: str) -> None:
    """Attack 55, on the real nodes: state from L1 alone, the last account too."""
    if l1 == "anvil" and not has_anvil():
        pytest.skip("anvil is not installed: an optional npm package")
    code, report, told = run(
        *("--l1", l1, "--story", "escape", "--until", "paid", "--window", str(WINDOW_SECONDS)),
        data=tmp_path,
        seconds=RUN_SECONDS,
    )
    assert code == 0, told
    assert report["paid_seconds"] < DRILL_SECONDS
    escape = report["escape"]
    assert escape["owners"] == 6
    assert escape["paid_micro_usd"] + escape["left_micro_usd"] == escape["custody_micro_usd"]
    # What is left is of houses and pools: fees of a minute of trading.
    assert 0 <= escape["left_micro_usd"] < 100 * MICRO_USD
    assert report["gas"]["Escape.claim"]["most"] <= 200_000
    assert report["gas"]["Escape.pay"]["count"] == 6
    assert "gas, now" in (tmp_path / "exit.log").read_text("utf-8")
    assert not children_of(tmp_path)
