"""What bytes mean (attacks 12 and 13): everything that can be ordered has one result, no revert."""

import random

import pytest

from strikeproof.ordered_form import frame_ordered
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_sweep,
    encode_sweep_body,
)
from tests.agreement.law_host import LawReverted, run_law
from tests.contracts.law_world import (
    ALICE,
    BUY,
    CANCEL_MAKER,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    NEVER,
    POST_ONLY,
    SELL,
    Action,
    be,
    bundle_body,
    cancel,
    cancel_all,
    digest,
    key,
    op,
    place,
    price_body,
    replace,
    reporters,
    venue,
)
from tests.ordered_bytes import ordered

ORDER = place(1, GTC | BUY, MARK - 1000, 10)


def test_unknown_types_have_a_result():
    world = venue()
    kinds = [0, 100, 101, 255]
    assert world.ops(*(op(kind, b"xyz") for kind in kinds)) == bytes([Result.UNKNOWN_TYPE] * 4)


def test_zero_length_is_malformed():
    world = venue()
    assert world.ops(*(op(kind, b"") for kind in range(1, 6))) == bytes([Result.MALFORMED] * 5)


@pytest.mark.parametrize(
    "tail", [b"\1", b"\1\5", b"\1\5abcd", b"\1\x80", b"\1\x80\5abcd", b"\1\xff\xff" + bytes(99)]
)
def test_bytes_after_the_last_whole_op_are_ignored(tail):
    world = venue()
    segment = world.segment(op(100, b""), tail=tail)
    assert world.run(segment).results == bytes([Result.UNKNOWN_TYPE])


def test_ops_beyond_the_maximum_are_ignored():
    world = venue()
    segment = world.segment(op(100, b"") * 16 + world.bundle(ALICE, ORDER))
    assert world.run(segment).results == bytes([Result.UNKNOWN_TYPE] * 16)
    assert world.levels(False) == []


def test_segment_without_ops_moves_the_clock_alone():
    world = venue()
    result = world.run(world.segment(b"", world.now + 5))
    assert (result.results, result.touched, result.compute) == (b"", 1, 0)
    assert world.globals()["clock_ms"] == world.now + 5
    assert list(result.changed) == [0]
    assert world.run(world.segment(b"", world.now + 5)).changed == {}


@pytest.mark.parametrize("length", range(1, 20))
def test_short_frames_read_as_zeros(length):
    """Nobody can order them, and they do not revert."""
    world = venue()
    result = world.dry_run(world.segment(b"")[:length])
    assert result.results == b""


@pytest.mark.parametrize(
    "frame", [b"\0", b"\6", b"\xff", b"\5" + bytes(6) + b"\0", b"\5" + bytes(6) + b"\6"]
)
def test_unknown_frames_revert(frame):
    world = venue()
    with pytest.raises(LawReverted, match="UnknownFrame"):
        run_law(frame.ljust(20, b"\0"), world.state, lambda *_: 0)


def test_clock_stays_within_the_span_of_a_batch_and_never_goes_back():
    world = venue()
    start = world.now

    def clock(header: int, time: int) -> int:
        timed = world.segment(b"", time)
        world.run(timed[:1] + be(header, 6) + timed[7:])
        return world.globals()["clock_ms"]

    assert clock(start + 100, start + 50) == start + 50
    assert clock(start + 100, start + 40) == start + 50
    assert clock(start + 100, start + 200) == start + 100
    assert clock(start + 100_000, start) == start + 40_000
    assert clock(10, start + 200_000) == start + 40_000
    assert clock(2**48 - 1, 2**48 - 1) == 2**48 - 1


def signed(body: bytes, hashed: bytes) -> bytes:
    return body + key(1).sign(digest(hashed))


def bundle_of(*actions: Action) -> bytes:
    return signed(*bundle_body(ALICE, 0, 0, actions, NEVER, 50_000))


@pytest.mark.parametrize(
    "action",
    [
        place(0, GTC, MARK, 10),
        place(1, GTC, 0, 10),
        place(1, GTC, MARK, 0),
        place(1, GTC | 3 << 3, MARK, 10),  # self-trade mode 3
        place(1, GTC | 128, MARK, 10),
        place(1, GTC, MARK, 10, expiry=NEVER),
        place(1, IOC, MARK, 10, expiry=NEVER),
        place(1, FOK, MARK, 10, expiry=NEVER),
        place(1, GTD, MARK, 10, expiry=0),
        place(1, IOC | POST_ONLY, MARK, 10),
        place(1, FOK | POST_ONLY, MARK, 10),
        cancel(0, 1, 1),
        replace(0, 1, 1, GTC, MARK, 10),
        replace(1, 1, 1, IOC, MARK, 10),
        replace(1, 1, 1, FOK, MARK, 10),
        replace(1, 1, 1, GTC | 3 << 3, MARK, 10),
        replace(1, 1, 1, GTC, 0, 10),
        replace(1, 1, 1, GTC, MARK, 0),
        replace(1, 1, 1, GTD, MARK, 0, expiry=0),
        Action(b"\0\0\1", bytes(32)),
        Action(b"\5\0\1", bytes(32)),
        Action(b"\xff\0\1", bytes(32)),
        Action(b"", bytes(32)),
    ],
)
def test_malformed_action_spoils_its_bundle(action):
    """Attack 13: in a segment, and in a message, whose bytes are those that are signed."""
    world = venue()
    before = dict(world.state)
    data = op(1, bundle_of(cancel_all(), action))
    assert world.ops(data) == bytes([Result.MALFORMED])
    assert world.message(MessageKind.USER_OP, data) == bytes([Result.MALFORMED])
    assert world.state == before


