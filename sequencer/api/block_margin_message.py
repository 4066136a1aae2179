"""What a block trade would do to a margin: legs parsed, the answer as a message."""

from __future__ import annotations

from collections.abc import Iterable

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.core.block_settlement import BlockLeg
from strikeproof.sequencer.core.state_view import BlockMarginView, MarginView
from strikeproof.wire.constants import BLOCK_LEGS_MAX, ORDER_LOTS_MAX
from strikeproof.wire.errors import ApiError
from strikeproof.wire.venue_pb2 import BlockMargin, MarginLeg, MarginState


def block_legs(legs: Iterable[MarginLeg]) -> list[BlockLeg]:
    """Return an account's half of the legs. Raises `ApiFailure`."""
    found: list[BlockLeg] = []
    for each in legs:
        last = found[-1].instrument if found else 0
        if each.instrument <= last or not each.price or not 1 <= each.lots <= ORDER_LOTS_MAX:
            problem = f"instruments rise, prices are not 0, lots are 1 to {ORDER_LOTS_MAX}"
            raise ApiFailure(ApiError.REQUEST_MALFORMED, problem, field="legs")
        found.append(BlockLeg(each.instrument, int(each.sell), each.price, each.lots))
    if not 1 <= len(found) <= BLOCK_LEGS_MAX:
        problem = f"a block has 1 to {BLOCK_LEGS_MAX} legs, not {len(found)}"
        raise ApiFailure(ApiError.REQUEST_MALFORMED, problem, field="legs")
    return found


def block_margin_message(view: BlockMarginView) -> BlockMargin:
    """Return the margin before and after."""
    return BlockMargin(
        before=margin_state(view.before),
        after=margin_state(view.after),
        fees_micro_usd=str(view.fees),
        passes=view.passes,
        result=view.code,
    )


def margin_state(view: MarginView) -> MarginState:
    """Return a margin as a message."""
    return MarginState(
        equity_micro_usd=str(view.equity),
        initial_margin_micro_usd=str(view.initial),
        maintenance_margin_micro_usd=str(view.maintenance),
        portfolio=view.is_portfolio,
    )
