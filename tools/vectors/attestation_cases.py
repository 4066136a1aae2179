"""Segments of attestations: who says a tier, and what it admits (docs/protocol/attestations.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.wire.layout import ACCOUNT_EPOCH_COUNTER_GREATEST, ACCOUNT_GROUP
from tools.vectors.case_file import Case
from tools.vectors.signers import attesters, reporters, signer
from tools.vectors.venue import MARK, Venue, place, trader

_ACCOUNT_1: Final = 1 << 56 | 1
_DAY_MS: Final = 86_400_000


def attestation_cases() -> Iterator[Case]:
    """Yield the cases, of one venue after another."""
    yield from _quorums()
    yield from _times()
    yield from _orders()
    yield from _sets()


def _attested_venue(tier: int = 0) -> Venue:
    venue = Venue.opened(accounts=2, tier=tier)
    venue.govern("SET_ATTESTERS")
    return venue


def _quorums() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    yield venue.ops("a tier without attesters", venue.attest(1, 2), expected="BELOW_QUORUM")
    yield venue.case("the attesters are set", venue.governance("SET_ATTESTERS"))
    yield venue.ops("a tier of one attester", venue.attest(1, 2, 1), expected="BELOW_QUORUM")
    yield venue.ops("a place twice", venue.attest(1, 2, 1, 1), expected="BAD_ATTESTER")
    yield venue.ops("places that fall", venue.attest(1, 2, 2, 0), expected="BAD_ATTESTER")
    yield venue.ops("a place outside the set", venue.attest(1, 2, 2, 3), expected="BAD_ATTESTER")
    yield venue.ops("a tier of 401 days", venue.attest(1, 2, days=401), expected="MALFORMED")
    stranger = venue.attest(1, 2, by=[attesters(1)[0], signer("a stranger")])
    yield venue.ops("a stranger among attesters", stranger, expected="BAD_SIGNATURE")
    reporter = venue.attest(1, 2, by=reporters(2))
    yield venue.ops("reporters do not attest", reporter, expected="BAD_SIGNATURE")
    for account in (0, 3, 2**32 - 1):
        op = venue.attest(account, 2)
        yield venue.ops(f"a tier of account {account}", op, expected="UNKNOWN_ACCOUNT")
    yield venue.ops("a tier of two attesters", venue.attest(1, 2))
    yield venue.ops("a tier of all three", venue.attest(2, 255, 0, 1, 2))


def _times() -> Iterator[Case]:
    venue = _attested_venue()
    now = venue.now_ms
    ahead = venue.attest(1, 2, said_ms=now + 1)
    yield venue.ops("a tier said later than now", ahead, expected="STALE_ATTESTATION")
    kept = venue.attest(1, 2, said_ms=now - _DAY_MS)
    yield venue.ops("a tier said a day ago", kept)
    yield venue.ops("the same again", kept, expected="STALE_ATTESTATION")
    yield venue.ops("it is taken away", venue.attest(1, 0))
    yield venue.ops("it does not come back", kept, expected="STALE_ATTESTATION")
    other = venue.attest(1, 3)
    yield venue.ops("another in the same millisecond", other, expected="STALE_ATTESTATION")
    venue.now_ms += 2 * _DAY_MS
    lapsed = venue.attest(1, 2, days=1, said_ms=now + 1)
    yield venue.ops("a tier that has expired already", lapsed)
    never = venue.attest(1, 2, days=0)
    yield venue.ops("a tier that ends as it is said", never, expected="MALFORMED")
    forced = venue.message("USER_OP", venue.attest(1, 2), trader(2).address)
    yield venue.case("a tier through L1, from anybody", forced)


def _orders() -> Iterator[Case]:
    venue = _attested_venue(tier=2)
    yield venue.actions("an order without the tier", 1, place(MARK), expected="OK TIER_NEEDED")
    venue.run(venue.segment(venue.attest(1, 1)))
    yield venue.actions("an order of a lower tier", 1, place(MARK), expected="OK TIER_NEEDED")
    venue.now_ms += 1
    yield venue.ops("a higher tier ends no orders", venue.attest(1, 2))
    venue.run(venue.segment(venue.attest(2, 3)))
    venue.act(1, place(MARK, lots=10))
    venue.act(2, place(MARK, lots=4, sell=True))
    venue.now_ms += 1
    yield venue.ops("the same tier ends no orders", venue.attest(1, 2))
    venue.now_ms += 1
    yield venue.ops("a lower tier ends the orders", venue.attest(1, 1))
    gone = place(MARK, lots=4, sell=True)
    yield venue.actions("they fill no more", 2, gone)
    grows = venue.bundle(1, place(MARK))
    yield venue.ops("no order that grows the position", grows, expected="OK TIER_NEEDED")
    shrinks = place(MARK - 100, lots=4, sell=True, reduce_only=True)
    yield venue.actions("one that reduces it", 1, shrinks)
    venue.now_ms += 1
    venue.edit(_ACCOUNT_1, ACCOUNT_GROUP, epoch_counter=ACCOUNT_EPOCH_COUNTER_GREATEST)
    yield venue.ops("no epoch is left", venue.attest(1, 0), expected="FIELD_OVERFLOW")
    yield venue.ops("a higher tier needs none", venue.attest(1, 2))


def _sets() -> Iterator[Case]:
    venue = _attested_venue()
    seven = [each.address for each in reporters(7)]
    more = venue.governance("SET_REPORTERS", reporters=seven)
    yield venue.case("more reporters leave the attesters what they are", more)
    one = venue.governance("SET_REPORTERS", quorum=1, reporters=seven[:1])
    yield venue.case("fewer reporters too", one)
    yield venue.ops("the attesters attest", venue.attest(1, 2))
    alone = {"quorum": 1, "attesters": [attesters(3)[2].address]}
    yield venue.case("one attester is left", venue.governance("SET_ATTESTERS", **alone))
    venue.now_ms += 1
    before = venue.attest(2, 1, 0, 1)
    yield venue.ops("the set before", before, expected="BAD_ATTESTER")
    yield venue.ops("the one at its new place", venue.attest(2, 1, 0, by=[attesters(3)[2]]))
    nobody = venue.governance("SET_ATTESTERS", quorum=0, attesters=[])
    yield venue.case("a set of nobody", nobody)
    venue.now_ms += 1
    yield venue.ops("an attestation after that", venue.attest(1, 2), expected="BELOW_QUORUM")