def test_boundary_values_are_not_malformed():
    """Attack 13: 2^k − 1 in every field."""
    world = venue()
    ones = place(2**16 - 1, GTD | SELL | CANCEL_MAKER, 2**32 - 1, 2**40 - 1, NEVER, 2**64 - 1)
    codes = world.act(
        ALICE,
        ones,
        cancel(2**16 - 1, 2**32 - 1, NEVER),
        cancel_all(2**16 - 1),
        replace(2**16 - 1, 2**32 - 1, NEVER, GTD, 2**32 - 1, 2**40 - 1, NEVER, 2**64 - 1),
        cancel(1, 2**32 - 1, NEVER),
        cancel(1, 0, 0),
        place(1, GTC, 2**32 - 1, 2**40 - 1, client_id=2**64 - 1),
        place(1, GTC | SELL, 2**32 - 1, 2**40 - 1),
        max_fee=2**32 - 1,
    )
    assert codes == [Result.UNKNOWN_INSTRUMENT] * 4 + [Result.ORDER_NOT_FOUND] * 2 + [
        Result.BEYOND_BAND,
        Result.MARGIN_INSUFFICIENT,
    ]


def test_wrong_lengths_are_malformed():
    """Attack 13: a body one byte short or long, at every op type."""
    world = venue()
    bodies = {
        1: world.bundle(ALICE, ORDER, cancel(1, 1, 1))[3:],
        2: world.withdraw_op(ALICE, 5)[3:],
        3: world.session_op(ALICE, 1, 5)[3:],
        4: price_body(1, world.now, [(0, 1, reporters(3)[0])], 1),
        5: encode_sweep_body(instrument=1, slots=[1, 2]),
    }
    for kind, body in bodies.items():
        whole = ordered(op(kind, body))
        start, _ = ordered_end(whole, 0)
        short = whole[start:]
        for form, message in ((short, False), (body, True)):
            for bent in (form[:-1], form + b"\0", form[: len(form) // 2]):
                if message:
                    results = world.message(MessageKind.USER_OP, op(kind, bent))
                else:
                    tail = frame_ordered(kind, bent)
                    results = world.run(world.segment(b"", tail=tail)).results
                assert results == bytes([Result.MALFORMED]), kind


@pytest.mark.parametrize("count", [0, 9, 255])
def test_count_of_actions_out_of_range_is_malformed(count):
    world = venue()
    body = bytearray(bundle_of(*[cancel_all()] * min(count, 9)))
    body[24] = count
    forced = world.message(MessageKind.USER_OP, op(1, bytes(body)))
    assert forced == bytes([Result.MALFORMED])


def test_count_of_actions_must_match():
    world = venue()
    for count in (1, 3):
        body = bytearray(bundle_of(cancel_all(), cancel_all()))
        body[24] = count
        forced = world.message(MessageKind.USER_OP, op(1, bytes(body)))
        assert forced == bytes([Result.MALFORMED])
        whole = bytearray(ordered(op(1, bundle_of(cancel_all(), cancel_all()))))
        whole[5] = count - 1 << 5  # the form: behind type, length and who
        segment = world.segment(b"", tail=bytes(whole))
        assert world.run(segment).results == bytes([Result.MALFORMED])


def test_malformed_comes_before_everything_else():
    world = venue()
    body, hashed = bundle_body(99, 7, 0, [place(1, 128, 1, 1)], 0, 0)
    assert world.ops(op(1, signed(body, hashed))) == bytes([Result.MALFORMED])


def test_random_bytes_never_revert():
    """Attack 12. Bodies start like real ones, then are bent."""
    rng = random.Random(12)
    world = venue()
    world.engine = "revm" if "revm" in _evms() else "py-evm"
    seeds = [
        world.bundle(ALICE, ORDER, place(1, IOC | SELL, MARK - 1000, 5), cancel(1, 1, 1)),
        world.bundle(ALICE, replace(1, 1, 1, GTC, MARK - 900, 20), cancel_all(1)),
        world.withdraw_op(ALICE, 10**6),
        world.session_op(ALICE, 1, 77),
        world.price_op(5 * 10**12, publish_time=world.now + 1),
        encode_sweep(instrument=1, slots=[1, 2, 0]),
    ]
    for _ in range(150):
        ops = bytearray(b"".join(ordered(rng.choice(seeds)) for _ in range(rng.randrange(1, 4))))
        for _ in range(rng.choice([0, 1, 1, 2, 5])):
            at = rng.randrange(len(ops))
            ops[at] = rng.choice([0, 1, 255, rng.randrange(256)])
        if rng.random() < 0.3:
            del ops[rng.randrange(len(ops)) :]
        world.run(world.segment(b"", tail=bytes(ops)))
        assert world.custody() == 30_000 * 10**6


def _evms() -> list[str]:
    from strikeproof.bench.pure_evm import available_evms

    return available_evms()
