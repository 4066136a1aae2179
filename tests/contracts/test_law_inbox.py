"""Messages from L1: registration, deposits, forced ops, governance."""

import pytest

from strikeproof.wire import layout
from strikeproof.wire.constants import (
    FACTOR_ONE,
    FUNDING_CAP_PPM_MAX,
    INDEX_STALE_MS,
    PPB,
    SLOPE_PPM_MAX,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_deposit_payload,
    encode_list_underlying,
    encode_register_payload,
    encode_set_reporters,
)
from tests.agreement.law_host import run_law
from tests.contracts.law_world import (
    ALICE,
    DOLLAR,
    GTC,
    MARK,
    World,
    be,
    key,
    list_instrument,
    message_input,
    op,
    place,
    reporters,
    set_instrument,
    venue,
    withdraw_body,
)

REGISTER, DEPOSIT, USER_OP, GOVERNANCE = 1, 2, 3, 4


def underlying(symbol: bytes) -> bytes:
    return encode_list_underlying(symbol=symbol.ljust(16, b"\0"))


def registration(account: int) -> bytes:
    return encode_register_payload(account=account, owner=be(5, 20))


def test_registration_creates_account_and_session():
    world = World()
    payload = encode_register_payload(account=1, owner=be(key(1).address, 20))
    assert world.message(REGISTER, payload) == b"\0"
    account = world.account(1)
    assert (account.owner, account.collateral, account.positions) == (key(1).address, 0, {})
    session = world.session(1, 0)
    assert (session["scope"], session["key"], session["expiry_ms"]) == (255, key(1).address, 0)
    assert world.globals()["next_account"] == 2
    assert world.message(REGISTER, payload) == bytes([Result.MALFORMED])
    assert world.message(REGISTER, registration(3)) == bytes([Result.MALFORMED])
    assert world.message(REGISTER, registration(2)[:-1]) == bytes([Result.MALFORMED])
    assert world.message(REGISTER, registration(2) + b"\0") == bytes([Result.MALFORMED])


def set_next(world: World, **fields: int) -> None:
    values = world.globals() | fields
    reporters_from = 32 * layout.GLOBAL_WORDS
    world.state[0] = layout.pack_global(**values) + world.state[0][reporters_from:]


def test_ids_beyond_their_trees_are_refused():
    world = venue()
    set_next(world, next_account=2**22)
    assert world.message(REGISTER, registration(2**22)) == bytes([Result.CAPACITY])
    set_next(world, next_account=2**22 - 1)
    assert world.message(REGISTER, registration(2**22 - 1)) == b"\0"
    set_next(world, next_underlying=2**8)
    assert world.message(GOVERNANCE, underlying(b"")) == bytes([Result.CAPACITY])
    set_next(world, next_instrument=2**12)
    listing = list_instrument()
    assert world.message(GOVERNANCE, listing) == bytes([Result.CAPACITY])
    set_next(world, next_instrument=2**12 - 1)
    assert world.message(GOVERNANCE, listing) == b"\0"


def test_deposit():
    world = venue()
    payload = encode_deposit_payload(account=ALICE, amount_micro_usd=5)
    assert world.message(DEPOSIT, payload) == b"\0"
    assert world.account(ALICE).collateral == 10_000 * DOLLAR + 5
    for account in (0, 4, 2**32 - 1):
        assert world.deposit(account, 5) == bytes([Result.UNKNOWN_ACCOUNT])
    for bent in (payload[:-1], payload + b"\0", b""):
        assert world.message(DEPOSIT, bent) == bytes([Result.MALFORMED])


def test_unknown_messages_and_governance_actions_have_a_result():
    world = venue()
    for kind in (0, 7, 255):
        assert world.message(kind, b"") == bytes([Result.UNKNOWN_TYPE])
    for action in (0, 11, 255):
        assert world.message(GOVERNANCE, be(action, 1)) == bytes([Result.UNKNOWN_TYPE])
    assert world.message(GOVERNANCE, b"") == bytes([Result.MALFORMED])


