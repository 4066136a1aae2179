"""What an owner alone decides of an account: who else signs for it, and its margin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.operation import SCOPE_TRADE, SetGuard, SetMarginMode, SetSession, UserOp
from strikeproof.wire.constants import GuardMode
from strikeproof.wire.units import MicroUsd, Milliseconds


class OwnerCalls:
    """The part of `AsyncClient` that only the owner's key signs, but for withdrawals."""

    _max_l1_fee: MicroUsd
    _submit_of: Callable[[int, Callable[[int, Milliseconds], UserOp]], Awaitable[Ack]]

    async def set_session(
        self, slot: int, key: bytes, *, scope: int = SCOPE_TRADE, expiry_ms: int = 0
    ) -> Ack:
        """Let another key trade for the account; scope 0 with a zero key revokes it."""
        terms = (slot, key, scope, Milliseconds(expiry_ms), self._max_l1_fee)
        return await self._submit_of(0, lambda account, end: SetSession(account, 0, end, *terms))

    async def set_guard(self, mode: GuardMode, key: bytes = bytes(20)) -> Ack:
        """Set a guard key, announce or stop its removal, or remove it (docs/protocol/user-ops.md).

        Look at the account's `guard_key` and `guard_removal_ms` for what came of it.
        """
        terms = (mode, key, self._max_l1_fee)
        return await self._submit_of(0, lambda account, until: SetGuard(account, 0, until, *terms))

    async def set_margin_mode(self, underlying: int) -> Ack:
        """Come under portfolio margin on an underlying, that of all positions, or under standard
        margin (0).

        Portfolio margin ends all orders and triggers of the account, and admits none
        (docs/protocol/portfolio-margin.md): `half_margin` says what a block would do to it. Of a
        refusal `portfolio_obstacles` says which positions are in the way.
        """
        terms = (underlying, self._max_l1_fee)
        return await self._submit_of(0, lambda id, until: SetMarginMode(id, 0, until, *terms))
