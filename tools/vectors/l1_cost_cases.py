"""Segments of L1's cost (reports, charges, payments into pools: docs/protocol/l1-cost.md), and of
atomic bundles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.sequencer.core.rules.l1_cost import l1_fee
from strikeproof.wire.constants import L1_PRICE_MAX, L1_REPORT_SPACING_MS, MONEY_MAX, OrderFlag
from strikeproof.wire.layout import ACCOUNT_GROUP, GLOBAL_GROUP
from tools.vectors.case_file import Case
from tools.vectors.encoders import as_ordered, encode_payload
from tools.vectors.venue import INDEX, MARK, USD, Venue, cancel, cancel_all, place

GWEI: Final = 10**9
GAS_PRICE: Final = 20 * GWEI
_ACCOUNT: Final = 1 << 56 | 1
_GREATEST: Final = 2**64 - 1


def l1_cost_cases() -> Iterator[Case]:
    """Yield the cases, of one venue after another."""
    yield from _reports()
    yield from _charges()
    yield from _payments()
    yield from _atomic_bundles()


def _report(venue: Venue, gas_price: int, blob_price: int = GWEI) -> bytes:
    fields = {"base_fee_wei": gas_price, "blob_base_fee_wei": blob_price}
    return venue.message("L1_REPORT", encode_payload("L1_REPORT", fields))


def _reports() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    over = _report(venue, L1_PRICE_MAX + 1)
    yield venue.case("a report above the greatest price", over, "MALFORMED")
    yield venue.case("the first report of L1's prices", _report(venue, GAS_PRICE))
    venue.now_ms += L1_REPORT_SPACING_MS - 1
    yield venue.case("a report a millisecond too early", _report(venue, 0), "TOO_SOON")
    venue.now_ms += 1
    yield venue.case("a report moves the averages by an eighth", _report(venue, GAS_PRICE + 7, 0))
    venue.now_ms += L1_REPORT_SPACING_MS
    yield venue.case("a report of the greatest prices", _report(venue, L1_PRICE_MAX, L1_PRICE_MAX))
    venue.now_ms += L1_REPORT_SPACING_MS
    yield venue.case("a report of nothing", _report(venue, 0, 0))


def _charges() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    venue.run(_report(venue, GAS_PRICE))
    none = venue.governance("SET_ETH", underlying=2)
    yield venue.case("ether's price is not an underlying's", none, "UNKNOWN_UNDERLYING")
    free = venue.bundle(1, cancel_all())
    yield venue.ops("nothing is charged before governance says so", free, expected="OK OK")
    yield venue.case("ether's price is named", venue.governance("SET_ETH", underlying=1))
    odd = venue.bundle(1, cancel_all(), max_l1_fee_micro_usd=1)  # eight bytes say what it may cost
    fee = l1_fee(len(as_ordered(odd)), GAS_PRICE, INDEX)
    short = venue.bundle(1, cancel_all(), max_l1_fee_micro_usd=fee - 1)
    yield venue.ops("a micro-dollar too little is agreed to", short, expected="L1_FEE_TOO_HIGH")
    exact = venue.bundle(1, cancel_all(), max_l1_fee_micro_usd=fee)
    yield venue.ops("exactly what the bytes cost is agreed to", exact, expected="OK OK")
    ops = (
        venue.withdraw(1, USD, max_l1_fee_micro_usd=_GREATEST),
        venue.set_session(1, 1, b"\x5e" * 20, max_l1_fee_micro_usd=_GREATEST),
        venue.set_guard(1, 2, max_l1_fee_micro_usd=_GREATEST),
        venue.set_cancel_at(1, 0, max_l1_fee_micro_usd=_GREATEST),
    )
    yield venue.ops("every user op pays for its bytes", *ops, expected="OK OK OK OK")
    forced = venue.message("USER_OP", venue.withdraw(1, USD))
    yield venue.case("an op that came through L1 pays nothing", forced)
    beyond = venue.withdraw(1, 10**9 * USD, max_l1_fee_micro_usd=_GREATEST)
    yield venue.ops(
        "an op that fails has paid for its bytes", beyond, expected="INSUFFICIENT_COLLATERAL"
    )
    venue.edit(_ACCOUNT, ACCOUNT_GROUP, collateral=-MONEY_MAX)
    poor = venue.bundle(1, cancel_all(), max_l1_fee_micro_usd=_GREATEST)
    yield venue.ops("a collateral that can fall no further", poor, expected="FIELD_OVERFLOW")
    venue.edit(_ACCOUNT, ACCOUNT_GROUP, collateral=0)
    venue.edit(0, GLOBAL_GROUP, fee_pool=MONEY_MAX)
    full = venue.bundle(1, cancel_all(), max_l1_fee_micro_usd=_GREATEST)
    yield venue.ops("a fee pool that can take no more", full, expected="FIELD_OVERFLOW")
    yield venue.case("the charges end", venue.governance("SET_ETH", underlying=0))


def _atomic_bundles() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    kept = venue.bundle(1, place(MARK - 10, 5), place(MARK - 20, 5), atomic=1)
    yield venue.ops("an atomic bundle whose actions all pass", kept, expected="OK OK OK")
    fills = place(MARK - 10, 5, flags=OrderFlag.SELL)
    undone = venue.bundle(2, fills, cancel(9, 9), place(MARK, 1), atomic=1)
    yield venue.ops(
        "an atomic bundle of which an action fails: its fill is undone",
        undone,
        expected="OK ATOMIC_UNDONE ORDER_NOT_FOUND ATOMIC_UNDONE",
    )


def _payments() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)

    def pay_in(pool: int, amount: int) -> bytes:
        fields = {"pool": pool, "amount_micro_usd": amount}
        return venue.message("PAY_IN", encode_payload("PAY_IN", fields))

    for pool, name in ((1, "fee pool"), (2, "insurance fund")):
        yield venue.case(f"somebody pays into the {name}", pay_in(pool, 5 * USD))
    for pool in (0, 3):
        yield venue.case(f"a payment into pool {pool}", pay_in(pool, USD), "MALFORMED")
    beyond = pay_in(2, MONEY_MAX)
    yield venue.case("a payment beyond all money", beyond, "FIELD_OVERFLOW")
