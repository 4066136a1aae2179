"""The kinds of lie by name."""

from __future__ import annotations

from typing import Final

from strikeproof.devnet.fraud import (
    certificate_lies,
    expiry_lies,
    liquidation_lies,
    matching_lies,
    money_lies,
    segment_lies,
)
from strikeproof.devnet.fraud.executed_segment import Lie
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

_LIES: Final[tuple[Lie, ...]] = (
    money_lies.wrong_balance,
    money_lies.phantom_withdrawal,
    money_lies.stolen_account,
    money_lies.rogue_session,
    money_lies.planted_guard,
    money_lies.lapsing_guard,
    money_lies.moved_cancel_at,
    money_lies.bought_tier,
    money_lies.endless_tier,
    money_lies.forgotten_attestation,
    money_lies.invented_credit,
    money_lies.other_guarantor,
    money_lies.longer_credit,
    money_lies.later_credit,
    money_lies.unbacked_credit,
    money_lies.hidden_credit_loss,
    money_lies.imposed_portfolio,
    money_lies.moved_portfolio,
    money_lies.imposed_protection,
    money_lies.longer_window,
    money_lies.longer_freeze,
    money_lies.later_window,
    money_lies.frozen_maker,
    money_lies.moved_lots_limit,
    money_lies.moved_delta_limit,
    money_lies.moved_vega_limit,
    money_lies.miscounted_lots,
    money_lies.miscounted_delta,
    money_lies.miscounted_vega,
    money_lies.reusable_nonce,
    money_lies.phantom_position,
    money_lies.wrong_index_price,
    money_lies.late_index_price,
    money_lies.swallowed_fees,
    money_lies.stopped_clock,
    money_lies.withheld_deposit,
    money_lies.doubled_deposit,
    matching_lies.skipped_maker,
    matching_lies.queue_jump,
    matching_lies.wrong_fill_price,
    matching_lies.waived_fees,
    matching_lies.half_block,
    matching_lies.reusable_consent,
    matching_lies.shrunk_order,
    matching_lies.vanished_order,
    matching_lies.dropped_op,
    matching_lies.reordered_ops,
    matching_lies.forged_order,
    segment_lies.other_family,
    segment_lies.false_void,
    liquidation_lies.spared_account,
    certificate_lies.wrong_certificate,
    expiry_lies.wrong_settlement,
    expiry_lies.wrong_greeks,
    expiry_lies.wrong_array,
    expiry_lies.wrong_payoff,
    expiry_lies.withheld_payout,
    expiry_lies.doctored_average,
)


class UnknownFraud(Rejected):
    """No kind of fraud has this name."""

    code = FailureCode.UNKNOWN_FRAUD

    def __init__(self, name: str) -> None:
        super().__init__(f"no kind of fraud is named {name}; there are {', '.join(FRAUDS)}")
        self.name = name


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
