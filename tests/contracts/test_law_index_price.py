"""Reporters' prices: quorum, order, freshness, median (attack 19)."""

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    COMPUTE_OP,
    INDEX_PRICE_MAX,
    INDEX_STALE_MS,
    PUBLISH_SPACING_MS,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_list_underlying
from tests.contracts.law_world import World, key, op, price_body, reporters, venue

KEYS = reporters(3)


def report(world: World, reports: list, time: int | None = None, **fields) -> int:
    """Run an IndexPrice of (reporter, price) or (reporter, price, key); return its code."""
    signed = [(each[0], each[1], each[2] if len(each) > 2 else KEYS[each[0]]) for each in reports]
    publish = world.now if time is None else time
    epoch = fields.pop("epoch", world.globals()["reporter_epoch"])
    body = price_body(fields.pop("underlying", 1), publish, signed, epoch, **fields)
    return world.ops(op(4, body))[0]


def price(world: World) -> tuple[int, int]:
    underlying = world.underlying()
    return underlying["index_price"], underlying["publish_time_ms"] - world.now


def unpriced() -> World:
    """Return the venue before the first price of underlying 1."""
    world = venue()
    world.set_price(0, publish_time_ms=0)
    return world


@pytest.mark.parametrize(
    ("prices", "median"),
    [((5, 9), 5), ((9, 5), 5), ((7, 3, 5), 5), ((1, 1, 9), 1), ((INDEX_PRICE_MAX, 1, 8), 8)],
)
def test_price_is_the_lower_median(prices, median):
    world = unpriced()
    world.now += 5
    assert report(world, list(enumerate(prices))) == Result.OK
    assert price(world) == (median, 0)


@pytest.mark.parametrize("seed", range(4))
def test_median_of_twelve(seed):
    import random

    rng = random.Random(seed)
    world = unpriced()
    keys = reporters(12)
    world.set_reporters(9, keys)
    world.now += 5
    chosen = sorted(rng.sample(range(12), rng.randrange(9, 13)))
    prices = [rng.randrange(1, 50) for _ in chosen]
    assert report(world, [(i, p, keys[i]) for i, p in zip(chosen, prices, strict=True)]) == 0
    assert price(world)[0] == sorted(prices)[(len(prices) - 1) // 2]


def test_quorum_is_needed():
    """Attack 19."""
    world = venue()
    world.now += 5
    assert report(world, [(0, 5)]) == Result.BELOW_QUORUM
    nobody = World()
    nobody.govern(encode_list_underlying(symbol=b"U".ljust(16, b"\0")))
    assert report(nobody, [(0, 5)]) == Result.BELOW_QUORUM


def test_reporters_are_distinct_and_known():
    """Attack 19: the same signer twice, indices that do not rise, a signer outside the set."""
    world = venue()
    world.now += 5
    for reports in (
        [(0, 5), (0, 5)],
        [(1, 5), (0, 5)],
        [(0, 5), (3, 5, KEYS[2])],
        [(0, 5), (255, 5, KEYS[2])],
    ):
        assert report(world, reports) == Result.BAD_REPORTER
    assert report(world, [(0, 5), (2, 6)]) == Result.OK


def test_time_rises_and_is_fresh_and_not_ahead():
    """Attack 19: stale, from the future, out of order."""
    world = venue()
    stored = world.underlying()["publish_time_ms"]
    world.now += INDEX_STALE_MS + 100
    two = [(0, 5), (1, 5)]
    late = [Result.STALE_REPORT]
    assert [report(world, two, world.now + 1)] == late
    assert [report(world, two, stored)] == late
    assert [report(world, two, stored - 1)] == late
    assert [report(world, two, world.now - INDEX_STALE_MS - 1)] == late
    first = world.now - INDEX_STALE_MS
    assert report(world, two, first) == Result.OK
    assert [report(world, two, first)] == late
    assert [report(world, two, first + PUBLISH_SPACING_MS - 1)] == late
    assert report(world, two, first + PUBLISH_SPACING_MS) == Result.OK
    assert report(world, two) == Result.OK


def test_every_signature_counts():
    """Attack 19."""
    world = venue()
    world.now += 5
    weight = []
    for reports in (
        [(0, 5, key(1)), (1, 5), (2, 5)],
        [(0, 5), (1, 5, KEYS[2]), (2, 5)],
        [(0, 5), (1, 5), (2, 5, KEYS[1])],
    ):
        assert report(world, reports) == Result.BAD_SIGNATURE
        assert world.last is not None
        weight.append(world.last.compute)
    assert [each - COMPUTE_OP for each in weight] == [
        9_000,
        18_000,
        27_000,
    ]  # up to the first bad one


@pytest.mark.parametrize(
    "change",
    [
        {"domain": keccak256(b"another chain")},
        {"epoch": 0},
        {"epoch": 2},
    ],
)
def test_report_is_bound_to_chain_and_reporter_set(change):
    """Attacks 15 and 19."""
    world = venue()
    world.now += 5
    assert report(world, [(0, 5), (1, 5)], **change) == Result.BAD_SIGNATURE


def test_report_is_bound_to_underlying_time_and_price():
    world = venue()
    world.now += 5
    body = bytearray(price_body(1, world.now, [(0, 500, KEYS[0]), (1, 500, KEYS[1])], 1))
    for at, value in [(1, 2), (7, body[7] - 1), (9 + 8, 77)]:
        bent = bytearray(body)
        bent[at] = value
        assert world.ops(op(4, bytes(bent))) == bytes([Result.BAD_SIGNATURE])
    assert world.ops(op(4, bytes(body))) == b"\0"


def test_removed_reporter_reports_no_more():
    """Attack 19: the epoch makes even the remaining ones' old reports worthless."""
    world = venue()
    world.now += 5
    old = op(4, price_body(1, world.now, [(0, 5, KEYS[0]), (1, 5, KEYS[1])], 1))
    world.set_reporters(2, KEYS)
    assert world.globals()["reporter_epoch"] == 2
    assert world.ops(old) == bytes([Result.BAD_SIGNATURE])
    world.set_reporters(1, KEYS[:1])
    assert world.globals()["reporter_count"] == 1
    assert len(world.state[0]) == 32 * (layout.GLOBAL_WORDS + 1)
    assert report(world, [(1, 5)]) == Result.BAD_REPORTER


def test_unknown_underlying():
    world = venue()
    for underlying in (0, 3, 2**16 - 1):
        code = report(world, [(0, 5), (1, 5)], underlying=underlying)
        assert code == Result.UNKNOWN_UNDERLYING


def test_malformed_reports():
    world = venue()
    world.now += 5
    assert report(world, []) == Result.MALFORMED
    for price in (0, INDEX_PRICE_MAX + 1, 2**64 - 1):
        assert report(world, [(0, 5), (1, price)]) == Result.MALFORMED
    assert report(world, [(i, 5, KEYS[0]) for i in range(13)]) == Result.MALFORMED


def test_forced_price_is_judged_by_the_messages_time():
    """Attack 35: a sequencer that withholds prices cannot make a forced report look stale."""
    world = venue()
    sent = world.now + 10
    signed = [(0, 5, KEYS[0]), (1, 5, KEYS[1])]
    world.now += 10 * INDEX_STALE_MS
    ahead = op(4, price_body(1, sent + 1, signed, 1))
    assert world.message(3, ahead, time=sent) == bytes([Result.STALE_REPORT])
    forced = op(4, price_body(1, sent, signed, 1))
    assert world.message(3, forced, time=sent) == b"\0"
    assert world.ops(op(4, price_body(1, sent + 1, signed, 1))) == bytes([Result.STALE_REPORT])
