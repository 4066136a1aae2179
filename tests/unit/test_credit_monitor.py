"""The example of monitoring credit: what it decides of an account at one moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.client.account_state import AccountState
from tests.credit_monitor import CreditTerms, Due, decide

USD = 10**6
NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
TERMS = CreditTerms(
    account=1,
    limit_micro_usd=5_000 * USD,
    minutes=48 * 60,
    equity_least_micro_usd=1_000 * USD,
    drawdown_most_ppm=200_000,
)
WORTHY = AccountState(
    id=1,
    owner=bytes(20),
    collateral_micro_usd=0,
    withdrawn_micro_usd=0,
    equity_micro_usd=2_000 * USD,
    initial_margin_micro_usd=0,
    maintenance_margin_micro_usd=500 * USD,
    stale=False,
    positions=(),
    open_orders=(),
    cancel_at_ms=0,
    guard_key=b"",
    guard_removal_ms=0,
)
CREDITED = replace(
    WORTHY, credit_limit_micro_usd=5_000 * USD, credit_expiry_ms=NOW_MS + 47 * HOUR_MS
)


@pytest.mark.parametrize(
    ("changes", "most_usd", "action"),
    [
        ({}, 2_000, Due.NOTHING),
        ({"credit_limit_micro_usd": 0}, 2_000, Due.GRANT),
        ({"credit_limit_micro_usd": 4_000 * USD}, 2_000, Due.GRANT),
        ({"credit_limit_micro_usd": 6_000 * USD}, 2_000, Due.TAKE_AWAY),
        (
            {"credit_limit_micro_usd": 6_000 * USD, "credit_expiry_ms": NOW_MS},
            2_000,
            Due.RELEASE,
        ),
        ({"credit_expiry_ms": NOW_MS + 24 * HOUR_MS}, 2_000, Due.NOTHING),
        ({"credit_expiry_ms": NOW_MS + 24 * HOUR_MS - 1}, 2_000, Due.GRANT),
        ({}, 2_500, Due.NOTHING),
        ({}, 2_501, Due.TAKE_AWAY),
        ({"stale": True}, 2_000, Due.TAKE_AWAY),
        ({"equity_micro_usd": 1_000 * USD - 1}, 1_000, Due.TAKE_AWAY),
        ({"equity_micro_usd": 999 * USD, "credit_expiry_ms": NOW_MS}, 999, Due.RELEASE),
        ({"equity_micro_usd": 499 * USD, "credit_expiry_ms": NOW_MS}, 499, Due.NOTHING),
        ({"equity_micro_usd": 0, "credit_limit_micro_usd": 0}, 0, Due.NOTHING),
    ],
)
def test_what_an_account_is_due(changes: dict[str, int], most_usd: int, action: Due) -> None:
    assert decide(TERMS, replace(CREDITED, **changes), most_usd * USD, NOW_MS) is action
