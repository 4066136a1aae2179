"""The law's pricing module against the engine's rules, on what nobody honest signs or lists.

It gives the same, or leaves the domain where the engine does. A failure of another kind would make
a segment unprovable (docs/protocol/options.md).
"""

from __future__ import annotations

from random import Random

import pytest

from strikeproof.bench.pure_evm import Evm, Reverted, fastest_evm
from strikeproof.contracts import artifact
from strikeproof.sequencer.core.rules.fill_limits import (
    FillLimits,
    counted,
    linear_size,
    option_size,
)
from strikeproof.sequencer.core.rules.option_mark import (
    Pricing,
    Strike,
    SurfaceTerms,
    ValuedOption,
    is_overdue,
    option_price,
    price_pair,
)
from strikeproof.sequencer.core.rules.scenario_values import ScenarioValues
from strikeproof.wire import layout
from strikeproof.wire.constants import PPB, SVI_RHO_MAX, InstrumentKind
from tests.agreement.risk_kernel import OUT_OF_DOMAIN, near, sized

CASES = 250  # a seed
NOW_MS = 1_800_000_000_000
TICKS_MAX = 2**32 - 1


@pytest.fixture(scope="module")
def module() -> Evm:
    return fastest_evm(artifact("PricingModule").deployed_bytecode)


def words(*values: int) -> bytes:
    return b"".join((value % 2**256).to_bytes(32, "big") for value in values)


def signed(chance: Random, most: int) -> int:
    return chance.choice((-1, 1)) * sized(chance, most)


def drawn_surface(chance: Random) -> SurfaceTerms:
    """Return one of any numbers, or one that prices."""
    if chance.random() < 0.3:
        return SurfaceTerms(
            signed(chance, 2**63 - 1),
            sized(chance, 2**64 - 1),
            near(chance, -SVI_RHO_MAX + 3, 0, SVI_RHO_MAX - 3),
            signed(chance, 2**63 - 1),
            sized(chance, 2**64 - 1),
            sized(chance, 2**64 - 1),
            signed(chance, 2**31 - 1),
        )
    return SurfaceTerms(
        a=sized(chance, 10**13),
        b=sized(chance, 10**12),
        rho=chance.randint(-SVI_RHO_MAX, SVI_RHO_MAX),
        m=signed(chance, 10**12),
        sigma=sized(chance, 10**12),
        forward=sized(chance, 2**64 - 1),
        rate_ppm=signed(chance, 200_000),
    )


def pair_of(answer: bytes, forward: int) -> tuple[ValuedOption, ValuedOption]:
    """Return what a call and its put are priced at: Greeks, then the head of both arrays without
    its time, and their lanes."""
    found = [int.from_bytes(answer[at : at + 32], "big", signed=True) for at in range(0, 256, 32)]
    call, put, call_delta, put_delta, gamma, vega, call_theta, put_theta = found
    head, lanes = answer[256:288], (answer[288:640], answer[640:992])
    values = []
    for each in lanes:
        version, priced_ms, long, short, contingency, *rest = layout.unpack_array(head + each)
        assert (version, priced_ms) == (1, 0)
        values.append(ScenarioValues(long, short, contingency, tuple(rest)))
    assert len(answer) == 992
    return (
        ValuedOption(
            Pricing(call, forward, NOW_MS, call_delta, gamma, vega, call_theta), values[0]
        ),
        ValuedOption(Pricing(put, forward, NOW_MS, put_delta, gamma, vega, put_theta), values[1]),
    )


