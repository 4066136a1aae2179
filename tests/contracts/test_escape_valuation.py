"""An account is worth what the law's view says, to the micro-dollar; and what that costs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from strikeproof.contracts import artifact
from strikeproof.wire import layout
from strikeproof.wire.constants import FACTOR_ONE, FUNDING_INDEX_MAX, PPB, InstrumentKind
from tests.blank_record import blank
from tests.contracts.l1.escape_world import (
    ACCOUNT,
    INSTRUMENT,
    MARK,
    TIMES,
    UNDERLYING,
    USD,
    EscapeWorld,
    account_record,
    engine_equity,
    escape_law,
    instrument_record,
    mark_record,
    underlying_record,
)
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.venue import Reverted, Venue

needs_revm = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")
CUSTODY = 10**9 * USD
CODE_BYTES_MAX = 20_000  # of 24,576: room for other kinds of instruments
CLAIM_GAS = {0: 120_000, 4: 200_000, 16: 350_000}
PRICE_GAS = 220_000  # of one instrument
PAY_GAS = 90_000
REFUND_GAS = 110_000


def random_option(draw: random.Random) -> bytes:
    """A call or put: priced, never priced, overdue, far from its pricing, or settled."""
    is_settled = draw.random() < 0.25
    forward = draw.randrange(1, 2**32)
    fields = {
        "kind": draw.choice([InstrumentKind.CALL, InstrumentKind.PUT]),
        "underlying": draw.randint(1, 3),
        "tick_value": draw.randrange(1, 2**24),
        "index_per_tick": draw.choice([1, 10**3, 10**6, draw.randrange(1, 2**40)]),
        "fixed_price": draw.choice([0, draw.randrange(2**32)]),
        "index_ppb": 0 if is_settled else draw.choice([PPB, 1, draw.randrange(1, 2**32)]),
        "long_factor": draw.randint(2**39, FACTOR_ONE),
        "short_factor": draw.randint(2**39, FACTOR_ONE),
        "mark_price": draw.randrange(2**40),
        "priced_ms": draw.choice([0, 1, draw.randrange(2**48)]),
        "delta": draw.randint(-(2**31), 2**31 - 1),
        "gamma": draw.randrange(2**32),
        "priced_forward": forward,
        "strike": draw.randrange(1, 2**32),
        "long_adl_index": draw.randint(-(2**125), 2**125),
        "short_adl_index": draw.randint(-(2**125), 2**125),
    }
    return layout.pack_option_mark(**blank(layout.OPTION_MARK_GROUP, **fields))


def random_mark(draw: random.Random, number: int) -> bytes:
    if draw.random() < 0.4:
        return random_option(draw)
    settled, dated = draw.randrange(1, 2**32), draw.randrange(2**32)
    fixed, share = draw.choice([(0, PPB), (0, PPB), (settled, 0), (dated, draw.randrange(2**32))])
    return mark_record(
        fixed_price=fixed,
        index_ppb=share,
        underlying=draw.randint(1, 3),
        tick_value=draw.randrange(1, 2**24),
        index_per_tick=draw.choice([1, 10**3, 10**6, draw.randrange(1, 2**40)]),
        long_factor=draw.randint(2**39, FACTOR_ONE),
        short_factor=draw.randint(2**39, FACTOR_ONE),
        long_deleveraged_ms=draw.randrange(2**48),
        short_deleveraged_ms=draw.randrange(2**48),
        funding_index=draw.randint(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX) >> draw.choice([0, 40]),
        long_adl_index=draw.randint(-(2**125), 2**125),
        short_adl_index=draw.randint(-(2**125), 2**125),
    )


def random_entry(draw: random.Random, instrument: int, factors: tuple[int, int]) -> dict[str, int]:
    size = draw.choice([0, 1, -1, draw.randint(-(2**40), 2**40), draw.randint(-500, 500)])
    now = factors[1] if size < 0 else factors[0]
    return {
        "instrument": instrument,
        "size": size,
        "factor": draw.choice([0, now, draw.randint(now, FACTOR_ONE)]),
        "funding_snap": draw.randint(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX),
        "adl_snap": draw.randint(-(2**125), 2**125),
        "buy_lots": draw.randrange(2**40),
        "buy_value": draw.randrange(2**70),
        "open_orders": draw.randrange(100),
    }


def random_state(draw: random.Random, accounts: int) -> dict[int, bytes]:
    instruments = draw.randint(1, 16)
    prices = [draw.choice([0, 10**9, draw.randrange(2**63)]) for _ in range(3)]
    records = {key_of(UNDERLYING, n): underlying_record(price) for n, price in enumerate(prices, 1)}
    factors, options = {}, set[int]()
    for number in range(1, instruments + 1):
        mark = random_mark(draw, number)
        records[key_of(MARK, number)] = mark
        records[key_of(INSTRUMENT, number)] = instrument_record()
        if mark[1] >= InstrumentKind.CALL:
            options.add(number)  # funding never touches them
        factors[number] = tuple(int.from_bytes(mark[at : at + 8], "big") for at in (32, 40))
    for account in range(1, accounts + 1):
        held = draw.sample(range(1, instruments + 1), draw.randint(0, instruments))
        entries = tuple(random_entry(draw, each, factors[each]) for each in held)  # type: ignore[arg-type]
        entries = tuple(
            each | {"funding_snap": 0} if each["instrument"] in options else each
            for each in entries
        )
        collateral = draw.randint(-(10**14), 10**15)
        records[key_of(ACCOUNT, account)] = account_record(account, collateral, positions=entries)
    return records


def opened(venue: Any, records: Mapping[int, bytes]) -> EscapeWorld:
    world = EscapeWorld(venue)
    world.register(1)
    world.deposit(1, CUSTODY)
    world.claim_state(records)
    world.freeze()
    world.resolve()
    world.open()
    return world


def new_venue() -> RevmVenue:
    return RevmVenue(**TIMES, law=escape_law(), deposit_cap_micro_usd=2 * CUSTODY)


@needs_revm
@pytest.mark.parametrize("seed", range(12))
def test_equity_is_the_engine_s_view(seed: int) -> None:
    """Pending funding, deleveraging on both sides, settled and priceless instruments; options, too,
    that were never priced, that are overdue, and that are settled."""
    draw = random.Random(seed)
    accounts = 25
    world = opened(new_venue(), random_state(draw, accounts))
    world.price()
    for number in range(1, accounts + 1):
        sent = world.venue.send(world.claim_call(number))
        (event,) = world.venue.events(sent, world.venue.escape, "Claimed")
        wanted = engine_equity(world.state, number)
        assert event["equityMicroUsd"] == wanted, f"seed {seed}, account {number}"
        assert event["amountMicroUsd"] == min(max(0, wanted), 2**88 - 1)


@needs_revm
def test_an_instrument_is_priced_once_by_its_own_records() -> None:
    """Attack 55: not by another's records, not at another price, not by an old root."""
    records = {
        key_of(UNDERLYING, 1): underlying_record(260_000 * 10**6),
        key_of(UNDERLYING, 2): underlying_record(10**6),
        key_of(INSTRUMENT, 1): instrument_record(effective_cash=-5),
        key_of(INSTRUMENT, 2): instrument_record(),
        key_of(MARK, 1): mark_record(),
        key_of(MARK, 2): mark_record(underlying=2),
        key_of(ACCOUNT, 1): account_record(1, 0, positions=({"instrument": 1, "size": 2},)),
    }
    world = opened(new_venue(), records)
    venue, state = world.venue, world.state

    def refused(call: Any, error: str) -> None:
        with pytest.raises(Reverted) as caught:
            venue.send(call)
        assert caught.value.name == error

    def price(*keys: int) -> Any:
        return venue.escape.price(state.witness(keys), state.proof(keys))

    refused(world.claim_call(1), "NotPriced")
    refused(price(key_of(MARK, 1), key_of(INSTRUMENT, 1)), "MissingRecord")
    refused(price(key_of(MARK, 1), key_of(UNDERLYING, 1)), "MissingRecord")
    refused(price(key_of(MARK, 1), key_of(INSTRUMENT, 1), key_of(UNDERLYING, 2)), "MissingRecord")
    absent = (key_of(MARK, 3), key_of(INSTRUMENT, 3), key_of(UNDERLYING, 1))
    refused(price(*absent), "MissingRecord")
    keys = (key_of(MARK, 1), key_of(INSTRUMENT, 1), key_of(UNDERLYING, 1))
    other = state.after({key_of(UNDERLYING, 1): underlying_record(10**15)})
    refused(venue.escape.price(other.witness(keys), state.proof(keys)), "WrongProof")
    refused(venue.escape.price(other.witness(keys), other.proof(keys)), "WrongProof")
    sent = world.price(1)
    (event,) = venue.events(sent, venue.escape, "InstrumentPriced")
    assert event == {"instrument": 1, "mark": 260_000, "houseMicroUsd": -5}
    assert venue.events(world.price(), venue.escape, "InstrumentPriced")[0]["instrument"] == 2
    assert venue.escape.pricedCount().call() == 2
    assert not venue.events(world.price(), venue.escape, "InstrumentPriced")
    assert world.claim(1) == 2 * 260_000 * 100


