"""Calls about the account's protection: what its orders on an underlying may fill in a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.operation import SetProtection, UserOp
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds


class ProtectionCalls:
    """Sets and takes back the account's protection."""

    _session: int
    _max_l1_fee: MicroUsd
    _submit_of: Callable[[int, Callable[[int, Milliseconds], UserOp]], Awaitable[Ack]]

    async def set_protection(
        self, underlying: int, *, window_ms: int, lots_max: int, freeze_ms: int = 0
    ) -> Ack:
        """End all orders of the account on an underlying once they have filled more than
        `lots_max` within a window, and let none rest there until the freeze has passed.

        Setting it again ends a freeze and counts again from zero. See `protection` of the account.
        """
        limits = (underlying, Milliseconds(window_ms), Milliseconds(freeze_ms), Lots(lots_max))
        return await self._submit_protection(limits)

    async def clear_protection(self) -> Ack:
        """Take the protection back."""
        return await self._submit_protection((0, Milliseconds(0), Milliseconds(0), Lots(0)))

    async def _submit_protection(self, limits: tuple[int, Milliseconds, Milliseconds, Lots]) -> Ack:
        slot, fee = self._session, self._max_l1_fee
        return await self._submit_of(
            slot, lambda id, end: SetProtection(id, slot, 0, end, *limits, fee)
        )
