"""The outcome is a function of the arguments and the answers: nothing else, no defect of a witness
and no lack of gas makes another one (attacks 3, 4, 7, 11 and 12)."""

from functools import cache

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.contracts import LAW_MODULES, artifact
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.errors import Result
from tests.agreement.law_host import (
    FAMILIES,
    LawResult,
    LawReverted,
    pack_records,
    run_law,
    run_prefilled,
)
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    FOK,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    cancel,
    cancel_all,
    op,
    place,
    replace,
    venue,
)
from tests.contracts.trigger_ops import trigger_op

TRADE, UPKEEP, ACCOUNT = SegmentFamily.TRADE, SegmentFamily.UPKEEP, SegmentFamily.ACCOUNT
# Opcodes that read or change anything besides stack, memory, call data and code.
FORBIDDEN = {
    0x31: "BALANCE",
    0x32: "ORIGIN",
    0x34: "CALLVALUE",
    0x3A: "GASPRICE",
    0x3B: "EXTCODESIZE",
    0x3C: "EXTCODECOPY",
    0x3F: "EXTCODEHASH",
    0x40: "BLOCKHASH",
    0x41: "COINBASE",
    0x42: "TIMESTAMP",
    0x43: "NUMBER",
    0x44: "PREVRANDAO",
    0x45: "GASLIMIT",
    0x46: "CHAINID",
    0x47: "SELFBALANCE",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0x54: "SLOAD",
    0x55: "SSTORE",
    0x5A: "GAS",
    0x5C: "TLOAD",
    0x5D: "TSTORE",
    0xA0: "LOG0",
    0xA1: "LOG1",
    0xA2: "LOG2",
    0xA3: "LOG3",
    0xA4: "LOG4",
    0xF0: "CREATE",
    0xF1: "CALL",
    0xF2: "CALLCODE",
    0xF4: "DELEGATECALL",
    0xF5: "CREATE2",
    0xFF: "SELFDESTRUCT",
}


