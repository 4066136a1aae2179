"""Who may act: signatures and replays (attacks 14 and 15). Sessions: test_law_sessions.py."""

import pytest
from coincurve import PublicKey

from strikeproof.keccak import keccak256
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_register_payload
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    DOLLAR,
    GTC,
    MARK,
    SELL,
    be,
    bundle_body,
    digest,
    key,
    op,
    place,
    set_session_body,
    venue,
    withdraw_body,
)

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ORDER = place(1, GTC | BUY, MARK - 1000, 10)


def signature_of(signed: bytes) -> tuple[int, int]:
    return int.from_bytes(signed[-64:-32], "big"), int.from_bytes(signed[-32:], "big")


def with_signature(signed: bytes, r: int, s: int) -> bytes:
    return signed[:-64] + be(r, 32) + be(s, 32)


def test_signed_bundle_is_executed():
    world = venue()
    assert world.ops(world.bundle(ALICE, ORDER)) == bytes([Result.OK, Result.OK])
    assert world.levels(False) == [(MARK - 1000, 10)]


@pytest.mark.parametrize(
    "bend",
    [
        lambda r, s: (r, s ^ 1 << 255),  # other parity
        lambda r, s: (r, N - (s & (1 << 255) - 1) | ~s & 1 << 255),  # high s
        lambda r, s: (r, s & 1 << 255),  # s = 0
        lambda r, s: (0, s),
        lambda r, s: (N, s),
        lambda r, s: (2**256 - 1, s),
        lambda r, s: (r, 2**256 - 1),
        lambda r, s: (r, N),
        lambda r, s: (r + 1, s),
        lambda r, s: (5, s),  # no point has this x: nothing is recovered
        lambda r, s: (0, 0),
    ],
)
def test_every_malleable_or_degenerate_signature_is_bad(bend):
    """Attack 14."""
    world = venue()
    signed = world.bundle(ALICE, ORDER)
    before = dict(world.state)
    assert world.ops(with_signature(signed, *bend(*signature_of(signed)))) == b"\x0b"
    assert world.state == before
    assert world.ops(signed) == b"\0\0"  # its nonce is still free


