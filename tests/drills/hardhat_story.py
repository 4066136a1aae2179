"""The whole story on a third L1, under mainnet's rules and under those announced after them.

`make test-hardhat` runs it; no other target does, so it needs no guard.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.devnet.test_end_to_end import (
    RUN_SECONDS,
    WINDOW_SECONDS,
    assert_story,
    children_of,
    run,
)

NEW_SLOT_REPRICED_GAS = 100_000  # what no call that writes a new slot costs less than


@pytest.mark.timeout(RUN_SECONDS + 30)
@pytest.mark.parametrize("hardfork", ["osaka", "amsterdam"])
def test_deposit_trades_fraud_slash_and_withdrawal(tmp_path: Path, hardfork: str) -> None:
    code, report, told = run(
        *("--l1", "hardhat", "--l1-hardfork", hardfork, "--fraud", "skipped-maker"),
        *("--until", "withdrawn", "--window", str(WINDOW_SECONDS)),
        data=tmp_path,
    )
    assert code == 0, told
    assert_story(report, "skipped-maker")
    assert (report["l1"], report["hardfork"]) == ("hardhat", hardfork)
    assert f"hardhat with {hardfork.capitalize()}'s rules" in told
    # The rules are really others: a commitment is little more than one new slot.
    is_repriced = report["gas"]["Rollup.commit"]["least"] > NEW_SLOT_REPRICED_GAS
    assert is_repriced == (hardfork == "amsterdam")
    assert not children_of(tmp_path)
    for name, use in report["gas"].items():
        print(f"{hardfork:9} {name:24} {use['count']:4} {use['least']:10,} {use['most']:10,}")
