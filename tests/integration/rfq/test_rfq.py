"""Requests for quotes on a node that runs: from the question to a block in both accounts, who sees
what, and the same from the command line."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Refused, RequestLeg, RequestSide, RequestState
from strikeproof.wire.errors import ApiError, Result
from tests.integration.rfq.rfq_venue import (
    FUTURE,
    PERP,
    SPREAD,
    code_of,
    options,
    sizes,
    trader,
    until,
)
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node
from tests.integration.sequencer.venue import TestVenue, index_price

# --- from the question to the block ---


def test_two_makers_quote_and_the_better_quote_becomes_a_block(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            before = [await sizes(each) for each in (taker, two, three)]
            heard, heard_too = two.follow_requests(), three.follow_requests()
            opened = await taker.open_request(SPREAD, 5, RequestSide.BUY)
            asked, _ = [
                await until(each, lambda found: found.request == opened.request)
                for each in (heard, heard_too)
            ]
            assert (asked.account, asked.amount, asked.legs) == (1, 5, SPREAD)
            assert (asked.makers, asked.own_quote) == ((), None)
            await two.put_quote(asked, ask=(1_003, 1_000))
            await three.put_quote(asked, ask=(1_001, 1_000))
            quotes = taker.follow_quotes(opened.request)
            found = await until(quotes, lambda each: len(each.asks) == 2)
            assert [each.maker for each in found.asks] == [3, 2]
            # 10 lots bought at 1,001 ticks of 1,000 micro-USD, 20 sold at 1,000.
            assert found.asks[0].ask_micro_usd == (10 * 1_001 - 20 * 1_000) * 1_000
            ack = await taker.accept_quote(found.request, found.asks[0], sell=False)
            assert ack.result is Result.OK

            closed = await until(quotes, lambda each: each.request.state is RequestState.TRADED)
            (trade,) = closed.request.trades
            place = ack.receipt
            assert (trade.maker, trade.batch, trade.segment, trade.index) == (
                3,
                place.batch,
                place.segment,
                place.index,
            )
            won = await until(heard_too, lambda each: each.state is RequestState.TRADED)
            lost = await until(heard, lambda each: each.state is RequestState.TRADED)
            assert (len(won.trades), lost.trades) == (1, ())
            after = [await sizes(each) for each in (taker, two, three)]
            moved = [
                {leg: now.get(leg, 0) - was.get(leg, 0) for leg in (PERP, FUTURE)}
                for was, now in zip(before, after, strict=True)
            ]
            assert moved == [
                {PERP: 50, FUTURE: -100},
                {PERP: 0, FUTURE: 0},
                {PERP: -50, FUTURE: 100},
            ]
            fills = [each for each in await taker.order_events() if each.is_block][-2:]
            assert [(each.instrument, each.sell, each.price, each.lots) for each in fills] == [
                (PERP, False, 1_001, 50),
                (FUTURE, True, 1_000, 100),
            ]
            with pytest.raises(Refused) as refused:
                await two.put_quote(asked, ask=(1_000, 1_000))
            assert code_of(refused) is ApiError.REQUEST_CLOSED

    on_loop(run())


def test_a_bid_lets_the_requester_sell(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as maker:
            before = await sizes(taker)
            opened = await taker.open_request([RequestLeg(PERP, sell=False, ratio=20)], 2)
            asked = await maker.quote_request(opened.request)
            await maker.put_quote(asked, bid=(998,), ask=(1_002,), amount=1)
            found = await anext(taker.follow_quotes(opened.request))
            assert len(found.bids) == len(found.asks) == 1
            ack = await taker.accept_quote(found.request, found.bids[0], sell=True)
            assert ack.result is Result.OK
            assert (await sizes(taker))[PERP] == before.get(PERP, 0) - 20
            # One nonce for both sides: the ask is gone with the bid.
            trade = found.request.accepted(found.asks[0], sell=False)
            with pytest.raises(Refused) as refused:
                await taker.submit_block(trade)
            assert refused.value.result is Result.NONCE_USED

    on_loop(run())


def test_an_anonymous_request_is_disclosed_to_one_maker_which_then_signs(
    node: NodeProcess,
) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            opened = await taker.open_request(SPREAD, 1, RequestSide.BUY, disclosed=False)
            heard, heard_too = two.follow_requests(), three.follow_requests()
            blind = await until(heard, lambda each: each.request == opened.request)
            assert blind.account is None
            await two.put_quote(blind, ask=(1_000, 1_000))
            found = await anext(taker.follow_quotes(opened.request))
            assert found.asks[0].consent is None
            for attempt in (taker.accept_quote(found.request, found.asks[0], sell=False),):
                with pytest.raises(Exception, match="indicative"):
                    await attempt
            await taker.disclose(opened.request, maker=2)
            seen = await until(heard, lambda each: each.account is not None)
            assert seen.account == 1
            assert (await three.quote_request(opened.request)).account is None
            with pytest.raises(Refused) as refused:  # it knows better now
                await two.put_quote(blind, ask=(1_000, 1_000))
            assert code_of(refused) is ApiError.QUOTE_UNSIGNED
            assert await two.put_quote(seen, ask=(1_000, 1_000)) == 2
            found = await anext(taker.follow_quotes(opened.request))
            ack = await taker.accept_quote(found.request, found.asks[0], sell=False)
            assert ack.result is Result.OK
            await heard_too.aclose()  # type: ignore[attr-defined]

    on_loop(run())


# --- who is asked, and who sees what ---


def test_a_request_to_chosen_makers_is_no_other_accounts_business(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as taker, trader(node, 2) as two, trader(node, 3) as three:
            opened = await taker.open_request(SPREAD, 1, makers=[2])
            assert opened.makers == (2,)
            assert (await two.quote_request(opened.request)).makers == ()
            for attempt in (
                three.quote_request(opened.request),
                three.put_quote(replace(opened, makers=()), ask=(1_000, 1_000)),
                three.withdraw_request(opened.request),
                anext(three.follow_quotes(opened.request)),
                anext(two.follow_quotes(opened.request)),  # quotes are the requester's alone
            ):
                with pytest.raises(Refused) as refused:
                    await attempt
                assert code_of(refused) is ApiError.NOT_FOUND
            other = await taker.open_request(SPREAD, 1)
            first = await anext(three.follow_requests())
            assert first.request == other.request
            await taker.withdraw_request(other.request)
            await taker.withdraw_request(opened.request)
            with pytest.raises(Refused) as refused:
                await taker.withdraw_request(opened.request)
            assert code_of(refused) is ApiError.REQUEST_CLOSED

    on_loop(run())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"legs": []}, "legs"),
        ({"legs": [RequestLeg(PERP, False, 1)] * 2}, "legs"),
        ({"legs": [RequestLeg(PERP, False, 0)]}, "legs"),
        ({"legs": [RequestLeg(9_999, False, 1)]}, "legs"),
        ({"amount": 0}, "amount"),
        ({"amount": 2**40}, "amount"),
        ({"open_ms": 1}, "open_ms"),
        ({"open_ms": 10**9}, "open_ms"),
        ({"makers": [1]}, "makers"),
        ({"makers": [0]}, "makers"),
        ({"makers": list(range(2, 90))}, "makers"),
    ],
)
def test_a_wrong_field_is_named(node: NodeProcess, wrong: dict[str, Any], field: str) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            terms = {"legs": SPREAD, "amount": 1, **wrong}
            with pytest.raises(Refused) as refused:
                await client.open_request(terms.pop("legs"), terms.pop("amount"), **terms)
            assert refused.value.details["field"] == field

    on_loop(run())


def test_a_restart_forgets_requests(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = NodeProcess(folder, **options(folder)).connect()
    node.submit(index_price())

    async def ask() -> int:
        async with trader(node, 1) as taker:
            return (await taker.open_request(SPREAD, 1)).request

    request = on_loop(ask())
    node.kill()
    with running_node(folder, **options(folder)) as again:

        async def look() -> None:
            async with trader(again, 1) as taker:
                with pytest.raises(Refused) as refused:
                    await taker.quote_request(request)
                assert code_of(refused) is ApiError.NOT_FOUND

        on_loop(look())


# --- from the command line ---


class Shell:
    """`strikeproof trade` for one of the venue's people."""

    def __init__(self, node: NodeProcess, folder: Path, number: int) -> None:
        person = TestVenue().people[number - 1]
        self.path = folder / f"trader-{number}.toml"
        self.path.write_text(
            f'endpoint = "{node.endpoint}"\naccount = {number}\n[key]\nkey_env = "TRADER_KEY"\n'
        )
        self.secret = {**os.environ, "TRADER_KEY": "0x" + person.wallet.secret().hex()}

    def __call__(self, *arguments: str, code: int = 0) -> str:
        command = ["trade", "--config", str(self.path), "rfq", *arguments]
        found = CliRunner().invoke(main, command, env=self.secret)
        assert found.exit_code == code, found.output
        return found.output


