"""The client against a node: nonces, clocks, deadlines, forks; what a maker learns; the guard."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import (
    AsyncClient,
    Client,
    ClockSkew,
    FieldInvalid,
    ForkedProcess,
    OrderEvent,
    OrderEventKind,
    Refused,
    RemovalReason,
    Unreachable,
    orders_of,
    venue_clock,
)
from strikeproof.client.operation import Bundle, Place
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import ApiError, Result
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import index_price, now_ms, wallet

OPTIONS: dict[str, dict[str, Any]] = {
    "batch": {"batch_ms": 300, "segment_ms": 30},
    "node": {"sweep_seconds": 0.2},
}
RESTED, FILLED, REMOVED = OrderEventKind.RESTED, OrderEventKind.FILLED, OrderEventKind.REMOVED


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("client") / "data"


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    with running_node(folder, **OPTIONS) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def trader(node: NodeProcess, number: int, **options: Any) -> AsyncClient:
    return AsyncClient(node.endpoint, wallet(f"trader {number}"), **options)


# --- nonces (49) ---


def test_concurrent_places_share_no_nonce(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            placed = [client.place(1, sell=False, price=900 + i, lots=2) for i in range(20)]
            acks = await asyncio.gather(*placed)
            assert all(each.action.is_ok for each in acks)
            await client.cancel_all()

    on_loop(run())


def test_two_clients_of_one_session_get_along(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as one, trader(node, 1) as other:
            for _ in range(5):
                for client in (one, other):
                    assert (await client.place(1, sell=False, price=900, lots=2)).action.is_ok
            await one.cancel_all()

    on_loop(run())


def test_refused_ops_do_not_make_a_session_unusable(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            for _ in range(500):  # far beyond the window of nonces
                await client.next_nonce()
            assert (await client.cancel_all()).action.is_ok

    on_loop(run())


def test_a_mistake_costs_no_nonce(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            first = await client.next_nonce()
            for price in ("900", 900.0, Decimal(900), -1, 2**40, None):
                with pytest.raises(FieldInvalid, match="price"):
                    await client.place(1, sell=False, price=price, lots=2)  # type: ignore[arg-type]
            with pytest.raises(FieldInvalid, match="amount"):
                await client.withdraw(2**64)
            with pytest.raises(FieldInvalid, match="post_only"):
                await client.place(
                    1, sell=False, price=9, lots=2, post_only=True, time_in_force=TimeInForce.IOC
                )
            assert await client.next_nonce() == first + 1

    on_loop(run())


# --- clocks (52) ---


def test_a_clock_that_is_behind_follows_the_venue(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_ms = 120_000
    monkeypatch.setattr(venue_clock, "local_ms", lambda: now_ms() - behind_ms)
    monkeypatch.setattr("strikeproof.client.async_client.local_ms", venue_clock.local_ms)

    async def run() -> None:
        async with trader(node, 1) as client:
            with pytest.warns(ClockSkew, match="120 s behind"):
                assert (await client.cancel_all()).result is Result.OK
            assert abs(await client.now_ms() - now_ms()) < 2_000

    on_loop(run())


def test_a_clock_that_jumps_is_read_again(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            await client.cancel_all()
            monkeypatch.setattr(venue_clock, "local_ms", lambda: now_ms() - 120_000)
            monkeypatch.setattr("strikeproof.client.async_client.local_ms", venue_clock.local_ms)
            with pytest.warns(ClockSkew):
                assert (await client.cancel_all()).result is Result.OK

    on_loop(run())


# --- deadlines and forks (51) ---


def test_a_stopped_node_does_not_hang_a_call(node: NodeProcess) -> None:
    with Client(node.endpoint, wallet("trader 1"), timeout_seconds=1) as client:
        client.venue()
        os.kill(node.process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(Unreachable, match="DEADLINE"):
                client.cancel_all()
            assert time.monotonic() - started < 10
        finally:
            os.kill(node.process.pid, signal.SIGCONT)


def _in_child(client: Client, endpoint: str, told: Any) -> None:
    for attempt in (client.venue, lambda: Client(endpoint)):
        try:
            attempt()
            told.put("no error")
        except ForkedProcess as error:
            told.put(error.code.name)
    client.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_gets_an_error_and_no_hang(node: NodeProcess) -> None:
    with Client(node.endpoint) as client:
        client.venue()
        context = multiprocessing.get_context("fork")
        told = context.SimpleQueue()
        child = context.Process(target=_in_child, args=(client, node.endpoint, told))
        child.start()
        child.join(30)
        assert child.exitcode == 0
        assert [told.get(), told.get()] == ["FORKED_PROCESS", "FORKED_PROCESS"]
        client.venue()  # the parent's still works


# --- what a maker learns (53) ---


async def _events_until(events: Any, enough: Any) -> list[OrderEvent]:
    found: list[OrderEvent] = []
    async with asyncio.timeout(20):
        async for event in events:
            found.append(event)
            if enough(event):
                return found
    raise AssertionError(found)


@pytest.mark.timeout(120)
def test_a_maker_learns_the_fate_of_its_orders(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 2) as maker, trader(node, 3) as taker:
            before = await maker.order_events(limit=1)
            start = before[-1].sequence + 1 if before else 1
            sold = (
                await maker.place(1, sell=True, price=1_010, lots=10, client_id=2**64 - 1)
            ).action
            await taker.place(1, sell=False, price=1_010, lots=4)
            await maker.replace(
                1, sold.slot, sold.serial, sell=True, price=1_010, lots=3, expected_lots=6
            )
            await maker.cancel(1, sold.slot, sold.serial)
            soon = await maker.now_ms() + 300
            gtd = {"time_in_force": TimeInForce.GTD, "expiry_ms": soon}
            await maker.place(1, sell=True, price=1_020, lots=5, **gtd)
            await maker.cancel(1, 77, 77)
            await asyncio.sleep(0.4)
            await taker.cancel_all()  # the venue's clock goes on with ops; a sweep follows

            seen = await _events_until(
                maker.follow_orders(from_sequence=start),
                lambda event: event.reason is RemovalReason.EXPIRED,
            )
            assert [each.sequence for each in seen] == list(range(start, start + len(seen)))
            of_sold = [
                each for each in seen if (each.slot, each.serial) == (sold.slot, sold.serial)
            ]
            assert [(each.kind, each.lots, each.lots_left) for each in of_sold] == [
                (RESTED, 10, 10),
                (FILLED, 4, 6),
                (OrderEventKind.AMENDED, 3, 3),
                (REMOVED, 3, 0),
            ]
            assert of_sold[0].client_id == 2**64 - 1
            assert of_sold[1].fee_micro_usd > 0
            assert of_sold[3].reason is RemovalReason.CANCELLED
            refused = [each for each in seen if each.kind is OrderEventKind.REFUSED]
            assert [each.result for each in refused] == [Result.ORDER_NOT_FOUND]

            # the same from the list, from one order, and resumed in the middle
            listed = await maker.order_events(from_sequence=start)
            assert [replace(each, finality="") for each in listed[: len(seen)]] == [
                replace(each, finality="") for each in seen
            ]
            one = await maker.order_events(order=(1, sold.slot, sold.serial))
            assert [each.sequence for each in one] == [each.sequence for each in of_sold]
            resumed = await _events_until(
                maker.follow_orders(from_sequence=start + 2), lambda event: True
            )
            assert resumed[0].sequence == start + 2
            summary = orders_of(listed)[0]
            assert (summary.filled_lots, summary.gone) == (4, RemovalReason.CANCELLED)

            trade = (await taker.trades(1, 1))[0]
            assert (trade.maker_slot, trade.maker_serial) == (sold.slot, sold.serial)
            finality = await maker.finality_of_order(1, sold.slot, sold.serial)
            assert (finality.batch, finality.segment, finality.index) == (
                of_sold[0].batch,
                of_sold[0].segment,
                of_sold[0].index,
            )
            with pytest.raises(Refused) as caught:
                await maker.finality_of_order(1, 3, 2**47)
            assert caught.value.code is ApiError.NOT_FOUND

    on_loop(run())


@pytest.mark.timeout(400)
def test_history_is_the_same_after_kill_and_rebuilt_from_nothing(tmp_path: Path) -> None:
    async def trade(node: NodeProcess, orders: int) -> None:
        async with trader(node, 1) as maker, trader(node, 2) as taker:
            for _ in range(orders):
                await maker.place(1, sell=True, price=1_000, lots=4)
                await taker.place(1, sell=False, price=1_000, lots=3)

    async def read(node: NodeProcess) -> tuple[list[OrderEvent], Any]:
        async with trader(node, 1) as maker:
            events = await maker.order_events(from_sequence=1, limit=1_000)
            return [replace(each, finality="") for each in events], (
                await maker.account()
            ).positions

    folder = tmp_path / "data"
    options = {**OPTIONS, "node": {"sweep_seconds": 0.2, "snapshot_batches": 2}}
    node = NodeProcess(folder, **options).connect()
    node.submit(index_price())
    on_loop(trade(node, 20))
    before, positions = on_loop(read(node))
    node.kill()
    assert len(before) >= 40
    assert [each.sequence for each in before] == list(range(1, len(before) + 1))
    with running_node(folder, **options) as node:
        assert on_loop(read(node)) == (before, positions)
        on_loop(trade(node, 3))
        before, positions = on_loop(read(node))
    for path in folder.glob("history.sqlite*"):
        path.unlink()
    with running_node(folder, **options) as node:
        assert on_loop(read(node)) == (before, positions)


# --- the guard of a replace (54) ---


def test_a_replace_is_refused_if_lots_were_filled_on_the_way(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 2) as maker, trader(node, 3) as taker:
            await maker.cancel_all()
            order = (await maker.place(1, sell=True, price=1_005, lots=10)).action
            await taker.place(1, sell=False, price=1_005, lots=4)
            name = (1, order.slot, order.serial)
            with pytest.raises(Refused) as caught:
                await maker.replace(*name, sell=True, price=1_006, lots=10, expected_lots=10)
            assert caught.value.code is ApiError.REMAINING_CHANGED
            assert caught.value.details["remaining_lots"] == "6"
            ack = await maker.replace(*name, sell=True, price=1_006, lots=6, expected_lots=6)
            assert ack.action.resting_lots == 6
            with pytest.raises(Refused, match="no longer rests"):  # it has another name now
                await maker.replace(*name, sell=True, price=1_006, lots=6, expected_lots=6)
            await maker.cancel_all()

    on_loop(run())


def test_the_guard_works_on_streams_too(node: NodeProcess) -> None:
    from strikeproof.client import Remaining, Replace

    async def run() -> None:
        async with trader(node, 2) as maker, await maker.open_stream() as stream:
            order = (await maker.place(1, sell=True, price=1_005, lots=10)).action
            action = Replace(1, order.slot, order.serial, True, 1_007, 8)
            ops = [await maker.sign(await maker.bundle_of(action)) for _ in range(2)]
            wrong = stream.submit(ops[0], expect=[Remaining(1, order.slot, order.serial, 9)])
            right = stream.submit(ops[1], expect=[Remaining(1, order.slot, order.serial, 10)])
            results = await asyncio.gather(wrong, right, return_exceptions=True)
            assert isinstance(results[0], Refused)
            assert not isinstance(results[1], BaseException)
            await maker.cancel_all()

    on_loop(run())


# --- terms and accounts (55), fields (56) ---


def test_an_account_shows_entry_profit_and_liquidation(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 3) as maker, trader(node, 4) as taker:
            await maker.cancel_all()
            for price, lots in ((1_000, 10), (1_010, 30)):
                await maker.place(1, sell=True, price=price, lots=lots)
                await taker.place(1, sell=False, price=price, lots=lots)
            (position,) = (await taker.account()).positions
            assert position.entry_price_usd == Decimal("100.75")
            # 40 lots, 7.5 ticks above the mark of 1,000, at 1,000 micro-USD a tick and lot
            assert position.unrealised_profit_micro_usd == -300_000
            assert position.liquidation_price == 0  # a million of collateral: never
            terms = await taker.instrument(1)
            assert terms.lot_size == Decimal("0.01")
            await taker.place(1, sell=True, price=900, lots=1, reduce_only=True)

    on_loop(run())


def test_malformed_ops_are_reported_by_field(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            good = await client.bundle_of(Place(1, False, 900, 2))
            bad = replace(good, actions=[replace(good.actions[0], post_only=True)])  # type: ignore[arg-type]
            bad = replace(bad, actions=[replace(bad.actions[0], time_in_force=TimeInForce.IOC)])  # type: ignore[arg-type]
            with pytest.raises(Refused, match="post_only: does not go with IOC") as caught:
                await client.submit(_signed_unchecked(client, bad, await client.venue()))
            assert caught.value.details["field"] == "actions[0].post_only"

    on_loop(run())


def _signed_unchecked(client: AsyncClient, op: Bundle, info: Any) -> bytes:
    from strikeproof.client.operation import encode_op
    from strikeproof.client.typed_data import digest, struct_hash

    assert client.wallet is not None
    return encode_op(op, client.wallet.sign_digest(digest(info.domain_separator, struct_hash(op))))
