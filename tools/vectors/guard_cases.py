"""Segments of guard keys: what needs them, and how one goes (docs/protocol/user-ops.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.constants import GUARD_DELAY_MS, GuardMode
from tools.vectors.case_file import Case
from tools.vectors.signers import signer
from tools.vectors.venue import USD, Venue, cancel_all, trader

SET: Final = int(GuardMode.SET)
ANNOUNCE: Final = int(GuardMode.ANNOUNCE)
KEEP: Final = int(GuardMode.KEEP)
REMOVE: Final = int(GuardMode.REMOVE)


def guard_cases() -> Iterator[Case]:
    """Yield the cases, of one venue after another."""
    yield from _in_force()
    yield from _removal()
    yield from _through_l1()


def _in_force() -> Iterator[Case]:
    venue, guard, other = Venue.opened(accounts=1), signer("guard key"), signer("another guard")
    twice = venue.withdraw(1, USD, guard=guard)
    yield venue.ops("a guard's signature without a guard", twice, expected="BAD_SIGNATURE")
    yield venue.ops("a guard key is set", venue.set_guard(1, SET, guard.address))
    yield venue.ops("a withdrawal alone", venue.withdraw(1, USD), expected="GUARD_NEEDED")
    wrong = venue.withdraw(1, USD, guard=other)
    yield venue.ops("a withdrawal with another's", wrong, expected="BAD_SIGNATURE")
    stolen = venue.withdraw(1, USD, by=guard, guard=guard)
    yield venue.ops("a withdrawal by the guard alone", stolen, expected="BAD_SIGNATURE")
    yield venue.ops("a withdrawal with the guard", venue.withdraw(1, USD, guard=guard))
    key = signer("session key").address
    alone = venue.set_session(1, 1, key)
    yield venue.ops("a session key alone", alone, expected="GUARD_NEEDED")
    yield venue.ops("a session key with the guard", venue.set_session(1, 1, key, guard=guard))
    alone = venue.set_guard(1, SET, other.address)
    yield venue.ops("another guard key alone", alone, expected="GUARD_NEEDED")
    trade = venue.bundle(1, cancel_all())
    yield venue.ops("a bundle needs no guard", trade, expected="OK OK")
    changed = venue.set_guard(1, SET, other.address, guard=guard)
    yield venue.ops("another guard key with the guard", changed)
    old = venue.set_guard(1, REMOVE, guard=guard)
    yield venue.ops("a removal with the guard before", old, expected="BAD_SIGNATURE")
    yield venue.ops("a removal with the guard", venue.set_guard(1, REMOVE, guard=other))
    yield venue.ops("a withdrawal after the removal", venue.withdraw(1, USD))


def _removal() -> Iterator[Case]:
    venue, guard = Venue.opened(accounts=1), signer("guard key")
    yield venue.ops("a removal is announced without a guard", venue.set_guard(1, ANNOUNCE))
    venue.run(venue.segment(venue.set_guard(1, SET, guard.address)))
    yield venue.ops("a removal is announced", venue.set_guard(1, ANNOUNCE))
    venue.now_ms += 1
    yield venue.ops(
        "a removal is announced again: the first time stays", venue.set_guard(1, ANNOUNCE)
    )
    both = venue.set_guard(1, KEEP, guard=guard)
    yield venue.ops("an announcement is taken back by both", both, expected="BAD_SIGNATURE")
    yield venue.ops("an announcement is taken back", venue.set_guard(1, KEEP))
    yield venue.ops("a removal is announced at last", venue.set_guard(1, ANNOUNCE))
    venue.now_ms += GUARD_DELAY_MS - 1
    yield venue.ops("a withdrawal too early", venue.withdraw(1, USD), expected="GUARD_NEEDED")
    venue.now_ms += 1
    yield venue.ops("an announcement is taken back too late", venue.set_guard(1, KEEP))
    yield venue.ops("a withdrawal once the guard is gone", venue.withdraw(1, USD))


def _through_l1() -> Iterator[Case]:
    venue, guard, owner = Venue.opened(accounts=1), signer("guard key"), trader(1).address
    forced = venue.message("USER_OP", venue.set_guard(1, SET, guard.address, signed=False), owner)
    yield venue.case("a guard key set from the owner's address", forced, "OK")
    alone = venue.message("USER_OP", venue.withdraw(1, USD, signed=False), owner)
    yield venue.case("a withdrawal from the owner's address", alone, "GUARD_NEEDED")
    signed = venue.message("USER_OP", venue.withdraw(1, USD), owner)
    yield venue.case("a signed one from there: it is not a guard's", signed, "BAD_SIGNATURE")
    with_guard = venue.withdraw(1, USD, signed=False, guard=guard)
    stranger = venue.message("USER_OP", with_guard, trader(2).address)
    yield venue.case("the guard's signature from a stranger", stranger, "BAD_SIGNATURE")
    sent = venue.message("USER_OP", with_guard, owner)
    yield venue.case("the guard's signature from the owner's address", sent, "OK")
    both = venue.message("USER_OP", venue.withdraw(1, USD, guard=guard), trader(2).address)
    yield venue.case("both signatures from anybody", both, "OK")
    announced = venue.message("USER_OP", venue.set_guard(1, ANNOUNCE, signed=False), owner)
    yield venue.case("a removal announced from the owner's address", announced, "OK")
