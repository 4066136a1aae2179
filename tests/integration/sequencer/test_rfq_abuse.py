"""Requests for quotes on a node that runs: what strangers, forgers and crowds come to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import (
    AsyncClient,
    MakerQuote,
    Overloaded,
    QuoteRequest,
    Refused,
    RequestLeg,
    RequestSide,
    RequestState,
    VenueError,
)
from strikeproof.client.operation import CancelAll
from strikeproof.client.typed_data import digest, hash_struct
from strikeproof.wire import rfq_pb2 as pb
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import QUOTE_ACCESS_STRUCT
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.rfq_venue import (
    OPEN_MAX,
    PERP,
    SPREAD,
    code_of,
    options,
    sizes,
    trader,
    until,
)
from tests.integration.sequencer.venue import SEPARATOR, index_price, now_ms, wallet


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rfq") / "data"


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    with running_node(folder, **options(folder)) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def access(number: int, *, key: str, session: int = 0, ahead_ms: int = 60_000) -> pb.QuoteAccess:
    """Return an access for an account, signed by a key."""
    expiry = now_ms() + ahead_ms
    hashed = hash_struct(QUOTE_ACCESS_STRUCT, (number, session, expiry))
    signature = wallet(key).sign_digest(digest(SEPARATOR, hashed))
    fields = {"account": number, "session": session, "expiry_ms": expiry}
    return pb.QuoteAccess(**fields, signature=signature)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (lambda: access(1, key="trader 2"), ApiError.UNAUTHENTICATED),
        (lambda: access(1, key="trader 1", session=5), ApiError.UNAUTHENTICATED),
        (lambda: access(1, key="trader 1", ahead_ms=-1), ApiError.UNAUTHENTICATED),
        (lambda: access(1, key="trader 1", ahead_ms=4_000_000), ApiError.UNAUTHENTICATED),
        (lambda: access(2**32 - 1, key="trader 1"), ApiError.UNAUTHENTICATED),
        (lambda: pb.QuoteAccess(account=1), ApiError.UNAUTHENTICATED),
        (
            lambda: pb.QuoteAccess(account=1, expiry_ms=now_ms() + 60_000, signature=b"x"),
            ApiError.REQUEST_MALFORMED,
        ),
    ],
)
def test_nobody_speaks_for_an_account_without_its_sessions_signature(
    node: NodeProcess, shown: Any, code: ApiError
) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            client._access_shown = pb.QuoteAccess(expiry_ms=2**62)
            client._access_shown.CopyFrom(shown())
            forged = client._access_shown

            async def show() -> pb.QuoteAccess:
                return forged

            client._access = show  # type: ignore[method-assign]
            for attempt in (
                client.open_request(SPREAD, 1),
                anext(client.follow_requests()),
                client.withdraw_quote(1),
            ):
                with pytest.raises(Refused) as refused:
                    await attempt
                assert code_of(refused) is code

    on_loop(run())


# --- what forgers and latecomers come to ---


async def asked(taker: AsyncClient, maker: AsyncClient, **terms: Any) -> QuoteRequest:
    """Return a request as its maker sees it."""
    opened = await taker.open_request(SPREAD, 1, RequestSide.BUY, **terms)
    return await maker.quote_request(opened.request)


async def put(client: AsyncClient, request: QuoteRequest, consent: pb.QuoteConsent) -> None:
    """Quote with a consent that was made elsewhere."""
    quote = pb.MakerQuote(amount=1, ask_prices=(1_000, 1_000), expiry_ms=now_ms() + 20_000)
    quote.consent.CopyFrom(consent)
    message = pb.PutQuoteRequest(
        access=await client._access(), request=request.request, quote=quote
    )
    await client._call(client._rfq.PutQuote, message)


async def consent(client: AsyncClient, request: QuoteRequest, price: int = 1_000) -> Any:
    """Return an account's consent to sell the spread at a price of its first leg."""
    return await client._consent(request, ((), (price, 1_000)), 1, now_ms() + 20_000, 1_000)


