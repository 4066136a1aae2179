"""Triggers of an account: orders that wait for a price."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.operation import SetTrigger, UserOp
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks

LIMIT_MOST: Final = 2**32 - 1  # ticks


class TriggerCalls:
    """The part of `AsyncClient` that sets triggers and takes them back."""

    _session: int
    _max_fee_ppm: int
    _max_l1_fee: MicroUsd
    _submit_of: Callable[[int, Callable[[int, Milliseconds], UserOp]], Awaitable[Ack]]

    async def set_trigger(
        self,
        instrument: int,
        place: int,
        *,
        sell: bool,
        lots: int,
        trigger_price_nano_usd: int,
        falling: bool,
        limit: int | None = None,
        by_mark: bool = True,
        reduce_only: bool = True,
        max_fee_ppm: int | None = None,
        expiry_ms: int = 0,
        client_id: int = 0,
    ) -> Ack:
        """Let an order wait at a place (0 to 7) of an instrument, whatever waited there.

        `limit` None: at any price within the band. It dies with its position entry, with a
        cancel-all and with the account's cancel-at (docs/protocol/triggers.md). Look at the ack's
        `result`: NO_POSITION without a position or order there, EXPIRED.
        """
        terms = {
            "instrument": instrument,
            "place": place,
            "sell": sell,
            "reduce_only": reduce_only,
            "falling": falling,
            "by_mark": by_mark,
            "trigger_price": NanoUsd(trigger_price_nano_usd),
            "limit": Ticks((1 if sell else LIMIT_MOST) if limit is None else limit),
            "lots": Lots(lots),
            "max_fee_ppm": Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm),
            "trigger_expiry_ms": Milliseconds(expiry_ms),
            "client_id": client_id,
        }
        return await self._submit_trigger(terms)

    async def cancel_trigger(self, instrument: int, place: int) -> Ack:
        """Take back what waits at a place; the ack's `result` is TRIGGER_NOT_FOUND if nothing
        does."""
        return await self._submit_trigger({"instrument": instrument, "place": place})

    async def _submit_trigger(self, terms: dict[str, Any]) -> Ack:
        slot, fee = self._session, self._max_l1_fee
        return await self._submit_of(
            slot,
            lambda id, end: SetTrigger(id, slot, 0, end, **terms, max_l1_fee_micro_usd=fee),
        )
