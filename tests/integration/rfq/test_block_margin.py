"""What a node says of a party's margin before a block trade is what it has afterwards."""

from __future__ import annotations

import pytest

from strikeproof.client import (
    AsyncClient,
    BlockLeg,
    BlockMargin,
    FieldInvalid,
    MarginState,
    Refused,
)
from strikeproof.client.operation import block_of
from strikeproof.wire import venue_pb2 as pb
from strikeproof.wire.errors import ApiError, Result
from tests.integration.rfq.rfq_venue import FUTURE, PERP, trader
from tests.integration.sequencer.node_process import NodeProcess, on_loop


async def margin_of(client: AsyncClient) -> MarginState:
    found = await client.account()
    return MarginState(
        found.equity_micro_usd, found.initial_margin_micro_usd, found.maintenance_margin_micro_usd
    )


def test_both_parties_see_beforehand_what_they_have_afterwards(node: NodeProcess) -> None:
    async def run() -> None:
        async with trader(node, 1) as one, trader(node, 2) as two:
            legs = [BlockLeg(PERP, False, 1_003, 500), BlockLeg(FUTURE, True, 999, 200)]
            trade = block_of(1, 2, legs)
            told: list[BlockMargin] = [await each.block_margin(trade) for each in (one, two)]
            for client, found in zip((one, two), told, strict=True):
                assert found.before == await margin_of(client)
                assert found.passes
                assert found.fees_micro_usd > 0
            ack = await one.submit_block(await two.consent(trade))
            assert ack.result is Result.OK
            for client, found in zip((one, two), told, strict=True):
                assert found.after == await margin_of(client)
            huge = block_of(1, 2, [BlockLeg(PERP, False, 1_003, 10**9)])
            assert not (await one.block_margin(huge)).passes
            with pytest.raises(FieldInvalid, match="account"):
                await one.block_margin(trade, account=3)

    on_loop(run())


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([], ApiError.REQUEST_MALFORMED),
        ([(1, 0, 1)], ApiError.REQUEST_MALFORMED),
        ([(1, 5, 0)], ApiError.REQUEST_MALFORMED),
        ([(1, 5, 2**40)], ApiError.REQUEST_MALFORMED),
        ([(2, 5, 1), (1, 5, 1)], ApiError.REQUEST_MALFORMED),
        ([(each, 5, 1) for each in range(1, 10)], ApiError.REQUEST_MALFORMED),
        ([(77, 5, 1)], ApiError.NOT_FOUND),
    ],
)
def test_legs_that_no_block_has_are_refused(
    node: NodeProcess, legs: list[tuple[int, int, int]], code: ApiError
) -> None:
    async def run() -> None:
        async with trader(node, 1) as client:
            named = [pb.MarginLeg(instrument=i, price=p, lots=lots) for i, p, lots in legs]
            request = pb.GetBlockMarginRequest(account=1, legs=named)
            with pytest.raises(Refused) as refused:
                await client._call(client._venue.GetBlockMargin, request)
            assert refused.value.code is code

    on_loop(run())