def test_forced_op_is_exactly_one_op():
    world = venue()
    good = world.bundle(ALICE, place(1, GTC, MARK - 1, 5))
    for bent in (b"", b"\1", b"\1\0", good[:-1], good + b"\0", good + good):
        assert world.message(USER_OP, bent) == bytes([Result.MALFORMED])
    assert world.message(USER_OP, op(100, b"")) == bytes([Result.UNKNOWN_TYPE])
    assert world.message(USER_OP, good) == b"\0\0"


@pytest.mark.parametrize("length", range(28))
def test_cut_off_messages_do_not_revert(length):
    world = venue()
    message = (b"\4" + bytes(26))[:length]
    result = run_law(message_input(world.now, message), world.state, lambda *_: 0)
    assert len(result.results) == 1


@pytest.mark.parametrize("length", range(1, 10))
def test_cut_off_frames_of_messages_execute_nothing(length):
    world = venue()
    frame = message_input(world.now, b"\1" * 27)
    result = run_law(frame[:7] + frame[:1] + frame[8 : 7 + length], world.state, lambda *_: 0)
    assert (result.results, result.compute) == (b"", 0)


def test_forced_withdrawal_is_judged_by_the_messages_time():
    """Attack 35: withheld prices cannot hold a forced withdrawal, nor let margins grow under it."""
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 5))
    free = 10_000 * DOLLAR - 5 * MARK * 100 // 10  # initial margin stays
    sent = world.underlying()["publish_time_ms"] + INDEX_STALE_MS
    world.now += 10 * INDEX_STALE_MS
    body, _ = withdraw_body(ALICE, 9, free, 2**48 - 1)
    sender = key(1).address
    code = world.message(USER_OP, op(2, body), sender, time=sent + 1)
    assert code == bytes([Result.INSUFFICIENT_COLLATERAL])
    body, _ = withdraw_body(ALICE, 10, free, 2**48 - 1)
    assert world.message(USER_OP, op(2, body), sender, time=sent) == b"\0"


def test_expiry_is_judged_by_the_clock_even_in_the_inbox():
    world = venue()
    sent = world.now
    expiry = sent + 5
    world.now += 10 * INDEX_STALE_MS
    body, _ = withdraw_body(ALICE, 9, DOLLAR, expiry)
    code = world.message(USER_OP, op(2, body), key(1).address, time=sent)
    assert code == bytes([Result.EXPIRED])


def test_message_moves_the_clock_within_the_span():
    world = venue()
    start = world.now
    world.now += 200_000
    world.message(0, b"", time=start)
    assert world.globals()["clock_ms"] == start + 140_000
    world.message(0, b"", time=start + 500_000)
    assert world.globals()["clock_ms"] == start + 200_000


# --- governance


