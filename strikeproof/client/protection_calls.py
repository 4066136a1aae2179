"""Calls about the account's protection: what its orders on an underlying may fill in a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Required, TypedDict, Unpack

from strikeproof.client.account_protection import GREEK_UNLIMITED, LOTS_UNLIMITED
from strikeproof.client.acknowledgement import Ack
from strikeproof.client.operation import SetProtection, UserOp
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds


class ProtectionLimits(TypedDict, total=False):
    """What may fill within a window; a limit that is missing or None is none. Delta is in 10^-9
    units of the underlying, vega in micro-USD a volatility point: what fills change them by, either
    way."""

    window_ms: Required[int]
    freeze_ms: int
    lots_max: int | None
    delta_max: int | None
    vega_max: int | None


class ProtectionCalls:
    """Sets and takes back the account's protection."""

    _session: int
    _max_l1_fee: MicroUsd
    _submit_of: Callable[[int, Callable[[int, Milliseconds], UserOp]], Awaitable[Ack]]

    async def set_protection(self, underlying: int, **limits: Unpack[ProtectionLimits]) -> Ack:
        """End all orders of the account on an underlying once their fills within a window pass a
        limit, and let none rest there until the freeze has passed.

        Setting it again ends a freeze and counts again from zero. See `protection` of the account.
        """
        lots, delta = limits.get("lots_max"), limits.get("delta_max")
        vega = limits.get("vega_max")
        return await self._submit_protection(
            underlying,
            (limits["window_ms"], limits.get("freeze_ms", 0)),
            (
                LOTS_UNLIMITED if lots is None else lots,
                GREEK_UNLIMITED if delta is None else delta,
                GREEK_UNLIMITED if vega is None else vega,
            ),
        )

    async def clear_protection(self) -> Ack:
        """Take the protection back."""
        return await self._submit_protection(0, (0, 0), (0, 0, 0))

    async def _submit_protection(
        self, underlying: int, times_ms: tuple[int, int], limits: tuple[int, int, int]
    ) -> Ack:
        slot, fee = self._session, self._max_l1_fee
        window_ms, freeze_ms = Milliseconds(times_ms[0]), Milliseconds(times_ms[1])
        lots, delta, vega = Lots(limits[0]), limits[1], MicroUsd(limits[2])
        terms = (underlying, window_ms, freeze_ms, lots, delta, vega)
        return await self._submit_of(
            slot, lambda id, end: SetProtection(id, slot, 0, end, *terms, fee)
        )
