"""The API beyond trading: health, reflection, market data, reads, proofs, errors."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from strikeproof.client import AsyncClient, Book, Client, DeadMansSwitch, Overloaded, Refused
from strikeproof.client.operation import Cancel, CancelAll, Place
from strikeproof.client.wallet import Wallet
from strikeproof.verifier.state.multiproof import root_of  # the other implementation of trees
from strikeproof.wire.constants import GuardMode, TimeInForce
from strikeproof.wire.errors import ApiError, Result
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import TestVenue, index_price, now_ms, wallet

SERVICES = {"strikeproof.v1.Trading", "strikeproof.v1.Market", "strikeproof.v1.Venue"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("api") / "data"
    with running_node(folder, batch={"batch_ms": 300, "segment_ms": 30}) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def test_health_says_that_every_service_serves(node: NodeProcess) -> None:
    stub = health_pb2_grpc.HealthStub(node.channel)
    for name in ("", *SERVICES):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_names_the_services(node: NodeProcess) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(node.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = stub.ServerReflectionInfo(iter([request]))
    names = {each.name for each in answer.list_services_response.service}
    assert names > SERVICES
    request = reflection_pb2.ServerReflectionRequest(
        file_containing_symbol="strikeproof.v1.Trading"
    )
    (answer,) = stub.ServerReflectionInfo(iter([request]))
    assert answer.file_descriptor_response.file_descriptor_proto


@pytest.mark.timeout(120)
def test_book_stream_has_no_gap_never_crosses_and_ends_where_the_book_is(
    node: NodeProcess,
) -> None:
    async def run() -> None:
        chance = random.Random(7)
        books: list[Book] = []

        async def follow(client: AsyncClient) -> None:
            async for book in client.follow_book(1):
                books.append(book)
                if book.bids and book.asks:
                    assert book.bids[0].price < book.asks[0].price

        async with (
            AsyncClient(node.endpoint, wallet("trader 1")) as maker,
            AsyncClient(node.endpoint, wallet("trader 2")) as taker,
        ):
            await maker.cancel_all()
            follower = asyncio.create_task(follow(maker))
            resting: list[tuple[int, int]] = []
            async with await maker.open_stream() as stream:
                for _ in range(150):
                    price = chance.randint(990, 1_010)
                    if resting and chance.random() < 0.3:
                        op = Cancel(1, *resting.pop(chance.randrange(len(resting))))
                        await stream.submit(await maker.sign(await maker.bundle_of(op)))
                        continue
                    terms = {}
                    if chance.random() < 0.3:
                        terms = {"time_in_force": TimeInForce.GTD, "expiry_ms": now_ms() + 200}
                    order = Place(1, chance.random() < 0.5, price, 3, **terms)  # type: ignore[arg-type]
                    op_bytes = await maker.sign(await maker.bundle_of(order))
                    outcome = (await stream.submit(op_bytes)).action
                    if outcome.slot:
                        resting.append((outcome.slot, outcome.serial))
                    if chance.random() < 0.2:
                        await taker.place(
                            1,
                            sell=chance.random() < 0.5,
                            price=1_000,
                            lots=5,
                            time_in_force=TimeInForce.IOC,
                        )
            await asyncio.sleep(0.6)
            await maker.cancel_all(2)  # the clock goes on, what expired leaves
            await asyncio.sleep(0.6)
            final = await maker.book(1)
            follower.cancel()
            await maker.cancel_all()
            await asyncio.gather(follower, return_exceptions=True)
        assert len(books) > 50
        assert (books[-1].bids, books[-1].asks) == (final.bids, final.asks)
        assert books[-1].sequence == final.sequence

    on_loop(run())


@pytest.mark.timeout(60)
def test_trades_are_numbered_without_gaps_and_streamed(node: NodeProcess) -> None:
    async def run() -> None:
        async with (
            AsyncClient(node.endpoint, wallet("trader 3")) as maker,
            AsyncClient(node.endpoint, wallet("trader 4")) as taker,
        ):
            await maker.cancel_all()
            seen = []

            async def follow() -> None:
                async for trade in maker.follow_trades(1):
                    seen.append(trade)

            follower = asyncio.create_task(follow())
            await asyncio.sleep(0.3)
            for _ in range(5):
                await maker.place(1, sell=True, price=1_001, lots=2)
                ack = await taker.place(1, sell=False, price=1_001, lots=2)
                assert ack.action.filled_lots == 2
                assert ack.action.fills[0].price == 1_001
            await asyncio.sleep(0.3)
            follower.cancel()
            latest = await maker.trades(1, 5)
            assert [each.sequence for each in reversed(latest)] == [e.sequence for e in seen[-5:]]
            numbers = [each.sequence for each in seen]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    on_loop(run())


def test_only_what_is_durable_is_shown_to_others(node: NodeProcess) -> None:
    with Client(node.endpoint, wallet("trader 1")) as client:
        ack = client.place(1, sell=False, price=900, lots=7)
        assert any(each.lots == 7 for each in client.account().open_orders)
        assert client.finality(ack.receipt.op_hash).state == "accepted"
        client.cancel(1, ack.action.slot, ack.action.serial)


def test_ten_ops_in_one_bundle_of_eight_actions(node: NodeProcess) -> None:
    with Client(node.endpoint, wallet("trader 1")) as client:
        orders = [Place(1, False, 900 + i, 2) for i in range(7)]
        ack = client.submit_actions(*orders, CancelAll(1))
        assert [each.result for each in ack.actions] == [Result.OK] * 8
        assert not client.account().open_orders


def test_guard_key_signs_what_leaves_the_account(node: NodeProcess) -> None:
    guard = Wallet.generate()
    with Client(node.endpoint, wallet("trader 2")) as owner:
        owner.set_guard(GuardMode.SET, guard.address)
        assert owner.account().guard_key == guard.address
        with pytest.raises(Refused) as caught:
            owner.withdraw(1)
        assert caught.value.result is Result.GUARD_NEEDED
        owner.set_guard(GuardMode.ANNOUNCE)
        assert owner.account().guard_removal_ms > now_ms()
        owner.set_guard(GuardMode.KEEP)
        assert owner.account().guard_removal_ms == 0
    with Client(node.endpoint, wallet("trader 2"), guard=guard) as both:
        assert both.withdraw(1).result is Result.OK
        both.set_guard(GuardMode.REMOVE)
        assert both.account().guard_key == b""
        assert both.withdraw(1).result is Result.OK


def test_orders_die_when_their_client_has_fallen_silent(node: NodeProcess) -> None:
    class Gone(Exception):
        pass

    async def quote_until_gone(client: AsyncClient) -> None:
        async with DeadMansSwitch(client, seconds=1.2):
            await client.place(1, sell=False, price=900, lots=7)
            await asyncio.sleep(2)  # it is moved ahead meanwhile
            assert len((await client.account()).open_orders) == 1
            raise Gone

    async def run() -> None:
        async with AsyncClient(node.endpoint, wallet("trader 1")) as client:
            with pytest.raises(Gone):
                await quote_until_gone(client)
            await asyncio.sleep(1.5)
            await client.cancel_all(2)  # the clock goes on
            assert not (await client.account()).open_orders
            async with DeadMansSwitch(client, seconds=60):
                assert (await client.account()).cancel_at_ms > now_ms()
                assert not (await client.account()).open_orders  # what died stays dead
                assert (await client.place(1, sell=False, price=900, lots=7)).action.is_ok
            assert (await client.account()).cancel_at_ms == 0
            await client.cancel_all()

    on_loop(run())


def test_session_key_trades_and_cannot_withdraw(node: NodeProcess) -> None:
    session = Wallet.generate()
    with Client(node.endpoint, wallet("trader 1")) as owner:
        owner.set_session(1, session.address)
    with Client(node.endpoint, session, account=1, session=1) as delegate:
        assert delegate.place(1, sell=False, price=900, lots=3).action.is_ok
        with pytest.raises(Refused) as caught:
            delegate.withdraw(1_000_000)
        assert caught.value.result is Result.BAD_SIGNATURE
    with Client(node.endpoint, wallet("trader 1")) as owner:
        owner.set_session(1, bytes(20), scope=0)
        owner.cancel_all()
    with Client(node.endpoint, session, account=1, session=1) as delegate:
        with pytest.raises(Refused) as caught:
            delegate.place(1, sell=False, price=900, lots=3)
        assert caught.value.result is Result.UNKNOWN_SESSION


def test_what_does_not_exist_is_not_found(node: NodeProcess) -> None:
    with Client(node.endpoint, wallet("trader 1")) as client:
        for ask in (
            lambda: client.account(999),
            lambda: client.book(999),
            lambda: client.trades(999),
            lambda: client.finality((999_999, 0, 0)),
            lambda: client.finality(bytes(32)),
            lambda: next(client.follow_book(999)),
        ):
            with pytest.raises(Refused) as caught:
                ask()
            assert caught.value.code is ApiError.NOT_FOUND
        with pytest.raises(Overloaded) as later:
            client.account_proof()
        assert later.value.code is ApiError.NOT_YET
        with pytest.raises(Refused) as caught:
            client.state_proof(2**64 - 1)
        assert caught.value.code is ApiError.REQUEST_MALFORMED


def test_state_proof_leads_to_its_root_in_another_implementation(node: NodeProcess) -> None:
    with Client(node.endpoint, wallet("trader 1")) as client:
        for key in (0, 1 << 56 | 1, 1 << 56 | 4_000_000, 4 << 56 | 1):
            proof = client.state_proof(key, final=False)
            assert root_of({key: proof.record}, proof.proof) == proof.root


def test_reports_of_a_stranger_and_of_another_time_are_refused(node: NodeProcess) -> None:
    with Client(node.endpoint, Wallet.generate()) as stranger, pytest.raises(Refused) as caught:
        stranger.report_price(0, 1, now_ms(), 10**11)
    assert caught.value.details["field"] == "report"
    with Client(node.endpoint, wallet("reporter 0")) as client, pytest.raises(Refused) as caught:
        client.report_price(0, 9, now_ms(), 10**11)
    assert caught.value.code is ApiError.NOT_FOUND


def test_unknown_method_is_unimplemented(node: NodeProcess) -> None:
    call: Any = node.channel.unary_unary("/strikeproof.v1.Trading/Nothing")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED  # type: ignore[attr-defined]


def test_venue_states_its_domain(node: NodeProcess) -> None:
    venue = TestVenue()
    info = node.info()
    assert info.domain_separator == venue.terms().domain_separator
    assert info.account_count == 4
    assert info.reporter_quorum == 2
    assert len(info.reporters) == 3
