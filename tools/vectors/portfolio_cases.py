"""Cases of portfolio margin: who comes under it, what is refused there, and how it ends.

As in `option_cases.py`: the perpetual is instrument 1, a call and a put at its price are 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.wire.constants import (
    CERTIFICATE_AGE_MS,
    CERTIFICATE_KEPT_MS,
    INDEX_STALE_MS,
    OPTION_STALE_MS,
    PORTFOLIO_EQUITY_MIN,
    PPB,
)
from strikeproof.wire.layout import ACCOUNT_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import START_MS, encode_op
from tools.vectors.venue import MARK, USD, Venue, place

ACCOUNT: Final = 1 << 56
_DEPOSIT: Final = 90_000 * USD
_LOTS: Final = 25_000
_EXPIRY_MS: Final = START_MS + 30 * 86_400_000
_REPRICE: Final = encode_op("REPRICE", {"instrument": 2})


def portfolio_cases() -> Iterator[Case]:
    """Yield segments of SetMarginMode and Revalue, and of what portfolio margin changes."""
    yield from _modes()
    yield from _withdrawals()
    yield from _refusals()
    yield from _end()
    yield from _certificates()
    yield from _credit()


def priced() -> Venue:
    """Return a venue with a call and a put that were just priced, and two rich accounts."""
    venue = Venue.opened()
    venue.govern("LIST_EXPIRY", expiry_ms=_EXPIRY_MS, forward_ppb=PPB)
    venue.govern("LIST_OPTIONS", expiry=1, strike=MARK)
    for account in (1, 2):
        venue.send("DEPOSIT", account=account, amount_micro_usd=_DEPOSIT)
    fresh(venue)
    return venue


def fresh(venue: Venue) -> None:
    """Report a surface, and have the options priced by it."""
    surface = venue.reported("SURFACE", PPB, PPB, svi_time_ms=venue.now_ms - 1_000)
    venue.run(venue.segment(surface, _REPRICE))


def _hedged(venue: Venue) -> None:
    """Sell calls to account 2, and buy as much of the perpetual from it."""
    call = venue.engine.instrument(2)
    assert call is not None
    venue.act(1, place(call.mark_price, lots=_LOTS, sell=True, instrument=2))
    venue.act(2, place(call.mark_price, lots=_LOTS, instrument=2))
    venue.act(2, place(MARK, lots=_LOTS, sell=True))
    venue.act(1, place(MARK, lots=_LOTS))


def revalue(account: int) -> bytes:
    """Return a Revalue."""
    return encode_op("REVALUE", {"account": account})


def _modes() -> Iterator[Case]:
    venue = priced()
    unknown = venue.set_margin_mode(1, 2)
    yield venue.ops("margin on no underlying", unknown, expected="UNKNOWN_UNDERLYING")
    venue.act(1, place(MARK - 200, lots=10))
    mode = venue.set_margin_mode(1, 1)
    yield venue.ops("portfolio margin begins, and the orders end", mode)
    again = venue.set_margin_mode(1, 1)
    yield venue.ops("portfolio margin again", again)
    yield venue.ops("standard margin", venue.set_margin_mode(1, 0))
    yield venue.ops("standard margin again", venue.set_margin_mode(1, 0))
    venue.edit(ACCOUNT | 1, ACCOUNT_GROUP, collateral=PORTFOLIO_EQUITY_MIN - 1)
    poor = venue.set_margin_mode(1, 1)
    yield venue.ops("a micro-dollar too little equity", poor, expected="MARGIN_INSUFFICIENT")
    venue.edit(ACCOUNT | 1, ACCOUNT_GROUP, collateral=PORTFOLIO_EQUITY_MIN)
    yield venue.ops("exactly the least equity", venue.set_margin_mode(1, 1))


def _withdrawals() -> Iterator[Case]:
    venue = priced()
    _hedged(venue)
    view = venue.engine.account(1)
    assert view is not None
    free = view.equity - view.initial_margin
    assert free > 0
    beyond = venue.withdraw(1, free + USD)
    refused = "INSUFFICIENT_COLLATERAL"
    yield venue.ops("more than standard margin leaves", beyond, expected=refused)
    mode = venue.set_margin_mode(1, 1)
    yield venue.ops("a hedged account comes under portfolio margin", mode)
    yield venue.ops("more than standard margin would leave", venue.withdraw(1, free + USD))
    all_of_it = venue.withdraw(1, view.equity)
    yield venue.ops("more than portfolio margin leaves", all_of_it, expected=refused)
    venue.now_ms += OPTION_STALE_MS + 1
    venue.price()
    yield from _stale(venue)
    fresh(venue)
    yield venue.ops("a withdrawal after the pricing", venue.withdraw(1, USD))
    venue.now_ms += INDEX_STALE_MS + 1
    old = venue.withdraw(1, USD)
    yield venue.ops("a price that is too old", old, expected="PORTFOLIO_STALE")


def _stale(venue: Venue) -> Iterator[Case]:
    """An option of account 1 waits for a pricing: nothing that needs a revaluation is admitted."""
    refused = "PORTFOLIO_STALE"
    old = venue.withdraw(1, USD)
    yield venue.ops("an option that waits for a pricing", old, expected=refused)
    again = venue.set_margin_mode(1, 1)
    yield venue.ops("portfolio margin while it waits", again, expected=refused)
    yield venue.ops("a revaluation while it waits", revalue(1), expected=refused)
    leg = {"instrument": 1, "sell": 1, "price": MARK, "lots": 10}
    block = venue.block_trade(1, 2, leg)
    yield venue.ops("a block while it waits", block, expected=refused)


def _refusals() -> Iterator[Case]:
    venue = priced()
    venue.govern("LIST_UNDERLYING")
    venue.govern("LIST_INSTRUMENT", underlying=2)
    venue.price(underlying=2)
    _hedged(venue)
    elsewhere = venue.set_margin_mode(1, 2)
    yield venue.ops("margin on another underlying", elsewhere, expected="PORTFOLIO_UNFIT")
    yield venue.ops("a portfolio account", venue.set_margin_mode(1, 1))
    closed = encode_op("LIQUIDATE", {"account": 1, "instrument": 2})
    yield venue.ops("a liquidation of it", closed, expected="WRONG_MARGIN_MODE")
    forced = venue.op("FORCED_CLOSE", 1, instrument=2, lots=1)
    message = venue.message("USER_OP", forced)
    yield venue.case("a forced close of it", message, "WRONG_MARGIN_MODE")
    yield venue.ops("a trigger of it", _trigger(venue), expected="WRONG_MARGIN_MODE")
    leg = {"instrument": 4, "sell": 0, "price": MARK, "lots": 10}
    block = venue.block_trade(1, 2, leg)
    yield venue.ops("a block elsewhere", block, expected="PORTFOLIO_UNFIT")
    shrunk = venue.block_trade(1, 2, {**leg, "instrument": 1, "sell": 1})
    yield venue.ops("a block of what it holds", shrunk)


def _trigger(venue: Venue) -> bytes:
    terms: dict[str, Any] = {
        "sell": 1,
        "reduce_only": 1,
        "falling": 1,
        "by_mark": 1,
        "trigger_price": 1,
        "limit": 1,
        "lots": 5,
        "max_fee_ppm": 1_000,
        "trigger_expiry_ms": 0,
        "client_id": 7,
    }
    return venue.op("SET_TRIGGER", 1, session=0, instrument=1, place=0, **terms)


def _end() -> Iterator[Case]:
    venue = priced()
    _hedged(venue)
    yield venue.ops("a revaluation of another account", revalue(1), expected="WRONG_MARGIN_MODE")
    yield venue.ops("a revaluation of nobody", revalue(9), expected="UNKNOWN_ACCOUNT")
    yield venue.ops("portfolio margin before it ends", venue.set_margin_mode(1, 1))
    yield venue.ops("an account that meets it", revalue(1))
    view = venue.engine.account(1)
    assert view is not None
    venue.edit(ACCOUNT | 1, ACCOUNT_GROUP, collateral=view.collateral - view.equity)
    yield venue.ops("an account that no longer meets it", revalue(1))
    closed = encode_op("LIQUIDATE", {"account": 1, "instrument": 2})
    yield venue.ops("its liquidation", closed, expected="OK")


def _certificates() -> Iterator[Case]:
    venue = priced()
    yield venue.ops("a certificate of nothing", venue.set_margin_mode(1, 1))
    call = venue.engine.instrument(2)
    assert call is not None
    mark = call.mark_price
    sold = place(mark, lots=_LOTS, sell=True, instrument=2)
    yield venue.ops("an order that rests by a certificate", venue.bundle(1, sold), expected="OK OK")
    bought = place(mark, lots=1_000, instrument=2)
    yield venue.ops("a maker judged by its certificate", venue.bundle(2, bought), expected="OK OK")
    venue.act(2, place(MARK, lots=1_000, sell=True))
    hedge = venue.bundle(1, place(MARK, lots=1_000))
    yield venue.ops("a taker judged by its certificate", hedge, expected="OK OK")
    far = place(mark, lots=10 * _LOTS, sell=True, instrument=2)
    refused = "OK MARGIN_INSUFFICIENT"
    yield venue.ops("an order beyond it", venue.bundle(1, far), expected=refused)
    venue.now_ms += CERTIFICATE_AGE_MS + 1
    venue.price()
    fresh(venue)
    own = venue.bundle(1, place(MARK - 200, lots=10))
    yield venue.ops("an order by an old certificate", own, expected="OK CERTIFICATE_NEEDED")
    passed = venue.bundle(2, bought)
    yield venue.ops("a maker that is passed over", passed, expected="OK CERTIFICATE_STALE")
    yield venue.ops("a revaluation", revalue(1))
    yield venue.ops("the same maker", venue.bundle(2, bought), expected="OK OK")
    venue.now_ms += CERTIFICATE_KEPT_MS + 1
    venue.price()
    fresh(venue)
    gone = venue.bundle(2, place(mark, lots=1_000, instrument=2))
    yield venue.ops("a maker whose certificate is too old", gone, expected="OK OK")


def _credit() -> Iterator[Case]:
    venue = priced()
    venue.govern("SET_ATTESTERS")
    yield venue.ops("an account without credit", venue.set_margin_mode(1, 1))
    granted = venue.credit(1, USD, 2)
    yield venue.ops("credit for a portfolio account", granted, expected="WRONG_MARGIN_MODE")
    grants = venue.credit(2, USD, 1)
    yield venue.ops("a portfolio account as guarantor", grants, expected="WRONG_MARGIN_MODE")
    yield venue.ops("standard margin for credit", venue.set_margin_mode(1, 0))
    yield venue.ops("credit under standard margin", venue.credit(1, USD, 2))
    back = venue.set_margin_mode(1, 1)
    yield venue.ops("portfolio margin with credit", back, expected="CREDIT_STANDS")
