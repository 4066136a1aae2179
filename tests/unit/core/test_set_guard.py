"""Guard keys: what needs them, what does not, and how long a removal takes. Attack 54 in part."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_event import GuardSet
from strikeproof.sequencer.core.guarded_op import GuardedOp
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.wire.constants import COMPUTE_SIGNATURE, GUARD_DELAY_MS, GuardMode, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_set_guard_body,
    encode_set_session_body,
    encode_withdraw_body,
    frame_op,
)
from tests.unit.core.scripted_venue import (
    DOMAIN,
    ScriptedVenue,
    address_of,
    compact,
    key_of,
)

OWNER, GUARD, THIEF = 1, 70, 71
LAST_MS = 2**48 - 1
SET, ANNOUNCE, KEEP, REMOVE = GuardMode


class GuardedVenue(ScriptedVenue):
    """A venue with an account, and ops signed by chosen keys."""

    def nonce(self) -> int:
        self.nonces[1] = self.nonces.get(1, 0) + 1
        return self.nonces[1] - 1

    def signed(self, op_type: OpType, body: bytes, *keys: int) -> bytes:
        decoded = decode_op(op_type, body, signature_may_lack=True)
        assert isinstance(decoded, GuardedOp)
        digest = signing_digest.digest(DOMAIN, decoded.struct_hash())
        signatures = b"".join([compact(key_of(each), digest) for each in keys])
        return frame_op(type=op_type, body=body + signatures)

    def withdrawal(self, *keys: int) -> bytes:
        body = encode_withdraw_body(
            account=1, nonce=self.nonce(), expiry_ms=LAST_MS, amount_micro_usd=1
        )
        return self.signed(OpType.WITHDRAW, body, *keys)

    def session(self, *keys: int) -> bytes:
        body = encode_set_session_body(
            account=1,
            nonce=self.nonce(),
            expiry_ms=LAST_MS,
            slot=1,
            key=address_of(5),
            scope=1,
            session_expiry_ms=0,
        )
        return self.signed(OpType.SET_SESSION, body, *keys)

    def guard(self, mode: GuardMode, *keys: int, key: int = 0) -> bytes:
        body = encode_set_guard_body(
            account=1,
            nonce=self.nonce(),
            expiry_ms=LAST_MS,
            mode=mode,
            key=address_of(key) if key else bytes(20),
        )
        return self.signed(OpType.SET_GUARD, body, *keys)

    def code(self, op: bytes) -> Result:
        """Execute an op; admission by the node finds the same as the engine where it looks."""
        refused = self.engine.refusal(prepare(op, DOMAIN), self.now)
        code = Result(self.segment(op)[0].code)
        assert refused in (Result.OK, code)
        return code


@pytest.fixture
def venue() -> GuardedVenue:
    return GuardedVenue(accounts=1)


@pytest.fixture
def guarded(venue: GuardedVenue) -> GuardedVenue:
    assert venue.code(venue.guard(SET, OWNER, key=GUARD)) == Result.OK
    assert venue.last.outcomes[0].events == [GuardSet(1, SET, address_of(GUARD), 0)]
    return venue


def in_force(venue: GuardedVenue) -> bool:
    view = venue.engine.account(1)
    assert view is not None
    return bool(view.guard_key)


def test_nothing_leaves_without_the_guard(guarded: GuardedVenue) -> None:
    for make in (guarded.withdrawal, guarded.session):
        assert guarded.code(make(OWNER)) == Result.GUARD_NEEDED
        assert guarded.code(make(OWNER, THIEF)) == Result.BAD_SIGNATURE
        assert guarded.code(make(GUARD, GUARD)) == Result.BAD_SIGNATURE
        assert guarded.code(make(GUARD, OWNER)) == Result.BAD_SIGNATURE
        assert guarded.code(make(OWNER, GUARD)) == Result.OK


def test_refusal_uses_up_no_nonce(guarded: GuardedVenue) -> None:
    op = guarded.withdrawal(OWNER)
    assert guarded.code(op) == Result.GUARD_NEEDED
    guarded.nonces[1] -= 1
    assert guarded.code(guarded.withdrawal(OWNER, GUARD)) == Result.OK


def test_second_signature_is_weighed(guarded: GuardedVenue) -> None:
    guarded.code(guarded.withdrawal(OWNER))
    one = guarded.last.compute_weight
    guarded.code(guarded.withdrawal(OWNER, THIEF))
    assert guarded.last.compute_weight - one == COMPUTE_SIGNATURE


def test_second_signature_without_a_guard_is_refused(venue: GuardedVenue) -> None:
    assert venue.code(venue.withdrawal(OWNER, GUARD)) == Result.BAD_SIGNATURE
    assert venue.code(venue.withdrawal(OWNER)) == Result.OK


def test_thief_of_the_owners_key_sets_no_other_guard(guarded: GuardedVenue) -> None:
    assert guarded.code(guarded.guard(SET, OWNER, key=THIEF)) == Result.GUARD_NEEDED
    assert guarded.code(guarded.guard(SET, OWNER, THIEF, key=THIEF)) == Result.BAD_SIGNATURE
    assert guarded.code(guarded.guard(REMOVE, OWNER)) == Result.GUARD_NEEDED
    assert guarded.code(guarded.guard(SET, OWNER, GUARD, key=THIEF)) == Result.OK


def test_announced_removal_takes_its_time_and_can_be_stopped(guarded: GuardedVenue) -> None:
    assert guarded.code(guarded.guard(ANNOUNCE, OWNER)) == Result.OK
    first = guarded.now + GUARD_DELAY_MS
    guarded.now += 5
    assert guarded.code(guarded.guard(ANNOUNCE, OWNER)) == Result.OK  # does not start again
    assert guarded.last.outcomes[0].events == [GuardSet(1, ANNOUNCE, address_of(GUARD), first)]
    guarded.now = first - 1
    assert guarded.code(guarded.withdrawal(OWNER)) == Result.GUARD_NEEDED
    assert guarded.code(guarded.guard(KEEP, OWNER)) == Result.OK
    guarded.now = first
    assert guarded.code(guarded.withdrawal(OWNER)) == Result.GUARD_NEEDED
    assert in_force(guarded)


def test_guard_is_gone_once_its_removal_is_due(guarded: GuardedVenue) -> None:
    guarded.code(guarded.guard(ANNOUNCE, OWNER))
    guarded.now += GUARD_DELAY_MS
    assert guarded.code(guarded.guard(KEEP, OWNER)) == Result.OK  # too late
    assert not in_force(guarded)
    assert guarded.code(guarded.withdrawal(OWNER)) == Result.OK
    assert guarded.code(guarded.guard(ANNOUNCE, OWNER)) == Result.OK  # nothing to remove
    assert guarded.code(guarded.guard(SET, OWNER, key=THIEF)) == Result.OK
    assert in_force(guarded)


def test_removal_with_the_guard_is_at_once(guarded: GuardedVenue) -> None:
    assert guarded.code(guarded.guard(REMOVE, OWNER, GUARD)) == Result.OK
    assert guarded.code(guarded.withdrawal(OWNER)) == Result.OK


def test_announcing_and_keeping_are_the_owners_alone(guarded: GuardedVenue) -> None:
    for mode in (ANNOUNCE, KEEP):
        assert guarded.code(guarded.guard(mode, OWNER, GUARD)) == Result.BAD_SIGNATURE
        assert guarded.code(guarded.guard(mode, GUARD)) == Result.BAD_SIGNATURE


def test_bundles_need_no_guard(guarded: GuardedVenue) -> None:
    assert guarded.buy(1, 299_000, 1) == Result.OK


@pytest.mark.parametrize(("mode", "key"), [(0, 0), (1, 9), (2, 9), (3, 9), (4, 0), (255, 0)])
def test_modes_and_keys_that_do_not_go_together(mode: int, key: int) -> None:
    body = encode_set_guard_body(
        account=1,
        nonce=2,
        expiry_ms=3,
        mode=mode,
        key=address_of(key) if key else bytes(20),
        signature=bytes(64),
    )
    assert decode_op(OpType.SET_GUARD, body) is Result.MALFORMED


def test_removal_is_never_due_beyond_the_end_of_time(guarded: GuardedVenue) -> None:
    guarded.now = 2**48 - 2
    guarded.segment()
    account = guarded.engine._state.accounts[1]
    assert account.guard(2**48 - 2)
    guarded.code(guarded.guard(ANNOUNCE, OWNER))
    assert account.guard_removal_ms == 2**48 - 1
