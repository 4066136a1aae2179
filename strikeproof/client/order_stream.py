"""Many ops and many acks over one gRPC stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.client_failure import Unreachable, failure_of, failure_of_call
from strikeproof.client.connection import (
    PATIENCE_SECONDS,
    RETRY_SECONDS,
    Connection,
    is_elsewhere,
)
from strikeproof.client.receipt_check import Receipt
from strikeproof.client.remaining_lots_guard import Remaining
from strikeproof.wire.trading_pb2 import Expectation, OpExpectation, SubmitMany

OPS_OF_MESSAGE_MAX = 256
UNDER_WAY_MAX = 2_048

CheckReceipt = Callable[[bytes, Receipt], Awaitable[None]]
"""Raises `ReceiptInvalid`."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An op without an ack yet."""

    op: bytes
    expect: list[Expectation]
    future: asyncio.Future[Ack]


class OrderStream:
    """Submits signed ops; each `submit` returns when its ack has come.

    What is submitted while a message is being written goes out together in the next one. Of a venue
    with several endpoints it follows the leader: what is not acknowledged is submitted again there.
    Use it as an async context manager, from one event loop.
    """

    def __init__(self, open_call: Callable[[], Any], connection: Connection, check: CheckReceipt):
        self._open_call, self._connection, self._check = open_call, connection, check
        self._timeout_seconds = connection.timeout_seconds
        self._waiting: dict[int, _Waiting] = {}
        """By the id that it has in the present call."""
        self._unsent: list[_Waiting] = []
        self._next_id = 0
        self._heard = 0.0
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(UNDER_WAY_MAX)
        self._closing = False
        self._call = open_call()
        self._task = asyncio.create_task(self._run())

    async def __aenter__(self) -> OrderStream:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more ops: it was closed, or the node ended it."""
        return self._closing

    async def submit(
        self, op: bytes, *, verify: bool = True, expect: Sequence[Remaining] = ()
    ) -> Ack:
        """Return the ack; `expect`: as in `AsyncClient.submit`.

        Raises `Refused`, `Overloaded`, `Unreachable`, `ReceiptInvalid`.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds), self._room:
                ack = await self._queue(op, [each.message() for each in expect])
        except TimeoutError:
            raise Unreachable(f"no acknowledgement within {self._timeout_seconds} s") from None
        if verify:
            await self._check(op, ack.receipt)
        return ack

    def _queue(self, op: bytes, expect: list[Expectation]) -> asyncio.Future[Ack]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Ack] = loop.create_future()
        if self._closing:
            future.set_exception(Unreachable("the stream is closed"))
            return future
        if not (self._waiting or self._unsent):
            self._heard = loop.time()
        self._unsent.append(_Waiting(op, expect, future))
        self._wake.set()
        return future

    # --- one call after another ---

    async def _run(self) -> None:
        failure: Exception = Unreachable("the stream ended")
        try:
            while True:
                member = self._connection.channel.current
                failure = await self._one_call()
                if not (self._connection.has_several and is_elsewhere(failure)):
                    return
                if self._closing and not (self._waiting or self._unsent):
                    return
                self._connection.channel.turn_away(member)
                await asyncio.sleep(RETRY_SECONDS)
                self._unsent = [*self._waiting.values(), *self._unsent]
                self._unsent = [each for each in self._unsent if not each.future.done()]
                self._waiting, self._next_id = {}, 0
                self._call, self._heard = self._open_call(), asyncio.get_running_loop().time()
                self._wake.set()
        finally:
            self._closing = True
            for each in (*self._waiting.values(), *self._unsent):
                if not each.future.done():
                    each.future.set_exception(failure)
            self._waiting.clear()
            self._unsent.clear()

    async def _one_call(self) -> Exception:
        """Send and receive until the call ends; return why."""
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]
        if self._connection.has_several:
            tasks.append(asyncio.create_task(self._watch()))
        try:
            receiver = tasks[1]
            await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
            if receiver.done():
                return receiver.result() or Unreachable("the stream ended")
            return Unreachable(f"no acknowledgement within {PATIENCE_SECONDS} s")
        finally:
            self._call.cancel()
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self) -> None:
        try:
            while not (self._closing and not self._unsent):
                await self._wake.wait()
                self._wake.clear()
                while self._unsent:
                    part = self._unsent[:OPS_OF_MESSAGE_MAX]
                    del self._unsent[:OPS_OF_MESSAGE_MAX]
                    first, self._next_id = self._next_id, self._next_id + len(part)
                    self._waiting.update(enumerate(part, first))
                    await self._call.write(_message(first, part))
            await self._call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            pass  # the receiver notifies everybody

    async def _receive(self) -> Exception | None:
        try:
            while (message := await self._call.read()) is not grpc.aio.EOF:
                self._heard = asyncio.get_running_loop().time()
                for ack in message.acks:
                    if (failure := self._settle(ack)) is not None:
                        return failure
        except grpc.aio.AioRpcError as error:
            return failure_of_call(error)
        return None

    def _settle(self, ack: Any) -> Exception | None:
        """Hand an ack to its waiter; return why the whole call is to be made elsewhere."""
        failure = None if ack.HasField("accepted") else failure_of(ack.error)
        if failure is not None and self._connection.has_several and is_elsewhere(failure):
            return failure
        waiting = self._waiting.pop(ack.id)
        if waiting.future.done():
            return None
        if failure is not None:
            waiting.future.set_exception(failure)
        else:
            waiting.future.set_result(Ack.of_message(ack.accepted))
        return None

    async def _watch(self) -> None:
        """Return once ops wait and nothing has come for too long: the node hangs."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            if self._waiting and loop.time() - self._heard > PATIENCE_SECONDS:
                return

    async def close(self) -> None:
        """End the stream; what is under way is still acknowledged."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(self._task)


def _message(first_id: int, part: Sequence[_Waiting]) -> SubmitMany:
    message = SubmitMany(first_id=first_id, ops=[each.op for each in part])
    for number, waiting in enumerate(part):
        for each in waiting.expect:
            message.expectations.append(OpExpectation(op=number, expectation=each))
    return message
