"""The first section of docs/operating.md leads from nothing to a paid withdrawal, on anvil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.operate.operating_drill import TIMEOUT_SECONDS, follow


@pytest.mark.timeout(TIMEOUT_SECONDS + 60)
def test_commands_of_the_page_lead_to_paid_withdrawals(tmp_path: Path) -> None:
    done, output = follow(tmp_path)
    assert done, output[-6_000:]
