"""Who trades: makers, takers, the levered, the hedged, and those who want to be in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.core.engine_event import Rested
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    ORDER_LOTS_MAX,
    InstrumentStatus,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_cancel,
    encode_cancel_all,
    encode_forced_close,
    encode_liquidate,
    encode_place,
    encode_replace,
    encode_withdraw,
)
from tests.market_days.day_terms import INSTRUMENTS, USD
from tests.market_days.market_day import FOREVER_MS, UNSIGNED, MarketDay, owner_of

PRICE_MAX: Final = 2**32 - 1
PROBES_MAX: Final = 20


class Trader:
    """Has an account, and a turn now and then."""

    def __init__(self, day: MarketDay, deposit_usd: int) -> None:
        self.day, self.random = day, day.random
        self.account = day.open_account(deposit_usd * USD)

    def turn(self) -> None:
        """Do something."""
        raise NotImplementedError

    # --- what all of them need ---

    def pick(self) -> int:
        """Return an instrument."""
        return self.random.choice(tuple(INSTRUMENTS))

    def place(
        self, instrument: int, is_sell: bool, price: int, lots: int, **terms: int | bool
    ) -> bytes:
        """Return a place action; terms as `action_flags` has them."""
        expiry_ms = int(terms.pop("expiry_ms", 0))
        return encode_place(
            instrument=instrument,
            flags=action_flags(sell=is_sell, **terms),  # type: ignore[arg-type]
            price=max(1, min(PRICE_MAX, price)),
            lots=max(1, min(ORDER_LOTS_MAX, lots)),
            expiry_ms=expiry_ms,
        )

    def lots_of(self, instrument: int, value_micro_usd: int) -> int:
        """Return the lots that are worth this much at the mark, one at least."""
        return max(1, value_micro_usd // max(1, self.day.instrument(instrument).mark.notional))

    def equity(self) -> int:
        """Return this account's equity, micro-USD."""
        view = self.day.engine.account(self.account)
        assert view is not None
        return view.equity

    def size(self, instrument: int) -> int:
        """Return this account's position in signed lots."""
        view = self.day.engine.account(self.account)
        assert view is not None
        return sum(each.size for each in view.positions if each.instrument == instrument)

    def withdraw(self, amount: int) -> None:
        """Try to take micro-USD out."""
        nonce = self.day.nonces[self.account]
        self.day.nonces[self.account] += 1
        data = encode_withdraw(
            account=self.account,
            nonce=nonce,
            expiry_ms=FOREVER_MS,
            amount_micro_usd=max(1, min(2**64 - 1, amount)),
            signature=UNSIGNED,
        )
        self.day.order(data, owner_of(self.account))


