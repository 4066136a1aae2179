"""Many ops and many acks over one gRPC stream."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.client_failure import Unreachable, failure_of, failure_of_call
from strikeproof.client.remaining import Remaining
from strikeproof.wire.trading_pb2 import Expectation, OpExpectation, SubmitMany

OPS_OF_MESSAGE_MAX = 256
UNDER_WAY_MAX = 2_048


class OrderStream:
    """Submits signed ops; each `submit` returns when its ack has come.

    What is submitted while a message is being written goes out together in the next one. Use it as
    an async context manager, from one event loop.
    """

    def __init__(
        self, call: Any, domain_separator: bytes, sequencer: bytes, *, timeout_seconds: float
    ) -> None:
        """`timeout_seconds`: how long an op waits for its ack, the wait for room included."""
        self._call = call
        self._timeout_seconds = timeout_seconds
        self._domain_separator, self._sequencer = domain_separator, sequencer
        self._waiting: dict[int, tuple[bytes, asyncio.Future[Ack]]] = {}
        self._unsent: list[tuple[bytes, list[Expectation]]] = []
        self._next_id = self._first_unsent = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(UNDER_WAY_MAX)
        self._closing = False
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]

    async def __aenter__(self) -> OrderStream:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

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
            ack.receipt.verify(op, self._domain_separator, self._sequencer)
        return ack

    def _queue(self, op: bytes, expect: list[Expectation]) -> asyncio.Future[Ack]:
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        if self._closing:
            future.set_exception(Unreachable("the stream is closed"))
            return future
        self._waiting[self._next_id] = (op, future)
        self._next_id += 1
        self._unsent.append((op, expect))
        self._wake.set()
        return future

    async def _send(self) -> None:
        try:
            while not (self._closing and not self._unsent):
                await self._wake.wait()
                self._wake.clear()
                while self._unsent:
                    part = self._unsent[:OPS_OF_MESSAGE_MAX]
                    del self._unsent[:OPS_OF_MESSAGE_MAX]
                    first, self._first_unsent = self._first_unsent, self._first_unsent + len(part)
                    await self._call.write(_message(first, part))
            await self._call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            pass  # the receiver tells everybody

    async def _receive(self) -> None:
        failure: Exception = Unreachable("the stream ended")
        try:
            while (message := await self._call.read()) is not grpc.aio.EOF:
                for ack in message.acks:
                    _, future = self._waiting.pop(ack.id)
                    if future.done():
                        continue
                    if ack.HasField("accepted"):
                        future.set_result(Ack.of_message(ack.accepted))
                    else:
                        future.set_exception(failure_of(ack.error))
        except grpc.aio.AioRpcError as error:
            failure = failure_of_call(error)
        finally:
            self._closing = True
            self._wake.set()
            self._unsent.clear()
            for _, future in self._waiting.values():
                if not future.done():
                    future.set_exception(failure)
            self._waiting.clear()

    async def close(self) -> None:
        """End the stream; what is under way is still acknowledged."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks)


def _message(first_id: int, part: Sequence[tuple[bytes, list[Expectation]]]) -> SubmitMany:
    message = SubmitMany(first_id=first_id, ops=[op for op, _ in part])
    for number, (_, expect) in enumerate(part):
        for each in expect:
            message.expectations.append(OpExpectation(op=number, expectation=each))
    return message
