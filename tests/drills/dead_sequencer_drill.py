"""Sequencer and verifier are killed; an owner gets out by L1 alone.

A file of its own: the drills wait for L1's clock most of the time, and workers share files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.devnet.test_end_to_end import children_of, run
from tests.integration.sequencer.chain import has_anvil

WINDOW_SECONDS = 15
DRILL_SECONDS = 120  # from the kill until the owner is paid
RUN_SECONDS = 220


@pytest.mark.timeout(250)
@pytest.mark.parametrize("l1", ["embedded", "anvil"])
def test_an_owner_withdraws_where_both_nodes_are_gone(tmp_path: Path, l1: str) -> None:
    """Attack 35: the sequencer stops posting at all. Forced, posted and claimed by the owner."""
    if l1 == "anvil" and not has_anvil():
        pytest.skip("anvil is not installed: an optional npm package")
    code, report, told = run(
        *("--l1", l1, "--story", "dead-sequencer"),
        *("--until", "paid", "--window", str(WINDOW_SECONDS)),
        data=tmp_path,
        seconds=RUN_SECONDS,
    )
    assert code == 0, told
    assert report["paid_seconds"] < DRILL_SECONDS
    assert report["gas"]["Vault.withdraw"]["count"] == 1
    assert not children_of(tmp_path)