@needs_revm
def test_a_house_is_worth_its_eager_ledger() -> None:
    """Users are long 3.5 lots more than short: the house is short them."""
    lots = 2**32
    records = {
        key_of(UNDERLYING, 1): underlying_record(10**9),
        key_of(INSTRUMENT, 1): instrument_record(
            effective_cash=10**6, long_interest=5 * lots, short_interest=3 * lots // 2, house_lots=7
        ),
        key_of(MARK, 1): mark_record(),
    }
    world = opened(new_venue(), records)
    (event,) = world.venue.events(world.price(), world.venue.escape, "InstrumentPriced")
    assert event["houseMicroUsd"] == 10**6 - 7 * 1_000 * 100 // 2


@needs_revm
def test_a_venue_with_positions_is_shared_whole() -> None:
    """Longs and shorts at a mark that moved, one of them bankrupt: sums meet custody."""
    size = 1_000
    entry = {"instrument": 1, "factor": FACTOR_ONE}
    records = {
        key_of(UNDERLYING, 1): underlying_record(900 * 10**6),
        key_of(INSTRUMENT, 1): instrument_record(
            long_interest=size << 32, short_interest=size << 32
        ),
        key_of(MARK, 1): mark_record(),
        # 1,000 lots were traded at 1,000 ticks of 100 micro-USD: 100 USD; the long has 5 USD.
        key_of(ACCOUNT, 1): account_record(
            1, 5 * USD - 100 * USD, positions=({**entry, "size": size},)
        ),
        key_of(ACCOUNT, 2): account_record(
            2, 25 * USD + 100 * USD, positions=({**entry, "size": -size},)
        ),
        key_of(ACCOUNT, 3): account_record(3, 10 * USD),
    }
    world = EscapeWorld(new_venue())
    world.register(1)
    world.deposit(1, 40 * USD)
    world.claim_state(records)
    world.freeze()
    world.resolve()
    world.open()
    world.price()
    assert [world.claim(number) for number in (1, 2, 3)] == [0, 35 * USD, 10 * USD]
    world.close()
    paid = [world.pay(number) for number in (2, 3)]
    assert paid == [35 * USD * 40 // 45, 10 * USD * 40 // 45]
    assert 0 <= world.venue.vault.custodyMicroUsd().call() <= 2


@needs_revm
def test_little_gas_values_nobody_wrongly() -> None:
    """Attack 3: whatever gas somebody else's claim is given, it is the right one or none."""
    entries = tuple({"instrument": n, "size": n, "factor": FACTOR_ONE} for n in range(1, 5))
    records = {key_of(UNDERLYING, 1): underlying_record(900 * 10**6)}
    for number in range(1, 5):
        records[key_of(INSTRUMENT, number)] = instrument_record()
        records[key_of(MARK, number)] = mark_record()
    records[key_of(ACCOUNT, 1)] = account_record(1, 10 * USD, positions=entries)
    world = opened(new_venue(), records)
    world.price()
    venue, claim, refused = world.venue, world.claim_call(1), 0
    for gas in range(40_000, 250_000, 1_000):
        try:
            sent = venue.send(claim, gas=gas)
        except Reverted:
            refused += 1
            assert venue.escape.dueTo(1).call()[0] == "0x" + "00" * 20
            continue
        break
    (event,) = venue.events(sent, venue.escape, "Claimed")
    assert event["amountMicroUsd"] == 10 * USD + (1 + 2 + 3 + 4) * 900 * 100
    assert refused > 20


PERPETUALS, LIVE, SETTLED = range(1, 17), range(17, 33), range(33, 49)
HOLDINGS = {
    "none": (),
    "4 perpetuals": PERPETUALS[:4],
    "4 mixed": (*PERPETUALS[:2], LIVE[0], SETTLED[0]),
    "4 live options": LIVE[:4],
    "4 settled options": SETTLED[:4],
    "16 perpetuals": PERPETUALS,
    "16 mixed": (*PERPETUALS[:6], *LIVE[:5], *SETTLED[:5]),
    "16 live options": LIVE,
    "16 settled options": SETTLED,
}
"""What each of the first accounts of the crowd holds."""


def costly_mark(number: int) -> bytes:
    """A mark no word of which is zero, of which the view needs every one."""
    shared = {
        "long_factor": 2**62 + 3,
        "short_factor": 2**61 + 5,
        "long_adl_index": -(2**120),
        "short_adl_index": 2**119,
    }
    if number in PERPETUALS:
        return mark_record(
            **shared,
            long_deleveraged_ms=2**44,
            short_deleveraged_ms=2**45,
            funding_index=-(10**20),
        )
    fields = {
        "kind": InstrumentKind.PUT if number % 2 else InstrumentKind.CALL,
        "underlying": 1,
        "tick_value": 100,
        "index_per_tick": 10**6,
        "index_ppb": PPB if number in LIVE else 0,
        "fixed_price": 0 if number in LIVE else 31_000 + number,
        "mark_price": (9_000 + number) << 8,
        "priced_ms": 2**40,
        "delta": 2**30 if number % 2 == 0 else -(2**30),
        "gamma": 2**20,
        "priced_forward": 259_000,
        "strike": 250_000,
    }
    return layout.pack_option_mark(**blank(layout.OPTION_MARK_GROUP, **shared, **fields))


def crowd() -> dict[int, bytes]:
    """Hundreds of accounts, so that paths are full; the first ones hold what `HOLDINGS` says."""
    draw = random.Random(7)
    records = {key_of(UNDERLYING, 1): underlying_record(260_000 * 10**6)}
    for number in (*PERPETUALS, *LIVE, *SETTLED):
        records[key_of(INSTRUMENT, number)] = instrument_record(effective_cash=-(10**9))
        records[key_of(MARK, number)] = costly_mark(number)
    for number, held in enumerate(HOLDINGS.values(), 1):
        entries = tuple(
            {
                "instrument": each,
                "size": draw.randint(-(2**38), 2**38),
                "factor": FACTOR_ONE - each,
                "epoch": 2**40 + each,
                "funding_snap": 10**21 if each in PERPETUALS else 0,
                "adl_snap": -(2**119) + 1,
                "buy_lots": 2**39,
                "sell_lots": 2**39,
                "buy_value": 2**69,
                "sell_value": 2**69,
            }
            for each in held
        )
        records[key_of(ACCOUNT, number)] = account_record(
            number, 2**100, withdrawn=2**80, positions=entries
        )
    # The siblings of every level of the paths of the first ones.
    for number in [*range(len(HOLDINGS) + 1, 200), *(2**level for level in range(8, 22))]:
        records[key_of(ACCOUNT, number)] = account_record(number, number)
    for number in range(4):
        records[key_of(2, 4 * number)] = bytes([1]) + bytes(63)
        records[key_of(6, number)] = bytes([1]) + bytes(63)
    return records


def test_what_a_claim_costs() -> None:
    """On py-evm, with cold accounts and slots, every level of the tree with a sibling: perpetuals,
    options that are live, options that are settled, and all of them together."""
    venue = Venue(**TIMES, law=escape_law(), deposit_cap_micro_usd=2 * CUSTODY)
    world = EscapeWorld(venue)
    world.register(1)
    world.deposit(1, CUSTODY)
    world.claim_state(crowd())
    later = world.deposit(1, USD)
    world.freeze()
    world.resolve()
    world.open()
    prices = {number: world.price(number).gas_used for number in (*PERPETUALS, *LIVE, *SETTLED)}
    claims, due = {}, {}
    # The first claim of all writes the sum: 17,200 gas more, in the figure for four perpetuals.
    numbers = {held: number for number, held in enumerate(HOLDINGS, 1)}
    for held in ("4 perpetuals", *(each for each in HOLDINGS if each != "4 perpetuals")):
        number = numbers[held]
        sent = venue.send(world.claim_call(number))
        (event,) = venue.events(sent, venue.escape, "Claimed")
        assert event["equityMicroUsd"] == engine_equity(world.state, number), held
        claims[held], due[number] = sent.gas_used, event["amountMicroUsd"]
    refund = venue.send(world.refund_call(later)).gas_used
    world.close()
    paid = [number for number in (1, 2) if due[number]]
    pays = [venue.send(venue.escape.pay(number)).gas_used for number in paid]
    most = {name: max(prices[n] for n in of) for name, of in PRICED.items()}
    print(f"price {most}, claims {claims}, pay {max(pays)}, refund {refund}")
    for held, gas in claims.items():
        assert gas <= CLAIM_GAS[len(HOLDINGS[held])], (held, gas)
    assert max(prices.values()) <= PRICE_GAS
    assert max(pays) <= PAY_GAS
    assert refund <= REFUND_GAS


PRICED = {"perpetual": PERPETUALS, "live option": LIVE, "settled option": SETTLED}


def test_code_leaves_room() -> None:
    assert len(artifact("Escape").deployed_bytecode) <= CODE_BYTES_MAX
    assert len(artifact("Rollup").deployed_bytecode) <= 24_576 - 500
    assert len(artifact("Vault").deployed_bytecode) <= 14_000
