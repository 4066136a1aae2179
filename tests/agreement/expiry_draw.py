"""Random expiries: listings, forwards, samples and settlements, and steps of time to their edges.

Drawn in the mood `dated` alone, so that every other stream stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.ops.settle_expiry import SettleExpiry
from strikeproof.sequencer.core.ops.surface import Surface
from strikeproof.sequencer.core.state_view import ExpiryView
from strikeproof.wire.constants import (
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    INDEX_STALE_MS,
    PPB,
    SETTLEMENT_FREE_MS,
    SETTLEMENT_WINDOW_MS,
    SVI_RHO_MAX,
    InstrumentKind,
)
from strikeproof.wire.operations import (
    encode_expiry_sample,
    encode_forward_report,
    encode_list_expiry,
    encode_list_options,
    encode_reprice,
    encode_settle_expiry,
    encode_settlement_report,
    encode_surface,
)
from tests.agreement.governance_draw import GovernanceDraw
from tests.agreement.numbers import PRICE_TICKS, TICK_NANO_USD, boundary
from tests.agreement.system_op_draw import SystemOpDraw

CALL: Final = int(InstrumentKind.CALL)


class ExpiryDraw(SystemOpDraw):
    """What a stream draws of expiries and options."""

    _govern: GovernanceDraw

    def _expiry_op(self) -> bytes:
        makes: list[Callable[[], bytes]] = [
            *[self._surface, self._expiry_sample] * 3,
            self._settle_expiry,
            self._settle_position,
            self._index_price,
        ]
        if self.mood.optioned:
            makes += [self._reprice] * 8 + [self._surface] * 3
        data = self.random.choice(makes)()
        if self._price_is_old() and self.random.random() < 0.7:
            return self._index_price() + data
        return data

    def _list_expiry(self, exact: bool = False) -> bytes:
        """Return a LIST_EXPIRY; unless `exact`, sometimes out of its ranges."""
        random = self.random
        count = self.engine.venue().next_underlying - 1
        ahead = random.choice([SETTLEMENT_WINDOW_MS + 10_000, 2 * SETTLEMENT_WINDOW_MS, 90_000])
        if self.mood.optioned:
            ahead = random.choice([SETTLEMENT_WINDOW_MS + 10_000, 10**7, 10**8])
        if self.mood.certified:
            ahead = random.choice([72_000_000, 3 * 86_400_000, 30 * 86_400_000])
        forward = PPB + random.randint(-20, 20) * 10**6
        underlying = random.randint(1, max(1, count))
        if not exact and random.random() < 0.3:
            ahead = random.choice([0, 1, -1, 2**40])
            edges = [FORWARD_PPB_MIN, FORWARD_PPB_MIN - 1, FORWARD_PPB_MAX, FORWARD_PPB_MAX + 1]
            forward = random.choice(edges)
            underlying = random.randint(0, count + 1)
        return encode_list_expiry(
            underlying=underlying, expiry_ms=self.now + ahead, forward_ppb=forward
        )

    def _an_expiry(self) -> ExpiryView | None:
        """Return an expiry, mostly the latest ones."""
        known = self.engine.expiries()
        if not known or self.random.random() < 0.03:
            return None
        return self.random.choice(known[-3:])

    def _hop_to_an_edge(self) -> None:
        """Move the time to an edge of an expiry, sometimes: its half hour, its end, a week on."""
        random = self.random
        known = [each for each in self.engine.expiries()[-3:] if not each.settlement]
        if not known or random.random() > (0.004 if self.mood.optioned else 0.12):
            return
        end = random.choice(known).expiry_ms
        week = end + SETTLEMENT_FREE_MS
        edges = [end - SETTLEMENT_WINDOW_MS, end, end, end, week if random.random() < 0.1 else end]
        at = random.choice(edges) + random.choice([-6_000, -1_001, -1, 0, 0, 1, 1_000])
        if self.now <= at:
            self.now = at

    def _surface(self) -> bytes:
        random = self.random
        expiry = self._an_expiry()
        id = expiry.expiry if expiry else random.choice([0, 4_000])
        publish = self.now + random.choices([0, -1, 1, -INDEX_STALE_MS - 1], [90, 4, 2, 2])[0]
        forward = (expiry.forward_ppb if expiry else PPB) + random.randint(-30, 30) * 10**6
        rho = random.choice([0, -SVI_RHO_MAX, SVI_RHO_MAX, -(10**11)])
        if random.random() < 0.03:
            rho = random.choice([-SVI_RHO_MAX - 1, SVI_RHO_MAX + 1, -(2**63)])
        a, m = boundary(random, 64) - 2**63, boundary(random, 64) - 2**63
        b, sigma, around = (boundary(random, 64) for _ in range(3))
        fitted, rate = boundary(random, 48), boundary(random, 32) - 2**31
        if self.mood.optioned and random.random() < 0.9:  # such as prices options
            a, b = random.choice([10**6, 10**8, 10**10]), random.choice([0, 10**9, 10**11])
            m, sigma = random.randint(-(10**11), 10**11), random.randrange(10**12)
            rho, around = random.choice([0, -(3 * 10**11)]), PRICE_TICKS * TICK_NANO_USD
            fitted, rate = publish - 1_000, random.randint(-50_000, 100_000)
        confidence = boundary(random, 32)
        surface = SviSurface(a, b, rho, m, sigma, around, fitted, rate, confidence)
        op = Surface(id, publish, surface, [])
        reports = []
        for index in self._reporters():
            own = max(0, forward + random.randint(-3, 3) * 10**5)
            if random.random() < 0.02:
                own = random.choice([FORWARD_PPB_MIN - 1, FORWARD_PPB_MAX, FORWARD_PPB_MAX + 1])
            signature = self._report_signature(op, index, own)
            reports.append(
                encode_forward_report(reporter=index, forward_ppb=own, signature=signature)
            )
        return encode_surface(
            expiry=id,
            publish_time_ms=publish,
            svi_a=a,
            svi_b=b,
            svi_rho=rho,
            svi_m=m,
            svi_sigma=sigma,
            svi_forward=around,
            svi_time_ms=fitted,
            rate_ppm=rate,
            confidence_ppm=confidence,
            reports=reports,
        )

    def _reprice(self) -> bytes:
        """Return a Reprice, mostly of a call."""
        calls = [each.instrument for each in self.engine.instruments() if each.kind == CALL]
        if not calls or self.random.random() < 0.05:
            return encode_reprice(instrument=self._instrument())
        return encode_reprice(instrument=self.random.choice(calls[-6:]))

    def _list_options(self, exact: bool = False) -> bytes:
        """Return a LIST_OPTIONS; unless `exact`, sometimes out of its ranges."""
        random = self.random
        tick_value, per_tick = 10_000, TICK_NANO_USD
        strike = PRICE_TICKS * random.choice([90, 98, 100, 100, 101, 120]) // 100
        expiry = max(1, self.engine.venue().next_expiry - random.choice([1, 1, 2]))
        terms = self._govern.parameters(exact)
        if exact:
            terms["min_order_value_micro_usd"] = 10**6
        if not exact and random.random() < 0.2:
            tick_value, per_tick = boundary(random, 24), random.choice([1, 7, 10**9, 2**63])
            strike = boundary(random, 32)
            expiry = random.randrange(self.engine.venue().next_expiry + 1)
        return encode_list_options(
            expiry=expiry,
            strike=strike,
            tick_value_micro_usd=tick_value,
            index_per_tick_nano_usd=per_tick,
            call_symbol=b"CALL".ljust(16, b"\0"),
            put_symbol=b"PUT".ljust(16, b"\0"),
            **terms,
        )

    def _expiry_sample(self) -> bytes:
        expiry = self._an_expiry()
        return encode_expiry_sample(expiry=expiry.expiry if expiry else 4_000)

    def _settle_expiry(self) -> bytes:
        random = self.random
        due = [
            each
            for each in self.engine.expiries()
            if each.expiry_ms <= self.now and not each.settlement
        ]
        expiry = random.choice(due) if due and random.random() < 0.9 else self._an_expiry()
        price = PRICE_TICKS * TICK_NANO_USD
        if expiry and expiry.covered_ms:
            price = expiry.accumulated // expiry.covered_ms
            price += price * random.choice([0, 0, 2_999, 3_000, 3_001, -3_000, -3_001]) // 10**6
        if random.random() < 0.03:
            price = random.choice([0, 1, 2**60 - 1, 2**60])
        id = expiry.expiry if expiry else random.choice([0, 4_000])
        op, reports = SettleExpiry(id, []), []
        for index in self._reporters():
            own = min(max(0, price + random.randint(-1, 1)), 2**64 - 1)
            signature = self._report_signature(op, index, own)
            reports.append(
                encode_settlement_report(reporter=index, price_nano_usd=own, signature=signature)
            )
        return encode_settle_expiry(expiry=id, reports=reports)
