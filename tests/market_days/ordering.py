"""How a sequencer orders what nobody sends it: prices of its reporters, and upkeep."""

from __future__ import annotations

from math import exp
from random import Random
from typing import Final

from strikeproof.wire.constants import INDEX_STALE_MS, PUBLISH_SPACING_MS, TimeInForce
from strikeproof.wire.errors import Result
from tests.market_days.day_terms import INSTRUMENTS, Ordering, Weather
from tests.market_days.market_day import MarketDay
from tests.market_days.traders import Trader

PRICES: Final = {1: 3_000 * 10**9, 2: 60_000 * 10**9}
PLANS_MAX: Final = 400
REPORT_MS: Final = 2_000


class PricePath:
    """The price that reporters see: a jump diffusion."""

    def __init__(self, random: Random, weather: Weather, price: int) -> None:
        self._random, self.price = random, price
        self._deviation, self._jumps = weather.value

    def move(self, duration_ms: int) -> None:
        """Let time pass."""
        seconds = duration_ms / 1_000
        step = self._random.gauss(0, self._deviation * seconds**0.5)
        if self._random.random() < self._jumps * seconds / 3_600:
            step += self._random.choice((-1, -1, 1)) * self._random.uniform(0.01, 0.2)
        self.price = max(10**9, min(10**15, int(self.price * exp(max(-1, min(1, step))))))


class Sequencer:
    """Orders prices and upkeep; `trader` is its own account, which a hostile one trades with."""

    def __init__(self, day: MarketDay, trader: Trader) -> None:
        self.day, self.random, self.trader = day, day.random, trader
        self.paths = {
            id: PricePath(day.random, day.terms.weather, price) for id, price in PRICES.items()
        }
        self._last_ms = day.now_ms
        self._reported_ms = dict.fromkeys(PRICES, 0)
        self._held: dict[int, list[tuple[int, int]]] = {id: [] for id in PRICES}
        self.silent: set[int] = set()
        for id, path in self.paths.items():
            assert day.report(id, path.price, day.now_ms) == Result.OK

    def turn(self) -> None:
        """Order what it orders now."""
        day = self.day
        passed, self._last_ms = day.now_ms - self._last_ms, day.now_ms
        for id, path in self.paths.items():
            path.move(passed)
            if id not in self.silent and day.now_ms - self._reported_ms[id] >= REPORT_MS:
                self._reported_ms[id] = day.now_ms
                self._held[id].append((day.now_ms, path.price))
        ordering = day.terms.ordering
        if ordering is Ordering.HONEST:
            self._publish_newest()
            self._keep_up()
            return
        if self.random.random() < 0.3:
            self._publish_newest()
        elif ordering is Ordering.HOSTILE and self.random.random() < 0.3:
            self._trade_ahead()
        if self.random.random() < 0.1:
            self._order_some()

    # --- prices ---

    def _publish_newest(self) -> None:
        for id, held in self._held.items():
            if held:
                publish_ms, price = held[-1]
                held.clear()
                self._publish(id, price, publish_ms)

    def _publish(self, id: int, price: int, publish_ms: int) -> None:
        underlying = self.day.engine.underlying(id)
        assert underlying is not None
        may = (
            publish_ms >= underlying.publish_time_ms + PUBLISH_SPACING_MS
            and publish_ms >= self.day.now_ms - INDEX_STALE_MS
        )
        code = self.day.report(id, price, publish_ms)
        assert code == (Result.OK if may else Result.STALE_REPORT), code

    def _trade_ahead(self) -> None:
        """Take from makers at the old price, order the held price that pays most, and get out."""
        id = self.random.choice(tuple(PRICES))
        held = self._held[id]
        if not held:
            return
        view = self.day.engine.underlying(id)
        assert view is not None
        now = view.index_price
        publish_ms, price = max(held, key=lambda each: abs(each[1] - now))
        is_sell = price < now
        instruments = [each for each, underlying in INSTRUMENTS.items() if underlying == id]
        for instrument in instruments:
            self._take(instrument, is_sell)
        self._held[id] = [each for each in held if each[0] > publish_ms]
        self._publish(id, price, publish_ms)
        for instrument in instruments:
            self._take(instrument, not is_sell)

    def _take(self, instrument: int, is_sell: bool) -> None:
        record, trader = self.day.instrument(instrument), self.trader
        mark = record.mark.price
        reach = mark * record.price_band_ppm // 10**6
        price = mark + (-reach if is_sell else reach)
        lots = trader.lots_of(instrument, self.random.randint(100, 20_000) * 10**6)
        tif = TimeInForce.IOC
        action = trader.place(instrument, is_sell, price, lots, time_in_force=tif)
        self.day.bundle(trader.account, action)

    # --- upkeep ---

    def _keep_up(self) -> None:
        """Order all that is due, plan by plan. Raises `AssertionError` if the plans do not end, if
        the first op of one is refused, or if they leave out what the law would do."""
        day = self.day
        for _ in range(PLANS_MAX):
            day.end_segment()
            plan = day.planner.plan(day.now_ms)
            for number, data in enumerate(plan.ops):
                outcome = day.order(data)
                code = Result(outcome.code).name
                assert number or outcome.is_ordered, f"planned, and refused: {code} {data.hex()}"
            if not plan.ops and not plan.is_behind:
                break
        else:
            raise AssertionError("upkeep does not come to rest")
        self._check_nothing_is_due()
        if self.random.random() < 0.2:
            self._sweep()

    def _check_nothing_is_due(self) -> None:
        """By a scan of everything, as the planner does not make one."""
        queries, now_ms = self.day.queries, self.day.now_ms
        for account in queries.accounts():
            due = queries.liquidation(account, now_ms)
            assert not due, f"account {account} should be liquidated at {due}"
        for instrument in INSTRUMENTS:
            assert not queries.must_deleverage(instrument, now_ms), "deleveraging is due"
            assert not queries.may_unwind(instrument, now_ms), "a house should trade out"
            assert not queries.may_fund(instrument, now_ms), "a sample is due"

    def _order_some(self) -> None:
        """Some of what is due, in any order."""
        day = self.day
        day.end_segment()
        ops = day.planner.plan(day.now_ms).ops
        self.random.shuffle(ops)
        for data in ops[: self.random.randint(0, len(ops))]:
            day.order(data)
        if self.random.random() < 0.2:
            self._sweep()

    def _sweep(self) -> None:
        self.day.gone.look(self.day.now_ms)
        while (data := self.day.gone.next_sweep(only_full=False)) is not None:
            self.day.order(data)
