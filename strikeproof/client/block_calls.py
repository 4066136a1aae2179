"""Block trades: the consent of a counterparty, and the submission of what it consented to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.op_check import check_op
from strikeproof.client.operation import BlockTrade
from strikeproof.client.typed_data import consent_hash, digest
from strikeproof.client.wallet import Wallet
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppm
from strikeproof.wire.venue_pb2 import VenueInfo


class BlockCalls:
    """The part of `AsyncClient` that trades with one other account, away from the book."""

    _session: int
    _max_fee_ppm: int
    _max_l1_fee: MicroUsd
    _wallet: Callable[[], Wallet]
    _known: Callable[[], Awaitable[VenueInfo]]
    _expiry_ms: Callable[[], Awaitable[Milliseconds]]
    _submit_of: Callable[..., Awaitable[Ack]]
    account_id: Callable[[], Awaitable[int]]
    next_nonce: Callable[[Any], Awaitable[int]]

    async def consent(self, trade: BlockTrade, *, expiry_ms: int | None = None) -> BlockTrade:
        """Return a block trade with this account's consent as its counterparty, good until a time
        of the venue's clock (by default as long as an op). Account and legs are the trade's; what
        the counterparty says is set here."""
        slot = self._session
        until = await self._expiry_ms() if expiry_ms is None else Milliseconds(expiry_ms)
        ours = replace(
            trade,
            counterparty=await self.account_id(),
            counterparty_session=slot,
            counterparty_nonce=await self.next_nonce(slot),
            counterparty_expiry_ms=until,
            counterparty_max_fee_ppm=Ppm(self._max_fee_ppm),
            counterparty_signature=bytes(64),
        )
        check_op(ours)
        venue = await self._known()
        signed = digest(venue.domain_separator, consent_hash(ours))
        return replace(ours, counterparty_signature=self._wallet().sign_digest(signed))

    async def submit_block(self, trade: BlockTrade, *, max_fee_ppm: int | None = None) -> Ack:
        """Submit a block trade whose counterparty has consented; this account signs it.

        Look at the ack's `result`: if it is not OK, nothing was traded, and the consent is still
        good until it expires.
        """
        slot, most = self._session, Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm)
        ours = replace(trade, session=slot, max_fee_ppm=most, max_l1_fee_micro_usd=self._max_l1_fee)
        return await self._submit_of(
            slot, lambda account, end: replace(ours, account=account, expiry_ms=end)
        )
