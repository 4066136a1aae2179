"""What L1 takes for an op's bytes, and the average of its prices (docs/protocol/l1-cost.md)."""

from __future__ import annotations

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import L1_BYTE_GAS, L1_EMA_PPM, L1_FEE_DIVISOR, PPM


def l1_fee(op_bytes: int, gas_price_wei: int, eth_price_nano_usd: int) -> int:
    """Return the fee of an op of this many bytes in micro-USD, rounded up: the venue gains."""
    return div_ceil(op_bytes * L1_BYTE_GAS * gas_price_wei * eth_price_nano_usd, L1_FEE_DIVISOR)


def moved_average(average_wei: int, report_wei: int) -> int:
    """Return an average of prices after a report, rounded down."""
    return average_wei + div_floor((report_wei - average_wei) * L1_EMA_PPM, PPM)
