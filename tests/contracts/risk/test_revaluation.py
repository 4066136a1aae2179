"""A full revaluation in Solidity: the micro-USD of the engine's rule, from the same records."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import pytest
from eth_abi.abi import decode

from strikeproof.bench.pure_evm import Evm, Reverted, fastest_evm
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, Market
from strikeproof.risk.kernel.margin_certificate import MICRO, MarginCertificate, certify
from strikeproof.sequencer.core.rules.revaluation import OptionLeg, expiries_of, revalue
from strikeproof.sequencer.core.rules.scenario_values import GRID, PARAMETERS
from strikeproof.wire import layout
from strikeproof.wire.constants import INDEX_PRICE_MAX, POSITION_LOTS_MAX, PPB, InstrumentKind
from tests.harness import harness
from tests.property.risk.record_legs import PER_TICK, legs, series, some_lots

GAS_MAX = 150_000  # of 16 options and perpetuals
OUT_OF_DOMAIN_BYTES = 68


@pytest.fixture(scope="module")
def module() -> Evm:
    return fastest_evm(harness("RevaluationHarness").deployed_bytecode)


def word(value: int) -> bytes:
    return (value % 2**256).to_bytes(32, "big")


def option_mark(leg: OptionLeg) -> bytes:
    fields = dict.fromkeys((each.name for each in layout.OPTION_MARK_GROUP.fields), 0)
    return layout.pack_option_mark(
        **fields
        | {
            "version": 1,
            "kind": InstrumentKind.CALL if leg.is_call else InstrumentKind.PUT,
            "tick_value": leg.tick_value,
            "index_per_tick": leg.index_per_tick,
            "index_ppb": PPB,
            "expiry": leg.expiry,
            "strike": leg.strike,
        }
    )


def array(leg: OptionLeg) -> bytes:
    values = leg.values
    lanes = {f"lanes_{place}": each for place, each in enumerate(values.lanes)}
    return layout.pack_array(
        version=1,
        priced_ms=1_800_000_000_000,
        long_factor=values.long_factor,
        short_factor=values.short_factor,
        contingency_factor=values.contingency_factor,
        **lanes,
    )


def call_data(index_price: int, perpetuals: int, held: Sequence[OptionLeg]) -> bytes:
    found = word(index_price) + word(perpetuals)
    for leg in held:
        expiry = leg.ends_ms << 184 | leg.confidence_ppm << 40
        found += word(leg.lots) + word(expiry) + option_mark(leg) + array(leg)
    return found


class Asked(NamedTuple):
    """What the harness answers: `numbers` are the expiries', in the order of `up` and `down`."""

    initial: int
    maintenance: int
    losses: tuple[int, ...]
    numbers: tuple[int, ...]
    up: tuple[int, ...]
    down: tuple[int, ...]
    naked: int


def asked(
    module: Evm, index_price: int, perpetuals: int, held: Sequence[OptionLeg]
) -> tuple[Asked, int]:
    """Return what is asked for, and the gas that it took."""
    data = module.call(call_data(index_price, perpetuals, held))
    found, gas = decode(
        ["(int256,int256,int256[],uint256[],int256[],int256[],uint256)", "uint256"], data
    )
    answer = Asked(*found)
    return answer._replace(numbers=tuple(each & 0xFFFF for each in answer.numbers)), gas


def certificate(
    index_price: int, perpetuals: int, held: Sequence[OptionLeg]
) -> tuple[MarginCertificate, list[int]]:
    """Return the kernel's certificate as a record keeps it, and the expiries' numbers."""
    spot = index_price * 10**9
    account = Account(0, perpetuals, 0, 0, expiries_of(held), ())
    market = Market(spot, ONE, spot, ONE, ONE)
    numbers = list(dict.fromkeys(leg.expiry for leg in held))
    return certify(account, market, PARAMETERS, GRID).in_records(), numbers


@pytest.mark.parametrize("seed", range(6))
def test_engine_and_solidity_ask_for_the_same(module: Evm, seed: int) -> None:
    rng = Random(seed)
    refused = 0
    for _ in range(40):
        spot = rng.choice((1, 60, 3_000, 60_000, 6_000_000))
        all_series = [series(rng, 100 - place, spot) for place in range(rng.randint(1, 8))]
        held = [wild(rng, leg) for leg in legs(rng, all_series, 16)]
        perpetuals = rng.choice((0, rng.randint(-(10**24), 10**24), rng.randint(-(2**98), 2**98)))
        index = rng.choice((spot * PER_TICK, spot * PER_TICK + 1, INDEX_PRICE_MAX))
        try:
            wanted = revalue(index, perpetuals, held)
        except OutOfDomain:
            refused += 1
            with pytest.raises(Reverted) as error:
                asked(module, index, perpetuals, held)
            assert len(error.value.data) == OUT_OF_DOMAIN_BYTES
        else:
            found, _ = asked(module, index, perpetuals, held)
            assert (found.initial, found.maintenance) == wanted
            kept, numbers = certificate(index, perpetuals, held)
            assert [each * MICRO for each in found.losses] == kept.losses
            assert list(found.numbers) == numbers
            assert [each * MICRO * ONE for each in found.up] == kept.forward_up
            assert [each * MICRO * ONE for each in found.down] == kept.forward_down
            assert found.naked == kept.naked
    assert 0 < refused < 30


def wild(rng: Random, leg: OptionLeg) -> OptionLeg:
    """Return the leg, sometimes with lots at their end, or factors of another moment."""
    if rng.random() < 0.05:
        leg = leg._replace(lots=rng.choice((-1, 1)) * POSITION_LOTS_MAX)
    if rng.random() < 0.3:
        factors = {
            name: rng.choice((0, 1, getattr(leg.values, name) + rng.randint(-9, 9), 2**64 - 1))
            for name in ("long_factor", "short_factor", "contingency_factor")
        }
        leg = leg._replace(values=leg.values._replace(**factors))
    return leg


def test_nothing_asks_for_nothing(module: Evm) -> None:
    found, _ = asked(module, PER_TICK, 0, [])
    assert found == (0, 0, (0,) * 33, (), (), (), 0)


@pytest.mark.parametrize("expiries", [1, 4, 8])
def test_sixteen_options_and_perpetuals_keep_the_bar(module: Evm, expiries: int) -> None:
    for seed in range(5):
        rng = Random(f"gas {seed}")
        all_series = [
            series(rng, place + 1, 60_000, 86_400 * (place + 1)) for place in range(expiries)
        ]
        for each in all_series:
            each.strikes.clear()
            for _ in range(8 // expiries):
                each.strikes[rng.randint(20_000, 150_000)] = ONE
        held = [
            some_lots(rng, each, strike, is_call)
            for each in all_series
            for strike in each.strikes
            for is_call in (True, False)
        ]
        assert len(held) == 16
        rng.shuffle(held)
        assert asked(module, 60_000 * PER_TICK, -ONE, held)[1] <= GAS_MAX
