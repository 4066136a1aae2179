"""Cases of block trades: whole segments, with the state before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.vectors.case_file import Case
from tools.vectors.signers import signer
from tools.vectors.venue import MARK, Venue


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