def test_listing():
    world = World()
    unknown = bytes([Result.UNKNOWN_UNDERLYING])
    assert world.message(GOVERNANCE, list_instrument()) == unknown
    assert world.message(GOVERNANCE, underlying(b"BTC")) == b"\0"
    assert world.underlying()["symbol"] == int.from_bytes(b"BTC".ljust(16, b"\0"))
    for number in (0, 2):
        assert world.message(GOVERNANCE, list_instrument(underlying=number)) == unknown
    listing = list_instrument(symbol=b"BTC-PERP".ljust(16, b"\0"))
    assert world.message(GOVERNANCE, listing) == b"\0"
    written = {name: value for name, value in world.instrument().items() if value}
    assert written == {
        "version": 1,
        "status": 1,
        "maker_fee_ppm": 200,
        "taker_fee_ppm": 500,
        "price_band_ppm": 100_000,
        "min_order_value": DOLLAR,
        "next_slot": 1,
        "next_serial": 1,
        "symbol": int.from_bytes(b"BTC-PERP".ljust(16, b"\0")),
        "house_margin_ppm": 1,
        "impact_value": 1,
    }
    terms = (1, 1, 1, 100, 10**8, 100_000, 50_000, 0, 0)
    factors = (FACTOR_ONE, FACTOR_ONE, 0, 0)
    assert layout.unpack_mark(world.state[5 << 56 | 1]) == (*terms, *factors, PPB, 0, 0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": 0},
        {"kind": 2},
        {"tick_value": 0},
        {"index_per_tick": 0},
        {"maintenance": 0},
        {"maintenance": 100_001},
        {"initial": 1_000_001},
        {"maker_fee": 50_001},
        {"taker_fee": 50_001},
        {"band": 0},
        {"band": 500_001},
        {"maintenance": 50_001, "band": 50_000},
        {"min_order_value": 0},
        {"liquidation_fee_ppm": 50_000},
        {"liquidation_fee_ppm": 2**32 - 1},
        {"house_margin_ppm": 0},
        {"house_margin_ppm": 50_001},
        {"funding_cap_ppm": FUNDING_CAP_PPM_MAX + 1},
        {"funding_interest_ppm": FUNDING_CAP_PPM_MAX + 1},
        {"funding_interest_ppm": -FUNDING_CAP_PPM_MAX - 1},
        {"funding_interest_ppm": -(2**31)},
        {"impact_value_micro_usd": 0},
        {"impact_value_micro_usd": 8 * DOLLAR + 1},
    ],
)
def test_terms_out_of_range_are_malformed(wrong):
    world = venue()
    assert world.message(GOVERNANCE, list_instrument(**wrong)) == bytes([Result.MALFORMED])
    if not {"kind", "tick_value", "index_per_tick"} & wrong.keys():
        assert world.message(GOVERNANCE, set_instrument(**wrong)) == bytes([Result.MALFORMED])


def test_extreme_terms_in_range():
    world = venue()
    payload = list_instrument(
        tick_value=2**24 - 1,
        index_per_tick=2**64 - 1,
        initial=1_000_000,
        maintenance=500_000,
        maker_fee=50_000,
        taker_fee=50_000,
        band=500_000,
        min_order_value=2**64 - 1,
        liquidation_fee_ppm=499_999,
        house_margin_ppm=500_000,
        funding_cap_ppm=FUNDING_CAP_PPM_MAX,
        funding_interest_ppm=-FUNDING_CAP_PPM_MAX,
        funding_tau_ms=2**32 - 1,
        impact_value_micro_usd=2**64 - 1,
        tier=255,
    )
    assert world.message(GOVERNANCE, payload) == b"\0"
    assert world.message(GOVERNANCE, payload[:-1]) == bytes([Result.MALFORMED])
    assert world.message(GOVERNANCE, payload + b"\0") == bytes([Result.MALFORMED])
    listed = world.instrument(3)
    assert listed["funding_interest_ppm"] == -FUNDING_CAP_PPM_MAX
    assert (listed["liquidation_fee_ppm"], listed["house_margin_ppm"]) == (499_999, 500_000)
    assert (listed["funding_tau_ms"], listed["tier"]) == (2**32 - 1, 255)


def latency(*fields: int) -> bytes:
    return b"\5" + b"".join(be(each, 4) for each in fields)


def test_latency_is_set():
    world = venue()
    assert world.message(GOVERNANCE, latency(7, 2, SLOPE_PPM_MAX, 1)) == b"\0"
    found = world.globals()
    names = ("slope_factor_ppm", "slope_least_ppm", "slope_most_ppm", "variance_tau_ms")
    assert [found[each] for each in names] == [7, 2, SLOPE_PPM_MAX, 1]
    good = latency(0, 0, 0, 1)
    for bad in (
        latency(7, 3, 2, 1),
        latency(7, 2, SLOPE_PPM_MAX + 1, 1),
        latency(7, 2, 3, 0),
        good[:-1],
        good + b"\0",
    ):
        assert world.message(GOVERNANCE, bad) == bytes([Result.MALFORMED])


