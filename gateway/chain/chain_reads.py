"""Reads L1 for pages and proofs. Nothing is indexed: the node says in which block a batch is, and
L1 says what is there. What is final is remembered, up to a bound."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from eth_abi import decode
from eth_abi.exceptions import DecodingError

from strikeproof.gateway.chain.shown_batch import (
    ChainUnreadable,
    ShownBatch,
    ShownClaim,
    batch_of,
)
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.keccak import keccak256
from strikeproof.l1.client import L1Client
from strikeproof.l1.l1_failure import CallReverted, Disagreement, L1Unavailable
from strikeproof.l1.l1_values import Log
from strikeproof.wire.errors import ApiError

BATCH_POSTED: Final = keccak256(b"BatchPosted(uint64,bytes32,bytes)")
CLAIM_POSTED: Final = keccak256(b"ClaimPosted(uint64,bytes32,address,uint64,bytes32[])")
KEPT_MAX: Final = 64
ANNOUNCED_MAX: Final = 32
"""The newest announcements that are looked at: a page is not an archive."""
READS_AT_ONCE: Final = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AnnouncedDates:
    """From when to when an announced call of governance can run, in seconds."""

    number: int
    ready: int
    last: int


class ChainReads:
    """L1, through endpoints that must agree."""

    def __init__(self, l1: L1Client, rollup: bytes, vault: bytes) -> None:
        self._l1, self.rollup, self.vault = l1, rollup, vault
        self._batches: OrderedDict[bytes, ShownBatch] = OrderedDict()
        self._claims: OrderedDict[bytes, ShownClaim] = OrderedDict()
        self._turns = asyncio.Semaphore(READS_AT_ONCE)

    async def _ask(self, question: Callable[[], T]) -> T:
        async with self._turns:
            try:
                return await asyncio.to_thread(question)
            except (L1Unavailable, Disagreement) as failure:
                raise ChainUnreadable(str(failure)) from None

    async def head(self) -> int:
        """Return the newest block's number."""
        return (await self._ask(self._l1.head)).number

    async def batch(self, number: int, hash_: bytes, block: int) -> ShownBatch:
        """Return the batch of a hash that the node says is in this block."""
        if (known := self._batches.get(hash_)) is not None:
            return known
        logs = await self._ask(lambda: self._l1.logs([self.rollup], block, block))
        for log in logs:
            if _is(log, BATCH_POSTED, number) and log.topics[2] == hash_:
                data = _decoded(["bytes"], log)[0]
                found = batch_of(number, hash_, block, log.transaction_hash, data)
                return _keep(self._batches, hash_, found)
        raise GatewayRefusal(ApiError.NOT_FOUND, f"block {block} holds no batch {number}")

    async def claim(self, number: int) -> ShownClaim:
        """Return the claim that stands at a number, as the Rollup answers and logged it."""
        standing = await self._standing(number)
        hash_, block = standing[:32], int.from_bytes(standing[128:160], "big")
        if (known := self._claims.get(hash_)) is not None:
            return known
        parent = (await self._standing(number - 1))[:32] if number else bytes(32)
        logs = await self._ask(lambda: self._l1.logs([self.rollup], block, block))
        for log in logs:
            if _is(log, CLAIM_POSTED, number) and log.topics[2] == hash_:
                deadline, roots = _decoded(["uint64", "bytes32[]"], log)
                found = ShownClaim(
                    number,
                    hash_,
                    log.topics[3][12:],
                    deadline * 1_000,
                    tuple(roots),
                    log.block_number,
                    log.transaction_hash,
                    parent,
                )
                return _keep(self._claims, hash_, found)
        raise GatewayRefusal(ApiError.NOT_FOUND, f"block {block} holds no claim {number}")

    async def _standing(self, number: int) -> bytes:
        """Return the words of the claim at a number: hash, last root, proposer, deadline, block."""
        return await self._call(self.rollup, "claim(uint64)", number.to_bytes(32, "big"))

    async def number(self, contract: bytes, getter: str) -> int:
        """Return what a getter of one number answers."""
        return int.from_bytes((await self._call(contract, f"{getter}()"))[:32], "big")

    async def numbers(self, contract: bytes, getters: Sequence[str]) -> dict[str, int]:
        """Return what several getters answer, by name."""
        found = await asyncio.gather(*(self.number(contract, each) for each in getters))
        return dict(zip(getters, found, strict=True))

    async def address(self, contract: bytes, getter: str) -> bytes:
        """Return what a getter of an address answers."""
        return (await self._call(contract, f"{getter}()"))[12:32]

    async def announced(self, timelock: bytes) -> tuple[AnnouncedDates, ...]:
        """Return when the announced calls of governance can run, of those that still can."""
        now = (await self._ask(self._l1.head)).timestamp_seconds
        count, found = await self.number(timelock, "callCount"), list[AnnouncedDates]()
        for number in range(count - 1, max(-1, count - 1 - ANNOUNCED_MAX), -1):
            argument = number.to_bytes(32, "big")
            stored = await self._call(timelock, "announcements(uint256)", argument)
            if stored[:32] == bytes(32):
                continue  # it ran, or was cancelled
            times = await self._call(timelock, "callTimes(uint256)", argument)
            ready, last = (int.from_bytes(times[at : at + 32], "big") for at in (0, 32))
            if now > last:
                break  # it is over by itself, and so is what was announced before it
            found.append(AnnouncedDates(number, ready, last))
        return tuple(reversed(found))

    async def _call(self, contract: bytes, signature: str, arguments: bytes = b"") -> bytes:
        data = keccak256(signature.encode())[:4] + arguments
        try:
            return await self._ask(lambda: self._l1.call(contract, data))
        except CallReverted:
            raise GatewayRefusal(ApiError.NOT_FOUND, f"L1 reverts {signature}") from None


def _is(log: Log, topic: bytes, number: int) -> bool:
    return log.topics[:1] == (topic,) and int.from_bytes(log.topics[1], "big") == number


def _decoded(types: list[str], log: Log) -> tuple[Any, ...]:
    try:
        return tuple(decode(types, log.data))
    except DecodingError:
        raise ChainUnreadable("a log that no Rollup emits") from None


def _keep(kept: OrderedDict[bytes, T], hash_: bytes, found: T) -> T:
    kept[hash_] = found
    if len(kept) > KEPT_MAX:
        kept.popitem(last=False)
    return found
