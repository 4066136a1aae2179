"""The kinds of lie by name."""

from __future__ import annotations

from typing import Final

from devnet.fraud import matching, money
from devnet.fraud.scene import Lie
from strikeproof.failure import Rejected

_LIES: Final[tuple[Lie, ...]] = (
    money.wrong_balance,
    money.phantom_withdrawal,
    money.stolen_account,
    money.rogue_session,
    money.reusable_nonce,
    money.phantom_position,
    money.wrong_index_price,
    money.late_index_price,
    money.swallowed_fees,
    money.stopped_clock,
    money.withheld_deposit,
    money.doubled_deposit,
    matching.skipped_maker,
    matching.queue_jump,
    matching.wrong_fill_price,
    matching.waived_fees,
    matching.shrunk_order,
    matching.vanished_order,
    matching.dropped_op,
    matching.reordered_ops,
    matching.forged_order,
)


class UnknownFraud(Rejected):
    """No kind of fraud has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no kind of fraud is named {name}; there are {', '.join(FRAUDS)}")


def _name(lie: Lie) -> str:
    return getattr(lie, "__name__", "").replace("_", "-")


FRAUDS: Final[dict[str, Lie]] = {_name(lie): lie for lie in _LIES}


def fraud(name: str) -> Lie:
    """Return the lie of this name. Raises `UnknownFraud`."""
    if name not in FRAUDS:
        raise UnknownFraud(name)
    return FRAUDS[name]


def explanation(name: str) -> str:
    """Return what a kind of fraud does, in one sentence."""
    return (fraud(name).__doc__ or "").strip()
