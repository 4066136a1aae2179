"""Cases of liquidations, of the house, of deleveraging, and of an instrument's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.wire.constants import (
    FACTOR_MIN,
    FACTOR_ONE,
    INDEX_STALE_MS,
    MONEY_MAX,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    UNWIND_WINDOW_MS,
)
from strikeproof.wire.layout import ACCOUNT_GROUP, GLOBAL_GROUP, INSTRUMENT_GROUP, MARK_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import encode_op, encode_payload
from tools.vectors.venue import (
    DEPOSIT,
    MARK,
    TICK_VALUE,
    USD,
    Venue,
    cancel_all,
    place,
    trader,
)

_LOTS: Final = 19_000  # worth 95,000 USD: close to ten times a deposit
_TICK: Final = 100_000_000  # nano-USD of the index
_GLOBAL, _ACCOUNT, _INSTRUMENT, _MARK = 0, 1 << 56, 4 << 56 | 1, 5 << 56 | 1

_UNWIND: Final = encode_op("UNWIND", {"instrument": 1})
_DELEVERAGE: Final = encode_op("DELEVERAGE", {"instrument": 1})
_SETTLE_ORPHAN: Final = encode_op("SETTLE_ORPHAN", {"instrument": 1})
_ANNOUNCE: Final = encode_op("ANNOUNCE_ORPHAN", {"underlying": 1})


def house_cases() -> Iterator[Case]:
    """Yield segments of the ops that close positions for their owners, and of those that follow."""
    yield from _liquidations()
    yield from _unwinding()
    yield from _deleveraging()
    yield from _final_settlement()
    yield from _orphans()
    yield from _forced_closes()


def _opened() -> Venue:
    """Return a venue whose account 1 is long, ten times its deposit, and account 2 as short."""
    venue = Venue.opened()
    venue.act(2, place(lots=_LOTS, sell=True))
    venue.act(1, place(lots=_LOTS))
    return venue


def _taken_over() -> Venue:
    """Return a venue whose house is long most of what account 1 was, and below its margin."""
    venue = _opened()
    venue.price(45_100 * _TICK)
    venue.run(venue.segment(_liquidate()))
    return venue


def _liquidate(account: int = 1, instrument: int = 1) -> bytes:
    return encode_op("LIQUIDATE", {"account": account, "instrument": instrument})


def _settle(account: int, instrument: int = 1) -> bytes:
    return encode_op("SETTLE_POSITION", {"account": account, "instrument": instrument})


def _liquidations() -> Iterator[Case]:
    venue = _opened()
    healthy = _liquidate()
    yield venue.ops("liquidation of a healthy account", healthy, expected="NOT_LIQUIDATABLE")
    nobody = _liquidate(9)
    yield venue.ops("liquidation of no account", nobody, expected="UNKNOWN_ACCOUNT")
    elsewhere = _liquidate(instrument=2)
    yield venue.ops("liquidation in no instrument", elsewhere, expected="UNKNOWN_INSTRUMENT")
    flat = _liquidate(3)
    yield venue.ops("liquidation of an account without a position", flat, expected="NO_POSITION")
    venue.act(1, place(MARK - 900, 1))
    venue.act(3, *[place(46_900 + number, 1_500) for number in range(3)])
    venue.price(47_000 * _TICK)
    void = venue.segment(_liquidate(), declared=Weights(100_000, 100_000))
    yield venue.case("void: a liquidation that weighs more than is declared", void, "")
    yield venue.ops("liquidation in the book: orders die, three makers fill", _liquidate())
    above = "an account that is above maintenance again"
    yield venue.ops(above, _liquidate(), expected="NOT_LIQUIDATABLE")
    venue.act(3, cancel_all())
    venue.price(46_000 * _TICK)
    waits = _liquidate()
    yield venue.ops("what the book does not take waits", waits, expected="IOC_REMAINDER")
    venue.price(45_000 * _TICK)
    yield venue.ops("what the book does not take, the house must", _liquidate())
    venue.price(44_000 * _TICK)
    venue.edit(_ACCOUNT | 1, ACCOUNT_GROUP, collateral=-(20_000 * USD))
    yield venue.ops("an account that owes: the house bears it", _liquidate())
    venue.now_ms += INDEX_STALE_MS + 1
    late = _liquidate(2)
    yield venue.ops("liquidation at a stale price", late, expected="STALE_PRICE")


def _unwinding() -> Iterator[Case]:
    venue = _opened()
    yield venue.ops("a house without lots trades nothing", _UNWIND, expected="HOUSE_FLAT")
    venue = _taken_over()
    venue.act(3, place(45_090, 2_000))
    yield venue.ops("the house trades out a tenth", _UNWIND)
    yield venue.ops("the house trades out twice in a window", _UNWIND, expected="TOO_SOON")
    venue.now_ms += UNWIND_WINDOW_MS
    yield venue.ops("the house meets too few bids", _UNWIND, expected="IOC_REMAINDER")
    venue.govern("SET_INSTRUMENT", status=3)
    yield venue.ops("the house of a halted instrument", _UNWIND, expected="HALTED")


def _deleveraging() -> Iterator[Case]:
    venue = _opened()
    yield venue.ops("a house without lots closes nothing", _DELEVERAGE, expected="HOUSE_FLAT")
    venue = _taken_over()
    venue.price(46_000 * _TICK)
    solvent = "a house above its margin"
    yield venue.ops(solvent, _DELEVERAGE, expected="HOUSE_SOLVENT")
    venue.edit(_GLOBAL, GLOBAL_GROUP, insurance_fund=100_000 * USD)
    venue.price(44_900 * _TICK)
    yield venue.ops("a house below its margin borrows", _DELEVERAGE)
    venue.price(44_000 * _TICK)
    venue.edit(_GLOBAL, GLOBAL_GROUP, insurance_fund=50 * USD)
    whole = Venue.of_records(venue.records(), venue.now_ms).ops("", _DELEVERAGE)
    short = Weights(whole["compute_weight"] - 1, whole["witness_weight"])
    void = venue.segment(_DELEVERAGE, declared=short)
    yield venue.case("void: a deleveraging that weighs more than is declared", void, "")
    yield venue.ops("the house borrows what there is, and closes shorts pro rata", _DELEVERAGE)
    yield venue.ops("a withdrawal beside closed lots", venue.withdraw(2, USD))
    buy = place(44_000, 1)
    venue.act(3, place(44_000, 5, sell=True))
    yield venue.actions("a short whose lots were closed settles as it trades", 2, buy)


def _final_settlement() -> Iterator[Case]:
    venue = _taken_over()
    yield venue.ops("a position of a live instrument", _settle(2), expected="NOT_SETTLED")
    fallen = FACTOR_ONE - FACTOR_MIN
    venue.edit(
        _MARK,
        MARK_GROUP,
        short_factor=FACTOR_MIN,
        short_adl_index=-fallen * MARK * TICK_VALUE,
        short_deleveraged_ms=venue.now_ms,
    )
    venue.act(3, place(44_000, 2))
    yield venue.ops("a factor that would be too small settles the instrument", _DELEVERAGE)
    settled = "INSTRUMENT_SETTLED"
    ops = {
        "a deleveraging": _DELEVERAGE,
        "an unwinding": _UNWIND,
        "a liquidation": _liquidate(2),
        "a funding sample": encode_op("FUNDING", {"instrument": 1}),
    }
    for name, op in ops.items():
        yield venue.ops(f"{name} of a settled instrument", op, expected=settled)
    order = f"OK {settled}"
    yield venue.actions("an order of a settled instrument", 3, place(44_000, 2), expected=order)
    venue.edit(_ACCOUNT | 2, ACCOUNT_GROUP, collateral=-MONEY_MAX)
    beyond = _settle(2)
    yield venue.ops("a position that owes beyond all money", beyond, expected="FIELD_OVERFLOW")
    venue.edit(_ACCOUNT | 2, ACCOUNT_GROUP, collateral=DEPOSIT)
    yield venue.ops("a position becomes cash, closed lots first", _settle(2))
    yield venue.ops("an entry of orders alone", _settle(3))
    nothing = _settle(2)
    yield venue.ops("an account without a position there", nothing, expected="NO_POSITION")


def _orphans() -> Iterator[Case]:
    venue = _opened()
    yield venue.ops("an underlying that has a price", _ANNOUNCE, expected="NOT_ORPHANED")
    none = encode_op("ANNOUNCE_ORPHAN", {"underlying": 2})
    yield venue.ops("no underlying", none, expected="UNKNOWN_UNDERLYING")
    venue.govern("LIST_UNDERLYING", symbol=b"ETH".ljust(16, b"\0"))
    yield venue.ops("an underlying that never had a price", none, expected="NO_PRICE")
    venue.now_ms += ORPHAN_AGE_MS
    yield venue.ops("an orphan is announced", _ANNOUNCE)
    yield venue.ops("an instrument before its notice", _SETTLE_ORPHAN, expected="NOT_ORPHANED")
    venue.now_ms += ORPHAN_NOTICE_MS
    yield venue.ops("an orphan's instrument is settled", _SETTLE_ORPHAN)
    venue.edit(_ACCOUNT | 1, ACCOUNT_GROUP, collateral=-(96_000 * USD))
    yield venue.ops("a debt that remains is the house's", _settle(1))
    owed = MONEY_MAX - 500 * USD
    venue.edit(_ACCOUNT | 2, ACCOUNT_GROUP, collateral=_LOTS * MARK * TICK_VALUE - owed)
    yield venue.ops("a debt that would pass all money stays", _settle(2))


def _forced_closes() -> Iterator[Case]:
    venue = _opened()

    def forced(account: int, lots: int, signed: bool = True) -> bytes:
        op = venue.op("FORCED_CLOSE", account, instrument=1, lots=lots, signed=signed)
        return venue.message("USER_OP", op, trader(account).address)

    yield venue.case("a forced close of no position", forced(3, 5), "NO_POSITION")
    _lend(venue, -10_000 * USD)
    unsigned = forced(1, 5, signed=False)
    yield venue.case("a forced close that nobody takes", unsigned, "HOUSE_FULL")
    venue.act(3, place(MARK - 20, 40))
    yield venue.case("a forced close in the book", forced(1, 30), "OK")
    yield venue.case("a forced close of more than the book takes", forced(1, 30), "HOUSE_FULL")
    _lend(venue, 10_000 * USD)
    yield venue.case("a forced close by the house", forced(1, 2**40 - 1, signed=False), "OK")
    ordered = venue.op("FORCED_CLOSE", 2, instrument=1, lots=1)
    yield venue.ops("a forced close among ordered ops", ordered, expected="WRONG_FAMILY")
    latency = encode_payload("SET_LATENCY", _CALM)
    yield venue.case("the latency buffer is governed", venue.message("GOVERNANCE", latency))
    venue.edit(_GLOBAL, GLOBAL_GROUP, fee_pool=9 * USD, insurance_fund=4 * USD)
    for pool, amount, expected in ((1, 9, "OK"), (2, 3, "OK"), (2, 2, "INSUFFICIENT_COLLATERAL")):
        fields = {"pool": pool, "account": 2, "amount_micro_usd": amount * USD}
        paid = venue.message("GOVERNANCE", encode_payload("PAY_OUT", fields))
        yield venue.case(f"{amount} USD are paid out of pool {pool}", paid, expected)


def _lend(venue: Venue, micro_usd: int) -> None:
    """Let the house have this much."""
    amounts = {"house_cash": micro_usd, "effective_cash": micro_usd}
    venue.edit(_INSTRUMENT, INSTRUMENT_GROUP, **amounts)


_CALM: Final = {
    "slope_factor_ppm": 1_000_000,
    "slope_least_ppm": 10,
    "slope_most_ppm": 1_000,
    "variance_tau_ms": 60_000,
}
