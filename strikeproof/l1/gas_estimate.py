"""Gas limits: what L1 estimates, with a margin. No limit is a constant: L1 reprices its opcodes.

Where no endpoint estimates, the limit is a bound computed from the calldata and from the storage
slots that the call may fill, at prices above every schedule that is announced. Unused gas is
refunded, so a generous limit costs nothing but balance.
"""

from __future__ import annotations

from typing import Final

import structlog

from strikeproof.l1.client import L1Client
from strikeproof.l1.l1_failure import CallReverted, EndpointFailed
from strikeproof.l1.sender import TRANSACTION_GAS_MAX

MARGIN_DIVISOR: Final = 4  # a quarter more than the estimate: state may change until inclusion
MARGIN_GAS: Final = 25_000  # EIP-150 keeps a 64th back in each call; small estimates need more

# Bounds for when no endpoint estimates: twice what the scheduled repricing asks.
_TRANSACTION_GAS: Final = 21_000
_CALLDATA_BYTE_GAS: Final = 2 * 64
_NEW_SLOT_GAS: Final = 2 * 108_000
_EXECUTION_GAS: Final = 200_000

_log = structlog.get_logger("l1")


def call_gas_bound(data: bytes, slots_filled: int) -> int:
    """Return a limit that suffices for a call that fills this many slots, without an estimate."""
    gas = _TRANSACTION_GAS + _CALLDATA_BYTE_GAS * len(data)
    return min(gas + _EXECUTION_GAS + _NEW_SLOT_GAS * slots_filled, TRANSACTION_GAS_MAX)


def with_margin(estimate: int) -> int:
    """Return the limit for an estimate."""
    return min(estimate + estimate // MARGIN_DIVISOR + MARGIN_GAS, TRANSACTION_GAS_MAX)


class GasEstimator:
    """Estimates on every endpoint and takes the highest answer."""

    def __init__(self, client: L1Client, recipient: bytes, sender: bytes) -> None:
        self._client = client
        self._recipient = recipient
        self._sender = sender

    def estimate(self, data: bytes, value_wei: int = 0) -> int | None:
        """Return what the call needs now by the highest estimate; None if nobody estimates."""
        found: list[int] = []
        for endpoint in self._client.awake():
            try:
                found.append(
                    endpoint.estimate_gas(
                        self._recipient, data, self._sender, TRANSACTION_GAS_MAX, value_wei
                    )
                )
            except (CallReverted, EndpointFailed) as error:
                _log.warning("gas_not_estimated", endpoint=endpoint.name, reason=str(error))
        return max(found, default=None)

    def limit(self, bound: int, data: bytes, value_wei: int = 0, *, attempt: int = 1) -> int:
        """Return the gas limit of a transaction; an estimate is not trusted twice.

        `bound`: a limit that suffices without an estimate.
        """
        estimate = self.estimate(data, value_wei)
        if estimate is None:
            return bound
        return with_margin(estimate) if attempt == 1 else max(bound, with_margin(estimate))