def test_pools_pay_accounts():
    world = venue()
    record = bytearray(world.state[0])
    record[32:64] = be(500, 16) + be(300, 16)
    world.state[0] = bytes(record)
    collateral, owed = world.account(ALICE).collateral, world.globals()["liabilities"]

    def pay_out(pool: int, account: int, amount: int) -> bytes:
        return world.message(GOVERNANCE, b"\7" + be(pool, 1) + be(account, 4) + be(amount, 16))

    assert pay_out(1, ALICE, 501) == bytes([Result.INSUFFICIENT_COLLATERAL])
    assert pay_out(1, ALICE, 499) == b"\0"
    assert pay_out(2, ALICE, 300) == b"\0"
    assert pay_out(2, ALICE, 1) == bytes([Result.INSUFFICIENT_COLLATERAL])
    found = world.globals()
    assert (found["fee_pool"], found["insurance_fund"], found["liabilities"]) == (1, 0, owed)
    assert world.account(ALICE).collateral == collateral + 799
    for pool, account, amount, expected in (
        (0, ALICE, 1, "MALFORMED"),
        (3, ALICE, 1, "MALFORMED"),
        (1, ALICE, 0, "MALFORMED"),
        (1, 0, 1, "UNKNOWN_ACCOUNT"),
        (1, 2**32 - 1, 1, "UNKNOWN_ACCOUNT"),
    ):
        assert pay_out(pool, account, amount) == bytes([Result[expected]])


def test_instrument_gets_new_terms_and_keeps_its_book():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 5))
    before = world.instrument()
    terms = {"initial": 9, "maintenance": 8, "maker_fee": 7, "taker_fee": 6, "band": 15}
    terms["successor"] = 2
    assert world.message(GOVERNANCE, set_instrument(status=2, **terms)) == b"\0"
    expected = {"status": 2, "maker_fee_ppm": 7, "taker_fee_ppm": 6, "price_band_ppm": 15}
    assert world.instrument() == before | expected | {"successor": 2}
    assert layout.unpack_mark(world.state[5 << 56 | 1])[:7] == (1, 1, 1, 100, 10**8, 9, 8)
    assert world.globals()["feed_epoch"] == 1
    unknown = set_instrument(**(terms | {"successor": 3}))
    assert world.message(GOVERNANCE, unknown) == bytes([Result.UNKNOWN_INSTRUMENT])
    for number in (0, 3):
        payload = set_instrument(number, **terms)
        assert world.message(GOVERNANCE, payload) == bytes([Result.UNKNOWN_INSTRUMENT])
    for status in (0, 4):
        payload = set_instrument(status=status, **terms)
        assert world.message(GOVERNANCE, payload) == bytes([Result.MALFORMED])


def reporter_set(quorum: int, *numbers: int) -> bytes:
    return encode_set_reporters(quorum=quorum, reporters=[be(each, 20) for each in numbers])


@pytest.mark.parametrize(
    "payload",
    [
        reporter_set(0)[:1],
        reporter_set(1)[:2],
        reporter_set(0, 5),
        reporter_set(2, 5),
        reporter_set(0),
        reporter_set(1, 0),
        reporter_set(1, 5, 5),
        reporter_set(1, 6, 5),
        reporter_set(1, 5, 6)[:-20],
        reporter_set(1, 5) + b"\0",
        reporter_set(1, *range(1, 14)),
    ],
)
def test_malformed_reporter_sets(payload):
    world = venue()
    before = dict(world.state)
    assert world.message(GOVERNANCE, payload) == bytes([Result.MALFORMED])
    assert world.state == before


def test_reporter_sets_grow_and_shrink():
    world = venue()
    for count in (12, 1, 5):
        keys = reporters(count)
        world.set_reporters(count, keys)
        start = 32 * layout.GLOBAL_WORDS
        assert len(world.state[0]) == start + 32 * count
        places = range(start, start + 32 * count, 32)
        stored = [world.state[0][at + 12 : at + 32] for at in places]
        assert stored == [be(each.address, 20) for each in keys]


def test_last_reporter_epoch():
    world = venue()
    set_next(world, reporter_epoch=2**32 - 1)
    assert world.message(GOVERNANCE, reporter_set(1, 5)) == bytes([Result.FIELD_OVERFLOW])