def test_half_order_is_the_largest_s():
    world = venue()
    signed = world.bundle(ALICE, ORDER)
    r, _ = signature_of(signed)
    # Not the signer's, but well-formed: the recovery is made, and is somebody else.
    assert world.ops(with_signature(signed, r, N // 2)) == b"\x0b"


def test_high_s_that_recovers_to_the_owner_is_bad_and_its_low_twin_is_good():
    """Attack 14. Compact form holds s below 2**255 only: of high ones, a sliver above n / 2."""
    world = venue()
    account = world.globals()["next_account"]
    body, struct_hash = bundle_body(account, 0, 0, [ORDER], 2**48 - 1, 50_000)
    r, high = signature_of(world.bundle(ALICE, ORDER))[0], N // 2 + 1
    signature = be(r, 32) + be(N - high, 32) + b"\1"
    point = PublicKey.from_signature_and_message(signature, digest(struct_hash), hasher=None)
    owner = keccak256(point.format(compressed=False)[1:])[12:]
    assert world.message(1, encode_register_payload(account=account, owner=owner)) == b"\0"
    assert world.deposit(account, 1_000_000 * DOLLAR) == b"\0"
    twin = with_signature(op(1, body + bytes(64)), r, N - high | 1 << 255)
    assert world.ops(with_signature(twin, r, high)) == bytes([Result.BAD_SIGNATURE])
    assert world.ops(twin) == bytes([Result.OK, Result.OK])


def test_zero_key_is_nobody_when_nothing_is_recovered():
    """Attack 14: a recovery that gives nothing does not equal an address of zero."""
    world = venue()
    account = world.globals()["next_account"]
    nobody = encode_register_payload(account=account, owner=bytes(20))
    assert world.message(1, nobody) == b"\0"
    body, _ = bundle_body(account, 0, 0, [ORDER], 2**48 - 1, 50_000)
    assert world.ops(op(1, body + be(5, 32) + be(5, 32))) == bytes([Result.BAD_SIGNATURE])


def test_signer_of_another_account_is_refused():
    """Attack 14."""
    world = venue()
    assert world.ops(world.bundle(ALICE, ORDER, signer=key(2))) == bytes([Result.BAD_SIGNATURE])


def test_bundle_for_another_chain_account_session_or_with_altered_fields_is_refused():
    """Attack 15: every signed field is bound."""
    world = venue()
    world.ops(world.session_op(ALICE, 1, key(1).address))  # the same key in two slots
    world.ops(world.session_op(ALICE, 2, key(1).address))
    other_chain = keccak256(b"another chain")
    assert world.ops(world.bundle(ALICE, ORDER, domain=other_chain)) == b"\x0b"
    fields = {"account": ALICE, "session": 1, "nonce": 0, "expiry": 2**48 - 1, "max_fee": 50_000}
    body, hashed = bundle_body(actions=[ORDER], **fields)
    signature = key(1).sign(digest(hashed))
    altered = [
        {"session": 2},
        {"session": 0, "nonce": 9},
        {"nonce": 1},
        {"expiry": 2**48 - 2},
        {"max_fee": 50_001},
        {"actions": [place(2, GTC | BUY, MARK - 1000, 10)]},
        {"actions": [place(1, GTC | SELL, MARK - 1000, 10)]},
        {"actions": [place(1, GTC | BUY, MARK - 1001, 10)]},
        {"actions": [place(1, GTC | BUY, MARK - 1000, 11)]},
        {"actions": [place(1, GTC | BUY, MARK - 1000, 10, client_id=1)]},
        {"actions": [ORDER, ORDER]},
    ]
    for change in altered:
        other, _ = bundle_body(**{"actions": [ORDER], **fields, **change})
        assert world.ops(op(1, other + signature)) == b"\x0b", change
    assert world.ops(op(1, body + signature)) == b"\0\0"


def test_bundle_is_executed_once():
    """Attack 15: replay in the same segment, in a later one, after the window moved."""
    world = venue()
    signed = world.bundle(ALICE, ORDER, nonce=3)
    assert world.ops(signed, signed) == bytes([Result.OK, Result.OK, Result.NONCE_USED])
    assert world.ops(signed) == bytes([Result.NONCE_USED])
    world.ops(world.bundle(ALICE, ORDER, nonce=300))
    assert world.ops(signed) == bytes([Result.NONCE_USED])


def test_expired_bundle_is_refused():
    world = venue()
    signed = world.bundle(ALICE, ORDER, expiry=world.now + 1)
    assert world.ops(world.bundle(ALICE, ORDER, expiry=world.now)) == bytes([Result.EXPIRED])
    world.now += 1
    assert world.ops(signed) == bytes([Result.EXPIRED])


def test_unknown_account_is_refused():
    world = venue()
    unknown = bytes([Result.UNKNOWN_ACCOUNT])
    for account in (0, world.globals()["next_account"], 2**22 - 1):
        signed = world.bundle(account, ORDER, signer=key(1), nonce=0)
        assert world.ops(signed) == unknown
        assert world.message(3, signed) == unknown
    for account in (2**22, 2**32 - 1):  # beyond what a segment has room for
        signed = world.bundle(account, ORDER, signer=key(1), nonce=0)
        assert world.message(3, signed) == unknown


def test_unsigned_op_needs_the_owner_as_l1_sender():
    world = venue()
    body, _ = bundle_body(ALICE, 0, 0, [ORDER], 2**48 - 1, 50_000)
    assert world.ops(op(1, body)) == bytes([Result.MALFORMED])
    assert world.message(3, op(1, body), sender=key(2).address) == bytes([Result.BAD_SIGNATURE])
    assert world.message(3, op(1, body), sender=key(1).address) == b"\0\0"
    assert world.message(3, op(1, body), sender=key(1).address) == bytes([Result.NONCE_USED])


def test_signed_op_may_be_sent_by_anyone_through_l1():
    world = venue()
    signed = world.bundle(BOB, ORDER)
    assert world.message(3, signed, sender=key(1).address) == b"\0\0"


def test_unsigned_withdrawal_and_session_through_l1():
    world = venue()
    body, _ = withdraw_body(ALICE, 0, DOLLAR, 2**48 - 1)
    assert world.ops(op(2, body)) == bytes([Result.MALFORMED])
    assert world.message(3, op(2, body), sender=key(1).address) == b"\0"
    body, _ = set_session_body(ALICE, 1, 3, key(60).address, 1, 0, 2**48 - 1)
    assert world.ops(op(3, body)) == bytes([Result.MALFORMED])
    assert world.message(3, op(3, body), sender=key(1).address) == b"\0"
    assert world.session(ALICE, 3)["key"] == key(60).address
    assert world.account(ALICE).withdrawn == DOLLAR
