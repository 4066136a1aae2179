"""Cases of block trades: whole segments, with the state before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.wire.constants import INDEX_STALE_MS, InstrumentStatus
from strikeproof.wire.layout import INSTRUMENT_GROUP, UNDERLYING_GROUP
from tools.vectors.case_file import Case
from tools.vectors.signers import signer
from tools.vectors.venue import INDEX, MARK, TICK_VALUE, Venue, place

INSTRUMENT: Final = 4 << 56 | 1
UNDERLYING: Final = 3 << 56 | 1


def leg(instrument: int = 1, *, sell: int = 0, price: int = MARK, lots: int = 5) -> dict[str, Any]:
    """Return the fields of a leg."""
    return {"instrument": instrument, "sell": sell, "price": price, "lots": lots}


def block_cases() -> Iterator[Case]:
    """Yield segments of block trades: traded, undone, refused."""
    venue = Venue.opened(accounts=2)
    yield venue.ops("a block trade", venue.block_trade(1, 2, leg(price=MARK + 7)))
    shrinks = venue.block_trade(1, 2, leg(sell=1, lots=2))
    yield venue.ops("a block trade that shrinks both positions", shrinks)
    crosses = venue.block_trade(2, 1, leg(lots=9))
    yield venue.ops("a block trade across zero", crosses)
    beyond = venue.block_trade(1, 2, leg(price=2 * MARK))
    yield venue.ops("a block trade beyond the band", beyond, expected="BEYOND_BAND")
    undone = venue.block_trade(1, 2, leg(), leg(99))
    yield venue.ops(
        "a block trade whose last leg is of no instrument", undone, expected="UNKNOWN_INSTRUMENT"
    )
    huge = venue.block_trade(1, 2, leg(lots=100_000))
    yield venue.ops("a block trade past margin", huge, expected="MARGIN_INSUFFICIENT")
    cheap = venue.block_trade(1, 2, leg(), counterparty_max_fee_ppm=1)
    yield venue.ops("a block trade that costs too much", cheap, expected="FEE_TOO_HIGH")
    strange = venue.block_trade(1, 2, leg(), by=signer("session key"))
    yield venue.ops("a block trade with a stranger's consent", strange, expected="BAD_SIGNATURE")
    late = venue.block_trade(1, 2, leg(), counterparty_expiry_ms=venue.now_ms)
    yield venue.ops("a block trade whose consent has expired", late, expected="EXPIRED")
    used = venue.block_trade(1, 2, leg(), counterparty_nonce=0)
    yield venue.ops("a block trade whose consent was used", used, expected="NONCE_USED")
    yield venue.ops("a block trade of no leg", venue.block_trade(1, 2), expected="MALFORMED")
    yield from _markets()


def _markets() -> Iterator[Case]:
    """Yield what a market itself refuses."""
    venue = Venue.opened(accounts=2)
    most = venue.block_trade(1, 2, leg(lots=2**40 - 1))
    venue.act(1, place(MARK - 10, lots=1))
    yield venue.ops("a block trade past a position's limit", most, expected="POSITION_LIMIT")
    small = venue.block_trade(1, 2, leg(price=MARK, lots=1))
    venue.edit(INSTRUMENT, INSTRUMENT_GROUP, min_order_value=2 * MARK * TICK_VALUE)
    yield venue.ops("a block trade that is too small", small, expected="ORDER_TOO_SMALL")
    whole = venue.block_trade(1, 2, leg())
    venue.edit(UNDERLYING, UNDERLYING_GROUP, raw_price=INDEX * 11 // 10)
    yield venue.ops("a block trade under a wide gap", whole, expected="GAP_TOO_WIDE")
    venue.edit(INSTRUMENT, INSTRUMENT_GROUP, status=InstrumentStatus.REDUCE_ONLY)
    opens = venue.block_trade(1, 2, leg())
    yield venue.ops("a block trade that opens in a closing market", opens, expected="HALTED")
    venue.now_ms += INDEX_STALE_MS + 1
    late = venue.block_trade(1, 2, leg())
    yield venue.ops("a block trade at a stale price", late, expected="STALE_PRICE")
    venue.edit(UNDERLYING, UNDERLYING_GROUP, index_price=0)
    early = venue.block_trade(1, 2, leg())
    yield venue.ops("a block trade without a price", early, expected="NO_PRICE")
