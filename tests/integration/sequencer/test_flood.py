"""Clients that flood: cancels are still served, memory stays bounded (attack 42)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest

from strikeproof.bench.bench_fairness import flooding
from strikeproof.client import AsyncClient, Overloaded
from strikeproof.client.operation import Bundle, CancelAll, Place, encode_op
from strikeproof.wire.errors import ApiError
from strikeproof.wire.market_pb2 import StreamOrderBookRequest
from strikeproof.wire.market_pb2_grpc import MarketStub
from strikeproof.wire.operation_pb2 import Error, SignedOp
from strikeproof.wire.trading_pb2 import SubmitMany, SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import TestVenue, Trader, index_price, now_ms

MEBIBYTE = 1 << 20
OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]
API = {"ops_waiting_max": 200, "source_ops_waiting_max": 60, "streams_max": 40}


@pytest.fixture(scope="module")
def venue() -> TestVenue:
    return TestVenue()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("flood") / "data"
    with running_node(folder, api=API, batch={"batch_ms": 1_000}) as found:
        found.submit(index_price())
        yield found


def forged(count: int) -> list[bytes]:
    """Return bundles of account 1 that it did not sign: each costs a recovery to refuse."""
    expiry_ms = now_ms() + 3_600_000
    found = []
    for nonce in range(count):
        op = Bundle(1, 0, nonce, expiry_ms, 0, [Place(1, False, 1_000, 1)])
        found.append(encode_op(op, bytes(31) + b"\x01" + os.urandom(16) + bytes(16)))
    return found


def code_of(error: Any) -> ApiError:
    for name, value in error.trailing_metadata() or ():
        if name == "strikeproof-error-bin":
            return ApiError(Error.FromString(value).code)
    raise AssertionError(error)


async def pour(endpoint: str, ops: list[bytes], stop: asyncio.Event) -> tuple[int, int]:
    """Send ops again and again over one stream; return how many were refused because a queue was
    full, and how many for another reason."""
    full = other = 0
    async with grpc.aio.insecure_channel(endpoint, options=OWN_CONNECTION) as channel:
        call: Any = TradingStub(channel).SubmitStream()

        async def send() -> None:
            first = 0
            while not stop.is_set():
                await call.write(SubmitMany(first_id=first, ops=ops[:256]))
                first += 256
            await call.done_writing()

        sender = asyncio.create_task(send())
        while (message := await call.read()) is not grpc.aio.EOF:
            for ack in message.acks:
                if ack.error.code == ApiError.QUEUE_FULL:
                    full += 1
                else:
                    other += 1
        await sender
    return full, other


@pytest.mark.timeout(120)
def test_cancels_are_served_while_unsigned_ops_flood(node: NodeProcess, venue: TestVenue) -> None:
    """attack 42: unauthenticated messages."""

    async def run() -> None:
        stop = asyncio.Event()
        before = node.memory_bytes()
        ops = forged(256)
        floods = [asyncio.create_task(pour(node.endpoint, ops, stop)) for _ in range(6)]
        await asyncio.sleep(1.0)
        trader = venue.people[1]
        slowest = 0.0
        async with AsyncClient(node.endpoint, trader.wallet, account=2) as client:
            for _ in range(20):
                started = time.perf_counter()
                ack = await client.cancel_all()
                slowest = max(slowest, time.perf_counter() - started)
                assert ack.action.is_ok
        stop.set()
        results = await asyncio.gather(*floods)
        assert sum(full for full, _ in results) > 0, "the flood never filled the queue"
        assert sum(other for _, other in results) > 200
        assert slowest < 5.0
        assert node.memory_bytes() < before + 150 * MEBIBYTE

    on_loop(run())
    trader = venue.people[1]
    trader.nonce = 20
    assert node.submit(trader.bundle(CancelAll(0))).accepted.actions[0].result == 0


async def trade(client: AsyncClient, rounds: int) -> tuple[list[float], int, int]:
    """Place and cancel; return the seconds of each cancel, cancels and places that were served."""
    seconds, cancels, places = [], 0, 0
    for _ in range(rounds):
        with suppress(Overloaded):
            places += (await client.place(1, sell=False, price=900, lots=10)).action.is_ok
        started = time.perf_counter()
        cancels += (await client.cancel_all()).action.is_ok
        seconds.append(time.perf_counter() - started)
        await asyncio.sleep(0.02)
    return sorted(seconds), cancels, places


@pytest.mark.timeout(240)
def test_an_honest_account_is_served_beside_a_hundred_streams_of_its_own_host(
    tmp_path: Path, venue: TestVenue
) -> None:
    """attack 42: forged orders and cancels, unsigned ops, repeats, idle connections."""
    rounds = 100
    with running_node(tmp_path / "data", batch={"batch_ms": 1_000}) as node:
        node.submit(index_price())

        async def run() -> None:
            before = node.memory_bytes()
            async with AsyncClient(node.endpoint, venue.people[1].wallet, account=2) as client:
                await trade(client, 20)
                quiet, _, _ = await trade(client, rounds)
                with flooding(node.endpoint, streams=100, idle=200):
                    # A connection that nobody has seen before the flood is served, too.
                    wallet = venue.people[2].wallet
                    async with AsyncClient(node.endpoint, wallet, account=3) as newcomer:
                        await trade(newcomer, 1)
                    node.submit(index_price())
                    flooded, cancels, places = await trade(client, rounds)
            assert cancels == rounds
            assert places >= 0.9 * rounds
            # The bar is three times; a machine that runs other things beside has its own spikes.
            assert flooded[rounds // 2] < max(3 * quiet[rounds // 2], 0.05)
            assert flooded[rounds * 95 // 100] < max(3 * quiet[-2], 0.3)
            assert node.memory_bytes() < before + 150 * MEBIBYTE

        on_loop(run())


@pytest.mark.timeout(60)
def test_who_sends_more_than_fits_learns_when_to_try_again(node: NodeProcess) -> None:
    """attack 42: more ops at once than one stream may have waiting."""
    errors: list[Error] = []
    for message in node.trading.SubmitStream(iter([SubmitMany(ops=forged(400))])):
        errors += [each.error for each in message.acks]
    full = [each for each in errors if each.code == ApiError.QUEUE_FULL]
    assert {each.code for each in errors} == {ApiError.QUEUE_FULL, ApiError.OP_REJECTED}
    assert all(each.retry for each in full)
    assert all(50 <= int(each.details["retry_after_ms"]) <= 10_000 for each in full)


@pytest.mark.timeout(60)
def test_huge_messages_are_refused(node: NodeProcess) -> None:
    """attack 42"""
    with pytest.raises(grpc.RpcError) as caught:
        node.trading.Submit(SubmitRequest(op=SignedOp(raw=bytes(4 * MEBIBYTE))))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # type: ignore[attr-defined]
    with pytest.raises(grpc.RpcError) as caught:
        node.trading.Submit(SubmitRequest(op=SignedOp(raw=bytes(100_000))))
    assert code_of(caught.value) is ApiError.REQUEST_MALFORMED
    many = SubmitMany(ops=[b"\x01\x00\x01a"] * 600)
    with pytest.raises(grpc.RpcError) as caught:
        list(node.trading.SubmitStream(iter([many])))
    assert code_of(caught.value) is ApiError.MESSAGE_TOO_LARGE


@pytest.mark.timeout(120)
def test_garbage_is_refused_one_by_one_and_the_stream_goes_on(
    node: NodeProcess, venue: TestVenue
) -> None:
    """attack 42"""
    trader: Trader = venue.people[2]
    garbage = [b"", b"\x01", os.urandom(50), b"\x05\x00\x00", b"\x01\x00\x05hello"]
    ops = [*garbage, trader.bundle(CancelAll(0)), *garbage]
    acks: dict[int, Any] = {}
    for message in node.trading.SubmitStream(iter([SubmitMany(first_id=7, ops=ops)])):
        acks |= {each.id: each for each in message.acks}
    assert sorted(acks) == list(range(7, 7 + len(ops)))
    assert acks[7 + len(garbage)].HasField("accepted")
    codes = {acks[7 + i].error.name for i in range(len(garbage))}
    assert codes == {"REQUEST_MALFORMED", "OP_TYPE_DENIED", "OP_REJECTED"}


@pytest.mark.timeout(120)
def test_streams_are_counted_and_bounded(node: NodeProcess) -> None:
    """attack 42: ten thousand streams, here as many as one connection takes and more."""

    async def run() -> None:
        channels = [
            grpc.aio.insecure_channel(node.endpoint, options=OWN_CONNECTION) for _ in range(3)
        ]
        calls = []
        refused: list[ApiError] = []
        for channel in channels:
            for _ in range(30):
                call = MarketStub(channel).StreamOrderBook(StreamOrderBookRequest(instrument=1))
                calls.append(call)
        for call in calls:
            try:
                await asyncio.wait_for(call.read(), 10)
            except grpc.aio.AioRpcError as error:
                refused.append(code_of(error))
        assert refused == [ApiError.TOO_MANY_STREAMS] * (90 - API["streams_max"])
        for call in calls:
            call.cancel()
        for channel in channels:
            await channel.close()

    on_loop(run())
    time.sleep(0.5)
    stream = MarketStub(node.channel).StreamOrderBook(StreamOrderBookRequest(instrument=1))
    assert next(stream).HasField("snapshot")
    stream.cancel()


@pytest.mark.timeout(200)
def test_a_stream_that_is_not_read_ends_and_costs_bounded_memory(
    node: NodeProcess, venue: TestVenue
) -> None:
    """attack 42: slow readers, of market data and of acknowledgements."""

    async def run() -> None:
        options = [("grpc.http2.lookahead_bytes", 1024), *OWN_CONNECTION]
        async with grpc.aio.insecure_channel(node.endpoint, options=options) as channel:
            before = node.memory_bytes()
            deaf = TradingStub(channel).SubmitStream()
            garbage = SubmitMany(ops=[b"\x05\x00\xc8" + bytes(200)] * 512)
            written = 0
            try:
                for _ in range(2_000):
                    await asyncio.wait_for(deaf.write(garbage), 3)
                    written += 512
            except (TimeoutError, grpc.aio.AioRpcError, asyncio.InvalidStateError):
                pass
            assert written < 2_000 * 512, "nothing ever held the sender back"
            assert node.memory_bytes() < before + 100 * MEBIBYTE
            deaf.cancel()

    on_loop(run())
    venue.people[3].nonce += 1
    assert node.submit(venue.people[3].bundle(CancelAll(0))).accepted.result == 0