def test_a_consent_that_is_not_the_makers_to_these_legs_is_no_quote(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            request = await asked(taker, two)
            other = await asked(taker, two)
            good = await consent(two, request)
            forged = pb.QuoteConsent()
            forged.CopyFrom(good)
            forged.ask_signature = bytes(63) + b"\x01"
            for client, signed in (
                (two, forged),
                (three, good),  # another maker's, replayed
                (two, await consent(two, request, price=1_001)),  # to other prices
                (two, await consent(two, replace(request, account=4))),  # for another requester
            ):
                with pytest.raises(Refused) as refused:
                    await put(client, request, signed)
                assert refused.value.result is Result.BAD_SIGNATURE
            await put(two, request, good)
            await put(two, other, good)  # the same legs and requester: the same trade, done once
            found = [await anext(taker.follow_quotes(each.request)) for each in (request, other)]
            ack = await taker.accept_quote(found[0].request, found[0].asks[0], sell=False)
            assert ack.result is Result.OK
            with pytest.raises(Refused) as refused:
                await taker.accept_quote(found[1].request, found[1].asks[0], sell=False)
            assert refused.value.result is Result.NONCE_USED
            with pytest.raises(Refused) as refused:  # a consent that was used
                await put(two, other, good)
            assert refused.value.result is Result.NONCE_USED
            await taker.withdraw_request(other.request)

    on_loop(run())


def test_what_has_expired_is_quoted_and_accepted_no_more(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            request = await asked(taker, maker, open_ms=900)
            await maker.put_quote(request, ask=(1_000, 1_000), good_for_ms=300)
            quotes = taker.follow_quotes(request.request)
            quoted = await until(quotes, lambda each: each.asks)
            await until(quotes, lambda each: not each.asks)  # by the clock, without a call
            with pytest.raises(Refused) as refused:
                await taker.accept_quote(quoted.request, quoted.asks[0], sell=False)
            assert code_of(refused) is ApiError.QUOTE_GONE
            await until(quotes, lambda each: each.request.state is RequestState.EXPIRED)
            assert [each async for each in quotes] == []
            with pytest.raises(Refused) as refused:
                await maker.put_quote(request, ask=(1_000, 1_000))
            assert code_of(refused) is ApiError.REQUEST_CLOSED

    on_loop(run())


def test_a_withdrawn_quote_is_not_accepted_though_the_law_still_takes_its_consent(
    node: NodeProcess,
) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            request = await asked(taker, maker)
            await maker.put_quote(request, ask=(1_000, 1_000))
            found = await anext(taker.follow_quotes(request.request))
            quote = found.asks[0]
            await maker.put_quote(request, ask=(1_001, 1_000))
            with pytest.raises(Refused) as refused:
                await taker.accept_quote(found.request, quote, sell=False)  # it was replaced
            assert code_of(refused) is ApiError.QUOTE_GONE
            await maker.withdraw_quote(request.request)
            with pytest.raises(Refused) as refused:
                await maker.withdraw_quote(request.request)
            assert code_of(refused) is ApiError.QUOTE_GONE
            trade = found.request.accepted(quote, sell=False)
            assert (await taker.submit_block(trade)).result is Result.OK

            # What takes it back for good is its nonce.
            request = await asked(taker, maker)
            await maker.put_quote(request, ask=(1_000, 1_000))
            found = await anext(taker.follow_quotes(request.request))
            signed = found.asks[0].consent
            assert signed is not None
            spent = await maker.bundle_of(CancelAll(0))
            await maker.submit(await maker.sign(replace(spent, nonce=signed.nonce)))
            with pytest.raises(Refused) as refused:
                await taker.accept_quote(found.request, found.asks[0], sell=False)
            assert refused.value.result is Result.NONCE_USED
            await taker.withdraw_request(request.request)

    on_loop(run())


def test_of_two_acceptances_of_one_quote_one_trades(node: NodeProcess) -> None:
    async def accept(client: AsyncClient, request: QuoteRequest, quote: MakerQuote) -> bool:
        try:
            return (await client.accept_quote(request, quote, sell=False)).result is Result.OK
        except Refused as refusal:
            done = refusal.result is Result.NONCE_USED or refusal.code is ApiError.REQUEST_CLOSED
            if not done:
                raise
            return False

    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 1) as again, trader(node, 2) as maker:
            before = (await sizes(maker)).get(PERP, 0)
            request = await asked(taker, maker)
            await maker.put_quote(request, ask=(1_000, 1_000))
            found = await anext(taker.follow_quotes(request.request))
            both = [accept(each, found.request, found.asks[0]) for each in (taker, again)]
            withdrawn = maker.withdraw_quote(request.request)  # at the same moment
            done = await asyncio.gather(*both, withdrawn, return_exceptions=True)
            traded = sum(each is True for each in done)
            assert traded <= 1
            assert (await sizes(maker)).get(PERP, 0) == before - 10 * traded
            if traded:
                state = (await maker.quote_request(request.request)).state
                assert state is RequestState.TRADED
            else:
                await taker.withdraw_request(request.request)

    on_loop(run())


def test_a_block_that_the_law_refuses_leaves_request_and_quote_open(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            opened = await taker.open_request([RequestLeg(PERP, False, 10)], 1, RequestSide.BUY)
            request = await maker.quote_request(opened.request)
            await maker.put_quote(request, ask=(5_000,))  # far beyond the band
            found = await anext(taker.follow_quotes(opened.request))
            ack = await taker.accept_quote(found.request, found.asks[0], sell=False)
            assert ack.result is Result.BEYOND_BAND
            still = await anext(taker.follow_quotes(opened.request))
            assert still.request.state is RequestState.OPEN
            assert len(still.asks) == 1
            await taker.withdraw_request(opened.request)

    on_loop(run())


# --- crowds ---


def test_a_requester_that_never_accepts_has_a_few_open_and_waits(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 4) as taker, trader(node, 2) as maker:
            opened = [await taker.open_request(SPREAD, 1, open_ms=600) for _ in range(OPEN_MAX)]
            with pytest.raises(Overloaded) as refused:
                await taker.open_request(SPREAD, 1)
            assert refused.value.code is ApiError.TOO_MANY_OPEN
            wait_ms = int(refused.value.details["retry_after_ms"])
            assert 0 < wait_ms <= 600
            await asyncio.sleep(wait_ms / 1_000 + 0.05)
            again = await taker.open_request(SPREAD, 1)
            states = [(await maker.quote_request(each.request)).state for each in opened]
            assert RequestState.EXPIRED in states
            await taker.withdraw_request(again.request)

    on_loop(run())


def test_an_account_that_floods_waits_and_others_do_not(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 4) as flooding, trader(node, 1) as taker:
            calls = [flooding.withdraw_request(1) for _ in range(400)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
            codes = [each.code for each in answers if isinstance(each, VenueError)]
            assert codes.count(ApiError.RATE_LIMITED) > 100
            limited = next(each for each in answers if isinstance(each, Overloaded))
            assert int(limited.details["retry_after_ms"]) > 0
            opened = await taker.open_request(SPREAD, 1)
            await taker.withdraw_request(opened.request)

    on_loop(run())


def test_a_maker_quotes_far_more_often_than_its_window_has_nonces(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 3) as maker:
            nonces = maker._quote_nonces
            handed = {await nonces.of(number, 1_000 + number, 10**6) for number in range(1_000)}
            assert len(handed) <= 2  # each expired before the next was quoted

    on_loop(run())
