"""One trader's connection to the venue."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import grpc

from devnet.desk import Outcome
from devnet.venue import Trader
from strikeproof.client.operation import Action, Bundle, UserOp, Withdraw, encode_op
from strikeproof.client.typed_data import digest, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.wire.operation_pb2 import Accepted, SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.venue_pb2 import Account, GetAccountRequest
from strikeproof.wire.venue_pb2_grpc import VenueStub

EXPIRES_MS: Final = 60_000
MAX_FEE_PPM: Final = 1_000
OWNER_SESSION: Final = 0


class TraderSession:
    """Signs and submits for one account. Nonces count up from the clock: no two runs share one."""

    def __init__(
        self, channel: grpc.aio.Channel, domain_separator: bytes, trader: Trader, wallet: Wallet
    ) -> None:
        self.trader = trader
        self.wallet = wallet
        self._domain = domain_separator
        self._trading: Any = TradingStub(channel)
        self._venue: Any = VenueStub(channel)
        self._nonce = 0

    async def submit(self, actions: Sequence[Action]) -> Accepted:
        """Submit a bundle; return what became of it. Raises `grpc.aio.AioRpcError`."""
        op = Bundle(
            self.trader.account, OWNER_SESSION, self._next(), _expiry(), MAX_FEE_PPM, actions
        )
        return await self._send(op)

    async def withdraw(self, amount_micro_usd: int) -> Accepted:
        """Ask for collateral. Raises `grpc.aio.AioRpcError`."""
        return await self._send(
            Withdraw(self.trader.account, self._next(), _expiry(), amount_micro_usd)
        )

    async def account(self) -> Account:
        """Return the account as it is now."""
        found: Account = await self._venue.GetAccount(
            GetAccountRequest(account=self.trader.account)
        )
        return found

    def _next(self) -> int:
        nonce, self._nonce = self._nonce, self._nonce + 1
        return nonce

    async def _send(self, op: UserOp) -> Accepted:
        signature = self.wallet.sign_digest(digest(self._domain, struct_hash(op)))
        raw = encode_op(op, signature)
        response = await self._trading.Submit(SubmitRequest(op=SignedOp(raw=raw)))
        accepted: Accepted = response.accepted
        return accepted


def outcomes(accepted: Accepted) -> list[Outcome]:
    """Return what became of each action."""
    return [Outcome(each.result, each.slot, each.serial) for each in accepted.actions]


def _expiry() -> int:
    return int(time.time() * 1000) + EXPIRES_MS