class Maker(Trader):
    """Quotes both sides around the mark, leans against its position, at times is away."""

    def turn(self) -> None:
        """Quote one instrument again, or move one order."""
        if self.random.random() < 0.1:
            return
        instrument = self.pick()
        if self.random.random() < 0.3:
            self._move_one(instrument)
            return
        record = self.day.instrument(instrument)
        mark = record.mark.price
        lean = -self.size(instrument) * self.random.randint(0, 5)
        lean = max(-mark // 200, min(mark // 200, lean))
        actions = [encode_cancel_all(instrument=instrument)]
        half = 1 + mark * self.random.randint(1, 30) // 10_000
        lots = max(
            self.day.least_lots(instrument, mark),
            self.lots_of(instrument, self.random.randint(1, 4_000) * USD),
        )
        for step in range(self.random.randint(1, 3)):
            gap = half * (1 + step)
            for is_sell in (False, True):
                price = mark + lean + (gap if is_sell else -gap)
                post_only = self.random.random() < 0.5
                actions.append(self.place(instrument, is_sell, price, lots, post_only=post_only))
        self.day.bundle(self.account, *actions)

    def _move_one(self, instrument: int) -> None:
        orders = [
            each
            for each in self.day.engine.orders_of(self.account)
            if each.instrument == instrument
        ]
        if not orders:
            return
        order = self.random.choice(orders)
        mark = self.day.instrument(instrument).mark.price
        price = self.random.choice(
            (order.price, mark + self.random.randint(-mark // 50, mark // 50))
        )
        self.day.bundle(
            self.account,
            encode_replace(
                instrument=instrument,
                slot=order.slot,
                serial=order.serial,
                flags=action_flags(sell=order.is_sell),
                price=max(1, min(PRICE_MAX, price)),
                lots=max(1, order.lots * self.random.randint(50, 150) // 100),
            ),
        )


class Taker(Trader):
    """Takes what it finds, at a limit near the mark."""

    def turn(self) -> None:
        """Take once."""
        instrument = self.pick()
        record = self.day.instrument(instrument)
        is_sell = self.random.random() < 0.5
        mark = record.mark.price
        reach = mark * self.random.randint(0, record.price_band_ppm) // 10**6
        time_in_force = self.random.choice(
            (TimeInForce.IOC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC)
        )
        lots = self.lots_of(instrument, self.random.randint(1, 3_000) * USD)
        action = self.place(
            instrument,
            is_sell,
            mark + (-reach if is_sell else reach),
            lots,
            time_in_force=time_in_force,
            self_trade=self.random.choice(tuple(SelfTrade)),
        )
        self.day.bundle(self.account, action)


class Levered(Trader):
    """Holds as much as its money admits, and brings money when it has lost it."""

    def turn(self) -> None:
        """Add to its position, or bring money, or close."""
        day, instrument = self.day, self.pick()
        record = day.instrument(instrument)
        equity, mark = self.equity(), record.mark
        if equity < 50 * USD:
            if self.random.random() < 0.1:
                day.deposit(self.account, self.random.randint(100, 3_000) * USD)
            return
        size = self.size(instrument)
        if size and self.random.random() < 0.1:
            self._close(instrument, size)
            return
        is_sell = size < 0 if size else self.random.random() < 0.5
        value = equity * 10**6 // mark.initial_margin_ppm * self.random.randint(20, 99) // 100
        reach = mark.price * record.price_band_ppm // 10**6 // 2
        price = mark.price + (-reach if is_sell else reach)
        tif = TimeInForce.IOC
        lots = self.lots_of(instrument, value)
        day.bundle(self.account, self.place(instrument, is_sell, price, lots, time_in_force=tif))

    def _close(self, instrument: int, size: int) -> None:
        mark = self.day.instrument(instrument).mark.price
        price = mark * (98 if size > 0 else 102) // 100
        action = self.place(instrument, size > 0, price, abs(size), reduce_only=True)
        self.day.bundle(self.account, action)


class Hedged(Trader):
    """Long here and short there on one underlying; takes out what margin leaves."""

    def turn(self) -> None:
        """Put both legs on, or take money out or back in."""
        draw = self.random.random()
        if draw < 0.15:
            self.withdraw(self.equity() * self.random.randint(1, 100) // 100)
            return
        if draw < 0.25:
            self.day.deposit(self.account, self.random.randint(100, 5_000) * USD)
            return
        is_sell = self.random.random() < 0.5
        value = self.random.randint(100, 2_000) * USD
        actions = []
        for instrument, side in ((1, is_sell), (2, not is_sell)):
            mark = self.day.instrument(instrument).mark.price
            price = mark * (985 if side else 1_015) // 1_000
            lots = self.lots_of(instrument, value)
            actions.append(self.place(instrument, side, price, lots, time_in_force=TimeInForce.IOC))
        self.day.bundle(self.account, *actions)


class Griefer(Trader):
    """Wants others not to trade: dust, dead orders, far orders, orders that fill nobody."""

    def turn(self) -> None:
        """Be in the way in one of the ways that there are."""
        instrument = self.pick()
        draws: list[Callable[[int], None]] = [
            self._fill_the_front,
            self._fill_the_front,
            self._die_in_place,
            self._cross_itself,
            self._shrink_to_dust,
            self._flood_reduce_only,
            self._liquidate_others,
            self._leave_through_l1,
        ]
        self.random.choice(draws)(instrument)

    def _smallest(self, instrument: int, price: int) -> int:
        return self.day.least_lots(instrument, price)

    def _front(self, instrument: int, is_sell: bool) -> int:
        """Return the price just ahead of a side's best."""
        record = self.day.instrument(instrument)
        slot = record.best_ask if is_sell else record.best_bid
        if not slot:
            return record.mark.price + (1 if is_sell else -1)
        return record.orders[slot].price + (-1 if is_sell else 1)

    def _fill_the_front(self, instrument: int) -> None:
        """Orders of the least size at the best price, short-lived or not."""
        is_sell = self.random.random() < 0.5
        price = max(1, self._front(instrument, is_sell))
        lots = self._smallest(instrument, price)
        terms: dict[str, int] = {}
        if self.random.random() < 0.5:
            expiry_ms = self.day.now_ms + self.random.randint(1, 2_000)
            terms = {"time_in_force": TimeInForce.GTD, "expiry_ms": expiry_ms}
        count = self.random.randint(1, ACTIONS_MAX)
        self.day.bundle(
            self.account,
            *[
                self.place(instrument, is_sell, price, lots, post_only=True, **terms)
                for _ in range(count)
            ],
        )

    def _die_in_place(self, instrument: int) -> None:
        """Cancel all: what is dead stays linked until somebody meets it."""
        self.day.bundle(self.account, encode_cancel_all(instrument=instrument))

    def _cross_itself(self, instrument: int) -> None:
        mark = self.day.instrument(instrument).mark.price
        lots = self._smallest(instrument, mark)
        mode = self.random.choice(tuple(SelfTrade))
        self.day.bundle(
            self.account,
            self.place(instrument, False, mark, lots, self_trade=mode),
            self.place(instrument, True, mark, lots, self_trade=mode),
        )

    def _shrink_to_dust(self, instrument: int) -> None:
        """Replace its orders in place down to a lot each."""
        orders = [
            each
            for each in self.day.engine.orders_of(self.account)
            if each.instrument == instrument
        ]
        actions = [
            encode_replace(
                instrument=instrument,
                slot=each.slot,
                serial=each.serial,
                flags=action_flags(sell=each.is_sell),
                price=each.price,
                lots=1,
            )
            for each in orders[:4]
        ]
        if actions:
            self.day.bundle(self.account, *actions)

    def _flood_reduce_only(self, instrument: int) -> None:
        size = self.size(instrument)
        if not size:
            return
        mark = self.day.instrument(instrument).mark.price
        price = mark * self.random.randint(95, 105) // 100
        lots = self.random.randint(1, 2 * abs(size))
        action = self.place(instrument, size > 0, price, lots, reduce_only=True)
        self.day.bundle(self.account, action, action)

    def _liquidate_others(self, instrument: int) -> None:
        """Anyone may have an account liquidated; a healthy one must not notice."""
        account = self.random.randint(1, self.day.engine.venue().next_account)
        self.day.order(encode_liquidate(account=account, instrument=instrument))

    def _leave_through_l1(self, instrument: int) -> None:
        op = encode_forced_close(
            account=self.account,
            nonce=self.day.nonces[self.account],
            expiry_ms=FOREVER_MS,
            instrument=instrument,
            lots=self.random.randint(1, 10_000),
        )
        self.day.nonces[self.account] += 1
        self.day.force(op, self.account)


class Prober(Trader):
    """Has money, and asks whether it can trade: an order of minimum size fills or rests."""

    def turn(self) -> None:
        """Probe all instruments that are open."""
        for instrument in INSTRUMENTS:
            record = self.day.instrument(instrument)
            if record.status == InstrumentStatus.ACTIVE and record.mark.price:
                self.probe(instrument)

    def probe(self, instrument: int) -> None:
        """Assert that an order at the mark fills or rests; that one which only rests does so while
        the price is old, or the gap wide: then the law lets nobody take.

        What stands before it and is dead may stop it; it is gone then, so the next one comes
        further. Raises `AssertionError`.
        """
        day, record = self.day, self.day.instrument(instrument)
        mark = record.mark
        size = self.size(instrument)
        is_sell = size > 0 or (not size and self.random.random() < 0.5)
        is_old = day.now_ms > mark.underlying.stale_after_ms
        is_wide = 2 * mark.underlying.gap_ppm > record.price_band_ppm
        for tried in range(PROBES_MAX):
            price = mark.price
            if is_old or is_wide:
                price = self._behind(instrument, is_sell, price)
            if abs(price - mark.price) * 10**6 > mark.price * record.price_band_ppm:
                day.watch.seen["probes that only rest would be far"] += 1
                return
            lots = day.least_lots(instrument, min(price, mark.price))
            found = day.bundle(self.account, self.place(instrument, is_sell, price, lots))
            code = Result(found.action_codes[0]) if found.action_codes else Result(found.code)
            if code == Result.OK:
                day.watch.seen["probes"] += 1
                day.watch.seen["probes at once"] += tried == 0
                for event in found.events:
                    if isinstance(event, Rested):
                        cancel = encode_cancel(
                            instrument=instrument, slot=event.slot, serial=event.serial
                        )
                        assert day.bundle(self.account, cancel).action_codes == b"\0"
                return
            assert code == Result.TOUCHES_EXHAUSTED, f"not tradable: {code.name} at {instrument}"
        raise AssertionError(f"not tradable: {PROBES_MAX} orders met nothing but dead ones")

    def _behind(self, instrument: int, is_sell: bool, price: int) -> int:
        """Return a price that crosses no order."""
        record = self.day.instrument(instrument)
        slot = record.best_bid if is_sell else record.best_ask
        if not slot:
            return price
        best = record.orders[slot].price
        return max(price, best + 1) if is_sell else max(1, min(price, best - 1))
