"""Requests for quotes on a node that runs: what strangers, forgers and crowds come to."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
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
from tests.integration.rfq.rfq_venue import (
    OPEN_MAX,
    PERP,
    SPREAD,
    code_of,
    sizes,
    trader,
    until,
)
from tests.integration.sequencer.node_process import NodeProcess, on_loop
from tests.integration.sequencer.venue import SEPARATOR, now_ms, wallet


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
    await client.rfq_relay.put_quote(message)


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


def test_a_trade_of_a_caller_that_went_away_is_noted_all_the_same(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            traded = 0
            for delay_ms in range(0, 40, 4):
                before = (await sizes(maker)).get(PERP, 0)
                request = await asked(taker, maker)
                await maker.put_quote(request, ask=(1_000, 1_000))
                found = await anext(taker.follow_quotes(request.request))
                accepting = taker.accept_quote(found.request, found.asks[0], sell=False)
                with suppress(TimeoutError):
                    await asyncio.wait_for(accepting, delay_ms / 1_000)
                await asyncio.sleep(0.3)
                if (await sizes(maker)).get(PERP, 0) == before:
                    await taker.withdraw_request(request.request)
                    continue
                traded += 1
                state = (await maker.quote_request(request.request)).state
                assert state is RequestState.TRADED
            assert traded

    on_loop(run())


# --- who asks, if it does not say ---


def test_a_consent_does_not_tell_a_maker_whose_anonymous_request_it_is(node: NodeProcess) -> None:
    """A consent names the requester: one that is made out to a guess is not judged."""

    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            request = await asked(taker, maker, disclosed=False)
            assert request.account is None
            for guess in (1, 3):
                signed = await consent(maker, replace(request, account=guess))
                with pytest.raises(Refused) as refused:
                    await put(maker, request, signed)
                assert code_of(refused) is ApiError.QUOTE_UNSIGNED
            await taker.withdraw_request(request.request)

    on_loop(run())


def test_an_acceptance_does_not_tell_a_maker_whose_anonymous_request_it_is(
    node: NodeProcess,
) -> None:
    """Whoever has the number and signs for another account learns nothing by it."""

    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            request = await asked(taker, maker, disclosed=False)
            await maker.put_quote(request, ask=(1_000, 1_000))
            for guess, session in ((1, 0), (3, 0), (1, 3), (2**32 - 1, 0)):
                trade = replace(
                    replace(request, account=guess).trade(2, (1_000, 1_000), 1, sell=True),
                    account=guess,
                    session=session,
                    nonce=1,
                    expiry_ms=now_ms() + 20_000,
                )
                op = await maker.sign(trade)
                message = pb.AcceptQuoteRequest(request=request.request, version=1, op=op)
                with pytest.raises(Refused) as refused:
                    await maker.rfq_relay.accept(message)
                known = guess in (1, 3) and session == 0
                wanted = Result.BAD_SIGNATURE if known else Result.UNKNOWN_SESSION
                assert refused.value.result is wanted
            await taker.withdraw_request(request.request)

    on_loop(run())


def test_a_quote_that_expires_is_not_heard_by_other_makers(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            heard, heard_too = two.follow_requests(), three.follow_requests()
            opened = await taker.open_request(SPREAD, 1)
            for each in (heard, heard_too):
                request = await until(each, lambda it: it.request == opened.request)
            await two.put_quote(request, ask=(1_000, 1_000), good_for_ms=400)
            assert (await anext(heard)).own_quote is not None
            assert (await anext(heard)).own_quote is None
            await taker.withdraw_request(opened.request)
            told = await anext(heard_too)
            assert (told.request, told.state) == (opened.request, RequestState.WITHDRAWN)

    on_loop(run())


def test_a_disclosure_to_one_maker_is_not_heard_by_others(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            heard, heard_too = two.follow_requests(), three.follow_requests()
            opened = await taker.open_request(SPREAD, 1, disclosed=False)
            for each in (heard, heard_too):
                await until(each, lambda it: it.request == opened.request)
            await taker.disclose(opened.request, maker=2)
            assert (await until(heard, lambda it: it.account == 1)).request == opened.request
            await taker.withdraw_request(opened.request)
            told = await anext(heard_too)
            assert (told.request, told.state) == (opened.request, RequestState.WITHDRAWN)

    on_loop(run())


def test_a_consent_of_a_session_that_cannot_exist_is_refused(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            request = await asked(taker, maker)
            for slot in (3, 4, 256, 2**32 - 1):
                signed = await consent(maker, request)
                signed.session = slot
                with pytest.raises(Refused) as refused:
                    await put(maker, request, signed)
                assert refused.value.result is Result.UNKNOWN_SESSION
            await taker.withdraw_request(request.request)

    on_loop(run())


def test_a_stream_ends_with_the_access_that_opened_it(node: NodeProcess) -> None:
    """Whoever has seen an access hears nothing after it has expired, or its session has gone."""

    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            for ends in ("expiry", "revocation"):
                shown = access(2, key="trader 2", ahead_ms=1_500)
                if ends == "revocation":
                    key = wallet("a key that leaks")
                    await maker.set_session(2, key.address)
                    shown = access(2, key="a key that leaks", session=2)
                request = pb.StreamRequestsRequest(access=shown)
                heard = maker.rfq_relay.requests(request)
                first = await taker.open_request(SPREAD, 1)
                await until(heard, lambda it, first=first: it.request == first.request)
                if ends == "expiry":
                    await asyncio.sleep(1.6)
                else:
                    await maker.set_session(2, bytes(20), scope=0)
                await taker.withdraw_request(first.request)
                with pytest.raises(Refused) as refused:
                    await anext(heard)
                assert code_of(refused) is ApiError.UNAUTHENTICATED

    on_loop(run())


def test_a_stream_on_which_nothing_happens_ends_with_its_access(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 2) as maker:
            request = pb.StreamRequestsRequest(access=access(2, key="trader 2", ahead_ms=700))
            heard = maker.rfq_relay.requests(request)
            with pytest.raises(Refused) as refused:
                await asyncio.wait_for(until(heard, lambda _: False), 3)
            assert code_of(refused) is ApiError.UNAUTHENTICATED

    on_loop(run())


def test_a_maker_listens_on_when_its_access_ends(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            monkeypatch.setattr("strikeproof.client.rfq_calls.ACCESS_MS", 1_500)
            monkeypatch.setattr("strikeproof.client.rfq_calls.ACCESS_LEFT_MS", 100)
            heard = maker.follow_requests()
            for _ in range(2):
                opened = await taker.open_request(SPREAD, 1)
                await until(heard, lambda it, opened=opened: it.request == opened.request)
                await asyncio.sleep(1.6)
                await taker.withdraw_request(opened.request)

    on_loop(run())


# --- crowds ---


def test_a_requester_that_never_accepts_has_a_few_open_and_waits(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 4) as taker, trader(node, 2) as maker:
            asked = [taker.open_request(SPREAD, 1, open_ms=60_000) for _ in range(OPEN_MAX)]
            opened = await asyncio.gather(*asked)
            with pytest.raises(Overloaded) as refused:
                await taker.open_request(SPREAD, 1)
            assert refused.value.code is ApiError.TOO_MANY_OPEN
            assert 0 < int(refused.value.details["retry_after_ms"]) <= 60_000
            await taker.withdraw_request(opened[0].request)
            short = await taker.open_request(SPREAD, 1, open_ms=1_000)
            await asyncio.sleep(1.1)
            again = await taker.open_request(SPREAD, 1)
            assert (await maker.quote_request(short.request)).state is RequestState.EXPIRED
            for each in (*opened[1:], again):
                await taker.withdraw_request(each.request)

    on_loop(run())


def test_an_account_that_floods_waits_and_others_do_not(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 4) as flooding, trader(node, 1) as taker:
            calls = [flooding.withdraw_request(1) for _ in range(400)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
            codes = [each.code for each in answers if isinstance(each, VenueError)]
            assert codes.count(ApiError.RATE_LIMITED) > 100, Counter(map(str, answers))
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