def test_a_spread_is_asked_for_quoted_and_bought_from_the_command_line(
    node: NodeProcess, tmp_path: Path
) -> None:
    taker, maker = Shell(node, tmp_path, 1), Shell(node, tmp_path, 2)
    legs = ("--leg", "BTC-PERP-1 buy 10", "--leg", "BTC-1 sell 10")
    asked = taker("request", *legs, "--amount", "2", "--side", "buy", "--anonymous", "--json")
    number = str(json.loads(asked)["request"])
    assert f"Request {number}, anonymous: buy 2" in maker("listen", "--once")
    assert "indicative" in maker("quote", number, "--ask", "100.1", "--ask", "100")
    shown = taker("show", number)
    assert "indicative" in shown
    assert "100.1, 100" in shown
    assert (
        taker("accept", number, "buy", "2", "--limit", "0.005", code=2).count("asks 0.01 USD") == 1
    )
    assert "disclosed to account 2" in taker("disclose", number, "--to", "2")
    assert "signed" in maker("quote", number, "--ask", "100.1", "--ask", "100", "--good-for", "60")
    answer = taker("accept", number, "buy", "2", "--limit", "0.01")
    assert "OK" in answer
    shown = json.loads(taker("show", number, "--json"))
    assert (shown["request"]["state"], shown["request"]["trades"][0]["maker"]) == ("TRADED", 2)
    assert "REQUEST_CLOSED" in taker("withdraw", number, code=2)
    opened = json.loads(taker("request", *legs, "--to", "2", "--for", "30", "--json"))
    other = str(opened["request"])
    maker("quote", other, "--bid", "99", "--bid", "100", "--json")
    assert "Withdrawn: quote" in maker("withdraw", other, "--quote")
    assert "No quotes" in taker("show", other)
    assert "Withdrawn: request" in taker("withdraw", other)
