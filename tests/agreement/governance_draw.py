"""Random governance payloads: listings, parameters, reporters, in and out of their ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from strikeproof.sequencer.core.state_view import VenueView
from strikeproof.wire.operations import (
    encode_list_instrument,
    encode_list_underlying,
    encode_pay_out,
    encode_set_attesters,
    encode_set_eth,
    encode_set_instrument,
    encode_set_latency,
    encode_set_reporters,
)
from tests.agreement.numbers import (
    ATTESTER_SEED,
    ATTESTERS,
    REPORTER_SEED,
    REPORTERS,
    TICK_NANO_USD,
    boundary,
)
from tests.unit.core.scripted_venue import address_of


@dataclass(frozen=True, slots=True)
class GovernanceDraw:
    """Draws payloads of GOVERNANCE messages."""

    random: Random
    venue: Callable[[], VenueView]
    list_expiry: Callable[[], bytes]
    list_options: list[Callable[[], bytes]]
    """One, in the mood for it."""
    dated: bool

    def any(self, instrument: int) -> bytes:
        """Return a payload, often a broken one; `instrument` is what it may change."""
        random = self.random
        if self.dated and random.random() < 0.5:
            makes = [self.list_expiry, self.list_instrument]
            return random.choice(makes + self.list_options * 2)()
        roll = random.random()
        if roll < 0.25:
            return self.list_underlying()
        if roll < 0.5:
            return self.list_instrument()
        if roll < 0.79:
            status = random.choices([1, 2, 3, 0, 4], [80, 8, 6, 3, 3])[0]
            return encode_set_instrument(
                instrument=instrument,
                status=status,
                successor=random.choice([0, 0, 0, 1, instrument, 4_000]),
                **self.parameters(),
            )
        if roll < 0.84:
            return self.set_reporters()
        if roll < 0.86:
            return self.set_attesters()
        if roll < 0.90:
            return self.set_latency()
        if roll < 0.94:
            return self.pay_out()
        if roll < 0.98:
            return self.set_eth()
        return random.choice([b"", bytes((random.choice([0, 11, 255]),)), random.randbytes(20)])

    def pay_out(self) -> bytes:
        """Return a PAY_OUT, of more or less than the pools hold."""
        random = self.random
        pools = (self.venue().fee_pool, self.venue().insurance_fund)
        pool = random.choices([1, 2, 0, 3], [48, 48, 2, 2])[0]
        held = pools[pool - 1] if pool in (1, 2) else 0
        return encode_pay_out(
            pool=pool,
            account=random.choices([1, 2, 3, 0, 2**32 - 1], [30, 30, 30, 5, 5])[0],
            amount_micro_usd=random.choice(
                [1, held // 3, held, held + 1, 0, boundary(random, 128)]
            ),
        )

    def set_eth(self) -> bytes:
        """Return a SET_ETH, sometimes of no underlying."""
        count = self.venue().next_underlying - 1
        choices = [0, min(1, count), count, count + 1, 2**16 - 1]
        return encode_set_eth(underlying=self.random.choices(choices, [10, 50, 20, 10, 10])[0])

    def set_latency(self) -> bytes:
        """Return a SET_LATENCY, sometimes out of its ranges."""
        random = self.random
        most = random.choice([0, 200, 16_000, 16_001])
        return encode_set_latency(
            slope_factor_ppm=random.choice([0, 3 * 10**6, boundary(random, 32)]),
            slope_least_ppm=random.choice([0, 0, min(50, most), most + 1]),
            slope_most_ppm=most,
            variance_tau_ms=random.choice([600_000, 1, boundary(random, 32)]),
        )

    def list_underlying(self) -> bytes:
        """Return a LIST_UNDERLYING."""
        return encode_list_underlying(symbol=b"COIN".ljust(16, b"\0"))

    def list_instrument(self, exact: bool = False) -> bytes:
        """Return a LIST_INSTRUMENT; unless `exact`, sometimes out of its ranges."""
        random = self.random
        count = self.venue().next_underlying - 1
        underlying = random.randint(1, max(1, count)) if exact else random.randint(0, count + 1)
        tick_value, per_tick = 10_000, TICK_NANO_USD
        kind = 1
        if not exact and random.random() < 0.2:
            tick_value, per_tick = boundary(random, 24), boundary(random, 64)
            kind = random.choice([0, 1, 1, 2])
        expiry = 0
        if self.dated and random.random() < 0.7:
            kind, expiry = 2, max(1, self.venue().next_expiry - random.choice([1, 1, 2, 0]))
        return encode_list_instrument(
            expiry=expiry,
            underlying=underlying,
            kind=kind,
            tick_value_micro_usd=tick_value,
            index_per_tick_nano_usd=per_tick,
            symbol=b"PERP".ljust(16, b"\0"),
            **self.parameters(exact),
        )

    def parameters(self, exact: bool = False) -> dict[str, int]:
        """Return what listings and SET_INSTRUMENT say alike."""
        random = self.random
        initial, maintenance = random.choice([(100_000, 50_000), (20_000, 10_000)])
        maker, taker, band, least = 100, 450, random.choice([50_000, 300_000]), 10**6
        if random.random() < 0.3:
            least = 250 * 10**6  # two lots and a half: single lots are too small
        if not exact and random.random() < 0.2:
            initial, maintenance = random.choice([(10**6, 10**6), (1, 1), (5, 6), (10**6 + 1, 1)])
            maker = random.choice([0, 50_000, 50_001])
            band = random.choice([1, 500_000, 500_001, 0])
            least = boundary(random, 64)
        more = self._house_terms(maintenance, least)
        if not exact and random.random() < 0.1:
            name = random.choice(list(more))
            more[name] = boundary(random, 8 if name == "tier" else 31)
        return {
            **more,
            "initial_margin_ppm": initial,
            "maintenance_margin_ppm": maintenance,
            "maker_fee_ppm": maker,
            "taker_fee_ppm": taker,
            "price_band_ppm": band,
            "min_order_value_micro_usd": least,
        }

    def _house_terms(self, maintenance: int, least: int) -> dict[str, int]:
        """Return what a listing says of funding and the house, in its ranges."""
        random = self.random
        return {
            "liquidation_fee_ppm": random.choice([0, maintenance // 5, max(0, maintenance - 1)]),
            "house_margin_ppm": random.choice([1, max(1, maintenance // 2), max(1, maintenance)]),
            "funding_cap_ppm": random.choice([0, 20_000, 40_000]),
            "funding_interest_ppm": random.choice([0, 100, -40_000]),
            "funding_tau_ms": random.choice([0, 1, 300_000]),
            "impact_value_micro_usd": random.choice([1, min(2**64 - 1, max(1, 8 * least))]),
            "tier": random.random() < 0.03,
        }

    def set_reporters(self, exact: bool = False) -> bytes:
        """Return a SET_REPORTERS; unless `exact`, often a broken one."""
        random = self.random
        seeds = range(REPORTER_SEED, REPORTER_SEED + REPORTERS)
        addresses = sorted(address_of(seed) for seed in seeds)
        quorum = 2
        if not exact and random.random() < 0.5:
            quorum = random.choice([0, 1, 3, REPORTERS + 1])
            if random.random() < 0.3:
                addresses = random.choices([*addresses, bytes(20)], k=random.randrange(14))
        return encode_set_reporters(quorum=quorum, reporters=addresses)

    def set_attesters(self, exact: bool = False) -> bytes:
        """Return a SET_ATTESTERS; unless `exact`, often of nobody or a broken one."""
        random = self.random
        seeds = range(ATTESTER_SEED, ATTESTER_SEED + ATTESTERS)
        addresses = sorted(address_of(seed) for seed in seeds)
        quorum = 2
        if not exact and random.random() < 0.5:
            quorum = random.choice([0, 1, 3, ATTESTERS + 1])
            if random.random() < 0.5:
                addresses = random.choices([*addresses, bytes(20)], k=random.randrange(9))
            elif random.random() < 0.3:
                quorum, addresses = 0, []
        return encode_set_attesters(quorum=quorum, attesters=addresses)