@pytest.mark.parametrize("seed", range(4))
def test_pair_is_priced_as_the_engine_prices_it(module: Evm, seed: int) -> None:
    chance = Random(seed)
    priced = 0
    for _ in range(CASES):
        surface = drawn_surface(chance)
        at = Strike(
            chance.choice((sized(chance, TICKS_MAX), near(chance, 3, TICKS_MAX - 3))),
            max(1, sized(chance, TICKS_MAX)),
            max(1, sized(chance, 2**64 - 1)),
        )
        if chance.random() < 0.5:  # one that is worth something
            at = at._replace(
                strike=max(1, min(TICKS_MAX, at.forward * chance.randint(5, 20) // 10))
            )
        if chance.random() < 0.3:  # part of it fixed, as in the last half hour, or all
            at = at._replace(fixed=near(chance, 0, at.forward, at.forward // 3))
            at = at._replace(fixed=max(0, min(at.fixed, at.forward)))
        left, fitted = sized(chance, 2**32), sized(chance, 2**32)
        if chance.random() < 0.3:
            left = near(chance, 1_800, 0, 3_600)
            left = max(0, left)
        record = layout.pack_expiry(
            version=1,
            underlying=1,
            expiry_ms=NOW_MS,
            publish_time_ms=NOW_MS,
            forward_ppb=PPB,
            rate_ppm=surface.rate_ppm,
            confidence_ppm=0,
            future=0,
            svi_a=surface.a,
            svi_b=surface.b,
            svi_rho=surface.rho,
            svi_m=surface.m,
            svi_sigma=surface.sigma,
            svi_forward=surface.forward,
            svi_time_ms=1,
            accumulated=0,
            covered_ms=0,
            sampled_ms=0,
            settlement=0,
            settled_ms=0,
        )
        asked = (at.forward, at.strike, at.index_per_tick, left, fitted, at.fixed)
        data = words(*asked) + record[:96]
        wanted = price_pair(at, surface, left, fitted, NOW_MS)
        if wanted is None:
            with pytest.raises(Reverted) as refused:
                module.call(data)
            told = refused.value.data
            assert (told[:4], len(told)) == (OUT_OF_DOMAIN, 68), (at, surface, left, fitted)
        else:
            assert pair_of(module.call(data), at.forward) == wanted, (at, surface, left, fitted)
            priced += 1
    assert priced > CASES // 20


@pytest.mark.parametrize("seed", range(4))
def test_mark_moves_as_the_engine_moves_it(module: Evm, seed: int) -> None:
    chance = Random(seed)
    for _ in range(CASES):
        is_put = chance.random() < 0.5
        pricing = Pricing(
            price=sized(chance, 2**40 - 1),
            forward=max(1, sized(chance, TICKS_MAX)),
            priced_ms=NOW_MS - sized(chance, 200_000),
            delta=signed(chance, 2**31 - 1),
            gamma=sized(chance, 2**32 - 1),
            vega=sized(chance, 2**24 - 1),
            theta=signed(chance, 2**31 - 1),
        )
        forward = sized(chance, TICKS_MAX)
        if chance.random() < 0.5:
            forward = max(0, min(TICKS_MAX, near(chance, pricing.forward)))
            forward = min(TICKS_MAX, forward * near(chance, 1_000, 1_005, 995) // 1_000)
        raw = sized(chance, TICKS_MAX)
        mark = option_mark(pricing, is_put)
        answer = module.call(mark + words(forward, raw, NOW_MS))
        assert answer == words(
            option_price(pricing, forward, is_put),
            option_price(pricing, raw, is_put),
            is_overdue(pricing, forward, NOW_MS),
        ), (pricing, forward, raw, is_put)


def option_mark(pricing: Pricing, is_put: bool) -> bytes:
    fields = dict.fromkeys((each.name for each in layout.OPTION_MARK_GROUP.fields), 0)
    return layout.pack_option_mark(
        **fields
        | {
            "version": 1,
            "kind": InstrumentKind.PUT if is_put else InstrumentKind.CALL,
            "index_ppb": PPB,
            "mark_price": pricing.price,
            "priced_forward": pricing.forward,
            "priced_ms": pricing.priced_ms,
            "delta": pricing.delta,
            "gamma": pricing.gamma,
            "vega": pricing.vega,
            "theta": pricing.theta,
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_fills_are_counted_as_the_engine_counts_them(module: Evm, seed: int) -> None:
    chance = Random(seed)
    passed, kept = 0, 0
    for _ in range(CASES):
        fields = dict.fromkeys((each.name for each in layout.OPTION_MARK_GROUP.fields), 0)
        kind = chance.choice((InstrumentKind.PERPETUAL, InstrumentKind.FUTURE, InstrumentKind.CALL))
        is_option = kind == InstrumentKind.CALL
        terms = (
            max(1, sized(chance, 2**24 - 1)),
            max(1, sized(chance, 2**64 - 1)),
            chance.choice((PPB, max(1, sized(chance, 2**32 - 1)))),
        )
        greeks = (signed(chance, 2**31 - 1), sized(chance, 2**24 - 1), sized(chance, TICKS_MAX))
        fields |= {"version": 1, "kind": kind, "underlying": 1}
        fields |= dict(zip(("tick_value", "index_per_tick", "index_ppb"), terms, strict=True))
        if is_option:
            fields |= dict(zip(("delta", "vega", "priced_forward"), greeks, strict=True))
        else:  # where an option has its Greeks, another mark has what funding and deleveraging owe
            fields |= {"mark_price": sized(chance, 2**40 - 1), "delta": greeks[0]}
        mark = layout.pack_option_mark(**fields)
        change = signed(chance, 2**40 - 1) or 1
        size = option_size(change, *terms, greeks) if is_option else linear_size(change, *terms)
        held = FillLimits(
            underlying=1,
            window_ms=max(1, sized(chance, 2**32 - 1)),
            freeze_ms=sized(chance, 2**32 - 1),
            start_ms=sized(chance, 2**48 - 1),
            frozen_ms=sized(chance, 2**48 - 1),
            lots_max=min(2**40 - 1, max(0, near(chance, size.lots, 2**40 - 1))),
            lots=chance.choice((0, sized(chance, 2**40 - 1))),
            delta_max=min(2**63 - 1, max(0, near(chance, abs(size.delta), 2**63 - 1))),
            vega_max=min(2**63 - 1, max(0, near(chance, abs(size.vega), 2**63 - 1))),
            delta=chance.choice((0, signed(chance, 2**63 - 1))),
            vega=chance.choice((0, signed(chance, 2**63 - 1))),
        )
        clock_ms = near(chance, held.start_ms + held.window_ms, held.start_ms, 2**48 - 4)
        clock_ms = max(0, min(2**48 - 1, clock_ms))
        after, is_passed = counted(held, size, clock_ms)
        answer = module.call(mark + held.encode() + words(change, clock_ms))
        assert answer == after.encode() + words(is_passed), (fields, held, change, clock_ms)
        passed, kept = passed + is_passed, kept + (not is_passed)
    assert min(passed, kept) > CASES // 10