def opcodes(code: bytes) -> set[int]:
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += 1 + max(0, code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    return found


CODE_BYTES_MAX = 24_576  # EIP-170


@pytest.mark.parametrize("name", [*FAMILIES.values(), *LAW_MODULES])
def test_code_reads_no_environment_and_fits_l1(name):
    """Attack 4."""
    code = artifact(name).deployed_bytecode
    # Solidity refuses value sent to what is not payable: the one read of CALLVALUE.
    found = {FORBIDDEN[each] for each in opcodes(code) & FORBIDDEN.keys()}
    assert found <= {"CALLVALUE"}
    assert len(code) <= CODE_BYTES_MAX


@pytest.mark.parametrize("name", FAMILIES.values())
def test_family_keeps_room_for_what_is_to_come(name):
    """Three and a half kilobytes (of 1,000 bytes) for what is planned: credit has had its part.
    Less where more has come: quotes, the ordered form of ops and margin certificates to the law of
    bundles, portfolio margin and certificates to those of accounts and keepers. A law that matches
    gathers what a certificate needs and judges the answer, 1,400 to 1,800 bytes; what a fill adds
    is computed by the portfolio module. A protection took 300 more: what its fills come to is
    counted by the pricing module. Auctions will need a family or modules of their own."""
    room = {"TradeLaw": 550, "KeeperLaw": 540, "AccountLaw": 1_100}.get(name, 3_500)
    assert len(artifact(name).deployed_bytecode) <= CODE_BYTES_MAX - room


@cache
def busy(family: int = TRADE) -> tuple[World, bytes, LawResult]:
    """Return a venue and a segment that does a bit of everything that a family does, with its
    outcome."""
    world = venue()
    for price in (MARK + 3, MARK + 1, MARK + 2):
        world.act(ALICE, place(1, GTC | SELL, price, 5))
    world.act(CAROL, place(1, GTC, MARK - 5, 5))
    if family == UPKEEP:
        return busy_upkeep(world)
    if family == ACCOUNT:
        return busy_accounts(world)
    world.set_price((MARK + 1) / 10)
    ops = [
        world.bundle(BOB, place(1, IOC, MARK + 2, 7), place(1, FOK, MARK + 3, 50)),
        world.bundle(BOB, place(1, GTC, MARK - 7, 5)),
        world.bundle(ALICE, place(1, GTC | SELL, MARK + 3, 4), cancel(1, 1, 1)),
        world.bundle(CAROL, replace(1, 4, 4, GTC, MARK - 6, 5), place(2, GTC, MARK, 5)),
        world.bundle(ALICE, cancel_all()),
        op(200, b"?"),
        op(5, b"?"),
    ]
    segment = world.segment(b"".join(ops))
    result = world.dry_run(segment)
    assert result.results[:3] == bytes([Result.OK, Result.OK, Result.FOK_UNFILLED])
    assert result.advice_used >= 3
    refusals = {Result.FOK_UNFILLED, Result.UNKNOWN_TYPE, Result.WRONG_FAMILY}
    assert set(result.results) == {0, *refusals}
    return world, segment, result


def busy_upkeep(world: World) -> tuple[World, bytes, LawResult]:
    world.act(ALICE, cancel_all())
    world.now += 1
    ops = [
        world.price_op(round((MARK + 1) * 10**8)),
        op(5, bytes.fromhex("000105" + "00000001" * 2 + "00000002" + "00000003" * 2)),
        op(1, b"?"),
        op(200, b"?"),
    ]
    segment = world.segment(b"".join(ops))
    result = world.dry_run(segment)
    assert result.results == bytes([0, 0, Result.WRONG_FAMILY, Result.UNKNOWN_TYPE])
    assert len(result.changed) >= 6
    return world, segment, result


def busy_accounts(world: World) -> tuple[World, bytes, LawResult]:
    world.now += 1
    ops = [
        world.block_op(ALICE, BOB, (1, 0, MARK, 4)),
        world.withdraw_op(CAROL, 10**6),
        world.session_op(BOB, 1, 1234),
        trigger_op(world, BOB, MARK - 9),
        world.cancel_at_op(ALICE, world.now + 5),
        world.guard_op(CAROL, 0, 1234),
        op(200, b"?"),
        op(5, b"?"),
    ]
    segment = world.segment(b"".join(ops))
    result = world.dry_run(segment)
    assert result.results == bytes([*[0] * 6, Result.UNKNOWN_TYPE, Result.WRONG_FAMILY])
    assert len(result.changed) >= 6
    return world, segment, result


def witness(family: int = TRADE) -> tuple[bytes, dict[int, bytes], tuple[int, ...], LawResult]:
    world, segment, result = busy(family)
    records = {key: world.state.get(key, b"") for key in result.loaded}
    return segment, records, result.advice, result


def outcome(result: LawResult) -> tuple[object, ...]:
    weights = (result.compute, result.witness, result.touched, result.advice_used)
    return result.results, *weights, result.changed


@pytest.mark.parametrize("family", [TRADE, UPKEEP, ACCOUNT])
@pytest.mark.parametrize("engine", available_evms())
def test_brought_and_asked_records_give_the_same(engine, family):
    segment, records, advice, asked = witness(family)
    assert outcome(run_prefilled(segment, records, advice, engine=engine)) == outcome(asked)
    world, _, _ = busy(family)
    again = run_law(segment, world.state, _from(advice), engine=engine)
    assert outcome(again) == outcome(asked)


def _from(advice):
    left = iter(advice)
    return lambda *_: next(left)


def test_half_of_the_records_brought_gives_the_same():
    world, segment, asked = busy()
    _, records, advice, _ = witness()
    for keep in (0, 1):
        some = {key: r for at, (key, r) in enumerate(sorted(records.items())) if at % 2 == keep}
        from eth_abi.abi import encode

        from tests.agreement.law_host import EXECUTE, GAS, Host, _read, evm

        data = EXECUTE + encode(["bytes"] * 3, [segment, pack_records(some), b""])
        host = Host(world.state, _from(advice))
        output, gas = evm("py-evm", TRADE).call(data, host, GAS)
        assert outcome(_read(output, host, gas)) == outcome(asked)
        assert set(host.loaded) == records.keys() - some.keys()


def test_records_that_are_not_touched_change_nothing():
    """The Rollup counts: touched says how many were."""
    segment, records, advice, asked = witness()
    more = records | {1 << 56 | 999: bytes(64), 7 << 56: b"", 2**64 - 1: bytes(32)}
    assert outcome(run_prefilled(segment, more, advice)) == outcome(asked)
    assert asked.touched == len(records)


@pytest.mark.parametrize("family", [TRADE, UPKEEP, ACCOUNT])
@pytest.mark.parametrize("engine", available_evms())
def test_every_missing_record_reverts(engine, family):
    """Attack 7: it does not read as zero."""
    segment, records, advice, _ = witness(family)
    for key in records:
        fewer = {k: r for k, r in records.items() if k != key}
        with pytest.raises(LawReverted, match="MissingRecord") as caught:
            run_prefilled(segment, fewer, advice, engine=engine)
        assert caught.value.arguments == (key,)


def test_records_out_of_order_twice_or_cut_off_revert():
    """Attacks 7 and 11."""
    segment, records, advice, _ = witness()
    items = sorted(records.items())
    packed = [pack_records(dict([each])) for each in items]
    whole = b"".join(packed)
    swapped = [packed[1], packed[0], *packed[2:]]
    for bad in (
        b"".join(swapped),
        packed[0] + whole,
        whole + packed[-1],
        b"".join(packed[:3]) + packed[2] + b"".join(packed[3:]),
        whole[:-1],
        whole[:-32],
        whole + b"\0",
        whole + b"\xff" * 8 + b"\x01",
        b"\0",
    ):
        with pytest.raises(LawReverted, match="BadRecords"):
            run_prefilled(segment, bad, advice)


def test_wrong_missing_or_cut_off_advice_reverts():
    """Attack 11: it never becomes a result."""
    segment, records, advice, asked = witness()
    for at, right in enumerate(advice):
        for wrong in {*range(9), 2**18, 2**32 - 1} - {right}:
            bent = (*advice[:at], wrong, *advice[at + 1 :])
            with pytest.raises(LawReverted, match=r"BadAdvice|MissingRecord"):
                run_prefilled(segment, records, bent)
    with pytest.raises(LawReverted, match="MissingAdvice"):
        run_prefilled(segment, records, advice[:-1])
    assert outcome(run_prefilled(segment, records, (*advice, 5))) == outcome(asked)


def test_answers_of_the_wrong_size_revert():
    world, segment, _ = busy()
    for size in (1, 31, 33, 65 * 32):
        with pytest.raises(LawReverted, match="MissingRecord"):
            run_law(segment, {**world.state, 1 << 56 | BOB: bytes(size)}, lambda *_: 0)


STARVED = ("OutOfGas", "MarginFailed", "RecoveryFailed")


def with_gas(segment: bytes, records: dict[int, bytes], advice: tuple[int, ...], gas: int):
    """Return the outcome, or None if the law ran out of gas."""
    try:
        return outcome(run_prefilled(segment, records, advice, gas=gas))
    except LawReverted as error:
        if error.name in STARVED:
            return None
        raise


@pytest.mark.parametrize("family", [TRADE, UPKEEP, ACCOUNT])
def test_starved_gas_reverts_or_gives_the_same(family):
    """Attack 3: a challenger who supplies little gas gets no other result (63/64 rule)."""
    segment, records, advice, asked = witness(family)
    needed = run_prefilled(segment, records, advice).gas
    points = {needed * part // 120 for part in range(1, 120)}
    points |= {needed - each for each in (1, 10, 100, 1000, 3000)}
    outcomes = [with_gas(segment, records, advice, gas) for gas in sorted(points)]
    assert set(map(str, outcomes)) <= {"None", str(outcome(asked))}
    assert outcomes[0] is None
    assert with_gas(segment, records, advice, needed) == outcome(asked)


@pytest.mark.parametrize("part", range(10))
def test_no_amount_of_gas_makes_a_signature_bad(part):
    """Attack 3: the recovery runs out of gas, at every step around it."""
    world = venue()
    segment = world.segment(world.bundle(ALICE, cancel_all()))
    result = world.dry_run(segment)
    records = {key: world.state.get(key, b"") for key in result.loaded}
    needed = run_prefilled(segment, records).gas
    for gas in range(needed - 6000 + part * 600, needed - 6000 + (part + 1) * 600, 13):
        assert with_gas(segment, records, (), gas) in (None, outcome(result))


def test_index_that_moves_leaves_no_old_pointers():
    """Asked for more than 64 records the index moves; an account that grows afterwards is found
    where it is, by every later op."""
    world = World(engine="py-evm")
    world.open(instruments=40, underlyings=3, min_order_value=1)
    for underlying in (1, 2, 3):
        world.set_price(MARK / 10, underlying)
    accounts = [world.register(owner, 1_000_000) for owner in range(1, 9)]
    for account in accounts[1:]:
        for number in range(5 * account - 9, 5 * account - 4):
            world.act(account, place(number, GTC | SELL, MARK, 2))
    ops = [world.bundle(accounts[0], cancel_all())]
    ops += [world.bundle(each, place(5 * each - 9, GTC, 9, 5)) for each in accounts[1:]]
    ops += [world.bundle(accounts[0], place(40, GTC, MARK - 5, 2)) for _ in range(2)]
    ops.append(world.bundle(accounts[0], place(39, IOC, 5, 2), cancel_all(40)))
    segment = world.segment(b"".join(ops))
    asked = world.dry_run(segment)
    assert asked.touched > 64
    assert asked.results[-6:] == bytes([0, 0, 0, 0, Result.IOC_REMAINDER, 0])
    records = {key: world.state.get(key, b"") for key in asked.loaded}
    assert outcome(run_prefilled(segment, records, asked.advice)) == outcome(asked)
